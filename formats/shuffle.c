/* Elements of 2, 4 and 8 bytes are nearly all there are, and have kernels of their own:
 * trees of interleaving, which turn 2, 4 or 8 vectors of bytes into as many vectors of
 * elements. Elements of 16 bytes and more go through squares of 16 by 16 bytes. */
#include "shuffle.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* --- portable --- */

enum { TILE_ELEMENTS = 512 }; /* whose bytes stay in cache while the planes go by */

/* Elements [first, n) of n; size is a constant in most calls, for the compiler's sake.
 */
static inline void put_together(size_t size, const uint8_t *in, size_t first, size_t n,
                                uint8_t *out)
{
    for (size_t start = first; start < n; start += TILE_ELEMENTS) {
        size_t end = n - start < TILE_ELEMENTS ? n : start + TILE_ELEMENTS;
        for (size_t j = 0; j < size; j++)
            for (size_t i = start; i < end; i++)
                out[i * size + j] = in[j * n + i];
    }
}

static void finish_portable(size_t size, const uint8_t *in, size_t first, size_t n,
                            uint8_t *out)
{
    switch (size) {
    case 2:
        put_together(2, in, first, n, out);
        return;
    case 4:
        put_together(4, in, first, n, out);
        return;
    case 8:
        put_together(8, in, first, n, out);
        return;
    default:
        put_together(size, in, first, n, out);
    }
}

static bool always(void)
{
    return true;
}

/* What was not shuffled; true when that is all. */
static bool copy_unshuffled(size_t size, const uint8_t *in, size_t n_bytes,
                            uint8_t *out)
{
    size_t n_shuffled = size == 1 || n_bytes / size < 2 ? 0 : n_bytes - n_bytes % size;
    memcpy(out + n_shuffled, in + n_shuffled, n_bytes - n_shuffled);
    return n_shuffled == 0;
}

static void unshuffle_portable(size_t size, const uint8_t *in, size_t n_bytes,
                               uint8_t *out)
{
    if (!copy_unshuffled(size, in, n_bytes, out))
        finish_portable(size, in, 0, n_bytes / size, out);
}

#ifdef __x86_64__

/* Without these two the vectors below would live in memory and not in registers. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

/* --- SSE2, which every x86-64 has --- */

static ALWAYS_INLINE __m128i load16(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static ALWAYS_INLINE void store16(uint8_t *to, __m128i vector)
{
    _mm_storeu_si128((__m128i *)(void *)to, vector);
}

/* Interleaves vector i with vector i + n / 2, byte by byte, into 2 i and 2 i + 1. After
 * log2(n) times n vectors of bytes of a kind are n vectors of elements in their order.
 */
static ALWAYS_INLINE void interleave16(__m128i *v, int n)
{
    __m128i w[16];
    UNROLLED for (int i = 0; i < n / 2; i++)
    {
        w[2 * i] = _mm_unpacklo_epi8(v[i], v[i + n / 2]);
        w[2 * i + 1] = _mm_unpackhi_epi8(v[i], v[i + n / 2]);
    }
    UNROLLED for (int i = 0; i < n; i++) v[i] = w[i];
}

/* Sixteen elements at a time of size 2, 4, 8; returns how many elements are done. */
static ALWAYS_INLINE size_t sse2_elements(int size, const uint8_t *in, size_t n,
                                          uint8_t *out)
{
    __m128i v[8];
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        UNROLLED for (int j = 0; j < size; j++) v[j] = load16(in + (size_t)j * n + i);
        UNROLLED for (int k = size; k > 1; k /= 2) interleave16(v, size);
        UNROLLED for (int j = 0; j < size; j++)
            store16(out + i * (size_t)size + 16 * (size_t)j, v[j]);
    }
    return i;
}

/* Bytes [plane, plane + 16) of sixteen elements. */
static ALWAYS_INLINE void sse2_square(size_t size, const uint8_t *in, size_t n,
                                      size_t i, size_t plane, uint8_t *out)
{
    __m128i v[16];
    UNROLLED for (size_t j = 0; j < 16; j++) v[j] = load16(in + (plane + j) * n + i);
    UNROLLED for (int k = 0; k < 4; k++) interleave16(v, 16);
    UNROLLED for (size_t j = 0; j < 16; j++)
        store16(out + (i + j) * size + plane, v[j]);
}

