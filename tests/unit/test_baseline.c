/* Baselines: what is written is found again, whatever the names are; what is no
 * baseline is told by its place. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "baseline.h"
#include "faults.h"
#include "scratch.h"

static void must(enum dsi_status status, const struct dsi_error *err)
{
    if (status != DSI_OK)
        fail_msg("%s", err->message);
}

/* Writes the baseline and reads it again. */
static void reread(struct dsi_baseline *baseline, struct dsi_baseline *again,
                   struct scratch *scratch)
{
    const char *path = scratch_path(scratch, "baseline.json");
    struct dsi_error err;
    bool is_there;
    *again = (struct dsi_baseline){0};
    dsi_baseline_sort(baseline);
    must(dsi_baseline_write(baseline, path, &err), &err);
    must(dsi_baseline_read(again, path, &is_there, &err), &err);
    assert_true(is_there);
}

/* --- names -------------------------------------------------------------------------
 */

static void names_read_back_as_themselves(void **state)
{
    (void)state;
    static const char *const names[] = {
        "train: balance.rows[class=cat].count",
        "",
        " ",
        "  two ",
        "\xff",
        "\xc3\xa9",
        "\xc3",
        "a\xc3(",
        "\xed\xa0\x80", /* half of a surrogate pair */
        "\\",
        "\\xff",
        "%",
        "%ff",
        "%5c",
        "\"",
        "\\\"",
        "'",
        "\x1b[31m",
        "\x7f",
        "\xc2\x85", /* NEL, a line break of YAML */
        "\xc2\x9b",
        "\n",
        "a\r\nb",
        "\t",
        "\xe2\x80\xa8", /* line separator, another */
        ("\xe2\x80\xae"
         "abc"),
        "\xef\xbb\xbf", /* a byte order mark */
        "\xef\xbf\xbd",
        "\xef\xbf\xbe", /* U+FFFE and U+FFFF, which YAML does not take */
        "\xef\xbf\xbf",
        "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", /* beyond Unicode */
        "<script>alert(1)</script>",
        "{a: [b, 'c']}",
        "key: value # comment",
        "- list",
        "? : ,",
        "null",
        "schema",
        "\x01\x02",
    };
    enum { N = sizeof names / sizeof *names };
    struct scratch scratch;
    struct dsi_baseline baseline = {0}, again;
    struct dsi_error err;
    scratch_make(&scratch);
    for (size_t i = 0; i < N; i++) {
        const struct dsi_value value = dsi_uint(i);
        must(dsi_baseline_add(&baseline, names[i], &value, &err), &err);
    }
    reread(&baseline, &again, &scratch);
    assert_int_equal(again.n, N);
    for (size_t i = 0; i < N; i++) {
        const struct dsi_baseline_value *found = dsi_baseline_find(&again, names[i]);
        if (!found || !found->is_number || found->number != (double)i)
            fail_msg("'%s' is not found again", names[i]);
    }
    assert_null(dsi_baseline_find(&again, "not there"));
    assert_null(dsi_baseline_find(&again, "%25")); /* how the file has "%" */
    dsi_baseline_free(&baseline);
    dsi_baseline_free(&again);
    scratch_remove(&scratch);
}

/* A key of YAML has 1,024 characters at most, and names hold whole paths. */
static void long_names_read_back_as_themselves(void **state)
{
    (void)state;
    static const char *const units[] = {"a", "\xff", "\"", "\xf0\x9f\x98\x80",
                                        "\xc3\xa9"};
    enum { LONGEST = 9000 };
    struct scratch scratch;
    struct dsi_error err;
    scratch_make(&scratch);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        for (size_t n = 100; n <= LONGEST; n += n < 600 ? 11 : 1400) {
            struct dsi_baseline baseline = {0}, again;
            char name[LONGEST + 8] = "";
            const size_t n_unit = strlen(units[u]);
            for (size_t i = 0; i + n_unit <= n; i += n_unit)
                memcpy(name + i, units[u], n_unit + 1);
            /* Two that differ at the end alone. */
            for (unsigned last = 0; last < 2; last++) {
                const struct dsi_value value = dsi_uint(last);
                strcpy(name + strlen(name) - last, last ? "2" : "1");
                must(dsi_baseline_add(&baseline, name, &value, &err), &err);
            }
            reread(&baseline, &again, &scratch);
            const struct dsi_baseline_value *found = dsi_baseline_find(&again, name);
            assert_true(found && found->number == 1);
            name[strlen(name) - 1] = '1';
            found = dsi_baseline_find(&again, name);
            assert_true(found && found->number == 0);
            dsi_baseline_free(&baseline);
            dsi_baseline_free(&again);
        }
    scratch_remove(&scratch);
}

