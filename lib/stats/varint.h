/* Small numbers in few bytes, for saved states that are mostly counts and gaps: seven
 * bits a byte, low ones first, the top bit set where more follow. A number has one
 * spelling. */
#ifndef DSI_VARINT_H
#define DSI_VARINT_H

#include "bytes.h"

DSI_CHECKED enum dsi_status dsi_varint_append(struct dsi_bytes *out, uint64_t value,
                                              struct dsi_error *err);

/* DSI_ERR_MALFORMED for what append would not have written. */
DSI_CHECKED enum dsi_status dsi_varint_read(struct dsi_bytes_reader *in,
                                            uint64_t *value, struct dsi_error *err);

#endif
