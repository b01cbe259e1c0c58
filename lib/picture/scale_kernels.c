/* The loops of picture_scale.h. An output is a sum over neighbours in a row; where that
 * of many rows is summed at once, one row beside the other, no sum is taken across a
 * vector. For that they are turned: two inputs of each row, then the next two. */
#include "avx2_loops.h"
#include "picture_scale.h"

#include <stdbool.h>
#include <string.h>

enum { HALF = 1 << (DSI_SCALE_FRACTION_BITS - 1) };

/* --- without vectors ----------------------------------------------------------------
 */

static uint8_t byte_of(int32_t sum)
{
    const int32_t value = sum >> DSI_SCALE_FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void scale_each(const struct dsi_scaling *s, const uint8_t *row, uint8_t *out,
                       size_t out_step)
{
    for (uint32_t i = 0; i < s->n_out; i++) {
        const uint8_t *from = row + s->first[i];
        const int32_t *weights = s->weights + (size_t)i * s->n_taps;
        const uint32_t left = s->n_in - s->first[i];
        const uint32_t n = left < s->n_taps ? left : s->n_taps;
        int32_t sum = HALF;
        for (uint32_t k = 0; k < n; k++)
            sum += from[k] * weights[k];
        out[i * out_step] = byte_of(sum);
    }
}

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   DSI_AVX2_LOOPS
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { ROWS = DSI_SCALE_ROWS, LANES = DSI_SCALE_LANES, HALF_ROWS = ROWS / 2 };

/* The room for turned rows, from where a cache line begins. */
INLINE int16_t *turned_of(const struct dsi_scaling *s)
{
    const uintptr_t at = (uintptr_t)s->turned + DSI_SCALE_ALIGNMENT - 1;
    return (int16_t *)(at - at % DSI_SCALE_ALIGNMENT);
}

/* Of each of eight vectors, in either half of it, eight numbers of 16 bits: the first
 * of each, the second, and so on. */
INLINE void turn_block(const __m256i in[HALF_ROWS], __m256i out[HALF_ROWS])
{
    __m256i two[HALF_ROWS], four[HALF_ROWS];
    for (int r = 0; r < HALF_ROWS; r += 2) {
        two[r] = _mm256_unpacklo_epi16(in[r], in[r + 1]);
        two[r + 1] = _mm256_unpackhi_epi16(in[r], in[r + 1]);
    }
    for (int r = 0; r < HALF_ROWS; r += 4)
        for (int k = 0; k < 2; k++) {
            four[r + 2 * k] = _mm256_unpacklo_epi32(two[r + k], two[r + k + 2]);
            four[r + 2 * k + 1] = _mm256_unpackhi_epi32(two[r + k], two[r + k + 2]);
        }
    for (int k = 0; k < 4; k++) {
        out[2 * k] = _mm256_unpacklo_epi64(four[k], four[k + 4]);
        out[2 * k + 1] = _mm256_unpackhi_epi64(four[k], four[k + 4]);
    }
}

/* Sixteen inputs of a row and of that half the rows below. */
INLINE __m256i load_both(const uint8_t *upper, const uint8_t *lower)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const void *)upper)),
        _mm_loadu_si128((const void *)lower), 1);
}

/* Words of rows, the first four of either half before the others. Of fewer rows the
 * last is taken more than once. */
AVX2 static void turn_rows(const struct dsi_scaling *s, const uint8_t *rows,
                           size_t step, uint32_t n_rows)
{
    const __m256i zero = _mm256_setzero_si256();
    const uint8_t *of[ROWS];
    int16_t *to = turned_of(s);
    for (uint32_t r = 0; r < ROWS; r++)
        of[r] = rows + (r < n_rows ? r : n_rows - 1) * step;
    for (uint32_t x = 0; x < s->n_in; x += LANES) {
        __m256i in[HALF_ROWS], out[HALF_ROWS];
        for (int r = 0; r < HALF_ROWS; r++)
            in[r] = load_both(of[r] + x, of[r + HALF_ROWS] + x);
        turn_block(in, out);
        for (int k = 0; k < HALF_ROWS; k++, to += 2 * ROWS) {
            _mm256_store_si256((void *)to, _mm256_unpacklo_epi8(out[k], zero));
            _mm256_store_si256((void *)(to + ROWS), _mm256_unpackhi_epi8(out[k], zero));
        }
    }
}

/* Adds what two inputs of every row weigh. */
INLINE void add_two(__m256i sums[2], const int16_t *from, const int16_t *weights)
{
    int32_t two;
    memcpy(&two, weights, sizeof two);
    const __m256i both = _mm256_set1_epi32(two);
    const __m256i *words = (const void *)from;
    sums[0] =
        _mm256_add_epi32(sums[0], _mm256_madd_epi16(both, _mm256_load_si256(words)));
    sums[1] = _mm256_add_epi32(sums[1],
                               _mm256_madd_epi16(both, _mm256_load_si256(words + 1)));
}

/* The sums of every row for output i. */
INLINE void sum_rows(const struct dsi_scaling *s, const int16_t *weights, uint32_t i,
                     __m256i sums[2])
{
    enum { AT_ONCE = 8 };
    const int16_t *from = turned_of(s) + (size_t)s->first[i] * ROWS;
    const int16_t *at = weights + (size_t)i * s->n_taps, *end = at + s->n_taps;
    sums[0] = sums[1] = _mm256_setzero_si256();
    for (; end - at >= AT_ONCE; at += AT_ONCE, from += AT_ONCE * ROWS)
        for (int k = 0; k < AT_ONCE; k += 2)
            add_two(sums, from + k * ROWS, at + k);
    for (; at < end; at += 2, from += 2 * ROWS)
        add_two(sums, from, at);
}

