/* Records in a file: where they are, and which plain values each of them holds.
 *
 * What .npy files and contiguous HDF5 datasets have in common. An array of records is
 * taken apart into its fields, so that each field is one array of plain values that
 * stand at fixed distances from each other. */
#ifndef DSI_RECORDS_H
#define DSI_RECORDS_H

#include "reader.h"

/* Plain values inside each record: one, or a box of n_dims axes. */
struct dsi_field {
    char *name; /* "a", "a.b" for a field of a field; NULL: the record is the value */
    struct dsi_dtype dtype;
    uint64_t offset; /* of the first, in bytes from the start of the record */
    int n_dims;
    uint64_t *shape; /* n_dims extents, then n_dims distances in bytes; NULL for none */
};

struct dsi_records {
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS];
    bool fortran;         /* axis 0 varies fastest in the file */
    uint64_t data_offset; /* in bytes from the start of the file */
    uint64_t n_records;   /* the product of shape */
    uint64_t record_bytes;
    struct dsi_field *fields;
    size_t n_fields, capacity;
};

void dsi_records_free(struct dsi_records *records);

/* Whether rows do not stand one after another: Fortran order is C's with no more than
 * one axis longer than 1. */
bool dsi_records_are_transposed(const struct dsi_records *records);

static inline uint64_t dsi_field_stride(const struct dsi_field *field, int axis)
{
    return field->shape[field->n_dims + axis];
}

/* Values of one field in one record, and the bytes they take. */
uint64_t dsi_field_items(const struct dsi_field *field);
uint64_t dsi_field_bytes(const struct dsi_field *field);

#endif
