/* What balance finds: imbalance, odd labels, splits that disagree, masks that are none.
 */
#include "balance_finishing.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
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

/* --- findings of one group
 * -------------------------------------------------------------- */

static enum dsi_status find_imbalance(const struct dsi_balance_finishing *f,
                                      const struct dsi_balance_group *g,
                                      struct dsi_error *err)
{
    size_t most = 0, least = SIZE_MAX;
    struct dsi_imbalance imbalance;
    DSI_TRY(dsi_imbalance_of(g->counts, g->n_indexed, &imbalance, err));
    if (!(imbalance.ratio >= f->balance->parameters->max_imbalance))
        return DSI_OK;
    for (size_t i = 0; i < g->n_indexed; i++) {
        most = g->counts[i] > g->counts[most] ? i : most;
        if (g->counts[i] && (least == SIZE_MAX || g->counts[i] < g->counts[least]))
            least = i;
    }
    return dsi_balance_find(f, "imbalance", DSI_WARNING, g->name, UINT64_MAX, err,
                            "the largest class, %.80s with %" PRIu64
                            ", is %.4g times the smallest, "
                            "%.80s with %" PRIu64,
                            g->classes[most].name, g->counts[most], imbalance.ratio,
                            g->classes[least].name, g->counts[least]);
}

static enum dsi_status find_repeats(const struct dsi_balance_finishing *f,
                                    const struct dsi_balance_group *g,
                                    struct dsi_error *err)
{
    double limit = f->balance->parameters->max_repeat, worst = 0;
    if (f->balance->parameters->pixels)
        return DSI_OK; /* pixels are not drawn one by one */
    size_t n = 0, at = 0;
    for (size_t i = 0; i < g->n_indexed; i++) {
        const struct dsi_balance_class *c = &g->classes[i];
        double repeat = c->count ? (double)c->over / (double)c->count : 0;
        n += repeat > limit;
        if (repeat > worst) {
            worst = repeat;
            at = i;
        }
    }
    if (n == 0)
        return DSI_OK;
    return dsi_balance_find(
        f, "repeat", DSI_WARNING, g->name, g->classes[at].first, err,
        "oversampling would repeat the samples of %zu %s more than %.4g times (%.80s: "
        "%.4g times); a model learns such samples by heart",
        n, n == 1 ? "class" : "classes", limit, g->classes[at].name, worst);
}

static enum dsi_status find_stranger(const struct dsi_balance_finishing *f,
                                     const struct dsi_balance_group *g,
                                     const struct dsi_balance_class *c,
                                     struct dsi_error *err)
{
    bool is_text = c->label.kind == DSI_LABEL_TEXT;
    if (c->is_absent)
        return dsi_balance_find(f, "nan_label", DSI_ERROR, g->name, c->first, err,
                                "%" PRIu64 " %s no label ('%.200s')", c->count,
                                c->count == 1 ? "sample has" : "samples have", c->name);
    return dsi_balance_find(
        f, is_text ? "class_set_mismatch" : "out_of_range", DSI_ERROR, g->name,
        c->first, err, "%" PRIu64 " %s the label '%.200s', which is %s", c->count,
        c->count == 1 ? "sample has" : "samples have", c->name,
        is_text ? "not in the declared list" : "outside the declared list");
}

static bool is_fraction(const struct dsi_balance_class *c)
{
    return c->has_label && c->label.kind == DSI_LABEL_FLOAT &&
           (isinf(c->label.as.real) || c->label.as.real != floor(c->label.as.real));
}

static enum dsi_status find_odd_labels(const struct dsi_balance_finishing *f,
                                       const struct dsi_balance_group *g,
                                       struct dsi_error *err)
{
    size_t n_strangers = g->n_classes - g->n_indexed, n_fractions = 0, fraction = 0;
    for (size_t i = 0; i < n_strangers && i < MAX_LISTED; i++)
        DSI_TRY(find_stranger(f, g, &g->classes[g->n_indexed + i], err));
    if (n_strangers > MAX_LISTED)
        DSI_TRY(dsi_balance_find(f, "out_of_range", DSI_ERROR, g->name, UINT64_MAX, err,
                                 "%zu further labels are not in the declared list",
                                 n_strangers - MAX_LISTED));
    for (size_t i = 0; i < g->n_indexed; i++)
        if (is_fraction(&g->classes[i]) && n_fractions++ == 0)
            fraction = i;
    if (n_fractions)
        DSI_TRY(dsi_balance_find(
            f, "non_integral", DSI_WARNING, g->name, g->classes[fraction].first, err,
            "%zu labels are not whole numbers, such as %.40s: are these classes?",
            n_fractions, g->classes[fraction].name));
    if (g->has_gap)
        DSI_TRY(dsi_balance_find(
            f, "index_gap", DSI_WARNING, g->name, UINT64_MAX, err,
            "the labels are not 0 to %zu: index is a class's position, not its "
            "label (--classes declares the list)",
            g->n_indexed - 1));
    return DSI_OK;
}

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
    return dsi_balance_find(f, "empty_class", DSI_WARNING, g->name, UINT64_MAX, err,
                            "%zu of the %zu classes that the file names %s no sample: "
                            "%.200s%s",
                            n, g->n_indexed, n == 1 ? "has" : "have",
                            g->classes[first].name, n > 1 ? ", ..." : "");
}

static enum dsi_status find_missing_classes(const struct dsi_balance_finishing *f,
                                            const struct dsi_balance_group *g,
                                            const struct dsi_group *source,
                                            struct dsi_error *err)
{
    if (f->balance->parameters->n_declared == 0)
        return find_unused_names(f, g, source, err);
    for (size_t i = 0; i < g->n_indexed; i++)
        if (g->counts[i] == 0)
            DSI_TRY(dsi_balance_find(f, "missing_class", DSI_ERROR, g->name, UINT64_MAX,
                                     err, "the declared class '%.200s' has no sample",
                                     g->classes[i].name));
    return DSI_OK;
}

