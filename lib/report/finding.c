#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_store.h"

/* A finding's texts are offsets into the report's texts, NO_TEXT for NULL. */
enum { RULE, SOURCE, WHERE, DETAIL, N_TEXTS };

struct stored_finding {
    uint64_t texts[N_TEXTS];
    uint64_t index;
    enum dsi_severity severity;
    uint32_t rank;
};

const char *dsi_severity_name(enum dsi_severity severity)
{
    static const char *const names[] = {"off", "note", "warning", "error"};
    return names[severity];
}

static struct stored_finding stored_at(const struct dsi_report *report, size_t i)
{
    struct stored_finding stored;
    memcpy(&stored, report->findings.data + i * sizeof stored, sizeof stored);
    return stored;
}

static const char *finding_text(const struct dsi_report *report, uint64_t at)
{
    return at == DSI_NO_TEXT ? NULL : dsi_report_text_at(report, at).as.text.bytes;
}

enum dsi_status dsi_report_finding(struct dsi_report *report,
                                   const struct dsi_finding *finding,
                                   struct dsi_error *err)
{
    const char *texts[N_TEXTS] = {finding->rule, finding->source, finding->where,
                                  finding->detail};
    struct stored_finding earlier, stored;
    memset(&stored, 0, sizeof stored); /* the padding too: equal ones are equal bytes */
    stored.index = finding->index;
    stored.severity = finding->severity;
    stored.rank = finding->rank;
    assert(finding->rule);
    if (report->n_findings)
        earlier = stored_at(report, report->n_findings - 1);
    for (int i = 0; i < N_TEXTS; i++) {
        uint64_t last = report->n_findings ? earlier.texts[i] : DSI_NO_TEXT;
        stored.texts[i] = DSI_NO_TEXT;
        if (texts[i])
            DSI_TRY(dsi_report_store_text(report, texts[i], strlen(texts[i]), last,
                                          &stored.texts[i], err));
    }
    DSI_TRY(dsi_bytes_append(&report->findings, &stored, sizeof stored, err));
    report->n_findings++;
    return DSI_OK;
}

enum dsi_status dsi_report_find(struct dsi_report *report,
                                const struct dsi_finding *finding, const char *format,
                                va_list args, struct dsi_error *err)
{
    char detail[DSI_ERROR_MESSAGE_SIZE];
    struct dsi_finding whole = *finding;
    vsnprintf(detail, sizeof detail, format, args);
    whole.detail = detail;
    return dsi_report_finding(report, &whole, err);
}

size_t dsi_report_n_findings(const struct dsi_report *report)
{
    return report->n_findings;
}

struct dsi_finding dsi_report_finding_at(const struct dsi_report *report, size_t i)
{
    assert(i < report->n_findings);
    struct stored_finding stored = stored_at(report, i);
    return (struct dsi_finding){
        .rule = finding_text(report, stored.texts[RULE]),
        .severity = stored.severity,
        .source = finding_text(report, stored.texts[SOURCE]),
        .index = stored.index,
        .where = finding_text(report, stored.texts[WHERE]),
        .detail = finding_text(report, stored.texts[DETAIL]),
        .rank = stored.rank,
    };
}

/* Bytewise, and NULL before every text. */
static int compare_texts(const struct dsi_report *report, uint64_t a, uint64_t b)
{
    if (a == b)
        return 0;
    if (a == DSI_NO_TEXT || b == DSI_NO_TEXT)
        return a == DSI_NO_TEXT ? -1 : 1;
    return strcmp(finding_text(report, a), finding_text(report, b));
}

static int compare_findings(const void *left, const void *right, void *context)
{
    const struct dsi_report *report = context;
    const struct stored_finding *a = left, *b = right;
    int order = (a->severity < b->severity) - (a->severity > b->severity);
    if (!order)
        order = compare_texts(report, a->texts[RULE], b->texts[RULE]);
    if (!order)
        order = compare_texts(report, a->texts[SOURCE], b->texts[SOURCE]);
    if (!order)
        order = (a->rank > b->rank) - (a->rank < b->rank);
    if (!order)
        order = (a->index > b->index) - (a->index < b->index);
    if (!order)
        order = compare_texts(report, a->texts[WHERE], b->texts[WHERE]);
    if (!order)
        order = compare_texts(report, a->texts[DETAIL], b->texts[DETAIL]);
    return order;
}

void dsi_report_sort_findings(struct dsi_report *report)
{
    size_t n = report->n_findings, n_kept = 0;
    struct stored_finding *all = (struct stored_finding *)(void *)report->findings.data;
    if (!n)
        return;
    qsort_r(all, n, sizeof *all, compare_findings, report);
    for (size_t i = 0; i < n; i++)
        if (!n_kept || compare_findings(&all[n_kept - 1], &all[i], report) != 0)
            all[n_kept++] = all[i];
    report->n_findings = n_kept;
    report->findings.n = n_kept * sizeof *all;
}

void dsi_report_set_severity(struct dsi_report *report, const char *rule,
                             enum dsi_severity severity)
{
    struct stored_finding *all = (struct stored_finding *)(void *)report->findings.data;
    size_t n_kept = 0;
    for (size_t i = 0; i < report->n_findings; i++) {
        if (strcmp(finding_text(report, all[i].texts[RULE]), rule) == 0) {
            if (severity == DSI_OFF)
                continue;
            all[i].severity = severity;
        }
        all[n_kept++] = all[i];
    }
    report->n_findings = n_kept;
    report->findings.n = n_kept * sizeof *all;
}
