/* The loops of pixel_kernels.h over weights. */
#include "pixel_lanes.h"

#include <stdbool.h>

/* --- without vectors ----------------------------------------------------------------
 */

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

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)

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
    for (size_t next = 0; n >= LANES && next < n; next += LANES) {
        const size_t i = place_of(next, n);
        __m256i lanes[2];
        weigh_lanes(planes[0] + i, planes[1] + i, planes[2] + i, lanes);
        _mm256_storeu_si256((void *)(weights + i),
                            _mm256_permute2x128_si256(lanes[0], lanes[1], 0x20));
        _mm256_storeu_si256((void *)(weights + i + 8),
                            _mm256_permute2x128_si256(lanes[0], lanes[1], 0x31));
    }
    return n >= LANES ? n : 0;
}

/* Most pixels are on one side of a window, whole vectors of them. Which are is told by
 * rough weights, thousandths of weights in 16 bits. With S = floor(65536 f / 1000) for
 * a factor f, the rough share of a square q < 2^16 is floor(q S / 65536): at most
 * q f / 1000, from which it lacks less than q / 65536 < 1 for S and less than 1 for
 * itself. So the sum A of three lacks less than 6: A <= weight / 1000 < A + 6, and the
 * weight is above where A >= high / 1000, below where A + 6 <= low / 1000. */
enum {
    ROUGH_UNIT = 1000,
    ROUGH_LACK = 6,
    ROUGH_R = (DSI_WEIGHT_R << 16) / ROUGH_UNIT,
    ROUGH_G = (DSI_WEIGHT_G << 16) / ROUGH_UNIT,
    ROUGH_B = (DSI_WEIGHT_B << 16) / ROUGH_UNIT,
    ROUGH_NEVER = UINT16_MAX, /* more than any */
};

INLINE __m256i rough_share(const uint8_t *from, int share)
{
    const __m256i words = load_words(from);
    return _mm256_mulhi_epu16(_mm256_mullo_epi16(words, words),
                              _mm256_set1_epi16((short)share));
}

INLINE __m256i rough_weights(const uint8_t *const planes[3], size_t i)
{
    return _mm256_add_epi16(_mm256_add_epi16(rough_share(planes[0] + i, ROUGH_R),
                                             rough_share(planes[1] + i, ROUGH_G)),
                            rough_share(planes[2] + i, ROUGH_B));
}

/* The wider side of a window: rough weights from first on, and how far the last is. */
struct side {
    __m256i first, width;
    bool is_below;
};

INLINE struct side side_of(const struct dsi_weight_window *window)
{
    const int32_t below = (int32_t)(window->low / ROUGH_UNIT) - ROUGH_LACK,
                  above = (int32_t)((window->high + ROUGH_UNIT - 1) / ROUGH_UNIT);
    const bool is_below = below + above >= ROUGH_NEVER;
    int32_t first = is_below ? 0 : above, last = is_below ? below : ROUGH_NEVER - 1;
    if (last >= ROUGH_NEVER)
        last = ROUGH_NEVER - 1;
    if (first > last) /* a window so wide that nothing is beside it */
        first = last = ROUGH_NEVER;
    return (struct side){_mm256_set1_epi16((short)first),
                         _mm256_set1_epi16((short)(last - first)), is_below};
}

/* Whether all of 16 weights are there. What is before the first is far behind the last,
 * these numbers having no sign. */
INLINE bool is_all_on(const struct side *side, __m256i rough)
{
    const __m256i out =
        _mm256_subs_epu16(_mm256_sub_epi16(rough, side->first), side->width);
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
    struct side side;
    size_t n_sifted; /* all others are on that side */
    uint32_t *next;  /* kept */
    __m256i low, high, below;
};

INLINE struct sieve sieve_of(const struct dsi_weight_window *window)
{
    return (struct sieve){.side = side_of(window),
                          .next = window->kept + window->n_kept,
                          .low = _mm256_set1_epi32((int)window->low),
                          .high = _mm256_set1_epi32((int)window->high),
                          .below = _mm256_setzero_si256()};
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
    for (int k = 0; k < 2; k++) {
        const __m256i below = _mm256_cmpgt_epi32(sieve->low, weights[k]);
        sieve->below = _mm256_add_epi32(sieve->below, below);
        keep_lanes(
            sieve, weights[k],
            _mm256_andnot_si256(below, _mm256_cmpgt_epi32(sieve->high, weights[k])));
    }
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

/* What was found in a row of n pixels. */
INLINE void end_sieve(const struct sieve *sieve, struct dsi_weight_window *window,
                      size_t n)
{
    window->n_kept = (size_t)(sieve->next - window->kept);
    window->n_below += sum_below(sieve->below);
    if (sieve->side.is_below)
        window->n_below += n - sieve->n_sifted;
}

/* Weights above all for the first n pixels of sixteen. */
INLINE void drop_first(__m256i weights[2], size_t n)
{
    static const int8_t drops[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                            -1, -1, -1, -1, -1, -1, -1, -1};
    const __m256i words =
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(drops + LANES - n)));
    const __m256i low = _mm256_unpacklo_epi16(words, words),
                  high = _mm256_unpackhi_epi16(words, words);
    weights[0] = _mm256_or_si256(weights[0], _mm256_srli_epi32(low, 1));
    weights[1] = _mm256_or_si256(weights[1], _mm256_srli_epi32(high, 1));
}

