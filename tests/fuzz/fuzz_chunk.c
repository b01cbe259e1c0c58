/* The first bytes choose filters and sizes, the rest is a chunk. Odd: decoded as it
 * stands, by a new codec and by a used one, which must agree. Even: put through the
 * filters first, by encoders as simple as can be, and must come back. What was decoded
 * then is cut into rows by a grid that is chosen likewise. */
#include "chunk_filters.h"
#include "chunk_grid.h"
#include "fletcher32.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILTERS = 6, MAX_OUT = 1 << 14, MAX_DIMS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
    const uint8_t *data;
    size_t n;
};

static unsigned take(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->data++;
}

static size_t take_filters(struct input *in, struct dsi_hdf5_filter *filters)
{
    static const uint64_t ids[] = {1, 2, 3, 32000};
    size_t n = take(in) % (MAX_FILTERS + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned which = take(in);
        filters[i] = (struct dsi_hdf5_filter){.id = ids[which % 4], .n_values = 1};
        filters[i].values[0] = which / 4 % 40 + (which < 252);
    }
    return n;
}

/* --- encoders; each gives a new buffer and frees the old one --- */

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static uint8_t *deflated(uint8_t *data, size_t *n)
{
    struct libdeflate_compressor *c = must(libdeflate_alloc_compressor(1));
    size_t room = libdeflate_zlib_compress_bound(c, *n);
    uint8_t *out = must(malloc(room));
    *n = libdeflate_zlib_compress(c, data, *n, out, room);
    libdeflate_free_compressor(c);
    free(data);
    return out;
}

static uint8_t *shuffled(uint8_t *data, size_t *n, size_t size)
{
    uint8_t *out = must(malloc(*n + 1));
    size_t n_elements = *n / size;
    memcpy(out, data, *n);
    for (size_t k = 0; k < n_elements * size; k++)
        out[k % size * n_elements + k / size] = data[k];
    free(data);
    return out;
}

static uint8_t *summed(uint8_t *data, size_t *n)
{
    uint32_t sum = dsi_fletcher32_plain(data, *n);
    uint8_t *out = must(realloc(data, *n + 4));
    for (int i = 0; i < 4; i++)
        out[(*n)++] = (uint8_t)(sum >> (8 * i));
    return out;
}

/* Runs of literals, and a repetition where a byte follows its like nine times. */
static uint8_t *lzf(uint8_t *data, size_t *n)
{
    uint8_t *out = must(malloc(2 * *n + 1)), *literals = NULL;
    size_t done = 0;
    for (size_t i = 0; i < *n;) {
        size_t k = 0;
        while (i > 0 && i + k < *n && k < 264 && data[i + k] == data[i - 1])
            k++;
        if (k >= 9) {
            out[done++] = 7 << 5;
            out[done++] = (uint8_t)(k - 9);
            out[done++] = 0;
            literals = NULL;
            i += k;
            continue;
        }
        if (literals && *literals < 31) {
            ++*literals;
        } else {
            literals = &out[done++];
            *literals = 0;
        }
        out[done++] = data[i++];
    }
    *n = done;
    free(data);
    return out;
}

static uint8_t *encoded(const struct dsi_hdf5_filter *filters, size_t n_filters,
                        uint64_t skipped, uint8_t *data, size_t *n)
{
    for (size_t i = 0; i < n_filters; i++)
        if (!(skipped >> i & 1))
            data = filters[i].id == 1 ? deflated(data, n)
                   : filters[i].id == 2
                       ? shuffled(data, n, (size_t)filters[i].values[0])
                   : filters[i].id == 3 ? summed(data, n)
                                        : lzf(data, n);
    return data;
}

/* --- what is checked --- */

/* Decodes into exactly n_out bytes, twice; the codec is used and used again. */
static uint8_t *decoded(const struct dsi_stored_chunk *chunk, size_t n_out)
{
    uint8_t *out = must(malloc(n_out + !n_out)), *again = must(malloc(n_out + !n_out));
    struct dsi_chunk_codec *codec = must(dsi_chunk_codec_new());
    struct dsi_error err;
    enum dsi_status status = dsi_chunk_decode(codec, chunk, out, n_out, &err);
    if (dsi_chunk_decode(codec, chunk, again, n_out, &err) != status ||
        (status == DSI_OK && memcmp(out, again, n_out) != 0))
        abort();
    if (status != DSI_OK && status != DSI_ERR_MALFORMED && status != DSI_ERR_CRC &&
        status != DSI_ERR_UNSUPPORTED)
        abort();
    dsi_chunk_codec_free(codec);
    free(again);
    if (status == DSI_OK)
        return out;
    free(out);
    return NULL;
}

