/* A configuration from a file of YAML. Everything that is wrong with it is told, each
 * with its place. */
#include "check_reading.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (UINT64_C(4) << 20)

/* --- datasets -----------------------------------------------------------------------
 */

/* Tools that look at a dataset, or at a pair of them. */
static bool is_looking(const struct dsi_tool *tool, bool is_diff)
{
    return tool->summary && (tool->operands == DSI_OPERANDS_PAIR) == is_diff;
}

/* No tool is called so: the nearest of those that look. */
static void refuse_tool(struct dsi_check_reading *r, const struct dsi_yaml *node,
                        const char *name, bool is_diff)
{
    enum { MOST = 32 };
    const char *names[MOST + 1];
    size_t n = 0;
    for (size_t i = 0; dsi_tools[i] && n < MOST; i++)
        if (is_looking(dsi_tools[i], is_diff))
            names[n++] = dsi_tools[i]->name;
    names[n] = NULL;
    const char *near = dsi_nearest_word(name, names);
    dsi_reading_complain(r, node, "unknown tool '%.100s'%s%s%s", name,
                         near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "");
}

static enum dsi_status add_look(struct dsi_check_reading *r,
                                struct dsi_check_dataset *dataset,
                                const struct dsi_yaml *node, const char *name,
                                struct dsi_error *err)
{
    const struct dsi_tool *tool = dsi_tool_find(name);
    if (tool && is_looking(tool, dataset->is_diff))
        return dsi_check_look_add(dataset, tool) ? DSI_OK : dsi_fail_memory(err, 0);
    if (tool)
        dsi_reading_complain(r, node, "'%.100s' is no tool that looks at %s", name,
                             dataset->is_diff ? "a pair (diff is)" : "a dataset");
    else
        refuse_tool(r, node, name, dataset->is_diff);
    return DSI_OK;
}

/* One, or a list of them. */
static enum dsi_status add_looks(struct dsi_check_reading *r,
                                 struct dsi_check_dataset *dataset,
                                 const struct dsi_yaml *node, struct dsi_error *err)
{
    for (const struct dsi_yaml *item = dsi_reading_first(node); item;
         item = dsi_reading_next(node, item))
        if (dsi_reading_wants(r, item, DSI_YAML_SCALAR, "a tool"))
            DSI_TRY(add_look(r, dataset, item, item->text, err));
    return DSI_OK;
}

static void take_severity(struct dsi_check_reading *r, const struct dsi_yaml *node,
                          enum dsi_severity *severity)
{
    if (!dsi_reading_wants(r, node, DSI_YAML_SCALAR, node->key->text))
        return;
    if (!dsi_severity_named(node->text, severity))
        dsi_reading_complain(r, node, "%s is off, note, warning or error, not '%.100s'",
                             node->key->text, node->text);
}

/* Every sample of it would be counted twice. */
static void find_repeated_input(struct dsi_check_reading *r,
                                const struct dsi_yaml *input)
{
    const struct dsi_yaml *earlier = dsi_reading_first(input);
    for (const struct dsi_yaml *item = earlier; item;
         item = dsi_reading_next(input, item))
        for (const struct dsi_yaml *one = earlier; one != item;
             one = dsi_reading_next(input, one))
            if (item->text && one->text && strcmp(item->text, one->text) == 0) {
                dsi_reading_complain(r, item, "input '%.100s' is named twice",
                                     item->text);
                return;
            }
}

