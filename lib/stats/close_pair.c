/* One value against one, of any two types of numbers. */
#include "close.h"
#include "half_round.h"

/* A number as double, or two: what is in one of the lesser types is in double too. */
struct number {
    double re, im;
    bool is_complex;
};

static double double_at(const void *from)
{
    double value;
    memcpy(&value, from, sizeof value);
    return value;
}

static double float_at(const void *from)
{
    float value;
    memcpy(&value, from, sizeof value);
    return (double)value;
}

/* An integer's bits, and its sign's to the left of them. */
static uint64_t integer_at(struct dsi_dtype dtype, const void *from)
{
    uint64_t bits = 0;
    uint8_t one;
    uint16_t two;
    uint32_t four;
    switch (dtype.size) {
    case 1:
        memcpy(&one, from, 1);
        bits = dtype.kind == DSI_INT    ? (uint64_t)(int8_t)one
               : dtype.kind == DSI_BOOL ? one != 0
                                        : one;
        break;
    case 2:
        memcpy(&two, from, 2);
        bits = dtype.kind == DSI_INT ? (uint64_t)(int16_t)two : two;
        break;
    case 4:
        memcpy(&four, from, 4);
        bits = dtype.kind == DSI_INT ? (uint64_t)(int32_t)four : four;
        break;
    default:
        memcpy(&bits, from, 8);
    }
    return bits;
}

static double real_at(struct dsi_dtype dtype, const void *from)
{
    uint16_t half;
    const uint64_t bits =
        dtype.kind <= DSI_UINT ? integer_at(dtype, from) : (uint64_t)0;
    switch (dtype.kind) {
    case DSI_INT:
        return (double)(int64_t)bits;
    case DSI_BOOL:
    case DSI_UINT:
        return (double)bits;
    case DSI_BFLOAT:
        memcpy(&half, from, sizeof half);
        return (double)dsi_bits_float((uint32_t)half << 16);
    default:
        break;
    }
    if (dtype.size == 2) {
        memcpy(&half, from, sizeof half);
        return (double)dsi_half_to_float(half);
    }
    return dtype.size == 4 ? float_at(from) : double_at(from);
}

static struct number number_at(struct dsi_dtype dtype, const void *from)
{
    const char *at = from;
    if (dtype.kind != DSI_COMPLEX)
        return (struct number){.re = real_at(dtype, from)};
    if (dtype.size == 8)
        return (struct number){float_at(at), float_at(at + 4), true};
    return (struct number){double_at(at), double_at(at + 8), true};
}

static bool is_nan(struct number x)
{
    return isnan(x.re) || isnan(x.im);
}

static bool is_finite(struct number x)
{
    return isfinite(x.re) && isfinite(x.im);
}

/* --- arithmetic in a type --------------------------------------------------------- */

/* Of operands that are of the type; wider sums and products round twice to the same. */
static double rounded(enum dsi_close_type type, float value)
{
    return type == DSI_CLOSE_HALF     ? (double)dsi_round_to_half(value)
           : type == DSI_CLOSE_BFLOAT ? (double)dsi_round_to_bfloat(value)
                                      : (double)value;
}

static double minus(enum dsi_close_type type, double x, double y)
{
    return type == DSI_CLOSE_DOUBLE ? x - y : rounded(type, (float)x - (float)y);
}

static double plus(enum dsi_close_type type, double x, double y)
{
    return type == DSI_CLOSE_DOUBLE ? x + y : rounded(type, (float)x + (float)y);
}

static double times(enum dsi_close_type type, double x, double y)
{
    return type == DSI_CLOSE_DOUBLE ? x * y : rounded(type, (float)x * (float)y);
}

static double size_of(enum dsi_close_type type, struct number x)
{
    if (!x.is_complex)
        return fabs(x.re);
    return type == DSI_CLOSE_DOUBLE ? hypot(x.re, x.im)
                                    : (double)hypotf((float)x.re, (float)x.im);
}

/* --- agreement -------------------------------------------------------------------- */

