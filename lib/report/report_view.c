#include "report_view.h"

#include <math.h>
#include <string.h>

#include "report_store.h"

const char *dsi_report_tool(const struct dsi_report *report)
{
    return report->tool;
}

const struct dsi_column *dsi_report_columns(const struct dsi_report *report)
{
    return report->columns;
}

size_t dsi_report_column_named(const struct dsi_report *report, const char *name)
{
    for (size_t i = 0; i < report->n_columns; i++)
        if (strcmp(report->columns[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

struct dsi_value dsi_report_cell(const struct dsi_report *report, size_t row,
                                 size_t column)
{
    return column == SIZE_MAX ? dsi_null() : dsi_report_value(report, row, column);
}

bool dsi_report_entry_at(const struct dsi_report *report, enum dsi_report_part part,
                         size_t i, const char **key, struct dsi_value *value)
{
    const struct dsi_entries *entries = part == DSI_REPORT_INPUTS ? &report->inputs
                                        : part == DSI_REPORT_PARAMETERS
                                            ? &report->parameters
                                            : &report->summary;
    if (i >= entries->n)
        return false;
    *key = entries->items[i].key;
    *value = entries->items[i].value;
    return true;
}

bool dsi_value_real(const struct dsi_value *value, double *number)
{
    switch (value->type) {
    case DSI_VALUE_INT:
        *number = (double)value->as.integer;
        return true;
    case DSI_VALUE_UINT:
        *number = (double)value->as.natural;
        return true;
    case DSI_VALUE_FLOAT:
        *number = value->as.real;
        return true;
    case DSI_VALUE_NULL:
    case DSI_VALUE_BOOL:
    case DSI_VALUE_TEXT:
        break;
    }
    return false;
}

/* A number without rounding: its sign, its whole part and the rest. From 2^64 on all of
 * it is rest, and the whole part as large as can be. */
struct split {
    int sign;
    uint64_t whole;
    double rest;
};

static struct split split(const struct dsi_value *value)
{
    if (value->type == DSI_VALUE_UINT)
        return (struct split){value->as.natural > 0, value->as.natural, 0};
    if (value->type == DSI_VALUE_INT) {
        const int64_t i = value->as.integer;
        return (struct split){(i > 0) - (i < 0), i < 0 ? 0 - (uint64_t)i : (uint64_t)i,
                              0};
    }
    const double d = value->as.real, size = fabs(d);
    const int sign = (d > 0) - (d < 0);
    if (size >= 0x1p64)
        return (struct split){sign, UINT64_MAX, size};
    return (struct split){sign, (uint64_t)size, size - trunc(size)};
}

int dsi_value_order(const struct dsi_value *left, const struct dsi_value *right)
{
    const struct split a = split(left), b = split(right);
    if (a.sign != b.sign)
        return a.sign < b.sign ? -1 : 1;
    if (a.whole != b.whole)
        return a.whole < b.whole ? -a.sign : a.sign;
    return a.rest < b.rest ? -a.sign : a.rest > b.rest ? a.sign : 0;
}

bool dsi_value_number(const struct dsi_value *value, double *number)
{
    return dsi_value_real(value, number) && isfinite(*number);
}
