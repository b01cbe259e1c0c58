/* What is wrong between tables that name files, and the files. */
#include "manifest.h"

#include "walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Findings listed of one rule at most; the rest is counted. */
enum { MAX_LISTED = 10000 };

enum rule { ORPHAN_LABEL, ORPHAN_DATA, DUPLICATE, CONFLICT, LEAK, N_RULES };

static const struct {
    const char *name;
    enum dsi_severity severity;
} rules[N_RULES] = {
    [ORPHAN_LABEL] = {"orphan_label", DSI_ERROR},
    [ORPHAN_DATA] = {"orphan_data", DSI_WARNING},
    [DUPLICATE] = {"duplicate_entry", DSI_WARNING},
    [CONFLICT] = {"dup_conflict", DSI_ERROR},
    [LEAK] = {"split_leak", DSI_ERROR},
};

/* A row of one of the tables, and the file it names. */
struct entry {
    const char *path;
    size_t manifest;
    uint64_t row;
    bool is_there;
};

struct checking {
    const struct dsi_dataset *dataset;
    struct dsi_report *report;
    struct dsi_manifest *manifests;
    size_t n_manifests;
    struct entry *entries; /* by path, then in the order of the tables */
    uint64_t n_entries;
    uint64_t n_found[N_RULES];
};

/* --- findings ------------------------------------------------------------------------
 */

static const char *text_at(const struct dsi_manifest *manifest, const uint64_t *at,
                           uint64_t row)
{
    return at ? (const char *)manifest->text.data + at[row] : NULL;
}

static const char *label_of(const struct checking *c, const struct entry *entry)
{
    const struct dsi_manifest *manifest = &c->manifests[entry->manifest];
    return text_at(manifest, manifest->labels, entry->row);
}

/* The split of a row; where the table has no such column, the table. */
static const char *split_of(const struct checking *c, const struct entry *entry)
{
    const struct dsi_manifest *manifest = &c->manifests[entry->manifest];
    const char *split = text_at(manifest, manifest->splits, entry->row);
    return split ? split : manifest->source;
}

/* entry and other may be NULL. */
static enum dsi_status find(struct checking *c, enum rule rule,
                            const struct entry *entry, const struct entry *other,
                            const char *where, const char *detail,
                            struct dsi_error *err)
{
    struct dsi_finding finding = {.rule = rules[rule].name,
                                  .severity = rules[rule].severity,
                                  .index = UINT64_MAX,
                                  .where = where,
                                  .detail = detail};
    if (c->n_found[rule]++ >= MAX_LISTED)
        return DSI_OK;
    if (c->n_manifests == 1)
        finding.source = c->manifests[0].source;
    if (entry) {
        finding.source = c->manifests[entry->manifest].source;
        finding.index = entry->row;
        finding.label = label_of(c, entry);
    }
    if (other) {
        finding.other_source = c->manifests[other->manifest].source;
        finding.other_index = other->row;
        finding.other_label = label_of(c, other);
    }
    return dsi_report_finding(c->report, &finding, err);
}

static enum dsi_status count(const struct checking *c, enum rule rule,
                             const char *source, uint64_t n, struct dsi_error *err,
                             const char *format, ...) DSI_PRINTF(6, 7);

static enum dsi_status count(const struct checking *c, enum rule rule,
                             const char *source, uint64_t n, struct dsi_error *err,
                             const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rules[rule].name,
                                        .severity = rules[rule].severity,
                                        .source = source,
                                        .index = UINT64_MAX,
                                        .where = source,
                                        .n_cases = n};
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(c->report, &finding, format, args, err);
    va_end(args);
    return status;
}

static enum dsi_status tell_rest(const struct checking *c, struct dsi_error *err)
{
    for (int r = 0; r < N_RULES; r++) {
        const uint64_t n = c->n_found[r] > MAX_LISTED ? c->n_found[r] - MAX_LISTED : 0;
        if (n)
            DSI_TRY(count(c, (enum rule)r, NULL, n, err,
                          "%" PRIu64 " further cases are not listed", n));
    }
    return DSI_OK;
}

/* --- rows that name the same file
 * ----------------------------------------------------- */

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    if (!order)
        order = (a->manifest > b->manifest) - (a->manifest < b->manifest);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static bool differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

