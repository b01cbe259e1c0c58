/* Delivering rows of an HDF5 file, each by the shortest way there is. */
#include "gather.h"
#include "hdf5_file.h"

#include <inttypes.h>
#include <string.h>

/* What is read, and how much of it: rows of the dataset, of which one without axes has
 * one. */
struct reading {
    struct dsi_file *file;
    size_t array;
    const struct dsi_array *described;
    struct dsi_hdf5_data *data;
    const struct dsi_hdf5_field *field;
    uint64_t first, n, row_bytes;
};

/* --- the ways
 * --------------------------------------------------------------------------- */

static enum dsi_status read_contiguous(const struct reading *r, struct dsi_rows *rows,
                                       struct dsi_error *err)
{
    const struct dsi_hdf5_dataset *told = &r->data->told;
    struct dsi_records records = {.n_dims = told->n_dims,
                                  .data_offset = told->address,
                                  .record_bytes = told->element_bytes,
                                  .n_records = 1};
    const struct dsi_gather gather = {
        .source = r->file->source, .header = &records, .field = &r->field->field};
    uint64_t per_row = 1, n_done = 0;
    for (int i = 0; i < told->n_dims; i++) {
        records.shape[i] = told->shape[i];
        records.n_records *= told->shape[i];
        per_row *= i ? told->shape[i] : 1;
    }
    enum dsi_status status;
    if (dsi_gather_is_plain(&gather)) {
        size_t got, want = (size_t)(r->n * r->row_bytes);
        DSI_TRY(dsi_source_read(r->file->source,
                                told->address + r->first * r->row_bytes,
                                rows->values.data, want, &got, err));
        rows->n_rows = got / r->row_bytes;
        if (got == want)
            return DSI_OK;
        return dsi_fail(err, DSI_ERR_TRUNCATED, "ends within row %" PRIu64,
                        r->first + rows->n_rows);
    }
    status = dsi_gather_records(&gather, r->first * per_row, r->n * per_row,
                                rows->values.data, &rows->scratch, &n_done, err);
    rows->n_rows = n_done / per_row;
    return status;
}

/* One value of what was never written, in the byte order of the file; NULL: zeros. */
static const uint8_t *fill_value(const struct reading *r, uint8_t *value)
{
    const struct dsi_dtype dtype = r->described->dtype;
    if (r->described->fill.n == 0)
        return NULL;
    memcpy(value, r->described->fill.data, dtype.size);
    if (dtype.big_endian != dsi_machine_is_big_endian())
        dsi_dtype_swap(dtype, value, 1);
    return value;
}

static void fill_all(const struct reading *r, const uint8_t *value,
                     struct dsi_rows *rows)
{
    size_t size = r->described->dtype.size, n = (size_t)(r->n * r->row_bytes);
    rows->n_rows = r->n;
    if (!value) {
        memset(rows->values.data, 0, n);
        return;
    }
    for (size_t at = 0; at < n; at += size)
        memcpy(rows->values.data + at, value, size);
}

static enum dsi_status read_chunked(const struct reading *r, const uint8_t *fill,
                                    struct dsi_rows *rows, struct dsi_error *err)
{
    struct dsi_hdf5_chunk_read read = {
        .source = r->file->source,
        .hdf5 = r->file->state,
        .data = r->data,
        .max_bytes = r->file->options.limits.max_bytes,
        .rows = {.field = &r->field->field,
                 .first = r->first,
                 .n = r->n,
                 .out = rows->values.data},
        .fill = fill,
        .unwritten = &rows->unwritten,
    };
    return dsi_hdf5_read_chunks_of(&read, &rows->n_rows, err);
}

static bool needs_helper(const struct reading *r)
{
    enum dsi_hdf5_layout layout = r->data->told.layout;
    /* The fill of a box may differ from value to value, and is then not told. */
    if (layout == DSI_HDF5_UNWRITTEN)
        return r->described->dtype.kind == DSI_STRING ||
               (r->field->by_rows && r->field->field.n_dims && r->field->fill.n == 0);
    return r->field->by_rows || layout == DSI_HDF5_INDIRECT ||
           (layout == DSI_HDF5_CHUNKED && !r->data->is_decoded_here);
}

