/* Comparing with AVX2 and F16C: 8 floats (or halves as floats) or 4 doubles at once. */
#include "close_kernels.h"

#if defined(__x86_64__)
#include "lanes_avx2.h"

#include <float.h>
#include <immintrin.h>
#include <math.h>

#define AVX2   __attribute__((target("avx2,f16c")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { ROUND = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC };

INLINE uint64_t n_set_ps(__m256 mask)
{
    return (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_ps(mask));
}

INLINE uint64_t n_set_pd(__m256d mask)
{
    return (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_pd(mask));
}

/* --- floats ----------------------------------------------------------------------- */

INLINE __m256 size_ps(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

INLINE __m128i load_short(const void *from, size_t i)
{
    return _mm_loadu_si128((const void *)((const char *)from + 2 * i));
}

INLINE __m256 load_ps(bool half, const void *from, size_t i)
{
    return half ? _mm256_cvtph_ps(load_short(from, i))
                : _mm256_loadu_ps((const void *)((const char *)from + 4 * i));
}

/* What a half's operation comes to. */
INLINE __m256 round_ps(bool half, __m256 x)
{
    return half ? _mm256_cvtph_ps(_mm256_cvtps_ph(x, ROUND)) : x;
}

struct tolerance_ps {
    __m256 rtol, atol, equal_nan;
};

INLINE struct tolerance_ps tolerance_ps(const struct dsi_close *close, bool equal_nan)
{
    return (struct tolerance_ps){
        _mm256_set1_ps((float)close->rtol), _mm256_set1_ps((float)close->atol),
        _mm256_castsi256_ps(_mm256_set1_epi32(equal_nan ? -1 : 0))};
}

/* |a - b|. */
INLINE __m256 apart_ps(bool half, __m256 x, __m256 y)
{
    return size_ps(round_ps(half, _mm256_sub_ps(x, y)));
}

INLINE __m256 agree_ps(bool half, const struct tolerance_ps *t, __m256 x, __m256 y,
                       __m256 apart)
{
    const __m256 share = round_ps(half, _mm256_mul_ps(t->rtol, size_ps(y)));
    const __m256 limit = round_ps(half, _mm256_add_ps(t->atol, share));
    const __m256 most = _mm256_set1_ps(FLT_MAX);
    const __m256 finite = _mm256_and_ps(_mm256_cmp_ps(size_ps(x), most, _CMP_LE_OQ),
                                        _mm256_cmp_ps(size_ps(y), most, _CMP_LE_OQ));
    const __m256 within = _mm256_cmp_ps(apart, limit, _CMP_LE_OQ);
    const __m256 same = _mm256_cmp_ps(x, y, _CMP_EQ_OQ);
    const __m256 nan = _mm256_and_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q),
                                     _mm256_cmp_ps(y, y, _CMP_UNORD_Q));
    return _mm256_or_ps(_mm256_blendv_ps(same, within, finite),
                        _mm256_and_ps(nan, t->equal_nan));
}

INLINE uint64_t judge_floats(bool half, const struct dsi_close *close, const void *a,
                             const void *b, size_t n, bool equal_nan)
{
    const struct tolerance_ps t = tolerance_ps(close, equal_nan);
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __m256 x = load_ps(half, a, i), y = load_ps(half, b, i);
        n_agree += n_set_ps(agree_ps(half, &t, x, y, apart_ps(half, x, y)));
    }
    return n - n_agree;
}

/* Bits as integers in the floats' order, 0 and -0 being one. */
INLINE __m256i key_ps(bool half, const void *from, size_t i)
{
    __m256i bits, size;
    if (half) {
        bits = _mm256_cvtepi16_epi32(load_short(from, i));
        size = _mm256_and_si256(bits, _mm256_set1_epi32(0x7fff));
    } else {
        bits = _mm256_loadu_si256((const void *)((const char *)from + 4 * i));
        size = _mm256_and_si256(bits, _mm256_set1_epi32(0x7fffffff));
    }
    const __m256i sign = _mm256_srai_epi32(bits, 31);
    return _mm256_sub_epi32(_mm256_xor_si256(size, sign), sign);
}

