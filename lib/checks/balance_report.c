/* Rows, summary and findings of balance. */
#include "balance.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LISTED = 100 }; /* classes listed under one rule; the rest is counted */

/* What finishing works on. */
struct finishing {
    const struct dsi_balance *balance;
    struct dsi_balance_group *groups;
    struct dsi_report *report;
};

static enum dsi_status find(const struct finishing *f, const char *rule,
                            enum dsi_severity severity, const char *source,
                            uint64_t index, struct dsi_error *err, const char *format,
                            ...) DSI_PRINTF(7, 8);

static enum dsi_status find(const struct finishing *f, const char *rule,
                            enum dsi_severity severity, const char *source,
                            uint64_t index, struct dsi_error *err, const char *format,
                            ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    struct dsi_finding finding = {.rule = rule,
                                  .severity = severity,
                                  .source = source,
                                  .index = index,
                                  .where = source,
                                  .detail = detail};
    return dsi_report_finding(f->report, &finding, err);
}

/* --- rows
 * ------------------------------------------------------------------------------- */

static uint64_t largest_count(const struct dsi_balance_group *group)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < group->n_indexed; i++)
        largest = group->counts[i] > largest ? group->counts[i] : largest;
    return largest;
}

static enum dsi_status add_row(const struct finishing *f,
                               const struct dsi_balance_group *g, size_t i,
                               uint64_t largest, struct dsi_error *err)
{
    const struct dsi_balance_class *c = &g->classes[i];
    const struct dsi_dataset *dataset = f->balance->dataset;
    bool named = dataset->n_groups > 1 || dataset->has_splits;
    double n = (double)g->n_samples, count = (double)c->count;
    const struct dsi_value row[] = {
        dsi_text(c->name),
        c->has_index ? dsi_uint(i) : dsi_null(),
        dsi_uint(c->count),
        g->n_samples ? dsi_float(count / n) : dsi_null(),
        c->has_index && c->count ? dsi_float((double)largest / count) : dsi_null(),
        c->has_index ? dsi_float(c->weight) : dsi_null(),
        c->has_index ? dsi_uint(c->over) : dsi_null(),
        c->has_index ? dsi_uint(c->under) : dsi_null(),
        c->has_index ? dsi_uint(c->mixed) : dsi_null(),
        named ? dsi_text(g->name) : dsi_null(),
    };
    return dsi_report_row(f->report, row, err);
}

static enum dsi_status add_rows(const struct finishing *f, struct dsi_error *err)
{
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        uint64_t largest = largest_count(&f->groups[g]);
        for (size_t i = 0; i < f->groups[g].n_classes; i++)
            DSI_TRY(add_row(f, &f->groups[g], i, largest, err));
    }
    return DSI_OK;
}

/* --- findings of one group
 * -------------------------------------------------------------- */

static enum dsi_status find_imbalance(const struct finishing *f,
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
    return find(f, "imbalance", DSI_WARNING, g->name, UINT64_MAX, err,
                "the largest class, %.80s with %" PRIu64
                ", is %.4g times the smallest, "
                "%.80s with %" PRIu64,
                g->classes[most].name, g->counts[most], imbalance.ratio,
                g->classes[least].name, g->counts[least]);
}

static enum dsi_status find_repeats(const struct finishing *f,
                                    const struct dsi_balance_group *g,
                                    struct dsi_error *err)
{
    double limit = f->balance->parameters->max_repeat, worst = 0;
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
    return find(
        f, "repeat", DSI_WARNING, g->name, g->classes[at].first, err,
        "oversampling would repeat the samples of %zu %s more than %.4g times (%.80s: "
        "%.4g times); a model learns such samples by heart",
        n, n == 1 ? "class" : "classes", limit, g->classes[at].name, worst);
}

static enum dsi_status find_stranger(const struct finishing *f,
                                     const struct dsi_balance_group *g,
                                     const struct dsi_balance_class *c,
                                     struct dsi_error *err)
{
    bool is_text = c->label.kind == DSI_LABEL_TEXT;
    if (c->is_absent)
        return find(f, "nan_label", DSI_ERROR, g->name, c->first, err,
                    "%" PRIu64 " %s no label ('%.200s')", c->count,
                    c->count == 1 ? "sample has" : "samples have", c->name);
    return find(f, is_text ? "class_set_mismatch" : "out_of_range", DSI_ERROR, g->name,
                c->first, err, "%" PRIu64 " %s the label '%.200s', which is %s",
                c->count, c->count == 1 ? "sample has" : "samples have", c->name,
                is_text ? "not in the declared list" : "outside the declared list");
}

