/* Sums for the metrics: value by value in doubles, whatever the processor. */
#include "close_kernels.h"
#include "metric_lanes.h"
#include "metrics.h"

#include <math.h>
#include <string.h>

/* Values at once; of float32, which need no room, that many more. */
enum { PIECE = 1024, PIECES = 16, LANES = DSI_METRIC_LANES };

/* Whole lanes. Plain C that the compiler turns into vectors, for each level the same.
 */
static inline __attribute__((always_inline)) void
add_all(struct dsi_metric_lanes *lanes, const double *a, const double *b, size_t n)
{
    struct dsi_metric_lanes l = *lanes;
    for (size_t i = 0; i < n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            const double x = a[i + k], y = b[i + k], d = x - y;
            l.aa[k] += x * x;
            l.bb[k] += y * y;
            l.ab[k] += x * y;
            l.dd[k] += d * d;
            l.low[k] = y < l.low[k] ? y : l.low[k];
            l.high[k] = y > l.high[k] ? y : l.high[k];
        }
    *lanes = l;
}

static void add_portable(struct dsi_metric_lanes *lanes, const double *a,
                         const double *b, size_t n)
{
    add_all(lanes, a, b, n);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
add_avx2(struct dsi_metric_lanes *lanes, const double *a, const double *b, size_t n)
{
    add_all(lanes, a, b, n);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static void
add_avx512(struct dsi_metric_lanes *lanes, const double *a, const double *b, size_t n)
{
    add_all(lanes, a, b, n);
}
#endif

static void add_lanes(enum dsi_cpu_level level, struct dsi_metric_lanes *lanes,
                      const double *a, const double *b, size_t n)
{
#if defined(__x86_64__)
    if (level == DSI_CPU_AVX512) {
        add_avx512(lanes, a, b, n);
        return;
    }
    if (level == DSI_CPU_AVX2) {
        add_avx2(lanes, a, b, n);
        return;
    }
#else
    (void)level;
#endif
    add_portable(lanes, a, b, n);
}

static double all(const double lanes[LANES])
{
    double sum = 0;
    for (size_t k = 0; k < LANES; k++)
        sum += lanes[k];
    return sum;
}

static void widen(struct dsi_dtype type, const void *values, unsigned stride,
                  uint64_t at, size_t n, double *wide)
{
    const char *from = (const char *)values + (stride ? at * type.size : 0);
    dsi_close_widen(type, from, stride ? n : 1, wide);
    for (size_t i = 1; i < n && !stride; i++)
        wide[i] = wide[0];
}

/* Leaves what is finite on both sides. */
static size_t keep_finite(double *a, double *b, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = a[i], y = b[i];
        a[n_kept] = x;
        b[n_kept] = y;
        n_kept += isfinite(x) && isfinite(y);
    }
    return n_kept;
}

/* Whether something may not be finite: (a - b)^2 is not, then, and nor are sums of it.
 */
static bool is_doubtful(const struct dsi_metric_lanes *lanes)
{
    for (size_t k = 0; k < LANES; k++)
        if (!isfinite(lanes->dd[k]))
            return true;
    return false;
}

static void begin_piece(struct dsi_metric_lanes *lanes, double b)
{
    for (size_t k = 0; k < LANES; k++)
        lanes->low[k] = lanes->high[k] = b;
}

static void keep_extremes(struct dsi_metric_sums *sums,
                          const struct dsi_metric_lanes *lanes)
{
    if (sums->n == 0) {
        sums->low = lanes->low[0];
        sums->high = lanes->high[0];
    }
    for (size_t k = 0; k < LANES; k++) {
        sums->low = fmin(sums->low, lanes->low[k]);
        sums->high = fmax(sums->high, lanes->high[k]);
    }
}

/* Short of whole lanes, values are added that count for nothing: 0 to the sums, and to
 * the extremes what is there. */
static void add_piece(struct dsi_metric_lanes *lanes, enum dsi_cpu_level level,
                      const double *a, const double *b, size_t n)
{
    const size_t whole = n - n % LANES;
    double x[LANES] = {0}, y[LANES] = {0};
    add_lanes(level, lanes, a, b, whole);
    for (size_t k = 0; k < n % LANES; k++) {
        x[k] = a[whole + k];
        y[k] = b[whole + k];
        lanes->low[0] = y[k] < lanes->low[0] ? y[k] : lanes->low[0];
        lanes->high[0] = y[k] > lanes->high[0] ? y[k] : lanes->high[0];
    }
    const struct dsi_metric_lanes before = *lanes;
    add_lanes(level, lanes, x, y, LANES);
    memcpy(lanes->low, before.low, sizeof before.low);
    memcpy(lanes->high, before.high, sizeof before.high);
}

/* Values of both sides, as dsi_metric_sums_of has them. */
struct values {
    struct dsi_dtype type_a, type_b;
    const void *a, *b;
    unsigned stride_a, stride_b;
};

static bool are_floats(const struct values *v)
{
    return v->stride_a && v->stride_b && v->type_a.kind == DSI_FLOAT &&
           v->type_b.kind == DSI_FLOAT && v->type_a.size == 4 && v->type_b.size == 4;
}

/* Whole lanes of float32 as they lie. False where this has to go another way. */
static bool add_floats(struct dsi_metric_lanes *lanes, enum dsi_cpu_level level,
                       const struct values *v, uint64_t at, size_t n)
{
    const struct dsi_metric_lanes before = *lanes;
    const char *a = (const char *)v->a + at * sizeof(float);
    const char *b = (const char *)v->b + at * sizeof(float);
    float first;
    memcpy(&first, b, sizeof first);
    begin_piece(lanes, (double)first);
    if (dsi_metric_floats_add(lanes, level, a, b, n) && !is_doubtful(lanes))
        return true;
    *lanes = before;
    return false;
}

/* Returns how many values were added: those that are finite on both sides. */
static size_t add_wide(struct dsi_metric_lanes *lanes, enum dsi_cpu_level level,
                       const struct values *v, uint64_t at, size_t n)
{
    double x[PIECE], y[PIECE];
    const struct dsi_metric_lanes before = *lanes;
    widen(v->type_a, v->a, v->stride_a, at, n, x);
    widen(v->type_b, v->b, v->stride_b, at, n, y);
    begin_piece(lanes, y[0]);
    add_piece(lanes, level, x, y, n);
    if (!is_doubtful(lanes))
        return n;
    *lanes = before;
    n = keep_finite(x, y, n);
    begin_piece(lanes, y[0]);
    if (n)
        add_piece(lanes, level, x, y, n);
    return n;
}

void dsi_metric_sums_of(struct dsi_metric_sums *sums, enum dsi_cpu_level level,
                        struct dsi_dtype type_a, const void *a, unsigned stride_a,
                        struct dsi_dtype type_b, const void *b, unsigned stride_b,
                        uint64_t n)
{
    const struct values values = {type_a, type_b, a, b, stride_a, stride_b};
    const bool floats = are_floats(&values);
    struct dsi_metric_lanes lanes = {0};
    unsigned n_single = 0; /* pieces to come that are tried by themselves */
    for (uint64_t at = 0, step; at < n; at += step) {
        const uint64_t left = n - at, most = n_single ? PIECE : PIECES * PIECE;
        step = left < most ? left - left % LANES : most;
        n_single -= n_single > 0;
        size_t n_added = (size_t)step;
        if (!floats || !step || !add_floats(&lanes, level, &values, at, n_added)) {
            n_single = step > PIECE ? PIECES : n_single;
            step = left < PIECE ? left : PIECE;
            n_added = add_wide(&lanes, level, &values, at, (size_t)step);
        }
        if (n_added)
            keep_extremes(sums, &lanes);
        sums->n += n_added;
    }
    sums->aa += all(lanes.aa);
    sums->bb += all(lanes.bb);
    sums->ab += all(lanes.ab);
    sums->dd += all(lanes.dd);
}
