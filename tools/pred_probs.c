#include "pred_probs.h"

#include "address.h"
#include "check_confident.h"
#include "find_array.h"
#include "npy_file.h"
#include "sample_columns.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum dsi_status find(struct dsi_tool_scan *scan,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...) DSI_PRINTF(4, 5);

static enum dsi_status find(struct dsi_tool_scan *scan,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(scan->report, finding, format, args, err);
    va_end(args);
    return status;
}

/* --- opening -------------------------------------------------------------------------
 */

static enum dsi_status refuse(const struct dsi_pred_probs *probs,
                              enum dsi_status status, const char *reason,
                              struct dsi_error *err)
{
    return dsi_fail(err, status, "--pred-probs=%s: %s", probs->input, reason);
}

/* The findings of opening, of which an error ends it all. */
static enum dsi_status take_findings(const struct dsi_pred_probs *probs,
                                     const struct dsi_report *report,
                                     struct dsi_tool_scan *scan, struct dsi_error *err)
{
    for (size_t i = 0; i < dsi_report_n_findings(report); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (probs->dataset.n_failed_inputs && finding.severity == DSI_ERROR)
            return refuse(probs, DSI_ERR_OPEN, finding.detail, err);
        DSI_TRY(dsi_report_finding(scan->report, &finding, err));
    }
    return DSI_OK;
}

static enum dsi_status open_dataset(struct dsi_pred_probs *probs,
                                    struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_common *common = scan->call->common;
    const struct dsi_dataset_options options = {
        .need = DSI_NEED_VALUES,
        .open = {.limits = dsi_common_limits(common),
                 .follow_external = common->follow_external}};
    struct dsi_report *report = dsi_tool_report(scan->call->tool);
    if (!report)
        return dsi_fail_memory(err, sizeof(void *));
    enum dsi_status status =
        dsi_dataset_open(&probs->dataset, &probs->input, 1, &options, report, err);
    if (status == DSI_OK)
        status = take_findings(probs, report, scan, err);
    dsi_report_free(report);
    return status;
}

/* The one array that is meant, samples by classes. */
static enum dsi_status choose_array(struct dsi_pred_probs *probs,
                                    const struct dsi_file *file, const char *selector,
                                    struct dsi_error *err)
{
    char names[400], reason[500];
    struct dsi_array_list list = {0};
    DSI_TRY(dsi_array_list_find(&list, file, selector, err));
    enum dsi_status status = DSI_OK;
    if (list.n == 1) {
        probs->array = &file->arrays[list.at[0]];
    } else {
        snprintf(reason, sizeof reason, "which array? say FILE:NAME with one of: %s",
                 dsi_array_names(file, &list, names, sizeof names));
        status = refuse(probs, DSI_ERR_USAGE, reason, err);
    }
    dsi_array_list_free(&list);
    if (status != DSI_OK || (probs->array->n_dims == 2 && probs->array->shape[1] > 0))
        return status;
    if (probs->array->n_dims == 2)
        snprintf(reason, sizeof reason,
                 "probabilities are samples by classes, and this array has no class");
    else
        snprintf(reason, sizeof reason,
                 "probabilities are samples by classes, and this array has %d "
                 "dimension%s",
                 probs->array->n_dims, probs->array->n_dims == 1 ? "" : "s");
    return refuse(probs, DSI_ERR_USAGE, reason, err);
}

enum dsi_status dsi_pred_probs_open(struct dsi_pred_probs *probs,
                                    struct dsi_tool_scan *scan, struct dsi_error *err)
{
    struct dsi_address address;
    DSI_TRY(open_dataset(probs, scan, err));
    if (!probs->dataset.files || probs->dataset.n_parts == 0)
        return refuse(probs, DSI_ERR_USAGE, "is no array of probabilities", err);
    DSI_TRY(dsi_address_parse(&address, probs->input, err));
    enum dsi_status status =
        choose_array(probs, &probs->dataset.files->file, address.selector, err);
    dsi_address_free(&address);
    if (status == DSI_OK)
        probs->labels->n_indices = probs->array->shape[1];
    return status;
}

void dsi_pred_probs_close(struct dsi_pred_probs *probs)
{
    dsi_dataset_close(&probs->dataset);
}

/* --- do they go together? ------------------------------------------------------------
 */

static enum dsi_status compare_rows(const struct dsi_pred_probs *probs,
                                    const struct dsi_sample_columns *columns,
                                    struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const uint64_t n_rows = dsi_array_n_rows(probs->array);
    const struct dsi_finding finding = {.rule = "length_mismatch",
                                        .severity = DSI_ERROR,
                                        .source = columns->source,
                                        .index = UINT64_MAX,
                                        .where = probs->input,
                                        .other_source = probs->input,
                                        .other_index = UINT64_MAX};
    if (n_rows == columns->n_samples)
        return DSI_OK;
    return find(scan, &finding, err,
                "%" PRIu64 " rows of probabilities for %" PRIu64 " labels", n_rows,
                columns->n_samples);
}

