#include "manifest_content.h"

#include "dup_groups.h"
#include "manifest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Findings listed of one rule at most; the rest is counted. */
enum { MAX_LISTED = 10000 };

enum rule { CONFLICT, LEAK, N_RULES };

static const char *const rule_names[N_RULES] = {
    [CONFLICT] = "dup_conflict", [LEAK] = "split_leak"};

/* A row that is the first to name a picture. */
struct entry {
    const char *path;
    size_t manifest;
    uint64_t row;
};

struct checking {
    struct dsi_tool_scan *scan;
    struct dsi_manifest *manifests;
    size_t n_manifests;
    struct entry *entries; /* sample by sample */
    uint64_t n_entries;
    struct dsi_dataset pictures;
    uint64_t n_found[N_RULES];
    /* Of the group at hand, the first with a label and the first of a split. */
    const struct entry *labelled, *in_split;
};

/* --- rows ---------------------------------------------------------------------------
 */

/* NULL: the row has none. */
static const char *label_of(const struct checking *c, const struct entry *entry)
{
    const struct dsi_manifest *manifest = &c->manifests[entry->manifest];
    if (!manifest->labels)
        return NULL;
    const char *label =
        (const char *)manifest->text.data + manifest->labels[entry->row];
    return *label ? label : NULL;
}

/* Where the table has no column of splits, the table. */
static const char *split_of(const struct checking *c, const struct entry *entry)
{
    const struct dsi_manifest *manifest = &c->manifests[entry->manifest];
    return manifest->splits
               ? (const char *)manifest->text.data + manifest->splits[entry->row]
               : manifest->source;
}

static bool is_picture(const char *path)
{
    struct stat info;
    const struct dsi_format *format = dsi_format_of_suffix(path);
    return format && format->is_image && stat(path, &info) == 0 &&
           !S_ISDIR(info.st_mode);
}

