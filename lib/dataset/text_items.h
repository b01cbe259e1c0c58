/* Values that are texts (BYTES, UNICODE, STRING) as numbers. Any thread. */
#ifndef DSI_TEXT_ITEMS_H
#define DSI_TEXT_ITEMS_H

#include "dtype.h"
#include "text_number.h"

/* The number that one value spells; as dsi_text_number. */
enum dsi_text_kind dsi_text_item_number(struct dsi_dtype dtype, const char *item,
                                        double *value);

#endif
