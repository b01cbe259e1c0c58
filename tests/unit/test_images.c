/* The image readers where C tells more than a decoded file: limits to the byte, nothing
 * allocated beyond them, several threads on one file, files that change under the
 * reader, and every allocation failing in turn. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>

#include "reader.h"
#include "sanitized.h"

enum { WIDTH = 60, HEIGHT = 40, N_CHANNELS = 3, ROW_BYTES = WIDTH * N_CHANNELS };

struct picture {
    uint8_t *data;
    size_t n;
};

static uint8_t pixels[HEIGHT][ROW_BYTES];

/* Noise, so that no file is short and every row is its own. */
static void draw(void)
{
    uint32_t state = 1;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < ROW_BYTES; x++)
            pixels[y][x] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
}

static struct picture write_png(void)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = WIDTH,
                       .height = HEIGHT,
                       .format = PNG_FORMAT_RGB};
    struct picture out = {.n = 1 << 20};
    out.data = malloc(out.n);
    assert_non_null(out.data);
    assert_true(
        png_image_write_to_memory(&image, out.data, &out.n, 0, pixels, 0, NULL));
    return out;
}

static struct picture write_jpeg(bool progressive)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr manager;
    unsigned char *data = NULL;
    unsigned long n = 0;
    jpeg.err = jpeg_std_error(&manager);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &data, &n);
    jpeg.image_width = WIDTH;
    jpeg.image_height = HEIGHT;
    jpeg.input_components = N_CHANNELS;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < HEIGHT; y++) {
        JSAMPROW row = pixels[y];
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return (struct picture){data, n};
}

enum { PNG_PICTURE, JPEG_PICTURE, PROGRESSIVE_PICTURE, N_PICTURES };
static struct picture pictures[N_PICTURES];

static int make_pictures(void **state)
{
    (void)state;
    draw();
    pictures[PNG_PICTURE] = write_png();
    pictures[JPEG_PICTURE] = write_jpeg(false);
    pictures[PROGRESSIVE_PICTURE] = write_jpeg(true);
    return 0;
}

static int free_pictures(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++)
        free(pictures[i].data);
    return 0;
}

/* Opens and reads rows [first, first + n) under those limits; frees all but rows. */
static enum dsi_status read_under(struct picture picture, struct dsi_limits limits,
                                  uint64_t first, uint64_t n, struct dsi_rows *rows,
                                  struct dsi_error *err)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_open_options options = {.limits = limits};
    dsi_source_of_bytes(&source, picture.data, picture.n);
    enum dsi_status status = dsi_file_open(&file, &source, &options, NULL, err);
    if (status == DSI_OK) {
        status = dsi_file_read(&file, 0, first, n, rows, err);
        dsi_file_close(&file);
    }
    dsi_source_close(&source);
    return status;
}

static void png_delivers_what_was_written(void **state)
{
    (void)state;
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};
    for (uint64_t first = 0; first < HEIGHT; first += 7) {
        assert_int_equal(read_under(pictures[PNG_PICTURE], dsi_limits_default, first,
                                    HEIGHT - first, &rows, &err),
                         DSI_OK);
        assert_int_equal(rows.n_rows, HEIGHT - first);
        assert_memory_equal(rows.values.data, pixels[first], rows.values.n);
    }
    dsi_rows_free(&rows);
}

/* The smallest limit that lets a picture through is at least its values, and just below
 * it nothing is allocated for them. */
static void limits_hold_to_the_byte(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        uint64_t low = 0, high = 1 << 24; /* refused, read */
        while (high - low > 1) {
            struct dsi_limits limits = dsi_limits_default;
            struct dsi_rows rows = {0};
            struct dsi_error err = {0};
            limits.max_bytes = low + (high - low) / 2;
            enum dsi_status status =
                read_under(pictures[i], limits, 0, HEIGHT, &rows, &err);
            if (status == DSI_OK) {
                high = limits.max_bytes;
            } else {
                assert_int_equal(status, DSI_ERR_LIMIT);
                assert_non_null(strstr(err.message, "--limit-bytes"));
                assert_int_equal(rows.values.capacity, 0);
                low = limits.max_bytes;
            }
            dsi_rows_free(&rows);
        }
        assert_true(high > HEIGHT * ROW_BYTES);
        assert_true(high < 2 << 20);
    }
}