static void place(const struct dsi_chunk_grid *grid, const uint8_t *chunk,
                  struct dsi_chunk_rows *rows, size_t n_bytes)
{
    uint64_t first, n;
    rows->out = must(malloc(n_bytes + !n_bytes));
    dsi_chunk_grid_touch(grid, rows->first, rows->n, &first, &n);
    for (uint64_t c = first; c < first + n; c++) {
        uint8_t *to = dsi_chunk_place(grid, c, rows);
        dsi_chunk_fill(grid, c, c % 2 ? chunk : NULL, rows);
        dsi_chunk_copy(grid, c, chunk, rows);
        if (to && memcmp(to, chunk, (size_t)grid->chunk_bytes) != 0)
            abort();
    }
    free(rows->out);
}

/* The decoded bytes as every chunk of a grid whose chunks are no larger. */
static void cut(struct input *in, const uint8_t *chunk, size_t n_chunk)
{
    struct dsi_chunk_grid grid;
    uint64_t shape[MAX_DIMS], extents[MAX_DIMS], field_shape[4], row = 1;
    int n_dims = 1 + (int)(take(in) % MAX_DIMS);
    struct dsi_field field = {.dtype = {.size = 1 + take(in) % 16}, .n_dims = 2};
    field.shape = field_shape;
    field_shape[0] = 1 + take(in) % 3;
    field_shape[1] = 1 + take(in) % 3;
    field_shape[3] = field.dtype.size + take(in) % 3;
    field_shape[2] = field_shape[3] * field_shape[1] + take(in) % 3;
    field.offset = take(in) % 5;
    for (int i = 0; i < n_dims; i++) {
        shape[i] = take(in) % 12;
        extents[i] = take(in) % 8;
        row *= i ? shape[i] : 1;
    }
    uint64_t element = field.offset + field_shape[2] * field_shape[0] + take(in) % 4;
    if (dsi_chunk_grid_init(&grid, n_dims, shape, extents, element, NULL) != DSI_OK ||
        grid.chunk_bytes > n_chunk || row > 4096)
        return;
    struct dsi_chunk_rows rows = {.field = &field};
    rows.first = take(in) % (shape[0] + 1);
    rows.n = take(in) % (shape[0] - rows.first + 1);
    place(&grid, chunk, &rows, (size_t)(rows.n * row * dsi_field_bytes(&field)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n}, tail = {NULL, 0};
    struct dsi_hdf5_filter filters[MAX_FILTERS] = {0};
    unsigned mode = take(&in), skipped = take(&in);
    size_t n_out = take(&in) << 8, n_filters;
    n_out = (n_out | take(&in)) % MAX_OUT;
    n_filters = take_filters(&in, filters);
    bool is_known = dsi_chunk_filters_known(filters, n_filters);
    if (in.n > 32) { /* the grid */
        tail = (struct input){in.data + in.n - 32, 32};
        in.n -= 32;
    }

    size_t n_stored = mode % 2 ? in.n : in.n % MAX_OUT;
    uint8_t *stored = must(malloc(n_stored + 1)), *out;
    memcpy(stored, in.data ? in.data : (const uint8_t *)"", n_stored);
    if (mode % 2 == 0 && is_known) {
        n_out = n_stored;
        stored = encoded(filters, n_filters, skipped, stored, &n_stored);
    }
    stored = must(realloc(stored, n_stored + !n_stored));
    struct dsi_stored_chunk chunk = {filters, n_filters, skipped, stored, n_stored};
    out = decoded(&chunk, n_out);
    if (mode % 2 == 0 && is_known && (!out || memcmp(out, in.data, n_out) != 0))
        abort();
    if (out)
        cut(&tail, out, n_out);
    free(out);
    free(stored);
    return 0;
}
