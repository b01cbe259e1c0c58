#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_store.h"

/* A finding's texts are offsets into the report's texts, NO_TEXT for NULL. */
enum {
    RULE,
    SOURCE,
    WHERE,
    DETAIL,
    DATASET,
    LABEL,
    OTHER_SOURCE,
    OTHER_LABEL,
    OTHER_WHERE,
    N_TEXTS
};

struct stored_finding {
    uint64_t texts[N_TEXTS];
    uint64_t index, other_index, n_cases;
    enum dsi_severity severity;
    uint32_t rank;
    bool is_row;
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
    const char *texts[N_TEXTS] = {
        [RULE] = finding->rule,
        [SOURCE] = finding->source,
        [WHERE] = finding->where,
        [DETAIL] = finding->detail,
        [DATASET] = finding->dataset,
        [LABEL] = finding->label,
        [OTHER_SOURCE] = finding->other_source,
        [OTHER_LABEL] = finding->other_label,
        [OTHER_WHERE] = finding->other_where,
    };
    struct stored_finding earlier, stored;
    memset(&stored, 0, sizeof stored); /* the padding too: equal ones are equal bytes */
    stored.index = finding->index;
    stored.severity = finding->severity;
    stored.rank = finding->rank;
    stored.other_index = finding->other_source ? finding->other_index : 0;
    stored.n_cases = finding->n_cases ? finding->n_cases : 1;
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

enum dsi_status dsi_report_add_findings(struct dsi_report *report,
                                        const struct dsi_report *from,
                                        const char *dataset, struct dsi_error *err)
{
    for (size_t i = 0; i < from->n_findings; i++) {
        struct dsi_finding finding = dsi_report_finding_at(from, i);
        finding.dataset = dataset;
        DSI_TRY(dsi_report_finding(report, &finding, err));
    }
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
        .dataset = finding_text(report, stored.texts[DATASET]),
        .label = finding_text(report, stored.texts[LABEL]),
        .other_source = finding_text(report, stored.texts[OTHER_SOURCE]),
        .other_index = stored.other_index,
        .other_label = finding_text(report, stored.texts[OTHER_LABEL]),
        .other_where = finding_text(report, stored.texts[OTHER_WHERE]),
        .n_cases = stored.n_cases,
        .is_row = stored.is_row,
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

static int compare_others(const struct dsi_report *report,
                          const struct stored_finding *a,
                          const struct stored_finding *b)
{
    int order = compare_texts(report, a->texts[LABEL], b->texts[LABEL]);
    if (!order)
        order = compare_texts(report, a->texts[OTHER_SOURCE], b->texts[OTHER_SOURCE]);
    if (!order)
        order = (a->other_index > b->other_index) - (a->other_index < b->other_index);
    if (!order)
        order = compare_texts(report, a->texts[OTHER_LABEL], b->texts[OTHER_LABEL]);
    if (!order)
        order = (a->n_cases > b->n_cases) - (a->n_cases < b->n_cases);
    return order;
}

static int compare_findings(const void *left, const void *right, void *context)
{
    const struct dsi_report *report = context;
    const struct stored_finding *a = left, *b = right;
    int order = (a->severity < b->severity) - (a->severity > b->severity);
    if (!order)
        order = compare_texts(report, a->texts[RULE], b->texts[RULE]);
    if (!order)
        order = compare_texts(report, a->texts[DATASET], b->texts[DATASET]);
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
    return order ? order : compare_others(report, a, b);
}

/* By what is told, and where: a place is the same whatever source and number a tool
 * gives it. */
static int compare_told(const struct dsi_report *report, const struct stored_finding *a,
                        const struct stored_finding *b)
{
    int order = (a->severity < b->severity) - (a->severity > b->severity);
    if (!order)
        order = compare_texts(report, a->texts[RULE], b->texts[RULE]);
    if (!order)
        order = compare_texts(report, a->texts[WHERE], b->texts[WHERE]);
    if (!order)
        order = compare_texts(report, a->texts[DETAIL], b->texts[DETAIL]);
    if (order || a->texts[WHERE] != DSI_NO_TEXT)
        return order;
    order = compare_texts(report, a->texts[SOURCE], b->texts[SOURCE]);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int compare_told_first(const void *left, const void *right, void *context)
{
    const int order = compare_told(context, left, right);
    return order ? order : compare_findings(left, right, context);
}

/* Of neighbours that are the same, leaves the first. */
static void drop_repeated(struct dsi_report *report,
                          int (*compare)(const struct dsi_report *report,
                                         const struct stored_finding *a,
                                         const struct stored_finding *b))
{
    struct stored_finding *all = (struct stored_finding *)(void *)report->findings.data;
    size_t n_kept = 0;
    for (size_t i = 0; i < report->n_findings; i++)
        if (!n_kept || compare(report, &all[n_kept - 1], &all[i]) != 0)
            all[n_kept++] = all[i];
    report->n_findings = n_kept;
    report->findings.n = n_kept * sizeof *all;
}

static int compare_whole(const struct dsi_report *report,
                         const struct stored_finding *a, const struct stored_finding *b)
{
    return compare_findings(a, b, (void *)report);
}

void dsi_report_sort_findings(struct dsi_report *report)
{
    if (!report->n_findings)
        return;
    qsort_r(report->findings.data, report->n_findings, sizeof(struct stored_finding),
            compare_findings, report);
    drop_repeated(report, compare_whole);
}

void dsi_report_unite_findings(struct dsi_report *report)
{
    if (!report->n_findings)
        return;
    qsort_r(report->findings.data, report->n_findings, sizeof(struct stored_finding),
            compare_told_first, report);
    drop_repeated(report, compare_told);
    dsi_report_sort_findings(report);
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

/* --- findings as rows --------------------------------------------------------------
 */

/* Room for the texts of a row, so that those it is made from, which are the report's
 * own, lie still. */
static enum dsi_status make_room(struct dsi_report *report, size_t i, size_t n_detail,
                                 struct dsi_error *err)
{
    const struct stored_finding stored = stored_at(report, i);
    uint64_t n = DSI_FINDING_COLUMNS * (sizeof(uint64_t) + 1) + n_detail;
    for (int t = 0; t < N_TEXTS; t++)
        if (stored.texts[t] != DSI_NO_TEXT)
            n += dsi_report_text_at(report, stored.texts[t]).as.text.n;
    return dsi_bytes_reserve(&report->texts, n + 16, err);
}

/* The place before the detail, where no column has it. */
static enum dsi_status detail_of(const struct dsi_finding *finding,
                                 struct dsi_bytes *text, struct dsi_error *err)
{
    const char *where = finding->where,
               *detail = finding->detail ? finding->detail : "";
    bool is_told = !where || (finding->source && strcmp(where, finding->source) == 0);
    text->n = 0;
    if (!is_told) {
        DSI_TRY(dsi_bytes_append(text, where, strlen(where), err));
        DSI_TRY(dsi_bytes_append(text, ": ", 2, err));
    }
    return dsi_bytes_append(text, detail, strlen(detail), err);
}

static enum dsi_status add_row(struct dsi_report *report, size_t i,
                               struct dsi_bytes *detail, struct dsi_error *err)
{
    struct dsi_finding finding = dsi_report_finding_at(report, i);
    DSI_TRY(detail_of(&finding, detail, err));
    DSI_TRY(make_room(report, i, detail->n, err));
    finding = dsi_report_finding_at(report, i);
    const bool has_index = finding.index != UINT64_MAX,
               has_other = finding.other_source && finding.other_index != UINT64_MAX;
    const struct dsi_value row[DSI_FINDING_COLUMNS] = {
        dsi_text(dsi_severity_name(finding.severity)),
        dsi_text(finding.rule),
        dsi_text(finding.source),
        has_index ? dsi_uint(finding.index) : dsi_null(),
        dsi_text(finding.label),
        dsi_text(finding.other_source),
        has_other ? dsi_uint(finding.other_index) : dsi_null(),
        dsi_text(finding.other_label),
        dsi_text_n((const char *)detail->data, detail->n)};
    return dsi_report_row(report, row, err);
}

static size_t position_of(const char *rule, const char *const *rules)
{
    size_t i = 0;
    while (rules[i] && strcmp(rules[i], rule) != 0)
        i++;
    return i;
}

static enum dsi_status add_rows(struct dsi_report *report, const char *const *rules,
                                uint64_t *n_of_rule, struct dsi_bytes *detail,
                                struct dsi_error *err)
{
    for (size_t i = 0; i < report->n_findings; i++) {
        const struct dsi_finding finding = dsi_report_finding_at(report, i);
        size_t rule = position_of(finding.rule, rules);
        if (!rules[rule])
            continue;
        struct stored_finding stored = stored_at(report, i);
        stored.is_row = true;
        memcpy(report->findings.data + i * sizeof stored, &stored, sizeof stored);
        n_of_rule[rule] += finding.n_cases;
        DSI_TRY(add_row(report, i, detail, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_report_rows_of_findings(struct dsi_report *report,
                                            const char *const *rules,
                                            struct dsi_error *err)
{
    size_t n = 0;
    while (rules[n])
        n++;
    uint64_t *n_of_rule = dsi_alloc_zeroed(n, sizeof *n_of_rule);
    struct dsi_bytes detail = {0};
    if (!n_of_rule)
        return dsi_fail_memory(err, n * sizeof *n_of_rule);
    enum dsi_status status = add_rows(report, rules, n_of_rule, &detail, err);
    for (size_t i = 0; i < n && status == DSI_OK; i++)
        status = dsi_report_summary(report, rules[i], dsi_uint(n_of_rule[i]), err);
    dsi_bytes_free(&detail);
    free(n_of_rule);
    return status;
}
