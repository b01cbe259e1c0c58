/* Rows are undone where they are: row i is written i + 1 bytes before the place it is
 * read from, so that nothing is overwritten that is yet to be read, as long as a row is
 * done from left to right and no store goes past the pixel it is of by more than one
 * byte.
 *
 * What takes time is Paeth's filter, in which every pixel waits for the one to its
 * left. It is written so that little has to be done between the two: of left a, above b
 * and above left c the standard takes the one nearest to a + b - c, a before b before
 * c. Nearest is a where a + b - c lies on a's far side of b, so
 *     t = 3c - a - b,  max(a, b) where t <= min(a, b),  min(a, b) where t >= max(a, b),
 *     else c
 * and 3c - b does not wait. Two rows of it go side by side, the lower one pixel behind
 * the upper. */
#include "png_unfilter.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#define SSE41 __attribute__((target("sse4.1")))
#endif

#define INLINE static inline __attribute__((always_inline))

enum filter { NONE, SUB, UP, AVERAGE, PAETH, N_FILTERS };

/* One row: in and the row above it, which is NULL above the first, to out. */
typedef void row_filter(const uint8_t *in, const uint8_t *above, uint8_t *out, size_t n,
                        unsigned pixel_bytes);

/* How to undo each filter, and two rows of Paeth's together where paeth_twice is not
 * NULL: in, and in_2 to out_2, which is in_2 itself. */
struct kernels {
    row_filter *sub, *up, *average, *paeth;
    void (*paeth_twice)(const uint8_t *in, const uint8_t *above, uint8_t *out,
                        uint8_t *lower, size_t n, unsigned pixel_bytes);
};

/* --- portable
 * ----------------------------------------------------------------------------- */

INLINE uint8_t nearest(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a, t = 3 * c - b - a;
    int guess = high <= t ? low : c;
    return (uint8_t)(t <= low ? high : guess);
}

static void sub_portable(const uint8_t *in, const uint8_t *above, uint8_t *out,
                         size_t n, unsigned pixel_bytes)
{
    (void)above;
    memmove(out, in, pixel_bytes);
    for (size_t i = pixel_bytes; i < n; i++)
        out[i] = (uint8_t)(in[i] + out[i - pixel_bytes]);
}

static void up_portable(const uint8_t *in, const uint8_t *above, uint8_t *out, size_t n,
                        unsigned pixel_bytes)
{
    (void)pixel_bytes;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(in[i] + above[i]);
}

static void average_portable(const uint8_t *in, const uint8_t *above, uint8_t *out,
                             size_t n, unsigned pixel_bytes)
{
    for (size_t i = 0; i < n; i++) {
        int a = i < pixel_bytes ? 0 : out[i - pixel_bytes];
        int b = above ? above[i] : 0;
        out[i] = (uint8_t)(in[i] + (a + b) / 2);
    }
}

static void paeth_portable(const uint8_t *in, const uint8_t *above, uint8_t *out,
                           size_t n, unsigned pixel_bytes)
{
    up_portable(in, above, out, pixel_bytes, pixel_bytes);
    for (size_t i = pixel_bytes; i < n; i++)
        out[i] = (uint8_t)(in[i] + nearest(out[i - pixel_bytes], above[i],
                                           above[i - pixel_bytes]));
}

/* --- rows
 * --------------------------------------------------------------------------------- */

/* Nothing is above the first row: zeros, of which some filters make others. */
static bool undo_row(const struct kernels *k, const uint8_t *in, const uint8_t *above,
                     uint8_t *out, size_t n, unsigned pixel_bytes)
{
    const unsigned filter = in[-1];
    if (filter == NONE || (filter == UP && !above))
        memmove(out, in, n);
    else if (filter == SUB || (filter == PAETH && !above))
        k->sub(in, above, out, n, pixel_bytes);
    else if (filter == UP)
        k->up(in, above, out, n, pixel_bytes);
    else if (filter == AVERAGE && !above)
        average_portable(in, above, out, n, pixel_bytes);
    else if (filter == AVERAGE)
        k->average(in, above, out, n, pixel_bytes);
    else if (filter == PAETH)
        k->paeth(in, above, out, n, pixel_bytes);
    return filter < N_FILTERS;
}

