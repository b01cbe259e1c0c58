#include "scan.h"

#include "memory_gate.h"
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The turns of a part whose blocks must be loaded in order: whoever holds block `next`
 * loads, everyone else waits. Once a block ends the part, blocks taken before that was
 * known have their turn for nothing. */
struct turns {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    uint64_t next;
    bool is_over;
};

struct scan {
    const struct dsi_plan *plan;
    const struct dsi_scan_options *options;
    struct dsi_check_run *runs;
    size_t n_runs;
    struct turns *turns;       /* one a part; NULL when no part is sequential */
    uint64_t first_block, end; /* what is to be folded */
    _Atomic uint64_t next_block, n_done;
    _Atomic bool failed;

    struct dsi_memory_gate gate;

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
    run->dataset = dataset;
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

unsigned dsi_check_runs_need(const struct dsi_check_run *runs, size_t n_runs)
{
    unsigned need = 0;
    for (size_t i = 0; i < n_runs; i++)
        if (!runs[i].is_done)
            need |= runs[i].check->need(runs[i].parameters);
    return need;
}

enum dsi_status dsi_check_runs_plan(struct dsi_check_run *runs, size_t n_runs,
                                    bool *more, struct dsi_error *err)
{
    *more = false;
    for (size_t i = 0; i < n_runs; i++) {
        bool again = false;
        if (runs[i].is_done)
            continue;
        if (runs[i].check->plan)
            DSI_TRY(runs[i].check->plan(runs[i].state, &again, err));
        runs[i].n_passes++;
        runs[i].is_done = !again;
        *more |= again;
    }
    return DSI_OK;
}

static void free_runs(struct dsi_check_run *runs, size_t n_runs)
{
    for (size_t i = 0; i < n_runs; i++)
        dsi_check_run_free(&runs[i]);
    free(runs);
}

/* States of a worker's own, for the same checks as runs, at the same pass. */
static struct dsi_check_run *copy_runs(const struct dsi_check_run *runs, size_t n_runs,
                                       struct dsi_error *err)
{
    struct dsi_check_run *copy = dsi_alloc_zeroed(n_runs, sizeof *copy);
    if (!copy) {
        dsi_fail_memory(err, n_runs * sizeof *copy);
        return NULL;
    }
    for (size_t i = 0; i < n_runs; i++) {
        copy[i] = (struct dsi_check_run){.check = runs[i].check,
                                         .parameters = runs[i].parameters,
                                         .group_of_part = runs[i].group_of_part,
                                         .n_passes = runs[i].n_passes,
                                         .is_done = runs[i].is_done};
        enum dsi_status status = DSI_OK;
        if (!runs[i].is_done)
            status = dsi_check_run_init(&copy[i], runs[i].dataset, err);
        if (status == DSI_OK && !runs[i].is_done && runs[i].n_passes)
            status = runs[i].check->adopt(copy[i].state, runs[i].state, err);
        if (status != DSI_OK) {
            free_runs(copy, i + 1);
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

/* The blocks from next_block to the end of part p are not worth taking. */
static void skip_part(struct scan *scan, size_t p)
{
    uint64_t end = scan->plan->first_block[p + 1];
    end = end < scan->end ? end : scan->end;
    uint64_t next = atomic_load(&scan->next_block);
    while (next < end && !atomic_compare_exchange_weak(&scan->next_block, &next, end))
        continue;
    if (next < end)
        atomic_fetch_add(&scan->n_done, end - next);
}

/* Whether a part that the shard begins in the middle of is over before that: then
 * another shard has found so, and what a reader would say here is no news. */
static enum dsi_status look_before(struct scan *scan, size_t p, uint64_t number,
                                   struct dsi_loader *loader, struct turns *turns,
                                   struct dsi_error *err)
{
    struct dsi_block before;
    if (number != scan->first_block || number == scan->plan->first_block[p])
        return DSI_OK;
    enum dsi_status status =
        dsi_plan_load(scan->plan, number - 1, loader, &before, err);
    turns->is_over = status == DSI_OK && before.ends_part;
    dsi_loader_end_block(loader);
    if (turns->is_over)
        skip_part(scan, p);
    return status;
}

/* Loads the block, or with loader NULL only lets its turn pass. *is_there is false when
 * there is nothing to fold. */
static enum dsi_status load_in_turn(struct scan *scan, uint64_t number,
                                    struct dsi_loader *loader, struct dsi_block *block,
                                    bool *is_there, struct dsi_error *err)
{
    size_t p = sequential_part(scan, number);
    enum dsi_status status = DSI_OK;
    *is_there = loader != NULL;
    if (p == SIZE_MAX)
        return loader ? dsi_plan_load(scan->plan, number, loader, block, err) : DSI_OK;
    struct turns *turns = &scan->turns[p];
    pthread_mutex_lock(&turns->mutex);
    while (turns->next != number)
        pthread_cond_wait(&turns->moved, &turns->mutex);
    if (loader)
        status = look_before(scan, p, number, loader, turns, err);
    *is_there = loader && status == DSI_OK && !turns->is_over;
    if (*is_there) {
        status = dsi_plan_load(scan->plan, number, loader, block, err);
        turns->is_over = status == DSI_OK && block->ends_part;
        if (turns->is_over)
            skip_part(scan, p);
    }
    turns->next++;
    pthread_cond_broadcast(&turns->moved);
    pthread_mutex_unlock(&turns->mutex);
    return status;
}

static bool is_wanted(const struct scan *scan, uint64_t number)
{
    const uint8_t *wanted = scan->options->wanted;
    return !wanted || (wanted[number / 8] >> number % 8 & 1);
}

/* Whether the block is a picture's file that was opened, and decoded for others. */
static bool is_decoded_for_others(const struct dsi_block *block, unsigned need)
{
    return need & DSI_NEED_HEADER && !(need & DSI_NEED_VALUES) && block->file &&
           block->file->format->is_image;
}

/* The block as a check sees it that asks for no more than need: a picture that cannot
 * be decoded is a sample all the same to who counts the folders' files, or looks at
 * headers. */
static struct dsi_block seen_by(const struct dsi_block *block, unsigned need)
{
    struct dsi_block seen = *block;
    const bool opens_files =
        need & (DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES);
    if (is_decoded_for_others(block, need))
        seen.warnings[1] = NULL;
    else if (!need || opens_files || block->labels.kind != DSI_LABELS_CLASS)
        return seen;
    seen.status = DSI_OK;
    seen.n_samples += seen.n_lost;
    seen.n_lost = 0;
    return seen;
}

/* Of a part that was joined, what the check's own part has, which is all it needs. */
static void see_own(struct dsi_block *seen, unsigned need, size_t group)
{
    seen->group = group;
    if (!(need & DSI_NEED_LABELS))
        seen->labels = (struct dsi_labels){0};
    if (need & DSI_NEED_VALUES)
        return;
    seen->values = NULL;
    seen->values_array = NULL;
    seen->unwritten = NULL;
    seen->n_value_rows = 0;
    seen->values_are_one = false;
}

static bool is_sound(const struct dsi_block *block)
{
    return block->status == DSI_OK && (!block->warnings[1] || !block->warnings[1]->n);
}

static enum dsi_status update_run(struct dsi_check_run *run,
                                  const struct dsi_block *block, struct dsi_error *err)
{
    if (run->is_done)
        return DSI_OK;
    if (!run->group_of_part && is_sound(block))
        return run->check->update(run->state, block, err);
    const unsigned need = run->check->need(run->parameters);
    struct dsi_block seen = seen_by(block, need);
    if (run->group_of_part)
        see_own(&seen, need, run->group_of_part[block->part]);
    return seen.group == SIZE_MAX ? DSI_OK : run->check->update(run->state, &seen, err);
}

enum dsi_status dsi_check_runs_update(struct dsi_check_run *runs, size_t n_runs,
                                      const struct dsi_block *block,
                                      struct dsi_error *err)
{
    for (size_t i = 0; i < n_runs; i++)
        DSI_TRY(update_run(&runs[i], block, err));
    return DSI_OK;
}

static enum dsi_status fold_block(struct scan *scan, uint64_t number,
                                  struct dsi_check_run *runs, struct dsi_loader *loader,
                                  struct dsi_error *err)
{
    struct dsi_block block;
    bool is_there;
    if (scan->options->stop && *scan->options->stop) {
        DSI_TRY(load_in_turn(scan, number, NULL, NULL, &is_there, err));
        return dsi_fail(err, DSI_ERR_INTERRUPTED, "interrupted");
    }
    if (!is_wanted(scan, number))
        loader = NULL;
    DSI_TRY(load_in_turn(scan, number, loader, &block, &is_there, err));
    if (!is_there)
        return DSI_OK;
    const struct dsi_scan_options *options = scan->options;
    return options->keep
               ? options->keep(options->keep_context, number, &block, runs, err)
               : dsi_check_runs_update(runs, scan->n_runs, &block, err);
}

static void work(struct scan *scan, struct dsi_check_run *runs, bool tells_progress)
{
    struct dsi_loader loader = {.gate = &scan->gate.loaders,
                                .reads_some = scan->options->wanted != NULL};
    struct dsi_error err;
    bool is_there;
    const uint64_t end = scan->end, n_blocks = end - scan->first_block;
    uint64_t number;
    while ((number = atomic_fetch_add(&scan->next_block, 1)) < end) {
        if (atomic_load(&scan->failed)) {
            /* Taken but not folded, so that nobody waits for a turn that never comes.
             */
            atomic_store(&scan->next_block, end);
            if (!scan->turns ||
                load_in_turn(scan, number, NULL, NULL, &is_there, &err) != DSI_OK)
                break;
            continue;
        }
        if (fold_block(scan, number, runs, &loader, &err) != DSI_OK)
            fail_scan(scan, number, &err);
        dsi_loader_end_block(&loader);
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
        if (!into[i].is_done)
            DSI_TRY(into[i].check->merge(into[i].state, from[i].state, err));
    return DSI_OK;
}

struct workers {
    struct scan *scan;
    struct dsi_check_run *
        *runs; /* one list a worker; the first one's is the caller's */
};

static void work_as(void *context, unsigned number)
{
    const struct workers *workers = context;
    work(workers->scan, workers->runs[number], number == 0);
}

static enum dsi_status run_workers(struct scan *scan, unsigned n_threads,
                                   struct dsi_error *err)
{
    struct workers workers = {
        .scan = scan, .runs = dsi_alloc_zeroed(n_threads, sizeof *workers.runs)};
    if (!workers.runs)
        return dsi_fail_memory(err, n_threads * sizeof *workers.runs);
    enum dsi_status status = DSI_OK;
    workers.runs[0] = scan->runs;
    for (unsigned i = 1; i < n_threads && status == DSI_OK; i++) {
        workers.runs[i] = copy_runs(scan->runs, scan->n_runs, err);
        if (!workers.runs[i])
            status = DSI_ERR_MEMORY;
    }
    if (status == DSI_OK) {
        dsi_workers_run(n_threads, work_as, &workers);
        if (scan->failed) {
            *err = scan->error;
            status = scan->error.status;
        }
    }
    for (unsigned i = 1; i < n_threads; i++) {
        if (status == DSI_OK)
            status = merge_runs(scan->runs, workers.runs[i], scan->n_runs, err);
        if (workers.runs[i])
            free_runs(workers.runs[i], scan->n_runs);
    }
    free(workers.runs);
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
        uint64_t first = scan->plan->first_block[p];
        scan->turns[p].next = first > scan->first_block ? first : scan->first_block;
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

enum dsi_status dsi_scan(const struct dsi_dataset *dataset, struct dsi_check_run *runs,
                         size_t n_runs, const struct dsi_scan_options *options,
                         struct dsi_error *err)
{
    const unsigned need = dsi_check_runs_need(runs, n_runs);
    struct dsi_plan plan;
    DSI_TRY(dsi_plan_make(&plan, dataset, need, err));
    struct scan scan = {.plan = &plan,
                        .options = options,
                        .runs = runs,
                        .n_runs = n_runs,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .failed_block = UINT64_MAX};
    dsi_plan_shard(&plan, options->shard, &scan.first_block, &scan.end);
    scan.next_block = scan.first_block;
    const unsigned n_threads =
        dsi_n_workers(options->n_threads, scan.end - scan.first_block);
    dsi_memory_gate_init(&scan.gate, dataset->options.open.limits.max_bytes, n_threads);
    enum dsi_status status = make_turns(&scan, err);
    if (status == DSI_OK)
        status = run_workers(&scan, n_threads, err);
    free_turns(&scan);
    dsi_memory_gate_destroy(&scan.gate);
    dsi_plan_free(&plan);
    return status;
}
