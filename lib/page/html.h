/* Writing HTML and SVG. Markup is what stands in the program; every text from outside
 * goes through one door, which escapes it. Failures are kept, as dsi_out does. */
#ifndef DSI_HTML_H
#define DSI_HTML_H

#include "out.h"
#include "report_view.h"

struct dsi_html {
    struct dsi_out out;
    struct dsi_bytes escaped;
    const struct dsi_page *page;
    unsigned n_ids; /* used so far */
};

/* Markup with arguments: %s is text, and is escaped; %zu, %d and %u are numbers, %g is
 * a coordinate, in hundredths at the finest. %% is a percent sign. Nothing else. */
void dsi_html(struct dsi_html *h, const char *format, ...) DSI_PRINTF(2, 3);

/* Escaped, for contents and for attributes in quotes. */
void dsi_html_text(struct dsi_html *h, const char *text, size_t n);

/* A value as a person reads it. A number is <data value="...">, which has it in full
 * where six digits do not show it. */
void dsi_html_value(struct dsi_html *h, const struct dsi_value *value);
void dsi_html_number(struct dsi_html *h, double number); /* as a text, six digits */

/* A new number for id="...". */
unsigned dsi_html_id(struct dsi_html *h);

/* Begins a drawing of that size, of which title and desc are read out; it ends with
 * "</svg>". desc is markup of the caller's between the two calls. */
void dsi_svg_begin(struct dsi_html *h, const char *class_name, unsigned width,
                   unsigned height, const char *title);
void dsi_svg_described(struct dsi_html *h);

/* "3 rows", "1 row": n and a noun, with s or es where n is not 1. */
void dsi_html_count(struct dsi_html *h, size_t n, const char *noun);

#endif
