/* CHUNKS: where the chunks of a dataset are. libhdf5 is made to read each one, and the
 * driver notes what it would have read: the calls that libhdf5 1.10 has for this walk
 * through all chunks for each. */
#include "helper.h"
#include "helper_error.h"

#include <stdlib.h>

enum { IN_ONE_MESSAGE = 4096 }; /* often enough for whoever watches */

struct grid {
    int n_dims;
    uint64_t chunk[DSI_MAX_DIMS], n[DSI_MAX_DIMS]; /* chunks along each axis */
    uint64_t n_chunks;
};

static enum dsi_status read_grid(const struct dsi_opened *opened, struct grid *grid,
                                 struct dsi_error *err)
{
    hsize_t chunk[H5S_MAX_RANK];
    const int hidden = opened->hides_an_axis;
    hid_t creation = H5Dget_create_plist(opened->id);
    int n = creation >= 0 ? H5Pget_chunk(creation, H5S_MAX_RANK, chunk) : -1;
    if (creation >= 0)
        H5Pclose(creation);
    if (n < 1 || n != opened->n_dims + hidden)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its chunks' shape");
    grid->n_dims = opened->n_dims;
    grid->n_chunks = 1;
    for (int i = 0; i < grid->n_dims; i++) {
        grid->chunk[i] = chunk[i + hidden];
        if (grid->chunk[i] == 0)
            return dsi_fail(err, DSI_ERR_MALFORMED, "its chunks have no extent");
        grid->n[i] = opened->shape[i] / grid->chunk[i] +
                     (opened->shape[i] % grid->chunk[i] != 0);
        if (!dsi_mul(grid->n_chunks, grid->n[i], &grid->n_chunks))
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "it has more chunks than can be counted");
    }
    return DSI_OK;
}

/* Its chunks are numbered in C order. The hidden axis, in front, is at 0. */
static void coordinates(const struct dsi_opened *opened, const struct grid *grid,
                        uint64_t number, hsize_t *at)
{
    at[0] = 0;
    for (int i = grid->n_dims - 1; i >= 0; i--) {
        at[i + opened->hides_an_axis] = number % grid->n[i] * grid->chunk[i];
        number /= grid->n[i];
    }
}

static enum dsi_status locate(struct dsi_helper *helper, const hsize_t *at,
                              struct dsi_hdf5_chunk *chunk, struct dsi_error *err)
{
    struct dsi_driver *driver = &helper->driver;
    uint8_t nothing; /* what is recorded is not read */
    uint32_t skipped = 0;
    driver->recording = true;
    driver->n_recorded = 0;
    herr_t code = H5Dread_chunk(helper->opened.id, H5P_DEFAULT, at, &skipped, &nothing);
    driver->recording = false;
    if (code < 0 && dsi_h5_chunk_is_unwritten()) {
        *chunk = (struct dsi_hdf5_chunk){.address = UINT64_MAX};
        return DSI_OK;
    }
    if (code < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot find a chunk");
    if (driver->n_recorded != 1)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "a chunk is in %u places rather than one", driver->n_recorded);
    *chunk = (struct dsi_hdf5_chunk){driver->address, driver->n_bytes, skipped};
    return DSI_OK;
}

static enum dsi_status send_chunks(struct dsi_helper *helper, const struct grid *grid,
                                   uint64_t first, uint64_t n,
                                   struct dsi_hdf5_chunk *chunks, struct dsi_error *err)
{
    hsize_t at[H5S_MAX_RANK + 1];
    for (uint64_t i = 0; i < n; i++) {
        coordinates(&helper->opened, grid, first + i, at);
        DSI_TRY(locate(helper, at, &chunks[i], err));
    }
    helper->body.n = 0;
    DSI_TRY(dsi_hdf5_write_chunks(&helper->body, chunks, (size_t)n, err));
    return dsi_helper_send(helper, DSI_HDF5_CHUNKS, err);
}

enum dsi_status dsi_helper_chunks(struct dsi_helper *helper,
                                  const struct dsi_hdf5_chunks_request *request,
                                  struct dsi_error *err)
{
    struct grid grid = {0};
    DSI_TRY(dsi_opened_get(helper, request->dataset, request->n_dataset, err));
    DSI_TRY(read_grid(&helper->opened, &grid, err));
    if (request->first > grid.n_chunks || request->n > grid.n_chunks - request->first)
        return dsi_fail(err, DSI_ERR_USAGE, "it has %llu chunks",
                        (unsigned long long)grid.n_chunks);
    struct dsi_hdf5_chunk *chunks = dsi_alloc_array(IN_ONE_MESSAGE, sizeof *chunks);
    if (!chunks)
        return dsi_fail_memory(err, IN_ONE_MESSAGE * sizeof *chunks);
    enum dsi_status status = DSI_OK;
    for (uint64_t done = 0; done < request->n && status == DSI_OK;) {
        uint64_t n = request->n - done;
        n = n < IN_ONE_MESSAGE ? n : IN_ONE_MESSAGE;
        status = send_chunks(helper, &grid, request->first + done, n, chunks, err);
        done += n;
    }
    free(chunks);
    return status;
}