static int by_row(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    const int order = (a->manifest > b->manifest) - (a->manifest < b->manifest);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int by_path(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    const int order = strcmp(a->path, b->path);
    return order ? order : by_row(left, right);
}

/* Rows that name a file once more are found by their paths. */
static enum dsi_status list_entries(struct checking *c, struct dsi_error *err)
{
    uint64_t n = 0, n_first = 0;
    for (size_t m = 0; m < c->n_manifests; m++)
        n += c->manifests[m].n;
    c->entries = dsi_alloc_array(n, sizeof *c->entries);
    if (!c->entries)
        return dsi_fail_memory(err, n * sizeof *c->entries);
    n = 0;
    for (size_t m = 0; m < c->n_manifests; m++) {
        const struct dsi_manifest *manifest = &c->manifests[m];
        for (uint64_t row = 0; row < manifest->n; row++)
            c->entries[n++] = (struct entry){
                (const char *)manifest->text.data + manifest->paths[row], m, row};
    }
    qsort(c->entries, n, sizeof *c->entries, by_path);
    const char *last = "";
    for (uint64_t i = 0; i < n; i++) {
        const struct entry entry = c->entries[i];
        if (strcmp(entry.path, last) != 0 && is_picture(entry.path))
            c->entries[n_first++] = entry;
        last = entry.path;
    }
    c->n_entries = n_first;
    qsort(c->entries, n_first, sizeof *c->entries, by_row);
    return DSI_OK;
}

/* --- findings -----------------------------------------------------------------------
 */

static enum dsi_status find(struct checking *c, enum rule rule,
                            const struct entry *entry, const struct entry *other,
                            struct dsi_error *err, const char *format, ...)
    DSI_PRINTF(6, 7);

static enum dsi_status find(struct checking *c, enum rule rule,
                            const struct entry *entry, const struct entry *other,
                            struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rule_names[rule],
                                        .severity = DSI_ERROR,
                                        .source = c->manifests[entry->manifest].source,
                                        .index = entry->row,
                                        .where = entry->path,
                                        .label = label_of(c, entry),
                                        .other_source =
                                            c->manifests[other->manifest].source,
                                        .other_index = other->row,
                                        .other_label = label_of(c, other),
                                        .other_where = other->path};
    va_list args;
    if (c->n_found[rule]++ >= MAX_LISTED)
        return DSI_OK;
    va_start(args, format);
    enum dsi_status status =
        dsi_report_find(c->scan->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* Against the first that has a label, and the first of all. */
static enum dsi_status look_at(struct checking *c, const struct entry *entry,
                               struct dsi_error *err)
{
    const char *label = label_of(c, entry), *split = split_of(c, entry);
    if (label && !c->labelled)
        c->labelled = entry;
    if (!c->in_split)
        c->in_split = entry;
    if (label && strcmp(label, label_of(c, c->labelled)) != 0)
        DSI_TRY(find(c, CONFLICT, entry, c->labelled, err,
                     "the same as %s, but labelled '%.200s', not '%.200s'",
                     c->labelled->path, label, label_of(c, c->labelled)));
    const char *other = split_of(c, c->in_split);
    if (strcmp(split, other) == 0)
        return DSI_OK;
    return find(c, LEAK, entry, c->in_split, err,
                "the same as %s, but in '%.200s', not '%.200s'", c->in_split->path,
                split, other);
}

static enum dsi_status tell_rest(const struct checking *c, struct dsi_error *err)
{
    char detail[96];
    for (int r = 0; r < N_RULES; r++) {
        if (c->n_found[r] <= MAX_LISTED)
            continue;
        const struct dsi_finding rest = {.rule = rule_names[r],
                                         .severity = DSI_ERROR,
                                         .index = UINT64_MAX,
                                         .detail = detail,
                                         .n_cases = c->n_found[r] - MAX_LISTED};
        snprintf(detail, sizeof detail,
                 "%" PRIu64 " further rows of the same content are not listed",
                 rest.n_cases);
        DSI_TRY(dsi_report_finding(c->scan->report, &rest, err));
    }
    return DSI_OK;
}

/* --- groups of the same content -----------------------------------------------------
 */

/* The members of a group stand together, behind each other's first. */
static enum dsi_status look_at_members(struct checking *c,
                                       struct dsi_sorted_cursor *members,
                                       struct dsi_error *err)
{
    uint64_t first = UINT64_MAX;
    const uint64_t *record;
    for (;;) {
        DSI_TRY(dsi_sorted_cursor_next(members, &record, err));
        if (!record)
            return tell_rest(c, err);
        const struct dsi_dup_sample sample = dsi_dup_member_of(record);
        if (record[DSI_MEMBER_FIRST_INDEX] != first)
            c->labelled = c->in_split = NULL;
        first = record[DSI_MEMBER_FIRST_INDEX];
        DSI_TRY(look_at(c, &c->entries[sample.index], err));
    }
}

static enum dsi_status look_at_groups(struct checking *c, const struct dsi_dups *dups,
                                      struct dsi_error *err)
{
    struct dsi_dup_groups groups;
    struct dsi_sorted_cursor *members = NULL;
    enum dsi_status status = dsi_dup_groups_init(&groups, dups, err);
    if (status == DSI_OK)
        status = dsi_dup_groups_find_equal(&groups, err);
    if (status == DSI_OK)
        status = dsi_sorted_cursor_open(&members, &groups.members, err);
    if (status == DSI_OK)
        status = look_at_members(c, members, err);
    dsi_sorted_cursor_close(members);
    dsi_dup_groups_free(&groups);
    return status;
}

static enum dsi_status open_pictures(struct checking *c, struct dsi_error *err)
{
    struct dsi_dataset *pictures = &c->pictures;
    const struct dsi_dataset *tables = &c->scan->dataset;
    *pictures =
        (struct dsi_dataset){.options = tables->options, .helpers = dsi_helpers_new()};
    pictures->options.need = DSI_NEED_VALUES | DSI_NEED_LABELS;
    pictures->options.values_beside_labels = false;
    pictures->options.open.helpers = pictures->helpers;
    if (!pictures->helpers)
        return dsi_fail_memory(err, sizeof pictures->helpers);
    const struct dsi_opening opening = {.dataset = pictures,
                                        .report = c->scan->report,
                                        .input =
                                            c->manifests[c->entries->manifest].source};
    for (uint64_t i = 0; i < c->n_entries; i++)
        DSI_TRY(dsi_layout_image_add(&opening, c->entries[i].path, err));
    return DSI_OK;
}

/* What could not be read, and what readers had to say: of a picture, told of its row.
 */
static enum dsi_status tell_unreadable(const struct checking *c, void *readable,
                                       struct dsi_error *err)
{
    extern const struct dsi_check dsi_check_readable;
    struct dsi_report *report = dsi_tool_report(c->scan->call->tool);
    if (!report)
        return dsi_fail_memory(err, sizeof(void *));
    enum dsi_status status = dsi_check_readable.finish(readable, report, err);
    for (size_t i = 0; status == DSI_OK && i < dsi_report_n_findings(report); i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (finding.index < c->n_entries) {
            const struct entry *entry = &c->entries[finding.index];
            finding.source = c->manifests[entry->manifest].source;
            finding.index = entry->row;
            finding.label = label_of(c, entry);
        }
        status = dsi_report_finding(c->scan->report, &finding, err);
    }
    dsi_report_free(report);
    return status;
}

/* Every shard has all the tables, and reports as one. */
static enum dsi_status scan_pictures(struct checking *c,
                                     const struct dsi_dups_parameters *content,
                                     struct dsi_error *err)
{
    extern const struct dsi_check dsi_check_dups, dsi_check_readable;
    struct dsi_common common = *c->scan->call->common;
    struct dsi_tool_call call = *c->scan->call;
    struct dsi_check_run runs[] = {{.check = &dsi_check_dups, .parameters = content},
                                   {.check = &dsi_check_readable}};
    common.shard = NULL;
    call.common = &common;
    enum dsi_status status = open_pictures(c, err);
    if (status == DSI_OK)
        status = dsi_tool_scan_beside(&call, &c->pictures, runs, 2, err);
    if (status == DSI_OK)
        status = tell_unreadable(c, runs[1].state, err);
    if (status == DSI_OK)
        status = look_at_groups(c, runs[0].state, err);
    dsi_check_run_free(&runs[0]);
    dsi_check_run_free(&runs[1]);
    dsi_dataset_close(&c->pictures);
    return status;
}

enum dsi_status dsi_manifest_content_check(struct dsi_tool_scan *scan, const char *root,
                                           const struct dsi_dups_parameters *content,
                                           struct dsi_error *err)
{
    struct checking c = {.scan = scan};
    enum dsi_status status =
        dsi_manifests_read(&scan->dataset, root, &c.manifests, &c.n_manifests, err);
    if (status == DSI_OK)
        status = list_entries(&c, err);
    if (status == DSI_OK && c.n_entries > 1)
        status = scan_pictures(&c, content, err);
    dsi_manifests_free(c.manifests, c.n_manifests);
    free(c.entries);
    return status;
}
