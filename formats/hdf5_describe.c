/* From what the helper tells of datasets to the arrays of a file. */
#include "hdf5_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- text for people
 * -------------------------------------------------------------------- */

static enum dsi_status set_text(char **text, const char *to, struct dsi_error *err)
{
    *text = dsi_text_copy(to, strlen(to));
    return *text ? DSI_OK : dsi_fail_memory(err, strlen(to) + 1);
}

static enum dsi_status append_part(struct dsi_bytes *name, const char *between,
                                   const char *part, struct dsi_error *err)
{
    if (!part)
        return DSI_OK;
    DSI_TRY(dsi_bytes_append(name, between, strlen(between), err));
    return dsi_bytes_append(name, part, strlen(part), err);
}

/* "PATH", "PATH.FIELD", "PATH@ATTRIBUTE" or "PATH@ATTRIBUTE.FIELD". */
static enum dsi_status name_array(struct dsi_array *array,
                                  const struct dsi_hdf5_dataset *told,
                                  const char *field, struct dsi_error *err)
{
    struct dsi_bytes name = {0};
    enum dsi_status status = append_part(&name, "", told->path, err);
    const size_t n_path = name.n;
    if (status == DSI_OK)
        status = append_part(&name, "@", told->attribute, err);
    if (status == DSI_OK)
        status = append_part(&name, ".", field, err);
    if (status == DSI_OK)
        status = dsi_bytes_append(&name, "", 1, err);
    if (status != DSI_OK) {
        dsi_bytes_free(&name);
        return status;
    }
    array->name = (char *)name.data;
    if (told->attribute)
        array->attribute = array->name + n_path + 1;
    return DSI_OK;
}

static enum dsi_status name_chunks(struct dsi_array *array,
                                   const struct dsi_hdf5_dataset *told,
                                   struct dsi_error *err)
{
    char text[DSI_MAX_DIMS * 21 + 1];
    size_t n = 0;
    for (int i = 0; i < told->n_dims; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%" PRIu64, i ? "x" : "",
                              told->chunk[i]);
    return set_text(&array->chunks, text, err);
}

/* As people know them; the numbers are the HDF Group's. */
static const char *filter_name(uint64_t id)
{
    static const struct {
        uint64_t id;
        const char *name;
    } names[] = {
        {1, "gzip"},      {2, "shuffle"},     {3, "fletcher32"},     {4, "szip"},
        {5, "nbit"},      {6, "scaleoffset"}, {307, "bzip2"},        {32000, "lzf"},
        {32001, "blosc"}, {32004, "lz4"},     {32008, "bitshuffle"}, {32013, "zfp"},
        {32015, "zstd"},  {32026, "blosc2"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].id == id)
            return names[i].name;
    return NULL;
}

static void describe_filter(const struct dsi_hdf5_filter *filter, char *text,
                            size_t size)
{
    enum { DEFLATE = 1 };
    const char *name = filter_name(filter->id);
    if (filter->id == DEFLATE && filter->n_values)
        snprintf(text, size, "gzip(%" PRIu64 ")", filter->values[0]);
    else if (name)
        snprintf(text, size, "%s", name);
    else
        snprintf(text, size, "%" PRIu64 "%s%s%s", filter->id,
                 filter->name[0] ? "(" : "", filter->name, filter->name[0] ? ")" : "");
}

static enum dsi_status name_filters(struct dsi_array *array,
                                    const struct dsi_hdf5_dataset *told,
                                    struct dsi_error *err)
{
    char text[DSI_HDF5_MAX_FILTERS * 64];
    size_t n = 0;
    for (size_t i = 0; i < told->n_filters; i++) {
        char one[64];
        describe_filter(&told->filters[i], one, sizeof one);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", one);
    }
    return told->n_filters ? set_text(&array->filters, text, err) : DSI_OK;
}

/* --- what is not read
 * ------------------------------------------------------------------- */

/* Sets why, unless there is a reason already. */
static enum dsi_status refuse(struct dsi_array *array, const struct dsi_error *why,
                              struct dsi_error *err)
{
    if (array->status != DSI_OK)
        return DSI_OK;
    DSI_TRY(set_text(&array->reason, why->message, err));
    array->status = why->status;
    return DSI_OK;
}

