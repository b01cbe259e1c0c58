#include "check_init.h"

#include "report_view.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum dsi_status put(struct dsi_bytes *out, const char *text,
                           struct dsi_error *err)
{
    return dsi_bytes_append(out, text, strlen(text), err);
}

/* In single quotes, where everything but a quote stands for itself; what is not
 * printable cannot, and stands in double quotes. */
static enum dsi_status put_quoted(struct dsi_bytes *out, const char *text,
                                  struct dsi_error *err)
{
    struct dsi_bytes escaped = {0};
    enum dsi_status status = dsi_escape_text(&escaped, text, strlen(text), err);
    const bool is_plain = status == DSI_OK && !memchr(escaped.data, '\\', escaped.n);
    dsi_bytes_free(&escaped);
    DSI_TRY(status);
    DSI_TRY(put(out, is_plain ? "'" : "\"", err));
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (is_plain)
            DSI_TRY(put(out, c == '\'' ? "'" : "", err));
        if (!is_plain && (c < 0x20 || c == 0x7f))
            DSI_TRY(dsi_bytes_printf(out, err, "\\x%02x", c));
        else if (!is_plain && (c == '"' || c == '\\'))
            DSI_TRY(dsi_bytes_printf(out, err, "\\%c", c));
        else
            DSI_TRY(dsi_bytes_append(out, text, 1, err));
    }
    return put(out, is_plain ? "'" : "\"", err);
}

/* The last part of the input's path that is a word; "data" where there is none. */
static enum dsi_status put_name(struct dsi_bytes *out, const char *input,
                                struct dsi_error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = strlen(input);
    while (n && input[n - 1] == '/')
        n--;
    const char *end = input + n, *start = end;
    while (start > input && start[-1] != '/')
        start--;
    n = strspn(start, letters);
    if (n > (size_t)(end - start))
        n = (size_t)(end - start);
    if (n == 0 || strspn(start, "0123456789-_") >= n)
        return put(out, "data", err);
    return dsi_bytes_append(out, start, n, err);
}

static enum dsi_status put_dataset(struct dsi_bytes *out,
                                   const struct dsi_check_dataset *dataset,
                                   struct dsi_error *err)
{
    DSI_TRY(put(out, "datasets:\n  ", err));
    DSI_TRY(put_name(out, dataset->inputs.items[0], err));
    DSI_TRY(put(out, ":\n    input: [", err));
    for (size_t i = 0; i < dataset->inputs.n; i++) {
        DSI_TRY(put(out, i ? ", " : "", err));
        DSI_TRY(put_quoted(out, dataset->inputs.items[i], err));
    }
    DSI_TRY(put(out, "]\n", err));
    if (dataset->labels) {
        DSI_TRY(put(out, "    labels: ", err));
        DSI_TRY(put_quoted(out, dataset->labels, err));
        DSI_TRY(put(out, "\n", err));
    }
    DSI_TRY(put(out,
                "    # Looked at by these, in one scan; what they find fails:\n"
                "    tools: [",
                err));
    for (size_t i = 0; i < dataset->n_looks; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%s", i ? ", " : "",
                                 dataset->looks[i].tool->name));
    return put(out,
               "]\n    fail_on: error     # findings of this severity and above\n"
               "    warn_on: warning   # of these tell, and go on\n",
               err);
}

/* --- rules that hold tonight --------------------------------------------------------
 */

struct proposal {
    const char *tool, *metric, *op;
    const char *threshold; /* NULL: what it is tonight */
    const char *comment;
};

/* A count that is bad when it rises is held at what it is. */
static const struct proposal proposals[] = {
    {"balance", "samples", "max_change", "5%", "so many samples"},
    {"balance", "classes", "equals", NULL, "one more or fewer is another task"},
    {"balance", "imbalance_ratio", "max", "10", "the largest class to the smallest"},
    {"balance", "rows[*].count", "max_change", "10%", "of each class"},
    {"labels", "dup_conflict", "max", NULL, "one content under two labels"},
    {"labels", "split_leak", "max", NULL, "one content in two splits"},
    {"missing", "missing", "max", NULL, "values that are not there"},
    {"outliers", "share", "max", "0.01", "of all values"},
    {"range", "verdict", "equals", NULL, "what the range looks like"},
    {"range", "rows[*].mean", "max_change", "5%", "of each channel"},
    {"dups", "duplicates", "max", NULL, "samples that are there twice"},
    {"images", "unreadable", "max", NULL, "pictures that cannot be decoded"},
};

static const struct dsi_report *report_of(const struct dsi_night *night,
                                          const char *tool)
{
    const struct dsi_check_dataset *dataset = &night->config->datasets[0];
    for (size_t i = 0; i < dataset->n_looks; i++)
        if (strcmp(dataset->looks[i].tool->name, tool) == 0)
            return night->datasets[0].members[i].report;
    return NULL;
}

