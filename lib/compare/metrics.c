#include "metrics.h"

#include "close_kernels.h"

#include <math.h>
#include <string.h>

enum { PIECE = 1024, LANES = 8 };

/* Values in turn go to one of LANES sums, so that each waits for itself alone. */
struct lanes {
    double aa[LANES], bb[LANES], ab[LANES], dd[LANES];
    double low[LANES], high[LANES]; /* of b, in each piece anew */
    double doubt[LANES];            /* NaN where something is not finite; so too */
};

/* Whole lanes. Plain C that the compiler turns into vectors, for each level the same.
 */
static inline __attribute__((always_inline)) void
add_all(struct lanes *lanes, const double *a, const double *b, size_t n)
{
    struct lanes l = *lanes;
    for (size_t i = 0; i < n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            const double x = a[i + k], y = b[i + k], d = x - y;
            l.aa[k] += x * x;
            l.bb[k] += y * y;
            l.ab[k] += x * y;
            l.dd[k] += d * d;
            l.low[k] = y < l.low[k] ? y : l.low[k];
            l.high[k] = y > l.high[k] ? y : l.high[k];
            l.doubt[k] += d - d;
        }
    *lanes = l;
}

static void add_portable(struct lanes *lanes, const double *a, const double *b,
                         size_t n)
{
    add_all(lanes, a, b, n);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
add_avx2(struct lanes *lanes, const double *a, const double *b, size_t n)
{
    add_all(lanes, a, b, n);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static void
add_avx512(struct lanes *lanes, const double *a, const double *b, size_t n)
{
    add_all(lanes, a, b, n);
}
#endif

static void add_lanes(enum dsi_cpu_level level, struct lanes *lanes, const double *a,
                      const double *b, size_t n)
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

static bool is_doubtful(const struct lanes *lanes)
{
    for (size_t k = 0; k < LANES; k++)
        if (isnan(lanes->doubt[k]))
            return true;
    return false;
}

static void begin_piece(struct lanes *lanes, double b)
{
    for (size_t k = 0; k < LANES; k++) {
        lanes->low[k] = lanes->high[k] = b;
        lanes->doubt[k] = 0;
    }
}

/* Short of whole lanes, values are added that count for nothing: 0 to the sums, and to
 * the extremes what is there. */
static void add_piece(struct dsi_metric_sums *sums, enum dsi_cpu_level level,
                      struct lanes *lanes, const double *a, const double *b, size_t n)
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
    const struct lanes before = *lanes;
    add_lanes(level, lanes, x, y, LANES);
    memcpy(lanes->low, before.low, sizeof before.low);
    memcpy(lanes->high, before.high, sizeof before.high);
    for (size_t k = 0; k < LANES; k++) {
        sums->low =
            sums->n == 0 && k == 0 ? lanes->low[0] : fmin(sums->low, lanes->low[k]);
        sums->high =
            sums->n == 0 && k == 0 ? lanes->high[0] : fmax(sums->high, lanes->high[k]);
    }
    sums->n += n;
}

void dsi_metric_sums_of(struct dsi_metric_sums *sums, enum dsi_cpu_level level,
                        struct dsi_dtype type_a, const void *a, unsigned stride_a,
                        struct dsi_dtype type_b, const void *b, unsigned stride_b,
                        uint64_t n)
{
    double x[PIECE], y[PIECE];
    struct lanes lanes = {0};
    for (uint64_t at = 0; at < n; at += PIECE) {
        size_t part = n - at < PIECE ? (size_t)(n - at) : PIECE;
        widen(type_a, a, stride_a, at, part, x);
        widen(type_b, b, stride_b, at, part, y);
        const struct lanes before = lanes;
        const struct dsi_metric_sums sums_before = *sums;
        begin_piece(&lanes, y[0]);
        add_piece(sums, level, &lanes, x, y, part);
        if (!is_doubtful(&lanes))
            continue;
        lanes = before;
        *sums = sums_before;
        part = keep_finite(x, y, part);
        begin_piece(&lanes, y[0]);
        if (part)
            add_piece(sums, level, &lanes, x, y, part);
    }
    sums->aa += all(lanes.aa);
    sums->bb += all(lanes.bb);
    sums->ab += all(lanes.ab);
    sums->dd += all(lanes.dd);
}

static void add(struct dsi_metric_sums *into, const struct dsi_metric_sums *from)
{
    if (from->n == 0)
        return;
    into->low = into->n == 0 || from->low < into->low ? from->low : into->low;
    into->high = into->n == 0 || from->high > into->high ? from->high : into->high;
    into->aa += from->aa;
    into->bb += from->bb;
    into->ab += from->ab;
    into->dd += from->dd;
    into->n += from->n;
}

struct dsi_metrics dsi_metrics_of(const struct dsi_metric_sums *blocks, uint64_t n,
                                  struct dsi_dtype type_b)
{
    struct dsi_metric_sums sums = {0};
    for (uint64_t i = 0; i < n; i++)
        add(&sums, &blocks[i]);
    const double none = (double)NAN;
    struct dsi_metrics m = {none, none, none, none};
    if (sums.n == 0)
        return m;
    const bool is_short = type_b.kind == DSI_UINT && type_b.size <= 2;
    const double peak =
        is_short ? (type_b.size == 1 ? 255 : 65535) : sums.high - sums.low;
    m.rmse = sqrt(sums.dd / (double)sums.n);
    m.psnr = m.rmse == 0 ? (double)INFINITY : 20 * log10(peak / m.rmse);
    if (sums.aa > 0 && sums.bb > 0)
        m.cosine = sums.ab / (sqrt(sums.aa) * sqrt(sums.bb));
    if (sums.bb > 0)
        m.relative = sqrt(sums.dd / sums.bb);
    return m;
}
