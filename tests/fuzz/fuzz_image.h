/* What the fuzzers of the two image readers share: what must hold of any input. */
#ifndef DSI_FUZZ_IMAGE_H
#define DSI_FUZZ_IMAGE_H

#include "reader.h"

#include <stdlib.h>
#include <string.h>

extern const struct dsi_format dsi_format_png, dsi_format_jpeg;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void must(bool condition)
{
    if (!condition)
        abort();
}

/* Small limits: large pictures are slow and teach nothing that small ones do not. */
static inline struct dsi_open_options small_options(bool expand_palette)
{
    return (struct dsi_open_options){
        .limits = {.max_bytes = UINT64_C(4) << 20, .max_pixels = UINT64_C(1) << 18},
        .expand_palette = expand_palette};
}

static inline enum dsi_status read_rows(struct dsi_file *file, uint64_t first,
                                        uint64_t n, struct dsi_rows *rows)
{
    struct dsi_error err = {0};
    enum dsi_status status = dsi_file_read(file, 0, first, n, rows, &err);
    must(status == DSI_OK ? rows->n_rows == n : err.status == status && *err.message);
    must(rows->n_rows <= n);
    must(rows->values.n == rows->n_rows * dsi_array_row_bytes(&file->arrays[0]));
    return status;
}

/* Reads everything, then rows [first, end), and compares the rows that both deliver. */
static inline void compare_parts(struct dsi_file *file)
{
    struct dsi_rows whole = {0}, part = {0};
    uint64_t n = dsi_array_n_rows(&file->arrays[0]);
    uint64_t row_bytes = dsi_array_row_bytes(&file->arrays[0]);
    uint64_t first = n / 3, end = n - n / 4;
    enum dsi_status status = read_rows(file, 0, n, &whole);
    if (n <= 4096 && status != DSI_ERR_LIMIT) {
        read_rows(file, first, end - first, &part);
        uint64_t both = whole.n_rows > first ? whole.n_rows - first : 0;
        both = both < part.n_rows ? both : part.n_rows;
        if (both)
            must(memcmp(part.values.data, whole.values.data + first * row_bytes,
                        (size_t)(both * row_bytes)) == 0);
    }
    dsi_rows_free(&whole);
    dsi_rows_free(&part);
}

static inline void fuzz_image(const uint8_t *data, size_t n,
                              const struct dsi_format *format, bool expand_palette)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_error err = {0};
    struct dsi_open_options options = small_options(expand_palette);
    dsi_source_of_bytes(&source, data, n);
    enum dsi_status status = dsi_file_open(&file, &source, &options, format, &err);
    if (status == DSI_OK) {
        must(file.n_arrays == 1 && !file.arrays[0].name);
        compare_parts(&file);
        dsi_file_close(&file);
    } else {
        must(err.status == status && *err.message);
    }
    dsi_source_close(&source);
}

#endif
