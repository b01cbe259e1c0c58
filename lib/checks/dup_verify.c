#include "dup_verify.h"

#include "scan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_CANDIDATES = 4096, /* of a batch */
    MIN_FIRSTS = 1024,
    MIN_BYTES = 1 << 20,
    MAX_LISTED = 10000, /* findings of one rule; the rest is counted */
};

enum rule { COLLISION, UNVERIFIED, N_RULES };

static const struct {
    const char *name;
    enum dsi_severity severity;
} rules[N_RULES] = {[COLLISION] = {"hash_collision", DSI_WARNING},
                    [UNVERIFIED] = {"unverified", DSI_ERROR}};

struct verifying {
    struct dsi_dup_groups *groups;
    struct dsi_report *report;
    struct dsi_plan plan;
    uint8_t *wanted; /* a bit a block of the plan */
    struct dsi_dup_batch batch;
    size_t max_candidates, max_firsts; /* of a batch */
    struct dsi_sorted_words left;      /* for the next round */
    /* The group at hand: what is found to be the same, and to be something else. */
    struct dsi_dup_sample same, other;
    uint64_t n_same, n_other;
    struct dsi_bytes where, of_first;
    uint64_t n_found[N_RULES];
};

/* --- findings --------------------------------------------------------------------- */

static DSI_PRINTF(5, 6) enum dsi_status
    find(struct verifying *v, enum rule rule, const struct dsi_dup_candidate *candidate,
         struct dsi_error *err, const char *format, ...)
{
    const struct dsi_dups *dups = v->groups->dups;
    struct dsi_finding finding = {
        .rule = rules[rule].name,
        .severity = rules[rule].severity,
        .source = dsi_group_source(&dups->dataset->groups[candidate->group]),
        .index = candidate->index};
    va_list args;
    if (v->n_found[rule]++ >= MAX_LISTED)
        return DSI_OK;
    DSI_TRY(dsi_dups_where(dups, candidate->group, candidate->index, &v->where, err));
    finding.where = (const char *)v->where.data;
    va_start(args, format);
    const enum dsi_status status =
        dsi_report_find(v->report, &finding, format, args, err);
    va_end(args);
    return status;
}

static enum dsi_status find_collision(struct verifying *v,
                                      const struct dsi_dup_candidate *candidate,
                                      struct dsi_error *err)
{
    const struct dsi_dup_first *first = &v->batch.firsts[candidate->first];
    DSI_TRY(
        dsi_dups_where(v->groups->dups, first->group, first->index, &v->of_first, err));
    v->groups->n_collisions++;
    return find(v, COLLISION, candidate, err,
                "has the hash of %s, and is not the same: somebody made one of them so",
                (const char *)v->of_first.data);
}

static enum dsi_status tell_rest(const struct verifying *v, struct dsi_error *err)
{
    char detail[96];
    for (int r = 0; r < N_RULES; r++) {
        const uint64_t n = v->n_found[r] > MAX_LISTED ? v->n_found[r] - MAX_LISTED : 0;
        const struct dsi_finding rest = {.rule = rules[r].name,
                                         .severity = rules[r].severity,
                                         .index = UINT64_MAX,
                                         .detail = detail,
                                         .n_cases = n};
        snprintf(detail, sizeof detail,
                 "%" PRIu64 " further samples of this kind are not listed", n);
        if (n)
            DSI_TRY(dsi_report_finding(v->report, &rest, err));
    }
    return DSI_OK;
}

/* --- a look ----------------------------------------------------------------------- */

static bool is_first(const struct dsi_dup_batch *batch,
                     const struct dsi_dup_candidate *candidate)
{
    const struct dsi_dup_first *first = &batch->firsts[candidate->first];
    return candidate->group == first->group && candidate->index == first->index;
}

static void want(struct verifying *v, uint64_t group, uint64_t index)
{
    const uint64_t number = dsi_plan_block_of(&v->plan, (size_t)group, index);
    if (number != UINT64_MAX)
        v->wanted[number / 8] |= (uint8_t)(1U << number % 8);
}

