/* A configuration from a file of YAML. Everything that is wrong with it is told, each
 * with its place. */
#include "check_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (UINT64_C(4) << 20)

/* Common options that a dataset may give to its tools; the others are check's own. */
static const char *const common_words[] = {
    "exclude", "limit-bytes", "limit-pixels", "follow-external", "severity", NULL};

struct reading {
    struct dsi_check_config *config;
    char *folder;      /* of the file; NULL: the current one */
    bool has_baseline; /* from elsewhere */
};

static void complain(struct reading *r, const struct dsi_yaml *node, const char *format,
                     ...) DSI_PRINTF(3, 4);

static void complain(struct reading *r, const struct dsi_yaml *node, const char *format,
                     ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    dsi_complain(&r->config->complaints, node->line, node->column, "%s", text);
}

/* False, with a complaint, unless the node is of that kind. A list of which nothing is
 * left but the key, with its lines commented out, is an empty one. */
static bool is_kind(struct reading *r, const struct dsi_yaml *node,
                    enum dsi_yaml_kind kind, const char *what)
{
    static const char *const names[] = {"a single value", "a list", "a map"};
    const bool is_bare =
        node->kind == DSI_YAML_SCALAR && node->is_plain && !node->text[0];
    if (node->kind == kind || (kind == DSI_YAML_LIST && is_bare))
        return true;
    complain(r, node, "%s is %s, not %s", what, names[kind], names[node->kind]);
    return false;
}

