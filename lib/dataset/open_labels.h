/* Labels of array files and tables: what is read, into which groups it goes, and what
 * was assumed. Used by dsi_layout_arrays_open. */
#ifndef DSI_OPEN_LABELS_H
#define DSI_OPEN_LABELS_H

#include "rows_layout.h"

/* Adds the labels of a file as samples: one array or column, with the splits of a
 * table, or an array for each split. selector NULL: those that names tell. */
DSI_CHECKED enum dsi_status dsi_labels_add_file(const struct dsi_opening *opening,
                                                struct dsi_open_file *file,
                                                const char *selector,
                                                struct dsi_error *err);

/* Fills rows with the one array of labels that a file has, or that selector names. rows
 * owns nothing yet. */
DSI_CHECKED enum dsi_status dsi_labels_find(const struct dsi_opening *opening,
                                            struct dsi_open_file *file,
                                            const char *selector,
                                            struct dsi_rows_layout *rows,
                                            struct dsi_error *err);

/* Finds (length_mismatch) that there are more or fewer labels in the file than samples.
 */
DSI_CHECKED enum dsi_status dsi_labels_tell_lengths(const struct dsi_opening *opening,
                                                    const struct dsi_open_file *file,
                                                    uint64_t n_labels,
                                                    uint64_t n_samples,
                                                    struct dsi_error *err);

/* Adds rows whose labels are set as a part, with the groups that they need. Tells which
 * labels stand for none. */
DSI_CHECKED enum dsi_status dsi_labels_add(const struct dsi_opening *opening,
                                           const struct dsi_rows_layout *rows,
                                           struct dsi_error *err);

/* What the groups from this one to the last learn of the array of their labels: which
 * stand for none, and what they are called. */
DSI_CHECKED enum dsi_status dsi_labels_tell_group(struct dsi_dataset *dataset,
                                                  size_t group,
                                                  const struct dsi_array *labels,
                                                  struct dsi_error *err);

/* DSI_OK, or why an array of the file cannot be labels. */
DSI_CHECKED enum dsi_status dsi_labels_check(const struct dsi_file *file, size_t array,
                                             struct dsi_error *err);

/* DSI_OK, or why an array cannot be read, which the message names. */
DSI_CHECKED enum dsi_status dsi_array_check_readable(const struct dsi_array *array,
                                                     struct dsi_error *err);

/* Fills split_names with the different names in the column of splits, sorted. */
DSI_CHECKED enum dsi_status dsi_table_splits_list(struct dsi_rows_layout *rows,
                                                  struct dsi_error *err);

/* Rows that are in the file. */
uint64_t dsi_array_n_rows_there(const struct dsi_array *array);

#endif
