#include "class_table.h"

#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Exact: a double that fits is split into its integer part and the rest. */
static int compare_integer_real(int64_t a, double b)
{
    if (isnan(b) || b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    double whole = trunc(b);
    int order = COMPARE(a, (int64_t)whole);
    return order ? order : COMPARE(whole, b);
}

/* a is above INT64_MAX. A double of that size is whole. */
static int compare_natural_real(uint64_t a, double b)
{
    if (isnan(b) || b >= 0x1p64)
        return -1;
    if (b < 0x1p63)
        return 1;
    return COMPARE(a, (uint64_t)b);
}

static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return COMPARE(a, b);
}

static int compare_texts(struct dsi_label a, struct dsi_label b)
{
    size_t n = a.as.text.n < b.as.text.n ? a.as.text.n : b.as.text.n;
    int order = n ? memcmp(a.as.text.bytes, b.as.text.bytes, n) : 0;
    return order ? COMPARE(order, 0) : COMPARE(a.as.text.n, b.as.text.n);
}

/* Both are numbers and a.kind <= b.kind, but BOOL counts as INT. */
static int compare_numbers(struct dsi_label a, struct dsi_label b)
{
    if (b.kind == DSI_LABEL_FLOAT) {
        if (a.kind == DSI_LABEL_FLOAT)
            return compare_reals(a.as.real, b.as.real);
        if (a.kind == DSI_LABEL_UINT)
            return compare_natural_real(a.as.natural, b.as.real);
        return compare_integer_real(a.as.integer, b.as.real);
    }
    if (b.kind == DSI_LABEL_UINT)
        return a.kind == DSI_LABEL_UINT ? COMPARE(a.as.natural, b.as.natural) : -1;
    return COMPARE(a.as.integer, b.as.integer);
}

int dsi_label_compare(struct dsi_label a, struct dsi_label b)
{
    if (a.kind > b.kind)
        return -dsi_label_compare(b, a);
    if (b.kind == DSI_LABEL_TEXT)
        return a.kind == DSI_LABEL_TEXT ? compare_texts(a, b) : -1;
    int order = compare_numbers(a, b);
    return order ? order : COMPARE(a.kind, b.kind);
}

enum dsi_status dsi_label_name(struct dsi_label label, struct dsi_bytes *out,
                               struct dsi_error *err)
{
    char text[DSI_NUMBER_SIZE] = "";
    switch (label.kind) {
    case DSI_LABEL_TEXT:
        return dsi_bytes_append(out, label.as.text.bytes, label.as.text.n, err);
    case DSI_LABEL_BOOL:
        snprintf(text, sizeof text, "%s", label.as.integer ? "True" : "False");
        break;
    case DSI_LABEL_INT:
        snprintf(text, sizeof text, "%lld", (long long)label.as.integer);
        break;
    case DSI_LABEL_UINT:
        snprintf(text, sizeof text, "%llu", (unsigned long long)label.as.natural);
        break;
    case DSI_LABEL_FLOAT:
        dsi_format_double(label.as.real, text);
        break;
    }
    return dsi_bytes_append(out, text, strlen(text), err);
}

static bool read_integer(struct dsi_label label, int64_t *value)
{
    if (label.kind != DSI_LABEL_TEXT || label.as.text.n == 0)
        return false;
    const char *digits = label.as.text.bytes;
    size_t n = label.as.text.n;
    bool negative = digits[0] == '-';
    digits += negative;
    n -= negative;
    if (n == 0 || (digits[0] == '0' && (n > 1 || negative)))
        return false;
    int64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        int digit = digits[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, negative ? -digit : digit, &v))
            return false;
    }
    *value = v;
    return true;
}

static int compare_counts(const void *a, const void *b)
{
    return dsi_label_compare(((const struct dsi_class_count *)a)->label,
                             ((const struct dsi_class_count *)b)->label);
}

bool dsi_labels_as_integers(struct dsi_class_count *classes, uint64_t n)
{
    int64_t value;
    for (uint64_t i = 0; i < n; i++)
        if (!read_integer(classes[i].label, &value))
            return false;
    for (uint64_t i = 0; i < n; i++)
        if (read_integer(classes[i].label, &value))
            classes[i].label =
                (struct dsi_label){.kind = DSI_LABEL_INT, .as.integer = value};
    if (n)
        qsort(classes, (size_t)n, sizeof *classes, compare_counts);
    return n > 0;
}
