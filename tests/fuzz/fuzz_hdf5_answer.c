/* Takes any bytes for what the HDF5 reader, which may be under a malformed file's
 * control, says to the program: the first byte chooses the message.
 *
 * A DATASET that is accepted must be the same after it was written and read again; then
 * it is described, and its rows are read from a file that is the rest of the input, its
 * chunks where the input says. Whatever needs an answer more is left out: no process is
 * started. */
#include "fuzz_rows.h"
#include "hdf5_file.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 16, MAX_ROWS = 50, MAX_CHUNKS = 4096 };

/* First bytes; any other from 7 on is a DATASET. */
enum { ATTRIBUTE_ROWS = 254, ATTRIBUTE = 255 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_format dsi_format_hdf5;

/* --- a dataset
 * -------------------------------------------------------------------------- */

static enum dsi_status take_told(struct dsi_bytes_reader *body,
                                 struct dsi_hdf5_dataset *told, bool is_attribute)
{
    return is_attribute ? dsi_hdf5_read_attribute(body, told, NULL)
                        : dsi_hdf5_read_dataset(body, told, NULL);
}

static void check_round_trip(const struct dsi_hdf5_dataset *told, bool is_attribute)
{
    struct dsi_bytes once = {0}, twice = {0};
    struct dsi_hdf5_dataset again;
    if (dsi_hdf5_write_dataset(&once, told, NULL) != DSI_OK)
        abort();
    struct dsi_bytes_reader in = {.data = once.data, .n = once.n};
    if (take_told(&in, &again, is_attribute) != DSI_OK ||
        dsi_hdf5_write_dataset(&twice, &again, NULL) != DSI_OK || once.n != twice.n ||
        memcmp(once.data, twice.data, once.n) != 0)
        abort();
    dsi_hdf5_dataset_free(&again);
    dsi_bytes_free(&once);
    dsi_bytes_free(&twice);
}

/* Where chunks are: three bytes of the input for each, over and over. */
static struct dsi_hdf5_chunk *place_chunks(uint64_t n_chunks, const uint8_t *data,
                                           size_t n)
{
    struct dsi_hdf5_chunk *chunks = dsi_alloc_array(n_chunks, sizeof *chunks);
    if (!chunks)
        abort();
    for (size_t i = 0; i < n_chunks; i++) {
        uint8_t a = n ? data[3 * i % n] : 0, b = n ? data[(3 * i + 1) % n] : 0,
                c = n ? data[(3 * i + 2) % n] : 0;
        chunks[i] =
            (struct dsi_hdf5_chunk){.address = a == 255 ? UINT64_MAX - (b & 1) : a,
                                    .n_bytes = b == 255 ? UINT64_MAX : b,
                                    .skipped = c < 200    ? 0
                                               : c == 255 ? UINT64_MAX
                                                          : c};
    }
    return chunks;
}

static bool needs_helper(const struct dsi_file *file, size_t index)
{
    const struct dsi_hdf5_file *hdf5 = file->state;
    const struct dsi_hdf5_data *data = &hdf5->datas[hdf5->arrays[index].data];
    enum dsi_hdf5_layout layout = data->told.layout;
    if (layout == DSI_HDF5_UNWRITTEN)
        return file->arrays[index].dtype.kind == DSI_STRING;
    return data->told.fields[hdf5->arrays[index].field].by_rows ||
           layout == DSI_HDF5_INDIRECT ||
           (layout == DSI_HDF5_CHUNKED && (!data->is_decoded_here || !data->chunks));
}

/* 0 where not all rows can be had: how many can depends on how many were asked for. */
static uint64_t sum_rows(struct dsi_file *file, size_t index, uint64_t n, uint64_t step)
{
    enum dsi_status status;
    uint64_t sum = fuzz_sum_rows(file, index, n, step, step, &status);
    return status == DSI_OK ? sum : 0;
}

static void read_rows(struct dsi_file *file)
{
    for (size_t i = 0; i < file->n_arrays; i++) {
        uint64_t n = dsi_array_n_rows(&file->arrays[i]);
        uint64_t row = dsi_array_row_bytes(&file->arrays[i]);
        if (needs_helper(file, i) || file->arrays[i].status != DSI_OK)
            continue;
        uint64_t most = row ? MAX_BYTES / row + 1 : MAX_ROWS;
        most = most < MAX_ROWS ? most : MAX_ROWS;
        n = n < most ? n : most;
        if (sum_rows(file, i, n, 7) != sum_rows(file, i, n, MAX_ROWS))
            abort();
    }
}

static void take_dataset(struct dsi_bytes_reader *body, bool is_attribute,
                         const uint8_t *data, size_t n)
{
    struct dsi_source source;
    struct dsi_file file = {.format = &dsi_format_hdf5,
                            .source = &source,
                            .options.limits.max_bytes = MAX_BYTES};
    struct dsi_hdf5_file *hdf5 = dsi_alloc_zeroed(1, sizeof *hdf5);
    if (!hdf5 || !(hdf5->datas = dsi_alloc_zeroed(1, sizeof *hdf5->datas)) ||
        pthread_mutex_init(&hdf5->mutex, NULL) != 0)
        abort();
    dsi_source_of_bytes(&source, data, n);
    file.state = hdf5;
    hdf5->memory = -1;
    hdf5->has_mutex = true;
    if (take_told(body, &hdf5->datas[0].told, is_attribute) == DSI_OK) {
        struct dsi_hdf5_data *dataset = &hdf5->datas[0];
        hdf5->n_datas = 1;
        check_round_trip(&dataset->told, is_attribute);
        if (dsi_hdf5_describe(&file, NULL) != DSI_OK)
            abort();
        if (dataset->grid.n_chunks <= MAX_CHUNKS)
            dataset->chunks = place_chunks(dataset->grid.n_chunks, data, n);
        read_rows(&file);
    }
    dsi_file_close(&file);
}

/* --- other messages
 * --------------------------------------------------------------------- */

/* Touches every byte, for the sanitizers. */
static size_t touch(const char *text, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (unsigned char)text[i];
    return sum;
}

static size_t take_request(uint8_t choice, struct dsi_bytes_reader *in)
{
    struct dsi_hdf5_open open;
    struct dsi_hdf5_chunks_request chunks;
    struct dsi_hdf5_rows_request rows;
    if (choice == 0 && dsi_hdf5_read_open(in, &open, NULL) == DSI_OK)
        return touch(open.path, open.n_path);
    if (choice == 1 && dsi_hdf5_read_chunks_request(in, &chunks, NULL) == DSI_OK)
        return touch(chunks.dataset, chunks.n_dataset);
    if (choice == 2 && dsi_hdf5_read_rows_request(in, &rows, NULL) == DSI_OK)
        return touch(rows.dataset, rows.n_dataset);
    if (choice == ATTRIBUTE_ROWS &&
        dsi_hdf5_read_attribute_rows_request(in, &rows, NULL) == DSI_OK)
        return touch(rows.attribute, rows.n_attribute);
    return 0;
}

static size_t take_answer(uint8_t choice, struct dsi_bytes_reader *in)
{
    enum { ROOM = 16 };
    struct dsi_hdf5_chunk chunks[ROOM];
    struct dsi_hdf5_rows rows;
    struct dsi_error error;
    enum dsi_hdf5_type type;
    size_t n = 0;
    if (choice == 0 && dsi_hdf5_read_chunks(in, chunks, ROOM, &n, NULL) == DSI_OK &&
        (n == 0 || n > ROOM))
        abort();
    if (choice == 1 && dsi_hdf5_read_rows(in, &rows, NULL) == DSI_OK)
        return (size_t)(rows.n_rows + rows.n_bytes);
    if (choice == 2 && dsi_hdf5_read_error(in, &error, NULL) == DSI_OK)
        return touch(error.message, strlen(error.message));
    if (choice == 3 && in->n >= DSI_HDF5_HEAD_BYTES &&
        dsi_hdf5_head(in->data, &type, &n, NULL) == DSI_OK && n > DSI_HDF5_MAX_BODY)
        abort();
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { N_HEAD = 3, N_REQUESTS = 3, N_ANSWERS = 4 };
    if (n < N_HEAD)
        return 0;
    size_t n_body = (size_t)data[1] + 256u * data[2];
    n_body = n_body < n - N_HEAD ? n_body : n - N_HEAD;
    struct dsi_bytes_reader body = {.data = data + N_HEAD, .n = n_body};
    uint8_t choice = data[0];
    if (choice < N_REQUESTS || choice == ATTRIBUTE_ROWS)
        (void)take_request(choice, &body);
    else if (choice < N_REQUESTS + N_ANSWERS)
        (void)take_answer((uint8_t)(choice - N_REQUESTS), &body);
    else
        take_dataset(&body, choice == ATTRIBUTE, data + N_HEAD + n_body,
                     n - N_HEAD - n_body);
    return 0;
}
