#include "value_mark.h"

#include <string.h>

/* The sum of a function of each value that is no polynomial of small degree, so that
 * neither sums nor squares that stay the same hide a change: a product of the value and
 * of itself with bits turned and folded. It has 32 bits for types of up to 32, as many
 * as a vector multiplies in one step, and these are the high ones of the mark, for
 * marks to add up. The constants are the fractions of the square roots of 2 and 3, for
 * no better reason than that they had to be some.
 *
 * Plain C over blocks of a fixed length, as key_kernels.c has it. */
#define ADDED  UINT64_C(0x6a09e667f3bcc909)
#define TURNED UINT64_C(0xbb67ae8584caa73b)

enum { BLOCK = 32 };

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define DEFINE_MARK(type, word, suffix)                                              \
    ALWAYS_INLINE word mark_##suffix(type value)                                     \
    {                                                                                \
        const word v = value;                                                        \
        return (v + (word)ADDED) * (v ^ (v >> (sizeof(type) * 4)) ^ (word)TURNED);   \
    }                                                                                \
                                                                                     \
    ALWAYS_INLINE uint64_t mark_of_##suffix(word sum)                                \
    {                                                                                \
        return (uint64_t)sum << (64 - 8 * sizeof sum);                               \
    }                                                                                \
                                                                                     \
    ALWAYS_INLINE uint64_t marks_##suffix(const type *values, size_t n)              \
    {                                                                                \
        word sums[BLOCK] = {0}, sum = 0;                                             \
        size_t i = 0;                                                                \
        for (; i + BLOCK <= n; i += BLOCK)                                           \
            for (int k = 0; k < BLOCK; k++)                                          \
                sums[k] += mark_##suffix(values[i + (size_t)k]);                     \
        for (; i < n; i++)                                                           \
            sum += mark_##suffix(values[i]);                                         \
        for (int k = 0; k < BLOCK; k++)                                              \
            sum += sums[k];                                                          \
        return mark_of_##suffix(sum);                                                \
    }                                                                                \
                                                                                     \
    static uint64_t kept_##suffix(const type *values, size_t n, const uint8_t *skip) \
    {                                                                                \
        word sum = 0;                                                                \
        for (size_t i = 0; i < n; i++)                                               \
            sum += skip[i] ? 0 : mark_##suffix(values[i]);                           \
        return mark_of_##suffix(sum);                                                \
    }

DEFINE_MARK(uint8_t, uint32_t, 8)
DEFINE_MARK(uint16_t, uint32_t, 16)
DEFINE_MARK(uint32_t, uint32_t, 32)
DEFINE_MARK(uint64_t, uint64_t, 64)

ALWAYS_INLINE uint64_t marks(const struct dsi_values *view)
{
    const size_t n = (size_t)dsi_values_n(view);
    switch (view->dtype.size) {
    case 1:
        return marks_8(view->data, n);
    case 2:
        return marks_16(view->data, n);
    case 4:
        return marks_32(view->data, n);
    default:
        return marks_64(view->data, n);
    }
}

static uint64_t marks_portable(const struct dsi_values *view)
{
    return marks(view);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t
marks_avx2(const struct dsi_values *view)
{
    return marks(view);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static uint64_t
marks_avx512(const struct dsi_values *view)
{
    return marks(view);
}
#endif

static uint64_t kept(const struct dsi_values *view)
{
    const size_t n = (size_t)dsi_values_n(view);
    switch (view->dtype.size) {
    case 1:
        return kept_8(view->data, n, view->skip);
    case 2:
        return kept_16(view->data, n, view->skip);
    case 4:
        return kept_32(view->data, n, view->skip);
    default:
        return kept_64(view->data, n, view->skip);
    }
}

static uint64_t all(enum dsi_cpu_level level, const struct dsi_values *view)
{
#if defined(__x86_64__)
    if (level == DSI_CPU_AVX512)
        return marks_avx512(view);
    if (level == DSI_CPU_AVX2)
        return marks_avx2(view);
#else
    (void)level;
#endif
    return marks_portable(view);
}

uint64_t dsi_values_mark(enum dsi_cpu_level level, const struct dsi_values *values)
{
    return (values->skip ? kept(values) : all(level, values)) * values->times;
}
