#include "close_small.h"

#include "avx2_loops.h"

#include <math.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Side by side. Each lane counts a block's values in the values' own type, which has
 * room for them. */
enum { LANES = 64 };
_Static_assert(DSI_CLOSE_NUMBERS_A_BLOCK / LANES < UINT8_MAX,
               "a lane counts in a byte");

/* The largest whole number within the tolerances of b, and no more than two can be
 * apart. */
static bool limit_at(double rtol, double atol, double b, double most, uint16_t *limit)
{
    const double reach = atol + rtol * b;
    if (!(reach >= 0))
        return false;
    *limit = (uint16_t)(reach < most ? reach : most);
    return true;
}

bool dsi_close_limits_of(struct dsi_dtype dtype, double rtol, double atol,
                         struct dsi_close_limits *limits)
{
    const double most = dtype.size == 1 ? UINT8_MAX : UINT16_MAX; /* no |b| is above */
    return rtol >= 0 && atol >= 0 && limit_at(rtol, atol, 0, most, &limits->least) &&
           limit_at(rtol, atol, most, most, &limits->most);
}

/* `turn` is the sign bit of signed types: with it turned values are in order, and just
 * as far apart; |b| is how far b is from it then. */
#define DEFINE_SMALL(type, bits)                                                    \
    ALWAYS_INLINE type apart_##bits(type x, type y)                                 \
    {                                                                               \
        return (type)(x > y ? x - y : y - x);                                       \
    }                                                                               \
                                                                                    \
    /* Two vectors, the last of a block filled up with zeros. */                    \
    ALWAYS_INLINE void load_##bits(const char *a, const char *b, size_t n, type *x, \
                                   type *y)                                         \
    {                                                                               \
        if (n >= LANES) {                                                           \
            memcpy(x, a, LANES * sizeof *x);                                        \
            memcpy(y, b, LANES * sizeof *y);                                        \
            return;                                                                 \
        }                                                                           \
        memset(x, 0, LANES * sizeof *x);                                            \
        memset(y, 0, LANES * sizeof *y);                                            \
        memcpy(x, a, n * sizeof *x);                                                \
        memcpy(y, b, n * sizeof *y);                                                \
    }                                                                               \
                                                                                    \
    ALWAYS_INLINE struct dsi_close_small apart_all_##bits(                          \
        const char *a, const char *b, size_t n, type turn, type least, type most)   \
    {                                                                               \
        type over_least[LANES] = {0}, over_most[LANES] = {0}, max[LANES] = {0};     \
        struct dsi_close_small sum = {0};                                           \
        for (size_t at = 0; at < n; at += LANES) {                                  \
            type x[LANES], y[LANES];                                                \
            load_##bits(a + at * sizeof *x, b + at * sizeof *y, n - at, x, y);      \
            for (size_t i = 0; i < LANES; i++) {                                    \
                const type d = apart_##bits(x[i] ^ turn, y[i] ^ turn);              \
                over_least[i] = (type)(over_least[i] + (d > least));                \
                over_most[i] = (type)(over_most[i] + (d > most));                   \
                max[i] = d > max[i] ? d : max[i];                                   \
            }                                                                       \
        }                                                                           \
        for (size_t i = 0; i < LANES; i++) {                                        \
            sum.n_over_least += over_least[i];                                      \
            sum.n_over_most += over_most[i];                                        \
            sum.max_apart = max[i] > sum.max_apart ? max[i] : sum.max_apart;        \
        }                                                                           \
        return sum;                                                                 \
    }                                                                               \
                                                                                    \
    /* Whether any |a - b| is above `by` times |b|; what is 0 is above no 0. */     \
    ALWAYS_INLINE bool any_above_##bits(const char *a, const char *b, size_t n,     \
                                        type turn, float by)                        \
    {                                                                               \
        int32_t hit[LANES] = {0}, any = 0;                                          \
        for (size_t at = 0; at < n; at += LANES) {                                  \
            type x[LANES], y[LANES];                                                \
            load_##bits(a + at * sizeof *x, b + at * sizeof *y, n - at, x, y);      \
            for (size_t i = 0; i < LANES; i++) {                                    \
                const type d = apart_##bits(x[i] ^ turn, y[i] ^ turn);              \
                const type size = turn ? apart_##bits(y[i] ^ turn, turn) : y[i];    \
                hit[i] |= (float)(int32_t)d > by * (float)(int32_t)size;            \
            }                                                                       \
        }                                                                           \
        for (size_t i = 0; i < LANES; i++)                                          \
            any |= hit[i];                                                          \
        return any != 0;                                                            \
    }

DEFINE_SMALL(uint8_t, 8)
DEFINE_SMALL(uint16_t, 16)

ALWAYS_INLINE struct dsi_close_small run(struct dsi_dtype dtype,
                                         struct dsi_close_limits limits, const char *a,
                                         const char *b, size_t n, float by)
{
    const bool is_signed = dtype.kind == DSI_INT;
    struct dsi_close_small sum;
    if (dtype.size == 1) {
        const uint8_t turn = is_signed ? 0x80 : 0;
        sum = apart_all_8(a, b, n, turn, (uint8_t)limits.least, (uint8_t)limits.most);
        if (by >= 0 && sum.max_apart)
            sum.may_raise = any_above_8(a, b, n, turn, by);
    } else {
        const uint16_t turn = is_signed ? 0x8000 : 0;
        sum = apart_all_16(a, b, n, turn, limits.least, limits.most);
        if (by >= 0 && sum.max_apart)
            sum.may_raise = any_above_16(a, b, n, turn, by);
    }
    return sum;
}

static struct dsi_close_small run_portable(struct dsi_dtype dtype,
                                           struct dsi_close_limits limits,
                                           const char *a, const char *b, size_t n,
                                           float by)
{
    return run(dtype, limits, a, b, n, by);
}

#if defined(__x86_64__)
#if defined(__clang__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else /* gcc makes vectors of it all only when told so */
#define AVX512                                                                  \
    __attribute__((optimize("O3"), target("avx512f,avx512bw,avx512dq,avx512vl," \
                                          "prefer-vector-width=512")))
#endif
#define AVX2 DSI_AVX2_LOOPS

AVX512 static struct dsi_close_small run_avx512(struct dsi_dtype dtype,
                                                struct dsi_close_limits limits,
                                                const char *a, const char *b, size_t n,
                                                float by)
{
    return run(dtype, limits, a, b, n, by);
}

AVX2 static struct dsi_close_small run_avx2(struct dsi_dtype dtype,
                                            struct dsi_close_limits limits,
                                            const char *a, const char *b, size_t n,
                                            float by)
{
    return run(dtype, limits, a, b, n, by);
}
#endif

struct dsi_close_small dsi_close_small_run(enum dsi_cpu_level level,
                                           struct dsi_dtype dtype,
                                           struct dsi_close_limits limits,
                                           const void *a, const void *b, size_t n,
                                           double rel)
{
    /* A little less, for what the product in float loses: rather look once too often.
     */
    const float by = (float)(rel * (1 - 0x1p-20));
#if defined(__x86_64__)
    if (level == DSI_CPU_AVX512)
        return run_avx512(dtype, limits, a, b, n, by);
    if (level == DSI_CPU_AVX2)
        return run_avx2(dtype, limits, a, b, n, by);
#endif
    (void)level;
    return run_portable(dtype, limits, a, b, n, by);
}
