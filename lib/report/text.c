#include "text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

size_t dsi_utf8_decode(const char *text, size_t n, uint32_t *code)
{
    if (!n)
        return 0;
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (n < length)
        return 0;
    uint32_t value = lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (next & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return length;
}

bool dsi_code_is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* How many bytes from the start are ASCII and stand for themselves. Most names are
 * this and nothing else. */
static size_t plain_run(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7f || c == '\\')
            break;
        i++;
    }
    return i;
}

static char short_escape(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    default:
        return 0;
    }
}

static enum dsi_status escape_bytes(struct dsi_bytes *out, const char *text, size_t n,
                                    struct dsi_error *err)
{
    char short_form = short_escape(text[0]);
    if (short_form) {
        char two[2] = {'\\', short_form};
        return dsi_bytes_append(out, two, sizeof two, err);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        char four[4] = {'\\', 'x', hex_digits[c >> 4], hex_digits[c & 15]};
        DSI_TRY(dsi_bytes_append(out, four, sizeof four, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_escape_text(struct dsi_bytes *out, const char *text, size_t n,
                                struct dsi_error *err)
{
    for (size_t at = 0; at < n;) {
        size_t run = plain_run(text + at, n - at);
        if (run) {
            DSI_TRY(dsi_bytes_append(out, text + at, run, err));
            at += run;
            continue;
        }
        uint32_t code = 0;
        size_t length = dsi_utf8_decode(text + at, n - at, &code);
        if (length && code != '\\' && !dsi_code_is_unsafe(code)) {
            DSI_TRY(dsi_bytes_append(out, text + at, length, err));
        } else {
            length = length ? length : 1;
            DSI_TRY(escape_bytes(out, text + at, length, err));
        }
        at += length;
    }
    return DSI_OK;
}

size_t dsi_text_width(const char *text, size_t n)
{
    size_t width = 0;
    for (size_t at = 0; at < n;) {
        uint32_t code;
        size_t length = dsi_utf8_decode(text + at, n - at, &code);
        width += length ? dsi_code_width(code) : 1;
        at += length ? length : 1;
    }
    return width;
}

static size_t format_int(int64_t value, char text[DSI_NUMBER_SIZE])
{
    if (value >= 0)
        return dsi_format_uint((uint64_t)value, text);
    text[0] = '-';
    /* The magnitude of INT64_MIN exists only as unsigned. */
    return 1 + dsi_format_uint(0 - (uint64_t)value, text + 1);
}

size_t dsi_format_value(const struct dsi_value *value, char text[DSI_NUMBER_SIZE])
{
    size_t n = 0;
    switch (value->type) {
    case DSI_VALUE_BOOL:
        n = value->as.boolean ? 4 : 5;
        memcpy(text, value->as.boolean ? "true" : "false", n);
        break;
    case DSI_VALUE_INT:
        n = format_int(value->as.integer, text);
        break;
    case DSI_VALUE_UINT:
        n = dsi_format_uint(value->as.natural, text);
        break;
    case DSI_VALUE_FLOAT:
        n = dsi_format_double(value->as.real, text);
        break;
    case DSI_VALUE_NULL:
    case DSI_VALUE_TEXT:
        break;
    }
    text[n] = '\0';
    return n;
}
