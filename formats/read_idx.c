/* IDX, the format of MNIST and its descendants (yann.lecun.com/exdb/mnist): 00 00, a
 * type, the number of dimensions, each as 32 bits, then the values, all big-endian.
 * Plain or compressed by gzip. */
#include "gzip_stream.h"
#include "reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct idx {
    uint64_t header;       /* bytes before the values */
    struct dsi_gzip *gzip; /* NULL when plain */
};

static const uint8_t gzip_magic[3] = {0x1f, 0x8b, 0x08};

static bool is_gzip(const uint8_t *head, size_t n)
{
    return n >= sizeof gzip_magic && memcmp(head, gzip_magic, sizeof gzip_magic) == 0;
}

static bool find_type(uint8_t code, struct dsi_dtype *dtype)
{
    static const struct {
        uint8_t code;
        enum dsi_kind kind;
        uint8_t size;
    } types[] = {
        {0x08, DSI_UINT, 1}, {0x09, DSI_INT, 1},   {0x0b, DSI_INT, 2},
        {0x0c, DSI_INT, 4},  {0x0d, DSI_FLOAT, 4}, {0x0e, DSI_FLOAT, 8},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].code == code) {
            *dtype = (struct dsi_dtype){
                .kind = types[i].kind, .size = types[i].size, .big_endian = true};
            return true;
        }
    return false;
}

static bool is_idx(const uint8_t *head, size_t n)
{
    struct dsi_dtype dtype;
    return n >= 4 && head[0] == 0 && head[1] == 0 && find_type(head[2], &dtype) &&
           head[3] <= DSI_MAX_DIMS;
}

static int probe_idx(const uint8_t *head, size_t n)
{
    /* Two zeros are 16 bits, one of 6 types 5.4 and one of 65 ranks 2. */
    return is_gzip(head, n) ? 24 : is_idx(head, n) ? 23 : 0;
}

/* n bytes of what the file holds, from the position after those read before. */
static enum dsi_status read_header(struct dsi_file *file, void *buffer, size_t n,
                                   struct dsi_error *err)
{
    struct idx *idx = file->state;
    size_t got;
    if (!idx->gzip)
        DSI_TRY(dsi_source_read(file->source, idx->header, buffer, n, &got, err));
    else
        DSI_TRY(dsi_gzip_read(idx->gzip, buffer, n, &got, err));
    idx->header += got;
    if (got < n)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "IDX: ends inside its header");
    return DSI_OK;
}

static enum dsi_status check_magic(const struct idx *idx, const uint8_t magic[4],
                                   struct dsi_dtype *dtype, struct dsi_error *err)
{
    if (is_idx(magic, 4) && find_type(magic[2], dtype))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT,
                    "%s %02x %02x %02x %02x, not an IDX header (00 00, one of 08 09 0b "
                    "0c 0d 0e, at most %d dimensions)",
                    idx->gzip ? "gzip: decompress it first; inside is" : "starts with",
                    magic[0], magic[1], magic[2], magic[3], DSI_MAX_DIMS);
}

static enum dsi_status start_gzip(struct dsi_file *file, struct dsi_error *err)
{
    struct idx *idx = file->state;
    uint8_t head[3];
    size_t n;
    DSI_TRY(dsi_source_read(file->source, 0, head, sizeof head, &n, err));
    if (!is_gzip(head, n))
        return DSI_OK;
    idx->gzip = calloc(1, sizeof *idx->gzip);
    if (!idx->gzip)
        return dsi_fail_memory(err, sizeof *idx->gzip);
    return dsi_gzip_start(idx->gzip, file->source, err);
}

static enum dsi_status read_shape(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_array *array = &file->arrays[0];
    uint8_t magic[4], extents[DSI_MAX_DIMS * 4];
    enum dsi_status status = read_header(file, magic, sizeof magic, err);
    const struct idx *idx = file->state;
    if (status == DSI_ERR_TRUNCATED && idx->gzip && idx->gzip->ended)
        return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT,
                        "gzip: decompress it first; inside are %" PRIu64
                        " bytes, no IDX header",
                        idx->header);
    DSI_TRY(status);
    DSI_TRY(check_magic(idx, magic, &array->dtype, err));
    array->n_dims = magic[3];
    DSI_TRY(read_header(file, extents, (size_t)array->n_dims * 4, err));
    for (int i = 0; i < array->n_dims; i++) {
        const uint8_t *e = extents + 4 * (size_t)i;
        array->shape[i] =
            (uint32_t)e[0] << 24 | (uint32_t)e[1] << 16 | (uint32_t)e[2] << 8 | e[3];
    }
    return dsi_array_check(array, err);
}

/* A plain file's size tells at once whether its header lies. */
static void check_size(struct dsi_file *file)
{
    struct dsi_array *array = &file->arrays[0];
    const struct idx *idx = file->state;
    uint64_t n_rows = dsi_array_n_rows(array), row_bytes = dsi_array_row_bytes(array);
    uint64_t wanted = n_rows * row_bytes;
    uint64_t there = file->source->n_bytes - idx->header;
    array->n_bytes_stored = there < wanted ? there : wanted;
    array->n_rows_missing = there < wanted ? n_rows - there / row_bytes : 0;
    if (there < wanted)
        dsi_warn(&file->warnings, DSI_ERR_TRUNCATED,
                 "%" PRIu64 " of %" PRIu64 " rows are missing: the file ends %" PRIu64
                 " bytes early",
                 array->n_rows_missing, n_rows, wanted - there);
    else if (there > wanted)
        dsi_warn(&file->warnings, DSI_OK, "%" PRIu64 " bytes after the last value",
                 there - wanted);
}

