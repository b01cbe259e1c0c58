#include "gap_pieces.h"

#include "avx2_loops.h"
#include "close_kernels.h"
#include "half_round.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define AVX2          DSI_AVX2_LOOPS

/* --- how many --------------------------------------------------------------------- */

/* Each lane counts in the values' own width. */
#define DEFINE_COUNT(name, type, counter, lanes)                             \
    ALWAYS_INLINE size_t count_##name(const type *values, type bound)        \
    {                                                                        \
        counter counts[lanes] = {0};                                         \
        size_t n = 0;                                                        \
        for (size_t i = 0; i < DSI_GAP_PIECE; i += lanes)                    \
            for (size_t k = 0; k < lanes; k++)                               \
                counts[k] = (counter)(counts[k] + (values[i + k] >= bound)); \
        for (size_t k = 0; k < lanes; k++)                                   \
            n += counts[k];                                                  \
        return n;                                                            \
    }

DEFINE_COUNT(bytes, uint8_t, uint8_t, 64)
DEFINE_COUNT(shorts, uint32_t, uint32_t, 16)
DEFINE_COUNT(longs, uint64_t, uint64_t, 8)
DEFINE_COUNT(floats, float, uint32_t, 16)
DEFINE_COUNT(doubles, double, uint64_t, 8)
_Static_assert(DSI_GAP_PIECE / 64 <= UINT8_MAX, "a lane counts in a byte");

/* The first float that reaches a positive double. */
ALWAYS_INLINE float float_from(double bound)
{
    const float near = (float)bound;
    return (double)near < bound ? dsi_bits_float(dsi_float_bits(near) + 1) : near;
}

ALWAYS_INLINE size_t n_apart(const struct dsi_gap_piece *piece, double bound)
{
    if (!piece->is_short)
        return count_doubles(piece->apart.doubles, bound);
    return count_floats(piece->apart.floats, float_from(bound));
}

ALWAYS_INLINE size_t n_ulp(const struct dsi_gap_piece *piece, uint64_t bound)
{
    if (!piece->is_short)
        return count_longs(piece->ulp.longs, bound);
    if (bound <= UINT8_MAX)
        return count_bytes(piece->bytes, (uint8_t)bound);
    return count_shorts(piece->ulp.shorts, (uint32_t)bound);
}

#define DEFINE_NEARER(name, type)                                                      \
    static void nearer_##name(const type *values, type bound, double *found, size_t n) \
    {                                                                                  \
        for (size_t i = 0; n && i < DSI_GAP_PIECE; i++)                                \
            if (values[i] > 0 && values[i] < bound)                                    \
                found[--n] = (double)values[i];                                        \
    }

DEFINE_NEARER(floats, float)
DEFINE_NEARER(doubles, double)

ALWAYS_INLINE void shorten(struct dsi_gap_piece *piece)
{
    for (size_t i = 0; i < DSI_GAP_PIECE; i++) {
        const uint32_t ulp = piece->ulp.shorts[i];
        piece->bytes[i] = (uint8_t)(ulp < UINT8_MAX ? ulp : UINT8_MAX);
    }
}

#if defined(__x86_64__)
AVX2 static void shorten_avx2(struct dsi_gap_piece *piece)
{
    shorten(piece);
}

AVX2 static size_t n_apart_avx2(const struct dsi_gap_piece *piece, double bound)
{
    return n_apart(piece, bound);
}

AVX2 static size_t n_ulp_avx2(const struct dsi_gap_piece *piece, uint64_t bound)
{
    return n_ulp(piece, bound);
}
#endif

size_t dsi_gap_n_apart(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                       double bound)
{
#if defined(__x86_64__)
    if (level != DSI_CPU_PORTABLE)
        return n_apart_avx2(piece, bound);
#endif
    (void)level;
    return n_apart(piece, bound);
}

void dsi_gap_nearer(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                    double bound, double *aparts, size_t n)
{
    if (!piece->is_short)
        nearer_doubles(piece->apart.doubles, bound, aparts, n);
    else if (!dsi_gap_floats_nearer(piece, level, float_from(bound), aparts, n))
        nearer_floats(piece->apart.floats, float_from(bound), aparts, n);
}

size_t dsi_gap_n_ulp(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                     uint64_t bound)
{
#if defined(__x86_64__)
    if (level != DSI_CPU_PORTABLE)
        return n_ulp_avx2(piece, bound);
#endif
    (void)level;
    return n_ulp(piece, bound);
}

