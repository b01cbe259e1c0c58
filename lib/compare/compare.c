#include "compare.h"

#include "compared.h"
#include "explain.h"
#include "workers.h"
#include "worst.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pair of more than so many blocks is shared. */
enum { BLOCKS_ALONE = 8 };

struct comparing {
    struct dsi_compared *compared;
    const struct dsi_pairs *pairs;
    const struct dsi_compare_options *options;
    struct dsi_open_options open;
    enum dsi_cpu_level level;
    unsigned n_threads;
    _Atomic size_t next, n_done;
    bool *is_large; /* left for all workers together; one a pair */
    _Atomic bool has_failed;
    pthread_mutex_t mutex;
    struct dsi_error error; /* under the mutex */
    /* Files that nobody has open just now, for who needs them next; under the mutex. To
     * start what reads HDF5 takes longer than to read some 100 MB. */
    struct dsi_opened parked_a, parked_b;
};

/* Want of memory, or a request to stop. */
static void fail(struct comparing *c, const struct dsi_error *err)
{
    pthread_mutex_lock(&c->mutex);
    if (!atomic_exchange(&c->has_failed, true))
        c->error = *err;
    pthread_mutex_unlock(&c->mutex);
}

static bool is_over(struct comparing *c)
{
    struct dsi_error err;
    if (c->options->stop && *c->options->stop) {
        dsi_fail(&err, DSI_ERR_INTERRUPTED, "interrupted");
        fail(c, &err);
    }
    return atomic_load(&c->has_failed);
}

/* --- what is compared with what --------------------------------------------------- */

/* Byte order is how it is stored, and no other type. */
static bool same_dtype(struct dsi_dtype a, struct dsi_dtype b)
{
    return a.kind == b.kind && a.size == b.size && strcmp(a.unit, b.unit) == 0;
}

static enum dsi_status keep_shape(struct dsi_compared *compared,
                                  const struct dsi_array *array, struct dsi_error *err)
{
    const size_t n = (size_t)array->n_dims * sizeof *compared->shape;
    compared->n_dims = array->n_dims;
    compared->shape = dsi_alloc_array(n + 1, 1);
    if (!compared->shape)
        return dsi_fail_memory(err, n);
    memcpy(compared->shape, array->shape, n);
    return DSI_OK;
}

/* *is_ready: there are values to compare. */
static enum dsi_status prepare(struct comparing *c, size_t i,
                               struct dsi_opened_pair *pair, bool *is_ready,
                               struct dsi_error *err)
{
    struct dsi_compared *compared = &c->compared[i];
    const struct dsi_array *a = dsi_opened_array(&pair->a);
    const struct dsi_array *b = dsi_opened_array(&pair->b);
    struct dsi_close_rule rule =
        dsi_pair_rule_close(c->pairs->pairs[i].rule, &c->options->rule);
    struct dsi_error reason;
    *is_ready = false;
    dsi_close_rule_by_types(&rule, a->dtype, b->dtype);
    compared->a = a->dtype;
    compared->b = b->dtype;
    if (!dsi_pair_fits(pair))
        return dsi_compared_differ_in_shape(compared, a, b, err);
    dsi_pair_set_rows(pair);
    DSI_TRY(keep_shape(compared, pair->stride_a ? a : b, err));
    const bool same = same_dtype(a->dtype, b->dtype);
    const enum dsi_status status =
        dsi_close_init(&pair->close, a->dtype, b->dtype, &rule, true,
                       a->n_dims == 0 && b->n_dims == 0, c->level, &reason);
    pair->are_texts = status != DSI_OK;
    pair->tolerances = c->options->tolerances;
    pair->counts_gaps = c->options->metrics;
    compared->are_numbers = status == DSI_OK;
    if (!same && (pair->are_texts || !c->options->any_dtype))
        DSI_TRY(dsi_compared_differ_in_dtype(compared, err));
    *is_ready = same || !pair->are_texts;
    if (same && a->dtype.size == 0) { /* values of no bytes are all the same */
        compared->closeness.n = pair->n;
        *is_ready = false;
    }
    return DSI_OK;
}

/* --- comparing -------------------------------------------------------------------- */

struct worker {
    struct dsi_opened_pair pair; /* stays open for the next */
    struct dsi_pair_room room;
};

