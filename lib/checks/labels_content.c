/* Samples of the same content, as dups groups them, whose labels or splits differ. */
#include "dup_groups.h"
#include "labels.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Findings listed of one rule at most; the rest is counted. */
enum { MAX_LISTED = 10000 };

enum rule { CONFLICT, LEAK, N_RULES };

static const char *const rule_names[N_RULES] = {
    [CONFLICT] = "dup_conflict", [LEAK] = "split_leak"};

/* A member of a group of equal samples, and what it is called. */
struct member {
    struct dsi_dup_sample sample;
    struct dsi_bytes where, label;
};

struct finder {
    const struct dsi_labels_state *labels;
    const struct dsi_dup_groups *groups;
    const struct dsi_dup_label_names *names;
    struct dsi_report *report;
    uint64_t n_found[N_RULES];
    /* Of the group at hand, the first with a label and the first of a split. */
    struct dsi_dup_sample labelled, in_split;
    bool has_labelled, has_split;
    struct member member, other; /* the two at hand */
};

static const char *text_of(const struct dsi_bytes *bytes)
{
    return (const char *)bytes->data;
}

static const char *source_of(const struct finder *finder, uint64_t group)
{
    return finder->labels->content->dataset->groups[group].name;
}

/* NULL: it has none. */
static const char *label_of(const struct member *member)
{
    return member->sample.label.kind == DSI_DUP_UNLABELLED ? NULL
                                                           : text_of(&member->label);
}

static enum dsi_status name_member(const struct finder *finder, struct member *member,
                                   const struct dsi_dup_sample *sample,
                                   struct dsi_error *err)
{
    member->sample = *sample;
    DSI_TRY(dsi_dups_where(finder->labels->content, sample->group, sample->index,
                           &member->where, err));
    return dsi_dup_label_name(finder->names, sample->label, &member->label, err);
}

static enum dsi_status find(struct finder *finder, enum rule rule,
                            struct dsi_error *err, const char *format, ...)
    DSI_PRINTF(4, 5);

