/* Sums of values in turn, for metric_sums.c and metric_floats.c alone. */
#ifndef DSI_METRIC_LANES_H
#define DSI_METRIC_LANES_H

#include "cpu_level.h"

#include <stdbool.h>
#include <stddef.h>

enum { DSI_METRIC_LANES = 8 };

/* Value i goes to the sums number i % DSI_METRIC_LANES, so that each waits for itself
 * alone, and to the same whatever adds it. */
struct dsi_metric_lanes {
    double aa[DSI_METRIC_LANES], bb[DSI_METRIC_LANES], ab[DSI_METRIC_LANES],
        dd[DSI_METRIC_LANES];
    double low[DSI_METRIC_LANES], high[DSI_METRIC_LANES]; /* of b, in each piece anew */
};

/* Adds n values of float32, a multiple of the lanes and not 0, that lie anywhere; to
 * the bits that doubles of the same values come to. False: nothing was done, for the
 * processor has no quick way. */
bool dsi_metric_floats_add(struct dsi_metric_lanes *lanes, enum dsi_cpu_level level,
                           const void *a, const void *b, size_t n);

#endif
