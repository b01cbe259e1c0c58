/* Files of results, as --format=json prints them, and the pictures that they name. */
#ifndef DSI_RESULT_FILE_H
#define DSI_RESULT_FILE_H

#include "page.h"
#include "read_json.h"
#include "reader.h"

/* Reads a file, or a pipe to its end; "-" is standard input. DSI_ERR_LIMIT where it has
 * more than max_bytes. On failure stored is empty. */
DSI_CHECKED enum dsi_status dsi_result_file_read(struct dsi_stored *stored,
                                                 const char *path, uint64_t max_bytes,
                                                 struct dsi_error *err);

/* The small pictures of a page, made as it asks for them. Zero-initialise, with limits;
 * freed when the page is written. */
struct dsi_result_pictures {
    struct dsi_limits limits;
    struct dsi_result_picture *items;
    size_t n, capacity;
};

/* For dsi_page.picture: opens path where it ends as the name of a picture does, is a
 * regular file, and no more than MOST have been opened. The same path is opened once.
 */
enum { DSI_RESULT_PICTURES_MOST = 60 };
bool dsi_result_picture(void *pictures, const char *path,
                        struct dsi_page_picture *picture);
void dsi_result_pictures_free(struct dsi_result_pictures *pictures);

#endif
