#include "pixel_kernels.h"

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

static void weigh_each(const uint8_t *r, const uint8_t *g, const uint8_t *b, size_t n,
                       uint32_t *weights)
{
    for (size_t i = 0; i < n; i++)
        weights[i] = (uint32_t)DSI_WEIGHT_R * r[i] * r[i] +
                     (uint32_t)DSI_WEIGHT_G * g[i] * g[i] +
                     (uint32_t)DSI_WEIGHT_B * b[i] * b[i];
}

static size_t pick_each(const uint32_t *weights, size_t n, uint32_t low, uint32_t high,
                        uint32_t *picked, uint64_t *n_below)
{
    size_t n_picked = 0;
    for (size_t i = 0; i < n; i++) {
        *n_below += weights[i] < low;
        if (weights[i] >= low && weights[i] < high)
            picked[n_picked++] = weights[i];
    }
    return n_picked;
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

void dsi_pixels_count(const uint8_t *values, size_t n, struct dsi_byte_counts *counts)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t eight;
        memcpy(&eight, values + i, sizeof eight);
        for (int k = 0; k < 8; k++, eight >>= 8)
            counts->lanes[k % DSI_BYTE_LANES][eight & 0xff]++;
    }
    for (; i < n; i++)
        counts->lanes[0][values[i]]++;
}

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   __attribute__((target("avx2,popcnt")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { LANES = 16 }; /* pixels at once */

/* Bytes of three loads, picked and put together: -1 picks none. */
INLINE __m128i gather_plane(const __m128i in[3], const __m128i picks[3])
{
    return _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(in[0], picks[0]),
                                     _mm_shuffle_epi8(in[1], picks[1])),
                        _mm_shuffle_epi8(in[2], picks[2]));
}

AVX2 static size_t split_avx2(const uint8_t *rgb, size_t n, uint8_t *const planes[3])
{
    int8_t picks[3][3][LANES]; /* plane, load, place */
    __m128i shuffles[3][3];
    memset(picks, -1, sizeof picks);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < LANES; i++)
            picks[c][(3 * i + c) / LANES][i] = (int8_t)((3 * i + c) % LANES);
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < 3; k++)
            shuffles[c][k] = _mm_loadu_si128((const void *)picks[c][k]);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m128i in[3];
        for (int k = 0; k < 3; k++)
            in[k] = _mm_loadu_si128((const void *)(rgb + 3 * i + (size_t)k * LANES));
        for (int c = 0; c < 3; c++)
            _mm_storeu_si128((void *)(planes[c] + i), gather_plane(in, shuffles[c]));
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

AVX2 static size_t weigh_avx2(const uint8_t *const planes[3], size_t n,
                              uint32_t *weights)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        add_products(square(load_words(planes[0] + i)), DSI_WEIGHT_R, sums);
        add_products(square(load_words(planes[1] + i)), DSI_WEIGHT_G, sums);
        add_products(square(load_words(planes[2] + i)), DSI_WEIGHT_B, sums);
        _mm256_storeu_si256((void *)(weights + i),
                            _mm256_permute2x128_si256(sums[0], sums[1], 0x20));
        _mm256_storeu_si256((void *)(weights + i + LANES / 2),
                            _mm256_permute2x128_si256(sums[0], sums[1], 0x31));
    }
    return i;
}

/* Of the n / 8 * 8 first. Most vectors have none or, where a picture is flat, all. */
AVX2 static size_t pick_avx2(const uint32_t *weights, size_t n, uint32_t low,
                             uint32_t high, uint32_t *picked, uint64_t *n_below)
{
    const __m256i lows = _mm256_set1_epi32((int)low);
    const __m256i highs = _mm256_set1_epi32((int)high);
    size_t n_picked = 0;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        const __m256i in = _mm256_loadu_si256((const void *)(weights + i));
        const __m256i below = _mm256_cmpgt_epi32(lows, in);
        const __m256i here = _mm256_andnot_si256(below, _mm256_cmpgt_epi32(highs, in));
        unsigned bits = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(here));
        *n_below += (unsigned)__builtin_popcount(
            (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below)));
        if (bits == 0xff) {
            _mm256_storeu_si256((void *)(picked + n_picked), in);
            n_picked += 8;
            continue;
        }
        for (; bits; bits &= bits - 1)
            picked[n_picked++] = weights[i + (unsigned)__builtin_ctz(bits)];
    }
    return n_picked;
}

AVX2 static size_t luma_avx2(const uint8_t *const planes[3], size_t n, uint8_t *luma)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256i sums[2] = {_mm256_set1_epi32(LUMA_HALF), _mm256_set1_epi32(LUMA_HALF)};
        add_products(load_words(planes[0] + i), LUMA_R, sums);
        add_products(load_words(planes[1] + i), LUMA_G, sums);
        add_products(load_words(planes[2] + i), LUMA_B, sums);
        const __m256i words = _mm256_packus_epi32(_mm256_srli_epi32(sums[0], 16),
                                                  _mm256_srli_epi32(sums[1], 16));
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

static size_t pick_avx2(const uint32_t *weights, size_t n, uint32_t low, uint32_t high,
                        uint32_t *picked, uint64_t *n_below)
{
    return pick_each(weights, n / 8 * 8, low, high, picked, n_below);
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

size_t dsi_pixels_pick(enum dsi_cpu_level level, const uint32_t *weights, size_t n,
                       uint32_t low, uint32_t high, uint32_t *picked, uint64_t *n_below)
{
    const size_t i = level >= DSI_CPU_AVX2 ? n / 8 * 8 : 0;
    const size_t n_picked = i ? pick_avx2(weights, i, low, high, picked, n_below) : 0;
    return n_picked +
           pick_each(weights + i, n - i, low, high, picked + n_picked, n_below);
}

void dsi_pixels_luma(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     uint8_t *luma)
{
    const size_t i = level >= DSI_CPU_AVX2 ? luma_avx2(planes, n, luma) : 0;
    luma_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, luma + i);
}
