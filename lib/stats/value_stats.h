/* What one look at values tells of each channel: how many, which are not finite, zeros,
 * extremes with the first sample that has them, and exact sums.
 *
 * A commutative monoid: add and merge in any order and grouping give the same, as long
 * as each call of add is given one of the blocks the data is cut into. One owner, no
 * threads. */
#ifndef DSI_VALUE_STATS_H
#define DSI_VALUE_STATS_H

#include "exact_sum.h"
#include "value_key.h"
#include "values.h"

/* Of one channel. Keys and samples of extremes mean nothing while n == n_nan. */
struct dsi_channel_stats {
    uint64_t n;     /* values that were not skipped, NaN included */
    uint64_t n_nan; /* floats only, as the next two */
    uint64_t n_pos_inf, n_neg_inf;
    uint64_t n_zero;           /* 0 and -0 */
    uint64_t min_key, max_key; /* of all but NaN; infinities count */
    uint64_t argmin, argmax;   /* the smallest sample that has it */
};

struct dsi_value_stats;

/* NULL when memory is out. Memory: about 370 bytes a channel for types of up to 32
 * bits, 1.7 KB for 64 bits, 2.2 KB for 8 bits (a histogram); and 60 KB for all when the
 * first values come. */
struct dsi_value_stats *dsi_value_stats_new(struct dsi_dtype dtype,
                                            uint64_t n_channels);
void dsi_value_stats_free(struct dsi_value_stats *stats); /* NULL is fine */

/* values->dtype is that of the stats; its channels are below n_channels. */
DSI_CHECKED enum dsi_status dsi_value_stats_add(struct dsi_value_stats *stats,
                                                const struct dsi_values *values,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_value_stats_merge(struct dsi_value_stats *into,
                                                  const struct dsi_value_stats *from,
                                                  struct dsi_error *err);

/* Equal stats save equal bytes. load fills fresh stats of the same shape and trusts
 * nothing it reads. */
DSI_CHECKED enum dsi_status dsi_value_stats_save(const struct dsi_value_stats *stats,
                                                 struct dsi_bytes *out,
                                                 struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_value_stats_load(struct dsi_value_stats *stats,
                                                 struct dsi_bytes_reader *in,
                                                 struct dsi_error *err);

const struct dsi_channel_stats *dsi_value_stats_at(const struct dsi_value_stats *stats,
                                                   uint64_t channel);

/* Mean, standard deviation and skewness of the channel's finite values. */
struct dsi_moments dsi_value_stats_moments(const struct dsi_value_stats *stats,
                                           uint64_t channel);

/* Adds a channel of `from` to a channel of `into`, which has the same dtype: all
 * channels as one, grey as red. */
void dsi_value_stats_pool(struct dsi_value_stats *into, uint64_t channel,
                          const struct dsi_value_stats *from, uint64_t from_channel);

/* For types of 8 bits alone: the 256 counts by key; NULL for the others. */
const uint64_t *dsi_value_stats_bins(const struct dsi_value_stats *stats,
                                     uint64_t channel);

#endif
