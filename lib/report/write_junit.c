/* junit: JUnit XML as GitLab and Jenkins show it. docs/schema/junit.xsd is its form: of
 * what the schema of Jenkins' xunit plugin (junit-10.xsd) lets pass, that which we
 * print. GitLab shows the text of a failure and not its message, so the text says all.
 */
#include <stdlib.h>
#include <string.h>

#include "escape_html.h"
#include "report_store.h"
#include "verdicts.h"
#include "writers.h"

enum { MAX_FINDINGS = 20 };

/* The errors a tool has found, for the failures of its checks. */
struct tool {
    const char *name; /* borrowed, name_length bytes */
    size_t name_length;
    uint64_t n_errors;
    size_t first[MAX_FINDINGS]; /* their numbers in the report */
};

struct suite {
    struct dsi_value dataset;
    uint64_t counts[DSI_N_STATUSES];
};

struct junit {
    struct dsi_verdicts verdicts;
    struct suite *suites;
    size_t n_suites, suite_capacity;
    size_t *suite_of; /* one a row */
    struct tool *tools;
    size_t n_tools, tool_capacity;
    struct dsi_pen pen;
    struct dsi_out out;
};

/* --- text ------------------------------------------------------------------------ */

/* U+FFFE and U+FFFF, which XML 1.0 has no way to write; the other characters it forbids
 * have been escaped. They are told of as bytes that are no UTF-8 are. */
static const char *forbidden(const char *text, size_t n)
{
    if (n < 3 || memcmp(text, "\xef\xbf", 2) != 0)
        return NULL;
    return text[2] == '\xbe'   ? "\\xef\\xbf\\xbe"
           : text[2] == '\xbf' ? "\\xef\\xbf\\xbf"
                               : NULL;
}

static void put_xml(struct dsi_out *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *instead = text[i] == '\'' ? NULL : dsi_html_reference(text[i]);
        if (instead) {
            dsi_out_text(out, instead);
        } else if ((instead = forbidden(text + i, n - i))) {
            dsi_out_text(out, instead);
            i += 2;
        } else {
            dsi_out_char(out, text[i]);
        }
    }
}

static void put_count(struct dsi_out *out, const char *name, uint64_t n)
{
    dsi_out_char(out, ' ');
    dsi_out_text(out, name);
    dsi_out_text(out, "=\"");
    dsi_out_uint(out, n);
    dsi_out_char(out, '"');
}

/* --- what belongs together ------------------------------------------------------- */

static bool same_text(const struct dsi_value *a, const struct dsi_value *b)
{
    if (a->type != DSI_VALUE_TEXT || b->type != DSI_VALUE_TEXT)
        return a->type == b->type;
    return a->as.text.n == b->as.text.n &&
           memcmp(a->as.text.bytes, b->as.text.bytes, a->as.text.n) == 0;
}

/* Rows of a dataset mostly follow each other: begin with that of the row before. */
static enum dsi_status suite_for(struct junit *junit, const struct dsi_value *dataset,
                                 size_t guess, size_t *at, struct dsi_error *err)
{
    *at = guess;
    if (guess < junit->n_suites && same_text(&junit->suites[guess].dataset, dataset))
        return DSI_OK;
    for (*at = 0; *at < junit->n_suites; ++*at)
        if (same_text(&junit->suites[*at].dataset, dataset))
            return DSI_OK;
    struct suite *suites = dsi_grow_array(junit->suites, junit->n_suites,
                                          &junit->suite_capacity, sizeof *suites);
    if (!suites)
        return dsi_fail_memory(err, sizeof *suites);
    junit->suites = suites;
    suites[junit->n_suites++] = (struct suite){.dataset = *dataset};
    return DSI_OK;
}

static enum dsi_status group_rows(struct junit *junit, struct dsi_error *err)
{
    size_t n_rows = junit->verdicts.report->n_rows, at = 0;
    junit->suite_of = dsi_alloc_array(n_rows ? n_rows : 1, sizeof *junit->suite_of);
    if (!junit->suite_of)
        return dsi_fail_memory(err, n_rows * sizeof *junit->suite_of);
    for (size_t row = 0; row < n_rows; row++) {
        struct dsi_verdict verdict = dsi_verdict_at(&junit->verdicts, row);
        DSI_TRY(suite_for(junit, &verdict.dataset, at, &at, err));
        junit->suite_of[row] = at;
        junit->suites[at].counts[verdict.status]++;
    }
    return DSI_OK;
}

