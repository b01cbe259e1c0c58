#include "gather.h"

#include <string.h>

enum {
    CHUNK_BYTES = 256 << 10, /* stays in a core's second-level cache */
    /* Bytes read and thrown away cost less than one more system call up to about here.
     */
    GAP_BYTES = 4096,
    TILE_COLUMNS = 1024, /* at most, for the table of their places */
    TILE_ROWS = 8, /* output lines written at a time: one per way of a small cache */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t dsi_field_span(const struct dsi_field *field)
{
    uint64_t span = field->dtype.size;
    if (dsi_field_bytes(field) == 0)
        return 0;
    for (int i = 0; i < field->n_dims; i++)
        span += (field->shape[i] - 1) * dsi_field_stride(field, i);
    return span;
}

bool dsi_gather_is_plain(const struct dsi_gather *gather)
{
    return dsi_field_bytes(gather->field) == gather->header->record_bytes;
}

static bool is_contiguous(const struct dsi_field *field)
{
    return dsi_field_bytes(field) == dsi_field_span(field);
}

/* Copies the box of values of one record whose axes from axis on are still open.
 * Returns the end of what it wrote. */
static uint8_t *copy_box(uint8_t *out, const uint8_t *in, const struct dsi_field *field,
                         int axis)
{
    if (axis == field->n_dims) {
        memcpy(out, in, field->dtype.size);
        return out + field->dtype.size;
    }
    for (uint64_t i = 0; i < field->shape[axis]; i++)
        out = copy_box(out, in + i * dsi_field_stride(field, axis), field, axis + 1);
    return out;
}

/* Copies n runs of size bytes; with size a constant the compiler makes moves of it. */
static inline void copy_runs(uint8_t *out, size_t out_stride, const uint8_t *in,
                             size_t in_stride, size_t size, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * out_stride, in + i * in_stride, size);
}

static void copy_strided(uint8_t *out, size_t out_stride, const uint8_t *in,
                         size_t in_stride, size_t size, size_t n)
{
    switch (size) {
    case 1:
        copy_runs(out, out_stride, in, in_stride, 1, n);
        return;
    case 2:
        copy_runs(out, out_stride, in, in_stride, 2, n);
        return;
    case 4:
        copy_runs(out, out_stride, in, in_stride, 4, n);
        return;
    case 8:
        copy_runs(out, out_stride, in, in_stride, 8, n);
        return;
    case 16:
        copy_runs(out, out_stride, in, in_stride, 16, n);
        return;
    default:
        copy_runs(out, out_stride, in, in_stride, size, n);
    }
}

