/* Opens any bytes as .npy and reads every array twice: in rows of seven, and in one go
 * (as many as 64 KiB hold). Both must deliver the same bytes. */
#include "fuzz_rows.h"
#include <string.h>

enum { MAX_BYTES = 1 << 16, MAX_READS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_format dsi_format_npy;

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
        enum dsi_status status;
        if (fuzz_sum_rows(&file, i, n_rows, 7, 7, &status) !=
            fuzz_sum_rows(&file, i, n_rows, MAX_BYTES, MAX_BYTES, &status))
            abort();
    }
    dsi_file_close(&file);
    return 0;
}
