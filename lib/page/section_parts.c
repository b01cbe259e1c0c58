/* What every section has, whatever the tool: names, figures, findings, options. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

void dsi_name_put(struct dsi_html *h, const struct dsi_value *name)
{
    const bool is_none = name->type == DSI_VALUE_NULL ||
                         (name->type == DSI_VALUE_TEXT && name->as.text.n == 0);
    if (is_none)
        dsi_html(h, "<i>%s</i>", name->type == DSI_VALUE_NULL ? "none" : "empty");
    else
        dsi_html_value(h, name);
}

bool dsi_picture_put(struct dsi_html *h, const char *path)
{
    struct dsi_page_picture picture;
    if (!path || !h->page->picture ||
        !h->page->picture(h->page->context, path, &picture))
        return false;
    dsi_html(h, "<img src=\"%s\" width=\"%u\" height=\"%u\" alt=\"\">", picture.uri,
             picture.width, picture.height);
    return true;
}

void dsi_section_name(struct dsi_html *h, const struct dsi_page_section *section)
{
    enum { MOST = 3 };
    const char *key;
    struct dsi_value input;
    if (section->dataset) {
        dsi_html(h, "%s", section->dataset);
        return;
    }
    size_t n = 0;
    for (; dsi_report_entry_at(section->report, DSI_REPORT_INPUTS, n, &key, &input);
         n++) {
        if (n < MOST) {
            dsi_html(h, "%s", n ? ", " : "");
            dsi_html_value(h, &input);
        }
    }
    if (n > MOST)
        dsi_html(h, " and %zu more", n - MOST);
}

static int compare_inputs(const struct dsi_report *a, const struct dsi_report *b)
{
    const char *key;
    struct dsi_value x, y;
    for (size_t i = 0;; i++) {
        const bool in_a = dsi_report_entry_at(a, DSI_REPORT_INPUTS, i, &key, &x);
        const bool in_b = dsi_report_entry_at(b, DSI_REPORT_INPUTS, i, &key, &y);
        if (!in_a || !in_b)
            return (int)in_a - (int)in_b;
        if (x.as.text.n != y.as.text.n)
            return x.as.text.n < y.as.text.n ? -1 : 1;
        const int order = memcmp(x.as.text.bytes, y.as.text.bytes, x.as.text.n);
        if (order)
            return order;
    }
}

/* 0: they tell of the same: of check, or by the same tool of the same dataset, or of
 * the same inputs where there is no name. */
static int compare_told(const struct dsi_page_section *a,
                        const struct dsi_page_section *b)
{
    const int order = strcmp(dsi_report_tool(a->report), dsi_report_tool(b->report));
    if (order || strcmp(dsi_report_tool(a->report), "check") == 0)
        return order;
    if (!a->dataset != !b->dataset)
        return a->dataset ? 1 : -1;
    return a->dataset ? strcmp(a->dataset, b->dataset)
                      : compare_inputs(a->report, b->report);
}

static int compare_sections(const void *left, const void *right)
{
    const struct dsi_page_section *a = *(struct dsi_page_section *const *)left;
    const struct dsi_page_section *b = *(struct dsi_page_section *const *)right;
    const int order = compare_told(a, b);
    return order ? order : (a > b) - (a < b);
}

enum dsi_status dsi_page_relate(struct dsi_page_section *sections, size_t n,
                                struct dsi_error *err)
{
    struct dsi_page_section **sorted = dsi_alloc_array(n + 1, sizeof *sorted);
    if (!sorted)
        return dsi_fail_memory(err, n * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &sections[i];
    if (n)
        qsort(sorted, n, sizeof *sorted, compare_sections);
    for (size_t i = 1; i < n; i++) {
        if (compare_told(sorted[i - 1], sorted[i]) != 0)
            continue;
        sorted[i - 1]->is_past = true;
        sorted[i]->before = sorted[i - 1];
    }
    free(sorted);
    return DSI_OK;
}

/* --- the summary ---------------------------------------------------------------------
 */

void dsi_key_put(struct dsi_html *h, const char *key)
{
    for (const char *at = key; *at;) {
        size_t n = strcspn(at, "._/,=[]-");
        n += at[n] != '\0';
        dsi_html_text(h, at, n);
        at += n;
        if (*at)
            dsi_html(h, "<wbr>");
    }
}

/* The number of entries that are there to show. */
static size_t count_facts(const struct dsi_report *report)
{
    const char *key;
    struct dsi_value value;
    size_t n = 0;
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_SUMMARY, i, &key, &value);
         i++)
        n += value.type != DSI_VALUE_NULL;
    return n;
}

