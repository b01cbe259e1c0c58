/* labels: samples that contradict each other, side by side. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

struct sides {
    const struct dsi_report *report;
    size_t rule, severity, source, index, label, other_source, other_index, other_label;
};

static struct dsi_value at(const struct sides *s, size_t row, size_t column)
{
    return dsi_report_cell(s->report, row, column);
}

static bool same_text(const struct dsi_value *value, const char *text)
{
    const char *own = dsi_value_text(value);
    return own && text ? strcmp(own, text) == 0 : own == text;
}

/* The finding that a row is; false: there is none. */
static bool finding_of(const struct sides *s, size_t row, struct dsi_finding *finding)
{
    const struct dsi_value rule = at(s, row, s->rule), source = at(s, row, s->source),
                           index = at(s, row, s->index);
    const uint64_t number =
        index.type == DSI_VALUE_UINT ? index.as.natural : UINT64_MAX;
    for (size_t i = 0; i < dsi_report_n_findings(s->report); i++) {
        *finding = dsi_report_finding_at(s->report, i);
        if (finding->index == number && same_text(&rule, finding->rule) &&
            same_text(&source, finding->source))
            return true;
    }
    return false;
}

/* The path of the sample that a finding's is the same as: its detail alone tells. The
 * caller frees it; NULL: it does not say so. */
static char *other_path(const char *detail)
{
    static const char begin[] = "the same as ", end[] = ", but ";
    const char *from = detail ? strstr(detail, begin) : NULL, *to = NULL;
    if (!from)
        return NULL;
    from += sizeof begin - 1;
    for (const char *next = from; (next = strstr(next, end)); next++)
        to = next;
    return dsi_text_copy(from, to ? (size_t)(to - from) : strlen(from));
}

static void put_side(struct dsi_html *h, const struct dsi_value *label,
                     const struct dsi_value *source, const struct dsi_value *index,
                     const char *path)
{
    dsi_html(h, "<div class=\"side\">");
    dsi_picture_put(h, path);
    dsi_html(h, "<p><b>");
    dsi_name_put(h, label);
    dsi_html(h, "</b> <span class=\"path\">");
    if (path)
        dsi_html(h, "%s", path);
    else
        dsi_html_value(h, source);
    dsi_html(h, "</span>");
    if (index->type != DSI_VALUE_NULL) {
        dsi_html(h, " <small>sample ");
        dsi_html_value(h, index);
        dsi_html(h, "</small>");
    }
    dsi_html(h, "</p></div>");
}

static void put_pair(struct dsi_html *h, const struct sides *s, size_t row)
{
    struct dsi_finding finding;
    const bool is_found = finding_of(s, row, &finding);
    char *other = is_found ? other_path(finding.detail) : NULL;
    const struct dsi_value rule = at(s, row, s->rule),
                           severity = at(s, row, s->severity);
    const struct dsi_value a[] = {at(s, row, s->label), at(s, row, s->source),
                                  at(s, row, s->index)};
    const struct dsi_value b[] = {at(s, row, s->other_label),
                                  at(s, row, s->other_source),
                                  at(s, row, s->other_index)};
    dsi_html(h, "<li><p>");
    dsi_grade_pill(h, dsi_grade_of_word(dsi_value_text(&severity)),
                   dsi_value_text(&severity));
    dsi_html(h, " <code>%s</code></p>\n<div class=\"pair\">", dsi_value_text(&rule));
    put_side(h, &a[0], &a[1], &a[2], is_found ? finding.where : NULL);
    put_side(h, &b[0], &b[1], &b[2], other);
    dsi_html(h, "</div></li>\n");
    free(other);
}

void dsi_plot_labels(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MOST = 30 };
    const struct sides s = {
        .report = report,
        .rule = dsi_report_column_named(report, "rule"),
        .severity = dsi_report_column_named(report, "severity"),
        .source = dsi_report_column_named(report, "source"),
        .index = dsi_report_column_named(report, "index"),
        .label = dsi_report_column_named(report, "label"),
        .other_source = dsi_report_column_named(report, "other_source"),
        .other_index = dsi_report_column_named(report, "other_index"),
        .other_label = dsi_report_column_named(report, "other_label"),
    };
    const struct dsi_table table = {.report = report, .label = "Conflicts of labels"};
    size_t n = 0;
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value other = at(&s, i, s.other_source);
        if (other.type == DSI_VALUE_NULL)
            continue;
        if (n == 0)
            dsi_html(h, "<h3>Pairs that contradict each other</h3>\n"
                        "<ul class=\"cards\">\n");
        if (n++ < MOST)
            put_pair(h, &s, i);
    }
    if (n)
        dsi_html(h, "</ul>\n");
    if (n > MOST)
        dsi_html(h, "<p class=\"aside\">The first %d of %zu pairs are drawn.</p>\n",
                 MOST, n);
    dsi_html(h, "<h3>Rows</h3>\n");
    dsi_table_put(h, &table);
}
