/* CSV: what its index and its windows must not change. The expected values are known
 * because the test wrote the text itself, field by field. */
#include "csv_scan.h"
#include "reader.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void put(struct dsi_bytes *text, const void *data, size_t n)
{
    assert_int_equal(dsi_bytes_append(text, data, n, NULL), DSI_OK);
}

static void put_text(struct dsi_bytes *text, const char *string)
{
    put(text, string, strlen(string));
}

/* The field of a row and column: short and long, with everything that needs quotes. */
static size_t make_field(uint64_t row, uint64_t column, char field[400])
{
    static const char *const bits[] = {"a",  "b c",  ",",    "\"",
                                       "\n", "\r\n", "\"\"", "é"};
    uint64_t r = mix(row * 3 + column + 1);
    size_t n = (size_t)snprintf(field, 400, "%llu", (unsigned long long)row);
    size_t n_bits = r % 5 == 0 ? r / 8 % 100 : r / 8 % 4;
    for (size_t i = 0; i < n_bits; i++) {
        const char *bit = bits[mix(r + i) % 8];
        memcpy(field + n, bit, strlen(bit));
        n += strlen(bit);
    }
    return n;
}

static void put_field(struct dsi_bytes *text, const char *field, size_t n)
{
    put_text(text, "\"");
    for (size_t i = 0; i < n; i++)
        put(text, field[i] == '"' ? "\"\"" : field + i, field[i] == '"' ? 2 : 1);
    put_text(text, "\"");
}

/* A header and n_rows rows of two columns, with an empty line here and there. */
static void make_text(struct dsi_bytes *text, uint64_t n_rows)
{
    char field[400];
    put_text(text, "path,label\n");
    for (uint64_t row = 0; row < n_rows; row++) {
        for (uint64_t column = 0; column < 2; column++) {
            put_field(text, field, make_field(row, column, field));
            put_text(text, column ? (row % 3 ? "\n" : "\r\n") : ",");
        }
        if (row % 50 == 7)
            put_text(text, "\n\r\n");
    }
}

struct opened {
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_error err;
};

static enum dsi_status open_bytes(struct opened *o, const void *text, size_t n,
                                  uint64_t max_bytes)
{
    struct dsi_open_options options = {.limits = {.max_bytes = max_bytes}};
    dsi_source_of_bytes(&o->source, text, n);
    return dsi_file_open(&o->file, &o->source, &options, NULL, &o->err);
}

static bool rows_are_right(const struct dsi_rows *rows, size_t column, uint64_t first)
{
    const struct dsi_string *s = (const struct dsi_string *)(void *)rows->values.data;
    char field[400];
    for (uint64_t i = 0; i < rows->n_rows; i++) {
        size_t n = make_field(first + i, column, field);
        if (s[i].n != n || memcmp(s[i].text, field, n) != 0)
            return false;
    }
    return rows->values.n == rows->n_rows * sizeof *s;
}

enum { N_ROWS = 60000 };

/* Reads random ranges; returns how many were wrong. */
static void *read_ranges(void *opened)
{
    struct opened *o = opened;
    struct dsi_rows rows = {0};
    size_t wrong = 0;
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t r = mix(i + (uintptr_t)&rows), first = r % N_ROWS;
        uint64_t n = r / N_ROWS % (i % 10 ? 20 : N_ROWS - first) + 1;
        n = n < N_ROWS - first ? n : N_ROWS - first;
        size_t column = r >> 60 & 1;
        if (dsi_file_read(&o->file, column, first, n, &rows, NULL) != DSI_OK ||
            rows.n_rows != n || !rows_are_right(&rows, column, first))
            wrong++;
    }
    dsi_rows_free(&rows);
    return (void *)wrong;
}

static void any_rows_at_any_time_from_any_thread(void **unused)
{
    (void)unused;
    struct dsi_bytes text = {0};
    struct dsi_rows rows = {0};
    struct opened o;
    pthread_t threads[3];
    make_text(&text, N_ROWS);
    assert_true(text.n > 3 << 20);
    assert_int_equal(open_bytes(&o, text.data, text.n, 1 << 20), DSI_OK);
    assert_int_equal(o.file.n_arrays, 2);
    assert_int_equal(o.file.warnings.n, 0);
    assert_string_equal(o.file.arrays[0].note, "header, comma-separated");
    assert_int_equal(o.file.arrays[0].shape[0], N_ROWS);
    assert_int_equal(dsi_file_read(&o.file, 1, 0, N_ROWS, &rows, NULL), DSI_OK);
    assert_true(rows.n_rows == N_ROWS && rows_are_right(&rows, 1, 0));
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_ranges, &o), 0);
    for (int i = 0; i < 3; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    dsi_rows_free(&rows);
    dsi_file_close(&o.file);
    dsi_bytes_free(&text);
}

/* Puts seam at every place around the end of the first window, inside a quoted field.
 */