static bool within(const struct dsi_close *close, struct number a, struct number b)
{
    const struct number apart = {minus(close->type, a.re, b.re),
                                 minus(close->type, a.im, b.im), close->is_complex};
    const double share = times(close->product, close->rtol, size_of(close->of_b, b));
    return size_of(close->type, apart) <= plus(close->sum, close->atol, share);
}

/* What NumPy's multiplication by one makes of a number that need not be finite. */
static struct number times_one(struct number x)
{
    if (!x.is_complex)
        return x;
    return (struct number){x.re * 1 - x.im * 0, x.re * 0 + x.im * 1, true};
}

static bool agrees(const struct dsi_close *close, struct number a, struct number b)
{
    if (is_finite(a) && is_finite(b))
        return within(close, a, b);
    const struct number x = times_one(a), y = times_one(b);
    if (is_nan(x) && is_nan(y))
        return close->rule.equal_nan;
    return x.re == y.re && x.im == y.im;
}

/* --- distances -------------------------------------------------------------------- */

/* The bits without sign of a number of the type. */
static uint64_t bits_of(enum dsi_close_type type, double size)
{
    uint64_t bits;
    if (type == DSI_CLOSE_HALF)
        return dsi_half_bits((float)size);
    if (type != DSI_CLOSE_DOUBLE)
        return dsi_float_bits((float)size) >> (type == DSI_CLOSE_BFLOAT ? 16 : 0);
    memcpy(&bits, &size, sizeof bits);
    return bits;
}

static uint64_t floats_apart(enum dsi_close_type type, double x, double y)
{
    const uint64_t a = bits_of(type, fabs(x)), b = bits_of(type, fabs(y));
    if (signbit(x) != signbit(y))
        return a + b;
    return a > b ? a - b : b - a;
}

static uint64_t integers_apart(const struct dsi_close *close, const void *a,
                               const void *b)
{
    const uint64_t x = integer_at(close->a, a), y = integer_at(close->b, b);
    const bool a_below = close->a.kind == DSI_INT && (int64_t)x < 0;
    const bool b_below = close->b.kind == DSI_INT && (int64_t)y < 0;
    uint64_t sum;
    if (a_below == b_below)
        return x > y ? x - y : y - x;
    if (__builtin_add_overflow(a_below ? -x : x, b_below ? -y : y, &sum))
        return UINT64_MAX;
    return sum;
}

/* Parts that are equal are not apart, be they infinite. */
static double part_apart(enum dsi_close_type type, double x, double y)
{
    return x == y ? 0 : minus(type, x, y);
}

static void measure(const struct dsi_close *close, struct number a, struct number b,
                    struct dsi_close_one *one)
{
    const enum dsi_close_type type = close->type;
    const struct number apart = {part_apart(type, a.re, b.re),
                                 part_apart(type, a.im, b.im), close->is_complex};
    const double size = size_of(close->of_b, b);
    one->abs = size_of(type, apart);
    if (one->abs == 0)
        one->rel = 0;
    else if (isinf(one->abs) || size == 0)
        one->rel = INFINITY;
    else if (type == DSI_CLOSE_DOUBLE)
        one->rel = one->abs / size;
    else
        one->rel = (double)((float)one->abs / (float)size);
    if (!close->are_integers) {
        const uint64_t re = floats_apart(type, a.re, b.re);
        const uint64_t im = floats_apart(type, a.im, b.im);
        one->ulp = re > im ? re : im;
    }
}

void dsi_close_values(const struct dsi_close *close, const void *a, const void *b,
                      struct dsi_close_one *one)
{
    const struct dsi_close_rule *rule = &close->rule;
    const struct number x = number_at(close->a, a), y = number_at(close->b, b);
    *one = (struct dsi_close_one){.nan_a = is_nan(x), .nan_b = is_nan(y)};
    const bool any_nan = one->nan_a || one->nan_b;
    if (!any_nan && (close->measures || rule->has_max_ulp)) {
        measure(close, x, y, one);
        if (close->are_integers)
            one->ulp = integers_apart(close, a, b);
    }
    if (!rule->has_max_ulp)
        one->agrees = agrees(close, x, y);
    else if (any_nan)
        one->agrees = one->nan_a && one->nan_b && rule->equal_nan;
    else
        one->agrees = one->ulp <= rule->max_ulp;
}
