/* The values of a metric in a report. */
#include "baseline.h"
#include "metric.h"
#include "report_view.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef enum dsi_status taker(void *context, const struct dsi_measured *measured,
                              struct dsi_error *err);

struct measuring {
    const struct dsi_metric *metric;
    const struct dsi_metric_source *in;
    const struct dsi_report *report;
    taker *take;
    void *context;
    size_t n;
    struct dsi_bytes path, place;
};

static enum dsi_status add(struct dsi_bytes *to, const char *text,
                           struct dsi_error *err)
{
    return dsi_bytes_append(to, text, strlen(text), err);
}

static enum dsi_status hand_over(struct measuring *m, struct dsi_value value,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append(&m->path, "", 1, err));
    const struct dsi_measured measured = {
        .value = value,
        .path = (const char *)m->path.data,
        .place = m->place.n ? (const char *)m->place.data : NULL};
    m->n++;
    return m->take(m->context, &measured, err);
}

/* --- findings -----------------------------------------------------------------------
 */

static bool is_counted(const struct measuring *m, const char *word,
                       const struct dsi_finding *finding)
{
    return (strcmp(dsi_severity_name(finding->severity), word) == 0 ||
            strcmp(finding->rule, word) == 0) &&
           !dsi_finding_is_known(m->in->known, finding);
}

static enum dsi_status set_place(struct measuring *m, const struct dsi_finding *finding,
                                 struct dsi_error *err)
{
    const char *where = finding->where ? finding->where : finding->source;
    m->place.n = 0;
    if (where) {
        DSI_TRY(add(&m->place, where, err));
        DSI_TRY(add(&m->place, ": ", err));
    }
    if (finding->detail) {
        DSI_TRY(add(&m->place, finding->detail, err));
        DSI_TRY(add(&m->place, " ", err));
    }
    DSI_TRY(add(&m->place, "[", err));
    DSI_TRY(add(&m->place, finding->rule, err));
    return dsi_bytes_append(&m->place, "]", 2, err);
}

/* How many findings the word means, and the first of them for the place. */
static enum dsi_status count(struct measuring *m, const char *word, uint64_t *n,
                             struct dsi_error *err)
{
    *n = 0;
    for (size_t i = 0; i < dsi_report_n_findings(m->report); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(m->report, i);
        if (is_counted(m, word, &finding) && (*n)++ == 0)
            DSI_TRY(set_place(m, &finding, err));
    }
    return DSI_OK;
}

static enum dsi_status measure_findings(struct measuring *m, struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(count(m, m->metric->key, &n, err));
    if (m->metric->tool) {
        DSI_TRY(add(&m->path, m->metric->tool, err));
        DSI_TRY(add(&m->path, ".", err));
    }
    DSI_TRY(add(&m->path, "findings.", err));
    DSI_TRY(add(&m->path, m->metric->key, err));
    return hand_over(m, dsi_uint(n), err);
}

/* --- summary ------------------------------------------------------------------------
 */

/* Whether the rows of that status are those that the key counts. */
static bool is_counted_by(const char *key, const char *status)
{
    if (strcmp(key, "not_comparable") == 0)
        return strcmp(status, "shape") == 0 || strcmp(status, "dtype") == 0;
    return strncmp(status, key, strlen(key)) == 0;
}

/* Of a report whose rows have a status (diff): the first that is not "same", of the
 * key's own kind where there is one. */
static enum dsi_status set_row_place(struct measuring *m, struct dsi_error *err)
{
    const size_t status = dsi_report_column_named(m->report, "status");
    const size_t name = dsi_report_column_named(m->report, "name");
    const size_t detail = dsi_report_column_named(m->report, "detail");
    if (status == SIZE_MAX || name == SIZE_MAX || detail == SIZE_MAX)
        return DSI_OK;
    for (size_t i = 0; i < dsi_report_n_rows(m->report); i++) {
        const struct dsi_value *row = dsi_report_row_at(m->report, i);
        const char *is = dsi_value_text(&row[status]);
        const bool is_like = is && is_counted_by(m->metric->key, is);
        if (!is || strcmp(is, "same") == 0 || (m->place.n && !is_like))
            continue;
        const char *text = dsi_value_text(&row[detail]);
        m->place.n = 0;
        DSI_TRY(add(&m->place, dsi_value_text(&row[name]), err));
        DSI_TRY(add(&m->place, ": ", err));
        DSI_TRY(add(&m->place, is, err));
        DSI_TRY(add(&m->place, text ? ": " : "", err));
        DSI_TRY(add(&m->place, text ? text : "", err));
        DSI_TRY(dsi_bytes_append(&m->place, "", 1, err));
        if (is_like)
            return DSI_OK;
    }
    return DSI_OK;
}

/* The first finding that the key counts or that tells of it: split_leaks are findings
 * of split_leak, imbalance_ratio is told by imbalance. */
