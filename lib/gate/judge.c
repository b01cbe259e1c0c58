#include "judge.h"

#include "report_view.h"
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *dsi_rule_op_name(enum dsi_rule_op op)
{
    static const char *const names[] = {"min", "max", "equals", "max_change"};
    return names[op];
}

static bool parse_number(const char *text, double *number, const char **end)
{
    char *stop;
    *number = strtod(text, &stop);
    *end = stop;
    return stop != text && strpbrk(text, "0123456789");
}

enum dsi_status dsi_rule_parse(struct dsi_rule *rule, enum dsi_rule_op op,
                               const char *text, bool is_plain, struct dsi_error *err)
{
    const char *end;
    *rule = (struct dsi_rule){.op = op, .text = text};
    rule->is_number = parse_number(text, &rule->number, &end);
    rule->is_share = rule->is_number && op == DSI_OP_MAX_CHANGE && *end == '%';
    if (rule->is_number && strcmp(end, rule->is_share ? "%" : "") != 0)
        rule->is_number = false;
    if (rule->is_share)
        rule->number /= 100;
    if (op == DSI_OP_EQUALS) {
        rule->is_number &= is_plain;
        return DSI_OK;
    }
    if (!rule->is_number || isnan(rule->number))
        return dsi_fail(err, DSI_ERR_USAGE, "%s wants a number%s, not '%.100s'",
                        dsi_rule_op_name(op),
                        op == DSI_OP_MAX_CHANGE ? " or a share such as 10%" : "", text);
    if (op == DSI_OP_MAX_CHANGE && rule->number < 0)
        return dsi_fail(err, DSI_ERR_USAGE, "max_change must not be below 0");
    return DSI_OK;
}

static enum dsi_status say(struct dsi_bytes *detail, struct dsi_error *err,
                           const char *format, ...) DSI_PRINTF(3, 4);

static enum dsi_status say(struct dsi_bytes *detail, struct dsi_error *err,
                           const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    detail->n = 0;
    return dsi_bytes_append(detail, text, strlen(text) + 1, err);
}

/* Whole numbers are compared as such: a double has no room for all of them. */
static bool is_same_whole(const struct dsi_value *value, const char *text)
{
    char number[DSI_NUMBER_SIZE];
    dsi_format_value(value, number);
    return strcmp(number, text) == 0;
}

static bool is_equal(const struct dsi_rule *rule, const struct dsi_value *value)
{
    double number;
    if (value->type == DSI_VALUE_TEXT)
        return strcmp(value->as.text.bytes, rule->text) == 0;
    if (!dsi_value_real(value,
                        &number)) /* null is empty or "null", a bool is its word */
        return is_same_whole(value, rule->text) ||
               (value->type == DSI_VALUE_NULL && strcmp(rule->text, "null") == 0);
    if (is_same_whole(value, rule->text))
        return true;
    const double limit = 9007199254740992.0; /* 2^53, which 2^53 + 1 rounds to */
    return rule->is_number && number == rule->number &&
           (value->type == DSI_VALUE_FLOAT || fabs(number) < limit);
}

/* For eyes, unless that would read as the number it is held against. */
static void format_beside(double number, double other, char text[DSI_NUMBER_SIZE])
{
    char short_other[DSI_NUMBER_SIZE];
    dsi_format_double_short(number, text);
    dsi_format_double_short(other, short_other);
    if (number != other && strcmp(text, short_other) == 0)
        dsi_format_double(number, text);
}

static enum dsi_status judge_change(const struct dsi_rule *rule, double number,
                                    const struct dsi_baseline_value *baseline,
                                    enum dsi_verdict *verdict, struct dsi_bytes *detail,
                                    struct dsi_error *err)
{
    char was[DSI_NUMBER_SIZE], is[DSI_NUMBER_SIZE];
    if (!baseline) {
        *verdict = DSI_VERDICT_UNJUDGED;
        return say(detail, err,
                   "not in the baseline (--update-baseline puts it there)");
    }
    if (!baseline->is_number) {
        *verdict = DSI_VERDICT_FAILS;
        return say(detail, err, "the baseline has no number for it");
    }
    const double change = number - baseline->number;
    const double allowed =
        rule->is_share ? rule->number * fabs(baseline->number) : rule->number;
    *verdict = fabs(change) <= allowed ? DSI_VERDICT_HOLDS : DSI_VERDICT_FAILS;
    if (*verdict == DSI_VERDICT_HOLDS)
        return DSI_OK;
    format_beside(baseline->number, number, was);
    format_beside(number, baseline->number, is);
    if (baseline->number == 0)
        return say(detail, err, "was 0, is %s", is);
    return say(detail, err, "was %s, is %s: a change of %+.3g%%", was, is,
               100 * change / fabs(baseline->number));
}

static enum dsi_status judge_number(const struct dsi_rule *rule, double number,
                                    enum dsi_verdict *verdict, struct dsi_bytes *detail,
                                    struct dsi_error *err)
{
    char is[DSI_NUMBER_SIZE];
    const bool is_below = number<rule->number, is_above = number> rule->number;
    *verdict = (rule->op == DSI_OP_MIN ? is_below : is_above) ? DSI_VERDICT_FAILS
                                                              : DSI_VERDICT_HOLDS;
    if (*verdict == DSI_VERDICT_HOLDS)
        return DSI_OK;
    format_beside(number, rule->number, is);
    return say(detail, err, "%s is %s %.100s", is, is_below ? "below" : "above",
               rule->text);
}

enum dsi_status dsi_judge(const struct dsi_rule *rule, const struct dsi_value *value,
                          const struct dsi_baseline_value *baseline,
                          enum dsi_verdict *verdict, struct dsi_bytes *detail,
                          struct dsi_error *err)
{
    double number;
    *verdict = DSI_VERDICT_HOLDS;
    detail->n = 0;
    if (rule->op == DSI_OP_EQUALS) {
        char is[DSI_NUMBER_SIZE];
        if (is_equal(rule, value))
            return DSI_OK;
        *verdict = DSI_VERDICT_FAILS;
        if (value->type == DSI_VALUE_TEXT)
            return say(detail, err, "is '%.200s', not '%.200s'", value->as.text.bytes,
                       rule->text);
        dsi_format_value(value, is);
        return say(detail, err, "is %s, not %.200s",
                   value->type == DSI_VALUE_NULL ? "null" : is, rule->text);
    }
    if (!dsi_value_real(value, &number) || isnan(number)) {
        *verdict = DSI_VERDICT_FAILS;
        return say(detail, err, "is %s, which has no order",
                   value->type == DSI_VALUE_TEXT   ? "a text"
                   : value->type == DSI_VALUE_NULL ? "not known (null)"
                   : value->type == DSI_VALUE_BOOL ? "true or false"
                                                   : "NaN");
    }
    return rule->op == DSI_OP_MAX_CHANGE
               ? judge_change(rule, number, baseline, verdict, detail, err)
               : judge_number(rule, number, verdict, detail, err);
}
