/* A value of an array as a report has it. */
#ifndef DSI_COMPARED_VALUE_H
#define DSI_COMPARED_VALUE_H

#include "dtype.h"
#include "report.h"

enum { DSI_COMPARED_TEXT_SIZE = 512 };

/* The value at bytes, as it is in memory. Null where it is no number and no text of 16
 * bytes or fewer. text is room for what has to be spelt out. */
struct dsi_value dsi_compared_value(struct dsi_dtype dtype, const uint8_t *bytes,
                                    char text[DSI_COMPARED_TEXT_SIZE]);

#endif
