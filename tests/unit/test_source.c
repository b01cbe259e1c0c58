/* Parts and feeds as sources, and rows that are skipped: whatever must be read in order
 * may be read with gaps, and delivers the rows that the same file delivers when any row
 * may be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "reader.h"
#include "scratch_zip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch scratch;

static int make_all(void **state)
{
    (void)state;
    scratch_make(&scratch);
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

/* --- parts
 * ----------------------------------------------------------------------------- */

static void assert_reads(struct dsi_source *source, uint64_t offset, size_t n,
                         const char *expected)
{
    char text[32] = "";
    size_t got;
    assert_in_range(n, 0, sizeof text - 1);
    assert_int_equal(dsi_source_read(source, offset, text, n, &got, NULL), DSI_OK);
    assert_int_equal(got, strlen(expected));
    assert_memory_equal(text, expected, got);
}

static void test_part(void **state)
{
    (void)state;
    struct dsi_source whole, part, inner;
    dsi_source_of_bytes(&whole, "0123456789", 10);
    dsi_source_of_part(&part, &whole, 2, 6, NULL);
    assert_int_equal(part.n_bytes, 6);
    assert_reads(&part, 0, 3, "234");
    assert_reads(&part, 4, 20, "67"); /* not beyond its end */
    assert_reads(&part, 6, 1, "");
    assert_reads(&part, UINT64_MAX, 1, "");
    dsi_source_of_part(&inner, &part, 1, 2, NULL);
    assert_reads(&inner, 0, 20, "34");
    dsi_source_close(&inner);
    dsi_source_close(&part);
}

static void test_part_beyond_the_end(void **state)
{
    (void)state;
    struct dsi_source whole, part;
    dsi_source_of_bytes(&whole, "0123456789", 10);
    dsi_source_of_part(&part, &whole, 8, UINT64_MAX, NULL);
    assert_int_equal(part.n_bytes, 2);
    assert_reads(&part, 1, 9, "9");
    dsi_source_of_part(&part, &whole, 11, 5, NULL);
    assert_int_equal(part.n_bytes, 0);
    assert_reads(&part, 0, 9, "");
    struct dsi_error err;
    char byte;
    assert_int_equal(dsi_source_read_all(&part, 0, &byte, 1, &err), DSI_ERR_TRUNCATED);
}

struct seen {
    uint64_t offset;
    size_t n, n_calls;
    char text[16];
};

static void see(void *state, uint64_t offset, const void *bytes, size_t n)
{
    struct seen *seen = state;
    seen->offset = offset;
    seen->n = n;
    seen->n_calls++;
    memcpy(seen->text, bytes, n);
}

static void test_watched_part(void **state)
{
    (void)state;
    struct dsi_source whole, part;
    struct seen seen = {0};
    struct dsi_watch watch = {.seen = see, .state = &seen};
    dsi_source_of_bytes(&whole, "0123456789", 10);
    dsi_source_of_part(&part, &whole, 2, 6, &watch);
    assert_reads(&part, 3, 20, "567");
    assert_int_equal(seen.offset, 3);
    assert_int_equal(seen.n, 3);
    assert_memory_equal(seen.text, "567", 3);
    assert_reads(&part, 6, 1, ""); /* nothing to see */
    assert_int_equal(seen.n_calls, 1);
}

/* --- feeds
 * ----------------------------------------------------------------------------- */

/* Byte i is i modulo 251. */
struct maker {
    uint64_t at, end;
    unsigned n_restarts;
};

static enum dsi_status make(void *state, void *buffer, size_t n, size_t *got,
                            struct dsi_error *err)
{
    (void)err;
    struct maker *maker = state;
    uint8_t *out = buffer;
    for (*got = 0; *got < n && maker->at < maker->end; (*got)++)
        out[*got] = (uint8_t)(maker->at++ % 251);
    return DSI_OK;
}

