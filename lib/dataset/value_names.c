#include "value_names.h"

#include "class_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 24 }; /* a 64-bit number, its sign and a NUL */

bool dsi_array_has_names(const struct dsi_array *array)
{
    enum dsi_kind kind = array->dtype.kind;
    return array->n_value_names > 0 &&
           (kind == DSI_BOOL || kind == DSI_INT || kind == DSI_UINT);
}

/* Whether the names are those of 0, 1, ..., K-1, none left out. */
static bool are_positions(const struct dsi_array *array)
{
    for (size_t i = 0; i < array->n_value_names; i++)
        if (array->value_names[i].value != (int64_t)i)
            return false;
    return dsi_array_has_names(array);
}

bool dsi_names_are_equal(const struct dsi_array *a, const struct dsi_array *b)
{
    if (a->n_value_names != b->n_value_names)
        return false;
    for (size_t i = 0; i < a->n_value_names; i++)
        if (a->value_names[i].value != b->value_names[i].value ||
            strcmp(a->value_names[i].name, b->value_names[i].name) != 0)
            return false;
    return true;
}

static bool are_numbers(const struct dsi_array *array)
{
    for (size_t i = 0; i < array->n_value_names; i++) {
        const char *name = array->value_names[i].name;
        name += *name == '-';
        if (!*name || name[strspn(name, "0123456789")])
            return false;
    }
    return true;
}

bool dsi_names_need_text(const struct dsi_array *array)
{
    return dsi_array_has_names(array) &&
           (!are_positions(array) || array->dtype.kind == DSI_BOOL ||
            are_numbers(array));
}

static const char *name_of(const struct dsi_array *array, int64_t value)
{
    size_t low = 0, high = array->n_value_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (array->value_names[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < array->n_value_names && array->value_names[low].value == value;
    return found ? array->value_names[low].name : NULL;
}

/* The number and, where it has one, its name. */
static enum dsi_status read_value(const struct dsi_array *array, const void *value,
                                  struct dsi_label *number, const char **name,
                                  struct dsi_error *err)
{
    DSI_TRY(dsi_label_of_value(array->dtype, value, NULL, number, err));
    *name = number->kind == DSI_LABEL_INT || number->kind == DSI_LABEL_BOOL
                ? name_of(array, number->as.integer)
                : NULL;
    return DSI_OK;
}

static int write_number(struct dsi_label number, char text[NUMBER_SIZE])
{
    if (number.kind == DSI_LABEL_UINT)
        return snprintf(text, NUMBER_SIZE, "%" PRIu64, number.as.natural);
    return snprintf(text, NUMBER_SIZE, "%" PRId64, number.as.integer);
}

/* Values without a name, whose text takes room of its own. */
static enum dsi_status count_nameless(const struct dsi_array *array,
                                      const uint8_t *values, uint64_t n,
                                      uint64_t *n_nameless, struct dsi_error *err)
{
    *n_nameless = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct dsi_label number;
        const char *name;
        DSI_TRY(read_value(array, values + i * array->dtype.size, &number, &name, err));
        *n_nameless += !name;
    }
    return DSI_OK;
}

enum dsi_status dsi_names_of_values(const struct dsi_array *array, const void *values,
                                    uint64_t n, struct dsi_bytes *names,
                                    struct dsi_bytes *numbers, struct dsi_error *err)
{
    const uint8_t *value = values;
    uint64_t n_nameless, n_bytes;
    DSI_TRY(count_nameless(array, value, n, &n_nameless, err));
    if (!dsi_mul(n, sizeof(struct dsi_string), &n_bytes))
        return dsi_fail_memory(err, n);
    DSI_TRY(dsi_bytes_claim(names, n_bytes, err));
    DSI_TRY(dsi_bytes_claim(numbers, n_nameless * NUMBER_SIZE, err));
    struct dsi_string *strings = (void *)names->data;
    char *text = (char *)numbers->data;
    for (uint64_t i = 0; i < n; i++, value += array->dtype.size) {
        struct dsi_label number;
        const char *name;
        DSI_TRY(read_value(array, value, &number, &name, err));
        if (name) {
            strings[i] = (struct dsi_string){name, strlen(name)};
        } else {
            strings[i] = (struct dsi_string){text, (size_t)write_number(number, text)};
            text += NUMBER_SIZE;
        }
    }
    return DSI_OK;
}

/* --- groups
 * ----------------------------------------------------------------------------- */

static enum dsi_status add_absent(struct dsi_group *group, const void *name, size_t n,
                                  struct dsi_error *err)
{
    for (size_t i = 0; i < group->n_absent; i++)
        if (strlen(group->absent[i]) == n && memcmp(group->absent[i], name, n) == 0)
            return DSI_OK;
    char **absent =
        dsi_realloc_array(group->absent, (uint64_t)group->n_absent + 1, sizeof *absent);
    if (!absent)
        return dsi_fail_memory(err, n);
    group->absent = absent;
    absent[group->n_absent] = dsi_text_copy(name, n);
    if (!absent[group->n_absent])
        return dsi_fail_memory(err, n);
    group->n_absent++;
    return DSI_OK;
}

static enum dsi_status name_absent(struct dsi_group *group,
                                   const struct dsi_array *array, const void *value,
                                   bool as_text, struct dsi_bytes *scratch,
                                   struct dsi_bytes *text, struct dsi_error *err)
{
    struct dsi_label label;
    const char *name = NULL;
    text->n = 0;
    DSI_TRY(dsi_label_of_value(array->dtype, value, scratch, &label, err));
    if (as_text && label.kind != DSI_LABEL_UINT)
        name = name_of(array, label.as.integer);
    if (name)
        return add_absent(group, name, strlen(name), err);
    DSI_TRY(dsi_label_name(label, text, err));
    return add_absent(group, text->data, text->n, err);
}

enum dsi_status dsi_group_add_absent(struct dsi_group *group,
                                     const struct dsi_array *array, bool as_text,
                                     struct dsi_error *err)
{
    struct dsi_bytes scratch = {0}, text = {0};
    size_t size = array->dtype.size;
    enum dsi_status status = DSI_OK;
    if (array->dtype.kind == DSI_STRING || size == 0)
        return DSI_OK;
    for (size_t at = 0; at + size <= array->missing.n && status == DSI_OK; at += size)
        status = name_absent(group, array, array->missing.data + at, as_text, &scratch,
                             &text, err);
    dsi_bytes_free(&scratch);
    dsi_bytes_free(&text);
    return status;
}

enum dsi_status dsi_group_set_names(struct dsi_group *group,
                                    const struct dsi_array *array,
                                    struct dsi_error *err)
{
    group->classes = dsi_alloc_zeroed(array->n_value_names, sizeof *group->classes);
    if (!group->classes)
        return dsi_fail_memory(err, array->n_value_names * sizeof *group->classes);
    for (size_t i = 0; i < array->n_value_names; i++) {
        const char *name = array->value_names[i].name;
        group->classes[i] = dsi_text_copy(name, strlen(name));
        if (!group->classes[i])
            return dsi_fail_memory(err, strlen(name));
        group->n_classes++;
    }
    group->classes_are_names = true;
    return DSI_OK;
}
