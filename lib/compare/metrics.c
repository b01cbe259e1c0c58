#include "metrics.h"

#include <math.h>

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

/* Sums are rounded, and may come to a little more than 1; what is the same is 1. */
static double cosine_of(const struct dsi_metric_sums *sums)
{
    if (sums->dd == 0)
        return 1;
    return fmax(-1, fmin(1, sums->ab / (sqrt(sums->aa) * sqrt(sums->bb))));
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
        m.cosine = cosine_of(&sums);
    if (sums.bb > 0)
        m.relative = sqrt(sums.dd / sums.bb);
    return m;
}