static size_t sse2_squares(size_t size, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        for (size_t plane = 0; plane + 16 <= size; plane += 16)
            sse2_square(size, in, n, i, plane, out);
        if (size % 16) /* the last, some bytes of it for the second time */
            sse2_square(size, in, n, i, size - 16, out);
    }
    return i;
}

static void unshuffle_sse2(size_t size, const uint8_t *in, size_t n_bytes, uint8_t *out)
{
    if (copy_unshuffled(size, in, n_bytes, out))
        return;
    size_t n = n_bytes / size, done = 0;
    if (size == 2)
        done = sse2_elements(2, in, n, out);
    else if (size == 4)
        done = sse2_elements(4, in, n, out);
    else if (size == 8)
        done = sse2_elements(8, in, n, out);
    else if (size >= 16)
        done = sse2_squares(size, in, n, out);
    finish_portable(size, in, done, n, out);
}

/* --- AVX2
 * ------------------------------------------------------------------------------------
 */

#define AVX2 __attribute__((target("avx2")))

static AVX2 ALWAYS_INLINE void interleave32(__m256i *v, int n)
{
    __m256i w[8];
    UNROLLED for (int i = 0; i < n / 2; i++)
    {
        w[2 * i] = _mm256_unpacklo_epi8(v[i], v[i + n / 2]);
        w[2 * i + 1] = _mm256_unpackhi_epi8(v[i], v[i + n / 2]);
    }
    UNROLLED for (int i = 0; i < n; i++) v[i] = w[i];
}

/* As sse2_elements, thirty-two at a time. Interleaving works within the two halves of a
 * vector, so that the lower halves end up with the first sixteen elements. */
static AVX2 ALWAYS_INLINE size_t avx2_elements(int size, const uint8_t *in, size_t n,
                                               uint8_t *out)
{
    __m256i v[8];
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        uint8_t *to = out + i * (size_t)size, *to_upper = to + 16 * size;
        UNROLLED for (int j = 0; j < size; j++) v[j] =
            _mm256_loadu_si256((const __m256i *)(const void *)(in + (size_t)j * n + i));
        UNROLLED for (int k = size; k > 1; k /= 2) interleave32(v, size);
        UNROLLED for (int j = 0; j < size; j += 2)
        {
            __m256i lower = _mm256_permute2x128_si256(v[j], v[j + 1], 0x20);
            __m256i upper = _mm256_permute2x128_si256(v[j], v[j + 1], 0x31);
            _mm256_storeu_si256((__m256i *)(void *)(to + 16 * j), lower);
            _mm256_storeu_si256((__m256i *)(void *)(to_upper + 16 * j), upper);
        }
    }
    return i;
}

static AVX2 void unshuffle_avx2(size_t size, const uint8_t *in, size_t n_bytes,
                                uint8_t *out)
{
    size_t n = n_bytes / size, done = 0;
    if (size != 2 && size != 4 && size != 8) {
        unshuffle_sse2(size, in, n_bytes, out);
        return;
    }
    if (copy_unshuffled(size, in, n_bytes, out))
        return;
    if (size == 2)
        done = avx2_elements(2, in, n, out);
    else if (size == 4)
        done = avx2_elements(4, in, n, out);
    else
        done = avx2_elements(8, in, n, out);
    finish_portable(size, in, done, n, out);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

#endif

/* --- which
 * -----------------------------------------------------------------------------------
 */

const struct dsi_unshuffle_way dsi_unshuffle_ways[] = {
    {"portable", always, unshuffle_portable},
#ifdef __x86_64__
    {"sse2", always, unshuffle_sse2},
    {"avx2", has_avx2, unshuffle_avx2},
#endif
};
const size_t dsi_n_unshuffle_ways =
    sizeof dsi_unshuffle_ways / sizeof dsi_unshuffle_ways[0];

void dsi_unshuffle(size_t element_bytes, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t i = dsi_n_unshuffle_ways - 1;
    while (!dsi_unshuffle_ways[i].works_here())
        i--;
    dsi_unshuffle_ways[i].run(element_bytes, in, n, out);
}
