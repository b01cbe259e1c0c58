/* Turning a chunk of an HDF5 dataset, as it is stored, back into its values.
 *
 * Filters were applied in order when the chunk was written, and are undone from the
 * last to the first: deflate (1), shuffle (2), Fletcher-32 (3) and LZF (32000, h5py's),
 * in any order and as often as HDF5 allows. The numbers are those of the HDF Group's
 * registry of filters. Nothing that a chunk claims is believed before it is checked. */
#ifndef DSI_CHUNK_FILTERS_H
#define DSI_CHUNK_FILTERS_H

#include "hdf5_protocol.h"

/* What decoding needs beside the chunk: a decompressor and two buffers, which grow to
 * the size of the largest chunk (a little over twice that where one compression was
 * applied to the result of another) and stay. One thread's at a time. */
struct dsi_chunk_codec;

/* NULL when memory is out. */
struct dsi_chunk_codec *dsi_chunk_codec_new(void);
void dsi_chunk_codec_free(struct dsi_chunk_codec *codec); /* NULL is fine */

/* True when every filter is one that dsi_chunk_decode undoes, with parameters that make
 * sense, and there are at most DSI_HDF5_MAX_FILTERS. None at all is fine. */
bool dsi_chunk_filters_known(const struct dsi_hdf5_filter *filters, size_t n_filters);

/* A chunk as the file has it. Borrows all it points to. */
struct dsi_stored_chunk {
    const struct dsi_hdf5_filter *filters; /* in the order they were applied */
    size_t n_filters;
    uint64_t skipped; /* bit i: filter i was not applied; UINT64_MAX: none was */
    const uint8_t *bytes;
    size_t n_bytes;
};

/* True when there is nothing to undo: the values are in the file as they are, and can
 * be read straight to where they belong. */
bool dsi_chunk_is_plain(const struct dsi_hdf5_filter *filters, size_t n_filters,
                        uint64_t skipped);

/* Undoes the filters; out gets exactly n_out bytes and must not overlap what is stored.
 * The last step writes to out, so no byte is copied that need not be. On failure out
 * holds anything:
 *   DSI_ERR_MALFORMED    broken, or it does not give n_out bytes
 *   DSI_ERR_CRC          decoded, but its Fletcher-32 or Adler-32 does not match
 *   DSI_ERR_UNSUPPORTED  one that was applied is not known; for dsi_chunk_filters_known
 *                        all must be
 *   DSI_ERR_MEMORY */
DSI_CHECKED enum dsi_status dsi_chunk_decode(struct dsi_chunk_codec *codec,
                                             const struct dsi_stored_chunk *chunk,
                                             uint8_t *out, size_t n_out,
                                             struct dsi_error *err);

#endif
