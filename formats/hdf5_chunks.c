/* Reading chunks: those that lie together in the file in one go, each decoded by the
 * thread that wants it. */
#include "hdf5_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_BYTES = 256 << 10, /* stays in a core's second-level cache */
    /* Bytes read and thrown away cost less than one more system call up to about here.
     */
    GAP_BYTES = 4096,
};

static const uint64_t nowhere = UINT64_MAX; /* of what was never written */

/* --- workers
 * ---------------------------------------------------------------------------- */

static struct dsi_hdf5_worker *take_worker(struct dsi_hdf5_file *hdf5)
{
    pthread_mutex_lock(&hdf5->mutex);
    struct dsi_hdf5_worker *worker = hdf5->workers;
    if (worker)
        hdf5->workers = worker->next;
    pthread_mutex_unlock(&hdf5->mutex);
    if (worker)
        return worker;
    worker = dsi_alloc_zeroed(1, sizeof *worker);
    if (worker)
        worker->codec = dsi_chunk_codec_new();
    if (worker && !worker->codec) {
        free(worker);
        worker = NULL;
    }
    return worker;
}

static void give_worker(struct dsi_hdf5_file *hdf5, struct dsi_hdf5_worker *worker)
{
    pthread_mutex_lock(&hdf5->mutex);
    worker->next = hdf5->workers;
    hdf5->workers = worker;
    pthread_mutex_unlock(&hdf5->mutex);
}

/* --- one chunk
 * -------------------------------------------------------------------------- */

/* The chunks that one read is about, which were located: those of [first, ...). */
struct located {
    struct dsi_hdf5_chunk_read *read;
    struct dsi_hdf5_worker *worker;
    const struct dsi_hdf5_chunk *chunks;
    uint64_t first;
};

static enum dsi_status check_place(const struct dsi_hdf5_chunk_read *read,
                                   uint64_t number, const struct dsi_hdf5_chunk *chunk,
                                   struct dsi_error *err)
{
    uint64_t end;
    if (!dsi_add(chunk->address, chunk->n_bytes, &end))
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "chunk %" PRIu64 " is at a place that no file has", number);
    if (end > read->source->n_bytes)
        return dsi_fail(err, DSI_ERR_TRUNCATED,
                        "ends %" PRIu64 " bytes before the end of chunk %" PRIu64,
                        end - read->source->n_bytes, number);
    if (chunk->n_bytes > read->max_bytes)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "chunk %" PRIu64 " takes %" PRIu64 " bytes, more than the "
                        "limit of %" PRIu64 "; raise it with --limit-bytes",
                        number, chunk->n_bytes, read->max_bytes);
    return DSI_OK;
}

/* Which filters were not applied to a chunk. */
static uint64_t skipped(const struct dsi_hdf5_chunk_read *read, uint64_t number,
                        const struct dsi_hdf5_chunk *chunk)
{
    struct dsi_chunk_box box;
    if (!read->data->told.edges_are_unfiltered)
        return chunk->skipped;
    dsi_chunk_grid_box(&read->data->grid, number, &box);
    return box.is_partial ? UINT64_MAX : chunk->skipped;
}

static bool is_plain(const struct dsi_hdf5_chunk_read *read, uint64_t number,
                     const struct dsi_hdf5_chunk *chunk)
{
    const struct dsi_hdf5_dataset *told = &read->data->told;
    return dsi_chunk_is_plain(told->filters, told->n_filters,
                              skipped(read, number, chunk)) &&
           chunk->n_bytes == read->data->grid.chunk_bytes;
}

/* Takes the values out of a chunk as it is stored. */
static enum dsi_status decode(struct located *in, uint64_t number, const uint8_t *bytes,
                              struct dsi_error *err)
{
    const struct dsi_hdf5_chunk_read *read = in->read;
    const struct dsi_chunk_grid *grid = &read->data->grid;
    const struct dsi_hdf5_chunk *chunk = &in->chunks[number - in->first];
    if (is_plain(read, number, chunk)) {
        dsi_chunk_copy(grid, number, bytes, &read->rows);
        return DSI_OK;
    }
    const struct dsi_stored_chunk stored = {
        .filters = read->data->told.filters,
        .n_filters = read->data->told.n_filters,
        .skipped = skipped(read, number, chunk),
        .bytes = bytes,
        .n_bytes = (size_t)chunk->n_bytes,
    };
    size_t n_out = (size_t)grid->chunk_bytes;
    uint8_t *place = dsi_chunk_place(grid, number, &read->rows);
    if (place)
        return dsi_chunk_decode(in->worker->codec, &stored, place, n_out, err);
    DSI_TRY(dsi_bytes_claim(&in->worker->decoded, n_out, err));
    DSI_TRY(dsi_chunk_decode(in->worker->codec, &stored, in->worker->decoded.data,
                             n_out, err));
    dsi_chunk_copy(grid, number, in->worker->decoded.data, &read->rows);
    return DSI_OK;
}

/* --- chunks that lie together
 * ----------------------------------------------------------- */

/* Chunks [number, end) follow each other in the file closely enough to be read in one
 * go; one at least. Their bytes are [address, address + n_bytes). */
struct batch {
    uint64_t number, end, address, n_bytes;
};

