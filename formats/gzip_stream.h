/* Reads a gzip file (RFC 1952) forwards, member after member, checking each one's CRC
 * and length. One thread. */
#ifndef DSI_GZIP_STREAM_H
#define DSI_GZIP_STREAM_H

#include "source.h"

#include <zlib.h>

enum { DSI_GZIP_WINDOW = 1 << 16 }; /* compressed bytes of one read */

struct dsi_gzip {
    struct dsi_source *source; /* borrowed */
    uint64_t position;         /* bytes delivered so far */
    bool ended;                /* the last member ended and its CRC was right */
    bool surplus;              /* and what follows it is no gzip member */

    /* Private */
    z_stream inflater;
    bool started;
    uint64_t offset; /* in the source, of what comes after the window */
    uint8_t window[DSI_GZIP_WINDOW];
};

/* The gzip is large: allocate it, zeroed. */
DSI_CHECKED enum dsi_status
dsi_gzip_start(struct dsi_gzip *gzip, struct dsi_source *source, struct dsi_error *err);

/* Goes back to the first byte. */
DSI_CHECKED enum dsi_status dsi_gzip_rewind(struct dsi_gzip *gzip,
                                            struct dsi_error *err);

/* Delivers the next n bytes; *got < n only at the sound end of the file or on failure:
 * DSI_ERR_TRUNCATED when it ends inside a member, DSI_ERR_CRC when a member's CRC or
 * length is wrong, DSI_ERR_MALFORMED for anything else inflate refuses. The *got bytes
 * are there in any case, though after DSI_ERR_CRC some of them, or of those delivered
 * before, are not what was compressed. */
DSI_CHECKED enum dsi_status dsi_gzip_read(struct dsi_gzip *gzip, void *buffer, size_t n,
                                          size_t *got, struct dsi_error *err);

void dsi_gzip_stop(struct dsi_gzip *gzip);

#endif
