/* Text as bytes: UTF-8, what may reach a terminal, and how wide it stands there.
 *
 * Nothing here looks at the locale: names are bytes, read as UTF-8 wherever they are
 * valid UTF-8. No state, any thread. */
#ifndef DSI_TEXT_H
#define DSI_TEXT_H

#include "report.h"

/* The code point that text starts with. Returns its length in bytes, 1 to 4, or 0
 * when n is 0 or the bytes are not UTF-8 as RFC 3629 has it: cut short, overlong, a
 * surrogate or beyond U+10FFFF. */
size_t dsi_utf8_decode(const char *text, size_t n, uint32_t *code);

/* True for code points that are never printed raw, because a terminal would obey them
 * or show something other than what is there: C0 and C1 controls, DEL, bidirectional
 * controls, line and paragraph separators. */
bool dsi_code_is_unsafe(uint32_t code);

/* Columns a printable code point takes on a terminal: 0 for combining marks and format
 * characters, 2 for East Asian wide ones, else 1. Unicode 14. */
unsigned dsi_code_width(uint32_t code);

/* The columns of n bytes of escaped text; a byte that is not UTF-8 counts as one. */
size_t dsi_text_width(const char *text, size_t n);

/* Any value but a text, as the text formats print it: null is empty, true and false,
 * integers whole. Returns the length; text ends with a NUL. */
size_t dsi_format_value(const struct dsi_value *value, char text[DSI_NUMBER_SIZE]);

#endif
