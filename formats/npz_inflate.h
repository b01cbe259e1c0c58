/* Inflates a member of a zip archive: raw deflate (RFC 1951), of which the directory
 * says how long it is, what length it inflates to and with which CRC-32. */
#ifndef DSI_NPZ_INFLATE_H
#define DSI_NPZ_INFLATE_H

#include "bytes.h"
#include "source.h"

/* Where the compressed bytes stand, and what becomes of them. */
struct dsi_deflated {
    struct dsi_source *source; /* borrowed */
    uint64_t offset, n_compressed, n_bytes;
    uint32_t crc;
};

struct dsi_inflater;

/* Inflates forwards, piece by piece, in about 160 KiB whatever the member's size. One
 * thread. NULL when memory is out. */
struct dsi_inflater *dsi_inflater_new(void);
void dsi_inflater_free(struct dsi_inflater *inflater);

/* Turns to a member, at its first byte. */
void dsi_inflater_start(struct dsi_inflater *inflater,
                        const struct dsi_deflated *deflated);

/* Delivers the next n bytes; *got < n only at the end of the member or of what can be
 * inflated of it. Never fails: why it ended early is kept, see below. */
void dsi_inflater_read(struct dsi_inflater *inflater, void *buffer, size_t n,
                       size_t *got);

/* Why there is no more: DSI_OK when nothing was wrong up to here; DSI_ERR_MALFORMED,
 * DSI_ERR_TRUNCATED (of the archive), DSI_ERR_READ. */
enum dsi_status dsi_inflater_status(const struct dsi_inflater *inflater,
                                    struct dsi_error *err);

/* Inflates what is left, dropping it, and says whether all of it is right: as above,
 * and DSI_ERR_CRC. */
DSI_CHECKED enum dsi_status dsi_inflater_finish(struct dsi_inflater *inflater,
                                                struct dsi_error *err);

/* The inflater as a source: at most limit bytes of the member, whose length it states.
 * Starts again when it is asked for something behind it. Reading it never fails, as
 * above. */
void dsi_inflater_source(struct dsi_inflater *inflater, uint64_t limit,
                         struct dsi_source *source);

/* Inflates the whole of a member into out; compressed is for the compressed bytes.
 * Whatever the status, out->n bytes are there: all n_bytes with DSI_OK, DSI_ERR_CRC.
 * Any thread. */
DSI_CHECKED enum dsi_status dsi_inflate_whole(const struct dsi_deflated *deflated,
                                              struct dsi_bytes *out,
                                              struct dsi_bytes *compressed,
                                              struct dsi_error *err);

#endif
