/* Writes one-dimensional arrays as .npy files (format version 1.0), whole or not at
 * all. */
#ifndef DSI_NPY_FILE_H
#define DSI_NPY_FILE_H

#include "bytes.h"

/* n items of item_size bytes in the machine's byte order; type is NumPy's letter and
 * size: "i8", "f8", "f4". */
DSI_CHECKED enum dsi_status dsi_npy_write(const char *path, const char *type,
                                          const void *items, uint64_t n,
                                          size_t item_size, struct dsi_error *err);

#endif