/* Where classes have names, there is a column for each. */
static enum dsi_status compare_columns(const struct dsi_pred_probs *probs,
                                       const struct dsi_sample_columns *columns,
                                       struct dsi_tool_scan *scan, bool *fit,
                                       struct dsi_error *err)
{
    const uint64_t n_columns = probs->array->shape[1];
    const struct dsi_finding finding = {.rule = "length_mismatch",
                                        .severity = DSI_ERROR,
                                        .source = columns->source,
                                        .index = UINT64_MAX,
                                        .where = probs->input,
                                        .other_source = probs->input,
                                        .other_index = UINT64_MAX};
    *fit = columns->are_numbers || columns->classes.n_indexed == n_columns;
    if (*fit)
        return DSI_OK;
    return find(scan, &finding, err,
                "%" PRIu64 " columns of probabilities for %zu classes: which is which "
                "cannot be told (--classes declares the list), and no label is judged",
                n_columns, columns->classes.n_indexed);
}

/* --- judging -------------------------------------------------------------------------
 */

static enum dsi_status scan_rows(struct dsi_pred_probs *probs,
                                 struct dsi_tool_scan *scan,
                                 struct dsi_confident *confident, struct dsi_error *err)
{
    extern const struct dsi_check dsi_check_readable;
    const struct dsi_confident_check_parameters p = {.confident = confident};
    struct dsi_check_run runs[] = {{.check = &dsi_check_confident, .parameters = &p},
                                   {.check = &dsi_check_readable}};
    enum dsi_status status =
        dsi_tool_scan_beside(scan->call, &probs->dataset, runs, 2, err);
    if (status == DSI_OK)
        status = dsi_check_readable.finish(runs[1].state, scan->report, err);
    dsi_check_run_free(&runs[0]);
    dsi_check_run_free(&runs[1]);
    return status;
}

static enum dsi_status find_bad(const struct dsi_pred_probs *probs,
                                const struct dsi_confident *confident,
                                struct dsi_tool_scan *scan, struct dsi_error *err)
{
    uint64_t first;
    const uint64_t n = dsi_confident_n_bad(confident, &first);
    const struct dsi_finding finding = {.rule = "not_probabilities",
                                        .severity = DSI_ERROR,
                                        .source = probs->input,
                                        .index = first,
                                        .where = probs->input,
                                        .n_cases = n};
    if (n == 0)
        return DSI_OK;
    return find(scan, &finding, err,
                "%" PRIu64 " %s numbers that are no probabilities, 0 to 1: are these "
                "logits?",
                n, n == 1 ? "row has" : "rows have");
}

/* The group that has a sample's path; SIZE_MAX: its samples are rows. */
static size_t group_of_pictures(const struct dsi_tool_scan *scan)
{
    const struct dsi_dataset *dataset = &scan->dataset;
    const size_t group = dsi_dataset_first_shown(dataset),
                 part = group < dataset->n_groups ? dsi_dataset_part_of(dataset, group)
                                                  : SIZE_MAX;
    return part < dataset->n_parts && dataset->parts[part].layout->where ? group
                                                                         : SIZE_MAX;
}

/* A picture is told by its path, a row by its number. */
static enum dsi_status find_issue(const struct dsi_pred_probs *probs,
                                  const struct dsi_sample_columns *columns,
                                  const struct dsi_confident *confident,
                                  struct dsi_tool_scan *scan, uint32_t sample,
                                  uint32_t rank, struct dsi_error *err)
{
    char given[DSI_COLUMN_NAME_SIZE], likely[DSI_COLUMN_NAME_SIZE],
        score[DSI_NUMBER_SIZE];
    const size_t group = group_of_pictures(scan);
    struct dsi_bytes path = {0};
    enum dsi_status status = DSI_OK;
    if (group != SIZE_MAX)
        status = dsi_dataset_where(&scan->dataset, group, sample, &path, err);
    const struct dsi_finding finding = {
        .rule = "label_issue",
        .severity = DSI_WARNING,
        .source = columns->source,
        .index = sample,
        .where = path.n ? (const char *)path.data : columns->source,
        .rank = rank,
        .label = dsi_sample_columns_name(columns, columns->of_sample[sample], given),
        .other_label = dsi_sample_columns_name(
            columns, dsi_confident_predicted(confident, sample), likely)};
    dsi_format_double(dsi_confident_score_of(confident, sample), score);
    if (status == DSI_OK)
        status = find(scan, &finding, err, "%s %s",
                      dsi_confident_score_names[probs->parameters.score], score);
    dsi_bytes_free(&path);
    return status;
}

