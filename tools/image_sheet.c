#include "image_sheet.h"

#include "contact_sheet.h"
#include "images.h"

#include <string.h>

enum { PATH, ISSUE, SCORE, DETAIL };

/* A picture in memory, for as long as it is open. */
struct opened {
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_rows *rows;
    struct dsi_picture picture;
    bool has_source, has_file, has_picture;
};

static enum dsi_status open_picture(struct opened *o, const char *path,
                                    const struct dsi_open_options *options,
                                    struct dsi_error *err)
{
    DSI_TRY(dsi_source_open(&o->source, path, err));
    o->has_source = true;
    DSI_TRY(dsi_file_open_named(&o->file, &o->source, path, options, err));
    o->has_file = true;
    if (!o->file.format->is_image)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "not a picture");
    const uint64_t n_rows = dsi_array_n_rows(&o->file.arrays[0]);
    DSI_TRY(dsi_file_read(&o->file, 0, 0, n_rows, o->rows, err));
    o->has_picture = dsi_picture_of_file(&o->file, o->rows, &o->picture);
    return DSI_OK;
}

static void close_picture(struct opened *o)
{
    if (o->has_file)
        dsi_file_close(&o->file);
    if (o->has_source)
        dsi_source_close(&o->source);
}

static enum dsi_status add(struct dsi_contact_sheet *sheet, const char *heading,
                           const char *path, const char *detail,
                           const struct dsi_open_options *options,
                           struct dsi_rows *rows, struct dsi_error *err)
{
    struct opened opened = {.rows = rows};
    struct dsi_error reason;
    enum dsi_status status = open_picture(&opened, path, options, &reason);
    if (status == DSI_OK || dsi_status_is_data(status))
        status =
            dsi_contact_sheet_add(sheet, opened.has_picture ? &opened.picture : NULL,
                                  heading, path, detail, err);
    else
        *err = reason;
    close_picture(&opened);
    return status;
}

/* The static name of an issue. */
static const char *heading_of(const char *issue)
{
    int i = 0;
    while (i < DSI_N_IMAGE_ISSUES - 1 && strcmp(dsi_image_issues[i].name, issue) != 0)
        i++;
    return dsi_image_issues[i].name;
}

static const char *text_of(const struct dsi_value *value)
{
    return value->type == DSI_VALUE_TEXT ? value->as.text.bytes : "";
}

static enum dsi_status add_rows(const struct dsi_tool_scan *scan,
                                struct dsi_contact_sheet *sheet, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    const char *last = NULL;
    size_t n_of_issue = 0;
    for (size_t i = 0; i < dsi_report_n_rows(scan->report); i++) {
        const struct dsi_value *row = dsi_report_row_at(scan->report, i);
        const char *heading = heading_of(text_of(&row[ISSUE]));
        n_of_issue = heading == last ? n_of_issue + 1 : 1;
        last = heading;
        if (n_of_issue > DSI_SHEET_MAX_OF_ISSUE)
            continue;
        DSI_TRY(add(sheet, heading, text_of(&row[PATH]), text_of(&row[DETAIL]),
                    &scan->dataset.options.open, rows, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_image_sheet_write(const struct dsi_tool_scan *scan,
                                      const char *path, struct dsi_error *err)
{
    struct dsi_contact_sheet sheet = {0};
    struct dsi_rows rows = {0};
    struct dsi_error reason;
    enum dsi_status status = add_rows(scan, &sheet, &rows, err);
    if (status == DSI_OK) {
        status = dsi_contact_sheet_write(&sheet, "dsinspect images", path, &reason);
        if (status != DSI_OK)
            dsi_fail(err, status, "%s: %s", path, reason.message);
    }
    dsi_rows_free(&rows);
    dsi_contact_sheet_free(&sheet);
    return status;
}
