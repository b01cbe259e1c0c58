/* The frame of the page: its head, the verdict, what it holds, and the sections. */
#include "page.h"

#include "parts.h"

#include <string.h>

static bool is_check(const struct dsi_page_section *section)
{
    return strcmp(dsi_report_tool(section->report), "check") == 0;
}

/* --- the verdict ---------------------------------------------------------------------
 */

static enum dsi_grade grade_of_page(const struct dsi_page *page)
{
    enum dsi_grade worst = DSI_GRADE_GOOD;
    for (size_t i = 0; i < page->n_sections; i++) {
        const struct dsi_page_section *section = &page->sections[i];
        if (section->is_past)
            continue;
        const enum dsi_grade grade = dsi_grade_of_report(section->report);
        if (is_check(section))
            return grade;
        worst = grade > worst ? grade : worst;
    }
    return worst;
}

static void say_checks(struct dsi_html *h, const struct dsi_report *report)
{
    static const char *const keys[] = {"failed", "warned", "passed", "skipped", NULL};
    const char *comma = "";
    for (const char *const *key = keys; *key; key++) {
        const struct dsi_value *n = dsi_report_summary_at(report, *key);
        double number;
        if (!n || !dsi_value_number(n, &number) || number <= 0)
            continue;
        dsi_html(h, "%s", comma);
        dsi_html_value(h, n);
        dsi_html(h, " %s", *key);
        comma = ", ";
    }
}

static void say_state(struct dsi_html *h, size_t n_apart, const struct dsi_tally *tally)
{
    if (n_apart)
        dsi_html_count(h, n_apart, "difference");
    if (n_apart)
        dsi_html(h, ", ");
    dsi_tally_say(h, tally);
}

static void say_all_findings(struct dsi_html *h)
{
    const struct dsi_page *page = h->page;
    struct dsi_tally all = {{0}};
    size_t n_shown = 0, n_apart = 0;
    for (size_t i = 0; i < page->n_sections; i++) {
        if (page->sections[i].is_past)
            continue;
        const struct dsi_tally one = dsi_tally_findings(page->sections[i].report);
        for (int s = 0; s <= DSI_ERROR; s++)
            all.of[s] += one.of[s];
        n_apart += dsi_count_differences(page->sections[i].report);
        n_shown++;
    }
    say_state(h, n_apart, &all);
    dsi_html(h, " in ");
    dsi_html_count(h, n_shown, "result");
}

static const struct dsi_page_section *check_of(const struct dsi_page *page)
{
    for (size_t i = 0; i < page->n_sections; i++)
        if (!page->sections[i].is_past && is_check(&page->sections[i]))
            return &page->sections[i];
    return NULL;
}

static void put_verdict(struct dsi_html *h)
{
    static const char *const words[] = {"Nothing to judge", "Passed", "Warnings",
                                        "Failed"};
    static const char *const plain[] = {"Nothing to judge", "Nothing found", "Warnings",
                                        "Not as it should be"};
    const enum dsi_grade grade = grade_of_page(h->page);
    const struct dsi_page_section *check = check_of(h->page);
    dsi_html(h, "<p class=\"verdict %s\">", dsi_grade_class(grade));
    dsi_grade_sign(h, grade);
    dsi_html(h, "<strong>%s</strong> <span>", (check ? words : plain)[grade]);
    if (check)
        say_checks(h, check->report);
    else
        say_all_findings(h);
    dsi_html(h, "</span></p>\n");
}

/* --- the sections --------------------------------------------------------------------
 */

static void put_contents(struct dsi_html *h)
{
    const struct dsi_page *page = h->page;
    dsi_html(h, "<nav aria-label=\"Contents\"><ul>\n");
    for (size_t i = 0; i < page->n_sections; i++) {
        const struct dsi_page_section *section = &page->sections[i];
        if (section->is_past)
            continue;
        dsi_html(h, "<li><a href=\"#s%zu\">", i + 1);
        dsi_grade_sign(h, dsi_grade_of_report(section->report));
        dsi_html(h, "<span><b>%s</b> ", dsi_report_tool(section->report));
        dsi_section_name(h, section);
        dsi_html(h, "</span></a></li>\n");
    }
    dsi_html(h, "</ul></nav>\n");
}

static void put_rows(struct dsi_html *h, const struct dsi_report *report)
{
    for (const struct dsi_plot *plot = dsi_plots; plot->tool; plot++) {
        if (strcmp(plot->tool, dsi_report_tool(report)) == 0) {
            plot->draw(h, report);
            return;
        }
    }
    const struct dsi_table table = {.report = report, .label = "Rows"};
    dsi_html(h, "<h3>Rows</h3>\n");
    dsi_table_put(h, &table);
}

static void put_section(struct dsi_html *h, const struct dsi_page_section *section,
                        size_t number)
{
    const struct dsi_report *report = section->report;
    const enum dsi_grade grade = dsi_grade_of_report(report);
    const struct dsi_tally tally = dsi_tally_findings(report);
    dsi_html(h, "<section aria-labelledby=\"s%zu\">\n", number);
    dsi_html(h, "<h2 id=\"s%zu\">%s <small>", number, dsi_report_tool(report));
    dsi_section_name(h, section);
    dsi_html(h, "</small></h2>\n<p class=\"state\">");
    dsi_grade_sign(h, grade);
    dsi_html(h, "<span>");
    if (is_check(section))
        say_checks(h, report);
    else
        say_state(h, dsi_count_differences(report), &tally);
    dsi_html(h, "</span></p>\n");
    if (!is_check(section))
        dsi_facts_put(h, report);
    put_rows(h, report);
    dsi_trend_put(h, section);
    dsi_findings_put(h, report, is_check(section));
    dsi_asked_put(h, report);
    dsi_html(h, "</section>\n");
}

static void put_head(struct dsi_html *h)
{
    dsi_html(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                "<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                "'none'; style-src 'unsafe-inline'; img-src data:\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n");
    dsi_html(h, "<title>%s</title>\n<style>\n", h->page->title);
    for (const char *const *line = dsi_page_style; *line; line++) {
        dsi_out_text(&h->out, *line);
        dsi_out_char(&h->out, '\n');
    }
    dsi_html(h, "</style>\n</head>\n");
}

static void put_page(struct dsi_html *h)
{
    const struct dsi_page *page = h->page;
    put_head(h);
    dsi_html(h, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n"
                "<header>\n");
    dsi_html(h, "<h1>%s</h1>\n", page->title);
    put_verdict(h);
    dsi_html(h, "</header>\n");
    put_contents(h);
    dsi_html(h, "<main id=\"main\">\n");
    for (size_t i = 0; i < page->n_sections; i++)
        if (!page->sections[i].is_past)
            put_section(h, &page->sections[i], i + 1);
    dsi_html(h, "</main>\n<footer><p>Made by dsinspect %s from", DSI_VERSION);
    const char *last = NULL;
    for (size_t i = 0; i < page->n_sections; i++) {
        const char *run = page->sections[i].run;
        if (!last || strcmp(last, run) != 0)
            dsi_html(h, "%s <span class=\"path\">%s</span>", last ? "," : "", run);
        last = run;
    }
    dsi_html(h, ".</p></footer>\n</body>\n</html>\n");
}

enum dsi_status dsi_page_write(const struct dsi_page *page, struct dsi_sink sink,
                               struct dsi_error *err)
{
    struct dsi_html h = {.page = page};
    DSI_TRY(dsi_out_init(&h.out, sink, err));
    put_page(&h);
    dsi_bytes_free(&h.escaped);
    return dsi_out_finish(&h.out);
}
