#include "parts.h"

#include <string.h>

void dsi_box_begin(struct dsi_html *h, const char *class, const char *label)
{
    dsi_html(h,
             "<div class=\"%s\" role=\"group\" aria-label=\"%s\" tabindex=\"0\">"
             "<table>\n",
             class, label);
}

void dsi_box_end(struct dsi_html *h)
{
    dsi_html(h, "</table></div>\n");
}

size_t dsi_shown(const struct dsi_html *h, size_t n)
{
    return n < h->page->max_rows ? n : h->page->max_rows;
}

void dsi_left_out(struct dsi_html *h, size_t n, const char *noun)
{
    const size_t n_shown = dsi_shown(h, n);
    if (n_shown == n)
        return;
    dsi_html(h, "<p class=\"aside\">The first %zu of ", n_shown);
    dsi_html_count(h, n, noun);
    dsi_html(h, " are shown; %zu are left out here.</p>\n", n - n_shown);
}

static bool is_empty(const struct dsi_report *report, size_t column)
{
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value value = dsi_report_cell(report, i, column);
        if (value.type != DSI_VALUE_NULL &&
            !(value.type == DSI_VALUE_TEXT && value.as.text.n == 0))
            return false;
    }
    return true;
}

static bool is_left_out(const struct dsi_table *table, size_t column)
{
    const char *name = dsi_report_columns(table->report)[column].name;
    for (const char *const *out = table->left_out; out && *out; out++)
        if (strcmp(*out, name) == 0)
            return true;
    return column && is_empty(table->report, column);
}

/* Which columns are shown, in order; at most most of them. */
static size_t choose(const struct dsi_table *table, size_t *columns, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < dsi_report_n_columns(table->report) && n < most; i++)
        if (!is_left_out(table, i))
            columns[n++] = i;
    return n;
}

static void put_head(struct dsi_html *h, const struct dsi_table *table,
                     const size_t *columns, size_t n)
{
    dsi_html(h, "<thead><tr>");
    for (size_t i = 0; i < n; i++) {
        const struct dsi_column *column =
            &dsi_report_columns(table->report)[columns[i]];
        dsi_html(h, "<th scope=\"col\"");
        if (!column->is_text && i)
            dsi_html(h, " class=\"n\"");
        dsi_html(h, ">%s</th>", column->name);
        if (i == 0 && table->draw)
            dsi_html(h, "<th scope=\"col\">%s</th>", table->drawn_heading);
    }
    dsi_html(h, "</tr></thead>\n");
}

/* Of a column that says how something went, a pill. */
static void put_value(struct dsi_html *h, const struct dsi_report *report, size_t row,
                      size_t column, bool is_name)
{
    const struct dsi_value value = dsi_report_cell(report, row, column);
    const char *name = dsi_report_columns(report)[column].name;
    const char *text = dsi_value_text(&value);
    if (text && (strcmp(name, "severity") == 0 || strcmp(name, "status") == 0))
        dsi_grade_pill(h, dsi_grade_of_word(text), text);
    else if (is_name)
        dsi_name_put(h, &value);
    else
        dsi_html_value(h, &value);
}

/* Columns whose cells would be tall if they were as narrow as others. */
static bool is_long(const char *name)
{
    return strcmp(name, "detail") == 0 || strcmp(name, "abs_histogram") == 0 ||
           strcmp(name, "ulp_histogram") == 0;
}

static void put_row(struct dsi_html *h, const struct dsi_table *table,
                    const size_t *columns, size_t n, size_t row)
{
    const struct dsi_column *columns_of = dsi_report_columns(table->report);
    dsi_html(h, "<tr><th scope=\"row\">");
    put_value(h, table->report, row, columns[0], true);
    dsi_html(h, "</th>");
    if (table->draw) {
        dsi_html(h, "<td class=\"drawn\">");
        table->draw(h, table->report, row, table->context);
        dsi_html(h, "</td>");
    }
    for (size_t i = 1; i < n; i++) {
        const bool is_text = columns_of[columns[i]].is_text;
        const bool is_prose = is_long(columns_of[columns[i]].name);
        dsi_out_text(&h->out, is_prose  ? "<td class=\"wide\">"
                              : is_text ? "<td>"
                                        : "<td class=\"n\">");
        put_value(h, table->report, row, columns[i], false);
        dsi_html(h, "</td>");
    }
    dsi_html(h, "</tr>\n");
}

void dsi_table_put(struct dsi_html *h, const struct dsi_table *table)
{
    enum { MOST = 64 };
    size_t columns[MOST];
    const size_t n = choose(table, columns, MOST);
    const size_t n_rows = dsi_report_n_rows(table->report);
    if (n == 0 || n_rows == 0) {
        dsi_html(h, "<p class=\"aside\">There are no rows.</p>\n");
        return;
    }
    dsi_box_begin(h, "box", table->label);
    put_head(h, table, columns, n);
    dsi_html(h, "<tbody>\n");
    for (size_t i = 0; i < dsi_shown(h, n_rows); i++)
        put_row(h, table, columns, n, i);
    dsi_html(h, "</tbody>");
    dsi_box_end(h);
    dsi_left_out(h, n_rows, "row");
}
