#include "contact_sheet.h"

#include "escape_html.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RGB = 3 };

enum dsi_status dsi_contact_sheet_add(struct dsi_contact_sheet *sheet,
                                      const struct dsi_picture *picture,
                                      const char *heading, const char *name,
                                      const char *caption, struct dsi_error *err)
{
    struct dsi_sheet_item item = {0};
    struct dsi_sheet_item *items =
        dsi_grow_array(sheet->items, sheet->n, &sheet->capacity, sizeof *items);
    if (!items)
        return dsi_fail_memory(err, (sheet->n + 1) * sizeof *items);
    sheet->items = items;
    if (picture)
        DSI_TRY(dsi_thumbnail_make(&item.thumbnail, picture, err));
    item.heading = dsi_text_copy(heading, strlen(heading));
    item.name = dsi_text_copy(name, strlen(name));
    item.caption = dsi_text_copy(caption, strlen(caption));
    sheet->items[sheet->n++] = item;
    return item.heading && item.name && item.caption
               ? DSI_OK
               : dsi_fail_memory(err, strlen(name));
}

void dsi_contact_sheet_free(struct dsi_contact_sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        free(sheet->items[i].heading);
        free(sheet->items[i].name);
        free(sheet->items[i].caption);
        dsi_thumbnail_free(&sheet->items[i].thumbnail);
    }
    free(sheet->items);
    *sheet = (struct dsi_contact_sheet){0};
}

static bool ends_in(const char *path, const char *suffix)
{
    const size_t n = strlen(path), k = strlen(suffix);
    return n >= k && strcasecmp(path + n - k, suffix) == 0;
}

bool dsi_contact_sheet_knows(const char *path)
{
    return ends_in(path, ".html") || ends_in(path, ".png");
}

/* --- PNG -----------------------------------------------------------------------------
 */

enum { N_ACROSS = 8, MARGIN = 4, CELL = DSI_THUMBNAIL_SIDE + 2 * MARGIN, PAPER = 0xe8 };

/* The row and the column of cells of each item: a heading begins a row of its own. */
static uint32_t lay_out(const struct dsi_contact_sheet *sheet, size_t until,
                        uint32_t *column)
{
    uint32_t row = 0;
    *column = 0;
    for (size_t i = 1; i <= until; i++) {
        const bool is_new =
            strcmp(sheet->items[i].heading, sheet->items[i - 1].heading);
        if (is_new || ++*column == N_ACROSS) {
            row++;
            *column = 0;
        }
    }
    return row;
}

static void put(const struct dsi_thumbnail *thumbnail, uint8_t *cell, size_t stride)
{
    for (uint32_t y = 0; thumbnail->rgb && y < thumbnail->height; y++)
        memcpy(cell + (MARGIN + y) * stride + MARGIN * RGB,
               thumbnail->rgb + (size_t)y * thumbnail->width * RGB,
               (size_t)thumbnail->width * RGB);
}

static enum dsi_status draw_sheet(const struct dsi_contact_sheet *sheet,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const size_t stride = (size_t)N_ACROSS * CELL * RGB;
    uint32_t column;
    const uint32_t n_rows = sheet->n ? lay_out(sheet, sheet->n - 1, &column) + 1 : 1;
    uint8_t *paper = dsi_alloc_array((uint64_t)n_rows * CELL, stride);
    if (!paper)
        return dsi_fail_memory(err, (uint64_t)n_rows * CELL * stride);
    memset(paper, PAPER, (size_t)n_rows * CELL * stride);
    for (size_t i = 0; i < sheet->n; i++) {
        const size_t row = lay_out(sheet, i, &column);
        put(&sheet->items[i].thumbnail,
            paper + row * CELL * stride + (size_t)column * CELL * RGB, stride);
    }
    enum dsi_status status =
        dsi_png_append(out, paper, N_ACROSS * CELL, n_rows * CELL, err);
    free(paper);
    return status;
}

/* --- HTML ----------------------------------------------------------------------------
 */

static enum dsi_status say(struct dsi_bytes *out, const char *text,
                           struct dsi_error *err)
{
    return dsi_bytes_append(out, text, strlen(text), err);
}

static enum dsi_status say_text(struct dsi_bytes *out, const char *text,
                                struct dsi_error *err)
{
    return dsi_escape_html(out, text, strlen(text), err);
}

static enum dsi_status say_item(const struct dsi_sheet_item *item,
                                struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_thumbnail *thumbnail = &item->thumbnail;
    DSI_TRY(say(out, "<figure>", err));
    if (thumbnail->rgb) {
        DSI_TRY(say(out, "<img alt=\"\" src=\"", err));
        DSI_TRY(dsi_thumbnail_uri(thumbnail, out, err));
        DSI_TRY(say(out, "\">", err));
    }
    DSI_TRY(say(out, "<figcaption><b>", err));
    DSI_TRY(say_text(out, item->name, err));
    DSI_TRY(say(out, "</b><br>", err));
    DSI_TRY(say_text(out, item->caption, err));
    return say(out, "</figcaption></figure>\n", err);
}

static enum dsi_status say_page(const struct dsi_contact_sheet *sheet,
                                const char *title, struct dsi_bytes *out,
                                struct dsi_error *err)
{
    DSI_TRY(say(out,
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                "'none'; img-src data:; style-src 'unsafe-inline'\">\n<title>",
                err));
    DSI_TRY(say_text(out, title, err));
    DSI_TRY(say(out,
                "</title>\n<style>body{font:13px sans-serif;margin:2em}"
                "figure{display:inline-block;vertical-align:top;width:150px;"
                "margin:0 8px 16px 0;overflow-wrap:anywhere}"
                "img{display:block;margin-bottom:4px}</style></head>\n<body><h1>",
                err));
    DSI_TRY(say_text(out, title, err));
    DSI_TRY(say(out, sheet->n ? "</h1>\n" : "</h1>\n<p>Nothing was found.</p>\n", err));
    for (size_t i = 0; i < sheet->n; i++) {
        const struct dsi_sheet_item *item = &sheet->items[i];
        if (i == 0 || strcmp(item->heading, sheet->items[i - 1].heading) != 0) {
            DSI_TRY(say(out, "<h2>", err));
            DSI_TRY(say_text(out, item->heading, err));
            DSI_TRY(say(out, "</h2>\n", err));
        }
        DSI_TRY(say_item(item, out, err));
    }
    return say(out, "</body></html>\n", err);
}

/* --- the file ------------------------------------------------------------------------
 */

static enum dsi_status write_file(const char *path, const struct dsi_bytes *bytes,
                                  struct dsi_error *err)
{
    struct dsi_atomic_file *file;
    DSI_TRY(dsi_atomic_open(&file, path, err));
    enum dsi_status status = dsi_atomic_write(file, bytes->data, bytes->n, err);
    if (status == DSI_OK)
        return dsi_atomic_commit(file, err);
    dsi_atomic_abandon(file);
    return status;
}

enum dsi_status dsi_contact_sheet_write(const struct dsi_contact_sheet *sheet,
                                        const char *title, const char *path,
                                        struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    enum dsi_status status = ends_in(path, ".png")
                                 ? draw_sheet(sheet, &bytes, err)
                                 : say_page(sheet, title, &bytes, err);
    if (status == DSI_OK)
        status = write_file(path, &bytes, err);
    dsi_bytes_free(&bytes);
    return status;
}
