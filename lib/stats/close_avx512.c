/* Comparing with AVX-512: 16 floats (or halves as floats) or 8 doubles at once. */
#include "close_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE AVX512 static inline __attribute__((always_inline))

enum { ROUND = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC };
enum { NOT_FINITE = 0x99 }; /* quiet and signalling NaN, both infinities */

/* --- floats ----------------------------------------------------------------------- */

INLINE __m512 load_ps(bool half, const void *from, size_t i)
{
    if (!half)
        return _mm512_loadu_ps((const char *)from + 4 * i);
    return _mm512_cvtph_ps(
        _mm256_loadu_si256((const void *)((const char *)from + 2 * i)));
}

/* What a half's operation comes to. */
INLINE __m512 round_ps(bool half, __m512 x)
{
    return half ? _mm512_cvtph_ps(_mm512_cvtps_ph(x, ROUND)) : x;
}

struct tolerance_ps {
    __m512 rtol, atol;
    __mmask16 equal_nan;
};

INLINE struct tolerance_ps tolerance_ps(const struct dsi_close *close, bool equal_nan)
{
    return (struct tolerance_ps){_mm512_set1_ps((float)close->rtol),
                                 _mm512_set1_ps((float)close->atol),
                                 equal_nan ? 0xffff : 0};
}

/* |a - b|. */
INLINE __m512 apart_ps(bool half, __m512 x, __m512 y)
{
    return _mm512_abs_ps(round_ps(half, _mm512_sub_ps(x, y)));
}

INLINE __mmask16 agree_ps(bool half, const struct tolerance_ps *t, __m512 x, __m512 y,
                          __m512 apart)
{
    const __m512 share = round_ps(half, _mm512_mul_ps(t->rtol, _mm512_abs_ps(y)));
    const __m512 limit = round_ps(half, _mm512_add_ps(t->atol, share));
    const __mmask16 odd = (__mmask16)(_mm512_fpclass_ps_mask(x, NOT_FINITE) |
                                      _mm512_fpclass_ps_mask(y, NOT_FINITE));
    const __mmask16 within = _mm512_cmp_ps_mask(apart, limit, _CMP_LE_OQ);
    if (!odd)
        return within;
    const __mmask16 same = _mm512_cmp_ps_mask(x, y, _CMP_EQ_OQ);
    const __mmask16 nan = (__mmask16)(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q) &
                                      _mm512_cmp_ps_mask(y, y, _CMP_UNORD_Q));
    return (__mmask16)((within & ~odd) | (same & odd) | (nan & t->equal_nan));
}

INLINE uint64_t judge_floats(bool half, const struct dsi_close *close, const void *a,
                             const void *b, size_t n, bool equal_nan)
{
    const struct tolerance_ps t = tolerance_ps(close, equal_nan);
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 16) {
        const __m512 x = load_ps(half, a, i), y = load_ps(half, b, i);
        n_agree += (uint64_t)__builtin_popcount(
            agree_ps(half, &t, x, y, apart_ps(half, x, y)));
    }
    return n - n_agree;
}

/* Bits as integers in the floats' order, 0 and -0 being one. */
INLINE __m512i key_ps(bool half, const void *from, size_t i)
{
    __m512i bits, sign;
    if (half) {
        bits = _mm512_cvtepi16_epi32(
            _mm256_loadu_si256((const void *)((const char *)from + 2 * i)));
        sign = _mm512_srai_epi32(bits, 31);
        bits = _mm512_and_si512(bits, _mm512_set1_epi32(0x7fff));
    } else {
        bits = _mm512_loadu_si512((const char *)from + 4 * i);
        sign = _mm512_srai_epi32(bits, 31);
        bits = _mm512_and_si512(bits, _mm512_set1_epi32(0x7fffffff));
    }
    return _mm512_sub_epi32(_mm512_xor_si512(bits, sign), sign);
}

