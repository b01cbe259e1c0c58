/* How many pairs of values are how far apart: histograms of |a - b|, by powers of ten,
 * and of units in the last place, by powers of two. */
#ifndef DSI_GAPS_H
#define DSI_GAPS_H

#include "bytes.h"
#include "close.h"

enum {
    DSI_GAP_LEAST = -324, /* powers of ten: doubles are from 4.9e-324 */
    DSI_GAP_MOST = 308,
    DSI_GAP_DECADES = DSI_GAP_MOST - DSI_GAP_LEAST + 1,
    DSI_GAP_BINADES = 64,
};

/* Counts of values; |a - b| and the units are those of dsi_close_one. All zeros to
 * begin with; adding is exact, in any order and grouping. */
struct dsi_gaps {
    uint64_t n_nan; /* either is; these are in no other count */
    uint64_t n_equal, n_infinite;
    uint64_t decades[DSI_GAP_DECADES]; /* from 10^(DSI_GAP_LEAST + i) on */
    uint64_t n_same_bits;              /* of no unit apart, 0 being -0 */
    uint64_t binades[DSI_GAP_BINADES]; /* from 2^i on */
};

/* Adds n values of each side, as dsi_close_run has them, to both, which is done at
 * once.
 */
void dsi_gaps_run(struct dsi_gaps *gaps, const struct dsi_close *close, const void *a,
                  unsigned stride_a, const void *b, unsigned stride_b,
                  uint64_t first_index, size_t n, struct dsi_closeness *into);
void dsi_gaps_merge(struct dsi_gaps *into, const struct dsi_gaps *from);
void dsi_gaps_repeat(struct dsi_gaps *gaps, uint64_t n); /* each value n times */

/* "LOW:COUNT ..." in order, LOW being where a bin begins and the next in turn its end;
 * 0 stands for itself, and so do inf and nan at the end. Without bins that are empty.
 */
DSI_CHECKED enum dsi_status dsi_gaps_write_abs(const struct dsi_gaps *gaps,
                                               struct dsi_bytes *text,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_gaps_write_ulp(const struct dsi_gaps *gaps,
                                               struct dsi_bytes *text,
                                               struct dsi_error *err);
#endif
