#include "pixel_kernels.h"

#include "avx2_loops.h"

#include <stdbool.h>
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

/* Writes each, and the next in the same place unless it is kept: that takes no guess
 * which are. */
static void sift_each(const uint8_t *r, const uint8_t *g, const uint8_t *b, size_t n,
                      struct dsi_weight_window *window)
{
    const uint32_t low = window->low, width = window->high - low;
    uint32_t *next = window->kept + window->n_kept;
    uint64_t n_below = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t weight = weight_of(r[i], g[i], b[i]);
        n_below += weight < low;
        *next = weight;
        next += weight - low < width; /* one below is far above, less low */
    }
    window->n_below += n_below;
    window->n_kept = (size_t)(next - window->kept);
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

/* Two factors beside each other, for two numbers beside each other. */
INLINE __m256i factors_of(int first, int second)
{
    return _mm256_set1_epi32(second << 16 | first);
}

/* Squares less 2^15, so that they are numbers with a sign, which is what products are
 * taken of and added in one instruction. */
enum { OFF_SQUARE = 1 << 15 };
INLINE __m256i off_squares(const uint8_t *from)
{
    const __m256i words = load_words(from);
    return _mm256_xor_si256(_mm256_mullo_epi16(words, words),
                            _mm256_set1_epi16((short)OFF_SQUARE));
}

/* Weights of 16 pixels: 0 to 3 and 8 to 11, 4 to 7 and 12 to 15. What the squares lack
 * is a product, too, and stands beside those of blue. */
INLINE void weigh_lanes(const uint8_t *r, const uint8_t *g, const uint8_t *b,
                        __m256i weights[2])
{
    enum { LACK = 2 * (DSI_WEIGHT_R + DSI_WEIGHT_G + DSI_WEIGHT_B) };
    const __m256i rg = factors_of(DSI_WEIGHT_R, DSI_WEIGHT_G),
                  bl = factors_of(DSI_WEIGHT_B, LACK);
    const __m256i half = _mm256_set1_epi16(OFF_SQUARE / 2);
    const __m256i red = off_squares(r), green = off_squares(g), blue = off_squares(b);
    weights[0] =
        _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(red, green), rg),
                         _mm256_madd_epi16(_mm256_unpacklo_epi16(blue, half), bl));
    weights[1] =
        _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(red, green), rg),
                         _mm256_madd_epi16(_mm256_unpackhi_epi16(blue, half), bl));
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

/* Weights that most pixels have, and that no window keeps: from first on, before end.
 */
struct stretch {
    uint32_t first, end;
};

static struct stretch wider(struct stretch a, uint32_t first, uint32_t end)
{
    return end > first && end - first > a.end - a.first ? (struct stretch){first, end}
                                                        : a;
}

/* The widest stretch without a window: below both, between them, or above. */
static struct stretch stretch_outside(const struct dsi_weight_window *a,
                                      const struct dsi_weight_window *b)
{
    struct stretch s = {0, a->low < b->low ? a->low : b->low};
    s = wider(s, a->high, b->low);
    s = wider(s, b->high, a->low);
    return wider(s, a->high > b->high ? a->high : b->high, DSI_MAX_WEIGHT + 1);
}

/* Whether all of 16 weights are in the stretch. */
INLINE bool is_inside(const __m256i weights[2], __m256i first, __m256i last)
{
    const __m256i low = _mm256_min_epi32(weights[0], weights[1]);
    const __m256i high = _mm256_max_epi32(weights[0], weights[1]);
    const __m256i out =
        _mm256_or_si256(_mm256_cmpgt_epi32(first, low), _mm256_cmpgt_epi32(high, last));
    return _mm256_testz_si256(out, out);
}

/* Where the bytes of those of four numbers go whose bits are set. */
#define NUMBER(k) 4 * (k), 4 * (k) + 1, 4 * (k) + 2, 4 * (k) + 3
#define NONE      -1, -1, -1, -1
static const int8_t packs[16][16] = {
    {NONE, NONE, NONE, NONE},
    {NUMBER(0), NONE, NONE, NONE},
    {NUMBER(1), NONE, NONE, NONE},
    {NUMBER(0), NUMBER(1), NONE, NONE},
    {NUMBER(2), NONE, NONE, NONE},
    {NUMBER(0), NUMBER(2), NONE, NONE},
    {NUMBER(1), NUMBER(2), NONE, NONE},
    {NUMBER(0), NUMBER(1), NUMBER(2), NONE},
    {NUMBER(3), NONE, NONE, NONE},
    {NUMBER(0), NUMBER(3), NONE, NONE},
    {NUMBER(1), NUMBER(3), NONE, NONE},
    {NUMBER(0), NUMBER(1), NUMBER(3), NONE},
    {NUMBER(2), NUMBER(3), NONE, NONE},
    {NUMBER(0), NUMBER(2), NUMBER(3), NONE},
    {NUMBER(1), NUMBER(2), NUMBER(3), NONE},
    {NUMBER(0), NUMBER(1), NUMBER(2), NUMBER(3)},
};
#undef NUMBER
#undef NONE