static void copy_records(const struct dsi_gather *g, uint8_t *out, const uint8_t *in,
                         size_t n)
{
    size_t stride = (size_t)g->header->record_bytes;
    size_t size = (size_t)dsi_field_bytes(g->field);
    if (is_contiguous(g->field)) {
        copy_strided(out, size, in, stride, size, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        copy_box(out + i * size, in + i * stride, g->field, 0);
}

enum dsi_status dsi_gather_records(const struct dsi_gather *g, uint64_t first,
                                   uint64_t n, uint8_t *out, struct dsi_bytes *scratch,
                                   uint64_t *n_done, struct dsi_error *err)
{
    uint64_t stride = g->header->record_bytes, span = dsi_field_span(g->field);
    uint64_t size = dsi_field_bytes(g->field);
    uint64_t start = g->header->data_offset + g->field->offset;
    /* Far apart, or a large piece already: each straight to its place. */
    bool alone = stride - span > GAP_BYTES || span >= CHUNK_BYTES;
    bool direct = alone && is_contiguous(g->field);
    uint64_t chunk = alone ? 1 : least(n, 1 + (CHUNK_BYTES - span) / stride);

    *n_done = 0;
    if (!direct)
        DSI_TRY(dsi_bytes_claim(scratch, (chunk - 1) * stride + span, err));
    while (*n_done < n) {
        uint64_t k = least(chunk, n - *n_done);
        size_t want = (size_t)((k - 1) * stride + span), got;
        uint8_t *to = direct ? out : scratch->data;
        DSI_TRY(dsi_source_read(g->source, start + (first + *n_done) * stride, to, want,
                                &got, err));
        if (got < want)
            k = got < span ? 0 : (got - span) / stride + 1;
        if (!direct)
            copy_records(g, out, to, (size_t)k);
        out += k * size;
        *n_done += k;
        if (got < want)
            return dsi_fail(err, DSI_ERR_TRUNCATED, "ends within record %llu",
                            (unsigned long long)(first + *n_done));
    }
    return DSI_OK;
}

/* A run of columns (all of one row's positions, in the order of the file, the second
 * axis fastest) and where each belongs in a row in C order (the last axis fastest). */
struct walk {
    const struct dsi_records *header;
    uint64_t index[DSI_MAX_DIMS]; /* of the next column */
    uint64_t stride[DSI_MAX_DIMS];
    uint64_t place; /* of the next column, in a row */
};

static void start_walk(struct walk *w, const struct dsi_records *header)
{
    uint64_t stride = 1;
    *w = (struct walk){.header = header};
    for (int i = header->n_dims - 1; i > 0; i--) {
        w->stride[i] = stride;
        stride *= header->shape[i];
    }
}

static uint64_t next_place(struct walk *w)
{
    uint64_t place = w->place;
    for (int i = 1; i < w->header->n_dims; i++) {
        w->place += w->stride[i];
        if (++w->index[i] < w->header->shape[i])
            break;
        w->place -= w->stride[i] * w->header->shape[i];
        w->index[i] = 0;
    }
    return place;
}

/* A rectangle of the array, on its way: n_columns columns of n_rows values, each column
 * by itself in data, stride bytes after the one before. */
struct tile {
    uint8_t *data;
    size_t stride, n_rows, n_columns;
    uint64_t places[TILE_COLUMNS];
};

/* Writes a few rows at a time, so that the lines written to stay in cache while the
 * columns go by. */
static void scatter(const struct tile *tile, uint8_t *out, size_t row_bytes,
                    size_t size)
{
    for (size_t r = 0; r < tile->n_rows; r += TILE_ROWS) {
        size_t n = (size_t)least(TILE_ROWS, tile->n_rows - r);
        for (size_t c = 0; c < tile->n_columns; c++)
            copy_strided(out + r * row_bytes + tile->places[c] * size, row_bytes,
                         tile->data + c * tile->stride + r * size, size, size, n);
    }
}

/* Columns of plain values: read in one go when the gaps between them are small. */
static enum dsi_status read_plain_tile(const struct dsi_gather *g, uint64_t column,
                                       uint64_t row, struct tile *tile,
                                       struct dsi_error *err)
{
    uint64_t size = g->header->record_bytes, stride = g->header->shape[0] * size;
    uint64_t start = g->header->data_offset + column * stride + row * size;
    size_t n = (size_t)(tile->n_rows * size);
    if (stride - n <= GAP_BYTES) {
        tile->stride = (size_t)stride;
        return dsi_source_read_all(g->source, start, tile->data,
                                   (tile->n_columns - 1) * tile->stride + n, err);
    }
    tile->stride = n;
    for (size_t c = 0; c < tile->n_columns; c++)
        DSI_TRY(dsi_source_read_all(g->source, start + c * stride, tile->data + c * n,
                                    n, err));
    return DSI_OK;
}

/* The columns a tile may have so that it fits its chunk. */
static uint64_t tile_columns(const struct dsi_gather *g, uint64_t n_rows)
{
    uint64_t n = n_rows * g->header->record_bytes;
    uint64_t stride = g->header->shape[0] * g->header->record_bytes;
    uint64_t step = stride - n <= GAP_BYTES ? stride : n;
    return least(TILE_COLUMNS, n < CHUNK_BYTES ? 1 + (CHUNK_BYTES - n) / step : 1);
}

static enum dsi_status gather_plain(const struct dsi_gather *g, uint64_t first,
                                    uint64_t n, uint64_t n_columns, uint8_t *out,
                                    struct dsi_bytes *scratch, struct dsi_error *err)
{
    uint64_t size = g->header->record_bytes;
    /* At least eight columns to a tile, or the output would be written in crumbs. */
    uint64_t max_rows = least(n, most(1, CHUNK_BYTES / 8 / size));
    struct tile tile;

    DSI_TRY(dsi_bytes_claim(scratch, most(CHUNK_BYTES, size), err));
    tile.data = scratch->data;
    for (uint64_t row = 0; row < n; row += max_rows) {
        struct walk walk;
        start_walk(&walk, g->header);
        tile.n_rows = (size_t)least(max_rows, n - row);
        uint64_t max_columns = tile_columns(g, tile.n_rows);
        for (uint64_t column = 0; column < n_columns; column += max_columns) {
            tile.n_columns = (size_t)least(max_columns, n_columns - column);
            for (size_t c = 0; c < tile.n_columns; c++)
                tile.places[c] = next_place(&walk);
            DSI_TRY(read_plain_tile(g, column, first + row, &tile, err));
            scatter(&tile, out + row * n_columns * size, (size_t)(n_columns * size),
                    (size_t)size);
        }
    }
    return DSI_OK;
}

/* One column of a field at a time: gathered, then spread over the rows. */
static enum dsi_status gather_fields(const struct dsi_gather *g, uint64_t first,
                                     uint64_t n, uint64_t n_columns, uint8_t *out,
                                     struct dsi_bytes *scratch, struct dsi_error *err)
{
    uint64_t size = dsi_field_bytes(g->field), n_done;
    uint64_t max_rows = least(n, most(1, CHUNK_BYTES / size));
    struct dsi_bytes values = {0};
    struct walk walk;

    enum dsi_status status = dsi_bytes_claim(&values, max_rows * size, err);
    start_walk(&walk, g->header);
    for (uint64_t c = 0; c < n_columns && status == DSI_OK; c++) {
        uint8_t *column = out + next_place(&walk) * size;
        for (uint64_t row = 0; row < n && status == DSI_OK; row += max_rows) {
            uint64_t k = least(max_rows, n - row);
            status = dsi_gather_records(g, c * g->header->shape[0] + first + row, k,
                                        values.data, scratch, &n_done, err);
            if (status == DSI_OK)
                copy_strided(column + row * n_columns * size,
                             (size_t)(n_columns * size), values.data, (size_t)size,
                             (size_t)size, (size_t)k);
        }
    }
    dsi_bytes_free(&values);
    return status;
}

enum dsi_status dsi_gather_rows(const struct dsi_gather *g, uint64_t first, uint64_t n,
                                uint8_t *out, struct dsi_bytes *scratch,
                                struct dsi_error *err)
{
    uint64_t n_columns = g->header->n_records / g->header->shape[0];
    if (dsi_gather_is_plain(g))
        return gather_plain(g, first, n, n_columns, out, scratch, err);
    return gather_fields(g, first, n, n_columns, out, scratch, err);
}