/* A key that is none of the words. */
static void refuse_key(struct reading *r, const struct dsi_yaml *item,
                       const char *where, const char *const *words)
{
    const char *near = dsi_nearest_word(item->key->text, words);
    complain(r, item->key, "unknown key '%.100s' %s%s%s%s", item->key->text, where,
             near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static bool is_in(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* --- paths are taken from the folder of the file ------------------------------------
 */

static enum dsi_status add_path(struct reading *r, struct dsi_words *words,
                                const char *before, const char *path,
                                struct dsi_error *err)
{
    const bool is_whole = path[0] == '/' || !r->folder;
    return dsi_words_printf(words, err, "%s%s%s%s", before, is_whole ? "" : r->folder,
                            is_whole ? "" : "/", path);
}

/* One, or a list of them. */
static enum dsi_status add_paths(struct reading *r, const struct dsi_yaml *node,
                                 const char *what, struct dsi_words *words,
                                 struct dsi_error *err)
{
    const struct dsi_yaml *first = node->kind == DSI_YAML_LIST ? node->first : node;
    if (!first)
        complain(r, node, "%s names no file", what);
    for (const struct dsi_yaml *item = first; item; item = item->next) {
        if (!is_kind(r, item, DSI_YAML_SCALAR, what))
            continue;
        if (!item->text[0])
            complain(r, item, "%s names no file", what);
        else
            DSI_TRY(add_path(r, words, "", item->text, err));
        if (first == node)
            break;
    }
    return DSI_OK;
}

/* --- options of tools ---------------------------------------------------------------
 */

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
    return option && (is_own || is_in(common_words, name)) ? option : NULL;
}

/* Whether a command line of this option alone would do. */
static void try_option(struct reading *r, const struct dsi_yaml *node,
                       const struct dsi_tool *tool, char *word)
{
    struct dsi_tool_parsed parsed;
    struct dsi_error err;
    char *argv[] = {(char *)tool->name, word, "a", "b", NULL};
    const int argc = tool->operands == DSI_OPERANDS_PAIR ? 4 : 3;
    if (dsi_tool_parse(&parsed, tool, argc, argv, &err) != DSI_OK)
        complain(r, node, "%s: %s", tool->name, err.message);
    dsi_tool_parsed_free(&parsed);
}

static enum dsi_status add_value(struct reading *r, const struct dsi_yaml *item,
                                 struct dsi_check_look *look,
                                 const struct dsi_option *option, const char *name,
                                 struct dsi_error *err)
{
    struct dsi_words *words = &look->options;
    char before[80];
    bool is_on;
    if (!is_kind(r, item, DSI_YAML_SCALAR, name))
        return DSI_OK;
    snprintf(before, sizeof before, "--%s=", name);
    if (option->kind != DSI_OPTION_FLAG) {
        const bool is_file = option->value_completion != NULL && item->text[0];
        DSI_TRY(is_file ? add_path(r, words, before, item->text, err)
                        : dsi_words_printf(words, err, "%s%s", before, item->text));
    } else if (!dsi_yaml_bool(item, &is_on)) {
        complain(r, item, "%s is true or false, not '%.100s'", name, item->text);
        return DSI_OK;
    } else if (is_on) {
        DSI_TRY(dsi_words_printf(words, err, "--%s", name));
    } else {
        return DSI_OK;
    }
    try_option(r, item, look->tool, words->items[words->n - 1]);
    return DSI_OK;
}

static enum dsi_status add_option(struct reading *r, const struct dsi_yaml *item,
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
static enum dsi_status share_severity(struct reading *r,
                                      struct dsi_check_dataset *dataset,
                                      const struct dsi_yaml *item,
                                      struct dsi_error *err)
{
    bool is_taken = false;
    if (!is_kind(r, item, DSI_YAML_SCALAR, "severity"))
        return DSI_OK;
    for (size_t i = 0; i < dataset->n_looks; i++) {
        struct dsi_check_look *look = &dataset->looks[i];
        if (!dsi_severity_fits(look->tool, item->text))
            continue;
        is_taken = true;
        DSI_TRY(dsi_words_printf(&look->options, err, "--severity=%s", item->text));
    }
    if (!is_taken)
        complain(r, item,
                 "severity: '%.100s' is not RULE=off, note, warning or error of a rule "
                 "that a tool here has",
                 item->text);
    return DSI_OK;
}

static enum dsi_status share_severities(struct reading *r,
                                        struct dsi_check_dataset *dataset,
                                        const struct dsi_yaml *item,
                                        struct dsi_error *err)
{
    if (item->kind != DSI_YAML_LIST)
        return share_severity(r, dataset, item, err);
    for (const struct dsi_yaml *one = item->first; one; one = one->next)
        DSI_TRY(share_severity(r, dataset, one, err));
    return DSI_OK;
}

/* An option of the dataset's: to every tool that has it. */
static enum dsi_status add_shared(struct reading *r, struct dsi_check_dataset *dataset,
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
        refuse_key(r, item, "of a dataset, and no option of its tools", words);
    }
    return DSI_OK;
}

/* options: TOOL: OPTION: VALUE */
static enum dsi_status add_own(struct reading *r, struct dsi_check_dataset *dataset,
                               const struct dsi_yaml *node, struct dsi_error *err)
{
    char name[64];
    if (!is_kind(r, node, DSI_YAML_MAP, "options"))
        return DSI_OK;
    for (const struct dsi_yaml *map = node->first; map; map = map->next) {
        struct dsi_check_look *look = NULL;
        for (size_t i = 0; i < dataset->n_looks; i++)
            if (strcmp(dataset->looks[i].tool->name, map->key->text) == 0)
                look = &dataset->looks[i];
        if (!look) {
            complain(r, map->key,
                     "options for '%.100s', which looks at nothing here (tools: and "
                     "the metrics of checks: say which do)",
                     map->key->text);
            continue;
        }
        if (!is_kind(r, map, DSI_YAML_MAP, look->tool->name))
            continue;
        for (const struct dsi_yaml *item = map->first; item; item = item->next) {
            const struct dsi_option *option =
                option_of(look->tool, item->key->text, name);
            if (option)
                DSI_TRY(add_option(r, item, look, option, name, err));
            else
                complain(r, item->key, "%s has no option '%.100s' to give here",
                         look->tool->name, item->key->text);
        }
    }
    return DSI_OK;
}

/* --- datasets -----------------------------------------------------------------------
 */

/* Tools that look at a dataset, or at a pair of them. */
static bool is_looking(const struct dsi_tool *tool, bool is_diff)
{
    return tool->summary && (tool->operands == DSI_OPERANDS_PAIR) == is_diff;
}

static enum dsi_status add_look(struct reading *r, struct dsi_check_dataset *dataset,
                                const struct dsi_yaml *node, const char *name,
                                struct dsi_error *err)
{
    const struct dsi_tool *tool = dsi_tool_find(name);
    if (!tool || !is_looking(tool, dataset->is_diff)) {
        complain(r, node, "'%.100s' is no tool that looks at %s", name,
                 dataset->is_diff ? "a pair (diff is)" : "a dataset");
        return DSI_OK;
    }
    return dsi_check_look_add(dataset, tool) ? DSI_OK : dsi_fail_memory(err, 0);
}

static enum dsi_status add_looks(struct reading *r, struct dsi_check_dataset *dataset,
                                 const struct dsi_yaml *node, struct dsi_error *err)
{
    if (!is_kind(r, node, DSI_YAML_LIST, "tools"))
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        if (is_kind(r, item, DSI_YAML_SCALAR, "a tool"))
            DSI_TRY(add_look(r, dataset, item, item->text, err));
    return DSI_OK;
}

static void take_severity(struct reading *r, const struct dsi_yaml *node,
                          enum dsi_severity *severity)
{
    if (!is_kind(r, node, DSI_YAML_SCALAR, node->key->text))
        return;
    if (!dsi_severity_named(node->text, severity))
        complain(r, node, "%s is off, note, warning or error, not '%.100s'",
                 node->key->text, node->text);
}

/* What it looks at; its options come when its tools are known. */
static enum dsi_status add_dataset(struct reading *r, const struct dsi_yaml *node,
                                   struct dsi_error *err)
{
    struct dsi_check_dataset *dataset =
        dsi_check_dataset_add(r->config, node->key->text);
    if (!dataset)
        return dsi_fail_memory(err, sizeof *dataset);
    if (!is_kind(r, node, DSI_YAML_MAP, "a dataset"))
        return DSI_OK;
    const struct dsi_yaml *input = dsi_yaml_item(node, "input");
    const struct dsi_yaml *diff = dsi_yaml_item(node, "diff");
    const struct dsi_yaml *tools = dsi_yaml_item(node, "tools");
    const struct dsi_yaml *fail_on = dsi_yaml_item(node, "fail_on");
    const struct dsi_yaml *warn_on = dsi_yaml_item(node, "warn_on");
    dataset->is_diff = diff != NULL;
    if (!input == !diff)
        complain(r, node->key, "'%.100s' wants input: FILE, or diff: [A, B]%s",
                 node->key->text, input ? ", and not both" : "");
    if (input)
        DSI_TRY(add_paths(r, input, "input", &dataset->inputs, err));
    if (diff)
        DSI_TRY(add_paths(r, diff, "diff", &dataset->inputs, err));
    if (diff && (diff->kind != DSI_YAML_LIST || dataset->inputs.n != 2))
        complain(r, diff, "diff wants two inputs, [A, B]");
    if (diff)
        DSI_TRY(add_look(r, dataset, diff, "diff", err));
    if (tools)
        DSI_TRY(add_looks(r, dataset, tools, err));
    if (fail_on)
        take_severity(r, fail_on, &dataset->fail_on);
    if (warn_on)
        take_severity(r, warn_on, &dataset->warn_on);
    return DSI_OK;
}

static enum dsi_status add_options(struct reading *r, struct dsi_check_dataset *dataset,
                                   const struct dsi_yaml *node, struct dsi_error *err)
{
    static const char *const own[] = {"input",   "diff",    "tools", "fail_on",
                                      "warn_on", "options", NULL};
    if (node->kind != DSI_YAML_MAP)
        return DSI_OK;
    if (dataset->n_looks == 0)
        complain(r, node->key,
                 "nothing looks at '%.100s': name tools: [balance, ...], or a metric "
                 "in checks:",
                 node->key->text);
    for (const struct dsi_yaml *item = node->first; item; item = item->next) {
        if (strcmp(item->key->text, "options") == 0)
            DSI_TRY(add_own(r, dataset, item, err));
        else if (!is_in(own, item->key->text))
            DSI_TRY(add_shared(r, dataset, item, err));
    }
    return DSI_OK;
}

/* --- rules --------------------------------------------------------------------------
 */

static const char *const rule_words[] = {"name",     "dataset",    "metric",
                                         "severity", "min",        "max",
                                         "equals",   "max_change", NULL};

static size_t find_dataset(struct reading *r, const struct dsi_yaml *rule)
{
    const struct dsi_check_config *config = r->config;
    const struct dsi_yaml *node = dsi_yaml_item(rule, "dataset");
    const char *names[64];
    size_t n = 0;
    if (!node && config->n_datasets == 1)
        return 0;
    if (!node) {
        complain(r, rule, "a check wants dataset: one of those above");
        return SIZE_MAX;
    }
    if (!is_kind(r, node, DSI_YAML_SCALAR, "dataset"))
        return SIZE_MAX;
    for (size_t i = 0; i < config->n_datasets; i++) {
        if (strcmp(config->datasets[i].name, node->text) == 0)
            return i;
        if (n < 63)
            names[n++] = config->datasets[i].name;
    }
    names[n] = NULL;
    const char *near = dsi_nearest_word(node->text, names);
    complain(r, node, "no dataset '%.100s'%s%s%s", node->text,
             near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return SIZE_MAX;
}

static enum dsi_status take_metric(struct reading *r, const struct dsi_yaml *node,
                                   struct dsi_check_rule *rule, struct dsi_error *err)
{
    struct dsi_error reason;
    const struct dsi_yaml *metric = dsi_yaml_item(node, "metric");
    if (!metric) {
        complain(r, node, "a check wants metric: TOOL.KEY");
        return DSI_OK;
    }
    if (!is_kind(r, metric, DSI_YAML_SCALAR, "metric"))
        return DSI_OK;
    enum dsi_status status = dsi_metric_parse(&rule->metric, metric->text, &reason);
    if (status == DSI_OK)
        status = dsi_metric_check(&rule->metric, metric->text, &reason);
    if (status != DSI_OK) {
        complain(r, metric, "%s", reason.message);
        return status == DSI_ERR_MEMORY ? status : DSI_OK;
    }
    if (rule->dataset == SIZE_MAX || !rule->metric.tool)
        return DSI_OK;
    return add_look(r, &r->config->datasets[rule->dataset], metric, rule->metric.tool,
                    err);
}

static void take_ops(struct reading *r, const struct dsi_yaml *node,
                     struct dsi_check_rule *rule)
{
    struct dsi_error reason;
    for (int op = DSI_OP_MIN; op <= DSI_OP_MAX_CHANGE; op++) {
        const char *word = dsi_rule_op_name((enum dsi_rule_op)op);
        const struct dsi_yaml *item = dsi_yaml_item(node, word);
        if (!item || !is_kind(r, item, DSI_YAML_SCALAR, word))
            continue;
        if (dsi_rule_parse(&rule->ops[rule->n_ops++], (enum dsi_rule_op)op, item->text,
                           item->is_plain, &reason) != DSI_OK)
            complain(r, item, "%s", reason.message);
        if (op == DSI_OP_MAX_CHANGE && !r->has_baseline &&
            !dsi_yaml_item(r->config->root, "baseline"))
            complain(r, item, "max_change is from a baseline: FILE, and none is named");
    }
    if (rule->n_ops == 0)
        complain(r, node, "a check wants min, max, equals or max_change");
}

static enum dsi_status add_rule(struct reading *r, const struct dsi_yaml *node,
                                struct dsi_error *err)
{
    if (!is_kind(r, node, DSI_YAML_MAP, "a check"))
        return DSI_OK;
    struct dsi_check_rule *rule = dsi_check_rule_add(r->config);
    if (!rule)
        return dsi_fail_memory(err, sizeof *rule);
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        if (!is_in(rule_words, item->key->text))
            refuse_key(r, item, "of a check", rule_words);
    const struct dsi_yaml *severity = dsi_yaml_item(node, "severity");
    const struct dsi_yaml *name = dsi_yaml_item(node, "name");
    rule->dataset = find_dataset(r, node);
    if (name && is_kind(r, name, DSI_YAML_SCALAR, "name"))
        rule->name = name->text;
    if (severity)
        take_severity(r, severity, &rule->severity);
    if (rule->severity == DSI_NOTE)
        complain(r, severity, "severity is error, warning or off here");
    take_ops(r, node, rule);
    return take_metric(r, node, rule, err);
}

/* --- the file -----------------------------------------------------------------------
 */

static enum dsi_status read_datasets(struct reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "datasets");
    if (!node)
        complain(r, r->config->root, "names no datasets:");
    if (!node || !is_kind(r, node, DSI_YAML_MAP, "datasets"))
        return DSI_OK;
    if (!node->first)
        complain(r, node, "names no dataset, so that nothing is checked");
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(add_dataset(r, item, err));
    return DSI_OK;
}

static enum dsi_status read_rules(struct reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "checks");
    if (!node || !is_kind(r, node, DSI_YAML_LIST, "checks"))
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(add_rule(r, item, err));
    return DSI_OK;
}

static enum dsi_status read_options(struct reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "datasets");
    size_t d = 0;
    if (!node || node->kind != DSI_YAML_MAP)
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(add_options(r, &r->config->datasets[d++], item, err));
    return DSI_OK;
}