static enum dsi_status open_idx(struct dsi_file *file, struct dsi_error *err)
{
    struct idx *idx = calloc(1, sizeof *idx);
    file->arrays = calloc(1, sizeof *file->arrays);
    file->state = idx;
    if (!idx || !file->arrays)
        return dsi_fail_memory(err, sizeof *idx + sizeof *file->arrays);
    file->n_arrays = 1;
    DSI_TRY(start_gzip(file, err));
    DSI_TRY(read_shape(file, err));
    struct dsi_array *array = &file->arrays[0];
    bool stream = file->source->kind == DSI_SOURCE_STREAM;
    array->sequential = stream || idx->gzip;
    if (!idx->gzip && !stream)
        check_size(file);
    if (!idx->gzip)
        return DSI_OK;
    array->n_bytes_stored = stream ? 0 : file->source->n_bytes;
    array->filters = dsi_text_copy("gzip", 4);
    return array->filters ? DSI_OK : dsi_fail_memory(err, 5);
}

/* Reads n bytes of values into rows->values in pieces, so that a header that promises
 * more than there is costs no memory. */
static enum dsi_status read_plain(struct dsi_file *file, uint64_t offset, uint64_t n,
                                  struct dsi_rows *rows, struct dsi_error *err)
{
    enum { FIRST_PIECE = 1 << 20 };
    const struct idx *idx = file->state;
    while (rows->values.n < n) {
        uint64_t left = n - rows->values.n;
        size_t piece = rows->values.n > FIRST_PIECE ? rows->values.n : FIRST_PIECE, got;
        piece = left < piece ? (size_t)left : piece;
        DSI_TRY(dsi_bytes_reserve(&rows->values, piece, err));
        uint8_t *to = rows->values.data + rows->values.n;
        enum dsi_status status =
            idx->gzip ? dsi_gzip_read(idx->gzip, to, piece, &got, err)
                      : dsi_source_read(file->source, offset + rows->values.n, to,
                                        piece, &got, err);
        rows->values.n += got;
        DSI_TRY(status);
        if (got < piece)
            return dsi_fail(err, DSI_ERR_TRUNCATED,
                            "ends after %" PRIu64 " of the values' bytes; the header "
                            "says %" PRIu64,
                            offset - idx->header + rows->values.n,
                            dsi_array_n_rows(&file->arrays[0]) *
                                dsi_array_row_bytes(&file->arrays[0]));
    }
    return DSI_OK;
}

/* Inflates up to position without keeping anything. */
static enum dsi_status seek_gzip(struct dsi_gzip *gzip, uint64_t position,
                                 struct dsi_error *err)
{
    uint8_t waste[16384];
    if (position < gzip->position)
        DSI_TRY(dsi_gzip_rewind(gzip, err));
    while (gzip->position < position) {
        uint64_t left = position - gzip->position;
        size_t want = left < sizeof waste ? (size_t)left : sizeof waste, got;
        DSI_TRY(dsi_gzip_read(gzip, waste, want, &got, err));
        if (got < want)
            return dsi_fail(err, DSI_ERR_TRUNCATED,
                            "ends after %" PRIu64
                            " bytes, before row values at %" PRIu64,
                            gzip->position, position);
    }
    return DSI_OK;
}

/* After the last row: only here does the CRC come by. */
static enum dsi_status check_gzip_end(struct dsi_gzip *gzip, struct dsi_rows *rows,
                                      struct dsi_error *err)
{
    uint8_t more;
    size_t got;
    DSI_TRY(dsi_gzip_read(gzip, &more, 1, &got, err));
    if (got)
        dsi_warn(&rows->warnings, DSI_OK,
                 "bytes after the last value (the CRC after them is not checked)");
    else if (gzip->surplus)
        dsi_warn(&rows->warnings, DSI_OK, "bytes after the end of the gzip data");
    return DSI_OK;
}

static enum dsi_status read_idx(struct dsi_file *file, size_t index, uint64_t first,
                                uint64_t n, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[index];
    const struct idx *idx = file->state;
    uint64_t row_bytes = dsi_array_row_bytes(array);
    uint64_t limit = file->options.limits.max_bytes;
    if (row_bytes > limit)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "a row of %" PRIu64 " bytes; the limit is %" PRIu64
                        " (--limit-bytes)",
                        row_bytes, limit);
    /* No overflow: n_rows x row_bytes fits, and the range was checked. */
    uint64_t offset = idx->header + first * row_bytes;
    enum dsi_status status = DSI_OK;
    if (idx->gzip)
        status = seek_gzip(idx->gzip, offset, err);
    if (status == DSI_OK)
        status = read_plain(file, offset, n * row_bytes, rows, err);
    rows->n_rows = status == DSI_OK ? n : row_bytes ? rows->values.n / row_bytes : 0;
    rows->values.n = (size_t)(rows->n_rows * row_bytes);
    if (array->dtype.big_endian != dsi_machine_is_big_endian() && rows->values.n)
        dsi_dtype_swap(array->dtype, rows->values.data,
                       rows->values.n / array->dtype.size);
    if (status == DSI_OK && idx->gzip && first + n == dsi_array_n_rows(array))
        status = check_gzip_end(idx->gzip, rows, err);
    return status;
}

static void close_idx(struct dsi_file *file)
{
    struct idx *idx = file->state;
    if (idx && idx->gzip) {
        dsi_gzip_stop(idx->gzip);
        free(idx->gzip);
    }
    free(idx);
}

static const char *const suffixes[] = {"-ubyte", "-ubyte.gz", ".idx", ".idx.gz",
                                       ".idx1",  ".idx3",     NULL};

const struct dsi_format dsi_format_idx = {
    .name = "idx",
    .suffixes = suffixes,
    .probe = probe_idx,
    .open = open_idx,
    .read = read_idx,
    .close = close_idx,
};
