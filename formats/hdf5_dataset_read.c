/* A DATASET message, as it is read: nothing in it is believed before it is checked. */
#include "hdf5_message.h"

#include <stdlib.h>
#include <string.h>

/* --- parts
 * ------------------------------------------------------------------------------ */

static enum dsi_status read_flag(struct dsi_bytes_reader *body, bool *flag,
                                 struct dsi_error *err)
{
    uint64_t value;
    DSI_TRY(dsi_message_at_most(body, 1, &value, err));
    *flag = value;
    return DSI_OK;
}

static enum dsi_status copy_optional(struct dsi_bytes_reader *body, char **copy,
                                     struct dsi_error *err)
{
    bool is_there;
    DSI_TRY(read_flag(body, &is_there, err));
    return is_there ? dsi_bytes_read_name(body, copy, err) : DSI_OK;
}

static enum dsi_status read_all(struct dsi_bytes_reader *body, uint64_t *values,
                                size_t n, struct dsi_error *err)
{
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_read_u64(body, &values[i], err));
    return DSI_OK;
}

/* A count of things that take min_bytes each in the rest of the message, and room for
 * them. */
static enum dsi_status read_count(struct dsi_bytes_reader *body, size_t min_bytes,
                                  size_t item_size, void *items, size_t *n,
                                  struct dsi_error *err)
{
    uint64_t count;
    *n = 0;
    DSI_TRY(dsi_message_at_most(body, (body->n - body->at) / min_bytes, &count, err));
    void *room = dsi_alloc_zeroed(count, item_size);
    if (!room)
        return dsi_fail_memory(err, count * item_size);
    memcpy(items, &room, sizeof room);
    *n = (size_t)count;
    return DSI_OK;
}

static enum dsi_status lie(struct dsi_error *err, const char *what)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "no dataset has %s", what);
}

/* --- filters
 * ---------------------------------------------------------------------------- */

static enum dsi_status read_filter(struct dsi_bytes_reader *body,
                                   struct dsi_hdf5_filter *filter,
                                   struct dsi_error *err)
{
    const char *name;
    size_t n;
    DSI_TRY(dsi_bytes_read_u64(body, &filter->id, err));
    DSI_TRY(
        dsi_message_at_most(body, DSI_HDF5_MAX_FILTER_VALUES, &filter->n_values, err));
    DSI_TRY(read_all(body, filter->values, (size_t)filter->n_values, err));
    DSI_TRY(dsi_message_text(body, &name, &n, err));
    if (n >= sizeof filter->name)
        return lie(err, "a filter of such a name");
    memcpy(filter->name, name, n);
    return DSI_OK;
}

static enum dsi_status read_chunked(struct dsi_bytes_reader *body,
                                    struct dsi_hdf5_dataset *dataset,
                                    struct dsi_error *err)
{
    enum { FILTER_BYTES = 3 * 8 };
    uint64_t n_bytes = dataset->element_bytes;
    if (dataset->n_dims == 0)
        return lie(err, "chunks but no axes");
    DSI_TRY(read_all(body, dataset->chunk, (size_t)dataset->n_dims, err));
    for (int i = 0; i < dataset->n_dims; i++)
        if (dataset->chunk[i] == 0 || !dsi_mul(n_bytes, dataset->chunk[i], &n_bytes) ||
            n_bytes > INT64_MAX)
            return lie(err, "chunks of such a shape");
    DSI_TRY(read_flag(body, &dataset->edges_are_unfiltered, err));
    DSI_TRY(read_count(body, FILTER_BYTES, sizeof *dataset->filters, &dataset->filters,
                       &dataset->n_filters, err));
    if (dataset->n_filters > DSI_HDF5_MAX_FILTERS)
        return lie(err, "so many filters");
    for (size_t i = 0; i < dataset->n_filters; i++)
        DSI_TRY(read_filter(body, &dataset->filters[i], err));
    return DSI_OK;
}

/* --- fields
 * ----------------------------------------------------------------------------- */

static bool is_power(uint64_t size, uint64_t least, uint64_t most)
{
    return size >= least && size <= most && (size & (size - 1)) == 0;
}

