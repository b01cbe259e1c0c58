/* Every tool's description, one line each; dsinspect.c lists them. */
#ifndef DSI_TOOLS_H
#define DSI_TOOLS_H

#include "tool.h"

extern const struct dsi_tool dsi_tool_balance;
extern const struct dsi_tool dsi_tool_check;
extern const struct dsi_tool dsi_tool_completion;
extern const struct dsi_tool dsi_tool_diff;
extern const struct dsi_tool dsi_tool_dups;
extern const struct dsi_tool dsi_tool_help;
extern const struct dsi_tool dsi_tool_images;
extern const struct dsi_tool dsi_tool_info;
extern const struct dsi_tool dsi_tool_labels;
extern const struct dsi_tool dsi_tool_merge;
extern const struct dsi_tool dsi_tool_missing;
extern const struct dsi_tool dsi_tool_outliers;
extern const struct dsi_tool dsi_tool_range;
extern const struct dsi_tool dsi_tool_report_page;

#endif
