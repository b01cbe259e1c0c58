/* Any bytes as IDX, plain or gzip: rows read in one go must equal the same rows read in
 * pieces, failures included, and a second pass must equal the first. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 20, MAX_ROWS = 1000 };

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Reads rows 0 to n, piece rows at a time, up to the first failure. */
static enum dsi_status read_in_pieces(struct dsi_file *file, uint64_t n, uint64_t piece,
                                      struct dsi_bytes *values, uint64_t *n_rows)
{
    struct dsi_rows rows = {0};
    enum dsi_status status = DSI_OK;
    uint64_t row_bytes = dsi_array_row_bytes(&file->arrays[0]);
    *n_rows = values->n = 0;
    while (status == DSI_OK && *n_rows < n) {
        uint64_t k = n - *n_rows < piece ? n - *n_rows : piece;
        status = dsi_file_read(file, 0, *n_rows, k, &rows, NULL);
        must(rows.n_rows <= k && (status != DSI_OK || rows.n_rows == k));
        must(rows.values.n == rows.n_rows * row_bytes);
        must(dsi_bytes_append(values, rows.values.data, rows.values.n, NULL) == DSI_OK);
        *n_rows += rows.n_rows;
    }
    dsi_rows_free(&rows);
    return status;
}

static void check(struct dsi_file *file)
{
    const struct dsi_array *array = &file->arrays[0];
    uint64_t n = dsi_array_n_rows(array), row_bytes = dsi_array_row_bytes(array);
    n = n < MAX_ROWS ? n : MAX_ROWS;
    if (row_bytes && n > MAX_BYTES / row_bytes)
        n = MAX_BYTES / row_bytes + 1;
    static const uint64_t pieces[] = {MAX_ROWS, 1, 7, MAX_ROWS};
    struct dsi_bytes first = {0}, again = {0};
    uint64_t n_first, n_again;
    enum dsi_status status = read_in_pieces(file, n, MAX_ROWS, &first, &n_first);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        must(read_in_pieces(file, n, pieces[i], &again, &n_again) == status);
        must(n_again == n_first && again.n == first.n &&
             (first.n == 0 || memcmp(first.data, again.data, first.n) == 0));
    }
    dsi_bytes_free(&first);
    dsi_bytes_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    extern const struct dsi_format dsi_format_idx;
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_open_options options = {.limits = {.max_bytes = MAX_BYTES}};
    dsi_source_of_bytes(&source, data, n);
    if (dsi_file_open(&file, &source, &options, &dsi_format_idx, NULL) == DSI_OK) {
        check(&file);
        dsi_file_close(&file);
    }
    return 0;
}