static void pixel_limit_is_inclusive(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        struct dsi_limits limits = dsi_limits_default;
        struct dsi_rows rows = {0};
        struct dsi_error err = {0};
        limits.max_pixels = WIDTH * HEIGHT;
        assert_int_equal(read_under(pictures[i], limits, 0, HEIGHT, &rows, &err),
                         DSI_OK);
        limits.max_pixels--;
        assert_int_equal(read_under(pictures[i], limits, 0, HEIGHT, &rows, &err),
                         DSI_ERR_LIMIT);
        assert_non_null(strstr(err.message, "--limit-pixels"));
        dsi_rows_free(&rows);
    }
}

/* What suffices for rows and strips lets the baseline picture through, but not the
 * progressive one, which libjpeg keeps as coefficients besides. */
static void coefficients_count(void **state)
{
    (void)state;
    struct dsi_limits limits = dsi_limits_default;
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};
    uint64_t own = UINT64_C(128) * ROW_BYTES + 192 * 1024 + HEIGHT * ROW_BYTES;
    limits.max_bytes = own;
    assert_int_equal(read_under(pictures[JPEG_PICTURE], limits, 0, HEIGHT, &rows, &err),
                     DSI_OK);
    assert_int_equal(
        read_under(pictures[PROGRESSIVE_PICTURE], limits, 0, HEIGHT, &rows, &err),
        DSI_ERR_LIMIT);
    dsi_rows_free(&rows);
}

struct reader_thread {
    struct dsi_file *file;
    pthread_t thread;
    const struct dsi_rows *expected;
    bool right;
};

static void *read_often(void *argument)
{
    struct reader_thread *t = argument;
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};
    t->right = true;
    for (int i = 0; i < 50; i++) {
        uint64_t first = (uint64_t)(i % HEIGHT);
        enum dsi_status status =
            dsi_file_read(t->file, 0, first, HEIGHT - first, &rows, &err);
        t->right &=
            status == DSI_OK && rows.n_rows == HEIGHT - first &&
            memcmp(rows.values.data, t->expected->values.data + first * ROW_BYTES,
                   rows.values.n) == 0;
    }
    dsi_rows_free(&rows);
    return NULL;
}

static void threads_share_a_file(void **state)
{
    (void)state;
    enum { N_THREADS = 4 };
    for (int i = 0; i < N_PICTURES; i++) {
        struct dsi_source source;
        struct dsi_file file;
        struct dsi_error err = {0};
        struct dsi_rows rows = {0};
        struct dsi_open_options options = {.limits = dsi_limits_default};
        struct reader_thread threads[N_THREADS];
        dsi_source_of_bytes(&source, pictures[i].data, pictures[i].n);
        assert_int_equal(dsi_file_open(&file, &source, &options, NULL, &err), DSI_OK);
        assert_int_equal(dsi_file_read(&file, 0, 0, HEIGHT, &rows, &err), DSI_OK);
        for (int t = 0; t < N_THREADS; t++) {
            threads[t] = (struct reader_thread){.file = &file, .expected = &rows};
            pthread_create(&threads[t].thread, NULL, read_often, &threads[t]);
        }
        for (int t = 0; t < N_THREADS; t++) {
            pthread_join(threads[t].thread, NULL);
            assert_true(threads[t].right);
        }
        dsi_rows_free(&rows);
        dsi_file_close(&file);
        dsi_source_close(&source);
    }
}