static bool size_fits_kind(enum dsi_kind kind, uint64_t size)
{
    switch (kind) {
    case DSI_BOOL:
        return size == 1;
    case DSI_INT:
    case DSI_UINT:
        return is_power(size, 1, 8);
    case DSI_FLOAT:
        return is_power(size, 2, 8);
    case DSI_BFLOAT:
        return size == 2;
    case DSI_COMPLEX:
        return is_power(size, 8, 16);
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
        return size == 8;
    case DSI_STRING:
        return size == sizeof(struct dsi_string);
    case DSI_BYTES:
    case DSI_VOID:
        return size > 0 && size <= INT32_MAX;
    case DSI_UNICODE:
        break;
    }
    return false;
}

static enum dsi_status read_dtype(struct dsi_bytes_reader *body,
                                  struct dsi_dtype *dtype, struct dsi_error *err)
{
    uint64_t kind, size;
    const char *unit;
    size_t n;
    DSI_TRY(dsi_message_at_most(body, DSI_VOID, &kind, err));
    DSI_TRY(dsi_bytes_read_u64(body, &size, err));
    DSI_TRY(read_flag(body, &dtype->big_endian, err));
    DSI_TRY(dsi_message_text(body, &unit, &n, err));
    if (!size_fits_kind((enum dsi_kind)kind, size) || n >= sizeof dtype->unit)
        return lie(err, "values of such a type");
    dtype->kind = (enum dsi_kind)kind;
    dtype->size = (uint32_t)size;
    memcpy(dtype->unit, unit, n);
    return DSI_OK;
}

/* The box of values: of at least one value, each axis outside those after it, so that
 * no byte belongs to two values; and inside the element, if bytes of that are read. */
static enum dsi_status check_box(const struct dsi_field *field, uint64_t element_bytes,
                                 bool by_rows, struct dsi_error *err)
{
    uint64_t span = field->dtype.size, n_bytes = field->dtype.size, end;
    for (int i = field->n_dims - 1; i >= 0; i--) {
        uint64_t extent = field->shape[i], more;
        if (extent == 0 || !dsi_mul(n_bytes, extent, &n_bytes) || n_bytes > INT64_MAX)
            return lie(err, "a field of such a shape");
        if (by_rows)
            continue;
        if (dsi_field_stride(field, i) < span ||
            !dsi_mul(extent - 1, dsi_field_stride(field, i), &more) ||
            !dsi_add(span, more, &span))
            return lie(err, "a field of such distances");
    }
    if (!by_rows && (!dsi_add(field->offset, span, &end) || end > element_bytes))
        return lie(err, "a field outside its elements");
    return DSI_OK;
}

static enum dsi_status read_place(struct dsi_bytes_reader *body,
                                  struct dsi_field *field, struct dsi_error *err)
{
    uint64_t n_dims;
    DSI_TRY(copy_optional(body, &field->name, err));
    DSI_TRY(read_dtype(body, &field->dtype, err));
    DSI_TRY(dsi_bytes_read_u64(body, &field->offset, err));
    DSI_TRY(dsi_message_at_most(body, DSI_MAX_DIMS, &n_dims, err));
    if (n_dims) {
        field->shape = dsi_alloc_array(2 * n_dims, sizeof *field->shape);
        if (!field->shape)
            return dsi_fail_memory(err, 2 * n_dims * sizeof *field->shape);
    }
    field->n_dims = (int)n_dims;
    return read_all(body, field->shape, 2 * (size_t)n_dims, err);
}

static enum dsi_status read_values(struct dsi_bytes_reader *body,
                                   struct dsi_dtype dtype, struct dsi_bytes *values,
                                   struct dsi_error *err)
{
    const char *bytes;
    size_t n;
    DSI_TRY(dsi_bytes_read_text(body, &bytes, &n, err));
    if (n % dtype.size || (n && dtype.kind == DSI_STRING))
        return lie(err, "such a fill value");
    return dsi_bytes_append(values, bytes, n, err);
}

