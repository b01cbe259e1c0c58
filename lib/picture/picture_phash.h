/* A hash of 64 bits that pictures have in common that look alike: the picture made grey
 * and 32 x 32 (Lanczos, as Pillow does it), its discrete cosine transform, and of the
 * 8 x 8 lowest frequencies which are above their median. Equal to int(str(hash), 16) of
 * the Python package imagehash's phash. */
#ifndef DSI_PICTURE_PHASH_H
#define DSI_PICTURE_PHASH_H

#include "picture_planes.h"
#include "picture_scale.h"

/* Rooms of one thread. Zero-initialise. */
struct dsi_phash {
    const struct dsi_scaling *across, *down; /* NULL: as it is */
    struct dsi_scalings scalings;
    struct dsi_bytes grey;   /* a row */
    struct dsi_bytes narrow; /* rows across */
    double cosines[8][32];
    bool has_cosines;
};

/* Starts a picture whose planes are started. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_phash_start(struct dsi_phash *phash,
                                            const struct dsi_planes *planes,
                                            uint64_t height, struct dsi_error *err);
/* Row y, of each row once. */
void dsi_phash_row(struct dsi_phash *phash, const struct dsi_planes *planes,
                   uint64_t y);
uint64_t dsi_phash_finish(struct dsi_phash *phash, const struct dsi_planes *planes);
void dsi_phash_free(struct dsi_phash *phash);

#endif
