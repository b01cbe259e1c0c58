#include "key_kernels.h"

#include "value_key.h"

#include <string.h>

/* The loops are plain C over blocks of a fixed length, which gcc and clang turn into
 * vectors at -O2; each level is the same source compiled for other instructions, so
 * that none can differ from the portable one but by the compiler's fault. A block is
 * a vector of bins at the widest level. The last, short block begins earlier, or is
 * copied where it is the first, so that nothing past the end is read. */
enum { BLOCK = 32 };

#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct dsi_key_form dsi_key_form(struct dsi_dtype dtype, unsigned n_bits)
{
    const unsigned key_bits = dsi_key_bits(dtype);
    struct dsi_key_form form = {
        .size = dtype.size,
        .is_bool = dtype.kind == DSI_BOOL,
        .is_float = dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT,
        .flip = dtype.kind == DSI_INT ? UINT64_C(1) << (key_bits - 1) : 0,
        .infinity = dtype.kind == DSI_BFLOAT ? 0x7f80
                    : dtype.size == 2        ? 0x7c00
                    : dtype.size == 4        ? 0x7f800000
                                             : UINT64_C(0x7ff0000000000000),
        .shift = key_bits - n_bits,
        /* With 16 bits, the leading ones of NaN's key are above infinity's. */
        .nan_bin = (uint16_t)(n_bits == 16 ? UINT16_MAX : 1u << n_bits),
    };
    return form;
}

/* An integer's key has some bits turned. A float's key has its sign turned where that
 * is 0, and all bits where it is 1; 0 and -0, whose other bits are none, have the key
 * of 0, and what is above infinity but for its sign is NaN. */
#define DEFINE_BLOCKS(type, suffix)                                                    \
    ALWAYS_INLINE void integers_##suffix(const struct dsi_key_form *form,              \
                                         const type *restrict values,                  \
                                         uint16_t *restrict bins)                      \
    {                                                                                  \
        const type flip = (type)form->flip;                                            \
        const unsigned shift = form->shift;                                            \
        for (int i = 0; i < BLOCK; i++)                                                \
            bins[i] = (uint16_t)((type)(values[i] ^ flip) >> shift);                   \
    }                                                                                  \
                                                                                       \
    ALWAYS_INLINE void floats_##suffix(const struct dsi_key_form *form,                \
                                       const type *restrict values,                    \
                                       uint16_t *restrict bins)                        \
    {                                                                                  \
        enum { SIGN_AT = sizeof(type) * 8 - 1 };                                       \
        const type sign = (type)((type)1 << SIGN_AT), infinity = (type)form->infinity; \
        const type nan_bin = form->nan_bin;                                            \
        const unsigned shift = form->shift;                                            \
        for (int i = 0; i < BLOCK; i++) {                                              \
            const type bits = values[i], size = (type)(bits & (type)~sign);            \
            const type turned = (type)((type)(0 - (type)(bits >> SIGN_AT)) | sign);    \
            type key = (type)(bits ^ turned);                                          \
            key = size == 0 ? sign : key;                                              \
            key = (type)(key >> shift);                                                \
            bins[i] = (uint16_t)(size > infinity ? nan_bin : key);                     \
        }                                                                              \
    }

DEFINE_BLOCKS(uint16_t, 16)
DEFINE_BLOCKS(uint32_t, 32)
DEFINE_BLOCKS(uint64_t, 64)

ALWAYS_INLINE void bytes(const struct dsi_key_form *form,
                         const uint8_t *restrict values, uint16_t *restrict bins)
{
    const uint8_t flip = (uint8_t)form->flip;
    const unsigned shift = form->shift;
    for (int i = 0; i < BLOCK; i++)
        bins[i] = (uint16_t)((values[i] ^ flip) >> shift);
}

ALWAYS_INLINE void truths(const struct dsi_key_form *form,
                          const uint8_t *restrict values, uint16_t *restrict bins)
{
    const unsigned shift = form->shift;
    for (int i = 0; i < BLOCK; i++)
        bins[i] = (uint16_t)((values[i] != 0) >> shift);
}

#define EACH_BLOCK(block, type)                                  \
    do {                                                         \
        const type *at = values;                                 \
        type last[BLOCK] = {0};                                  \
        uint16_t last_bins[BLOCK];                               \
        size_t i = 0;                                            \
        for (; i + BLOCK <= n; i += BLOCK)                       \
            block(form, at + i, bins + i);                       \
        if (i < n && n >= BLOCK) {                               \
            block(form, at + n - BLOCK, bins + n - BLOCK);       \
        } else if (i < n) {                                      \
            memcpy(last, at + i, (n - i) * sizeof *last);        \
            block(form, last, last_bins);                        \
            memcpy(bins + i, last_bins, (n - i) * sizeof *bins); \
        }                                                        \
    } while (0)

ALWAYS_INLINE void all_bins(const struct dsi_key_form *form, const void *values,
                            size_t n, uint16_t *bins)
{
    if (form->is_bool)
        EACH_BLOCK(truths, uint8_t);
    else if (form->size == 1)
        EACH_BLOCK(bytes, uint8_t);
    else if (form->size == 2 && form->is_float)
        EACH_BLOCK(floats_16, uint16_t);
    else if (form->size == 2)
        EACH_BLOCK(integers_16, uint16_t);
    else if (form->size == 4 && form->is_float)
        EACH_BLOCK(floats_32, uint32_t);
    else if (form->size == 4)
        EACH_BLOCK(integers_32, uint32_t);
    else if (form->is_float)
        EACH_BLOCK(floats_64, uint64_t);
    else
        EACH_BLOCK(integers_64, uint64_t);
}

