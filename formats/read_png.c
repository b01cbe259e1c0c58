/* PNG (ISO/IEC 15948), decoded by libpng, but for what png_quick.h takes.
 *
 * Values are those of numpy.asarray(PIL.Image.open(f)): no gamma, no background, no
 * transparency applied; one bit of grey is bool, 2 and 4 bits are scaled to 8, palette
 * images are their indices unless colours were asked for. 16-bit images stay 16-bit,
 * which Pillow keeps only for grey. */
#include "png_quick.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header, and what was promised of it when the file was opened. */
struct image {
    struct dsi_png_header header;
    bool expand, transparent; /* of a palette only: RGB, or RGBA */
};

static enum dsi_status describe(struct dsi_file *file, const struct image *image,
                                struct dsi_error *err)
{
    const struct dsi_png_header *h = &image->header;
    struct dsi_image_size size = {.width = h->width, .height = h->height};
    if (image->expand)
        size.n_channels = image->transparent ? 4 : 3;
    else if (h->n_channels > 1)
        size.n_channels = h->n_channels;
    char depth[16] = "";
    if (h->depth < 8)
        snprintf(depth, sizeof depth, "%u-bit", h->depth);
    const char *parts[] = {h->colour == DSI_PNG_PALETTE ? "palette" : "", depth,
                           h->interlaced ? "interlaced" : ""};
    char note[48] = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (*parts[i])
            snprintf(note + strlen(note), sizeof note - strlen(note), "%s%s",
                     *note ? ", " : "", parts[i]);
    bool is_bool = h->colour == DSI_PNG_GREY && h->depth == 1;
    return dsi_image_describe(file, size, is_bool ? DSI_BOOL : DSI_UINT,
                              h->depth == 16 ? 2 : 1, "deflate", note, err);
}

/* A file that ends on the way to its pixels can still be described, unless its shape is
 * in question: reading will say what is wrong with it. */
static enum dsi_status walk_chunks(struct dsi_file *file, struct dsi_image_input *in,
                                   struct image *image, struct dsi_error *err)
{
    struct dsi_png_chunks chunks;
    enum dsi_status status = dsi_png_header_walk(in, &chunks, err);
    if (status != DSI_OK && (image->expand || status != DSI_ERR_TRUNCATED))
        return status;
    image->transparent = image->expand && chunks.has_trns;
    file->picture.is_palette = image->header.colour == DSI_PNG_PALETTE;
    file->picture.orientation = chunks.orientation;
    return DSI_OK;
}

static enum dsi_status open_png(struct dsi_file *file, struct dsi_error *err)
{
    uint8_t buffer[DSI_SOURCE_START];
    struct dsi_image_input in = {
        .source = file->source, .buffer = buffer, .capacity = sizeof buffer};
    struct image *image = dsi_alloc_zeroed(1, sizeof *image);
    if (!image)
        return dsi_fail_memory(err, sizeof *image);
    file->state = image;
    DSI_TRY(dsi_png_header_read(&in, &image->header, err));
    image->expand =
        image->header.colour == DSI_PNG_PALETTE && file->options.expand_palette;
    DSI_TRY(walk_chunks(file, &in, image, err));
    return describe(file, image, err);
}

/* One read under way: everything that must outlive a longjmp out of libpng. */
struct decoder {
    const struct dsi_file *file;
    const struct image *image;
    const struct dsi_png_header *header; /* of image */
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
    const struct dsi_png_header *h = d->header;
    bool transparent = png_get_valid(d->png, d->info, PNG_INFO_tRNS) != 0;
    const struct image *image = d->image;
    if (image->expand) {
        png_set_palette_to_rgb(d->png);
        /* A tRNS chunk that libpng threw away leaves the promised fourth channel. */
        if (image->transparent && !transparent)
            png_set_add_alpha(d->png, 0xff, PNG_FILLER_AFTER);
        else if (!image->transparent && transparent)
            png_set_strip_alpha(d->png);
    } else if (h->colour == DSI_PNG_GREY && (h->depth == 2 || h->depth == 4)) {
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
    const struct dsi_png_header *h = d->header;
    const struct dsi_source *source = d->file->source;
    uint64_t n_pixels = (uint64_t)h->width * h->height, most;
    unsigned n_bits = h->depth * h->n_channels;
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
    const struct image *image = file->state;
    struct decoder d = {.file = file,
                        .image = image,
                        .header = &image->header,
                        .rows = rows,
                        .err = err,
                        .first = first,
                        .n = n};
    DSI_TRY(check_length(&d));
    bool done = false;
    if (first == 0 && n == image->header.height)
        DSI_TRY(dsi_png_quick(file, &image->header, rows, &done, err));
    if (done)
        return DSI_OK;
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
    .probe = dsi_png_header_match,
    .open = open_png,
    .read = read_png,
    .close = close_png,
};