static void check_seam(const char *seam, bool quoted)
{
    struct dsi_bytes text = {0}, expected = {0};
    struct dsi_rows rows = {0};
    struct opened o;
    size_t n_filler = DSI_CSV_WINDOW - 80;
    uint8_t *filler = malloc(n_filler);
    memset(filler, 'x', n_filler);
    for (size_t shift = 0; shift < 90; shift += shift == 60 || shift > 70 ? 1 : 4) {
        text.n = expected.n = 0;
        put_text(&text, quoted ? "a,label\n1,\"" : "a,label\n1,");
        put(&expected, filler, n_filler);
        put(&expected, filler, shift);
        put(&text, expected.data, expected.n);
        put_text(&text, seam);
        for (const char *c = seam; *c; c++) {
            put(&expected, c, 1);
            c += quoted && *c == '"'; /* the second of two */
        }
        put_text(&text, quoted ? "y\"\r\n2,z\n" : "y\r\n2,z\n");
        put_text(&expected, "y");
        assert_int_equal(open_bytes(&o, text.data, text.n, 2 << 20), DSI_OK);
        assert_int_equal(dsi_file_read(&o.file, 1, 0, 2, &rows, NULL), DSI_OK);
        const struct dsi_string *s =
            (const struct dsi_string *)(void *)rows.values.data;
        assert_int_equal(s[0].n, expected.n);
        assert_memory_equal(s[0].text, expected.data, expected.n);
        assert_int_equal(s[1].n, 1);
        dsi_file_close(&o.file);
    }
    free(filler);
    dsi_rows_free(&rows);
    dsi_bytes_free(&text);
    dsi_bytes_free(&expected);
}

static void seams_between_windows_do_not_show(void **unused)
{
    (void)unused;
    check_seam(",", true);
    check_seam("\"\"", true);
    check_seam("\"\"\"\"", true);
    check_seam("\r\n", true);
    check_seam("\n\n\n", true);
    check_seam("\"", false);
    check_seam("\r", false);
}

/* An empty line whose CR is the last byte of one window and LF the first of the next.
 */
static void blank_line_on_a_seam(void **unused)
{
    (void)unused;
    struct dsi_bytes text = {0};
    struct dsi_rows rows = {0};
    struct opened o;
    put_text(&text, "label\n");
    while (text.n < DSI_CSV_WINDOW + 5) /* the scan of the rows starts at byte 6 */
        put_text(&text, "x\n");
    text.n = DSI_CSV_WINDOW + 4;
    put_text(&text, "\n\r\nlast\n");
    uint64_t n = (DSI_CSV_WINDOW + 4 - 6) / 2 + 1;
    assert_int_equal(open_bytes(&o, text.data, text.n, 1 << 20), DSI_OK);
    assert_int_equal(o.file.arrays[0].shape[0], n);
    assert_int_equal(dsi_file_read(&o.file, 0, 0, n, &rows, NULL), DSI_OK);
    const struct dsi_string *s = (const struct dsi_string *)(void *)rows.values.data;
    assert_int_equal(s[n - 1].n, 4);
    assert_memory_equal(s[n - 1].text, "last", 4);
    dsi_file_close(&o.file);
    dsi_rows_free(&rows);
    dsi_bytes_free(&text);
}

static void marks_equal_the_portable_ones(void **unused)
{
    (void)unused;
    static const uint8_t pool[] = {0, '\n', '"',  ',', '\t', ';',
                                   1, 0x80, 0xff, 'a', '!'};
    uint8_t bytes[64];
    for (uint64_t i = 0; i < 20000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            uint64_t r = mix(i * 64 + k);
            bytes[k] = i % 2 ? (uint8_t)r : pool[r % sizeof pool];
        }
        uint8_t separator = (uint8_t)(",\t;\n"[i % 4]);
        uint64_t expected = 0;
        for (size_t k = 0; k < sizeof bytes; k++)
            expected |= (uint64_t)(bytes[k] == 0 || bytes[k] == '\n' ||
                                   bytes[k] == '"' || bytes[k] == separator)
                        << k;
        assert_true(dsi_csv_marks(bytes, separator) == expected);
        assert_true(dsi_csv_marks_portable(bytes, separator) == expected);
    }
}

static void a_file_that_shrinks_is_truncated(void **unused)
{
    (void)unused;
    struct dsi_rows rows = {0};
    struct opened o;
    static const char text[] = "path,label\na,1\nb,2\nc,333\nd,4\n";
    assert_int_equal(open_bytes(&o, text, sizeof text - 1, 1 << 20), DSI_OK);
    o.source.n_bytes = 23; /* in the middle of row 2 */
    assert_int_equal(dsi_file_read(&o.file, 1, 0, 4, &rows, &o.err), DSI_ERR_TRUNCATED);
    assert_int_equal(rows.n_rows, 2);
    assert_int_equal(rows.values.n, 2 * sizeof(struct dsi_string));
    assert_non_null(strstr(o.err.message, "row 2 "));
    o.source.n_bytes = 19; /* just before row 2 */
    assert_int_equal(dsi_file_read(&o.file, 0, 1, 3, &rows, &o.err), DSI_ERR_TRUNCATED);
    assert_int_equal(rows.n_rows, 1);
    assert_memory_equal(rows.text.data, "b", 1);
    dsi_file_close(&o.file);
    dsi_rows_free(&rows);
}

