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

bool dsi_value_number(const struct dsi_value *value, double *number)
{
    return dsi_value_real(value, number) && isfinite(*number);
}