static enum dsi_status make_again(void *state, struct dsi_error *err)
{
    (void)err;
    struct maker *maker = state;
    maker->at = 0;
    maker->n_restarts++;
    return DSI_OK;
}

static void assert_made(struct dsi_source *source, uint64_t offset, size_t n,
                        size_t expected)
{
    uint8_t bytes[64];
    size_t got;
    assert_int_equal(dsi_source_read(source, offset, bytes, n, &got, NULL), DSI_OK);
    assert_int_equal(got, expected);
    for (size_t i = 0; i < got; i++)
        assert_int_equal(bytes[i], (offset + i) % 251);
}

static void test_feed(void **state)
{
    (void)state;
    struct maker maker = {.end = 100000};
    struct dsi_feed feed = {.read = make, .restart = make_again, .state = &maker};
    struct dsi_source source;
    dsi_source_of_feed(&source, &feed, maker.end);
    assert_int_equal(source.n_bytes, 100000);
    assert_made(&source, 0, 10, 10);
    assert_made(&source, 10, 5, 5);
    assert_made(&source, 70000, 60, 60); /* skips more than it drops at once */
    assert_int_equal(maker.n_restarts, 0);
    assert_made(&source, 7, 60, 60);
    assert_int_equal(maker.n_restarts, 1);
    assert_made(&source, 99990, 60, 10);
    assert_made(&source, 200000, 60, 0);
    assert_made(&source, 99999, 1, 1);
    assert_int_equal(maker.n_restarts, 2);
    dsi_source_close(&source);
}

/* --- files
 * ----------------------------------------------------------------------------- */

/* Read whole as they are opened, or in part. */
static void test_sizes_of_files(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,
                                   1,
                                   DSI_SOURCE_START,
                                   DSI_SOURCE_START + 1,
                                   DSI_SOURCE_SMALL - 1,
                                   DSI_SOURCE_SMALL,
                                   DSI_SOURCE_SMALL + 1};
    uint8_t bytes[DSI_SOURCE_SMALL + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 251);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = sizes[i], middle = n < 30 ? 0 : n - 30;
        struct dsi_source source;
        const char *path = scratch_write(&scratch, "sized", bytes, n);
        assert_int_equal(dsi_source_open(&source, path, NULL), DSI_OK);
        assert_int_equal(source.n_bytes, n);
        assert_made(&source, 0, 40, n < 40 ? n : 40);
        assert_made(&source, middle, 60, n - middle);
        assert_made(&source, n, 1, 0);
        if (n > DSI_SOURCE_START)
            assert_made(&source, DSI_SOURCE_START - 20, 40,
                        n < DSI_SOURCE_START + 20 ? n - DSI_SOURCE_START + 20 : 40);
        assert_int_equal(truncate(path, 0), 0); /* it may go, and is no signal */
        const size_t n_kept = n > DSI_SOURCE_SMALL ? DSI_SOURCE_START : n;
        assert_made(&source, n_kept < 20 ? 0 : n_kept - 20, 40,
                    n_kept < 20 ? n_kept : 20);
        dsi_source_close(&source);
    }
}

/* --- skipping rows
 * --------------------------------------------------------------------- */

enum { N_ROWS = 60000, ROW_ITEMS = 2 };

/* A child that writes the file into a pipe, and gets SIGPIPE if we stop reading. */
static int open_pipe(const char *path, pid_t *child)
{
    struct dsi_bytes bytes;
    int ends[2];
    scratch_read(path, &bytes);
    assert_int_equal(pipe(ends), 0);
    *child = fork();
    assert_true(*child >= 0);
    if (*child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < bytes.n;) {
            ssize_t k = write(ends[1], bytes.data + at, bytes.n - at);
            if (k <= 0)
                _exit(1);
            at += (size_t)k;
        }
        _exit(0);
    }
    close(ends[1]);
    dsi_bytes_free(&bytes);
    return ends[0];
}

