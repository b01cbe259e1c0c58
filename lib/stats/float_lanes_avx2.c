/* float32 in lanes with AVX2: 8 values of a row at once. Machines with AVX-512 take
 * this too; the tile's arithmetic is that of float_lanes.c, operation by operation. */
#include "float_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

#define AVX2   __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

INLINE __m256i load_whole(const uint32_t *from)
{
    return _mm256_loadu_si256((const void *)from);
}

INLINE void store_whole(uint32_t *to, __m256i x)
{
    _mm256_storeu_si256((void *)to, x);
}

INLINE __m256i size_of(__m256 x)
{
    return _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(DSI_FLOAT_SIZE));
}

/* What the memory has not yet brought is asked for one tile ahead. */
INLINE void look(struct dsi_float_tile *tile, const float *pivots, const float *values,
                 size_t n_rows, size_t pitch)
{
    const __m256 pivot = _mm256_loadu_ps(pivots);
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi32(1);
    const __m256i most = _mm256_set1_epi32(DSI_FLOAT_MOST);
    __m256 low = _mm256_set1_ps(INFINITY), high = _mm256_set1_ps(-INFINITY);
    __m256i least = _mm256_sub_epi32(size_of(pivot), one);
    __m256i n_zero = zero, n_not_finite = zero;
    const char *ahead = (const char *)(values + DSI_LANE_ROWS * pitch);
    for (size_t r = 0; r < n_rows; r++, values += pitch) {
        const __m256 x = _mm256_loadu_ps(values);
        const __m256i size = size_of(x), not_finite = _mm256_cmpgt_epi32(size, most);
        _mm_prefetch(ahead + r * pitch * sizeof *values, _MM_HINT_T0);
        low = _mm256_min_ps(x, low);
        high = _mm256_max_ps(x, high);
        least = _mm256_min_epu32(least, _mm256_sub_epi32(size, one));
        n_zero = _mm256_sub_epi32(n_zero, _mm256_cmpeq_epi32(size, zero));
        n_not_finite = _mm256_sub_epi32(n_not_finite, not_finite);
        _mm256_storeu_ps(tile->numbers + r * DSI_LANES,
                         _mm256_blendv_ps(x, pivot, _mm256_castsi256_ps(not_finite)));
    }
    _mm256_storeu_ps(tile->low, low);
    _mm256_storeu_ps(tile->high, high);
    store_whole(tile->least, least);
    store_whole(tile->n_zero, n_zero);
    store_whole(tile->n_not_finite, n_not_finite);
}

/* Doubles of 8 lanes. */
struct pair {
    __m256d a, b;
};

INLINE struct pair load_pair(const double *from)
{
    return (struct pair){_mm256_loadu_pd(from), _mm256_loadu_pd(from + 4)};
}

INLINE void store_pair(double *to, struct pair x)
{
    _mm256_storeu_pd(to, x.a);
    _mm256_storeu_pd(to + 4, x.b);
}

INLINE struct pair widen(const float *from)
{
    return (struct pair){_mm256_cvtps_pd(_mm_loadu_ps(from)),
                         _mm256_cvtps_pd(_mm_loadu_ps(from + 4))};
}

INLINE struct pair plus(struct pair x, struct pair y)
{
    return (struct pair){_mm256_add_pd(x.a, y.a), _mm256_add_pd(x.b, y.b)};
}

INLINE struct pair less(struct pair x, struct pair y)
{
    return (struct pair){_mm256_sub_pd(x.a, y.a), _mm256_sub_pd(x.b, y.b)};
}

INLINE struct pair times(struct pair x, struct pair y)
{
    return (struct pair){_mm256_mul_pd(x.a, y.a), _mm256_mul_pd(x.b, y.b)};
}

INLINE struct pair nothing(void)
{
    return (struct pair){_mm256_setzero_pd(), _mm256_setzero_pd()};
}

struct sums {
    struct pair sum, rest, square, cube;
};

INLINE struct sums sum_tile(bool is_plain, const float *numbers, size_t n_rows,
                            struct pair beside, struct pair pivot)
{
    struct sums s = {nothing(), nothing(), nothing(), nothing()};
    if (!is_plain)
        s.sum = beside;
    for (size_t r = 0; r < n_rows; r++, numbers += DSI_LANES) {
        const struct pair x = widen(numbers), grown = plus(s.sum, x);
        if (!is_plain)
            s.rest = plus(s.rest, less(x, less(grown, s.sum)));
        s.sum = grown;
        const struct pair d = less(x, pivot), square = times(d, d);
        s.square = plus(s.square, square);
        s.cube = plus(s.cube, times(square, d));
    }
    if (!is_plain)
        s.sum = less(s.sum, beside);
    return s;
}

