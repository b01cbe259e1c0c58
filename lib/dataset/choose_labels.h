/* Which arrays of a file hold its labels, told by their names.
 *
 * Labels are in the array called label, y, target, ... (the last part of its path, in
 * any case). Where a file holds several splits, each has an array of its own, and its
 * name, or a group it stands in, tells which: y_train, test_labels, /val/label. */
#ifndef DSI_CHOOSE_LABELS_H
#define DSI_CHOOSE_LABELS_H

#include "find_array.h"

enum { DSI_MAX_LABEL_SPLITS = 16 };

struct dsi_label_array {
    size_t array;
    const char *split; /* "train", "test", ...: static storage; NULL: none is named */
};

/* One array; or several, each of another split, in the order train, val, test. */
struct dsi_label_choice {
    struct dsi_label_array arrays[DSI_MAX_LABEL_SPLITS];
    size_t n;
};

/* The arrays of labels among those of the list, which is not empty. DSI_ERR_USAGE, with
 * the question which one is meant, when names do not tell. What is chosen may be
 * unreadable, and of any type and shape. */
DSI_CHECKED enum dsi_status dsi_labels_choose(struct dsi_label_choice *choice,
                                              const struct dsi_file *file,
                                              const struct dsi_array_list *list,
                                              struct dsi_error *err);

/* Whether the file is a table of text. */
bool dsi_file_is_table(const struct dsi_file *file);
/* A table whose first line names its columns. */
bool dsi_file_has_header(const struct dsi_file *file);

/* The column of splits of a table; SIZE_MAX: none. */
size_t dsi_splits_choose(const struct dsi_file *file);

#endif
