#include "hdf5_pool.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ANSWER_BYTES = 256 << 20 }; /* some million datasets */

/* --- asking one helper
 * ------------------------------------------------------------------ */

/* Whose fault a failure is: the machine's and the user's limits are not the helper's,
 * and an error that it reports is honest. */
static bool is_lie(enum dsi_status status, enum dsi_hdf5_type type)
{
    return status == DSI_ERR_MALFORMED && type != DSI_HDF5_ERROR;
}

static bool ends_answer(enum dsi_hdf5_type type)
{
    return type == DSI_HDF5_END || type == DSI_HDF5_ERROR || type == DSI_HDF5_ROWS;
}

static enum dsi_status heed_error(struct dsi_bytes_reader *body, struct dsi_error *err)
{
    struct dsi_error said;
    DSI_TRY(dsi_hdf5_read_error(body, &said, err));
    if (said.status == DSI_OK)
        return dsi_fail(err, DSI_ERR_MALFORMED, "an error that is none");
    return dsi_fail(err, said.status, "%s", said.message);
}

/* Takes messages up to the last of the answer. What is left of an answer after taker
 * has failed would be taken for the next: then the helper is of no more use. */
static enum dsi_status take_answer(struct dsi_hdf5_process *process,
                                   const struct dsi_hdf5_taker *taker, bool *was_heard,
                                   struct dsi_error *err)
{
    struct dsi_bytes body = {0};
    enum dsi_hdf5_type type = DSI_HDF5_END;
    enum dsi_status status;
    uint64_t n_bytes = 0;
    bool is_whole = false;
    do {
        is_whole = false;
        status = dsi_hdf5_process_receive(process, &type, &body, err);
        if (status != DSI_OK)
            break;
        *was_heard = is_whole = true;
        n_bytes += body.n + DSI_HDF5_HEAD_BYTES;
        struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
        if (n_bytes > MAX_ANSWER_BYTES)
            status = dsi_fail(err, DSI_ERR_LIMIT,
                              "describing what is in it takes more than %d MiB",
                              MAX_ANSWER_BYTES >> 20);
        else if (type == DSI_HDF5_ERROR)
            status = heed_error(&in, err);
        else if (type != DSI_HDF5_END)
            status = taker->take(taker->state, process, type, &in, err);
    } while (status == DSI_OK && !ends_answer(type));
    dsi_bytes_free(&body);
    if (status != DSI_OK && process->fate == DSI_HDF5_ALIVE &&
        (!is_whole || !ends_answer(type) || is_lie(status, type)))
        process->fate = is_lie(status, type) ? DSI_HDF5_DIED : DSI_HDF5_SPENT;
    return status;
}

static enum dsi_status ask(struct dsi_hdf5_process *process, enum dsi_hdf5_type type,
                           const struct dsi_bytes *request,
                           const struct dsi_hdf5_taker *taker, bool *was_heard,
                           struct dsi_error *err)
{
    *was_heard = false;
    DSI_TRY(dsi_hdf5_process_send(process, type, request, err));
    return take_answer(process, taker, was_heard, err);
}

/* --- the helpers
 * ------------------------------------------------------------------------ */

static enum dsi_status ignore(void *state, struct dsi_hdf5_process *process,
                              enum dsi_hdf5_type type, struct dsi_bytes_reader *body,
                              struct dsi_error *err)
{
    (void)state, (void)process, (void)type, (void)body, (void)err;
    return DSI_OK;
}

static enum dsi_status start(const struct dsi_hdf5_pool *pool,
                             struct dsi_hdf5_process *process,
                             const struct dsi_hdf5_taker *taker, struct dsi_error *err)
{
    struct dsi_bytes body = {0};
    bool was_heard, follow = pool->open.flags & DSI_HDF5_FOLLOW_EXTERNAL;
    DSI_TRY(dsi_hdf5_process_start(process, pool->file, follow, err));
    enum dsi_status status = dsi_hdf5_write_open(&body, &pool->open, err);
    if (status == DSI_OK)
        status = ask(process, DSI_HDF5_OPEN, &body, taker, &was_heard, err);
    dsi_bytes_free(&body);
    return status;
}

/* Waits for a turn, and takes a helper that waits for one, if there is any. */
static bool take_idle(struct dsi_hdf5_pool *pool, struct dsi_hdf5_process *process)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->n_busy == DSI_HDF5_MAX_HELPERS)
        pthread_cond_wait(&pool->given_back, &pool->mutex);
    pool->n_busy++;
    pthread_mutex_unlock(&pool->mutex);
    return dsi_helpers_take(pool->helpers, pool, process);
}

/* The end of a request: the helper is kept, or buried and counted. A hang took long
 * enough not to be tried again. */
static void give_back(struct dsi_hdf5_pool *pool, struct dsi_hdf5_process *process,
                      const struct dsi_error *err)
{
    bool died = process->fate == DSI_HDF5_DIED;
    if (process->fate == DSI_HDF5_ALIVE)
        dsi_helpers_give(pool->helpers, pool, process);
    else
        dsi_hdf5_process_stop(process);
    pthread_mutex_lock(&pool->mutex);
    pool->n_busy--;
    if (died) {
        pool->n_deaths += process->hung ? DSI_HDF5_MAX_DEATHS : 1;
        pool->last_death = *err;
    }
    pthread_cond_signal(&pool->given_back);
    pthread_mutex_unlock(&pool->mutex);
}

