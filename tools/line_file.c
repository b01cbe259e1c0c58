#include "line_file.h"

#include "source.h"

#include <string.h>

enum { MAX_BYTES = 256 << 20 };

static enum dsi_status read_text(struct dsi_bytes *text, const char *path,
                                 const char *what, struct dsi_error *err)
{
    struct dsi_source source;
    DSI_TRY(dsi_source_open(&source, path, err));
    enum dsi_status status = DSI_OK;
    if (source.n_bytes > MAX_BYTES)
        status = dsi_fail(err, DSI_ERR_LIMIT, "too large for a list of %s", what);
    if (status == DSI_OK)
        status = dsi_bytes_reserve(text, (size_t)source.n_bytes + 1, err);
    if (status == DSI_OK)
        status = dsi_source_read(&source, 0, text->data, (size_t)source.n_bytes,
                                 &text->n, err);
    if (status == DSI_OK)
        text->data[text->n] = '\0';
    dsi_source_close(&source);
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
