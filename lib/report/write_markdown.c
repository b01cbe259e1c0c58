/* markdown: a page for a step summary or a comment on a merge request, in the dialect
 * GitHub and GitLab share.
 *
 * Every text of the report is a code span: the one place where no markup, no address
 * and no @name means anything. Two characters are left to escape. The backtick, which
 * would end the span, becomes \x60, as a byte that is no UTF-8 would be told of: a
 * longer fence would show it, but readers give up on fences that are too long, and then
 * the text is markup. The bar ends a table's cell before spans are looked for. The
 * tables have an end, since a comment that is too long is refused whole. */
#include <string.h>

#include "report_store.h"
#include "verdicts.h"
#include "writers.h"

enum { MAX_ROWS = 100, MAX_FINDINGS = 50 };

static const char table_head[] = "| status | check | value | limit | detail |\n"
                                 "|---|---|---|---|---|\n";

struct markdown {
    struct dsi_verdicts verdicts;
    struct dsi_out out;
    struct dsi_pen pen;
};

/* A reader takes one blank off either end where both have one and there is more. */
static bool needs_padding(const char *text, size_t n)
{
    size_t n_blank = 0;
    while (n_blank < n && text[n_blank] == ' ')
        n_blank++;
    return n_blank && n_blank < n && text[n - 1] == ' ';
}

static void put_span(struct dsi_out *out, const char *text, size_t n)
{
    const char *end = needs_padding(text, n) ? " `" : "`";
    dsi_out_text(out, end[1] ? "` " : "`");
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '|')
            dsi_out_char(out, '\\');
        if (text[i] == '`')
            dsi_out_text(out, "\\x60");
        else
            dsi_out_char(out, text[i]);
    }
    dsi_out_text(out, end);
}

static void put_more(struct dsi_out *out, uint64_t n, uint64_t shown, const char *what)
{
    if (n <= shown)
        return;
    dsi_out_text(out, "\n... and ");
    dsi_out_uint(out, n - shown);
    dsi_out_text(out, " more ");
    dsi_out_text(out, what);
    dsi_out_char(out, '\n');
}

/* --- checks ---------------------------------------------------------------------- */

static void put_row(struct markdown *markdown, const struct dsi_verdict *verdict)
{
    struct dsi_out *out = &markdown->out;
    const bool is_loud = verdict->status == DSI_FAILED || verdict->status == DSI_WARNED;
    const bool has_name = verdict->check.type != DSI_VALUE_NULL;
    dsi_out_text(out, is_loud ? "| **" : "| ");
    dsi_out_text(out, dsi_verdict_status_name(verdict->status));
    dsi_out_text(out, is_loud ? "** | " : " | ");
    dsi_pen_value(&markdown->pen, has_name ? &verdict->check : &verdict->metric);
    dsi_out_text(out, " | ");
    dsi_pen_value(&markdown->pen, &verdict->value);
    dsi_out_text(out, " | ");
    dsi_pen_limit(&markdown->pen, verdict);
    dsi_out_text(out, " | ");
    dsi_pen_value(&markdown->pen, &verdict->detail);
    dsi_out_text(out, " |\n");
}

/* The rows of a status; at most `room`. Returns how many were printed. */
static uint64_t put_rows(struct markdown *markdown, enum dsi_verdict_status status,
                         uint64_t room)
{
    uint64_t n = 0;
    const struct dsi_report *report = markdown->verdicts.report;
    for (size_t row = 0; row < report->n_rows && n < room; row++) {
        struct dsi_verdict verdict = dsi_verdict_at(&markdown->verdicts, row);
        if (verdict.status != status)
            continue;
        put_row(markdown, &verdict);
        n++;
    }
    return n;
}

static void put_open(struct markdown *markdown)
{
    static const enum dsi_verdict_status order[] = {DSI_FAILED, DSI_WARNED,
                                                    DSI_SKIPPED};
    uint64_t n = 0, shown = 0;
    for (size_t i = 0; i < 3; i++)
        n += markdown->verdicts.counts[order[i]];
    if (!n)
        return;
    dsi_out_char(&markdown->out, '\n');
    dsi_out_text(&markdown->out, table_head);
    for (size_t i = 0; i < 3; i++)
        shown += put_rows(markdown, order[i], MAX_ROWS - shown);
    put_more(&markdown->out, n, shown, "checks that failed, warned or were skipped");
}

/* The empty lines end the HTML, so that what stands between is Markdown again. */
static void put_passed(struct markdown *markdown)
{
    struct dsi_out *out = &markdown->out;
    uint64_t n = markdown->verdicts.counts[DSI_PASSED];
    if (!n)
        return;
    dsi_out_text(out, "\n<details><summary>");
    dsi_out_uint(out, n);
    dsi_out_text(out, " passed</summary>\n\n");
    dsi_out_text(out, table_head);
    put_more(out, n, put_rows(markdown, DSI_PASSED, MAX_ROWS), "that passed");
    dsi_out_text(out, "\n</details>\n");
}

/* --- findings -------------------------------------------------------------------- */

static void put_findings(struct markdown *markdown)
{
    const struct dsi_report *report = markdown->verdicts.report;
    struct dsi_out *out = &markdown->out;
    if (!report->n_findings)
        return;
    dsi_out_text(out, "\n### Findings\n\n| severity | rule | where | detail |\n"
                      "|---|---|---|---|\n");
    for (size_t i = 0; i < report->n_findings && i < MAX_FINDINGS; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        dsi_out_text(out, "| ");
        dsi_out_text(out, dsi_severity_name(finding.severity));
        dsi_out_text(out, " | ");
        dsi_pen_text(&markdown->pen, finding.rule);
        dsi_out_text(out, " | ");
        if (dsi_report_dataset_told(report, &finding)) {
            dsi_pen_text(&markdown->pen, finding.dataset);
            dsi_out_text(out, ": ");
        }
        dsi_pen_text(&markdown->pen, finding.where ? finding.where : finding.source);
        dsi_out_text(out, " | ");
        dsi_pen_text(&markdown->pen, finding.detail);
        dsi_out_text(out, " |\n");
    }
    put_more(out, report->n_findings, MAX_FINDINGS, "findings");
}

static enum dsi_status write_markdown(const struct dsi_report *report,
                                      const struct dsi_write_options *options,
                                      struct dsi_sink sink, struct dsi_error *err)
{
    struct markdown markdown = {.pen = {.put = put_span}};
    struct dsi_out *out = &markdown.out;
    (void)options;
    DSI_TRY(dsi_out_init(out, sink, err));
    markdown.pen.out = out;
    dsi_verdicts_init(&markdown.verdicts, report);
    dsi_out_text(out, "## dsinspect check: ");
    dsi_out_text(out, dsi_verdict_status_name(dsi_verdicts_status(&markdown.verdicts)));
    dsi_out_text(out, "\n\n");
    dsi_out_counts(out, &markdown.verdicts);
    dsi_out_char(out, '\n');
    put_open(&markdown);
    put_passed(&markdown);
    put_findings(&markdown);
    return dsi_out_finish(out);
}

const struct dsi_writer dsi_writer_markdown = {.name = "markdown",
                                               .write = write_markdown};
