/* PNG (ISO/IEC 15948), decoded by libpng.
 *
 * Values are those of numpy.asarray(PIL.Image.open(f)): no gamma, no background, no
 * transparency applied; one bit of grey is bool, 2 and 4 bits are scaled to 8, palette
 * images are their indices unless colours were asked for. 16-bit images stay 16-bit,
 * which Pillow keeps only for grey. */
#include "image.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    GREY = 0,
    RGB = 2,
    PALETTE = 3,
    GREY_ALPHA = 4,
    RGB_ALPHA = 6,
    N_COLOURS = 7,
    IHDR_BYTES = 13,
};

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* Bit b: depth b may be had with that colour type (the standard's table 11.1). */
static const uint32_t depths[N_COLOURS] = {
    [GREY] = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8 | 1U << 16,
    [RGB] = 1U << 8 | 1U << 16,
    [PALETTE] = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8,
    [GREY_ALPHA] = 1U << 8 | 1U << 16,
    [RGB_ALPHA] = 1U << 8 | 1U << 16,
};

static const unsigned channels[N_COLOURS] = {
    [GREY] = 1, [RGB] = 3, [PALETTE] = 1, [GREY_ALPHA] = 2, [RGB_ALPHA] = 4,
};

struct header {
    uint32_t width, height;
    uint8_t depth, colour;
    bool interlaced, expand, transparent; /* the last two: of a palette only */
};

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A signature damaged behind "\x89PNG" is still ours, so that open can say what
 * happened to it: that is what the rest of it is for. */
static int probe(const uint8_t *head, size_t n)
{
    int match = 0;
    while (match < 8 && (size_t)match < n && head[match] == signature[match])
        match++;
    return match < 4 ? 0 : 8 * match;
}

static enum dsi_status check_header(const struct header *h, const uint8_t *ihdr,
                                    struct dsi_error *err)
{
    if (h->width == 0 || h->height == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%u x %u pixels: an image has some",
                        h->width, h->height);
    if (h->width > INT32_MAX || h->height > INT32_MAX)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "%u x %u pixels: beyond what PNG allows", h->width, h->height);
    if (h->colour >= N_COLOURS || h->depth > 16 || !(depths[h->colour] >> h->depth & 1))
        return dsi_fail(err, DSI_ERR_MALFORMED, "no colour type %u of %u bits exists",
                        h->colour, h->depth);
    if (ihdr[10] != 0 || ihdr[11] != 0 || ihdr[12] > 1)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "unknown compression %u, filter %u or interlace %u method",
                        ihdr[10], ihdr[11], ihdr[12]);
    return DSI_OK;
}

static enum dsi_status read_header(struct dsi_image_input *in, struct header *h,
                                   struct dsi_error *err)
{
    uint8_t sig[sizeof signature], chunk[8 + IHDR_BYTES + 4];
    DSI_TRY(dsi_image_input_take(in, sig, sizeof sig, err));
    if (memcmp(sig, signature, sizeof sig) != 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "not a PNG signature%s",
                        memcmp(sig, signature, 4) == 0
                            ? ": its line ends were changed, as by a transfer as text"
                            : "");
    DSI_TRY(dsi_image_input_take(in, chunk, sizeof chunk, err));
    if (memcmp(chunk + 4, "CgBI", 4) == 0)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "Apple's variant of PNG (CgBI), not PNG itself");
    if (memcmp(chunk + 4, "IHDR", 4) != 0 || big32(chunk) != IHDR_BYTES)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "does not begin with a sound IHDR chunk");
    if (crc32(0, chunk + 4, 4 + IHDR_BYTES) != big32(chunk + 8 + IHDR_BYTES))
        return dsi_fail(err, DSI_ERR_CRC, "IHDR: CRC error");
    const uint8_t *ihdr = chunk + 8;
    h->width = big32(ihdr);
    h->height = big32(ihdr + 4);
    h->depth = ihdr[8];
    h->colour = ihdr[9];
    h->interlaced = ihdr[12] == 1;
    return check_header(h, ihdr, err);
}

