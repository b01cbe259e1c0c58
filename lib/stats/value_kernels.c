#include "value_kernels.h"

#include <string.h>

/* Loops of a fixed length over lanes, which gcc and clang turn into vectors at -O2;
 * each level is the same source compiled for other instructions, so that none can
 * differ from the portable one but by the compiler's fault. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Lanes of the search for extremes: several vectors at the widest level, so that they
 * need not wait for each other. */
enum { RANGE_BYTES = 256 };

/* What makes an integer that is in order as a signed one out of a value's bits: of
 * unsigned integers the sign is turned, of negative floats all but the sign. */
enum form { SIGNED, UNSIGNED, FLOATING };

static enum form form_of(struct dsi_dtype dtype)
{
    if (dtype.kind == DSI_INT)
        return SIGNED;
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT ? FLOATING : UNSIGNED;
}

#define DEFINE_RANGE(whole, natural, bits)                                         \
    enum { LANES_##bits = RANGE_BYTES / sizeof(whole) };                           \
                                                                                   \
    ALWAYS_INLINE whole ordered_##bits(whole value, enum form form)                \
    {                                                                              \
        const natural sign = (natural)((natural)1 << (bits - 1));                  \
        if (form == SIGNED)                                                        \
            return value;                                                          \
        if (form == UNSIGNED)                                                      \
            return (whole)((natural)value ^ sign);                                 \
        const natural turned = (natural)(value >> (bits - 1)) & (natural)~sign;    \
        const natural is_zero = (natural)((natural)value << 1) == 0;               \
        return is_zero ? 0 : (whole)((natural)value ^ turned);                     \
    }                                                                              \
                                                                                   \
    struct lanes_##bits {                                                          \
        whole min[LANES_##bits], max[LANES_##bits];                                \
        natural n_zero[LANES_##bits];                                              \
    };                                                                             \
                                                                                   \
    ALWAYS_INLINE void step_##bits(struct lanes_##bits *restrict lanes,            \
                                   const whole *restrict values, enum form form)   \
    {                                                                              \
        const whole zero =                                                         \
            form == UNSIGNED ? (whole)((natural)1 << (bits - 1)) : (whole)0;       \
        for (int i = 0; i < LANES_##bits; i++) {                                   \
            const whole k = ordered_##bits(values[i], form);                       \
            lanes->min[i] = k < lanes->min[i] ? k : lanes->min[i];                 \
            lanes->max[i] = k > lanes->max[i] ? k : lanes->max[i];                 \
            lanes->n_zero[i] = (natural)(lanes->n_zero[i] + (natural)(k == zero)); \
        }                                                                          \
    }                                                                              \
                                                                                   \
    ALWAYS_INLINE struct dsi_key_range range_##bits(const whole *values, size_t n, \
                                                    enum form form)                \
    {                                                                              \
        const natural sign = (natural)((natural)1 << (bits - 1));                  \
        const whole zero = form == UNSIGNED ? (whole)sign : (whole)0;              \
        struct lanes_##bits lanes = {0};                                           \
        whole low = ordered_##bits(values[0], form), high = low;                   \
        size_t i = 0, n_zero = 0;                                                  \
        for (int k = 0; k < LANES_##bits; k++)                                     \
            lanes.min[k] = lanes.max[k] = low;                                     \
        for (; i + LANES_##bits <= n; i += LANES_##bits)                           \
            step_##bits(&lanes, values + i, form);                                 \
        for (int k = 0; k < LANES_##bits; k++) {                                   \
            low = lanes.min[k] < low ? lanes.min[k] : low;                         \
            high = lanes.max[k] > high ? lanes.max[k] : high;                      \
            n_zero += lanes.n_zero[k];                                             \
        }                                                                          \
        for (; i < n; i++) {                                                       \
            const whole k = ordered_##bits(values[i], form);                       \
            low = k < low ? k : low;                                               \
            high = k > high ? k : high;                                            \
            n_zero += k == zero;                                                   \
        }                                                                          \
        return (struct dsi_key_range){(natural)((natural)low ^ sign),              \
                                      (natural)((natural)high ^ sign), n_zero};    \
    }                                                                              \
                                                                                   \
    static size_t find_##bits(const whole *values, size_t n, enum form form,       \
                              uint64_t key)                                        \
    {                                                                              \
        const natural sign = (natural)((natural)1 << (bits - 1));                  \
        const whole sought = (whole)((natural)key ^ sign);                         \
        size_t i = 0;                                                              \
        while (i < n && ordered_##bits(values[i], form) != sought)                 \
            i++;                                                                   \
        return i;                                                                  \
    }

DEFINE_RANGE(int16_t, uint16_t, 16)
DEFINE_RANGE(int32_t, uint32_t, 32)
DEFINE_RANGE(int64_t, uint64_t, 64)

/* The form is a constant in each loop. */
#define BY_FORM(function, ...)                            \
    (form == SIGNED     ? function(__VA_ARGS__, SIGNED)   \
     : form == UNSIGNED ? function(__VA_ARGS__, UNSIGNED) \
                        : function(__VA_ARGS__, FLOATING))

/* Zeros are counted in 16 bits: not more values at once than that holds of a lane. */
enum { RANGE_AT_ONCE_16 = LANES_16 * 32768 };

ALWAYS_INLINE struct dsi_key_range range_of(enum form form, size_t size,
                                            const void *values, size_t n)
{
    if (size == 4)
        return BY_FORM(range_32, values, n);
    if (size == 8)
        return BY_FORM(range_64, values, n);
    struct dsi_key_range all = {.min = UINT64_MAX};
    for (size_t at = 0; at < n; at += RANGE_AT_ONCE_16) {
        const size_t part = n - at < RANGE_AT_ONCE_16 ? n - at : RANGE_AT_ONCE_16;
        const int16_t *first = (const int16_t *)values + at;
        const struct dsi_key_range one = BY_FORM(range_16, first, part);
        all.min = one.min < all.min ? one.min : all.min;
        all.max = one.max > all.max ? one.max : all.max;
        all.n_zero += one.n_zero;
    }
    return all;
}

size_t dsi_key_find(struct dsi_dtype dtype, const void *values, size_t n, uint64_t key)
{
    const enum form form = form_of(dtype);
    return dtype.size == 2   ? find_16(values, n, form, key)
           : dtype.size == 4 ? find_32(values, n, form, key)
                             : find_64(values, n, form, key);
}

ALWAYS_INLINE void powers_add(struct dsi_powers *powers, double pivot,
                              const double *restrict values, size_t n)
{
    struct dsi_powers p = *powers;
    for (size_t i = 0; i < n; i += DSI_POWER_LANES)
        for (int k = 0; k < DSI_POWER_LANES; k++) {
            const double x = values[i + (size_t)k], old = p.sum[k], sum = old + x;
            const double grown = sum - old;
            p.rest[k] += (old - (sum - grown)) + (x - grown);
            p.sum[k] = sum;
            const double d = x - pivot, square = d * d;
            p.square[k] += square;
            p.cube[k] += square * d;
        }
    *powers = p;
}

/* The exponent of a half is 1008 less than that of the double with its bits. */
ALWAYS_INLINE double half_value(uint16_t half)
{
    const uint64_t bits = (uint64_t)(half & 0x7fff) << 42;
    double size;
    memcpy(&size, &bits, sizeof size);
    size *= 0x1p1008;
    return half & 0x8000 ? -size : size;
}

ALWAYS_INLINE double bfloat_value(uint16_t bfloat)
{
    const uint32_t bits = (uint32_t)bfloat << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

#define CONVERT(type, value)              \
    do {                                  \
        const type *from = values;        \
        for (size_t i = 0; i < n; i++)    \
            doubles[i] = (double)(value); \
    } while (0)

ALWAYS_INLINE void to_doubles(struct dsi_dtype dtype, const void *restrict values,
                              size_t n, double *restrict doubles)
{
    if (dtype.kind == DSI_BFLOAT)
        CONVERT(uint16_t, bfloat_value(from[i]));
    else if (dtype.kind == DSI_FLOAT && dtype.size == 2)
        CONVERT(uint16_t, half_value(from[i]));
    else if (dtype.kind == DSI_FLOAT && dtype.size == 4)
        CONVERT(float, from[i]);
    else if (dtype.kind == DSI_FLOAT)
        memcpy(doubles, values, n * sizeof *doubles);
    else if (dtype.kind == DSI_INT && dtype.size == 2)
        CONVERT(int16_t, from[i]);
    else if (dtype.kind == DSI_INT && dtype.size == 4)
        CONVERT(int32_t, from[i]);
    else if (dtype.kind == DSI_INT)
        CONVERT(int64_t, from[i]);
    else if (dtype.size == 2)
        CONVERT(uint16_t, from[i]);
    else if (dtype.size == 4)
        CONVERT(uint32_t, from[i]);
    else
        CONVERT(uint64_t, from[i]);
}

ALWAYS_INLINE struct dsi_whole_sum integers_less(const uint64_t *restrict values,
                                                 size_t n, uint64_t turn,
                                                 uint64_t pivot_key,
                                                 double *restrict doubles)
{
    uint64_t high = 0, low = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t d = (int64_t)((values[i] ^ turn) - pivot_key);
        doubles[i] = (double)d;
        high += (uint64_t)(d >> 32);
        low += (uint64_t)d & UINT32_MAX;
    }
    return (struct dsi_whole_sum){(int64_t)high, low};
}

#define DEFINE_LEVEL(suffix, target)                                                   \
    target static struct dsi_key_range range_##suffix(enum form form, size_t size,     \
                                                      const void *values, size_t n)    \
    {                                                                                  \
        return range_of(form, size, values, n);                                        \
    }                                                                                  \
    target static void powers_##suffix(struct dsi_powers *powers, double pivot,        \
                                       const double *values, size_t n)                 \
    {                                                                                  \
        powers_add(powers, pivot, values, n);                                          \
    }                                                                                  \
    target static void doubles_##suffix(struct dsi_dtype dtype, const void *values,    \
                                        size_t n, double *doubles)                     \
    {                                                                                  \
        to_doubles(dtype, values, n, doubles);                                         \
    }                                                                                  \
    target static struct dsi_whole_sum less_##suffix(const uint64_t *values, size_t n, \
                                                     uint64_t turn, uint64_t pivot,    \
                                                     double *doubles)                  \
    {                                                                                  \
        return integers_less(values, n, turn, pivot, doubles);                         \
    }

