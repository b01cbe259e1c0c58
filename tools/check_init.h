/* A configuration to begin with. */
#ifndef DSI_CHECK_INIT_H
#define DSI_CHECK_INIT_H

#include "check_night.h"

/* Appends YAML with comments: the datasets of a night that was looked at, and rules
 * that hold for them tonight. */
DSI_CHECKED enum dsi_status dsi_check_init(const struct dsi_night *night,
                                           struct dsi_bytes *out,
                                           struct dsi_error *err);

#endif
