/* The rows of a check: every rule, measured and judged. */
#include "check_gone.h"
#include "check_night.h"

#include <stdlib.h>
#include <string.h>

struct judging {
    struct dsi_night *night;
    struct dsi_report *report; /* NULL: the values are kept alone */
    const struct dsi_check_rule *rule;
    const char *dataset;
    struct dsi_bytes name, key, detail;
    struct dsi_gone gone;
    struct dsi_error *err;
};

/* --- a row --------------------------------------------------------------------------
 */

enum outcome { PASSED, FAILED, SKIPPED };

static const char *count_status(struct judging *j, enum outcome outcome)
{
    struct dsi_night *night = j->night;
    if (outcome == SKIPPED || j->rule->severity == DSI_OFF) {
        night->n_skipped++;
        return "skipped";
    }
    if (outcome == PASSED) {
        night->n_passed++;
        return "passed";
    }
    if (j->rule->severity == DSI_WARNING) {
        night->n_warned++;
        return "warned";
    }
    night->n_failed++;
    return "failed";
}

/* NAME, or DATASET: METRIC OP; what tells it from its like behind it. */
static enum dsi_status set_name(struct judging *j, const char *path, const char *op)
{
    const struct dsi_check_rule *rule = j->rule;
    j->name.n = 0;
    if (!rule->name)
        DSI_TRY(dsi_bytes_printf(&j->name, j->err, "%s: %s %s", j->dataset, path, op));
    else if (rule->metric.kind == DSI_METRIC_ROWS)
        DSI_TRY(dsi_bytes_printf(&j->name, j->err, "%s: %s", rule->name, path));
    else
        DSI_TRY(dsi_bytes_printf(&j->name, j->err, "%s", rule->name));
    if (rule->name && rule->n_ops > 1)
        DSI_TRY(dsi_bytes_printf(&j->name, j->err, " %s", op));
    if (rule->severity == DSI_WARNING && !rule->name)
        DSI_TRY(dsi_bytes_printf(&j->name, j->err, " (warning)"));
    return dsi_bytes_append(&j->name, "", 1, j->err);
}

static struct dsi_value threshold_of(const struct dsi_rule *op)
{
    const bool is_text = op->is_share || (op->op == DSI_OP_EQUALS && !op->is_plain) ||
                         op->number.type == DSI_VALUE_NULL;
    return is_text ? dsi_text(op->text) : op->number;
}

static enum dsi_status add_row(struct judging *j, const char *path,
                               const struct dsi_rule *op, struct dsi_value value,
                               const struct dsi_baseline_value *baseline,
                               enum outcome outcome)
{
    const char *op_name = dsi_rule_op_name(op->op);
    if (!j->report)
        return DSI_OK;
    DSI_TRY(set_name(j, path, op_name));
    const struct dsi_value values[] = {
        dsi_text((const char *)j->name.data),
        dsi_text(count_status(j, outcome)),
        dsi_text(dsi_severity_name(j->rule->severity)),
        dsi_text(j->dataset),
        dsi_text(path),
        value,
        dsi_text(op_name),
        threshold_of(op),
        !baseline             ? dsi_null()
        : baseline->is_number ? dsi_float(baseline->number)
                              : dsi_text(baseline->text),
        j->detail.n > 1 ? dsi_text((const char *)j->detail.data) : dsi_null()};
    return dsi_report_row(j->report, values, j->err);
}

/* --- judging ------------------------------------------------------------------------
 */

static enum dsi_status add_place(struct judging *j, const char *place)
{
    if (j->detail.n)
        j->detail.n--; /* the NUL */
    DSI_TRY(dsi_bytes_printf(&j->detail, j->err, "; first: %s", place));
    return dsi_bytes_append(&j->detail, "", 1, j->err);
}

