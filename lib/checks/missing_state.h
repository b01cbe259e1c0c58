/* What the files of the missing check share; for them alone. */
#ifndef DSI_MISSING_STATE_H
#define DSI_MISSING_STATE_H

#include "check.h"
#include "missing.h"

struct dsi_missing_count {
    uint64_t n;
    uint64_t first; /* the smallest sample that has one; UINT64_MAX: n is 0 */
};

/* Of a group. */
struct dsi_missing_group {
    uint64_t n_samples, n_lost; /* read, and not */
    uint64_t n_affected;        /* samples read that lack a value */
    struct dsi_missing_count samples[DSI_N_MISSING_SAMPLES];
    /* Of each channel, NULL before any value came: how many values it has, and the
     * counts of channel c from c x n_kinds on. */
    uint64_t *n_values;
    struct dsi_missing_count *counts;
};

struct dsi_missing_room; /* of missing_values.c */

struct dsi_missing {
    const struct dsi_dataset *dataset;
    const struct dsi_missing_parameters *parameters;
    size_t n_kinds;
    struct dsi_missing_group *groups;
    struct dsi_missing_room *room; /* made when the first values come */
};

/* n more of a kind, the first of them in that sample. */
void dsi_missing_add(struct dsi_missing_count *count, uint64_t n, uint64_t sample);

/* The counts of a group, made where there are none. check_missing.c */
DSI_CHECKED enum dsi_status dsi_missing_take_counts(struct dsi_missing *missing,
                                                    size_t group,
                                                    struct dsi_error *err);

/* missing_values.c: the values of samples [at, at + n) of the block, as the group's. */
DSI_CHECKED enum dsi_status dsi_missing_fold(struct dsi_missing *missing,
                                             const struct dsi_block *block,
                                             const struct dsi_run *run,
                                             struct dsi_error *err);

/* missing_labels.c: the labels of the block. */
DSI_CHECKED enum dsi_status dsi_missing_fold_labels(struct dsi_missing *missing,
                                                    const struct dsi_block *block,
                                                    struct dsi_error *err);

/* missing_report.c */
DSI_CHECKED enum dsi_status dsi_missing_finish(void *state, struct dsi_report *report,
                                               struct dsi_error *err);

#endif
