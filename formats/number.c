#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DIGITS = 17,
    FAST_DIGITS = 15,
    MAX_EXACT_POWER = 22, /* of ten, as a double */
    MAX_WORD_POWER = 27,  /* of five, in 64 bits */
    TABLE_DIGITS = 6
};

__extension__ typedef unsigned __int128 uint128;

size_t dsi_format_uint(uint64_t value, char text[DSI_UINT_DIGITS])
{
    char backwards[DSI_UINT_DIGITS];
    size_t n = 0;
    do {
        backwards[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = 0; i < n; i++)
        text[i] = backwards[n - 1 - i];
    return n;
}

/* digits[0] . digits[1] ... digits[n - 1] times 10^exponent, no zeros at the end */
struct decimal {
    char digits[DSI_UINT_DIGITS];
    int n, exponent;
};

static void strip_zeros(struct decimal *decimal)
{
    while (decimal->n > 1 && decimal->digits[decimal->n - 1] == '0')
        decimal->n--;
}

/* m times 10^-k */
static struct decimal from_uint(uint64_t m, int k)
{
    struct decimal decimal;
    decimal.n = (int)dsi_format_uint(m, decimal.digits);
    decimal.exponent = decimal.n - 1 - k;
    strip_zeros(&decimal);
    return decimal;
}

/* The decimal of n digits nearest to value, correctly rounded by the C library. Only
 * digits and exponent are taken from its text: the point between them is whatever the
 * locale says. */
static struct decimal rounded_to(double value, int n)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", n - 1, value);
    struct decimal decimal = {.n = 0};
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9' && decimal.n < n)
            decimal.digits[decimal.n++] = *at;
    decimal.exponent = (int)strtol(at + 1, NULL, 10);
    return decimal;
}

/* Written as an integer with an exponent, so that no decimal point is needed. */
static bool reads_back(const struct decimal *decimal, double value)
{
    char text[64];
    int saved_errno = errno; /* strtod reports overflow and underflow through it */
    snprintf(text, sizeof text, "%.*se%d", decimal->n, decimal->digits,
             decimal->exponent - decimal->n + 1);
    double back = strtod(text, NULL);
    errno = saved_errno;
    return back == value;
}

static void step_up(struct decimal *decimal)
{
    int i = decimal->n - 1;
    while (i >= 0 && decimal->digits[i] == '9')
        decimal->digits[i--] = '0';
    if (i >= 0) {
        decimal->digits[i]++;
    } else {
        decimal->digits[0] = '1';
        decimal->exponent++;
    }
}

/* Whether some decimal of n digits reads back as value; the nearest such one.
 * Below a power of two doubles lie twice as close as above it, so there the nearest
 * decimal may fall outside on the narrow side and its upper neighbour inside on the
 * wide one. Everywhere else the nearest decimal is inside if any is. */
static bool fits(double value, int n, struct decimal *decimal)
{
    int ignored;
    *decimal = rounded_to(value, n);
    if (reads_back(decimal, value))
        return true;
    if (frexp(value, &ignored) != 0.5)
        return false;
    step_up(decimal);
    return reads_back(decimal, value);
}

/* The fewest digits, at least least, by bisection: what fits in n digits fits in more.
 * The first look is at 16, since most doubles that come here need 16 or 17. */
