#include "hdf5_idle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
    const void *owner;
    struct dsi_hdf5_process process;
};

struct dsi_helpers {
    pthread_mutex_t mutex;
    struct waiting all[DSI_HDF5_MAX_IDLE]; /* who has waited longest first */
    size_t n;
};

struct dsi_helpers *dsi_helpers_new(void)
{
    struct dsi_helpers *helpers = dsi_alloc_zeroed(1, sizeof *helpers);
    if (helpers && pthread_mutex_init(&helpers->mutex, NULL) != 0) {
        free(helpers);
        helpers = NULL;
    }
    return helpers;
}

void dsi_helpers_free(struct dsi_helpers *helpers)
{
    if (!helpers)
        return;
    for (size_t i = 0; i < helpers->n; i++)
        dsi_hdf5_process_stop(&helpers->all[i].process);
    pthread_mutex_destroy(&helpers->mutex);
    free(helpers);
}

/* With the mutex held. */
static struct dsi_hdf5_process take_out(struct dsi_helpers *helpers, size_t at)
{
    struct dsi_hdf5_process process = helpers->all[at].process;
    helpers->n--;
    memmove(&helpers->all[at], &helpers->all[at + 1],
            (helpers->n - at) * sizeof *helpers->all);
    return process;
}

bool dsi_helpers_take(struct dsi_helpers *helpers, const void *owner,
                      struct dsi_hdf5_process *process)
{
    bool found = false;
    pthread_mutex_lock(&helpers->mutex);
    for (size_t i = helpers->n; i-- > 0 && !found;) {
        if (helpers->all[i].owner == owner) {
            *process = take_out(helpers, i);
            found = true;
        }
    }
    pthread_mutex_unlock(&helpers->mutex);
    return found;
}

void dsi_helpers_give(struct dsi_helpers *helpers, const void *owner,
                      const struct dsi_hdf5_process *process)
{
    struct dsi_hdf5_process oldest = {.control = -1, .rows = -1};
    pthread_mutex_lock(&helpers->mutex);
    if (helpers->n == DSI_HDF5_MAX_IDLE)
        oldest = take_out(helpers, 0);
    helpers->all[helpers->n++] = (struct waiting){.owner = owner, .process = *process};
    pthread_mutex_unlock(&helpers->mutex);
    dsi_hdf5_process_stop(&oldest);
}

bool dsi_helpers_drop(struct dsi_helpers *helpers)
{
    struct dsi_hdf5_process oldest = {.control = -1, .rows = -1};
    pthread_mutex_lock(&helpers->mutex);
    bool any = helpers->n > 0;
    if (any)
        oldest = take_out(helpers, 0);
    pthread_mutex_unlock(&helpers->mutex);
    if (any)
        dsi_hdf5_process_stop(&oldest);
    return any;
}

void dsi_helpers_end(struct dsi_helpers *helpers, const void *owner)
{
    struct dsi_hdf5_process process;
    while (dsi_helpers_take(helpers, owner, &process))
        dsi_hdf5_process_stop(&process);
}
