#include "picture_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- weights ------------------------------------------------------------------------
 */

enum {
    FRACTION_BITS = 22,
    LOW_BITS = 12, /* of a weight, in the lower of its parts */
    LANES = 16,    /* bytes at once */
};

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI);
}

static double lanczos(double x)
{
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static const struct {
    double (*weight)(double x);
    double reach;
} filters[] = {[DSI_SCALE_BICUBIC] = {bicubic, 2}, [DSI_SCALE_LANCZOS] = {lanczos, 3}};

/* The inputs [first, end) that an output is made of. */
struct reach {
    double centre, stretch;
    uint32_t first, end;
};

static struct reach reach_of(const struct dsi_scaling *s, uint32_t out)
{
    const double scale = (double)s->n_in / s->n_out, stretch = scale < 1 ? 1 : scale;
    const double reach = filters[s->filter].reach * stretch;
    const double centre = (out + 0.5) * scale;
    const double low = centre - reach + 0.5, high = centre + reach + 0.5;
    return (struct reach){.centre = centre,
                          .stretch = stretch,
                          .first = low > 0 ? (uint32_t)low : 0,
                          .end = high < s->n_in ? (uint32_t)high : s->n_in};
}

/* Fills the weights of an output. */
static void weigh(struct dsi_scaling *s, uint32_t out, double *room)
{
    const struct reach reach = reach_of(s, out);
    const uint32_t n = reach.end - reach.first;
    const double narrow = 1 / reach.stretch;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double x = (i + reach.first - reach.centre + 0.5) * narrow;
        room[i] = filters[s->filter].weight(x);
        sum += room[i];
    }
    /* All taps lie within the row, where it has as many. */
    const uint32_t last = s->n_in > s->n_taps ? s->n_in - s->n_taps : 0;
    s->first[out] = reach.first < last ? reach.first : last;
    const size_t at = (size_t)out * s->n_taps, offset = reach.first - s->first[out];
    int32_t *weights = s->weights + at + offset;
    int16_t *high = s->parts + 2 * at + offset, *low = high + s->n_taps;
    for (uint32_t i = 0; i < n; i++) {
        const double weight =
            (sum != 0 ? room[i] / sum : room[i]) * (1 << FRACTION_BITS);
        weights[i] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
        high[i] = (int16_t)(weights[i] >> LOW_BITS);
        low[i] = (int16_t)(weights[i] & ((1 << LOW_BITS) - 1));
    }
}

/* Weights to as many bits as one product takes, and by how much a sum of them may miss
 * that of the weights, either way. */
static void make_rough(struct dsi_scaling *s)
{
    const size_t n_weights = (size_t)s->n_out * s->n_taps;
    int32_t largest = 0;
    for (size_t i = 0; i < n_weights; i++)
        largest = abs(s->weights[i]) > largest ? abs(s->weights[i]) : largest;
    while (largest >> s->rough_bits >= INT16_MAX)
        s->rough_bits++;
    const int32_t half = (1 << s->rough_bits) >> 1;
    for (size_t i = 0; i < n_weights; i += s->n_taps) {
        int32_t below = 0, above = 0;
        for (size_t k = i; k < i + s->n_taps; k++) {
            s->rough[k] = (int16_t)((s->weights[k] + half) >> s->rough_bits);
            const int32_t rest = s->weights[k] - s->rough[k] * (1 << s->rough_bits);
            below += rest < 0 ? rest : 0;
            above += rest > 0 ? rest : 0;
        }
        s->below = 255 * below < s->below ? 255 * below : s->below;
        s->above = 255 * above > s->above ? 255 * above : s->above;
    }
}

enum dsi_status dsi_scaling_make(struct dsi_scaling *s, enum dsi_scale_filter filter,
                                 uint32_t n_in, uint32_t n_out, struct dsi_error *err)
{
    *s = (struct dsi_scaling){.filter = filter, .n_in = n_in, .n_out = n_out};
    for (uint32_t i = 0; i < n_out; i++) {
        const struct reach reach = reach_of(s, i);
        const uint32_t n = reach.end - reach.first;
        s->n_taps = n > s->n_taps ? n : s->n_taps;
    }
    s->n_taps = (s->n_taps + LANES - 1) / LANES * LANES;
    const uint64_t n_weights = (uint64_t)n_out * s->n_taps;
    double *room = dsi_alloc_array(s->n_taps, sizeof *room);
    s->first = dsi_alloc_array(n_out, sizeof *s->first);
    s->weights = dsi_alloc_zeroed(n_weights, sizeof *s->weights);
    s->parts = dsi_alloc_zeroed(2 * n_weights, sizeof *s->parts);
    s->rough = dsi_alloc_array(n_weights, sizeof *s->rough);
    const bool is_made = room && s->first && s->weights && s->parts && s->rough;
    for (uint32_t i = 0; is_made && i < n_out; i++)
        weigh(s, i, room);
    free(room);
    if (is_made) {
        make_rough(s);
        return DSI_OK;
    }
    dsi_scaling_free(s);
    return dsi_fail_memory(err, n_weights * 8);
}

