/* dsinspect balance: how many samples each class has, and what evens them out. */
#include "balance_files.h"
#include "scan_tool.h"
#include "tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct args {
    const char *labels, *classes, *split;
    struct dsi_texts sentinels;
    const char *weights;
    int normalize;
    uint64_t min_per_class;
    double max_imbalance, max_repeat;
    uint64_t params;
    bool pixels;
    struct dsi_texts ignore_labels;
    uint64_t target;
    struct dsi_balance_outputs outputs;
};

static const struct args defaults = {
    .weights = "inverse-sqrt",
    .min_per_class = 5000,
    .max_imbalance = 10,
    .max_repeat = 5,
    .params = UINT64_MAX,
    .target = UINT64_MAX,
    .outputs.resample = -1,
};

static const char *const normalizations[] = {"none", "mean", "sum", "max", NULL};
static const char *const weightings[] = {
    "inverse-sqrt",     "inverse",  "balanced",          "effective[:beta]",
    "median-frequency", "enet[:c]", "ldam-margin[:max]", "logit[:tau]",
    "pos-weight",       NULL};
static const char *const resamplings[] = {"over", "under", "mixed", NULL};

static const struct dsi_option options[] = {
    OPTION_GROUP("Labels"),
    DSI_OPTION_LABELS(&defaults.labels),
    DSI_OPTION_CLASSES(&defaults.classes),
    OPTION_TEXT(0, "split", &defaults.split, "NAME",
                "count this split of a table or file of arrays alone (of a tree: name "
                "its folder)"),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    OPTION_GROUP("Weights"),
    OPTION_WORD(0, "weights", &defaults.weights, weightings, "SCHEME",
                "how a class is weighed; one of"),
    OPTION_CHOICE(0, "normalize", &defaults.normalize, normalizations, "HOW",
                  "scale the weights to this mean, sum or maximum of 1"),
    OPTION_FILE(0, "class-weights", &defaults.outputs.class_weights, "FILE.npy",
                "write the weights as float32, in index order"),
    OPTION_FILE(0, "sample-weights", &defaults.outputs.sample_weights, "FILE.npy",
                "write each sample's weight as float64"),
    OPTION_GROUP("Resampling"),
    OPTION_CHOICE(0, "resample", &defaults.outputs.resample, resamplings, "HOW",
                  "which plan --indices writes"),
    OPTION_FILE(0, "indices", &defaults.outputs.indices, "FILE.npy",
                "write a shuffled plan of sample indices as int64"),
    OPTION_UINT(0, "target", &defaults.target, "N",
                "samples of each class in a plan, instead of the plan's own rule"),
    DSI_OPTION_SEED(&defaults.outputs.seed),
    OPTION_FLOAT(0, "max-repeat", &defaults.max_repeat, "K",
                 "warn when oversampling repeats a class more often"),
    OPTION_GROUP("Judging"),
    OPTION_UINT(0, "min-per-class", &defaults.min_per_class, "N",
                "warn of classes with fewer samples (0: never)"),
    OPTION_FLOAT(0, "max-imbalance", &defaults.max_imbalance, "R",
                 "warn when the largest class has R times the samples of the smallest"),
    OPTION_UINT(0, "params", &defaults.params, "N",
                "parameters of the model, for samples_per_parameter"),
    OPTION_GROUP("Masks"),
    OPTION_FLAG(
        0, "pixels", &defaults.pixels,
        "count the pixel values of masks: PNGs (palette indices) or arrays (N,H,W)"),
    OPTION_TEXTS(
        0, "ignore-label", &defaults.ignore_labels, "V",
        "a pixel value that is no class; repeatable; 255 when not given, 'none' for "
        "no such value"),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"class", true, "name"},
    {"index", false, "position in the sorted or declared list"},
    {"count", false, "samples; with --pixels, pixels"},
    {"share", false, "count / all"},
    {"ratio", false, "largest count / count"},
    {"weight", false, "by --weights"},
    {"over", false, "target count when oversampling"},
    {"under", false, "when undersampling"},
    {"mixed", false, "when keeping the size of an epoch"},
    {"split", true, "or input, when there are several"},
    {NULL, false, NULL},
};

static const char *const rules[] = {"imbalance",
                                    "below_min",
                                    "repeat",
                                    "missing_class",
                                    "class_set_mismatch",
                                    "out_of_range",
                                    "nan_label",
                                    "non_integral",
                                    "index_gap",
                                    "length_mismatch",
                                    "empty_class",
                                    "hidden_class",
                                    "outside_classes",
                                    "not_a_mask",
                                    "symlink_loop",
                                    "not_regular",
                                    "suffix_lies",
                                    "decoder",
                                    "assumed",
                                    "numeric_order",
                                    "no_samples",
                                    "index_shift",
                                    "lossy_mask",
                                    "ignored_class",
                                    NULL};

