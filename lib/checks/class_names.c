#include "balance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "-3", "0", "12": as an integer label's name is written, of any 64-bit type. */
static bool spells_integer(const char *text)
{
    const char *digits = text + (*text == '-');
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || digits[n] || (digits[0] == '0' && (n > 1 || *text == '-')))
        return false;
    errno = 0;
    if (*text == '-')
        (void)strtoll(text, NULL, 10);
    else
        (void)strtoull(text, NULL, 10);
    return errno == 0;
}

static int compare(const void *a, const void *b, void *list)
{
    const char *const *names = list;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = strcmp(names[x], names[y]);
    return order ? order : (x > y) - (x < y);
}

enum dsi_status dsi_class_names_make(struct dsi_class_names *names,
                                     const char *const *list, size_t n,
                                     struct dsi_error *err)
{
    *names = (struct dsi_class_names){.names = list, .n = n, .are_integers = n > 0};
    names->order = dsi_alloc_array(n, sizeof *names->order);
    if (!names->order)
        return dsi_fail_memory(err, n * sizeof *names->order);
    for (size_t i = 0; i < n; i++) {
        names->order[i] = i;
        names->are_integers &= spells_integer(list[i]);
    }
    qsort_r(names->order, n, sizeof *names->order, compare, (void *)list);
    return DSI_OK;
}

void dsi_class_names_free(struct dsi_class_names *names)
{
    free(names->order);
    *names = (struct dsi_class_names){0};
}

/* strcmp of a name with text that has a length. */
static int compare_text(const char *name, const char *text, size_t n)
{
    size_t n_name = strlen(name);
    int order = memcmp(name, text, n_name < n ? n_name : n);
    return order ? order : (n_name > n) - (n_name < n);
}

static bool is_position(struct dsi_label label, size_t n)
{
    return label.kind == DSI_LABEL_INT && label.as.integer >= 0 &&
           (uint64_t)label.as.integer < n;
}

size_t dsi_class_names_find(const struct dsi_class_names *names,
                            const struct dsi_group *group, struct dsi_label label,
                            const char *text, size_t n_text)
{
    if (group->classes_are_names && is_position(label, group->n_classes)) {
        text = group->classes[label.as.integer];
        n_text = strlen(text);
    } else if (label.kind == DSI_LABEL_INT && !names->are_integers) {
        return is_position(label, names->n) ? (size_t)label.as.integer : SIZE_MAX;
    }
    size_t low = 0, high = names->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(names->names[names->order[middle]], text, n_text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < names->n &&
        compare_text(names->names[names->order[low]], text, n_text) == 0)
        return names->order[low];
    return SIZE_MAX;
}

enum dsi_status dsi_class_name_of(struct dsi_label label, struct dsi_bytes *text,
                                  struct dsi_error *err)
{
    static const char visible[] = "\xe2\x90\x80"; /* U+2400, symbol for null */
    text->n = 0;
    DSI_TRY(dsi_label_name(label, text, err));
    for (size_t i = 0; i < text->n; i++) {
        if (text->data[i] != '\0')
            continue;
        size_t n_behind = text->n - i - 1;
        DSI_TRY(dsi_bytes_reserve(text, sizeof visible - 2, err));
        memmove(text->data + i + sizeof visible - 1, text->data + i + 1, n_behind);
        memcpy(text->data + i, visible, sizeof visible - 1);
        text->n += sizeof visible - 2;
        i += sizeof visible - 2;
    }
    return DSI_OK;
}