/* What it looks at; its options come when its tools are known. */
static enum dsi_status add_dataset(struct dsi_check_reading *r,
                                   const struct dsi_yaml *node, struct dsi_error *err)
{
    struct dsi_check_dataset *dataset =
        dsi_check_dataset_add(r->config, node->key->text);
    if (!dataset)
        return dsi_fail_memory(err, sizeof *dataset);
    if (!dsi_reading_wants(r, node, DSI_YAML_MAP, "a dataset"))
        return DSI_OK;
    const struct dsi_yaml *input = dsi_yaml_item(node, "input");
    const struct dsi_yaml *diff = dsi_yaml_item(node, "diff");
    const struct dsi_yaml *tools = dsi_yaml_item(node, "tools");
    const struct dsi_yaml *fail_on = dsi_yaml_item(node, "fail_on");
    const struct dsi_yaml *warn_on = dsi_yaml_item(node, "warn_on");
    dataset->is_diff = diff != NULL;
    if (!input == !diff)
        dsi_reading_complain(r, node->key,
                             "'%.100s' wants input: FILE, or diff: [A, B]%s",
                             node->key->text, input ? ", and not both" : "");
    if (input)
        DSI_TRY(dsi_reading_add_paths(r, input, "input", &dataset->inputs, err));
    if (input)
        find_repeated_input(r, input);
    if (diff)
        DSI_TRY(dsi_reading_add_paths(r, diff, "diff", &dataset->inputs, err));
    if (diff && (diff->kind != DSI_YAML_LIST || dataset->inputs.n != 2))
        dsi_reading_complain(r, diff, "diff wants two inputs, [A, B]");
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

/* --- rules --------------------------------------------------------------------------
 */

static const char *const rule_words[] = {"name",     "dataset",    "metric",
                                         "severity", "min",        "max",
                                         "equals",   "max_change", NULL};

static size_t find_dataset(struct dsi_check_reading *r, const struct dsi_yaml *rule)
{
    const struct dsi_check_config *config = r->config;
    const struct dsi_yaml *node = dsi_yaml_item(rule, "dataset");
    const char *names[64];
    size_t n = 0;
    if (!node && config->n_datasets == 1)
        return 0;
    if (!node) {
        dsi_reading_complain(r, rule, "a check wants dataset: one of those above");
        return SIZE_MAX;
    }
    if (!dsi_reading_wants(r, node, DSI_YAML_SCALAR, "dataset"))
        return SIZE_MAX;
    for (size_t i = 0; i < config->n_datasets; i++) {
        if (strcmp(config->datasets[i].name, node->text) == 0)
            return i;
        if (n < 63)
            names[n++] = config->datasets[i].name;
    }
    names[n] = NULL;
    const char *near = dsi_nearest_word(node->text, names);
    dsi_reading_complain(r, node, "no dataset '%.100s'%s%s%s", node->text,
                         near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "");
    return SIZE_MAX;
}

static enum dsi_status take_metric(struct dsi_check_reading *r,
                                   const struct dsi_yaml *node,
                                   struct dsi_check_rule *rule, struct dsi_error *err)
{
    struct dsi_error reason;
    const struct dsi_yaml *metric = dsi_yaml_item(node, "metric");
    if (!metric) {
        dsi_reading_complain(r, node, "a check wants metric: TOOL.KEY");
        return DSI_OK;
    }
    if (!dsi_reading_wants(r, metric, DSI_YAML_SCALAR, "metric"))
        return DSI_OK;
    rule->at = metric;
    enum dsi_status status = dsi_metric_parse(&rule->metric, metric->text, &reason);
    if (status == DSI_OK)
        status = dsi_metric_check(&rule->metric, metric->text, &reason);
    if (status != DSI_OK) {
        dsi_reading_complain(r, metric, "%s", reason.message);
        return status == DSI_ERR_MEMORY ? status : DSI_OK;
    }
    if (rule->dataset == SIZE_MAX || !rule->metric.tool)
        return DSI_OK;
    return add_look(r, &r->config->datasets[rule->dataset], metric, rule->metric.tool,
                    err);
}

static void take_ops(struct dsi_check_reading *r, const struct dsi_yaml *node,
                     struct dsi_check_rule *rule)
{
    struct dsi_error reason;
    for (int op = DSI_OP_MIN; op <= DSI_OP_MAX_CHANGE; op++) {
        const char *word = dsi_rule_op_name((enum dsi_rule_op)op);
        const struct dsi_yaml *item = dsi_yaml_item(node, word);
        if (!item || !dsi_reading_wants(r, item, DSI_YAML_SCALAR, word))
            continue;
        if (dsi_rule_parse(&rule->ops[rule->n_ops++], (enum dsi_rule_op)op, item->text,
                           item->is_plain, &reason) != DSI_OK)
            dsi_reading_complain(r, item, "%s", reason.message);
        if (op == DSI_OP_MAX_CHANGE && !r->has_baseline &&
            !dsi_yaml_item(r->config->root, "baseline"))
            dsi_reading_complain(
                r, item, "max_change is from a baseline: FILE, and none is named");
    }
    if (rule->n_ops == 0)
        dsi_reading_complain(r, node, "a check wants min, max, equals or max_change");
}

static enum dsi_status add_rule(struct dsi_check_reading *r,
                                const struct dsi_yaml *node, struct dsi_error *err)
{
    if (!dsi_reading_wants(r, node, DSI_YAML_MAP, "a check"))
        return DSI_OK;
    struct dsi_check_rule *rule = dsi_check_rule_add(r->config);
    if (!rule)
        return dsi_fail_memory(err, sizeof *rule);
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        if (!dsi_word_is_in(rule_words, item->key->text))
            dsi_reading_refuse_key(r, item, "of a check", rule_words);
    const struct dsi_yaml *severity = dsi_yaml_item(node, "severity");
    const struct dsi_yaml *name = dsi_yaml_item(node, "name");
    rule->dataset = find_dataset(r, node);
    if (name && dsi_reading_wants(r, name, DSI_YAML_SCALAR, "name"))
        rule->name = name->text;
    if (severity)
        take_severity(r, severity, &rule->severity);
    if (rule->severity == DSI_NOTE)
        dsi_reading_complain(r, severity, "severity is error, warning or off here");
    take_ops(r, node, rule);
    return take_metric(r, node, rule, err);
}

/* --- the file -----------------------------------------------------------------------
 */

static enum dsi_status read_datasets(struct dsi_check_reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "datasets");
    if (!node)
        dsi_reading_complain(r, r->config->root, "names no datasets:");
    if (!node || !dsi_reading_wants(r, node, DSI_YAML_MAP, "datasets"))
        return DSI_OK;
    if (!node->first)
        dsi_reading_complain(r, node, "names no dataset, so that nothing is checked");
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(add_dataset(r, item, err));
    return DSI_OK;
}

