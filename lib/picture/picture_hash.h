/* Hashes that are alike where pictures look alike: 64 bits, equal to those of the
 * Python package imagehash with its default sizes, read as numbers (int(str(hash),
 * 16)).
 *
 * phash  the picture in 32 x 32, its discrete cosine transform, and of the 8 x 8 lowest
 *        frequencies which are above their median
 * dhash  the picture in 9 x 8, and of each row which pixel is brighter than the one
 *        before it
 *
 * Small pictures are made of grey as Pillow makes them with LANCZOS. */
#ifndef DSI_PICTURE_HASH_H
#define DSI_PICTURE_HASH_H

#include "picture_planes.h"
#include "picture_scale.h"

enum dsi_picture_hash { DSI_PHASH, DSI_DHASH };

/* Rooms of one thread. Zero-initialise. */
struct dsi_hasher {
    enum dsi_picture_hash kind;
    uint32_t n_across, n_down; /* of the small picture */
    struct dsi_scaling *across, *down;
    uint64_t n_rows, n_column; /* from a column of narrow to the next */
    struct dsi_scalings scalings;
    struct dsi_bytes grey;   /* a band of rows */
    struct dsi_bytes narrow; /* rows across, turned: [n_across][n_column] */
    double cosines[8][32];
    bool has_cosines;
};

/* Starts a picture whose planes are started. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_hasher_start(struct dsi_hasher *hasher,
                                             enum dsi_picture_hash kind,
                                             const struct dsi_planes *planes,
                                             uint64_t height, struct dsi_error *err);

/* Row y, of each row once, in order, before anyone changes the planes. */
void dsi_hasher_row(struct dsi_hasher *hasher, const struct dsi_planes *planes,
                    uint64_t y);

uint64_t dsi_hasher_finish(struct dsi_hasher *hasher, const struct dsi_planes *planes);
void dsi_hasher_free(struct dsi_hasher *hasher);

/* All of it, of a picture by itself. */
DSI_CHECKED enum dsi_status dsi_hash_picture(struct dsi_hasher *hasher,
                                             enum dsi_picture_hash kind,
                                             struct dsi_planes *planes,
                                             const struct dsi_picture *picture,
                                             uint64_t *hash, struct dsi_error *err);

#endif
