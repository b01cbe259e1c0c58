#include "image_sheet.h"

#include <stdio.h>
#include <string.h>

/* Findings of these have a sample each, or two. */
static const char *const shown[] = {"dup_conflict", "split_leak", "label_issue",
                                    "suffix_lies", NULL};

static bool is_shown(const struct dsi_finding *finding)
{
    for (const char *const *rule = shown; finding->where && *rule; rule++)
        if (strcmp(finding->rule, *rule) == 0)
            return true;
    return false;
}

enum { TEXT_SIZE = 320 };

static void describe(char text[TEXT_SIZE], const char *label, const char *source,
                     uint64_t index)
{
    snprintf(text, TEXT_SIZE, "%s%.100s%s%.120s[%llu]", label ? "'" : "",
             label ? label : "", label ? "', " : "", source ? source : "",
             (unsigned long long)index);
}

/* A pair has a heading of its own, so that the two stand side by side. */
static enum dsi_status show(struct dsi_image_sheet *sheet,
                            const struct dsi_finding *finding, size_t number,
                            struct dsi_error *err)
{
    char heading[96], caption[TEXT_SIZE];
    if (!finding->other_where) {
        const char *detail = finding->detail ? finding->detail : "";
        snprintf(caption, sizeof caption, "%s%.100s%s%.200s", finding->label ? "'" : "",
                 finding->label ? finding->label : "", finding->label ? "': " : "",
                 detail);
        return dsi_image_sheet_add(sheet, finding->rule, finding->where, caption, err);
    }
    snprintf(heading, sizeof heading, "%.60s %zu", finding->rule, number);
    describe(caption, finding->other_label, finding->other_source,
             finding->other_index);
    DSI_TRY(dsi_image_sheet_add(sheet, heading, finding->other_where, caption, err));
    describe(caption, finding->label, finding->source, finding->index);
    return dsi_image_sheet_add(sheet, heading, finding->where, caption, err);
}

static enum dsi_status show_findings(struct dsi_image_sheet *sheet,
                                     struct dsi_error *err)
{
    struct dsi_report *report = sheet->scan->report;
    char last[64] = "";
    size_t n_of_rule = 0;
    dsi_report_sort_findings(report);
    for (size_t i = 0; i < dsi_report_n_findings(report); i++) {
        const struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (!is_shown(&finding))
            continue;
        n_of_rule = strcmp(finding.rule, last) == 0 ? n_of_rule + 1 : 1;
        snprintf(last, sizeof last, "%s", finding.rule);
        if (n_of_rule <= DSI_SHEET_MAX_OF_KIND)
            DSI_TRY(show(sheet, &finding, n_of_rule, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_label_sheet_write(const struct dsi_tool_scan *scan,
                                      const char *path, struct dsi_error *err)
{
    struct dsi_image_sheet sheet = dsi_image_sheet_start(scan);
    return dsi_image_sheet_finish(&sheet, path, show_findings(&sheet, err), err);
}
