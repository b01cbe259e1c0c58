/* Bounds the memory that the workers of one scan hold at once for the values of large
 * blocks, such as decoded pictures.
 *
 * A block of up to a worker's own share passes unseen; larger ones pass the gate, as
 * many at once as their common share has room for, and at least one. Each worker has
 * its part of the limit of one image, and at least 48 MiB, a photograph of 16
 * megapixels; the common share is as much again, and at least 32 MiB a worker. So two
 * workers hold at most twice the limit, and many stay busy with photographs. */
#ifndef DSI_MEMORY_GATE_H
#define DSI_MEMORY_GATE_H

#include "block.h"

#include <pthread.h>

struct dsi_memory_gate {
    struct dsi_loader_gate loaders; /* to lend to every worker's loader */

    /* Private */
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    uint64_t limit, held;        /* bytes */
    uint64_t n_tickets, serving; /* who comes first passes first, however large */
};

/* max_bytes is the limit of one image. The gate must stay where it is while it is used.
 * Cannot fail. */
void dsi_memory_gate_init(struct dsi_memory_gate *gate, uint64_t max_bytes,
                          unsigned n_workers);
void dsi_memory_gate_destroy(struct dsi_memory_gate *gate);

#endif
