#include "escape_html.h"

#include <string.h>

const char *dsi_html_reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static size_t plain_run(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && !dsi_html_reference(text[i]))
        i++;
    return i;
}

static enum dsi_status refer(struct dsi_bytes *out, const char *text, size_t n,
                             struct dsi_error *err)
{
    for (size_t at = 0; at < n;) {
        const size_t run = plain_run(text + at, n - at);
        DSI_TRY(dsi_bytes_append(out, text + at, run, err));
        at += run;
        if (at < n) {
            const char *reference = dsi_html_reference(text[at++]);
            DSI_TRY(dsi_bytes_append(out, reference, strlen(reference), err));
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_escape_html(struct dsi_bytes *out, const char *text, size_t n,
                                struct dsi_error *err)
{
    struct dsi_bytes safe = {0};
    enum dsi_status status = dsi_escape_text(&safe, text, n, err);
    if (status == DSI_OK && safe.n)
        status = refer(out, (const char *)safe.data, safe.n, err);
    dsi_bytes_free(&safe);
    return status;
}
