/* Rules and verdicts. Every expected verdict is by hand, of the numbers as they are
 * written, not as a double has them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"
#include "judge.h"
#include "report_view.h"

/* --- what is a rule ----------------------------------------------------------------
 */

static void thresholds_are_numbers(void **state)
{
    (void)state;
    static const struct {
        enum dsi_rule_op op;
        const char *text, *refused; /* NULL: it is one */
        double number;
        bool is_share;
    } rules[] = {
        {DSI_OP_MIN, "5", NULL, 5, false},
        {DSI_OP_MAX, "-1e-3", NULL, -0.001, false},
        {DSI_OP_MAX, "10%", "max wants a number, not '10%'", 0, false},
        {DSI_OP_MAX, "", "max wants a number, not ''", 0, false},
        {DSI_OP_MIN, "nan", "min wants a number, not 'nan'", 0, false},
        {DSI_OP_MIN, "nan(1)", "min wants a number, not 'nan(1)'", 0, false},
        {DSI_OP_MIN, "inf", "min wants a number, not 'inf'", 0, false},
        {DSI_OP_MIN, "5 apples", "min wants a number, not '5 apples'", 0, false},
        {DSI_OP_MIN, "five", "min wants a number, not 'five'", 0, false},
        {DSI_OP_MAX_CHANGE, "10%", NULL, 0.1, true},
        {DSI_OP_MAX_CHANGE, "0%", NULL, 0, true},
        {DSI_OP_MAX_CHANGE, "0.5", NULL, 0.5, false},
        {DSI_OP_MAX_CHANGE, "10 %", "a share such as 10%, not '10 %'", 0, false},
        {DSI_OP_MAX_CHANGE, "10%%", "a share such as 10%, not '10%%'", 0, false},
        {DSI_OP_MAX_CHANGE, "%", "a share such as 10%, not '%'", 0, false},
        {DSI_OP_MAX_CHANGE, "-10%", "max_change must not be below 0", 0, false},
        {DSI_OP_EQUALS, "anything", NULL, 0, false},
        {DSI_OP_EQUALS, "", NULL, 0, false},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct dsi_rule rule;
        struct dsi_error err;
        const enum dsi_status status =
            dsi_rule_parse(&rule, rules[i].op, rules[i].text, true, &err);
        if (rules[i].refused) {
            assert_int_equal(status, DSI_ERR_USAGE);
            if (!strstr(err.message, rules[i].refused))
                fail_msg("'%s': %s", rules[i].text, err.message);
            continue;
        }
        assert_int_equal(status, DSI_OK);
        assert_int_equal(rule.is_share, rules[i].is_share);
        double number = 0;
        if (rules[i].op != DSI_OP_EQUALS)
            assert_true(dsi_value_real(&rule.number, &number) &&
                        number == rules[i].number);
    }
    assert_string_equal(dsi_rule_op_name(DSI_OP_MAX_CHANGE), "max_change");
}

/* --- verdicts ----------------------------------------------------------------------
 */

static enum dsi_verdict judge(enum dsi_rule_op op, const char *text, bool is_plain,
                              struct dsi_value value,
                              const struct dsi_baseline_value *baseline,
                              char detail[512])
{
    enum dsi_verdict verdict;
    struct dsi_rule rule;
    struct dsi_error err;
    struct dsi_bytes said = {0};
    assert_int_equal(dsi_rule_parse(&rule, op, text, is_plain, &err), DSI_OK);
    assert_int_equal(dsi_judge(&rule, &value, baseline, &verdict, &said, &err), DSI_OK);
    detail[0] = '\0';
    if (said.n) {
        assert_int_equal(said.data[said.n - 1], 0);
        strcpy(detail, (const char *)said.data);
    }
    assert_int_equal(said.n == 0, verdict == DSI_VERDICT_HOLDS);
    dsi_bytes_free(&said);
    return verdict;
}

/* detail NULL: it holds. */
static void expect(enum dsi_rule_op op, const char *text, struct dsi_value value,
                   const char *detail)
{
    char said[512];
    const enum dsi_verdict verdict = judge(op, text, true, value, NULL, said);
    if ((verdict == DSI_VERDICT_HOLDS) != !detail)
        fail_msg("%s %s: %s", dsi_rule_op_name(op), text, said);
    assert_string_equal(said, detail ? detail : "");
}