static enum dsi_status refuse_large(struct dsi_array *array, const char *what,
                                    uint64_t n_bytes, uint64_t limit,
                                    struct dsi_error *err)
{
    struct dsi_error why;
    if (n_bytes <= limit)
        return DSI_OK;
    (void)!dsi_fail(&why, DSI_ERR_LIMIT,
                    "one %s takes %" PRIu64 " bytes, more than the limit of %" PRIu64
                    "; raise it with --limit-bytes",
                    what, n_bytes, limit);
    return refuse(array, &why, err);
}

static uint64_t all_bytes(const struct dsi_hdf5_dataset *told)
{
    uint64_t n = told->element_bytes;
    for (int i = 0; i < told->n_dims; i++)
        n *= told->shape[i];
    return n;
}

/* A file of 2 KB may claim 8 TB, all but nothing of it written. To make values of that
 * for days helps nobody. (What was never written at all is known from one row.) */
static enum dsi_status refuse_hollow(const struct dsi_file *file,
                                     struct dsi_array *array,
                                     const struct dsi_hdf5_dataset *told,
                                     struct dsi_error *err)
{
    enum { HOLLOW_RATIO = 1000 };
    const uint64_t hollow = UINT64_C(64) << 30;
    uint64_t n_bytes = all_bytes(told);
    struct dsi_error why;
    /* More than the file has is not in it; what other files have is not known. */
    uint64_t n_stored = told->n_bytes_stored;
    if (n_stored > file->source->n_bytes)
        n_stored = file->source->n_bytes;
    bool is_elsewhere =
        told->layout == DSI_HDF5_INDIRECT && file->options.follow_external;
    if (told->layout == DSI_HDF5_UNWRITTEN || told->layout == DSI_HDF5_CONTIGUOUS ||
        is_elsewhere || n_bytes <= hollow || n_stored >= n_bytes / HOLLOW_RATIO)
        return DSI_OK;
    (void)!dsi_fail(&why, DSI_ERR_LIMIT,
                    "of its %" PRIu64 " bytes only %" PRIu64
                    " were ever stored: almost all of it is the fill value",
                    n_bytes, n_stored);
    return refuse(array, &why, err);
}

static enum dsi_status refuse_what_is_not_read(const struct dsi_file *file,
                                               struct dsi_hdf5_data *data,
                                               struct dsi_array *array,
                                               struct dsi_error *err)
{
    uint64_t limit = file->options.limits.max_bytes;
    struct dsi_error why;
    DSI_TRY(refuse_large(array, "row", dsi_array_row_bytes(array), limit, err));
    DSI_TRY(refuse_large(array, "element", data->told.element_bytes, limit, err));
    if (data->told.n_dims == 0) /* read whole, whatever box it is */
        DSI_TRY(refuse_large(array, "element",
                             dsi_array_row_bytes(array) * dsi_array_n_rows(array),
                             limit, err));
    if (array->status == DSI_OK)
        DSI_TRY(refuse_hollow(file, array, &data->told, err));
    if (data->told.layout != DSI_HDF5_CHUNKED)
        return DSI_OK;
    if (dsi_chunk_grid_init(&data->grid, data->told.n_dims, data->told.shape,
                            data->told.chunk, data->told.element_bytes, &why) != DSI_OK)
        return refuse(array, &why, err);
    return refuse_large(array, "chunk", data->grid.chunk_bytes, limit, err);
}

/* --- arrays
 * ----------------------------------------------------------------------------- */

static void set_shape(struct dsi_array *array, const struct dsi_hdf5_dataset *told,
                      const struct dsi_field *field)
{
    array->n_dims = told->n_dims + field->n_dims;
    memcpy(array->shape, told->shape, sizeof *array->shape * (size_t)told->n_dims);
    for (int i = 0; i < field->n_dims; i++)
        array->shape[told->n_dims + i] = field->shape[i];
}

/* The rows at the end of a contiguous dataset that the file is too short for. */
static uint64_t n_rows_missing(const struct dsi_file *file,
                               const struct dsi_hdf5_dataset *told,
                               const struct dsi_array *array)
{
    uint64_t end = file->source->n_bytes, row = told->element_bytes;
    uint64_t n_rows = dsi_array_n_rows(array);
    if (told->layout != DSI_HDF5_CONTIGUOUS || all_bytes(told) == 0)
        return 0;
    uint64_t there = end > told->address ? end - told->address : 0;
    if (there >= all_bytes(told))
        return 0;
    if (told->n_dims == 0)
        return n_rows;
    for (int i = 1; i < told->n_dims; i++)
        row *= told->shape[i];
    return n_rows - there / row;
}

