/* dsinspect labels: what is wrong with the labels of a set. */
#include "image_sheet.h"
#include "labels.h"
#include "manifest.h"
#include "manifest_content.h"
#include "pred_probs.h"
#include "scan_tool.h"
#include "tools.h"

struct args {
    const char *labels, *classes, *split;
    struct dsi_texts sentinels;
    const char *root;
    bool no_files, no_content;
    const char *pred_probs;
    int filter, score;
    uint64_t top;
    const char *issues, *scores, *contact_sheet;
};

/* Of issues listed: more would fill the memory and no eye. */
enum { MOST_LISTED = 1000000 };

static const struct args defaults = {.top = MOST_LISTED};

static const struct dsi_option options[] = {
    OPTION_GROUP("Labels"),
    DSI_OPTION_LABELS(&defaults.labels),
    DSI_OPTION_CLASSES(&defaults.classes),
    OPTION_TEXT(0, "split", &defaults.split, "NAME",
                "look at this split of a table or file of arrays alone (of a tree: "
                "name its folder)"),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    OPTION_GROUP("Samples of the same content"),
    OPTION_FLAG(0, "no-content", &defaults.no_content,
                "do not look for them: read headers and labels alone"),
    OPTION_GROUP("Files that a table names"),
    OPTION_TEXT(0, "root", &defaults.root, "DIR",
                "the folder that their paths are below (the table's own when not "
                "given)"),
    OPTION_FLAG(0, "no-files", &defaults.no_files, "do not look for them"),
    OPTION_GROUP("Doubts of a model"),
    OPTION_FILE(
        0, "pred-probs", &defaults.pred_probs, "FILE[:ARRAY]",
        "probabilities of each sample and class by a model that was not trained "
        "on the sample: find labels that are likely wrong"),
    OPTION_CHOICE(0, "filter", &defaults.filter, dsi_confident_filter_names, "HOW",
                  "which labels those are"),
    OPTION_CHOICE(0, "score", &defaults.score, dsi_confident_score_names, "SCORE",
                  "of a label; the lowest are the worst"),
    OPTION_UINT(0, "top", &defaults.top, "N", "list the worst N alone"),
    OPTION_FILE(0, "issues", &defaults.issues, "FILE.npy",
                "write their indices as int64, worst first"),
    OPTION_FILE(0, "scores", &defaults.scores, "FILE.npy",
                "write each sample's score as float64"),
    OPTION_GROUP("Pictures"),
    DSI_OPTION_CONTACT_SHEET(&defaults.contact_sheet),
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
static const char *const row_rules[] = {"dup_conflict",       "split_leak",
                                        "class_set_mismatch", "index_shift",
                                        "missing_class",      "empty_class",
                                        "hidden_class",       "outside_classes",
                                        "near_name",          "numeric_order",
                                        "nan_label",          "out_of_range",
                                        "non_integral",       "index_gap",
                                        "length_mismatch",    "orphan_label",
                                        "orphan_data",        "duplicate_entry",
                                        "suffix_lies",        "label_issue",
                                        "not_probabilities",  NULL};

static const char *const rules[] = {"dup_conflict",
                                    "split_leak",
                                    "class_set_mismatch",
                                    "index_shift",
                                    "missing_class",
                                    "empty_class",
                                    "hidden_class",
                                    "outside_classes",
                                    "near_name",
                                    "numeric_order",
                                    "nan_label",
                                    "out_of_range",
                                    "non_integral",
                                    "index_gap",
                                    "length_mismatch",
                                    "orphan_label",
                                    "orphan_data",
                                    "duplicate_entry",
                                    "suffix_lies",
                                    "label_issue",
                                    "not_probabilities",
                                    "no_samples",
                                    "symlink_loop",
                                    "not_regular",
                                    "no_pictures",
                                    "decoder",
                                    "assumed",
                                    NULL};

/* --- the command line
 * ------------------------------------------------------------------- */

static enum dsi_status check_args(const struct dsi_tool_call *call,
                                  struct dsi_error *err)
{
    const struct args *args = call->args;
    DSI_TRY(dsi_image_sheet_check(args->contact_sheet, err));
    if (args->top > MOST_LISTED)
        return dsi_fail(err, DSI_ERR_USAGE, "--top must be at most %d", MOST_LISTED);
    if (!args->pred_probs && (args->issues || args->scores))
        return dsi_fail(err, DSI_ERR_USAGE, "--%s needs --pred-probs=FILE",
                        args->issues ? "issues" : "scores");
    if (!args->pred_probs &&
        (args->filter != defaults.filter || args->score != defaults.score))
        return dsi_fail(err, DSI_ERR_USAGE, "--%s needs --pred-probs=FILE",
                        args->filter != defaults.filter ? "filter" : "score");
    if (args->pred_probs && call->common->shard)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--pred-probs is looked at several times and as a whole: it "
                        "goes without --shard");
    return DSI_OK;
}

