/* Paths of metrics, and the values they have in a report written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "baseline.h"
#include "faults.h"
#include "metric.h"
#include "text.h"

static struct dsi_metric parse(const char *text)
{
    struct dsi_metric metric;
    struct dsi_error err;
    if (dsi_metric_parse(&metric, text, &err) != DSI_OK)
        fail_msg("%s: %s", text, err.message);
    return metric;
}

static void refuse(const char *text, const char *message)
{
    struct dsi_metric metric;
    struct dsi_error err;
    assert_int_equal(dsi_metric_parse(&metric, text, &err), DSI_ERR_USAGE);
    if (!strstr(err.message, message))
        fail_msg("%s: %s", text, err.message);
    dsi_metric_free(&metric);
}

/* --- paths -------------------------------------------------------------------------
 */

static void kinds_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tool, *key;
        enum dsi_metric_kind kind;
    } paths[] = {
        {"balance.samples", "balance", "samples", DSI_METRIC_SUMMARY},
        {"balance.summary.samples", "balance", "samples", DSI_METRIC_SUMMARY},
        {"balance.rows", "balance", "rows", DSI_METRIC_SUMMARY},
        {"range.rows.p01", "range", "p01", DSI_METRIC_ROWS},
        {"range.rows[*].p01", "range", "p01", DSI_METRIC_ROWS},
        {"range.findings.scale", "range", "scale", DSI_METRIC_FINDINGS},
        {"findings.error", NULL, "error", DSI_METRIC_FINDINGS},
        {"findings.findings", NULL, "findings", DSI_METRIC_FINDINGS},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct dsi_metric metric = parse(paths[i].text);
        assert_int_equal(metric.kind, paths[i].kind);
        assert_string_equal(metric.key, paths[i].key);
        assert_int_equal(!metric.tool, !paths[i].tool);
        if (metric.tool)
            assert_string_equal(metric.tool, paths[i].tool);
        assert_int_equal(metric.n_selectors, 0);
        dsi_metric_free(&metric);
    }
}

static void selectors_take_any_name(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
    } paths[] = {
        {"t.rows[a=b].c", "b"},
        {"t.rows[a=].c", ""},
        {"t.rows[a=\"\"].c", ""},
        {"t.rows[a= b ].c", " b "},
        {"t.rows[a=b=c].c", "b=c"},
        {"t.rows[a=b[0].c", "b[0"},
        {"t.rows[a=\"b[0].c\"].c", "b[0].c"},
        {"t.rows[a=\"b,c\"].c", "b,c"},
        {"t.rows[a=\"\\\"\\\\\"].c", "\"\\"},
        {"t.rows[a=b\\,c=d].c", "b\\"}, /* only quotes make a backslash special */
        {"t.rows[a=b\"c].c", "b\"c"},
        {"t.rows[a=*].c", "*"},
        {"t.rows[a=\xff\x1b\n].c", "\xff\x1b\n"},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct dsi_metric metric = parse(paths[i].text);
        assert_string_equal(metric.selectors[0].column, "a");
        assert_string_equal(metric.selectors[0].value, paths[i].value);
        assert_string_equal(metric.key, "c");
        dsi_metric_free(&metric);
    }
    struct dsi_metric metric = parse("t.rows[a=1,b=\"2,\",c=3].d");
    assert_int_equal(metric.n_selectors, 3);
    assert_string_equal(metric.selectors[1].value, "2,");
    assert_string_equal(metric.selectors[2].column, "c");
    dsi_metric_free(&metric);
}

/* What is printed is a path again, and the same. */
static void paths_are_printed_as_they_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } paths[] = {
        {"balance.summary.samples", "balance.samples"},
        {"range.rows.p01", "range.rows[*].p01"},
        {"range.findings.scale", "range.findings.scale"},
        {"findings.error", "findings.error"},
        {"t.rows[a=\"b\"].c", "t.rows[a=b].c"},
        {"t.rows[a=].c", "t.rows[a=\"\"].c"},
        {"t.rows[a=\"b,]\\\"\\\\\",d=e\\].c", "t.rows[a=\"b,]\\\"\\\\\",d=e\\].c"},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct dsi_bytes first = {0}, again = {0};
        struct dsi_metric metric = parse(paths[i].text);
        assert_int_equal(dsi_metric_write(&metric, &first, NULL), DSI_OK);
        assert_int_equal(dsi_bytes_append(&first, "", 1, NULL), DSI_OK);
        assert_string_equal((char *)first.data, paths[i].printed);
        dsi_metric_free(&metric);
        metric = parse((char *)first.data);
        assert_int_equal(dsi_metric_write(&metric, &again, NULL), DSI_OK);
        assert_int_equal(dsi_bytes_append(&again, "", 1, NULL), DSI_OK);
        assert_string_equal((char *)again.data, paths[i].printed);
        dsi_metric_free(&metric);
        dsi_bytes_free(&first);
        dsi_bytes_free(&again);
    }
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    refuse("", "a metric is TOOL.KEY");
    refuse(".", "a metric is TOOL.KEY");
    refuse("balance", "a metric is TOOL.KEY");
    refuse(".samples", "a metric is TOOL.KEY");
    refuse("Balance.samples", "a metric is TOOL.KEY");
    refuse("balance.", "'' is no key of a summary");
    refuse("balance.a.b", "'a.b' is no key of a summary");
    refuse("balance.rows[a=b]", "rows[...] wants .COLUMN after it");
    refuse("balance.rows[*]", "rows wants .COLUMN after it");
    refuse("balance.rows.", "'' is no column");
    refuse("balance.rows[a=b].c.d", "'c.d' is no column");
    refuse("balance.rows[].c", "[...] selects rows by COLUMN=VALUE");
    refuse("balance.rows[a].c", "[...] selects rows by COLUMN=VALUE");
    refuse("balance.rows[=b].c", "[...] selects rows by COLUMN=VALUE");
    refuse("balance.rows[a=b,].c", "[...] selects rows by COLUMN=VALUE");
    refuse("balance.rows[a=b", "[...] is not closed by ]");
    refuse("balance.rows[", "[...] selects rows by COLUMN=VALUE");
    refuse("balance.rows[a=\"b].c", "a quote in [...] is not closed");
    refuse("balance.rows[a=\"b\\", "a quote in [...] is not closed");
    refuse("balance.rows[a=\"b\"c].d", "[...] is not closed by ]");
    refuse("findings.", "'' is no rule or severity");
    refuse("balance.findings.", "'' is no rule or severity");
    refuse("balance.findings.a-b", "'a-b' is no rule or severity");
}