static void make_bytes(struct dsi_gap_piece *piece, enum dsi_cpu_level level)
{
#if defined(__x86_64__)
    if (level != DSI_CPU_PORTABLE) {
        shorten_avx2(piece);
        return;
    }
#endif
    (void)level;
    shorten(piece);
}

/* --- distances -------------------------------------------------------------------- */

static void keep(struct dsi_gap_piece *piece, size_t i, double apart, uint64_t ulp)
{
    if (piece->is_short) {
        piece->apart.floats[i] = (float)apart;
        piece->ulp.shorts[i] = (uint32_t)ulp;
    } else {
        piece->apart.doubles[i] = apart;
        piece->ulp.longs[i] = ulp;
    }
    piece->n_apart += apart > 0;
    piece->n_ulp += ulp > 0;
    piece->max_apart = apart > piece->max_apart ? apart : piece->max_apart;
    piece->max_ulp = ulp > piece->max_ulp ? ulp : piece->max_ulp;
}

/* Any types. */
static void fill_singly(struct dsi_gap_piece *piece, const struct dsi_close *close,
                        const char *a, size_t step_a, const char *b, size_t step_b,
                        size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct dsi_close_one one;
        dsi_close_values(close, a + i * step_a, b + i * step_b, &one);
        piece->n_nan += one.nan_a || one.nan_b;
        keep(piece, i, one.abs, one.ulp);
    }
}

/* Doubles, or what is compared as such. */
static void fill_wide(struct dsi_gap_piece *piece, const struct dsi_close *close,
                      const char *a, const char *b, size_t n)
{
    double x[DSI_GAP_PIECE], y[DSI_GAP_PIECE];
    dsi_close_widen(close->a, a, n, x);
    dsi_close_widen(close->b, b, n, y);
    for (size_t i = 0; i < n; i++) {
        const bool is_nan = isnan(x[i]) || isnan(y[i]);
        const double apart = x[i] == y[i] || is_nan ? 0 : fabs(x[i] - y[i]);
        uint64_t p, q, ulp = (uint64_t)0;
        if (close->are_integers) { /* short ones */
            ulp = (uint64_t)apart;
        } else if (apart != 0) {
            const double sizes[2] = {fabs(x[i]), fabs(y[i])};
            memcpy(&p, &sizes[0], sizeof p);
            memcpy(&q, &sizes[1], sizeof q);
            ulp = signbit(x[i]) != signbit(y[i]) ? p + q : p > q ? p - q : q - p;
        }
        piece->n_nan += is_nan;
        keep(piece, i, apart, ulp);
    }
}

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT && (dtype.size == 4 || dtype.size == 2);
}

static bool is_wide(const struct dsi_close *close)
{
    return !close->is_complex && close->type == DSI_CLOSE_DOUBLE && !close->scalars &&
           !(close->are_integers && (close->a.size == 8 || close->b.size == 8));
}

/* Distances of none after the first n. */
static void fill_up(struct dsi_gap_piece *piece, size_t n)
{
    const size_t rest = DSI_GAP_PIECE - n;
    if (piece->is_short) {
        memset(piece->apart.floats + n, 0, rest * sizeof *piece->apart.floats);
        memset(piece->ulp.shorts + n, 0, rest * sizeof *piece->ulp.shorts);
    } else {
        memset(piece->apart.doubles + n, 0, rest * sizeof *piece->apart.doubles);
        memset(piece->ulp.longs + n, 0, rest * sizeof *piece->ulp.longs);
    }
}

void dsi_gap_piece_fill(struct dsi_gap_piece *piece, const struct dsi_close *close,
                        const char *a, size_t step_a, const char *b, size_t step_b,
                        size_t n)
{
    const bool one_each = step_a && step_b;
    size_t done = 0;
    piece->n_nan = piece->n_apart = piece->n_ulp = 0;
    piece->max_ulp = 0;
    piece->max_apart = 0;
    piece->is_short = close->type != DSI_CLOSE_DOUBLE && !close->is_complex;
    if (one_each && dsi_close_is_one_type(close) && is_float(close->a) &&
        piece->is_short && dsi_gap_floats_fill(piece, close, a, b, n - n % 8))
        done = n - n % 8;
    if (one_each && is_wide(close)) {
        fill_wide(piece, close, a, b, n);
        done = n;
    }
    fill_singly(piece, close, a, step_a, b, step_b, done, n);
    fill_up(piece, n);
    if (piece->is_short && piece->max_ulp)
        make_bytes(piece, close->level);
}
