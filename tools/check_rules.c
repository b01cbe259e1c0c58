/* What is wrong with the checks of a configuration as a whole. */
#include "check_reading.h"

#include <stdlib.h>
#include <string.h>

/* A check that counts findings of a rule which none of the dataset's tools has would
 * always pass. */
static void find_vain(struct dsi_check_reading *r)
{
    for (size_t i = 0; i < r->config->n_rules; i++) {
        const struct dsi_check_rule *rule = &r->config->rules[i];
        if (!rule->metric.key || rule->metric.tool || rule->dataset == SIZE_MAX)
            continue;
        const struct dsi_check_dataset *dataset = &r->config->datasets[rule->dataset];
        bool is_found = dataset->n_looks == 0;
        for (size_t l = 0; l < dataset->n_looks; l++)
            is_found |= dsi_metric_is_finding(dataset->looks[l].tool, rule->metric.key);
        if (!is_found)
            dsi_reading_complain(r, rule->at,
                                 "none of the tools of '%.100s' finds '%.100s': name "
                                 "one that does in its tools:",
                                 dataset->name, rule->metric.key);
    }
}

static int compare_names(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* By what makes a check's name; equal ones in their order. */
static int compare_rules(const void *left, const void *right)
{
    const struct dsi_check_rule *a = *(struct dsi_check_rule *const *)left,
                                *b = *(struct dsi_check_rule *const *)right;
    int order = (a->dataset > b->dataset) - (a->dataset < b->dataset);
    if (!order)
        order = compare_names(a->name, b->name);
    if (!order)
        order = (a->severity > b->severity) - (a->severity < b->severity);
    if (!order)
        order = compare_names(a->at->text, b->at->text);
    return order ? order : (a > b) - (a < b);
}

static bool are_alike(const struct dsi_check_rule *a, const struct dsi_check_rule *b)
{
    bool have_op = false;
    for (size_t i = 0; i < a->n_ops; i++)
        for (size_t k = 0; k < b->n_ops; k++)
            have_op |= a->ops[i].op == b->ops[k].op;
    return have_op && a->dataset == b->dataset && a->severity == b->severity &&
           compare_names(a->name, b->name) == 0 &&
           compare_names(a->at->text, b->at->text) == 0;
}

/* Two checks of one name, of which a reader, or what collects the outputs, could not
 * tell which is meant. */
static void find_repeated(struct dsi_check_reading *r,
                          const struct dsi_check_rule **sorted)
{
    size_t n = 0;
    for (size_t i = 0; i < r->config->n_rules; i++)
        if (r->config->rules[i].at)
            sorted[n++] = &r->config->rules[i];
    qsort(sorted, n, sizeof *sorted, compare_rules);
    for (size_t i = 1; i < n; i++)
        if (are_alike(sorted[i - 1], sorted[i]))
            dsi_reading_complain(r, sorted[i]->at,
                                 "the same is checked at line %zu, too: leave one out, "
                                 "or give it a name: of its own",
                                 sorted[i - 1]->at->line);
}

enum dsi_status dsi_reading_check_rules(struct dsi_check_reading *r,
                                        struct dsi_error *err)
{
    const struct dsi_check_rule **sorted =
        dsi_alloc_array(r->config->n_rules + 1, sizeof *sorted);
    if (!sorted)
        return dsi_fail_memory(err, r->config->n_rules * sizeof *sorted);
    find_vain(r);
    find_repeated(r, sorted);
    free(sorted);
    return DSI_OK;
}