static void limits_are_within(void **state)
{
    (void)state;
    expect(DSI_OP_MIN, "5", dsi_uint(5), NULL);
    expect(DSI_OP_MIN, "5", dsi_uint(4), "4 is below 5");
    expect(DSI_OP_MAX, "5", dsi_uint(5), NULL);
    expect(DSI_OP_MAX, "5", dsi_uint(6), "6 is above 5");
    expect(DSI_OP_MIN, "-5", dsi_int(-6), "-6 is below -5");
    expect(DSI_OP_MAX, "0.1", dsi_float(0.1), NULL);
    expect(DSI_OP_MAX, "0.1", dsi_float(nextafter(0.1, 1)),
           "0.10000000000000002 is above 0.1");
    expect(DSI_OP_MAX, "0", dsi_float(-0.0), NULL);
    expect(DSI_OP_MIN, "0", dsi_float(-0.0), NULL);
    expect(DSI_OP_MAX, "1e308", dsi_float((double)INFINITY), "inf is above 1e308");
    expect(DSI_OP_MIN, "0", dsi_float((double)INFINITY), NULL);
    expect(DSI_OP_MIN, "0", dsi_float(-(double)INFINITY), "-inf is below 0");
}

static void what_has_no_order_fails(void **state)
{
    (void)state;
    static const enum dsi_rule_op ops[] = {DSI_OP_MIN, DSI_OP_MAX, DSI_OP_MAX_CHANGE};
    for (size_t i = 0; i < 3; i++) {
        expect(ops[i], "0", dsi_null(), "is not known (null), which has no order");
        expect(ops[i], "0", dsi_float((double)NAN), "is NaN, which has no order");
        expect(ops[i], "0", dsi_text("5"), "is a text, which has no order");
        expect(ops[i], "0", dsi_bool(false), "is true or false, which has no order");
    }
}

static void equals_is_of_the_value(void **state)
{
    (void)state;
    expect(DSI_OP_EQUALS, "5", dsi_uint(5), NULL);
    expect(DSI_OP_EQUALS, "5.0", dsi_uint(5), NULL);
    expect(DSI_OP_EQUALS, "5e0", dsi_float(5), NULL);
    expect(DSI_OP_EQUALS, "5", dsi_int(-5), "is -5, not 5");
    expect(DSI_OP_EQUALS, "0.1", dsi_float(0.1), NULL);
    expect(DSI_OP_EQUALS, "0.10000000000000001", dsi_float(0.1), NULL);
    expect(DSI_OP_EQUALS, "0", dsi_float(-0.0), NULL);
    expect(DSI_OP_EQUALS, "1e300", dsi_float(1e300), NULL);
    expect(DSI_OP_EQUALS, "1e301", dsi_float(1e300), "is 1e+300, not 1e301");
    expect(DSI_OP_EQUALS, "inf", dsi_float((double)INFINITY), NULL);
    expect(DSI_OP_EQUALS, "-inf", dsi_float((double)INFINITY), "is inf, not -inf");
    expect(DSI_OP_EQUALS, "nan", dsi_float((double)NAN), NULL);
    expect(DSI_OP_EQUALS, "0", dsi_float((double)NAN), "is nan, not 0");
    expect(DSI_OP_EQUALS, "true", dsi_bool(true), NULL);
    expect(DSI_OP_EQUALS, "false", dsi_bool(true), "is true, not false");
    expect(DSI_OP_EQUALS, "1", dsi_bool(true), "is true, not 1");
    expect(DSI_OP_EQUALS, "null", dsi_null(), NULL);
    expect(DSI_OP_EQUALS, "0", dsi_null(), "is null, not 0");
    expect(DSI_OP_EQUALS, "float32", dsi_text("float32"), NULL);
    expect(DSI_OP_EQUALS, "float32", dsi_text("float64"),
           "is 'float64', not 'float32'");
    expect(DSI_OP_EQUALS, "no", dsi_text("no"), NULL);
    expect(DSI_OP_EQUALS, "5", dsi_text("5"), NULL);
    expect(DSI_OP_EQUALS, "5.0", dsi_text("5"), "is '5', not '5.0'");
    expect(DSI_OP_EQUALS, "null", dsi_text("null"), NULL);
    expect(DSI_OP_EQUALS, "true", dsi_text("true"), NULL);
}

