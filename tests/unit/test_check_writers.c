/* The writers for build servers. Expected texts are written by hand: of junit after
 * what Jenkins' and GitLab's readers take, of prometheus after the page on exposition
 * formats, of github after how its runner unescapes, of markdown after CommonMark and
 * GitHub's page on tables. tests/oracle/test_check_writers.py reads the same formats
 * back with programs of others. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"
#include "report.h"

static const struct dsi_column columns[] = {
    {"check", true},     {"status", true}, {"severity", true}, {"dataset", true},
    {"metric", true},    {"value", false}, {"op", true},       {"threshold", false},
    {"baseline", false}, {"detail", true},
};

static struct dsi_report *new_report(void)
{
    struct dsi_report *report = dsi_report_new("check", columns, 10);
    assert_non_null(report);
    return report;
}

static void add_row(struct dsi_report *report, const char *check, const char *status,
                    const char *dataset, const char *metric, struct dsi_value value,
                    struct dsi_value threshold, const char *detail)
{
    struct dsi_value values[] = {
        dsi_text(check),   dsi_text(status), dsi_text("error"),
        dsi_text(dataset), dsi_text(metric), value,
        dsi_text("max"),   threshold,        dsi_null(),
        dsi_text(detail),
    };
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
}

static void add_finding(struct dsi_report *report, const char *rule,
                        enum dsi_severity severity, const char *where,
                        const char *detail)
{
    struct dsi_finding finding = {.rule = rule,
                                  .severity = severity,
                                  .index = UINT64_MAX,
                                  .where = where,
                                  .detail = detail};
    assert_int_equal(dsi_report_finding(report, &finding, NULL), DSI_OK);
}

/* What is printed, with a NUL after it; the caller frees it. */
static struct dsi_bytes print(const struct dsi_report *report, const char *format)
{
    const struct dsi_write_options options = {.width = 0};
    struct dsi_bytes out = {0};
    const struct dsi_writer *writer = dsi_check_writer_find(format);
    assert_non_null(writer);
    assert_int_equal(writer->write(report, &options, dsi_sink_to_bytes(&out), NULL),
                     DSI_OK);
    assert_int_equal(dsi_bytes_append(&out, "", 1, NULL), DSI_OK);
    return out;
}

static void expect(const struct dsi_report *report, const char *format,
                   const char *expected)
{
    struct dsi_bytes out = print(report, format);
    assert_string_equal((char *)out.data, expected);
    dsi_bytes_free(&out);
}

static void expect_part(const struct dsi_report *report, const char *format,
                        const char *part)
{
    struct dsi_bytes out = print(report, format);
    if (!strstr((char *)out.data, part))
        assert_string_equal((char *)out.data, part);
    dsi_bytes_free(&out);
}

static void the_list_is_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"table",      "tsv",    "csv",
                                        "json",       "ndjson", "junit",
                                        "prometheus", "github", "markdown"};
    size_t n = sizeof names / sizeof *names;
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(dsi_check_writers[i]->name, names[i]);
        assert_ptr_equal(dsi_check_writer_find(names[i]), dsi_check_writers[i]);
    }
    assert_null(dsi_check_writers[n]);
    assert_null(dsi_check_writer_find("xml"));
    assert_null(dsi_writer_find("junit")); /* other tools have no such format */
}

/* Of each status a row, of two datasets and none. */
static struct dsi_report *usual_report(void)
{
    struct dsi_report *report = new_report();
    add_row(report, "a", "failed", "train", "balance.ratio", dsi_float(12.5),
            dsi_uint(10), "class cat");
    add_row(report, "b", "passed", "val", "balance.ratio", dsi_uint(4), dsi_uint(10),
            NULL);
    add_row(report, "c", "warned", "train", "range.zeros", dsi_uint(3), dsi_uint(2),
            NULL);
    add_row(report, "d", "skipped", NULL, NULL, dsi_null(), dsi_null(), "no file");
    add_finding(report, "balance.empty_class", DSI_ERROR, "train/cat", "no sample");
    add_finding(report, "range.odd", DSI_WARNING, "a.h5:/x", "log scale");
    return report;
}