/* Whether a palette has a tRNS chunk, which decides between RGB and RGBA. */
static enum dsi_status find_transparency(struct dsi_image_input *in, struct header *h,
                                         struct dsi_error *err)
{
    uint8_t chunk[8];
    do {
        DSI_TRY(dsi_image_input_take(in, chunk, sizeof chunk, err));
        if (memcmp(chunk + 4, "tRNS", 4) == 0)
            h->transparent = true;
        dsi_image_input_skip(in, (uint64_t)big32(chunk) + 4);
    } while (!h->transparent && memcmp(chunk + 4, "IDAT", 4) != 0 &&
             memcmp(chunk + 4, "IEND", 4) != 0);
    return DSI_OK;
}

static enum dsi_status describe(struct dsi_file *file, const struct header *h,
                                struct dsi_error *err)
{
    struct dsi_image_size size = {.width = h->width, .height = h->height};
    if (h->expand)
        size.n_channels = h->transparent ? 4 : 3;
    else if (channels[h->colour] > 1)
        size.n_channels = channels[h->colour];
    char depth[16] = "";
    if (h->depth < 8)
        snprintf(depth, sizeof depth, "%u-bit", h->depth);
    const char *parts[] = {h->colour == PALETTE ? "palette" : "", depth,
                           h->interlaced ? "interlaced" : ""};
    char note[48] = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (*parts[i])
            snprintf(note + strlen(note), sizeof note - strlen(note), "%s%s",
                     *note ? ", " : "", parts[i]);
    bool is_bool = h->colour == GREY && h->depth == 1;
    return dsi_image_describe(file, size, is_bool ? DSI_BOOL : DSI_UINT,
                              h->depth == 16 ? 2 : 1, "deflate", note, err);
}

static enum dsi_status open_png(struct dsi_file *file, struct dsi_error *err)
{
    uint8_t buffer[512];
    struct dsi_image_input in = {
        .source = file->source, .buffer = buffer, .capacity = sizeof buffer};
    struct header *h = dsi_alloc_zeroed(1, sizeof *h);
    if (!h)
        return dsi_fail_memory(err, sizeof *h);
    file->state = h;
    DSI_TRY(read_header(&in, h, err));
    h->expand = h->colour == PALETTE && file->options.expand_palette;
    if (h->expand)
        DSI_TRY(find_transparency(&in, h, err));
    return describe(file, h, err);
}

/* One read under way: everything that must outlive a longjmp out of libpng. */
struct decoder {
    const struct dsi_file *file;
    const struct header *header;
    struct dsi_rows *rows;
    struct dsi_error *err;
    enum dsi_status status; /* of the first failure */
    png_structp png;
    png_infop info;
    struct dsi_image_input in;
    uint64_t first, n;      /* rows asked for */
    uint64_t n_decoded;     /* rows finished, from the top */
    uint8_t *whole;         /* where interlaced rows come together */
    uint8_t *whole_to_free; /* the same when it is not rows->values */
};

/* libpng tells kinds of failure apart by their text alone. */
static enum dsi_status status_of(const char *message)
{
    if (strstr(message, "CRC error") || strstr(message, "incorrect data check"))
        return DSI_ERR_CRC;
    if (strstr(message, "Not enough image data"))
        return DSI_ERR_TRUNCATED;
    if (strstr(message, "emory"))
        return DSI_ERR_MEMORY;
    if (strstr(message, "unhandled critical chunk"))
        return DSI_ERR_UNSUPPORTED;
    return DSI_ERR_MALFORMED;
}

