/* Datatypes of HDF5 that are no containers of others, and complex numbers. */
#ifndef DSI_HELPER_LEAF_H
#define DSI_HELPER_LEAF_H

#include "hdf5_protocol.h"

#include <hdf5.h>

/* Compounds of two floats called r and i, as h5py writes them, or real and imag. */
bool dsi_leaf_is_complex(hid_t type);

/* Sets what the type alone decides: field.dtype, by_rows, is_bool, padding,
 * value_names, status, reason, note. What cannot be read is described with its status.
 * On failure the caller frees what was set. */
DSI_CHECKED enum dsi_status dsi_leaf_describe(hid_t type, struct dsi_hdf5_field *field,
                                              struct dsi_error *err);

/* The type of values as ROWS delivers them for a field that was described from the same
 * type. H5I_INVALID_HID on failure; to be closed. */
hid_t dsi_leaf_in_memory(hid_t type, const struct dsi_hdf5_field *field);

/* The machine's type for numbers of that kind and size; H5I_INVALID_HID when it has
 * none. To be closed. */
hid_t dsi_leaf_native(struct dsi_dtype dtype);

#endif
