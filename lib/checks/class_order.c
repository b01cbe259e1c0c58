#include "class_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A label under its name. */
struct named {
    char *name;
    double value; /* of a name that is a number; else NaN */
    bool is_missing_word;
    bool is_absent;
};

/* What pandas.read_csv takes for missing by default. */
static bool is_missing_word(const char *name)
{
    static const char *const words[] = {"#N/A", "#N/A N/A", "#NA", "-NaN", "-nan",
                                        "<NA>", "N/A",      "NA",  "NULL", "NaN",
                                        "None", "n/a",      "nan", "null", NULL};
    for (const char *const *word = words; *word; word++)
        if (strcmp(name, *word) == 0)
            return true;
    return false;
}

double dsi_class_number_of(const char *name)
{
    char *end;
    const char *digits = name + (*name == '-' || *name == '+');
    if (strcmp(digits, "inf") == 0)
        return *name == '-' ? -INFINITY : INFINITY;
    if (!*name || strspn(name, "0123456789+-.eE") != strlen(name))
        return NAN;
    double value = strtod(name, &end);
    return *end ? NAN : value;
}

static enum dsi_status name_all(const struct dsi_balance *balance,
                                const struct dsi_group *group,
                                const struct dsi_class_count *counts,
                                struct named *named, uint64_t n, uint64_t *n_named,
                                struct dsi_error *err)
{
    struct dsi_bytes text = {0};
    enum dsi_status status = DSI_OK;
    for (*n_named = 0; *n_named < n && status == DSI_OK;) {
        const struct dsi_label *label = &counts[*n_named].label;
        struct named *entry = &named[*n_named];
        status = dsi_class_name_of(*label, &text, err);
        if (status != DSI_OK)
            break;
        entry->name = dsi_text_copy(text.data, text.n);
        if (!entry->name) {
            status = dsi_fail_memory(err, text.n);
            break;
        }
        entry->is_absent =
            dsi_balance_is_absent(balance->parameters, group, label, &text);
        entry->is_missing_word = is_missing_word(entry->name);
        entry->value = dsi_class_number_of(entry->name);
        ++*n_named;
    }
    dsi_bytes_free(&text);
    return status;
}

/* A table's labels are numbers when there is one at least, and nothing but numbers and
 * words for "missing". */
static bool are_numbers(const struct named *named, uint64_t n)
{
    bool any = false;
    for (uint64_t i = 0; i < n; i++) {
        if (named[i].is_absent || named[i].is_missing_word)
            continue;
        if (isnan(named[i].value))
            return false;
        any = true;
    }
    return any;
}

static int compare_values(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->is_absent != y->is_absent)
        return x->is_absent ? 1 : -1;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void order_numbers(struct named *named, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        named[i].is_absent |= named[i].is_missing_word;
        if (named[i].is_absent)
            named[i].value = 0;
    }
    qsort(named, (size_t)n, sizeof *named, compare_values);
}

/* Moves the names of classes into order; frees the others. */
static void take_names(struct dsi_class_order *order, struct named *named, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (order->names && !named[i].is_absent)
            order->names[order->n++] = named[i].name;
        else
            free(named[i].name);
    }
}

static enum dsi_status order_labels(struct dsi_class_order *order,
                                    const struct dsi_balance *balance,
                                    const struct dsi_group *group,
                                    const struct dsi_class_count *counts, uint64_t n,
                                    struct dsi_error *err)
{
    uint64_t n_named = 0;
    struct named *named = dsi_alloc_zeroed(n, sizeof *named);
    if (!named)
        return dsi_fail_memory(err, n * sizeof *named);
    enum dsi_status status = name_all(balance, group, counts, named, n, &n_named, err);
    if (status == DSI_OK && group->labels_are_text && are_numbers(named, n))
        order_numbers(named, n);
    if (status == DSI_OK && !(order->names = dsi_alloc_zeroed(n, sizeof *order->names)))
        status = dsi_fail_memory(err, n * sizeof *order->names);
    take_names(order, named, n_named);
    free(named);
    return status;
}

enum dsi_status dsi_class_order_make(struct dsi_class_order *order,
                                     const struct dsi_balance *balance, size_t first,
                                     size_t n_groups, struct dsi_error *err)
{
    *order = (struct dsi_class_order){0};
    struct dsi_class_count *counts = NULL;
    struct dsi_class_table *all = dsi_class_table_new(DSI_BALANCE_MAX_CLASSES);
    enum dsi_status status = all ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
    for (size_t g = first; g < first + n_groups && status == DSI_OK; g++)
        status = dsi_class_table_merge(all, balance->counts[g], err);
    if (status == DSI_OK)
        status = dsi_class_table_sorted(all, &counts, err);
    if (status == DSI_OK)
        status = order_labels(order, balance, &balance->dataset->groups[first], counts,
                              dsi_class_table_n(all), err);
    if (status != DSI_OK)
        dsi_class_order_free(order);
    free(counts);
    dsi_class_table_free(all);
    return status;
}

void dsi_class_order_free(struct dsi_class_order *order)
{
    for (size_t i = 0; i < order->n; i++)
        free(order->names[i]);
    free(order->names);
    *order = (struct dsi_class_order){0};
}
