/* Rows that only the helper can read: it leaves them in the memory that both share, a
 * piece at a time. */
#include "hdf5_file.h"

#include <string.h>

enum {
    PIECE_BYTES = 4 << 20, /* of shared memory, when rows are small */
    END_BYTES = 8,         /* the end of a string's text */
    TEXT_BYTES = 24,       /* of a string, as a guess */
};

/* One request, and where its answer goes. */
struct piece {
    struct dsi_rows *rows;
    uint64_t max_bytes;
    uint64_t n_rows; /* asked for, and then delivered */
    uint64_t room, needed;
    uint64_t row_items, row_bytes; /* as delivered to our caller */
    bool is_text;
};

/* --- what came
 * -------------------------------------------------------------------------- */

static enum dsi_status lie(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED,
                    "the HDF5 reader delivered what are no rows");
}

static enum dsi_status take_values(struct piece *piece,
                                   struct dsi_hdf5_process *process,
                                   const struct dsi_hdf5_rows *got,
                                   struct dsi_error *err)
{
    struct dsi_bytes *values = &piece->rows->values;
    if (got->n_bytes != got->n_rows * piece->row_bytes)
        return lie(err);
    DSI_TRY(dsi_bytes_reserve(values, (size_t)got->n_bytes, err));
    DSI_TRY(dsi_hdf5_process_copy(process, 0, values->data + values->n,
                                  (size_t)got->n_bytes, err));
    values->n += (size_t)got->n_bytes;
    return DSI_OK;
}

/* Ends become strings whose text is, until all of it has come, a distance from the
 * start of rows->text. */
static enum dsi_status take_ends(struct piece *piece, const uint8_t *ends,
                                 uint64_t n_items, uint64_t n_text,
                                 struct dsi_error *err)
{
    struct dsi_bytes *values = &piece->rows->values;
    uint64_t start = 0, before = piece->rows->text.n;
    size_t n_bytes = (size_t)(n_items * sizeof(struct dsi_string));
    DSI_TRY(dsi_bytes_reserve(values, n_bytes, err));
    for (uint64_t i = 0; i < n_items; i++) {
        uint64_t end;
        memcpy(&end, ends + i * END_BYTES, sizeof end);
        if (end < start || end > n_text)
            return lie(err);
        const struct dsi_string string = {.text =
                                              (const char *)(uintptr_t)(before + start),
                                          .n = (size_t)(end - start)};
        memcpy(values->data + values->n + i * sizeof string, &string, sizeof string);
        start = end;
    }
    if (start != n_text)
        return lie(err);
    values->n += n_bytes;
    return DSI_OK;
}

static enum dsi_status take_texts(struct piece *piece, struct dsi_hdf5_process *process,
                                  const struct dsi_hdf5_rows *got,
                                  struct dsi_error *err)
{
    struct dsi_rows *rows = piece->rows;
    uint64_t n_items = got->n_rows * piece->row_items, n_ends = n_items * END_BYTES;
    if (n_ends > got->n_bytes)
        return lie(err);
    uint64_t n_text = got->n_bytes - n_ends;
    if (n_text > piece->max_bytes - rows->text.n)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "its texts take more than the limit of %llu bytes; raise it "
                        "with --limit-bytes",
                        (unsigned long long)piece->max_bytes);
    DSI_TRY(dsi_bytes_claim(&rows->scratch, n_ends, err));
    DSI_TRY(dsi_hdf5_process_copy(process, 0, rows->scratch.data, (size_t)n_ends, err));
    DSI_TRY(dsi_bytes_reserve(&rows->text, (size_t)n_text, err));
    DSI_TRY(dsi_hdf5_process_copy(process, n_ends, rows->text.data + rows->text.n,
                                  (size_t)n_text, err));
    DSI_TRY(take_ends(piece, rows->scratch.data, n_items, n_text, err));
    rows->text.n += (size_t)n_text;
    return DSI_OK;
}

static enum dsi_status take(void *state, struct dsi_hdf5_process *process,
                            enum dsi_hdf5_type type, struct dsi_bytes_reader *body,
                            struct dsi_error *err)
{
    struct piece *piece = state;
    struct dsi_hdf5_rows got;
    if (type != DSI_HDF5_ROWS)
        return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader said what none asked");
    DSI_TRY(dsi_hdf5_read_rows(body, &got, err));
    if (got.n_rows == 0 && got.n_bytes > piece->room) {
        piece->needed = got.n_bytes;
        piece->n_rows = 0;
        return DSI_OK;
    }
    if (got.n_rows == 0 || got.n_rows > piece->n_rows || got.n_bytes > piece->room)
        return lie(err);
    DSI_TRY(piece->is_text ? take_texts(piece, process, &got, err)
                           : take_values(piece, process, &got, err));
    piece->n_rows = got.n_rows;
    return DSI_OK;
}

/* --- asking
 * ----------------------------------------------------------------------------- */

