#include "complaints.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dsi_complain(struct dsi_complaints *complaints, size_t line, size_t column,
                  const char *format, ...)
{
    va_list args;
    complaints->n++;
    if (complaints->n_items == DSI_COMPLAINTS_MAX)
        return;
    struct dsi_complaint *items = dsi_grow_array(complaints->items, complaints->n_items,
                                                 &complaints->capacity, sizeof *items);
    if (!items)
        return;
    complaints->items = items;
    struct dsi_complaint *item = &items[complaints->n_items++];
    *item = (struct dsi_complaint){.line = line, .column = column};
    const size_t size = sizeof item->text;
    if (line)
        snprintf(item->text, size, "%.300s:%zu:%zu: ", complaints->path, line, column);
    else
        snprintf(item->text, size, "%.300s: ", complaints->path);
    const size_t n = strlen(item->text);
    va_start(args, format);
    vsnprintf(item->text + n, size - n, format, args);
    va_end(args);
}

static int compare(const void *left, const void *right)
{
    const struct dsi_complaint *a = left, *b = right;
    int order = (a->line > b->line) - (a->line < b->line);
    if (!order)
        order = (a->column > b->column) - (a->column < b->column);
    return order ? order : strcmp(a->text, b->text);
}

void dsi_complaints_sort(struct dsi_complaints *complaints)
{
    if (complaints->n_items)
        qsort(complaints->items, complaints->n_items, sizeof *complaints->items,
              compare);
}

void dsi_complaints_free(struct dsi_complaints *complaints)
{
    free(complaints->items);
    *complaints = (struct dsi_complaints){.path = complaints->path};
}