/* --- values ------------------------------------------------------------------------
 */

static const char *const columns[] = {"class", "split", "count", NULL};
static const char *const keys[] = {"split", "class", NULL};
static const struct dsi_metric_words words = {
    .tool = "t", .columns = columns, .keys = keys};

static struct dsi_report *new_report(void)
{
    static const struct dsi_column list[] = {
        {"class", true}, {"split", true}, {"count", false}};
    struct dsi_report *report = dsi_report_new("t", list, 3);
    assert_non_null(report);
    return report;
}

static void add_row(struct dsi_report *report, const char *class, const char *split,
                    struct dsi_value count)
{
    const struct dsi_value values[] = {dsi_text(class), dsi_text(split), count};
    assert_int_equal(dsi_report_row(report, values, NULL), DSI_OK);
}

static void add_finding(struct dsi_report *report, const char *rule,
                        enum dsi_severity severity, const char *where)
{
    const struct dsi_finding finding = {.rule = rule,
                                        .severity = severity,
                                        .source = "s",
                                        .index = 1,
                                        .where = where,
                                        .detail = "d"};
    assert_int_equal(dsi_report_finding(report, &finding, NULL), DSI_OK);
}

struct taken {
    char text[1024]; /* "PATH=VALUE@PLACE;" of each */
};

static enum dsi_status take(void *context, const struct dsi_measured *measured,
                            struct dsi_error *err)
{
    (void)err;
    struct taken *taken = context;
    char number[DSI_NUMBER_SIZE];
    dsi_format_value(&measured->value, number);
    const size_t n = strlen(taken->text);
    snprintf(taken->text + n, sizeof taken->text - n, "%s=%s%s%s;", measured->path,
             measured->value.type == DSI_VALUE_TEXT ? measured->value.as.text.bytes
                                                    : number,
             measured->place ? "@" : "", measured->place ? measured->place : "");
    return DSI_OK;
}

static void expect(const struct dsi_report *report, const char *path,
                   const struct dsi_known_findings *known, const char *expected)
{
    struct dsi_metric metric = parse(path);
    struct dsi_row_index index = {0};
    const struct dsi_metric_source in = {report, &words, known, &index};
    struct taken taken = {""};
    struct dsi_error err;
    size_t n, n_expected = 0;
    assert_int_equal(dsi_metric_measure(&metric, &in, take, &taken, &n, &err), DSI_OK);
    dsi_row_index_free(&index);
    assert_string_equal(taken.text, expected);
    for (const char *at = expected; (at = strchr(at, ';')); at++)
        n_expected++;
    assert_int_equal(n, n_expected);
    dsi_metric_free(&metric);
}