INLINE double largest_ps(__m256 x)
{
    float lanes[8], most = 0;
    _mm256_storeu_ps(lanes, x);
    for (int i = 0; i < 8; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return (double)most;
}

INLINE void measure_floats(bool half, const struct dsi_close *close, const void *a,
                           const void *b, size_t n, struct dsi_close_block *block)
{
    const struct tolerance_ps t = tolerance_ps(close, close->rule.equal_nan);
    __m256 most_apart = _mm256_setzero_ps(), most_rel = most_apart;
    __m256i most_ulp = _mm256_setzero_si256();
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __m256 x = load_ps(half, a, i), y = load_ps(half, b, i);
        const __m256 apart = apart_ps(half, x, y);
        n_agree += n_set_ps(agree_ps(half, &t, x, y, apart));
        /* Where the first is NaN the second stays. */
        most_apart = _mm256_max_ps(apart, most_apart);
        most_rel = _mm256_max_ps(_mm256_div_ps(apart, size_ps(y)), most_rel);
        const __m256 number = _mm256_cmp_ps(x, y, _CMP_ORD_Q);
        const __m256i p = key_ps(half, a, i), q = key_ps(half, b, i);
        const __m256i ulp =
            _mm256_sub_epi32(_mm256_max_epi32(p, q), _mm256_min_epi32(p, q));
        most_ulp = _mm256_max_epu32(most_ulp,
                                    _mm256_and_si256(ulp, _mm256_castps_si256(number)));
        if (_mm256_movemask_ps(number) == 0xff)
            continue;
        block->n_nan_a += n_set_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
        block->n_nan_b += n_set_ps(_mm256_cmp_ps(y, y, _CMP_UNORD_Q));
    }
    block->n_diff = n - n_agree;
    block->max_abs = largest_ps(most_apart);
    block->max_rel = largest_ps(most_rel);
    block->max_ulp = dsi_lanes_largest(most_ulp);
}

/* An extreme of 0 is nowhere. */
INLINE __m256 wanted_ps(double extreme)
{
    return _mm256_set1_ps(extreme > 0 ? (float)extreme : (float)NAN);
}

/* No floats are as far apart as all bits together. */
INLINE __m256i wanted_ulp(uint64_t ulp)
{
    return _mm256_set1_epi32(ulp ? (int)(uint32_t)ulp : -1);
}

INLINE size_t find_floats(bool half, const struct dsi_close *close, const void *a,
                          const void *b, size_t from, size_t n,
                          const struct dsi_close_block *open)
{
    const struct tolerance_ps t = tolerance_ps(close, close->rule.equal_nan);
    const __m256 abs = wanted_ps(open->max_abs), rel = wanted_ps(open->max_rel);
    const __m256i most = wanted_ulp(open->max_ulp);
    const __m256 diff = _mm256_castsi256_ps(_mm256_set1_epi32(open->n_diff ? -1 : 0));
    unsigned left = 0xffu << from % 8;
    for (size_t i = from - from % 8; i < n; i += 8, left = 0xff) {
        const __m256 x = load_ps(half, a, i), y = load_ps(half, b, i);
        const __m256 apart = apart_ps(half, x, y);
        const __m256i p = key_ps(half, a, i), q = key_ps(half, b, i);
        const __m256i ulp =
            _mm256_sub_epi32(_mm256_max_epi32(p, q), _mm256_min_epi32(p, q));
        __m256 hit = _mm256_andnot_ps(agree_ps(half, &t, x, y, apart), diff);
        hit = _mm256_or_ps(hit, _mm256_cmp_ps(apart, abs, _CMP_EQ_OQ));
        hit = _mm256_or_ps(
            hit, _mm256_cmp_ps(_mm256_div_ps(apart, size_ps(y)), rel, _CMP_EQ_OQ));
        hit = _mm256_or_ps(hit, _mm256_castsi256_ps(_mm256_cmpeq_epi32(ulp, most)));
        const unsigned hits = (unsigned)_mm256_movemask_ps(hit) & left;
        if (hits)
            return i + (unsigned)__builtin_ctz(hits);
    }
    return n;
}

/* --- doubles ---------------------------------------------------------------------- */

INLINE __m256d size_pd(__m256d x)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
}

struct tolerance_pd {
    __m256d rtol, atol, equal_nan;
};

INLINE struct tolerance_pd tolerance_pd(const struct dsi_close *close, bool equal_nan)
{
    return (struct tolerance_pd){
        _mm256_set1_pd(close->rtol), _mm256_set1_pd(close->atol),
        _mm256_castsi256_pd(_mm256_set1_epi64x(equal_nan ? -1 : 0))};
}

