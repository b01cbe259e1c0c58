/* The contact sheet of what a tool found among pictures. */
#ifndef DSI_IMAGE_SHEET_H
#define DSI_IMAGE_SHEET_H

#include "scan_tool.h"

/* Of one issue, at most. */
enum { DSI_SHEET_MAX_OF_ISSUE = 60 };

/* Reads the pictures that the rows of the report name (path, issue, score, detail) once
 * more, the first ones of each issue, and writes them to path. What cannot be read as a
 * file of its own is there by its name alone. */
DSI_CHECKED enum dsi_status dsi_image_sheet_write(const struct dsi_tool_scan *scan,
                                                  const char *path,
                                                  struct dsi_error *err);

#endif
