/* images: how many pictures have each issue, and the worst of each. */
#include "parts.h"

#include <string.h>

/* Entries of the summary that count pictures, and no issue. */
static bool is_issue(const char *key, const struct dsi_value *value)
{
    return strcmp(key, "images") != 0 && strcmp(key, "nulls_from_non_finite") != 0 &&
           value->type == DSI_VALUE_UINT;
}

static double most_of(const struct dsi_report *report)
{
    const char *key;
    struct dsi_value value;
    double most = 0, number;
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_SUMMARY, i, &key, &value);
         i++)
        if (is_issue(key, &value) && dsi_value_number(&value, &number) && number > most)
            most = number;
    return most;
}

static void put_issues(struct dsi_html *h, const struct dsi_report *report)
{
    const char *key;
    struct dsi_value value;
    double number;
    const double most = most_of(report);
    dsi_html(h, "<h3>Issues</h3>\n");
    if (most <= 0) {
        dsi_html(h, "<p class=\"aside\">No picture has an issue.</p>\n");
        return;
    }
    dsi_box_begin(h, "box", "Pictures with each issue");
    dsi_html(h, "<thead><tr><th scope=\"col\">issue</th><th scope=\"col\">share of the "
                "most frequent</th><th scope=\"col\" class=\"n\">pictures</th></tr>"
                "</thead>\n<tbody>\n");
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        if (!is_issue(key, &value) || !dsi_value_number(&value, &number) || number <= 0)
            continue;
        dsi_html(h,
                 "<tr><th scope=\"row\">%s</th><td class=\"drawn\"><svg class=\"bar\" "
                 "viewBox=\"0 0 160 14\" width=\"160\" height=\"14\" "
                 "aria-hidden=\"true\"><rect class=\"track\" width=\"160\" "
                 "height=\"14\" rx=\"2\"/><rect class=\"fill\" width=\"%g\" "
                 "height=\"14\" rx=\"2\"/></svg></td><td class=\"n\">",
                 key, 160 * number / most);
        dsi_html_value(h, &value);
        dsi_html(h, "</td></tr>\n");
    }
    dsi_html(h, "</tbody>");
    dsi_box_end(h);
}

/* The first ones of each issue, where the page has their pictures. */
static void put_pictures(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MOST_OF_ISSUE = 8 };
    const size_t path = dsi_report_column_named(report, "path");
    const size_t issue = dsi_report_column_named(report, "issue");
    const char *last = "";
    size_t n = 0;
    if (issue == SIZE_MAX || !h->page->picture)
        return;
    dsi_html(h, "<ul class=\"gallery\">\n");
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value name = dsi_report_cell(report, i, path);
        const struct dsi_value what = dsi_report_cell(report, i, issue);
        const char *kind = dsi_value_text(&what) ? dsi_value_text(&what) : "";
        n = strcmp(kind, last) == 0 ? n + 1 : 1;
        last = kind;
        if (n > MOST_OF_ISSUE)
            continue;
        dsi_html(h, "<li>");
        dsi_picture_put(h, dsi_value_text(&name));
        dsi_html(h, "<b>%s</b> <span class=\"path\">", kind);
        dsi_html_value(h, &name);
        dsi_html(h, "</span></li>\n");
    }
    dsi_html(h, "</ul>\n");
}

void dsi_plot_images(struct dsi_html *h, const struct dsi_report *report)
{
    const struct dsi_table table = {.report = report, .label = "Pictures"};
    put_issues(h, report);
    if (dsi_report_n_rows(report) == 0)
        return;
    put_pictures(h, report);
    dsi_html(h, "<h3>Pictures</h3>\n");
    dsi_table_put(h, &table);
}