/* A file cut at any byte says so, and its rows are the first of the whole's. */
static void every_cut_is_truncated(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        struct dsi_rows whole = {0}, rows = {0};
        struct dsi_error err = {0};
        uint64_t n_rows = 0;
        assert_int_equal(
            read_under(pictures[i], dsi_limits_default, 0, HEIGHT, &whole, &err),
            DSI_OK);
        for (size_t n = 4; n < pictures[i].n; n++) {
            struct picture cut = {pictures[i].data, n};
            rows.n_rows = rows.values.n = 0;
            assert_int_equal(
                read_under(cut, dsi_limits_default, 0, HEIGHT, &rows, &err),
                DSI_ERR_TRUNCATED);
            assert_true(rows.n_rows >= n_rows); /* more bytes, no fewer rows */
            n_rows = rows.n_rows;
            if (n_rows)
                assert_memory_equal(rows.values.data, whole.values.data, rows.values.n);
        }
        assert_int_equal(n_rows, i == PROGRESSIVE_PICTURE ? 0 : HEIGHT);
        dsi_rows_free(&whole);
        dsi_rows_free(&rows);
    }
}

/* What another process may do between open and read. */
static void files_may_change_under_the_reader(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        struct dsi_source source;
        struct dsi_file file;
        struct dsi_error err = {0};
        struct dsi_rows rows = {0};
        struct dsi_open_options options = {.limits = dsi_limits_default};
        dsi_source_of_bytes(&source, pictures[i].data, pictures[i].n);
        assert_int_equal(dsi_file_open(&file, &source, &options, NULL, &err), DSI_OK);
        source.n_bytes = pictures[i].n / 2;
        assert_int_equal(dsi_file_read(&file, 0, 0, HEIGHT, &rows, &err),
                         DSI_ERR_TRUNCATED);
        source.bytes = pictures[(i + 1) % N_PICTURES].data;
        source.n_bytes = pictures[(i + 1) % N_PICTURES].n;
        enum dsi_status status = dsi_file_read(&file, 0, 0, HEIGHT, &rows, &err);
        assert_int_equal(status, i == JPEG_PICTURE ? DSI_OK : DSI_ERR_MALFORMED);
        dsi_rows_free(&rows);
        dsi_file_close(&file);
        dsi_source_close(&source);
    }
}

/* glibc's allocator behind one that fails at will; a sanitizer has one of its own. */
#if defined(__GLIBC__) && !SANITIZED
#define CAN_FAIL 1
static _Thread_local long n_until_failure = -1; /* negative: never */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t n);

static bool fails(void)
{
    return n_until_failure >= 0 && n_until_failure-- == 0;
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
    return fails() ? NULL : __libc_realloc(old, n);
}

/* libjpeg asks for less when it cannot have much, so a failure may also be survived. */
static bool allocation_fails(struct picture picture, long n_before)
{
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};
    n_until_failure = n_before;
    enum dsi_status status =
        read_under(picture, dsi_limits_default, 0, HEIGHT, &rows, &err);
    bool failed = n_until_failure < 0;
    n_until_failure = -1;
    if (status != DSI_OK) {
        assert_true(failed);
        assert_int_equal(status, DSI_ERR_MEMORY);
        assert_true(err.message[0]);
    } else {
        assert_int_equal(rows.n_rows, HEIGHT);
    }
    dsi_rows_free(&rows);
    return failed;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < N_PICTURES; i++) {
        long n = 0;
        while (allocation_fails(pictures[i], n))
            n++;
        assert_true(n > 5); /* else nothing was made to fail */
    }
}
#else
static void every_allocation_may_fail(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_delivers_what_was_written),
        cmocka_unit_test(limits_hold_to_the_byte),
        cmocka_unit_test(pixel_limit_is_inclusive),
        cmocka_unit_test(coefficients_count),
        cmocka_unit_test(threads_share_a_file),
        cmocka_unit_test(every_cut_is_truncated),
        cmocka_unit_test(files_may_change_under_the_reader),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
