#include "manifest.h"

#include "address.h"
#include "choose_labels.h"
#include "rows_layout.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- paths ---------------------------------------------------------------------------
 */

/* Pieces are copied down over the path one by one; ".." takes the last one back, unless
 * that is ".." itself or there is none. */
void dsi_path_make_plain(char *path)
{
    const bool is_absolute = path[0] == '/';
    char *const start = path + is_absolute, *to = start;
    for (const char *from = start; *from;) {
        const size_t n = strcspn(from, "/");
        char *last = to;
        while (last > start && last[-1] != '/')
            last--;
        const bool goes_up = n == 2 && memcmp(from, "..", 2) == 0;
        const bool can_go_up =
            to > start && !(to - last == 2 && last[0] == '.' && last[1] == '.');
        if (goes_up && can_go_up) {
            to = last > start ? last - 1 : start;
        } else if (n && !(n == 1 && *from == '.') && !(goes_up && is_absolute)) {
            if (to > start)
                *to++ = '/';
            memmove(to, from, n);
            to += n;
        }
        from += n + (from[n] == '/');
    }
    *to = '\0';
}

/* --- columns -------------------------------------------------------------------------
 */

static const char *const path_names[] = {"path",     "file_path", "filepath",   "file",
                                         "filename", "file_name", "image_path", "image",
                                         "images",   "img_path",  "img",        NULL};

static size_t find_paths(const struct dsi_file *file)
{
    for (const char *const *name = path_names; *name; name++)
        for (size_t i = 0; i < file->n_arrays; i++)
            if (file->arrays[i].name && strcasecmp(file->arrays[i].name, *name) == 0)
                return i;
    return SIZE_MAX;
}

/* SIZE_MAX where names do not tell. */
static size_t find_labels(const struct dsi_file *file)
{
    struct dsi_array_list all = {0};
    struct dsi_label_choice choice;
    struct dsi_error ignored;
    size_t found = SIZE_MAX;
    if (dsi_array_list_find(&all, file, NULL, &ignored) == DSI_OK &&
        dsi_labels_choose(&choice, file, &all, &ignored) == DSI_OK && choice.n == 1)
        found = choice.arrays[0].array;
    dsi_array_list_free(&all);
    return found;
}

bool dsi_file_is_manifest(const struct dsi_file *file)
{
    if (!dsi_file_is_table(file) || !dsi_file_has_header(file))
        return false;
    const size_t paths = find_paths(file), labels = find_labels(file);
    return paths != SIZE_MAX && labels != SIZE_MAX && labels != paths;
}

/* --- rows ----------------------------------------------------------------------------
 */

/* Appends n values of a column to the text, each behind prefix, and where they stand.
 */
static enum dsi_status take_values(struct dsi_manifest *manifest,
                                   const struct dsi_string *values, uint64_t n,
                                   const char *root, uint64_t *at,
                                   struct dsi_error *err)
{
    struct dsi_bytes *text = &manifest->text;
    for (uint64_t i = 0; i < n; i++) {
        const bool is_below = root && *root && values[i].n && values[i].text[0] != '/';
        at[i] = text->n;
        if (is_below) {
            DSI_TRY(dsi_bytes_append(text, root, strlen(root), err));
            DSI_TRY(dsi_bytes_append(text, "/", 1, err));
        }
        DSI_TRY(dsi_bytes_append(text, values[i].text, values[i].n, err));
        DSI_TRY(dsi_bytes_append(text, "", 1, err));
        if (root)
            dsi_path_make_plain((char *)text->data + at[i]);
    }
    return DSI_OK;
}

/* A column of strings; root NULL: they are no paths. */
static enum dsi_status read_column(struct dsi_manifest *manifest,
                                   struct dsi_open_file *file, size_t array,
                                   const char *root, uint64_t **at,
                                   struct dsi_error *err)
{
    const struct dsi_array *column = &file->file.arrays[array];
    struct dsi_rows rows = {0};
    enum dsi_status status = DSI_OK;
    if (column->dtype.kind != DSI_STRING)
        return DSI_OK;
    *at = dsi_alloc_array(manifest->n, sizeof **at);
    if (!*at)
        return dsi_fail_memory(err, manifest->n * sizeof **at);
    const uint64_t per_read = dsi_rows_grid_of(column).n_per_block;
    for (uint64_t i = 0; i < manifest->n && status == DSI_OK; i += per_read) {
        const uint64_t n = manifest->n - i < per_read ? manifest->n - i : per_read;
        status = dsi_file_read(&file->file, array, i, n, &rows, err);
        if (status == DSI_OK)
            status = take_values(manifest, (const void *)rows.values.data, n, root,
                                 *at + i, err);
    }
    dsi_rows_free(&rows);
    return status;
}

/* The folder of a table's path, "" for the current one. The caller frees it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return dsi_text_copy(path, slash ? (size_t)(slash - path) + (slash == path) : 0);
}

static enum dsi_status read_columns(struct dsi_manifest *manifest,
                                    struct dsi_open_file *file, size_t paths,
                                    const char *root, struct dsi_error *err)
{
    const size_t labels = find_labels(&file->file),
                 splits = dsi_splits_choose(&file->file);
    manifest->n = dsi_array_n_rows(&file->file.arrays[paths]) -
                  file->file.arrays[paths].n_rows_missing;
    DSI_TRY(read_column(manifest, file, paths, root, &manifest->paths, err));
    if (!manifest->paths)
        manifest->n = 0;
    if (labels != SIZE_MAX && labels != paths)
        DSI_TRY(read_column(manifest, file, labels, NULL, &manifest->labels, err));
    if (splits != SIZE_MAX && splits != paths)
        DSI_TRY(read_column(manifest, file, splits, NULL, &manifest->splits, err));
    return DSI_OK;
}

enum dsi_status dsi_manifest_read(struct dsi_manifest *manifest,
                                  struct dsi_open_file *file, const char *root,
                                  struct dsi_error *err)
{
    const size_t paths = find_paths(&file->file);
    struct dsi_address address;
    *manifest = (struct dsi_manifest){.source = file->name};
    if (paths == SIZE_MAX || !dsi_file_has_header(&file->file))
        return DSI_OK;
    DSI_TRY(dsi_address_parse(&address, file->name, err));
    char *folder = root ? dsi_text_copy(root, strlen(root)) : folder_of(address.path);
    enum dsi_status status = folder ? read_columns(manifest, file, paths, folder, err)
                                    : dsi_fail_memory(err, strlen(address.path));
    free(folder);
    dsi_address_free(&address);
    return status;
}

void dsi_manifest_free(struct dsi_manifest *manifest)
{
    free(manifest->paths);
    free(manifest->labels);
    free(manifest->splits);
    dsi_bytes_free(&manifest->text);
}
