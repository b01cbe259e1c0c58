/* Reading rows of what any bytes were opened as, for the targets that fuzz readers of
 * arrays. */
#ifndef DSI_FUZZ_ROWS_H
#define DSI_FUZZ_ROWS_H

#include "reader.h"

#include <stdlib.h>

/* Reads step rows of every stride of the first n, until it fails: then *status says so.
 * Touches every byte, for the sanitizers, and gives a sum to compare. Dies where what a
 * reader promises of its rows does not hold: as many as asked for, unless it failed for
 * the data's sake. */
static inline uint64_t fuzz_sum_rows(struct dsi_file *file, size_t index, uint64_t n,
                                     uint64_t step, uint64_t stride,
                                     enum dsi_status *status)
{
    uint64_t row_bytes = dsi_array_row_bytes(&file->arrays[index]), sum = n;
    struct dsi_rows rows = {0};
    *status = DSI_OK;
    for (uint64_t first = 0; first < n && *status == DSI_OK; first += stride) {
        uint64_t k = n - first < step ? n - first : step;
        *status = dsi_file_read(file, index, first, k, &rows, NULL);
        if (rows.values.n != rows.n_rows * row_bytes || rows.n_rows > k ||
            (*status == DSI_OK && rows.n_rows != k) ||
            (*status != DSI_OK && !dsi_status_is_data(*status)))
            abort();
        for (size_t i = 0; i < rows.values.n; i++)
            sum = sum * 1099511628211u + rows.values.data[i];
    }
    dsi_rows_free(&rows);
    return sum;
}

#endif