/* A file is parked where none is, and else closed. */
static void park(struct comparing *c, struct dsi_opened *parked,
                 struct dsi_opened *opened)
{
    pthread_mutex_lock(&c->mutex);
    if (!parked->path) {
        *parked = *opened;
        *opened = (struct dsi_opened){0};
    }
    pthread_mutex_unlock(&c->mutex);
    dsi_opened_close(opened);
}

/* Takes the file out that the array is in, unless it is open already. */
static void unpark(struct comparing *c, struct dsi_opened *parked,
                   struct dsi_opened *opened, const struct dsi_side_array *array)
{
    if (opened->path && strcmp(opened->path, array->path) == 0)
        return;
    pthread_mutex_lock(&c->mutex);
    if (parked->path && strcmp(parked->path, array->path) == 0) {
        const struct dsi_opened other = *opened;
        *opened = *parked;
        *parked = other;
    }
    pthread_mutex_unlock(&c->mutex);
}

static void end_worker(struct comparing *c, struct worker *worker)
{
    park(c, &c->parked_a, &worker->pair.a);
    park(c, &c->parked_b, &worker->pair.b);
    dsi_rows_free(&worker->room.a);
    dsi_rows_free(&worker->room.b);
}

/* Bad data is told of the pair; the rest ends everything. */
static enum dsi_status settle(struct dsi_compared *compared, enum dsi_status status,
                              const struct dsi_error *reason, struct dsi_error *err)
{
    if (status == DSI_OK)
        return DSI_OK;
    if (status == DSI_ERR_MEMORY || status == DSI_ERR_INTERRUPTED) {
        *err = *reason;
        return status;
    }
    return dsi_compared_tell(compared, DSI_COMPARED_ERROR, reason->message, err);
}

static enum dsi_status open_side(struct comparing *c, struct dsi_opened *opened,
                                 const struct dsi_side_array *array, const char *name,
                                 struct dsi_error *err)
{
    struct dsi_error reason;
    const enum dsi_status status = dsi_opened_open(opened, array, &c->open, &reason);
    return status == DSI_OK ? DSI_OK
                            : dsi_fail(err, status, "%s (%s): %s", name, array->path,
                                       reason.message);
}

/* Opens both, and finds out what there is to compare. */
static enum dsi_status begin(struct comparing *c, size_t i,
                             struct dsi_opened_pair *pair, bool *is_ready,
                             struct dsi_error *err)
{
    const struct dsi_pair *named = &c->pairs->pairs[i];
    struct dsi_compared *compared = &c->compared[i];
    struct dsi_error reason;
    *is_ready = false;
    dsi_closeness_init(&compared->closeness);
    if (!named->a || !named->b) {
        compared->status = named->a ? DSI_COMPARED_ONLY_A : DSI_COMPARED_ONLY_B;
        return DSI_OK;
    }
    unpark(c, &c->parked_a, &pair->a, named->a);
    unpark(c, &c->parked_b, &pair->b, named->b);
    enum dsi_status status = open_side(c, &pair->a, named->a, "A", &reason);
    if (status == DSI_OK)
        status = open_side(c, &pair->b, named->b, "B", &reason);
    if (status != DSI_OK)
        return settle(compared, status, &reason, err);
    return prepare(c, i, pair, is_ready, err);
}

static uint64_t n_blocks(const struct dsi_opened_pair *pair)
{
    return pair->n_rows / pair->rows_at_once + (pair->n_rows % pair->rows_at_once != 0);
}

static enum dsi_status take_sums(const struct comparing *c,
                                 struct dsi_opened_pair *pair, struct dsi_error *err)
{
    const uint64_t n = n_blocks(pair);
    pair->sums = NULL;
    if (!c->options->metrics || pair->are_texts || pair->close.is_complex)
        return DSI_OK;
    pair->sums = dsi_alloc_zeroed(n + 1, sizeof *pair->sums);
    return pair->sums ? DSI_OK : dsi_fail_memory(err, n * sizeof *pair->sums);
}

static void end_sums(struct dsi_opened_pair *pair, struct dsi_compared *compared)
{
    const double none = (double)NAN;
    compared->metrics = (struct dsi_metrics){none, none, none, none};
    if (pair->sums)
        compared->metrics = dsi_metrics_of(pair->sums, n_blocks(pair), compared->b);
    free(pair->sums);
    pair->sums = NULL;
}

