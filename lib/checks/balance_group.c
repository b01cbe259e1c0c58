/* Makes the class list of a group out of counted labels, class folders and --classes.
 */
#include "balance_finishing.h"
#include "class_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The labels of a group as they were counted. */
struct counted {
    struct dsi_class_count *classes;
    uint64_t n;
};

/* The count of a label in a list that is sorted as dsi_label_compare says. */
static uint64_t find_count(const struct dsi_class_count *counts, uint64_t n,
                           struct dsi_label label)
{
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = dsi_label_compare(counts[middle].label, label);
        if (order == 0)
            return counts[middle].count;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static bool is_among(const char *const *names, size_t n, const struct dsi_bytes *name)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == name->n && memcmp(names[i], name->data, name->n) == 0)
            return true;
    return false;
}

bool dsi_balance_is_absent(const struct dsi_balance_parameters *parameters,
                           const struct dsi_group *group, const struct dsi_label *label,
                           const struct dsi_bytes *name)
{
    return dsi_group_lacks_label(group, label, name) ||
           is_among(parameters->sentinels, parameters->n_sentinels, name);
}

static void add_count(struct dsi_balance_class *class,
                      const struct dsi_class_count *count)
{
    class->label = count->label;
    class->has_label = true;
    class->count += count->count;
    class->first = count->first < class->first ? count->first : class->first;
}

/* The classes that are known by name before a label is seen. */
static enum dsi_status add_known(struct dsi_balance_group *group,
                                 const struct dsi_class_names *names,
                                 struct dsi_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        group->classes[i] = (struct dsi_balance_class){
            .name = dsi_text_copy(names->names[i], strlen(names->names[i])),
            .has_index = true,
            .first = UINT64_MAX};
        if (!group->classes[i].name)
            return dsi_fail_memory(err, strlen(names->names[i]));
        group->n_classes++;
    }
    group->n_indexed = names->n;
    return DSI_OK;
}

static enum dsi_status append_stranger(struct dsi_balance_group *group,
                                       const struct dsi_class_count *count,
                                       const struct dsi_bytes *name,
                                       struct dsi_error *err)
{
    struct dsi_balance_class *class = &group->classes[group->n_classes];
    *class = (struct dsi_balance_class){.name = dsi_text_copy(name->data, name->n),
                                        .first = UINT64_MAX};
    if (!class->name)
        return dsi_fail_memory(err, name->n);
    add_count(class, count);
    group->n_classes++;
    return DSI_OK;
}

/* Classes take the counts of their labels. What fits nowhere comes last, without an
 * index: a label that says there is none, or one outside a declared list. */
static enum dsi_status place_labels(struct dsi_balance_group *group,
                                    const struct dsi_balance_parameters *p,
                                    const struct dsi_group *source,
                                    const struct dsi_class_names *names,
                                    const struct counted *counted,
                                    struct dsi_bytes *text, struct dsi_error *err)
{
    const bool has_list = p->n_declared || source->classes_are_names;
    for (uint64_t i = 0; i < counted->n; i++) {
        const struct dsi_class_count *count = &counted->classes[i];
        DSI_TRY(dsi_class_name_of(count->label, text, err));
        bool is_absent = dsi_balance_is_absent(p, source, &count->label, text);
        size_t known = is_absent ? SIZE_MAX
                                 : dsi_class_names_find(names, source, count->label,
                                                        (char *)text->data, text->n);
        if (known != SIZE_MAX) {
            add_count(&group->classes[known], count);
            continue;
        }
        DSI_TRY(append_stranger(group, count, text, err));
        group->classes[group->n_classes - 1].is_absent = is_absent || !has_list;
    }
    return DSI_OK;
}

/* As far as a double holds it; of text only that of a table that spells it. */
static double number_of_class(const struct dsi_balance_class *class, bool is_spelt)
{
    switch (class->has_label ? class->label.kind : DSI_LABEL_TEXT) {
    case DSI_LABEL_BOOL:
    case DSI_LABEL_INT:
        return (double)class->label.as.integer;
    case DSI_LABEL_UINT:
        return (double)class->label.as.natural;
    case DSI_LABEL_FLOAT:
        return class->label.as.real;
    case DSI_LABEL_TEXT:
        break;
    }
    return is_spelt && class->has_label ? dsi_class_number_of(class->name) : NAN;
}

