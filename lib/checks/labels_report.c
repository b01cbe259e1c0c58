/* What labels finds in the classes that were counted. */
#include "class_findings.h"
#include "labels.h"
#include "near_names.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static enum dsi_status find(const struct dsi_balance_finishing *f,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...) DSI_PRINTF(4, 5);

static enum dsi_status find(const struct dsi_balance_finishing *f,
                            const struct dsi_finding *finding, struct dsi_error *err,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, finding, format, args, err);
    va_end(args);
    return status;
}

/* --- numbers that are no index ------------------------------------------------------
 */

enum { MAX_LISTED = 100 };

/* Nobody has so many classes. */
static const double most_classes = 2147483648.0;

/* Whole numbers: a fraction is non_integral. */
static bool is_no_index(const struct dsi_balance_class *class, uint64_t n_indices)
{
    const double n = n_indices ? (double)n_indices : most_classes;
    return isfinite(class->number) && class->number == floor(class->number) &&
           (class->number < 0 || class->number >= n);
}

static enum dsi_status find_no_index(const struct dsi_balance_finishing *f,
                                     const struct dsi_balance_group *g,
                                     const struct dsi_balance_class *c,
                                     uint64_t n_indices, struct dsi_error *err)
{
    const struct dsi_finding finding = {.rule = "out_of_range",
                                        .severity = DSI_ERROR,
                                        .source = g->name,
                                        .index = c->first,
                                        .where = g->name,
                                        .label = c->name,
                                        .n_cases = c->count};
    const char *have = c->count == 1 ? "sample has" : "samples have";
    if (n_indices)
        return find(f, &finding, err,
                    "%" PRIu64 " %s the label '%.200s', and there are %" PRIu64
                    " classes, 0 to %" PRIu64,
                    c->count, have, c->name, n_indices, n_indices - 1);
    return find(f, &finding, err,
                "%" PRIu64 " %s the label '%.200s', which can be no class index",
                c->count, have, c->name);
}

/* Of labels without a declared list, whose strangers are found elsewhere. */
static enum dsi_status find_no_indices(const struct dsi_balance_finishing *f,
                                       const struct dsi_balance_group *g,
                                       uint64_t n_indices, struct dsi_error *err)
{
    size_t n = 0;
    struct dsi_finding rest = {.rule = "out_of_range",
                               .severity = DSI_ERROR,
                               .source = g->name,
                               .index = UINT64_MAX,
                               .where = g->name};
    for (size_t i = 0; i < g->n_indexed; i++) {
        const struct dsi_balance_class *c = &g->classes[i];
        if (!is_no_index(c, n_indices))
            continue;
        if (n++ < MAX_LISTED)
            DSI_TRY(find_no_index(f, g, c, n_indices, err));
        else
            rest.n_cases += c->count;
    }
    if (n <= MAX_LISTED)
        return DSI_OK;
    return find(f, &rest, err, "%zu further labels can be no class index",
                n - MAX_LISTED);
}

/* --- names that are close -----------------------------------------------------------
 */

/* A class name, the first group that has it, and how many samples do. */
struct named {
    const char *name;
    size_t group;
    uint64_t first, count;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->group > b->group) - (a->group < b->group);
}

static bool is_word(const struct dsi_balance_class *class)
{
    return isnan(class->number);
}

/* The different names that are words, of which there is room for all. */
static size_t list_words(const struct dsi_balance_finishing *f, struct named *words)
{
    size_t n = 0, n_different = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        const struct dsi_balance_group *group = &f->groups[g];
        for (size_t i = 0; dsi_balance_shows(f, g) && i < group->n_indexed; i++) {
            const struct dsi_balance_class *c = &group->classes[i];
            if (is_word(c))
                words[n++] = (struct named){c->name, g, c->first, c->count};
        }
    }
    qsort(words, n, sizeof *words, compare_named);
    for (size_t i = 0; i < n; i++) {
        if (n_different && strcmp(words[n_different - 1].name, words[i].name) == 0)
            words[n_different - 1].count += words[i].count;
        else
            words[n_different++] = words[i];
    }
    return n_different;
}