/* Of values that differ, some may. */
static enum dsi_status judge_share(struct comparing *c, size_t i, struct dsi_error *err)
{
    struct dsi_compared *compared = &c->compared[i];
    const struct dsi_closeness *closeness = &compared->closeness;
    const double max_share =
        dsi_pair_rule_max_share(c->pairs->pairs[i].rule, c->options->max_share);
    char number[DSI_NUMBER_SIZE], text[DSI_NUMBER_SIZE + 32];
    if ((double)closeness->n_diff / (double)closeness->n > max_share) {
        compared->status = DSI_COMPARED_DIFFERS;
        return DSI_OK;
    }
    dsi_format_double(max_share, number);
    snprintf(text, sizeof text, "within max-share %s", number);
    return dsi_compared_tell(compared, DSI_COMPARED_SAME, text, err);
}

/* What differs is NaN on both sides. As many differ as are NaN in A, and in B: so these
 * are the same places, and there are no others. */
static enum dsi_status tell_of_nan(const struct dsi_opened_pair *pair,
                                   struct dsi_compared *compared, struct dsi_error *err)
{
    const struct dsi_closeness *c = &compared->closeness;
    char text[2 * DSI_DTYPE_NAME_SIZE + 128];
    if (pair->are_texts || pair->close.rule.equal_nan || c->n_diff == 0 ||
        c->n_diff != c->n_nan_a || c->n_diff != c->n_nan_b)
        return DSI_OK;
    compared->differs_in_nan = true;
    snprintf(text, sizeof text,
             "%s%sNaN on both sides at the same places; --equal-nan lets them agree",
             compared->detail ? compared->detail : "", compared->detail ? "; " : "");
    return dsi_compared_tell(compared, compared->status, text, err);
}

static enum dsi_status finish(struct comparing *c, size_t i,
                              const struct worker *worker, struct dsi_pair_state *state,
                              enum dsi_status status, const struct dsi_error *reason,
                              struct dsi_error *err)
{
    struct dsi_compared *compared = &c->compared[i];
    dsi_pair_state_repeat(state, worker->pair.n_alike);
    compared->closeness = state->closeness;
    compared->first = state->first;
    compared->worst = state->worst;
    compared->needed = state->needed;
    if (c->options->metrics && compared->are_numbers)
        DSI_TRY(dsi_compared_keep_gaps(compared, &state->gaps, err));
    if (compared->status == DSI_COMPARED_SAME && state->closeness.n_diff)
        DSI_TRY(judge_share(c, i, err));
    if (compared->status != DSI_COMPARED_SAME)
        DSI_TRY(tell_of_nan(&worker->pair, compared, err));
    return settle(compared, status, reason, err);
}

static bool is_sequential(const struct dsi_opened_pair *pair)
{
    return dsi_opened_array(&pair->a)->sequential ||
           dsi_opened_array(&pair->b)->sequential;
}

/* Looks for them in another pass, which few pairs should need. */
static enum dsi_status find_worst(struct comparing *c, size_t i, struct worker *worker,
                                  struct dsi_error *err)
{
    struct dsi_opened_pair *pair = &worker->pair;
    struct dsi_compared *compared = &c->compared[i];
    struct dsi_error reason;
    enum dsi_status status = DSI_OK;
    if (c->options->n_worst == 0 || compared->closeness.n_diff == 0 ||
        compared->status == DSI_COMPARED_ERROR)
        return DSI_OK;
    if (is_sequential(pair)) { /* to be read from the start */
        dsi_opened_close(&pair->a);
        dsi_opened_close(&pair->b);
        status = open_side(c, &pair->a, c->pairs->pairs[i].a, "A", &reason);
        if (status == DSI_OK)
            status = open_side(c, &pair->b, c->pairs->pairs[i].b, "B", &reason);
    }
    compared->farthest.max = c->options->n_worst;
    if (pair->n_alike > 1) /* and none of the later rows are farther apart */
        pair->n_rows =
            pair->n_alike < c->options->n_worst ? pair->n_alike : c->options->n_worst;
    if (status == DSI_OK)
        status = dsi_worst_find(pair, &worker->room, c->options->stop,
                                &compared->farthest, &reason);
    return settle(compared, status, &reason, err);
}

