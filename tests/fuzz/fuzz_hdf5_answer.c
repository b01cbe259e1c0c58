/* Takes any bytes for what comes out of the socket between the program and the process
 * that runs libhdf5, either way. The first byte says which message they are. What is
 * taken must be what is read when it is written again; a dataset is described as well.
 */
#include "hdf5_file.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CHUNKS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool is_so)
{
    if (!is_so)
        abort();
}

/* What was read of the body is what would be written, byte for byte. */
static void demand_same(const struct dsi_bytes *written, const uint8_t *body, size_t n)
{
    demand(written->n == n && (n == 0 || memcmp(written->data, body, n) == 0));
}

static void describe(struct dsi_hdf5_dataset *told)
{
    struct dsi_hdf5_data one = {.told = *told};
    struct dsi_hdf5_file hdf5 = {.datas = &one, .n_datas = 1};
    struct dsi_source source;
    dsi_source_of_bytes(&source, "", 0);
    struct dsi_file file = {
        .source = &source, .options = {.limits = dsi_limits_default}, .state = &hdf5};
    struct dsi_error err;
    if (dsi_hdf5_describe(&file, &err) == DSI_OK)
        for (size_t i = 0; i < file.n_arrays; i++) {
            demand(dsi_array_check(&file.arrays[i], &err) == DSI_OK);
            demand(file.arrays[i].name != NULL);
            demand((file.arrays[i].status == DSI_OK) == !file.arrays[i].reason);
        }
    free(hdf5.arrays);
    dsi_file_close(&file);
    *told = one.told;
}

/* What was taken, written and read again is the same dataset. */
static void demand_round_trip(const struct dsi_hdf5_dataset *dataset)
{
    struct dsi_hdf5_dataset read;
    struct dsi_bytes first = {0}, second = {0};
    demand(dsi_hdf5_write_dataset(&first, dataset, NULL) == DSI_OK);
    struct dsi_bytes_reader body = {.data = first.data, .n = first.n};
    demand(dsi_hdf5_read_dataset(&body, &read, NULL) == DSI_OK);
    demand(dsi_hdf5_write_dataset(&second, &read, NULL) == DSI_OK);
    demand_same(&second, first.data, first.n);
    dsi_hdf5_dataset_free(&read);
    dsi_bytes_free(&first);
    dsi_bytes_free(&second);
}

static void take_dataset(struct dsi_bytes_reader body)
{
    struct dsi_hdf5_dataset dataset;
    if (dsi_hdf5_read_dataset(&body, &dataset, NULL) != DSI_OK)
        return;
    demand(dataset.n_fields > 0 && dataset.path && dataset.n_dims <= DSI_MAX_DIMS);
    demand_round_trip(&dataset);
    describe(&dataset);
    dsi_hdf5_dataset_free(&dataset);
}

static void take_answer(uint8_t which, struct dsi_bytes_reader body)
{
    struct dsi_hdf5_chunk chunks[MAX_CHUNKS];
    struct dsi_hdf5_rows rows;
    struct dsi_error message;
    struct dsi_bytes again = {0};
    const uint8_t *bytes = body.data;
    size_t n;
    if (which == 0 &&
        dsi_hdf5_read_chunks(&body, chunks, MAX_CHUNKS, &n, NULL) == DSI_OK) {
        demand(n > 0 && n <= MAX_CHUNKS);
        demand(dsi_hdf5_write_chunks(&again, chunks, n, NULL) == DSI_OK);
        demand_same(&again, bytes, body.at);
    }
    if (which == 1 && dsi_hdf5_read_rows(&body, &rows, NULL) == DSI_OK) {
        demand(dsi_hdf5_write_rows(&again, &rows, NULL) == DSI_OK);
        demand_same(&again, bytes, body.at);
    }
    if (which == 2 && dsi_hdf5_read_error(&body, &message, NULL) == DSI_OK)
        demand(memchr(message.message, '\0', sizeof message.message) != NULL);
    dsi_bytes_free(&again);
}

static void take_request(uint8_t which, struct dsi_bytes_reader body)
{
    struct dsi_hdf5_open open;
    struct dsi_hdf5_chunks_request chunks;
    struct dsi_hdf5_rows_request rows;
    struct dsi_bytes again = {0};
    enum dsi_status status = DSI_ERR_MALFORMED;
    const uint8_t *bytes = body.data;
    if (which == 0 && dsi_hdf5_read_open(&body, &open, NULL) == DSI_OK)
        status = dsi_hdf5_write_open(&again, &open, NULL);
    if (which == 1 && dsi_hdf5_read_chunks_request(&body, &chunks, NULL) == DSI_OK)
        status = dsi_hdf5_write_chunks_request(&again, &chunks, NULL);
    if (which == 2 && dsi_hdf5_read_rows_request(&body, &rows, NULL) == DSI_OK)
        status = dsi_hdf5_write_rows_request(&again, &rows, NULL);
    if (status == DSI_OK)
        demand_same(&again, bytes, body.at);
    dsi_bytes_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    struct dsi_bytes_reader body = {.data = data + 1, .n = n - 1};
    enum dsi_hdf5_type type;
    size_t n_body;
    if (data[0] < 128)
        take_dataset(body);
    else if (data[0] < 192)
        take_answer(data[0] % 3, body);
    else
        take_request(data[0] % 3, body);
    if (n >= DSI_HDF5_HEAD_BYTES && dsi_hdf5_head(data, &type, &n_body, NULL) == DSI_OK)
        demand(n_body <= DSI_HDF5_MAX_BODY);
    return 0;
}
