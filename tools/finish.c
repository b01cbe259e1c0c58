/* The end of a tool: findings, the report in every format asked for, the exit code. */
#include "tool.h"

#include "page_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SHOWN = 20 };

static bool override_severities(const struct dsi_tool_call *call,
                                struct dsi_report *report)
{
    const struct dsi_texts *list = &call->common->severities;
    for (size_t i = 0; i < list->n; i++) {
        size_t n_rule;
        enum dsi_severity severity;
        if (!dsi_severity_split(list->texts[i], &n_rule, &severity))
            continue; /* dsi_common_check has refused it */
        char *rule = dsi_text_copy(list->texts[i], n_rule);
        if (!rule) {
            dsi_tool_say(call->tool->name, NULL, "out of memory");
            return false;
        }
        dsi_report_set_severity(report, rule, severity);
        free(rule);
    }
    return true;
}

/* "dsinspect TOOL: title: dataset: where: detail [rule]" */
static void say_finding(const char *tool, const char *title,
                        const struct dsi_finding *finding, const char *dataset)
{
    struct dsi_bytes line = {0};
    struct dsi_error err;
    const char *where = finding->where ? finding->where : finding->source;
    enum dsi_status status =
        dsi_bytes_printf(&line, &err, "dsinspect %s: %s: ", tool, title);
    if (status == DSI_OK && dataset) {
        status = dsi_escape_text(&line, dataset, strlen(dataset), &err);
        if (status == DSI_OK)
            status = dsi_bytes_append(&line, ": ", 2, &err);
    }
    if (status == DSI_OK && where) {
        status = dsi_escape_text(&line, where, strlen(where), &err);
        if (status == DSI_OK)
            status = dsi_bytes_append(&line, ": ", 2, &err);
    }
    if (status == DSI_OK && finding->detail)
        status = dsi_escape_text(&line, finding->detail, strlen(finding->detail), &err);
    if (status == DSI_OK)
        status = dsi_bytes_printf(&line, &err, "%s[%s]\n", finding->detail ? " " : "",
                                  finding->rule);
    if (status == DSI_OK)
        fwrite(line.data, 1, line.n, stderr);
    dsi_bytes_free(&line);
}

static void say_findings(const struct dsi_tool_call *call,
                         const struct dsi_report *report)
{
    size_t n = dsi_report_n_findings(report), n_shown = 0, n_left = 0;
    size_t most = call->common->verbose ? SIZE_MAX : MOST_SHOWN;
    for (size_t i = 0; i < n; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (finding.is_row || (call->common->quiet && finding.severity < DSI_ERROR))
            continue;
        if (n_shown < most) {
            say_finding(call->tool->name, dsi_severity_name(finding.severity), &finding,
                        dsi_report_dataset_told(report, &finding));
            n_shown++;
        } else {
            n_left++;
        }
    }
    if (n_left)
        fprintf(stderr,
                "dsinspect %s: ... and %zu more (see --verbose or --format=json)\n",
                call->tool->name, n_left);
}

static bool wants_color(const struct dsi_common *common)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (common->color != DSI_COLOR_AUTO)
        return common->color == DSI_COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

static enum dsi_format_choice stdout_format(const struct dsi_common *common)
{
    if (common->format != DSI_FORMAT_AUTO)
        return (enum dsi_format_choice)common->format;
    return isatty(STDOUT_FILENO) ? DSI_FORMAT_TABLE : DSI_FORMAT_TSV;
}

bool dsi_tool_draws(const struct dsi_common *common)
{
    return stdout_format(common) == DSI_FORMAT_TABLE && isatty(STDOUT_FILENO);
}

/* The page is made of reports, and no format of lib/report. */
static const struct dsi_writer *writer_of(enum dsi_format_choice format)
{
    return format == DSI_FORMAT_HTML ? &dsi_writer_html : dsi_check_writers[format];
}

static bool write_stdout(const struct dsi_tool_call *call,
                         const struct dsi_report *report)
{
    struct dsi_error err;
    const struct dsi_write_options options = {
        .no_header = call->common->no_header,
        .end_with_nul = call->common->end_with_nul,
        .color = wants_color(call->common),
        .draws = dsi_tool_draws(call->common),
        .width = dsi_stdout_width(),
    };
    const struct dsi_writer *writer = writer_of(stdout_format(call->common));
    enum dsi_status status =
        writer->write(report, &options, dsi_sink_to_fd(STDOUT_FILENO), &err);
    if (status == DSI_OK || status == DSI_ERR_PIPE)
        return true; /* a reader that has seen enough is no fault */
    dsi_tool_error(call->tool->name, "standard output", &err);
    return false;
}

static bool write_file(const struct dsi_tool_call *call,
                       const struct dsi_report *report, struct dsi_output output)
{
    struct dsi_error err;
    struct dsi_atomic_file *file = NULL;
    const struct dsi_write_options options = {
        .no_header = call->common->no_header,
        .end_with_nul = call->common->end_with_nul,
    };
    if (output.format >= DSI_FORMAT_JUNIT && call->tool->common != DSI_COMMON_CHECK)
        output.format = DSI_FORMAT_TSV; /* a suffix that says nothing of a table */
    enum dsi_status status = dsi_atomic_open(&file, output.path, &err);
    if (status == DSI_OK) {
        status = writer_of(output.format)
                     ->write(report, &options, dsi_sink_to_atomic(file), &err);
        if (status == DSI_OK)
            status = dsi_atomic_commit(file, &err);
        else
            dsi_atomic_abandon(file);
    }
    if (status == DSI_OK || status == DSI_ERR_PIPE)
        return true;
    dsi_tool_error(call->tool->name, output.path, &err);
    return false;
}

