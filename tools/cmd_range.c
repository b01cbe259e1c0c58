/* dsinspect range: from where to where the values of each channel lie, and how. */
#include "range_emit.h"
#include "range_expect.h"
#include "scan_tool.h"
#include "tools.h"
#include "value_args.h"

#include <stdlib.h>

struct args {
    const char *channel_axis, *as_dtype;
    struct dsi_texts sentinels;
    bool no_percentiles;
    int target, emit;
    const char *expect;
    double max_spread;
};

static const struct args defaults = {.target = -1, .emit = -1, .max_spread = 1};

static const char *const targets[] = {"sigmoid", "tanh", "zscore", "robust", NULL};

static const struct dsi_option options[] = {
    OPTION_GROUP("Values"),
    DSI_OPTION_CHANNEL_AXIS(&defaults.channel_axis),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    DSI_OPTION_AS_DTYPE(&defaults.as_dtype),
    OPTION_FLAG(0, "no-percentiles", &defaults.no_percentiles,
                "look once, and leave the percentiles out"),
    OPTION_GROUP("Normalising"),
    OPTION_CHOICE(0, "for", &defaults.target, targets, "TARGET",
                  "tell the scale and shift of each channel that bring it to 0..1, "
                  "-1..1, mean 0 and std 1, or median 0 and interquartile range 1"),
    OPTION_CHOICE(0, "emit", &defaults.emit, dsi_range_emits, "CODE",
                  "print the line that normalises all of it, in place of the table"),
    OPTION_GROUP("Judging"),
    OPTION_TEXT(0, "expect", &defaults.expect, "FACT=VALUE,...",
                "exit 1 unless it holds: min=0,max=1,mean=0.485/0.456/0.406,tol=0.01"),
    OPTION_FLOAT(0, "max-spread", &defaults.max_spread, "S",
                 "warn when the channels' sizes are this many powers of ten apart"),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"source", true, "file, split or folder"},
    {"channel", true, "column, colour, or its number"},
    {"n", false, "values, without NaN and what stands for missing"},
    {"min", false, NULL},
    {"max", false, NULL},
    {"mean", false, "of the finite values"},
    {"std", false, "population standard deviation"},
    {"p01", false, "percentiles as numpy.percentile has them"},
    {"p25", false, NULL},
    {"p50", false, NULL},
    {"p75", false, NULL},
    {"p99", false, NULL},
    {"zeros", false, "values that are 0"},
    {"skew", false, "population skewness"},
    {"verdict", true, "what the range looks like"},
    {"scale", false, "with --for: y = x * scale + shift"},
    {"shift", false, NULL},
    {"histogram", true, "on a terminal: from min to max"},
    {NULL, false, NULL},
};

static const char *const rules[] = {
    "expect",        "no_values",   "scale_spread", "mixed",       "infinite",
    "not_numbers",   "not_numeric", "constant",     "log_advice",  "one_look",
    "another_round", "assumed",     "decoder",      "suffix_lies", "not_regular",
    "symlink_loop",  NULL};

/* --- the line to normalise with --------------------------------------------------- */

static enum dsi_status emit(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->context;
    struct dsi_range_pooled pooled;
    if (args->emit < 0)
        return DSI_OK;
    enum dsi_status status = dsi_range_pool(&pooled, scan->runs[0].state, err);
    if (status == DSI_OK)
        status = dsi_range_emit((enum dsi_range_emit)args->emit, &pooled,
                                &scan->instead, err);
    dsi_range_pooled_free(&pooled);
    return status;
}

/* --- the command line ------------------------------------------------------------- */

/* A line to normalise with takes one look; what needs percentiles has to have them. */
static bool goes_without(const struct args *args,
                         const struct dsi_range_expectations *expected)
{
    if (args->no_percentiles || args->emit < 0)
        return args->no_percentiles;
    return args->target != DSI_RANGE_TARGET_ROBUST &&
           !dsi_range_expects_percentiles(expected);
}

static enum dsi_status check_args(const struct args *args,
                                  const struct dsi_range_expectations *expected,
                                  struct dsi_error *err)
{
    if (args->no_percentiles && args->target == DSI_RANGE_TARGET_ROBUST)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--for=robust is made of percentiles, which --no-percentiles "
                        "leaves out");
    if (args->no_percentiles && dsi_range_expects_percentiles(expected))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--expect asks for percentiles, which --no-percentiles leaves "
                        "out");
    if (args->emit >= 0 && args->target >= 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--for fills columns of the table, which --emit prints a line "
                        "in place of");
    if (!(args->max_spread > 0))
        return dsi_fail(err, DSI_ERR_USAGE, "--max-spread must be above 0");
    return DSI_OK;
}

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_range;
    const struct args *args = call->args;
    struct dsi_range_expectations expected = {0};
    struct dsi_channel_axis axis;
    double *numbers = NULL;
    struct dsi_sentinel *sentinels = NULL;
    struct dsi_error err;
    struct dsi_range_parameters p = {.target = (enum dsi_range_target)args->target,
                                     .max_spread = args->max_spread};
    int code = DSI_EXIT_TROUBLE;
    enum dsi_status status = dsi_channel_axis_parse(args->channel_axis, &axis, &err);
    if (status == DSI_OK)
        status = dsi_sentinels_parse(&args->sentinels, &sentinels, &p.sentinels, &err);
    if (status == DSI_OK && args->expect)
        status = dsi_range_expect_parse(args->expect, &expected, &numbers, &err);
    if (status == DSI_OK)
        status = check_args(args, &expected, &err);
    if (status != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        goto out;
    }
    p.expected = args->expect ? &expected : NULL;
    p.no_percentiles = goes_without(args, &expected);
    p.draws = call->company || dsi_tool_draws(call->common); /* part of check's JSON */
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_range,
                                 .parameters = &p,
                                 .as_dtype = args->as_dtype,
                                 .expand_palette = true,
                                 .channel_axis = &axis,
                                 .after = emit,
                                 .without_looks = "do without: --no-percentiles",
                                 .context = args};
    code = dsi_tool_scan(&scan);
out:
    free(numbers);
    free(sentinels);
    return code;
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {"samples",      "channels", "values", "verdict",
                                      "scale_spread", "advice",   "log1p",  NULL};
static const char *const row_keys[] = {"source", "channel", NULL};

const struct dsi_tool dsi_tool_range = {
    .name = "range",
    .purpose = "Tell from where to where the values of each channel lie, and how",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect range train/\n"
                "dsinspect range features.npy | cut -f2,4,5,15\n"
                "dsinspect range --emit=torchvision train/\n"
                "dsinspect range --for=zscore --sentinel=-999 table.csv\n"
                "dsinspect range --expect=min=0,max=1 x.npy || echo not normalised\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .drawing = "histogram",
    .rules = rules,
    .fails_on = "expect",
    .run = run,
};
