#include "special_kernels.h"

#include <stdbool.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Columns are counted in lanes: some rows side by side where that fills them better. */
enum { LANES = 32, MAX_REPEATED = 32 };

/* Counts by column what is at least `least` without its sign; infinity counts what is
 * not finite, and what is above it are the NaNs. Returns whether any is just that. */
#define DEFINE_COUNT(type, bits)                                                 \
    ALWAYS_INLINE bool count_##bits(const type *restrict values, size_t n_rows,  \
                                    size_t width, size_t pitch, type least,      \
                                    uint32_t *restrict n)                        \
    {                                                                            \
        const type size = (type) ~((type)1 << (bits - 1));                       \
        type hit[LANES] = {0}, any_hit = 0;                                      \
        for (size_t r = 0; r < n_rows; r += 2, values += 2 * pitch) {            \
            const bool one = r + 1 == n_rows;                                    \
            const type *other = one ? values : values + pitch;                   \
            size_t c = 0;                                                        \
            for (; !one && c + LANES <= width; c += LANES)                       \
                for (size_t i = 0; i < LANES; i++) {                             \
                    const type x = values[c + i] & size;                         \
                    const type y = other[c + i] & size;                          \
                    n[c + i] += (uint32_t)(x >= least) + (uint32_t)(y >= least); \
                    hit[i] |= x == least;                                        \
                    hit[i] |= y == least;                                        \
                }                                                                \
            for (; c < width; c++) {                                             \
                const type x = values[c] & size, y = other[c] & size;            \
                n[c] += x >= least;                                              \
                n[c] += !one && y >= least;                                      \
                any_hit |= x == least;                                           \
                any_hit |= y == least;                                           \
            }                                                                    \
        }                                                                        \
        for (size_t i = 0; i < LANES; i++)                                       \
            any_hit |= hit[i];                                                   \
        return any_hit;                                                          \
    }                                                                            \
                                                                                 \
    ALWAYS_INLINE bool any_##bits(const type *values, size_t n, type infinity)   \
    {                                                                            \
        const type size = (type) ~((type)1 << (bits - 1));                       \
        size_t i = 0;                                                            \
        for (; i + LANES <= n; i += LANES) {                                     \
            type most = 0;                                                       \
            for (size_t k = 0; k < LANES; k++) {                                 \
                const type x = values[i + k] & size;                             \
                most = x > most ? x : most;                                      \
            }                                                                    \
            if (most >= infinity)                                                \
                return true;                                                     \
        }                                                                        \
        for (; i < n; i++)                                                       \
            if ((values[i] & size) >= infinity)                                  \
                return true;                                                     \
        return false;                                                            \
    }                                                                            \
                                                                                 \
    /* Bit i: value i of 64 is not finite. */                                    \
    ALWAYS_INLINE uint64_t mask_##bits(const type *values, type infinity)        \
    {                                                                            \
        const type size = (type) ~((type)1 << (bits - 1));                       \
        uint64_t mask = 0;                                                       \
        for (size_t i = 0; i < 64; i++)                                          \
            mask |= (uint64_t)((values[i] & size) >= infinity) << i;             \
        return mask;                                                             \
    }

DEFINE_COUNT(uint16_t, 16)
DEFINE_COUNT(uint32_t, 32)
DEFINE_COUNT(uint64_t, 64)

/* Infinity's bits. */
static uint64_t infinity_of(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_BFLOAT ? 0x7f80
           : dtype.size == 2        ? 0x7c00
           : dtype.size == 4        ? 0x7f800000
                                    : UINT64_C(0x7ff0000000000000);
}

ALWAYS_INLINE bool count(struct dsi_dtype dtype, const void *values, size_t n_rows,
                         size_t width, size_t pitch, uint64_t least, uint32_t *n)
{
    return dtype.size == 2 ? count_16(values, n_rows, width, pitch, (uint16_t)least, n)
           : dtype.size == 4
               ? count_32(values, n_rows, width, pitch, (uint32_t)least, n)
               : count_64(values, n_rows, width, pitch, least, n);
}

ALWAYS_INLINE bool any(struct dsi_dtype dtype, const void *values, size_t n)
{
    const uint64_t infinity = infinity_of(dtype);
    return dtype.size == 2   ? any_16(values, n, (uint16_t)infinity)
           : dtype.size == 4 ? any_32(values, n, (uint32_t)infinity)
                             : any_64(values, n, infinity);
}

static uint64_t mask_portable(struct dsi_dtype dtype, const void *values)
{
    const uint64_t infinity = infinity_of(dtype);
    return dtype.size == 2   ? mask_16(values, (uint16_t)infinity)
           : dtype.size == 4 ? mask_32(values, (uint32_t)infinity)
                             : mask_64(values, infinity);
}

