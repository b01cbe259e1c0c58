/* The layout of rows (layout_rows.c), between its opening and its loading. */
#ifndef DSI_ROWS_LAYOUT_H
#define DSI_ROWS_LAYOUT_H

#include "layouts.h"

/* One array of an open file; file NULL: none. */
struct dsi_column_ref {
    struct dsi_open_file *file;
    size_t array;
    /* All columns of the file as one array of rows x columns; owned by the layout;
     * NULL: the one array. */
    struct dsi_array *table;
};

struct dsi_rows_layout {
    struct dsi_column_ref values, labels;
    struct dsi_column_ref splits; /* strings; split s of split_names is group + s */
    char **split_names;
    size_t n_splits;
    uint64_t n_rows;       /* that all of them have, and that are in their files */
    bool whole_file;       /* described as all the arrays of its file */
    char *below;           /* or as those of this group; owned; NULL: all */
    bool names_for_labels; /* labels are delivered as what they are called */
};

/* How an array is cut into blocks: bands of n_band rows that are decoded together, each
 * of them cut into blocks of n_per_block rows, the last of a band being shorter. Both
 * are 1 at least. */
struct dsi_rows_grid {
    uint64_t n_band, n_per_block;
};

extern const struct dsi_layout dsi_layout_rows;

/* Copies layout into a new part of the group, and takes over what it owns, also when it
 * fails. */
DSI_CHECKED enum dsi_status dsi_layout_rows_add(const struct dsi_opening *opening,
                                                const struct dsi_rows_layout *layout,
                                                size_t group, struct dsi_error *err);

/* Blocks of about half a mebibyte (up to four mebibytes for tables of wide rows),
 * strings with their text; of whole bands, where rows are decoded together and a band
 * takes at most 16 MiB, or is one chunk; else of equal parts of a band, which is then
 * decoded once for each of them. */
struct dsi_rows_grid dsi_rows_grid_of(const struct dsi_array *array);

/* Bytes of one row, strings with their text as they are on average. */
uint64_t dsi_rows_width(const struct dsi_array *array);

uint64_t dsi_rows_grid_n_blocks(struct dsi_rows_grid grid, uint64_t n_rows);
/* The first row of a block, and how many it has of the n_rows there are. */
uint64_t dsi_rows_grid_block(struct dsi_rows_grid grid, uint64_t n_rows,
                             uint64_t number, uint64_t *n);

/* The block that a row is in. */
uint64_t dsi_rows_grid_block_of(struct dsi_rows_grid grid, uint64_t row);

/* Frees what the layout owns. */
void dsi_layout_rows_clear(struct dsi_rows_layout *layout);

#endif
