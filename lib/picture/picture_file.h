/* A picture file, decoded, for as long as it is open. */
#ifndef DSI_PICTURE_FILE_H
#define DSI_PICTURE_FILE_H

#include "picture.h"

struct dsi_picture_file {
    struct dsi_picture picture; /* where has_picture */
    bool has_picture;

    /* Private */
    struct dsi_source source;
    struct dsi_file file;
    bool has_source, has_file;
};

/* Opens and decodes a regular file into rows, which the caller keeps and may use again
 * when this one is closed. dsi_picture_file_close ends it, whatever came of it.
 * DSI_ERR_UNSUPPORTED: no picture; has_picture is false also where it has no pixel. */
DSI_CHECKED enum dsi_status
dsi_picture_file_open(struct dsi_picture_file *file, const char *path,
                      const struct dsi_open_options *options, struct dsi_rows *rows,
                      struct dsi_error *err);
void dsi_picture_file_close(struct dsi_picture_file *file);

#endif