/* The worst `top` of them; the rest is counted. */
static enum dsi_status find_issues(const struct dsi_pred_probs *probs,
                                   const struct dsi_sample_columns *columns,
                                   const struct dsi_confident *confident,
                                   struct dsi_tool_scan *scan, struct dsi_error *err)
{
    uint64_t n;
    const uint32_t *issues = dsi_confident_issues(confident, &n);
    const uint64_t n_listed = n < probs->top ? n : probs->top;
    for (uint64_t i = 0; i < n_listed; i++)
        DSI_TRY(find_issue(probs, columns, confident, scan, issues[i], (uint32_t)i + 1,
                           err));
    const struct dsi_finding rest = {.rule = "label_issue",
                                     .severity = DSI_WARNING,
                                     .source = columns->source,
                                     .index = UINT64_MAX,
                                     .where = columns->source,
                                     .rank = (uint32_t)n_listed + 1,
                                     .n_cases = n - n_listed};
    if (n == n_listed)
        return DSI_OK;
    return find(scan, &rest, err,
                "%" PRIu64 " further labels are likely wrong (--top lists more)",
                n - n_listed);
}

/* --- files ---------------------------------------------------------------------------
 */

static enum dsi_status name_file(const char *path, enum dsi_status status,
                                 const struct dsi_error *reason, struct dsi_error *err)
{
    if (status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, status, "%s: %s", path, reason->message);
}

static enum dsi_status write_issues(const char *path,
                                    const struct dsi_confident *confident,
                                    struct dsi_error *err)
{
    uint64_t n;
    struct dsi_error reason;
    const uint32_t *issues = dsi_confident_issues(confident, &n);
    int64_t *indices = dsi_alloc_array(n, sizeof *indices);
    if (!indices)
        return dsi_fail_memory(err, n * sizeof *indices);
    for (uint64_t i = 0; i < n; i++)
        indices[i] = issues[i];
    enum dsi_status status =
        dsi_npy_write(path, "i8", indices, n, sizeof *indices, &reason);
    free(indices);
    return name_file(path, status, &reason, err);
}

static enum dsi_status write_scores(const char *path,
                                    const struct dsi_confident *confident, uint64_t n,
                                    struct dsi_error *err)
{
    struct dsi_error reason;
    double *scores = dsi_alloc_array(n, sizeof *scores);
    if (!scores)
        return dsi_fail_memory(err, n * sizeof *scores);
    for (uint64_t i = 0; i < n; i++)
        scores[i] = dsi_confident_score_of(confident, i);
    enum dsi_status status =
        dsi_npy_write(path, "f8", scores, n, sizeof *scores, &reason);
    free(scores);
    return name_file(path, status, &reason, err);
}

/* --- all of it -----------------------------------------------------------------------
 */

static enum dsi_status judge_with(struct dsi_pred_probs *probs,
                                  struct dsi_sample_columns *columns,
                                  struct dsi_confident *confident,
                                  struct dsi_tool_scan *scan, struct dsi_error *err)
{
    DSI_TRY(scan_rows(probs, scan, confident, err));
    DSI_TRY(find_bad(probs, confident, scan, err));
    DSI_TRY(find_issues(probs, columns, confident, scan, err));
    if (probs->issues)
        DSI_TRY(write_issues(probs->issues, confident, err));
    if (probs->scores)
        DSI_TRY(write_scores(probs->scores, confident, columns->n_samples, err));
    return DSI_OK;
}

static enum dsi_status judge(struct dsi_pred_probs *probs,
                             struct dsi_sample_columns *columns,
                             struct dsi_tool_scan *scan, struct dsi_error *err)
{
    struct dsi_confident *confident = NULL;
    struct dsi_error reason;
    bool fit;
    DSI_TRY(compare_rows(probs, columns, scan, err));
    DSI_TRY(compare_columns(probs, columns, scan, &fit, err));
    if (!fit)
        return DSI_OK;
    enum dsi_status status = dsi_confident_new(
        &confident, &probs->parameters, probs->array->dtype, columns->of_sample,
        columns->n_samples, probs->array->shape[1], &reason);
    if (status != DSI_OK)
        return refuse(probs, status, reason.message, err);
    status = judge_with(probs, columns, confident, scan, err);
    dsi_confident_free(confident);
    return status;
}

enum dsi_status dsi_pred_probs_judge(struct dsi_pred_probs *probs,
                                     struct dsi_tool_scan *scan, struct dsi_error *err)
{
    struct dsi_sample_columns columns;
    enum dsi_status status =
        dsi_sample_columns_make(&columns, scan, probs->array->shape[1], err);
    if (status == DSI_OK)
        status = judge(probs, &columns, scan, err);
    dsi_sample_columns_free(&columns);
    return status;
}