/* --- values ------------------------------------------------------------------------
 */

static void values_read_back_as_themselves(void **state)
{
    (void)state;
    const struct {
        struct dsi_value value;
        bool is_number;
        double number;
        const char *text; /* of what is no number */
    } values[] = {
        {dsi_uint(0), true, 0, NULL},
        {dsi_uint(UINT64_MAX), true, 18446744073709551615.0, NULL},
        {dsi_int(INT64_MIN), true, -9223372036854775808.0, NULL},
        {dsi_float(0.1), true, 0.1, NULL},
        {dsi_float(-5e-324), true, -5e-324, NULL},
        {dsi_float(1.7976931348623157e308), true, 1.7976931348623157e308, NULL},
        {dsi_float((double)NAN), false, 0, "nan"},
        {dsi_float((double)INFINITY), false, 0, "inf"},
        {dsi_float(-(double)INFINITY), false, 0, "-inf"},
        {dsi_bool(true), false, 0, "true"},
        {dsi_null(), false, 0, ""},
        {dsi_text(""), false, 0, ""},
        {dsi_text("5"), false, 0, "5"},
        {dsi_text("no"), false, 0, "no"},
        {dsi_text("null"), false, 0, "null"},
        {dsi_text("a \"b\"\n\xe2\x80\xa8"), false, 0, "a \"b\"\n\xe2\x80\xa8"},
        {dsi_text("  x  "), false, 0, "  x  "},
        {dsi_text("\xf0\x9f\x98\x80"), false, 0, "\xf0\x9f\x98\x80"},
        {dsi_text("\xef\xbf\xbf"), false, 0, "\xef\xbf\xbf"},
    };
    enum { N = sizeof values / sizeof *values };
    struct scratch scratch;
    struct dsi_baseline baseline = {0}, again;
    struct dsi_error err;
    char name[N][8];
    scratch_make(&scratch);
    for (size_t i = 0; i < N; i++) {
        snprintf(name[i], sizeof name[i], "%zu", i);
        must(dsi_baseline_add(&baseline, name[i], &values[i].value, &err), &err);
    }
    reread(&baseline, &again, &scratch);
    for (size_t i = 0; i < N; i++) {
        const struct dsi_baseline_value *found = dsi_baseline_find(&again, name[i]);
        assert_non_null(found);
        assert_int_equal(found->is_number, values[i].is_number);
        if (found->is_number)
            assert_true(found->number == values[i].number);
        else
            assert_string_equal(found->text, values[i].text);
    }
    dsi_baseline_free(&baseline);
    dsi_baseline_free(&again);
    scratch_remove(&scratch);
}

/* The same night writes the same bytes, in whatever order it came to them; a repository
 * shows a line a value. */
static void files_are_in_order(void **state)
{
    (void)state;
    static const char expected[] = "{\"schema\":\"dsinspect.baseline/1\",\n"
                                   "\"values\":{\n"
                                   "\"a: t.x\":0.5,\n"
                                   "\"b: t.y\":\"ok\",\n"
                                   "\"b: t.z\":null},\n"
                                   "\"findings\":[\n"
                                   "\"0000000000000001\",\n"
                                   "\"fedcba9876543210\"]}\n";
    static const char *const names[] = {"a: t.x", "b: t.y", "b: t.z"};
    const struct dsi_value values[] = {dsi_float(0.5), dsi_text("ok"), dsi_null()};
    const uint64_t ids[] = {0xfedcba9876543210, 1, 1};
    struct scratch scratch;
    struct dsi_error err;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "f");
    for (size_t turn = 0; turn < 3; turn++) {
        struct dsi_baseline baseline = {0};
        struct dsi_bytes bytes = {0};
        for (size_t i = 0; i < 3; i++) {
            const size_t at = (i + turn) % 3;
            must(dsi_baseline_add(&baseline, names[at], &values[at], &err), &err);
            must(dsi_known_findings_add(&baseline.findings, ids[at], &err), &err);
        }
        dsi_baseline_sort(&baseline);
        must(dsi_baseline_write(&baseline, path, &err), &err);
        scratch_read(path, &bytes);
        assert_int_equal(bytes.n, sizeof expected - 1);
        assert_memory_equal(bytes.data, expected, bytes.n);
        dsi_bytes_free(&bytes);
        dsi_baseline_free(&baseline);
    }
    scratch_remove(&scratch);
}

