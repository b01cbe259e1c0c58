/* Numbers as text: the same on every platform and in every locale. No state, any
 * thread. */
#ifndef DSI_NUMBER_H
#define DSI_NUMBER_H

#include "status.h"

enum { DSI_NUMBER_SIZE = 40, DSI_UINT_DIGITS = 20 };

/* The shortest decimal that reads back to the same double, as Python's repr writes it
 * but without a trailing ".0": "0.1", "1e+16", "100000", "-0", "nan", "inf", "-inf".
 * Ends with a NUL; returns the length. */
size_t dsi_format_double(double value, char text[DSI_NUMBER_SIZE]);

/* The same rounded to six significant digits, or to an integer where six digits would
 * not reach the decimal point. For tables that people look at. */
size_t dsi_format_double_short(double value, char text[DSI_NUMBER_SIZE]);

/* The decimal digits of value, without a NUL. Returns how many. */
size_t dsi_format_uint(uint64_t value, char text[DSI_UINT_DIGITS]);

#endif
