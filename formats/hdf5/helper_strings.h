/* ROWS of strings of variable length. */
#ifndef DSI_HELPER_STRINGS_H
#define DSI_HELPER_STRINGS_H

#include "helper.h"

/* How rows are read from the opened dataset into memory that has room for them. */
struct dsi_rows_plan {
    uint64_t first, n;  /* rows */
    uint64_t row_items; /* values of the field in one row */
    uint64_t item_bytes;
    uint64_t room;
};

/* Reads n rows from first on into values, with memory of libhdf5's own for strings
 * according to transfer. */
DSI_CHECKED enum dsi_status dsi_rows_read(struct dsi_opened *opened, uint64_t first,
                                          uint64_t n, hid_t transfer, void *values,
                                          struct dsi_error *err);

/* Fills helper->rows with as many rows of the plan as there is room for, packed as
 * dsi_hdf5_rows says. */
DSI_CHECKED enum dsi_status dsi_strings_read(struct dsi_helper *helper,
                                             const struct dsi_rows_plan *plan,
                                             struct dsi_hdf5_rows *rows,
                                             struct dsi_error *err);

#endif
