/* Where the chunks of a dataset are. Asking costs a round trip, so that what fits is
 * asked once and kept. */
#include "hdf5_file.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_KEPT = 1 << 20, /* of one file: 24 MiB */
};

struct answer {
    struct dsi_hdf5_chunk *chunks;
    size_t n, n_taken;
};

static enum dsi_status take(void *state, struct dsi_hdf5_process *process,
                            enum dsi_hdf5_type type, struct dsi_bytes_reader *body,
                            struct dsi_error *err)
{
    struct answer *answer = state;
    size_t n;
    (void)process;
    if (type != DSI_HDF5_CHUNKS)
        return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader said what none asked");
    DSI_TRY(dsi_hdf5_read_chunks(body, answer->chunks + answer->n_taken,
                                 answer->n - answer->n_taken, &n, err));
    answer->n_taken += n;
    return DSI_OK;
}

static enum dsi_status ask(struct dsi_hdf5_file *hdf5, const struct dsi_hdf5_data *data,
                           uint64_t first, size_t n, struct dsi_hdf5_chunk *chunks,
                           struct dsi_error *err)
{
    struct answer answer = {.chunks = chunks, .n = n};
    const struct dsi_hdf5_taker taker = {.take = take, .state = &answer};
    const struct dsi_hdf5_chunks_request request = {
        .dataset = data->told.path,
        .n_dataset = strlen(data->told.path),
        .first = first,
        .n = n,
    };
    struct dsi_bytes body = {0};
    enum dsi_status status = dsi_hdf5_write_chunks_request(&body, &request, err);
    if (status == DSI_OK)
        status = dsi_hdf5_pool_ask(&hdf5->pool, DSI_HDF5_CHUNKS, &body, 0, &taker, err);
    dsi_bytes_free(&body);
    if (status == DSI_OK && answer.n_taken < n)
        status = dsi_fail(err, DSI_ERR_MALFORMED,
                          "the HDF5 reader told where %zu of %zu chunks are",
                          answer.n_taken, n);
    return status;
}

/* Asks for all chunks of a dataset, once; while one thread does, the others wait, for
 * they would ask the same. */
static enum dsi_status keep(struct dsi_hdf5_file *hdf5, struct dsi_hdf5_data *data,
                            struct dsi_error *err)
{
    size_t n = (size_t)data->grid.n_chunks;
    struct dsi_hdf5_chunk *chunks = dsi_alloc_array(n, sizeof *chunks);
    if (!chunks)
        return dsi_fail_memory(err, n * sizeof *chunks);
    enum dsi_status status = ask(hdf5, data, 0, n, chunks, err);
    if (status != DSI_OK) {
        free(chunks);
        return status;
    }
    data->chunks = chunks;
    hdf5->n_kept += n;
    return DSI_OK;
}

enum dsi_status dsi_hdf5_locate(struct dsi_hdf5_file *hdf5, struct dsi_hdf5_data *data,
                                uint64_t first, size_t n,
                                struct dsi_hdf5_worker *worker,
                                const struct dsi_hdf5_chunk **chunks,
                                struct dsi_error *err)
{
    uint64_t n_all = data->grid.n_chunks;
    enum dsi_status status = DSI_OK;
    pthread_mutex_lock(&hdf5->mutex);
    if (!data->chunks && n_all <= DSI_HDF5_MAX_CHUNKS &&
        n_all <= MAX_KEPT - hdf5->n_kept)
        status = keep(hdf5, data, err);
    const struct dsi_hdf5_chunk *kept = data->chunks;
    pthread_mutex_unlock(&hdf5->mutex);
    if (status != DSI_OK)
        return status;
    if (kept) {
        *chunks = kept + first;
        return DSI_OK;
    }
    DSI_TRY(dsi_bytes_claim(&worker->chunks, n * sizeof **chunks, err));
    struct dsi_hdf5_chunk *some = (void *)worker->chunks.data;
    DSI_TRY(ask(hdf5, data, first, n, some, err));
    *chunks = some;
    return DSI_OK;
}
