#include "pixel_kernels.h"

#include "avx2_loops.h"

#include <string.h>

/* --- without vectors ----------------------------------------------------------------
 */

static void split_each(const uint8_t *rgb, size_t n, uint8_t *r, uint8_t *g, uint8_t *b)
{
    for (size_t i = 0; i < n; i++) {
        r[i] = rgb[3 * i];
        g[i] = rgb[3 * i + 1];
        b[i] = rgb[3 * i + 2];
    }
}

static uint32_t weight_of(uint32_t r, uint32_t g, uint32_t b)
{
    return DSI_WEIGHT_R * r * r + DSI_WEIGHT_G * g * g + DSI_WEIGHT_B * b * b;
}

static void weigh_each(const uint8_t *r, const uint8_t *g, const uint8_t *b, size_t n,
                       uint32_t *weights)
{
    for (size_t i = 0; i < n; i++)
        weights[i] = weight_of(r[i], g[i], b[i]);
}

static void sift_each(const uint8_t *r, const uint8_t *g, const uint8_t *b, size_t n,
                      struct dsi_weight_window *window)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t weight = weight_of(r[i], g[i], b[i]);
        window->n_below += weight < window->low;
        if (weight >= window->low && weight < window->high)
            window->kept[window->n_kept++] = weight;
    }
}

enum { LUMA_R = 19595, LUMA_G = 38470, LUMA_B = 7471, LUMA_HALF = 1 << 15 };

static void luma_each(const uint8_t *r, const uint8_t *g, const uint8_t *b, size_t n,
                      uint8_t *luma)
{
    for (size_t i = 0; i < n; i++)
        luma[i] = (uint8_t)(((uint32_t)LUMA_R * r[i] + (uint32_t)LUMA_G * g[i] +
                             (uint32_t)LUMA_B * b[i] + LUMA_HALF) >>
                            16);
}

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

static uint64_t load_eight(const uint8_t *values)
{
    uint64_t eight;
    memcpy(&eight, values, sizeof eight);
    return eight;
}

void dsi_pixels_count(const uint8_t *values, size_t n, struct dsi_byte_counts *counts)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        count_eight(load_eight(values + i), counts);
    for (; i < n; i++)
        counts->lanes[0][values[i]]++;
}

void dsi_pixels_count_three(const uint8_t *const planes[3], size_t n,
                            struct dsi_byte_counts counts[3])
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        count_eight(load_eight(planes[0] + i), &counts[0]);
        count_eight(load_eight(planes[1] + i), &counts[1]);
        count_eight(load_eight(planes[2] + i), &counts[2]);
    }
    for (int c = 0; c < 3; c++)
        dsi_pixels_count(planes[c] + i, n - i, &counts[c]);
}

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   DSI_AVX2_LOOPS
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { LANES = 16 }; /* pixels at once */

/* Where the bytes of a plane are in three loads; -1 is not in this one. */
static const int8_t picks[3][3][LANES] = {
    {{0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13}},
    {{1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14}},
    {{2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1},
     {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15}}};

/* Bytes of three loads, picked and put together. */
INLINE __m128i gather_plane(const __m128i in[3], const int8_t from[3][LANES])
{
    __m128i plane = _mm_setzero_si128();
    for (int k = 0; k < 3; k++)
        plane = _mm_or_si128(
            plane, _mm_shuffle_epi8(in[k], _mm_loadu_si128((const void *)from[k])));
    return plane;
}

AVX2 static size_t split_avx2(const uint8_t *rgb, size_t n, uint8_t *const planes[3])
{
    uint8_t *const r = planes[0], *const g = planes[1], *const b = planes[2];
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const uint8_t *from = rgb + 3 * i;
        const __m128i in[3] = {_mm_loadu_si128((const void *)from),
                               _mm_loadu_si128((const void *)(from + LANES)),
                               _mm_loadu_si128((const void *)(from + 2 * LANES))};
        _mm_storeu_si128((void *)(r + i), gather_plane(in, picks[0]));
        _mm_storeu_si128((void *)(g + i), gather_plane(in, picks[1]));
        _mm_storeu_si128((void *)(b + i), gather_plane(in, picks[2]));
    }
    return i;
}

INLINE __m256i load_words(const uint8_t *from)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)from));
}

