/* The scan: every block of a dataset, folded into the states of one or more checks.
 *
 * The plan (which blocks there are, in which order) comes from the dataset and what the
 * checks need, never from threads. Workers take blocks as they are free, each with a
 * loader and states of its own; at the end the states are merged. Several checks ride
 * one scan: each byte is read and decoded once. */
#ifndef DSI_SCAN_H
#define DSI_SCAN_H

#include "check.h"

/* One of n equal parts of a plan's blocks, counted from 0. n 0: all of the plan. */
struct dsi_shard {
    uint64_t index, n;
};

struct dsi_check_run;
struct dsi_scan_options {
    unsigned n_threads;     /* 0: all that affinity and cgroup allow */
    struct dsi_shard shard; /* fold these blocks alone */
    /* Fold of them those alone whose bit is set (bit b % 8 of byte b / 8); NULL: all.
     */
    const uint8_t *wanted;
    /* Takes each block that is folded in place of the runs of the worker that has it,
     * into which it folds what it likes; by several threads at once; NULL. */
    enum dsi_status (*keep)(void *context, uint64_t number,
                            const struct dsi_block *block, struct dsi_check_run *runs,
                            struct dsi_error *err);
    void *keep_context;
    const volatile sig_atomic_t
        *stop; /* ends the scan with DSI_ERR_INTERRUPTED; NULL */
    /* Called by one worker now and then, and once at the end; NULL. */
    void (*progress)(void *context, uint64_t n_done, uint64_t n_blocks);
    void *progress_context;
};

/* A check on its way through a scan. */
struct dsi_check_run {
    const struct dsi_check *check;
    const void *parameters;
    /* Where datasets are scanned that were joined (joined.h): the groups of its own.
     * NULL: what is scanned is the dataset that it was initialised for. Borrowed. */
    const size_t *group_of_part;
    const struct dsi_dataset *dataset; /* borrowed; dsi_check_run_init sets it */
    void *state;       /* dsi_check_run_init makes it, dsi_check_run_free ends it */
    unsigned n_passes; /* that are over */
    bool is_done;      /* has seen all it wants to: scans pass it over */
};

DSI_CHECKED enum dsi_status dsi_check_run_init(struct dsi_check_run *run,
                                               const struct dsi_dataset *dataset,
                                               struct dsi_error *err);
void dsi_check_run_free(struct dsi_check_run *run);

/* Folds a block into those that are not done. */
DSI_CHECKED enum dsi_status dsi_check_runs_update(struct dsi_check_run *runs,
                                                  size_t n_runs,
                                                  const struct dsi_block *block,
                                                  struct dsi_error *err);

/* After a scan: plans the next pass of the checks that want one (is_done tells which
 * do not); *more when there are any. */
DSI_CHECKED enum dsi_status dsi_check_runs_plan(struct dsi_check_run *runs,
                                                size_t n_runs, bool *more,
                                                struct dsi_error *err);

/* DSI_NEED_*: all that the checks of runs that are not done need to see. */
unsigned dsi_check_runs_need(const struct dsi_check_run *runs, size_t n_runs);

/* One pass: folds all blocks into the states of the runs that are not done, which must
 * be initialised. The union of the checks' needs is loaded; it must lie within what the
 * dataset was opened for. */
DSI_CHECKED enum dsi_status dsi_scan(const struct dsi_dataset *dataset,
                                     struct dsi_check_run *runs, size_t n_runs,
                                     const struct dsi_scan_options *options,
                                     struct dsi_error *err);

/* The plan itself, for tests that fold blocks in an order of their own. */
struct dsi_plan {
    const struct dsi_dataset *dataset;
    unsigned need;
    uint64_t *first_block; /* n_parts + 1 */
    uint64_t n_blocks;
};

DSI_CHECKED enum dsi_status dsi_plan_make(struct dsi_plan *plan,
                                          const struct dsi_dataset *dataset,
                                          unsigned need, struct dsi_error *err);
void dsi_plan_free(struct dsi_plan *plan);

/* The block that a sample of the group is in, where the plan is of values or of files;
 * UINT64_MAX: none. */
uint64_t dsi_plan_block_of(const struct dsi_plan *plan, size_t group, uint64_t sample);

/* The blocks [*first, *end) of a shard: a run of blocks, which no other shard of the
 * same number of shards has. Empty where there are more shards than blocks. */
void dsi_plan_shard(const struct dsi_plan *plan, struct dsi_shard shard,
                    uint64_t *first, uint64_t *end);

/* Loads block `number` of the plan. The block lives until the loader's next use. */
DSI_CHECKED enum dsi_status dsi_plan_load(const struct dsi_plan *plan, uint64_t number,
                                          struct dsi_loader *loader,
                                          struct dsi_block *block,
                                          struct dsi_error *err);

/* Processors this process may use: affinity, bounded by a cgroup's CPU quota. At
 * least 1. */
unsigned dsi_n_processors(void);

#endif
