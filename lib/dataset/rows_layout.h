/* The layout of rows (layout_rows.c), between its opening and its loading. */
#ifndef DSI_ROWS_LAYOUT_H
#define DSI_ROWS_LAYOUT_H

#include "layouts.h"

/* One array of an open file; file NULL: none. */
struct dsi_column_ref {
    struct dsi_open_file *file;
    size_t array;
};

struct dsi_rows_layout {
    struct dsi_column_ref values, labels;
    struct dsi_column_ref splits; /* strings; split s of split_names is group + s */
    char **split_names;
    size_t n_splits;
    uint64_t n_rows; /* that all of them have, and that are in their files */
    bool whole_file; /* described as all the arrays of its file */
};

extern const struct dsi_layout dsi_layout_rows;

/* Copies layout into a new part of the group, and takes over split_names, also when it
 * fails. */
DSI_CHECKED enum dsi_status dsi_layout_rows_add(const struct dsi_opening *opening,
                                                const struct dsi_rows_layout *layout,
                                                size_t group, struct dsi_error *err);

/* Rows of the array that take about half a mebibyte, strings with their text. */
uint64_t dsi_layout_rows_per_block(const struct dsi_array *array);

void dsi_layout_rows_free_splits(struct dsi_rows_layout *layout);

#endif
