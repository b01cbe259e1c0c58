/* Expected texts are written by hand from what report.h and RFC 4180 promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "report.h"
#include "sanitized.h"

static const struct dsi_column columns[] = {
    {"name", true}, {"count", false}, {"share", false}};

static struct dsi_report *new_report(void)
{
    struct dsi_report *report = dsi_report_new("probe", columns, 3);
    assert_non_null(report);
    return report;
}

static void add_row(struct dsi_report *report, const char *name, uint64_t count,
                    double share)
{
    struct dsi_value values[] = {dsi_text(name), dsi_uint(count), dsi_float(share)};
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
}

static void add_finding(struct dsi_report *report, const char *rule,
                        enum dsi_severity severity, const char *source, uint64_t index,
                        const char *where, const char *detail)
{
    struct dsi_finding finding = {.rule = rule,
                                  .severity = severity,
                                  .source = source,
                                  .index = index,
                                  .where = where,
                                  .detail = detail};
    assert_int_equal(dsi_report_finding(report, &finding, NULL), DSI_OK);
}

static void add_summary(struct dsi_report *report, const char *key,
                        struct dsi_value value)
{
    assert_int_equal(dsi_report_summary(report, key, value, NULL), DSI_OK);
}

static void expect(const struct dsi_report *report, const char *format,
                   const struct dsi_write_options *options, const char *expected)
{
    struct dsi_bytes out = {0};
    const struct dsi_writer *writer = dsi_writer_find(format);
    assert_non_null(writer);
    assert_int_equal(writer->write(report, options, dsi_sink_to_bytes(&out), NULL),
                     DSI_OK);
    assert_int_equal(dsi_bytes_append(&out, "", 1, NULL), DSI_OK);
    assert_string_equal((char *)out.data, expected);
    dsi_bytes_free(&out);
}

static const struct dsi_write_options no_options = {.width = 0};

static void a_row_reads_back(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    char name[] = "first";
    struct dsi_value odd[] = {dsi_text_n("a\0b", 3), dsi_int(INT64_MIN),
                              dsi_bool(true)};
    add_row(report, name, UINT64_MAX, -0.0);
    name[0] = 'w'; /* texts are copied */
    assert_int_equal(dsi_report_row(report, odd, NULL), DSI_OK);
    add_row(report, NULL, 0, (double)NAN);
    assert_int_equal(dsi_report_n_rows(report), 3);
    assert_int_equal(dsi_report_n_columns(report), 3);
    const struct dsi_value *row = dsi_report_row_at(report, 0);
    assert_string_equal(row[0].as.text.bytes, "first");
    assert_int_equal(row[1].type, DSI_VALUE_UINT);
    assert_true(row[1].as.natural == UINT64_MAX);
    assert_true(row[2].type == DSI_VALUE_FLOAT && signbit(row[2].as.real));
    row = dsi_report_row_at(report, 1);
    assert_int_equal(row[0].as.text.n, 3);
    assert_memory_equal(row[0].as.text.bytes, "a\0b", 4);
    assert_true(row[1].type == DSI_VALUE_INT && row[1].as.integer == INT64_MIN);
    assert_true(row[2].type == DSI_VALUE_BOOL && row[2].as.boolean);
    row = dsi_report_row_at(report, 2);
    assert_int_equal(row[0].type, DSI_VALUE_NULL);
    assert_true(isnan(row[2].as.real));
    dsi_report_free(report);
    dsi_report_free(NULL);
}

/* A text equal to the one above it is kept once; one that only begins alike is not. */
static void equal_neighbours_stay_apart_from_unequal_ones(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "ab", 1, 1);
    add_row(report, "ab", 2, 1);
    add_row(report, "a", 3, 1);
    add_row(report, "", 4, 1);
    add_row(report, NULL, 5, 1);
    add_row(report, "", 6, 1);
    expect(report, "tsv", &no_options,
           "name\tcount\tshare\nab\t1\t1\nab\t2\t1\na\t3\t1\n\t4\t1\n\t5\t1\n\t6\t1\n");
    dsi_report_free(report);
}

static void summary_is_found_by_key(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_summary(report, "samples", dsi_uint(7));
    add_summary(report, "verdict", dsi_text("mixed"));
    assert_int_equal(dsi_report_summary_at(report, "samples")->as.natural, 7);
    assert_string_equal(dsi_report_summary_at(report, "verdict")->as.text.bytes,
                        "mixed");
    assert_null(dsi_report_summary_at(report, "sample"));
    dsi_report_free(report);
}

