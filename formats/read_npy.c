/* NumPy's .npy: one array, or the fields of an array of records. */
#include "gather.h"
#include "npy_dtype.h"
#include "npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[DSI_NPY_MAGIC_BYTES + 1] = "\x93NUMPY";

static int probe(const uint8_t *head, size_t n)
{
    bool same =
        n >= DSI_NPY_MAGIC_BYTES && memcmp(head, magic, DSI_NPY_MAGIC_BYTES) == 0;
    return same ? 8 * DSI_NPY_MAGIC_BYTES : 0;
}

static uint64_t n_rows_of(const struct dsi_records *h)
{
    return h->n_dims ? h->shape[0] : 1;
}

/* Records in one row. Not a quotient: there may be no rows. */
static uint64_t row_records(const struct dsi_records *h)
{
    uint64_t n = 1;
    for (int i = 1; i < h->n_dims; i++)
        n *= h->shape[i];
    return n;
}

/* The leading rows (records, for 0 dimensions) that lie wholly within the file. In
 * Fortran order the last column decides. */
static uint64_t n_rows_there(const struct dsi_file *file)
{
    const struct dsi_records *h = file->state;
    uint64_t n_rows = n_rows_of(h), per_row = row_records(h), n = h->n_records;
    if (file->source->kind == DSI_SOURCE_STREAM || h->record_bytes == 0 || n == 0)
        return n_rows;
    uint64_t end = file->source->n_bytes;
    uint64_t there =
        end > h->data_offset ? (end - h->data_offset) / h->record_bytes : 0;
    if (there >= n)
        return n_rows;
    if (!dsi_records_are_transposed(h))
        return there / per_row;
    uint64_t before_last = n - n_rows;
    return there > before_last ? there - before_last : 0;
}

/* Rows of an array that are not, where a 0-d array may be a box with rows of its own.
 */
static uint64_t n_rows_missing(const struct dsi_file *file,
                               const struct dsi_array *array)
{
    const struct dsi_records *h = file->state;
    uint64_t n_missing = n_rows_of(h) - n_rows_there(file);
    return n_missing && h->n_dims == 0 ? dsi_array_n_rows(array) : n_missing;
}

static void warn_about_size(struct dsi_file *file)
{
    const struct dsi_records *h = file->state;
    uint64_t n_there = n_rows_there(file);
    uint64_t end = h->data_offset + h->n_records * h->record_bytes;
    uint8_t next[DSI_NPY_MAGIC_BYTES];
    size_t got;

    if (file->source->kind == DSI_SOURCE_STREAM)
        return;
    if (file->source->n_bytes < end)
        dsi_warn(&file->warnings, DSI_ERR_TRUNCATED,
                 "%llu of %llu rows are missing: the file ends %llu bytes early",
                 (unsigned long long)(n_rows_of(h) - n_there),
                 (unsigned long long)n_rows_of(h),
                 (unsigned long long)(end - file->source->n_bytes));
    if (file->source->n_bytes <= end)
        return;
    bool another =
        dsi_source_read(file->source, end, next, sizeof next, &got, NULL) == DSI_OK &&
        probe(next, got);
    dsi_warn(&file->warnings, DSI_OK,
             "%llu bytes after the array are ignored, as numpy.load does%s",
             (unsigned long long)(file->source->n_bytes - end),
             another ? "; they begin as another array" : "");
}

static enum dsi_status describe_note(struct dsi_array *array,
                                     const struct dsi_records *h,
                                     const struct dsi_field *field,
                                     struct dsi_error *err)
{
    char note[200], record[100] = "";
    bool transposed = dsi_records_are_transposed(h);
    bool two_bytes = array->dtype.kind == DSI_VOID && array->dtype.size == 2;

    if (field->name)
        snprintf(record, sizeof record, "byte %llu of records of %llu bytes",
                 (unsigned long long)field->offset,
                 (unsigned long long)h->record_bytes);
    snprintf(note, sizeof note, "%s%s%s%s%s", transposed ? "Fortran order" : "",
             transposed && field->name ? ", " : "", record,
             two_bytes && (transposed || field->name) ? ", " : "",
             two_bytes ? "opaque: bfloat16, if it is that, takes --as-dtype=bfloat16"
                       : "");
    if (!note[0])
        return DSI_OK;
    array->note = dsi_text_copy(note, strlen(note));
    return array->note ? DSI_OK : dsi_fail_memory(err, strlen(note));
}

