/* The names that integers go by. */
#ifndef DSI_HELPER_ENUM_H
#define DSI_HELPER_ENUM_H

#include "hdf5_protocol.h"

#include <hdf5.h>

enum { DSI_MAX_NAMES_BYTES = 4 << 20 }; /* of one field, so that a message holds them */

/* Names the values of a field after the members of an enumeration whose integers are of
 * type base; h5py's FALSE and TRUE make it a field of bools. */
DSI_CHECKED enum dsi_status dsi_enum_names(hid_t type, hid_t base,
                                           struct dsi_hdf5_field *field,
                                           struct dsi_error *err);

/* Gives a field names, which it then owns, in the order of their values and each value
 * once. */
void dsi_names_give(struct dsi_hdf5_field *field, struct dsi_value_name *names,
                    size_t n);

#endif
