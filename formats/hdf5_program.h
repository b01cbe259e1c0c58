/* Where the helper program is. */
#ifndef DSI_HDF5_PROGRAM_H
#define DSI_HDF5_PROGRAM_H

#include "status.h"

#include <limits.h>

/* The helper's path: $DSINSPECT_HDF5_HELPER where that is set; else the first there is
 * of: beside the running program, ../libexec/dsinspect from there, and where it was
 * installed. DSI_ERR_OPEN names the places. */
DSI_CHECKED enum dsi_status dsi_hdf5_program_find(char path[PATH_MAX],
                                                  struct dsi_error *err);

#endif
