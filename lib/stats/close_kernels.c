/* Values made doubles, and how far integers are apart, in loops the compiler turns into
 * vectors. What compares stands in close_avx2.c and close_avx512.c. */
#include "close_kernels.h"
#include "half_round.h"

/* Values lie anywhere. */
#define DEFINE_WIDEN(name, type)                                         \
    static void widen_##name(const char *values, size_t n, double *wide) \
    {                                                                    \
        for (size_t i = 0; i < n; i++) {                                 \
            type value;                                                  \
            memcpy(&value, values + i * sizeof value, sizeof value);     \
            wide[i] = (double)value;                                     \
        }                                                                \
    }

DEFINE_WIDEN(int8, int8_t)
DEFINE_WIDEN(int16, int16_t)
DEFINE_WIDEN(int32, int32_t)
DEFINE_WIDEN(int64, int64_t)
DEFINE_WIDEN(uint8, uint8_t)
DEFINE_WIDEN(uint16, uint16_t)
DEFINE_WIDEN(uint32, uint32_t)
DEFINE_WIDEN(uint64, uint64_t)
DEFINE_WIDEN(float32, float)
DEFINE_WIDEN(float64, double)

static void widen_bool(const char *values, size_t n, double *wide)
{
    for (size_t i = 0; i < n; i++)
        wide[i] = values[i] != 0;
}

static void widen_short(const char *values, size_t n, double *wide, bool is_half)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t value;
        memcpy(&value, values + i * sizeof value, sizeof value);
        wide[i] = (double)(is_half ? dsi_half_to_float(value)
                                   : dsi_bits_float((uint32_t)value << 16));
    }
}

static void widen_half(const char *values, size_t n, double *wide)
{
    widen_short(values, n, wide, true);
}

static void widen_bfloat(const char *values, size_t n, double *wide)
{
    widen_short(values, n, wide, false);
}

typedef void widen(const char *values, size_t n, double *wide);

void dsi_close_widen(struct dsi_dtype dtype, const void *values, size_t n, double *wide)
{
    /* By bytes: 1, 2, 4, 8. */
    static widen *const ints[] = {widen_int8, widen_int16, widen_int32, widen_int64};
    static widen *const uints[] = {widen_uint8, widen_uint16, widen_uint32,
                                   widen_uint64};
    static widen *const floats[] = {NULL, widen_half, widen_float32, widen_float64};
    const int size = __builtin_ctz(dtype.size);
    widen *with = dtype.kind == DSI_BOOL     ? widen_bool
                  : dtype.kind == DSI_BFLOAT ? widen_bfloat
                  : dtype.kind == DSI_INT    ? ints[size]
                  : dtype.kind == DSI_UINT   ? uints[size]
                                             : floats[size];
    with(values, n, wide);
}

uint64_t dsi_close_apart(struct dsi_dtype dtype, const void *a, const void *b, size_t n)
{
    /* Signed numbers are as far apart with their sign bits turned. */
    const uint64_t turn = dtype.kind == DSI_INT ? UINT64_C(1) << 63 : 0;
    uint64_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t x, y;
        memcpy(&x, (const char *)a + i * sizeof x, sizeof x);
        memcpy(&y, (const char *)b + i * sizeof y, sizeof y);
        x ^= turn;
        y ^= turn;
        const uint64_t apart = x > y ? x - y : y - x;
        most = apart > most ? apart : most;
    }
    return most;
}
