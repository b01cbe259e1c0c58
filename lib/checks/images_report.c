/* Rows, summary and findings of images. */
#include "images_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A picture that has the issue at hand. */
struct found {
    double score;
    size_t kin;   /* of duplicates the place of the first; else 0 */
    size_t place; /* in the order of the set */
};

struct finishing {
    const struct dsi_images *images;
    const struct dsi_images_set *set;
    struct dsi_report *report;
    bool prints_issues; /* a row each; else rows are of pictures */
    struct found *found;
    size_t n_found;
    struct dsi_bytes where, detail; /* rooms */
};

enum dsi_status dsi_images_where(const struct dsi_images *images, size_t i,
                                 struct dsi_bytes *text, const char **where,
                                 struct dsi_error *err)
{
    const struct dsi_image_record *record = &images->records.records[i];
    *where = dsi_image_record_where(&images->records, i);
    if (*where)
        return DSI_OK;
    const char *source = dsi_group_source(&images->dataset->groups[record->group]);
    char number[32];
    const int n = snprintf(number, sizeof number, "[%" PRIu64 "]", record->sample);
    text->n = 0;
    DSI_TRY(dsi_bytes_append(text, source, strlen(source), err));
    DSI_TRY(dsi_bytes_append(text, number, (size_t)n + 1, err));
    *where = (const char *)text->data;
    return DSI_OK;
}

/* --- details -------------------------------------------------------------------------
 */

enum { DETAIL_SIZE = 160 };

static const char *const turns[] = {
    [2] = "mirrored",
    [3] = "upside down",
    [4] = "upside down and mirrored",
    [5] = "on its left side and mirrored",
    [6] = "on its left side, turn it clockwise",
    [7] = "on its right side and mirrored",
    [8] = "on its right side, turn it anticlockwise",
};

static void describe(const struct finishing *f, size_t i, enum dsi_image_issue issue,
                     double score, char detail[DETAIL_SIZE])
{
    const struct dsi_image_record *record = &f->images->records.records[i];
    const char *mode = dsi_picture_mode_names[record->mode];
    const double shown = issue == DSI_ISSUE_LIGHT             ? 1 - score
                         : issue == DSI_ISSUE_LOW_INFORMATION ? 10 * score
                                                              : score;
    switch (issue) {
    case DSI_ISSUE_EXIF_ROTATED:
        snprintf(detail, DETAIL_SIZE, "EXIF orientation %u: stored %s",
                 record->orientation, turns[record->orientation]);
        break;
    case DSI_ISSUE_UNUSUAL_MODE:
        snprintf(detail, DETAIL_SIZE,
                 "%s, as %" PRIu64 " of %zu are; most often it is %s", mode,
                 f->set->n_of_mode[record->mode], f->images->records.n,
                 dsi_picture_mode_names[f->set->commonest]);
        break;
    case DSI_ISSUE_DARK:
        snprintf(detail, DETAIL_SIZE, "99 %% of the pixels are at most %.3g bright",
                 shown);
        break;
    case DSI_ISSUE_LIGHT:
        snprintf(detail, DETAIL_SIZE, "95 %% of the pixels are at least %.3g bright",
                 shown);
        break;
    case DSI_ISSUE_LOW_INFORMATION:
        snprintf(detail, DETAIL_SIZE, "the entropy of its values is %.3g bits", shown);
        break;
    case DSI_ISSUE_BLURRY:
        snprintf(detail, DETAIL_SIZE, "few and faint edges at 64 pixels a side");
        break;
    case DSI_ISSUE_GRAYSCALE:
        snprintf(detail, DETAIL_SIZE, "mode %s", mode);
        break;
    case DSI_ISSUE_ODD_SIZE:
        snprintf(detail, DETAIL_SIZE,
                 "%" PRIu32 " x %" PRIu32 " pixels; the middle of the set is %.0f "
                 "squared",
                 record->width, record->height, f->set->middle);
        break;
    default:
        snprintf(detail, DETAIL_SIZE, "%" PRIu32 " x %" PRIu32 " pixels", record->width,
                 record->height);
    }
}

static bool is_of_kin(enum dsi_image_issue issue)
{
    return issue == DSI_ISSUE_EXACT_DUPLICATES || issue == DSI_ISSUE_NEAR_DUPLICATES;
}

