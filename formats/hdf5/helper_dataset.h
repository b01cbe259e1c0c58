/* From a dataset of libhdf5 to its description in the protocol. */
#ifndef DSI_HELPER_DATASET_H
#define DSI_HELPER_DATASET_H

#include "helper.h"

/* A dataset access property list with which datasets are opened; to be closed. */
hid_t dsi_dataset_access(const struct dsi_helper *helper);

/* A dataspace's own; null dataspaces are (0). */
DSI_CHECKED enum dsi_status dsi_space_shape(hid_t space, int *n_dims, uint64_t *shape,
                                            struct dsi_error *err);

/* The shape that is described, of at most DSI_MAX_DIMS axes. A row of MATLAB's, (1, N),
 * is a vector to it, (N): the axis is hidden then. */
DSI_CHECKED enum dsi_status dsi_dataset_shape(hid_t dataset, hid_t space, int *n_dims,
                                              uint64_t *shape, bool *hides_an_axis,
                                              struct dsi_error *err);

/* Describes an open dataset, whose path it is. is_foreign: it lies in another file than
 * the one the program holds. *is_nothing: it stands for no data and is to be left out.
 * out is to be freed with dsi_hdf5_dataset_free, also on failure. */
DSI_CHECKED enum dsi_status
dsi_dataset_describe(const struct dsi_helper *helper, hid_t dataset, const char *path,
                     bool is_foreign, struct dsi_hdf5_dataset *out, bool *is_nothing,
                     struct dsi_error *err);

#endif
