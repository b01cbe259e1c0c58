/* Which arrays of a file a selector names.
 *
 * A selector is an array's name, with or without the slash that HDF5's begin with; or a
 * group, and then every array below it (a folder of HDF5, a record of fields); or an
 * array's number, from 0. The first of these that fits is meant, with its attributes
 * where the file was opened to have them. */
#ifndef DSI_FIND_ARRAY_H
#define DSI_FIND_ARRAY_H

#include "reader.h"

/* Zero-initialise. */
struct dsi_array_list {
    size_t *at; /* positions in file->arrays, ascending */
    size_t n;
    bool is_group; /* all of a file or a group: none of them was named itself */
};

/* selector NULL: all of the file. DSI_ERR_USAGE, with the names there are, when it
 * names none. The list is empty on failure. */
DSI_CHECKED enum dsi_status dsi_array_list_find(struct dsi_array_list *list,
                                                const struct dsi_file *file,
                                                const char *selector,
                                                struct dsi_error *err);
void dsi_array_list_free(struct dsi_array_list *list);

/* Whether an array of that name is in the group; NULL is not. */
bool dsi_array_is_below(const char *name, const char *group);

/* "a, b, c, ... (300 in all)", as many as have room, for messages. Returns text. */
const char *dsi_array_names(const struct dsi_file *file,
                            const struct dsi_array_list *list, char *text, size_t size);

#endif