/* What the field and the array share moves from one to the other. */
static void move_field(struct dsi_array *array, struct dsi_hdf5_field *field)
{
    array->status = field->status;
    array->reason = field->reason;
    array->note = field->note;
    array->fill = field->fill;
    array->missing = field->missing;
    array->value_names = field->value_names;
    array->n_value_names = field->n_value_names;
    field->reason = field->note = NULL;
    field->fill = field->missing = (struct dsi_bytes){0};
    field->value_names = NULL;
    field->n_value_names = 0;
}

/* A field's share of what is stored, which is exact where nothing is compressed. */
static uint64_t bytes_of_field(const struct dsi_hdf5_dataset *told,
                               const struct dsi_field *field)
{
    uint64_t n = dsi_field_bytes(field);
    if (told->n_fields < 2 || n >= told->element_bytes)
        return told->n_bytes_stored;
    return (uint64_t)((double)told->n_bytes_stored * (double)n /
                      (double)told->element_bytes);
}

static enum dsi_status describe(struct dsi_file *file, struct dsi_hdf5_data *data,
                                struct dsi_hdf5_field *field, struct dsi_array *array,
                                struct dsi_error *err)
{
    const struct dsi_hdf5_dataset *told = &data->told;
    move_field(array, field);
    array->dtype = field->field.dtype;
    set_shape(array, told, &field->field);
    array->n_bytes_stored = bytes_of_field(told, &field->field);
    array->is_constant = told->layout == DSI_HDF5_UNWRITTEN;
    array->is_null = data->is_null;
    DSI_TRY(name_array(array, told, field->field.name, err));
    DSI_TRY(refuse_what_is_not_read(file, data, array, err));
    if (!field->by_rows)
        array->n_rows_missing = n_rows_missing(file, told, array);
    array->is_in_order = !field->by_rows && told->layout == DSI_HDF5_CONTIGUOUS &&
                         field->field.n_dims == 0 &&
                         dsi_field_bytes(&field->field) == told->element_bytes &&
                         dsi_dtype_is_number(array->dtype);
    array->values_at = told->address;
    if (array->n_rows_missing)
        dsi_warn(&file->warnings, DSI_ERR_TRUNCATED,
                 "%.100s: %" PRIu64 " of %" PRIu64 " rows are missing", array->name,
                 array->n_rows_missing, dsi_array_n_rows(array));
    if (told->n_dims == 0 || told->chunk[0] == 0)
        return DSI_OK;
    array->n_rows_together = told->layout == DSI_HDF5_CHUNKED ? told->chunk[0] : 0;
    array->n_bytes_together =
        told->layout == DSI_HDF5_CHUNKED ? data->grid.chunk_bytes : 0;
    DSI_TRY(name_chunks(array, told, err));
    return name_filters(array, told, err);
}

enum dsi_status dsi_hdf5_describe(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    size_t n = 0;
    for (size_t i = 0; i < hdf5->n_datas; i++)
        n += hdf5->datas[i].told.n_fields;
    hdf5->arrays = dsi_alloc_zeroed(n, sizeof *hdf5->arrays);
    file->arrays = dsi_alloc_zeroed(n, sizeof *file->arrays);
    if (!hdf5->arrays || !file->arrays)
        return dsi_fail_memory(err, n * sizeof *file->arrays);
    for (size_t i = 0; i < hdf5->n_datas; i++) {
        struct dsi_hdf5_data *data = &hdf5->datas[i];
        data->is_null = data->told.layout == DSI_HDF5_NULL;
        if (data->is_null)
            data->told.layout = DSI_HDF5_UNWRITTEN;
        data->is_decoded_here =
            dsi_chunk_filters_known(data->told.filters, data->told.n_filters);
        for (size_t k = 0; k < data->told.n_fields; k++) {
            size_t at = file->n_arrays++;
            hdf5->arrays[at] = (struct dsi_hdf5_array){.data = i, .field = k};
            DSI_TRY(
                describe(file, data, &data->told.fields[k], &file->arrays[at], err));
        }
    }
    return DSI_OK;
}
