/* dsinspect outliers: which values lie far from the rest of their channel. */
#include "check.h"
#include "outliers.h"
#include "scan_tool.h"
#include "tools.h"
#include "value_args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct args {
    const char *method;
    double k, threshold, max_share;
    bool rows;
    uint64_t top;
    const char *channel_axis, *as_dtype;
    struct dsi_texts sentinels;
};

enum { DEFAULT_TOP = 1000 };

/* NaN and UINT64_MAX: not given. */
static const struct args defaults = {
    .method = "iqr", .k = NAN, .threshold = NAN, .max_share = 0.01, .top = UINT64_MAX};

static const struct dsi_option options[] = {
    OPTION_GROUP("Limits"),
    OPTION_TEXT(0, "method", &defaults.method, "METHOD",
                "what is too far: iqr, mad, zscore or percentile:LO,HI"),
    OPTION_FLOAT(
        0, "k", &defaults.k, "K",
        "iqr: so many interquartile ranges off the quartiles (1.5 when not given)"),
    OPTION_FLOAT(0, "threshold", &defaults.threshold, "T",
                 "mad: modified z-scores above it (3.5 when not given); zscore: "
                 "standard deviations (3)"),
    OPTION_FLOAT(0, "max-share", &defaults.max_share, "S",
                 "warn when a larger share of a channel is beyond its limits"),
    OPTION_GROUP("Rows"),
    OPTION_FLAG(0, "rows", &defaults.rows,
                "list samples, worst first, in place of channels: source, index, "
                "where, channel, value, score"),
    OPTION_UINT(0, "top", &defaults.top, "N",
                "list so many at most, 1 to 1000000 (1000 when not given; 0: 1000000)"),
    OPTION_GROUP("Values"),
    DSI_OPTION_CHANNEL_AXIS(&defaults.channel_axis),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    DSI_OPTION_AS_DTYPE(&defaults.as_dtype),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"source", true, "file, array or folder"},
    {"channel", true, "column or colour"},
    {"method", true, "that gave the limits"},
    {"low", false, "limit"},
    {"high", false, "limit"},
    {"n_low", false, "values below"},
    {"n_high", false, "values above"},
    {"share", false, "of both among the values"},
    {"min", false, NULL},
    {"argmin", false, "the first sample that has it"},
    {"max", false, NULL},
    {"argmax", false, "the first sample that has it"},
    {NULL, false, NULL},
};

static const struct dsi_tool_column row_columns[] = {
    {"source", true, NULL},  {"index", false, NULL}, {"where", true, NULL},
    {"channel", true, NULL}, {"value", false, NULL}, {"score", false, NULL},
    {NULL, false, NULL},
};

static const char *const rules[] = {
    "outliers", "iqr_zero",    "no_scale", "not_numeric", "no_values",    "top",
    "decoder",  "suffix_lies", "assumed",  "not_regular", "symlink_loop", NULL};

/* --- the command line ---------------------------------------------------------------
 */

static enum dsi_status bad_percents(const char *text, struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--method=%s: percentile wants two percents in order, from 0 to "
                    "100, as percentile:1,99",
                    text);
}

static enum dsi_status parse_percents(const char *text, double percents[2],
                                      struct dsi_error *err)
{
    const char *at = text + strlen("percentile");
    char *end;
    if (*at++ != ':')
        return bad_percents(text, err);
    percents[0] = strtod(at, &end);
    if (end == at || *end != ',')
        return bad_percents(text, err);
    at = end + 1;
    percents[1] = strtod(at, &end);
    if (end == at || *end ||
        !(percents[0] >= 0 && percents[0] <= percents[1] && percents[1] <= 100))
        return bad_percents(text, err);
    return DSI_OK;
}

static enum dsi_status parse_method(const char *text, struct dsi_outlier_parameters *p,
                                    struct dsi_error *err)
{
    if (strncmp(text, "percentile", strlen("percentile")) == 0) {
        p->method = DSI_OUTLIER_PERCENTILE;
        return parse_percents(text, p->percents, err);
    }
    for (int m = 0; m < DSI_OUTLIER_PERCENTILE; m++)
        if (strcmp(text, dsi_outlier_method_names[m]) == 0) {
            p->method = (enum dsi_outlier_method)m;
            return DSI_OK;
        }
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--method: '%s' is none of iqr, mad, zscore, percentile:lo,hi",
                    text);
}

