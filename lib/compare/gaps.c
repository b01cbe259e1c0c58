#include "gaps.h"

#include "close_kernels.h"
#include "gap_near.h"
#include "gap_pieces.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* So many that are left are looked at one by one. */
enum { FEW = 16 };

/* 10^k as doubles, ten by ten; s is the sign of k. */
#define TENS(s, t)                                                                \
    1e##s##t##0, 1e##s##t##1, 1e##s##t##2, 1e##s##t##3, 1e##s##t##4, 1e##s##t##5, \
        1e##s##t##6, 1e##s##t##7, 1e##s##t##8, 1e##s##t##9
#define HUNDREDS(s, h)                                                         \
    TENS(s, h##0), TENS(s, h##1), TENS(s, h##2), TENS(s, h##3), TENS(s, h##4), \
        TENS(s, h##5), TENS(s, h##6), TENS(s, h##7), TENS(s, h##8), TENS(s, h##9)

static const double positive[] = {HUNDREDS(+, ), HUNDREDS(+, 1), HUNDREDS(+, 2), 1e300,
                                  1e301,         1e302,          1e303,          1e304,
                                  1e305,         1e306,          1e307,          1e308};
/* The last is nearer to 0 than to any double. */
static const double negative[] = {
    HUNDREDS(-, ), HUNDREDS(-, 1), HUNDREDS(-, 2), TENS(-, 30), TENS(-, 31),
    1e-320,        1e-321,         1e-322,         1e-323,      DBL_TRUE_MIN};

static double power_of_ten(int k)
{
    return k < 0 ? negative[-k] : positive[k];
}

/* The power of two that x, positive and finite, has reached. */
static int exponent_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 52 ? (int)(bits >> 52) - 1023 : ilogb(x);
}

/* The power of ten that x, positive and finite, has reached. */
static int decade_of(double x)
{
    int k = (int)floor(exponent_of(x) * 0.30102999566398120); /* or one more */
    k = k < DSI_GAP_LEAST ? DSI_GAP_LEAST : k;
    return k < DSI_GAP_MOST && x >= power_of_ten(k + 1) ? k + 1 : k;
}

/* From the farthest on, until all are counted that are apart. */
static void count_decades(struct dsi_gaps *gaps, const struct dsi_gap_piece *piece,
                          enum dsi_cpu_level level, size_t n)
{
    const bool finite = isfinite(piece->max_apart);
    size_t n_left = piece->n_apart;
    gaps->n_equal += n - n_left - piece->n_nan;
    if (!finite) {
        const size_t n_infinite = dsi_gap_n_apart(piece, level, (double)INFINITY);
        gaps->n_infinite += n_infinite;
        n_left -= n_infinite;
    }
    int k = finite && n_left ? decade_of(piece->max_apart) : DSI_GAP_MOST;
    for (; n_left > FEW; k--) {
        const size_t n_up = dsi_gap_n_apart(piece, level, power_of_ten(k));
        const size_t n_here = n_left - (piece->n_apart - n_up);
        gaps->decades[k - DSI_GAP_LEAST] += n_here;
        n_left -= n_here;
    }
    double few[FEW];
    if (n_left)
        dsi_gap_nearer(piece, level, k == DSI_GAP_MOST ? INFINITY : power_of_ten(k + 1),
                       few, n_left);
    for (size_t i = 0; i < n_left; i++)
        gaps->decades[decade_of(few[i]) - DSI_GAP_LEAST]++;
}

static void count_binades(struct dsi_gaps *gaps, const struct dsi_gap_piece *piece,
                          enum dsi_cpu_level level, size_t n)
{
    size_t n_left = piece->n_ulp;
    gaps->n_same_bits += n - n_left - piece->n_nan;
    for (int k = n_left ? 63 - __builtin_clzll(piece->max_ulp) : 0; n_left; k--) {
        const size_t n_up =
            k == 0 ? piece->n_ulp : dsi_gap_n_ulp(piece, level, UINT64_C(1) << k);
        const size_t n_here = n_left - (piece->n_ulp - n_up);
        gaps->binades[k] += n_here;
        n_left -= n_here;
    }
}

static void add_piece(struct dsi_gaps *gaps, const struct dsi_close *close,
                      const char *a, size_t step_a, const char *b, size_t step_b,
                      size_t n)
{
    struct dsi_gap_piece piece;
    dsi_gap_piece_fill(&piece, close, a, step_a, b, step_b, n);
    count_decades(gaps, &piece, close->level, n);
    count_binades(gaps, &piece, close->level, n);
    gaps->n_nan += piece.n_nan;
}

static bool are_floats(const struct dsi_close *close)
{
    return close->a.kind == DSI_FLOAT && close->a.size == sizeof(float) &&
           close->b.kind == DSI_FLOAT && close->b.size == sizeof(float) &&
           close->type == DSI_CLOSE_FLOAT;
}

/* Pieces of float32, one after another, and what is seen of them by the way. The quick
 * way is tried less often after it was in vain. */
struct riding {
    struct dsi_close_rider rider; /* the first, so as to be found by it */
    struct dsi_gaps *gaps;
    struct dsi_gap_near_bounds bounds;
    unsigned n_vain, n_untried;
    size_t n_seen; /* values */
};

static bool look(struct dsi_close_rider *rider, const struct dsi_close *close,
                 const void *a, const void *b, const struct dsi_close_block *known,
                 struct dsi_close_block *block)
{
    enum { MOST_UNTRIED = 8 };
    struct riding *r = (struct riding *)rider;
    struct dsi_gap_near_ends ends = {.rel = (float)known->max_rel};
    const bool tries = r->n_untried == r->n_vain;
    r->n_untried = tries ? 0 : r->n_untried + 1;
    r->n_seen += DSI_GAP_PIECE;
    if (!tries || !dsi_gap_near_add(r->gaps, &r->bounds, close->level, a, b, &ends)) {
        r->n_vain += tries && r->n_vain < MOST_UNTRIED;
        add_piece(r->gaps, close, a, sizeof(float), b, sizeof(float), DSI_GAP_PIECE);
        return false;
    }
    const uint64_t within = dsi_close_units_within(close);
    r->n_vain = 0;
    if (!within || ends.max_ulp > within || ends.may_raise)
        return false;
    *block = (struct dsi_close_block){.max_abs = ends.max_abs, .max_ulp = ends.max_ulp};
    return true;
}

static void begin_riding(struct riding *r, struct dsi_gaps *gaps)
{
    r->rider.look = look;
    r->gaps = gaps;
    r->n_vain = r->n_untried = 0;
    r->n_seen = 0;
    dsi_gap_near_begin(&r->bounds, power_of_ten);
}

static void add_pieces(struct dsi_gaps *gaps, const struct dsi_close *close,
                       const char *a, size_t step_a, const char *b, size_t step_b,
                       uint64_t n)
{
    for (uint64_t at = 0; at < n; at += DSI_GAP_PIECE)
        add_piece(gaps, close, a + at * step_a, step_a, b + at * step_b, step_b,
                  n - at < DSI_GAP_PIECE ? (size_t)(n - at) : DSI_GAP_PIECE);
}

/* One value for each; what dsi_close_ride has not shown is looked at afterwards. */
static void run_floats(struct dsi_gaps *gaps, const struct dsi_close *close,
                       const char *a, const char *b, uint64_t first_index, size_t n,
                       struct dsi_closeness *into)
{
    struct riding r;
    const struct dsi_close_block known = {0};
    struct dsi_close_block block;
    begin_riding(&r, gaps);
    dsi_close_ride(close, a, b, first_index, n, &r.rider, into);
    while (n - r.n_seen >= DSI_GAP_PIECE) {
        const size_t at = r.n_seen * sizeof(float);
        look(&r.rider, close, a + at, b + at, &known, &block);
    }
    const size_t at = r.n_seen * sizeof(float);
    add_pieces(gaps, close, a + at, sizeof(float), b + at, sizeof(float), n - r.n_seen);
}

void dsi_gaps_run(struct dsi_gaps *gaps, const struct dsi_close *close, const void *a,
                  unsigned stride_a, const void *b, unsigned stride_b,
                  uint64_t first_index, size_t n, struct dsi_closeness *into)
{
    if (stride_a && stride_b && are_floats(close) && n >= DSI_GAP_PIECE) {
        run_floats(gaps, close, a, b, first_index, n, into);
        return;
    }
    dsi_close_run(close, a, stride_a, b, stride_b, first_index, n, into);
    add_pieces(gaps, close, a, stride_a ? close->a.size : 0, b,
               stride_b ? close->b.size : 0, n);
}

void dsi_gaps_merge(struct dsi_gaps *into, const struct dsi_gaps *from)
{
    into->n_nan += from->n_nan;
    into->n_equal += from->n_equal;
    into->n_infinite += from->n_infinite;
    into->n_same_bits += from->n_same_bits;
    for (size_t i = 0; i < DSI_GAP_DECADES; i++)
        into->decades[i] += from->decades[i];
    for (size_t i = 0; i < DSI_GAP_BINADES; i++)
        into->binades[i] += from->binades[i];
}

void dsi_gaps_repeat(struct dsi_gaps *gaps, uint64_t n)
{
    gaps->n_nan *= n;
    gaps->n_equal *= n;
    gaps->n_infinite *= n;
    gaps->n_same_bits *= n;
    for (size_t i = 0; i < DSI_GAP_DECADES; i++)
        gaps->decades[i] *= n;
    for (size_t i = 0; i < DSI_GAP_BINADES; i++)
        gaps->binades[i] *= n;
}

/* --- words ------------------------------------------------------------------------ */

static enum dsi_status write_bin(struct dsi_bytes *text, const char *low, uint64_t n,
                                 struct dsi_error *err)
{
    char bin[64];
    if (n == 0)
        return DSI_OK;
    const int length =
        snprintf(bin, sizeof bin, "%s%s:%" PRIu64, text->n ? " " : "", low, n);
    return dsi_bytes_append(text, bin, (size_t)length, err);
}

enum dsi_status dsi_gaps_write_abs(const struct dsi_gaps *gaps, struct dsi_bytes *text,
                                   struct dsi_error *err)
{
    char low[16];
    DSI_TRY(write_bin(text, "0", gaps->n_equal, err));
    for (int i = 0; i < DSI_GAP_DECADES; i++) {
        snprintf(low, sizeof low, "1e%d", DSI_GAP_LEAST + i);
        DSI_TRY(write_bin(text, low, gaps->decades[i], err));
    }
    DSI_TRY(write_bin(text, "inf", gaps->n_infinite, err));
    return write_bin(text, "nan", gaps->n_nan, err);
}

enum dsi_status dsi_gaps_write_ulp(const struct dsi_gaps *gaps, struct dsi_bytes *text,
                                   struct dsi_error *err)
{
    char low[24];
    DSI_TRY(write_bin(text, "0", gaps->n_same_bits, err));
    for (int i = 0; i < DSI_GAP_BINADES; i++) {
        snprintf(low, sizeof low, "%" PRIu64, UINT64_C(1) << i);
        DSI_TRY(write_bin(text, low, gaps->binades[i], err));
    }
    return write_bin(text, "nan", gaps->n_nan, err);
}
