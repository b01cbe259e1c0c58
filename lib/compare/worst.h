/* The values of a pair that differ most. */
#ifndef DSI_WORST_H
#define DSI_WORST_H

#include "opened_pair.h"
#include "top_k.h"

/* Reads the pair once more, in this thread, and keeps in worst (whose max the caller
 * sets) those that differ and are farthest apart: where one is NaN first, then by
 * |a - b|; of equal ones, and of texts, the first. An item's payload is the number of
 * the element, its text "1 against 1.5, 0.5 apart". stop may be NULL. */
DSI_CHECKED enum dsi_status dsi_worst_find(struct dsi_opened_pair *pair,
                                           struct dsi_pair_room *room,
                                           const volatile sig_atomic_t *stop,
                                           struct dsi_top_k *worst,
                                           struct dsi_error *err);

#endif