/* Adds 32-bit products of 16-bit numbers without a sign: of the lower four of each
 * half to sums[0], of the upper to sums[1]. */
INLINE void add_products(__m256i words, int factor, __m256i sums[2])
{
    const __m256i factors = _mm256_set1_epi16((short)factor);
    const __m256i low = _mm256_mullo_epi16(words, factors);
    const __m256i high = _mm256_mulhi_epu16(words, factors);
    sums[0] = _mm256_add_epi32(sums[0], _mm256_unpacklo_epi16(low, high));
    sums[1] = _mm256_add_epi32(sums[1], _mm256_unpackhi_epi16(low, high));
}

INLINE __m256i square(__m256i words)
{
    return _mm256_mullo_epi16(words, words);
}

/* Weights of 16 pixels: 0 to 3 and 8 to 11, 4 to 7 and 12 to 15. */
INLINE void weigh_lanes(const uint8_t *r, const uint8_t *g, const uint8_t *b,
                        __m256i weights[2])
{
    weights[0] = weights[1] = _mm256_setzero_si256();
    add_products(square(load_words(r)), DSI_WEIGHT_R, weights);
    add_products(square(load_words(g)), DSI_WEIGHT_G, weights);
    add_products(square(load_words(b)), DSI_WEIGHT_B, weights);
}

AVX2 static size_t weigh_avx2(const uint8_t *const planes[3], size_t n,
                              uint32_t *weights)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i lanes[2];
        weigh_lanes(planes[0] + i, planes[1] + i, planes[2] + i, lanes);
        _mm256_storeu_si256((void *)(weights + i),
                            _mm256_permute2x128_si256(lanes[0], lanes[1], 0x20));
        _mm256_storeu_si256((void *)(weights + i + 8),
                            _mm256_permute2x128_si256(lanes[0], lanes[1], 0x31));
    }
    return i;
}

/* A window's bounds and, for each lane, how many were below, negative. */
struct sieve {
    __m256i low, high, below;
};

INLINE struct sieve sieve_of(const struct dsi_weight_window *window)
{
    return (struct sieve){_mm256_set1_epi32((int)window->low),
                          _mm256_set1_epi32((int)window->high), _mm256_setzero_si256()};
}

/* Which of eight weights are in the window. */
INLINE __m256i sift(struct sieve *sieve, __m256i weights)
{
    const __m256i below = _mm256_cmpgt_epi32(sieve->low, weights);
    sieve->below = _mm256_add_epi32(sieve->below, below);
    return _mm256_andnot_si256(below, _mm256_cmpgt_epi32(sieve->high, weights));
}

/* Writes one more than it keeps, unless it keeps all: it takes no guess which. */
AVX2 static void keep_lanes(struct dsi_weight_window *window, __m256i weights,
                            __m256i here)
{
    const unsigned bits = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(here));
    uint32_t of[8];
    size_t n = 0;
    if (!bits)
        return;
    uint32_t *kept = window->kept + window->n_kept;
    _mm256_storeu_si256((void *)of, weights);
    for (unsigned k = 0; k < 8; k++) {
        kept[n] = of[k];
        n += bits >> k & 1;
    }
    window->n_kept += n;
}

INLINE uint64_t sum_below(__m256i below)
{
    int32_t of[8];
    uint64_t n = 0;
    _mm256_storeu_si256((void *)of, below);
    for (int k = 0; k < 8; k++)
        n += (uint64_t) - (int64_t)of[k];
    return n;
}

/* Two windows at once. Most vectors have no weight in either. */
AVX2 static size_t sift_avx2(const uint8_t *const planes[3], size_t n,
                             struct dsi_weight_window *a, struct dsi_weight_window *b)
{
    struct sieve in_a = sieve_of(a), in_b = sieve_of(b);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i lanes[2], here_a[2], here_b[2];
        weigh_lanes(planes[0] + i, planes[1] + i, planes[2] + i, lanes);
        for (int k = 0; k < 2; k++) {
            here_a[k] = sift(&in_a, lanes[k]);
            here_b[k] = sift(&in_b, lanes[k]);
        }
        const __m256i any_a = _mm256_or_si256(here_a[0], here_a[1]);
        const __m256i any_b = _mm256_or_si256(here_b[0], here_b[1]);
        const __m256i any = _mm256_or_si256(any_a, any_b);
        if (_mm256_testz_si256(any, any))
            continue;
        for (int k = 0; k < 2; k++) {
            keep_lanes(a, lanes[k], here_a[k]);
            keep_lanes(b, lanes[k], here_b[k]);
        }
    }
    a->n_below += sum_below(in_a.below);
    b->n_below += sum_below(in_b.below);
    return i;
}

