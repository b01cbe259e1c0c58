/* The CRC-32 of bytes that are read in pieces, in any order and by any threads.
 *
 * A stored member of a zip is read in place, in parallel. Each piece leaves its CRC
 * here, neighbours are joined (crc32_combine of zlib), and whoever reads the end closes
 * the gaps, if there are any, and knows whether the whole is what was once written. So
 * the verdict comes with the same rows whoever read the others. */
#ifndef DSI_NPZ_CRC_H
#define DSI_NPZ_CRC_H

#include "source.h"

#include <pthread.h>

enum { DSI_CRC_MAX_PIECES = 32 }; /* more than threads read at one time, mostly */

struct dsi_crc_piece {
    uint64_t first, end; /* bytes [first, end) */
    uint32_t crc;
};

struct dsi_crc_pieces {
    pthread_mutex_t mutex;
    struct dsi_crc_piece pieces[DSI_CRC_MAX_PIECES]; /* ascending, apart */
    size_t n;
};

/* On failure there is nothing to stop. */
DSI_CHECKED enum dsi_status dsi_crc_start(struct dsi_crc_pieces *crc,
                                          struct dsi_error *err);
void dsi_crc_stop(struct dsi_crc_pieces *crc);

/* n bytes at offset were read. What overlaps with what is known, or finds no place, is
 * left out and read again in the end. Any thread. */
void dsi_crc_add(struct dsi_crc_pieces *crc, uint64_t offset, const void *bytes,
                 size_t n);

/* The CRC-32 of all n_bytes of source, of which only what is not known is read.
 * DSI_ERR_TRUNCATED when source is shorter. source must not be one that is watched to
 * call dsi_crc_add. Any thread. */
DSI_CHECKED enum dsi_status dsi_crc_of_all(struct dsi_crc_pieces *crc,
                                           struct dsi_source *source, uint64_t n_bytes,
                                           uint32_t *value, struct dsi_error *err);

/* DSI_ERR_CRC unless the CRC-32 of a member is the one wanted. */
DSI_CHECKED enum dsi_status dsi_crc_check(uint32_t crc, uint32_t wanted,
                                          struct dsi_error *err);

#endif