/* Of n times 64 values. */
static void masks_portable(struct dsi_dtype dtype, const void *values, size_t n,
                           uint64_t *masks)
{
    const char *at = values;
    for (size_t i = 0; i < n; i++, at += 64 * dtype.size)
        masks[i] = mask_portable(dtype, at);
}

#define DEFINE_LEVEL(suffix, target)                                              \
    target static bool count_##suffix(struct dsi_dtype dtype, const void *values, \
                                      size_t n_rows, size_t width, size_t pitch,  \
                                      uint64_t least, uint32_t *n)                \
    {                                                                             \
        return count(dtype, values, n_rows, width, pitch, least, n);              \
    }                                                                             \
    target static bool any_##suffix(struct dsi_dtype dtype, const void *values,   \
                                    size_t n)                                     \
    {                                                                             \
        return any(dtype, values, n);                                             \
    }

DEFINE_LEVEL(portable, )

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#if defined(__clang__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else /* gcc takes the widest vectors only when told so */
#define AVX512                                                  \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl," \
                          "prefer-vector-width=512")))
#endif
DEFINE_LEVEL(avx2, AVX2)
DEFINE_LEVEL(avx512, AVX512)

/* Not finite is that all bits of the exponent are set, those that infinity has. */
AVX2 static inline __m256i not_finite_32(const __m256i *from)
{
    const __m256i exponent = _mm256_set1_epi32(0x7f800000);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_loadu_si256(from), exponent),
                              exponent);
}

/* Packing takes the halves of vectors in turn: the last step puts fours of bits right.
 */
AVX2 static inline uint64_t mask_32_of_32(const __m256i *from)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i low =
        _mm256_packs_epi32(not_finite_32(from), not_finite_32(from + 1));
    const __m256i high =
        _mm256_packs_epi32(not_finite_32(from + 2), not_finite_32(from + 3));
    const __m256i all =
        _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
    return (uint32_t)_mm256_movemask_epi8(all);
}

AVX2 static inline uint64_t mask_64_of_64(const __m256i *from)
{
    const __m256i exponent = _mm256_set1_epi64x(0x7ff0000000000000);
    uint64_t mask = 0;
    for (int i = 0; i < 16; i++) {
        __m256i x = _mm256_and_si256(_mm256_loadu_si256(from + i), exponent);
        x = _mm256_cmpeq_epi64(x, exponent);
        mask |= (uint64_t)(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(x)) << 4 * i;
    }
    return mask;
}

AVX2 static void masks_avx2(struct dsi_dtype dtype, const void *values, size_t n,
                            uint64_t *masks)
{
    const __m256i *from = values;
    if (dtype.size == 4)
        for (size_t i = 0; i < n; i++, from += 8)
            masks[i] = mask_32_of_32(from) | mask_32_of_32(from + 4) << 32;
    else if (dtype.size == 8)
        for (size_t i = 0; i < n; i++, from += 16)
            masks[i] = mask_64_of_64(from);
    else
        masks_portable(dtype, values, n, masks);
}

AVX512 static inline uint64_t mask_avx512(struct dsi_dtype dtype, const void *values)
{
    const char *from = values;
    uint64_t mask = 0;
    if (dtype.size == 2) {
        const __m512i exponent = _mm512_set1_epi16((short)infinity_of(dtype));
        for (int i = 0; i < 2; i++) {
            __m512i x = _mm512_and_si512(_mm512_loadu_si512(from + 64 * i), exponent);
            mask |= (uint64_t)_mm512_cmpeq_epi16_mask(x, exponent) << 32 * i;
        }
    } else if (dtype.size == 4) {
        const __m512i exponent = _mm512_set1_epi32(0x7f800000);
        for (int i = 0; i < 4; i++) {
            __m512i x = _mm512_and_si512(_mm512_loadu_si512(from + 64 * i), exponent);
            mask |= (uint64_t)_mm512_cmpeq_epi32_mask(x, exponent) << 16 * i;
        }
    } else {
        const __m512i exponent = _mm512_set1_epi64(0x7ff0000000000000);
        for (int i = 0; i < 8; i++) {
            __m512i x = _mm512_and_si512(_mm512_loadu_si512(from + 64 * i), exponent);
            mask |= (uint64_t)_mm512_cmpeq_epi64_mask(x, exponent) << 8 * i;
        }
    }
    return mask;
}

