/* INPUT as a user writes it: a path, or a path and a selector behind a colon. */
#ifndef DSI_ADDRESS_H
#define DSI_ADDRESS_H

#include "bytes.h"

struct dsi_address {
    char *path;     /* "-" is standard input */
    char *selector; /* member, field, dataset or column; NULL: none given */
};

/* An existing path wins over reading ':' as a selector; otherwise the longest existing
 * path before a colon does. A path that does not exist in any reading is kept whole, so
 * that opening it gives the reason. */
DSI_CHECKED enum dsi_status dsi_address_parse(struct dsi_address *address,
                                              const char *text, struct dsi_error *err);
void dsi_address_free(struct dsi_address *address);

#endif
