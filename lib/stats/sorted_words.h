/* Records of a few words each, in order, and more of them than memory holds: what is
 * beyond a limit goes to a temporary file, in sorted runs, and all runs are merged when
 * the records are read.
 *
 * A commutative monoid: added and merged in any order the same records are read, for
 * they are ordered by all their words, the first one first. One owner, no threads;
 * lists that were merged share their runs, so they have one owner together. */
#ifndef DSI_SORTED_WORDS_H
#define DSI_SORTED_WORDS_H

#include "bytes.h"

enum { DSI_SORTED_MAX_WORDS = 8 };

struct dsi_sorted_limits {
    /* Bytes of records kept in memory, more or less: after adding, and after merging,
     * when what many lists hold has become one's. Some MiB are taken at least. */
    uint64_t max_bytes, max_merged_bytes;
    const char *folder; /* of the temporary files; borrowed */
};

struct dsi_sorted_run;
struct dsi_sorted_spill;

struct dsi_sorted_words {
    struct dsi_sorted_limits limits;
    size_t n_words; /* of a record */
    uint64_t n;     /* records */

    /* Private */
    uint64_t *tail; /* not in order yet */
    size_t n_tail, tail_capacity;
    struct dsi_sorted_run **runs;
    size_t n_runs, runs_capacity;
    uint64_t n_run_bytes; /* in memory */
    struct dsi_sorted_spill *spill;
};

/* An empty list; cannot fail. n_words is 1 to DSI_SORTED_MAX_WORDS. */
struct dsi_sorted_words dsi_sorted_words_start(size_t n_words,
                                               struct dsi_sorted_limits limits);
void dsi_sorted_words_free(struct dsi_sorted_words *list);

/* DSI_ERR_MEMORY, or DSI_ERR_WRITE when there is no room for what must be spilled. */
DSI_CHECKED enum dsi_status dsi_sorted_words_add(struct dsi_sorted_words *list,
                                                 const uint64_t *record,
                                                 struct dsi_error *err);
/* from stays as it is, and may be freed before into or after. */
DSI_CHECKED enum dsi_status dsi_sorted_words_merge(struct dsi_sorted_words *into,
                                                   const struct dsi_sorted_words *from,
                                                   struct dsi_error *err);

/* Reads a list that does not change meanwhile, in ascending order. */
struct dsi_sorted_cursor;

DSI_CHECKED enum dsi_status dsi_sorted_cursor_open(struct dsi_sorted_cursor **cursor,
                                                   const struct dsi_sorted_words *list,
                                                   struct dsi_error *err);
/* *record is NULL behind the last; it lives until the next call. */
DSI_CHECKED enum dsi_status dsi_sorted_cursor_next(struct dsi_sorted_cursor *cursor,
                                                   const uint64_t **record,
                                                   struct dsi_error *err);
void dsi_sorted_cursor_close(struct dsi_sorted_cursor *cursor); /* NULL is fine */

#endif