/* 2^53 + 1 is no double: the nearest is 2^53. */
static void whole_numbers_are_compared_whole(void **state)
{
    (void)state;
    const uint64_t n = (UINT64_C(1) << 53) + 1;
    expect(DSI_OP_EQUALS, "9007199254740993", dsi_uint(n), NULL);
    expect(DSI_OP_EQUALS, "9007199254740992", dsi_uint(n),
           "is 9007199254740993, not 9007199254740992");
    expect(DSI_OP_EQUALS, "9007199254740992", dsi_uint(n - 1), NULL);
    expect(DSI_OP_EQUALS, "9007199254740993", dsi_uint(n - 1),
           "is 9007199254740992, not 9007199254740993");
    expect(DSI_OP_EQUALS, "9007199254740991", dsi_uint(n - 2), NULL);
    expect(DSI_OP_EQUALS, "-9007199254740993", dsi_int(-(int64_t)n), NULL);
    expect(DSI_OP_EQUALS, "-9007199254740992", dsi_int(-(int64_t)n),
           "is -9007199254740993, not -9007199254740992");
    /* Of floats the double that is meant is the one that is there. */
    expect(DSI_OP_EQUALS, "9007199254740992", dsi_float(9007199254740992.0), NULL);
    expect(DSI_OP_EQUALS, "18446744073709551615", dsi_uint(UINT64_MAX), NULL);
    expect(DSI_OP_EQUALS, "18446744073709551614", dsi_uint(UINT64_MAX),
           "is 18446744073709551615, not 18446744073709551614");
}

/* Each is above the ones before it, whatever holds it, and itself. */
static void bounds_are_exact(void **state)
{
    (void)state;
    static const char *const texts[] = {"-1e300",
                                        "-18446744073709551616",
                                        "-9223372036854775808",
                                        "-9223372036854775807",
                                        "-9007199254740993",
                                        "-9007199254740992",
                                        "-1",
                                        "-0.5",
                                        "0",
                                        "0.5",
                                        "1",
                                        "9007199254740991",
                                        "9007199254740992",
                                        "9007199254740993",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "18446744073709551614",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "1e300"};
    const size_t n = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < n; i++) {
        struct dsi_rule value;
        assert_int_equal(dsi_rule_parse(&value, DSI_OP_MAX, texts[i], true, NULL),
                         DSI_OK);
        for (size_t k = 0; k < n; k++) {
            char said[512];
            if (value.number.type == DSI_VALUE_FLOAT && k != i &&
                strtod(texts[i], NULL) == strtod(texts[k], NULL))
                continue; /* as a double these are one */
            assert_int_equal(judge(DSI_OP_MAX, texts[k], true, value.number, NULL,
                                   said) == DSI_VERDICT_HOLDS,
                             i <= k);
            assert_int_equal(judge(DSI_OP_MIN, texts[k], true, value.number, NULL,
                                   said) == DSI_VERDICT_HOLDS,
                             i >= k);
            assert_int_equal(judge(DSI_OP_EQUALS, texts[k], true, value.number, NULL,
                                   said) == DSI_VERDICT_HOLDS,
                             i == k);
        }
    }
    expect(DSI_OP_MAX, "9007199254740992", dsi_uint((UINT64_C(1) << 53) + 1),
           "9007199254740993 is above 9007199254740992");
    /* What a double is printed as is that double. */
    expect(DSI_OP_EQUALS, "9007199254740993", dsi_float(9007199254740992.0), NULL);
}