/* Two factors beside each other, for two numbers beside each other. */
INLINE __m256i factors_of(int first, int second)
{
    return _mm256_set1_epi32(second << 16 | first);
}

/* The factor of green is too wide for numbers with a sign: it is taken in halves. */
AVX2 static size_t luma_avx2(const uint8_t *const planes[3], size_t n, uint8_t *luma)
{
    const __m256i rg = factors_of(LUMA_R, LUMA_G / 2),
                  bg = factors_of(LUMA_B, LUMA_G / 2);
    const __m256i half = _mm256_set1_epi32(LUMA_HALF);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const __m256i r = load_words(planes[0] + i), g = load_words(planes[1] + i),
                      b = load_words(planes[2] + i);
        const __m256i low =
            _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(r, g), rg),
                             _mm256_madd_epi16(_mm256_unpacklo_epi16(b, g), bg));
        const __m256i high =
            _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(r, g), rg),
                             _mm256_madd_epi16(_mm256_unpackhi_epi16(b, g), bg));
        const __m256i words =
            _mm256_packus_epi32(_mm256_srli_epi32(_mm256_add_epi32(low, half), 16),
                                _mm256_srli_epi32(_mm256_add_epi32(high, half), 16));
        const __m256i bytes = _mm256_packus_epi16(words, words);
        _mm_storeu_si128((void *)(luma + i),
                         _mm_unpacklo_epi64(_mm256_castsi256_si128(bytes),
                                            _mm256_extracti128_si256(bytes, 1)));
    }
    return i;
}

#else
static size_t split_avx2(const uint8_t *rgb, size_t n, uint8_t *const planes[3])
{
    (void)rgb, (void)n, (void)planes;
    return 0;
}

static size_t weigh_avx2(const uint8_t *const planes[3], size_t n, uint32_t *weights)
{
    (void)planes, (void)n, (void)weights;
    return 0;
}

static size_t sift_avx2(const uint8_t *const planes[3], size_t n,
                        struct dsi_weight_window *a, struct dsi_weight_window *b)
{
    (void)planes, (void)n, (void)a, (void)b;
    return 0;
}

static size_t luma_avx2(const uint8_t *const planes[3], size_t n, uint8_t *luma)
{
    (void)planes, (void)n, (void)luma;
    return 0;
}
#endif

/* --- which: what vectors leave is done one by one ------------------------------------
 */

void dsi_pixels_split(enum dsi_cpu_level level, const uint8_t *rgb, size_t n,
                      uint8_t *const planes[3])
{
    const size_t i = level >= DSI_CPU_AVX2 ? split_avx2(rgb, n, planes) : 0;
    split_each(rgb + 3 * i, n - i, planes[0] + i, planes[1] + i, planes[2] + i);
}

void dsi_pixels_weigh(enum dsi_cpu_level level, const uint8_t *const planes[3],
                      size_t n, uint32_t *weights)
{
    const size_t i = level >= DSI_CPU_AVX2 ? weigh_avx2(planes, n, weights) : 0;
    weigh_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, weights + i);
}

void dsi_pixels_sift(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     struct dsi_weight_window *windows, size_t n_windows)
{
    for (size_t w = 0; w < n_windows; w += 2) {
        struct dsi_weight_window none = {0}, *a = &windows[w];
        struct dsi_weight_window *b = w + 1 < n_windows ? &windows[w + 1] : &none;
        const size_t i = level >= DSI_CPU_AVX2 ? sift_avx2(planes, n, a, b) : 0;
        sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, a);
        sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, b);
    }
}

void dsi_pixels_luma(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     uint8_t *luma)
{
    const size_t i = level >= DSI_CPU_AVX2 ? luma_avx2(planes, n, luma) : 0;
    luma_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, luma + i);
}
