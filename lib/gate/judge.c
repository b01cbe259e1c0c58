#include "judge.h"

#include "report_view.h"
#include "text.h"

#include <errno.h>
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

/* Of digits and a sign alone: a double has no room for all of them. */
static bool parse_whole(const char *text, const char *end, struct dsi_value *number)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (digits + strspn(digits, "0123456789") != end)
        return false;
    errno = 0;
    *number = *text == '-' ? dsi_int(strtoll(text, NULL, 10))
                           : dsi_uint(strtoull(text, NULL, 10));
    return errno == 0;
}

/* *end is behind the number that the text begins with, which is null where it does not.
 */
static struct dsi_value parse_number(const char *text, const char **end)
{
    char *stop;
    struct dsi_value number;
    const double real = strtod(text, &stop);
    *end = stop;
    if (stop == text || !strpbrk(text, "0123456789"))
        return dsi_null();
    return parse_whole(text, stop, &number) ? number : dsi_float(real);
}

static bool is_number(const struct dsi_value *value)
{
    double number;
    return dsi_value_real(value, &number) && !isnan(number);
}

enum dsi_status dsi_rule_parse(struct dsi_rule *rule, enum dsi_rule_op op,
                               const char *text, bool is_plain, struct dsi_error *err)
{
    const char *end;
    double number;
    *rule = (struct dsi_rule){.op = op, .text = text, .is_plain = is_plain};
    rule->number = parse_number(text, &end);
    rule->is_share = op == DSI_OP_MAX_CHANGE && *end == '%';
    if (strcmp(end, rule->is_share ? "%" : "") != 0)
        rule->number = dsi_null();
    if (op == DSI_OP_EQUALS)
        return DSI_OK;
    if (!is_number(&rule->number))
        return dsi_fail(err, DSI_ERR_USAGE, "%s wants a number%s, not '%.100s'",
                        dsi_rule_op_name(op),
                        op == DSI_OP_MAX_CHANGE ? " or a share such as 10%" : "", text);
    if (rule->is_share && dsi_value_real(&rule->number, &number))
        rule->number = dsi_float(number / 100);
    const struct dsi_value zero = dsi_uint(0);
    if (op == DSI_OP_MAX_CHANGE && dsi_value_order(&rule->number, &zero) < 0)
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

/* What is written, where it is held against value: a double is what it was printed
 * from, and not what its digits say. */
static struct dsi_value threshold_for(const struct dsi_rule *rule,
                                      const struct dsi_value *value)
{
    double number;
    return value->type == DSI_VALUE_FLOAT && dsi_value_real(&rule->number, &number)
               ? dsi_float(number)
               : rule->number;
}

static bool is_equal(const struct dsi_rule *rule, const struct dsi_value *value)
{
    char word[DSI_NUMBER_SIZE];
    if (value->type == DSI_VALUE_TEXT || !rule->is_plain)
        return value->type == DSI_VALUE_TEXT &&
               strcmp(value->as.text.bytes, rule->text) == 0;
    const struct dsi_value threshold = threshold_for(rule, value);
    if (is_number(value) && is_number(&threshold))
        return dsi_value_order(value, &threshold) == 0;
    dsi_format_value(value, word); /* null is empty or "null", a bool is its word */
    return strcmp(word, rule->text) == 0 ||
           (value->type == DSI_VALUE_NULL && strcmp(rule->text, "null") == 0);
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
    double limit;
    if (!dsi_value_real(&rule->number, &limit))
        limit = 0;
    const double change = number - baseline->number;
    const double allowed = rule->is_share ? limit * fabs(baseline->number) : limit;
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

static enum dsi_status judge_number(const struct dsi_rule *rule,
                                    const struct dsi_value *value,
                                    enum dsi_verdict *verdict, struct dsi_bytes *detail,
                                    struct dsi_error *err)
{
    char is[DSI_NUMBER_SIZE];
    double limit;
    const struct dsi_value threshold = threshold_for(rule, value);
    const int order = dsi_value_order(value, &threshold);
    if (rule->op == DSI_OP_MIN ? order >= 0 : order <= 0)
        return DSI_OK;
    *verdict = DSI_VERDICT_FAILS;
    if (value->type == DSI_VALUE_FLOAT && dsi_value_real(&threshold, &limit))
        format_beside(value->as.real, limit, is);
    else
        dsi_format_value(value, is);
    return say(detail, err, "%s is %s %.100s", is, order < 0 ? "below" : "above",
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
        const char *quote = rule->is_plain ? "" : "'";
        return say(detail, err, "is %s, not %s%.200s%s",
                   value->type == DSI_VALUE_NULL ? "null" : is, quote, rule->text,
                   quote);
    }
    if (rule->op == DSI_OP_MAX_CHANGE && value->type == DSI_VALUE_NULL && baseline &&
        baseline->is_null)
        return DSI_OK; /* it was not known, and it is not */
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
               : judge_number(rule, value, verdict, detail, err);
}
