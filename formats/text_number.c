#include "text_number.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longer texts are no numbers that anybody writes, and need no memory this way. */
enum { MAX_DIGITS = 1000 };

/* pandas 2's default na_values. */
static const char *const missing_words[] = {
    "#N/A", "#N/A N/A", "#NA",     "-1.#IND", "-1.#QNAN", "-NaN",
    "-nan", "1.#IND",   "1.#QNAN", "<NA>",    "N/A",      "NA",
    "NULL", "NaN",      "None",    "n/a",     "nan",      "null"};

static bool is_missing_word(const char *text, size_t n)
{
    for (size_t i = 0; i < sizeof missing_words / sizeof *missing_words; i++)
        if (strlen(missing_words[i]) == n && memcmp(missing_words[i], text, n) == 0)
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What strtod must not be asked: 0x10, nan(7). */
static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == 'x' || text[i] == 'X' || text[i] == '(' || text[i] == '\0')
            return false;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Most numbers have few digits: as a whole number below 2^53 and a power of ten that a
 * double holds, their product or quotient is rounded once, and so is the nearest double
 * (W. D. Clinger, "How to read floating point numbers accurately", 1990). */
static bool read_short(const char *text, size_t n, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { MAX_POWER = 22, MAX_EXPONENT = 1000 };
    uint64_t whole = 0;
    int scale = 0, exponent = 0;
    size_t i = 0, n_digits = 0;
    const bool is_negative = text[0] == '-';
    i += text[0] == '-' || text[0] == '+';
    for (bool after_point = false; i < n; i++) {
        if (text[i] == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (!is_digit(text[i]))
            break;
        if (++n_digits > 18)
            return false;
        whole = whole * 10 + (uint64_t)(text[i] - '0');
        scale += after_point;
    }
    if (n_digits == 0)
        return false;
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        const bool is_below = i + 1 < n && text[i + 1] == '-';
        i += i + 1 < n && (text[i + 1] == '-' || text[i + 1] == '+') ? 2 : 1;
        if (i == n)
            return false;
        for (; i < n && is_digit(text[i]) && exponent < MAX_EXPONENT; i++)
            exponent = exponent * 10 + (text[i] - '0');
        exponent = is_below ? -exponent : exponent;
    }
    exponent -= scale;
    if (i < n || whole > UINT64_C(1) << 53 || exponent < -MAX_POWER ||
        exponent > MAX_POWER)
        return false;
    const double size = exponent < 0 ? (double)whole / powers[-exponent]
                                     : (double)whole * powers[exponent];
    *value = is_negative ? -size : size;
    return true;
}

enum dsi_text_kind dsi_text_number(const char *text, size_t n, double *value)
{
    char copy[MAX_DIGITS + 1], *end;
    *value = (double)NAN;
    while (n && is_blank(*text))
        text++, n--;
    while (n && is_blank(text[n - 1]))
        n--;
    if (n == 0)
        return DSI_TEXT_EMPTY;
    if (read_short(text, n, value))
        return DSI_TEXT_NUMBER;
    if (is_missing_word(text, n))
        return DSI_TEXT_MISSING;
    if (n > MAX_DIGITS || !is_plain(text, n))
        return DSI_TEXT_OTHER;
    memcpy(copy, text, n);
    copy[n] = '\0';
    const double number = strtod(copy, &end);
    if (*end || isnan(number))
        return DSI_TEXT_OTHER;
    *value = number;
    return DSI_TEXT_NUMBER;
}
