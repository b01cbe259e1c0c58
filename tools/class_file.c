/* The file of --classes: a name a line, as it stands there, blanks included. Dropped
 * are a byte order mark at the start, the CR of a CRLF, and lines that are empty then.
 */
#include "scan_tool.h"

#include "line_file.h"

#include <stdlib.h>
#include <string.h>

/* A name and where it stands, counted from 1. */
struct place {
    const char *name;
    size_t line;
};

/* Makes names and places of the lines; room for as many as there are. */
static enum dsi_status split_lines(struct dsi_class_file *file,
                                   struct dsi_line_file *lines, struct place *places,
                                   struct dsi_error *err)
{
    char *line;
    for (;;) {
        DSI_TRY(dsi_line_file_next(lines, &line, err));
        if (!line)
            break;
        if (*line) {
            places[file->n] = (struct place){line, lines->number};
            file->names[file->n++] = line;
        }
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
    struct dsi_line_file lines;
    *file = (struct dsi_class_file){0};
    enum dsi_status status = dsi_line_file_open(&lines, path, "class names", err);
    file->text = lines.text; /* where the names lie */
    if (status != DSI_OK)
        goto out;
    const size_t n = lines.n_lines;
    file->names = dsi_alloc_array(n, sizeof *file->names);
    places = dsi_alloc_array(n, sizeof *places);
    if (!file->names || !places) {
        status = dsi_fail_memory(err, n * (sizeof *file->names + sizeof *places));
        goto out;
    }
    status = split_lines(file, &lines, places, err);
    if (status == DSI_OK)
        status = refuse_twins(places, file->n, err);
out:
    free(places);
    if (status != DSI_OK)
        dsi_class_file_free(file);
    return status;
}

enum dsi_status dsi_class_file_open(struct dsi_class_file *file, const char *path,
                                    struct dsi_error *err)
{
    struct dsi_error reason;
    *file = (struct dsi_class_file){0};
    enum dsi_status status = path ? dsi_class_file_read(file, path, &reason) : DSI_OK;
    if (status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, status, "--classes=%s: %s", path, reason.message);
}

void dsi_class_file_free(struct dsi_class_file *file)
{
    free(file->names);
    dsi_bytes_free(&file->text);
    *file = (struct dsi_class_file){0};
}