static void findings_are_sorted_and_said_once(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_finding(report, "b", DSI_NOTE, "s", 1, "w", "note");
    add_finding(report, "b", DSI_ERROR, "s", UINT64_MAX, "w", "no index");
    add_finding(report, "b", DSI_ERROR, "s", 10, "w", "ten");
    add_finding(report, "b", DSI_ERROR, "s", 9, "w", "nine");
    add_finding(report, "b", DSI_ERROR, "s", 9, "w", "nine");
    add_finding(report, "b", DSI_ERROR, "s", 9, NULL, "nine, nowhere");
    add_finding(report, "b", DSI_ERROR, NULL, 99, "w", "no source");
    add_finding(report, "a", DSI_ERROR, "z", 99, "w", "rule first");
    add_finding(report, "a", DSI_WARNING, "a", 0, "a", "a");
    add_finding(report, "b", DSI_ERROR, "s", 9, "w", "nine");
    dsi_report_sort_findings(report);
    const char *expected[] = {"rule first", "no source", "nine, nowhere", "nine", "ten",
                              "no index",   "a",         "note"};
    assert_int_equal(dsi_report_n_findings(report), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(dsi_report_finding_at(report, i).detail, expected[i]);
    assert_null(dsi_report_finding_at(report, 2).where);
    dsi_report_free(report);
}

static struct dsi_report *whole_report(void)
{
    struct dsi_report *report = new_report();
    add_row(report, "caf\xc3\xa9, \"x\"", 9007199254740993, 0.5);
    add_row(report, "\xff\n", 1, (double)INFINITY);
    add_summary(report, "samples", dsi_uint(2));
    add_summary(report, "gini", dsi_float((double)NAN));
    assert_int_equal(dsi_report_input(report, "a.npy", NULL), DSI_OK);
    assert_int_equal(dsi_report_parameter(report, "seed", dsi_uint(0), NULL), DSI_OK);
    assert_int_equal(dsi_report_parameter_add(report, "sentinel", dsi_float(-1), NULL),
                     DSI_OK);
    assert_int_equal(
        dsi_report_parameter_add(report, "exclude", dsi_text("*.md"), NULL), DSI_OK);
    assert_int_equal(dsi_report_parameter_add(report, "sentinel", dsi_float(0.1), NULL),
                     DSI_OK);
    add_finding(report, "crc", DSI_ERROR, "a.npy", 3, "a.npy[3]", "it's \\ bad");
    add_finding(report, "assumed", DSI_NOTE, NULL, UINT64_MAX, NULL, NULL);
    return report;
}

static void json_is_one_object_of_lines(void **state)
{
    (void)state;
    struct dsi_report *report = whole_report();
    expect(report, "json", &no_options,
           "{\"schema\":\"dsinspect.probe/1\",\n"
           "\"tool\":{\"name\":\"dsinspect\",\"version\":\"" DSI_VERSION "\"},\n"
           "\"input\":[\"a.npy\"],\n"
           "\"parameters\":{\"seed\":0,\"sentinel\":[-1,0.1],\"exclude\":[\"*.md\"]},\n"
           "\"summary\":{\"samples\":2,\"gini\":null,\"nulls_from_non_finite\":2},\n"
           "\"rows\":[\n"
           "{\"name\":\"caf\xc3\xa9, \\\"x\\\"\",\"count\":9007199254740993,"
           "\"share\":0.5},\n"
           "{\"name\":\"\\\\xff\\n\",\"count\":1,\"share\":null}\n"
           "],\n"
           "\"findings\":[\n"
           "{\"rule\":\"crc\",\"severity\":\"error\",\"source\":\"a.npy\",\"index\":3,"
           "\"where\":\"a.npy[3]\",\"detail\":\"it's \\\\ bad\"},\n"
           "{\"rule\":\"assumed\",\"severity\":\"note\",\"source\":null,"
           "\"index\":null,\"where\":null,\"detail\":null}\n"
           "]}\n");
    dsi_report_free(report);
}

static void ndjson_ends_with_the_summary(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "a", 1, 0.5);
    add_summary(report, "samples", dsi_uint(1));
    expect(report, "ndjson", &no_options,
           "{\"name\":\"a\",\"count\":1,\"share\":0.5}\n"
           "{\"summary\":{\"samples\":1},\"findings\":[]}\n");
    dsi_report_free(report);
}