/* What is given and has no bearing on the method, or on what is listed. */
static enum dsi_status check_unused(const struct args *args,
                                    enum dsi_outlier_method method,
                                    struct dsi_error *err)
{
    const char *name = dsi_outlier_method_names[method];
    if (!isnan(args->k) && method != DSI_OUTLIER_IQR)
        return dsi_fail(err, DSI_ERR_USAGE, "--k is for iqr, and --method=%s has none",
                        name);
    /* iqr falls back to mad where the quartiles are the same. */
    if (!isnan(args->threshold) && method == DSI_OUTLIER_PERCENTILE)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--threshold is for mad and zscore, and --method=%s has none",
                        name);
    if (args->top != UINT64_MAX && !args->rows)
        return dsi_fail(err, DSI_ERR_USAGE, "--top is for what --rows lists");
    return DSI_OK;
}

static enum dsi_status parse_numbers(const struct args *args,
                                     struct dsi_outlier_parameters *p,
                                     struct dsi_error *err)
{
    p->k = isnan(args->k) ? p->k : args->k;
    p->max_share = args->max_share;
    if (!isnan(args->threshold))
        p->mad_threshold = p->z_threshold = args->threshold;
    DSI_TRY(dsi_max_share_check(args->max_share, err));
    if (!(p->k >= 0 && isfinite(p->k)))
        return dsi_fail(err, DSI_ERR_USAGE, "--k must be 0 or more");
    if (!(p->mad_threshold >= 0 && isfinite(p->mad_threshold)))
        return dsi_fail(err, DSI_ERR_USAGE, "--threshold must be 0 or more");
    const uint64_t top = args->top == UINT64_MAX ? DEFAULT_TOP : args->top;
    if (top > DSI_OUTLIER_MAX_ROWS)
        return dsi_fail(err, DSI_ERR_USAGE, "--top must be at most %d",
                        DSI_OUTLIER_MAX_ROWS);
    if (args->rows)
        p->n_rows = top ? top : DSI_OUTLIER_MAX_ROWS;
    return DSI_OK;
}

static enum dsi_status parse(const struct args *args, struct dsi_outlier_parameters *p,
                             struct dsi_channel_axis *axis,
                             struct dsi_sentinel **sentinels, struct dsi_error *err)
{
    *p = dsi_outlier_defaults;
    DSI_TRY(parse_numbers(args, p, err));
    DSI_TRY(parse_method(args->method, p, err));
    DSI_TRY(check_unused(args, p->method, err));
    DSI_TRY(dsi_channel_axis_parse(args->channel_axis, axis, err));
    return dsi_sentinels_parse(&args->sentinels, sentinels, &p->sentinels, err);
}

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_outliers, dsi_check_outlier_rows;
    const struct args *args = call->args;
    struct dsi_outlier_parameters p;
    struct dsi_channel_axis axis;
    struct dsi_sentinel *sentinels = NULL;
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    /* The same tool, with other columns. */
    struct dsi_tool rows_tool = *call->tool;
    struct dsi_tool_call rows_call = *call;
    rows_tool.columns = row_columns;
    rows_call.tool = &rows_tool;
    if (parse(args, &p, &axis, &sentinels, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        goto out;
    }
    struct dsi_tool_scan scan = {.call = args->rows ? &rows_call : call,
                                 .check = args->rows ? &dsi_check_outlier_rows
                                                     : &dsi_check_outliers,
                                 .parameters = &p,
                                 .as_dtype = args->as_dtype,
                                 .expand_palette = true,
                                 .channel_axis = &axis};
    code = dsi_tool_scan(&scan);
out:
    free(sentinels);
    return code;
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {"outliers", "share", "values", NULL};
static const char *const row_keys[] = {"source", "channel", "method", NULL};

const struct dsi_tool dsi_tool_outliers = {
    .name = "outliers",
    .purpose =
        "Count the values far from the rest of their channel, and list the worst",
    .operands = DSI_OPERANDS_INPUTS,
    .examples =
        "dsinspect outliers features.npy\n"
        "dsinspect outliers --method=zscore train.h5:/images\n"
        "dsinspect outliers --rows --top=10 table.csv\n"
        "dsinspect outliers --rows photos/ | cut -f3 | sort -u\n"
        "dsinspect outliers --format=json features.npy | jq .summary\n"
        "dsinspect outliers --fail-on=outliers features.npy || echo look at it\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
