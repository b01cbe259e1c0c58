/* The dtype strings of an .npy header: "<f8", "|S5", ">M8[25us]", "float32". */
#ifndef DSI_NPY_DTYPE_H
#define DSI_NPY_DTYPE_H

#include "dtype.h"

/* Reads text as numpy.dtype does: NumPy's array-protocol strings, in any byte order,
 * and also its names ("float32"), its one-letter codes ("f") and "bfloat16". Objects
 * are DSI_ERR_REFUSED, long doubles DSI_ERR_UNSUPPORTED, anything else
 * DSI_ERR_MALFORMED. text may hold any bytes. */
DSI_CHECKED enum dsi_status dsi_npy_dtype(struct dsi_dtype *dtype, const char *text,
                                          size_t n, struct dsi_error *err);

#endif