static enum dsi_status read_rules(struct dsi_check_reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "checks");
    if (!node || !dsi_reading_wants(r, node, DSI_YAML_LIST, "checks"))
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(add_rule(r, item, err));
    return DSI_OK;
}

static enum dsi_status read_options(struct dsi_check_reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "datasets");
    size_t d = 0;
    if (!node || node->kind != DSI_YAML_MAP)
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next)
        DSI_TRY(dsi_reading_add_options(r, &r->config->datasets[d++], item, err));
    return DSI_OK;
}

/* FORMAT:FILE, where the file is below the folder, too. */
static enum dsi_status read_outputs(struct dsi_check_reading *r, struct dsi_error *err)
{
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "outputs");
    if (!node || !dsi_reading_wants(r, node, DSI_YAML_LIST, "outputs"))
        return DSI_OK;
    for (const struct dsi_yaml *item = node->first; item; item = item->next) {
        char before[32] = "";
        if (!dsi_reading_wants(r, item, DSI_YAML_SCALAR, "an output"))
            continue;
        const char *path = dsi_output_of(item->text).path;
        if (path > item->text && (size_t)(path - item->text) < sizeof before)
            memcpy(before, item->text, (size_t)(path - item->text));
        if (!path[0])
            dsi_reading_complain(r, item, "'%.100s' names no file", item->text);
        DSI_TRY(dsi_reading_add_path(r, &r->config->outputs, before, path, err));
    }
    return DSI_OK;
}

static enum dsi_status read_baseline(struct dsi_check_reading *r, struct dsi_error *err)
{
    struct dsi_words words = {0};
    const struct dsi_yaml *node = dsi_yaml_item(r->config->root, "baseline");
    if (!node || !dsi_reading_wants(r, node, DSI_YAML_SCALAR, "baseline"))
        return DSI_OK;
    const enum dsi_status status = dsi_reading_add_path(r, &words, "", node->text, err);
    if (status == DSI_OK)
        r->config->baseline = words.items[0];
    free(words.items);
    return status;
}

static enum dsi_status read_all(struct dsi_check_reading *r, struct dsi_error *err)
{
    static const char *const words[] = {"datasets", "checks", "baseline", "outputs",
                                        NULL};
    const struct dsi_yaml *root = r->config->root;
    if (!root) {
        if (r->config->complaints.n == 0)
            dsi_complain(&r->config->complaints, 0, 0, "is empty");
        return DSI_OK;
    }
    if (!dsi_reading_wants(r, root, DSI_YAML_MAP, "a configuration"))
        return DSI_OK;
    for (const struct dsi_yaml *item = root->first; item; item = item->next)
        if (!dsi_word_is_in(words, item->key->text))
            dsi_reading_refuse_key(r, item, "of a configuration", words);
    DSI_TRY(read_datasets(r, err));
    DSI_TRY(read_rules(r, err));
    DSI_TRY(dsi_reading_check_rules(r, err));
    DSI_TRY(read_options(r, err));
    DSI_TRY(read_outputs(r, err));
    return read_baseline(r, err);
}

enum dsi_status dsi_check_config_read(struct dsi_check_config *config, const char *path,
                                      bool has_baseline,
                                      const struct dsi_common *common,
                                      struct dsi_error *err)
{
    struct dsi_check_reading r = {.config = config, .has_baseline = has_baseline};
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
