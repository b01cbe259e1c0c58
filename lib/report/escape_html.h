/* A text that may hold anything, as HTML that shows it: the one place that does so. */
#ifndef DSI_ESCAPE_HTML_H
#define DSI_ESCAPE_HTML_H

#include "report.h"

/* Appends n bytes of text as dsi_escape_text makes them, with & < > " ' as character
 * references: fit for an element's content and for an attribute in quotes, and valid
 * UTF-8. */
DSI_CHECKED enum dsi_status dsi_escape_html(struct dsi_bytes *out, const char *text,
                                            size_t n, struct dsi_error *err);

/* The reference that stands for & < > " or ' in HTML and in XML; NULL: c itself does.
 */
const char *dsi_html_reference(char c);

#endif