static enum dsi_status read_value_names(struct dsi_bytes_reader *body,
                                        struct dsi_hdf5_field *field,
                                        struct dsi_error *err)
{
    enum { NAME_BYTES = 2 * 8 };
    DSI_TRY(read_count(body, NAME_BYTES, sizeof *field->value_names,
                       &field->value_names, &field->n_value_names, err));
    for (size_t i = 0; i < field->n_value_names; i++) {
        struct dsi_value_name *names = field->value_names;
        uint64_t value;
        DSI_TRY(dsi_bytes_read_u64(body, &value, err));
        names[i].value = (int64_t)value;
        DSI_TRY(dsi_bytes_read_name(body, &names[i].name, err));
        if (i && names[i].value < names[i - 1].value)
            return lie(err, "value names out of order");
    }
    return DSI_OK;
}

static enum dsi_status read_field(struct dsi_bytes_reader *body, uint64_t element_bytes,
                                  struct dsi_hdf5_field *field, struct dsi_error *err)
{
    uint64_t number;
    DSI_TRY(read_place(body, &field->field, err));
    DSI_TRY(read_flag(body, &field->by_rows, err));
    DSI_TRY(read_flag(body, &field->is_bool, err));
    DSI_TRY(dsi_message_at_most(body, DSI_HDF5_SPACE_PADDED, &number, err));
    field->padding = (enum dsi_hdf5_padding)number;
    DSI_TRY(read_values(body, field->field.dtype, &field->fill, err));
    DSI_TRY(read_values(body, field->field.dtype, &field->missing, err));
    DSI_TRY(read_value_names(body, field, err));
    DSI_TRY(dsi_bytes_read_u64(body, &number, err));
    if (!dsi_message_status_exists(number))
        return lie(err, "such a status");
    field->status = (enum dsi_status)number;
    DSI_TRY(copy_optional(body, &field->reason, err));
    DSI_TRY(copy_optional(body, &field->note, err));

    enum dsi_kind kind = field->field.dtype.kind;
    if ((field->status == DSI_OK) != !field->reason)
        return lie(err, "a status without a reason");
    if (field->fill.n > field->field.dtype.size)
        return lie(err, "two fill values");
    if (field->is_bool && kind != DSI_BOOL)
        return lie(err, "truth values of such a type");
    /* Their bytes in the file are pointers into it. */
    if (kind == DSI_STRING)
        field->by_rows = true;
    return check_box(&field->field, element_bytes,
                     field->by_rows || field->status != DSI_OK, err);
}

/* --- datasets
 * --------------------------------------------------------------------------- */

void dsi_hdf5_dataset_free(struct dsi_hdf5_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_fields; i++) {
        struct dsi_hdf5_field *field = &dataset->fields[i];
        free(field->field.name);
        free(field->field.shape);
        dsi_bytes_free(&field->fill);
        dsi_bytes_free(&field->missing);
        dsi_value_names_free(field->value_names, field->n_value_names);
        free(field->reason);
        free(field->note);
    }
    free(dataset->fields);
    free(dataset->filters);
    free(dataset->path);
    free(dataset->attribute);
    *dataset = (struct dsi_hdf5_dataset){0};
}

/* The shape of a field's array: the dataset's, and then the field's own. */
static enum dsi_status check_shape(const struct dsi_hdf5_dataset *dataset,
                                   const struct dsi_field *field, struct dsi_error *err)
{
    struct dsi_array array = {.dtype = field->dtype};
    if (dataset->n_dims + field->n_dims > DSI_MAX_DIMS)
        return lie(err, "so many axes");
    array.n_dims = dataset->n_dims + field->n_dims;
    memcpy(array.shape, dataset->shape, sizeof *array.shape * (size_t)dataset->n_dims);
    for (int i = 0; i < field->n_dims; i++)
        array.shape[dataset->n_dims + i] = field->shape[i];
    return dsi_array_check(&array, err);
}

static enum dsi_status check_stored(const struct dsi_hdf5_dataset *dataset,
                                    struct dsi_error *err)
{
    uint64_t n_bytes = dataset->element_bytes, end;
    if (n_bytes == 0)
        return lie(err, "elements of no size");
    for (int i = 0; i < dataset->n_dims; i++)
        if (!dsi_mul(n_bytes, dataset->shape[i] ? dataset->shape[i] : 1, &n_bytes) ||
            n_bytes > INT64_MAX)
            return lie(err, "such a shape");
    if (dataset->layout == DSI_HDF5_CONTIGUOUS &&
        (!dsi_add(dataset->address, n_bytes, &end) || end > INT64_MAX))
        return lie(err, "values at such an address");
    return DSI_OK;
}