/* |V items are what the user says they are, where the size agrees. */
static enum dsi_status apply_as_dtype(const char *name, struct dsi_dtype *dtype,
                                      struct dsi_error *err)
{
    struct dsi_dtype as;
    if (!name)
        return DSI_OK;
    if (dsi_npy_dtype(&as, name, strlen(name), NULL) != DSI_OK)
        return dsi_fail(err, DSI_ERR_USAGE, "--as-dtype: no dtype is called '%.100s'",
                        name);
    if (dtype->kind != DSI_VOID || as.size != dtype->size || as.kind == DSI_VOID)
        return DSI_OK;
    if (name[0] != '<' && name[0] != '>' && as.size > 1 && as.kind != DSI_BYTES)
        as.big_endian = dtype->big_endian;
    *dtype = as;
    return DSI_OK;
}

static enum dsi_status describe(struct dsi_file *file, const struct dsi_field *field,
                                struct dsi_array *array, struct dsi_error *err)
{
    const struct dsi_records *h = file->state;
    array->dtype = field->dtype;
    DSI_TRY(apply_as_dtype(file->options.as_dtype, &array->dtype, err));
    array->n_dims = h->n_dims + field->n_dims;
    if (array->n_dims > DSI_MAX_DIMS)
        return dsi_fail(
            err, DSI_ERR_UNSUPPORTED,
            "an array and its field have %d dimensions together; at most 64 "
            "are read",
            array->n_dims);
    memcpy(array->shape, h->shape, (size_t)h->n_dims * sizeof *array->shape);
    for (int i = 0; i < field->n_dims; i++)
        array->shape[h->n_dims + i] = field->shape[i];
    DSI_TRY(dsi_array_check(array, err));
    array->sequential = file->source->kind == DSI_SOURCE_STREAM;
    array->n_bytes_stored = h->n_records * dsi_field_bytes(field);
    array->n_rows_missing = n_rows_missing(file, array);
    array->is_in_order = h->n_fields == 1 && field->n_dims == 0 &&
                         dsi_field_bytes(field) == h->record_bytes &&
                         !dsi_records_are_transposed(h) && !array->sequential &&
                         dsi_dtype_is_number(array->dtype);
    array->values_at = h->data_offset;
    if (field->name) {
        array->name = dsi_text_copy(field->name, strlen(field->name));
        if (!array->name)
            return dsi_fail_memory(err, strlen(field->name));
    }
    return describe_note(array, h, field, err);
}

static enum dsi_status open_npy(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_records *h = file->state = dsi_alloc_zeroed(1, sizeof *h);
    if (!h)
        return dsi_fail_memory(err, sizeof *h);
    DSI_TRY(dsi_npy_header_read(h, file->source, err));
    if (file->source->kind == DSI_SOURCE_STREAM && dsi_records_are_transposed(h))
        return dsi_fail(
            err, DSI_ERR_UNSUPPORTED,
            "an array in Fortran order cannot be read from a stream, for its "
            "first row ends where the file does; save it to a file first");
    file->arrays = dsi_alloc_zeroed(h->n_fields, sizeof *file->arrays);
    if (!file->arrays)
        return dsi_fail_memory(err, h->n_fields * sizeof *file->arrays);
    for (size_t i = 0; i < h->n_fields; i++) {
        file->n_arrays++;
        DSI_TRY(describe(file, &h->fields[i], &file->arrays[i], err));
    }
    warn_about_size(file);
    return DSI_OK;
}

static enum dsi_status check_limits(const struct dsi_file *file,
                                    const struct dsi_array *array,
                                    struct dsi_error *err)
{
    const struct dsi_records *h = file->state;
    uint64_t row = dsi_array_row_bytes(array), limit = file->options.limits.max_bytes;
    if (row > limit || h->record_bytes > limit)
        return dsi_fail(
            err, DSI_ERR_LIMIT,
            "one %s takes %llu bytes, more than the limit of %llu; raise it "
            "with --limit-bytes",
            row > limit ? "row" : "record",
            (unsigned long long)(row > limit ? row : h->record_bytes),
            (unsigned long long)limit);
    return DSI_OK;
}