/* A byte for each row. */
INLINE __m128i bytes_of(const __m256i sums[2])
{
    const __m256i words =
        _mm256_packs_epi32(_mm256_srai_epi32(sums[0], DSI_SCALE_FRACTION_BITS),
                           _mm256_srai_epi32(sums[1], DSI_SCALE_FRACTION_BITS));
    const __m256i bytes = _mm256_packus_epi16(words, words);
    return _mm_unpacklo_epi64(_mm256_castsi256_si128(bytes),
                              _mm256_extracti128_si256(bytes, 1));
}

INLINE void add_all(__m256i sums[2], int32_t more)
{
    sums[0] = _mm256_add_epi32(sums[0], _mm256_set1_epi32(more));
    sums[1] = _mm256_add_epi32(sums[1], _mm256_set1_epi32(more));
}

/* Whether what is behind the point is more than that in any sum. */
INLINE bool is_any_above(const __m256i sums[2], int32_t most)
{
    const __m256i behind = _mm256_set1_epi32((1 << DSI_SCALE_FRACTION_BITS) - 1);
    const __m256i above = _mm256_or_si256(
        _mm256_cmpgt_epi32(_mm256_and_si256(sums[0], behind), _mm256_set1_epi32(most)),
        _mm256_cmpgt_epi32(_mm256_and_si256(sums[1], behind), _mm256_set1_epi32(most)));
    return !_mm256_testz_si256(above, above);
}

INLINE void store_bytes(const __m256i sums[2], uint32_t n_rows, uint8_t *out)
{
    const __m128i bytes = bytes_of(sums);
    if (n_rows == ROWS)
        _mm_storeu_si128((void *)out, bytes);
    else
        memcpy(out, &bytes, n_rows);
}

/* An output whose bytes the rest of the weights may change. */
struct doubt {
    __m256i sums[2]; /* without it */
    uint32_t output;
};
enum { MAX_DOUBTS = 32 };

/* Most bytes are the same whatever the rest of the weights comes to: with the least of
 * it the sum is so far below the next byte's that the most does not reach that. All are
 * written down as a doubt, and the next in the same place unless it is one: that takes
 * no guess. */
INLINE size_t scale_roughly(const struct dsi_scaling *s, uint32_t first,
                            uint32_t n_rows, uint8_t *out, size_t out_step,
                            struct doubt *doubts)
{
    const __m128i shift = _mm_cvtsi32_si128(s->rough_bits);
    const uint32_t left = s->n_out - first, n = left < MAX_DOUBTS ? left : MAX_DOUBTS;
    size_t n_doubts = 0;
    for (uint32_t i = first; i < first + n; i++) {
        const int32_t width = s->above[i] - s->below[i];
        struct doubt *doubt = &doubts[n_doubts];
        __m256i sums[2];
        sum_rows(s, s->rough, i, sums);
        sums[0] = _mm256_sll_epi32(sums[0], shift);
        sums[1] = _mm256_sll_epi32(sums[1], shift);
        add_all(sums, HALF + s->below[i]);
        store_bytes(sums, n_rows, out + i * out_step);
        *doubt = (struct doubt){.sums = {sums[0], sums[1]}, .output = i};
        n_doubts += is_any_above(sums, (1 << DSI_SCALE_FRACTION_BITS) - 1 - width);
    }
    return n_doubts;
}

INLINE void scale_exactly(const struct dsi_scaling *s, const struct doubt *doubt,
                          uint32_t n_rows, uint8_t *out, size_t out_step)
{
    const uint32_t i = doubt->output;
    __m256i sums[2];
    sum_rows(s, s->rest, i, sums);
    sums[0] = _mm256_add_epi32(sums[0], doubt->sums[0]);
    sums[1] = _mm256_add_epi32(sums[1], doubt->sums[1]);
    add_all(sums, -s->below[i]);
    store_bytes(sums, n_rows, out + i * out_step);
}

AVX2 static void scale_band(const struct dsi_scaling *scaling, uint32_t n_rows,
                            uint8_t *out, size_t out_step)
{
    const struct dsi_scaling s = *scaling; /* which no byte written can change */
    struct doubt doubts[MAX_DOUBTS];
    for (uint32_t i = 0; i < s.n_out; i += MAX_DOUBTS) {
        const size_t n = scale_roughly(&s, i, n_rows, out, out_step, doubts);
        for (size_t k = 0; k < n; k++)
            scale_exactly(&s, &doubts[k], n_rows, out, out_step);
    }
}

AVX2 static void scale_avx2(const struct dsi_scaling *s, const uint8_t *rows,
                            size_t step, uint32_t n_rows, uint8_t *out, size_t out_step)
{
    for (uint32_t r = 0; r < n_rows; r += ROWS) {
        const uint32_t n = n_rows - r < ROWS ? n_rows - r : ROWS;
        turn_rows(s, rows + r * step, step, n);
        scale_band(s, n, out + r, out_step);
    }
}

#else
static void scale_avx2(const struct dsi_scaling *s, const uint8_t *rows, size_t step,
                       uint32_t n_rows, uint8_t *out, size_t out_step)
{
    for (uint32_t r = 0; r < n_rows; r++)
        scale_each(s, rows + r * step, out + r, out_step);
}
#endif

/* --- which --------------------------------------------------------------------------
 */

void dsi_scale_rows(struct dsi_scaling *scaling, enum dsi_cpu_level level,
                    const uint8_t *rows, size_t step, uint32_t n_rows, uint8_t *out,
                    size_t out_step)
{
    if (level >= DSI_CPU_AVX2) {
        scale_avx2(scaling, rows, step, n_rows, out, out_step);
        return;
    }
    for (uint32_t r = 0; r < n_rows; r++)
        scale_each(scaling, rows + r * step, out + r, out_step);
}