INLINE void measure_floats(bool half, const struct dsi_close *close, const void *a,
                           const void *b, size_t n, struct dsi_close_block *block)
{
    const struct tolerance_ps t = tolerance_ps(close, close->rule.equal_nan);
    __m512 most_apart = _mm512_setzero_ps(), most_rel = most_apart;
    __m512i most_ulp = _mm512_setzero_si512();
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 16) {
        const __m512 x = load_ps(half, a, i), y = load_ps(half, b, i);
        const __m512 apart = apart_ps(half, x, y);
        n_agree += (uint64_t)__builtin_popcount(agree_ps(half, &t, x, y, apart));
        /* Where the first is NaN the second stays. */
        most_apart = _mm512_max_ps(apart, most_apart);
        most_rel = _mm512_max_ps(_mm512_div_ps(apart, _mm512_abs_ps(y)), most_rel);
        const __mmask16 number = _mm512_cmp_ps_mask(x, y, _CMP_ORD_Q);
        const __m512i p = key_ps(half, a, i), q = key_ps(half, b, i);
        const __m512i ulp =
            _mm512_sub_epi32(_mm512_max_epi32(p, q), _mm512_min_epi32(p, q));
        most_ulp = _mm512_mask_max_epu32(most_ulp, number, most_ulp, ulp);
        if (number == 0xffff)
            continue;
        block->n_nan_a +=
            (uint64_t)__builtin_popcount(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q));
        block->n_nan_b +=
            (uint64_t)__builtin_popcount(_mm512_cmp_ps_mask(y, y, _CMP_UNORD_Q));
    }
    block->n_diff = n - n_agree;
    block->max_abs = (double)_mm512_reduce_max_ps(most_apart);
    block->max_rel = (double)_mm512_reduce_max_ps(most_rel);
    block->max_ulp = _mm512_reduce_max_epu32(most_ulp);
}

/* --- doubles ---------------------------------------------------------------------- */

struct tolerance_pd {
    __m512d rtol, atol;
    __mmask8 equal_nan;
};

INLINE struct tolerance_pd tolerance_pd(const struct dsi_close *close, bool equal_nan)
{
    return (struct tolerance_pd){_mm512_set1_pd(close->rtol),
                                 _mm512_set1_pd(close->atol), equal_nan ? 0xff : 0};
}

INLINE __mmask8 agree_pd(const struct tolerance_pd *t, __m512d x, __m512d y,
                         __m512d apart)
{
    const __m512d share = _mm512_mul_pd(t->rtol, _mm512_abs_pd(y));
    const __m512d limit = _mm512_add_pd(t->atol, share);
    const __mmask8 odd = (__mmask8)(_mm512_fpclass_pd_mask(x, NOT_FINITE) |
                                    _mm512_fpclass_pd_mask(y, NOT_FINITE));
    const __mmask8 within = _mm512_cmp_pd_mask(apart, limit, _CMP_LE_OQ);
    if (!odd)
        return within;
    const __mmask8 same = _mm512_cmp_pd_mask(x, y, _CMP_EQ_OQ);
    const __mmask8 nan = (__mmask8)(_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q) &
                                    _mm512_cmp_pd_mask(y, y, _CMP_UNORD_Q));
    return (__mmask8)((within & ~odd) | (same & odd) | (nan & t->equal_nan));
}

AVX512 static uint64_t judge_doubles(const struct dsi_close *close, const void *a,
                                     const void *b, size_t n, bool equal_nan)
{
    const struct tolerance_pd t = tolerance_pd(close, equal_nan);
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __m512d x = _mm512_loadu_pd((const char *)a + 8 * i);
        const __m512d y = _mm512_loadu_pd((const char *)b + 8 * i);
        const __m512d apart = _mm512_abs_pd(_mm512_sub_pd(x, y));
        n_agree += (uint64_t)__builtin_popcount(agree_pd(&t, x, y, apart));
    }
    return n - n_agree;
}

