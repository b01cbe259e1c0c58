/* The header of an .npy file: where the values are, of what type and in what order.
 *
 * Source: NEP 1 and numpy.lib.format, versions 1.0, 2.0 and 3.0. */
#ifndef DSI_NPY_HEADER_H
#define DSI_NPY_HEADER_H

#include "records.h"

enum {
    DSI_NPY_MAGIC_BYTES = 6,
    /* Where numpy.load's max_header_size stops too: a longer header takes Python's
     * parser too long. In characters, which are bytes but for version 3's UTF-8. */
    DSI_NPY_MAX_HEADER = 10000,
};

/* Parses the dictionary: n bytes of text in version 1's, 2's or 3's encoding. Sets
 * everything but data_offset. DSI_ERR_MALFORMED, DSI_ERR_REFUSED (objects),
 * DSI_ERR_UNSUPPORTED, DSI_ERR_LIMIT; call dsi_records_free in either case. */
DSI_CHECKED enum dsi_status dsi_npy_header_parse(struct dsi_records *header,
                                                 int version, const char *text,
                                                 size_t n, struct dsi_error *err);

/* Reads the magic, version and length that come before it, then parses. */
DSI_CHECKED enum dsi_status dsi_npy_header_read(struct dsi_records *header,
                                                struct dsi_source *source,
                                                struct dsi_error *err);

#endif
