/* Groups of equal hashes, held against what their members hold. For the files of the
 * dups checks.
 *
 * Members are compared to the first of their group, batch by batch: one look at the
 * blocks of the firsts, whose samples are kept as bytes (up to max_bytes), and one at
 * those of the members. A group whose first has no room waits for a later round. */
#ifndef DSI_DUP_VERIFY_H
#define DSI_DUP_VERIFY_H

#include "dup_groups.h"

#include <stdatomic.h>

enum dsi_dup_held { DSI_DUP_UNREAD, DSI_DUP_HELD, DSI_DUP_WAITS };

/* The first member of a group: its content; of files the path, or the open source. */
struct dsi_dup_first {
    uint64_t group, index;
    enum dsi_dup_held held;
    bool is_carried; /* from the batch before, in which its group began */
    struct dsi_bytes bytes;
    struct dsi_source *source;
};

enum dsi_dup_verdict { DSI_DUP_UNSEEN, DSI_DUP_SAME, DSI_DUP_OTHER };

struct dsi_dup_candidate {
    uint64_t group, index;
    struct dsi_dup_label label;
    size_t first; /* of batch->firsts */
    enum dsi_dup_verdict verdict;
};

struct dsi_dup_batch {
    const struct dsi_dups *dups;
    bool is_of_firsts;            /* the look: at firsts, or at candidates */
    struct dsi_dup_first *firsts; /* in the order of the inputs */
    size_t n_firsts;
    struct dsi_dup_candidate *candidates; /* group by group */
    size_t *by_place;                     /* these in the order of the inputs */
    size_t n;
    uint64_t max_bytes;
    _Atomic uint64_t n_bytes; /* that firsts hold */
};

/* dup_verify_look.c: the check of one look. Parameters are const, and the batch behind
 * them is not: it is what the look fills. */
struct dsi_dup_look_parameters {
    struct dsi_dup_batch *batch;
};
extern const struct dsi_check dsi_check_dup_look;

#endif