/* Classes are numbers when all of them are. */
static void set_numbers(struct dsi_balance_group *group, const struct dsi_group *source)
{
    bool all = true;
    for (size_t i = 0; i < group->n_classes; i++) {
        struct dsi_balance_class *class = &group->classes[i];
        class->number = number_of_class(class, source->labels_are_text);
        all &= i >= group->n_indexed || !isnan(class->number);
    }
    for (size_t i = 0; i < group->n_classes && !all; i++)
        if (group->classes[i].label.kind == DSI_LABEL_TEXT)
            group->classes[i].number = NAN;
}

static void find_gap(struct dsi_balance_group *group)
{
    for (size_t i = 0; i < group->n_indexed; i++) {
        const struct dsi_balance_class *class = &group->classes[i];
        const bool is_whole = class->number == floor(class->number);
        if (class->has_label && class->label.kind != DSI_LABEL_BOOL && is_whole &&
            class->number != (double)i)
            group->has_gap = true;
    }
}

static enum dsi_status set_targets(struct dsi_balance_group *group,
                                   const struct dsi_balance_parameters *p,
                                   struct dsi_error *err)
{
    uint64_t *targets = dsi_alloc_zeroed(group->n_indexed, sizeof *targets);
    if (!targets)
        return dsi_fail_memory(err, group->n_indexed * sizeof *targets);
    enum dsi_status status = DSI_OK;
    for (int r = DSI_RESAMPLE_OVER; r <= DSI_RESAMPLE_MIXED && status == DSI_OK; r++) {
        status = dsi_resample_targets((enum dsi_strategy)r, p->target, group->counts,
                                      group->n_indexed, targets, err);
        for (size_t i = 0; i < group->n_indexed && status == DSI_OK; i++) {
            struct dsi_balance_class *class = &group->classes[i];
            *(r == DSI_RESAMPLE_OVER    ? &class->over
              : r == DSI_RESAMPLE_UNDER ? &class->under
                                        : &class->mixed) = targets[i];
        }
    }
    free(targets);
    return status;
}

static enum dsi_status set_weights(struct dsi_balance_group *group,
                                   const struct dsi_balance_parameters *p,
                                   struct dsi_error *err)
{
    size_t n = group->n_indexed;
    uint64_t *containing = dsi_alloc_zeroed(n, sizeof *containing);
    double *weights = dsi_alloc_zeroed(n, sizeof *weights);
    group->counts = dsi_alloc_zeroed(n, sizeof *group->counts);
    enum dsi_status status = containing && weights && group->counts
                                 ? DSI_OK
                                 : dsi_fail_memory(err, n * sizeof *weights);
    for (size_t i = 0; i < n && status == DSI_OK; i++) {
        group->counts[i] = group->classes[i].count;
        containing[i] = group->classes[i].n_containing;
    }
    if (status == DSI_OK)
        status = dsi_class_weights(p->weighting, p->weight_parameter, group->counts,
                                   p->pixels ? containing : NULL, n, weights, err);
    if (status == DSI_OK) {
        dsi_weights_normalize(p->normalization, group->counts, n, weights);
        for (size_t i = 0; i < n; i++)
            group->classes[i].weight = weights[i];
    }
    free(containing);
    free(weights);
    return status;
}

static enum dsi_status get_counted(const struct dsi_balance *balance, size_t g,
                                   const struct dsi_class_names *names,
                                   struct counted *counted, struct dsi_error *err)
{
    counted->n = dsi_class_table_n(balance->counts[g]);
    DSI_TRY(dsi_class_table_sorted(balance->counts[g], &counted->classes, err));
    /* Whole numbers that a table spells out mean what numbers mean: a class of that
     * name, or a position in a declared list. */
    if (balance->dataset->groups[g].labels_are_text &&
        (names->are_integers || balance->parameters->n_declared))
        (void)dsi_labels_as_integers(counted->classes, counted->n);
    return DSI_OK;
}

static enum dsi_status add_containing(struct dsi_balance_group *group,
                                      const struct dsi_balance *balance, size_t g,
                                      struct dsi_error *err)
{
    struct dsi_class_count *containing = NULL;
    if (!balance->containing)
        return DSI_OK;
    DSI_TRY(dsi_class_table_sorted(balance->containing[g], &containing, err));
    uint64_t n = dsi_class_table_n(balance->containing[g]);
    for (size_t i = 0; i < group->n_classes; i++)
        if (group->classes[i].has_label)
            group->classes[i].n_containing =
                find_count(containing, n, group->classes[i].label);
    free(containing);
    return DSI_OK;
}