static enum dsi_status ask(struct dsi_hdf5_file *hdf5,
                           const struct dsi_hdf5_array *array, uint64_t first,
                           struct piece *piece, struct dsi_error *err)
{
    const struct dsi_hdf5_data *data = &hdf5->datas[array->data];
    const struct dsi_hdf5_taker taker = {.take = take, .state = piece};
    const struct dsi_hdf5_rows_request request = {
        .dataset = data->told.path,
        .n_dataset = strlen(data->told.path),
        .field = array->field,
        .first = first,
        .n = piece->n_rows,
        .room = piece->room,
        .attribute = data->told.attribute,
        .n_attribute = data->told.attribute ? strlen(data->told.attribute) : 0,
    };
    const enum dsi_hdf5_type type =
        request.attribute ? DSI_HDF5_ATTRIBUTE_ROWS : DSI_HDF5_ROWS;
    struct dsi_bytes body = {0};
    enum dsi_status status = dsi_hdf5_write_rows_request(&body, &request, err);
    if (status == DSI_OK)
        status = dsi_hdf5_pool_ask(&hdf5->pool, type, &body, piece->room, &taker, err);
    dsi_bytes_free(&body);
    return status;
}

/* Rows of one request: what fits the shared memory; or all that are decoded together,
 * so that nothing is decoded twice. */
static uint64_t piece_rows(const struct dsi_hdf5_data *data, uint64_t bytes,
                           uint64_t max_bytes, uint64_t first, uint64_t n)
{
    uint64_t together = data->told.layout == DSI_HDF5_CHUNKED ? data->told.chunk[0] : 1;
    uint64_t most = bytes < PIECE_BYTES ? PIECE_BYTES / bytes : 1;
    if (together > most && together <= max_bytes / bytes)
        most = together - first % together;
    return most < n ? most : n;
}

/* Asks again with as much room as one row takes, when that was more. */
static enum dsi_status ask_with_room(struct dsi_hdf5_file *hdf5,
                                     const struct dsi_hdf5_array *array, uint64_t first,
                                     struct piece *piece, struct dsi_error *err)
{
    uint64_t n_rows = piece->n_rows, ends = piece->row_items * END_BYTES;
    piece->needed = 0;
    DSI_TRY(ask(hdf5, array, first, piece, err));
    if (piece->n_rows)
        return DSI_OK;
    if (piece->needed > piece->max_bytes && piece->needed - piece->max_bytes > ends)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "one row takes %llu bytes, more than the limit of %llu; raise "
                        "it with --limit-bytes",
                        (unsigned long long)piece->needed,
                        (unsigned long long)piece->max_bytes);
    piece->room = piece->needed;
    piece->n_rows = n_rows;
    DSI_TRY(ask(hdf5, array, first, piece, err));
    return piece->n_rows ? DSI_OK : lie(err);
}

static void place_texts(struct dsi_rows *rows)
{
    for (size_t at = 0; at < rows->values.n; at += sizeof(struct dsi_string)) {
        struct dsi_string string;
        memcpy(&string, rows->values.data + at, sizeof string);
        string.text =
            string.n ? (const char *)rows->text.data + (uintptr_t)string.text : "";
        memcpy(rows->values.data + at, &string, sizeof string);
    }
}

enum dsi_status dsi_hdf5_read_by_helper(struct dsi_file *file, size_t index,
                                        uint64_t first, uint64_t n,
                                        struct dsi_rows *rows, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    const struct dsi_hdf5_array *array = &hdf5->arrays[index];
    const struct dsi_hdf5_data *data = &hdf5->datas[array->data];
    const struct dsi_array *described = &file->arrays[index];
    bool is_text = described->dtype.kind == DSI_STRING;
    uint64_t items = dsi_array_row_items(described);
    if (data->told.n_dims == 0) /* one row, the whole of it */
        items *= dsi_array_n_rows(described);
    struct piece piece = {
        .rows = rows,
        .max_bytes = file->options.limits.max_bytes,
        .row_items = items,
        .row_bytes = items * described->dtype.size,
        .is_text = is_text,
    };
    uint64_t guess = is_text ? items * (END_BYTES + TEXT_BYTES) : piece.row_bytes;
    enum dsi_status status = dsi_bytes_claim(&rows->values, n * piece.row_bytes, err);
    rows->values.n = 0;
    while (rows->n_rows < n && status == DSI_OK) {
        piece.n_rows = piece_rows(data, guess, piece.max_bytes, first + rows->n_rows,
                                  n - rows->n_rows);
        piece.room = piece.n_rows * guess;
        piece.room = piece.room < PIECE_BYTES ? PIECE_BYTES : piece.room;
        status = ask_with_room(hdf5, array, first + rows->n_rows, &piece, err);
        if (status == DSI_OK)
            rows->n_rows += piece.n_rows;
    }
    if (is_text)
        place_texts(rows);
    return status;
}
