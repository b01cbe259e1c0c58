#include "side.h"

#include "address.h"
#include "find_array.h"
#include "walk.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct listing {
    struct dsi_side *side;
    const struct dsi_dataset_options *options;
    struct dsi_report *report;
    size_t n_root; /* bytes of a folder's path before the names in it */
};

static void free_array(struct dsi_side_array *array)
{
    free(array->name);
    free(array->key);
    free(array->path);
    free(array->array);
    free(array->reason);
}

void dsi_side_free(struct dsi_side *side)
{
    for (size_t i = 0; i < side->n; i++)
        free_array(&side->arrays[i]);
    free(side->arrays);
    dsi_opened_close(&side->opened);
    *side = (struct dsi_side){0};
}

/* --- names ------------------------------------------------------------------------ */

/* Without a suffix that a format claims. */
static size_t without_suffix(const char *name, size_t n)
{
    size_t dot = n;
    while (dot > 0 && name[dot - 1] != '.' && name[dot - 1] != '/')
        dot--;
    if (dot < 2 || name[dot - 1] != '.' || name[dot - 2] == '/' ||
        !dsi_format_of_suffix(name))
        return n;
    return dot - 1;
}

/* "PATH:NAME", of which either may be missing. */
static char *join(const char *path, size_t n_path, char between, const char *name)
{
    const size_t n_name = name ? strlen(name) : 0, n_between = n_path && n_name;
    char *text = dsi_alloc_array(n_path + n_between + n_name + 1, 1);
    if (!text)
        return NULL;
    memcpy(text, path, n_path);
    if (n_between)
        text[n_path] = between;
    if (n_name)
        memcpy(text + n_path + n_between, name, n_name);
    text[n_path + n_between + n_name] = '\0';
    return text;
}

static bool is_excluded(const struct listing *l, const char *name)
{
    const char *array = name ? name + strspn(name, "/") : "";
    for (size_t i = 0; name && i < l->options->n_exclude; i++)
        if (fnmatch(l->options->exclude[i], name, 0) == 0 ||
            fnmatch(l->options->exclude[i], array, 0) == 0)
            return true;
    return false;
}

/* --- adding ----------------------------------------------------------------------- */

/* path is below the root, "" for the input itself; file is the path to open. */
static enum dsi_status add(const struct listing *l, const char *file, const char *array,
                           const struct dsi_error *reason, struct dsi_error *err)
{
    struct dsi_side *side = l->side;
    const char *below = l->n_root ? file + l->n_root : "";
    const char *bare = array ? array + strspn(array, "/") : NULL;
    struct dsi_side_array added = {.status = reason ? reason->status : DSI_OK};
    if (is_excluded(l, array))
        return DSI_OK;
    added.name = join(below, strlen(below), ':', l->n_root ? bare : array);
    added.key = join(below, without_suffix(below, strlen(below)), '/', bare);
    added.path = dsi_text_copy(file, strlen(file));
    added.array = array ? dsi_text_copy(array, strlen(array)) : NULL;
    added.reason =
        reason ? dsi_text_copy(reason->message, strlen(reason->message)) : NULL;
    struct dsi_side_array *arrays =
        dsi_grow_array(side->arrays, side->n, &side->capacity, sizeof *arrays);
    if (arrays)
        side->arrays = arrays;
    if (!arrays || !added.name || !added.key || !added.path ||
        (array && !added.array) || (reason && !added.reason)) {
        free_array(&added);
        return dsi_fail_memory(err, strlen(file));
    }
    arrays[side->n++] = added;
    return DSI_OK;
}

/* What leaves an object out does so with its attributes. */
static enum dsi_status find_excluded(const struct listing *l,
                                     const struct dsi_array *array, bool *is,
                                     struct dsi_error *err)
{
    *is = false;
    if (!array->attribute)
        return DSI_OK;
    const size_t n = (size_t)(array->attribute - array->name) - 1;
    char *object = dsi_text_copy(array->name, n);
    if (!object)
        return dsi_fail_memory(err, n);
    *is = is_excluded(l, object);
    free(object);
    return DSI_OK;
}

static enum dsi_status add_array(const struct listing *l, const char *path,
                                 const struct dsi_array *array, struct dsi_error *err)
{
    const size_t n = l->side->n;
    bool is_out;
    DSI_TRY(find_excluded(l, array, &is_out, err));
    if (is_out)
        return DSI_OK;
    DSI_TRY(add(l, path, array->name, NULL, err));
    if (l->side->n > n && array->attribute) {
        struct dsi_side_array *added = &l->side->arrays[n];
        added->attribute = added->name + strlen(added->name) - strlen(array->attribute);
    }
    return DSI_OK;
}

/* The arrays of an open file that the selector names. */
static enum dsi_status add_arrays(const struct listing *l, const char *path,
                                  const struct dsi_file *file, const char *selector,
                                  struct dsi_error *err)
{
    struct dsi_array_list list = {0};
    enum dsi_status status = dsi_array_list_find(&list, file, selector, err);
    for (size_t i = 0; status == DSI_OK && i < list.n; i++)
        status = add_array(l, path, &file->arrays[list.at[i]], err);
    dsi_array_list_free(&list);
    return status;
}

