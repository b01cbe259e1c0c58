#include "json_value.h"

#include <math.h>
#include <stdio.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes that a text was printed from: \xNN stands for one that is no UTF-8, or for
 * the backslash of what would read so. */
static enum dsi_status restore(struct dsi_bytes *out, const json_t *text,
                               struct dsi_error *err)
{
    const char *from = json_string_value(text);
    const size_t n = json_string_length(text);
    DSI_TRY(dsi_bytes_claim(out, n + 1, err));
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        const bool is_byte = n - i >= 4 && from[i] == '\\' && from[i + 1] == 'x' &&
                             hex_digit(from[i + 2]) >= 0 && hex_digit(from[i + 3]) >= 0;
        out->data[to++] =
            is_byte ? (uint8_t)(hex_digit(from[i + 2]) * 16 + hex_digit(from[i + 3]))
                    : (uint8_t)from[i];
        i += is_byte ? 3 : 0;
    }
    out->data[to] = '\0';
    out->n = to;
    return DSI_OK;
}

static struct dsi_value whole(int64_t number)
{
    return number < 0 ? dsi_int(number) : dsi_uint((uint64_t)number);
}

/* Where whole numbers were read as doubles, those that are exact are whole again. */
static struct dsi_value real(double number)
{
    const double exact = 9007199254740992; /* 2^53 */
    return fabs(number) <= exact && number == trunc(number) &&
                   !(number == 0 && signbit(number))
               ? whole((int64_t)number)
               : dsi_float(number);
}

enum dsi_status dsi_json_value(const json_t *json, struct dsi_bytes *text,
                               struct dsi_value *value, const char *place,
                               struct dsi_error *err)
{
    switch (json_typeof(json)) {
    case JSON_NULL:
        *value = dsi_null();
        return DSI_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        *value = dsi_bool(json_is_true(json));
        return DSI_OK;
    case JSON_INTEGER:
        *value = whole(json_integer_value(json));
        return DSI_OK;
    case JSON_REAL:
        *value = real(json_real_value(json));
        return DSI_OK;
    case JSON_STRING:
        DSI_TRY(restore(text, json, err));
        *value = dsi_text_n((const char *)text->data, text->n);
        return DSI_OK;
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    return dsi_fail(err, DSI_ERR_MALFORMED, "%s: a list or an object for a value",
                    place);
}

enum dsi_status dsi_json_member(const json_t *object, const char *key, json_type type,
                                const json_t **found, const char *place,
                                struct dsi_error *err)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_STRING] = "a text"};
    *found = json_object_get(object, key);
    return *found && json_typeof(*found) == type
               ? DSI_OK
               : dsi_fail(err, DSI_ERR_MALFORMED, "%s\"%s\" is not %s", place, key,
                          *found ? names[type] : "there");
}