static enum dsi_status find_repeat(struct checking *c, const struct entry *first,
                                   const struct entry *entry, struct dsi_error *err)
{
    const bool conflicts = differ(label_of(c, first), label_of(c, entry)),
               leaks = differ(split_of(c, first), split_of(c, entry));
    if (conflicts)
        DSI_TRY(find(c, CONFLICT, entry, first, entry->path,
                     "the same file under another label", err));
    if (leaks)
        DSI_TRY(find(c, LEAK, entry, first, entry->path,
                     "the same file in another split", err));
    if (conflicts || leaks)
        return DSI_OK;
    return find(c, DUPLICATE, entry, first, entry->path, "a row names the file already",
                err);
}

static enum dsi_status find_repeats(struct checking *c, struct dsi_error *err)
{
    uint64_t first = 0;
    for (uint64_t i = 1; i < c->n_entries; i++) {
        const char *path = c->entries[i].path;
        if (strcmp(c->entries[first].path, path) != 0)
            first = i;
        else if (*path)
            DSI_TRY(find_repeat(c, &c->entries[first], &c->entries[i], err));
    }
    return DSI_OK;
}

/* --- files that are not there
 * --------------------------------------------------------- */

/* Looks each file up once; returns how many rows of a table name one that is there. */
static void look_up(struct checking *c, uint64_t *n_there)
{
    struct stat info;
    for (uint64_t i = 0; i < c->n_entries; i++) {
        struct entry *entry = &c->entries[i];
        if (i > 0 && strcmp(entry->path, entry[-1].path) == 0)
            entry->is_there = entry[-1].is_there;
        else
            entry->is_there = stat(entry->path, &info) == 0 && !S_ISDIR(info.st_mode);
        n_there[entry->manifest] += entry->is_there;
    }
}

static enum dsi_status find_orphan_labels(struct checking *c, const uint64_t *n_there,
                                          struct dsi_error *err)
{
    for (size_t m = 0; m < c->n_manifests; m++) {
        const struct dsi_manifest *manifest = &c->manifests[m];
        if (manifest->n && n_there[m] == 0)
            DSI_TRY(count(c, ORPHAN_LABEL, manifest->source, manifest->n, err,
                          "none of the files of its %" PRIu64 " rows is there, such as "
                          "%.300s: are they below another folder (--root=DIR)?",
                          manifest->n, text_at(manifest, manifest->paths, 0)));
    }
    for (uint64_t i = 0; i < c->n_entries; i++) {
        const struct entry *entry = &c->entries[i];
        if (!entry->is_there && n_there[entry->manifest])
            DSI_TRY(find(c, ORPHAN_LABEL, entry, NULL, entry->path,
                         "the row names a file that is not there", err));
    }
    return DSI_OK;
}

/* --- files that no row names
 * ---------------------------------------------------------- */

/* The length of the folder that all files that are there lie in; SIZE_MAX: there is
 * none. */
static size_t common_folder(const struct checking *c, const char **path)
{
    size_t n = SIZE_MAX;
    for (uint64_t i = 0; i < c->n_entries; i++) {
        const char *other = c->entries[i].path;
        if (!c->entries[i].is_there)
            continue;
        if (n == SIZE_MAX) {
            *path = other;
            n = strlen(other);
        }
        size_t same = 0;
        while (same < n && other[same] == (*path)[same])
            same++;
        n = same;
    }
    while (n != SIZE_MAX && n > 0 && (*path)[n - 1] != '/')
        n--;
    return n;
}

