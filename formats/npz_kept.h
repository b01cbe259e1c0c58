/* Members that are kept inflated while their rows are read here and there: small ones
 * of which somebody reads a few rows at a time, and those in Fortran order, whose first
 * row ends where the member does. A few at a time; the one unused for longest goes
 * first. */
#ifndef DSI_NPZ_KEPT_H
#define DSI_NPZ_KEPT_H

#include "npz_inflate.h"

#include <pthread.h>

/* Kept beyond their use, in all, unless a single one is larger. */
enum { DSI_KEPT_BYTES = 32 << 20 };

struct dsi_kept_item {
    struct dsi_bytes bytes; /* what could be inflated */
    struct dsi_error error; /* why this is not all or is damaged; DSI_OK: it is sound */

    /* Private */
    struct dsi_kept_item *next;
    uint64_t offset;  /* of the member, which tells them apart */
    uint64_t n_bytes; /* of it, inflated */
    uint64_t last_used;
    unsigned n_users;
    bool is_ready;
};

struct dsi_kept {
    pthread_mutex_t mutex;
    pthread_cond_t ready;
    struct dsi_kept_item *items;
    uint64_t clock;
};

/* On failure there is nothing to stop. */
DSI_CHECKED enum dsi_status dsi_kept_start(struct dsi_kept *kept,
                                           struct dsi_error *err);
void dsi_kept_stop(struct dsi_kept *kept);

/* The member, inflated now or before; whatever is wrong with it stands in the item.
 * Stays until it is let go. DSI_ERR_MEMORY. Any thread. */
DSI_CHECKED enum dsi_status dsi_kept_get(struct dsi_kept *kept,
                                         const struct dsi_deflated *deflated,
                                         const struct dsi_kept_item **item,
                                         struct dsi_error *err);
void dsi_kept_let_go(struct dsi_kept *kept, const struct dsi_kept_item *item);

#endif