static enum dsi_status look(struct verifying *v, bool is_of_firsts,
                            struct dsi_error *err)
{
    const struct dsi_dups *dups = v->groups->dups;
    const struct dsi_dup_look_parameters parameters = {&v->batch};
    struct dsi_check_run run = {.check = &dsi_check_dup_look,
                                .parameters = &parameters};
    const struct dsi_scan_options options = {.n_threads = dups->parameters->n_workers,
                                             .wanted = v->wanted};
    v->batch.is_of_firsts = is_of_firsts;
    DSI_TRY(dsi_check_run_init(&run, dups->dataset, err));
    const enum dsi_status status = dsi_scan(dups->dataset, &run, 1, &options, err);
    dsi_check_run_free(&run);
    return status;
}

static enum dsi_status look_at_firsts(struct verifying *v, struct dsi_error *err)
{
    struct dsi_dup_batch *batch = &v->batch;
    memset(v->wanted, 0, v->plan.n_blocks / 8 + 1);
    for (size_t i = 0; i < batch->n_firsts; i++)
        if (!batch->firsts[i].is_carried)
            want(v, batch->firsts[i].group, batch->firsts[i].index);
    return look(v, true, err);
}

/* A first is the same as itself. */
static enum dsi_status look_at_candidates(struct verifying *v, struct dsi_error *err)
{
    struct dsi_dup_batch *batch = &v->batch;
    memset(v->wanted, 0, v->plan.n_blocks / 8 + 1);
    for (size_t i = 0; i < batch->n; i++) {
        struct dsi_dup_candidate *candidate = &batch->candidates[i];
        if (batch->firsts[candidate->first].held != DSI_DUP_HELD)
            continue;
        if (is_first(batch, candidate))
            candidate->verdict = DSI_DUP_SAME;
        else
            want(v, candidate->group, candidate->index);
    }
    return look(v, false, err);
}

/* --- what became of the candidates -------------------------------------------------
 */

static enum dsi_status end_group(struct verifying *v, struct dsi_error *err)
{
    const uint64_t n = v->n_same;
    v->n_same = v->n_other = 0;
    return n > 1 ? dsi_dup_group_end(v->groups, err) : DSI_OK;
}

/* A group of one is none: it begins with the second. */
static enum dsi_status keep_same(struct verifying *v,
                                 const struct dsi_dup_sample *sample,
                                 struct dsi_error *err)
{
    if (v->n_same++ == 0) {
        v->same = *sample;
        return DSI_OK;
    }
    if (v->n_same == 2) {
        dsi_dup_group_begin(v->groups, DSI_DUP_EQUAL, &v->same);
        DSI_TRY(dsi_dup_group_add(v->groups, &v->same, 0, err));
    }
    return dsi_dup_group_add(v->groups, sample, 0, err);
}

/* For the next round, behind that first. */
static enum dsi_status leave(struct verifying *v, uint64_t first_group,
                             uint64_t first_index, const struct dsi_dup_sample *sample,
                             struct dsi_error *err)
{
    const uint64_t record[DSI_MEMBER_WORDS] = {[DSI_MEMBER_FIRST_GROUP] = first_group,
                                               [DSI_MEMBER_FIRST_INDEX] = first_index,
                                               [DSI_MEMBER_KIND] = DSI_DUP_EQUAL,
                                               [DSI_MEMBER_GROUP] = sample->group,
                                               [DSI_MEMBER_INDEX] = sample->index,
                                               [DSI_MEMBER_DISTANCE] =
                                                   (uint64_t)sample->label.kind,
                                               [DSI_MEMBER_LABEL] = sample->label.word};
    return dsi_sorted_words_add(&v->left, record, err);
}

static enum dsi_status leave_other(struct verifying *v,
                                   const struct dsi_dup_sample *sample,
                                   struct dsi_error *err)
{
    if (v->n_other++ == 0)
        v->other = *sample;
    return leave(v, v->other.group, v->other.index, sample, err);
}

static enum dsi_status settle_one(struct verifying *v, size_t i, struct dsi_error *err)
{
    const struct dsi_dup_candidate *candidate = &v->batch.candidates[i];
    const struct dsi_dup_first *first = &v->batch.firsts[candidate->first];
    const struct dsi_dup_sample sample = {candidate->group, candidate->index,
                                          candidate->label};
    if (is_first(&v->batch, candidate))
        DSI_TRY(end_group(v, err));
    if (first->held == DSI_DUP_WAITS)
        return leave(v, first->group, first->index, &sample, err);
    if (first->held == DSI_DUP_UNREAD && !is_first(&v->batch, candidate))
        return leave_other(v, &sample, err);
    switch (candidate->verdict) {
    case DSI_DUP_SAME:
        return keep_same(v, &sample, err);
    case DSI_DUP_OTHER:
        DSI_TRY(find_collision(v, candidate, err));
        return leave_other(v, &sample, err);
    case DSI_DUP_UNSEEN:
        break;
    }
    return find(v, UNVERIFIED, candidate, err,
                "could not be read a second time, and so is in no group");
}

