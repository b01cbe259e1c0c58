#include "sorted_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A run is as large as sorts well in a cache, and starts small: most lists are short.
 */
enum { MAX_RUN_BYTES = 2 << 20, FIRST_RUN_BYTES = 4096, WRITE_BYTES = 1 << 20 };

struct dsi_sorted_words dsi_sorted_words_start(size_t n_words,
                                               struct dsi_sorted_limits limits)
{
    assert(n_words >= 1 && n_words <= DSI_SORTED_MAX_WORDS);
    return (struct dsi_sorted_words){.limits = limits, .n_words = n_words};
}

void dsi_sorted_spill_release(struct dsi_sorted_spill *spill)
{
    if (!spill || --spill->n_users)
        return;
    dsi_spill_close(&spill->file);
    free(spill);
}

void dsi_sorted_run_release(struct dsi_sorted_run *run)
{
    if (!run || --run->n_users)
        return;
    dsi_sorted_spill_release(run->spill);
    free(run->words);
    free(run);
}

void dsi_sorted_words_free(struct dsi_sorted_words *list)
{
    for (size_t i = 0; i < list->n_runs; i++)
        dsi_sorted_run_release(list->runs[i]);
    dsi_sorted_spill_release(list->spill);
    free(list->runs);
    free(list->tail);
    *list = (struct dsi_sorted_words){.limits = list->limits, .n_words = list->n_words};
}

static size_t record_size(const struct dsi_sorted_words *list)
{
    return list->n_words * sizeof(uint64_t);
}

/* --- runs ------------------------------------------------------------------------- */

/* Takes part in the run, which has been counted a user more for it, or, on failure, is
 * released. */
static enum dsi_status keep_run(struct dsi_sorted_words *list,
                                struct dsi_sorted_run *run, struct dsi_error *err)
{
    struct dsi_sorted_run **runs =
        dsi_grow_array(list->runs, list->n_runs, &list->runs_capacity, sizeof *runs);
    if (!runs) {
        dsi_sorted_run_release(run);
        return dsi_fail_memory(err, list->n_runs * sizeof *runs);
    }
    list->runs = runs;
    runs[list->n_runs++] = run;
    if (run->words)
        list->n_run_bytes += run->n * record_size(list);
    return DSI_OK;
}

/* A run of n records, which it takes over, also on failure. */
static enum dsi_status add_run(struct dsi_sorted_words *list, uint64_t *words, size_t n,
                               struct dsi_error *err)
{
    struct dsi_sorted_run *run = NULL;
    enum dsi_status status = dsi_sort_words(words, n, list->n_words, err);
    if (status == DSI_OK) {
        run = dsi_alloc_zeroed(1, sizeof *run);
        status = run ? DSI_OK : dsi_fail_memory(err, sizeof *run);
    }
    if (status != DSI_OK) {
        free(words);
        return status;
    }
    *run = (struct dsi_sorted_run){.n_users = 1, .n = n, .words = words};
    return keep_run(list, run, err);
}

/* --- to the file ------------------------------------------------------------------ */

static enum dsi_status open_spill(struct dsi_sorted_words *list, struct dsi_error *err)
{
    if (list->spill)
        return DSI_OK;
    struct dsi_sorted_spill *spill = dsi_alloc_zeroed(1, sizeof *spill);
    if (!spill)
        return dsi_fail_memory(err, sizeof *spill);
    const enum dsi_status status =
        dsi_spill_open(&spill->file, list->limits.folder, err);
    if (status != DSI_OK) {
        free(spill);
        return status;
    }
    spill->n_users = 1;
    list->spill = spill;
    return DSI_OK;
}

static enum dsi_status write_all(struct dsi_sorted_cursor *cursor,
                                 struct dsi_spill_file *file, size_t n_record_bytes,
                                 struct dsi_error *err)
{
    struct dsi_bytes room = {0};
    const uint64_t *record;
    enum dsi_status status = dsi_bytes_reserve(&room, WRITE_BYTES, err);
    while (status == DSI_OK) {
        status = dsi_sorted_cursor_next(cursor, &record, err);
        if (status != DSI_OK || !record)
            break;
        memcpy(room.data + room.n, record, n_record_bytes);
        room.n += n_record_bytes;
        if (room.n + n_record_bytes > WRITE_BYTES) {
            status = dsi_spill_append(file, room.data, room.n, err);
            room.n = 0;
        }
    }
    if (status == DSI_OK)
        status = dsi_spill_append(file, room.data, room.n, err);
    dsi_bytes_free(&room);
    return status;
}

/* The runs in memory before those in files, of which there are few. Returns how many
 * are in memory. */
static size_t part_runs(struct dsi_sorted_words *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n_runs; i++) {
        struct dsi_sorted_run *run = list->runs[i];
        if (!run->words)
            continue;
        list->runs[i] = list->runs[n];
        list->runs[n++] = run;
    }
    return n;
}