/* A window, its bounds and, for each lane, how many were below, negative. */
struct sieve {
    uint32_t *next; /* kept */
    __m256i low, high, below;
};

INLINE struct sieve sieve_of(const struct dsi_weight_window *window)
{
    return (struct sieve){window->kept + window->n_kept,
                          _mm256_set1_epi32((int)window->low),
                          _mm256_set1_epi32((int)window->high), _mm256_setzero_si256()};
}

/* Those of four weights whose bits are set; writes four. */
INLINE uint32_t *keep_four(uint32_t *next, __m128i weights, unsigned bits)
{
    const __m128i pack = _mm_loadu_si128((const void *)packs[bits]);
    _mm_storeu_si128((void *)next, _mm_shuffle_epi8(weights, pack));
    return next + __builtin_popcount(bits);
}

INLINE void keep_lanes(struct sieve *sieve, __m256i weights, __m256i here)
{
    const unsigned bits = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(here));
    uint32_t *next = keep_four(sieve->next, _mm256_castsi256_si128(weights), bits & 15);
    sieve->next = keep_four(next, _mm256_extracti128_si256(weights, 1), bits >> 4);
}

/* Sixteen weights, each where it lies to the window. */
INLINE void sift(struct sieve *sieve, const __m256i weights[2])
{
    __m256i here[2];
    for (int k = 0; k < 2; k++) {
        const __m256i below = _mm256_cmpgt_epi32(sieve->low, weights[k]);
        sieve->below = _mm256_add_epi32(sieve->below, below);
        here[k] =
            _mm256_andnot_si256(below, _mm256_cmpgt_epi32(sieve->high, weights[k]));
    }
    const __m256i any = _mm256_or_si256(here[0], here[1]);
    if (_mm256_testz_si256(any, any))
        return;
    keep_lanes(sieve, weights[0], here[0]);
    keep_lanes(sieve, weights[1], here[1]);
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

/* What was found, and n pixels more, which lie in a stretch that ends before end. */
INLINE void end_sieve(const struct sieve *sieve, struct dsi_weight_window *window,
                      size_t n, uint32_t end)
{
    window->n_kept = (size_t)(sieve->next - window->kept);
    window->n_below += sum_below(sieve->below) + (end <= window->low ? n : 0);
}

/* Two windows at once. Most vectors lie in one stretch outside of both. */
AVX2 static size_t sift_avx2(const uint8_t *const planes[3], size_t n,
                             struct dsi_weight_window *a, struct dsi_weight_window *b)
{
    const struct stretch outside = stretch_outside(a, b);
    const __m256i first = _mm256_set1_epi32((int)outside.first),
                  last = _mm256_set1_epi32((int)outside.end - 1);
    struct sieve in_a = sieve_of(a), in_b = sieve_of(b);
    size_t i = 0, n_outside = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i lanes[2];
        weigh_lanes(planes[0] + i, planes[1] + i, planes[2] + i, lanes);
        if (is_inside(lanes, first, last)) {
            n_outside += LANES;
            continue;
        }
        sift(&in_a, lanes);
        sift(&in_b, lanes);
    }
    end_sieve(&in_a, a, n_outside, outside.end);
    end_sieve(&in_b, b, n_outside, outside.end);
    return i;
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
    uint32_t nothing;
    for (size_t w = 0; w < n_windows; w += 2) {
        struct dsi_weight_window none = {.kept = &nothing}, *a = &windows[w];
        struct dsi_weight_window *b = w + 1 < n_windows ? &windows[w + 1] : &none;
        const size_t i = level >= DSI_CPU_AVX2 ? sift_avx2(planes, n, a, b) : 0;
        sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, a);
        if (b != &none)
            sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, b);
    }
}

void dsi_pixels_luma(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     uint8_t *luma)
{
    const size_t i = level >= DSI_CPU_AVX2 ? luma_avx2(planes, n, luma) : 0;
    luma_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, luma + i);
}