void dsi_scaling_free(struct dsi_scaling *s)
{
    free(s->first);
    free(s->weights);
    free(s->parts);
    free(s->rough);
    *s = (struct dsi_scaling){0};
}

enum dsi_status dsi_scalings_get(struct dsi_scalings *scalings,
                                 enum dsi_scale_filter filter, uint32_t n_in,
                                 uint32_t n_out, const struct dsi_scaling **scaling,
                                 struct dsi_error *err)
{
    size_t oldest = 0;
    scalings->n_asked++;
    for (size_t i = 0; i < DSI_SCALINGS_KEPT; i++) {
        const struct dsi_scaling *s = &scalings->kept[i];
        *scaling = s;
        if (s->n_in == n_in && s->n_out == n_out && s->filter == filter) {
            scalings->asked_for[i] = scalings->n_asked;
            return DSI_OK;
        }
        if (scalings->asked_for[i] < scalings->asked_for[oldest])
            oldest = i;
    }
    *scaling = &scalings->kept[oldest];
    scalings->asked_for[oldest] = scalings->n_asked;
    dsi_scaling_free(&scalings->kept[oldest]);
    return dsi_scaling_make(&scalings->kept[oldest], filter, n_in, n_out, err);
}

void dsi_scalings_free(struct dsi_scalings *scalings)
{
    for (size_t i = 0; i < DSI_SCALINGS_KEPT; i++)
        dsi_scaling_free(&scalings->kept[i]);
}

/* --- without vectors ----------------------------------------------------------------
 */

static uint8_t byte_of(int32_t sum)
{
    const int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static uint32_t n_taps_at(const struct dsi_scaling *s, uint32_t out)
{
    const uint32_t left = s->n_in - s->first[out];
    return left < s->n_taps ? left : s->n_taps;
}

static void scale_row(const struct dsi_scaling *s, const uint8_t *row, uint8_t *out)
{
    for (uint32_t i = 0; i < s->n_out; i++) {
        const uint32_t n = n_taps_at(s, i);
        const uint8_t *from = row + s->first[i];
        const int32_t *weights = s->weights + (size_t)i * s->n_taps;
        int32_t sum = 1 << (FRACTION_BITS - 1);
        for (uint32_t k = 0; k < n; k++)
            sum += from[k] * weights[k];
        out[i] = byte_of(sum);
    }
}

static void scale_column(const struct dsi_scaling *s, const uint8_t *rows, size_t step,
                         uint32_t number, size_t begin, size_t n, uint8_t *out)
{
    const uint32_t n_taps = n_taps_at(s, number);
    const int32_t *weights = s->weights + (size_t)number * s->n_taps;
    for (size_t i = begin; i < n; i++) {
        const uint8_t *from = rows + s->first[number] * step + i;
        int32_t sum = 1 << (FRACTION_BITS - 1);
        for (uint32_t k = 0; k < n_taps; k++)
            sum += from[k * step] * weights[k];
        out[i] = byte_of(sum);
    }
}

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

/* Four lanes, the sums of the lanes of four. */
INLINE __m128i sums_of(const __m256i lanes[4])
{
    const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(lanes[0], lanes[1]),
                                            _mm256_hadd_epi32(lanes[2], lanes[3]));
    return _mm_add_epi32(_mm256_castsi256_si128(pairs),
                         _mm256_extracti128_si256(pairs, 1));
}

/* The weighted sum of one output, in lanes. Weights are too wide for one product of
 * 16-bit numbers, so there are two. */
INLINE __m256i output_lanes(const struct dsi_scaling *s, const uint8_t *row, uint32_t i)
{
    const uint8_t *from = row + s->first[i];
    const int16_t *high = s->parts + 2 * (size_t)i * s->n_taps, *low = high + s->n_taps;
    __m256i high_sum = _mm256_setzero_si256(), low_sum = high_sum;
    for (uint32_t k = 0; k < s->n_taps; k += LANES) {
        const __m256i words =
            _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(from + k)));
        const __m256i h = _mm256_loadu_si256((const void *)(high + k));
        const __m256i l = _mm256_loadu_si256((const void *)(low + k));
        high_sum = _mm256_add_epi32(high_sum, _mm256_madd_epi16(words, h));
        low_sum = _mm256_add_epi32(low_sum, _mm256_madd_epi16(words, l));
    }
    return _mm256_add_epi32(_mm256_slli_epi32(high_sum, LOW_BITS), low_sum);
}

INLINE __m256i add_taps(__m256i sum, const uint8_t *from, const int16_t *weights)
{
    const __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)from));
    return _mm256_add_epi32(
        sum, _mm256_madd_epi16(words, _mm256_loadu_si256((const void *)weights)));
}