/* --- the command line
 * ------------------------------------------------------------------- */

static enum dsi_status parse_ignored(const struct dsi_texts *texts, int64_t **ignored,
                                     size_t *n, struct dsi_error *err)
{
    *n = 0;
    *ignored = dsi_alloc_array((uint64_t)texts->n + 1, sizeof **ignored);
    if (!*ignored)
        return dsi_fail_memory(err, texts->n);
    if (texts->n == 0)
        (*ignored)[(*n)++] = 255;
    for (size_t i = 0; i < texts->n; i++) {
        char *end;
        errno = 0;
        long long value = strtoll(texts->texts[i], &end, 10);
        if (strcmp(texts->texts[i], "none") == 0)
            continue;
        if (*end || end == texts->texts[i] || errno)
            return dsi_fail(
                err, DSI_ERR_USAGE,
                "--ignore-label: '%s' is neither a whole number nor none (repeat "
                "the option for several values)",
                texts->texts[i]);
        (*ignored)[(*n)++] = value;
    }
    return DSI_OK;
}

static enum dsi_status check_args(const struct args *args, struct dsi_error *err)
{
    const struct dsi_balance_outputs *o = &args->outputs;
    if (o->indices && o->resample < 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--indices needs --resample=over, under or mixed");
    if (o->resample >= 0 && !o->indices)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--resample needs --indices=FILE.npy to write the plan to (the "
                        "targets are columns of every report)");
    if (args->pixels && (o->indices || o->sample_weights))
        return dsi_fail(
            err, DSI_ERR_USAGE,
            "--pixels counts pixels: there is no plan or weight per sample");
    if (args->normalize != DSI_NORMALIZE_NONE &&
        strncmp(args->weights, "logit", 5) == 0)
        return dsi_fail(
            err, DSI_ERR_USAGE,
            "logit adjustments are added to logits: --normalize, which scales, "
            "would change what they mean");
    if (args->target == 0)
        return dsi_fail(err, DSI_ERR_USAGE, "--target must be at least 1");
    if (args->max_imbalance < 1 || args->max_repeat < 1)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--max-imbalance and --max-repeat must be at least 1");
    return DSI_OK;
}

static enum dsi_status write_files(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    return dsi_balance_write_files(scan, scan->context, err);
}

static int run(const struct dsi_tool_call *call)
{
    const struct args *args = call->args;
    struct dsi_class_file classes = {0};
    int64_t *ignored = NULL;
    struct dsi_error err;
    struct dsi_balance_parameters p = {
        .normalization = (enum dsi_normalization)args->normalize,
        .min_per_class = args->min_per_class,
        .max_imbalance = args->max_imbalance,
        .max_repeat = args->max_repeat,
        .target = args->target == UINT64_MAX ? 0 : args->target,
        .n_parameters = args->params == UINT64_MAX ? 0 : args->params,
        .pixels = args->pixels,
        .sentinels = args->sentinels.texts,
        .n_sentinels = args->sentinels.n,
    };
    int code = DSI_EXIT_TROUBLE;
    if (check_args(args, &err) != DSI_OK ||
        dsi_weighting_parse(args->weights, &p.weighting, &p.weight_parameter, &err) !=
            DSI_OK ||
        parse_ignored(&args->ignore_labels, &ignored, &p.n_ignored, &err) != DSI_OK ||
        dsi_class_file_open(&classes, args->classes, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        goto out;
    }
    p.ignored = ignored;
    p.declared = classes.names;
    p.n_declared = classes.n;
    const struct dsi_balance_outputs outputs = args->outputs;
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_balance,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .split = args->split,
                                 .after = write_files,
                                 .context = &outputs};
    code = dsi_tool_scan(&scan);
out:
    free(ignored);
    dsi_class_file_free(&classes);
    return code;
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {
    "samples",   "classes",        "imbalance_ratio",
    "entropy",   "gini",           "min_count",
    "below_min", "shortfall",      "samples_per_parameter",
    "pixels",    "ignored_pixels", NULL};
static const char *const row_keys[] = {"class", "split", NULL};

const struct dsi_tool dsi_tool_balance = {
    .name = "balance",
    .purpose = "Count the samples of every class and weigh them against each other",
    .operands = DSI_OPERANDS_INPUTS,
    .examples =
        "dsinspect balance train/\n"
        "dsinspect balance labels.npy | sort -t\"$(printf '\\t')\" -k3,3n | head\n"
        "dsinspect balance mnist.npz train.h5:/labels\n"
        "dsinspect balance --format=json labels.csv | jq .summary\n"
        "dsinspect balance --weights=balanced --class-weights=w.npy train/\n"
        "dsinspect balance --resample=over --indices=plan.npy labels.npy\n"
        "dsinspect balance --fail-on=imbalance train/ || echo uneven\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