static bool is_zero(const struct dsi_value *value)
{
    return value->type == DSI_VALUE_UINT && value->as.natural == 0;
}

static void put_zeros(struct dsi_html *h, const struct dsi_report *report)
{
    const char *key, *begin = "<p class=\"aside\">None of: ";
    struct dsi_value value;
    bool any = false;
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        if (!is_zero(&value))
            continue;
        dsi_out_text(&h->out, any ? ", " : begin);
        dsi_html(h, "%s", key);
        any = true;
    }
    if (any)
        dsi_html(h, ".</p>\n");
}

/* Where there are many, those that are 0 stand in a line of their own. */
void dsi_facts_put(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MANY = 10 };
    const char *key;
    struct dsi_value value;
    const size_t n = count_facts(report);
    if (n == 0)
        return;
    dsi_html(h, "<dl class=\"facts\">\n");
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        if (value.type == DSI_VALUE_NULL || (n > MANY && is_zero(&value)))
            continue;
        dsi_html(h, "<div><dt>");
        dsi_key_put(h, key);
        dsi_html(h, "</dt><dd>");
        dsi_html_value(h, &value);
        dsi_html(h, "</dd></div>\n");
    }
    dsi_html(h, "</dl>\n");
    if (n > MANY)
        put_zeros(h, report);
}

/* --- the findings --------------------------------------------------------------------
 */

static void put_finding(struct dsi_html *h, const struct dsi_finding *finding)
{
    const char *where = finding->where ? finding->where : finding->source;
    dsi_html(h, "<li>");
    dsi_grade_pill(h, dsi_grade_of_severity(finding->severity),
                   dsi_severity_name(finding->severity));
    dsi_html(h, " <code>%s</code> ", finding->rule);
    if (finding->dataset)
        dsi_html(h, "%s: ", finding->dataset);
    if (where)
        dsi_html(h, "<b class=\"path\">%s</b> ", where);
    dsi_html(h, "<span>%s</span></li>\n", finding->detail);
}

void dsi_findings_put(struct dsi_html *h, const struct dsi_report *report,
                      bool are_elsewhere)
{
    const size_t n = dsi_report_n_findings(report);
    if (n == 0)
        return;
    const struct dsi_tally tally = dsi_tally_findings(report);
    dsi_out_text(&h->out, are_elsewhere ? "<details><summary>All findings: "
                                        : "<h3>Findings <small>");
    dsi_tally_say(h, &tally);
    dsi_out_text(&h->out, are_elsewhere ? "</summary>\n" : "</small></h3>\n");
    dsi_html(h, "<ul class=\"findings\">\n");
    for (size_t i = 0; i < dsi_shown(h, n); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(report, i);
        put_finding(h, &finding);
    }
    dsi_html(h, "</ul>\n");
    dsi_left_out(h, n, "finding");
    if (are_elsewhere)
        dsi_html(h, "</details>\n");
}

/* --- the options ---------------------------------------------------------------------
 */

void dsi_asked_put(struct dsi_html *h, const struct dsi_report *report)
{
    const char *key, *last = NULL;
    struct dsi_value value;
    dsi_html(h, "<details><summary>How it was asked</summary>\n<dl class=\"asked\">\n");
    for (size_t i = 0; dsi_report_entry_at(report, DSI_REPORT_INPUTS, i, &key, &value);
         i++) {
        if (i == 0)
            dsi_html(h, "<div><dt>input</dt>");
        dsi_html(h, "<dd>");
        dsi_html_value(h, &value);
        dsi_html(h, "</dd>");
        last = "";
    }
    for (size_t i = 0;
         dsi_report_entry_at(report, DSI_REPORT_PARAMETERS, i, &key, &value); i++) {
        if (value.type == DSI_VALUE_NULL)
            continue;
        if (!last || strcmp(last, key) != 0) {
            if (last)
                dsi_html(h, "</div>\n");
            dsi_html(h, "<div><dt>%s</dt>", key);
        }
        last = key;
        dsi_html(h, "<dd>");
        dsi_html_value(h, &value);
        dsi_html(h, "</dd>");
    }
    if (last)
        dsi_html(h, "</div>\n");
    dsi_html(h, "</dl></details>\n");
}
