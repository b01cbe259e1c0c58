/* Rows and summary of balance. */
#include "balance_finishing.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rows
 * ------------------------------------------------------------------------------- */

static uint64_t largest_count(const struct dsi_balance_group *group)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < group->n_indexed; i++)
        largest = group->counts[i] > largest ? group->counts[i] : largest;
    return largest;
}

static enum dsi_status add_row(const struct dsi_balance_finishing *f,
                               const struct dsi_balance_group *g, size_t i,
                               uint64_t largest, struct dsi_error *err)
{
    const struct dsi_balance_class *c = &g->classes[i];
    const struct dsi_dataset *dataset = f->balance->dataset;
    bool named = dsi_dataset_n_shown(dataset) > 1;
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

static enum dsi_status add_rows(const struct dsi_balance_finishing *f,
                                struct dsi_error *err)
{
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        if (!dsi_balance_shows(f, g))
            continue;
        uint64_t largest = largest_count(&f->groups[g]);
        for (size_t i = 0; i < f->groups[g].n_classes; i++)
            DSI_TRY(add_row(f, &f->groups[g], i, largest, err));
    }
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

enum dsi_status dsi_balance_pool(const struct dsi_balance_finishing *f,
                                 uint64_t **counts, size_t *n, struct dsi_error *err)
{
    size_t total = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        if (dsi_balance_shows(f, g))
            total += f->groups[g].n_indexed;
    struct pooled *all = dsi_alloc_array(total, sizeof *all);
    *counts = dsi_alloc_array(total, sizeof **counts);
    *n = 0;
    if (!all || !*counts) {
        free(all);
        free(*counts);
        *counts = NULL;
        return dsi_fail_memory(err, total * sizeof *all);
    }
    size_t at = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        for (size_t i = 0; dsi_balance_shows(f, g) && i < f->groups[g].n_indexed; i++)
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

static uint64_t n_all_samples(const struct dsi_balance_finishing *f)
{
    uint64_t n = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        if (dsi_balance_shows(f, g))
            n += f->groups[g].n_samples;
    return n;
}

/* Classes with too few samples, and how many samples they lack together. */
static enum dsi_status summarise_minimum(const struct dsi_balance_finishing *f,
                                         const uint64_t *counts, size_t n,
                                         struct dsi_error *err)
{
    const struct dsi_balance_parameters *p = f->balance->parameters;
    uint64_t least = n ? UINT64_MAX : 0, n_below = 0, shortfall = 0;
    for (size_t i = 0; i < n; i++) {
        least = counts[i] < least ? counts[i] : least;
        if (counts[i] < p->min_per_class) {
            n_below++;
            if (!dsi_add(shortfall, p->min_per_class - counts[i], &shortfall))
                shortfall = UINT64_MAX;
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
    return dsi_balance_find(f, "below_min", DSI_WARNING, NULL, UINT64_MAX, err,
                            "%" PRIu64 " of %zu classes have fewer than %" PRIu64
                            " samples; the smallest has %" PRIu64 ", and %" PRIu64
                            " are missing in all",
                            n_below, n, p->min_per_class, least, shortfall);
}

static enum dsi_status summarise(const struct dsi_balance_finishing *f,
                                 const uint64_t *counts, size_t n,
                                 struct dsi_error *err)
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

static enum dsi_status summarise_pool(const struct dsi_balance_finishing *f,
                                      struct dsi_error *err)
{
    uint64_t *counts;
    size_t n;
    enum dsi_status status = dsi_balance_pool(f, &counts, &n, err);
    if (status == DSI_OK)
        status = summarise(f, counts, n, err);
    free(counts);
    return status;
}

static enum dsi_status report_all(const struct dsi_balance_finishing *f,
                                  struct dsi_error *err)
{
    DSI_TRY(add_rows(f, err));
    DSI_TRY(dsi_balance_add_findings(f, err));
    return summarise_pool(f, err);
}

enum dsi_status dsi_balance_finish(void *state, struct dsi_report *report,
                                   struct dsi_error *err)
{
    struct dsi_balance_finishing f = {.balance = state, .report = report};
    DSI_TRY(dsi_balance_finishing_make(&f, err));
    enum dsi_status status = report_all(&f, err);
    dsi_balance_finishing_free(&f);
    return status;
}
