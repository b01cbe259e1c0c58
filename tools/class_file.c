/* The file of --classes: a name a line, as it stands there, blanks included. Dropped
 * are a byte order mark at the start, the CR of a CRLF, and lines that are empty then.
 */
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

static char *skip_mark(const struct dsi_bytes *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t n = sizeof mark - 1;
    return (char *)text->data + (text->n >= n && !memcmp(text->data, mark, n) ? n : 0);
}

static size_t count_lines(const struct dsi_bytes *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++)
        n += text->data[i] == '\n';
    return n + 1;
}

/* Ends the n bytes of a line before its CR. A NUL would end the name for everybody who
 * reads it later, and tells of a file that is no text, or UTF-16. */
static enum dsi_status end_name(char *line, size_t n, size_t number,
                                struct dsi_error *err)
{
    if (memchr(line, '\0', n))
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "line %zu holds a NUL byte; names are UTF-8 text", number);
    line[n && line[n - 1] == '\r' ? n - 1 : n] = '\0';
    return DSI_OK;
}

/* A name and where it stands, counted from 1. */
struct place {
    const char *name;
    size_t line;
};

/* Makes names and places of the lines; room for as many as there are. */
static enum dsi_status split_lines(struct dsi_class_file *file, struct place *places,
                                   struct dsi_error *err)
{
    char *line = skip_mark(&file->text), *end = (char *)file->text.data + file->text.n;
    for (size_t number = 1; line < end; number++) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end; /* where the NUL after the text stands */
        DSI_TRY(end_name(line, (size_t)(stop - line), number, err));
        if (*line) {
            places[file->n] = (struct place){line, number};
            file->names[file->n++] = line;
        }
        line = stop + 1;
    }
    return file->n ? DSI_OK : dsi_fail(err, DSI_ERR_MALFORMED, "holds no class name");
}

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    int order = strcmp(p->name, q->name);
    return order ? order : (p->line > q->line) - (p->line < q->line);
}

/* Tells of the first line that repeats another; orders the places by name. */
static enum dsi_status refuse_twins(struct place *places, size_t n,
                                    struct dsi_error *err)
{
    const struct place *first = NULL;
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 1; i < n; i++)
        if (strcmp(places[i - 1].name, places[i].name) == 0 &&
            (!first || places[i].line < first[1].line))
            first = &places[i - 1];
    if (!first)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_MALFORMED,
                    "lines %zu and %zu name the same class '%s'", first[0].line,
                    first[1].line, first[0].name);
}

enum dsi_status dsi_class_file_read(struct dsi_class_file *file, const char *path,
                                    struct dsi_error *err)
{
    struct place *places = NULL;
    *file = (struct dsi_class_file){0};
    enum dsi_status status = read_text(&file->text, path, err);
    if (status != DSI_OK)
        goto out;
    size_t n = count_lines(&file->text);
    file->names = dsi_alloc_array(n, sizeof *file->names);
    places = dsi_alloc_array(n, sizeof *places);
    if (!file->names || !places) {
        status = dsi_fail_memory(err, n * (sizeof *file->names + sizeof *places));
        goto out;
    }
    status = split_lines(file, places, err);
    if (status == DSI_OK)
        status = refuse_twins(places, file->n, err);
out:
    free(places);
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