INLINE bool undo_rows(const struct kernels *k, uint8_t *bytes, size_t n_rows, size_t n,
                      unsigned pixel_bytes)
{
    uint8_t *in = bytes + 1, *out = bytes;
    for (size_t row = 0; row < n_rows; row++, in += n + 1, out += n) {
        const uint8_t *above = row ? out - n : NULL;
        uint8_t *lower = in + n + 1;
        if (k->paeth_twice && above && n_rows - row > 1 && in[-1] == PAETH &&
            lower[-1] == PAETH) {
            k->paeth_twice(in, above, out, lower, n, pixel_bytes);
            row++;
            in = lower;
            out += n;
            memmove(out, lower, n);
        } else if (!undo_row(k, in, above, out, n, pixel_bytes)) {
            return false;
        }
    }
    return true;
}

static bool always(void)
{
    return true;
}

static bool unfilter_portable(uint8_t *bytes, size_t n_rows, size_t row_bytes,
                              unsigned pixel_bytes)
{
    static const struct kernels kernels = {.sub = sub_portable,
                                           .up = up_portable,
                                           .average = average_portable,
                                           .paeth = paeth_portable};
    return undo_rows(&kernels, bytes, n_rows, row_bytes, pixel_bytes);
}

/* --- x86
 * ---------------------------------------------------------------------------------- */

#ifdef __x86_64__

/* One pixel of 3 or 4 bytes. Loads and stores go no further than the pixel. */
INLINE __m128i load_pixel(const uint8_t *from, unsigned pixel_bytes)
{
    uint32_t v = 0;
    if (pixel_bytes == 4) {
        memcpy(&v, from, 4);
    } else {
        uint16_t low;
        memcpy(&low, from, 2);
        v = low | (uint32_t)from[2] << 16;
    }
    return _mm_cvtsi32_si128((int)v);
}

INLINE void store_pixel(uint8_t *to, __m128i pixel, unsigned pixel_bytes)
{
    uint32_t v = (uint32_t)_mm_cvtsi128_si32(pixel);
    if (pixel_bytes == 4) {
        memcpy(to, &v, 4);
    } else {
        uint16_t low = (uint16_t)v;
        memcpy(to, &low, 2);
        to[2] = (uint8_t)(v >> 16);
    }
}

static void up_sse2(const uint8_t *in, const uint8_t *above, uint8_t *out, size_t n,
                    unsigned pixel_bytes)
{
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(above + i));
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_add_epi8(v, b));
    }
    up_portable(in + i, above + i, out + i, n - i, pixel_bytes);
}

INLINE void sub_pixels(const uint8_t *in, uint8_t *out, size_t n, unsigned pixel_bytes)
{
    __m128i a = _mm_setzero_si128();
    for (size_t i = 0; i < n; i += pixel_bytes) {
        a = _mm_add_epi8(a, load_pixel(in + i, pixel_bytes));
        store_pixel(out + i, a, pixel_bytes);
    }
}

static void sub_sse2(const uint8_t *in, const uint8_t *above, uint8_t *out, size_t n,
                     unsigned pixel_bytes)
{
    if (pixel_bytes == 3)
        sub_pixels(in, out, n, 3);
    else if (pixel_bytes == 4)
        sub_pixels(in, out, n, 4);
    else
        sub_portable(in, above, out, n, pixel_bytes);
}

/* pavgb rounds up where the standard rounds down. */
INLINE void average_pixels(const uint8_t *in, const uint8_t *above, uint8_t *out,
                           size_t n, unsigned pixel_bytes)
{
    const __m128i one = _mm_set1_epi8(1);
    __m128i a = _mm_setzero_si128();
    for (size_t i = 0; i < n; i += pixel_bytes) {
        __m128i b = load_pixel(above + i, pixel_bytes);
        __m128i odd = _mm_and_si128(_mm_xor_si128(a, b), one);
        __m128i mean = _mm_sub_epi8(_mm_avg_epu8(a, b), odd);
        a = _mm_add_epi8(mean, load_pixel(in + i, pixel_bytes));
        store_pixel(out + i, a, pixel_bytes);
    }
}

