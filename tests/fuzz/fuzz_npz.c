/* Opens any bytes as .npz and reads every array three times: in rows of seven, in one
 * go (as many as 64 KiB hold), and every other seven, as a shard would. The first two
 * must deliver the same bytes. What is deflated is inflated whole up to the limit,
 * which is 64 KiB or 1 KiB, and piece by piece beyond. */
#include "fuzz_rows.h"

#include <stdlib.h>

enum { MAX_BYTES = 1 << 16, FEW_BYTES = 1 << 10, MAX_READS = 64, STEP = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_format dsi_format_npz;

static void read_array(struct dsi_file *file, size_t index)
{
    const struct dsi_array *array = &file->arrays[index];
    uint64_t n_rows = dsi_array_n_rows(array), bytes = dsi_array_row_bytes(array);
    uint64_t most = bytes ? MAX_BYTES / bytes + 1 : STEP * MAX_READS;
    most = most < STEP * MAX_READS ? most : STEP * MAX_READS;
    n_rows = n_rows < most ? n_rows : most;
    if ((array->status == DSI_OK) != !array->reason || !array->name)
        abort();
    enum dsi_status status;
    if (fuzz_sum_rows(file, index, n_rows, STEP, STEP, &status) !=
        fuzz_sum_rows(file, index, n_rows, MAX_BYTES, MAX_BYTES, &status))
        abort();
    fuzz_sum_rows(file, index, n_rows, STEP, STEP * 2, &status);
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
