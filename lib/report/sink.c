#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

static enum dsi_status to_bytes(void *context, const void *data, size_t n,
                                struct dsi_error *err)
{
    return dsi_bytes_append(context, data, n, err);
}

struct dsi_sink dsi_sink_to_bytes(struct dsi_bytes *bytes)
{
    return (struct dsi_sink){.write = to_bytes, .context = bytes};
}

static enum dsi_status to_fd(void *context, const void *data, size_t n,
                             struct dsi_error *err)
{
    return dsi_fd_write((int)(intptr_t)context, data, n, err);
}

struct dsi_sink dsi_sink_to_fd(int fd)
{
    return (struct dsi_sink){.write = to_fd, .context = (void *)(intptr_t)fd};
}

static enum dsi_status to_atomic(void *context, const void *data, size_t n,
                                 struct dsi_error *err)
{
    return dsi_atomic_write(context, data, n, err);
}

struct dsi_sink dsi_sink_to_atomic(struct dsi_atomic_file *file)
{
    return (struct dsi_sink){.write = to_atomic, .context = file};
}

enum dsi_status dsi_fd_write(int fd, const void *data, size_t n, struct dsi_error *err)
{
    const char *at = data;
    while (n) {
        ssize_t written = write(fd, at, n);
        if (written >= 0) {
            at += written;
            n -= (size_t)written;
        } else if (errno == EPIPE) {
            return dsi_fail(err, DSI_ERR_PIPE, "%s", strerror(errno));
        } else if (errno != EINTR) {
            return dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
        }
    }
    return DSI_OK;
}

/* --- the buffered end that writers print to --------------------------------------- */

enum dsi_status dsi_out_init(struct dsi_out *out, struct dsi_sink sink,
                             struct dsi_error *err)
{
    *out = (struct dsi_out){.sink = sink, .err = err};
    out->buffer = dsi_alloc_array(DSI_OUT_SIZE, 1);
    if (!out->buffer)
        return dsi_fail_memory(err, DSI_OUT_SIZE);
    return DSI_OK;
}

static void flush(struct dsi_out *out)
{
    if (out->status == DSI_OK && out->n)
        out->status = out->sink.write(out->sink.context, out->buffer, out->n, out->err);
    out->n = 0;
}

void dsi_out_put(struct dsi_out *out, const void *data, size_t n)
{
    const char *at = data;
    while (n) {
        size_t room = DSI_OUT_SIZE - out->n;
        size_t part = n < room ? n : room;
        memcpy(out->buffer + out->n, at, part);
        out->n += part;
        at += part;
        n -= part;
        if (out->n == DSI_OUT_SIZE)
            flush(out);
    }
}

void dsi_out_text(struct dsi_out *out, const char *text)
{
    dsi_out_put(out, text, strlen(text));
}

void dsi_out_char(struct dsi_out *out, char c)
{
    dsi_out_put(out, &c, 1);
}

void dsi_out_repeat(struct dsi_out *out, char c, size_t n)
{
    char run[64];
    memset(run, c, sizeof run);
    for (; n > sizeof run; n -= sizeof run)
        dsi_out_put(out, run, sizeof run);
    dsi_out_put(out, run, n);
}

const struct dsi_bytes *dsi_out_escape(struct dsi_out *out, const char *text, size_t n)
{
    out->field.n = 0;
    if (out->status == DSI_OK)
        out->status = dsi_escape_text(&out->field, text, n, out->err);
    return &out->field;
}

enum dsi_status dsi_out_finish(struct dsi_out *out)
{
    flush(out);
    dsi_bytes_free(&out->field);
    free(out->buffer);
    return out->status;
}
