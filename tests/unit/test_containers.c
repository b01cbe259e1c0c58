/* One array of labels in every container that holds labels: the same rows come out of
 * balance, and the same class index of every sample. The counts are taken when the
 * labels are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "class_index.h"
#include "subject.h"

enum { N = 200003, K = 6 };

/* In ascending order as numbers, in another as texts; integers in a float16 too. */
static const uint8_t values[K] = {2, 5, 7, 10, 100, 201};

static struct scratch scratch;
static uint8_t class_of[N];
static uint64_t counts[K];

static int make_labels(void **state)
{
    (void)state;
    scratch_make(&scratch);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t r = i * 2654435761u >> 24;
        class_of[i] = (uint8_t)(r < 100 ? 3 : r < 180 ? 5 : r % K);
        counts[class_of[i]]++;
    }
    return 0;
}

static int remove_labels(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

/* --- containers
 * ------------------------------------------------------------------------ */

static void put(struct dsi_bytes *bytes, const void *data, size_t n)
{
    assert_int_equal(dsi_bytes_append(bytes, data, n, NULL), DSI_OK);
}

/* An integer of size bytes. */
static void put_integer(struct dsi_bytes *bytes, uint64_t value, size_t size, bool big)
{
    uint8_t text[8];
    for (size_t i = 0; i < size; i++)
        text[big ? size - 1 - i : i] = (uint8_t)(value >> 8 * i);
    put(bytes, text, size);
}

static struct dsi_bytes integers(size_t size, bool big)
{
    struct dsi_bytes bytes = {0};
    for (uint32_t i = 0; i < N; i++)
        put_integer(&bytes, values[class_of[i]], size, big);
    return bytes;
}

static struct dsi_bytes doubles(void)
{
    struct dsi_bytes bytes = {0};
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(dsi_bytes_append_f64(&bytes, values[class_of[i]], NULL),
                         DSI_OK);
    return bytes;
}

/* Records of a 3-byte text, the label as >u4, and 2 bytes more. */
static struct dsi_bytes records(void)
{
    struct dsi_bytes bytes = {0};
    for (uint32_t i = 0; i < N; i++) {
        put(&bytes, "abc", 3);
        put_integer(&bytes, values[class_of[i]], 4, true);
        put(&bytes, "\xff\xff", 2);
    }
    return bytes;
}

static struct dsi_bytes idx(uint8_t type, size_t size)
{
    struct dsi_bytes bytes = {0};
    const uint8_t magic[] = {0, 0, type, 1};
    put(&bytes, magic, sizeof magic);
    put_integer(&bytes, N, 4, true);
    for (uint32_t i = 0; i < N; i++)
        put_integer(&bytes, values[class_of[i]], size, true);
    return bytes;
}

static struct dsi_bytes table(const char *head, const char *format)
{
    struct dsi_bytes bytes = {0};
    char row[64];
    put(&bytes, head, strlen(head));
    for (uint32_t i = 0; i < N; i++) {
        int n = snprintf(row, sizeof row, "%u", (unsigned)i);
        /* The format is one of the literals below. */
        for (const char *at = format; *at; at++)
            if (*at == '#')
                n += snprintf(row + n, sizeof row - (size_t)n, "%d",
                              values[class_of[i]]);
            else
                row[n++] = *at;
        put(&bytes, row, (size_t)n);
    }
    return bytes;
}

/* --- what comes out
 * -------------------------------------------------------------------- */

static void check_rows(const struct dsi_report *report, const char *title)
{
    if (dsi_report_n_rows(report) != K)
        fail_msg("%s: %zu rows", title, dsi_report_n_rows(report));
    for (size_t i = 0; i < K; i++) {
        const struct dsi_value *row = dsi_report_row_at(report, i);
        char name[8];
        snprintf(name, sizeof name, "%d", values[i]);
        assert_string_equal(row[0].as.text.bytes, name);
        assert_int_equal(row[1].as.natural, i);
        assert_int_equal(row[2].as.natural, counts[i]);
    }
}

/* The whole table as text: weights and targets too. */
static struct dsi_bytes finish(const struct dsi_check_run *run, const char *title)
{
    struct dsi_column columns[10];
    struct dsi_bytes text = {0};
    struct dsi_error err;
    const struct dsi_write_options options = {0};
    assert_int_equal(run->check->n_columns, 10);
    for (size_t i = 0; i < 10; i++)
        columns[i] = (struct dsi_column){.name = "value"};
    struct dsi_report *report = dsi_report_new("balance", columns, 10);
    assert_non_null(report);
    assert_int_equal(run->check->finish(run->state, report, &err), DSI_OK);
    check_rows(report, title);
    assert_int_equal(
        dsi_writer_find("tsv")->write(report, &options, dsi_sink_to_bytes(&text), &err),
        DSI_OK);
    dsi_report_free(report);
    return text;
}

static void check_index(const struct dsi_dataset *dataset,
                        const struct dsi_check_run *counted, const char *title)
{
    struct dsi_balance_group group;
    struct dsi_error err;
    uint32_t *found = malloc(N * sizeof *found);
    assert_non_null(found);
    memset(found, 0xff, N * sizeof *found);
    assert_int_equal(dsi_balance_group_make(&group, counted->state, 0, &err), DSI_OK);
    const struct dsi_class_index_parameters p = {.balance = counted->parameters,
                                                 .classes = &group,
                                                 .class_of = found,
                                                 .n_samples = N};
    const struct variant variant = {.check = &dsi_check_class_index, .parameters = &p};
    struct dsi_check_run run;
    assert_int_equal(variant_scan(&variant, dataset, 3, &run, &err), DSI_OK);
    for (uint32_t i = 0; i < N; i++)
        if (found[i] != class_of[i])
            fail_msg("%s: sample %u is of class %u, not %u", title, i, found[i],
                     class_of[i]);
    dsi_check_run_free(&run);
    dsi_balance_group_free(&group);
    free(found);
}

/* Holds the labels at path against the first container's table in *expected. */
static void hold(const char *path, struct dsi_bytes *expected)
{
    extern const struct dsi_check dsi_check_balance;
    const struct subject subject = {.inputs = {path}};
    const struct variant variant = {.check = &dsi_check_balance,
                                    .parameters = &dsi_balance_defaults};
    struct opened opened;
    struct dsi_check_run run;
    struct dsi_error err;
    assert_int_equal(subject_open(&subject, DSI_NEED_LABELS, &opened, &err), DSI_OK);
    if (opened.dataset.n_parts != 1)
        fail_msg("%s: %s", path, dsi_report_finding_at(opened.report, 0).detail);
    assert_int_equal(dsi_dataset_n_samples(&opened.dataset), N);
    assert_int_equal(variant_scan(&variant, &opened.dataset, 2, &run, &err), DSI_OK);
    struct dsi_bytes text = finish(&run, path);
    if (expected->n == 0) {
        *expected = text;
    } else {
        assert_int_equal(text.n, expected->n);
        assert_memory_equal(text.data, expected->data, text.n);
        dsi_bytes_free(&text);
    }
    check_index(&opened.dataset, &run, path);
    dsi_check_run_free(&run);
    subject_close(&opened);
}

static const char *npy(const char *name, const char *descr, bool fortran,
                       const char *shape, struct dsi_bytes bytes)
{
    const char *path =
        scratch_npy(&scratch, name, descr, fortran, shape, bytes.data, bytes.n);
    dsi_bytes_free(&bytes);
    return path;
}

static const char *file(const char *name, struct dsi_bytes bytes)
{
    const char *path = scratch_write(&scratch, name, bytes.data, bytes.n);
    dsi_bytes_free(&bytes);
    return path;
}

static const char *gzipped(const char *name, struct dsi_bytes bytes)
{
    const char *path = scratch_gzip(&scratch, name, bytes.data, bytes.n);
    dsi_bytes_free(&bytes);
    return path;
}

static void test_one_array_in_every_container(void **state)
{
    (void)state;
    static const char flat[] = "(200003,)";
    static const char fields[] = "[('t', '|S3'), ('label', '>u4'), ('v', '|V2')]";
    struct dsi_bytes expected = {0};
    const char *const paths[] = {
        npy("i8.npy", "'<i8'", false, flat, integers(8, false)),
        npy("big.npy", "'>i8'", false, flat, integers(8, true)),
        npy("column.npy", "'<i8'", false, "(200003, 1)", integers(8, false)),
        npy("fortran.npy", "'<i8'", true, "(200003, 1)", integers(8, false)),
        npy("i4.npy", "'<i4'", false, flat, integers(4, false)),
        npy("i2.npy", "'>i2'", false, flat, integers(2, true)),
        npy("u8.npy", "'<u8'", false, flat, integers(8, false)),
        npy("u4.npy", "'>u4'", false, flat, integers(4, true)),
        npy("u2.npy", "'<u2'", false, flat, integers(2, false)),
        npy("u1.npy", "'|u1'", false, flat, integers(1, false)),
        npy("f8.npy", "'<f8'", false, flat, doubles()),
        npy("fields.npy", fields, false, flat, records()),
        scratch_path(&scratch, "fields.npy:label"),
        file("labels-idx1-ubyte", idx(0x08, 1)),
        file("labels.idx", idx(0x0c, 4)),
        gzipped("labels-idx1-ubyte.gz", idx(0x08, 1)),
        gzipped("short.idx.gz", idx(0x0b, 2)),
        file("labels.csv", table("id,label\n", ",#\n")),
        file("quoted.csv", table("id,label\r\n", ",\"#\"\r\n")),
        file("labels.tsv", table("id\tlabel\tnote\n", "\t#\tx, y\n")),
        scratch_path(&scratch, "labels.csv:label"),
        scratch_path(&scratch, "labels.csv:1"),
        file("headless.csv", table("", ",#\n")),
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        hold(paths[i], &expected);
    dsi_bytes_free(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_array_in_every_container),
    };
    return cmocka_run_group_tests(tests, make_labels, remove_labels);
}
