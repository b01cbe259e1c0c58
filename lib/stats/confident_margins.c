/* For each pair of classes the samples of the one that prefer the other by most: as
 * many as are to be pruned, and no more are kept. */
#include "bytes.h"
#include "confident_run.h"

#include <math.h>
#include <stdlib.h>

struct entry {
    double margin;
    uint32_t sample;
};

struct dsi_confident_heap {
    struct entry *entries; /* a heap whose top is the first to go */
    double left_out;       /* the widest margin among those that had to; -inf: none */
    uint32_t n, capacity;
};

static size_t n_pairs(const struct dsi_confident *c)
{
    return c->pair_firsts[c->n_classes];
}

struct dsi_confident_heap *dsi_confident_heaps_new(const struct dsi_confident *c)
{
    struct dsi_confident_heap *heaps = dsi_alloc_zeroed(n_pairs(c), sizeof *heaps);
    for (size_t q = 0; heaps && q < n_pairs(c); q++)
        heaps[q].left_out = -(double)INFINITY;
    return heaps;
}

void dsi_confident_heaps_free(const struct dsi_confident *c,
                              struct dsi_confident_heap *heaps)
{
    for (size_t q = 0; heaps && q < n_pairs(c); q++)
        free(heaps[q].entries);
    free(heaps);
}

/* --- one heap ------------------------------------------------------------------------
 */

static bool goes_first(struct entry a, struct entry b)
{
    return a.margin < b.margin || (a.margin == b.margin && a.sample > b.sample);
}

static void sift_up(struct dsi_confident_heap *heap, uint32_t at, struct entry entry)
{
    while (at > 0 && goes_first(entry, heap->entries[(at - 1) / 2])) {
        heap->entries[at] = heap->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->entries[at] = entry;
}

static void sift_down(struct dsi_confident_heap *heap, struct entry entry)
{
    uint64_t at = 0;
    for (uint64_t child = 1; child < heap->n; child = 2 * at + 1) {
        if (child + 1 < heap->n &&
            goes_first(heap->entries[child + 1], heap->entries[child]))
            child++;
        if (!goes_first(heap->entries[child], entry))
            break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = entry;
}

static void leave_out(struct dsi_confident_heap *heap, double margin)
{
    if (margin > heap->left_out)
        heap->left_out = margin;
}

static enum dsi_status offer(struct dsi_confident_heap *heap, uint32_t most,
                             struct entry entry, struct dsi_error *err)
{
    if (heap->n == most) {
        const bool is_kept = goes_first(heap->entries[0], entry);
        leave_out(heap, is_kept ? heap->entries[0].margin : entry.margin);
        if (is_kept)
            sift_down(heap, entry);
        return DSI_OK;
    }
    if (heap->n == heap->capacity) {
        const uint64_t twice = 2 * (uint64_t)heap->capacity + 4;
        const uint32_t capacity = twice < most ? (uint32_t)twice : most;
        struct entry *entries =
            dsi_realloc_array(heap->entries, capacity, sizeof *entries);
        if (!entries)
            return dsi_fail_memory(err, capacity * sizeof *entries);
        heap->entries = entries;
        heap->capacity = capacity;
    }
    sift_up(heap, heap->n++, entry);
    return DSI_OK;
}

/* --- all of them ---------------------------------------------------------------------
 */

/* Most margins are too narrow for a heap that is full, and this is all that is done
 * about them. */
static inline bool is_left_out(struct dsi_confident_heap *heap, uint32_t most,
                               double margin)
{
    if (heap->n < most || margin >= heap->entries[0].margin)
        return false;
    if (margin > heap->left_out)
        heap->left_out = margin;
    return true;
}

enum dsi_status dsi_confident_see_margins(const struct dsi_confident *c,
                                          struct dsi_confident_heap *heaps,
                                          uint32_t sample, const void *row,
                                          struct dsi_error *err)
{
    const uint32_t label = c->labels[sample];
    for (size_t q = c->pair_firsts[label]; q < c->pair_firsts[label + 1]; q++) {
        const struct dsi_confident_pair pair = c->pairs[q];
        const double margin = dsi_confident_difference(c, row, pair.to, label);
        if (!is_left_out(&heaps[q], pair.n, margin))
            DSI_TRY(offer(&heaps[q], pair.n, (struct entry){margin, sample}, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_confident_merge_heaps(const struct dsi_confident *c,
                                          struct dsi_confident_heap *into,
                                          const struct dsi_confident_heap *from,
                                          struct dsi_error *err)
{
    for (size_t q = 0; q < n_pairs(c); q++) {
        leave_out(&into[q], from[q].left_out);
        for (uint32_t i = 0; i < from[q].n; i++)
            DSI_TRY(offer(&into[q], c->pairs[q].n, from[q].entries[i], err));
    }
    return DSI_OK;
}

enum dsi_status dsi_confident_flag_margins(struct dsi_confident *c,
                                           const struct dsi_confident_heap *heaps,
                                           struct dsi_error *err)
{
    for (uint32_t k = 0; k < c->n_classes; k++) {
        if (dsi_confident_n_of_class(c, k) <= 1)
            continue;
        for (size_t q = c->pair_firsts[k]; q < c->pair_firsts[k + 1]; q++) {
            const struct dsi_confident_heap *heap = &heaps[q];
            if (heap->n && heap->left_out == heap->entries[0].margin) {
                DSI_TRY(dsi_confident_columns_add(c, k, c->pairs[q], err));
                continue;
            }
            for (uint32_t i = 0; i < heap->n; i++)
                c->flags[heap->entries[i].sample] |= DSI_LABEL_IS_ISSUE;
        }
    }
    return DSI_OK;
}