static void nothing_reads_back(void **state)
{
    (void)state;
    struct scratch scratch;
    struct dsi_baseline baseline = {0}, again;
    struct dsi_error err;
    bool is_there = true;
    scratch_make(&scratch);
    must(dsi_baseline_read(&baseline, scratch_path(&scratch, "no"), &is_there, &err),
         &err);
    assert_false(is_there);
    reread(&baseline, &again, &scratch);
    assert_int_equal(again.n + again.findings.n, 0);
    assert_null(dsi_baseline_find(&again, "a"));
    dsi_baseline_free(&again);
    scratch_remove(&scratch);
}

/* --- findings ----------------------------------------------------------------------
 */

static const struct dsi_finding usual = {.rule = "leak",
                                         .severity = DSI_ERROR,
                                         .source = "train",
                                         .index = 7,
                                         .where = "train/cat/a.png",
                                         .detail = "the same as b.png",
                                         .label = "cat",
                                         .other_source = "val",
                                         .other_index = 3,
                                         .other_label = "dog",
                                         .other_where = "val/dog/b.png"};

static void findings_are_known_by_their_place(void **state)
{
    (void)state;
    struct dsi_finding same[4], other[9];
    const uint64_t id = dsi_finding_id(&usual);
    for (size_t i = 0; i < 4; i++)
        same[i] = usual;
    same[0].index = 8; /* a file came before it */
    same[1].other_index = 4;
    same[2].detail = "told in other words";
    same[3].severity = DSI_WARNING;
    for (size_t i = 0; i < 4; i++)
        assert_true(dsi_finding_id(&same[i]) == id);
    for (size_t i = 0; i < 9; i++)
        other[i] = usual;
    other[0].rule = "conflict";
    other[1].where = "train/cat/c.png";
    other[2].where = NULL;
    other[3].label = "cow";
    other[4].other_label = "cow";
    other[5].other_where = "val/dog/c.png";
    other[6].other_where = NULL;
    other[7].label = NULL;
    other[8].other_label = "";
    for (size_t i = 0; i < 9; i++) {
        assert_true(dsi_finding_id(&other[i]) != id);
        for (size_t j = 0; j < i; j++)
            assert_true(dsi_finding_id(&other[i]) != dsi_finding_id(&other[j]));
    }
    /* Without a place the index is the place; texts do not run into each other. */
    struct dsi_finding row = {.rule = "nan", .source = "a.npy", .index = 1}, next = row;
    next.index = 2;
    assert_true(dsi_finding_id(&row) != dsi_finding_id(&next));
    row = (struct dsi_finding){.rule = "a", .source = "bc"};
    next = (struct dsi_finding){.rule = "ab", .source = "c"};
    assert_true(dsi_finding_id(&row) != dsi_finding_id(&next));
}

static void findings_read_back(void **state)
{
    (void)state;
    struct scratch scratch;
    struct dsi_baseline baseline = {0}, again;
    struct dsi_finding moved = usual, new = usual;
    struct dsi_error err;
    scratch_make(&scratch);
    assert_false(dsi_finding_is_known(NULL, &usual));
    assert_false(dsi_finding_is_known(&baseline.findings, &usual));
    for (uint64_t i = 0; i < 1000; i++) /* on both sides of it */
        must(dsi_known_findings_add(&baseline.findings, i * UINT64_C(18446744073709551),
                                    &err),
             &err);
    must(dsi_baseline_add_finding(&baseline, &usual, &err), &err);
    reread(&baseline, &again, &scratch);
    moved.index = 99;
    new.where = "elsewhere";
    assert_true(dsi_finding_is_known(&again.findings, &moved));
    assert_false(dsi_finding_is_known(&again.findings, &new));
    dsi_baseline_free(&baseline);
    dsi_baseline_free(&again);
    scratch_remove(&scratch);
}

/* --- what is no baseline -----------------------------------------------------------
 */