/* The rarer of the two is the one to look at. */
static enum dsi_status find_near(const struct dsi_balance_finishing *f,
                                 const struct named *a, const struct named *b,
                                 enum dsi_nearness how, struct dsi_error *err)
{
    static const char *const words[] = {
        [DSI_NEAR_CASE] = "upper and lower case",
        [DSI_NEAR_SPACE] = "case and blanks",
        [DSI_NEAR_EDIT] = "one slip",
    };
    const struct named *rare = a->count <= b->count ? a : b, *other = rare == a ? b : a;
    const char *source = f->groups[rare->group].name;
    const struct dsi_finding finding = {.rule = "near_name",
                                        .severity = DSI_WARNING,
                                        .source = source,
                                        .index = rare->first,
                                        .where = source,
                                        .label = rare->name,
                                        .other_source = f->groups[other->group].name,
                                        .other_index = other->first,
                                        .other_label = other->name};
    return find(f, &finding, err,
                "'%.200s' (%" PRIu64 " samples) is '%.200s' (%" PRIu64 ") but for %s",
                rare->name, rare->count, other->name, other->count, words[how]);
}

static enum dsi_status find_near_words(const struct dsi_balance_finishing *f,
                                       const struct named *words, size_t n,
                                       const char **names, struct dsi_error *err)
{
    struct dsi_near_pair *pairs;
    size_t n_pairs;
    for (size_t i = 0; i < n; i++)
        names[i] = words[i].name;
    DSI_TRY(dsi_near_names(names, n, &pairs, &n_pairs, err));
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < n_pairs && status == DSI_OK; i++)
        status =
            find_near(f, &words[pairs[i].a], &words[pairs[i].b], pairs[i].how, err);
    free(pairs);
    return status;
}

static enum dsi_status find_near_names(const struct dsi_balance_finishing *f,
                                       struct dsi_error *err)
{
    size_t n = 0;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        n += f->groups[g].n_indexed;
    struct named *words = dsi_alloc_array(n, sizeof *words);
    const char **names = dsi_alloc_array(n, sizeof *names);
    enum dsi_status status =
        words && names ? find_near_words(f, words, list_words(f, words), names, err)
                       : dsi_fail_memory(err, n * sizeof *words);
    free(words);
    free(names);
    return status;
}

/* --- all of it ----------------------------------------------------------------------
 */

static enum dsi_status summarise(const struct dsi_balance_finishing *f,
                                 struct dsi_error *err)
{
    uint64_t n_samples = 0, *counts;
    size_t n_classes;
    for (size_t g = 0; g < f->balance->n_groups; g++)
        if (dsi_balance_shows(f, g))
            n_samples += f->groups[g].n_samples;
    DSI_TRY(dsi_balance_pool(f, &counts, &n_classes, err));
    free(counts);
    DSI_TRY(dsi_report_summary(f->report, "samples", dsi_uint(n_samples), err));
    return dsi_report_summary(f->report, "classes", dsi_uint(n_classes), err);
}

static enum dsi_status report_all(const struct dsi_balance_finishing *f,
                                  const struct dsi_labels_parameters *p,
                                  struct dsi_error *err)
{
    DSI_TRY(summarise(f, err));
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        if (!dsi_balance_shows(f, g))
            continue;
        DSI_TRY(dsi_class_find_odd(f, g, err));
        if (p->classes.n_declared == 0)
            DSI_TRY(find_no_indices(f, &f->groups[g], p->n_indices, err));
    }
    DSI_TRY(dsi_class_find_differences(f, err));
    DSI_TRY(find_near_names(f, err));
    return dsi_class_find_emptiness(f, err);
}

enum dsi_status dsi_labels_finish(void *state, struct dsi_report *report,
                                  struct dsi_error *err)
{
    const struct dsi_labels_state *labels = state;
    struct dsi_balance_finishing f = {.balance = &labels->counts, .report = report};
    DSI_TRY(dsi_balance_finishing_make(&f, err));
    enum dsi_status status = report_all(&f, labels->parameters, err);
    dsi_balance_finishing_free(&f);
    return status == DSI_OK && labels->content
               ? dsi_labels_find_content(labels, report, err)
               : status;
}
