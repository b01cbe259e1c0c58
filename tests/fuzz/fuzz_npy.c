/* Opens any bytes as .npy and reads every array twice: in rows of seven, and in one go
 * (as many as 64 KiB hold). Both must deliver the same bytes. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 16, MAX_READS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_format dsi_format_npy;

/* Touches every byte, for the sanitizers, and keeps a sum to compare. */
static uint64_t add_bytes(uint64_t sum, const struct dsi_bytes *values)
{
    for (size_t i = 0; i < values->n; i++)
        sum = sum * 1099511628211u + values->data[i];
    return sum;
}

static uint64_t sum_rows(struct dsi_file *file, size_t index, uint64_t n, uint64_t step)
{
    uint64_t row_bytes = dsi_array_row_bytes(&file->arrays[index]), sum = n;
    struct dsi_rows rows = {0};
    enum dsi_status status = DSI_OK;
    for (uint64_t first = 0; first < n && status == DSI_OK; first += step) {
        uint64_t k = n - first < step ? n - first : step;
        status = dsi_file_read(file, index, first, k, &rows, NULL);
        bool all = rows.n_rows == k;
        if (rows.values.n != rows.n_rows * row_bytes || rows.n_rows > k ||
            all != (status == DSI_OK))
            abort();
        sum = add_bytes(sum, &rows.values);
    }
    dsi_rows_free(&rows);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_open_options options = {.limits = {.max_bytes = MAX_BYTES}};

    if (n && data[n - 1] % 4 == 1)
        options.as_dtype = "bfloat16";
    dsi_source_of_bytes(&source, data, n);
    if (dsi_file_open(&file, &source, &options, &dsi_format_npy, NULL) != DSI_OK)
        return 0;
    for (size_t i = 0; i < file.n_arrays; i++) {
        uint64_t n_rows = dsi_array_n_rows(&file.arrays[i]);
        uint64_t bytes = dsi_array_row_bytes(&file.arrays[i]);
        uint64_t most = bytes ? MAX_BYTES / bytes + 1 : 7 * MAX_READS;
        most = most < 7 * MAX_READS ? most : 7 * MAX_READS;
        n_rows = n_rows < most ? n_rows : most;
        if (sum_rows(&file, i, n_rows, 7) != sum_rows(&file, i, n_rows, MAX_BYTES))
            abort();
    }
    dsi_file_close(&file);
    return 0;
}