static enum dsi_status judge_op(struct judging *j, const struct dsi_measured *measured,
                                const struct dsi_rule *op)
{
    enum dsi_verdict verdict;
    const struct dsi_baseline_value *baseline =
        j->night->baseline
            ? dsi_baseline_find(j->night->baseline, (const char *)j->key.data)
            : NULL;
    DSI_TRY(dsi_judge(op, &measured->value, baseline, &verdict, &j->detail, j->err));
    if (verdict == DSI_VERDICT_FAILS && measured->place)
        DSI_TRY(add_place(j, measured->place));
    return add_row(j, measured->path, op, measured->value, baseline,
                   verdict == DSI_VERDICT_HOLDS   ? PASSED
                   : verdict == DSI_VERDICT_FAILS ? FAILED
                                                  : SKIPPED);
}

static enum dsi_status take(void *context, const struct dsi_measured *measured,
                            struct dsi_error *err)
{
    struct judging *j = context;
    j->key.n = 0;
    j->err = err;
    DSI_TRY(dsi_bytes_printf(&j->key, err, "%s: %s", j->dataset, measured->path));
    DSI_TRY(dsi_bytes_append(&j->key, "", 1, err));
    if (j->night->fresh && !j->report)
        DSI_TRY(dsi_baseline_add(j->night->fresh, (const char *)j->key.data,
                                 &measured->value, err));
    for (size_t i = 0; i < j->rule->n_ops; i++)
        DSI_TRY(judge_op(j, measured, &j->rule->ops[i]));
    return DSI_OK;
}

static const char not_looked_at[] = "not looked at: the dataset could not be opened";

/* A metric without a value: it cannot be said to hold. */
static enum dsi_status leave_rule(struct judging *j, const char *reason,
                                  enum outcome outcome)
{
    j->key.n = 0;
    DSI_TRY(dsi_metric_write(&j->rule->metric, &j->key, j->err));
    DSI_TRY(dsi_bytes_append(&j->key, "", 1, j->err));
    for (size_t i = 0; i < j->rule->n_ops; i++) {
        j->detail.n = 0;
        DSI_TRY(dsi_bytes_append(&j->detail, reason, strlen(reason) + 1, j->err));
        DSI_TRY(add_row(j, (const char *)j->key.data, &j->rule->ops[i], dsi_null(),
                        NULL, outcome));
    }
    return DSI_OK;
}

static const char *why_no_value(const struct dsi_check_rule *rule)
{
    return rule->metric.kind == DSI_METRIC_ROWS && rule->metric.n_selectors
               ? "no row is like that: renamed, or gone?"
           : rule->metric.kind == DSI_METRIC_ROWS ? "there are no rows"
                                                  : "is not in the report";
}

/* --- rows that have gone ------------------------------------------------------------
 */

/* Its max_change, where it is of rows; NULL. */
static const struct dsi_rule *change_of(const struct dsi_check_rule *rule)
{
    for (size_t i = 0; i < rule->n_ops; i++)
        if (rule->metric.kind == DSI_METRIC_ROWS &&
            rule->ops[i].op == DSI_OP_MAX_CHANGE)
            return &rule->ops[i];
    return NULL;
}

static enum dsi_status fail_gone(struct judging *j, const struct dsi_rule *change,
                                 const char *path, const struct dsi_baseline_value *was)
{
    j->detail.n = 0;
    DSI_TRY(dsi_bytes_printf(&j->detail, j->err, "was %s, and is gone", was->text));
    DSI_TRY(dsi_bytes_append(&j->detail, "", 1, j->err));
    return add_row(j, path, change, dsi_null(), was, FAILED);
}

/* What the baseline has of a rule, and tonight has not: a class that is gone has
 * changed, too. */
static enum dsi_status judge_gone(struct judging *j)
{
    const struct dsi_rule *change = change_of(j->rule);
    const struct dsi_metric *metric = &j->rule->metric;
    struct dsi_gone_search search = {0};
    if (!change || !j->gone.n)
        return DSI_OK;
    enum dsi_status status =
        dsi_gone_search(&j->gone, j->dataset, metric, &search, j->err);
    while (status == DSI_OK && dsi_gone_next(&j->gone, metric, &search))
        status = fail_gone(j, change, search.path, search.value);
    dsi_words_free(&search.like);
    return status;
}

