/* dsinspect missing: which values are not there, and which samples cannot be read. */
#include "missing.h"
#include "scan_tool.h"
#include "tools.h"
#include "value_args.h"

#include <math.h>
#include <stdlib.h>

struct args {
    double max_share;
    const char *channel_axis, *as_dtype, *labels;
    struct dsi_texts sentinels;
};

static const struct args defaults = {.max_share = 0.05};

static const struct dsi_option options[] = {
    OPTION_GROUP("Labels"),
    OPTION_FILE(0, "labels", &defaults.labels, "INPUT",
                "count the samples whose label in this input says that there is none"),
    OPTION_GROUP("Values"),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    DSI_OPTION_CHANNEL_AXIS(&defaults.channel_axis),
    DSI_OPTION_AS_DTYPE(&defaults.as_dtype),
    OPTION_GROUP("Judging"),
    OPTION_FLOAT(
        0, "max-share", &defaults.max_share, "S",
        "warn when a larger share of a channel, or of the samples, is missing"),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"source", true, "file, split or folder"},
    {"channel", true, "column or colour; empty where a whole sample is meant"},
    {"kind", true, "what stands in the place of a value, or is wrong with the sample"},
    {"count", false, NULL},
    {"share", false, "of the channel's values, or of the samples"},
    {"first", false, "the first sample that has it"},
    {NULL, false, NULL},
};

static const char *const rules[] = {
    "missing", "no_values",   "not_numeric", "length_mismatch", "assumed",
    "decoder", "suffix_lies", "not_regular", "symlink_loop",    NULL};

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_missing;
    const struct args *args = call->args;
    struct dsi_missing_parameters p = {.max_share = args->max_share,
                                       .has_labels = args->labels != NULL};
    struct dsi_channel_axis axis;
    struct dsi_sentinel *sentinels = NULL;
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    enum dsi_status status = dsi_max_share_check(args->max_share, &err);
    if (status == DSI_OK)
        status = dsi_channel_axis_parse(args->channel_axis, &axis, &err);
    if (status == DSI_OK)
        status = dsi_sentinels_parse(&args->sentinels, &sentinels, &p.sentinels, &err);
    if (status == DSI_OK && p.sentinels.n > DSI_MISSING_MAX_SENTINELS)
        status = dsi_fail(&err, DSI_ERR_USAGE, "--sentinel: at most %d of them",
                          DSI_MISSING_MAX_SENTINELS);
    if (status != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        goto out;
    }
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_missing,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .as_dtype = args->as_dtype,
                                 .expand_palette = true,
                                 .channel_axis = &axis};
    code = dsi_tool_scan(&scan);
out:
    free(sentinels);
    return code;
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {"samples", "values", "missing", "rows_affected",
                                      NULL};
static const char *const row_keys[] = {"source", "channel", "kind", NULL};

const struct dsi_tool dsi_tool_missing = {
    .name = "missing",
    .purpose = "Count the values that are not there, and the samples that tell nothing",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect missing features.npy\n"
                "dsinspect missing --sentinel=-999 --sentinel=0 table.csv\n"
                "dsinspect missing train/ | cut -f3,4\n"
                "dsinspect missing --fail-on=missing features.npy || echo look at it\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
