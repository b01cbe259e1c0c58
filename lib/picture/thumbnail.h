/* Small pictures to look at: in colour, upright as EXIF has it, on white where they are
 * transparent. */
#ifndef DSI_THUMBNAIL_H
#define DSI_THUMBNAIL_H

#include "picture_planes.h"

enum { DSI_THUMBNAIL_SIDE = 128 };

struct dsi_thumbnail {
    uint32_t width, height; /* at most DSI_THUMBNAIL_SIDE each */
    uint8_t *rgb;           /* owned; NULL: there is no picture */
};

/* DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_thumbnail_make(struct dsi_thumbnail *thumbnail,
                                               const struct dsi_picture *picture,
                                               struct dsi_error *err);
/* Appends "data:image/png;base64,..."; thumbnail has a picture. DSI_ERR_MEMORY, or
 * DSI_ERR_WRITE with what libpng says. */
DSI_CHECKED enum dsi_status dsi_thumbnail_uri(const struct dsi_thumbnail *thumbnail,
                                              struct dsi_bytes *out,
                                              struct dsi_error *err);
/* Appends a PNG of width * height pixels, three bytes each; fails as the one above. */
DSI_CHECKED enum dsi_status dsi_png_append(struct dsi_bytes *out, const uint8_t *rgb,
                                           uint32_t width, uint32_t height,
                                           struct dsi_error *err);
void dsi_thumbnail_free(struct dsi_thumbnail *thumbnail);

#endif
