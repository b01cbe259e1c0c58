/* What all lanes of a vector come to together; for units that are compiled for AVX2. */
#ifndef DSI_LANES_AVX2_H
#define DSI_LANES_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#define DSI_LANES_INLINE \
    __attribute__((target("avx2"))) static inline __attribute__((always_inline))

enum { DSI_LANES_OF_32 = 8 };

/* The largest, as unsigned integers; of floats without their signs the same order. */
DSI_LANES_INLINE uint32_t dsi_lanes_largest(__m256i x)
{
    uint32_t lanes[DSI_LANES_OF_32], most = 0;
    _mm256_storeu_si256((void *)lanes, x);
    for (int i = 0; i < DSI_LANES_OF_32; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

DSI_LANES_INLINE uint64_t dsi_lanes_total(__m256i x)
{
    uint32_t lanes[DSI_LANES_OF_32];
    uint64_t sum = 0;
    _mm256_storeu_si256((void *)lanes, x);
    for (int i = 0; i < DSI_LANES_OF_32; i++)
        sum += lanes[i];
    return sum;
}

#endif
