#include "scan_tool.h"

#include "source.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 256 << 20 };

static enum dsi_status read_text(struct dsi_bytes *text, const char *path,
                                 struct dsi_error *err)
{
    struct dsi_source source;
    DSI_TRY(dsi_source_open(&source, path, err));
    enum dsi_status status = DSI_OK;
    if (source.n_bytes > MAX_BYTES)
        status = dsi_fail(err, DSI_ERR_LIMIT, "too large for a list of class names");
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

static size_t count_lines(const struct dsi_bytes *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++)
        n += text->data[i] == '\n';
    return n + 1;
}

static enum dsi_status add_name(struct dsi_class_file *file, const char *name,
                                struct dsi_error *err)
{
    for (size_t i = 0; i < file->n && file->n < 10000; i++)
        if (strcmp(file->names[i], name) == 0)
            return dsi_fail(err, DSI_ERR_MALFORMED, "the class '%s' stands there twice",
                            name);
    file->names[file->n++] = name;
    return DSI_OK;
}

static enum dsi_status split_lines(struct dsi_class_file *file, struct dsi_error *err)
{
    char *line = (char *)file->text.data;
    while (line && *line) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r')
            line[n - 1] = '\0';
        if (*line)
            DSI_TRY(add_name(file, line, err));
        line = end ? end + 1 : NULL;
    }
    return file->n ? DSI_OK : dsi_fail(err, DSI_ERR_MALFORMED, "holds no class name");
}

enum dsi_status dsi_class_file_read(struct dsi_class_file *file, const char *path,
                                    struct dsi_error *err)
{
    *file = (struct dsi_class_file){0};
    enum dsi_status status = read_text(&file->text, path, err);
    if (status == DSI_OK) {
        size_t n = count_lines(&file->text);
        file->names = dsi_alloc_array(n, sizeof *file->names);
        status = file->names ? split_lines(file, err) : dsi_fail_memory(err, n);
    }
    if (status != DSI_OK)
        dsi_class_file_free(file);
    return status;
}

void dsi_class_file_free(struct dsi_class_file *file)
{
    free(file->names);
    dsi_bytes_free(&file->text);
    *file = (struct dsi_class_file){0};
}
