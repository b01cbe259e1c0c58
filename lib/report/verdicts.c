#include "verdicts.h"

#include <string.h>

#include "report_store.h"
#include "text.h"

static const char *const status_names[DSI_N_STATUSES] = {
    [DSI_PASSED] = "passed",
    [DSI_WARNED] = "warned",
    [DSI_FAILED] = "failed",
    [DSI_SKIPPED] = "skipped",
};

/* The order is that of fill, below. */
static const char *const column_names[DSI_VERDICT_COLUMNS] = {
    "status", "check", "severity",  "dataset",  "metric",
    "value",  "op",    "threshold", "baseline", "detail",
};

const char *dsi_verdict_status_name(enum dsi_verdict_status status)
{
    return status_names[status];
}

static size_t column_of(const struct dsi_report *report, const char *name)
{
    for (size_t i = 0; i < report->n_columns; i++)
        if (strcmp(report->columns[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static enum dsi_verdict_status status_of(const struct dsi_value *value)
{
    for (int i = 0; value->type == DSI_VALUE_TEXT && i < DSI_N_STATUSES; i++)
        if (strcmp(value->as.text.bytes, status_names[i]) == 0)
            return (enum dsi_verdict_status)i;
    return DSI_FAILED;
}

static struct dsi_value field(const struct dsi_verdicts *verdicts, size_t row, size_t i)
{
    size_t column = verdicts->columns[i];
    return column == SIZE_MAX ? dsi_null()
                              : dsi_report_value(verdicts->report, row, column);
}

struct dsi_verdict dsi_verdict_at(const struct dsi_verdicts *verdicts, size_t row)
{
    struct dsi_verdict verdict = {.status = DSI_FAILED};
    struct dsi_value *const fill[] = {
        &verdict.check,     &verdict.severity, &verdict.dataset,
        &verdict.metric,    &verdict.value,    &verdict.op,
        &verdict.threshold, &verdict.baseline, &verdict.detail,
    };
    struct dsi_value status = field(verdicts, row, 0);
    verdict.status = status_of(&status);
    for (size_t i = 1; i < DSI_VERDICT_COLUMNS; i++)
        *fill[i - 1] = field(verdicts, row, i);
    return verdict;
}

void dsi_verdicts_init(struct dsi_verdicts *verdicts, const struct dsi_report *report)
{
    *verdicts = (struct dsi_verdicts){.report = report};
    for (size_t i = 0; i < DSI_VERDICT_COLUMNS; i++)
        verdicts->columns[i] = column_of(report, column_names[i]);
    for (size_t row = 0; row < report->n_rows; row++) {
        struct dsi_value status = field(verdicts, row, 0);
        verdicts->counts[status_of(&status)]++;
    }
}

enum dsi_verdict_status dsi_verdicts_status(const struct dsi_verdicts *verdicts)
{
    const struct dsi_value *told = dsi_report_summary_at(verdicts->report, "verdict");
    if (told && told->type == DSI_VALUE_TEXT)
        return status_of(told);
    return verdicts->counts[DSI_FAILED]   ? DSI_FAILED
           : verdicts->counts[DSI_WARNED] ? DSI_WARNED
                                          : DSI_PASSED;
}

size_t dsi_verdict_tool_length(const struct dsi_value *metric)
{
    if (metric->type != DSI_VALUE_TEXT)
        return 0;
    const char *dot = memchr(metric->as.text.bytes, '.', metric->as.text.n);
    return dot ? (size_t)(dot - metric->as.text.bytes) : metric->as.text.n;
}

/* --- texts ----------------------------------------------------------------------- */

void dsi_pen_bytes(const struct dsi_pen *pen, const char *text, size_t n)
{
    const struct dsi_bytes *escaped = dsi_out_escape(pen->out, text, n);
    if (escaped->n)
        pen->put(pen->out, (const char *)escaped->data, escaped->n);
}

void dsi_pen_text(const struct dsi_pen *pen, const char *text)
{
    if (text)
        dsi_pen_bytes(pen, text, strlen(text));
}

void dsi_pen_value(const struct dsi_pen *pen, const struct dsi_value *value)
{
    char number[DSI_NUMBER_SIZE];
    if (value->type == DSI_VALUE_TEXT)
        dsi_pen_bytes(pen, value->as.text.bytes, value->as.text.n);
    else if (value->type != DSI_VALUE_NULL)
        pen->put(pen->out, number, dsi_format_value(value, number));
}

static bool is_null(const struct dsi_value *value)
{
    return value->type == DSI_VALUE_NULL;
}

static bool has_limit(const struct dsi_verdict *verdict)
{
    return !is_null(&verdict->op) || !is_null(&verdict->threshold);
}

void dsi_pen_limit(const struct dsi_pen *pen, const struct dsi_verdict *verdict)
{
    dsi_pen_value(pen, &verdict->op);
    if (!is_null(&verdict->op) && !is_null(&verdict->threshold))
        dsi_out_char(pen->out, ' ');
    dsi_pen_value(pen, &verdict->threshold);
    if (!is_null(&verdict->baseline)) {
        dsi_out_text(pen->out, has_limit(verdict) ? ", baseline " : "baseline ");
        dsi_pen_value(pen, &verdict->baseline);
    }
}

void dsi_pen_verdict(const struct dsi_pen *pen, const struct dsi_verdict *verdict)
{
    dsi_pen_value(pen, is_null(&verdict->metric) ? &verdict->check : &verdict->metric);
    if (is_null(&verdict->value)) {
        dsi_out_text(pen->out, " has no value");
    } else {
        dsi_out_text(pen->out, " is ");
        dsi_pen_value(pen, &verdict->value);
    }
    if (has_limit(verdict) || !is_null(&verdict->baseline)) {
        dsi_out_text(pen->out, ", ");
        dsi_pen_limit(pen, verdict);
    }
    if (!is_null(&verdict->detail)) {
        dsi_out_text(pen->out, ": ");
        dsi_pen_value(pen, &verdict->detail);
    }
}

void dsi_pen_finding(const struct dsi_pen *pen, const struct dsi_finding *finding,
                     const char *dataset)
{
    const char *where = finding->where ? finding->where : finding->source;
    const char *detail = finding->detail;
    size_t n = where ? strlen(where) : 0;
    bool is_said =
        where && detail && strncmp(detail, where, n) == 0 && detail[n] == ':';
    if (dataset) {
        dsi_pen_text(pen, dataset);
        dsi_out_text(pen->out, ": ");
    }
    if (where && !is_said)
        dsi_pen_text(pen, where);
    if (where && !is_said && detail)
        dsi_out_text(pen->out, ": ");
    dsi_pen_text(pen, detail);
    if (!where && !detail)
        dsi_pen_text(pen, finding->rule);
}

void dsi_out_uint(struct dsi_out *out, uint64_t value)
{
    char digits[DSI_UINT_DIGITS];
    dsi_out_put(out, digits, dsi_format_uint(value, digits));
}

void dsi_out_counts(struct dsi_out *out, const struct dsi_verdicts *verdicts)
{
    const struct dsi_value *n_new =
        dsi_report_summary_at(verdicts->report, "new_findings");
    for (int i = 0; i < DSI_N_STATUSES; i++) {
        dsi_out_uint(out, verdicts->counts[i]);
        dsi_out_char(out, ' ');
        dsi_out_text(out, status_names[i]);
        dsi_out_text(out, ", ");
    }
    dsi_out_uint(out, verdicts->report->n_findings);
    dsi_out_text(out, verdicts->report->n_findings == 1 ? " finding" : " findings");
    if (n_new && n_new->type == DSI_VALUE_UINT) {
        dsi_out_text(out, ", ");
        dsi_out_uint(out, n_new->as.natural);
        dsi_out_text(out, " of them new");
    }
}