INLINE __m512i key_pd(__m512d x)
{
    const __m512i bits = _mm512_castpd_si512(_mm512_abs_pd(x));
    const __m512i sign = _mm512_srai_epi64(_mm512_castpd_si512(x), 63);
    return _mm512_sub_epi64(_mm512_xor_si512(bits, sign), sign);
}

AVX512 static void measure_doubles(const struct dsi_close *close, const void *a,
                                   const void *b, size_t n,
                                   struct dsi_close_block *block)
{
    const struct tolerance_pd t = tolerance_pd(close, close->rule.equal_nan);
    __m512d most_apart = _mm512_setzero_pd(), most_rel = most_apart;
    __m512i most_ulp = _mm512_setzero_si512();
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __m512d x = _mm512_loadu_pd((const char *)a + 8 * i);
        const __m512d y = _mm512_loadu_pd((const char *)b + 8 * i);
        const __m512d apart = _mm512_abs_pd(_mm512_sub_pd(x, y));
        n_agree += (uint64_t)__builtin_popcount(agree_pd(&t, x, y, apart));
        most_apart = _mm512_max_pd(apart, most_apart);
        most_rel = _mm512_max_pd(_mm512_div_pd(apart, _mm512_abs_pd(y)), most_rel);
        const __mmask8 number = _mm512_cmp_pd_mask(x, y, _CMP_ORD_Q);
        const __m512i p = key_pd(x), q = key_pd(y);
        const __m512i ulp =
            _mm512_sub_epi64(_mm512_max_epi64(p, q), _mm512_min_epi64(p, q));
        most_ulp = _mm512_mask_max_epu64(most_ulp, number, most_ulp, ulp);
        if (number == 0xff)
            continue;
        block->n_nan_a +=
            (uint64_t)__builtin_popcount(_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q));
        block->n_nan_b +=
            (uint64_t)__builtin_popcount(_mm512_cmp_pd_mask(y, y, _CMP_UNORD_Q));
    }
    block->n_diff = n - n_agree;
    block->max_abs = _mm512_reduce_max_pd(most_apart);
    block->max_rel = _mm512_reduce_max_pd(most_rel);
    block->max_ulp = _mm512_reduce_max_epu64(most_ulp);
}

/* --- which ------------------------------------------------------------------------ */

#define DEFINE_FLOATS(name, half)                                                     \
    AVX512 static uint64_t judge_##name(const struct dsi_close *close, const void *a, \
                                        const void *b, size_t n, bool equal_nan)      \
    {                                                                                 \
        return judge_floats(half, close, a, b, n, equal_nan);                         \
    }                                                                                 \
    AVX512 static void measure_##name(const struct dsi_close *close, const void *a,   \
                                      const void *b, size_t n,                        \
                                      struct dsi_close_block *block)                  \
    {                                                                                 \
        measure_floats(half, close, a, b, n, block);                                  \
    }

DEFINE_FLOATS(singles, false)
DEFINE_FLOATS(halves, true)

const struct dsi_close_kernel *dsi_close_kernel_avx512(enum dsi_close_type type)
{
    static const struct dsi_close_kernel halves = {.lanes = 16,
                                                   .judge = judge_halves,
                                                   .measure = measure_halves,
                                                   .find = dsi_close_find_halves};
    static const struct dsi_close_kernel singles = {.lanes = 16,
                                                    .judge = judge_singles,
                                                    .measure = measure_singles,
                                                    .find = dsi_close_find_singles};
    static const struct dsi_close_kernel doubles = {.lanes = 8,
                                                    .judge = judge_doubles,
                                                    .measure = measure_doubles,
                                                    .find = dsi_close_find_doubles};
    return type == DSI_CLOSE_HALF     ? &halves
           : type == DSI_CLOSE_FLOAT  ? &singles
           : type == DSI_CLOSE_DOUBLE ? &doubles
                                      : NULL;
}

#else
const struct dsi_close_kernel *dsi_close_kernel_avx512(enum dsi_close_type type)
{
    (void)type;
    return NULL;
}
#endif