/* Of duplicates: which they are duplicates of. */
static enum dsi_status describe_kin(struct finishing *f, const struct found *found,
                                    enum dsi_image_issue issue, struct dsi_error *err)
{
    const char *first;
    char words[64];
    struct dsi_image_kin kin;
    f->detail.n = 0;
    dsi_images_has_kin(f->set, found->place, issue, &kin);
    const size_t i = f->set->order[kin.first];
    const int n =
        snprintf(words, sizeof words, "one of %zu that %s; the first is ", kin.n,
                 issue == DSI_ISSUE_EXACT_DUPLICATES ? "are the same" : "look alike");
    DSI_TRY(dsi_images_where(f->images, i, &f->where, &first, err));
    DSI_TRY(dsi_bytes_append(&f->detail, words, (size_t)n, err));
    return dsi_bytes_append(&f->detail, first, strlen(first) + 1, err);
}

/* The detail of what was found, in f->detail. */
static enum dsi_status describe_found(struct finishing *f, const struct found *found,
                                      enum dsi_image_issue issue, struct dsi_error *err)
{
    char detail[DETAIL_SIZE];
    if (is_of_kin(issue))
        return describe_kin(f, found, issue, err);
    describe(f, f->set->order[found->place], issue, found->score, detail);
    f->detail.n = 0;
    return dsi_bytes_append(&f->detail, detail, strlen(detail) + 1, err);
}

/* --- rows ----------------------------------------------------------------------------
 */

static enum dsi_status add_row(const struct finishing *f, const char *where,
                               enum dsi_image_issue issue, double score,
                               const char *detail, struct dsi_error *err)
{
    const struct dsi_value row[DSI_IMAGES_COLUMNS] = {
        dsi_text(where), dsi_text(dsi_image_issues[issue].name), dsi_float(score),
        dsi_text(detail)};
    return f->prints_issues ? dsi_report_row(f->report, row, err) : DSI_OK;
}

static enum dsi_status add_file_rows(const struct finishing *f,
                                     enum dsi_image_issue issue, struct dsi_error *err)
{
    const struct dsi_record_list *list = &f->images->file_issues;
    char detail[DSI_ERROR_MESSAGE_SIZE + 64];
    for (size_t i = 0; i < list->n; i++) {
        const struct dsi_record record = dsi_record_list_at(list, i);
        if (record.key[2] != issue)
            continue;
        const char *text = record.texts[DSI_FILE_ISSUE_DETAIL];
        snprintf(detail, sizeof detail, "%s", text ? text : "");
        if (record.number > 1)
            snprintf(detail, sizeof detail, "%s; %" PRIu64 " pictures are lost",
                     text ? text : "", record.number);
        DSI_TRY(add_row(f, record.texts[DSI_FILE_ISSUE_WHERE], issue, 0, detail, err));
    }
    return DSI_OK;
}

static int compare_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    if (x->kin != y->kin)
        return x->kin < y->kin ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The pictures that have the issue, worst first. */
static void find_all(struct finishing *f, enum dsi_image_issue issue)
{
    f->n_found = 0;
    for (size_t place = 0; place < f->images->records.n; place++) {
        struct found found = {.place = place};
        struct dsi_image_kin kin;
        if (!dsi_images_has(f->images, f->set, place, issue, &found.score))
            continue;
        if (is_of_kin(issue) && dsi_images_has_kin(f->set, place, issue, &kin))
            found.kin = kin.first;
        f->found[f->n_found++] = found;
    }
    if (f->n_found)
        qsort(f->found, f->n_found, sizeof *f->found, compare_found);
}

static enum dsi_status add_rows(struct finishing *f, enum dsi_image_issue issue,
                                struct dsi_error *err)
{
    const char *where;
    for (size_t k = 0; f->prints_issues && k < f->n_found; k++) {
        const size_t i = f->set->order[f->found[k].place];
        DSI_TRY(describe_found(f, &f->found[k], issue, err));
        DSI_TRY(dsi_images_where(f->images, i, &f->where, &where, err));
        DSI_TRY(add_row(f, where, issue, f->found[k].score,
                        (const char *)f->detail.data, err));
    }
    return DSI_OK;
}

/* --- findings ------------------------------------------------------------------------
 */

/* One for each group and issue: how many, and the worst of them. What is wrong with
 * files has a finding each, of check_readable.c. */