/* Of the two at hand. */
static enum dsi_status find(struct finder *finder, enum rule rule,
                            struct dsi_error *err, const char *format, ...)
{
    const struct member *member = &finder->member, *other = &finder->other;
    const struct dsi_finding finding = {
        .rule = rule_names[rule],
        .severity = DSI_ERROR,
        .source = source_of(finder, member->sample.group),
        .index = member->sample.index,
        .where = text_of(&member->where),
        .label = label_of(member),
        .other_source = source_of(finder, other->sample.group),
        .other_index = other->sample.index,
        .other_label = label_of(other),
        .other_where = text_of(&other->where)};
    va_list args;
    va_start(args, format);
    enum dsi_status status =
        dsi_report_find(finder->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* --- a member of a group ------------------------------------------------------------
 */

/* A label that --sentinel says is none. */
static bool is_sentinel(const struct finder *finder, const char *label)
{
    const struct dsi_balance_parameters *p = &finder->labels->parameters->classes;
    for (size_t i = 0; i < p->n_sentinels; i++)
        if (strcmp(p->sentinels[i], label) == 0)
            return true;
    return false;
}

static enum dsi_status drop_sentinel(struct finder *finder,
                                     struct dsi_dup_sample *sample,
                                     struct dsi_error *err)
{
    if (finder->labels->parameters->classes.n_sentinels == 0 ||
        sample->label.kind == DSI_DUP_UNLABELLED)
        return DSI_OK;
    DSI_TRY(
        dsi_dup_label_name(finder->names, sample->label, &finder->member.label, err));
    if (is_sentinel(finder, text_of(&finder->member.label)))
        sample->label = (struct dsi_dup_label){.kind = DSI_DUP_UNLABELLED};
    return DSI_OK;
}

/* Against the first member that has a label. */
static enum dsi_status look_at_label(struct finder *finder,
                                     const struct dsi_dup_sample *sample,
                                     struct dsi_error *err)
{
    if (sample->label.kind == DSI_DUP_UNLABELLED)
        return DSI_OK;
    if (!finder->has_labelled) {
        finder->has_labelled = true;
        finder->labelled = *sample;
        return DSI_OK;
    }
    if (!dsi_dup_labels_differ(finder->labelled.label, sample->label) ||
        finder->n_found[CONFLICT]++ >= MAX_LISTED)
        return DSI_OK;
    DSI_TRY(name_member(finder, &finder->member, sample, err));
    DSI_TRY(name_member(finder, &finder->other, &finder->labelled, err));
    return find(finder, CONFLICT, err,
                "the same as %s, but labelled '%.200s', not '%.200s'",
                text_of(&finder->other.where), text_of(&finder->member.label),
                text_of(&finder->other.label));
}

/* Against the first member that is of a split. */
static enum dsi_status look_at_split(struct finder *finder,
                                     const struct dsi_dup_sample *sample,
                                     struct dsi_error *err)
{
    const char *split = finder->groups->splits[sample->group];
    if (!split)
        return DSI_OK;
    if (!finder->has_split) {
        finder->has_split = true;
        finder->in_split = *sample;
        return DSI_OK;
    }
    const char *other = finder->groups->splits[finder->in_split.group];
    if (strcmp(split, other) == 0 || finder->n_found[LEAK]++ >= MAX_LISTED)
        return DSI_OK;
    DSI_TRY(name_member(finder, &finder->member, sample, err));
    DSI_TRY(name_member(finder, &finder->other, &finder->in_split, err));
    return find(finder, LEAK, err, "the same as %s, but in '%.200s', not '%.200s'",
                text_of(&finder->other.where), split, other);
}

/* --- all groups ---------------------------------------------------------------------
 */

/* Both lists are in the same order: the members of a group stand together. */
static enum dsi_status look_at_groups(struct finder *finder,
                                      struct dsi_sorted_cursor *groups,
                                      struct dsi_sorted_cursor *members,
                                      struct dsi_error *err)
{
    const uint64_t *record;
    for (;;) {
        DSI_TRY(dsi_sorted_cursor_next(groups, &record, err));
        if (!record)
            return DSI_OK;
        const uint64_t size = record[DSI_DUP_GROUP_SIZE];
        finder->has_labelled = finder->has_split = false;
        for (uint64_t i = 0; i < size; i++) {
            DSI_TRY(dsi_sorted_cursor_next(members, &record, err));
            struct dsi_dup_sample sample = dsi_dup_member_of(record);
            if (finder->labels->content->dataset->groups[sample.group].is_hidden)
                continue;
            DSI_TRY(drop_sentinel(finder, &sample, err));
            DSI_TRY(look_at_label(finder, &sample, err));
            DSI_TRY(look_at_split(finder, &sample, err));
        }
    }
}

static enum dsi_status tell_rest(const struct finder *finder, struct dsi_error *err)
{
    char detail[96];
    for (int r = 0; r < N_RULES; r++) {
        if (finder->n_found[r] <= MAX_LISTED)
            continue;
        const uint64_t n = finder->n_found[r] - MAX_LISTED;
        const struct dsi_finding rest = {.rule = rule_names[r],
                                         .severity = DSI_ERROR,
                                         .index = UINT64_MAX,
                                         .detail = detail,
                                         .n_cases = n};
        snprintf(detail, sizeof detail,
                 "%" PRIu64 " further samples of the same content are not listed", n);
        DSI_TRY(dsi_report_finding(finder->report, &rest, err));
    }
    return DSI_OK;
}

static enum dsi_status look_at_all(struct finder *finder, struct dsi_error *err)
{
    struct dsi_sorted_cursor *groups = NULL, *members = NULL;
    enum dsi_status status =
        dsi_sorted_cursor_open(&groups, &finder->groups->groups, err);
    if (status == DSI_OK)
        status = dsi_sorted_cursor_open(&members, &finder->groups->members, err);
    if (status == DSI_OK)
        status = look_at_groups(finder, groups, members, err);
    dsi_sorted_cursor_close(groups);
    dsi_sorted_cursor_close(members);
    return status == DSI_OK ? tell_rest(finder, err) : status;
}

/* Several inputs are splits of one set, whatever they are called. */
static void name_splits(struct dsi_dup_groups *groups)
{
    const struct dsi_dataset *dataset = groups->dups->dataset;
    const bool are_splits = dsi_dataset_n_shown(dataset) > 1;
    for (size_t g = 0; g < dataset->n_groups; g++)
        if (!groups->splits[g] && are_splits)
            groups->splits[g] = dataset->groups[g].name;
}

enum dsi_status dsi_labels_find_content(const struct dsi_labels_state *labels,
                                        struct dsi_report *report,
                                        struct dsi_error *err)
{
    struct dsi_dup_groups groups;
    struct dsi_dup_label_names *names = NULL;
    enum dsi_status status = dsi_dup_groups_init(&groups, labels->content, err);
    if (status == DSI_OK)
        name_splits(&groups);
    if (status == DSI_OK)
        status = dsi_dup_groups_find_equal(&groups, err);
    if (status == DSI_OK)
        status = dsi_dup_label_names_make(&names, labels->content, err);
    if (status == DSI_OK) {
        struct finder finder = {
            .labels = labels, .groups = &groups, .names = names, .report = report};
        status = look_at_all(&finder, err);
        dsi_bytes_free(&finder.member.where);
        dsi_bytes_free(&finder.member.label);
        dsi_bytes_free(&finder.other.where);
        dsi_bytes_free(&finder.other.label);
    }
    dsi_dup_label_names_free(names);
    dsi_dup_groups_free(&groups);
    return status;
}