/* FORMAT:FILE, where the file is below the folder, too. */
static enum dsi_status read_outputs(struct reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "outputs");
    if (!node || !is_kind(r, node, DSI_YAML_LIST, "outputs"))
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next) {
        char before[32] = "";
        if (!is_kind(r, item, DSI_YAML_SCALAR, "an output"))
            continue;
        const char *path = dsi_output_of(item->text).path;
        if (path > item->text && (size_t)(path - item->text) < sizeof before)
            memcpy(before, item->text, (size_t)(path - item->text));
        if (!path[0])
            complain(r, item, "'%.100s' names no file", item->text);
        DSI_TRY(add_path(r, &r->config->outputs, before, path, err));
    }
    return DSI_OK;
}

static enum dsi_status read_baseline(struct reading *r, struct dsi_error *err)
{
    struct dsi_words words = {0};
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "baseline");
    if (!node || !is_kind(r, node, DSI_YAML_SCALAR, "baseline"))
        return DSI_OK;
    const enum dsi_status status = add_path(r, &words, "", node->text, err);
    if (status == DSI_OK)
        r->config->baseline = words.items[0];
    free(words.items);
    return status;
}

static enum dsi_status read_all(struct reading *r, struct dsi_error *err)
{
    static const char *const words[] = {"datasets", "checks", "baseline", "outputs",
                                        NULL};
    const struct dsi_yaml *root = r->config->root;
    if (!root) {
        if (r->config->complaints.n == 0)
            dsi_complain(&r->config->complaints, 0, 0, "is empty");
        return DSI_OK;
    }
    if (!is_kind(r, root, DSI_YAML_MAP, "a configuration"))
        return DSI_OK;
    for (const struct dsi_yaml *item = root->first; item; item = item->next)
        if (!is_in(words, item->key->text))
            refuse_key(r, item, "of a configuration", words);
    DSI_TRY(read_datasets(r, err));
    DSI_TRY(read_rules(r, err));
    DSI_TRY(read_options(r, err));
    DSI_TRY(read_outputs(r, err));
    return read_baseline(r, err);
}

enum dsi_status dsi_check_config_read(struct dsi_check_config *config, const char *path,
                                      bool has_baseline,
                                      const struct dsi_common *common,
                                      struct dsi_error *err)
{
    struct reading r = {.config = config, .has_baseline = has_baseline};
    *config = (struct dsi_check_config){.path = path, .complaints = {.path = path}};
    DSI_TRY(dsi_yaml_read(&config->root, path, MAX_BYTES, &config->complaints, err));
    if (strchr(path, '/')) {
        r.folder = dsi_text_copy(path, (size_t)(strrchr(path, '/') - path) +
                                           (strrchr(path, '/') == path));
        if (!r.folder)
            return dsi_fail_memory(err, strlen(path));
    }
    enum dsi_status status = read_all(&r, err);
    if (status == DSI_OK && config->complaints.n == 0)
        status = dsi_check_config_complete(config, common, err);
    free(r.folder);
    return status;
}
