#include "json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_view.h"

struct columns {
    struct dsi_column items[DSI_STORED_MOST_COLUMNS]; /* names are the keys' own */
    size_t n;
};

/* Rows have the same keys in the same order, nearly always: guess is where to look
 * first. */
static struct dsi_column *find(struct columns *columns, const char *key, size_t guess)
{
    if (guess < columns->n && strcmp(columns->items[guess].name, key) == 0)
        return &columns->items[guess];
    for (size_t i = 0; i < columns->n; i++)
        if (strcmp(columns->items[i].name, key) == 0)
            return &columns->items[i];
    return NULL;
}

static enum dsi_status add_keys(struct columns *columns, const json_t *row,
                                struct dsi_error *err)
{
    size_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)row, key, value)
    {
        struct dsi_column *column = find(columns, key, i++);
        if (!column && columns->n == DSI_STORED_MOST_COLUMNS)
            return dsi_fail(err, DSI_ERR_LIMIT, "\"rows\" have more than %d columns",
                            DSI_STORED_MOST_COLUMNS);
        if (!column) {
            column = &columns->items[columns->n++];
            *column = (struct dsi_column){.name = key};
        }
        column->is_text |= json_is_string(value);
    }
    return DSI_OK;
}

enum dsi_status dsi_json_report(struct dsi_report **report, const char *tool,
                                const json_t *root, struct dsi_error *err)
{
    const json_t *rows;
    struct columns columns = {.n = 0};
    DSI_TRY(dsi_json_member(root, "rows", JSON_ARRAY, &rows, "", err));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!json_is_object(row))
            return dsi_fail(err, DSI_ERR_MALFORMED, "rows[%zu] is not an object", i);
        DSI_TRY(add_keys(&columns, row, err));
    }
    *report = dsi_report_new(tool, columns.items, columns.n);
    return *report ? DSI_OK : dsi_fail_memory(err, columns.n * sizeof *columns.items);
}

/* texts holds one buffer a column, since a row is added whole. */
static enum dsi_status add_row(struct dsi_report *report, const json_t *row,
                               size_t number, struct dsi_bytes *texts,
                               struct dsi_value *values, struct dsi_error *err)
{
    const struct dsi_column *columns = dsi_report_columns(report);
    for (size_t i = 0; i < dsi_report_n_columns(report); i++) {
        const json_t *value = json_object_get(row, columns[i].name);
        char place[160];
        values[i] = dsi_null();
        if (!value)
            continue;
        if (json_is_object(value) || json_is_array(value))
            snprintf(place, sizeof place, "rows[%zu].%.100s", number, columns[i].name);
        else
            place[0] = '\0';
        DSI_TRY(dsi_json_value(value, &texts[i], &values[i], place, err));
    }
    return dsi_report_row(report, values, err);
}

enum dsi_status dsi_json_rows(struct dsi_report *report, const json_t *root,
                              struct dsi_error *err)
{
    const json_t *rows = json_object_get(root, "rows");
    const size_t n = dsi_report_n_columns(report);
    struct dsi_bytes *texts = dsi_alloc_zeroed(n + 1, sizeof *texts);
    struct dsi_value *values = dsi_alloc_zeroed(n + 1, sizeof *values);
    enum dsi_status status =
        texts && values ? DSI_OK : dsi_fail_memory(err, n * sizeof *values);
    for (size_t i = 0; status == DSI_OK && i < json_array_size(rows); i++)
        status = add_row(report, json_array_get(rows, i), i, texts, values, err);
    for (size_t i = 0; texts && i < n; i++)
        dsi_bytes_free(&texts[i]);
    free(texts);
    free(values);
    return status;
}
