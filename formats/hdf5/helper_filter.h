/* The filters that a dataset's chunks went through. */
#ifndef DSI_HELPER_FILTER_H
#define DSI_HELPER_FILTER_H

#include "hdf5_protocol.h"

#include <hdf5.h>

/* Sets dataset->filters from its creation property list. On failure the caller frees
 * them. */
DSI_CHECKED enum dsi_status dsi_filters_read(hid_t creation,
                                             struct dsi_hdf5_dataset *dataset,
                                             struct dsi_error *err);

/* DSI_OK when the program or libhdf5 can undo all of them; else DSI_ERR_UNSUPPORTED and
 * err names the first that nobody can. only_libhdf5: the program does not decode this
 * dataset. */
DSI_CHECKED enum dsi_status dsi_filters_check(const struct dsi_hdf5_dataset *dataset,
                                              bool only_libhdf5, struct dsi_error *err);

#endif
