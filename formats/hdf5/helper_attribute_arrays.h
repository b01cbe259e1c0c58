/* Attributes as arrays of their own: told of as datasets are, and read as they are.
 *
 * Attributes are small by their nature, and libhdf5 reads one of them whole or not at
 * all: those above DSI_MAX_ATTRIBUTE_BYTES are told of, and refused. Those that hold
 * references are left out: what they lead to is at other addresses in any other file.
 */
#ifndef DSI_HELPER_ATTRIBUTE_ARRAYS_H
#define DSI_HELPER_ATTRIBUTE_ARRAYS_H

#include "helper.h"

enum { DSI_MAX_ATTRIBUTE_BYTES = 16 << 20 };

/* Sends ATTRIBUTE of each attribute of the object at path. What cannot be described is
 * sent with its reason. Fails only as sending does, or for want of memory. */
DSI_CHECKED enum dsi_status dsi_attributes_send(struct dsi_helper *helper, hid_t object,
                                                const char *path,
                                                struct dsi_error *err);

/* Opens opened->attribute of the object at opened->path; on failure the caller closes
 * what was opened. */
DSI_CHECKED enum dsi_status dsi_attribute_open(const struct dsi_helper *helper,
                                               struct dsi_opened *opened,
                                               struct dsi_error *err);

/* As dsi_rows_read, of an attribute. */
DSI_CHECKED enum dsi_status dsi_attribute_read(struct dsi_opened *opened,
                                               uint64_t first, uint64_t n,
                                               hid_t transfer, void *values,
                                               struct dsi_error *err);

#endif
