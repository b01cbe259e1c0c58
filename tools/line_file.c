#include "line_file.h"

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BYTES = 256 << 20 };

static enum dsi_status refuse_size(const char *what, struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_LIMIT, "too large for a list of %s", what);
}

/* To the end, and one byte beyond what it may be. */
static enum dsi_status read_source(struct dsi_source *source, struct dsi_bytes *text,
                                   const char *what, struct dsi_error *err)
{
    enum { AT_ONCE = 1 << 16 };
    size_t got = AT_ONCE;
    if (source->n_bytes != UINT64_MAX && source->n_bytes > MAX_BYTES)
        return refuse_size(what, err);
    while (got == AT_ONCE) {
        DSI_TRY(dsi_bytes_reserve(text, AT_ONCE + 1, err));
        DSI_TRY(
            dsi_source_read(source, text->n, text->data + text->n, AT_ONCE, &got, err));
        text->n += got;
        if (text->n > MAX_BYTES)
            return refuse_size(what, err);
    }
    text->data[text->n] = '\0';
    return DSI_OK;
}

/* Waits for a writer where path is a FIFO, as "<(COMMAND)" of a shell is. */
static enum dsi_status read_text(struct dsi_bytes *text, const char *path,
                                 const char *what, struct dsi_error *err)
{
    struct dsi_source source;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    enum dsi_status status = dsi_source_of_fd(&source, fd, err);
    if (status == DSI_OK) {
        status = read_source(&source, text, what, err);
        dsi_source_close(&source);
    }
    close(fd);
    return status;
}

static char *skip_mark(const struct dsi_bytes *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t n = sizeof mark - 1;
    return (char *)text->data + (text->n >= n && !memcmp(text->data, mark, n) ? n : 0);
}

enum dsi_status dsi_line_file_open(struct dsi_line_file *file, const char *path,
                                   const char *what, struct dsi_error *err)
{
    *file = (struct dsi_line_file){.n_lines = 1};
    DSI_TRY(read_text(&file->text, path, what, err));
    file->next = skip_mark(&file->text);
    for (size_t i = 0; i < file->text.n; i++)
        file->n_lines += file->text.data[i] == '\n';
    return DSI_OK;
}

void dsi_line_file_free(struct dsi_line_file *file)
{
    dsi_bytes_free(&file->text);
}

enum dsi_status dsi_line_file_next(struct dsi_line_file *file, char **line,
                                   struct dsi_error *err)
{
    char *end = (char *)file->text.data + file->text.n;
    *line = NULL;
    if (file->next >= end)
        return DSI_OK;
    char *stop = memchr(file->next, '\n', (size_t)(end - file->next));
    if (!stop)
        stop = end; /* where the NUL after the text stands */
    const size_t n = (size_t)(stop - file->next);
    file->number++;
    if (memchr(file->next, '\0', n))
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "line %zu holds a NUL byte; names are UTF-8 text",
                        file->number);
    file->next[n && file->next[n - 1] == '\r' ? n - 1 : n] = '\0';
    *line = file->next;
    file->next = stop + 1;
    return DSI_OK;
}