INLINE void take(struct dsi_float_lanes *lanes, const struct sums *s)
{
    const struct pair old = load_pair(lanes->sum), all = plus(old, s->sum);
    const struct pair grown = less(all, old);
    const struct pair lost = plus(less(old, less(all, grown)), less(s->sum, grown));
    store_pair(lanes->sum, all);
    store_pair(lanes->rest, plus(load_pair(lanes->rest), plus(lost, s->rest)));
    store_pair(lanes->square, plus(load_pair(lanes->square), s->square));
    store_pair(lanes->cube, plus(load_pair(lanes->cube), s->cube));
}

INLINE void add_whole(uint32_t *into, const uint32_t *from)
{
    store_whole(into, _mm256_add_epi32(load_whole(into), load_whole(from)));
}

/* Where `is_new`, the tile's number. */
INLINE void number_tile(uint32_t *numbers, __m256 is_new, uint32_t number)
{
    const __m256i all = _mm256_set1_epi32((int)number);
    store_whole(numbers, _mm256_blendv_epi8(load_whole(numbers), all,
                                            _mm256_castps_si256(is_new)));
}

INLINE void take_ends(struct dsi_float_lanes *lanes, const struct dsi_float_tile *tile,
                      uint32_t number)
{
    const __m256 low = _mm256_loadu_ps(tile->low), high = _mm256_loadu_ps(tile->high);
    const __m256 old_low = _mm256_loadu_ps(lanes->low);
    const __m256 old_high = _mm256_loadu_ps(lanes->high);
    number_tile(lanes->low_tile, _mm256_cmp_ps(low, old_low, _CMP_LT_OQ), number);
    number_tile(lanes->high_tile, _mm256_cmp_ps(high, old_high, _CMP_GT_OQ), number);
    _mm256_storeu_ps(lanes->low, _mm256_min_ps(low, old_low));
    _mm256_storeu_ps(lanes->high, _mm256_max_ps(high, old_high));
    add_whole(lanes->n_zero, tile->n_zero);
    add_whole(lanes->n_not_finite, tile->n_not_finite);
}

/* The powers of two of the largest sizes. */
INLINE __m256i powers_of(__m256i sizes)
{
    return _mm256_max_epu32(_mm256_and_si256(sizes, _mm256_set1_epi32(DSI_FLOAT_POWER)),
                            _mm256_set1_epi32(DSI_FLOAT_NORMAL));
}

INLINE bool is_plain(__m256i powers, const uint32_t *least)
{
    const __m256i apart = _mm256_set1_epi32(DSI_PLAIN_POWERS);
    const __m256i at_least = _mm256_sub_epi32(_mm256_max_epu32(powers, apart), apart);
    const __m256i lower = _mm256_min_epu32(at_least, load_whole(least));
    return _mm256_movemask_epi8(_mm256_cmpeq_epi32(lower, at_least)) == -1;
}

AVX2 void dsi_float_lanes_add_avx2(struct dsi_float_lanes *lanes, const float *values,
                                   size_t n_rows, size_t pitch, uint32_t number)
{
    struct dsi_float_tile tile;
    uint32_t sizes[DSI_LANES];
    look(&tile, lanes->pivot, values, n_rows, pitch);
    const __m256i ends = _mm256_max_epu32(size_of(_mm256_loadu_ps(tile.low)),
                                          size_of(_mm256_loadu_ps(tile.high)));
    __m256i largest = _mm256_max_epu32(ends, size_of(_mm256_loadu_ps(lanes->pivot)));
    const __m256i open = _mm256_cmpgt_epi32(largest, _mm256_set1_epi32(DSI_FLOAT_MOST));
    if (_mm256_movemask_epi8(open)) {
        store_whole(sizes, largest);
        dsi_float_lanes_infinite(lanes, values, n_rows, pitch, tile.numbers, sizes);
        largest = load_whole(sizes);
    }
    const __m256i powers = powers_of(largest);
    const struct pair pivot = widen(lanes->pivot);
    struct sums sums;
    if (is_plain(powers, tile.least)) {
        sums = sum_tile(true, tile.numbers, n_rows, nothing(), pivot);
    } else {
        const __m256d factor = _mm256_set1_pd(DSI_BESIDE);
        float power[DSI_LANES];
        _mm256_storeu_ps(power, _mm256_castsi256_ps(powers));
        sums = sum_tile(false, tile.numbers, n_rows,
                        times(widen(power), (struct pair){factor, factor}), pivot);
    }
    take(lanes, &sums);
    take_ends(lanes, &tile, number);
}
#endif
