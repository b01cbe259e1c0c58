#include "text_number.h"

#include <math.h>
#include <stdbool.h>
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
