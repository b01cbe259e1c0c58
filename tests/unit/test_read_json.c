/* Stored results: what was printed is read back, what was not is refused with a reason,
 * and what a page shows of texts is safe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "escape_html.h"
#include "faults.h"
#include "read_json.h"
#include "report_view.h"

static const struct dsi_column columns[] = {
    {"name", true}, {"count", false}, {"share", false}};

static struct dsi_report *sample_report(void)
{
    struct dsi_report *report = dsi_report_new("balance", columns, 3);
    const struct dsi_value rows[2][3] = {
        {dsi_text("a\xff\\x41\\\n"), dsi_uint(INT64_MAX), dsi_float(0.1)},
        {dsi_text("\xe2\x80\xae<b>"), dsi_int(-7), dsi_null()}};
    const struct dsi_finding finding = {.rule = "imbalance",
                                        .severity = DSI_WARNING,
                                        .source = "s\x01",
                                        .index = 3,
                                        .detail = "one \"line\""};
    assert_non_null(report);
    for (int i = 0; i < 2; i++)
        assert_int_equal(dsi_report_row(report, rows[i], NULL), DSI_OK);
    assert_int_equal(dsi_report_input(report, "in\xfeput", NULL), DSI_OK);
    assert_int_equal(dsi_report_parameter_add(report, "list", dsi_uint(1), NULL), 0);
    assert_int_equal(dsi_report_parameter_add(report, "list", dsi_text("b"), NULL), 0);
    assert_int_equal(dsi_report_parameter(report, "flag", dsi_bool(true), NULL), 0);
    assert_int_equal(dsi_report_summary(report, "samples", dsi_uint(5), NULL), DSI_OK);
    assert_int_equal(dsi_report_finding(report, &finding, NULL), DSI_OK);
    return report;
}

static struct dsi_bytes printed(const struct dsi_report *report)
{
    const struct dsi_write_options options = {0};
    struct dsi_bytes json = {0};
    assert_int_equal(dsi_writer_find("json")->write(report, &options,
                                                    dsi_sink_to_bytes(&json), NULL),
                     DSI_OK);
    return json;
}

static void what_is_read_prints_the_same(void **state)
{
    (void)state;
    struct dsi_report *report = sample_report();
    struct dsi_bytes json = printed(report);
    struct dsi_stored stored;
    assert_int_equal(dsi_stored_read(&stored, json.data, json.n, NULL), DSI_OK);
    assert_string_equal(dsi_report_tool(stored.report), "balance");
    assert_int_equal(stored.n_results, 0);
    const struct dsi_value name = dsi_report_cell(stored.report, 0, 0);
    assert_string_equal(dsi_value_text(&name), "a\xff\\x41\\\n");
    assert_true(dsi_report_columns(stored.report)[0].is_text);
    assert_false(dsi_report_columns(stored.report)[1].is_text);
    struct dsi_bytes again = printed(stored.report);
    assert_int_equal(again.n, json.n);
    assert_memory_equal(again.data, json.data, json.n);
    dsi_bytes_free(&again);
    dsi_bytes_free(&json);
    dsi_stored_free(&stored);
    dsi_report_free(report);
}

static void results_of_check_are_reports(void **state)
{
    (void)state;
    struct dsi_report *report = sample_report();
    struct dsi_bytes json = printed(report), check = {0};
    struct dsi_stored stored;
    static const char begin[] =
        "{\"schema\":\"dsinspect.check/1\",\"input\":[],\"parameters\":{},\"summary\":"
        "{\"verdict\":\"passed\"},\"rows\":[],\"findings\":[],\"later\":{\"key\":[1]},"
        "\"results\":[{\"dataset\":\"train\",\"report\":";
    assert_int_equal(dsi_bytes_append(&check, begin, strlen(begin), NULL), DSI_OK);
    assert_int_equal(dsi_bytes_append(&check, json.data, json.n, NULL), DSI_OK);
    assert_int_equal(dsi_bytes_append(&check, "}]}", 3, NULL), DSI_OK);
    assert_int_equal(dsi_stored_read(&stored, check.data, check.n, NULL), DSI_OK);
    assert_int_equal(stored.n_results, 1);
    assert_string_equal(stored.results[0].dataset, "train");
    assert_int_equal(dsi_report_n_rows(stored.results[0].report), 2);
    assert_int_equal(dsi_report_n_columns(stored.report), 0);
    dsi_stored_free(&stored);
    dsi_bytes_free(&check);
    dsi_bytes_free(&json);
    dsi_report_free(report);
}

#define BEGIN "{\"schema\":\"dsinspect.balance/1\",\n\"input\":[],\"parameters\":{},"
#define END   "\"findings\":[]}"

static void what_is_no_result_is_refused(void **state)
{
    static const struct {
        const char *json, *words;
        enum dsi_status status;
    } cases[] = {
        {"", "line 1, column 0", DSI_ERR_MALFORMED},
        {"{\"schema\":\n 1,,}", "line 2, column 4", DSI_ERR_MALFORMED},
        {"[]", "not an object", DSI_ERR_MALFORMED},
        {"{}", "\"schema\"", DSI_ERR_UNSUPPORTED},
        {"{\"schema\":\"other/1\"}", "\"schema\"", DSI_ERR_UNSUPPORTED},
        {"{\"schema\":\"dsinspect.spam/1\"}", "'spam/1'", DSI_ERR_UNSUPPORTED},
        {"{\"schema\":\"dsinspect.balance/2\"}", "is dsinspect.balance/2; version 1",
         DSI_ERR_UNSUPPORTED},
        {"{\"schema\":\"dsinspect.balance/1\",\"rows\":[]}", "\"input\" is not there",
         DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{},\"rows\":{}," END, "\"rows\" is not a list",
         DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{},\"rows\":[{},7]," END, "rows[1]", DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{},\"rows\":[{},{\"a\":[]}]," END, "rows[1].a",
         DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{\"n\":{}},\"rows\":[]," END, "n: a list or an object",
         DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{},\"rows\":[],\"findings\":[{}]}", "without a rule",
         DSI_ERR_MALFORMED},
        {BEGIN "\"summary\":{},\"rows\":[],\"findings\":[{\"rule\":\"r\"}]}",
         "no severity", DSI_ERR_MALFORMED},
        {"{\"a\":1,\"a\":2}", "duplicate", DSI_ERR_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_stored stored;
        struct dsi_error err;
        assert_int_equal(
            dsi_stored_read(&stored, cases[i].json, strlen(cases[i].json), &err),
            cases[i].status);
        if (!strstr(err.message, cases[i].words))
            fail_msg("'%s' is not in '%s'", cases[i].words, err.message);
        assert_null(stored.report);
    }
}

static void depth_and_width_have_limits(void **state)
{
    (void)state;
    struct dsi_stored stored;
    struct dsi_error err;
    char deep[4096];
    memset(deep, '[', sizeof deep);
    assert_int_equal(dsi_stored_read(&stored, deep, sizeof deep, &err), DSI_ERR_LIMIT);
    struct dsi_bytes wide = {0};
    static const char begin[] = BEGIN "\"summary\":{},\"rows\":[{";
    assert_int_equal(dsi_bytes_append(&wide, begin, strlen(begin), NULL), DSI_OK);
    for (int i = 0; i <= DSI_STORED_MOST_COLUMNS; i++) {
        char key[32];
        const int n = snprintf(key, sizeof key, "%s\"k%d\":1", i ? "," : "", i);
        assert_int_equal(dsi_bytes_append(&wide, key, (size_t)n, NULL), DSI_OK);
    }
    assert_int_equal(dsi_bytes_append(&wide, "}]," END, strlen("}]," END), NULL), 0);
    assert_int_equal(dsi_stored_read(&stored, wide.data, wide.n, &err), DSI_ERR_LIMIT);
    dsi_bytes_free(&wide);
}

static void whole_numbers_beyond_64_bits_are_the_nearest_double(void **state)
{
    (void)state;
    static const char json[] =
        BEGIN "\"summary\":{\"small\":7,\"big\":18446744073709551615},\"rows\":[]," END;
    struct dsi_stored stored;
    double number;
    assert_int_equal(dsi_stored_read(&stored, json, strlen(json), NULL), DSI_OK);
    assert_int_equal(dsi_report_summary_at(stored.report, "small")->type,
                     DSI_VALUE_UINT);
    assert_true(dsi_value_number(dsi_report_summary_at(stored.report, "big"), &number));
    assert_true(number > 1.8446744073709e19 && number < 1.8446744073710e19);
    dsi_stored_free(&stored);
}

/* A key that a row lacks is null there; one that it has alone is a column of all. */
static void rows_may_have_keys_of_their_own(void **state)
{
    (void)state;
    static const char json[] =
        BEGIN "\"summary\":{},\"rows\":[{\"a\":1},{\"b\":\"x\",\"a\":2}]," END;
    struct dsi_stored stored;
    assert_int_equal(dsi_stored_read(&stored, json, strlen(json), NULL), DSI_OK);
    assert_int_equal(dsi_report_n_columns(stored.report), 2);
    assert_int_equal(dsi_report_column_named(stored.report, "b"), 1);
    assert_true(dsi_report_column_named(stored.report, "c") == SIZE_MAX);
    assert_int_equal(dsi_report_cell(stored.report, 0, 1).type, DSI_VALUE_NULL);
    assert_int_equal(dsi_report_cell(stored.report, 0, SIZE_MAX).type, DSI_VALUE_NULL);
    dsi_stored_free(&stored);
}

