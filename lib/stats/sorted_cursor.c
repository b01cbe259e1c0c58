/* Merges runs: a heap of the records that come next in each. */
#include "sorted_run.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 64 << 10 };

struct head {
    struct dsi_sorted_run *run;
    const uint64_t *record; /* that is next */
    uint64_t n_left;        /* in the run, with it */
    uint64_t n_at_hand;     /* of these, in memory from record on */
    uint64_t *buffer;       /* of a run in a file */
};

struct dsi_sorted_cursor {
    size_t n_words;
    struct head *heads; /* all of them, to be freed */
    size_t n_heads;
    struct head **heap; /* those with records left; the least first */
    size_t n;
    bool is_begun;
};

static enum dsi_status fill(struct head *head, size_t n_words, struct dsi_error *err)
{
    const struct dsi_sorted_run *run = head->run;
    const size_t size = n_words * sizeof(uint64_t);
    const uint64_t most = BUFFER_BYTES / size,
                   n = head->n_left < most ? head->n_left : most;
    if (!head->buffer && !(head->buffer = dsi_alloc_array(most, size)))
        return dsi_fail_memory(err, BUFFER_BYTES);
    head->record = head->buffer;
    head->n_at_hand = n;
    return dsi_spill_read(&run->spill->file,
                          run->offset + (run->n - head->n_left) * size, head->buffer,
                          n * size, err);
}

static bool comes_before(const struct dsi_sorted_cursor *cursor, const struct head *a,
                         const struct head *b)
{
    return dsi_compare_words(a->record, b->record, cursor->n_words) < 0;
}

static void sift_down(const struct dsi_sorted_cursor *cursor, size_t i)
{
    struct head **heap = cursor->heap, *moved = heap[i];
    for (size_t child; (child = 2 * i + 1) < cursor->n; i = child) {
        if (child + 1 < cursor->n && comes_before(cursor, heap[child + 1], heap[child]))
            child++;
        if (!comes_before(cursor, heap[child], moved))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

static enum dsi_status begin(struct dsi_sorted_cursor *cursor, struct head *head,
                             struct dsi_sorted_run *run, struct dsi_error *err)
{
    *head = (struct head){.run = run, .n_left = run->n};
    run->n_users++;
    cursor->n_heads++;
    head->record = run->words;
    head->n_at_hand = run->n;
    if (!run->words && run->n)
        DSI_TRY(fill(head, cursor->n_words, err));
    if (run->n)
        cursor->heap[cursor->n++] = head;
    return DSI_OK;
}

enum dsi_status dsi_sorted_cursor_of(struct dsi_sorted_cursor **cursor,
                                     struct dsi_sorted_run *const *runs, size_t n_runs,
                                     size_t n_words, struct dsi_error *err)
{
    struct dsi_sorted_cursor *opened = dsi_alloc_zeroed(1, sizeof *opened);
    *cursor = NULL;
    if (!opened)
        return dsi_fail_memory(err, sizeof *opened);
    opened->n_words = n_words;
    opened->heads = dsi_alloc_zeroed(n_runs, sizeof *opened->heads);
    opened->heap = dsi_alloc_zeroed(n_runs, sizeof *opened->heap);
    enum dsi_status status = opened->heads && opened->heap
                                 ? DSI_OK
                                 : dsi_fail_memory(err, n_runs * sizeof *opened->heads);
    for (size_t i = 0; i < n_runs && status == DSI_OK; i++)
        status = begin(opened, &opened->heads[i], runs[i], err);
    if (status != DSI_OK) {
        dsi_sorted_cursor_close(opened);
        return status;
    }
    for (size_t i = opened->n / 2; i-- > 0;)
        sift_down(opened, i);
    *cursor = opened;
    return DSI_OK;
}

/* Steps over the record that was handed out. */
static enum dsi_status step(struct dsi_sorted_cursor *cursor, struct dsi_error *err)
{
    struct head *head = cursor->heap[0];
    head->record += cursor->n_words;
    head->n_left--;
    head->n_at_hand--;
    if (head->n_left == 0)
        cursor->heap[0] = cursor->heap[--cursor->n];
    else if (head->n_at_hand == 0)
        DSI_TRY(fill(head, cursor->n_words, err));
    if (cursor->n)
        sift_down(cursor, 0);
    return DSI_OK;
}

enum dsi_status dsi_sorted_cursor_next(struct dsi_sorted_cursor *cursor,
                                       const uint64_t **record, struct dsi_error *err)
{
    *record = NULL;
    if (cursor->is_begun && cursor->n)
        DSI_TRY(step(cursor, err));
    cursor->is_begun = true;
    if (cursor->n)
        *record = cursor->heap[0]->record;
    return DSI_OK;
}

void dsi_sorted_cursor_close(struct dsi_sorted_cursor *cursor)
{
    if (!cursor)
        return;
    for (size_t i = 0; i < cursor->n_heads; i++) {
        dsi_sorted_run_release(cursor->heads[i].run);
        free(cursor->heads[i].buffer);
    }
    free(cursor->heads);
    free(cursor->heap);
    free(cursor);
}
