/* The first K of any number of items in an order of their own: worst rows first.
 *
 * A commutative monoid: which items are kept depends on the items alone, as long as no
 * two have the same order, or those that do are equal. One owner, no threads. */
#ifndef DSI_TOP_K_H
#define DSI_TOP_K_H

#include "bytes.h"

enum { DSI_TOP_WORDS = 4 };

struct dsi_top_item {
    uint64_t order[DSI_TOP_WORDS]; /* ascending, the first word weighs most */
    uint64_t payload;              /* the caller's own */
    const char *text;              /* NULL: none; copied when added */
};

/* Zero-initialise but for max. Memory: 56 bytes an item, and its text. */
struct dsi_top_k {
    uint64_t max; /* K; 0 keeps none */
    struct dsi_top_entry *entries;
    size_t n, capacity;
};

/* Whether an item of that order would be kept. */
bool dsi_top_k_admits(const struct dsi_top_k *top, const uint64_t order[DSI_TOP_WORDS]);

DSI_CHECKED enum dsi_status dsi_top_k_add(struct dsi_top_k *top,
                                          const struct dsi_top_item *item,
                                          struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_top_k_merge(struct dsi_top_k *into,
                                            const struct dsi_top_k *from,
                                            struct dsi_error *err);

/* Puts the items in order; adding is fine after it. */
void dsi_top_k_sort(struct dsi_top_k *top);
/* Item i; its text is the list's, and lies still until the list changes. */
struct dsi_top_item dsi_top_k_at(const struct dsi_top_k *top, size_t i);

/* Equal lists save equal bytes. load adds what was saved, and trusts nothing of it. */
DSI_CHECKED enum dsi_status dsi_top_k_save(const struct dsi_top_k *top,
                                           struct dsi_bytes *out,
                                           struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_top_k_load(struct dsi_top_k *top,
                                           struct dsi_bytes_reader *in,
                                           struct dsi_error *err);
void dsi_top_k_free(struct dsi_top_k *top);

#endif
