/* What is told of a pair in words, for compare.c alone. Fail for want of memory only.
 */
#ifndef DSI_COMPARED_H
#define DSI_COMPARED_H

#include "compare.h"
#include "gaps.h"
#include "reader.h"

/* A status and why. */
DSI_CHECKED enum dsi_status dsi_compared_tell(struct dsi_compared *compared,
                                              enum dsi_compared_status status,
                                              const char *text, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_compared_differ_in_shape(struct dsi_compared *compared,
                                                         const struct dsi_array *a,
                                                         const struct dsi_array *b,
                                                         struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_compared_differ_in_dtype(struct dsi_compared *compared,
                                                         struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_compared_keep_gaps(struct dsi_compared *compared,
                                                   const struct dsi_gaps *gaps,
                                                   struct dsi_error *err);

#endif
