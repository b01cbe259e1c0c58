#include "result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum dsi_status refuse_size(uint64_t max_bytes, struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_LIMIT,
                    "more than %llu bytes; --limit-bytes=SIZE allows more",
                    (unsigned long long)max_bytes);
}

static enum dsi_status read_source(struct dsi_source *source, struct dsi_bytes *text,
                                   uint64_t max_bytes, struct dsi_error *err)
{
    enum { AT_ONCE = 1 << 16 };
    size_t got = AT_ONCE;
    if (source->n_bytes != UINT64_MAX && source->n_bytes > max_bytes)
        return refuse_size(max_bytes, err);
    while (got == AT_ONCE) {
        DSI_TRY(dsi_bytes_reserve(text, AT_ONCE, err));
        DSI_TRY(
            dsi_source_read(source, text->n, text->data + text->n, AT_ONCE, &got, err));
        text->n += got;
        if (text->n > max_bytes)
            return refuse_size(max_bytes, err);
    }
    return DSI_OK;
}

/* Waits for a writer where path is a FIFO, as "<(COMMAND)" of a shell is. */
static enum dsi_status read_text(struct dsi_bytes *text, const char *path,
                                 uint64_t max_bytes, struct dsi_error *err)
{
    struct dsi_source source;
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd =
        is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    enum dsi_status status = dsi_source_of_fd(&source, fd, err);
    if (status == DSI_OK) {
        status = read_source(&source, text, max_bytes, err);
        dsi_source_close(&source);
    }
    if (!is_stdin)
        close(fd);
    return status;
}

enum dsi_status dsi_result_file_read(struct dsi_stored *stored, const char *path,
                                     uint64_t max_bytes, struct dsi_error *err)
{
    struct dsi_bytes text = {0};
    *stored = (struct dsi_stored){0};
    enum dsi_status status = read_text(&text, path, max_bytes, err);
    if (status == DSI_OK && text.n == 0)
        status = dsi_fail(err, DSI_ERR_TRUNCATED, "it is empty");
    if (status == DSI_OK)
        status = dsi_stored_read(stored, text.data, text.n, err);
    dsi_bytes_free(&text);
    return status;
}