static enum dsi_status compare_block(struct dsi_opened_pair *pair, uint64_t number,
                                     struct dsi_pair_room *room,
                                     struct dsi_pair_state *state,
                                     struct dsi_error *err)
{
    const uint64_t first = number * pair->rows_at_once, left = pair->n_rows - first;
    return dsi_pair_compare(pair, first,
                            left < pair->rows_at_once ? left : pair->rows_at_once, room,
                            state, err);
}

static enum dsi_status compare_alone(struct comparing *c, size_t i,
                                     struct worker *worker, struct dsi_error *err)
{
    struct dsi_opened_pair *pair = &worker->pair;
    struct dsi_pair_state state;
    struct dsi_error reason;
    bool is_ready;
    DSI_TRY(begin(c, i, pair, &is_ready, err));
    if (!is_ready)
        return DSI_OK;
    const uint64_t n = n_blocks(pair);
    if (n > BLOCKS_ALONE && c->n_threads > 1 && !is_sequential(pair)) {
        c->is_large[i] = true;
        return DSI_OK;
    }
    DSI_TRY(take_sums(c, pair, err));
    enum dsi_status status = DSI_OK;
    dsi_pair_state_init(&state, pair->counts_gaps);
    for (uint64_t k = 0; k < n && !is_over(c); k++) {
        struct dsi_error now;
        const enum dsi_status one = compare_block(pair, k, &worker->room, &state, &now);
        if (one != DSI_OK && status == DSI_OK) {
            status = one;
            reason = now;
        }
        if (one == DSI_ERR_MEMORY || (one != DSI_OK && is_sequential(pair)))
            break; /* else what follows counts, as where workers share the blocks */
    }
    end_sums(pair, &c->compared[i]);
    DSI_TRY(finish(c, i, worker, &state, status, &reason, err));
    return find_worst(c, i, worker, err);
}

static void tell(struct comparing *c, bool tells)
{
    const size_t n_done = atomic_fetch_add(&c->n_done, 1) + 1;
    if (tells && c->options->progress)
        c->options->progress(c->options->progress_context, n_done, c->pairs->n);
}

static void work_on_pairs(void *context, unsigned number)
{
    struct comparing *c = context;
    struct worker worker = {0};
    struct dsi_error err;
    size_t i;
    while ((i = atomic_fetch_add(&c->next, 1)) < c->pairs->n && !is_over(c)) {
        if (compare_alone(c, i, &worker, &err) != DSI_OK)
            fail(c, &err);
        if (!c->is_large[i])
            tell(c, number == 0);
    }
    end_worker(c, &worker);
}

/* --- large ones ------------------------------------------------------------------- */

struct shared {
    struct comparing *c;
    struct dsi_opened_pair *pair;
    _Atomic uint64_t next;
    uint64_t n;
    pthread_mutex_t mutex; /* of the rest */
    struct dsi_pair_state state;
    uint64_t failed; /* the first block that did */
    enum dsi_status status;
    struct dsi_error reason;
};

static void work_on_blocks(void *context, unsigned number)
{
    struct shared *shared = context;
    struct dsi_pair_room room = {0};
    struct dsi_pair_state state;
    struct dsi_error reason;
    uint64_t k;
    (void)number;
    dsi_pair_state_init(&state, shared->pair->counts_gaps);
    while ((k = atomic_fetch_add(&shared->next, 1)) < shared->n &&
           !is_over(shared->c)) {
        const enum dsi_status status =
            compare_block(shared->pair, k, &room, &state, &reason);
        if (status == DSI_OK)
            continue;
        pthread_mutex_lock(&shared->mutex);
        if (k < shared->failed) {
            shared->failed = k;
            shared->status = status;
            shared->reason = reason;
        }
        pthread_mutex_unlock(&shared->mutex);
    }
    pthread_mutex_lock(&shared->mutex);
    dsi_pair_state_merge(&shared->state, &state);
    pthread_mutex_unlock(&shared->mutex);
    dsi_rows_free(&room.a);
    dsi_rows_free(&room.b);
}

