/* dups: the groups of samples that are there more than once. */
#include "parts.h"

#include <string.h>

struct members {
    const struct dsi_report *report;
    size_t group, kind, where, label, split;
};

static struct dsi_value at(const struct members *m, size_t row, size_t column)
{
    return dsi_report_cell(m->report, row, column);
}

static bool same_cell(const struct members *m, size_t a, size_t b, size_t column)
{
    const struct dsi_value x = at(m, a, column), y = at(m, b, column);
    const char *s = dsi_value_text(&x), *t = dsi_value_text(&y);
    double u = 0, v = 0;
    if (s && t)
        return strcmp(s, t) == 0;
    return !s == !t && dsi_value_number(&x, &u) == dsi_value_number(&y, &v) &&
           !(u < v || u > v);
}

/* Where the group of a row ends: rows of one stand together. */
static size_t end_of(const struct members *m, size_t row)
{
    size_t end = row + 1;
    while (end < dsi_report_n_rows(m->report) && same_cell(m, row, end, m->group))
        end++;
    return end;
}

static bool differ(const struct members *m, size_t row, size_t end, size_t column)
{
    for (size_t i = row + 1; i < end; i++)
        if (!same_cell(m, row, i, column))
            return true;
    return false;
}

static void put_member(struct dsi_html *h, const struct members *m, size_t row)
{
    const struct dsi_value where = at(m, row, m->where), label = at(m, row, m->label),
                           split = at(m, row, m->split);
    dsi_html(h, "<div class=\"side\">");
    dsi_picture_put(h, dsi_value_text(&where));
    dsi_html(h, "<p>");
    if (label.type != DSI_VALUE_NULL) {
        dsi_html(h, "<b>");
        dsi_name_put(h, &label);
        dsi_html(h, "</b> ");
    }
    dsi_html(h, "<span class=\"path\">");
    dsi_html_value(h, &where);
    dsi_html(h, "</span>");
    if (dsi_value_text(&split) && split.as.text.n)
        dsi_html(h, " <small>%s</small>", dsi_value_text(&split));
    dsi_html(h, "</p></div>");
}

static void put_group(struct dsi_html *h, const struct members *m, size_t row,
                      size_t end)
{
    enum { MOST = 8 };
    const struct dsi_value group = at(m, row, m->group), kind = at(m, row, m->kind);
    const bool is_conflict = differ(m, row, end, m->label);
    const bool is_leak = differ(m, row, end, m->split);
    dsi_html(h, "<li><p>Group ");
    dsi_html_value(h, &group);
    dsi_html(h, " <small>%s, ", dsi_value_text(&kind));
    dsi_html_count(h, end - row, "sample");
    dsi_html(h, "</small> ");
    if (is_conflict)
        dsi_grade_pill(h, DSI_GRADE_BAD, "labels differ");
    if (is_leak)
        dsi_grade_pill(h, DSI_GRADE_BAD, "across splits");
    dsi_html(h, "</p>\n<div class=\"pair\">");
    for (size_t i = row; i < end && i < row + MOST; i++)
        put_member(h, m, i);
    dsi_html(h, "</div>");
    if (end - row > MOST)
        dsi_html(h, "<p class=\"aside\">and %zu more</p>", end - row - MOST);
    dsi_html(h, "</li>\n");
}

/* Those that do harm come first. */
static size_t put_groups(struct dsi_html *h, const struct members *m, size_t most)
{
    size_t n = 0, n_put = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t row = 0, end; row < dsi_report_n_rows(m->report); row = end) {
            end = end_of(m, row);
            const bool does_harm =
                differ(m, row, end, m->label) || differ(m, row, end, m->split);
            n += pass == 0;
            if (does_harm == (pass == 0) && n_put < most) {
                put_group(h, m, row, end);
                n_put++;
            }
        }
    }
    return n;
}

void dsi_plot_dups(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MOST = 30 };
    const struct members m = {.report = report,
                              .group = dsi_report_column_named(report, "group"),
                              .kind = dsi_report_column_named(report, "kind"),
                              .where = dsi_report_column_named(report, "where"),
                              .label = dsi_report_column_named(report, "label"),
                              .split = dsi_report_column_named(report, "split")};
    const struct dsi_table table = {.report = report, .label = "Members of groups"};
    if (dsi_report_n_rows(report) == 0) {
        dsi_html(h, "<h3>Groups</h3>\n<p class=\"aside\">No sample is there more than "
                    "once.</p>\n");
        return;
    }
    dsi_html(h, "<h3>Groups</h3>\n<ul class=\"cards\">\n");
    const size_t n = put_groups(h, &m, MOST);
    dsi_html(h, "</ul>\n");
    if (n > MOST)
        dsi_html(h,
                 "<p class=\"aside\">%d of %zu groups are drawn, those that do harm "
                 "first.</p>\n",
                 MOST, n);
    dsi_html(h, "<h3>Rows</h3>\n");
    dsi_table_put(h, &table);
}
