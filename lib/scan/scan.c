#include "scan.h"

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The turns of a part whose blocks must be loaded in order: whoever holds block `next`
 * loads, everyone else waits. */
struct turns {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    uint64_t next;
};

struct scan {
    const struct dsi_plan *plan;
    const struct dsi_scan_options *options;
    struct dsi_check_run *runs;
    size_t n_runs;
    struct turns *turns; /* one a part; NULL when no part is sequential */
    _Atomic uint64_t next_block, n_done;
    _Atomic bool failed;

    /* The failure of the earliest block, under the mutex. */
    pthread_mutex_t mutex;
    uint64_t failed_block;
    struct dsi_error error;
};

/* --- states
 * ----------------------------------------------------------------------------- */

enum dsi_status dsi_check_run_init(struct dsi_check_run *run,
                                   const struct dsi_dataset *dataset,
                                   struct dsi_error *err)
{
    run->state = dsi_alloc_zeroed(1, run->check->state_size);
    if (!run->state)
        return dsi_fail_memory(err, run->check->state_size);
    enum dsi_status status =
        run->check->init(run->state, dataset, run->parameters, err);
    if (status != DSI_OK)
        dsi_check_run_free(run);
    return status;
}

void dsi_check_run_free(struct dsi_check_run *run)
{
    if (run->state)
        run->check->destroy(run->state);
    free(run->state);
    run->state = NULL;
}

static void free_runs(struct dsi_check_run *runs, size_t n_runs)
{
    for (size_t i = 0; i < n_runs; i++)
        dsi_check_run_free(&runs[i]);
    free(runs);
}

/* States of a worker's own, for the same checks as runs. */
static struct dsi_check_run *copy_runs(const struct dsi_check_run *runs, size_t n_runs,
                                       const struct dsi_dataset *dataset,
                                       struct dsi_error *err)
{
    struct dsi_check_run *copy = dsi_alloc_zeroed(n_runs, sizeof *copy);
    if (!copy) {
        dsi_fail_memory(err, n_runs * sizeof *copy);
        return NULL;
    }
    for (size_t i = 0; i < n_runs; i++) {
        copy[i] = (struct dsi_check_run){.check = runs[i].check,
                                         .parameters = runs[i].parameters};
        if (dsi_check_run_init(&copy[i], dataset, err) != DSI_OK) {
            free_runs(copy, i);
            return NULL;
        }
    }
    return copy;
}

/* --- one worker
 * ------------------------------------------------------------------------- */

static void fail_scan(struct scan *scan, uint64_t block, const struct dsi_error *reason)
{
    pthread_mutex_lock(&scan->mutex);
    if (block < scan->failed_block) {
        scan->failed_block = block;
        scan->error = *reason;
    }
    pthread_mutex_unlock(&scan->mutex);
    atomic_store(&scan->failed, true);
}

static size_t sequential_part(const struct scan *scan, uint64_t number)
{
    const struct dsi_plan *plan = scan->plan;
    if (!scan->turns)
        return SIZE_MAX;
    size_t p = 0;
    while (plan->first_block[p + 1] <= number)
        p++;
    const struct dsi_part *part = &plan->dataset->parts[p];
    return part->layout->is_sequential(part, plan->need) ? p : SIZE_MAX;
}

/* Loads the block, or with loader NULL only lets its turn pass. */
static enum dsi_status load_in_turn(struct scan *scan, uint64_t number,
                                    struct dsi_loader *loader, struct dsi_block *block,
                                    struct dsi_error *err)
{
    size_t p = sequential_part(scan, number);
    if (p == SIZE_MAX)
        return loader ? dsi_plan_load(scan->plan, number, loader, block, err) : DSI_OK;
    struct turns *turns = &scan->turns[p];
    pthread_mutex_lock(&turns->mutex);
    while (turns->next != number)
        pthread_cond_wait(&turns->moved, &turns->mutex);
    enum dsi_status status =
        loader ? dsi_plan_load(scan->plan, number, loader, block, err) : DSI_OK;
    turns->next++;
    pthread_cond_broadcast(&turns->moved);
    pthread_mutex_unlock(&turns->mutex);
    return status;
}

/* A failure that is about the data is of no use without the file it is about, which
 * only the block still knows. */
static enum dsi_status name_block(const struct dsi_block *block, enum dsi_status status,
                                  const struct dsi_error *reason, struct dsi_error *err)
{
    if (status == DSI_OK)
        return DSI_OK;
    if (block->where && dsi_status_is_data(status))
        return dsi_fail(err, status, "%s: %s", block->where, reason->message);
    *err = *reason;
    return status;
}

static enum dsi_status fold_block(struct scan *scan, uint64_t number,
                                  struct dsi_check_run *runs, struct dsi_loader *loader,
                                  struct dsi_error *err)
{
    struct dsi_block block;
    if (scan->options->stop && *scan->options->stop) {
        DSI_TRY(load_in_turn(scan, number, NULL, NULL, err));
        return dsi_fail(err, DSI_ERR_INTERRUPTED, "interrupted");
    }
    struct dsi_error reason;
    block.where = NULL;
    enum dsi_status status = load_in_turn(scan, number, loader, &block, &reason);
    for (size_t i = 0; i < scan->n_runs && status == DSI_OK; i++)
        status = runs[i].check->update(runs[i].state, &block, &reason);
    return name_block(&block, status, &reason, err);
}

