/* dsinspect labels: what is wrong with the labels of a set. */
#include "labels.h"
#include "scan_tool.h"
#include "tools.h"

struct args {
    const char *labels, *classes, *split;
    struct dsi_texts sentinels;
};

static const struct args defaults = {0};

static const struct dsi_option options[] = {
    OPTION_GROUP("Labels"),
    DSI_OPTION_LABELS(&defaults.labels),
    DSI_OPTION_CLASSES(&defaults.classes),
    OPTION_TEXT(0, "split", &defaults.split, "NAME",
                "look at this split of a table or file of arrays alone (of a tree: "
                "name its folder)"),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"severity", true, "error, warning or note"},
    {"rule", true, "what is wrong"},
    {"source", true, "split, input or file"},
    {"index", false, "sample, from 0"},
    {"label", true, "that it has"},
    {"other_source", true, "of what it does not go with"},
    {"other_index", false, NULL},
    {"other_label", true, "of that, or what the label should be"},
    {"detail", true, NULL},
    {NULL, false, NULL},
};

/* In the order of the summary. */
static const char *const row_rules[] = {
    "class_set_mismatch", "index_shift",   "missing_class",
    "empty_class",        "hidden_class",  "outside_classes",
    "near_name",          "numeric_order", "nan_label",
    "out_of_range",       "non_integral",  "index_gap",
    "length_mismatch",    "suffix_lies",   NULL};

static const char *const rules[] = {
    "class_set_mismatch", "index_shift",     "missing_class", "empty_class",
    "hidden_class",       "outside_classes", "near_name",     "numeric_order",
    "nan_label",          "out_of_range",    "non_integral",  "index_gap",
    "length_mismatch",    "suffix_lies",     "no_samples",    "symlink_loop",
    "not_regular",        "decoder",         "assumed",       NULL};

static int run(const struct dsi_tool_call *call)
{
    const struct args *args = call->args;
    struct dsi_class_file classes = {0};
    struct dsi_error err;
    if (dsi_class_file_open(&classes, args->classes, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        return DSI_EXIT_TROUBLE;
    }
    struct dsi_labels_parameters p = dsi_labels_defaults;
    p.classes.declared = classes.names;
    p.classes.n_declared = classes.n;
    p.classes.sentinels = args->sentinels.texts;
    p.classes.n_sentinels = args->sentinels.n;
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_labels,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .split = args->split};
    int code = dsi_tool_scan(&scan);
    dsi_class_file_free(&classes);
    return code;
}

const struct dsi_tool dsi_tool_labels = {
    .name = "labels",
    .purpose = "Find labels that contradict each other, mean nothing or are wrong",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect labels train/ val/\n"
                "dsinspect labels --classes=names.txt labels.npy\n"
                "dsinspect labels labels.csv | cut -f2 | sort | uniq -c\n"
                "dsinspect labels --labels=y.npy x.npy\n"
                "dsinspect labels --format=json train/ | jq .summary\n"
                "dsinspect labels --fail-on=error train/ || echo look at them\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .rules = rules,
    .row_rules = row_rules,
    .run = run,
};