static enum dsi_status add_finding(struct finishing *f, size_t group,
                                   enum dsi_image_issue issue, struct dsi_error *err)
{
    const struct dsi_image_record *records = f->images->records.records;
    size_t worst = SIZE_MAX;
    uint64_t n = 0;
    for (size_t k = f->n_found; k-- > 0;)
        if (records[f->set->order[f->found[k].place]].group == group) {
            worst = k;
            n++;
        }
    if (n == 0)
        return DSI_OK;
    const size_t i = f->set->order[f->found[worst].place];
    const uint64_t n_images = f->images->groups[group].n_images;
    struct dsi_bytes text = {0};
    struct dsi_finding finding = {
        .rule = dsi_image_issues[issue].name,
        .severity = DSI_WARNING,
        .source = dsi_group_source(&f->images->dataset->groups[group]),
        .index = records[i].sample};
    char count[80];
    DSI_TRY(describe_found(f, &f->found[worst], issue, err));
    snprintf(count, sizeof count, "%" PRIu64 " of %" PRIu64 " picture%s%s: ", n,
             n_images, n_images == 1 ? "" : "s",
             n == 1 || is_of_kin(issue) ? "" : ", this one worst");
    enum dsi_status status = dsi_bytes_append(&text, count, strlen(count), err);
    if (status == DSI_OK)
        status = dsi_bytes_append(&text, f->detail.data, f->detail.n, err);
    if (status == DSI_OK)
        status = dsi_images_where(f->images, i, &f->where, &finding.where, err);
    finding.detail = (const char *)text.data;
    if (status == DSI_OK)
        status = dsi_report_finding(f->report, &finding, err);
    dsi_bytes_free(&text);
    return status;
}

static enum dsi_status add_not_pictures(const struct finishing *f, size_t group,
                                        struct dsi_error *err)
{
    const char *source = dsi_group_source(&f->images->dataset->groups[group]);
    const struct dsi_finding finding = {
        .rule = "not_pictures",
        .severity = DSI_NOTE,
        .source = source,
        .index = UINT64_MAX,
        .where = source,
        .detail = "not looked at: arrays of pictures are uint8, (N, height, width) or "
                  "with an axis of 1 to 4 channels (--channel-axis)"};
    return f->images->groups[group].has_others
               ? dsi_report_finding(f->report, &finding, err)
               : DSI_OK;
}

static enum dsi_status add_not_listed(const struct finishing *f, struct dsi_error *err)
{
    char detail[96];
    const struct dsi_finding finding = {.rule = "not_listed",
                                        .severity = DSI_NOTE,
                                        .index = UINT64_MAX,
                                        .detail = detail};
    const uint64_t n = f->images->file_issues.n_dropped;
    snprintf(detail, sizeof detail, "%" PRIu64 " further files with issues have no row",
             n);
    return n ? dsi_report_finding(f->report, &finding, err) : DSI_OK;
}

/* --- all of it -----------------------------------------------------------------------
 */

static enum dsi_status report_issue(struct finishing *f, enum dsi_image_issue issue,
                                    struct dsi_error *err)
{
    const struct dsi_dataset *dataset = f->images->dataset;
    uint64_t n = 0;
    if (!dsi_images_asks(f->images, issue))
        return DSI_OK;
    if (issue <= DSI_ISSUE_SUFFIX_LIES) { /* the last of files */
        for (size_t g = 0; g < dataset->n_groups; g++)
            n += f->images->groups[g].n_of_files[issue];
        DSI_TRY(add_file_rows(f, issue, err));
    } else {
        find_all(f, issue);
        n = f->n_found;
        DSI_TRY(add_rows(f, issue, err));
        for (size_t g = 0; g < dataset->n_groups; g++)
            DSI_TRY(add_finding(f, g, issue, err));
    }
    return dsi_report_summary(f->report, dsi_image_issues[issue].name, dsi_uint(n),
                              err);
}

static enum dsi_status report_all(struct finishing *f, struct dsi_error *err)
{
    uint64_t n_images = 0;
    for (size_t g = 0; g < f->images->dataset->n_groups; g++) {
        n_images += f->images->groups[g].n_images;
        DSI_TRY(add_not_pictures(f, g, err));
    }
    DSI_TRY(dsi_report_summary(f->report, "images", dsi_uint(n_images), err));
    for (int issue = 0; issue < DSI_N_IMAGE_ISSUES; issue++)
        DSI_TRY(report_issue(f, (enum dsi_image_issue)issue, err));
    if (f->prints_issues)
        return add_not_listed(f, err);
    return dsi_images_report_all(f->images, f->set, f->report, err);
}

enum dsi_status dsi_images_report(struct dsi_images *images, struct dsi_report *report,
                                  struct dsi_error *err)
{
    struct dsi_images_set set;
    struct finishing f = {.images = images,
                          .set = &set,
                          .report = report,
                          .prints_issues = !images->records.keeps_all};
    dsi_record_list_sort(&images->file_issues);
    enum dsi_status status = dsi_images_set_make(images, &set, err);
    if (status == DSI_OK) {
        f.found = dsi_alloc_array(images->records.n + 1, sizeof *f.found);
        status = f.found ? report_all(&f, err)
                         : dsi_fail_memory(err, images->records.n * sizeof *f.found);
    }
    free(f.found);
    dsi_bytes_free(&f.where);
    dsi_bytes_free(&f.detail);
    dsi_images_set_free(&set);
    return status;
}
