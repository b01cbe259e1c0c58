#include "beyond_lanes.h"

#include "cpu_level.h"

#include <string.h>

/* Vectors of the compiler's own (both gcc and clang have them): one source for every
 * width. A comparison gives -1 in the lanes where it holds, so that subtracting counts.
 * Loads go through memcpy, since values need not be aligned to vectors.
 *
 * READ makes numbers in order of what was loaded; LOW and HIGH compare, and say -1 for
 * vectors, 1 for single values. */

#define READ_PLAIN(x) (x)
/* Bits of a float in order as a signed number: negative ones have all but the sign
 * turned. */
#define READ_HALF(x) ((x) ^ (((x) >> 15) & 0x7fff))

#define LOW_PLAIN(x, low)   ((x) <= (low))
#define HIGH_PLAIN(x, high) ((x) >= (high))
/* NaNs lie outside the infinities on both sides. */
#define LOW_F16(x, low)    (((x) <= (low)) & ((x) >= -0x7c01))
#define HIGH_F16(x, high)  (((x) >= (high)) & ((x) <= 0x7c00))
#define LOW_BF16(x, low)   (((x) <= (low)) & ((x) >= -0x7f81))
#define HIGH_BF16(x, high) (((x) >= (high)) & ((x) <= 0x7f80))