static enum dsi_status compare_together(struct comparing *c, size_t i,
                                        struct worker *worker, struct dsi_error *err)
{
    struct shared shared = {.c = c,
                            .pair = &worker->pair,
                            .mutex = PTHREAD_MUTEX_INITIALIZER,
                            .failed = UINT64_MAX};
    bool is_ready;
    free(c->compared[i].shape);
    free(c->compared[i].detail);
    memset(&c->compared[i], 0, sizeof c->compared[i]);
    DSI_TRY(begin(c, i, &worker->pair, &is_ready, err));
    if (!is_ready)
        return DSI_OK;
    DSI_TRY(take_sums(c, &worker->pair, err));
    shared.n = n_blocks(&worker->pair);
    dsi_pair_state_init(&shared.state, worker->pair.counts_gaps);
    dsi_workers_run(dsi_n_workers(c->n_threads, shared.n), work_on_blocks, &shared);
    end_sums(&worker->pair, &c->compared[i]);
    DSI_TRY(finish(c, i, worker, &shared.state, shared.status, &shared.reason, err));
    return find_worst(c, i, worker, err);
}

static void compare_large(struct comparing *c)
{
    struct worker worker = {0};
    struct dsi_error err;
    for (size_t i = 0; i < c->pairs->n && !is_over(c); i++) {
        if (!c->is_large[i])
            continue;
        if (compare_together(c, i, &worker, &err) != DSI_OK)
            fail(c, &err);
        tell(c, true);
    }
    end_worker(c, &worker);
}

/* --- why -------------------------------------------------------------------------- */

static bool wants_reason(const struct dsi_compared *compared)
{
    if (compared->differs_in_nan)
        return false;
    return compared->status == DSI_COMPARED_DIFFERS ||
           compared->status == DSI_COMPARED_SHAPE ||
           (compared->status == DSI_COMPARED_DTYPE && compared->closeness.n_diff);
}

static enum dsi_status explain_one(struct comparing *c, size_t i,
                                   struct dsi_opened_pair *pair, struct dsi_error *err)
{
    const struct dsi_pair *named = &c->pairs->pairs[i];
    struct dsi_compared *compared = &c->compared[i];
    char text[700], both[1700];
    struct dsi_error reason;
    enum dsi_status status = open_side(c, &pair->a, named->a, "A", &reason);
    if (status == DSI_OK)
        status = open_side(c, &pair->b, named->b, "B", &reason);
    if (status == DSI_OK)
        status = dsi_explain(pair, text, sizeof text, &reason);
    if (status != DSI_OK)
        return settle(compared, status, &reason, err);
    snprintf(both, sizeof both, "%s%s%s", compared->detail ? compared->detail : "",
             compared->detail ? "; " : "", text);
    return dsi_compared_tell(compared, compared->status, both, err);
}

static void explain_all(struct comparing *c)
{
    struct dsi_error err;
    for (size_t i = 0; i < c->pairs->n && !is_over(c); i++) {
        struct dsi_opened_pair pair = {0}; /* to be read from the start */
        if (!wants_reason(&c->compared[i]))
            continue;
        if (explain_one(c, i, &pair, &err) != DSI_OK)
            fail(c, &err);
        dsi_opened_close(&pair.a);
        dsi_opened_close(&pair.b);
    }
}

enum dsi_status dsi_compare_pairs(struct dsi_compared *compared,
                                  const struct dsi_pairs *pairs,
                                  const struct dsi_compare_options *options,
                                  struct dsi_error *err)
{
    struct comparing c = {.compared = compared,
                          .pairs = pairs,
                          .options = options,
                          .open = options->open,
                          .level = dsi_cpu_level(),
                          .n_threads = dsi_n_workers(options->n_threads, UINT64_MAX),
                          .mutex = PTHREAD_MUTEX_INITIALIZER};
    c.is_large = dsi_alloc_zeroed(pairs->n + 1, sizeof *c.is_large);
    c.open.helpers = dsi_helpers_new();
    if (!c.is_large || !c.open.helpers) {
        free(c.is_large);
        dsi_helpers_free(c.open.helpers);
        return dsi_fail_memory(err, pairs->n);
    }
    if (options->opened_a)
        park(&c, &c.parked_a, options->opened_a);
    if (options->opened_b)
        park(&c, &c.parked_b, options->opened_b);
    dsi_workers_run(dsi_n_workers(c.n_threads, pairs->n), work_on_pairs, &c);
    compare_large(&c);
    dsi_opened_close(&c.parked_a);
    dsi_opened_close(&c.parked_b);
    if (options->explains)
        explain_all(&c);
    free(c.is_large);
    dsi_helpers_free(c.open.helpers);
    if (!c.has_failed)
        return DSI_OK;
    *err = c.error;
    return c.error.status;
}
