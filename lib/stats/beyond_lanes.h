/* The inner loops of beyond_kernels.c: native values against native limits.
 *
 * A value x counts as low where x <= low and as high where x >= high. 2-byte floats
 * come as their bits, and limits for them as those bits made a signed number in the
 * order of the values (-0 is -1). Any thread. */
#ifndef DSI_BEYOND_LANES_H
#define DSI_BEYOND_LANES_H

#include "dtype.h"

enum { DSI_BEYOND_MAX_ROWS = 32767 }; /* of a call: sums are as wide as values */

struct dsi_beyond_lanes {
    /* n_rows rows of width values, each column with limits of its own. Adds to sums: as
     * many low ones as there are, column by column, then as many high ones, integers of
     * the size of a value. */
    void (*rows)(const void *values, uint64_t n_rows, uint64_t width, const void *lows,
                 const void *highs, void *sums);
    /* n values with one pair of limits. Adds to counts: low, high. */
    void (*run)(const void *values, uint64_t n, const void *low, const void *high,
                uint64_t counts[2]);
};

/* NULL for types of one byte, which have histograms. The machine's best. */
const struct dsi_beyond_lanes *dsi_beyond_lanes_of(struct dsi_dtype dtype);

#endif
