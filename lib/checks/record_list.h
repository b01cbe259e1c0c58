/* Records keyed by where they belong in a dataset: what a check keeps when its result
 * is a list rather than a number. A commutative monoid: adding and merging in any order
 * give the same list once it is sorted. One owner, no threads. */
#ifndef DSI_RECORD_LIST_H
#define DSI_RECORD_LIST_H

#include "bytes.h"

enum { DSI_RECORD_TEXTS = 8 };

struct dsi_record {
    uint64_t key[3]; /* ascending order of the list */
    uint64_t number; /* the check's own */
    const char
        *texts[DSI_RECORD_TEXTS]; /* NULL where there is none; copied when added */
};

struct dsi_record_list {
    uint64_t
        max; /* keep the first max records in order and count the rest; 0: keep all */
    uint64_t n_dropped;
    struct dsi_stored_record *records;
    size_t n, capacity;
    struct dsi_bytes texts; /* of all records */
};

DSI_CHECKED enum dsi_status dsi_record_list_add(struct dsi_record_list *list,
                                                const struct dsi_record *record,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_record_list_merge(struct dsi_record_list *into,
                                                  const struct dsi_record_list *from,
                                                  struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_record_list_save(const struct dsi_record_list *list,
                                                 struct dsi_bytes *out,
                                                 struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_record_list_load(struct dsi_record_list *list,
                                                 struct dsi_bytes_reader *in,
                                                 struct dsi_error *err);

/* Puts the records in order (by key, then number, then texts) and drops those past max.
 */
void dsi_record_list_sort(struct dsi_record_list *list);

/* Record i; its texts belong to the list and lie still until it next changes, so they
 * cannot be added to it again. */
struct dsi_record dsi_record_list_at(const struct dsi_record_list *list, size_t i);
void dsi_record_list_free(struct dsi_record_list *list);

#endif