static enum dsi_status fill(struct dsi_balance_group *group,
                            const struct dsi_balance *balance, size_t g,
                            const struct dsi_class_names *names, struct dsi_error *err)
{
    struct counted counted = {0};
    struct dsi_bytes text = {0};
    enum dsi_status status = get_counted(balance, g, names, &counted, err);
    if (status == DSI_OK) {
        group->classes = dsi_alloc_zeroed(names->n + counted.n, sizeof *group->classes);
        if (!group->classes)
            status =
                dsi_fail_memory(err, (names->n + counted.n) * sizeof *group->classes);
    }
    if (status == DSI_OK)
        status = add_known(group, names, err);
    if (status == DSI_OK)
        status = place_labels(group, balance->parameters, &balance->dataset->groups[g],
                              names, &counted, &text, err);
    if (status == DSI_OK)
        status = add_containing(group, balance, g, err);
    free(counted.classes);
    dsi_bytes_free(&text);
    return status;
}

/* The names a group's classes have, in index order: the declared list, the class
 * folders, or what the labels make. */
static enum dsi_status list_names(const struct dsi_balance *balance, size_t g,
                                  struct dsi_class_order *order,
                                  struct dsi_class_names *names, struct dsi_error *err)
{
    const struct dsi_balance_parameters *p = balance->parameters;
    const struct dsi_group *source = &balance->dataset->groups[g];
    if (p->n_declared)
        return dsi_class_names_make(names, p->declared, p->n_declared, err);
    if (source->classes && !p->pixels)
        return dsi_class_names_make(names, (const char *const *)source->classes,
                                    source->n_classes, err);
    size_t first = source->n_siblings ? source->first_sibling : g;
    size_t n = source->n_siblings ? source->n_siblings : 1;
    DSI_TRY(dsi_class_order_make(order, balance, first, n, err));
    return dsi_class_names_make(names, (const char *const *)order->names, order->n,
                                err);
}

static enum dsi_status count_samples(struct dsi_balance_group *group,
                                     struct dsi_error *err)
{
    for (size_t i = 0; i < group->n_classes; i++)
        if (!dsi_add(group->n_samples, group->classes[i].count, &group->n_samples))
            return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 samples");
    return DSI_OK;
}

enum dsi_status dsi_balance_group_make(struct dsi_balance_group *group,
                                       const void *state, size_t g,
                                       struct dsi_error *err)
{
    const struct dsi_balance *balance = state;
    const struct dsi_balance_parameters *p = balance->parameters;
    struct dsi_class_order order = {0};
    struct dsi_class_names names = {0};
    *group = (struct dsi_balance_group){.name = balance->dataset->groups[g].name};
    enum dsi_status status = list_names(balance, g, &order, &names, err);
    if (status == DSI_OK)
        status = fill(group, balance, g, &names, err);
    dsi_class_names_free(&names);
    dsi_class_order_free(&order);
    if (status == DSI_OK)
        status = count_samples(group, err);
    if (status == DSI_OK)
        set_numbers(group, &balance->dataset->groups[g]);
    if (status == DSI_OK && !p->n_declared)
        find_gap(group);
    if (status == DSI_OK)
        status = set_weights(group, p, err);
    if (status == DSI_OK)
        status = set_targets(group, p, err);
    if (status != DSI_OK)
        dsi_balance_group_free(group);
    return status;
}

void dsi_balance_group_free(struct dsi_balance_group *group)
{
    for (size_t i = 0; i < group->n_classes; i++)
        free(group->classes[i].name);
    free(group->classes);
    free(group->counts);
    *group = (struct dsi_balance_group){0};
}

enum dsi_status dsi_balance_finishing_make(struct dsi_balance_finishing *f,
                                           struct dsi_error *err)
{
    const size_t n = f->balance->n_groups;
    f->groups = dsi_alloc_zeroed(n, sizeof *f->groups);
    if (!f->groups)
        return dsi_fail_memory(err, n * sizeof *f->groups);
    for (size_t g = 0; g < n; g++) {
        enum dsi_status status =
            dsi_balance_group_make(&f->groups[g], f->balance, g, err);
        if (status != DSI_OK) {
            dsi_balance_finishing_free(f);
            return status;
        }
    }
    return DSI_OK;
}

void dsi_balance_finishing_free(struct dsi_balance_finishing *f)
{
    for (size_t g = 0; g < f->balance->n_groups; g++)
        dsi_balance_group_free(&f->groups[g]);
    free(f->groups);
}
