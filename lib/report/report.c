#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "report_store.h"

struct dsi_value dsi_null(void)
{
    return (struct dsi_value){.type = DSI_VALUE_NULL};
}

struct dsi_value dsi_bool(bool value)
{
    return (struct dsi_value){.type = DSI_VALUE_BOOL, .as.boolean = value};
}

struct dsi_value dsi_int(int64_t value)
{
    return (struct dsi_value){.type = DSI_VALUE_INT, .as.integer = value};
}

struct dsi_value dsi_uint(uint64_t value)
{
    return (struct dsi_value){.type = DSI_VALUE_UINT, .as.natural = value};
}

struct dsi_value dsi_float(double value)
{
    return (struct dsi_value){.type = DSI_VALUE_FLOAT, .as.real = value};
}

struct dsi_value dsi_text(const char *text)
{
    return text ? dsi_text_n(text, strlen(text)) : dsi_null();
}

const char *dsi_value_text(const struct dsi_value *value)
{
    return value->type == DSI_VALUE_TEXT ? value->as.text.bytes : NULL;
}

struct dsi_value dsi_text_n(const char *text, size_t n)
{
    return (struct dsi_value){
        .type = DSI_VALUE_TEXT, .as.text.bytes = text, .as.text.n = n};
}

/* --- making and freeing ---------------------------------------------------------- */

static bool copy_columns(struct dsi_report *report, const struct dsi_column *columns,
                         size_t n_columns)
{
    report->columns = dsi_alloc_zeroed(n_columns ? n_columns : 1, sizeof *columns);
    report->row = dsi_alloc_zeroed(n_columns ? n_columns : 1, sizeof *report->row);
    if (!report->columns || !report->row)
        return false;
    for (size_t i = 0; i < n_columns; i++) {
        report->columns[i].is_text = columns[i].is_text;
        report->columns[i].name =
            dsi_text_copy(columns[i].name, strlen(columns[i].name));
        if (!report->columns[i].name)
            return false;
        report->n_columns = i + 1;
    }
    return true;
}

struct dsi_report *dsi_report_new(const char *tool, const struct dsi_column *columns,
                                  size_t n_columns)
{
    struct dsi_report *report = dsi_alloc_zeroed(1, sizeof *report);
    if (!report)
        return NULL;
    report->drawing = SIZE_MAX;
    report->tool = dsi_text_copy(tool, strlen(tool));
    if (!report->tool || !copy_columns(report, columns, n_columns)) {
        dsi_report_free(report);
        return NULL;
    }
    return report;
}

void dsi_report_set_drawing(struct dsi_report *report, size_t column)
{
    report->drawing = column;
}

static void free_value(struct dsi_value *value)
{
    if (value->type == DSI_VALUE_TEXT)
        free((char *)value->as.text.bytes);
}

static void free_entries(struct dsi_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        free(entries->items[i].key);
        free_value(&entries->items[i].value);
    }
    free(entries->items);
}

void dsi_report_free(struct dsi_report *report)
{
    if (!report)
        return;
    free_entries(&report->inputs);
    free_entries(&report->parameters);
    free_entries(&report->summary);
    for (size_t i = 0; i < report->n_columns; i++)
        free((char *)report->columns[i].name);
    free(report->columns);
    free(report->row);
    dsi_bytes_free(&report->types);
    dsi_bytes_free(&report->payloads);
    dsi_bytes_free(&report->texts);
    dsi_bytes_free(&report->findings);
    dsi_report_free_parts(report);
    free(report->tool);
    free(report);
}

/* --- texts ----------------------------------------------------------------------- */

struct dsi_value dsi_report_text_at(const struct dsi_report *report, uint64_t at)
{
    uint64_t n;
    memcpy(&n, report->texts.data + at, sizeof n);
    return dsi_text_n((const char *)report->texts.data + at + sizeof n, (size_t)n);
}

enum dsi_status dsi_report_store_text(struct dsi_report *report, const char *text,
                                      size_t n, uint64_t earlier, uint64_t *at,
                                      struct dsi_error *err)
{
    if (earlier != DSI_NO_TEXT) {
        struct dsi_value old = dsi_report_text_at(report, earlier);
        if (old.as.text.n == n && (!n || memcmp(old.as.text.bytes, text, n) == 0)) {
            *at = earlier;
            return DSI_OK;
        }
    }
    uint64_t length = n, n_more;
    if (!dsi_add(n, sizeof length + 1, &n_more))
        return dsi_fail_memory(err, UINT64_MAX);
    DSI_TRY(dsi_bytes_reserve(&report->texts, n_more, err));
    *at = report->texts.n;
    uint8_t *to = report->texts.data + report->texts.n;
    memcpy(to, &length, sizeof length);
    if (n)
        memcpy(to + sizeof length, text, n);
    to[sizeof length + n] = '\0';
    report->texts.n += n_more;
    return DSI_OK;
}

/* --- rows ------------------------------------------------------------------------ */

static uint64_t payload_at(const struct dsi_report *report, size_t cell)
{
    uint64_t payload;
    memcpy(&payload, report->payloads.data + cell * sizeof payload, sizeof payload);
    return payload;
}

static enum dsi_status pack(struct dsi_report *report, const struct dsi_value *value,
                            uint64_t earlier, uint64_t *payload, struct dsi_error *err)
{
    *payload = 0;
    switch (value->type) {
    case DSI_VALUE_NULL:
        break;
    case DSI_VALUE_BOOL:
        *payload = value->as.boolean;
        break;
    case DSI_VALUE_INT:
        *payload = (uint64_t)value->as.integer;
        break;
    case DSI_VALUE_UINT:
        *payload = value->as.natural;
        break;
    case DSI_VALUE_FLOAT:
        memcpy(payload, &value->as.real, sizeof *payload);
        break;
    case DSI_VALUE_TEXT:
        return dsi_report_store_text(report, value->as.text.bytes, value->as.text.n,
                                     earlier, payload, err);
    }
    return DSI_OK;
}