/* --- splits that disagree
 * --------------------------------------------------------------- */

static size_t find_class(const struct dsi_balance_group *group, const char *name)
{
    for (size_t i = 0; i < group->n_indexed; i++)
        if (strcmp(group->classes[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* The classes of a that b has no sample of: the first, and how many. */
static enum dsi_status find_lacking(const struct dsi_balance_finishing *f,
                                    const struct dsi_balance_group *a,
                                    const struct dsi_balance_group *b,
                                    struct dsi_error *err)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < a->n_indexed; i++) {
        size_t j = find_class(b, a->classes[i].name);
        if (a->counts[i] > 0 && (j == SIZE_MAX || b->counts[j] == 0) && n++ == 0)
            first = i;
    }
    if (n == 0)
        return DSI_OK;
    return dsi_balance_find(f, "class_set_mismatch", DSI_ERROR, b->name, UINT64_MAX,
                            err, "%zu of the classes of %s %s no sample here: %.200s%s",
                            n, a->name, n == 1 ? "has" : "have", a->classes[first].name,
                            n > 1 ? ", ..." : "");
}

/* The classes that b numbers otherwise than a. */
static enum dsi_status find_shifted(const struct dsi_balance_finishing *f,
                                    const struct dsi_balance_group *a,
                                    const struct dsi_balance_group *b,
                                    struct dsi_error *err)
{
    size_t n = 0, first = 0, at = 0;
    for (size_t i = 0; i < a->n_indexed; i++) {
        size_t j = find_class(b, a->classes[i].name);
        bool is_lacking = a->counts[i] > 0 && (j == SIZE_MAX || b->counts[j] == 0);
        if (!is_lacking && j != SIZE_MAX && j != i && n++ == 0) {
            first = i;
            at = j;
        }
    }
    if (n == 0)
        return DSI_OK;
    return dsi_balance_find(
        f, "index_shift", DSI_ERROR, b->name, UINT64_MAX, err,
        "class '%.200s' has index %zu here and %zu in %s (%zu %s shifted)",
        a->classes[first].name, at, first, a->name, n,
        n == 1 ? "class is" : "classes are");
}

/* Each split against the one with the most classes, and that one against each: where
 * splits share one class list, it too may lack what another has. */
static enum dsi_status find_split_differences(const struct dsi_balance_finishing *f,
                                              struct dsi_error *err)
{
    const struct dsi_dataset *dataset = f->balance->dataset;
    size_t widest = 0;
    if (!dataset->has_splits || dataset->has_many_inputs ||
        f->balance->parameters->pixels)
        return DSI_OK;
    if (dsi_dataset_n_shown(dataset) < 2)
        return DSI_OK;
    for (size_t g = 1; g < f->balance->n_groups; g++)
        if (f->groups[g].n_indexed > f->groups[widest].n_indexed)
            widest = g;
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        if (g == widest)
            continue;
        DSI_TRY(find_lacking(f, &f->groups[widest], &f->groups[g], err));
        DSI_TRY(find_lacking(f, &f->groups[g], &f->groups[widest], err));
        DSI_TRY(find_shifted(f, &f->groups[widest], &f->groups[g], err));
    }
    return DSI_OK;
}

/* --- masks
 * ------------------------------------------------------------------------------ */

static enum dsi_status find_mask_faults(const struct dsi_balance_finishing *f,
                                        struct dsi_error *err)
{
    const struct dsi_balance *balance = f->balance;
    if (balance->n_not_masks)
        DSI_TRY(dsi_balance_find(f, "not_a_mask", DSI_WARNING, NULL, UINT64_MAX, err,
                                 "%" PRIu64 " pictures or rows hold no class per pixel "
                                 "(several channels, or text): not counted",
                                 balance->n_not_masks));
    if (balance->n_lossy_masks)
        DSI_TRY(dsi_balance_find(f, "lossy_mask", DSI_WARNING, NULL, UINT64_MAX, err,
                                 "%" PRIu64
                                 " masks are JPEG, which changes pixel values "
                                 "and so makes classes up: save masks as PNG",
                                 balance->n_lossy_masks));
    for (size_t g = 0; g < balance->n_groups && balance->n_ignored; g++)
        if (dsi_balance_shows(f, g) && f->groups[g].n_indexed <= 1)
            DSI_TRY(dsi_balance_find(
                f, "ignored_class", DSI_WARNING, f->groups[g].name, UINT64_MAX, err,
                "%" PRIu64 " pixels are ignored, and at most one class "
                "is left: is the ignored value a class "
                "(--ignore-label=none)?",
                balance->n_ignored));
    return DSI_OK;
}

static enum dsi_status find_emptiness(const struct dsi_balance_finishing *f,
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

enum dsi_status dsi_balance_add_findings(const struct dsi_balance_finishing *f,
                                         struct dsi_error *err)
{
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        if (!dsi_balance_shows(f, g))
            continue;
        DSI_TRY(find_imbalance(f, &f->groups[g], err));
        DSI_TRY(find_repeats(f, &f->groups[g], err));
        DSI_TRY(find_odd_labels(f, &f->groups[g], err));
        DSI_TRY(find_missing_classes(f, &f->groups[g], &f->balance->dataset->groups[g],
                                     err));
    }
    DSI_TRY(find_split_differences(f, err));
    DSI_TRY(find_mask_faults(f, err));
    return find_emptiness(f, err);
}
