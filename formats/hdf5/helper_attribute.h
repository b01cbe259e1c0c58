/* What attributes say of a dataset's values: what is missing, what classes are called,
 * what MATLAB and netCDF meant. */
#ifndef DSI_HELPER_ATTRIBUTE_H
#define DSI_HELPER_ATTRIBUTE_H

#include "hdf5_protocol.h"

#include <hdf5.h>

struct dsi_attributes {
    bool is_nothing; /* a dimension of netCDF's that has no values */
    bool is_empty;   /* MATLAB's empty array, whose data are its extents */
    bool is_text;    /* MATLAB's characters, kept as numbers */
};

/* Adds missing and value_names to the first field of a dataset of plain values, and
 * fills found. Attributes that cannot be understood are no reason to fail. */
DSI_CHECKED enum dsi_status dsi_attributes_read(hid_t dataset,
                                                struct dsi_hdf5_dataset *out,
                                                struct dsi_attributes *found,
                                                struct dsi_error *err);

#endif