/* In the report of a tool, or in the findings of all. */
static enum dsi_status judge_in(struct judging *j, const struct dsi_report *report,
                                const struct dsi_tool *tool,
                                struct dsi_row_index *index)
{
    const char *columns[DSI_METRIC_COLUMNS + 1];
    struct dsi_metric_words words = {0};
    const struct dsi_metric_source in = {report, &words, j->night->known, index};
    size_t n;
    if (tool)
        words = dsi_metric_words_of(tool, columns);
    DSI_TRY(dsi_metric_measure(&j->rule->metric, &in, take, j, &n, j->err));
    const bool is_of_all =
        j->rule->metric.kind == DSI_METRIC_ROWS && j->rule->metric.n_selectors == 0;
    if (n || is_of_all)
        DSI_TRY(judge_gone(j));
    /* What is asked of every row holds where there is none. */
    return n ? DSI_OK
             : leave_rule(j, why_no_value(j->rule), is_of_all ? SKIPPED : FAILED);
}

static enum dsi_status is_any(void *context, const struct dsi_measured *measured,
                              struct dsi_error *err)
{
    (void)err;
    *(bool *)context |=
        measured->value.type != DSI_VALUE_UINT || measured->value.as.natural > 0;
    return DSI_OK;
}

/* Of a dataset that could not be opened: that there is no such finding says nothing. */
static enum dsi_status judge_unopened(struct judging *j, const struct dsi_report *found)
{
    const struct dsi_metric_source in = {.report = found, .known = j->night->known};
    bool has_any = false;
    size_t n;
    DSI_TRY(dsi_metric_measure(&j->rule->metric, &in, is_any, &has_any, &n, j->err));
    return has_any ? judge_in(j, found, NULL, NULL)
                   : leave_rule(j, not_looked_at, SKIPPED);
}

static enum dsi_status judge_rule(struct judging *j,
                                  const struct dsi_check_dataset *dataset,
                                  const struct dsi_night_dataset *looked)
{
    const char *tool = j->rule->metric.tool;
    if (!tool)
        return looked->is_empty ? judge_unopened(j, looked->found)
                                : judge_in(j, looked->found, NULL, NULL);
    size_t i = 0;
    while (i < dataset->n_looks && strcmp(dataset->looks[i].tool->name, tool) != 0)
        i++;
    const struct dsi_member *member = &looked->members[i];
    const bool is_told_by_another = /* of a pair, by diff.error */
        j->rule->is_implied && member->has_failed &&
        strcmp(j->rule->metric.key, "error") != 0;
    if (looked->is_empty || is_told_by_another ||
        (!member->report && !member->has_failed))
        return leave_rule(j, not_looked_at, SKIPPED);
    return member->report ? judge_in(j, member->report, dataset->looks[i].tool,
                                     &looked->indexes[i])
                          : leave_rule(j, member->err.message, FAILED);
}

static enum dsi_status judge_all(struct judging *j)
{
    const struct dsi_check_config *config = j->night->config;
    for (size_t r = 0; r < config->n_rules; r++) {
        const size_t d = config->rules[r].dataset;
        j->rule = &config->rules[r];
        j->dataset = config->datasets[d].name;
        DSI_TRY(judge_rule(j, &config->datasets[d], &j->night->datasets[d]));
    }
    return DSI_OK;
}

enum dsi_status dsi_night_judge(struct dsi_night *night, struct dsi_report *report,
                                struct dsi_error *err)
{
    struct judging j = {.night = night, .report = report, .err = err};
    enum dsi_status status = DSI_OK;
    if (report && night->baseline)
        status = dsi_gone_find(&j.gone, night->baseline, night->fresh, err);
    if (status == DSI_OK)
        status = judge_all(&j);
    dsi_gone_free(&j.gone);
    dsi_bytes_free(&j.name);
    dsi_bytes_free(&j.key);
    dsi_bytes_free(&j.detail);
    return status;
}
