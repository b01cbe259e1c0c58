/* What the loops of pixel_kernels.h have in common. */
#ifndef DSI_PIXEL_LANES_H
#define DSI_PIXEL_LANES_H

#include "avx2_loops.h"
#include "count_kernels.h"
#include "pixel_kernels.h"

#include <string.h>

/* Eight values, each four of which take turns. */
static inline void count_eight(uint64_t eight, struct dsi_byte_counts *counts)
{
    counts->lanes[0][eight & 0xff]++;
    counts->lanes[1][eight >> 8 & 0xff]++;
    counts->lanes[2][eight >> 16 & 0xff]++;
    counts->lanes[3][eight >> 24 & 0xff]++;
    counts->lanes[0][eight >> 32 & 0xff]++;
    counts->lanes[1][eight >> 40 & 0xff]++;
    counts->lanes[2][eight >> 48 & 0xff]++;
    counts->lanes[3][eight >> 56]++;
}

static inline void count_sixteen(const uint8_t *const planes[3], size_t i,
                                 struct dsi_byte_counts counts[3])
{
    for (size_t end = i + 16; i < end; i += 8) {
        count_eight(dsi_load_eight(planes[0] + i), &counts[0]);
        count_eight(dsi_load_eight(planes[1] + i), &counts[1]);
        count_eight(dsi_load_eight(planes[2] + i), &counts[2]);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   DSI_AVX2_LOOPS
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { LANES = 16 }; /* pixels at once */

/* Where the vector for pixel i begins; the last of a row may begin in the one before,
 * whose pixels are then done twice. Rows of fewer pixels than a vector's have none. */
INLINE size_t place_of(size_t i, size_t n)
{
    return i + LANES <= n ? i : n - LANES;
}

INLINE __m256i load_words(const uint8_t *from)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)from));
}

/* Two factors beside each other, for two numbers beside each other. */
INLINE __m256i factors_of(int first, int second)
{
    return _mm256_set1_epi32(second << 16 | first);
}

#endif
#endif
