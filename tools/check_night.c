#include "check_night.h"

#include <stdlib.h>
#include <string.h>

enum dsi_status dsi_night_open(struct dsi_night *night, struct dsi_error *err)
{
    const struct dsi_check_config *config = night->config;
    night->datasets = dsi_alloc_zeroed(config->n_datasets + 1, sizeof *night->datasets);
    if (!night->datasets)
        return dsi_fail_memory(err, config->n_datasets);
    for (size_t d = 0; d < config->n_datasets; d++) {
        const size_t n = config->datasets[d].n_looks;
        struct dsi_member *members = dsi_alloc_zeroed(n + 1, sizeof *members);
        struct dsi_row_index *indexes = dsi_alloc_zeroed(n + 1, sizeof *indexes);
        night->datasets[d].members = members;
        night->datasets[d].indexes = indexes;
        if (!members || !indexes)
            return dsi_fail_memory(err, n * sizeof *members);
        for (size_t i = 0; i < n; i++)
            members[i].parsed = &config->datasets[d].looks[i].parsed;
    }
    return DSI_OK;
}

bool dsi_night_look(struct dsi_night *night, bool is_trial)
{
    const struct dsi_check_config *config = night->config;
    bool is_fine = true;
    for (size_t d = 0; d < config->n_datasets; d++) {
        struct dsi_company company = {.members = night->datasets[d].members,
                                      .n = config->datasets[d].n_looks,
                                      .is_trial = is_trial,
                                      .cache = night->cache,
                                      .now = night->now};
        is_fine = dsi_company_run(&company) && is_fine;
    }
    return is_fine;
}

void dsi_night_free(struct dsi_night *night)
{
    for (size_t d = 0; night->datasets && d < night->config->n_datasets; d++) {
        struct dsi_member *members = night->datasets[d].members;
        struct dsi_row_index *indexes = night->datasets[d].indexes;
        for (size_t i = 0; members && i < night->config->datasets[d].n_looks; i++)
            dsi_report_free(members[i].report);
        for (size_t i = 0; indexes && i < night->config->datasets[d].n_looks; i++)
            dsi_row_index_free(&indexes[i]);
        free(members);
        free(indexes);
        dsi_report_free(night->datasets[d].found);
    }
    free(night->datasets);
}

/* --- what was found -----------------------------------------------------------------
 */

/* What could not be looked at at all is a finding, too. */
static enum dsi_status gather_failure(const struct dsi_check_dataset *dataset,
                                      const struct dsi_member *member,
                                      struct dsi_report *found, struct dsi_error *err)
{
    const struct dsi_finding finding = {
        .rule = dsi_status_rule(DSI_ERR_OPEN),
        .severity = DSI_ERROR,
        .dataset = dataset->name,
        .index = UINT64_MAX,
        .source = dataset->inputs.n ? dataset->inputs.items[0] : NULL,
        .detail = member->has_failed ? member->err.message : NULL};
    return dsi_report_finding(found, &finding, err);
}

static enum dsi_status gather_dataset(struct dsi_night *night, size_t d,
                                      struct dsi_error *err)
{
    const struct dsi_check_dataset *dataset = &night->config->datasets[d];
    struct dsi_night_dataset *looked = &night->datasets[d];
    looked->found = dsi_report_new("check", NULL, 0);
    if (!looked->found)
        return dsi_fail_memory(err, 0);
    for (size_t i = 0; i < dataset->n_looks; i++) {
        const struct dsi_member *member = &looked->members[i];
        night->has_trouble |= member->code >= DSI_EXIT_TROUBLE;
        looked->is_empty |= member->is_empty;
        DSI_TRY(member->report ? dsi_report_add_findings(looked->found, member->report,
                                                         dataset->name, err)
                               : gather_failure(dataset, member, looked->found, err));
    }
    dsi_report_unite_findings(looked->found);
    return DSI_OK;
}

enum dsi_status dsi_night_gather(struct dsi_night *night, struct dsi_error *err)
{
    for (size_t d = 0; d < night->config->n_datasets; d++)
        DSI_TRY(gather_dataset(night, d, err));
    return DSI_OK;
}

/* --- what is told -------------------------------------------------------------------
 */

static enum dsi_status tell_findings(struct dsi_night *night,
                                     const struct dsi_report *found,
                                     struct dsi_report *report, uint64_t *n_new,
                                     struct dsi_error *err)
{
    for (size_t i = 0; i < dsi_report_n_findings(found); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(found, i);
        if (finding.severity < DSI_WARNING)
            continue;
        const bool is_known =
            night->baseline &&
            dsi_finding_is_known(&night->baseline->findings, &finding);
        *n_new += !is_known;
        if (night->fresh)
            DSI_TRY(dsi_baseline_add_finding(night->fresh, &finding, err));
        if (!night->known || !is_known)
            DSI_TRY(dsi_report_finding(report, &finding, err));
    }
    return DSI_OK;
}

static enum dsi_status attach(struct dsi_night *night, size_t d,
                              struct dsi_report *report, struct dsi_error *err)
{
    const struct dsi_check_dataset *dataset = &night->config->datasets[d];
    for (size_t i = 0; i < dataset->n_looks; i++) {
        struct dsi_member *member = &night->datasets[d].members[i];
        if (!member->report)
            continue;
        DSI_TRY(dsi_report_attach(report, dataset->name, member->report, err));
        member->report = NULL;
    }
    return DSI_OK;
}

static enum dsi_status add_count(struct dsi_report *report, const char *key,
                                 uint64_t count, struct dsi_error *err)
{
    return dsi_report_summary(report, key, dsi_uint(count), err);
}

enum dsi_status dsi_night_tell(struct dsi_night *night, struct dsi_report *report,
                               struct dsi_error *err)
{
    const struct dsi_check_config *config = night->config;
    const char *verdict = night->n_failed || night->has_trouble ? "failed"
                          : night->n_warned                     ? "warned"
                                                                : "passed";
    uint64_t n_new = 0;
    dsi_report_show_ids(report);
    if (config->n_datasets > 1)
        dsi_report_tell_datasets(report);
    for (size_t d = 0; d < config->n_datasets; d++) {
        DSI_TRY(tell_findings(night, night->datasets[d].found, report, &n_new, err));
        DSI_TRY(attach(night, d, report, err));
    }
    dsi_report_sort_findings(report);
    DSI_TRY(dsi_report_summary(report, "verdict", dsi_text(verdict), err));
    DSI_TRY(add_count(report, "passed", night->n_passed, err));
    DSI_TRY(add_count(report, "warned", night->n_warned, err));
    DSI_TRY(add_count(report, "failed", night->n_failed, err));
    DSI_TRY(add_count(report, "skipped", night->n_skipped, err));
    DSI_TRY(add_count(report, "findings", dsi_report_n_findings(report), err));
    return dsi_report_summary(report, "new_findings",
                              night->baseline ? dsi_uint(n_new) : dsi_null(), err);
}
