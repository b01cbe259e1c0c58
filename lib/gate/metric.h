/* A number in a tool's report, by its path in that report's JSON.
 *
 * TOOL.KEY, or TOOL.summary.KEY: of the summary.
 *
 * TOOL.rows[COLUMN=VALUE].COLUMN: of each row whose columns have these values; more
 * selectors stand after commas, a VALUE may stand in double quotes, and [*] or nothing
 * is every row.
 *
 * TOOL.findings.WORD: how many findings there are of the rule WORD, or of the severity
 * WORD (note, warning, error). findings.WORD: of all tools; what several found is one.
 *
 * One owner, no threads. */
#ifndef DSI_METRIC_H
#define DSI_METRIC_H

#include "report.h"
#include "row_index.h"

enum dsi_metric_kind { DSI_METRIC_SUMMARY, DSI_METRIC_ROWS, DSI_METRIC_FINDINGS };

struct dsi_selector {
    char *column, *value;
};

struct dsi_metric {
    enum dsi_metric_kind kind;
    char *tool; /* NULL: findings of all */
    char *key;  /* the key of the summary, the column, or rule or severity */
    struct dsi_selector *selectors;
    size_t n_selectors;
};

/* DSI_ERR_USAGE with the reason. To be freed in any case. */
DSI_CHECKED enum dsi_status dsi_metric_parse(struct dsi_metric *metric,
                                             const char *text, struct dsi_error *err);
void dsi_metric_free(struct dsi_metric *metric);

/* Appends the path, without a NUL; parsed again it is the same metric. */
DSI_CHECKED enum dsi_status dsi_metric_write(const struct dsi_metric *metric,
                                             struct dsi_bytes *to,
                                             struct dsi_error *err);
/* Appends a VALUE, in quotes where it would end the selector. */
DSI_CHECKED enum dsi_status
dsi_metric_write_value(const char *value, struct dsi_bytes *to, struct dsi_error *err);

/* What a tool has that a metric may name; each list ends with NULL. */
struct dsi_metric_words {
    const char *tool;
    const char *const *summary, *const *columns, *const *rules;
    const char *const *counts; /* rules that the summary counts, too; NULL: none */
    const char *const *keys;   /* columns that tell rows apart */
};

struct dsi_known_findings;
DSI_CHECKED bool dsi_finding_is_known(const struct dsi_known_findings *known,
                                      const struct dsi_finding *finding);

/* A value of a metric. */
struct dsi_measured {
    struct dsi_value value;
    const char *path;  /* of this value alone: "balance.rows[class=cat].count" */
    const char *place; /* the first finding it is about: "WHERE: DETAIL [RULE]"; NULL */
};

/* What is measured: a tool's report, or one with the findings of all. */
struct dsi_metric_source {
    const struct dsi_report *report;
    const struct dsi_metric_words *words;
    const struct dsi_known_findings *known; /* not counted; NULL: all are */
    struct dsi_row_index *index;            /* of this report, kept from call to call */
};

/* Calls take for each value of the metric in the report, whose texts live for the call.
 * *n counts them: 0 where no row is selected, or there is no such key. */
DSI_CHECKED enum dsi_status dsi_metric_measure(
    const struct dsi_metric *metric, const struct dsi_metric_source *in,
    enum dsi_status (*take)(void *context, const struct dsi_measured *measured,
                            struct dsi_error *err),
    void *context, size_t *n, struct dsi_error *err);

#endif