static enum dsi_status set_finding_place(struct measuring *m, struct dsi_error *err)
{
    for (size_t i = 0; i < dsi_report_n_findings(m->report); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(m->report, i);
        if (strncmp(m->metric->key, finding.rule, strlen(finding.rule)) == 0)
            return set_place(m, &finding, err);
    }
    return set_row_place(m, err);
}

static enum dsi_status measure_summary(struct measuring *m, struct dsi_error *err)
{
    const struct dsi_value *value = dsi_report_summary_at(m->report, m->metric->key);
    if (!value)
        return DSI_OK;
    DSI_TRY(set_finding_place(m, err));
    DSI_TRY(add(&m->path, m->metric->tool, err));
    DSI_TRY(add(&m->path, ".", err));
    DSI_TRY(add(&m->path, m->metric->key, err));
    return hand_over(m, *value, err);
}

/* --- rows ---------------------------------------------------------------------------
 */

static bool is_selected(const struct measuring *m, const struct dsi_value *row)
{
    char number[DSI_NUMBER_SIZE];
    for (size_t i = 0; i < m->metric->n_selectors; i++) {
        const struct dsi_selector *selector = &m->metric->selectors[i];
        const size_t column = dsi_report_column_named(m->report, selector->column);
        if (column == SIZE_MAX ||
            strcmp(dsi_cell_text(&row[column], number), selector->value) != 0)
            return false;
    }
    return true;
}

/* TOOL.rows[KEY=VALUE,...].COLUMN, by the columns that tell rows apart. */
static enum dsi_status name_row(struct measuring *m, const struct dsi_value *row,
                                struct dsi_error *err)
{
    char number[DSI_NUMBER_SIZE];
    const char *comma = "[";
    m->path.n = 0;
    DSI_TRY(add(&m->path, m->metric->tool, err));
    DSI_TRY(add(&m->path, ".rows", err));
    for (const char *const *key = m->in->words->keys; *key; key++) {
        const size_t column = dsi_report_column_named(m->report, *key);
        const char *text =
            column == SIZE_MAX ? "" : dsi_cell_text(&row[column], number);
        if (!text[0])
            continue;
        DSI_TRY(add(&m->path, comma, err));
        DSI_TRY(add(&m->path, *key, err));
        DSI_TRY(add(&m->path, "=", err));
        DSI_TRY(dsi_metric_write_value(text, &m->path, err));
        comma = ",";
    }
    DSI_TRY(add(&m->path, *comma == '[' ? "." : "].", err));
    return add(&m->path, m->metric->key, err);
}

/* The rows to look at: *n of them, in order; all, where *keys is NULL. Of several
 * selectors, those of the one that leaves fewest. */
static enum dsi_status find_rows(const struct measuring *m,
                                 const struct dsi_row_key **keys, size_t *n,
                                 struct dsi_error *err)
{
    *keys = NULL;
    *n = dsi_report_n_rows(m->report);
    for (size_t i = 0; i < m->metric->n_selectors; i++) {
        const struct dsi_selector *selector = &m->metric->selectors[i];
        const size_t column = dsi_report_column_named(m->report, selector->column);
        const struct dsi_row_key *found = NULL;
        size_t n_found = 0;
        if (column != SIZE_MAX)
            DSI_TRY(dsi_row_index_find(m->in->index, m->report, column, selector->value,
                                       &found, &n_found, err));
        if (n_found <= *n) {
            *keys = found;
            *n = n_found;
        }
    }
    return DSI_OK;
}

static enum dsi_status measure_rows(struct measuring *m, struct dsi_error *err)
{
    const size_t column = dsi_report_column_named(m->report, m->metric->key);
    const struct dsi_row_key *keys;
    size_t n;
    if (column == SIZE_MAX)
        return DSI_OK;
    DSI_TRY(find_rows(m, &keys, &n, err));
    for (size_t i = 0; i < n; i++) {
        const struct dsi_value *row =
            dsi_report_row_at(m->report, keys ? keys[i].row : i);
        if (!is_selected(m, row))
            continue;
        DSI_TRY(name_row(m, row, err));
        DSI_TRY(hand_over(m, row[column], err));
    }
    return DSI_OK;
}

enum dsi_status dsi_metric_measure(const struct dsi_metric *metric,
                                   const struct dsi_metric_source *in, taker *take,
                                   void *context, size_t *n, struct dsi_error *err)
{
    struct measuring m = {.metric = metric,
                          .in = in,
                          .report = in->report,
                          .take = take,
                          .context = context};
    enum dsi_status status = DSI_OK;
    switch (metric->kind) {
    case DSI_METRIC_SUMMARY:
        status = measure_summary(&m, err);
        break;
    case DSI_METRIC_ROWS:
        status = measure_rows(&m, err);
        break;
    case DSI_METRIC_FINDINGS:
        status = measure_findings(&m, err);
        break;
    }
    *n = m.n;
    dsi_bytes_free(&m.path);
    dsi_bytes_free(&m.place);
    return status;
}
