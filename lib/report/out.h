/* What the writers print to: a buffer before a sink. The first failure is kept and
 * everything after it is dropped, so a writer asks once, at dsi_out_finish, and looks
 * at status only to leave a long loop early. */
#ifndef DSI_OUT_H
#define DSI_OUT_H

#include "report.h"

enum { DSI_OUT_SIZE = 64 * 1024 };

struct dsi_out {
    struct dsi_sink sink;
    struct dsi_error *err;
    enum dsi_status status;
    char *buffer;
    size_t n;
    struct dsi_bytes field; /* the text last escaped */
};

DSI_CHECKED enum dsi_status dsi_out_init(struct dsi_out *out, struct dsi_sink sink,
                                         struct dsi_error *err);
void dsi_out_put(struct dsi_out *out, const void *data, size_t n);
void dsi_out_text(struct dsi_out *out, const char *text);
void dsi_out_char(struct dsi_out *out, char c);
void dsi_out_repeat(struct dsi_out *out, char c, size_t n);
/* text as dsi_escape_text makes it; lives until the next call. */
const struct dsi_bytes *dsi_out_escape(struct dsi_out *out, const char *text, size_t n);
/* text as JSON has it, in quotes; bytes that are no UTF-8 are told of, "\\xNN". */
void dsi_out_json(struct dsi_out *out, const char *text, size_t n);
/* Writes what is left, frees, and gives the first failure. After a successful init,
 * exactly once. */
DSI_CHECKED enum dsi_status dsi_out_finish(struct dsi_out *out);

/* All n bytes, whatever signals come; as dsi_sink_to_fd. */
DSI_CHECKED enum dsi_status dsi_fd_write(int fd, const void *data, size_t n,
                                         struct dsi_error *err);

#endif
