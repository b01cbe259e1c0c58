/* Counts as bytes, most of which are none: how many bins are not empty, and for each of
 * these, in order, the bins that were left out since the last, and the count. */
#ifndef DSI_SPARSE_COUNTS_H
#define DSI_SPARSE_COUNTS_H

#include "bytes.h"

DSI_CHECKED enum dsi_status dsi_sparse_counts_save(const uint64_t *bins, size_t n_bins,
                                                   struct dsi_bytes *out,
                                                   struct dsi_error *err);

/* One at a time: n of them are left, and *bin, from 0 on, is moved on.
 * DSI_ERR_MALFORMED for what save would not have written. */
struct dsi_sparse_counts {
    uint64_t n, next, n_bins, n_all;
};
DSI_CHECKED enum dsi_status dsi_sparse_counts_begin(struct dsi_sparse_counts *counts,
                                                    uint64_t n_bins,
                                                    struct dsi_bytes_reader *in,
                                                    struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_sparse_counts_next(struct dsi_sparse_counts *counts,
                                                   struct dsi_bytes_reader *in,
                                                   uint64_t *bin, uint64_t *count,
                                                   struct dsi_error *err);

#endif
