#include "class_map.h"
#include "half.h"

#include <string.h>

static int64_t integer_at(struct dsi_dtype dtype, const void *value)
{
    const bool is_signed = dtype.kind == DSI_INT;
    uint8_t b;
    uint16_t h;
    uint32_t w;
    uint64_t d;
    switch (dtype.size) {
    case 1:
        memcpy(&b, value, sizeof b);
        return is_signed ? (int8_t)b : b;
    case 2:
        memcpy(&h, value, sizeof h);
        return is_signed ? (int16_t)h : h;
    case 4:
        memcpy(&w, value, sizeof w);
        return is_signed ? (int32_t)w : (int64_t)w;
    default:
        memcpy(&d, value, sizeof d);
        return (int64_t)d;
    }
}

static double real_at(struct dsi_dtype dtype, const void *value)
{
    uint16_t half;
    float single;
    double real;
    if (dtype.size == 2) {
        memcpy(&half, value, sizeof half);
        return dtype.kind == DSI_BFLOAT ? dsi_bfloat_to_double(half)
                                        : dsi_half_to_double(half);
    }
    if (dtype.size == 4) {
        memcpy(&single, value, sizeof single);
        return (double)single;
    }
    memcpy(&real, value, sizeof real);
    return real;
}

/* UTF-8's pattern carried on to all 32 bits, lead bytes up to 0xFE: surrogates come out
 * as in WTF-8, and what is no code point as bytes that UTF-8 never has. Different U
 * values so stay different, in the order of their code points. Returns the bytes. */
static size_t put_code_point(uint32_t c, uint8_t out[7])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = 2; /* n bytes hold 5 n + 1 bits, and 7 hold 36 */
    while (n < 7 && c >> (5 * n + 1))
        n++;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)((0xff00 >> n & 0xff) | c);
    return n;
}

static enum dsi_status unicode_at(struct dsi_dtype dtype, const void *value,
                                  struct dsi_bytes *scratch, struct dsi_label *label,
                                  struct dsi_error *err)
{
    const unsigned char *from = value;
    size_t n = dtype.size / sizeof(uint32_t);
    uint32_t c = 0;
    for (; n; n--) {
        memcpy(&c, from + (n - 1) * sizeof c, sizeof c);
        if (c)
            break;
    }
    scratch->n = 0;
    DSI_TRY(dsi_bytes_reserve(scratch, n * 7, err));
    for (size_t i = 0; i < n; i++) {
        memcpy(&c, from + i * sizeof c, sizeof c);
        scratch->n += put_code_point(c, scratch->data + scratch->n);
    }
    label->as.text.bytes = (const char *)scratch->data;
    label->as.text.n = scratch->n;
    return DSI_OK;
}

static void bytes_at(struct dsi_dtype dtype, const void *value, struct dsi_label *label)
{
    const char *text = value;
    size_t n = dtype.size;
    while (n && text[n - 1] == '\0')
        n--;
    label->as.text.bytes = text;
    label->as.text.n = n;
}

enum dsi_status dsi_label_of_value(struct dsi_dtype dtype, const void *value,
                                   struct dsi_bytes *scratch, struct dsi_label *label,
                                   struct dsi_error *err)
{
    struct dsi_string string;
    *label = (struct dsi_label){.kind = DSI_LABEL_TEXT};
    switch (dtype.kind) {
    case DSI_BOOL:
        label->kind = DSI_LABEL_BOOL;
        label->as.integer = *(const unsigned char *)value != 0;
        return DSI_OK;
    case DSI_INT:
        label->kind = DSI_LABEL_INT;
        label->as.integer = integer_at(dtype, value);
        return DSI_OK;
    case DSI_UINT:
        label->kind = DSI_LABEL_UINT;
        label->as.natural = (uint64_t)integer_at(dtype, value);
        break;
    case DSI_FLOAT:
    case DSI_BFLOAT:
        label->kind = DSI_LABEL_FLOAT;
        label->as.real = real_at(dtype, value);
        break;
    case DSI_UNICODE:
        return unicode_at(dtype, value, scratch, label, err);
    case DSI_STRING:
        memcpy(&string, value, sizeof string);
        label->as.text.bytes = string.text;
        label->as.text.n = string.n;
        return DSI_OK;
    default:
        bytes_at(dtype, value, label);
        return DSI_OK;
    }
    *label = dsi_label_canonical(*label);
    return DSI_OK;
}