static void junit_groups_rows_by_dataset(void **state)
{
    (void)state;
    struct dsi_report *report = usual_report();
    expect(report, "junit",
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<testsuites name=\"dsinspect check\" tests=\"4\" failures=\"1\" "
           "errors=\"0\">\n"
           "  <testsuite name=\"train\" tests=\"2\" failures=\"1\" errors=\"0\""
           " skipped=\"0\">\n"
           "    <testcase classname=\"dsinspect.train.balance\""
           " name=\"balance.ratio max 10\">\n"
           "      <failure type=\"balance.ratio\""
           " message=\"balance.ratio is 12.5, max 10: class cat\">"
           "check: a\nvalue: 12.5\nthreshold: max 10\ndetail: class cat\n"
           "error balance.empty_class train/cat: no sample\n</failure>\n"
           "    </testcase>\n"
           "    <testcase classname=\"dsinspect.train.range\" name=\"range.zeros max "
           "2\">\n"
           "      <system-out>warned: range.zeros is 3, max 2\n"
           "check: c\nvalue: 3\nthreshold: max 2\n</system-out>\n"
           "    </testcase>\n"
           "  </testsuite>\n"
           "  <testsuite name=\"val\" tests=\"1\" failures=\"0\" errors=\"0\""
           " skipped=\"0\">\n"
           "    <testcase classname=\"dsinspect.val.balance\""
           " name=\"balance.ratio max 10\"/>\n"
           "  </testsuite>\n"
           "  <testsuite name=\"dsinspect\" tests=\"1\" failures=\"0\" errors=\"0\""
           " skipped=\"1\">\n"
           "    <testcase classname=\"dsinspect\" name=\"d\">\n"
           "      <skipped message=\"no file\"/>\n"
           "    </testcase>\n"
           "  </testsuite>\n"
           "</testsuites>\n");
    dsi_report_free(report);
}

static void junit_lists_twenty_errors(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "a", "failed", NULL, "labels.leaks", dsi_uint(25), dsi_uint(0),
            NULL);
    for (int i = 0; i < 25; i++)
        add_finding(report, "labels.leak", DSI_ERROR, "p", i == 19 ? "20th" : "d");
    expect_part(report, "junit",
                "error labels.leak p: 20th\n... and 5 more\n</failure>");
    dsi_report_free(report);
}

static void github_annotates_what_failed_and_warned(void **state)
{
    (void)state;
    struct dsi_report *report = usual_report();
    expect(report, "github",
           "::error title=a::balance.ratio is 12.5, max 10: class cat\n"
           "::error file=train/cat,title=balance.empty_class::train/cat: no sample\n"
           "::warning title=c::range.zeros is 3, max 2\n"
           "::warning title=range.odd::a.h5:/x: log scale\n"
           "dsinspect check: failed: 1 passed, 1 warned, 1 failed, 1 skipped,"
           " 2 findings\n");
    dsi_report_free(report);
}

static void github_stops_at_ten_of_a_kind(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    for (int i = 0; i < 9; i++)
        add_row(report, "a", "failed", NULL, "m.n", dsi_uint(1), dsi_uint(0), NULL);
    add_finding(report, "m.first", DSI_ERROR, "-", "10th");
    add_finding(report, "m.second", DSI_ERROR, NULL, "11th");
    expect_part(
        report, "github",
        "::error title=m.first::-: 10th\n"
        "::notice title=dsinspect check::not shown here: 1 error and 0 warnings\n"
        "dsinspect check: failed: 0 passed, 0 warned, 9 failed");
    dsi_report_free(report);
}

static void prometheus_has_a_series_for_each_status(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "a", "warned", "x", "m.n", dsi_bool(true), dsi_text("ten"), NULL);
    expect(
        report, "prometheus",
        "# HELP dsinspect_build_info The version that wrote this, always 1.\n"
        "# TYPE dsinspect_build_info gauge\n"
        "dsinspect_build_info{version=\"" DSI_VERSION "\"} 1\n"
        "# HELP dsinspect_checks How many checks have this status.\n"
        "# TYPE dsinspect_checks gauge\n"
        "dsinspect_checks{status=\"passed\"} 0\n"
        "dsinspect_checks{status=\"warned\"} 1\n"
        "dsinspect_checks{status=\"failed\"} 0\n"
        "dsinspect_checks{status=\"skipped\"} 0\n"
        "# HELP dsinspect_findings How many findings have this severity.\n"
        "# TYPE dsinspect_findings gauge\n"
        "dsinspect_findings{severity=\"error\"} 0\n"
        "dsinspect_findings{severity=\"warning\"} 0\n"
        "dsinspect_findings{severity=\"note\"} 0\n"
        "# HELP dsinspect_check_status Whether the check has this status (1) or not"
        " (0).\n"
        "# TYPE dsinspect_check_status gauge\n"
        "dsinspect_check_status{check=\"a\",dataset=\"x\",metric=\"m.n\","
        "severity=\"error\",status=\"passed\"} 0\n"
        "dsinspect_check_status{check=\"a\",dataset=\"x\",metric=\"m.n\","
        "severity=\"error\",status=\"warned\"} 1\n"
        "dsinspect_check_status{check=\"a\",dataset=\"x\",metric=\"m.n\","
        "severity=\"error\",status=\"failed\"} 0\n"
        "dsinspect_check_status{check=\"a\",dataset=\"x\",metric=\"m.n\","
        "severity=\"error\",status=\"skipped\"} 0\n"
        "# HELP dsinspect_check_value What the check looked at, where it is a number.\n"
        "# TYPE dsinspect_check_value gauge\n"
        "dsinspect_check_value{check=\"a\",dataset=\"x\",metric=\"m.n\","
        "severity=\"error\"} 1\n"
        "# HELP dsinspect_check_threshold What the value is compared with, where it is "
        "a"
        " number.\n"
        "# TYPE dsinspect_check_threshold gauge\n"
        "# HELP dsinspect_check_baseline The value of the baseline, where it is a"
        " number.\n"
        "# TYPE dsinspect_check_baseline gauge\n");
    dsi_report_free(report);
}

