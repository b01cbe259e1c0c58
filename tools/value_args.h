/* What the tools that look at values are told: where the channels are, and which values
 * stand for missing. */
#ifndef DSI_VALUE_ARGS_H
#define DSI_VALUE_ARGS_H

#include "channels.h"
#include "common.h"

#define DSI_OPTION_CHANNEL_AXIS(variable)                                            \
    OPTION_TEXT(0, "channel-axis", variable, "N",                                    \
                "the axis of the channels, -1 being the last; none: all values are " \
                "one channel")

/* NULL is the guess. DSI_ERR_USAGE when text is neither a number nor "none". */
DSI_CHECKED enum dsi_status dsi_channel_axis_parse(const char *text,
                                                   struct dsi_channel_axis *axis,
                                                   struct dsi_error *err);

/* --sentinel: numbers, in decimal. The caller frees *values. */
DSI_CHECKED enum dsi_status dsi_sentinels_parse(const struct dsi_texts *texts,
                                                struct dsi_sentinel **values,
                                                struct dsi_sentinels *sentinels,
                                                struct dsi_error *err);

/* --max-share: from 0 to 1. */
DSI_CHECKED enum dsi_status dsi_max_share_check(double share, struct dsi_error *err);

#endif