DEFINE_LEVEL(portable, )

#if defined(__x86_64__)
DEFINE_LEVEL(avx2, __attribute__((target("avx2"))))
#if defined(__clang__)
#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl"
#else /* gcc takes the widest vectors only when told so */
#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512"
#endif
DEFINE_LEVEL(avx512, __attribute__((target(AVX512))))
#define CALL(level, function, ...)                              \
    ((level) == DSI_CPU_AVX512 ? function##_avx512(__VA_ARGS__) \
     : (level) == DSI_CPU_AVX2 ? function##_avx2(__VA_ARGS__)   \
                               : function##_portable(__VA_ARGS__))
#else
#define CALL(level, function, ...) ((void)(level), function##_portable(__VA_ARGS__))
#endif

struct dsi_key_range dsi_key_range(enum dsi_cpu_level level, struct dsi_dtype dtype,
                                   const void *values, size_t n)
{
    return CALL(level, range, form_of(dtype), dtype.size, values, n);
}

void dsi_powers_add(enum dsi_cpu_level level, struct dsi_powers *powers, double pivot,
                    const double *values, size_t n)
{
    CALL(level, powers, powers, pivot, values, n);
}

void dsi_values_to_doubles(enum dsi_cpu_level level, struct dsi_dtype dtype,
                           const void *values, size_t n, double *doubles)
{
    CALL(level, doubles, dtype, values, n, doubles);
}

struct dsi_whole_sum dsi_integers_less(enum dsi_cpu_level level, const void *values,
                                       size_t n, uint64_t turn, uint64_t pivot_key,
                                       double *doubles)
{
    return CALL(level, less, values, n, turn, pivot_key, doubles);
}
