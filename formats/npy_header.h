/* The header of an .npy file: where the values are, of what type and in what order.
 *
 * Source: NEP 1 and numpy.lib.format, versions 1.0, 2.0 and 3.0. An array of records is
 * taken apart into its fields, so that each field is one array of plain values that
 * stand at fixed distances from each other. */
#ifndef DSI_NPY_HEADER_H
#define DSI_NPY_HEADER_H

#include "reader.h"

enum {
    DSI_NPY_MAGIC_BYTES = 6,
    /* Where numpy.load's max_header_size stops too: a longer header takes Python's
     * parser too long. In characters, which are bytes but for version 3's UTF-8. */
    DSI_NPY_MAX_HEADER = 10000,
};

/* Plain values inside each record: one, or a box of n_dims axes. */
struct dsi_npy_field {
    char *name; /* "a", "a.b" for a field of a field; NULL: the record is the value */
    struct dsi_dtype dtype;
    uint64_t offset; /* of the first, in bytes from the start of the record */
    int n_dims;
    uint64_t *shape; /* n_dims extents, then n_dims distances in bytes; NULL for none */
};

struct dsi_npy_header {
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS];
    bool fortran;         /* axis 0 varies fastest in the file */
    uint64_t data_offset; /* in bytes from the start of the file */
    uint64_t n_records;   /* the product of shape */
    uint64_t record_bytes;
    struct dsi_npy_field *fields;
    size_t n_fields, capacity;
};

/* Parses the dictionary: n bytes of text in version 1's, 2's or 3's encoding. Sets
 * everything but data_offset. DSI_ERR_MALFORMED, DSI_ERR_REFUSED (objects),
 * DSI_ERR_UNSUPPORTED, DSI_ERR_LIMIT; call dsi_npy_header_free in either case. */
DSI_CHECKED enum dsi_status dsi_npy_header_parse(struct dsi_npy_header *header,
                                                 int version, const char *text,
                                                 size_t n, struct dsi_error *err);

/* Reads the magic, version and length that come before it, then parses. */
DSI_CHECKED enum dsi_status dsi_npy_header_read(struct dsi_npy_header *header,
                                                struct dsi_source *source,
                                                struct dsi_error *err);
void dsi_npy_header_free(struct dsi_npy_header *header);

static inline uint64_t dsi_npy_field_stride(const struct dsi_npy_field *field, int axis)
{
    return field->shape[field->n_dims + axis];
}

/* Values of one field in one record, and the bytes they take. */
uint64_t dsi_npy_field_items(const struct dsi_npy_field *field);
uint64_t dsi_npy_field_bytes(const struct dsi_npy_field *field);

#endif
