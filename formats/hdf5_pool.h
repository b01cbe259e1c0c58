/* The helpers of one HDF5 file: as many as there are requests at a time, started when
 * they are needed and kept for the next, in company with those of other files. Any
 * number of threads may ask at once. */
#ifndef DSI_HDF5_POOL_H
#define DSI_HDF5_POOL_H

#include "hdf5_idle.h"

#include <pthread.h>

enum {
    DSI_HDF5_MAX_HELPERS = 8, /* at a time; who comes later waits for one */
    /* Of one file, and then none is started any more; one that hung counts for all. */
    DSI_HDF5_MAX_DEATHS = 3,
};

struct dsi_hdf5_pool {
    /* Private */
    pthread_mutex_t mutex;
    pthread_cond_t given_back;
    struct dsi_helpers *helpers, *own; /* those that wait; NULL or ours to free */
    size_t n_busy, n_deaths;
    struct dsi_error last_death;
    int file; /* borrowed */
    struct dsi_hdf5_open open;
    char *path; /* a copy, for open */
    bool is_ready;
};

/* Takes the messages of an answer one by one, but for END and ERROR; process is the one
 * that answers, for what it left in the shared memory. DSI_ERR_MALFORMED means that it
 * said what it should not, which is its end. */
struct dsi_hdf5_taker {
    enum dsi_status (*take)(void *state, struct dsi_hdf5_process *process,
                            enum dsi_hdf5_type type, struct dsi_bytes_reader *body,
                            struct dsi_error *err);
    void *state;
};

/* Starts the first helper, which opens file (borrowed until dsi_hdf5_pool_free) and
 * tells taker what is in it. helpers are where it then waits, borrowed; NULL: for no
 * other file's company. On failure the pool may be freed, but not asked. The pool must
 * stay where it is in memory. */
DSI_CHECKED enum dsi_status dsi_hdf5_pool_init(struct dsi_hdf5_pool *pool, int file,
                                               struct dsi_helpers *helpers,
                                               const struct dsi_hdf5_open *open,
                                               const struct dsi_hdf5_taker *taker,
                                               struct dsi_error *err);

/* Asks a helper, whose shared memory is room bytes at least. Fails as the answer does,
 * and when the helper dies of it; the next request goes to another. A helper that left
 * because it had nothing to do is replaced without a word. */
DSI_CHECKED enum dsi_status
dsi_hdf5_pool_ask(struct dsi_hdf5_pool *pool, enum dsi_hdf5_type type,
                  const struct dsi_bytes *request, uint64_t room,
                  const struct dsi_hdf5_taker *taker, struct dsi_error *err);

/* Ends the helpers. Fine for a pool that is all zeros. */
void dsi_hdf5_pool_free(struct dsi_hdf5_pool *pool);

#endif
