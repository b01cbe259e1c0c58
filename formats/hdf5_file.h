/* An open HDF5 file, as the files of its reader share it: read_hdf5.c opens and closes,
 * hdf5_describe.c says what is in it, hdf5_read.c and hdf5_chunks.c deliver rows. */
#ifndef DSI_HDF5_FILE_H
#define DSI_HDF5_FILE_H

#include "chunk_filters.h"
#include "chunk_grid.h"
#include "hdf5_pool.h"

/* One dataset. */
struct dsi_hdf5_data {
    struct dsi_hdf5_dataset
        told;                   /* by the helper; some of it has moved to the arrays */
    bool is_null;               /* and UNWRITTEN to those who read */
    struct dsi_chunk_grid grid; /* CHUNKED */
    bool is_decoded_here;       /* CHUNKED, by filters that we have */
    struct dsi_hdf5_chunk *chunks; /* where they are, once they are known and if kept */
};

/* An array of the file: a field of a dataset. */
struct dsi_hdf5_array {
    size_t data, field;
};

/* What a thread needs to decode chunks, kept for whoever comes next. */
struct dsi_hdf5_worker {
    struct dsi_chunk_codec *codec;
    struct dsi_bytes stored, decoded;
    struct dsi_bytes chunks; /* struct dsi_hdf5_chunk: where those are that are read */
    struct dsi_hdf5_worker *next;
};

struct dsi_hdf5_file {
    struct dsi_hdf5_pool pool;
    int memory; /* holds a file that was memory; else -1 */
    struct dsi_hdf5_data *datas;
    size_t n_datas, capacity;
    struct dsi_hdf5_array *arrays; /* as many as the file has */
    pthread_mutex_t mutex;         /* of the two below, and of every data's chunks */
    struct dsi_hdf5_worker *workers;
    size_t n_kept; /* chunks whose places are kept */
    bool has_mutex;
};

/* Describes all that the helper told of as file->arrays. */
DSI_CHECKED enum dsi_status dsi_hdf5_describe(struct dsi_file *file,
                                              struct dsi_error *err);

/* dsi_format.read of HDF5. */
DSI_CHECKED enum dsi_status dsi_hdf5_read(struct dsi_file *file, size_t array,
                                          uint64_t first, uint64_t n,
                                          struct dsi_rows *rows, struct dsi_error *err);

/* Reads rows [first, first + n) of a dataset that is decoded here into out, in the byte
 * order of the file; fill is one value in that order, or NULL for zeros. *n_done rows
 * are sound. */
struct dsi_hdf5_chunk_read {
    struct dsi_source *source;
    struct dsi_hdf5_file *hdf5;
    struct dsi_hdf5_data *data;
    uint64_t max_bytes;
    struct dsi_chunk_rows rows;
    const uint8_t *fill;
    struct dsi_bytes *unwritten; /* as in dsi_rows: empty until there is something */
};
DSI_CHECKED enum dsi_status dsi_hdf5_read_chunks_of(struct dsi_hdf5_chunk_read *read,
                                                    uint64_t *n_done,
                                                    struct dsi_error *err);

/* Where chunks [first, first + n) of a dataset are, n at most DSI_HDF5_MAX_CHUNKS:
 * *chunks points into what is kept of the dataset, or into worker. */
DSI_CHECKED enum dsi_status dsi_hdf5_locate(struct dsi_hdf5_file *hdf5,
                                            struct dsi_hdf5_data *data, uint64_t first,
                                            size_t n, struct dsi_hdf5_worker *worker,
                                            const struct dsi_hdf5_chunk **chunks,
                                            struct dsi_error *err);

/* Rows of a dataset that only the helper can read, in the byte order that the field's
 * dtype names; values and text of rows are appended to. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_by_helper(struct dsi_file *file, size_t array,
                                                    uint64_t first, uint64_t n,
                                                    struct dsi_rows *rows,
                                                    struct dsi_error *err);

#endif
