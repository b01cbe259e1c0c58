/* Measures of how far two arrays are apart as a whole. */
#ifndef DSI_METRICS_H
#define DSI_METRICS_H

#include "cpu_level.h"
#include "dtype.h"

/* Sums over the values that are finite on both sides. A block's are fixed numbers, and
 * blocks are added up in their order, so that all of it is. Zero to begin with. */
struct dsi_metric_sums {
    double aa, bb, ab, dd; /* of a a, b b, a b, (a - b)^2, in doubles */
    double low, high;      /* smallest and largest b */
    uint64_t n;
};

/* n values of each side as dsi_close_run has them, of real types (not complex). */
void dsi_metric_sums_of(struct dsi_metric_sums *sums, enum dsi_cpu_level level,
                        struct dsi_dtype type_a, const void *a, unsigned stride_a,
                        struct dsi_dtype type_b, const void *b, unsigned stride_b,
                        uint64_t n);

/* NaN is what is not defined: of no values, or of nothing but zeros. */
struct dsi_metrics {
    double cosine; /* sum a b / sqrt(sum a a sum b b) */
    double rmse;   /* sqrt(sum (a - b)^2 / n) */
    /* 20 log10(peak / rmse) in decibels; the peak is 255 or 65535 for unsigned types of
     * 8 and 16 bits, else the range of b. Infinite where there is no difference. */
    double psnr;
    double
        relative; /* sqrt(sum (a - b)^2 / sum b b), the relative Euclidean distance */
};

struct dsi_metrics dsi_metrics_of(const struct dsi_metric_sums *blocks, uint64_t n,
                                  struct dsi_dtype type_b);

#endif
