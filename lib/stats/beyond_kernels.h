/* Values beyond limits: those below the low limit of their channel or above the high
 * one, counted and found.
 *
 * A limit is a double and a value is compared as the double nearest to it, as NumPy
 * compares an array with a float64: exactly, but for integers beyond 2^53. Infinities
 * are beyond whatever the limits are, NaN never is.
 *
 * Counting uses the vector instructions of cpu_level.h; every level gives the same. */
#ifndef DSI_BEYOND_KERNELS_H
#define DSI_BEYOND_KERNELS_H

#include "value_key.h"
#include "values.h"

/* The limits of a channel as keys: a key up to last_low is below, one from first_high
 * on (but NaN's) is above. */
struct dsi_beyond_bounds {
    bool any_low, any_high; /* whether any key is */
    uint64_t last_low, first_high;
};

/* NaN is no limit. */
struct dsi_beyond_bounds dsi_beyond_bounds_of(struct dsi_dtype dtype, double low,
                                              double high);

/* -1 below, 1 above, 0 neither. */
int dsi_beyond_side(struct dsi_dtype dtype, const struct dsi_beyond_bounds *bounds,
                    uint64_t key);

struct dsi_beyond_count {
    uint64_t n_low, n_high;
};

/* The bounds of all channels of one dtype, laid out as values come. One owner, no
 * threads. */
struct dsi_beyond;

/* Copies bounds. NULL when memory is out. */
struct dsi_beyond *dsi_beyond_new(struct dsi_dtype dtype,
                                  const struct dsi_beyond_bounds *bounds,
                                  uint64_t n_channels);
void dsi_beyond_free(struct dsi_beyond *beyond); /* NULL is fine */

/* Adds to counts, one a channel. values are of the dtype and of these channels.
 * DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_beyond_count(struct dsi_beyond *beyond,
                                             const struct dsi_values *values,
                                             struct dsi_beyond_count *counts,
                                             struct dsi_error *err);

/* The same value by value: what the kernels are tested against. */
void dsi_beyond_count_portable(const struct dsi_beyond *beyond,
                               const struct dsi_values *values,
                               struct dsi_beyond_count *counts);

/* The first value beyond at or after place *at, in the order they stand in; places are
 * counted from 0. *at is set to it. false: none. prepare comes first, whenever the
 * values lie otherwise than those before. */
DSI_CHECKED enum dsi_status dsi_beyond_prepare(struct dsi_beyond *beyond,
                                               const struct dsi_values *values,
                                               struct dsi_error *err);
bool dsi_beyond_next(const struct dsi_beyond *beyond, const struct dsi_values *values,
                     uint64_t *at);

#endif
