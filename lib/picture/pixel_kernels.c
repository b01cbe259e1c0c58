#include "pixel_kernels.h"

#include "pixel_lanes.h"

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
    for (; i + 8 <= n; i += 8)
        count_eight(dsi_load_eight(values + i), counts);
    for (; i < n; i++)
        counts->lanes[0][values[i]]++;
}

void dsi_pixels_count_three(const uint8_t *const planes[3], size_t n,
                            struct dsi_byte_counts counts[3])
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        count_sixteen(planes, i, counts);
    for (int c = 0; c < 3; c++)
        dsi_pixels_count(planes[c] + i, n - i, &counts[c]);
}

/* --- AVX2 ---------------------------------------------------------------------------
 */

#if defined(__x86_64__)
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
    for (size_t next = 0; n >= LANES && next < n; next += LANES) {
        const size_t i = place_of(next, n);
        const uint8_t *from = rgb + 3 * i;
        const __m128i in[3] = {_mm_loadu_si128((const void *)from),
                               _mm_loadu_si128((const void *)(from + LANES)),
                               _mm_loadu_si128((const void *)(from + 2 * LANES))};
        _mm_storeu_si128((void *)(r + i), gather_plane(in, picks[0]));
        _mm_storeu_si128((void *)(g + i), gather_plane(in, picks[1]));
        _mm_storeu_si128((void *)(b + i), gather_plane(in, picks[2]));
    }
    return n >= LANES ? n : 0;
}

/* The factor of green is too wide for numbers with a sign: it is taken in halves. */
AVX2 static size_t luma_avx2(const uint8_t *const planes[3], size_t n, uint8_t *luma)
{
    const __m256i rg = factors_of(LUMA_R, LUMA_G / 2),
                  bg = factors_of(LUMA_B, LUMA_G / 2);
    const __m256i half = _mm256_set1_epi32(LUMA_HALF);
    for (size_t next = 0; n >= LANES && next < n; next += LANES) {
        const size_t i = place_of(next, n);
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
    return n >= LANES ? n : 0;
}

#else
static size_t split_avx2(const uint8_t *rgb, size_t n, uint8_t *const planes[3])
{
    (void)rgb, (void)n, (void)planes;
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

void dsi_pixels_luma(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     uint8_t *luma)
{
    const size_t i = level >= DSI_CPU_AVX2 ? luma_avx2(planes, n, luma) : 0;
    luma_each(planes[0] + i, planes[1] + i, planes[2] + i, n - i, luma + i);
}
