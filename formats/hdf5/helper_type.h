/* Datatypes of HDF5, taken apart into fields of plain values. */
#ifndef DSI_HELPER_TYPE_H
#define DSI_HELPER_TYPE_H

#include "hdf5_protocol.h"

#include <hdf5.h>

/* Sets element_bytes and fields: one for every member of a compound, at whatever depth
 * ("a.b"), with the axes of the arrays it stands in. n_dims must be set. On failure the
 * caller frees the fields. */
DSI_CHECKED enum dsi_status
dsi_type_fields(hid_t type, struct dsi_hdf5_dataset *dataset, struct dsi_error *err);

/* The type to read nothing but field number i into memory with, side by side and in
 * C order. H5I_INVALID_HID on failure; to be closed. */
hid_t dsi_type_in_memory(hid_t type, uint64_t i, const struct dsi_hdf5_field *field);

/* The type of the plain values of field number i, as stored; to be closed. */
hid_t dsi_type_of_field(hid_t type, uint64_t i);

#endif