static enum dsi_status read_here(const struct reading *r, struct dsi_rows *rows,
                                 struct dsi_error *err)
{
    enum dsi_hdf5_layout layout = r->data->told.layout;
    struct dsi_bytes value = {0};
    DSI_TRY(dsi_bytes_claim(&rows->values, r->n * r->row_bytes, err));
    DSI_TRY(dsi_bytes_claim(&value, r->described->dtype.size, err));
    const uint8_t *fill = fill_value(r, value.data);
    enum dsi_status status = DSI_OK;
    if (layout == DSI_HDF5_UNWRITTEN)
        fill_all(r, fill, rows);
    else if (layout == DSI_HDF5_CONTIGUOUS)
        status = read_contiguous(r, rows, err);
    else
        status = read_chunked(r, fill, rows, err);
    dsi_bytes_free(&value);
    rows->values.n = (size_t)(rows->n_rows * r->row_bytes);
    return status;
}

/* --- values as they are delivered
 * ------------------------------------------------------- */

static void pad(uint8_t *value, size_t size, enum dsi_hdf5_padding padding)
{
    size_t n = size;
    if (padding == DSI_HDF5_NUL_TERMINATED)
        n = strnlen((const char *)value, size);
    else
        while (n && (value[n - 1] == ' ' || value[n - 1] == '\0'))
            n--;
    memset(value + n, 0, size - n);
}

static void finish_values(const struct reading *r, struct dsi_rows *rows)
{
    const struct dsi_dtype dtype = r->described->dtype;
    uint8_t *values = rows->values.data;
    size_t n = rows->values.n / dtype.size;
    if (dtype.big_endian != dsi_machine_is_big_endian())
        dsi_dtype_swap(dtype, values, n);
    if (dtype.kind == DSI_BOOL)
        for (size_t i = 0; i < n; i++)
            values[i] = values[i] != 0;
    if (dtype.kind == DSI_BYTES && r->field->padding != DSI_HDF5_NUL_PADDED)
        for (size_t i = 0; i < n; i++)
            pad(values + i * dtype.size, dtype.size, r->field->padding);
}

/* The rows of a box that is the one element of a dataset without axes. */
static void cut_box(struct dsi_rows *rows, uint64_t first, uint64_t n,
                    uint64_t row_bytes)
{
    if (rows->n_rows == 0)
        return;
    memmove(rows->values.data, rows->values.data + first * row_bytes,
            (size_t)(n * row_bytes));
    rows->values.n = (size_t)(n * row_bytes);
    rows->n_rows = n;
}

enum dsi_status dsi_hdf5_read(struct dsi_file *file, size_t index, uint64_t first,
                              uint64_t n, struct dsi_rows *rows, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    const struct dsi_array *array = &file->arrays[index];
    struct dsi_hdf5_data *data = &hdf5->datas[hdf5->arrays[index].data];
    uint64_t row_bytes = dsi_array_row_bytes(array);
    bool is_box = data->told.n_dims == 0;
    struct reading r = {
        .file = file,
        .array = index,
        .described = array,
        .data = data,
        .field = &data->told.fields[hdf5->arrays[index].field],
        .first = is_box ? 0 : first,
        .n = is_box ? 1 : n,
        .row_bytes = is_box ? row_bytes * dsi_array_n_rows(array) : row_bytes,
    };
    if (row_bytes == 0) {
        rows->n_rows = n;
        return DSI_OK;
    }
    enum dsi_status status =
        needs_helper(&r) ? dsi_hdf5_read_by_helper(file, index, r.first, r.n, rows, err)
                         : read_here(&r, rows, err);
    finish_values(&r, rows);
    if (is_box)
        cut_box(rows, first, n, row_bytes);
    return status;
}
