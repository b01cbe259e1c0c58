/* check: what was asked of the figures, and whether it holds. */
#include "parts.h"

#include <string.h>

struct checks {
    const struct dsi_report *report;
    size_t check, status, dataset, metric, value, op, threshold, baseline, detail;
};

static struct dsi_value at(const struct checks *c, size_t row, size_t column)
{
    return dsi_report_cell(c->report, row, column);
}

static const char *text_at(const struct checks *c, size_t row, size_t column)
{
    const struct dsi_value value = at(c, row, column);
    return dsi_value_text(&value);
}

static bool is_null(const struct checks *c, size_t row, size_t column)
{
    return at(c, row, column).type == DSI_VALUE_NULL;
}

static void put_at(struct dsi_html *h, const struct checks *c, size_t row,
                   size_t column)
{
    const struct dsi_value value = at(c, row, column);
    dsi_html_value(h, &value);
}

static bool has_status(const struct checks *c, size_t row, const char *status)
{
    const char *own = text_at(c, row, c->status);
    return own && strcmp(own, status) == 0;
}

/* "at most 1.5", in words. */
static void put_demand(struct dsi_html *h, const struct checks *c, size_t row)
{
    static const char *const words[][2] = {{"min", "at least "},
                                           {"max", "at most "},
                                           {"equals", "equal to "},
                                           {"max_change", "within "}};
    const char *op = text_at(c, row, c->op), *said = NULL;
    for (size_t i = 0; op && i < sizeof words / sizeof *words; i++)
        if (strcmp(op, words[i][0]) == 0)
            said = words[i][1];
    if (said)
        dsi_html(h, "%s", said);
    else
        dsi_html(h, "%s ", op);
    put_at(h, c, row, c->threshold);
    if (op && strcmp(op, "max_change") == 0)
        dsi_html(h, " of the baseline");
}

/* --- what failed ---------------------------------------------------------------------
 */

static void put_card(struct dsi_html *h, const struct checks *c, size_t row)
{
    const char *status = text_at(c, row, c->status);
    const struct dsi_value name = at(c, row, c->check);
    dsi_html(h, "<li class=\"%s\"><p>", dsi_grade_class(dsi_grade_of_word(status)));
    dsi_grade_pill(h, dsi_grade_of_word(status), status);
    dsi_html(h, " <b>");
    dsi_name_put(h, &name);
    dsi_html(h, "</b></p>\n<p>");
    if (!is_null(c, row, c->metric)) {
        dsi_html(h, "<code>");
        put_at(h, c, row, c->metric);
        dsi_html(h, "</code> is <strong>");
        if (is_null(c, row, c->value))
            dsi_html(h, "not known");
        put_at(h, c, row, c->value);
        dsi_html(h, "</strong>, should be ");
        put_demand(h, c, row);
    }
    if (!is_null(c, row, c->baseline)) {
        dsi_html(h, "; it was ");
        put_at(h, c, row, c->baseline);
    }
    dsi_html(h, "</p>\n");
    if (!is_null(c, row, c->detail))
        dsi_html(h, "<p class=\"detail\">%s</p>", text_at(c, row, c->detail));
    dsi_html(h, "</li>\n");
}

static void put_cards(struct dsi_html *h, const struct checks *c, const char *status,
                      const char *heading)
{
    const size_t n_rows = dsi_report_n_rows(c->report);
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        if (!has_status(c, i, status))
            continue;
        if (n == 0)
            dsi_html(h, "<h3>%s</h3>\n<ul class=\"cards\">\n", heading);
        if (n++ < h->page->max_rows)
            put_card(h, c, i);
    }
    if (n == 0)
        return;
    dsi_html(h, "</ul>\n");
    dsi_left_out(h, n, "check");
}

/* --- the whole table -----------------------------------------------------------------
 */

/* Whether nobody named the check, which is "DATASET: METRIC OP" then, and what severity
 * it has. */
