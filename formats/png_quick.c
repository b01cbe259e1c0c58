/* What libpng would refuse, repair or warn of is left to it: whoever walks the chunks
 * here gives up at the first that is not plain. */
#include "png_quick.h"

#include "png_unfilter.h"

#include <libdeflate.h>
#include <string.h>

/* Of the file, and of the filtered rows: what lies beyond takes rows one by one. */
enum { MAX_BYTES = 32 << 20 };
enum { SIGNATURE_BYTES = 8, CHUNK_HEAD = 8, CHUNK_BYTES = 12 };

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_quick_kind(const struct dsi_png_header *h)
{
    return h->depth == 8 && !h->interlaced && h->colour != DSI_PNG_PALETTE;
}

static bool is(const uint8_t *chunk, const char *name)
{
    return memcmp(chunk + 4, name, 4) == 0;
}

/* Ancillary chunks that say nothing of the pixels' values; tRNS might. */
static bool may_be_passed(const uint8_t *chunk)
{
    for (int i = 4; i < 8; i++)
        if ((chunk[i] | 0x20) < 'a' || (chunk[i] | 0x20) > 'z')
            return false;
    return (chunk[4] & 0x20) && !(chunk[6] & 0x20) && !is(chunk, "tRNS");
}

/* A PNG file in memory, and how far it has been walked through. */
struct walk {
    uint8_t *bytes;
    size_t n, at;
    size_t n_joined; /* of what the IDAT chunks hold, put together from `joined` on */
    uint8_t *joined;
};

/* The chunk's head; NULL unless all of it is there and its CRC holds. */
static const uint8_t *next_chunk(struct walk *walk, size_t *n_data)
{
    const uint8_t *chunk = walk->bytes + walk->at;
    if (walk->n - walk->at < CHUNK_BYTES)
        return NULL;
    *n_data = big32(chunk);
    if (*n_data > walk->n - walk->at - CHUNK_BYTES)
        return NULL;
    if (libdeflate_crc32(0, chunk + 4, 4 + *n_data) !=
        big32(chunk + CHUNK_HEAD + *n_data))
        return NULL;
    walk->at += CHUNK_BYTES + *n_data;
    return chunk;
}

static bool is_same_header(const uint8_t *chunk, size_t n_data,
                           const struct dsi_png_header *h)
{
    const uint8_t *data = chunk + CHUNK_HEAD;
    return is(chunk, "IHDR") && n_data == 13 && big32(data) == h->width &&
           big32(data + 4) == h->height && data[8] == h->depth &&
           data[9] == h->colour && data[10] == 0 && data[11] == 0 && data[12] == 0;
}

/* Joins what the IDAT chunks hold, moving it towards the start of the file, to which
 * the walk does not return. */
static bool join(struct walk *walk, const struct dsi_png_header *h)
{
    size_t n_data;
    walk->at = SIGNATURE_BYTES;
    const uint8_t *chunk = next_chunk(walk, &n_data);
    if (!chunk || !is_same_header(chunk, n_data, h))
        return false;
    bool was_idat = false;
    while ((chunk = next_chunk(walk, &n_data)) && !is(chunk, "IEND")) {
        const bool is_idat = is(chunk, "IDAT");
        if (is_idat && walk->joined && !was_idat)
            return false;
        if (is_idat && !walk->joined)
            walk->joined = walk->bytes + (chunk - walk->bytes);
        if (is_idat) {
            memmove(walk->joined + walk->n_joined, chunk + CHUNK_HEAD, n_data);
            walk->n_joined += n_data;
        } else if (!may_be_passed(chunk)) {
            return false;
        }
        was_idat = is_idat;
    }
    return chunk && n_data == 0 && walk->at == walk->n && walk->n_joined > 2;
}

/* A window smaller than the picture may be one that a distance goes beyond, which zlib
 * minds and libdeflate does not. */
static bool has_room(const uint8_t *zlib, size_t n_raw)
{
    const unsigned window_bits = (zlib[0] >> 4) + 8U;
    return window_bits >= 15 || n_raw <= (size_t)1 << window_bits;
}

/* zlib also minds codes that the standard leaves without a meaning, or that are counted
 * or repeated beyond the last there is; libdeflate gives them one. No encoder writes
 * them, and by damage alone they do not come with an Adler-32 that holds: such a
 * picture is taken here. */
static enum dsi_status inflate(const struct walk *walk, uint8_t *out, size_t n,
                               bool *done, struct dsi_error *err)
{
    size_t n_read = 0;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (!inflater)
        return dsi_fail(err, DSI_ERR_MEMORY, "no memory for libdeflate");
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(
        inflater, walk->joined, walk->n_joined, out, n, &n_read, NULL);
    libdeflate_free_decompressor(inflater);
    *done = result == LIBDEFLATE_SUCCESS && n_read == walk->n_joined;
    return DSI_OK;
}

static enum dsi_status decode(struct walk *walk, const struct dsi_png_header *h,
                              struct dsi_rows *rows, size_t row_bytes, bool *done,
                              struct dsi_error *err)
{
    const size_t n_raw = (row_bytes + 1) * h->height;
    if (walk->n < SIGNATURE_BYTES || !join(walk, h) || !has_room(walk->joined, n_raw))
        return DSI_OK;
    DSI_TRY(dsi_bytes_claim(&rows->values, n_raw, err));
    DSI_TRY(inflate(walk, rows->values.data, n_raw, done, err));
    *done = *done &&
            dsi_png_unfilter(rows->values.data, h->height, row_bytes, h->n_channels);
    return DSI_OK;
}

enum dsi_status dsi_png_quick(const struct dsi_file *file,
                              const struct dsi_png_header *h, struct dsi_rows *rows,
                              bool *done, struct dsi_error *err)
{
    struct dsi_source *source = file->source;
    const size_t row_bytes = (size_t)h->width * h->n_channels;
    const uint64_t n_raw = ((uint64_t)row_bytes + 1) * h->height;
    *done = false;
    if (!is_quick_kind(h) || source->kind == DSI_SOURCE_STREAM ||
        source->n_bytes > MAX_BYTES || n_raw > MAX_BYTES ||
        dsi_image_check_limits(file, source->n_bytes + n_raw, NULL) != DSI_OK)
        return DSI_OK;
    DSI_TRY(dsi_bytes_claim(&rows->scratch, source->n_bytes, err));
    struct walk walk = {.bytes = rows->scratch.data};
    DSI_TRY(dsi_source_read(source, 0, walk.bytes, (size_t)source->n_bytes, &walk.n,
                            err)); /* of a file cut short since, less */
    enum dsi_status status = decode(&walk, h, rows, row_bytes, done, err);
    rows->n_rows = *done ? h->height : 0;
    rows->values.n = *done ? row_bytes * h->height : 0;
    return status;
}
