#include "class_findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LISTED = 100 }; /* classes listed under one rule; the rest is counted */

enum dsi_status dsi_balance_find(const struct dsi_balance_finishing *f,
                                 const char *rule, enum dsi_severity severity,
                                 const char *source, uint64_t index,
                                 struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rule,
                                        .severity = severity,
                                        .source = source,
                                        .index = index,
                                        .where = source};
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* The same of a finding with more to it: where is its source. */
static enum dsi_status find(const struct dsi_balance_finishing *f,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...) DSI_PRINTF(4, 5);

static enum dsi_status find(const struct dsi_balance_finishing *f,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...)
{
    struct dsi_finding whole = *finding;
    va_list args;
    whole.where = finding->source;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &whole, format, args, err);
    va_end(args);
    return status;
}

/* --- labels that are no class ------------------------------------------------------
 */

static enum dsi_status find_stranger(const struct dsi_balance_finishing *f,
                                     const struct dsi_balance_group *g,
                                     const struct dsi_balance_class *c,
                                     struct dsi_error *err)
{
    const bool is_text = c->label.kind == DSI_LABEL_TEXT;
    struct dsi_finding finding = {.rule = "nan_label",
                                  .severity = DSI_ERROR,
                                  .source = g->name,
                                  .index = c->first,
                                  .label = c->name,
                                  .n_cases = c->count};
    if (c->is_absent)
        return find(f, &finding, err, "%" PRIu64 " %s no label ('%.200s')", c->count,
                    c->count == 1 ? "sample has" : "samples have", c->name);
    finding.rule = is_text ? "class_set_mismatch" : "out_of_range";
    return find(f, &finding, err, "%" PRIu64 " %s the label '%.200s', which is %s",
                c->count, c->count == 1 ? "sample has" : "samples have", c->name,
                is_text ? "not in the declared list" : "outside the declared list");
}

/* What find_stranger is told of the first MAX_LISTED of, once for all others. */
static enum dsi_status find_other_strangers(const struct dsi_balance_finishing *f,
                                            const struct dsi_balance_group *g,
                                            struct dsi_error *err)
{
    struct dsi_finding finding = {.rule = "out_of_range",
                                  .severity = DSI_ERROR,
                                  .source = g->name,
                                  .index = UINT64_MAX};
    for (size_t i = g->n_indexed + MAX_LISTED; i < g->n_classes; i++)
        finding.n_cases += g->classes[i].count;
    return find(f, &finding, err, "%zu further labels are not in the declared list",
                g->n_classes - g->n_indexed - MAX_LISTED);
}

static bool is_fraction(const struct dsi_balance_class *c)
{
    return isinf(c->number) || (!isnan(c->number) && c->number != floor(c->number));
}

static enum dsi_status find_fractions(const struct dsi_balance_finishing *f,
                                      const struct dsi_balance_group *g,
                                      struct dsi_error *err)
{
    size_t n = 0, first = 0;
    struct dsi_finding finding = {
        .rule = "non_integral", .severity = DSI_WARNING, .source = g->name};
    for (size_t i = 0; i < g->n_indexed; i++) {
        if (!is_fraction(&g->classes[i]))
            continue;
        finding.n_cases += g->classes[i].count;
        if (n++ == 0)
            first = i;
    }
    if (n == 0)
        return DSI_OK;
    finding.index = g->classes[first].first;
    finding.label = g->classes[first].name;
    return find(f, &finding, err,
                "%zu labels are not whole numbers, such as %.40s: are these classes?",
                n, g->classes[first].name);
}

static enum dsi_status find_odd_labels(const struct dsi_balance_finishing *f,
                                       const struct dsi_balance_group *g,
                                       struct dsi_error *err)
{
    const size_t n_strangers = g->n_classes - g->n_indexed;
    for (size_t i = 0; i < n_strangers && i < MAX_LISTED; i++)
        DSI_TRY(find_stranger(f, g, &g->classes[g->n_indexed + i], err));
    if (n_strangers > MAX_LISTED)
        DSI_TRY(find_other_strangers(f, g, err));
    DSI_TRY(find_fractions(f, g, err));
    if (g->has_gap)
        DSI_TRY(dsi_balance_find(
            f, "index_gap", DSI_WARNING, g->name, UINT64_MAX, err,
            "the labels are not 0 to %zu: index is a class's position, not its "
            "label (--classes declares the list)",
            g->n_indexed - 1));
    return DSI_OK;
}

/* --- classes without a sample ------------------------------------------------------
 */

/* Classes that a file names and has no sample of: an enumeration may have members that
 * one of many files has no use for. */
