/* The rows of a picture as planes of bytes, one a channel: what the measures of
 * pictures are taken of.
 *
 * Grey is one plane, with alpha two; colours are three, with alpha four. One bit is 0
 * or 255, of 16 bits the upper 8 are taken, as Pillow does, and ink becomes RGB as
 * Pillow converts it. */
#ifndef DSI_PICTURE_PLANES_H
#define DSI_PICTURE_PLANES_H

#include "cpu_level.h"
#include "picture.h"

enum {
    DSI_MAX_PLANES = 4,
    DSI_PLANE_SLACK =
        64,             /* bytes behind a plane that may be read; they hold anything */
    DSI_BAND_ROWS = 16, /* that are kept, one after another */
};

/* Rooms of one thread. Zero-initialise. */
struct dsi_planes {
    unsigned n;
    uint64_t width;
    uint8_t *of[DSI_MAX_PLANES];   /* the row last taken */
    uint8_t *band[DSI_MAX_PLANES]; /* row y of the last ones is at y % DSI_BAND_ROWS */
    uint64_t stride;               /* bytes from one row of a band to the next */
    enum dsi_cpu_level level;
    bool has_level; /* asked for once: it takes as long as a small picture */
    struct dsi_bytes bytes;
};

/* Makes room for the rows of the picture. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_planes_start(struct dsi_planes *planes,
                                             const struct dsi_picture *picture,
                                             struct dsi_error *err);
void dsi_planes_row(struct dsi_planes *planes, const struct dsi_picture *picture,
                    uint64_t y);

/* How many rows a band has that ends with row y of so many; 0: it goes on. */
static inline uint32_t dsi_band_ends(uint64_t y, uint64_t height)
{
    const uint32_t n = (uint32_t)(y % DSI_BAND_ROWS) + 1;
    return n == DSI_BAND_ROWS || y + 1 == height ? n : 0;
}

void dsi_planes_free(struct dsi_planes *planes);

#endif