/* The same of four, but for the rest of the weights. */
INLINE __m128i rough_sums(const struct dsi_scaling *s, const uint8_t *row,
                          const uint32_t outs[4])
{
    __m256i sums[4];
    const uint8_t *from[4];
    const int16_t *rough[4];
    for (int j = 0; j < 4; j++) {
        sums[j] = _mm256_setzero_si256();
        from[j] = row + s->first[outs[j]];
        rough[j] = s->rough + (size_t)outs[j] * s->n_taps;
    }
    for (uint32_t k = 0; k < s->n_taps; k += LANES) {
        sums[0] = add_taps(sums[0], from[0] + k, rough[0] + k);
        sums[1] = add_taps(sums[1], from[1] + k, rough[1] + k);
        sums[2] = add_taps(sums[2], from[2] + k, rough[2] + k);
        sums[3] = add_taps(sums[3], from[3] + k, rough[3] + k);
    }
    return sums_of(sums);
}

/* Four bytes of four sums and what is added to each. */
INLINE int bytes_of(__m128i sums, int32_t add)
{
    sums = _mm_add_epi32(sums, _mm_set1_epi32(add + (1 << (FRACTION_BITS - 1))));
    sums = _mm_srai_epi32(sums, FRACTION_BITS);
    sums = _mm_packs_epi32(sums, sums);
    return _mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
}

AVX2 static __attribute__((noinline)) int
exact_four(const struct dsi_scaling *s, const uint8_t *row, const uint32_t outs[4])
{
    __m256i lanes[4];
    for (int j = 0; j < 4; j++)
        lanes[j] = output_lanes(s, row, outs[j]);
    return bytes_of(sums_of(lanes), 0);
}

/* Most bytes are the same whatever the rest of the weights comes to; only for others
 * is it summed. */
INLINE int scale_four(const struct dsi_scaling *s, const uint8_t *row,
                      const uint32_t outs[4])
{
    const __m128i rough =
        _mm_sll_epi32(rough_sums(s, row, outs), _mm_cvtsi32_si128(s->rough_bits));
    const int four = bytes_of(rough, s->below);
    return four == bytes_of(rough, s->above) ? four : exact_four(s, row, outs);
}

AVX2 static void scale_row_avx2(const struct dsi_scaling *s, const uint8_t *row,
                                uint8_t *out)
{
    const uint32_t n = s->n_out, last = n - 1;
    uint32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const int four = scale_four(s, row, (const uint32_t[]){i, i + 1, i + 2, i + 3});
        memcpy(out + i, &four, 4);
    }
    if (i < n) {
        const uint32_t outs[4] = {i, i + 1 < n ? i + 1 : last, i + 2 < n ? i + 2 : last,
                                  last};
        const int four = scale_four(s, row, outs);
        memcpy(out + i, &four, n - i);
    }
}

AVX2 static size_t scale_column_avx2(const struct dsi_scaling *s, const uint8_t *rows,
                                     size_t step, uint32_t number, size_t n,
                                     uint8_t *out)
{
    const uint32_t n_taps = n_taps_at(s, number);
    const int32_t *weights = s->weights + (size_t)number * s->n_taps;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const uint8_t *from = rows + s->first[number] * step + i;
        __m256i sum = _mm256_set1_epi32(1 << (FRACTION_BITS - 1));
        for (uint32_t k = 0; k < n_taps; k++) {
            const __m256i values =
                _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(from + k * step)));
            sum = _mm256_add_epi32(
                sum, _mm256_mullo_epi32(values, _mm256_set1_epi32(weights[k])));
        }
        sum = _mm256_srai_epi32(sum, FRACTION_BITS);
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum),
                                              _mm256_extracti128_si256(sum, 1));
        _mm_storel_epi64((void *)(out + i), _mm_packus_epi16(words, words));
    }
    return i;
}

#else
static void scale_row_avx2(const struct dsi_scaling *s, const uint8_t *row,
                           uint8_t *out)
{
    scale_row(s, row, out);
}

static size_t scale_column_avx2(const struct dsi_scaling *s, const uint8_t *rows,
                                size_t step, uint32_t number, size_t n, uint8_t *out)
{
    (void)s, (void)rows, (void)step, (void)number, (void)n, (void)out;
    return 0;
}
#endif

void dsi_scale_row(const struct dsi_scaling *scaling, enum dsi_cpu_level level,
                   const uint8_t *row, uint8_t *out)
{
    if (level >= DSI_CPU_AVX2)
        scale_row_avx2(scaling, row, out);
    else
        scale_row(scaling, row, out);
}

void dsi_scale_column(const struct dsi_scaling *scaling, enum dsi_cpu_level level,
                      const uint8_t *rows, size_t step, uint32_t number, size_t n,
                      uint8_t *out)
{
    size_t i = 0;
    if (level >= DSI_CPU_AVX2)
        i = scale_column_avx2(scaling, rows, step, number, n, out);
    scale_column(scaling, rows, step, number, i, n, out);
}
