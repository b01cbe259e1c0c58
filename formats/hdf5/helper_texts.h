/* Attributes that hold text. */
#ifndef DSI_HELPER_TEXTS_H
#define DSI_HELPER_TEXTS_H

#include "bytes.h"

#include <hdf5.h>

struct dsi_texts {
    char **items; /* each NUL-terminated, without padding */
    size_t n;
};

/* Reads the strings of an attribute, of fixed or variable length. None (n is 0) where
 * there is no such attribute, it holds no text, or more than names could be. */
DSI_CHECKED enum dsi_status dsi_texts_read(struct dsi_texts *texts, hid_t object,
                                           const char *attribute,
                                           struct dsi_error *err);
void dsi_texts_free(struct dsi_texts *texts);

#endif
