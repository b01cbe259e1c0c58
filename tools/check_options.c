/* Options that a configuration gives to tools: those of a dataset go to every tool that
 * has them, those below options: to one. */
#include "check_reading.h"

#include <stdio.h>
#include <string.h>

/* Common options that a dataset may give to its tools; the others are check's own. */
static const char *const common_words[] = {
    "exclude", "limit-bytes", "limit-pixels", "follow-external", "severity", NULL};

/* The option that a key names, with _ for -; NULL: the tool has none. */
static const struct dsi_option *option_of(const struct dsi_tool *tool, const char *key,
                                          char name[64])
{
    const struct dsi_option *tables[DSI_TOOL_TABLES];
    size_t n = 0;
    for (; key[n] && n + 1 < 64; n++)
        name[n] = key[n] == '_' ? '-' : key[n];
    name[n] = '\0';
    dsi_tool_option_tables(tool, tables);
    const struct dsi_option *option = dsi_option_named(tables, name, n);
    const bool is_own =
        option && tool->options && option >= tool->options &&
        tables[0] == tool->options &&
        dsi_option_named((const struct dsi_option *const[]){tool->options, NULL}, name,
                         n) == option;
    return option && (is_own || dsi_word_is_in(common_words, name)) ? option : NULL;
}

/* Whether a command line of this option alone would do. */
static void try_option(struct dsi_check_reading *r, const struct dsi_yaml *node,
                       const struct dsi_tool *tool, char *word)
{
    struct dsi_tool_parsed parsed;
    struct dsi_error err;
    char *argv[] = {(char *)tool->name, word, "a", "b", NULL};
    const int argc = tool->operands == DSI_OPERANDS_PAIR ? 4 : 3;
    if (dsi_tool_parse(&parsed, tool, argc, argv, &err) != DSI_OK)
        dsi_reading_complain(r, node, "%s: %s", tool->name, err.message);
    dsi_tool_parsed_free(&parsed);
}

static enum dsi_status add_value(struct dsi_check_reading *r,
                                 const struct dsi_yaml *item,
                                 struct dsi_check_look *look,
                                 const struct dsi_option *option, const char *name,
                                 struct dsi_error *err)
{
    struct dsi_words *words = &look->options;
    char before[80];
    bool is_on;
    if (!dsi_reading_wants(r, item, DSI_YAML_SCALAR, name))
        return DSI_OK;
    snprintf(before, sizeof before, "--%s=", name);
    if (option->kind != DSI_OPTION_FLAG) {
        const bool is_file = option->value_completion != NULL && item->text[0];
        DSI_TRY(is_file ? dsi_reading_add_path(r, words, before, item->text, err)
                        : dsi_words_printf(words, err, "%s%s", before, item->text));
    } else if (!dsi_yaml_bool(item, &is_on)) {
        dsi_reading_complain(r, item, "%s is true or false, not '%.100s'", name,
                             item->text);
        return DSI_OK;
    } else if (is_on) {
        DSI_TRY(dsi_words_printf(words, err, "--%s", name));
    } else {
        return DSI_OK;
    }
    try_option(r, item, look->tool, words->items[words->n - 1]);
    return DSI_OK;
}

static enum dsi_status add_option(struct dsi_check_reading *r,
                                  const struct dsi_yaml *item,
                                  struct dsi_check_look *look,
                                  const struct dsi_option *option, const char *name,
                                  struct dsi_error *err)
{
    if (item->kind != DSI_YAML_LIST || option->kind != DSI_OPTION_TEXTS)
        return add_value(r, item, look, option, name, err);
    for (const struct dsi_yaml *one = item->first; one; one = one->next)
        DSI_TRY(add_value(r, one, look, option, name, err));
    return DSI_OK;
}

/* RULE=LEVEL: to the tools that have the rule. */
static enum dsi_status share_severity(struct dsi_check_reading *r,
                                      struct dsi_check_dataset *dataset,
                                      const struct dsi_yaml *item,
                                      struct dsi_error *err)
{
    bool is_taken = false;
    if (!dsi_reading_wants(r, item, DSI_YAML_SCALAR, "severity"))
        return DSI_OK;
    for (size_t i = 0; i < dataset->n_looks; i++) {
        struct dsi_check_look *look = &dataset->looks[i];
        if (!dsi_severity_fits(look->tool, item->text))
            continue;
        is_taken = true;
        DSI_TRY(dsi_words_printf(&look->options, err, "--severity=%s", item->text));
    }
    if (!is_taken)
        dsi_reading_complain(
            r, item,
            "severity: '%.100s' is not RULE=off, note, warning or error of a rule "
            "that a tool here has",
            item->text);
    return DSI_OK;
}