INLINE __m256d agree_pd(const struct tolerance_pd *t, __m256d x, __m256d y,
                        __m256d apart)
{
    const __m256d limit = _mm256_add_pd(t->atol, _mm256_mul_pd(t->rtol, size_pd(y)));
    const __m256d most = _mm256_set1_pd(DBL_MAX);
    const __m256d finite = _mm256_and_pd(_mm256_cmp_pd(size_pd(x), most, _CMP_LE_OQ),
                                         _mm256_cmp_pd(size_pd(y), most, _CMP_LE_OQ));
    const __m256d within = _mm256_cmp_pd(apart, limit, _CMP_LE_OQ);
    const __m256d same = _mm256_cmp_pd(x, y, _CMP_EQ_OQ);
    const __m256d nan = _mm256_and_pd(_mm256_cmp_pd(x, x, _CMP_UNORD_Q),
                                      _mm256_cmp_pd(y, y, _CMP_UNORD_Q));
    return _mm256_or_pd(_mm256_blendv_pd(same, within, finite),
                        _mm256_and_pd(nan, t->equal_nan));
}

INLINE __m256d load_pd(const void *from, size_t i)
{
    return _mm256_loadu_pd((const void *)((const char *)from + 8 * i));
}

AVX2 static uint64_t judge_doubles(const struct dsi_close *close, const void *a,
                                   const void *b, size_t n, bool equal_nan)
{
    const struct tolerance_pd t = tolerance_pd(close, equal_nan);
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 4) {
        const __m256d x = load_pd(a, i), y = load_pd(b, i);
        n_agree += n_set_pd(agree_pd(&t, x, y, size_pd(_mm256_sub_pd(x, y))));
    }
    return n - n_agree;
}

INLINE __m256i key_pd(__m256d x)
{
    const __m256i bits = _mm256_castpd_si256(size_pd(x));
    const __m256i sign =
        _mm256_cmpgt_epi64(_mm256_setzero_si256(), _mm256_castpd_si256(x));
    return _mm256_sub_epi64(_mm256_xor_si256(bits, sign), sign);
}

/* The larger of unsigned numbers; there is no such instruction. */
INLINE __m256i max_epu64(__m256i x, __m256i y)
{
    const __m256i turn = _mm256_set1_epi64x(INT64_MIN);
    const __m256i above =
        _mm256_cmpgt_epi64(_mm256_xor_si256(x, turn), _mm256_xor_si256(y, turn));
    return _mm256_blendv_epi8(y, x, above);
}

INLINE __m256i ulp_pd(__m256d x, __m256d y)
{
    const __m256i p = key_pd(x), q = key_pd(y), above = _mm256_cmpgt_epi64(p, q);
    const __m256i apart = _mm256_sub_epi64(p, q);
    const __m256i other = _mm256_sub_epi64(q, p);
    return _mm256_blendv_epi8(other, apart, above);
}

