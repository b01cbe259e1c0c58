/* The parts of a configuration, however it came to be. */
#include "check_config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum dsi_status dsi_words_add(struct dsi_words *words, char *word,
                              struct dsi_error *err)
{
    char **items =
        dsi_grow_array(words->items, words->n, &words->capacity, sizeof *items);
    if (!items) {
        free(word);
        return dsi_fail_memory(err, sizeof *items);
    }
    words->items = items;
    items[words->n++] = word;
    return DSI_OK;
}

enum dsi_status dsi_words_printf(struct dsi_words *words, struct dsi_error *err,
                                 const char *format, ...)
{
    char *word = NULL;
    va_list args;
    va_start(args, format);
    const int n = vasprintf(&word, format, args);
    va_end(args);
    return n < 0 ? dsi_fail_memory(err, 0) : dsi_words_add(words, word, err);
}

void dsi_words_free(struct dsi_words *words)
{
    for (size_t i = 0; i < words->n; i++)
        free(words->items[i]);
    free(words->items);
}

struct dsi_check_dataset *dsi_check_dataset_add(struct dsi_check_config *config,
                                                const char *name)
{
    struct dsi_check_dataset *datasets =
        dsi_grow_array(config->datasets, config->n_datasets, &config->datasets_capacity,
                       sizeof *datasets);
    if (!datasets)
        return NULL;
    config->datasets = datasets;
    datasets[config->n_datasets] = (struct dsi_check_dataset){
        .name = name, .fail_on = DSI_ERROR, .warn_on = DSI_WARNING};
    return &datasets[config->n_datasets++];
}

static size_t place_of(const struct dsi_tool *tool)
{
    size_t i = 0;
    while (dsi_tools[i] && dsi_tools[i] != tool)
        i++;
    return i;
}

struct dsi_check_look *dsi_check_look_add(struct dsi_check_dataset *dataset,
                                          const struct dsi_tool *tool)
{
    size_t at = 0;
    while (at < dataset->n_looks && place_of(dataset->looks[at].tool) < place_of(tool))
        at++;
    if (at < dataset->n_looks && dataset->looks[at].tool == tool)
        return &dataset->looks[at];
    struct dsi_check_look *looks = dsi_grow_array(
        dataset->looks, dataset->n_looks, &dataset->looks_capacity, sizeof *looks);
    if (!looks)
        return NULL;
    dataset->looks = looks;
    memmove(&looks[at + 1], &looks[at], (dataset->n_looks - at) * sizeof *looks);
    looks[at] = (struct dsi_check_look){.tool = tool};
    dataset->n_looks++;
    return &looks[at];
}

struct dsi_check_rule *dsi_check_rule_add(struct dsi_check_config *config)
{
    struct dsi_check_rule *rules = dsi_grow_array(
        config->rules, config->n_rules, &config->rules_capacity, sizeof *rules);
    if (!rules)
        return NULL;
    config->rules = rules;
    rules[config->n_rules] = (struct dsi_check_rule){.severity = DSI_ERROR};
    return &rules[config->n_rules++];
}

/* --- what goes without saying -------------------------------------------------------
 */

/* PATH at most 0, of the dataset. */
static enum dsi_status imply(struct dsi_check_config *config, size_t dataset,
                             const char *path, enum dsi_severity severity,
                             struct dsi_error *err)
{
    struct dsi_check_rule *rule = dsi_check_rule_add(config);
    if (!rule)
        return dsi_fail_memory(err, sizeof *rule);
    rule->dataset = dataset;
    rule->severity = severity;
    rule->is_implied = true;
    rule->n_ops = 1;
    DSI_TRY(dsi_rule_parse(&rule->ops[0], DSI_OP_MAX, "0", true, err));
    return dsi_metric_parse(&rule->metric, path, err);
}

static enum dsi_status imply_findings(struct dsi_check_config *config, size_t d,
                                      struct dsi_error *err)
{
    const struct dsi_check_dataset *dataset = &config->datasets[d];
    const int fail_on = dataset->fail_on ? (int)dataset->fail_on : DSI_ERROR + 1;
    const int warn_on = dataset->warn_on ? (int)dataset->warn_on : DSI_ERROR + 1;
    for (int s = DSI_ERROR; s >= DSI_NOTE; s--) {
        char path[64];
        snprintf(path, sizeof path, "findings.%s",
                 dsi_severity_name((enum dsi_severity)s));
        if (s >= fail_on || s >= warn_on)
            DSI_TRY(
                imply(config, d, path, s >= fail_on ? DSI_ERROR : DSI_WARNING, err));
    }
    return DSI_OK;
}

static enum dsi_status imply_same(struct dsi_check_config *config, size_t d,
                                  struct dsi_error *err)
{
    static const char *const paths[] = {"diff.differ", "diff.not_comparable",
                                        "diff.only_a", "diff.only_b", "diff.error"};
    if (config->datasets[d].fail_on == DSI_OFF)
        return DSI_OK;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        DSI_TRY(imply(config, d, paths[i], DSI_ERROR, err));
    return DSI_OK;
}

