#include "image_sheet.h"

#include "picture_file.h"

#include <stdio.h>

enum dsi_status dsi_image_sheet_check(const char *path, struct dsi_error *err)
{
    if (!path || dsi_contact_sheet_knows(path))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--contact-sheet=%s: wants a name that ends in .html or .png",
                    path);
}

struct dsi_image_sheet dsi_image_sheet_start(const struct dsi_tool_scan *scan)
{
    return (struct dsi_image_sheet){.scan = scan};
}

enum dsi_status dsi_image_sheet_add(struct dsi_image_sheet *sheet, const char *heading,
                                    const char *path, const char *caption,
                                    struct dsi_error *err)
{
    struct dsi_picture_file file;
    struct dsi_error reason;
    enum dsi_status status = dsi_picture_file_open(
        &file, path, &sheet->scan->dataset.options.open, &sheet->rows, &reason);
    if (status == DSI_OK || dsi_status_is_data(status))
        status = dsi_contact_sheet_add(&sheet->sheet,
                                       file.has_picture ? &file.picture : NULL, heading,
                                       path, caption, err);
    else
        *err = reason;
    sheet->n_shown += file.has_picture;
    dsi_picture_file_close(&file);
    return status;
}

static enum dsi_status note_no_pictures(const struct dsi_image_sheet *sheet,
                                        struct dsi_error *err)
{
    const struct dsi_finding finding = {
        .rule = "no_pictures",
        .severity = DSI_NOTE,
        .index = UINT64_MAX,
        .detail = "nothing that was found is a picture in a file of its own: the "
                  "contact sheet has names alone"};
    return sheet->sheet.n && !sheet->n_shown
               ? dsi_report_finding(sheet->scan->report, &finding, err)
               : DSI_OK;
}

static enum dsi_status write_sheet(const struct dsi_image_sheet *sheet,
                                   const char *path, struct dsi_error *err)
{
    char title[64];
    struct dsi_error reason;
    snprintf(title, sizeof title, "dsinspect %s", sheet->scan->call->tool->name);
    const enum dsi_status status =
        dsi_contact_sheet_write(&sheet->sheet, title, path, &reason);
    return status == DSI_OK ? note_no_pictures(sheet, err)
                            : dsi_fail(err, status, "%s: %s", path, reason.message);
}

enum dsi_status dsi_image_sheet_finish(struct dsi_image_sheet *sheet, const char *path,
                                       enum dsi_status status, struct dsi_error *err)
{
    if (status == DSI_OK)
        status = write_sheet(sheet, path, err);
    dsi_rows_free(&sheet->rows);
    dsi_contact_sheet_free(&sheet->sheet);
    return status;
}