static struct decimal search(double value, int least)
{
    int low = least, high = MAX_DIGITS;
    struct decimal best = rounded_to(value, MAX_DIGITS);
    while (low < high) {
        struct decimal candidate;
        int middle = high == MAX_DIGITS ? MAX_DIGITS - 1 : low + (high - low) / 2;
        if (fits(value, middle, &candidate)) {
            best = candidate;
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    strip_zeros(&best);
    return best;
}

/* Most numbers people meet have few digits. With m < 10^15 and k <= 22 both m and 10^k
 * are exact doubles, so m / 10^k is rounded once and is what strtod would give (W. D.
 * Clinger, "How to read floating point numbers accurately", 1990). No two decimals of
 * 15 digits read back as the same double, so an m that does is the only one. */
static bool few_digits(double value, struct decimal *decimal, int *least)
{
    static const double powers[MAX_EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    *least = 1;
    if (value < 0x1p53 && value == floor(value)) {
        *decimal = from_uint((uint64_t)value, 0);
        return true;
    }
    int k = FAST_DIGITS - 1 - (int)floor(log10(value));
    if (k < 1 || k > MAX_EXACT_POWER)
        return false;
    double scaled = value * powers[k];
    if (scaled >= 1e15 - 1) { /* log10 was a hair too low */
        k--;
        scaled = value * powers[k];
    }
    uint64_t m = (uint64_t)(scaled + 0.5);
    if ((double)m / powers[k] == value) {
        *decimal = from_uint(m, k);
        return true;
    }
    if (m >= UINT64_C(100000000000000))
        *least = FAST_DIGITS + 1;
    return false;
}

/* How a quotient n / 2^shift is rounded, half to even. */
static bool rounds_up(uint128 rest, uint128 half, uint64_t quotient)
{
    return rest > half || (rest == half && quotient % 2);
}

/* What search finds where 15 digits are too few, in whole numbers: value is
 * significand * 2^exponent, so that times 10^k it is significand * 5^k over a power of
 * two, and the doubles around it are 5^k apart. False where 5^k is no word, the digits
 * are no fraction, or doubles below are nearer. */
static bool many_digits(double value, struct decimal *decimal)
{
    int exponent, k = MAX_DIGITS - 1 - (int)floor(log10(value));
    const uint64_t significand = (uint64_t)ldexp(frexp(value, &exponent), 53);
    const int shift = 53 - exponent - k;
    uint64_t apart = 1;
    if (k < 1 || k > MAX_WORD_POWER || shift < 1 || shift > 64 ||
        significand == UINT64_C(1) << 52)
        return false;
    for (int i = 0; i < k; i++)
        apart *= 5;
    const uint128 scaled = (uint128)significand * apart, one = (uint128)1 << shift;
    uint64_t all = (uint64_t)(scaled >> shift); /* and a fraction */
    if (all < UINT64_C(10000000000000000) || all >= UINT64_C(99999999999999990))
        return false; /* log10 was a hair off, or may have been */
    uint64_t fewer = all / 10;
    fewer += rounds_up(scaled - fewer * (10 * one), 5 * one, fewer);
    const uint128 back = fewer * (10 * one);
    const uint128 off = 2 * (back > scaled ? back - scaled : scaled - back);
    if (off < apart || (off == apart && significand % 2 == 0)) {
        *decimal = from_uint(fewer, k - 1);
        return true;
    }
    all += rounds_up(scaled & (one - 1), one / 2, all);
    *decimal = from_uint(all, k);
    return true;
}

static struct decimal shortest(double value)
{
    struct decimal decimal;
    int least;
    if (few_digits(value, &decimal, &least) ||
        (least > FAST_DIGITS && many_digits(value, &decimal)))
        return decimal;
    return search(value, least);
}

static char *put_digits(char *at, const char *digits, int n)
{
    memcpy(at, digits, (size_t)n);
    return at + n;
}

static char *put_zeros(char *at, int n)
{
    memset(at, '0', (size_t)n);
    return at + n;
}

static char *put_scientific(char *at, const struct decimal *decimal)
{
    *at++ = decimal->digits[0];
    if (decimal->n > 1) {
        *at++ = '.';
        at = put_digits(at, decimal->digits + 1, decimal->n - 1);
    }
    const uint64_t size = (uint64_t)abs(decimal->exponent);
    *at++ = 'e';
    *at++ = decimal->exponent < 0 ? '-' : '+';
    if (size < 10)
        *at++ = '0';
    return at + dsi_format_uint(size, at);
}

/* Python's repr turns to an exponent below 1e-4 and from 1e16 on. */
static char *put_decimal(char *at, const struct decimal *decimal)
{
    int n = decimal->n, exponent = decimal->exponent;
    if (exponent < -4 || exponent >= 16)
        return put_scientific(at, decimal);
    if (exponent < 0) {
        *at++ = '0';
        *at++ = '.';
        at = put_zeros(at, -exponent - 1);
        return put_digits(at, decimal->digits, n);
    }
    if (n <= exponent + 1) {
        at = put_digits(at, decimal->digits, n);
        return put_zeros(at, exponent + 1 - n);
    }
    at = put_digits(at, decimal->digits, exponent + 1);
    *at++ = '.';
    return put_digits(at, decimal->digits + exponent + 1, n - exponent - 1);
}

static size_t format(double value, bool is_short, char text[DSI_NUMBER_SIZE])
{
    char *at = text;
    if (signbit(value) && !isnan(value))
        *at++ = '-';
    value = fabs(value);
    if (isnan(value) || isinf(value)) {
        at = put_digits(at, isnan(value) ? "nan" : "inf", 3);
    } else if (value == 0) {
        *at++ = '0';
    } else {
        struct decimal decimal = shortest(value);
        int whole = decimal.exponent < 16 ? decimal.exponent + 1 : 0;
        int want = whole > TABLE_DIGITS ? whole : TABLE_DIGITS;
        if (is_short && decimal.n > want) {
            decimal = rounded_to(value, want);
            strip_zeros(&decimal);
        }
        at = put_decimal(at, &decimal);
    }
    *at = '\0';
    return (size_t)(at - text);
}

size_t dsi_format_double(double value, char text[DSI_NUMBER_SIZE])
{
    return format(value, false, text);
}

size_t dsi_format_double_short(double value, char text[DSI_NUMBER_SIZE])
{
    return format(value, true, text);
}