static bool is_fraction(const struct dsi_balance_class *c)
{
    return c->has_label && c->label.kind == DSI_LABEL_FLOAT &&
           !isnan(c->label.as.real) && c->label.as.real != floor(c->label.as.real);
}

static enum dsi_status find_odd_labels(const struct finishing *f,
                                       const struct dsi_balance_group *g,
                                       struct dsi_error *err)
{
    size_t n_strangers = g->n_classes - g->n_indexed, n_fractions = 0, fraction = 0;
    for (size_t i = 0; i < n_strangers && i < MAX_LISTED; i++)
        DSI_TRY(find_stranger(f, g, &g->classes[g->n_indexed + i], err));
    if (n_strangers > MAX_LISTED)
        DSI_TRY(find(f, "out_of_range", DSI_ERROR, g->name, UINT64_MAX, err,
                     "%zu further labels are not in the declared list",
                     n_strangers - MAX_LISTED));
    for (size_t i = 0; i < g->n_indexed; i++)
        if (is_fraction(&g->classes[i]) && n_fractions++ == 0)
            fraction = i;
    if (n_fractions)
        DSI_TRY(find(
            f, "non_integral", DSI_WARNING, g->name, g->classes[fraction].first, err,
            "%zu labels are not whole numbers, such as %.40s: are these classes?",
            n_fractions, g->classes[fraction].name));
    if (g->has_gap)
        DSI_TRY(
            find(f, "index_gap", DSI_WARNING, g->name, UINT64_MAX, err,
                 "the labels are not 0 to %zu: index is a class's position, not its "
                 "label (--classes declares the list)",
                 g->n_indexed - 1));
    return DSI_OK;
}

static enum dsi_status find_missing_classes(const struct finishing *f,
                                            const struct dsi_balance_group *g,
                                            struct dsi_error *err)
{
    if (f->balance->parameters->n_declared == 0)
        return DSI_OK;
    for (size_t i = 0; i < g->n_indexed; i++)
        if (g->counts[i] == 0)
            DSI_TRY(find(f, "missing_class", DSI_ERROR, g->name, UINT64_MAX, err,
                         "the declared class '%.200s' has no sample",
                         g->classes[i].name));
    return DSI_OK;
}

/* --- the whole: groups pooled by class name
 * --------------------------------------------- */

struct pooled {
    const char *name;
    uint64_t count;
};

static int compare_pooled(const void *a, const void *b)
{
    return strcmp(((const struct pooled *)a)->name, ((const struct pooled *)b)->name);
}

/* The counts of all groups, classes of one name added up, in counts[0..*n). */
static enum dsi_status pool(const struct finishing *f, uint64_t **counts, size_t *n,
                            struct dsi_error *err)
{
    size_t total = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        total += f->groups[g].n_indexed;
    struct pooled *all = dsi_alloc_array(total, sizeof *all);
    *counts = dsi_alloc_array(total, sizeof **counts);
    *n = 0;
    if (!all || !*counts) {
        free(all);
        return dsi_fail_memory(err, total * sizeof *all);
    }
    size_t at = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        for (size_t i = 0; i < f->groups[g].n_indexed; i++)
            all[at++] =
                (struct pooled){f->groups[g].classes[i].name, f->groups[g].counts[i]};
    qsort(all, total, sizeof *all, compare_pooled);
    for (size_t i = 0; i < total; i++) {
        if (i == 0 || strcmp(all[i - 1].name, all[i].name) != 0)
            (*counts)[(*n)++] = 0;
        (*counts)[*n - 1] += all[i].count;
    }
    free(all);
    return DSI_OK;
}

static uint64_t n_all_samples(const struct finishing *f)
{
    uint64_t n = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        n += f->groups[g].n_samples;
    return n;
}

