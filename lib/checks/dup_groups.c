#include "dup_groups.h"

#include "split_name.h"

#include <stdlib.h>
#include <string.h>

enum dsi_status dsi_dup_groups_init(struct dsi_dup_groups *groups,
                                    const struct dsi_dups *dups, struct dsi_error *err)
{
    const struct dsi_dataset *dataset = dups->dataset;
    const struct dsi_dups_parameters *p = dups->parameters;
    const uint64_t max_bytes = p->max_memory / 4;
    const struct dsi_sorted_limits limits = {max_bytes, max_bytes, p->folder};
    *groups = (struct dsi_dup_groups){
        .dups = dups,
        .splits = dsi_alloc_zeroed(dataset->n_groups, sizeof *groups->splits),
        .members = dsi_sorted_words_start(DSI_MEMBER_WORDS, limits),
        .groups = dsi_sorted_words_start(DSI_DUP_GROUP_WORDS, limits)};
    if (!groups->splits)
        return dsi_fail_memory(err, dataset->n_groups * sizeof *groups->splits);
    for (size_t g = 0; g < dataset->n_groups; g++)
        groups->splits[g] = dsi_split_of_group(dataset, g);
    return DSI_OK;
}

void dsi_dup_groups_free(struct dsi_dup_groups *groups)
{
    free(groups->splits);
    dsi_sorted_words_free(&groups->members);
    dsi_sorted_words_free(&groups->groups);
}

struct dsi_dup_sample dsi_dup_member_of(const uint64_t record[DSI_MEMBER_WORDS])
{
    return (struct dsi_dup_sample){
        .group = record[DSI_MEMBER_GROUP],
        .index = record[DSI_MEMBER_INDEX],
        .label = {(enum dsi_dup_label_kind)(record[DSI_MEMBER_DISTANCE] & 255),
                  record[DSI_MEMBER_LABEL]}};
}

/* --- one group -------------------------------------------------------------------- */

void dsi_dup_group_begin(struct dsi_dup_groups *groups, enum dsi_dup_kind kind,
                         const struct dsi_dup_sample *first)
{
    groups->kind = kind;
    groups->first = *first;
    groups->size = groups->flags = 0;
    groups->labelled = (struct dsi_dup_sample){.label.kind = DSI_DUP_UNLABELLED};
    groups->split = NULL;
}

bool dsi_dup_labels_differ(struct dsi_dup_label a, struct dsi_dup_label b)
{
    return a.kind != b.kind || a.word != b.word;
}

/* Samples without a label, or of no split, agree with all others. */
static void compare_member(struct dsi_dup_groups *groups,
                           const struct dsi_dup_sample *member)
{
    const char *split = groups->splits[member->group];
    if (member->group != groups->first.group)
        groups->flags |= DSI_DUP_MANY_SOURCES;
    if (split && groups->split && strcmp(split, groups->split) != 0)
        groups->flags |= DSI_DUP_MANY_SPLITS;
    if (!groups->split)
        groups->split = split;
    if (member->label.kind == DSI_DUP_UNLABELLED)
        return;
    if (groups->labelled.label.kind == DSI_DUP_UNLABELLED)
        groups->labelled = *member;
    if (dsi_dup_labels_differ(groups->labelled.label, member->label))
        groups->flags |= DSI_DUP_MANY_LABELS;
}

enum dsi_status dsi_dup_group_add(struct dsi_dup_groups *groups,
                                  const struct dsi_dup_sample *member,
                                  unsigned distance, struct dsi_error *err)
{
    const uint64_t record[DSI_MEMBER_WORDS] = {
        [DSI_MEMBER_FIRST_GROUP] = groups->first.group,
        [DSI_MEMBER_FIRST_INDEX] = groups->first.index,
        [DSI_MEMBER_KIND] = groups->kind,
        [DSI_MEMBER_GROUP] = member->group,
        [DSI_MEMBER_INDEX] = member->index,
        [DSI_MEMBER_DISTANCE] = (uint64_t)distance << 8 | (uint64_t)member->label.kind,
        [DSI_MEMBER_LABEL] = member->label.word};
    compare_member(groups, member);
    groups->size++;
    return dsi_sorted_words_add(&groups->members, record, err);
}

enum dsi_status dsi_dup_group_end(struct dsi_dup_groups *groups, struct dsi_error *err)
{
    const uint64_t record[DSI_DUP_GROUP_WORDS] = {
        [DSI_MEMBER_FIRST_GROUP] = groups->first.group,
        [DSI_MEMBER_FIRST_INDEX] = groups->first.index,
        [DSI_MEMBER_KIND] = groups->kind,
        [DSI_DUP_GROUP_SIZE] = groups->size,
        [DSI_DUP_GROUP_FLAGS] = groups->flags};
    return dsi_sorted_words_add(&groups->groups, record, err);
}

/* --- equal keys ------------------------------------------------------------------- */

static enum dsi_status find_equal(struct dsi_dup_groups *groups,
                                  struct dsi_sorted_cursor *cursor,
                                  struct dsi_error *err)
{
    uint64_t last[DSI_DUP_WORDS] = {0};
    const uint64_t *record;
    bool is_first = true, is_open = false;
    DSI_TRY(dsi_sorted_cursor_next(cursor, &record, err));
    for (; record; is_first = false) {
        const struct dsi_dup_sample sample = dsi_dup_sample_of(record),
                                    before = dsi_dup_sample_of(last);
        const bool is_same = !is_first && last[DSI_DUP_KEY] == record[DSI_DUP_KEY] &&
                             last[DSI_DUP_KEY_LOW] == record[DSI_DUP_KEY_LOW];
        if (is_same && !is_open) {
            dsi_dup_group_begin(groups, DSI_DUP_EQUAL, &before);
            DSI_TRY(dsi_dup_group_add(groups, &before, 0, err));
        } else if (!is_same && is_open) {
            DSI_TRY(dsi_dup_group_end(groups, err));
        }
        is_open = is_same;
        if (is_open)
            DSI_TRY(dsi_dup_group_add(groups, &sample, 0, err));
        memcpy(last, record, sizeof last);
        DSI_TRY(dsi_sorted_cursor_next(cursor, &record, err));
    }
    return is_open ? dsi_dup_group_end(groups, err) : DSI_OK;
}

enum dsi_status dsi_dup_groups_find_equal(struct dsi_dup_groups *groups,
                                          struct dsi_error *err)
{
    struct dsi_sorted_cursor *cursor;
    DSI_TRY(dsi_sorted_cursor_open(&cursor, &groups->dups->exact, err));
    const enum dsi_status status = find_equal(groups, cursor, err);
    dsi_sorted_cursor_close(cursor);
    return status;
}