/* How many targets are compared in one look at the bins: for so many are there
 * registers. Mostly FEW will do. */
enum { FEW = 6, MANY = 8 };

/* Vectors of the compiler's own, as wide as the level's registers: wider ones gcc takes
 * apart into single values.
 *
 * The targets are rows of `period`, of which `most` are looked at, a constant. One that
 * is there twice does no harm, nor do marks that are made twice. */
#define DEFINE_MATCHES(level, target, n_bytes)                                       \
    typedef uint16_t level##_v __attribute__((vector_size(n_bytes)));                \
                                                                                     \
    target ALWAYS_INLINE void level##_vector(                                        \
        const uint16_t *bins, const uint16_t *targets, size_t period,                \
        size_t n_targets, size_t most, bool is_first, uint16_t *marks)               \
    {                                                                                \
        level##_v these, wanted, found = {0};                                        \
        memcpy(&these, bins, sizeof these);                                          \
        if (!is_first)                                                               \
            memcpy(&found, marks, sizeof found);                                     \
        for (size_t k = 0; k < most; k++) {                                          \
            memcpy(&wanted, targets + (k < n_targets ? k : 0) * period,              \
                   sizeof wanted);                                                   \
            found |= (level##_v)(these == wanted);                                   \
        }                                                                            \
        memcpy(marks, &found, sizeof found);                                         \
    }                                                                                \
                                                                                     \
    target ALWAYS_INLINE void level##_some(                                          \
        const uint16_t *bins, size_t n, const uint16_t *targets, size_t period,      \
        size_t n_targets, size_t most, bool is_first, uint16_t *marks)               \
    {                                                                                \
        enum { N = n_bytes / sizeof(uint16_t) };                                     \
        size_t at = 0;                                                               \
        for (; at + period <= n; at += period)                                       \
            for (size_t i = 0; i < period; i += N) {                                 \
                const size_t c = i + N <= period ? i : period - N;                   \
                level##_vector(bins + at + c, targets + c, period, n_targets, most,  \
                               is_first, marks + at + c);                            \
            }                                                                        \
        for (size_t i = at; i < n; i++) {                                            \
            uint16_t found = is_first ? 0 : marks[i];                                \
            for (size_t k = 0; k < n_targets && k < most; k++)                       \
                found |= bins[i] == targets[k * period + (i - at)];                  \
            marks[i] = found;                                                        \
        }                                                                            \
    }                                                                                \
                                                                                     \
    target static void matches_##level(const uint16_t *bins, size_t n,               \
                                       const uint16_t *targets, size_t period,       \
                                       size_t n_targets, uint16_t *marks)            \
    {                                                                                \
        if (n_targets <= FEW)                                                        \
            level##_some(bins, n, targets, period, n_targets, FEW, true, marks);     \
        else                                                                         \
            level##_some(bins, n, targets, period, n_targets, MANY, true, marks);    \
        for (size_t k = MANY; k < n_targets; k += MANY)                              \
            level##_some(bins, n, targets + k * period, period, n_targets - k, MANY, \
                         false, marks);                                              \
    }

static void bins_portable(const struct dsi_key_form *form, const void *values, size_t n,
                          uint16_t *bins)
{
    all_bins(form, values, n, bins);
}

DEFINE_MATCHES(portable, , 16)

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
bins_avx2(const struct dsi_key_form *form, const void *values, size_t n, uint16_t *bins)
{
    all_bins(form, values, n, bins);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static void
bins_avx512(const struct dsi_key_form *form, const void *values, size_t n,
            uint16_t *bins)
{
    all_bins(form, values, n, bins);
}

DEFINE_MATCHES(avx2, __attribute__((target("avx2"))), 32)
DEFINE_MATCHES(avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))),
               64)
#endif

void dsi_key_bins(enum dsi_cpu_level level, const struct dsi_key_form *form,
                  const void *values, size_t n, uint16_t *bins)
{
#if defined(__x86_64__)
    if (level == DSI_CPU_AVX512) {
        bins_avx512(form, values, n, bins);
        return;
    }
    if (level == DSI_CPU_AVX2) {
        bins_avx2(form, values, n, bins);
        return;
    }
#else
    (void)level;
#endif
    bins_portable(form, values, n, bins);
}

void dsi_key_matches(enum dsi_cpu_level level, const uint16_t *bins, size_t n,
                     const uint16_t *targets, size_t period, size_t n_targets,
                     uint16_t *marks)
{
#if defined(__x86_64__)
    if (level == DSI_CPU_AVX512) {
        matches_avx512(bins, n, targets, period, n_targets, marks);
        return;
    }
    if (level == DSI_CPU_AVX2) {
        matches_avx2(bins, n, targets, period, n_targets, marks);
        return;
    }
#else
    (void)level;
#endif
    matches_portable(bins, n, targets, period, n_targets, marks);
}