static void html_shows_what_is_there(void **state)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"<script>alert('x')</script>",
         "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"a\" onload=\"b", "a&quot; onload=&quot;b"},
        {"&amp;", "&amp;amp;"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\xff", "\\xff"},
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
        {"a\\b\n", "a\\\\b\\n"},
        {"h\xc3\xa4user", "h\xc3\xa4user"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_bytes html = {0};
        assert_int_equal(
            dsi_escape_html(&html, cases[i].text, strlen(cases[i].text), NULL), DSI_OK);
        assert_int_equal(dsi_bytes_append(&html, "", 1, NULL), DSI_OK);
        assert_string_equal((char *)html.data, cases[i].html);
        dsi_bytes_free(&html);
    }
}

/* Every allocation fails once: an error each time, nothing lost, nothing kept. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct dsi_report *report = sample_report();
    struct dsi_bytes json = printed(report);
    struct dsi_stored stored;
    struct dsi_error err;
    enum dsi_status status = DSI_ERR_MEMORY;
    for (uint64_t nth = 1; status != DSI_OK; nth++) {
        faults_fail_allocation(nth);
        status = dsi_stored_read(&stored, json.data, json.n, &err);
        faults_reset();
        assert_true(status == DSI_OK || status == DSI_ERR_MEMORY);
        if (status != DSI_OK)
            assert_null(stored.report);
    }
    dsi_stored_free(&stored);
    dsi_bytes_free(&json);
    dsi_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_prints_the_same),
        cmocka_unit_test(results_of_check_are_reports),
        cmocka_unit_test(what_is_no_result_is_refused),
        cmocka_unit_test(depth_and_width_have_limits),
        cmocka_unit_test(whole_numbers_beyond_64_bits_are_the_nearest_double),
        cmocka_unit_test(rows_may_have_keys_of_their_own),
        cmocka_unit_test(html_shows_what_is_there),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
