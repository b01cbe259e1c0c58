#include "html.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "escape_html.h"
#include "text.h"

void dsi_html_text(struct dsi_html *h, const char *text, size_t n)
{
    struct dsi_out *out = &h->out;
    h->escaped.n = 0;
    if (out->status == DSI_OK)
        out->status = dsi_escape_html(&h->escaped, text, n, out->err);
    if (h->escaped.n)
        dsi_out_put(out, h->escaped.data, h->escaped.n);
}

static void put_coordinate(struct dsi_html *h, double number)
{
    char text[DSI_NUMBER_SIZE];
    const double fine = round(number * 100) / 100;
    dsi_out_put(&h->out, text, dsi_format_double(fine == 0 ? 0 : fine, text));
}

/* Whether the format goes on with a conversion, which it then is moved past. */
static bool takes(const char **at, const char *conversion)
{
    const size_t n = strlen(conversion);
    if (strncmp(*at, conversion, n) != 0)
        return false;
    *at += n;
    return true;
}

static void put_int(struct dsi_html *h, int number)
{
    char text[DSI_NUMBER_SIZE];
    const struct dsi_value value = dsi_int(number);
    dsi_out_put(&h->out, text, dsi_format_value(&value, text));
}

static void put_uint(struct dsi_html *h, uint64_t number)
{
    char text[DSI_UINT_DIGITS];
    dsi_out_put(&h->out, text, dsi_format_uint(number, text));
}

void dsi_html(struct dsi_html *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at;) {
        const size_t n = strcspn(at, "%");
        dsi_out_put(&h->out, at, n);
        at += n;
        if (takes(&at, "%s")) {
            const char *text = va_arg(args, const char *);
            dsi_html_text(h, text ? text : "", text ? strlen(text) : 0);
        } else if (takes(&at, "%zu")) {
            put_uint(h, va_arg(args, size_t));
        } else if (takes(&at, "%u")) {
            put_uint(h, va_arg(args, unsigned));
        } else if (takes(&at, "%d")) {
            put_int(h, va_arg(args, int));
        } else if (takes(&at, "%g")) {
            put_coordinate(h, va_arg(args, double));
        } else if (takes(&at, "%%")) {
            dsi_out_char(&h->out, '%');
        } else {
            assert(!*at); /* a conversion that is none of these */
            at += *at != 0;
        }
    }
    va_end(args);
}

void dsi_html_number(struct dsi_html *h, double number)
{
    char text[DSI_NUMBER_SIZE];
    dsi_out_put(&h->out, text, dsi_format_double_short(number, text));
}

void dsi_html_value(struct dsi_html *h, const struct dsi_value *value)
{
    char text[DSI_NUMBER_SIZE];
    switch (value->type) {
    case DSI_VALUE_NULL:
        break;
    case DSI_VALUE_TEXT:
        dsi_html_text(h, value->as.text.bytes, value->as.text.n);
        break;
    case DSI_VALUE_BOOL:
        dsi_html(h, "%s", value->as.boolean ? "true" : "false");
        break;
    case DSI_VALUE_INT:
    case DSI_VALUE_UINT:
    case DSI_VALUE_FLOAT:
        dsi_format_value(value, text);
        dsi_html(h, "<data value=\"%s\">", text);
        if (value->type == DSI_VALUE_FLOAT)
            dsi_html_number(h, value->as.real);
        else
            dsi_html(h, "%s", text);
        dsi_html(h, "</data>");
    }
}

unsigned dsi_html_id(struct dsi_html *h)
{
    return ++h->n_ids;
}

void dsi_svg_begin(struct dsi_html *h, const char *class_name, unsigned width,
                   unsigned height, const char *title)
{
    const unsigned id = dsi_html_id(h);
    dsi_html(h,
             "<svg class=\"%s\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" "
             "role=\"img\" aria-labelledby=\"t%u d%u\"><title id=\"t%u\">%s</title>"
             "<desc id=\"d%u\">",
             class_name, width, height, width, height, id, id, id, title, id);
}

void dsi_svg_described(struct dsi_html *h)
{
    dsi_html(h, "</desc>\n");
}

void dsi_html_count(struct dsi_html *h, size_t n, const char *noun)
{
    const bool hisses = noun[0] && noun[strlen(noun) - 1] == 's';
    dsi_html(h, "%zu %s%s", n, noun, n == 1 ? "" : hisses ? "es" : "s");
}