static struct batch find_batch(const struct located *in, uint64_t number, uint64_t end)
{
    const struct dsi_hdf5_chunk *first = &in->chunks[number - in->first];
    struct batch batch = {.number = number,
                          .end = number + 1,
                          .address = first->address,
                          .n_bytes = first->n_bytes};
    while (batch.end < end && batch.n_bytes < BATCH_BYTES) {
        const struct dsi_hdf5_chunk *next = &in->chunks[batch.end - in->first];
        uint64_t at = batch.address + batch.n_bytes;
        if (next->address < at || next->address - at > GAP_BYTES ||
            next->n_bytes > BATCH_BYTES ||
            next->n_bytes > in->read->source->n_bytes - at ||
            next->address > in->read->source->n_bytes - next->n_bytes)
            break;
        batch.n_bytes = next->address + next->n_bytes - batch.address;
        batch.end++;
    }
    return batch;
}

/* *done: the first chunk that is not. */
static enum dsi_status read_batch(struct located *in, const struct batch *batch,
                                  uint64_t *done, struct dsi_error *err)
{
    struct dsi_hdf5_chunk_read *read = in->read;
    const struct dsi_hdf5_chunk *first = &in->chunks[batch->number - in->first];
    uint8_t *place = NULL;
    if (batch->end == batch->number + 1 && is_plain(read, batch->number, first))
        place = dsi_chunk_place(&read->data->grid, batch->number, &read->rows);
    if (!place) /* not NULL, even for chunks of no bytes */
        DSI_TRY(dsi_bytes_claim(&in->worker->stored, batch->n_bytes + 1, err));
    DSI_TRY(dsi_source_read_all(read->source, batch->address,
                                place ? place : in->worker->stored.data,
                                (size_t)batch->n_bytes, err));
    for (*done = batch->number; !place && *done < batch->end; ++*done) {
        const struct dsi_hdf5_chunk *chunk = &in->chunks[*done - in->first];
        DSI_TRY(decode(in, *done,
                       in->worker->stored.data + (chunk->address - batch->address),
                       err));
    }
    *done = batch->end;
    return DSI_OK;
}

/* --- all of them
 * ------------------------------------------------------------------------ */

/* What the chunk would hold of the rows, marked as values of one byte. */
static enum dsi_status mark_unwritten(struct dsi_hdf5_chunk_read *read, uint64_t number,
                                      struct dsi_error *err)
{
    static const uint8_t mark = 1;
    struct dsi_bytes *unwritten = read->unwritten;
    struct dsi_field field = *read->rows.field;
    struct dsi_chunk_rows rows = read->rows;
    if (unwritten->n == 0) {
        uint64_t n = rows.n * dsi_field_items(&field);
        for (int i = 1; i < read->data->grid.n_dims; i++)
            n *= read->data->grid.shape[i]; /* as large as the values, which fit */
        DSI_TRY(dsi_bytes_claim(unwritten, n, err));
        memset(unwritten->data, 0, (size_t)n);
        unwritten->n = (size_t)n;
    }
    field.dtype.size = 1;
    rows.field = &field;
    rows.out = unwritten->data;
    dsi_chunk_fill(&read->data->grid, number, &mark, &rows);
    return DSI_OK;
}

static enum dsi_status read_located(struct located *in, uint64_t end, uint64_t *done,
                                    struct dsi_error *err)
{
    struct dsi_hdf5_chunk_read *read = in->read;
    while (*done < end) {
        const struct dsi_hdf5_chunk *chunk = &in->chunks[*done - in->first];
        if (chunk->address == nowhere) {
            dsi_chunk_fill(&read->data->grid, *done, read->fill, &read->rows);
            DSI_TRY(mark_unwritten(read, *done, err));
            ++*done;
            continue;
        }
        DSI_TRY(check_place(read, *done, chunk, err));
        const struct batch batch = find_batch(in, *done, end);
        DSI_TRY(read_batch(in, &batch, done, err));
    }
    return DSI_OK;
}

/* Rows before the chunk's band are sound when the chunk is the first that failed. */
static uint64_t n_rows_before(const struct dsi_hdf5_chunk_read *read, uint64_t number)
{
    struct dsi_chunk_box box;
    dsi_chunk_grid_box(&read->data->grid, number, &box);
    return box.start[0] > read->rows.first ? box.start[0] - read->rows.first : 0;
}

enum dsi_status dsi_hdf5_read_chunks_of(struct dsi_hdf5_chunk_read *read,
                                        uint64_t *n_done, struct dsi_error *err)
{
    struct located in = {.read = read, .worker = take_worker(read->hdf5)};
    enum dsi_status status = DSI_OK;
    uint64_t first, n;
    *n_done = 0;
    if (!in.worker)
        return dsi_fail_memory(err, sizeof *in.worker);
    dsi_chunk_grid_touch(&read->data->grid, read->rows.first, read->rows.n, &first, &n);
    uint64_t done = first, end = first + n;
    while (done < end && status == DSI_OK) {
        uint64_t left = end - done;
        size_t some = left < DSI_HDF5_MAX_CHUNKS ? (size_t)left : DSI_HDF5_MAX_CHUNKS;
        in.first = done;
        status = dsi_hdf5_locate(read->hdf5, read->data, done, some, in.worker,
                                 &in.chunks, err);
        if (status == DSI_OK)
            status = read_located(&in, done + some, &done, err);
    }
    give_worker(read->hdf5, in.worker);
    *n_done = status == DSI_OK ? read->rows.n : n_rows_before(read, done);
    return status;
}
