/* prometheus: the text exposition format, version 0.0.4, for the textfile collector of
 * node_exporter. All are gauges: a run says how things stand, and counts nothing up.
 * There are no timestamps, which the collector refuses. A check has the same labels in
 * every family, so that they join; its name alone makes a series the only one. */
#include <math.h>

#include "report_store.h"
#include "text.h"
#include "verdicts.h"
#include "writers.h"

/* A line feed has been escaped before: of the three characters the format escapes, two
 * are left. */
static void put_label_text(struct dsi_out *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\\' || text[i] == '"')
            dsi_out_char(out, '\\');
        dsi_out_char(out, text[i]);
    }
}

static void put_family(struct dsi_out *out, const char *name, const char *help)
{
    dsi_out_text(out, "# HELP ");
    dsi_out_text(out, name);
    dsi_out_char(out, ' ');
    dsi_out_text(out, help);
    dsi_out_text(out, "\n# TYPE ");
    dsi_out_text(out, name);
    dsi_out_text(out, " gauge\n");
}

static void put_label(struct dsi_out *out, const char *name,
                      const struct dsi_value *value, const char *before)
{
    const struct dsi_pen pen = {.out = out, .put = put_label_text};
    dsi_out_text(out, before);
    dsi_out_text(out, name);
    dsi_out_text(out, "=\"");
    dsi_pen_value(&pen, value);
    dsi_out_char(out, '"');
}

/* Without the brace that ends them. */
static void put_labels(struct dsi_out *out, const char *family,
                       const struct dsi_verdict *verdict)
{
    dsi_out_text(out, family);
    put_label(out, "check", &verdict->check, "{");
    put_label(out, "dataset", &verdict->dataset, ",");
    put_label(out, "metric", &verdict->metric, ",");
    put_label(out, "severity", &verdict->severity, ",");
}

/* --- numbers --------------------------------------------------------------------- */

static bool is_number(const struct dsi_value *value)
{
    return value->type != DSI_VALUE_NULL && value->type != DSI_VALUE_TEXT;
}

/* As Go's ParseFloat reads it. */
static void put_number(struct dsi_out *out, const struct dsi_value *value)
{
    char text[DSI_NUMBER_SIZE];
    if (value->type == DSI_VALUE_BOOL)
        dsi_out_char(out, value->as.boolean ? '1' : '0');
    else if (value->type == DSI_VALUE_FLOAT && isnan(value->as.real))
        dsi_out_text(out, "NaN");
    else if (value->type == DSI_VALUE_FLOAT && isinf(value->as.real))
        dsi_out_text(out, value->as.real > 0 ? "+Inf" : "-Inf");
    else
        dsi_out_put(out, text, dsi_format_value(value, text));
}

/* --- families -------------------------------------------------------------------- */

/* All four of a check, so that a series does not end where a status changes. */
static void put_statuses(struct dsi_out *out, const struct dsi_verdicts *verdicts)
{
    static const char family[] = "dsinspect_check_status";
    put_family(out, family, "Whether the check has this status (1) or not (0).");
    for (size_t row = 0; row < verdicts->report->n_rows; row++) {
        struct dsi_verdict verdict = dsi_verdict_at(verdicts, row);
        for (int i = 0; i < DSI_N_STATUSES && out->status == DSI_OK; i++) {
            enum dsi_verdict_status status = (enum dsi_verdict_status)i;
            struct dsi_value name = dsi_text(dsi_verdict_status_name(status));
            put_labels(out, family, &verdict);
            put_label(out, "status", &name, ",");
            dsi_out_text(out, verdict.status == status ? "} 1\n" : "} 0\n");
        }
    }
}

enum which { VALUE, THRESHOLD, BASELINE };

static void put_numbers(struct dsi_out *out, const struct dsi_verdicts *verdicts,
                        enum which which, const char *family, const char *help)
{
    put_family(out, family, help);
    for (size_t row = 0; row < verdicts->report->n_rows && out->status == DSI_OK;
         row++) {
        struct dsi_verdict verdict = dsi_verdict_at(verdicts, row);
        const struct dsi_value *value = which == VALUE       ? &verdict.value
                                        : which == THRESHOLD ? &verdict.threshold
                                                             : &verdict.baseline;
        if (!is_number(value))
            continue;
        put_labels(out, family, &verdict);
        if (which == THRESHOLD)
            put_label(out, "op", &verdict.op, ",");
        dsi_out_text(out, "} ");
        put_number(out, value);
        dsi_out_char(out, '\n');
    }
}

static void put_one(struct dsi_out *out, const char *family, const char *label,
                    const char *name, uint64_t n)
{
    struct dsi_value value = dsi_text(name);
    dsi_out_text(out, family);
    put_label(out, label, &value, "{");
    dsi_out_text(out, "} ");
    dsi_out_uint(out, n);
    dsi_out_char(out, '\n');
}

static void put_totals(struct dsi_out *out, const struct dsi_verdicts *verdicts)
{
    const struct dsi_report *report = verdicts->report;
    const struct dsi_value *n_new = dsi_report_summary_at(report, "new_findings");
    uint64_t n_findings[DSI_ERROR + 1] = {0};
    for (size_t i = 0; i < report->n_findings; i++)
        n_findings[dsi_report_finding_at(report, i).severity]++;
    put_family(out, "dsinspect_checks", "How many checks have this status.");
    for (int i = 0; i < DSI_N_STATUSES; i++)
        put_one(out, "dsinspect_checks", "status",
                dsi_verdict_status_name((enum dsi_verdict_status)i),
                verdicts->counts[i]);
    put_family(out, "dsinspect_findings", "How many findings have this severity.");
    for (int i = DSI_ERROR; i >= DSI_NOTE; i--)
        put_one(out, "dsinspect_findings", "severity",
                dsi_severity_name((enum dsi_severity)i), n_findings[i]);
    if (!n_new || !is_number(n_new))
        return;
    put_family(out, "dsinspect_new_findings",
               "How many findings the baseline does not have.");
    dsi_out_text(out, "dsinspect_new_findings ");
    put_number(out, n_new);
    dsi_out_char(out, '\n');
}

static enum dsi_status write_prometheus(const struct dsi_report *report,
                                        const struct dsi_write_options *options,
                                        struct dsi_sink sink, struct dsi_error *err)
{
    struct dsi_out out;
    struct dsi_verdicts verdicts;
    (void)options;
    DSI_TRY(dsi_out_init(&out, sink, err));
    dsi_verdicts_init(&verdicts, report);
    put_family(&out, "dsinspect_build_info", "The version that wrote this, always 1.");
    put_one(&out, "dsinspect_build_info", "version", DSI_VERSION, 1);
    put_totals(&out, &verdicts);
    put_statuses(&out, &verdicts);
    put_numbers(&out, &verdicts, VALUE, "dsinspect_check_value",
                "What the check looked at, where it is a number.");
    put_numbers(&out, &verdicts, THRESHOLD, "dsinspect_check_threshold",
                "What the value is compared with, where it is a number.");
    put_numbers(&out, &verdicts, BASELINE, "dsinspect_check_baseline",
                "The value of the baseline, where it is a number.");
    return dsi_out_finish(&out);
}

const struct dsi_writer dsi_writer_prometheus = {.name = "prometheus",
                                                 .write = write_prometheus};
