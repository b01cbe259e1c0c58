#include "metrics.h"

#include "close_kernels.h"

#include <math.h>

enum { PIECE = 1024, LANES = 8 };

/* Values in turn go to one of LANES sums, so that each waits for itself alone. */
struct lanes {
    double aa[LANES], bb[LANES], ab[LANES], dd[LANES];
};

static void add_piece(struct lanes *lanes, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            const double x = a[i + k], y = b[i + k], d = x - y;
            lanes->aa[k] += x * x;
            lanes->bb[k] += y * y;
            lanes->ab[k] += x * y;
            lanes->dd[k] += d * d;
        }
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

/* Leaves what is finite on both sides, filled up with zeros to whole lanes. */
static size_t keep_finite(struct dsi_metric_sums *sums, double *a, double *b, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = a[i], y = b[i];
        if (!isfinite(x) || !isfinite(y))
            continue;
        if (sums->n + n_kept == 0)
            sums->low = sums->high = y;
        sums->low = y < sums->low ? y : sums->low;
        sums->high = y > sums->high ? y : sums->high;
        a[n_kept] = x;
        b[n_kept++] = y;
    }
    sums->n += n_kept;
    for (n = n_kept; n % LANES; n++)
        a[n] = b[n] = 0;
    return n;
}

void dsi_metric_sums_of(struct dsi_metric_sums *sums, struct dsi_dtype type_a,
                        const void *a, unsigned stride_a, struct dsi_dtype type_b,
                        const void *b, unsigned stride_b, uint64_t n)
{
    double x[PIECE], y[PIECE];
    struct lanes lanes = {0};
    for (uint64_t at = 0; at < n; at += PIECE) {
        const size_t part = n - at < PIECE ? (size_t)(n - at) : PIECE;
        widen(type_a, a, stride_a, at, part, x);
        widen(type_b, b, stride_b, at, part, y);
        add_piece(&lanes, x, y, keep_finite(sums, x, y, part));
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
