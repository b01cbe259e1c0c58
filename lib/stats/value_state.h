/* What the parts of value_stats share; for them alone. */
#ifndef DSI_VALUE_STATE_H
#define DSI_VALUE_STATE_H

#include "value_stats.h"

enum { DSI_BYTE_BINS = 256 };

struct dsi_value_room; /* of value_fold.c */
struct dsi_float_room; /* of value_floats.c */

struct dsi_value_stats {
    struct dsi_dtype dtype;
    uint64_t n_channels;
    struct dsi_channel_stats *channels;
    uint64_t (*bins)[DSI_BYTE_BINS]; /* types of 8 bits: counts by key */
    struct dsi_exact_sum *sums;      /* all other types */
    uint64_t *words;                 /* of all sums, one after the other */
    struct dsi_value_room *room;     /* made when the first values come */
    struct dsi_float_room *float_room;
};

/* Takes over extremes and the samples that have them: some values of a channel, seen
 * before or after the others. */
void dsi_see_min(struct dsi_channel_stats *channel, uint64_t key, uint64_t sample);
void dsi_see_max(struct dsi_channel_stats *channel, uint64_t key, uint64_t sample);

/* Sums over lanes: of values, `sum` and what it lacks, and of the second and third
 * powers of their differences to a pivot. */
struct dsi_lane_sums {
    const double *sum, *rest, *square, *cube;
    size_t n; /* lanes */
};

/* The cell of n values and n_padding times the pivot. */
struct dsi_cell dsi_cell_of_lanes(const struct dsi_lane_sums *lanes, double pivot,
                                  uint64_t n, uint64_t n_padding);

/* The values of a view that stand for one each: of types of 2, 4 and 8 bytes but
 * float32, of that, and of types of one byte. */
DSI_CHECKED enum dsi_status dsi_value_fold(struct dsi_value_stats *stats,
                                           const struct dsi_values *view,
                                           struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_value_fold_floats(struct dsi_value_stats *stats,
                                                  const struct dsi_values *view,
                                                  struct dsi_error *err);
void dsi_value_fold_bytes(struct dsi_value_stats *stats, const struct dsi_values *view);

#endif