static enum dsi_status check_tables(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    const struct dsi_labels_parameters *p = scan->parameters;
    DSI_TRY(dsi_manifests_check(&scan->dataset, args->root, scan->report, err));
    return p->content ? dsi_manifest_content_check(scan, args->root, p->content, err)
                      : DSI_OK;
}

static enum dsi_status before(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    struct dsi_pred_probs *probs = scan->own;
    if (!args->no_files && !args->labels && !scan->call->partials)
        DSI_TRY(check_tables(scan, err));
    return probs->input ? dsi_pred_probs_open(probs, scan, err) : DSI_OK;
}

static enum dsi_status after(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    struct dsi_pred_probs *probs = scan->own;
    if (probs->input)
        DSI_TRY(dsi_pred_probs_judge(probs, scan, err));
    return args->contact_sheet ? dsi_label_sheet_write(scan, args->contact_sheet, err)
                               : DSI_OK;
}

static int scan_with(const struct dsi_tool_call *call,
                     const struct dsi_class_file *classes)
{
    const struct args *args = call->args;
    struct dsi_labels_parameters p = dsi_labels_defaults;
    struct dsi_dups_parameters content = dsi_dups_defaults;
    content.n_workers = dsi_tool_n_workers(call);
    content.folder = dsi_tool_temporary_folder();
    p.content = args->no_content ? NULL : &content;
    p.classes.declared = classes->names;
    p.classes.n_declared = classes->n;
    p.classes.sentinels = args->sentinels.texts;
    p.classes.n_sentinels = args->sentinels.n;
    struct dsi_pred_probs probs = {
        .input = args->pred_probs,
        .parameters = {.filter = (enum dsi_confident_filter)args->filter,
                       .score = (enum dsi_confident_score)args->score},
        .top = args->top,
        .issues = args->issues,
        .scores = args->scores,
        .labels = &p};
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_labels,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .split = args->split,
                                 .values_beside_labels = !args->no_content,
                                 .wants_paths = args->pred_probs != NULL,
                                 .expand_palette = true,
                                 .before = before,
                                 .after = after,
                                 .own = &probs};
    const int code = dsi_tool_scan(&scan);
    dsi_pred_probs_close(&probs);
    return code;
}

static int run(const struct dsi_tool_call *call)
{
    const struct args *args = call->args;
    struct dsi_class_file classes = {0};
    struct dsi_error err;
    if (check_args(call, &err) != DSI_OK ||
        dsi_class_file_open(&classes, args->classes, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        return DSI_EXIT_TROUBLE;
    }
    const int code = scan_with(call, &classes);
    dsi_class_file_free(&classes);
    return code;
}

/* For metrics: what the summary may hold beside the counts of row_rules, and what tells
 * rows apart. */
static const char *const summary[] = {"samples", "classes", NULL};
static const char *const row_keys[] = {"rule", "source", "index", NULL};

const struct dsi_tool dsi_tool_labels = {
    .name = "labels",
    .purpose = "Find labels that contradict each other, mean nothing or are wrong",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect labels train/ val/\n"
                "dsinspect labels --classes=names.txt labels.npy\n"
                "dsinspect labels labels.csv | cut -f2 | sort | uniq -c\n"
                "dsinspect labels --labels=y.npy x.npy\n"
                "dsinspect labels --pred-probs=p.npy --issues=worst.npy labels.npy\n"
                "dsinspect labels --format=json train/ | jq .summary\n"
                "dsinspect labels --fail-on=error train/ || echo look at them\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .row_rules = row_rules,
    .run = run,
};