static bool is_unnamed(const struct checks *c, size_t row)
{
    const char *parts[] = {text_at(c, row, c->dataset), ": ",
                           text_at(c, row, c->metric), " ", text_at(c, row, c->op)};
    const char *name = text_at(c, row, c->check);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const size_t n = parts[i] ? strlen(parts[i]) : 0;
        if (n == 0 || !name || strncmp(name, parts[i], n) != 0)
            return false;
        name += n;
    }
    return *name == '\0' || strcmp(name, " (warning)") == 0;
}

/* The metric stands in a column of its own: of a check without a name the dataset is
 * enough. */
static void put_row(struct dsi_html *h, const struct checks *c, size_t row)
{
    const struct dsi_value name =
        at(c, row, is_unnamed(c, row) ? c->dataset : c->check);
    const char *status = text_at(c, row, c->status);
    dsi_html(h, "<tr><td>");
    dsi_grade_pill(h, dsi_grade_of_word(status), status);
    dsi_html(h, "</td><th scope=\"row\">");
    dsi_name_put(h, &name);
    dsi_html(h, "</th><td><code>");
    if (!is_null(c, row, c->metric))
        dsi_key_put(h, text_at(c, row, c->metric));
    dsi_html(h, "</code></td><td class=\"n\">");
    put_at(h, c, row, c->value);
    dsi_html(h, "</td><td>");
    put_demand(h, c, row);
    dsi_html(h, "</td><td class=\"n\">");
    put_at(h, c, row, c->baseline);
    dsi_html(h, "</td><td class=\"wide\">");
    put_at(h, c, row, c->detail);
    dsi_html(h, "</td></tr>\n");
}

/* What failed, then what warned, then the rest, each in the order it was asked in. */
static void put_rows(struct dsi_html *h, const struct checks *c)
{
    static const char *const order[] = {"failed", "warned", NULL};
    const size_t n = dsi_report_n_rows(c->report);
    size_t left = dsi_shown(h, n);
    for (size_t o = 0; o < sizeof order / sizeof *order; o++)
        for (size_t i = 0; i < n && left; i++) {
            const bool is_first = has_status(c, i, "failed");
            const bool is_rest = !is_first && !has_status(c, i, "warned");
            if (order[o] ? !has_status(c, i, order[o]) : !is_rest)
                continue;
            put_row(h, c, i);
            left--;
        }
}

void dsi_plot_check(struct dsi_html *h, const struct dsi_report *report)
{
    const struct checks c = {.report = report,
                             .check = dsi_report_column_named(report, "check"),
                             .status = dsi_report_column_named(report, "status"),
                             .dataset = dsi_report_column_named(report, "dataset"),
                             .metric = dsi_report_column_named(report, "metric"),
                             .value = dsi_report_column_named(report, "value"),
                             .op = dsi_report_column_named(report, "op"),
                             .threshold = dsi_report_column_named(report, "threshold"),
                             .baseline = dsi_report_column_named(report, "baseline"),
                             .detail = dsi_report_column_named(report, "detail")};
    const size_t n = dsi_report_n_rows(report);
    put_cards(h, &c, "failed", "What failed");
    put_cards(h, &c, "warned", "What gave a warning");
    dsi_html(h, "<h3>All checks</h3>\n");
    if (n == 0) {
        dsi_html(h, "<p class=\"aside\">There are no rows.</p>\n");
        return;
    }
    dsi_box_begin(h, "box checks", "All checks");
    dsi_html(h,
             "<thead><tr><th scope=\"col\">status</th><th scope=\"col\">check</th>"
             "<th scope=\"col\">metric</th>"
             "<th scope=\"col\" class=\"n\">value</th><th scope=\"col\">should be</th>"
             "<th scope=\"col\" class=\"n\">baseline</th>"
             "<th scope=\"col\">detail</th></tr></thead>\n<tbody>\n");
    put_rows(h, &c);
    dsi_html(h, "</tbody>");
    dsi_box_end(h);
    dsi_left_out(h, n, "check");
}