static void what_is_none_is_told_by_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } files[] = {
        {"", "1:1: is no baseline: it is not a map"},
        {"[]", "1:1: is no baseline: it is not a map"},
        {"{}", "1:1: is no baseline: its schema is not dsinspect.baseline/1"},
        {"{\"schema\":\"dsinspect.baseline/2\",\"values\":{},\"findings\":[]}",
         "its schema is not dsinspect.baseline/1"},
        {"{\"schema\":\"dsinspect.baseline/1\",\"values\":{}}",
         "1:1: is no baseline: it lacks values or findings"},
        {"{\"schema\":\"dsinspect.baseline/1\",\n\"values\":[],\"findings\":[]}",
         "2:10: is no baseline: values are not a map"},
        {"{\"schema\":\"dsinspect.baseline/1\",\n\"values\":{\"a\":[1]},"
         "\"findings\":[]}",
         "2:15: is no baseline: a value is a list or a map"},
        {"{\"schema\":\"dsinspect.baseline/1\",\n\"values\":{},\n\"findings\":{}}",
         "3:12: is no baseline: findings are not a list"},
        {"{\"schema\":\"dsinspect.baseline/1\",\"values\":{},\n\"findings\":[\"12\"]}",
         "2:13: is no baseline: a finding's id is not 16 hex digits"},
        {"{\"schema\":\"dsinspect.baseline/1\",\"values\":{},\n"
         "\"findings\":[\"012345678abcdefg\"]}",
         "2:13: is no baseline: a finding's id is not 16 hex digits"},
        {"{\"schema\":\"dsinspect.baseline/1\",\"values\":{},\n"
         "\"findings\":[\" -12345678abcdef\"]}",
         "2:13: is no baseline: a finding's id is not 16 hex digits"},
        {"{\"schema\":\"dsinspect.baseline/1\",\"values\":{},\n"
         "\"findings\":[\"0x123456789abcde\"]}",
         "2:13: is no baseline: a finding's id is not 16 hex digits"},
        {"{\"schema\":\"dsinspect.baseline/1\",\n\"values\":{\"a\":1,\"a\":2},"
         "\"findings\":[]}",
         "is no baseline: line:2:17: 'a' is given twice"},
        {"<<<<<<< HEAD\n{}", "1:1: is no baseline: it is not a map"},
    };
    struct scratch scratch;
    scratch_make(&scratch);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct dsi_baseline baseline = {0};
        struct dsi_error err;
        bool is_there;
        const char *path =
            scratch_write(&scratch, "f", files[i].text, strlen(files[i].text));
        const enum dsi_status status =
            dsi_baseline_read(&baseline, path, &is_there, &err);
        dsi_baseline_free(&baseline);
        assert_int_equal(status, DSI_ERR_MALFORMED);
        if (!strstr(err.message, files[i].message))
            fail_msg("%s: %s", files[i].text, err.message);
    }
    struct dsi_baseline baseline = {0};
    struct dsi_error err;
    bool is_there;
    assert_int_equal(dsi_baseline_read(&baseline, scratch.root, &is_there, &err),
                     DSI_ERR_READ);
    scratch_remove(&scratch);
}

static void every_allocation_fails(void **state)
{
    (void)state;
    const struct dsi_value value = dsi_text("x");
    struct scratch scratch;
    uint64_t nth = 0;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "f");
    for (bool has_failed = true; has_failed;) {
        struct dsi_baseline baseline = {0}, again = {0};
        struct dsi_error err;
        bool is_there;
        faults_reset();
        faults_fail_allocation(++nth);
        enum dsi_status status = dsi_baseline_add(&baseline, "a: %", &value, &err);
        if (status == DSI_OK)
            status = dsi_baseline_add_finding(&baseline, &usual, &err);
        if (status == DSI_OK) {
            dsi_baseline_sort(&baseline);
            status = dsi_baseline_write(&baseline, path, &err);
        }
        if (status == DSI_OK)
            status = dsi_baseline_read(&again, path, &is_there, &err);
        has_failed = faults_n_allocations() >= nth;
        faults_reset();
        dsi_baseline_free(&baseline);
        dsi_baseline_free(&again);
        assert_int_equal(status != DSI_OK, has_failed);
        /* A name for the file to be written could not be had: it cannot be opened. */
        assert_true(status == DSI_OK || status == DSI_ERR_MEMORY ||
                    status == DSI_ERR_OPEN);
    }
    assert_true(nth > 15);
    scratch_remove(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_read_back_as_themselves),
        cmocka_unit_test(long_names_read_back_as_themselves),
        cmocka_unit_test(values_read_back_as_themselves),
        cmocka_unit_test(files_are_in_order),
        cmocka_unit_test(nothing_reads_back),
        cmocka_unit_test(findings_are_known_by_their_place),
        cmocka_unit_test(findings_read_back),
        cmocka_unit_test(what_is_none_is_told_by_place),
        cmocka_unit_test(every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