/* The vectors of some pixels that are not all on that side of a window. */
enum { MAX_LISTED = 64, PIXELS_LISTED = MAX_LISTED * LANES };
struct listed {
    uint16_t at[MAX_LISTED];
    size_t n;
};

/* Lists the vectors of pixels from first on, of a row of n, for two windows. Each is
 * written, and the next in the same place unless it is listed: that takes no guess.
 * Counting takes a store a value and leaves the rest of the processor to this. */
INLINE void list_vectors(const uint8_t *const planes[3], size_t first, size_t n,
                         const struct side *a, const struct side *b,
                         struct listed lists[2], struct dsi_byte_counts *counts)
{
    const size_t end = n - first < PIXELS_LISTED ? n : first + PIXELS_LISTED;
    size_t n_a = 0, n_b = 0;
    for (size_t next = first; next < end; next += LANES) {
        const size_t i = place_of(next, n);
        const __m256i rough = rough_weights(planes, i);
        if (counts && i == next)
            count_sixteen(planes, i, counts);
        lists[0].at[n_a] = lists[1].at[n_b] = (uint16_t)(next - first);
        n_a += !is_all_on(a, rough);
        n_b += !is_all_on(b, rough);
    }
    lists[0].n = n_a;
    lists[1].n = n_b;
}

INLINE void sift_listed(const uint8_t *const planes[3], size_t first, size_t n,
                        const struct listed *list, struct sieve *sieve)
{
    for (size_t k = 0; k < list->n; k++) {
        const size_t next = first + list->at[k], i = place_of(next, n);
        __m256i lanes[2];
        weigh_lanes(planes[0] + i, planes[1] + i, planes[2] + i, lanes);
        if (i < next)
            drop_first(lanes, next - i);
        sift(sieve, lanes);
        sieve->n_sifted += LANES - (next - i);
    }
}

/* Two windows at once. */
INLINE size_t sift_row(const uint8_t *const planes[3], size_t n,
                       struct dsi_weight_window *a, struct dsi_weight_window *b,
                       struct dsi_byte_counts *counts)
{
    struct sieve in_a = sieve_of(a), in_b = sieve_of(b);
    struct listed lists[2];
    const size_t n_sifted = n >= LANES ? n : 0;
    for (size_t i = 0; i < n_sifted; i += PIXELS_LISTED) {
        list_vectors(planes, i, n, &in_a.side, &in_b.side, lists, counts);
        sift_listed(planes, i, n, &lists[0], &in_a);
        sift_listed(planes, i, n, &lists[1], &in_b);
    }
    end_sieve(&in_a, a, n_sifted);
    end_sieve(&in_b, b, n_sifted);
    for (int c = 0; counts && c < 3; c++)
        dsi_pixels_count(planes[c] + n / LANES * LANES, n % LANES, &counts[c]);
    return n_sifted;
}

AVX2 static size_t sift_avx2(const uint8_t *const planes[3], size_t n,
                             struct dsi_weight_window *a, struct dsi_weight_window *b)
{
    return sift_row(planes, n, a, b, NULL);
}

AVX2 static size_t count_and_sift_avx2(const uint8_t *const planes[3], size_t n,
                                       struct dsi_weight_window *a,
                                       struct dsi_weight_window *b,
                                       struct dsi_byte_counts counts[3])
{
    return sift_row(planes, n, a, b, counts);
}

#else
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

static size_t count_and_sift_avx2(const uint8_t *const planes[3], size_t n,
                                  struct dsi_weight_window *a,
                                  struct dsi_weight_window *b,
                                  struct dsi_byte_counts counts[3])
{
    (void)a, (void)b;
    dsi_pixels_count_three(planes, n, counts);
    return 0;
}
#endif

/* --- which: what vectors leave is done one by one ------------------------------------
 */

void dsi_pixels_weigh(enum dsi_cpu_level level, const uint8_t *const planes[3],
                      size_t n, uint32_t *weights)
{
    const size_t i = level >= DSI_CPU_AVX2 ? weigh_avx2(planes, n, weights) : 0;
    weigh_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, weights + i);
}

static void sift_two(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     struct dsi_weight_window *a, struct dsi_weight_window *b,
                     struct dsi_byte_counts *counts)
{
    size_t i = 0;
    if (level >= DSI_CPU_AVX2)
        i = counts ? count_and_sift_avx2(planes, n, a, b, counts)
                   : sift_avx2(planes, n, a, b);
    else if (counts)
        dsi_pixels_count_three(planes, n, counts);
    sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, a);
    sift_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, b);
}

void dsi_pixels_sift(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     struct dsi_weight_window *windows, size_t n_windows,
                     struct dsi_byte_counts *counts)
{
    uint32_t nothing[1 + DSI_KEPT_SLACK];
    for (size_t w = 0; w < n_windows; w += 2) {
        struct dsi_weight_window none = {.kept = nothing};
        sift_two(level, planes, n, &windows[w],
                 w + 1 < n_windows ? &windows[w + 1] : &none, w == 0 ? counts : NULL);
    }
    if (n_windows == 0 && counts)
        dsi_pixels_count_three(planes, n, counts);
}
