/* The two arrays of a pair, open; a worker keeps their files open for the pairs that
 * follow. */
#ifndef DSI_OPENED_PAIR_H
#define DSI_OPENED_PAIR_H

#include "compare.h"
#include "gaps.h"
#include "opened.h"

/* Two open arrays, and how they are compared. */
struct dsi_opened_pair {
    struct dsi_opened a, b;
    struct dsi_close close;
    bool are_texts;  /* no numbers: bytes are compared */
    bool tolerances; /* those needed are looked for */
    /* One a block of rows_at_once rows, each filled by who compares it; NULL: nobody
     * asks. Owned by whoever compares the pair. */
    struct dsi_metric_sums *sums;
    bool counts_gaps;
    uint64_t n; /* elements */
    /* Rows of the pair, of n_items elements each; a side of one element stands still.
     */
    uint64_t n_rows, n_items, rows_at_once;
    uint64_t n_alike; /* so many rows are as the one that is compared; else 1 */
    bool by_value;    /* these are no rows but values: rows would be too long */
    unsigned stride_a, stride_b;
};

/* Shapes are the same, or a side is a single value, which stands for all of the other.
 */
bool dsi_pair_fits(const struct dsi_opened_pair *pair);

/* Fills in what of the pair, which fits, is read: strides, n, and rows. Those that the
 * files are too short for are left out, but for the first. */
void dsi_pair_set_rows(struct dsi_opened_pair *pair);

/* Buffers of a worker. */
struct dsi_pair_room {
    struct dsi_rows a, b;
};

/* What comparing has come to. */
struct dsi_pair_state {
    struct dsi_closeness closeness;
    struct dsi_compared_values first, worst;
    struct dsi_tolerances needed;
    bool counts_gaps;
    struct dsi_gaps gaps; /* where they are counted; else never written, being large */
};

void dsi_pair_state_init(struct dsi_pair_state *state, bool counts_gaps);
void dsi_pair_state_merge(struct dsi_pair_state *into,
                          const struct dsi_pair_state *from);

/* What was compared stands for itself n times over. */
void dsi_pair_state_repeat(struct dsi_pair_state *state, uint64_t n);

/* Reads rows [first, first + n) of both sides into room; *n_read is how many of them
 * both delivered. The message of a failure says which side it was. */
DSI_CHECKED enum dsi_status dsi_pair_read(struct dsi_opened_pair *pair, uint64_t first,
                                          uint64_t n, struct dsi_pair_room *room,
                                          uint64_t *n_read, struct dsi_error *err);

/* Whether two values of a pair of texts are the same. */
bool dsi_pair_same_text(const struct dsi_opened_pair *pair, const void *a,
                        const void *b);

/* Compares rows [first, first + n) and adds to state. On failure of a side, what both
 * delivered has been compared; the message says which side it was. */
DSI_CHECKED enum dsi_status dsi_pair_compare(struct dsi_opened_pair *pair,
                                             uint64_t first, uint64_t n,
                                             struct dsi_pair_room *room,
                                             struct dsi_pair_state *state,
                                             struct dsi_error *err);
#endif