static PNG_NORETURN void on_error(png_structp png, png_const_charp message)
{
    struct decoder *d = png_get_error_ptr(png);
    d->status = dsi_fail(d->err, status_of(message), "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    struct decoder *d = png_get_error_ptr(png);
    dsi_warn(&d->rows->warnings,
             status_of(message) == DSI_ERR_CRC ? DSI_ERR_CRC : DSI_OK, "%s", message);
}

static void on_read(png_structp png, png_bytep out, size_t n)
{
    struct decoder *d = png_get_io_ptr(png);
    d->status = dsi_image_input_take(&d->in, out, n, d->err);
    if (d->status != DSI_OK)
        png_longjmp(png, 1);
}

/* The only setjmp: whatever libpng call in step fails comes back here. */
static bool run(struct decoder *d, void (*step)(struct decoder *))
{
    if (setjmp(png_jmpbuf(d->png)))
        return false;
    step(d);
    return true;
}

static void start(struct decoder *d)
{
    /* libpng's own limits would answer without naming an option; ours came first. */
    enum { CHUNK_BYTES = 8000000 };
    uint64_t limit = d->file->options.limits.max_bytes;
    limit = limit < CHUNK_BYTES ? CHUNK_BYTES : limit;
    limit = limit > INT32_MAX ? INT32_MAX : limit;
    png_set_user_limits(d->png, INT32_MAX, INT32_MAX);
    png_set_chunk_malloc_max(d->png, (png_alloc_size_t)limit);
    png_set_chunk_cache_max(d->png, 1); /* 1: none */
    /* Text, profiles and the like are passed over unread, so none can be a bomb. */
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_benign_errors(d->png, 1);
    png_set_read_fn(d->png, d, on_read);
    png_read_info(d->png, d->info);
}

static void set_transforms(struct decoder *d)
{
    const struct header *h = d->header;
    bool transparent = png_get_valid(d->png, d->info, PNG_INFO_tRNS) != 0;
    if (h->expand) {
        png_set_palette_to_rgb(d->png);
        /* A tRNS chunk that libpng threw away leaves the promised fourth channel. */
        if (h->transparent && !transparent)
            png_set_add_alpha(d->png, 0xff, PNG_FILLER_AFTER);
        else if (!h->transparent && transparent)
            png_set_strip_alpha(d->png);
    } else if (h->colour == GREY && (h->depth == 2 || h->depth == 4)) {
        png_set_expand_gray_1_2_4_to_8(d->png);
    } else if (h->depth < 8) {
        png_set_packing(d->png);
    }
    if (h->depth == 16 && !dsi_machine_is_big_endian())
        png_set_swap(d->png);
}

static void prepare(struct decoder *d)
{
    const struct dsi_array *array = &d->file->arrays[0];
    set_transforms(d);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    if (png_get_image_height(d->png, d->info) != array->shape[0] ||
        png_get_rowbytes(d->png, d->info) != dsi_array_row_bytes(array))
        png_error(d->png, "the file changed since it was opened");
}

static void decode_plain(struct decoder *d)
{
    uint64_t row_bytes = dsi_array_row_bytes(&d->file->arrays[0]);
    uint8_t *to = d->rows->values.data;
    for (; d->n_decoded < d->first; d->n_decoded++)
        png_read_row(d->png, NULL, NULL);
    for (; d->n_decoded < d->first + d->n; d->n_decoded++, to += row_bytes)
        png_read_row(d->png, to, NULL);
}

static void decode_interlaced(struct decoder *d)
{
    uint64_t height = d->file->arrays[0].shape[0];
    uint64_t row_bytes = dsi_array_row_bytes(&d->file->arrays[0]);
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
        for (uint64_t row = 0; row < height; row++)
            png_read_row(d->png, d->whole + row * row_bytes, NULL);
    d->n_decoded = height;
}

static void decode(struct decoder *d)
{
    if (d->header->interlaced)
        decode_interlaced(d);
    else
        decode_plain(d);
    if (d->n_decoded < d->header->height)
        return; /* more rows follow that nobody asked for */
    png_read_end(d->png, NULL);
    uint64_t end = dsi_image_input_position(&d->in);
    const struct dsi_source *source = d->file->source;
    if (source->kind != DSI_SOURCE_STREAM && source->n_bytes > end)
        dsi_warn(&d->rows->warnings, DSI_OK, "%llu bytes after the end of the image",
                 (unsigned long long)(source->n_bytes - end));
}

/* Counts the rows that can be trusted. Bytes under a CRC that fails cannot, and which
 * rows came from them is not known. */
static void deliver(struct decoder *d)
{
    uint64_t row_bytes = dsi_array_row_bytes(&d->file->arrays[0]);
    uint64_t sound = d->n_decoded;
    if (d->status == DSI_ERR_CRC && sound < d->header->height)
        sound = 0;
    d->rows->n_rows = sound > d->first ? sound - d->first : 0;
    if (d->rows->n_rows > d->n)
        d->rows->n_rows = d->n;
    d->rows->values.n = (size_t)(d->rows->n_rows * row_bytes);
    if (d->whole_to_free)
        memcpy(d->rows->values.data, d->whole + d->first * row_bytes,
               d->rows->values.n);
}

/* Deflate makes at most 1032 bytes of one, so a file can be too short for the image it
 * announces: no memory is taken for that. */
static enum dsi_status check_length(const struct decoder *d)
{
    enum { DEFLATE_RATIO = 1032 };
    const struct header *h = d->header;
    const struct dsi_source *source = d->file->source;
    uint64_t n_pixels = (uint64_t)h->width * h->height, most;
    unsigned n_bits = h->depth * channels[h->colour];
    uint64_t raw = n_bits < 8 ? n_pixels / (8 / n_bits) : n_pixels * (n_bits / 8);
    if (source->kind == DSI_SOURCE_STREAM ||
        !dsi_mul(source->n_bytes, DEFLATE_RATIO, &most) || raw <= most)
        return DSI_OK;
    return dsi_fail(d->err, DSI_ERR_TRUNCATED,
                    "%u x %u pixels cannot come from a file of %llu bytes", h->width,
                    h->height, (unsigned long long)source->n_bytes);
}

/* Takes the memory of one read, after holding it against the limits. */
static enum dsi_status reserve(struct decoder *d)
{
    const struct dsi_array *array = &d->file->arrays[0];
    uint64_t row_bytes = dsi_array_row_bytes(array);
    bool apart = d->header->interlaced && d->n < array->shape[0];
    /* libpng: two rows before transforms and room to work; zlib's window; the input. */
    uint64_t own = 4 * row_bytes + UINT64_C(192) * 1024;
    if (apart && !dsi_add(own, d->n * row_bytes, &own))
        own = UINT64_MAX;
    DSI_TRY(dsi_image_check_limits(d->file, own, d->err));
    DSI_TRY(dsi_image_reserve(d->file, d->n, d->rows, d->err));
    d->whole = d->rows->values.data;
    if (apart) {
        uint64_t n_bytes = array->shape[0] * row_bytes;
        d->whole = d->whole_to_free = dsi_alloc_array(n_bytes, 1);
        if (!d->whole)
            return dsi_fail_memory(d->err, n_bytes);
    }
    return dsi_image_input_start(&d->in, d->file->source, d->rows, d->err);
}

static enum dsi_status read_png(struct dsi_file *file, size_t array, uint64_t first,
                                uint64_t n, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    (void)array;
    struct decoder d = {.file = file,
                        .header = file->state,
                        .rows = rows,
                        .err = err,
                        .first = first,
                        .n = n};
    DSI_TRY(check_length(&d));
    d.status = reserve(&d);
    if (d.status != DSI_OK)
        goto out;
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    if (d.png)
        d.info = png_create_info_struct(d.png);
    if (!d.info) {
        d.status = dsi_fail(err, DSI_ERR_MEMORY, "no memory for libpng");
        goto out;
    }
    if (run(&d, start) && run(&d, prepare))
        run(&d, decode);
    deliver(&d);
out:
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.whole_to_free);
    return d.status;
}

static void close_png(struct dsi_file *file)
{
    free(file->state);
}

static const char *const suffixes[] = {".png", NULL};

const struct dsi_format dsi_format_png = {
    .name = "png",
    .suffixes = suffixes,
    .is_image = true,
    .probe = probe,
    .open = open_png,
    .read = read_png,
    .close = close_png,
};
