/* Opens any bytes as .npz and reads every array three times: in rows of seven, in one
 * go (as many as 64 KiB hold), and every other seven, as a shard would. The first two
 * must deliver the same bytes. What is deflated is inflated whole up to the limit,
 * which is 64 KiB or 1 KiB, and piece by piece beyond. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 16, FEW_BYTES = 1 << 10, MAX_READS = 64, STEP = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_format dsi_format_npz;

/* Touches every byte, for the sanitizers, and keeps a sum to compare. */
static uint64_t add_bytes(uint64_t sum, const struct dsi_bytes *values)
{
    for (size_t i = 0; i < values->n; i++)
        sum = sum * 1099511628211u + values->data[i];
    return sum;
}

/* Reads step rows of every stride; until it fails. */
static uint64_t sum_rows(struct dsi_file *file, size_t index, uint64_t n, uint64_t step,
                         uint64_t stride)
{
    uint64_t row_bytes = dsi_array_row_bytes(&file->arrays[index]), sum = n;
    struct dsi_rows rows = {0};
    enum dsi_status status = DSI_OK;
    for (uint64_t first = 0; first < n && status == DSI_OK; first += stride) {
        uint64_t k = n - first < step ? n - first : step;
        status = dsi_file_read(file, index, first, k, &rows, NULL);
        if (rows.values.n != rows.n_rows * row_bytes || rows.n_rows > k ||
            (status == DSI_OK && rows.n_rows != k) ||
            (status != DSI_OK && !dsi_status_is_data(status)))
            abort();
        sum = add_bytes(sum, &rows.values);
    }
    dsi_rows_free(&rows);
    return sum;
}

static void read_array(struct dsi_file *file, size_t index)
{
    const struct dsi_array *array = &file->arrays[index];
    uint64_t n_rows = dsi_array_n_rows(array), bytes = dsi_array_row_bytes(array);
    uint64_t most = bytes ? MAX_BYTES / bytes + 1 : STEP * MAX_READS;
    most = most < STEP * MAX_READS ? most : STEP * MAX_READS;
    n_rows = n_rows < most ? n_rows : most;
    if ((array->status == DSI_OK) != !array->reason || !array->name)
        abort();
    if (sum_rows(file, index, n_rows, STEP, STEP) !=
        sum_rows(file, index, n_rows, MAX_BYTES, MAX_BYTES))
        abort();
    sum_rows(file, index, n_rows, STEP, STEP * 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_open_options options = {.limits = {.max_bytes = MAX_BYTES}};

    if (n && data[n / 2] % 2)
        options.limits.max_bytes = FEW_BYTES;
    dsi_source_of_bytes(&source, data, n);
    if (dsi_file_open(&file, &source, &options, &dsi_format_npz, NULL) != DSI_OK)
        return 0;
    for (size_t i = 0; i < file.n_arrays; i++)
        read_array(&file, i);
    dsi_file_close(&file);
    return 0;
}