/* Whether --fail-on's word (n bytes) means the finding. */
static bool word_matches(const char *word, size_t n, const struct dsi_finding *finding)
{
    for (int s = DSI_OFF; s <= DSI_ERROR; s++) {
        const char *name = dsi_severity_name((enum dsi_severity)s);
        if (strlen(name) == n && memcmp(name, word, n) == 0)
            return s != DSI_OFF && (int)finding->severity >= s;
    }
    return strlen(finding->rule) == n && memcmp(finding->rule, word, n) == 0;
}

static bool matches(const struct dsi_tool_call *call, const struct dsi_finding *finding)
{
    const struct dsi_texts *lists = &call->common->fail_on;
    if (call->tool->fails_on && strcmp(finding->rule, call->tool->fails_on) == 0)
        return true;
    for (size_t i = 0; i < lists->n; i++) {
        const char *list = lists->texts[i], *word;
        size_t n;
        while ((word = dsi_list_next(&list, &n)))
            if (word_matches(word, n, finding))
                return true;
    }
    return false;
}

/* "dsinspect TOOL: failed: 2 findings match --fail-on=X, first: where: detail [rule]":
 * said whatever is quiet, for an exit code of 1 wants a reason. */
static void say_failure(const struct dsi_tool_call *call, size_t n_matching,
                        const struct dsi_finding *first, const char *dataset)
{
    const struct dsi_texts *lists = &call->common->fail_on;
    struct dsi_bytes line = {0};
    struct dsi_error err;
    enum dsi_status status = dsi_bytes_printf(&line, &err, "failed: %zu finding%s",
                                              n_matching, n_matching == 1 ? "" : "s");
    if (status == DSI_OK && lists->n == 0)
        status = dsi_bytes_printf(&line, &err, " of %s", call->tool->fails_on);
    else if (status == DSI_OK)
        status = dsi_bytes_printf(&line, &err,
                                  " match%s --fail-on=", n_matching == 1 ? "es" : "");
    for (size_t i = 0; i < lists->n && status == DSI_OK; i++)
        status = dsi_bytes_printf(&line, &err, "%s%s", i ? "," : "", lists->texts[i]);
    if (status == DSI_OK)
        status = dsi_bytes_printf(&line, &err, "%s", n_matching == 1 ? "" : ", first");
    if (status == DSI_OK)
        status = dsi_bytes_append(&line, "", 1, &err);
    if (status == DSI_OK)
        say_finding(call->tool->name, (const char *)line.data, first, dataset);
    dsi_bytes_free(&line);
}

static bool has_failed(const struct dsi_tool_call *call,
                       const struct dsi_report *report)
{
    struct dsi_finding first = {0};
    size_t n_matching = 0;
    for (size_t i = 0; i < dsi_report_n_findings(report); i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (matches(call, &finding) && n_matching++ == 0)
            first = finding;
    }
    if (n_matching)
        say_failure(call, n_matching, &first, dsi_report_dataset_told(report, &first));
    return n_matching > 0;
}

/* Of a tool whose rows are findings. */
static bool make_rows(const struct dsi_tool_call *call, struct dsi_report *report)
{
    struct dsi_error err;
    if (dsi_report_rows_of_findings(report, call->tool->row_rules, &err) == DSI_OK)
        return true;
    dsi_tool_error(call->tool->name, NULL, &err);
    return false;
}

bool dsi_tool_settle(const struct dsi_tool_call *call, struct dsi_report *report)
{
    if (!override_severities(call, report))
        return false;
    dsi_report_sort_findings(report);
    return !call->tool->row_rules || make_rows(call, report);
}

int dsi_tool_finish(const struct dsi_tool_call *call, struct dsi_report *report)
{
    return dsi_tool_finish_with(call, report, NULL);
}

int dsi_tool_finish_with(const struct dsi_tool_call *call, struct dsi_report *report,
                         const struct dsi_bytes *instead)
{
    const struct dsi_common *common = call->common;
    const bool has_other = instead && instead->n;
    bool is_fine = true;
    if (!dsi_tool_settle(call, report))
        return DSI_EXIT_TROUBLE;
    enum dsi_format_choice format = stdout_format(common);
    const bool is_bare = format == DSI_FORMAT_TSV || format == DSI_FORMAT_CSV;
    if ((has_other || is_bare) && !call->says_no_findings)
        say_findings(call, report);
    for (size_t i = 0; i < common->outputs.n; i++)
        if (!write_file(call, report, dsi_output_of(common->outputs.texts[i])))
            is_fine = false;
    if (has_other ? !dsi_stdout_write(call->tool->name, instead)
                  : !write_stdout(call, report))
        is_fine = false;
    if (!is_fine)
        return DSI_EXIT_TROUBLE;
    return has_failed(call, report) ? DSI_EXIT_FAILED : DSI_EXIT_FINE;
}