static enum dsi_status put_value(struct dsi_bytes *out, const struct dsi_value *value,
                                 struct dsi_error *err)
{
    char number[DSI_NUMBER_SIZE];
    if (value->type == DSI_VALUE_TEXT)
        return put_quoted(out, value->as.text.bytes, err);
    dsi_format_value(value, number);
    return put(out, value->type == DSI_VALUE_NULL ? "null" : number, err);
}

/* A mean near 0 moves by any share of itself: then it may move by a tenth of the least
 * deviation of any channel, in words; false: a share does. */
static bool describe_step(const struct dsi_report *report, char text[DSI_NUMBER_SIZE])
{
    enum { NEAR = 5, PARTS = 10 }; /* of them: a fifth of a deviation, a tenth of one */
    const size_t means = dsi_report_column_named(report, "mean"),
                 stds = dsi_report_column_named(report, "std");
    double least = INFINITY;
    bool is_near = false;
    for (size_t row = 0; row < dsi_report_n_rows(report); row++) {
        const struct dsi_value of[] = {dsi_report_cell(report, row, means),
                                       dsi_report_cell(report, row, stds)};
        double mean, std;
        if (!dsi_value_real(&of[0], &mean) || !dsi_value_real(&of[1], &std) ||
            !isfinite(mean) || !isfinite(std) || std == 0)
            continue;
        is_near |= fabs(mean) < std / NEAR;
        least = std < least ? std : least;
    }
    if (is_near)
        snprintf(text, DSI_NUMBER_SIZE, "%.2g", least / PARTS);
    return is_near;
}

/* The line, with a # before it where it would not hold tonight. */
static enum dsi_status put_rule(struct dsi_bytes *out, const struct dsi_report *report,
                                const struct proposal *p, struct dsi_error *err)
{
    const struct dsi_value *value = dsi_report_summary_at(report, p->metric);
    const bool is_of_rows = strchr(p->metric, '[') != NULL;
    struct dsi_rule rule;
    struct dsi_bytes detail = {0};
    enum dsi_verdict verdict = DSI_VERDICT_HOLDS;
    if (!is_of_rows && (!value || (value->type == DSI_VALUE_NULL && !p->threshold)))
        return DSI_OK;
    if (value && p->threshold && strcmp(p->op, "max") == 0) {
        DSI_TRY(dsi_rule_parse(&rule, DSI_OP_MAX, p->threshold, true, err));
        DSI_TRY(dsi_judge(&rule, value, NULL, &verdict, &detail, err));
        dsi_bytes_free(&detail);
    }
    DSI_TRY(dsi_bytes_printf(out, err, "  %s- {metric: '%s.%s', %s: ",
                             verdict == DSI_VERDICT_HOLDS ? "" : "# ", p->tool,
                             p->metric, p->op));
    DSI_TRY(p->threshold ? put(out, p->threshold, err) : put_value(out, value, err));
    DSI_TRY(dsi_bytes_printf(out, err, "}   # %s", p->comment));
    if (value && p->threshold) {
        DSI_TRY(put(out, "; tonight ", err));
        DSI_TRY(put_value(out, value, err));
    }
    return put(out, "\n", err);
}

enum dsi_status dsi_check_init(const struct dsi_night *night, struct dsi_bytes *out,
                               struct dsi_error *err)
{
    DSI_TRY(put(out,
                "# What dsinspect check holds a dataset against, night after night.\n"
                "#   dsinspect check                     judge; exit 1 when it fails\n"
                "#   dsinspect check --update-baseline   make tonight what max_change "
                "compares with\n"
                "#   dsinspect check --metrics           what there is to name\n\n",
                err));
    DSI_TRY(put_dataset(out, &night->config->datasets[0], err));
    DSI_TRY(put(out, "\nbaseline: dsinspect-baseline.json\n\nchecks:\n", err));
    for (size_t i = 0; i < sizeof proposals / sizeof *proposals; i++) {
        const struct dsi_report *report = report_of(night, proposals[i].tool);
        struct proposal own = proposals[i];
        char step[DSI_NUMBER_SIZE];
        if (report && strstr(own.metric, "].mean") && describe_step(report, step)) {
            own.threshold = step;
            own.comment = "of each channel: a tenth of the least std";
        }
        if (report)
            DSI_TRY(put_rule(out, report, &own, err));
    }
    return put(out,
               "\n# Written at the end, each whole or not at all:\n"
               "# outputs: ['json:check.json', 'junit:check.xml', 'html:check.html']\n",
               err);
}