static void csv_quotes_and_tsv_escapes(void **state)
{
    (void)state;
    struct dsi_report *report = whole_report();
    struct dsi_write_options bare = {.no_header = true};
    expect(report, "csv", &no_options,
           "name,count,share\n\"caf\xc3\xa9, \"\"x\"\"\",9007199254740993,0.5\n"
           "\\xff\\n,1,inf\n");
    expect(report, "tsv", &bare,
           "caf\xc3\xa9, \"x\"\t9007199254740993\t0.5\n\\xff\\n\t1\tinf\n");
    dsi_report_free(report);
}

static void a_lone_empty_field_is_still_a_record(void **state)
{
    (void)state;
    struct dsi_report *report = dsi_report_new("probe", columns, 1);
    struct dsi_value nothing = dsi_null();
    assert_int_equal(dsi_report_row(report, &nothing, NULL), DSI_OK);
    expect(report, "csv", &no_options, "name\n\"\"\n");
    dsi_report_free(report);
}

static void table_aligns_by_what_is_seen(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "\xe6\x97\xa5\xe6\x9c\xac", 5, 1.0 / 3);
    add_row(report, "e\xcc\x81", 12345, 0.5);
    add_row(report, "\x1b[2J", 1, 1234567.89);
    expect(report, "table", &no_options,
           "name     count     share\n"
           "\xe6\x97\xa5\xe6\x9c\xac         5  0.333333\n"
           "e\xcc\x81        12345       0.5\n"
           "\\x1b[2J      1   1234568\n");
    dsi_report_free(report);
}

static void table_shows_findings_and_summary(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    struct dsi_write_options color = {.color = true};
    add_finding(report, "crc", DSI_ERROR, "s", 1, "bad\x1b.png", "why");
    add_finding(report, "near_name", DSI_WARNING, "s", 1, NULL, NULL);
    add_finding(report, "assumed", DSI_NOTE, NULL, 1, NULL, "NHWC");
    add_summary(report, "samples", dsi_uint(2));
    add_summary(report, "gini", dsi_null());
    expect(report, "table", &color,
           "\033[1mname  count  share\033[0m\n\n"
           "\033[31merror\033[0m crc bad\\x1b.png: why\n"
           "\033[33mwarning\033[0m near_name s\n"
           "\033[2mnote\033[0m assumed: NHWC\n\n"
           "samples 2\n");
    dsi_report_free(report);
}

/* "count" takes 5, "share" 5, two gaps 4: 10 of 24 are left for the name. */
static void a_narrow_table_shortens_texts_in_the_middle(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    struct dsi_write_options narrow = {.width = 24}, tiny = {.width = 5};
    add_row(report, "abcdefghijklmnop", 1, 0.5);
    add_row(report,
            "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
            "\xe6\x97\xa5",
            2, 0.5);
    add_row(report, "short", 3, 0.5);
    expect(report, "table", &narrow,
           "name        count  share\n"
           "abcd\xe2\x80\xa6lmnop      1    0.5\n"
           "\xe6\x97\xa5\xe6\x97\xa5\xe2\x80\xa6\xe6\x97\xa5\xe6\x97\xa5       2"
           "    0.5\n"
           "short           3    0.5\n");
    expect(report, "table", &tiny,
           "name      count  share\n"
           "abc\xe2\x80\xa6mnop      1    0.5\n"
           "\xe6\x97\xa5\xe2\x80\xa6\xe6\x97\xa5\xe6\x97\xa5       2    0.5\n"
           "short         3    0.5\n");
    dsi_report_free(report);
}

static void last_empty_columns_leave_no_spaces(void **state)
{
    (void)state;
    static const struct dsi_column two[] = {{"n", false}, {"split", true}};
    struct dsi_report *report = dsi_report_new("probe", two, 2);
    struct dsi_value values[] = {dsi_uint(1), dsi_text("")};
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
    expect(report, "table", &no_options, "n\n1\n"); /* the column says nothing */
    values[1] = dsi_text("x");
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
    expect(report, "table", &no_options, "n  split\n1\n1  x\n");
    expect(report, "tsv", &no_options, "n\tsplit\n1\t\n1\tx\n");
    dsi_report_free(report);
}

