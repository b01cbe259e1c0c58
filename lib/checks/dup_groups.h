/* Groups of samples that are the same, or alike: from lists in the order of their keys
 * to groups in the order of their first members. For the files of the dups checks. */
#ifndef DSI_DUP_GROUPS_H
#define DSI_DUP_GROUPS_H

#include "dups_state.h"

enum dsi_dup_kind { DSI_DUP_EQUAL, DSI_DUP_NEAR };

/* What the members of a group differ in. */
enum {
    DSI_DUP_MANY_SOURCES = 1,
    DSI_DUP_MANY_SPLITS = 2,
    DSI_DUP_MANY_LABELS = 4,
};

/* A record of members, and one of groups. They begin alike: with the first member of
 * their group, and its kind. */
enum {
    DSI_MEMBER_FIRST_GROUP,
    DSI_MEMBER_FIRST_INDEX,
    DSI_MEMBER_KIND,
    DSI_MEMBER_GROUP,
    DSI_MEMBER_INDEX,
    DSI_MEMBER_DISTANCE, /* << 8 | kind of label */
    DSI_MEMBER_LABEL,
    DSI_MEMBER_WORDS
};
enum {
    DSI_DUP_GROUP_SIZE = DSI_MEMBER_GROUP,
    DSI_DUP_GROUP_FLAGS,
    DSI_DUP_GROUP_WORDS
};

struct dsi_dup_sample dsi_dup_member_of(const uint64_t record[DSI_MEMBER_WORDS]);

bool dsi_dup_labels_differ(struct dsi_dup_label a, struct dsi_dup_label b);

struct dsi_dup_groups {
    const struct dsi_dups *dups;
    const char **splits; /* of each group of the dataset; NULL: none */
    struct dsi_sorted_words members, groups;
    uint64_t n_collisions; /* members that verifying took out for what they hold */
    /* The group at hand. */
    enum dsi_dup_kind kind;
    uint64_t size, flags;
    struct dsi_dup_sample first, labelled;
    const char *split;
};

DSI_CHECKED enum dsi_status dsi_dup_groups_init(struct dsi_dup_groups *groups,
                                                const struct dsi_dups *dups,
                                                struct dsi_error *err);
void dsi_dup_groups_free(struct dsi_dup_groups *groups);

/* A group of at least two members, the first of them first: begin, add each (the first
 * too), end. */
void dsi_dup_group_begin(struct dsi_dup_groups *groups, enum dsi_dup_kind kind,
                         const struct dsi_dup_sample *first);
DSI_CHECKED enum dsi_status dsi_dup_group_add(struct dsi_dup_groups *groups,
                                              const struct dsi_dup_sample *member,
                                              unsigned distance, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_dup_group_end(struct dsi_dup_groups *groups,
                                              struct dsi_error *err);

/* Those of equal keys. */
DSI_CHECKED enum dsi_status dsi_dup_groups_find_equal(struct dsi_dup_groups *groups,
                                                      struct dsi_error *err);

/* dup_verify.c: takes out of the groups of equal keys the members that are not what
 * their first is, each with a finding, and makes groups of these among themselves.
 * DSI_ERR_UNSUPPORTED where the dataset cannot be read again. */
DSI_CHECKED enum dsi_status dsi_dup_groups_verify(struct dsi_dup_groups *groups,
                                                  struct dsi_report *report,
                                                  struct dsi_error *err);

/* dup_near.c: those of near ones. */
DSI_CHECKED enum dsi_status dsi_dup_groups_find_near(struct dsi_dup_groups *groups,
                                                     struct dsi_error *err);

#endif