static void work(struct scan *scan, struct dsi_check_run *runs, bool tells_progress)
{
    struct dsi_loader loader = {0};
    struct dsi_error err;
    uint64_t number, n_blocks = scan->plan->n_blocks;
    while ((number = atomic_fetch_add(&scan->next_block, 1)) < n_blocks) {
        if (atomic_load(&scan->failed)) {
            /* Taken but not folded, so that nobody waits for a turn that never comes.
             */
            if (!scan->turns || load_in_turn(scan, number, NULL, NULL, &err) != DSI_OK)
                break;
            continue;
        }
        if (fold_block(scan, number, runs, &loader, &err) != DSI_OK)
            fail_scan(scan, number, &err);
        uint64_t n_done = atomic_fetch_add(&scan->n_done, 1) + 1;
        if (tells_progress && scan->options->progress)
            scan->options->progress(scan->options->progress_context, n_done, n_blocks);
    }
    dsi_loader_free(&loader);
}

/* --- all workers
 * ------------------------------------------------------------------------ */

static enum dsi_status merge_runs(struct dsi_check_run *into,
                                  const struct dsi_check_run *from, size_t n_runs,
                                  struct dsi_error *err)
{
    for (size_t i = 0; i < n_runs; i++)
        DSI_TRY(into[i].check->merge(into[i].state, from[i].state, err));
    return DSI_OK;
}

/* The calling thread folds into the caller's states, every other into its own. */
static void work_in_parallel(struct scan *scan, struct dsi_check_run **runs,
                             int n_threads)
{
#pragma omp parallel num_threads(n_threads)
    {
        int me = omp_get_thread_num();
        work(scan, runs[me], me == 0);
    }
}

static enum dsi_status run_workers(struct scan *scan, int n_threads,
                                   struct dsi_error *err)
{
    struct dsi_check_run **runs = dsi_alloc_zeroed((uint64_t)n_threads, sizeof *runs);
    if (!runs)
        return dsi_fail_memory(err, (uint64_t)n_threads * sizeof *runs);
    enum dsi_status status = DSI_OK;
    runs[0] = scan->runs;
    for (int i = 1; i < n_threads && status == DSI_OK; i++) {
        runs[i] = copy_runs(scan->runs, scan->n_runs, scan->plan->dataset, err);
        if (!runs[i])
            status = DSI_ERR_MEMORY;
    }
    if (status == DSI_OK) {
        if (n_threads == 1)
            work(scan, runs[0], true);
        else
            work_in_parallel(scan, runs, n_threads);
        if (scan->failed) {
            *err = scan->error;
            status = scan->error.status;
        }
    }
    for (int i = 1; i < n_threads; i++) {
        if (status == DSI_OK)
            status = merge_runs(runs[0], runs[i], scan->n_runs, err);
        if (runs[i])
            free_runs(runs[i], scan->n_runs);
    }
    free(runs);
    return status;
}

static enum dsi_status make_turns(struct scan *scan, struct dsi_error *err)
{
    const struct dsi_dataset *dataset = scan->plan->dataset;
    bool any = false;
    for (size_t p = 0; p < dataset->n_parts; p++)
        any |= dataset->parts[p].layout->is_sequential(&dataset->parts[p],
                                                       scan->plan->need);
    if (!any)
        return DSI_OK;
    scan->turns = dsi_alloc_zeroed(dataset->n_parts, sizeof *scan->turns);
    if (!scan->turns)
        return dsi_fail_memory(err, dataset->n_parts * sizeof *scan->turns);
    for (size_t p = 0; p < dataset->n_parts; p++) {
        pthread_mutex_init(&scan->turns[p].mutex, NULL);
        pthread_cond_init(&scan->turns[p].moved, NULL);
        scan->turns[p].next = scan->plan->first_block[p];
    }
    return DSI_OK;
}

static void free_turns(struct scan *scan)
{
    for (size_t p = 0; scan->turns && p < scan->plan->dataset->n_parts; p++) {
        pthread_mutex_destroy(&scan->turns[p].mutex);
        pthread_cond_destroy(&scan->turns[p].moved);
    }
    free(scan->turns);
}

static int n_workers(const struct dsi_plan *plan,
                     const struct dsi_scan_options *options)
{
    enum { MAX_THREADS = 1024 };
    uint64_t n = options->n_threads ? options->n_threads : dsi_n_processors();
    n = n < MAX_THREADS ? n : MAX_THREADS;
    n = n < plan->n_blocks ? n : plan->n_blocks;
    return n ? (int)n : 1;
}

enum dsi_status dsi_scan(const struct dsi_dataset *dataset, struct dsi_check_run *runs,
                         size_t n_runs, const struct dsi_scan_options *options,
                         struct dsi_error *err)
{
    unsigned need = 0;
    for (size_t i = 0; i < n_runs; i++)
        need |= runs[i].check->need(runs[i].parameters);
    struct dsi_plan plan;
    DSI_TRY(dsi_plan_make(&plan, dataset, need, err));
    struct scan scan = {.plan = &plan,
                        .options = options,
                        .runs = runs,
                        .n_runs = n_runs,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .failed_block = UINT64_MAX};
    enum dsi_status status = make_turns(&scan, err);
    if (status == DSI_OK)
        status = run_workers(&scan, n_workers(&plan, options), err);
    free_turns(&scan);
    dsi_plan_free(&plan);
    return status;
}