static bool is_named(const struct checking *c, const char *path)
{
    uint64_t low = 0, high = c->n_entries;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const int order = strcmp(c->entries[middle].path, path);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static enum dsi_status compare_folder(struct checking *c, const struct dsi_walk *walk,
                                      size_t folder, struct dsi_bytes *path,
                                      struct dsi_error *err)
{
    const struct dsi_walk_folder *f = &walk->folders[folder];
    for (uint64_t i = 0; i < f->n_images; i++) {
        const char *name = dsi_walk_name(&walk->images, f->first_image + i);
        DSI_TRY(dsi_walk_path(walk, folder, name, path, err));
        dsi_path_make_plain((char *)path->data);
        if (!is_named(c, (const char *)path->data))
            DSI_TRY(find(c, ORPHAN_DATA, NULL, NULL, (const char *)path->data,
                         "a picture that no row names", err));
    }
    return DSI_OK;
}

static enum dsi_status find_orphan_data(struct checking *c, struct dsi_error *err)
{
    const char *path = NULL;
    const size_t n = common_folder(c, &path);
    if (n == SIZE_MAX)
        return DSI_OK;
    char *folder = n ? dsi_text_copy(path, n) : dsi_text_copy(".", 1);
    if (!folder)
        return dsi_fail_memory(err, n);
    struct dsi_walk walk;
    struct dsi_bytes found = {0};
    enum dsi_status status =
        dsi_walk(&walk, folder, &c->dataset->options, true, c->report, err);
    free(folder);
    if (status != DSI_OK)
        return status;
    for (size_t f = 0; f < walk.n_folders && status == DSI_OK; f++)
        status = compare_folder(c, &walk, f, &found, err);
    dsi_bytes_free(&found);
    dsi_walk_free(&walk);
    return status;
}

/* --- all of it
 * ------------------------------------------------------------------------ */

/* A table that cannot be read has a finding where its labels are. */
static enum dsi_status read_table(struct dsi_manifest *manifest,
                                  struct dsi_open_file *file, const char *root,
                                  struct dsi_error *err)
{
    if (strcmp(file->file.format->name, "csv") != 0 ||
        file->source.kind == DSI_SOURCE_STREAM)
        return DSI_OK;
    const enum dsi_status status = dsi_manifest_read(manifest, file, root, err);
    if (status == DSI_OK || status == DSI_ERR_MEMORY || status == DSI_ERR_INTERRUPTED)
        return status;
    manifest->n = 0;
    return DSI_OK;
}

enum dsi_status dsi_manifests_read(const struct dsi_dataset *dataset, const char *root,
                                   struct dsi_manifest **manifests, size_t *n,
                                   struct dsi_error *err)
{
    size_t n_files = 0;
    for (struct dsi_open_file *file = dataset->files; file; file = file->next)
        n_files++;
    *manifests = dsi_alloc_zeroed(n_files, sizeof **manifests);
    if (!*manifests)
        return dsi_fail_memory(err, n_files * sizeof **manifests);
    *n = n_files;
    /* The list has the last that was opened first. */
    for (struct dsi_open_file *file = dataset->files; file; file = file->next)
        DSI_TRY(read_table(&(*manifests)[--n_files], file, root, err));
    return DSI_OK;
}

void dsi_manifests_free(struct dsi_manifest *manifests, size_t n)
{
    for (size_t m = 0; m < n; m++)
        dsi_manifest_free(&manifests[m]);
    free(manifests);
}

static enum dsi_status list_entries(struct checking *c, struct dsi_error *err)
{
    uint64_t n = 0;
    for (size_t m = 0; m < c->n_manifests; m++)
        n += c->manifests[m].n;
    c->entries = dsi_alloc_array(n, sizeof *c->entries);
    if (!c->entries)
        return dsi_fail_memory(err, n * sizeof *c->entries);
    for (size_t m = 0; m < c->n_manifests; m++)
        for (uint64_t row = 0; row < c->manifests[m].n; row++)
            c->entries[c->n_entries++] = (struct entry){
                .path = text_at(&c->manifests[m], c->manifests[m].paths, row),
                .manifest = m,
                .row = row};
    qsort(c->entries, c->n_entries, sizeof *c->entries, compare_entries);
    return DSI_OK;
}

static enum dsi_status check(struct checking *c, struct dsi_error *err)
{
    uint64_t *n_there = dsi_alloc_zeroed(c->n_manifests, sizeof *n_there);
    if (!n_there)
        return dsi_fail_memory(err, c->n_manifests * sizeof *n_there);
    look_up(c, n_there);
    enum dsi_status status = find_repeats(c, err);
    if (status == DSI_OK)
        status = find_orphan_labels(c, n_there, err);
    free(n_there);
    if (status == DSI_OK)
        status = find_orphan_data(c, err);
    return status == DSI_OK ? tell_rest(c, err) : status;
}

enum dsi_status dsi_manifests_check(const struct dsi_dataset *dataset, const char *root,
                                    struct dsi_report *report, struct dsi_error *err)
{
    struct checking c = {.dataset = dataset, .report = report};
    enum dsi_status status =
        dsi_manifests_read(dataset, root, &c.manifests, &c.n_manifests, err);
    if (status == DSI_OK)
        status = list_entries(&c, err);
    if (status == DSI_OK && c.n_entries)
        status = check(&c, err);
    dsi_manifests_free(c.manifests, c.n_manifests);
    free(c.entries);
    return status;
}
