/* A DATASET message, as it is written; hdf5_dataset_read.c tells its parts apart. */
#include "hdf5_message.h"

#include <string.h>

static enum dsi_status write_text(struct dsi_bytes *body, const char *text,
                                  struct dsi_error *err)
{
    return dsi_bytes_append_text(body, text, strlen(text), err);
}

/* Whether there is a text at all, and then the text. */
static enum dsi_status write_optional(struct dsi_bytes *body, const char *text,
                                      struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(body, text != NULL, err));
    return text ? write_text(body, text, err) : DSI_OK;
}

static enum dsi_status write_all(struct dsi_bytes *body, const uint64_t *values,
                                 size_t n, struct dsi_error *err)
{
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_append_u64(body, values[i], err));
    return DSI_OK;
}

static enum dsi_status write_filter(struct dsi_bytes *body,
                                    const struct dsi_hdf5_filter *filter,
                                    struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(body, filter->id, err));
    DSI_TRY(dsi_bytes_append_u64(body, filter->n_values, err));
    DSI_TRY(write_all(body, filter->values, (size_t)filter->n_values, err));
    return write_text(body, filter->name, err);
}

static enum dsi_status write_chunked(struct dsi_bytes *body,
                                     const struct dsi_hdf5_dataset *dataset,
                                     struct dsi_error *err)
{
    DSI_TRY(write_all(body, dataset->chunk, (size_t)dataset->n_dims, err));
    DSI_TRY(dsi_bytes_append_u64(body, dataset->edges_are_unfiltered, err));
    DSI_TRY(dsi_bytes_append_u64(body, dataset->n_filters, err));
    for (size_t i = 0; i < dataset->n_filters; i++)
        DSI_TRY(write_filter(body, &dataset->filters[i], err));
    return DSI_OK;
}

static enum dsi_status write_dtype(struct dsi_bytes *body, struct dsi_dtype dtype,
                                   struct dsi_error *err)
{
    const uint64_t numbers[] = {(uint64_t)dtype.kind, dtype.size, dtype.big_endian};
    DSI_TRY(write_all(body, numbers, 3, err));
    return write_text(body, dtype.unit, err);
}

static enum dsi_status write_place(struct dsi_bytes *body,
                                   const struct dsi_field *field, struct dsi_error *err)
{
    DSI_TRY(write_optional(body, field->name, err));
    DSI_TRY(write_dtype(body, field->dtype, err));
    DSI_TRY(dsi_bytes_append_u64(body, field->offset, err));
    DSI_TRY(dsi_bytes_append_u64(body, (uint64_t)field->n_dims, err));
    return write_all(body, field->shape, 2 * (size_t)field->n_dims, err);
}

static enum dsi_status write_field(struct dsi_bytes *body,
                                   const struct dsi_hdf5_field *field,
                                   struct dsi_error *err)
{
    const uint64_t choices[] = {field->by_rows, field->is_bool,
                                (uint64_t)field->padding};
    DSI_TRY(write_place(body, &field->field, err));
    DSI_TRY(write_all(body, choices, 3, err));
    DSI_TRY(dsi_bytes_append_text(body, field->fill.data, field->fill.n, err));
    DSI_TRY(dsi_bytes_append_text(body, field->missing.data, field->missing.n, err));
    DSI_TRY(dsi_bytes_append_u64(body, field->n_value_names, err));
    for (size_t i = 0; i < field->n_value_names; i++) {
        DSI_TRY(dsi_bytes_append_u64(body, (uint64_t)field->value_names[i].value, err));
        DSI_TRY(write_text(body, field->value_names[i].name, err));
    }
    DSI_TRY(dsi_bytes_append_u64(body, (uint64_t)field->status, err));
    DSI_TRY(write_optional(body, field->reason, err));
    return write_optional(body, field->note, err);
}

enum dsi_status dsi_hdf5_write_dataset(struct dsi_bytes *body,
                                       const struct dsi_hdf5_dataset *dataset,
                                       struct dsi_error *err)
{
    const uint64_t numbers[] = {dataset->n_bytes_stored, dataset->element_bytes,
                                (uint64_t)dataset->layout, dataset->address};
    if (dataset->attribute)
        DSI_TRY(write_text(body, dataset->attribute, err));
    DSI_TRY(write_text(body, dataset->path, err));
    DSI_TRY(dsi_bytes_append_u64(body, (uint64_t)dataset->n_dims, err));
    DSI_TRY(write_all(body, dataset->shape, (size_t)dataset->n_dims, err));
    DSI_TRY(write_all(body, numbers, 4, err));
    bool is_chunked = dataset->n_dims && dataset->chunk[0];
    DSI_TRY(dsi_bytes_append_u64(body, is_chunked, err));
    if (is_chunked)
        DSI_TRY(write_chunked(body, dataset, err));
    DSI_TRY(dsi_bytes_append_u64(body, dataset->n_fields, err));
    for (size_t i = 0; i < dataset->n_fields; i++)
        DSI_TRY(write_field(body, &dataset->fields[i], err));
    return DSI_OK;
}