static enum dsi_status check_deaths(struct dsi_hdf5_pool *pool, struct dsi_error *err)
{
    struct dsi_error last;
    pthread_mutex_lock(&pool->mutex);
    bool enough = pool->n_deaths >= DSI_HDF5_MAX_DEATHS;
    last = pool->last_death;
    pthread_mutex_unlock(&pool->mutex);
    return enough ? dsi_fail(err, last.status, "%s", last.message) : DSI_OK;
}

/* Whether what a new helper takes has become free: one that waited has gone, or another
 * thread has given back its own. */
static bool has_made_room(struct dsi_hdf5_pool *pool)
{
    if (dsi_helpers_drop(pool->helpers))
        return true;
    pthread_mutex_lock(&pool->mutex);
    bool others = pool->n_busy > 0;
    if (others)
        pthread_cond_wait(&pool->given_back, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return others;
}

/* A helper that lives, idle or new. */
static enum dsi_status take_one(struct dsi_hdf5_pool *pool,
                                struct dsi_hdf5_process *process, struct dsi_error *err)
{
    const struct dsi_hdf5_taker nobody = {.take = ignore};
    while (take_idle(pool, process)) {
        if (dsi_hdf5_process_is_idle(process, err))
            return DSI_OK;
        give_back(pool, process, err);
    }
    *process = (struct dsi_hdf5_process){.control = -1, .rows = -1};
    enum dsi_status status = check_deaths(pool, err);
    bool started = status == DSI_OK;
    if (started)
        status = start(pool, process, &nobody, err);
    if (status != DSI_OK) {
        if (!started || process->fate != DSI_HDF5_DIED)
            process->fate = DSI_HDF5_SPENT;
        give_back(pool, process, err);
    }
    return status;
}

static enum dsi_status take(struct dsi_hdf5_pool *pool,
                            struct dsi_hdf5_process *process, struct dsi_error *err)
{
    enum dsi_status status;
    do
        status = take_one(pool, process, err);
    while (status == DSI_ERR_MEMORY && has_made_room(pool));
    return status;
}

enum dsi_status dsi_hdf5_pool_ask(struct dsi_hdf5_pool *pool, enum dsi_hdf5_type type,
                                  const struct dsi_bytes *request, uint64_t room,
                                  const struct dsi_hdf5_taker *taker,
                                  struct dsi_error *err)
{
    struct dsi_hdf5_process process;
    enum dsi_status status;
    bool was_heard, again;
    int n_tries = 0;
    do {
        was_heard = false;
        DSI_TRY(take(pool, &process, err));
        status = dsi_hdf5_process_reserve(&process, room, err);
        if (status == DSI_OK)
            status = ask(&process, type, request, taker, &was_heard, err);
        /* It may leave just as it is asked; who leaves instead of answering, dies. */
        again = (process.fate == DSI_HDF5_KILLED ||
                 (process.fate == DSI_HDF5_LEFT && !was_heard)) &&
                n_tries++ == 0;
        if (process.fate == DSI_HDF5_LEFT && !again)
            process.fate = DSI_HDF5_DIED;
        give_back(pool, &process, err);
    } while (again);
    return status;
}

/* --- life
 * ------------------------------------------------------------------------------- */

enum dsi_status dsi_hdf5_pool_init(struct dsi_hdf5_pool *pool, int file,
                                   struct dsi_helpers *helpers,
                                   const struct dsi_hdf5_open *open,
                                   const struct dsi_hdf5_taker *taker,
                                   struct dsi_error *err)
{
    *pool = (struct dsi_hdf5_pool){.file = file, .open = *open};
    pool->path = dsi_text_copy(open->path, open->n_path);
    if (!pool->path)
        return dsi_fail_memory(err, open->n_path);
    pool->open.path = pool->path;
    pool->own = helpers ? NULL : dsi_helpers_new();
    pool->helpers = helpers ? helpers : pool->own;
    if (!pool->helpers)
        return dsi_fail_memory(err, sizeof pool->helpers);
    if (pthread_mutex_init(&pool->mutex, NULL) != 0)
        return dsi_fail_memory(err, sizeof pool->mutex);
    if (pthread_cond_init(&pool->given_back, NULL) != 0) {
        pthread_mutex_destroy(&pool->mutex);
        return dsi_fail_memory(err, sizeof pool->given_back);
    }
    pool->is_ready = true;
    struct dsi_hdf5_process first = {.control = -1, .rows = -1};
    enum dsi_status status;
    bool again;
    do {
        status = start(pool, &first, taker, err);
        again = status == DSI_ERR_MEMORY && first.pid == 0 &&
                dsi_helpers_drop(pool->helpers);
    } while (again);
    /* One file that cannot be opened, when nothing of it was read, is no reason to read
     * none of the others. */
    if (status == DSI_ERR_MEMORY && (first.pid == 0 || first.fate == DSI_HDF5_KILLED)) {
        status = DSI_ERR_OPEN;
        if (err)
            err->status = status;
    }
    if (status == DSI_OK)
        dsi_helpers_give(pool->helpers, pool, &first);
    else
        dsi_hdf5_process_stop(&first);
    return status;
}

void dsi_hdf5_pool_free(struct dsi_hdf5_pool *pool)
{
    if (pool->helpers)
        dsi_helpers_end(pool->helpers, pool);
    dsi_helpers_free(pool->own);
    if (pool->is_ready) {
        pthread_cond_destroy(&pool->given_back);
        pthread_mutex_destroy(&pool->mutex);
    }
    free(pool->path);
    *pool = (struct dsi_hdf5_pool){0};
}