static struct tool *find_tool(const struct junit *junit, const char *name, size_t n)
{
    for (size_t i = 0; i < junit->n_tools; i++) {
        struct tool *tool = &junit->tools[i];
        if (tool->name_length == n && memcmp(tool->name, name, n) == 0)
            return tool;
    }
    return NULL;
}

static enum dsi_status group_errors(struct junit *junit, struct dsi_error *err)
{
    const struct dsi_report *report = junit->verdicts.report;
    for (size_t i = 0; i < report->n_findings; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        struct dsi_value rule = dsi_text(finding.rule);
        size_t n = dsi_verdict_tool_length(&rule);
        if (finding.severity != DSI_ERROR)
            continue;
        struct tool *tool = find_tool(junit, finding.rule, n);
        if (!tool) {
            struct tool *tools = dsi_grow_array(junit->tools, junit->n_tools,
                                                &junit->tool_capacity, sizeof *tools);
            if (!tools)
                return dsi_fail_memory(err, sizeof *tools);
            junit->tools = tools;
            tool = &tools[junit->n_tools++];
            *tool = (struct tool){.name = finding.rule, .name_length = n};
        }
        if (tool->n_errors < MAX_FINDINGS)
            tool->first[tool->n_errors] = i;
        tool->n_errors++;
    }
    return DSI_OK;
}

/* --- a row ----------------------------------------------------------------------- */

static void put_line(struct junit *junit, const char *name,
                     const struct dsi_value *value)
{
    if (value->type == DSI_VALUE_NULL)
        return;
    dsi_out_text(&junit->out, name);
    dsi_out_text(&junit->out, ": ");
    dsi_pen_value(&junit->pen, value);
    dsi_out_char(&junit->out, '\n');
}

static void put_findings(struct junit *junit, const struct tool *tool)
{
    struct dsi_out *out = &junit->out;
    for (size_t i = 0; i < tool->n_errors && i < MAX_FINDINGS; i++) {
        struct dsi_finding finding =
            dsi_report_finding_at(junit->verdicts.report, tool->first[i]);
        dsi_out_text(out, "error ");
        dsi_pen_text(&junit->pen, finding.rule);
        dsi_out_char(out, ' ');
        dsi_pen_finding(&junit->pen, &finding, NULL);
        dsi_out_char(out, '\n');
    }
    if (tool->n_errors > MAX_FINDINGS) {
        dsi_out_text(out, "... and ");
        dsi_out_uint(out, tool->n_errors - MAX_FINDINGS);
        dsi_out_text(out, " more\n");
    }
}

static void put_facts(struct junit *junit, const struct dsi_verdict *verdict)
{
    struct dsi_out *out = &junit->out;
    put_line(junit, "check", &verdict->check);
    put_line(junit, "value", &verdict->value);
    if (verdict->threshold.type != DSI_VALUE_NULL) {
        dsi_out_text(out, "threshold: ");
        dsi_pen_value(&junit->pen, &verdict->op);
        dsi_out_char(out, ' ');
        dsi_pen_value(&junit->pen, &verdict->threshold);
        dsi_out_char(out, '\n');
    }
    put_line(junit, "baseline", &verdict->baseline);
    put_line(junit, "detail", &verdict->detail);
}

static void put_failure(struct junit *junit, const struct dsi_verdict *verdict)
{
    const struct dsi_value *metric = &verdict->metric;
    size_t n = dsi_verdict_tool_length(metric);
    const struct tool *tool = n ? find_tool(junit, metric->as.text.bytes, n) : NULL;
    dsi_out_text(&junit->out, "      <failure type=\"");
    if (metric->type == DSI_VALUE_TEXT)
        dsi_pen_value(&junit->pen, metric);
    else
        dsi_out_text(&junit->out, "check");
    dsi_out_text(&junit->out, "\" message=\"");
    dsi_pen_verdict(&junit->pen, verdict);
    dsi_out_text(&junit->out, "\">");
    put_facts(junit, verdict);
    if (tool)
        put_findings(junit, tool);
    dsi_out_text(&junit->out, "</failure>\n");
}

static void put_outcome(struct junit *junit, const struct dsi_verdict *verdict)
{
    struct dsi_out *out = &junit->out;
    if (verdict->status == DSI_FAILED) {
        put_failure(junit, verdict);
    } else if (verdict->status == DSI_SKIPPED) {
        dsi_out_text(out, "      <skipped message=\"");
        if (verdict->detail.type == DSI_VALUE_NULL)
            dsi_out_text(out, "skipped");
        dsi_pen_value(&junit->pen, &verdict->detail);
        dsi_out_text(out, "\"/>\n");
    } else {
        dsi_out_text(out, "      <system-out>warned: ");
        dsi_pen_verdict(&junit->pen, verdict);
        dsi_out_text(out, "\n");
        put_facts(junit, verdict);
        dsi_out_text(out, "</system-out>\n");
    }
}

