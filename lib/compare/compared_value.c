#include "compared_value.h"

#include "compare.h"
#include "value_key.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_KEPT = sizeof((struct dsi_compared_values *)0)->a };

static struct dsi_value complex_value(struct dsi_dtype dtype, const uint8_t *bytes,
                                      char text[DSI_COMPARED_TEXT_SIZE])
{
    const struct dsi_dtype part = {.kind = DSI_FLOAT, .size = dtype.size / 2};
    char numbers[2][DSI_NUMBER_SIZE];
    for (size_t i = 0; i < 2; i++)
        dsi_format_double(dsi_key_double(part, dsi_key_of(part, bytes + i * part.size)),
                          numbers[i]);
    const char *sign = numbers[1][0] == '-' ? "" : "+";
    snprintf(text, DSI_COMPARED_TEXT_SIZE, "%s%s%sj", numbers[0], sign, numbers[1]);
    return dsi_text(text);
}

struct dsi_value dsi_compared_value(struct dsi_dtype dtype, const uint8_t *bytes,
                                    char text[DSI_COMPARED_TEXT_SIZE])
{
    if (dtype.kind == DSI_COMPLEX)
        return complex_value(dtype, bytes, text);
    if (dtype.kind == DSI_BYTES && dtype.size <= MOST_KEPT)
        return dsi_text_n((const char *)bytes,
                          strnlen((const char *)bytes, dtype.size));
    if (dsi_key_bits(dtype) == 0)
        return dsi_null();
    const uint64_t key = dsi_key_of(dtype, bytes);
    if (dsi_key_is_nan(dtype, key))
        return dsi_float((double)NAN);
    const struct dsi_number number = dsi_key_number(dtype, key);
    return number.kind == DSI_NUMBER_INT    ? dsi_int(number.as.integer)
           : number.kind == DSI_NUMBER_UINT ? dsi_uint(number.as.natural)
                                            : dsi_float(number.as.real);
}
