#include "diff_files.h"

#include <stdlib.h>
#include <string.h>

static enum dsi_status add_line(struct dsi_map_file *map, const char *path, char *line,
                                struct dsi_error *err)
{
    const size_t number = map->file.number;
    char *tab = strchr(line, '\t');
    if (!tab)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "%s:%zu: no tab between a name of A and one of B", path,
                        number);
    if (strchr(tab + 1, '\t'))
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s:%zu: more than two names", path,
                        number);
    if (tab == line || !tab[1])
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s:%zu: the name of %s is missing",
                        path, number, tab == line ? "A" : "B");
    *tab = '\0';
    map->lines[map->map.n] = number;
    map->map.names[map->map.n++] = (struct dsi_mapped_name){.a = line, .b = tab + 1};
    return DSI_OK;
}

static enum dsi_status add_lines(struct dsi_map_file *map, const char *path,
                                 struct dsi_error *err)
{
    struct dsi_error reason;
    char *line;
    for (;;) {
        const enum dsi_status status = dsi_line_file_next(&map->file, &line, &reason);
        if (status != DSI_OK)
            return dsi_fail(err, status, "%s: %s", path, reason.message);
        if (!line)
            return DSI_OK;
        if (*line && *line != '#')
            DSI_TRY(add_line(map, path, line, err));
    }
}

/* --- names that stand twice ------------------------------------------------------- */

struct place {
    const char *name;
    size_t line;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    const int order = strcmp(p->name, q->name);
    return order ? order : (p->line > q->line) - (p->line < q->line);
}

static enum dsi_status refuse_twins(const struct dsi_map_file *map, const char *path,
                                    bool is_b, struct dsi_error *err)
{
    const size_t n = map->map.n;
    const struct place *first = NULL;
    struct place *places = dsi_alloc_array(n + 1, sizeof *places);
    enum dsi_status status = DSI_OK;
    if (!places)
        return dsi_fail_memory(err, n * sizeof *places);
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){is_b ? map->map.names[i].b : map->map.names[i].a,
                                   map->lines[i]};
    if (n)
        qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 1; i < n; i++)
        if (strcmp(places[i - 1].name, places[i].name) == 0 &&
            (!first || places[i].line < first[1].line))
            first = &places[i - 1];
    if (first)
        status =
            dsi_fail(err, DSI_ERR_MALFORMED,
                     "%s:%zu: '%s' of %s is named a second time, after line %zu", path,
                     first[1].line, first[1].name, is_b ? "B" : "A", first[0].line);
    free(places);
    return status;
}

enum dsi_status dsi_map_file_read(struct dsi_map_file *map, const char *path,
                                  struct dsi_error *err)
{
    struct dsi_error reason;
    *map = (struct dsi_map_file){0};
    const enum dsi_status status =
        dsi_line_file_open(&map->file, path, "names", &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "--map=%s: %s", path, reason.message);
    const size_t n = map->file.n_lines;
    map->map.names = dsi_alloc_array(n, sizeof *map->map.names);
    map->lines = dsi_alloc_array(n, sizeof *map->lines);
    if (!map->map.names || !map->lines)
        return dsi_fail_memory(err, n * sizeof *map->map.names);
    DSI_TRY(add_lines(map, path, err));
    DSI_TRY(refuse_twins(map, path, false, err));
    return refuse_twins(map, path, true, err);
}

void dsi_map_file_free(struct dsi_map_file *map)
{
    free(map->map.names);
    free(map->lines);
    dsi_line_file_free(&map->file);
}
