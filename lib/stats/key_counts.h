/* Order statistics of values whose every key has been counted: types of 8 and 16 bits.
 * A view, it owns nothing. Any thread. */
#ifndef DSI_KEY_COUNTS_H
#define DSI_KEY_COUNTS_H

#include "beyond_kernels.h"
#include "value_key.h"

struct dsi_key_counts {
    struct dsi_dtype dtype;
    const uint64_t *counts; /* by key, none of them NaN's */
    uint64_t n_keys;
    uint64_t n; /* the sum of counts */
};

/* The key of rank < n, counted from 0. */
uint64_t dsi_key_counts_at(const struct dsi_key_counts *keys, uint64_t rank);

struct dsi_beyond_count dsi_key_counts_beyond(const struct dsi_key_counts *keys,
                                              const struct dsi_beyond_bounds *bounds);

/* Of the distances |x - centre|, in double, the two at rank and rank + 1 (or twice the
 * last). A value equal to the centre has distance 0, also where both are infinite. */
void dsi_key_counts_distances(const struct dsi_key_counts *keys, double centre,
                              uint64_t rank, double distances[2]);

/* |x - centre| as above. */
double dsi_distance(double x, double centre);

#endif