static void open_any(struct dsi_file *file, struct dsi_source *source,
                     uint64_t max_bytes)
{
    struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_error err = {0};
    options.limits.max_bytes = max_bytes;
    if (dsi_file_open(file, source, &options, NULL, &err) != DSI_OK)
        fail_msg("%s", err.message);
}

/* Reads n rows every stride rows from `first` on, of both, which must be the same. */
static void compare_rows(struct dsi_file *ordered, struct dsi_file *any, size_t array,
                         uint64_t first, uint64_t n, uint64_t stride)
{
    struct dsi_rows a = {0}, b = {0};
    struct dsi_error err = {0};
    for (uint64_t at = first; at + n <= N_ROWS; at += stride) {
        if (dsi_file_read(ordered, array, at, n, &a, &err) != DSI_OK)
            fail_msg("rows from %d: %s", (int)at, err.message);
        assert_int_equal(dsi_file_read(any, array, at, n, &b, &err), DSI_OK);
        assert_int_equal(a.n_rows, n);
        assert_int_equal(a.values.n, b.values.n);
        assert_memory_equal(a.values.data, b.values.data, a.values.n);
    }
    dsi_rows_free(&a);
    dsi_rows_free(&b);
}

/* The pipe is of `path`; any row of `plain` may be read. */
static void skip_in_pipe(const char *path, const char *plain, uint64_t stride)
{
    struct dsi_source stream, source;
    struct dsi_file ordered, any;
    pid_t child;
    int fd = open_pipe(path, &child);
    assert_int_equal(dsi_source_of_fd(&stream, fd, NULL), DSI_OK);
    assert_int_equal(dsi_source_open(&source, plain, NULL), DSI_OK);
    open_any(&ordered, &stream, dsi_limits_default.max_bytes);
    open_any(&any, &source, dsi_limits_default.max_bytes);
    size_t array = ordered.n_arrays - 1; /* one of them: a pipe is read once */
    assert_true(ordered.arrays[array].sequential);
    assert_false(any.arrays[array].sequential);
    compare_rows(&ordered, &any, array, 5, 11, stride);
    dsi_file_close(&ordered);
    dsi_file_close(&any);
    dsi_source_close(&stream);
    dsi_source_close(&source);
    close(fd);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Twice from the start: a second look is what some checks take. */
static void skip_in_file(const char *path, const char *plain, uint64_t max_bytes,
                         bool is_sequential)
{
    struct dsi_source source, plain_source;
    struct dsi_file ordered, any;
    assert_int_equal(dsi_source_open(&source, path, NULL), DSI_OK);
    assert_int_equal(dsi_source_open(&plain_source, plain, NULL), DSI_OK);
    open_any(&ordered, &source, max_bytes);
    open_any(&any, &plain_source, dsi_limits_default.max_bytes);
    assert_int_equal(ordered.n_arrays, any.n_arrays);
    for (size_t a = 0; a < ordered.n_arrays; a++) {
        assert_int_equal(ordered.arrays[a].sequential, is_sequential);
        compare_rows(&ordered, &any, a, 5, 11, 11 * 97);
        compare_rows(&ordered, &any, a, 0, 1000, 1000);
        compare_rows(&ordered, &any, a, N_ROWS - 3, 3, N_ROWS);
        compare_rows(&ordered, &any, a, 1, 1, 20011); /* back again */
    }
    dsi_file_close(&ordered);
    dsi_file_close(&any);
    dsi_source_close(&source);
    dsi_source_close(&plain_source);
}

static const char *make_npy(const char *name, const char *descr, bool fortran,
                            const char *shape)
{
    size_t n = N_ROWS * ROW_ITEMS;
    uint64_t *values = malloc(n * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = i * 2654435761u;
    const char *path =
        scratch_npy(&scratch, name, descr, fortran, shape, values, n * sizeof *values);
    free(values);
    return path;
}

static const char records[] = "[('a', '<u4'), ('b', '>u8'), ('c', 'S4')]";

static void test_npy_in_a_pipe(void **state)
{
    (void)state;
    const char *plain = make_npy("plain.npy", "'>u8'", false, "(60000, 2)");
    const char *fields = make_npy("fields.npy", records, false, "(60000,)");
    static const uint64_t strides[] = {11, 12, 5000, 59000};
    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) {
        skip_in_pipe(plain, plain, strides[i]);
        skip_in_pipe(fields, fields, strides[i]);
    }
}

static void test_idx(void **state)
{
    (void)state;
    static const uint8_t head[] = {0, 0, 0x0b, 2, 0, 0, N_ROWS >> 8, N_ROWS & 255,
                                   0, 0, 0,    2};
    struct dsi_bytes bytes = {0};
    assert_int_equal(dsi_bytes_append(&bytes, head, sizeof head, NULL), DSI_OK);
    for (uint32_t i = 0; i < N_ROWS * ROW_ITEMS; i++)
        assert_int_equal(
            dsi_bytes_append(&bytes, &(uint16_t){(uint16_t)(i * 40503u)}, 2, NULL),
            DSI_OK);
    const char *plain = scratch_write(&scratch, "p.idx", bytes.data, bytes.n);
    const char *packed = scratch_gzip(&scratch, "p.idx.gz", bytes.data, bytes.n);
    dsi_bytes_free(&bytes);
    skip_in_pipe(plain, plain, 5000);
    skip_in_pipe(packed, plain, 5000);
    skip_in_file(packed, plain, dsi_limits_default.max_bytes, true);
}

/* With a limit below its size a member is inflated piece by piece; with none it is
 * inflated at once, and kept while its rows are read here and there. */
static void test_npz(void **state)
{
    (void)state;
    const struct {
        const char *name, *descr, *shape;
        bool fortran;
    } all[] = {{"c.npy", "'<u8'", "(60000, 2)", false},
               {"r.npy", records, "(60000,)", false},
               {"f.npy", "'<u8'", "(60000, 2)", true}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *plain =
            make_npy(all[i].name, all[i].descr, all[i].fortran, all[i].shape);
        struct scratch_member member = {.name = all[i].name, .path = plain};
        char name[] = "0d.npz";
        name[0] = (char)('0' + i);
        const char *deflated = scratch_zip(&scratch, name, &member, 1);
        member.is_stored = true;
        name[1] = 's';
        const char *stored = scratch_zip(&scratch, name, &member, 1);
        skip_in_file(stored, plain, dsi_limits_default.max_bytes, false);
        skip_in_file(deflated, plain, dsi_limits_default.max_bytes, false);
        if (!all[i].fortran)
            skip_in_file(deflated, plain, 1000, true);
    }
}

/* --- reading ahead
 * --------------------------------------------------------------------- */

/* Whatever stands there: it waits for nobody and keeps nothing open. */
static void test_read_ahead(void **state)
{
    (void)state;
    const int lowest = dup(STDIN_FILENO);
    close(lowest);
    assert_int_equal(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    scratch_write(&scratch, "file", "0123456789", 10);
    enum { FILE_ITSELF = 1 };
    static const char *const names[] = {"fifo", "file", "no such file", "."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const bool was_far = dsi_source_read_ahead(scratch_path(&scratch, names[i]));
        assert_true(!was_far || i == FILE_ITSELF); /* some systems cannot tell */
        const int fd = dup(STDIN_FILENO);
        assert_int_equal(fd, lowest);
        close(fd);
    }
    struct dsi_source source;
    assert_int_equal(dsi_source_open(&source, scratch_path(&scratch, "file"), NULL),
                     DSI_OK);
    assert_reads(&source, 3, 4, "3456");
    dsi_source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_part_beyond_the_end),
        cmocka_unit_test(test_watched_part),
        cmocka_unit_test(test_feed),
        cmocka_unit_test(test_sizes_of_files),
        cmocka_unit_test(test_read_ahead),
        cmocka_unit_test(test_npy_in_a_pipe),
        cmocka_unit_test(test_idx),
        cmocka_unit_test(test_npz),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
