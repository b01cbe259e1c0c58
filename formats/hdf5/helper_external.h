/* Datasets whose values are kept elsewhere: in files of their own, or in other
 * datasets that they are put together from. */
#ifndef DSI_HELPER_EXTERNAL_H
#define DSI_HELPER_EXTERNAL_H

#include "status.h"

#include <hdf5.h>

/* True for external storage and virtual layouts, wherever they lead. */
bool dsi_external_is(hid_t creation);

/* DSI_OK when all of a dataset is in the HDF5 file itself; else DSI_ERR_REFUSED, and
 * err names a file that it leads to. */
DSI_CHECKED enum dsi_status dsi_external_check(hid_t creation, struct dsi_error *err);

#endif
