/* What is decoded without libpng, against libpng: pictures of 8 bits that
 * dsi_png_quick takes must be those it makes of the same bytes, without its having a
 * word to say of them, whichever way their filters are undone.
 *
 * An input is a PNG file. png_mutator.h makes new ones that are nearly all sound. */
#include "fuzz_image.h"
#include "png_mutator.h"

#include "png_quick.h"
#include "png_unfilter.h"

#include <png.h>
#include <setjmp.h>
#include <zlib.h>

/* libpng at work on a file in memory. */
struct oracle {
    const uint8_t *data;
    size_t n, at;
    char said[200]; /* its first warning or error */
    png_structp png;
    png_infop info;
};

static void note(struct oracle *o, const char *message)
{
    if (!*o->said)
        snprintf(o->said, sizeof o->said, "%s", message);
}

static PNG_NORETURN void on_error(png_structp png, png_const_charp message)
{
    note(png_get_error_ptr(png), message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    note(png_get_error_ptr(png), message);
}

static void on_read(png_structp png, png_bytep out, size_t n)
{
    struct oracle *o = png_get_io_ptr(png);
    if (n > o->n - o->at)
        png_error(png, "cut short");
    memcpy(out, o->data + o->at, n);
    o->at += n;
}

static void decode(struct oracle *o, uint8_t *out, size_t n_out)
{
    if (setjmp(png_jmpbuf(o->png)))
        return;
    png_set_keep_unknown_chunks(o->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_benign_errors(o->png, 1);
    png_set_read_fn(o->png, o, on_read);
    png_read_info(o->png, o->info);
    png_read_update_info(o->png, o->info);
    const size_t n_rows = png_get_image_height(o->png, o->info);
    const size_t row_bytes = png_get_rowbytes(o->png, o->info);
    must(n_rows * row_bytes == n_out);
    for (size_t row = 0; row < n_rows; row++)
        png_read_row(o->png, out + row * row_bytes, NULL);
    png_read_end(o->png, NULL);
}

/* zlib refuses codes that the standard leaves without a meaning, libdeflate gives them
 * one; as all checksums agree, only a file made for it gets so far. */
static bool is_of_unused_codes(const char *said)
{
    return strstr(said, "invalid distance code") ||
           strstr(said, "invalid literal/length code") ||
           strstr(said, "too many length or distance symbols") ||
           strstr(said, "invalid bit length repeat");
}

/* False where there is nothing to compare with. */
static bool decode_by_libpng(const uint8_t *data, size_t n, uint8_t *out, size_t n_out)
{
    struct oracle o = {.data = data, .n = n};
    o.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &o, on_error, on_warning);
    must(o.png);
    o.info = png_create_info_struct(o.png);
    must(o.info);
    decode(&o, out, n_out);
    png_destroy_read_struct(&o.png, &o.info, NULL);
    if (is_of_unused_codes(o.said))
        return false;
    if (*o.said)
        fprintf(stderr, "libpng: %s\n", o.said);
    must(!*o.said && o.at == n);
    return true;
}

/* Every way to undo the filters, on memory that ends where the rows do. */
static void compare_ways(const uint8_t *data, size_t n, const struct dsi_png_header *h,
                         const uint8_t *pixels)
{
    const size_t row_bytes = (size_t)h->width * h->n_channels;
    uLongf n_raw = (row_bytes + 1) * h->height, got = n_raw;
    uint8_t *zlib = malloc(n), *raw = malloc(n_raw), *rows = malloc(n_raw);
    must(zlib && raw && rows);
    const size_t n_zlib = png_join(data, n, zlib);
    must(uncompress(raw, &got, zlib, n_zlib) == Z_OK && got == n_raw);
    for (size_t i = 0; i < dsi_n_unfilter_ways; i++) {
        const struct dsi_unfilter_way *way = &dsi_unfilter_ways[i];
        if (!way->works_here())
            continue;
        memcpy(rows, raw, n_raw);
        must(way->run(rows, h->height, row_bytes, h->n_channels));
        must(memcmp(rows, pixels, row_bytes * h->height) == 0);
    }
    free(zlib);
    free(raw);
    free(rows);
}

static void compare(struct dsi_file *file, const struct dsi_png_header *h,
                    const uint8_t *data, size_t n)
{
    const size_t n_pixels = (size_t)h->width * h->height * h->n_channels;
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};
    bool done;
    must(dsi_png_quick(file, h, &rows, &done, &err) == DSI_OK && !*err.message);
    must(rows.warnings.n == 0 && rows.n_rows == (done ? h->height : 0));
    must(rows.values.n == (done ? n_pixels : 0));
    uint8_t *expected = done ? malloc(n_pixels) : NULL;
    must(expected || !done);
    if (done && decode_by_libpng(data, n, expected, n_pixels)) {
        must(memcmp(rows.values.data, expected, n_pixels) == 0);
        compare_ways(data, n, h, expected);
    }
    free(expected);
    dsi_rows_free(&rows);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed)
{
    return png_mutate(data, n, max, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_png_header header;
    struct dsi_error err = {0};
    uint8_t buffer[DSI_SOURCE_START];
    const struct dsi_open_options options = small_options(false);
    dsi_source_of_bytes(&source, data, n);
    struct dsi_image_input in = {
        .source = &source, .buffer = buffer, .capacity = sizeof buffer};
    if (dsi_file_open(&file, &source, &options, &dsi_format_png, &err) == DSI_OK) {
        must(dsi_png_header_read(&in, &header, &err) == DSI_OK);
        compare(&file, &header, data, n);
        dsi_file_close(&file);
    }
    dsi_source_close(&source);
    return 0;
}