static enum dsi_status find_unused_names(const struct dsi_balance_finishing *f,
                                         const struct dsi_balance_group *g,
                                         const struct dsi_group *source,
                                         struct dsi_error *err)
{
    size_t n = 0, first = 0;
    if (!source->classes_are_names || f->balance->parameters->pixels)
        return DSI_OK;
    for (size_t i = 0; i < g->n_indexed; i++)
        if (g->counts[i] == 0 && n++ == 0)
            first = i;
    if (n == 0)
        return DSI_OK;
    const struct dsi_finding finding = {.rule = "empty_class",
                                        .severity = DSI_WARNING,
                                        .source = g->name,
                                        .index = UINT64_MAX,
                                        .label = g->classes[first].name,
                                        .n_cases = n};
    return find(f, &finding, err,
                "%zu of the %zu classes that the file names %s no sample: %.200s%s", n,
                g->n_indexed, n == 1 ? "has" : "have", g->classes[first].name,
                n > 1 ? ", ..." : "");
}

static enum dsi_status find_missing_classes(const struct dsi_balance_finishing *f,
                                            const struct dsi_balance_group *g,
                                            const struct dsi_group *source,
                                            struct dsi_error *err)
{
    if (f->balance->parameters->n_declared == 0)
        return find_unused_names(f, g, source, err);
    for (size_t i = 0; i < g->n_indexed; i++) {
        const struct dsi_finding finding = {.rule = "missing_class",
                                            .severity = DSI_ERROR,
                                            .source = g->name,
                                            .index = UINT64_MAX,
                                            .label = g->classes[i].name};
        if (g->counts[i] == 0)
            DSI_TRY(find(f, &finding, err, "the declared class '%.200s' has no sample",
                         g->classes[i].name));
    }
    return DSI_OK;
}

enum dsi_status dsi_class_find_odd(const struct dsi_balance_finishing *f, size_t group,
                                   struct dsi_error *err)
{
    const struct dsi_balance_group *g = &f->groups[group];
    DSI_TRY(find_odd_labels(f, g, err));
    return find_missing_classes(f, g, &f->balance->dataset->groups[group], err);
}

enum dsi_status dsi_class_find_emptiness(const struct dsi_balance_finishing *f,
                                         struct dsi_error *err)
{
    for (size_t g = 0; g < f->balance->n_groups; g++)
        if (dsi_balance_shows(f, g) && f->groups[g].n_samples == 0)
            DSI_TRY(dsi_balance_find(f, "no_samples", DSI_ERROR, f->groups[g].name,
                                     UINT64_MAX, err, "nothing to count: no %s",
                                     f->balance->parameters->pixels
                                         ? "pixel of a mask"
                                         : "labelled sample"));
    return DSI_OK;
}

/* --- splits that disagree ----------------------------------------------------------
 */

/* A group, and the positions of its classes by name. */
struct numbered {
    const struct dsi_balance_group *group;
    size_t *order;
};

static int compare_names(const void *a, const void *b, void *group)
{
    const struct dsi_balance_group *g = group;
    return strcmp(g->classes[*(const size_t *)a].name,
                  g->classes[*(const size_t *)b].name);
}

static enum dsi_status number(struct numbered *numbered,
                              const struct dsi_balance_group *group,
                              struct dsi_error *err)
{
    const size_t n = group->n_indexed;
    numbered->group = group;
    numbered->order = dsi_alloc_array(n, sizeof *numbered->order);
    if (!numbered->order)
        return dsi_fail_memory(err, n * sizeof *numbered->order);
    for (size_t i = 0; i < n; i++)
        numbered->order[i] = i;
    qsort_r(numbered->order, n, sizeof *numbered->order, compare_names, (void *)group);
    return DSI_OK;
}