/* The first record is looked for beyond the 4 MiB that are the head, and CR LF across
 * the seams of what is read at once. */
static void empty_lines_come_first(void **unused)
{
    (void)unused;
    struct dsi_bytes text = {0};
    struct dsi_rows rows = {0};
    struct opened o;
    put_text(&text, "\n");
    for (int i = 0; i < 3 << 20; i++)
        put_text(&text, "\r\n");
    put_text(&text, "path,label\na,cat\nb,dog\n");
    assert_int_equal(open_bytes(&o, text.data, text.n, 1 << 20), DSI_OK);
    assert_int_equal(o.file.n_arrays, 2);
    assert_string_equal(o.file.arrays[1].name, "label");
    assert_int_equal(o.file.arrays[1].shape[0], 2);
    assert_int_equal(dsi_file_read(&o.file, 1, 0, 2, &rows, &o.err), DSI_OK);
    assert_memory_equal(rows.text.data, "catdog", 6);
    dsi_rows_free(&rows);
    dsi_file_close(&o.file);
    dsi_bytes_free(&text);
}

static void limits_and_refusals(void **unused)
{
    (void)unused;
    struct opened o;
    char text[200] = "path,label\n";
    memset(text + 11, 'x', 101);
    text[112] = '\n';
    assert_int_equal(open_bytes(&o, text, 113, 101), DSI_OK);
    dsi_file_close(&o.file);
    assert_int_equal(open_bytes(&o, text, 113, 100), DSI_ERR_LIMIT);
    assert_non_null(strstr(o.err.message, "line 2 "));
    assert_non_null(strstr(o.err.message, "--limit-bytes"));
    assert_int_equal(open_bytes(&o, "\n\r\n\n", 4, 100), DSI_ERR_MALFORMED);
    assert_int_equal(open_bytes(&o, "\xef\xbb\xbf", 3, 100), DSI_ERR_TRUNCATED);
    assert_int_equal(open_bytes(&o, "\xfe\xff\0a", 4, 100), DSI_ERR_UNSUPPORTED);
}

/* Short records are filled up, long ones cut. */
static void a_table_is_its_columns_side_by_side(void **unused)
{
    (void)unused;
    static const char text[] = "a,b,c\n1,22,333\n4\n5,6,7,\"8,9\"\n,,\"\"\"\"\n";
    static const char *const wanted[] = {"1", "22", "333", "4", "", "",
                                         "5", "6",  "7",   "",  "", "\""};
    struct opened o;
    struct dsi_rows rows = {0};
    assert_int_equal(open_bytes(&o, text, sizeof text - 1, 1 << 20), DSI_OK);
    assert_int_equal(dsi_file_read_table(&o.file, 0, 4, &rows, &o.err), DSI_OK);
    assert_int_equal(rows.values.n, 12 * sizeof(struct dsi_string));
    const struct dsi_string *s = (const struct dsi_string *)(void *)rows.values.data;
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(s[i].n, strlen(wanted[i]));
        assert_memory_equal(s[i].text, wanted[i], s[i].n);
    }
    assert_int_equal(dsi_file_read_table(&o.file, 2, 3, &rows, &o.err), DSI_ERR_USAGE);
    dsi_rows_free(&rows);
    dsi_file_close(&o.file);
}

static void a_pipe_is_unsupported(void **unused)
{
    (void)unused;
    int ends[2];
    struct opened o;
    struct dsi_open_options options = {.limits = dsi_limits_default};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "path,label\n", 11), 11);
    close(ends[1]);
    assert_int_equal(dsi_source_of_fd(&o.source, ends[0], &o.err), DSI_OK);
    assert_int_equal(dsi_file_open(&o.file, &o.source, &options, NULL, &o.err),
                     DSI_ERR_UNSUPPORTED);
    assert_non_null(strstr(o.err.message, "save it to a file"));
    dsi_source_close(&o.source);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_equal_the_portable_ones),
        cmocka_unit_test(any_rows_at_any_time_from_any_thread),
        cmocka_unit_test(seams_between_windows_do_not_show),
        cmocka_unit_test(blank_line_on_a_seam),
        cmocka_unit_test(a_file_that_shrinks_is_truncated),
        cmocka_unit_test(empty_lines_come_first),
        cmocka_unit_test(limits_and_refusals),
        cmocka_unit_test(a_table_is_its_columns_side_by_side),
        cmocka_unit_test(a_pipe_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