static void prometheus_spells_numbers_as_go_does(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } numbers[] = {
        {(double)NAN, "} NaN\n"},
        {(double)INFINITY, "} +Inf\n"},
        {-(double)INFINITY, "} -Inf\n"},
        {1e16, "} 1e+16\n"},
        {-0.5, "} -0.5\n"},
    };
    struct dsi_report *report = new_report();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        add_row(report, "a", "passed", "x", "m.n", dsi_float(numbers[i].value),
                dsi_null(), NULL);
        expect_part(report, "prometheus", numbers[i].text);
    }
    dsi_report_free(report);
}

static void markdown_puts_the_failed_first(void **state)
{
    (void)state;
    struct dsi_report *report = usual_report();
    expect(report, "markdown",
           "## dsinspect check: failed\n\n"
           "1 passed, 1 warned, 1 failed, 1 skipped, 2 findings\n\n"
           "| status | check | value | limit | detail |\n|---|---|---|---|---|\n"
           "| **failed** | `a` | `12.5` | `max` `10` | `class cat` |\n"
           "| **warned** | `c` | `3` | `max` `2` |  |\n"
           "| skipped | `d` |  | `max` | `no file` |\n\n"
           "<details><summary>1 passed</summary>\n\n"
           "| status | check | value | limit | detail |\n|---|---|---|---|---|\n"
           "| passed | `b` | `4` | `max` `10` |  |\n\n"
           "</details>\n\n"
           "### Findings\n\n"
           "| severity | rule | where | detail |\n|---|---|---|---|\n"
           "| error | `balance.empty_class` | `train/cat` | `no sample` |\n"
           "| warning | `range.odd` | `a.h5:/x` | `log scale` |\n");
    dsi_report_free(report);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *junit, *prometheus, *github, *markdown;
    } names[] = {
        {"<script>", ": &lt;script&gt;\">", "=\"<script>\"",
         "::error title=<script>::", "| `<script>` |"},
        {"\"q\" & 'p'", ": &quot;q&quot; &amp; 'p'\">", "=\"\\\"q\\\" & 'p'\"",
         "title=\"q\" & 'p'::", "| `\"q\" & 'p'` |"},
        {"\xe2\x80\xae", ": \\xe2\\x80\\xae\">", "=\"\\\\xe2\\\\x80\\\\xae\"",
         "title=\\xe2\\x80\\xae::", "| `\\xe2\\x80\\xae` |"},
        {"\x1b[0m", ": \\x1b[0m\">", "=\"\\\\x1b[0m\"",
         "title=\\x1b[0m::", "| `\\x1b[0m` |"},
        {"\xff", ": \\xff\">", "=\"\\\\xff\"", "title=\\xff::", "| `\\xff` |"},
        {"a\nb\r", ": a\\nb\\r\">", "=\"a\\\\nb\\\\r\"",
         "title=a\\nb\\r::", "| `a\\nb\\r` |"},
        {"\xef\xbf\xbf", ": \\xef\\xbf\\xbf\">", "=\"\xef\xbf\xbf\"",
         "title=\xef\xbf\xbf::", "| `\xef\xbf\xbf` |"},
        {"a:b,c%", ": a:b,c%\">", "=\"a:b,c%\"",
         "title=a%3Ab%2Cc%25::", "| `a:b,c%` |"},
        {"a\\b", ": a\\\\b\">", "=\"a\\\\\\\\b\"", "title=a\\\\b::", "| `a\\\\b` |"},
        {"`|`", ": `|`\">", "=\"`|`\"", "title=`|`::", "| `\\x60\\|\\x60` |"},
        {" b ", ":  b \">", "=\" b \"", "title= b ::", "| `  b  ` |"},
        {" ", ":  \">", "=\" \"", "title= ::", "| ` ` |"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct dsi_report *report = new_report();
        add_row(report, names[i].name, "failed", names[i].name, "m.n", dsi_null(),
                dsi_null(), names[i].name);
        expect_part(report, "junit", names[i].junit);
        expect_part(report, "prometheus", names[i].prometheus);
        expect_part(report, "github", names[i].github);
        expect_part(report, "markdown", names[i].markdown);
        dsi_report_free(report);
    }
}

