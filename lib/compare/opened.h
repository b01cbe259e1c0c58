/* A file that is open, and the array of it that is looked at. */
#ifndef DSI_OPENED_H
#define DSI_OPENED_H

#include "reader.h"

struct dsi_side_array;

/* All zeros: nothing is open. May be moved in memory. One thread at a time. */
struct dsi_opened {
    char *path; /* NULL: nothing is open */
    struct dsi_opened_file {
        struct dsi_source source;
        struct dsi_file file;
    } * held;
    size_t array;
};

/* Opens the file, unless it is the one that is open. */
DSI_CHECKED enum dsi_status dsi_opened_open_file(struct dsi_opened *opened,
                                                 const char *path,
                                                 const struct dsi_open_options *options,
                                                 struct dsi_error *err);

/* So too, and finds the array. */
DSI_CHECKED enum dsi_status dsi_opened_open(struct dsi_opened *opened,
                                            const struct dsi_side_array *array,
                                            const struct dsi_open_options *options,
                                            struct dsi_error *err);
void dsi_opened_close(struct dsi_opened *opened); /* fine where nothing is open */

static inline struct dsi_file *dsi_opened_file(const struct dsi_opened *opened)
{
    return &opened->held->file;
}

static inline const struct dsi_array *dsi_opened_array(const struct dsi_opened *opened)
{
    return &dsi_opened_file(opened)->arrays[opened->array];
}

#endif
