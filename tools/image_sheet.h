/* The contact sheet of what a tool found: pictures that are read once more, under
 * headings, in the order they are added. */
#ifndef DSI_IMAGE_SHEET_H
#define DSI_IMAGE_SHEET_H

#include "contact_sheet.h"
#include "scan_tool.h"

/* Pictures or groups of one kind, at most. */
enum { DSI_SHEET_MAX_OF_KIND = 60 };

struct dsi_image_sheet {
    const struct dsi_tool_scan *scan;
    struct dsi_contact_sheet sheet;
    struct dsi_rows rows;
    size_t n_shown; /* that are pictures, and not a name alone */
};

/* The option of tools that have a sheet, and whether its value names a file that can be
 * written: DSI_ERR_USAGE. NULL is fine. */
#define DSI_OPTION_CONTACT_SHEET(field)                                             \
    OPTION_FILE(0, "contact-sheet", field, "FILE",                                  \
                "show what was found, worst first: FILE.html, or FILE.png without " \
                "words")
DSI_CHECKED enum dsi_status dsi_image_sheet_check(const char *path,
                                                  struct dsi_error *err);

/* Cannot fail; dsi_image_sheet_finish ends it, whatever came between. */
struct dsi_image_sheet dsi_image_sheet_start(const struct dsi_tool_scan *scan);

/* Adds the picture at path. What cannot be read as a file of its own is there by its
 * name alone. */
DSI_CHECKED enum dsi_status dsi_image_sheet_add(struct dsi_image_sheet *sheet,
                                                const char *heading, const char *path,
                                                const char *caption,
                                                struct dsi_error *err);

/* Where status is DSI_OK writes the sheet to path, and notes in the report that there
 * was no picture to show (no_pictures); frees it. Returns status or its own. */
DSI_CHECKED enum dsi_status dsi_image_sheet_finish(struct dsi_image_sheet *sheet,
                                                   const char *path,
                                                   enum dsi_status status,
                                                   struct dsi_error *err);

/* dup_sheet.c: the groups in the rows of dups, those that contradict themselves first.
 * label_sheet.c: what labels found of samples; pairs that contradict each other side by
 * side. */
DSI_CHECKED enum dsi_status dsi_dup_sheet_write(const struct dsi_tool_scan *scan,
                                                const char *path,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_label_sheet_write(const struct dsi_tool_scan *scan,
                                                  const char *path,
                                                  struct dsi_error *err);

#endif