#define DEFINE(name, target, n_bytes, T, I, READ, LOW, HIGH)                       \
    typedef T name##_v __attribute__((vector_size(n_bytes)));                      \
    typedef I name##_i __attribute__((vector_size(n_bytes)));                      \
    target static void name##_rows(const void *values, uint64_t n_rows,            \
                                   uint64_t width, const void *lows,               \
                                   const void *highs, void *sums)                  \
    {                                                                              \
        enum { N = n_bytes / sizeof(T) };                                          \
        const T *x = values, *low = lows, *high = highs;                           \
        I *n_low = sums, *n_high = n_low + width;                                  \
        for (; n_rows; n_rows--, x += width) {                                     \
            uint64_t i = 0;                                                        \
            for (; i + N <= width; i += N) {                                       \
                name##_v v, l, h;                                                  \
                name##_i a, b;                                                     \
                memcpy(&v, x + i, sizeof v);                                       \
                memcpy(&l, low + i, sizeof l);                                     \
                memcpy(&h, high + i, sizeof h);                                    \
                memcpy(&a, n_low + i, sizeof a);                                   \
                memcpy(&b, n_high + i, sizeof b);                                  \
                v = READ(v);                                                       \
                a -= (name##_i)LOW(v, l);                                          \
                b -= (name##_i)HIGH(v, h);                                         \
                memcpy(n_low + i, &a, sizeof a);                                   \
                memcpy(n_high + i, &b, sizeof b);                                  \
            }                                                                      \
            for (; i < width; i++) {                                               \
                const T v = (T)READ(x[i]);                                         \
                n_low[i] = (I)(n_low[i] + LOW(v, low[i]));                         \
                n_high[i] = (I)(n_high[i] + HIGH(v, high[i]));                     \
            }                                                                      \
        }                                                                          \
    }                                                                              \
    target static void name##_run(const void *values, uint64_t n, const void *low, \
                                  const void *high, uint64_t counts[2])            \
    {                                                                              \
        enum { N = n_bytes / sizeof(T) };                                          \
        const T *x = values;                                                       \
        const T l1 = *(const T *)low, h1 = *(const T *)high;                       \
        name##_v l, h;                                                             \
        for (int k = 0; k < N; k++) {                                              \
            l[k] = l1;                                                             \
            h[k] = h1;                                                             \
        }                                                                          \
        while (n >= N) {                                                           \
            const uint64_t n_vectors = n / N;                                      \
            uint64_t left =                                                        \
                n_vectors < DSI_BEYOND_MAX_ROWS ? n_vectors : DSI_BEYOND_MAX_ROWS; \
            name##_i a = {0}, b = {0};                                             \
            n -= left * N;                                                         \
            for (; left; left--, x += N) {                                         \
                name##_v v;                                                        \
                memcpy(&v, x, sizeof v);                                           \
                v = READ(v);                                                       \
                a -= (name##_i)LOW(v, l);                                          \
                b -= (name##_i)HIGH(v, h);                                         \
            }                                                                      \
            for (int k = 0; k < N; k++) {                                          \
                counts[0] += (uint64_t)a[k];                                       \
                counts[1] += (uint64_t)b[k];                                       \
            }                                                                      \
        }                                                                          \
        for (; n; n--, x++) {                                                      \
            const T v = (T)READ(*x);                                               \
            counts[0] += (uint64_t)LOW(v, l1);                                     \
            counts[1] += (uint64_t)HIGH(v, h1);                                    \
        }                                                                          \
    }

/* clang-format off */
#define DEFINE_ALL(level, target, n_bytes)                                             \
    DEFINE(i16_##level, target, n_bytes, int16_t, int16_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)   \
    DEFINE(u16_##level, target, n_bytes, uint16_t, int16_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)  \
    DEFINE(f16_##level, target, n_bytes, int16_t, int16_t, READ_HALF, LOW_F16, HIGH_F16)        \
    DEFINE(bf16_##level, target, n_bytes, int16_t, int16_t, READ_HALF, LOW_BF16, HIGH_BF16)     \
    DEFINE(i32_##level, target, n_bytes, int32_t, int32_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)   \
    DEFINE(u32_##level, target, n_bytes, uint32_t, int32_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)  \
    DEFINE(f32_##level, target, n_bytes, float, int32_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)     \
    DEFINE(i64_##level, target, n_bytes, int64_t, int64_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)   \
    DEFINE(u64_##level, target, n_bytes, uint64_t, int64_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)  \
    DEFINE(f64_##level, target, n_bytes, double, int64_t, READ_PLAIN, LOW_PLAIN, HIGH_PLAIN)

enum type { I16, U16, F16, BF16, I32, U32, F32, I64, U64, F64, N_TYPES };

#define LIST(name) {name##_rows, name##_run}
#define LIST_ALL(level)                                                                \
    [I16] = LIST(i16_##level), [U16] = LIST(u16_##level), [F16] = LIST(f16_##level),   \
    [BF16] = LIST(bf16_##level), [I32] = LIST(i32_##level), [U32] = LIST(u32_##level), \
    [F32] = LIST(f32_##level), [I64] = LIST(i64_##level), [U64] = LIST(u64_##level),   \
    [F64] = LIST(f64_##level)
/* clang-format on */

DEFINE_ALL(any, , 16)
#if defined(__x86_64__)
DEFINE_ALL(avx2, __attribute__((target("avx2"))), 32)
DEFINE_ALL(avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), 64)
#endif

static const struct dsi_beyond_lanes lanes[][N_TYPES] = {
    [DSI_CPU_PORTABLE] = {LIST_ALL(any)},
#if defined(__x86_64__)
    [DSI_CPU_AVX2] = {LIST_ALL(avx2)},
    [DSI_CPU_AVX512] = {LIST_ALL(avx512)},
#endif
};

static enum type type_of(struct dsi_dtype dtype)
{
    const int wide = dtype.size == 2 ? 0 : dtype.size == 4 ? 1 : 2;
    static const enum type ints[] = {I16, I32, I64}, uints[] = {U16, U32, U64},
                           floats[] = {F16, F32, F64};
    return dtype.kind == DSI_INT      ? ints[wide]
           : dtype.kind == DSI_FLOAT  ? floats[wide]
           : dtype.kind == DSI_BFLOAT ? BF16
                                      : uints[wide];
}

const struct dsi_beyond_lanes *dsi_beyond_lanes_of(struct dsi_dtype dtype)
{
    return dtype.size < 2 ? NULL : &lanes[dsi_cpu_level()][type_of(dtype)];
}
