/* What has been decided between two passes of exact order statistics: the ranks that
 * were asked for, and the intervals of keys that still hide some of them.
 *
 * A plan does not change once it is made, so that all workers of a pass share one. */
#ifndef DSI_QUANTILE_PLAN_H
#define DSI_QUANTILE_PLAN_H

#include "bit_histogram.h"

#include <stdatomic.h>

struct dsi_quantile_want {
    uint64_t rank, key;
    uint32_t channel;
    bool is_known; /* the key is */
};

/* Keys of a channel that share their leading bits. */
struct dsi_quantile_interval {
    uint64_t first_key;
    uint64_t below, n; /* values of the channel before it and in it */
    uint32_t channel;
    uint32_t row; /* of the histogram it is counted in; or DSI_QUANTILE_COLLECTED */
};

enum { DSI_QUANTILE_MAX_TALLY = 32, DSI_QUANTILE_MAX_TARGETS = 18 };
#define DSI_QUANTILE_COLLECTED UINT32_MAX
enum { DSI_QUANTILE_NO_SLOT = 0, DSI_QUANTILE_MANY = 255 }; /* slots count from 1 */

/* Of all intervals of a pass together: values that are collected, counters. */
struct dsi_quantile_budget {
    uint64_t n_values, n_counters;
};

/* What the first pass saw. */
struct dsi_quantile_ground {
    atomic_size_t n_owners;
    struct dsi_bit_histogram *histogram;
    uint64_t *n;   /* values by channel */
    uint64_t mark; /* of all of them: what later passes must see again */
};

struct dsi_quantile_plan {
    atomic_size_t n_owners;
    struct dsi_quantile_ground *ground;
    unsigned key_bits;
    struct dsi_quantile_want *wants; /* by channel and rank, no two the same */
    size_t n_wants, wants_capacity;

    /* Of the pass, by channel and key. No intervals: all wants are known. */
    struct dsi_quantile_interval *intervals;
    size_t n_intervals, intervals_capacity;
    unsigned depth;           /* leading bits that the keys of an interval share */
    unsigned count_bits;      /* those after them, that a row counts */
    uint32_t n_rows, n_tally; /* n_tally: different keys a row keeps apart */
    uint64_t n_collected;     /* values in all intervals that are collected */
    size_t *at;               /* channel c has intervals at[c] to at[c + 1] */
    /* For each channel and bin of the first pass: DSI_QUANTILE_NO_SLOT; or i, where all
     * of the bin is interval at[channel] + i - 1; or DSI_QUANTILE_MANY. */
    uint8_t *slots;
    size_t slots_stride;
    /* The bins that have a slot again, [n_targets][channel], at most
     * DSI_QUANTILE_MAX_TARGETS a channel, in order; filled up with the first of them,
     * or any bin where the channel has none. NULL: a channel has more. */
    uint16_t *targets;
    size_t n_targets;
};

/* Takes the histogram, even when it fails. NULL when memory is out; DSI_ERR_LIMIT. */
DSI_CHECKED enum dsi_status dsi_quantile_plan_new(struct dsi_bit_histogram *histogram,
                                                  uint64_t mark, unsigned key_bits,
                                                  struct dsi_quantile_plan **plan,
                                                  struct dsi_error *err);
/* One that follows on plan: what the first pass saw is theirs together. */
struct dsi_quantile_plan *dsi_quantile_plan_after(const struct dsi_quantile_plan *plan);

/* Plans are freed with their last owner. Any thread. */
struct dsi_quantile_plan *dsi_quantile_plan_share(struct dsi_quantile_plan *plan);
void dsi_quantile_plan_free(struct dsi_quantile_plan *plan); /* NULL is fine */

DSI_CHECKED enum dsi_status dsi_quantile_plan_want(struct dsi_quantile_plan *plan,
                                                   struct dsi_quantile_want want,
                                                   struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_quantile_plan_add(struct dsi_quantile_plan *plan,
                                                  struct dsi_quantile_interval interval,
                                                  struct dsi_error *err);

/* Once intervals, wants and depth are there: decides how each interval is looked
 * into. */
DSI_CHECKED enum dsi_status dsi_quantile_plan_finish(struct dsi_quantile_plan *plan,
                                                     struct dsi_quantile_budget budget,
                                                     struct dsi_error *err);

/* The interval a key of the channel is in; NULL: none. */
const struct dsi_quantile_interval *
dsi_quantile_plan_find(const struct dsi_quantile_plan *plan, uint64_t channel,
                       uint64_t key);

/* The wants of a channel from rank on: the first of them, n_wants when there is none
 * after. */
size_t dsi_quantile_plan_wants_from(const struct dsi_quantile_plan *plan,
                                    uint64_t channel, uint64_t rank);

bool dsi_quantile_plan_equal(const struct dsi_quantile_plan *a,
                             const struct dsi_quantile_plan *b);

/* Whether intervals are whole bins of the first pass. */
static inline bool dsi_quantile_plan_is_whole(const struct dsi_quantile_plan *plan)
{
    return plan->depth == plan->ground->histogram->n_bits;
}

/* Keys of an interval below its leading bits, as a shift. */
static inline unsigned dsi_quantile_plan_rest(const struct dsi_quantile_plan *plan)
{
    return plan->key_bits - plan->depth;
}

#endif
