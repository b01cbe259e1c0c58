/* The grid of chunks that an HDF5 dataset is cut into, and putting their values where
 * they belong.
 *
 * Chunks are numbered in C order of their place in the grid. Those at the far edges
 * reach beyond the dataset: they are stored whole, and what lies outside means nothing.
 * A band is all the chunks with the same place along axis 0. */
#ifndef DSI_CHUNK_GRID_H
#define DSI_CHUNK_GRID_H

#include "records.h"

enum { DSI_CHUNK_MAX_DIMS = 32 }; /* HDF5's limit */

struct dsi_chunk_grid {
    int n_dims;                           /* at least 1 */
    uint64_t shape[DSI_CHUNK_MAX_DIMS];   /* of the dataset, in elements */
    uint64_t chunk[DSI_CHUNK_MAX_DIMS];   /* of one chunk, in elements */
    uint64_t n_along[DSI_CHUNK_MAX_DIMS]; /* chunks along each axis */
    uint64_t n_in_band, n_chunks;         /* 0 when the dataset is empty */
    uint64_t element_bytes;               /* of one stored element, all its fields */
    uint64_t chunk_bytes;                 /* of one chunk, decoded */
};

/* DSI_ERR_MALFORMED: no axes or more than HDF5 has, an element or a chunk of no size, a
 * chunk or a dataset of more than INT64_MAX bytes. */
DSI_CHECKED enum dsi_status dsi_chunk_grid_init(struct dsi_chunk_grid *grid, int n_dims,
                                                const uint64_t *shape,
                                                const uint64_t *chunk,
                                                uint64_t element_bytes,
                                                struct dsi_error *err);

/* The chunks that hold anything of rows [first, first + n), which must be rows of the
 * dataset: [*first_chunk, *first_chunk + *n_chunks), whole bands. */
void dsi_chunk_grid_touch(const struct dsi_chunk_grid *grid, uint64_t first, uint64_t n,
                          uint64_t *first_chunk, uint64_t *n_chunks);

/* The part of the dataset that a chunk covers, cut off at the dataset's edges. */
struct dsi_chunk_box {
    uint64_t start[DSI_CHUNK_MAX_DIMS], extent[DSI_CHUNK_MAX_DIMS]; /* in elements */
    bool is_partial; /* something was cut off */
};

void dsi_chunk_grid_box(const struct dsi_chunk_grid *grid, uint64_t number,
                        struct dsi_chunk_box *box);

/* Rows [first, first + n) of one field, on their way to out: its values side by side in
 * C order, in the byte order of the file. Borrows all it points to. The functions below
 * write only what one chunk gives of them, so threads may each do chunks of their own.
 */
struct dsi_chunk_rows {
    const struct dsi_field *field;
    uint64_t first, n;
    uint8_t *out; /* n x elements of a row x dsi_field_bytes(field) */
};

/* Where the chunk's chunk_bytes belong in out as they are, so that they can be decoded
 * or read straight into place; NULL when they must be taken apart with
 * dsi_chunk_copy. */
uint8_t *dsi_chunk_place(const struct dsi_chunk_grid *grid, uint64_t number,
                         const struct dsi_chunk_rows *rows);

/* Copies what a decoded chunk (chunk_bytes of it) holds of the rows; nothing when it
 * holds none of them. */
void dsi_chunk_copy(const struct dsi_chunk_grid *grid, uint64_t number,
                    const uint8_t *decoded, const struct dsi_chunk_rows *rows);

/* The same for a chunk that was never written: value is one value of the field, in the
 * byte order of the file; NULL means zeros. */
void dsi_chunk_fill(const struct dsi_chunk_grid *grid, uint64_t number,
                    const uint8_t *value, const struct dsi_chunk_rows *rows);

#endif
