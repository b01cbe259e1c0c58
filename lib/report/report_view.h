/* Looking at a report from outside: its tool, its columns by name, its cells, and what
 * was asked and came out in sum. For whoever shows reports in a form of their own. */
#ifndef DSI_REPORT_VIEW_H
#define DSI_REPORT_VIEW_H

#include "report.h"

/* As in "dsinspect.TOOL/1". */
const char *dsi_report_tool(const struct dsi_report *report);

/* n_columns of them. */
const struct dsi_column *dsi_report_columns(const struct dsi_report *report);
/* SIZE_MAX: there is none of that name. */
size_t dsi_report_column_named(const struct dsi_report *report, const char *name);

/* Texts live until the report changes. Null where column is SIZE_MAX, so that a column
 * that a report does not have reads as one that is empty. */
struct dsi_value dsi_report_cell(const struct dsi_report *report, size_t row,
                                 size_t column);

enum dsi_report_part { DSI_REPORT_INPUTS, DSI_REPORT_PARAMETERS, DSI_REPORT_SUMMARY };

/* Entry i of a part, in order; false: there are no more. key is NULL for an input; the
 * items of a list are entries of the same key. */
bool dsi_report_entry_at(const struct dsi_report *report, enum dsi_report_part part,
                         size_t i, const char **key, struct dsi_value *value);

/* The value as a double; false where it is no number. */
bool dsi_value_real(const struct dsi_value *value, double *number);
/* Below 0, 0, above 0: how two numbers, neither of them NaN, are ordered, exactly. */
int dsi_value_order(const struct dsi_value *left, const struct dsi_value *right);
/* The value as a finite double; false where it is none. */
bool dsi_value_number(const struct dsi_value *value, double *number);

#endif