/* Leaves the file open. */
static enum dsi_status open_and_add(const struct listing *l, struct dsi_opened *opened,
                                    const char *path, const char *selector,
                                    struct dsi_error *err)
{
    DSI_TRY(dsi_opened_open_file(opened, path, &l->options->open, err));
    return add_arrays(l, path, dsi_opened_file(opened), selector, err);
}

/* A file of a folder. Most hold one array, and are opened when they are compared. */
static enum dsi_status add_file(const struct listing *l, const char *path,
                                struct dsi_error *err)
{
    const struct dsi_format *format = dsi_format_of_suffix(path);
    struct dsi_error reason;
    if (format && (format->is_image || strcmp(format->name, "npy") == 0))
        return add(l, path, NULL, NULL, err);
    struct dsi_opened opened = {0};
    const enum dsi_status status = open_and_add(l, &opened, path, NULL, &reason);
    dsi_opened_close(&opened);
    if (status == DSI_OK)
        return DSI_OK;
    if (status == DSI_ERR_MEMORY) {
        *err = reason;
        return status;
    }
    return add(l, path, NULL, &reason, err);
}

static enum dsi_status add_names(const struct listing *l, const struct dsi_walk *walk,
                                 size_t folder, const struct dsi_walk_names *names,
                                 uint64_t first, uint64_t n, struct dsi_error *err)
{
    struct dsi_bytes path = {0};
    enum dsi_status status = DSI_OK;
    for (uint64_t i = 0; i < n && status == DSI_OK; i++) {
        status =
            dsi_walk_path(walk, folder, dsi_walk_name(names, first + i), &path, err);
        if (status == DSI_OK)
            status = add_file(l, (const char *)path.data, err);
    }
    dsi_bytes_free(&path);
    return status;
}

static enum dsi_status find_unread(const struct listing *l, const struct dsi_walk *walk,
                                   struct dsi_error *err)
{
    char text[200];
    if (walk->unread.n_pictures + walk->unread.n_files == 0)
        return DSI_OK;
    dsi_unread_describe(&walk->unread, text, sizeof text);
    char detail[256];
    snprintf(detail, sizeof detail, "not compared: %s", text);
    const struct dsi_finding finding = {.rule = "unsupported",
                                        .severity = DSI_WARNING,
                                        .source = l->side->input,
                                        .index = UINT64_MAX,
                                        .where = l->side->input,
                                        .detail = detail};
    return dsi_report_finding(l->report, &finding, err);
}

static enum dsi_status add_folder(struct listing *l, const char *root,
                                  struct dsi_error *err)
{
    struct dsi_walk walk;
    DSI_TRY(dsi_walk(&walk, root, l->options, true, l->report, err));
    enum dsi_status status = DSI_OK;
    l->n_root = strlen(walk.root) + (walk.root[strlen(walk.root) - 1] != '/');
    l->side->is_folder = true;
    for (size_t i = 0; i < walk.n_folders && status == DSI_OK; i++) {
        const struct dsi_walk_folder *folder = &walk.folders[i];
        status = add_names(l, &walk, i, &walk.images, folder->first_image,
                           folder->n_images, err);
        if (status == DSI_OK)
            status = add_names(l, &walk, i, &walk.arrays, folder->first_array,
                               folder->n_arrays, err);
    }
    if (status == DSI_OK)
        status = find_unread(l, &walk, err);
    dsi_walk_free(&walk);
    return status;
}

static bool names_folder(const struct dsi_address *address)
{
    struct stat st;
    return !address->selector && stat(address->path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum dsi_status dsi_side_check(const char *input, struct dsi_error *err)
{
    struct dsi_address address;
    struct dsi_source source;
    DSI_TRY(dsi_address_parse(&address, input, err));
    enum dsi_status status = DSI_OK;
    if (!names_folder(&address)) {
        status = dsi_source_open(&source, address.path, err);
        if (status == DSI_OK)
            dsi_source_close(&source);
    }
    dsi_address_free(&address);
    return status;
}

void dsi_sort_if_needed(void *items, size_t n, size_t item_size,
                        int (*compare)(const void *, const void *))
{
    const char *at = items;
    for (size_t i = 1; i < n; i++, at += item_size)
        if (compare(at, at + item_size) > 0) {
            qsort(items, n, item_size, compare);
            return;
        }
}

static int compare_names(const void *a, const void *b)
{
    const struct dsi_side_array *x = a, *y = b;
    return strcmp(x->name, y->name);
}

enum dsi_status dsi_side_list(struct dsi_side *side, const char *input,
                              const struct dsi_dataset_options *options,
                              struct dsi_report *report, struct dsi_error *err)
{
    struct listing l = {.side = side, .options = options, .report = report};
    struct dsi_address address;
    *side = (struct dsi_side){.input = input};
    DSI_TRY(dsi_address_parse(&address, input, err));
    enum dsi_status status =
        names_folder(&address)
            ? add_folder(&l, address.path, err)
            : open_and_add(&l, &side->opened, address.path, address.selector, err);
    dsi_address_free(&address);
    if (status == DSI_OK)
        dsi_sort_if_needed(side->arrays, side->n, sizeof *side->arrays, compare_names);
    return status;
}
