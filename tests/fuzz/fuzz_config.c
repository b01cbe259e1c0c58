/* What people write and what a baseline holds, from any bytes: a tree of YAML, the path
 * of a metric, a rule, and a baseline, which is written again and must read back.
 *
 * An input is read as each of them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "yaml_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Every node has a place below its parent's, and is one thing. */
static void check_tree(const struct dsi_yaml *node, size_t depth)
{
    must(depth <= DSI_YAML_MAX_DEPTH);
    for (; node; node = node->next) {
        double number;
        bool is_true;
        must(node->line > 0 && node->column > 0);
        must((node->kind == DSI_YAML_SCALAR) == (node->text != NULL));
        must(node->kind != DSI_YAML_SCALAR || !node->first);
        must(dsi_yaml_is_null(node) + dsi_yaml_bool(node, &is_true) +
                 dsi_yaml_number(node, &number) <=
             1);
        for (const struct dsi_yaml *item = node->first; item; item = item->next) {
            must((item->key != NULL) == (node->kind == DSI_YAML_MAP));
            must(!item->key || dsi_yaml_item(node, item->key->text) == item);
        }
        check_tree(node->first, depth + 1);
    }
}

static void read_tree(const uint8_t *data, size_t n)
{
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    must(dsi_yaml_parse(&root, data, n, &complaints, &err) == DSI_OK);
    must(!root || complaints.n == 0);
    must(complaints.n_items <= complaints.n);
    dsi_complaints_sort(&complaints);
    for (size_t i = 0; i < complaints.n_items; i++)
        must(complaints.items[i].line > 0 && complaints.items[i].column > 0);
    check_tree(root, 0);
    dsi_yaml_free(root);
    dsi_complaints_free(&complaints);
}

/* What is printed of a path parses again, and prints the same. */
static void print_again(const struct dsi_metric *metric)
{
    struct dsi_bytes printed = {0}, again = {0};
    struct dsi_metric same;
    must(dsi_metric_write(metric, &printed, NULL) == DSI_OK &&
         dsi_bytes_append(&printed, "", 1, NULL) == DSI_OK);
    must(dsi_metric_parse(&same, (const char *)printed.data, NULL) == DSI_OK);
    must(dsi_metric_write(&same, &again, NULL) == DSI_OK);
    must(printed.n == again.n + 1 && memcmp(printed.data, again.data, again.n) == 0);
    dsi_metric_free(&same);
    dsi_bytes_free(&printed);
    dsi_bytes_free(&again);
}

/* A path that is one has all its parts. */
static void read_metric(const char *text)
{
    struct dsi_metric metric;
    struct dsi_error err;
    const enum dsi_status status = dsi_metric_parse(&metric, text, &err);
    must(status == DSI_OK || status == DSI_ERR_USAGE);
    if (status == DSI_OK) {
        must(metric.key && metric.key[0]);
        must(metric.tool || metric.kind == DSI_METRIC_FINDINGS);
        for (size_t i = 0; i < metric.n_selectors; i++)
            must(metric.selectors[i].column && metric.selectors[i].value);
        print_again(&metric);
    }
    dsi_metric_free(&metric);
}

static void read_rules(const char *text)
{
    static const double numbers[] = {0, -1, 9007199254740993.0, 1e308};
    struct dsi_bytes detail = {0};
    struct dsi_error err;
    for (int op = DSI_OP_MIN; op <= DSI_OP_MAX_CHANGE; op++) {
        struct dsi_rule rule;
        enum dsi_verdict verdict;
        if (dsi_rule_parse(&rule, (enum dsi_rule_op)op, text, true, &err) != DSI_OK)
            continue;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            const struct dsi_baseline_value was = {.is_number = true,
                                                   .number = numbers[i]};
            const struct dsi_value values[] = {dsi_float(numbers[i]), dsi_text(text),
                                               dsi_null(), dsi_uint(UINT64_MAX)};
            for (size_t v = 0; v < sizeof values / sizeof *values; v++)
                must(dsi_judge(&rule, &values[v], &was, &verdict, &detail, &err) ==
                     DSI_OK);
        }
        /* What did not change has changed by nothing, and any text is itself. */
        const struct dsi_value same =
            op == DSI_OP_EQUALS ? dsi_text(text) : dsi_float(5);
        const struct dsi_baseline_value was = {.is_number = true, .number = 5};
        must(dsi_judge(&rule, &same, &was, &verdict, &detail, &err) == DSI_OK);
        must(op < DSI_OP_EQUALS || verdict == DSI_VERDICT_HOLDS);
    }
    dsi_bytes_free(&detail);
}

/* Files are read by their names alone. */
static void write_file(char path[32], const uint8_t *data, size_t n)
{
    strcpy(path, "/tmp/fuzz_config.XXXXXX");
    const int fd = mkstemp(path);
    must(fd >= 0 && (n == 0 || write(fd, data, n) == (ssize_t)n) && close(fd) == 0);
}

static void check_same(const struct dsi_baseline *a, const struct dsi_baseline *b)
{
    must(a->n == b->n && a->findings.n == b->findings.n);
    for (size_t i = 0; i < a->n; i++) {
        must(strcmp(a->values[i].name, b->values[i].name) == 0);
        must(a->values[i].is_number == b->values[i].is_number);
        must(!a->values[i].is_number || a->values[i].number == b->values[i].number);
    }
    for (size_t i = 0; i < a->findings.n; i++)
        must(a->findings.ids[i] == b->findings.ids[i]);
}

/* Whether the program could have written it: names as it makes them. */
static bool is_own(const struct dsi_baseline *baseline)
{
    for (size_t i = 0; i < baseline->n; i++)
        if (strlen(baseline->values[i].name) > 500 ||
            strchr(baseline->values[i].name, '\\'))
            return false;
    return true;
}

static void read_baseline(const uint8_t *data, size_t n)
{
    struct dsi_baseline baseline = {0}, again = {0};
    struct dsi_error err;
    char path[32];
    bool is_there;
    write_file(path, data, n);
    const enum dsi_status status = dsi_baseline_read(&baseline, path, &is_there, &err);
    must(status == DSI_OK || status == DSI_ERR_MALFORMED);
    if (status == DSI_OK && is_own(&baseline)) {
        must(dsi_baseline_write(&baseline, path, &err) == DSI_OK);
        must(dsi_baseline_read(&again, path, &is_there, &err) == DSI_OK);
        check_same(&baseline, &again);
    }
    unlink(path);
    dsi_baseline_free(&baseline);
    dsi_baseline_free(&again);
}

/* Any bytes as a name are found again. */
static void name_value(const char *text)
{
    const struct dsi_value value = dsi_text(text);
    struct dsi_baseline baseline = {0}, again = {0};
    struct dsi_error err;
    char path[32];
    bool is_there;
    write_file(path, NULL, 0);
    must(dsi_baseline_add(&baseline, text, &value, &err) == DSI_OK);
    dsi_baseline_sort(&baseline);
    must(dsi_baseline_write(&baseline, path, &err) == DSI_OK);
    must(dsi_baseline_read(&again, path, &is_there, &err) == DSI_OK);
    must(dsi_baseline_find(&again, text) != NULL);
    unlink(path);
    dsi_baseline_free(&baseline);
    dsi_baseline_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = dsi_text_copy(data, n); /* up to the first NUL, for those that want */
    must(text);
    read_tree(data, n);
    read_metric(text);
    read_rules(text);
    name_value(text);
    read_baseline(data, n);
    free(text);
    return 0;
}