/* Classes with too few samples, and how many samples they lack together. */
static enum dsi_status summarise_minimum(const struct finishing *f,
                                         const uint64_t *counts, size_t n,
                                         struct dsi_error *err)
{
    const struct dsi_balance_parameters *p = f->balance->parameters;
    uint64_t least = n ? UINT64_MAX : 0, n_below = 0, shortfall = 0;
    for (size_t i = 0; i < n; i++) {
        least = counts[i] < least ? counts[i] : least;
        if (counts[i] < p->min_per_class) {
            n_below++;
            shortfall += p->min_per_class - counts[i];
        }
    }
    bool asked = p->min_per_class && !p->pixels;
    DSI_TRY(dsi_report_summary(f->report, "min_count", dsi_uint(least), err));
    DSI_TRY(dsi_report_summary(f->report, "below_min",
                               asked ? dsi_uint(n_below) : dsi_null(), err));
    DSI_TRY(dsi_report_summary(f->report, "shortfall",
                               asked ? dsi_uint(shortfall) : dsi_null(), err));
    if (!asked || n_below == 0)
        return DSI_OK;
    return find(f, "below_min", DSI_WARNING, NULL, UINT64_MAX, err,
                "%" PRIu64 " of %zu classes have fewer than %" PRIu64
                " samples; the smallest has %" PRIu64 ", and %" PRIu64
                " are missing in all",
                n_below, n, p->min_per_class, least, shortfall);
}

static enum dsi_status summarise(const struct finishing *f, const uint64_t *counts,
                                 size_t n, struct dsi_error *err)
{
    const struct dsi_balance *balance = f->balance;
    const struct dsi_balance_parameters *p = balance->parameters;
    struct dsi_imbalance imbalance;
    uint64_t n_counted = n_all_samples(f);
    uint64_t n_samples = p->pixels ? balance->n_images : n_counted;
    DSI_TRY(dsi_imbalance_of(counts, n, &imbalance, err));
    const struct {
        const char *key;
        struct dsi_value value;
    } facts[] = {
        {"samples", dsi_uint(n_samples)},
        {"classes", dsi_uint(n)},
        {"imbalance_ratio",
         imbalance.n_samples ? dsi_float(imbalance.ratio) : dsi_null()},
        {"entropy", imbalance.n_samples ? dsi_float(imbalance.entropy) : dsi_null()},
        {"gini", imbalance.n_samples ? dsi_float(imbalance.gini) : dsi_null()},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        DSI_TRY(dsi_report_summary(f->report, facts[i].key, facts[i].value, err));
    DSI_TRY(summarise_minimum(f, counts, n, err));
    DSI_TRY(dsi_report_summary(
        f->report, "samples_per_parameter",
        p->n_parameters ? dsi_float((double)n_samples / (double)p->n_parameters)
                        : dsi_null(),
        err));
    DSI_TRY(dsi_report_summary(f->report, "pixels",
                               p->pixels ? dsi_uint(n_counted) : dsi_null(), err));
    return dsi_report_summary(f->report, "ignored_pixels",
                              p->pixels ? dsi_uint(balance->n_ignored) : dsi_null(),
                              err);
}

static enum dsi_status summarise_pool(const struct finishing *f, struct dsi_error *err)
{
    uint64_t *counts;
    size_t n;
    enum dsi_status status = pool(f, &counts, &n, err);
    if (status == DSI_OK)
        status = summarise(f, counts, n, err);
    free(counts);
    return status;
}

static enum dsi_status report_all(const struct finishing *f, struct dsi_error *err)
{
    DSI_TRY(add_rows(f, err));
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        DSI_TRY(find_imbalance(f, &f->groups[g], err));
        DSI_TRY(find_repeats(f, &f->groups[g], err));
        DSI_TRY(find_odd_labels(f, &f->groups[g], err));
        DSI_TRY(find_missing_classes(f, &f->groups[g], err));
    }
    if (f->balance->n_not_masks)
        DSI_TRY(find(f, "not_a_mask", DSI_WARNING, NULL, UINT64_MAX, err,
                     "%" PRIu64
                     " pictures have several channels and no class per pixel: not "
                     "counted",
                     f->balance->n_not_masks));
    return summarise_pool(f, err);
}

enum dsi_status dsi_balance_finish(void *state, struct dsi_report *report,
                                   struct dsi_error *err)
{
    const struct dsi_balance *balance = state;
    struct finishing f = {.balance = balance, .report = report};
    f.groups = dsi_alloc_zeroed(balance->n_groups, sizeof *f.groups);
    if (!f.groups)
        return dsi_fail_memory(err, balance->n_groups * sizeof *f.groups);
    enum dsi_status status = DSI_OK;
    size_t n = 0;
    for (; n < balance->n_groups && status == DSI_OK; n++)
        status = dsi_balance_group_make(&f.groups[n], state, n, err);
    if (status == DSI_OK)
        status = report_all(&f, err);
    while (n-- > 0)
        dsi_balance_group_free(&f.groups[n]);
    free(f.groups);
    return status;
}