/* --- batches ---------------------------------------------------------------------- */

static void free_firsts(struct dsi_dup_batch *batch, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dsi_bytes_free(&batch->firsts[i].bytes);
}

/* Keeps the last first, where a group goes on, and lets go of the others. */
static void begin_batch(struct dsi_dup_batch *batch, bool goes_on)
{
    const size_t n = batch->n_firsts, n_kept = goes_on && n ? 1 : 0;
    free_firsts(batch, n - n_kept);
    if (n_kept) {
        batch->firsts[0] = batch->firsts[n - 1];
        batch->firsts[0].is_carried = true;
    }
    batch->n_firsts = n_kept;
    batch->n = 0;
    atomic_store(&batch->n_bytes, n_kept ? batch->firsts[0].bytes.n : 0);
}

static bool is_of_last_first(const struct dsi_dup_batch *batch, const uint64_t *record)
{
    if (batch->n_firsts == 0)
        return false;
    const struct dsi_dup_first *last = &batch->firsts[batch->n_firsts - 1];
    return last->group == record[DSI_MEMBER_FIRST_GROUP] &&
           last->index == record[DSI_MEMBER_FIRST_INDEX];
}

/* From record on; NULL: there is none left. */
static enum dsi_status fill_batch(struct verifying *v, struct dsi_sorted_cursor *cursor,
                                  const uint64_t **record, struct dsi_error *err)
{
    struct dsi_dup_batch *batch = &v->batch;
    begin_batch(batch, is_of_last_first(batch, *record));
    while (*record && batch->n < v->max_candidates) {
        if (!is_of_last_first(batch, *record)) {
            if (batch->n_firsts == v->max_firsts)
                return DSI_OK;
            batch->firsts[batch->n_firsts++] =
                (struct dsi_dup_first){.group = (*record)[DSI_MEMBER_FIRST_GROUP],
                                       .index = (*record)[DSI_MEMBER_FIRST_INDEX]};
        }
        const struct dsi_dup_sample sample = dsi_dup_member_of(*record);
        batch->candidates[batch->n++] =
            (struct dsi_dup_candidate){.group = sample.group,
                                       .index = sample.index,
                                       .label = sample.label,
                                       .first = batch->n_firsts - 1};
        DSI_TRY(dsi_sorted_cursor_next(cursor, record, err));
    }
    return DSI_OK;
}

struct place {
    uint64_t group, index;
    size_t at;
};