static void a_drawing_is_for_tables_that_draw(void **state)
{
    (void)state;
    static const struct dsi_column two[] = {{"n", false}, {"picture", true}};
    const struct dsi_write_options draws = {.draws = true};
    struct dsi_report *report = dsi_report_new("probe", two, 2);
    dsi_report_set_drawing(report, 1);
    expect(report, "table", &no_options, "n\n");
    struct dsi_value values[] = {dsi_uint(1), dsi_text("\xe2\x96\x81\xe2\x96\x88")};
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
    expect(report, "table", &draws, "n  picture\n1  \xe2\x96\x81\xe2\x96\x88\n");
    expect(report, "table", &no_options, "n\n1\n");
    expect(report, "tsv", &draws, "n\n1\n");
    expect(report, "ndjson", &draws, "{\"n\":1}\n{\"summary\":{},\"findings\":[]}\n");
    dsi_report_free(report);
}

static enum dsi_status refuse(void *context, const void *data, size_t n,
                              struct dsi_error *err)
{
    (void)data;
    (void)n;
    ++*(int *)context;
    return dsi_fail(err, DSI_ERR_PIPE, "gone");
}

static void a_sink_that_fails_is_asked_once(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    for (int i = 0; i < 20000; i++)
        add_row(report, "a name of some length", 1, 0.5);
    for (size_t i = 0; dsi_writers[i]; i++) {
        int n_calls = 0;
        struct dsi_error err = {0};
        struct dsi_sink sink = {.write = refuse, .context = &n_calls};
        assert_int_equal(dsi_writers[i]->write(report, &no_options, sink, &err),
                         DSI_ERR_PIPE);
        assert_string_equal(err.message, "gone");
        assert_int_equal(n_calls, 1);
    }
    assert_null(dsi_writer_find("xml"));
    dsi_report_free(report);
}

static enum dsi_status count(void *context, const void *data, size_t n,
                             struct dsi_error *err)
{
    (void)data;
    (void)err;
    *(size_t *)context += n;
    return DSI_OK;
}

/* The peak of the whole process, in KiB, which is what ru_maxrss has on Linux. */
static void a_million_rows_stay_small(void **state)
{
    (void)state;
    static const struct dsi_column nine[] = {
        {"source", true}, {"name", true}, {"a", false}, {"b", false},  {"c", false},
        {"d", false},     {"e", false},   {"f", false}, {"note", true}};
    struct dsi_report *report = dsi_report_new("probe", nine, 9);
    size_t n_bytes = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        char name[64];
        snprintf(name, sizeof name, "train/n01440764/image_%08llu.png",
                 (unsigned long long)i);
        struct dsi_value values[] = {
            dsi_text("/data/set"), dsi_text(name), dsi_uint(i),
            dsi_uint(i * i),       dsi_int(-1),    dsi_float((double)i / 8),
            dsi_bool(true),        dsi_null(),     dsi_text("grey")};
        assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
    }
    struct dsi_sink sink = {.write = count, .context = &n_bytes};
    assert_int_equal(dsi_writer_find("tsv")->write(report, &no_options, sink, NULL),
                     DSI_OK);
    assert_true(n_bytes > 50000000);
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    print_message("peak %ld MiB\n", usage.ru_maxrss / 1024);
    if (!SANITIZED) /* they keep freed memory, and shadows of it all */
        assert_true(usage.ru_maxrss < 200 * 1024);
    dsi_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_reads_back),
        cmocka_unit_test(equal_neighbours_stay_apart_from_unequal_ones),
        cmocka_unit_test(summary_is_found_by_key),
        cmocka_unit_test(findings_are_sorted_and_said_once),
        cmocka_unit_test(json_is_one_object_of_lines),
        cmocka_unit_test(ndjson_ends_with_the_summary),
        cmocka_unit_test(csv_quotes_and_tsv_escapes),
        cmocka_unit_test(a_lone_empty_field_is_still_a_record),
        cmocka_unit_test(table_aligns_by_what_is_seen),
        cmocka_unit_test(table_shows_findings_and_summary),
        cmocka_unit_test(a_narrow_table_shortens_texts_in_the_middle),
        cmocka_unit_test(last_empty_columns_leave_no_spaces),
        cmocka_unit_test(a_drawing_is_for_tables_that_draw),
        cmocka_unit_test(a_sink_that_fails_is_asked_once),
        cmocka_unit_test(a_million_rows_stay_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
