/* The list of what dsi_key_matches has marked. */
#include "key_kernels.h"

#include <string.h>

/* Few are marked: four marks are looked at in one step. No hit is listed before its
 * mark has been read. */
static size_t marked_portable(const uint16_t *marks, size_t from, size_t n,
                              size_t n_hits, uint16_t *hits)
{
    enum { STEP = 4 };
    size_t i = from;
    for (; i + STEP <= n; i += STEP) {
        uint64_t any;
        memcpy(&any, marks + i, sizeof any);
        if (any == 0)
            continue;
        for (size_t k = i; k < i + STEP; k++) {
            const bool is_marked = marks[k] != 0;
            hits[n_hits] = (uint16_t)k;
            n_hits += is_marked;
        }
    }
    for (; i < n; i++)
        if (marks[i])
            hits[n_hits++] = (uint16_t)i;
    return n_hits;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,popcnt")))

/* A bit for each of 32 marks. */
AVX2 static inline uint32_t marks_as_bits(const uint16_t *marks)
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i a = _mm256_loadu_si256((const void *)marks);
    const __m256i b = _mm256_loadu_si256((const void *)(marks + 16));
    const __m256i none =
        _mm256_packs_epi16(_mm256_cmpeq_epi16(a, zero), _mm256_cmpeq_epi16(b, zero));
    const __m256i in_order = _mm256_permute4x64_epi64(none, _MM_SHUFFLE(3, 1, 2, 0));
    return ~(uint32_t)_mm256_movemask_epi8(in_order);
}

/* Four places are written at a time, and as many kept as there are: whether there are
 * more is a jump that is mostly guessed well. A step's places do not go beyond its
 * marks. */
AVX2 static size_t marked_avx2(const uint16_t *marks, size_t n, uint16_t *hits)
{
    enum { STEP = 32, AT_ONCE = 4 };
    size_t n_hits = 0, i = 0;
    for (; i + STEP <= n; i += STEP) {
        uint32_t bits = marks_as_bits(marks + i);
        uint16_t *to = hits + n_hits;
        n_hits += (size_t)__builtin_popcount(bits);
        for (; bits; to += AT_ONCE)
            for (int k = 0; k < AT_ONCE; k++) {
                to[k] = (uint16_t)(i + (size_t)__builtin_ctz(bits | 1u << 31));
                bits &= bits - 1;
            }
    }
    return marked_portable(marks, i, n, n_hits, hits);
}
#endif

size_t dsi_key_marked(enum dsi_cpu_level level, const uint16_t *marks, size_t n,
                      uint16_t *hits)
{
#if defined(__x86_64__)
    if (level >= DSI_CPU_AVX2)
        return marked_avx2(marks, n, hits);
#else
    (void)level;
#endif
    return marked_portable(marks, 0, n, 0, hits);
}