static void rows_are_named_so_that_they_are_found_again(void **state)
{
    (void)state;
    static const char *const names[] = {
        "cat",  "a,b",    "a]b", "a\"b", "a\\b", "\"\\\"", "a.b", "a=b",   "<script>",
        "\xff", "\x1b[m", " ",   "*",    "\n",   "[",      "\\",  "a\\\"", "\"q\""};
    struct dsi_report *report = new_report();
    const size_t n = sizeof names / sizeof *names;
    for (size_t i = 0; i < n; i++)
        add_row(report, names[i], "train", dsi_uint(i));
    /* The path that a row is told by selects that row, and it alone. */
    for (size_t i = 0; i < n; i++) {
        char path[256], expected[300], quoted[64] = "";
        size_t at = 0;
        for (const char *c = names[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                quoted[at++] = '\\';
            quoted[at++] = *c;
        }
        quoted[at] = '\0';
        const bool needs = strpbrk(names[i], ",]\"");
        snprintf(path, sizeof path, "t.rows[split=train,class=%s%s%s].count",
                 needs ? "\"" : "", needs ? quoted : names[i], needs ? "\"" : "");
        snprintf(expected, sizeof expected, "%s=%zu;", path, i);
        expect(report, path, NULL, expected);
    }
    dsi_report_free(report);
}

static void rows_are_selected_by_every_column(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    add_row(report, "cat", "train", dsi_uint(5));
    add_row(report, "dog", "train", dsi_null());
    add_row(report, "cat", NULL, dsi_float(0.5));
    add_row(report, NULL, NULL, dsi_int(-1));
    expect(report, "t.rows[*].count", NULL,
           "t.rows[split=train,class=cat].count=5;t.rows[split=train,class=dog].count=;"
           "t.rows[class=cat].count=0.5;t.rows.count=-1;");
    expect(report, "t.rows[class=cat].count", NULL,
           "t.rows[split=train,class=cat].count=5;t.rows[class=cat].count=0.5;");
    expect(report, "t.rows[class=cat,split=].count", NULL,
           "t.rows[class=cat].count=0.5;");
    expect(report, "t.rows[count=5].class", NULL,
           "t.rows[split=train,class=cat].class=cat;");
    expect(report, "t.rows[class=bird].count", NULL, "");
    expect(report, "t.rows[colour=red].count", NULL, "");
    expect(report, "t.rows[*].colour", NULL, "");
    dsi_report_free(report);
}

static void summaries_tell_the_finding_they_count(void **state)
{
    (void)state;
    struct dsi_report *report = new_report();
    assert_int_equal(dsi_report_summary(report, "split_leaks", dsi_uint(2), NULL),
                     DSI_OK);
    assert_int_equal(dsi_report_summary(report, "verdict", dsi_text("odd"), NULL),
                     DSI_OK);
    add_finding(report, "split_leak", DSI_ERROR, "first");
    add_finding(report, "split_leak", DSI_ERROR, "second");
    expect(report, "t.split_leaks", NULL, "t.split_leaks=2@first: d [split_leak];");
    expect(report, "t.summary.verdict", NULL, "t.verdict=odd;");
    expect(report, "t.samples", NULL, "");
    dsi_report_free(report);
}

static void findings_are_counted_by_rule_and_severity(void **state)
{
    (void)state;
    struct dsi_known_findings known = {0};
    struct dsi_report *report = new_report();
    add_finding(report, "leak", DSI_ERROR, "a");
    add_finding(report, "leak", DSI_WARNING, "b");
    add_finding(report, "other", DSI_ERROR, NULL);
    expect(report, "findings.leak", NULL, "findings.leak=2@a: d [leak];");
    expect(report, "t.findings.leak", NULL, "t.findings.leak=2@a: d [leak];");
    expect(report, "findings.error", NULL, "findings.error=2@a: d [leak];");
    expect(report, "findings.other", NULL, "findings.other=1@s: d [other];");
    expect(report, "findings.note", NULL, "findings.note=0;");
    /* What is known is neither counted nor told of. */
    const struct dsi_finding first = dsi_report_finding_at(report, 0);
    assert_int_equal(dsi_known_findings_add(&known, dsi_finding_id(&first), NULL),
                     DSI_OK);
    expect(report, "findings.leak", &known, "findings.leak=1@b: d [leak];");
    expect(report, "findings.error", &known, "findings.error=1@s: d [other];");
    free(known.ids);
    dsi_report_free(report);
}

static void every_allocation_fails(void **state)
{
    (void)state;
    static const char path[] = "t.rows[class=\"a,b\",split=x].count";
    struct dsi_report *report = new_report();
    add_row(report, "a,b", "x", dsi_uint(1));
    uint64_t nth = 0;
    for (bool has_failed = true; has_failed;) {
        struct dsi_metric metric;
        struct dsi_row_index index = {0};
        const struct dsi_metric_source in = {report, &words, NULL, &index};
        struct taken taken = {""};
        struct dsi_error err;
        size_t n;
        faults_reset();
        faults_fail_allocation(++nth);
        enum dsi_status status = dsi_metric_parse(&metric, path, &err);
        if (status == DSI_OK)
            status = dsi_metric_measure(&metric, &in, take, &taken, &n, &err);
        has_failed = faults_n_allocations() >= nth;
        faults_reset();
        dsi_metric_free(&metric);
        dsi_row_index_free(&index);
        assert_int_equal(status, has_failed ? DSI_ERR_MEMORY : DSI_OK);
    }
    assert_true(nth > 7);
    dsi_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(selectors_take_any_name),
        cmocka_unit_test(paths_are_printed_as_they_parse),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(rows_are_named_so_that_they_are_found_again),
        cmocka_unit_test(rows_are_selected_by_every_column),
        cmocka_unit_test(summaries_tell_the_finding_they_count),
        cmocka_unit_test(findings_are_counted_by_rule_and_severity),
        cmocka_unit_test(every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