static enum dsi_status read_fields(struct dsi_bytes_reader *body,
                                   struct dsi_hdf5_dataset *dataset,
                                   struct dsi_error *err)
{
    enum { FIELD_BYTES = 16 * 8 };
    DSI_TRY(read_count(body, FIELD_BYTES, sizeof *dataset->fields, &dataset->fields,
                       &dataset->n_fields, err));
    if (dataset->n_fields == 0)
        return lie(err, "no fields");
    for (size_t i = 0; i < dataset->n_fields; i++) {
        struct dsi_hdf5_field *field = &dataset->fields[i];
        DSI_TRY(read_field(body, dataset->element_bytes, field, err));
        if (!field->field.name && dataset->n_fields > 1)
            return lie(err, "a field without a name");
        DSI_TRY(check_shape(dataset, &field->field, err));
    }
    return DSI_OK;
}

static enum dsi_status read_dataset(struct dsi_bytes_reader *body,
                                    struct dsi_hdf5_dataset *dataset,
                                    struct dsi_error *err)
{
    uint64_t n_dims, layout;
    bool is_chunked;
    DSI_TRY(dsi_bytes_read_name(body, &dataset->path, err));
    if (dataset->path[0] != '/')
        return lie(err, "such a path");
    DSI_TRY(dsi_message_at_most(body, DSI_MAX_DIMS, &n_dims, err));
    dataset->n_dims = (int)n_dims;
    DSI_TRY(read_all(body, dataset->shape, (size_t)n_dims, err));
    DSI_TRY(dsi_bytes_read_u64(body, &dataset->n_bytes_stored, err));
    DSI_TRY(dsi_bytes_read_u64(body, &dataset->element_bytes, err));
    DSI_TRY(dsi_message_at_most(body, DSI_HDF5_NULL, &layout, err));
    dataset->layout = (enum dsi_hdf5_layout)layout;
    DSI_TRY(dsi_bytes_read_u64(body, &dataset->address, err));
    DSI_TRY(check_stored(dataset, err));
    DSI_TRY(read_flag(body, &is_chunked, err));
    if (dataset->layout == DSI_HDF5_CHUNKED && !is_chunked)
        return lie(err, "chunks of no shape");
    if (dataset->layout == DSI_HDF5_NULL &&
        (dataset->n_dims != 1 || dataset->shape[0] != 0))
        return lie(err, "a shape where there is none");
    if (is_chunked)
        DSI_TRY(read_chunked(body, dataset, err));
    DSI_TRY(read_fields(body, dataset, err));
    return dsi_message_end(body, err);
}

enum dsi_status dsi_hdf5_read_dataset(struct dsi_bytes_reader *body,
                                      struct dsi_hdf5_dataset *dataset,
                                      struct dsi_error *err)
{
    *dataset = (struct dsi_hdf5_dataset){0};
    enum dsi_status status = read_dataset(body, dataset, err);
    if (status != DSI_OK)
        dsi_hdf5_dataset_free(dataset);
    return status;
}

static enum dsi_status read_attribute(struct dsi_bytes_reader *body,
                                      struct dsi_hdf5_dataset *attribute,
                                      struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_name(body, &attribute->attribute, err));
    DSI_TRY(read_dataset(body, attribute, err));
    if (attribute->layout != DSI_HDF5_INDIRECT && attribute->layout != DSI_HDF5_NULL)
        return lie(err, "attributes with places in the file");
    return DSI_OK;
}

enum dsi_status dsi_hdf5_read_attribute(struct dsi_bytes_reader *body,
                                        struct dsi_hdf5_dataset *attribute,
                                        struct dsi_error *err)
{
    *attribute = (struct dsi_hdf5_dataset){0};
    enum dsi_status status = read_attribute(body, attribute, err);
    if (status != DSI_OK)
        dsi_hdf5_dataset_free(attribute);
    return status;
}
