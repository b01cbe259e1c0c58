#include "sparse_counts.h"

#include "varint.h"

enum dsi_status dsi_sparse_counts_save(const uint64_t *bins, size_t n_bins,
                                       struct dsi_bytes *out, struct dsi_error *err)
{
    uint64_t n = 0, next = 0;
    for (size_t i = 0; i < n_bins; i++)
        n += bins[i] != 0;
    DSI_TRY(dsi_varint_append(out, n, err));
    for (size_t i = 0; i < n_bins; i++) {
        if (!bins[i])
            continue;
        DSI_TRY(dsi_varint_append(out, i - next, err));
        DSI_TRY(dsi_varint_append(out, bins[i], err));
        next = i + 1;
    }
    return DSI_OK;
}

enum dsi_status dsi_sparse_counts_begin(struct dsi_sparse_counts *counts,
                                        uint64_t n_bins, struct dsi_bytes_reader *in,
                                        struct dsi_error *err)
{
    *counts = (struct dsi_sparse_counts){.n_bins = n_bins};
    return dsi_varint_read(in, &counts->n, err);
}

enum dsi_status dsi_sparse_counts_next(struct dsi_sparse_counts *counts,
                                       struct dsi_bytes_reader *in, uint64_t *bin,
                                       uint64_t *count, struct dsi_error *err)
{
    uint64_t gap;
    DSI_TRY(dsi_varint_read(in, &gap, err));
    DSI_TRY(dsi_varint_read(in, count, err));
    if (counts->next >= counts->n_bins || gap >= counts->n_bins - counts->next ||
        *count == 0 || !dsi_add(counts->n_all, *count, &counts->n_all))
        return dsi_fail(err, DSI_ERR_MALFORMED, "counts that were never counted");
    *bin = counts->next + gap;
    counts->next = *bin + 1;
    counts->n--;
    return DSI_OK;
}
