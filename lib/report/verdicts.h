/* The report of `dsinspect check` as the writers for build servers read it: a row is a
 * verdict, and texts go through a pen. docs/check-outputs.md shows what they make. */
#ifndef DSI_VERDICTS_H
#define DSI_VERDICTS_H

#include "out.h"

enum dsi_verdict_status {
    DSI_PASSED,
    DSI_WARNED,
    DSI_FAILED,
    DSI_SKIPPED,
    DSI_N_STATUSES,
};

const char *dsi_verdict_status_name(enum dsi_verdict_status status);

/* One row. A text lives as long as the report. A column that the report lacks is null,
 * and a status that is none of the four is failed: what nobody knows has not passed. */
struct dsi_verdict {
    enum dsi_verdict_status status;
    struct dsi_value check, severity, dataset, metric, value, op, threshold, baseline,
        detail;
};

enum { DSI_VERDICT_COLUMNS = 10 };

struct dsi_verdicts {
    const struct dsi_report *report;
    size_t columns[DSI_VERDICT_COLUMNS]; /* where they stand; SIZE_MAX: nowhere */
    uint64_t counts[DSI_N_STATUSES];     /* of the rows */
};

void dsi_verdicts_init(struct dsi_verdicts *verdicts, const struct dsi_report *report);
struct dsi_verdict dsi_verdict_at(const struct dsi_verdicts *verdicts, size_t row);

/* The verdict on all: the summary's where it has one, else the worst of the rows. */
enum dsi_verdict_status dsi_verdicts_status(const struct dsi_verdicts *verdicts);

/* How many bytes of a metric or a rule, "TOOL.KEY", name the tool: those before the
 * first dot, or all. 0 of what is no text. */
size_t dsi_verdict_tool_length(const struct dsi_value *metric);

/* --- texts -----------------------------------------------------------------------
 *
 * Every text of a report reaches put as dsi_escape_text makes it, whole and once: one
 * line of valid UTF-8 without controls. put adds what the format needs. The words in
 * between are ours, and hold nothing that any format would take for its own. */
struct dsi_pen {
    struct dsi_out *out;
    void (*put)(struct dsi_out *out, const char *text, size_t n);
};

void dsi_pen_bytes(const struct dsi_pen *pen, const char *text, size_t n);
void dsi_pen_text(const struct dsi_pen *pen, const char *text); /* NULL: nothing */
void dsi_pen_value(const struct dsi_pen *pen, const struct dsi_value *value);

/* "max 10"; "max_change 0.1, baseline 12". Nothing where there is no limit. */
void dsi_pen_limit(const struct dsi_pen *pen, const struct dsi_verdict *verdict);
/* "METRIC is VALUE, max 10: DETAIL", without what is null. */
void dsi_pen_verdict(const struct dsi_pen *pen, const struct dsi_verdict *verdict);
/* "WHERE: DETAIL"; where a detail begins with the place, it is not said twice. */
void dsi_pen_finding(const struct dsi_pen *pen, const struct dsi_finding *finding,
                     const char *dataset); /* NULL: it goes without saying */
/* "3 passed, 0 warned, 1 failed, 0 skipped, 5 findings, 2 of them new" */
void dsi_out_counts(struct dsi_out *out, const struct dsi_verdicts *verdicts);
void dsi_out_uint(struct dsi_out *out, uint64_t value);

#endif