static enum dsi_status share_severities(struct dsi_check_reading *r,
                                        struct dsi_check_dataset *dataset,
                                        const struct dsi_yaml *item,
                                        struct dsi_error *err)
{
    for (const struct dsi_yaml *one = dsi_reading_first(item); one;
         one = dsi_reading_next(item, one))
        DSI_TRY(share_severity(r, dataset, one, err));
    return DSI_OK;
}

/* An option of the dataset's: to every tool that has it. */
static enum dsi_status add_shared(struct dsi_check_reading *r,
                                  struct dsi_check_dataset *dataset,
                                  const struct dsi_yaml *item, struct dsi_error *err)
{
    char name[64];
    bool is_taken = false;
    if (strcmp(item->key->text, "severity") == 0)
        return share_severities(r, dataset, item, err);
    for (size_t i = 0; i < dataset->n_looks; i++) {
        struct dsi_check_look *look = &dataset->looks[i];
        const struct dsi_option *option = option_of(look->tool, item->key->text, name);
        if (!option)
            continue;
        is_taken = true;
        DSI_TRY(add_option(r, item, look, option, name, err));
    }
    if (!is_taken) {
        static const char *const words[] = {
            "input",   "diff",     "tools",        "fail_on",  "warn_on",
            "options", "labels",   "classes",      "sentinel", "channel-axis",
            "exclude", "severity", "limit-pixels", NULL};
        dsi_reading_refuse_key(r, item, "of a dataset, and no option of its tools",
                               words);
    }
    return DSI_OK;
}

/* options: TOOL: OPTION: VALUE */
static enum dsi_status add_own(struct dsi_check_reading *r,
                               struct dsi_check_dataset *dataset,
                               const struct dsi_yaml *node, struct dsi_error *err)
{
    char name[64];
    if (!dsi_reading_wants(r, node, DSI_YAML_MAP, "options"))
        return DSI_OK;
    for (const struct dsi_yaml *map = node->first; map; map = map->next) {
        struct dsi_check_look *look = NULL;
        for (size_t i = 0; i < dataset->n_looks; i++)
            if (strcmp(dataset->looks[i].tool->name, map->key->text) == 0)
                look = &dataset->looks[i];
        if (!look) {
            dsi_reading_complain(
                r, map->key,
                "options for '%.100s', which looks at nothing here (tools: and "
                "the metrics of checks: say which do)",
                map->key->text);
            continue;
        }
        if (!dsi_reading_wants(r, map, DSI_YAML_MAP, look->tool->name))
            continue;
        for (const struct dsi_yaml *item = map->first; item; item = item->next) {
            const struct dsi_option *option =
                option_of(look->tool, item->key->text, name);
            if (option)
                DSI_TRY(add_option(r, item, look, option, name, err));
            else
                dsi_reading_complain(r, item->key,
                                     "%s has no option '%.100s' to give here",
                                     look->tool->name, item->key->text);
        }
    }
    return DSI_OK;
}

/* --- all of a dataset ----------------------------------------------------------------
 */

enum dsi_status dsi_reading_add_options(struct dsi_check_reading *r,
                                        struct dsi_check_dataset *dataset,
                                        const struct dsi_yaml *node,
                                        struct dsi_error *err)
{
    static const char *const own[] = {"input",   "diff",    "tools", "fail_on",
                                      "warn_on", "options", NULL};
    if (node->kind != DSI_YAML_MAP)
        return DSI_OK;
    if (dataset->n_looks == 0)
        dsi_reading_complain(
            r, node->key,
            "nothing looks at '%.100s': name tools: [balance, ...], or a metric "
            "in checks:",
            node->key->text);
    for (const struct dsi_yaml *item = node->first; item; item = item->next) {
        if (strcmp(item->key->text, "options") == 0)
            DSI_TRY(add_own(r, dataset, item, err));
        else if (!dsi_word_is_in(own, item->key->text))
            DSI_TRY(add_shared(r, dataset, item, err));
    }
    return DSI_OK;
}