/* Makes one run in the file of all that are in memory. */
static enum dsi_status spill(struct dsi_sorted_words *list, struct dsi_error *err)
{
    DSI_TRY(open_spill(list, err));
    const size_t n = part_runs(list);
    struct dsi_sorted_run *run = dsi_alloc_zeroed(1, sizeof *run);
    struct dsi_sorted_cursor *cursor = NULL;
    if (!run)
        return dsi_fail_memory(err, sizeof *run);
    run->offset = list->spill->file.n_bytes;
    enum dsi_status status =
        dsi_sorted_cursor_of(&cursor, list->runs, n, list->n_words, err);
    if (status == DSI_OK)
        status = write_all(cursor, &list->spill->file, record_size(list), err);
    dsi_sorted_cursor_close(cursor);
    if (status != DSI_OK) {
        free(run);
        return status;
    }
    run->n_users = 1;
    run->spill = list->spill;
    run->spill->n_users++;
    for (size_t i = 0; i < n; i++) {
        run->n += list->runs[i]->n;
        dsi_sorted_run_release(list->runs[i]);
    }
    list->n_runs -= n;
    memmove(list->runs, list->runs + n, list->n_runs * sizeof(struct dsi_sorted_run *));
    list->n_run_bytes = 0;
    return keep_run(list, run, err);
}

/* --- adding ----------------------------------------------------------------------- */

static enum dsi_status end_tail(struct dsi_sorted_words *list, uint64_t max_bytes,
                                struct dsi_error *err)
{
    uint64_t *words = list->tail;
    const size_t n = list->n_tail;
    list->tail = NULL;
    list->n_tail = list->tail_capacity = 0;
    DSI_TRY(add_run(list, words, n, err));
    return list->n_run_bytes > max_bytes ? spill(list, err) : DSI_OK;
}

static enum dsi_status grow_tail(struct dsi_sorted_words *list, uint64_t max_bytes,
                                 struct dsi_error *err)
{
    const size_t most = MAX_RUN_BYTES / record_size(list);
    if (list->n_tail >= most)
        DSI_TRY(end_tail(list, max_bytes, err));
    size_t capacity = list->tail_capacity ? 2 * list->tail_capacity
                                          : FIRST_RUN_BYTES / record_size(list);
    if (list->n_runs || capacity > most)
        capacity = most;
    uint64_t *tail = dsi_realloc_array(list->tail, capacity, record_size(list));
    if (!tail)
        return dsi_fail_memory(err, capacity * record_size(list));
    list->tail = tail;
    list->tail_capacity = capacity;
    return DSI_OK;
}

static enum dsi_status add(struct dsi_sorted_words *list, const uint64_t *record,
                           uint64_t max_bytes, struct dsi_error *err)
{
    if (list->n_tail == list->tail_capacity)
        DSI_TRY(grow_tail(list, max_bytes, err));
    memcpy(list->tail + list->n_tail++ * list->n_words, record, record_size(list));
    list->n++;
    return DSI_OK;
}

enum dsi_status dsi_sorted_words_add(struct dsi_sorted_words *list,
                                     const uint64_t *record, struct dsi_error *err)
{
    return add(list, record, list->limits.max_bytes, err);
}

enum dsi_status dsi_sorted_words_merge(struct dsi_sorted_words *into,
                                       const struct dsi_sorted_words *from,
                                       struct dsi_error *err)
{
    const uint64_t max_bytes = into->limits.max_merged_bytes;
    assert(into->n_words == from->n_words);
    for (size_t i = 0; i < from->n_runs; i++) {
        from->runs[i]->n_users++;
        DSI_TRY(keep_run(into, from->runs[i], err));
        into->n += from->runs[i]->n;
    }
    /* Many lists are short: theirs go to the tail, so that there are not as many runs.
     */
    for (size_t i = 0; i < from->n_tail; i++)
        DSI_TRY(add(into, from->tail + i * from->n_words, max_bytes, err));
    return into->n_run_bytes > max_bytes ? spill(into, err) : DSI_OK;
}

enum dsi_status dsi_sorted_cursor_open(struct dsi_sorted_cursor **cursor,
                                       const struct dsi_sorted_words *list,
                                       struct dsi_error *err)
{
    /* With a sorted copy of the tail among the runs, so that the list stays as it is.
     */
    struct dsi_sorted_words all = dsi_sorted_words_start(list->n_words, list->limits);
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < list->n_runs && status == DSI_OK; i++) {
        list->runs[i]->n_users++;
        status = keep_run(&all, list->runs[i], err);
    }
    if (status == DSI_OK && list->n_tail) {
        uint64_t *copy = dsi_alloc_array(list->n_tail, record_size(list));
        if (!copy) {
            status = dsi_fail_memory(err, list->n_tail * record_size(list));
        } else {
            memcpy(copy, list->tail, list->n_tail * record_size(list));
            status = add_run(&all, copy, list->n_tail, err);
        }
    }
    if (status == DSI_OK)
        status = dsi_sorted_cursor_of(cursor, all.runs, all.n_runs, list->n_words, err);
    dsi_sorted_words_free(&all);
    return status;
}