/* Rows that stand in the file as they are delivered, but for the byte order. */
static enum dsi_status read_plain(struct dsi_file *file, uint64_t first, uint64_t n,
                                  uint64_t row_bytes, struct dsi_rows *rows,
                                  struct dsi_error *err)
{
    const struct dsi_records *h = file->state;
    size_t got, want = (size_t)(n * row_bytes);
    DSI_TRY(dsi_source_read(file->source, h->data_offset + first * row_bytes,
                            rows->values.data, want, &got, err));
    rows->n_rows = got / row_bytes;
    if (got < want)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "ends within row %llu of %llu",
                        (unsigned long long)(first + rows->n_rows),
                        (unsigned long long)n_rows_of(h));
    return DSI_OK;
}

/* The one record of a 0-d array whose field is a box: its rows are those of the box. */
static enum dsi_status read_box(const struct dsi_gather *gather, uint64_t first,
                                uint64_t n, uint64_t row_bytes, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    struct dsi_bytes box = {0};
    uint64_t n_done;
    enum dsi_status status = dsi_bytes_claim(&box, dsi_field_bytes(gather->field), err);
    if (status == DSI_OK)
        status =
            dsi_gather_records(gather, 0, 1, box.data, &rows->scratch, &n_done, err);
    if (status == DSI_OK) {
        memcpy(rows->values.data, box.data + first * row_bytes, n * row_bytes);
        rows->n_rows = n;
    }
    dsi_bytes_free(&box);
    return status;
}

static enum dsi_status read_some(struct dsi_file *file, size_t index, uint64_t first,
                                 uint64_t n, uint64_t row_bytes, struct dsi_rows *rows,
                                 struct dsi_error *err)
{
    const struct dsi_records *h = file->state;
    struct dsi_gather gather = {
        .source = file->source, .header = h, .field = &h->fields[index]};

    if (n == 0 || row_bytes == 0) {
        rows->n_rows = n;
        return DSI_OK;
    }
    if (h->n_dims == 0 && gather.field->n_dims > 0)
        return read_box(&gather, first, n, row_bytes, rows, err);
    if (dsi_records_are_transposed(h)) {
        DSI_TRY(
            dsi_gather_rows(&gather, first, n, rows->values.data, &rows->scratch, err));
        rows->n_rows = n;
        return DSI_OK;
    }
    if (dsi_gather_is_plain(&gather))
        return read_plain(file, first, n, row_bytes, rows, err);
    uint64_t per_row = row_records(h), n_done;
    enum dsi_status status =
        dsi_gather_records(&gather, first * per_row, n * per_row, rows->values.data,
                           &rows->scratch, &n_done, err);
    rows->n_rows = n_done / per_row;
    return status;
}

/* NumPy takes any byte that is not zero for True; a check wants one way to say it. */
static void normalise_bools(uint8_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] = values[i] != 0;
}

static enum dsi_status read_npy(struct dsi_file *file, size_t index, uint64_t first,
                                uint64_t n, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[index];
    uint64_t there = n_rows_there(file), row_bytes = dsi_array_row_bytes(array);
    if (there == n_rows_of(file->state)) /* 0-d: of its box, if it is one */
        there = dsi_array_n_rows(array);
    uint64_t n_there = first < there ? there - first : 0;
    n_there = n_there < n ? n_there : n;

    if (n_there) /* else that is what is wrong, however long rows are */
        DSI_TRY(check_limits(file, array, err));
    DSI_TRY(dsi_bytes_claim(&rows->values, n_there * row_bytes, err));
    enum dsi_status status =
        read_some(file, index, first, n_there, row_bytes, rows, err);
    rows->values.n = (size_t)(rows->n_rows * row_bytes);
    if (array->dtype.big_endian != dsi_machine_is_big_endian() && array->dtype.size)
        dsi_dtype_swap(array->dtype, rows->values.data,
                       rows->values.n / array->dtype.size);
    if (array->dtype.kind == DSI_BOOL)
        normalise_bools(rows->values.data, rows->values.n);
    if (status == DSI_OK && n_there < n)
        status = dsi_fail(err, DSI_ERR_TRUNCATED, "%llu of %llu rows are there",
                          (unsigned long long)there,
                          (unsigned long long)dsi_array_n_rows(array));
    return status;
}

static void close_npy(struct dsi_file *file)
{
    if (file->state)
        dsi_records_free(file->state);
    free(file->state);
}

static const char *const suffixes[] = {".npy", NULL};

const struct dsi_format dsi_format_npy = {
    .name = "npy",
    .suffixes = suffixes,
    .probe = probe,
    .open = open_npy,
    .read = read_npy,
    .close = close_npy,
};
