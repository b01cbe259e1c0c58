/* Reading values that do not stand side by side in a file: one field out of
 * records, and rows out of an array in Fortran order. */
#ifndef DSI_GATHER_H
#define DSI_GATHER_H

#include "records.h"

/* Where in the file, and what of it. Borrows all it points to. */
struct dsi_gather {
    struct dsi_source *source;
    const struct dsi_records *header;
    const struct dsi_field *field;
};

/* True when the records are nothing but this field's values, in order. */
bool dsi_gather_is_plain(const struct dsi_gather *gather);

/* Bytes from the first to the end of the last of the field's values in a record. */
uint64_t dsi_field_span(const struct dsi_field *field);

/* Copies the field of records [first, first + n), as numbered in the file, to out, side
 * by side. *n_done is how many are whole, fewer than n on failure. scratch holds a few
 * hundred KiB or, if that is more, one record's span. */
DSI_CHECKED enum dsi_status dsi_gather_records(const struct dsi_gather *gather,
                                               uint64_t first, uint64_t n, uint8_t *out,
                                               struct dsi_bytes *scratch,
                                               uint64_t *n_done, struct dsi_error *err);

/* Copies rows [first, first + n) of an array in Fortran order to out, in C order. All
 * or nothing. scratch as above. */
DSI_CHECKED enum dsi_status dsi_gather_rows(const struct dsi_gather *gather,
                                            uint64_t first, uint64_t n, uint8_t *out,
                                            struct dsi_bytes *scratch,
                                            struct dsi_error *err);

#endif
