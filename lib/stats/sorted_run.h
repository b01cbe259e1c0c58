/* The runs of sorted_words.h: records in order, in memory or in a temporary file. For
 * the files of that alone. */
#ifndef DSI_SORTED_RUN_H
#define DSI_SORTED_RUN_H

#include "sorted_words.h"
#include "spill_file.h"

struct dsi_sorted_spill {
    struct dsi_spill_file file;
    size_t n_users;
};

struct dsi_sorted_run {
    size_t n_users;
    uint64_t n;                     /* records */
    uint64_t *words;                /* in memory; NULL: */
    struct dsi_sorted_spill *spill; /* in this file, from offset on */
    uint64_t offset;
};

void dsi_sorted_run_release(struct dsi_sorted_run *run);       /* NULL is fine */
void dsi_sorted_spill_release(struct dsi_sorted_spill *spill); /* NULL is fine */

/* sort_words.c: puts n records in order. */
DSI_CHECKED enum dsi_status dsi_sort_words(uint64_t *records, size_t n, size_t n_words,
                                           struct dsi_error *err);

static inline int dsi_compare_words(const uint64_t *a, const uint64_t *b,
                                    size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* sorted_cursor.c: as dsi_sorted_cursor_open, over runs that the caller keeps. */
DSI_CHECKED enum dsi_status dsi_sorted_cursor_of(struct dsi_sorted_cursor **cursor,
                                                 struct dsi_sorted_run *const *runs,
                                                 size_t n_runs, size_t n_words,
                                                 struct dsi_error *err);

#endif