static void average_sse2(const uint8_t *in, const uint8_t *above, uint8_t *out,
                         size_t n, unsigned pixel_bytes)
{
    if (pixel_bytes == 3)
        average_pixels(in, above, out, n, 3);
    else if (pixel_bytes == 4)
        average_pixels(in, above, out, n, 4);
    else
        average_portable(in, above, out, n, pixel_bytes);
}

/* Words, as t needs more than 8 bits; their upper bytes are 0 before and after, for the
 * bytes that are added have none. */
INLINE SSE41 __m128i add_nearest(__m128i v, __m128i a, __m128i b, __m128i c)
{
    __m128i rest = _mm_sub_epi16(_mm_add_epi16(c, _mm_add_epi16(c, c)), b);
    __m128i t = _mm_sub_epi16(rest, a);
    __m128i low = _mm_min_epi16(a, b), high = _mm_max_epi16(a, b);
    __m128i guess = _mm_blendv_epi8(low, c, _mm_cmpgt_epi16(high, t));
    guess = _mm_blendv_epi8(high, guess, _mm_cmpgt_epi16(t, low));
    return _mm_add_epi8(v, guess);
}

INLINE SSE41 __m128i load_words(const uint8_t *from, unsigned pixel_bytes)
{
    return _mm_cvtepu8_epi16(load_pixel(from, pixel_bytes));
}

INLINE SSE41 void store_words(uint8_t *to, __m128i words, unsigned pixel_bytes)
{
    store_pixel(to, _mm_packus_epi16(words, words), pixel_bytes);
}

INLINE SSE41 void paeth_pixels(const uint8_t *in, const uint8_t *above, uint8_t *out,
                               size_t n, unsigned pixel_bytes)
{
    __m128i a = _mm_setzero_si128(), c = a;
    for (size_t i = 0; i < n; i += pixel_bytes) {
        __m128i b = load_words(above + i, pixel_bytes);
        a = add_nearest(load_words(in + i, pixel_bytes), a, b, c);
        store_words(out + i, a, pixel_bytes);
        c = b;
    }
}

static SSE41 void paeth_sse41(const uint8_t *in, const uint8_t *above, uint8_t *out,
                              size_t n, unsigned pixel_bytes)
{
    if (pixel_bytes == 3)
        paeth_pixels(in, above, out, n, 3);
    else if (pixel_bytes == 4)
        paeth_pixels(in, above, out, n, 4);
    else
        paeth_portable(in, above, out, n, pixel_bytes);
}

static SSE41 bool unfilter_sse41(uint8_t *bytes, size_t n_rows, size_t row_bytes,
                                 unsigned pixel_bytes)
{
    static const struct kernels kernels = {
        .sub = sub_sse2, .up = up_sse2, .average = average_sse2, .paeth = paeth_sse41};
    return undo_rows(&kernels, bytes, n_rows, row_bytes, pixel_bytes);
}

static bool has_sse41(void)
{
    return __builtin_cpu_supports("sse4.1");
}

#endif

/* --- which
 * -------------------------------------------------------------------------------- */

const struct dsi_unfilter_way dsi_unfilter_ways[] = {
    {"portable", always, unfilter_portable},
#ifdef __x86_64__
    {"sse41", has_sse41, unfilter_sse41},
#endif
};
const size_t dsi_n_unfilter_ways =
    sizeof dsi_unfilter_ways / sizeof dsi_unfilter_ways[0];

bool dsi_png_unfilter(uint8_t *bytes, size_t n_rows, size_t row_bytes,
                      unsigned pixel_bytes)
{
    size_t i = dsi_n_unfilter_ways - 1;
    while (!dsi_unfilter_ways[i].works_here())
        i--;
    return dsi_unfilter_ways[i].run(bytes, n_rows, row_bytes, pixel_bytes);
}
