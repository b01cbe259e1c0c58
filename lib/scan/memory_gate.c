#include "memory_gate.h"

static bool has_room(const struct dsi_memory_gate *gate, uint64_t n_bytes)
{
    return gate->held == 0 ||
           (gate->held <= gate->limit && n_bytes <= gate->limit - gate->held);
}

static void enter(void *context, uint64_t n_bytes)
{
    struct dsi_memory_gate *gate = context;
    pthread_mutex_lock(&gate->mutex);
    uint64_t ticket = gate->n_tickets++;
    while (gate->serving != ticket || !has_room(gate, n_bytes))
        pthread_cond_wait(&gate->moved, &gate->mutex);
    gate->held += n_bytes;
    gate->serving++;
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->mutex);
}

static void leave(void *context, uint64_t n_bytes)
{
    struct dsi_memory_gate *gate = context;
    pthread_mutex_lock(&gate->mutex);
    gate->held -= n_bytes;
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->mutex);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void dsi_memory_gate_init(struct dsi_memory_gate *gate, uint64_t max_bytes,
                          unsigned n_workers)
{
    const uint64_t least_own = UINT64_C(48) << 20, least_common = UINT64_C(32) << 20;
    *gate = (struct dsi_memory_gate){
        .loaders = {.n_bytes = larger(max_bytes / n_workers, least_own),
                    .enter = enter,
                    .leave = leave,
                    .context = gate},
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .moved = PTHREAD_COND_INITIALIZER,
        .limit = larger(max_bytes, n_workers * least_common)};
}

void dsi_memory_gate_destroy(struct dsi_memory_gate *gate)
{
    pthread_cond_destroy(&gate->moved);
    pthread_mutex_destroy(&gate->mutex);
}