static int by_place(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static enum dsi_status order_batch(struct dsi_dup_batch *batch, struct dsi_error *err)
{
    struct place *places = dsi_alloc_array(batch->n, sizeof *places);
    if (!places)
        return dsi_fail_memory(err, batch->n * sizeof *places);
    for (size_t i = 0; i < batch->n; i++)
        places[i] =
            (struct place){batch->candidates[i].group, batch->candidates[i].index, i};
    qsort(places, batch->n, sizeof *places, by_place);
    for (size_t i = 0; i < batch->n; i++)
        batch->by_place[i] = places[i].at;
    free(places);
    return DSI_OK;
}

/* As many firsts as there was room for, and twice as many where most of it was free. */
static void learn_size(struct verifying *v, size_t most)
{
    const struct dsi_dup_batch *batch = &v->batch;
    size_t n_held = 0;
    for (size_t i = 0; i < batch->n_firsts; i++)
        n_held += batch->firsts[i].held == DSI_DUP_HELD;
    if (n_held < batch->n_firsts && v->max_firsts > n_held + 1)
        v->max_firsts = n_held + 1;
    else if (batch->n_bytes < batch->max_bytes / 2 && v->max_firsts <= most / 2)
        v->max_firsts *= 2;
}

static enum dsi_status verify_batch(struct verifying *v, struct dsi_error *err)
{
    DSI_TRY(order_batch(&v->batch, err));
    DSI_TRY(look_at_firsts(v, err));
    DSI_TRY(look_at_candidates(v, err));
    for (size_t i = 0; i < v->batch.n; i++)
        DSI_TRY(settle_one(v, i, err));
    learn_size(v, v->max_candidates);
    return DSI_OK;
}

/* --- rounds ----------------------------------------------------------------------- */

static enum dsi_status verify_round(struct verifying *v,
                                    const struct dsi_sorted_words *list,
                                    struct dsi_error *err)
{
    struct dsi_sorted_cursor *cursor;
    const uint64_t *record;
    DSI_TRY(dsi_sorted_cursor_open(&cursor, list, err));
    enum dsi_status status = dsi_sorted_cursor_next(cursor, &record, err);
    while (status == DSI_OK && record) {
        status = fill_batch(v, cursor, &record, err);
        if (status == DSI_OK)
            status = verify_batch(v, err);
    }
    dsi_sorted_cursor_close(cursor);
    begin_batch(&v->batch, false);
    return status == DSI_OK ? end_group(v, err) : status;
}

/* Each round settles one group at least. */
static enum dsi_status verify_all(struct verifying *v, struct dsi_error *err)
{
    struct dsi_dup_groups *groups = v->groups;
    struct dsi_sorted_words list = groups->members;
    const struct dsi_sorted_limits limits = list.limits;
    enum dsi_status status = DSI_OK;
    groups->members = dsi_sorted_words_start(DSI_MEMBER_WORDS, limits);
    dsi_sorted_words_free(&groups->groups);
    groups->groups = dsi_sorted_words_start(DSI_DUP_GROUP_WORDS, limits);
    while (status == DSI_OK && list.n) {
        v->left = dsi_sorted_words_start(DSI_MEMBER_WORDS, limits);
        status = verify_round(v, &list, err);
        dsi_sorted_words_free(&list);
        list = v->left;
    }
    dsi_sorted_words_free(&list);
    return status == DSI_OK ? tell_rest(v, err) : status;
}

static size_t at_least(uint64_t n, size_t least)
{
    return n > least ? (size_t)n : least;
}

/* A quarter of --max-memory: half of it for what firsts hold, half for the lists. */
static enum dsi_status start(struct verifying *v, struct dsi_error *err)
{
    const struct dsi_dups *dups = v->groups->dups;
    const uint64_t half = dups->parameters->max_memory / 8;
    struct dsi_dup_batch *batch = &v->batch;
    const size_t n_each = sizeof *batch->firsts + sizeof *batch->candidates +
                          sizeof *batch->by_place + sizeof(struct place);
    if (!dsi_dataset_can_rescan(dups->dataset))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "standard input can be read once, and verifying reads again");
    DSI_TRY(dsi_plan_make(&v->plan, dups->dataset,
                          dups->is_of_files ? DSI_NEED_FILES : DSI_NEED_VALUES, err));
    batch->dups = dups;
    batch->max_bytes = half > MIN_BYTES ? half : MIN_BYTES;
    v->max_candidates = at_least(half / n_each, MIN_CANDIDATES);
    if (v->max_candidates > v->groups->members.n)
        v->max_candidates = (size_t)v->groups->members.n;
    v->max_firsts = v->max_candidates < MIN_FIRSTS ? v->max_candidates : MIN_FIRSTS;
    v->wanted = dsi_alloc_zeroed(v->plan.n_blocks / 8 + 1, 1);
    batch->firsts = dsi_alloc_array(v->max_candidates + 1, sizeof *batch->firsts);
    batch->candidates = dsi_alloc_array(v->max_candidates, sizeof *batch->candidates);
    batch->by_place = dsi_alloc_array(v->max_candidates, sizeof *batch->by_place);
    return v->wanted && batch->firsts && batch->candidates && batch->by_place
               ? DSI_OK
               : dsi_fail_memory(err, v->max_candidates * n_each);
}

enum dsi_status dsi_dup_groups_verify(struct dsi_dup_groups *groups,
                                      struct dsi_report *report, struct dsi_error *err)
{
    struct verifying v = {.groups = groups, .report = report};
    if (groups->members.n == 0)
        return DSI_OK;
    enum dsi_status status = start(&v, err);
    if (status == DSI_OK)
        status = verify_all(&v, err);
    free_firsts(&v.batch, v.batch.n_firsts);
    free(v.batch.firsts);
    free(v.batch.candidates);
    free(v.batch.by_place);
    free(v.wanted);
    dsi_bytes_free(&v.where);
    dsi_bytes_free(&v.of_first);
    dsi_plan_free(&v.plan);
    return status;
}
