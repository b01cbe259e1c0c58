/* The parts of a struct dsi_quantiles, for quantile*.c and their tests alone. */
#ifndef DSI_QUANTILE_STATE_H
#define DSI_QUANTILE_STATE_H

#include "quantile_plan.h"
#include "quantiles.h"

/* Keys found in intervals that are collected. */
struct dsi_key_log {
    uint64_t *keys;
    uint32_t *intervals; /* numbers of the plan's */
    uint64_t n, capacity;
};

/* The different keys of an interval that is counted, until they are too many: how many
 * they are depends on the data alone, and so does what is given up. */
struct dsi_key_tally {
    struct dsi_key_count {
        uint64_t key, n;
    } * keys;                   /* in any order */
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
DSI_CHECKED enum dsi_status dsi_key_log_add(struct dsi_key_log *log, uint32_t interval,
                                            uint64_t key, uint64_t max,
                                            struct dsi_error *err);
/* The tally ends up as if each of its keys had been added n times. */
DSI_CHECKED enum dsi_status dsi_key_tally_add(struct dsi_key_tally *tally, uint64_t key,
                                              uint64_t n, uint32_t max,
                                              struct dsi_error *err);
void dsi_key_tally_give_up(struct dsi_key_tally *tally);
/* The keys in order. */
void dsi_key_tally_sort(struct dsi_key_tally *tally);

/* The log's keys interval by interval: those of interval i are keys[at[i]] on, up to
 * at[i + 1]. Both are the caller's to free. */
DSI_CHECKED enum dsi_status dsi_key_log_parted(const struct dsi_quantiles *quantiles,
                                               uint64_t **keys, uint64_t **at,
                                               struct dsi_error *err);

/* quantile_settle.c: the keys of wants whose ranks, in order, are below and up to n - 1
 * more, where the n keys differ in their last n_bits bits alone. Reorders the keys. */
void dsi_key_settle(uint64_t *keys, uint64_t n, uint64_t below, unsigned n_bits,
                    struct dsi_quantile_want *wants, size_t n_wants);

#endif
