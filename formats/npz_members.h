/* The members of an .npz archive that are arrays, as its reader holds them. */
#ifndef DSI_NPZ_MEMBERS_H
#define DSI_NPZ_MEMBERS_H

#include "npz_crc.h"
#include "npz_directory.h"
#include "npz_kept.h"
#include "reader.h"

#include <pthread.h>

/* How its rows come: from where it stands; from the whole of it, inflated for one read;
 * the same, kept from read to read; inflated forwards. */
enum dsi_npz_way { DSI_NPZ_STORED, DSI_NPZ_WHOLE, DSI_NPZ_KEPT, DSI_NPZ_STREAM };

/* One array's way through a large deflated member. */
struct dsi_npz_stream {
    pthread_mutex_t mutex;
    struct dsi_inflater *inflater; /* while its rows are read */
    struct dsi_source source;
};

struct dsi_npz_member {
    enum dsi_npz_way way;
    struct dsi_deflated place; /* of a stored one too */
    void *records;             /* the state of npy's reader */
    size_t first_array, n_arrays;
    struct dsi_source part; /* a stored one's; watched by crc */
    struct dsi_crc_pieces *crc;
    struct dsi_npz_stream *streams; /* a streamed one's: one an array */
    size_t n_streams;
};

struct dsi_npz {
    struct dsi_zip_directory directory;
    struct dsi_npz_member *members;
    size_t n_members;
    size_t *member_of; /* array */
    size_t capacity;   /* of arrays and member_of */
    struct dsi_kept kept;
    bool has_kept;
};

/* Describes the arrays of file->source as those of file, whose state is a struct
 * dsi_npz that the caller made, zeroed but for kept. */
DSI_CHECKED enum dsi_status dsi_npz_members_open(struct dsi_file *file,
                                                 struct dsi_error *err);

/* Frees what that made, complete or not. */
void dsi_npz_members_close(struct dsi_npz *npz);

#endif
