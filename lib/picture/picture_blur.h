/* How blurred a picture is, as CleanVision measures it: shrunk to at most 64 pixels a
 * side (bicubic, as Pillow shrinks; colours under alpha weighed by it) and made grey,
 * the standard deviation of Pillow's FIND_EDGES, and that of the grey's histogram. */
#ifndef DSI_PICTURE_BLUR_H
#define DSI_PICTURE_BLUR_H

#include "picture_planes.h"
#include "picture_scale.h"

enum { DSI_BLUR_SIDE = 64 };

struct dsi_blurriness {
    double edges;     /* standard deviation of the edges; smaller is more blurred */
    double histogram; /* of how many pixels have each of the 256 values */
};

/* Rooms of one thread. Zero-initialise. */
struct dsi_blur {
    uint32_t width, height; /* of the small picture */
    bool is_scaled;         /* else it is as it was */
    struct dsi_scaling *across, *down;
    uint64_t n_rows, n_column; /* from a column of narrow to the next */
    unsigned n_planes;
    struct dsi_scalings scalings;
    struct dsi_bytes narrow; /* rows across, turned: [plane][width][n_column] */
    uint8_t small[DSI_MAX_PLANES][DSI_BLUR_SIDE * DSI_BLUR_SIDE];
};

/* Starts a picture whose planes are started. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_blur_start(struct dsi_blur *blur,
                                           const struct dsi_planes *planes,
                                           uint64_t height, struct dsi_error *err);

/* Row y, of each row once, in order. Planes of alpha are changed: colours are weighed
 * by it. */
void dsi_blur_row(struct dsi_blur *blur, struct dsi_planes *planes, uint64_t y);

struct dsi_blurriness dsi_blur_finish(struct dsi_blur *blur,
                                      const struct dsi_planes *planes);
void dsi_blur_free(struct dsi_blur *blur);

#endif
