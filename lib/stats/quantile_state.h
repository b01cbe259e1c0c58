/* The parts of a struct dsi_quantiles, for quantile*.c and their tests alone. */
#ifndef DSI_QUANTILE_STATE_H
#define DSI_QUANTILE_STATE_H

#include "quantile_plan.h"
#include "quantiles.h"

/* Keys found in intervals that are collected, less the first of their interval: of 2, 4
 * or 8 bytes, dsi_key_log_size(plan). */
struct dsi_key_log {
    struct dsi_key_list {
        void *keys;           /* in any order */
        uint64_t n, capacity; /* no more than the interval has */
    } * lists;                /* by the plan's intervals; NULL: nothing was found */
};

/* The different keys of an interval that is counted, until they are too many: how many
 * they are depends on the data alone, and so does what is given up. */
struct dsi_key_count {
    uint64_t key, n;
};

struct dsi_key_tally {
    struct dsi_key_count *keys; /* in any order */
    uint32_t n, capacity, last; /* last: where the last one was found */
    bool is_over;               /* too many: none is kept */
};

struct dsi_quantiles {
    struct dsi_dtype dtype;
    uint64_t n_channels;
    struct dsi_key_form form; /* of the first pass */
    enum dsi_cpu_level level;
    struct dsi_quantile_budget budget;

    struct dsi_quantile_plan *plan; /* NULL in the first pass */

    /* First pass. */
    struct dsi_quantile_want *wants; /* in any order */
    size_t n_wants, wants_capacity;
    struct dsi_key_count *told; /* one a channel; NULL: nothing was told */

    /* Of this pass: by channel in the first, by the plan's rows later. */
    struct dsi_bit_histogram *counts; /* NULL: nothing was counted */
    uint64_t mark;                    /* of all values that were added (value_mark.h) */
    struct dsi_key_log log;
    struct dsi_key_tally *tallies; /* one a row; NULL: nothing was counted */

    uint16_t *bins, *hits; /* room for a tile */
    uint16_t *targets;     /* of neighbouring columns; NULL until they are needed */
    uint64_t **shown;      /* the row that dsi_quantiles_bins gave last */
};

/* Before anything is added: for tests, in place of about 64 MiB each. */
void dsi_quantiles_set_budget(struct dsi_quantiles *quantiles,
                              struct dsi_quantile_budget budget);

/* The pass's own part, emptied. */
void dsi_quantiles_clear_pass(struct dsi_quantiles *quantiles);

/* Histogram and tallies of the pass, made when they are first needed. */
DSI_CHECKED enum dsi_status dsi_quantiles_take_counts(struct dsi_quantiles *quantiles,
                                                      struct dsi_error *err);

/* The wants of the first pass in order, each once. */
void dsi_quantiles_sort_wants(struct dsi_quantile_want *wants, size_t *n);

/* quantile_look.c: adding in a later pass. */
DSI_CHECKED enum dsi_status dsi_quantiles_look(struct dsi_quantiles *quantiles,
                                               const struct dsi_values *values,
                                               struct dsi_error *err);
/* The tally ends up as if each of its keys had been added n times. */
DSI_CHECKED enum dsi_status dsi_key_tally_add(struct dsi_key_tally *tally, uint64_t key,
                                              uint64_t n, uint32_t max,
                                              struct dsi_error *err);
void dsi_key_tally_give_up(struct dsi_key_tally *tally);
/* The keys in order. */
void dsi_key_tally_sort(struct dsi_key_tally *tally);

/* quantile_log.c: what is collected. The pass has a plan. */
size_t dsi_key_log_size(const struct dsi_quantile_plan *plan);
/* A key of the interval, so many times. DSI_ERR_MALFORMED: it does not hold as many. */
DSI_CHECKED enum dsi_status dsi_key_log_add(struct dsi_quantiles *quantiles,
                                            size_t interval, uint64_t key,
                                            uint64_t times, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_key_log_merge(struct dsi_quantiles *into,
                                              const struct dsi_quantiles *from,
                                              struct dsi_error *err);
/* Of one interval; without keys where there are none. */
struct dsi_key_list dsi_key_log_of(const struct dsi_quantiles *quantiles,
                                   size_t interval);
void dsi_key_log_free(struct dsi_quantiles *quantiles);

/* Key i of a list that is not grown. */
static inline uint64_t dsi_key_list_at(const struct dsi_key_list *list, size_t size,
                                       uint64_t i)
{
    return size == 2   ? ((const uint16_t *)list->keys)[i]
           : size == 4 ? ((const uint32_t *)list->keys)[i]
                       : ((const uint64_t *)list->keys)[i];
}

/* quantile_settle.c: the keys of wants whose ranks, in order, are below and up to n - 1
 * more, where a list holds n keys of size bytes less first_key, which differ in their
 * last n_bits bits alone. Reorders the list. */
struct dsi_key_settling {
    uint64_t first_key, below;
    unsigned n_bits;
    struct dsi_quantile_want *wants;
    size_t n_wants;
};
void dsi_key_settle(const struct dsi_key_list *list, size_t size,
                    const struct dsi_key_settling *settling);

#endif