struct dsi_value dsi_report_value(const struct dsi_report *report, size_t row,
                                  size_t column)
{
    size_t cell = row * report->n_columns + column;
    uint64_t payload = payload_at(report, cell);
    struct dsi_value value = {.type = (enum dsi_value_type)report->types.data[cell]};
    switch (value.type) {
    case DSI_VALUE_NULL:
        break;
    case DSI_VALUE_BOOL:
        value.as.boolean = payload != 0;
        break;
    case DSI_VALUE_INT:
        memcpy(&value.as.integer, &payload, sizeof payload);
        break;
    case DSI_VALUE_UINT:
        value.as.natural = payload;
        break;
    case DSI_VALUE_FLOAT:
        memcpy(&value.as.real, &payload, sizeof payload);
        break;
    case DSI_VALUE_TEXT:
        return dsi_report_text_at(report, payload);
    }
    return value;
}

enum dsi_status dsi_report_row(struct dsi_report *report,
                               const struct dsi_value *values, struct dsi_error *err)
{
    size_t n = report->n_columns;
    struct dsi_bytes *types = &report->types, *payloads = &report->payloads;
    DSI_TRY(dsi_bytes_reserve(types, n, err));
    DSI_TRY(dsi_bytes_reserve(payloads, n * sizeof(uint64_t), err));
    /* The counts move only when the whole row is in. */
    for (size_t i = 0; i < n; i++) {
        size_t above = types->n + i - n;
        uint64_t earlier = DSI_NO_TEXT, payload;
        if (report->n_rows && types->data[above] == DSI_VALUE_TEXT)
            earlier = payload_at(report, above);
        DSI_TRY(pack(report, &values[i], earlier, &payload, err));
        types->data[types->n + i] = (uint8_t)values[i].type;
        memcpy(payloads->data + payloads->n + i * sizeof payload, &payload,
               sizeof payload);
    }
    types->n += n;
    payloads->n += n * sizeof(uint64_t);
    report->n_rows++;
    return DSI_OK;
}

size_t dsi_report_n_rows(const struct dsi_report *report)
{
    return report->n_rows;
}

size_t dsi_report_n_columns(const struct dsi_report *report)
{
    return report->n_columns;
}

const struct dsi_value *dsi_report_row_at(const struct dsi_report *report, size_t row)
{
    assert(row < report->n_rows);
    for (size_t i = 0; i < report->n_columns; i++)
        report->row[i] = dsi_report_value(report, row, i);
    return report->row;
}

/* --- input, parameters, summary -------------------------------------------------- */

static const struct dsi_entry *find_entry(const struct dsi_entries *entries,
                                          const char *key)
{
    for (size_t i = 0; i < entries->n; i++)
        if (strcmp(entries->items[i].key, key) == 0)
            return &entries->items[i];
    return NULL;
}

static enum dsi_status grow_entries(struct dsi_entries *entries, struct dsi_error *err)
{
    if (entries->n < entries->capacity)
        return DSI_OK;
    size_t capacity = entries->capacity ? entries->capacity * 2 : 8;
    struct dsi_entry *items =
        dsi_realloc_array(entries->items, capacity, sizeof *entries->items);
    if (!items)
        return dsi_fail_memory(err, capacity * sizeof *items);
    entries->items = items;
    entries->capacity = capacity;
    return DSI_OK;
}

static enum dsi_status add_entry(struct dsi_entries *entries, const char *key,
                                 struct dsi_value value, bool is_list,
                                 struct dsi_error *err)
{
    struct dsi_entry entry = {.value = value, .is_list = is_list};
    DSI_TRY(grow_entries(entries, err));
    if (value.type == DSI_VALUE_TEXT) {
        char *copy = dsi_text_copy(value.as.text.bytes, value.as.text.n);
        if (!copy)
            return dsi_fail_memory(err, value.as.text.n);
        entry.value.as.text.bytes = copy;
    }
    if (key) {
        entry.key = dsi_text_copy(key, strlen(key));
        if (!entry.key) {
            free_value(&entry.value);
            return dsi_fail_memory(err, strlen(key));
        }
    }
    entries->items[entries->n++] = entry;
    return DSI_OK;
}

enum dsi_status dsi_report_input(struct dsi_report *report, const char *input,
                                 struct dsi_error *err)
{
    return add_entry(&report->inputs, NULL, dsi_text(input), false, err);
}

enum dsi_status dsi_report_parameter(struct dsi_report *report, const char *key,
                                     struct dsi_value value, struct dsi_error *err)
{
    assert(!find_entry(&report->parameters, key));
    return add_entry(&report->parameters, key, value, false, err);
}

enum dsi_status dsi_report_parameter_add(struct dsi_report *report, const char *key,
                                         struct dsi_value value, struct dsi_error *err)
{
    return add_entry(&report->parameters, key, value, true, err);
}

enum dsi_status dsi_report_summary(struct dsi_report *report, const char *key,
                                   struct dsi_value value, struct dsi_error *err)
{
    assert(!find_entry(&report->summary, key));
    return add_entry(&report->summary, key, value, false, err);
}

const struct dsi_value *dsi_report_summary_at(const struct dsi_report *report,
                                              const char *key)
{
    const struct dsi_entry *entry = find_entry(&report->summary, key);
    return entry ? &entry->value : NULL;
}
