#include "find_array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SHOWN = 60 }; /* bytes of one name in a message */

void dsi_array_list_free(struct dsi_array_list *list)
{
    free(list->at);
    *list = (struct dsi_array_list){0};
}

static const char *without_slashes(const char *name)
{
    return name + strspn(name, "/");
}

/* --- names for messages
 * ----------------------------------------------------------------- */

static const char *name_of(const struct dsi_file *file, size_t array)
{
    return file->arrays[array].name ? file->arrays[array].name : "";
}

const char *dsi_array_names(const struct dsi_file *file,
                            const struct dsi_array_list *list, char *text, size_t size)
{
    enum { TAIL = 48 }; /* room for how many there are */
    size_t n = 0, i = 0;
    text[0] = '\0';
    for (; i < list->n && n + MAX_SHOWN + TAIL < size; i++) {
        int wrote = snprintf(text + n, size - n, "%s%.*s", i ? ", " : "", MAX_SHOWN,
                             name_of(file, list->at[i]));
        n += (size_t)wrote;
    }
    if (i < list->n)
        snprintf(text + n, size - n, ", ... (%zu in all)", list->n);
    return text;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Whether a and b differ in one character at most: changed, added, left out, or swapped
 * with its neighbour. */
static bool is_misspelt(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b), at = 0;
    if (n_a > n_b)
        return is_misspelt(b, a);
    while (at < n_a && a[at] == b[at])
        at++;
    if (n_b == n_a)
        return strcmp(a + at + (at < n_a), b + at + (at < n_a)) == 0 ||
               (n_a - at >= 2 && a[at] == b[at + 1] && a[at + 1] == b[at] &&
                strcmp(a + at + 2, b + at + 2) == 0);
    return n_b == n_a + 1 && strcmp(a + at, b + at + 1) == 0;
}

/* The array that may have been meant: of that name in another case, elsewhere, or with
 * one letter wrong. NULL: none. */
static const char *find_like(const struct dsi_file *file, const char *selector)
{
    const char *wanted = without_slashes(selector);
    for (int how = 0; how < 3 && *wanted; how++)
        for (size_t i = 0; i < file->n_arrays; i++) {
            const char *name = without_slashes(name_of(file, i));
            if ((how == 0 && strcasecmp(name, wanted) == 0) ||
                (how == 1 && strcasecmp(last_part(name), last_part(wanted)) == 0) ||
                (how == 2 && *name && is_misspelt(name, wanted)))
                return name_of(file, i);
        }
    return NULL;
}

static enum dsi_status fail_unknown(const struct dsi_file *file, const char *selector,
                                    struct dsi_error *err)
{
    char names[400];
    struct dsi_array_list all = {0};
    if (file->n_arrays == 0)
        return dsi_fail(err, DSI_ERR_USAGE, "has no '%s': it holds no arrays",
                        selector);
    if (file->n_arrays == 1 && !file->arrays[0].name)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "holds one array without a name: no ':%s' in it", selector);
    DSI_TRY(dsi_array_list_find(&all, file, NULL, err));
    if (!*selector) {
        enum dsi_status asked =
            dsi_fail(err, DSI_ERR_USAGE, "no name follows the colon; it has: %s",
                     dsi_array_names(file, &all, names, sizeof names));
        dsi_array_list_free(&all);
        return asked;
    }
    const char *like = find_like(file, selector);
    enum dsi_status status =
        dsi_fail(err, DSI_ERR_USAGE, "has no '%s'%s%.*s%s; it has: %s", selector,
                 like ? " (did you mean " : "", MAX_SHOWN, like ? like : "",
                 like ? "?)" : "", dsi_array_names(file, &all, names, sizeof names));
    dsi_array_list_free(&all);
    return status;
}

/* --- finding
 * ---------------------------------------------------------------------------- */

static size_t find_named(const struct dsi_file *file, const char *selector)
{
    size_t array = dsi_file_find(file, selector), n = strlen(selector);
    for (size_t i = 0; i < file->n_arrays && array == SIZE_MAX; i++)
        if (file->arrays[i].name && strcmp(without_slashes(file->arrays[i].name),
                                           without_slashes(selector)) == 0)
            array = i;
    if (array != SIZE_MAX || strcmp(file->format->name, "npz") != 0 || n <= 4 ||
        strcmp(selector + n - 4, ".npy") != 0)
        return array;
    /* The member's name in the archive, which numpy.load takes for its key, too. */
    for (size_t i = 0; i < file->n_arrays && array == SIZE_MAX; i++)
        if (strlen(name_of(file, i)) == n - 4 &&
            strncmp(name_of(file, i), selector, n - 4) == 0)
            array = i;
    return array;
}

bool dsi_array_is_below(const char *name, const char *group)
{
    if (!name)
        return false;
    name = without_slashes(name);
    group = without_slashes(group);
    size_t n = strlen(group);
    while (n && group[n - 1] == '/')
        n--;
    return n == 0 ||
           (strncmp(name, group, n) == 0 && (name[n] == '/' || name[n] == '.'));
}

/* Whether an attribute is one of the object itself, rather than of what is below. */
static bool is_attribute_of(const struct dsi_array *array, const char *object)
{
    if (!array->attribute)
        return false;
    const char *name = without_slashes(array->name);
    object = without_slashes(object);
    size_t n = strlen(object);
    while (n && object[n - 1] == '/')
        n--;
    return array->attribute == name + n + 1 && strncmp(name, object, n) == 0;
}

/* A column may also be called by its number, from 0. */
static size_t find_by_number(const struct dsi_file *file, const char *selector)
{
    char *end;
    unsigned long long n = strtoull(selector, &end, 10);
    if (selector[0] < '0' || selector[0] > '9' || *end || n >= file->n_arrays)
        return SIZE_MAX;
    return (size_t)n;
}

static void take_one(struct dsi_array_list *list, size_t array)
{
    if (array != SIZE_MAX)
        list->at[list->n++] = array;
}

static void take_group(struct dsi_array_list *list, const struct dsi_file *file,
                       const char *group)
{
    for (size_t i = 0; i < file->n_arrays; i++)
        if (!group || dsi_array_is_below(file->arrays[i].name, group) ||
            is_attribute_of(&file->arrays[i], group))
            list->at[list->n++] = i;
    list->is_group = list->n > 0;
}

/* Those of the one array that was taken. */
static void take_attributes(struct dsi_array_list *list, const struct dsi_file *file)
{
    const size_t one = list->at[0];
    list->n = 0;
    for (size_t i = 0; i < file->n_arrays; i++)
        if (i == one || is_attribute_of(&file->arrays[i], name_of(file, one)))
            list->at[list->n++] = i;
}

enum dsi_status dsi_array_list_find(struct dsi_array_list *list,
                                    const struct dsi_file *file, const char *selector,
                                    struct dsi_error *err)
{
    *list = (struct dsi_array_list){
        .at = dsi_alloc_array(file->n_arrays, sizeof *list->at)};
    if (!list->at)
        return dsi_fail_memory(err, file->n_arrays * sizeof *list->at);
    if (!selector) {
        take_group(list, file, NULL);
        return DSI_OK;
    }
    take_one(list, find_named(file, selector));
    if (list->n == 0 && *selector && !file->format->has_no_signature)
        take_group(list, file, selector);
    if (list->n == 0)
        take_one(list, find_by_number(file, selector));
    if (list->n == 1 && file->options.attributes)
        take_attributes(list, file);
    if (list->n)
        return DSI_OK;
    dsi_array_list_free(list);
    return fail_unknown(file, selector, err);
}