static void quotes_make_a_text(void **state)
{
    (void)state;
    char said[512];
    assert_int_equal(judge(DSI_OP_EQUALS, "5", false, dsi_text("5"), NULL, said),
                     DSI_VERDICT_HOLDS);
    static const struct dsi_value none[] = {{.type = DSI_VALUE_UINT, .as.natural = 5},
                                            {.type = DSI_VALUE_INT, .as.integer = 5},
                                            {.type = DSI_VALUE_FLOAT, .as.real = 5},
                                            {.type = DSI_VALUE_NULL}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(judge(DSI_OP_EQUALS, "5", false, none[i], NULL, said),
                         DSI_VERDICT_FAILS);
    assert_string_equal(said, "is null, not '5'");
    assert_int_equal(judge(DSI_OP_EQUALS, "true", false, dsi_bool(true), NULL, said),
                     DSI_VERDICT_FAILS);
    assert_int_equal(judge(DSI_OP_EQUALS, "null", false, dsi_null(), NULL, said),
                     DSI_VERDICT_FAILS);
    assert_int_equal(judge(DSI_OP_EQUALS, "", false, dsi_null(), NULL, said),
                     DSI_VERDICT_FAILS);
}

/* --- changes -----------------------------------------------------------------------
 */

static void change(const char *text, double was, double is, const char *detail)
{
    char said[512];
    struct dsi_baseline_value baseline = {.is_number = isfinite(was), .number = was};
    const enum dsi_verdict verdict =
        judge(DSI_OP_MAX_CHANGE, text, true, dsi_float(is), &baseline, said);
    assert_string_equal(said, detail ? detail : "");
    assert_int_equal(verdict, detail ? DSI_VERDICT_FAILS : DSI_VERDICT_HOLDS);
}

static void changes_are_both_ways(void **state)
{
    (void)state;
    change("10%", 200, 220, NULL);
    change("10%", 200, 180, NULL);
    change("10%", 200, 221, "was 200, is 221: a change of +10.5%");
    change("10%", 200, 179, "was 200, is 179: a change of -10.5%");
    change("10%", -200, -180, NULL);
    change("10%", -200, -179, "was -200, is -179: a change of +10.5%");
    change("5", 1, 6, NULL);
    change("5", 1, -4, NULL);
    change("5", 1, 7, "was 1, is 7: a change of +600%");
    change("0", 3, 3, NULL);
    change("0%", 3, 3, NULL);
    change("0", 1e6, 1e6 + 0.25, "was 1000000, is 1000000.25: a change of +2.5e-05%");
    change("0", 3, 4, "was 3, is 4: a change of +33.3%");
    change("200%", 1, -1, NULL);
}

static void nothing_has_no_share(void **state)
{
    (void)state;
    change("10%", 0, 0, NULL);
    change("10%", -0.0, 0, NULL);
    change("10%", 0, 1e-9, "was 0, is 1e-09");
    change("5", 0, 5, NULL);
    change("5", 0, -6, "was 0, is -6");
}

/* What was not known may still not be known, and may not come to be so. */
static void what_is_not_known_may_stay_so(void **state)
{
    (void)state;
    char said[512];
    struct dsi_baseline_value baseline = {.is_null = true};
    assert_int_equal(judge(DSI_OP_MAX_CHANGE, "5%", true, dsi_null(), &baseline, said),
                     DSI_VERDICT_HOLDS);
    assert_int_equal(
        judge(DSI_OP_MAX_CHANGE, "5%", true, dsi_float(1), &baseline, said),
        DSI_VERDICT_FAILS);
    baseline = (struct dsi_baseline_value){.is_number = true, .number = 1};
    assert_int_equal(judge(DSI_OP_MAX_CHANGE, "5%", true, dsi_null(), &baseline, said),
                     DSI_VERDICT_FAILS);
}

static void what_is_no_number_has_no_change(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    change("10%", 5, inf, "was 5, is inf: a change of +inf%");
    change("10%", inf, inf, "the baseline has no number for it");
    change("10%", (double)NAN, 5, "the baseline has no number for it");
    char said[512];
    assert_int_equal(judge(DSI_OP_MAX_CHANGE, "1", true, dsi_uint(1), NULL, said),
                     DSI_VERDICT_UNJUDGED);
    assert_string_equal(said, "not in the baseline (--update-baseline puts it there)");
}

/* Long names are cut, not overrun. */
static void long_texts_are_cut(void **state)
{
    (void)state;
    char is[2000], text[2000], said[512];
    memset(is, 'a', sizeof is);
    memset(text, 'b', sizeof text);
    is[sizeof is - 1] = text[sizeof text - 1] = '\0';
    assert_int_equal(judge(DSI_OP_EQUALS, text, true, dsi_text(is), NULL, said),
                     DSI_VERDICT_FAILS);
    assert_true(strlen(said) < 512 && strstr(said, "', not 'b"));
}

static void memory_that_is_out_is_said(void **state)
{
    (void)state;
    const struct dsi_value value = dsi_uint(6);
    struct dsi_bytes detail = {0};
    enum dsi_verdict verdict;
    struct dsi_rule rule;
    struct dsi_error err;
    assert_int_equal(dsi_rule_parse(&rule, DSI_OP_MAX, "5", true, &err), DSI_OK);
    faults_fail_allocation(1);
    assert_int_equal(dsi_judge(&rule, &value, NULL, &verdict, &detail, &err),
                     DSI_ERR_MEMORY);
    faults_reset();
    dsi_bytes_free(&detail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_numbers),
        cmocka_unit_test(limits_are_within),
        cmocka_unit_test(what_has_no_order_fails),
        cmocka_unit_test(equals_is_of_the_value),
        cmocka_unit_test(whole_numbers_are_compared_whole),
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(quotes_make_a_text),
        cmocka_unit_test(changes_are_both_ways),
        cmocka_unit_test(nothing_has_no_share),
        cmocka_unit_test(what_is_not_known_may_stay_so),
        cmocka_unit_test(what_is_no_number_has_no_change),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(memory_that_is_out_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