/* The index of a class in another group; SIZE_MAX: it is not there. */
static size_t index_in(const struct numbered *numbered, const char *name)
{
    size_t low = 0, high = numbered->group->n_indexed;
    while (low < high) {
        size_t middle = low + (high - low) / 2, at = numbered->order[middle];
        int order = strcmp(numbered->group->classes[at].name, name);
        if (order == 0)
            return at;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

static bool lacks(const struct numbered *b, size_t j)
{
    return j == SIZE_MAX || b->group->counts[j] == 0;
}

enum { LISTED_SIZE = 300 };

/* Adds a name to the list while it fits; else "...", once, for all that follow. */
static void list_name(char list[LISTED_SIZE], const char *name, bool *is_full)
{
    const size_t n = strlen(list);
    if (*is_full)
        return;
    *is_full = n > 0 && n + strlen(name) > 200;
    snprintf(list + n, LISTED_SIZE - n, "%s%.200s", n > 0 ? ", " : "",
             *is_full ? "..." : name);
}

/* The classes of a that b has no sample of: how many, and what they are called. */
static enum dsi_status find_lacking(const struct dsi_balance_finishing *f,
                                    const struct numbered *a, const struct numbered *b,
                                    struct dsi_error *err)
{
    const struct dsi_balance_class *classes = a->group->classes;
    char names[LISTED_SIZE] = "";
    bool is_full = false;
    size_t n = 0, first = 0;
    for (size_t i = 0; i < a->group->n_indexed; i++) {
        if (a->group->counts[i] == 0 || !lacks(b, index_in(b, classes[i].name)))
            continue;
        if (n++ == 0)
            first = i;
        list_name(names, classes[i].name, &is_full);
    }
    if (n == 0)
        return DSI_OK;
    const struct dsi_finding finding = {.rule = "class_set_mismatch",
                                        .severity = DSI_ERROR,
                                        .source = b->group->name,
                                        .index = UINT64_MAX,
                                        .other_source = a->group->name,
                                        .other_index = UINT64_MAX,
                                        .other_label = classes[first].name,
                                        .n_cases = n};
    return find(f, &finding, err, "%zu of the classes of %s %s no sample here: %s", n,
                a->group->name, n == 1 ? "has" : "have", names);
}

/* Numbers are what they are, wherever they stand in a list. */
static bool has_own_index(const struct dsi_balance_class *class)
{
    return !isnan(class->number);
}

/* The classes that b numbers otherwise than a. */
static enum dsi_status find_shifted(const struct dsi_balance_finishing *f,
                                    const struct numbered *a, const struct numbered *b,
                                    struct dsi_error *err)
{
    const struct dsi_balance_class *classes = a->group->classes;
    size_t n = 0, first = 0, at = 0;
    for (size_t i = 0; i < a->group->n_indexed; i++) {
        size_t j = index_in(b, classes[i].name);
        bool is_lacking = a->group->counts[i] > 0 && lacks(b, j);
        if (!is_lacking && j != SIZE_MAX && j != i && !has_own_index(&classes[i]) &&
            n++ == 0) {
            first = i;
            at = j;
        }
    }
    if (n == 0)
        return DSI_OK;
    const struct dsi_finding finding = {.rule = "index_shift",
                                        .severity = DSI_ERROR,
                                        .source = b->group->name,
                                        .index = UINT64_MAX,
                                        .label = classes[first].name,
                                        .other_source = a->group->name,
                                        .other_index = UINT64_MAX,
                                        .other_label = classes[first].name,
                                        .n_cases = n};
    return find(f, &finding, err,
                "class '%.200s' has index %zu here and %zu in %s (%zu %s shifted)",
                classes[first].name, at, first, a->group->name, n,
                n == 1 ? "class is" : "classes are");
}

static enum dsi_status find_between(const struct dsi_balance_finishing *f,
                                    const struct numbered *widest,
                                    const struct numbered *other, struct dsi_error *err)
{
    DSI_TRY(find_lacking(f, widest, other, err));
    DSI_TRY(find_lacking(f, other, widest, err));
    return find_shifted(f, widest, other, err);
}

/* Each split against the one with the most classes, and that one against each: where
 * splits share one class list, it too may lack what another has. */
enum dsi_status dsi_class_find_differences(const struct dsi_balance_finishing *f,
                                           struct dsi_error *err)
{
    const size_t n = f->balance->n_groups;
    size_t widest = SIZE_MAX;
    if (dsi_dataset_n_shown(f->balance->dataset) < 2)
        return DSI_OK;
    struct numbered *all = dsi_alloc_zeroed(n, sizeof *all);
    enum dsi_status status = all ? DSI_OK : dsi_fail_memory(err, n * sizeof *all);
    for (size_t g = 0; g < n && status == DSI_OK; g++) {
        status = number(&all[g], &f->groups[g], err);
        if (dsi_balance_shows(f, g) &&
            (widest == SIZE_MAX ||
             f->groups[g].n_indexed > f->groups[widest].n_indexed))
            widest = g;
    }
    for (size_t g = 0; g < n && status == DSI_OK; g++)
        if (g != widest && dsi_balance_shows(f, g))
            status = find_between(f, &all[widest], &all[g], err);
    for (size_t g = 0; all && g < n; g++)
        free(all[g].order);
    free(all);
    return status;
}