AVX512 static void masks_avx512(struct dsi_dtype dtype, const void *values, size_t n,
                                uint64_t *masks)
{
    const char *at = values;
    for (size_t i = 0; i < n; i++, at += 64 * dtype.size)
        masks[i] = mask_avx512(dtype, at);
}

#define CALL(level, function, ...)                              \
    ((level) == DSI_CPU_AVX512 ? function##_avx512(__VA_ARGS__) \
     : (level) == DSI_CPU_AVX2 ? function##_avx2(__VA_ARGS__)   \
                               : function##_portable(__VA_ARGS__))
#else
#define CALL(level, function, ...) ((void)(level), function##_portable(__VA_ARGS__))
#endif

/* Rows side by side that make up whole lanes; 1 where it takes too many. */
static size_t n_side_by_side(size_t n_columns, size_t pitch)
{
    size_t n = 1;
    if (pitch != n_columns || n_columns * MAX_REPEATED > DSI_SPECIAL_COLUMNS)
        return 1;
    while (n < MAX_REPEATED && n_columns * n % LANES)
        n++;
    return n;
}

/* Of all rows: those side by side, and what is left of them. */
static bool count_rows(enum dsi_cpu_level level, struct dsi_dtype dtype,
                       const void *values, size_t n_rows, size_t n_columns,
                       size_t pitch, uint64_t least, uint32_t *n)
{
    const size_t n_side = n_side_by_side(n_columns, pitch), width = n_side * n_columns;
    const size_t rest = n_rows % n_side;
    const char *last = (const char *)values + (n_rows - rest) * pitch * dtype.size;
    memset(n, 0, width * sizeof *n);
    bool any_is = CALL(level, count, dtype, values, n_rows / n_side, width,
                       n_side * pitch, least, n);
    for (size_t at = n_columns; at < width; at += n_columns)
        for (size_t c = 0; c < n_columns; c++)
            n[c] += n[at + c];
    if (rest)
        any_is |= CALL(level, count, dtype, last, rest, n_columns, pitch, least, n);
    return any_is;
}

uint64_t dsi_special_count(enum dsi_cpu_level level, struct dsi_dtype dtype,
                           const void *values, size_t n_rows, size_t n_columns,
                           size_t pitch, struct dsi_special_counts *counts)
{
    const uint64_t infinity = infinity_of(dtype);
    uint64_t n_all = 0;
    counts->any_infinite =
        count_rows(level, dtype, values, n_rows, n_columns, pitch, infinity, counts->n);
    if (counts->any_infinite) /* less those above it */
        count_rows(level, dtype, values, n_rows, n_columns, pitch, infinity + 1,
                   counts->n_infinite);
    for (size_t c = 0; c < n_columns; c++) {
        n_all += counts->n[c];
        if (counts->any_infinite)
            counts->n_infinite[c] = counts->n[c] - counts->n_infinite[c];
    }
    return n_all;
}

/* Values whose masks are made at once. */
enum { MASKED = 4096 };

static uint64_t few_values(enum dsi_cpu_level level, struct dsi_dtype dtype,
                           const char *values, size_t n_samples, size_t n_each)
{
    uint64_t masks[MASKED / 64 + 1] = {0}, n_found = 0;
    const uint64_t all = (UINT64_C(1) << n_each) - 1;
    const size_t n = n_samples * n_each, n_whole = n / 64;
    CALL(level, masks, dtype, values, n_whole, masks);
    if (n % 64) {
        uint64_t last[64] = {0};
        memcpy(last, values + n_whole * 64 * dtype.size, n % 64 * dtype.size);
        masks[n_whole] = mask_portable(dtype, last);
    }
    for (size_t s = 0, at = 0; s < n_samples; s++, at += n_each) {
        const size_t word = at / 64, bit = at % 64;
        uint64_t found = masks[word] >> bit;
        if (bit + n_each > 64)
            found |= masks[word + 1] << (64 - bit);
        n_found += (found & all) != 0;
    }
    return n_found;
}

uint64_t dsi_special_samples(enum dsi_cpu_level level, struct dsi_dtype dtype,
                             const void *values, size_t n_samples, size_t n_each)
{
    const char *at = values;
    uint64_t n_found = 0;
    if (n_each >= 64) {
        for (size_t s = 0; s < n_samples; s++, at += n_each * dtype.size)
            n_found += CALL(level, any, dtype, at, n_each);
        return n_found;
    }
    const size_t at_once = MASKED / (n_each ? n_each : 1);
    for (size_t s = 0; s < n_samples && n_each; s += at_once) {
        const size_t n = n_samples - s < at_once ? n_samples - s : at_once;
        n_found += few_values(level, dtype, at, n, n_each);
        at += n * n_each * dtype.size;
    }
    return n_found;
}
