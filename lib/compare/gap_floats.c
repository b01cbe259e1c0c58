/* How far floats are apart, with AVX2. */
#include "gap_pieces.h"

#if defined(__x86_64__)
#include "lanes_avx2.h"

#include <immintrin.h>
#include <string.h>

#define AVX2   __attribute__((target("avx2,f16c")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum {
    LANES = 8,
    INFINITY_BITS = 0x7f800000,
    ROUND = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC
};

/* Values as floats, and their bits without the sign as integers. */
struct vector {
    __m256 value;
    __m256i size;
};

INLINE struct vector load(bool half, const char *from, size_t i)
{
    if (!half) {
        const __m256 value = _mm256_loadu_ps((const void *)(from + 4 * i));
        return (struct vector){value, _mm256_and_si256(_mm256_castps_si256(value),
                                                       _mm256_set1_epi32(0x7fffffff))};
    }
    const __m128i bits = _mm_loadu_si128((const void *)(from + 2 * i));
    return (struct vector){
        _mm256_cvtph_ps(bits),
        _mm256_and_si256(_mm256_cvtepu16_epi32(bits), _mm256_set1_epi32(0x7fff))};
}

INLINE __m256 apart(bool half, struct vector x, struct vector y)
{
    __m256 d = _mm256_sub_ps(x.value, y.value);
    if (half)
        d = _mm256_cvtph_ps(_mm256_cvtps_ph(d, ROUND));
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), d);
}

INLINE __m256i ulps(struct vector x, struct vector y)
{
    const __m256i one_sign = _mm256_abs_epi32(_mm256_sub_epi32(x.size, y.size));
    const __m256i two_signs = _mm256_add_epi32(x.size, y.size);
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(one_sign),
                                                _mm256_castsi256_ps(two_signs),
                                                _mm256_xor_ps(x.value, y.value)));
}

/* Where all is `finite`, equal numbers are of no distance anyway. Whether all was. */
INLINE bool fill(bool half, bool finite, struct dsi_gap_piece *piece, const char *a,
                 const char *b, size_t n)
{
    const __m256i none = _mm256_setzero_si256();
    __m256i most_apart = none, most_ulp = none, n_nan = none, n_apart = none;
    float max_apart;
    for (size_t i = 0; i < n; i += LANES) {
        const struct vector x = load(half, a, i), y = load(half, b, i);
        const __m256 differ = _mm256_cmp_ps(x.value, y.value, _CMP_NEQ_OQ);
        __m256 d = apart(half, x, y);
        __m256i ulp = ulps(x, y);
        /* Masks are -1. */
        n_apart = _mm256_sub_epi32(n_apart, _mm256_castps_si256(differ));
        if (!finite) {
            d = _mm256_and_ps(d, differ);
            ulp = _mm256_and_si256(ulp, _mm256_castps_si256(differ));
            n_nan = _mm256_sub_epi32(n_nan, _mm256_castps_si256(_mm256_cmp_ps(
                                                x.value, y.value, _CMP_UNORD_Q)));
        }
        _mm256_storeu_ps(piece->apart.floats + i, d);
        _mm256_storeu_si256((void *)(piece->ulp.shorts + i), ulp);
        most_apart = _mm256_max_epu32(most_apart, _mm256_castps_si256(d));
        most_ulp = _mm256_max_epu32(most_ulp, ulp);
    }
    const uint32_t most = dsi_lanes_largest(most_apart);
    memcpy(&max_apart, &most, sizeof max_apart);
    piece->n_nan = dsi_lanes_total(n_nan);
    piece->n_apart = piece->n_ulp = dsi_lanes_total(n_apart);
    piece->max_apart = (double)max_apart;
    piece->max_ulp = dsi_lanes_largest(most_ulp);
    return most < INFINITY_BITS;
}

AVX2 static void fill_singles(struct dsi_gap_piece *piece, const char *a, const char *b,
                              size_t n)
{
    if (!fill(false, true, piece, a, b, n))
        fill(false, false, piece, a, b, n);
}

AVX2 static void fill_halves(struct dsi_gap_piece *piece, const char *a, const char *b,
                             size_t n)
{
    if (!fill(true, true, piece, a, b, n))
        fill(true, false, piece, a, b, n);
}

INLINE unsigned hits_at(const float *values, __m256 most)
{
    const __m256 x = _mm256_loadu_ps(values);
    return (unsigned)_mm256_movemask_ps(
        _mm256_and_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ),
                      _mm256_cmp_ps(x, most, _CMP_LT_OQ)));
}

AVX2 static void find_nearer(const float *values, float bound, double *aparts, size_t n)
{
    enum { ROW = 4 * LANES };
    const __m256 most = _mm256_set1_ps(bound);
    for (size_t i = 0; n && i < DSI_GAP_PIECE; i += ROW) {
        uint32_t hits = hits_at(values + i, most) |
                        hits_at(values + i + LANES, most) << LANES |
                        hits_at(values + i + 2 * LANES, most) << 2 * LANES |
                        hits_at(values + i + 3 * LANES, most) << 3 * LANES;
        for (; hits && n; hits &= hits - 1)
            aparts[--n] = (double)values[i + (size_t)__builtin_ctz(hits)];
    }
}
#endif

bool dsi_gap_floats_fill(struct dsi_gap_piece *piece, const struct dsi_close *close,
                         const char *a, const char *b, size_t n)
{
#if defined(__x86_64__)
    if (close->level == DSI_CPU_PORTABLE)
        return false;
    if (close->a.size == 2)
        fill_halves(piece, a, b, n);
    else
        fill_singles(piece, a, b, n);
    return true;
#else
    (void)piece, (void)close, (void)a, (void)b, (void)n;
    return false;
#endif
}

bool dsi_gap_floats_nearer(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                           float bound, double *aparts, size_t n)
{
#if defined(__x86_64__)
    if (level == DSI_CPU_PORTABLE)
        return false;
    find_nearer(piece->apart.floats, bound, aparts, n);
    return true;
#else
    (void)piece, (void)level, (void)bound, (void)aparts, (void)n;
    return false;
#endif
}
