/* One side of a comparison: the arrays of a file, or of all files in a folder, by name.
 *
 * An array of a file goes by its own name; the one array of a file by "" where the file
 * is the input, and by the file's path where it is found in a folder. Arrays of a file
 * in a folder go by "PATH:NAME". */
#ifndef DSI_SIDE_H
#define DSI_SIDE_H

#include "dataset.h"
#include "opened.h"

struct dsi_side_array {
    char *name;
    /* What it is called whatever holds it: without the suffixes of files, and with
     * slashes for colons. */
    char *key;
    char *path;  /* of the file, to open */
    char *array; /* its name in the file; NULL: the file's one array */
    /* The end of name, of an attribute (dsi_array.attribute); NULL: it is none. */
    const char *attribute;
    /* Why the file could not be opened to see what is in it; DSI_OK, and NULL. */
    enum dsi_status status;
    char *reason;
};

struct dsi_side {
    const char *input; /* as the user gave it; borrowed */
    bool is_folder;
    struct dsi_side_array *arrays; /* by name, bytewise */
    size_t n, capacity;
    /* The input, where it is a file: for whoever wants to go on with it, and then takes
     * it out. */
    struct dsi_opened opened;
};

/* Whether the input is a folder, or a file that can be opened; a look at neither. */
DSI_CHECKED enum dsi_status dsi_side_check(const char *input, struct dsi_error *err);

/* Lists what input names: FILE, FILE:ARRAY, FILE:GROUP or FOLDER. Of options it takes
 * how files are opened, what is left out, and when to stop. What a folder holds and
 * nobody will read is a finding of report. DSI_ERR_OPEN and the like when the input
 * itself cannot be opened; a file of a folder that cannot has a status of its own. The
 * caller frees the side, also on failure. Any thread; the report is its alone. */
DSI_CHECKED enum dsi_status dsi_side_list(struct dsi_side *side, const char *input,
                                          const struct dsi_dataset_options *options,
                                          struct dsi_report *report,
                                          struct dsi_error *err);
void dsi_side_free(struct dsi_side *side);

/* As qsort does, but for a look first: what comes from folders is mostly in order. */
void dsi_sort_if_needed(void *items, size_t n, size_t item_size,
                        int (*compare)(const void *, const void *));

#endif