static enum dsi_status add_number(struct dsi_words *words, const char *name,
                                  uint64_t number, uint64_t usual,
                                  struct dsi_error *err)
{
    return number == usual
               ? DSI_OK
               : dsi_words_printf(words, err, "--%s=%" PRIu64, name, number);
}

/* What the command line of check says of data and findings, behind what the file says:
 * the last word counts. */
static enum dsi_status add_common(struct dsi_check_look *look,
                                  const struct dsi_common *common,
                                  struct dsi_error *err)
{
    const struct dsi_common *usual = &dsi_common_defaults;
    struct dsi_words *words = &look->options;
    DSI_TRY(add_number(words, "threads", common->threads, usual->threads, err));
    DSI_TRY(
        add_number(words, "limit-bytes", common->limit_bytes, usual->limit_bytes, err));
    DSI_TRY(add_number(words, "limit-pixels", common->limit_pixels, usual->limit_pixels,
                       err));
    if (common->follow_external)
        DSI_TRY(dsi_words_printf(words, err, "--follow-external"));
    for (size_t i = 0; i < common->excludes.n; i++)
        DSI_TRY(
            dsi_words_printf(words, err, "--exclude=%s", common->excludes.texts[i]));
    for (size_t i = 0; i < common->severities.n; i++)
        if (dsi_severity_fits(look->tool, common->severities.texts[i]))
            DSI_TRY(dsi_words_printf(words, err, "--severity=%s",
                                     common->severities.texts[i]));
    return DSI_OK;
}

/* A severity that none of the tools takes would silently never match. */
static enum dsi_status check_severities(const struct dsi_check_config *config,
                                        const struct dsi_common *common,
                                        struct dsi_error *err)
{
    for (size_t i = 0; i < common->severities.n; i++) {
        const char *text = common->severities.texts[i];
        bool is_taken = false;
        for (size_t d = 0; d < config->n_datasets; d++)
            for (size_t l = 0; l < config->datasets[d].n_looks; l++)
                is_taken |= dsi_severity_fits(config->datasets[d].looks[l].tool, text);
        if (!is_taken)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "--severity=%.200s: no tool that looks here has that rule",
                            text);
    }
    return DSI_OK;
}

/* Parsing moves the pointers about, so they are not the words' own. */
static enum dsi_status complete_look(const struct dsi_check_dataset *dataset,
                                     struct dsi_check_look *look,
                                     const struct dsi_common *common,
                                     struct dsi_error *err)
{
    struct dsi_words *words = &look->options;
    DSI_TRY(add_common(look, common, err));
    DSI_TRY(dsi_words_printf(words, err, "--"));
    for (size_t i = 0; i < dataset->inputs.n; i++)
        DSI_TRY(dsi_words_printf(words, err, "%s", dataset->inputs.items[i]));
    look->argv = dsi_alloc_array(words->n + 2, sizeof *look->argv);
    if (!look->argv)
        return dsi_fail_memory(err, words->n);
    look->argv[0] = (char *)look->tool->name;
    memcpy(look->argv + 1, words->items, words->n * sizeof *words->items);
    look->argv[words->n + 1] = NULL;
    look->is_parsed = true;
    return dsi_tool_parse(&look->parsed, look->tool, (int)words->n + 1, look->argv,
                          err);
}

enum dsi_status dsi_check_config_complete(struct dsi_check_config *config,
                                          const struct dsi_common *common,
                                          struct dsi_error *err)
{
    DSI_TRY(check_severities(config, common, err));
    for (size_t d = 0; d < config->n_datasets; d++) {
        struct dsi_check_dataset *dataset = &config->datasets[d];
        for (size_t i = 0; i < dataset->n_looks; i++)
            DSI_TRY(complete_look(dataset, &dataset->looks[i], common, err));
        DSI_TRY(dataset->is_diff ? imply_same(config, d, err)
                                 : imply_findings(config, d, err));
    }
    return DSI_OK;
}

static void free_look(struct dsi_check_look *look)
{
    if (look->is_parsed)
        dsi_tool_parsed_free(&look->parsed);
    dsi_words_free(&look->options);
    free(look->argv);
}

void dsi_check_config_free(struct dsi_check_config *config)
{
    for (size_t d = 0; d < config->n_datasets; d++) {
        for (size_t i = 0; i < config->datasets[d].n_looks; i++)
            free_look(&config->datasets[d].looks[i]);
        free(config->datasets[d].looks);
        dsi_words_free(&config->datasets[d].inputs);
        free(config->datasets[d].labels);
    }
    for (size_t i = 0; i < config->n_rules; i++)
        dsi_metric_free(&config->rules[i].metric);
    free(config->datasets);
    free(config->rules);
    free(config->baseline);
    dsi_words_free(&config->outputs);
    dsi_yaml_free(config->root);
    dsi_complaints_free(&config->complaints);
}