static void put_case(struct junit *junit, const struct dsi_verdict *verdict)
{
    struct dsi_out *out = &junit->out;
    const struct dsi_value *metric = &verdict->metric;
    bool has_metric = metric->type == DSI_VALUE_TEXT;
    dsi_out_text(out, "    <testcase classname=\"dsinspect");
    if (verdict->dataset.type != DSI_VALUE_NULL) {
        dsi_out_char(out, '.');
        dsi_pen_value(&junit->pen, &verdict->dataset);
    }
    if (has_metric) {
        dsi_out_char(out, '.');
        dsi_pen_bytes(&junit->pen, metric->as.text.bytes,
                      dsi_verdict_tool_length(metric));
    }
    dsi_out_text(out, "\" name=\"");
    dsi_pen_value(&junit->pen, has_metric ? metric : &verdict->check);
    const struct dsi_value *const limit[] = {&verdict->op, &verdict->threshold};
    for (size_t i = 0; has_metric && i < 2; i++)
        if (limit[i]->type != DSI_VALUE_NULL) {
            dsi_out_char(out, ' ');
            dsi_pen_value(&junit->pen, limit[i]);
        }
    if (verdict->status == DSI_PASSED) {
        dsi_out_text(out, "\"/>\n");
        return;
    }
    dsi_out_text(out, "\">\n");
    put_outcome(junit, verdict);
    dsi_out_text(out, "    </testcase>\n");
}

/* --- the whole ------------------------------------------------------------------- */

static void put_counts(struct junit *junit, const uint64_t counts[DSI_N_STATUSES])
{
    uint64_t n = 0;
    for (int i = 0; i < DSI_N_STATUSES; i++)
        n += counts[i];
    put_count(&junit->out, "tests", n);
    put_count(&junit->out, "failures", counts[DSI_FAILED]);
    put_count(&junit->out, "errors", 0); /* trouble ends the run without a report */
}

static void put_suite(struct junit *junit, size_t i)
{
    const struct suite *suite = &junit->suites[i];
    struct dsi_out *out = &junit->out;
    dsi_out_text(out, "  <testsuite name=\"");
    if (suite->dataset.type == DSI_VALUE_NULL)
        dsi_out_text(out, "dsinspect");
    else
        dsi_pen_value(&junit->pen, &suite->dataset);
    dsi_out_char(out, '"');
    put_counts(junit, suite->counts);
    put_count(out, "skipped", suite->counts[DSI_SKIPPED]);
    dsi_out_text(out, ">\n");
    for (size_t row = 0; row < junit->verdicts.report->n_rows; row++) {
        if (junit->suite_of[row] != i)
            continue;
        struct dsi_verdict verdict = dsi_verdict_at(&junit->verdicts, row);
        put_case(junit, &verdict);
    }
    dsi_out_text(out, "  </testsuite>\n");
}

static enum dsi_status write_junit(const struct dsi_report *report,
                                   const struct dsi_write_options *options,
                                   struct dsi_sink sink, struct dsi_error *err)
{
    struct junit junit = {.n_suites = 0};
    (void)options;
    junit.pen = (struct dsi_pen){.out = &junit.out, .put = put_xml};
    dsi_verdicts_init(&junit.verdicts, report);
    enum dsi_status status = group_rows(&junit, err);
    if (status == DSI_OK)
        status = group_errors(&junit, err);
    if (status == DSI_OK)
        status = dsi_out_init(&junit.out, sink, err);
    if (status != DSI_OK)
        goto out;
    dsi_out_text(&junit.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<testsuites name=\"dsinspect check\"");
    put_counts(&junit, junit.verdicts.counts);
    dsi_out_text(&junit.out, ">\n");
    for (size_t i = 0; i < junit.n_suites && junit.out.status == DSI_OK; i++)
        put_suite(&junit, i);
    dsi_out_text(&junit.out, "</testsuites>\n");
    status = dsi_out_finish(&junit.out);
out:
    free(junit.tools);
    free(junit.suite_of);
    free(junit.suites);
    return status;
}

const struct dsi_writer dsi_writer_junit = {.name = "junit", .write = write_junit};
