/* Numbers as text tables write them. Any thread. */
#ifndef DSI_TEXT_NUMBER_H
#define DSI_TEXT_NUMBER_H

#include <stddef.h>

enum dsi_text_kind {
    DSI_TEXT_NUMBER,  /* "1", "-2.5e3", " 7 ", "inf" */
    DSI_TEXT_EMPTY,   /* nothing, or blanks */
    DSI_TEXT_MISSING, /* a word that pandas.read_csv takes for missing: NA, nan, null */
    DSI_TEXT_OTHER,
};

/* *value is the double nearest to the number, as strtod reads it in the C locale but
 * without hexadecimal; NaN for all other kinds. */
enum dsi_text_kind dsi_text_number(const char *text, size_t n, double *value);

#endif