INLINE double largest_pd(__m256d x)
{
    double lanes[4], most = 0;
    _mm256_storeu_pd(lanes, x);
    for (int i = 0; i < 4; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

INLINE uint64_t largest_epu64(__m256i x)
{
    uint64_t lanes[4], most = 0;
    _mm256_storeu_si256((void *)lanes, x);
    for (int i = 0; i < 4; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

AVX2 static void measure_doubles(const struct dsi_close *close, const void *a,
                                 const void *b, size_t n, struct dsi_close_block *block)
{
    const struct tolerance_pd t = tolerance_pd(close, close->rule.equal_nan);
    __m256d most_apart = _mm256_setzero_pd(), most_rel = most_apart;
    __m256i most_ulp = _mm256_setzero_si256();
    uint64_t n_agree = 0;
    for (size_t i = 0; i < n; i += 4) {
        const __m256d x = load_pd(a, i), y = load_pd(b, i);
        const __m256d apart = size_pd(_mm256_sub_pd(x, y));
        n_agree += n_set_pd(agree_pd(&t, x, y, apart));
        most_apart = _mm256_max_pd(apart, most_apart);
        most_rel = _mm256_max_pd(_mm256_div_pd(apart, size_pd(y)), most_rel);
        const __m256d number = _mm256_cmp_pd(x, y, _CMP_ORD_Q);
        most_ulp = max_epu64(
            most_ulp, _mm256_and_si256(ulp_pd(x, y), _mm256_castpd_si256(number)));
        if (_mm256_movemask_pd(number) == 0xf)
            continue;
        block->n_nan_a += n_set_pd(_mm256_cmp_pd(x, x, _CMP_UNORD_Q));
        block->n_nan_b += n_set_pd(_mm256_cmp_pd(y, y, _CMP_UNORD_Q));
    }
    block->n_diff = n - n_agree;
    block->max_abs = largest_pd(most_apart);
    block->max_rel = largest_pd(most_rel);
    block->max_ulp = largest_epu64(most_ulp);
}

INLINE __m256d wanted_pd(double extreme)
{
    return _mm256_set1_pd(extreme > 0 ? extreme : (double)NAN);
}

AVX2 size_t dsi_close_find_doubles(const struct dsi_close *close, const void *a,
                                   const void *b, size_t from, size_t n,
                                   const struct dsi_close_block *open)
{
    const struct tolerance_pd t = tolerance_pd(close, close->rule.equal_nan);
    const __m256d abs = wanted_pd(open->max_abs), rel = wanted_pd(open->max_rel);
    const __m256i most =
        _mm256_set1_epi64x(open->max_ulp ? (int64_t)open->max_ulp : -1);
    const __m256d diff = _mm256_castsi256_pd(_mm256_set1_epi64x(open->n_diff ? -1 : 0));
    unsigned left = 0xfu << from % 4 & 0xf;
    for (size_t i = from - from % 4; i < n; i += 4, left = 0xf) {
        const __m256d x = load_pd(a, i), y = load_pd(b, i);
        const __m256d apart = size_pd(_mm256_sub_pd(x, y));
        __m256d hit = _mm256_andnot_pd(agree_pd(&t, x, y, apart), diff);
        hit = _mm256_or_pd(hit, _mm256_cmp_pd(apart, abs, _CMP_EQ_OQ));
        hit = _mm256_or_pd(
            hit, _mm256_cmp_pd(_mm256_div_pd(apart, size_pd(y)), rel, _CMP_EQ_OQ));
        hit = _mm256_or_pd(hit,
                           _mm256_castsi256_pd(_mm256_cmpeq_epi64(ulp_pd(x, y), most)));
        const unsigned hits = (unsigned)_mm256_movemask_pd(hit) & left;
        if (hits)
            return i + (unsigned)__builtin_ctz(hits);
    }
    return n;
}

/* --- which ------------------------------------------------------------------------ */

#define DEFINE_FLOATS(name, half)                                                   \
    AVX2 static uint64_t judge_##name(const struct dsi_close *close, const void *a, \
                                      const void *b, size_t n, bool equal_nan)      \
    {                                                                               \
        return judge_floats(half, close, a, b, n, equal_nan);                       \
    }                                                                               \
    AVX2 static void measure_##name(const struct dsi_close *close, const void *a,   \
                                    const void *b, size_t n,                        \
                                    struct dsi_close_block *block)                  \
    {                                                                               \
        measure_floats(half, close, a, b, n, block);                                \
    }                                                                               \
    AVX2 size_t dsi_close_find_##name(const struct dsi_close *close, const void *a, \
                                      const void *b, size_t from, size_t n,         \
                                      const struct dsi_close_block *open)           \
    {                                                                               \
        return find_floats(half, close, a, b, from, n, open);                       \
    }

DEFINE_FLOATS(singles, false)
DEFINE_FLOATS(halves, true)

const struct dsi_close_kernel *dsi_close_kernel_avx2(enum dsi_close_type type)
{
    static const struct dsi_close_kernel halves = {.lanes = 8,
                                                   .judge = judge_halves,
                                                   .measure = measure_halves,
                                                   .find = dsi_close_find_halves};
    static const struct dsi_close_kernel singles = {.lanes = 8,
                                                    .judge = judge_singles,
                                                    .measure = measure_singles,
                                                    .survey = dsi_close_survey_floats,
                                                    .find = dsi_close_find_singles};
    static const struct dsi_close_kernel doubles = {.lanes = 4,
                                                    .judge = judge_doubles,
                                                    .measure = measure_doubles,
                                                    .find = dsi_close_find_doubles};
    return type == DSI_CLOSE_HALF     ? &halves
           : type == DSI_CLOSE_FLOAT  ? &singles
           : type == DSI_CLOSE_DOUBLE ? &doubles
                                      : NULL;
}

#else
const struct dsi_close_kernel *dsi_close_kernel_avx2(enum dsi_close_type type)
{
    (void)type;
    return NULL;
}
#endif
