/* From the descr of an .npy header to the fields of its records. */
#ifndef DSI_NPY_RECORD_H
#define DSI_NPY_RECORD_H

#include "npy_header.h"
#include "npy_literal.h"

/* Fills header->fields and record_bytes from descr: a dtype string, a list of fields,
 * or (descr, shape). Offsets, padding and titles as numpy.lib.format.descr_to_dtype has
 * them. Fields already added stay in header on failure, to be freed with it. */
DSI_CHECKED enum dsi_status dsi_npy_record_parse(struct dsi_records *header,
                                                 const struct dsi_literal *descr,
                                                 struct dsi_error *err);

#endif
