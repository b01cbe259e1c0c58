/* Surveying blocks of float32 with AVX2: whether any value is beyond what is known.
 *
 * To measure a block takes a division and four steps to each float's place in their
 * order. Records are few, and so it is first asked whether the block holds one:
 *
 * - |a - b| / |b| is above r only where |a - b| >= r |b|, the product rounded: what is
 *   below a rounded product is at most the product, also among subnormal numbers. Zeros
 *   would be as large as their product, and so it is made the smallest number at least.
 * - Floats of one sign are as many units apart as their bits are as integers. Where
 * signs differ, |a - b| >= |b|: that the first test catches as long as r is below 1.
 * Else the bits of both sizes are added up.
 * - Something not finite makes |a - b| so, whose bits are then above those of numbers.
 *
 * Where no two are many units apart, all agree, and the tolerances need not be formed:
 * n units are n 2^-23 of |b| at most, and below the least normal number, from where on
 * that holds, fewer than 2^23 are less than an atol that is not below it either.
 */
#include "close_kernels.h"

#include <float.h>

uint64_t dsi_close_units_within(const struct dsi_close *close)
{
    const double units = close->rtol * 0x1p23 * (1 - 0x1p-20); /* for what is rounded */
    if (!(close->atol >= (double)FLT_MIN) || !(units >= 1))
        return 0;
    return units < 0x1p23 ? (uint64_t)units : (UINT64_C(1) << 23) - 1;
}

#if defined(__x86_64__)
#include "lanes_avx2.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define AVX2   __attribute__((target("avx2,f16c")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { LANES = 8, INFINITY_BITS = 0x7f800000 };

INLINE __m256 load(const void *from, size_t i)
{
    return _mm256_loadu_ps((const void *)((const char *)from + sizeof(float) * i));
}

INLINE __m256 size_of(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

/* Units in the last place between numbers that are no NaN; of different signs only
 * where `crosses`. */
INLINE __m256i ulps(bool crosses, __m256 x, __m256 y)
{
    const __m256i p = _mm256_castps_si256(x), q = _mm256_castps_si256(y);
    const __m256i apart = _mm256_abs_epi32(_mm256_sub_epi32(p, q));
    if (!crosses)
        return apart;
    const __m256i sum = _mm256_add_epi32(_mm256_castps_si256(size_of(x)),
                                         _mm256_castps_si256(size_of(y)));
    return _mm256_castps_si256(_mm256_blendv_ps(
        _mm256_castsi256_ps(apart), _mm256_castsi256_ps(sum), _mm256_xor_ps(x, y)));
}

/* Without the tolerances, unless it `judges`, n_diff is 0. */
INLINE bool survey(bool crosses, bool judges, const struct dsi_close *close,
                   const void *a, const void *b, size_t n,
                   const struct dsi_close_block *known, struct dsi_close_block *block)
{
    const __m256 rtol = _mm256_set1_ps((float)close->rtol);
    const __m256 atol = _mm256_set1_ps((float)close->atol);
    const __m256 rel = _mm256_set1_ps((float)known->max_rel);
    /* Nothing is above infinity, whose product with zero is the second of two here. */
    const __m256 least =
        _mm256_set1_ps(isinf(known->max_rel) ? (float)INFINITY : FLT_TRUE_MIN);
    __m256i most_apart = _mm256_setzero_si256(), most_ulp = most_apart,
            n_diff = most_apart;
    __m256 above = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += LANES) {
        const __m256 x = load(a, i), y = load(b, i), size = size_of(y);
        const __m256 apart = size_of(_mm256_sub_ps(x, y));
        const __m256 record = _mm256_max_ps(_mm256_mul_ps(rel, size), least);
        if (judges) { /* masks are -1 */
            const __m256 limit = _mm256_add_ps(atol, _mm256_mul_ps(rtol, size));
            n_diff = _mm256_sub_epi32(
                n_diff, _mm256_castps_si256(_mm256_cmp_ps(apart, limit, _CMP_NLE_UQ)));
        }
        above = _mm256_or_ps(above, _mm256_cmp_ps(apart, record, _CMP_GE_OQ));
        most_apart = _mm256_max_epu32(most_apart, _mm256_castps_si256(apart));
        most_ulp = _mm256_max_epu32(most_ulp, ulps(crosses, x, y));
    }
    const uint32_t apart_bits = dsi_lanes_largest(most_apart);
    float most;
    memcpy(&most, &apart_bits, sizeof most);
    block->n_diff = dsi_lanes_total(n_diff);
    block->max_abs = (double)most;
    block->max_ulp = dsi_lanes_largest(most_ulp);
    return apart_bits < INFINITY_BITS && !_mm256_movemask_ps(above) &&
           block->max_ulp <= known->max_ulp;
}

#define DEFINE_SURVEY(name, crosses, judges)                                   \
    AVX2 static bool survey_##name(                                            \
        const struct dsi_close *close, const void *a, const void *b, size_t n, \
        const struct dsi_close_block *known, struct dsi_close_block *block)    \
    {                                                                          \
        return survey(crosses, judges, close, a, b, n, known, block);          \
    }

DEFINE_SURVEY(units, true, false)
DEFINE_SURVEY(units_of_one_sign, false, false)
DEFINE_SURVEY(any_signs, true, true)
DEFINE_SURVEY(one_sign, false, true)

bool dsi_close_survey_floats(const struct dsi_close *close, const void *a,
                             const void *b, size_t n,
                             const struct dsi_close_block *known,
                             struct dsi_close_block *block)
{
    const bool crosses = !(known->max_rel < 1);
    const uint64_t within = known->n_diff ? 0 : dsi_close_units_within(close);
    if (within) {
        if (!(crosses ? survey_units : survey_units_of_one_sign)(close, a, b, n, known,
                                                                 block))
            return false;
        if (block->max_ulp <= within)
            return true;
    }
    return (crosses ? survey_any_signs : survey_one_sign)(close, a, b, n, known, block);
}
#endif