static void an_empty_report_is_whole(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    expect(report, "junit",
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<testsuites name=\"dsinspect check\" tests=\"0\" failures=\"0\""
           " errors=\"0\">\n"
           "</testsuites>\n");
    expect(report, "github",
           "dsinspect check: passed: 0 passed, 0 warned, 0 failed, 0 skipped,"
           " 0 findings\n");
    expect(report, "markdown",
           "## dsinspect check: passed\n\n"
           "0 passed, 0 warned, 0 failed, 0 skipped, 0 findings\n");
    expect_part(report, "prometheus", "dsinspect_checks{status=\"failed\"} 0\n");
    dsi_report_free(report);
}

/* What the summary says counts; and a status nobody has heard of is no pass. */
static void the_verdict_is_that_of_the_summary(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "a", "odd", NULL, "m.n", dsi_null(), dsi_null(), NULL);
    expect_part(report, "github", "dsinspect check: failed: 0 passed");
    assert_int_equal(dsi_report_summary(report, "verdict", dsi_text("warned"), NULL),
                     DSI_OK);
    assert_int_equal(dsi_report_summary(report, "new_findings", dsi_uint(0), NULL),
                     DSI_OK);
    expect_part(report, "github",
                "dsinspect check: warned: 0 passed, 0 warned, 1 failed, 0 skipped, 0 "
                "findings, 0 of them new\n");
    expect_part(report, "prometheus", "\ndsinspect_new_findings 0\n");
    dsi_report_free(report);
}

/* A report of another tool: what is not there is null. */
static void other_columns_are_no_trouble(void **state)
{
    (void)state;
    static const struct dsi_column other[] = {{"name", true}};
    const struct dsi_value name = dsi_text("x");
    struct dsi_report *report = dsi_report_new("other", other, 1);
    assert_non_null(report);
    assert_int_equal(dsi_report_row(report, &name, NULL), DSI_OK);
    expect_part(report, "junit", "<testcase classname=\"dsinspect\" name=\"\">");
    expect_part(report, "markdown", "| **failed** |  |  |  |  |\n");
    expect_part(report, "github", "::error title=:: has no value\n");
    dsi_report_free(report);
}

static void memory_that_is_out_is_said(void **state)
{
    (void)state;
    const struct dsi_write_options options = {.width = 0};
    struct dsi_report *report = usual_report();
    for (size_t i = 0; dsi_check_writers[i]; i++)
        for (uint64_t nth = 1;; nth++) {
            struct dsi_bytes out = {0};
            struct dsi_error err;
            faults_reset();
            faults_fail_allocation(nth);
            enum dsi_status status = dsi_check_writers[i]->write(
                report, &options, dsi_sink_to_bytes(&out), &err);
            bool failed = faults_n_allocations() >= nth;
            faults_reset();
            dsi_bytes_free(&out);
            assert_int_equal(status, failed ? DSI_ERR_MEMORY : DSI_OK);
            if (!failed)
                break;
        }
    dsi_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_in_order),
        cmocka_unit_test(junit_groups_rows_by_dataset),
        cmocka_unit_test(junit_lists_twenty_errors),
        cmocka_unit_test(github_annotates_what_failed_and_warned),
        cmocka_unit_test(github_stops_at_ten_of_a_kind),
        cmocka_unit_test(prometheus_has_a_series_for_each_status),
        cmocka_unit_test(prometheus_spells_numbers_as_go_does),
        cmocka_unit_test(markdown_puts_the_failed_first),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(an_empty_report_is_whole),
        cmocka_unit_test(the_verdict_is_that_of_the_summary),
        cmocka_unit_test(other_columns_are_no_trouble),
        cmocka_unit_test(memory_that_is_out_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
