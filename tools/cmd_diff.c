/* dsinspect diff: whether two pipelines made the same, as numpy.allclose says. */
#include "company.h"
#include "compare_report.h"
#include "diff_files.h"
#include "scan_tool.h"
#include "tools.h"
#include "workers.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct args {
    double rtol, atol;
    bool equal_nan, any_dtype, attributes, tolerance_needed, metrics, explain;
    int like;
    uint64_t max_ulp;
    double max_share;
    const char *map, *rules;
};

/* With -v, of each array. */
enum { N_WORST = 10 };

/* Tolerances and --max-ulp that were not given. */
static const struct args defaults = {
    .rtol = NAN, .atol = NAN, .like = -1, .max_ulp = UINT64_MAX};

enum { LIKE_ALLCLOSE, LIKE_ASSERT_ALLCLOSE, LIKE_TORCH };
static const char *const likes[] = {"allclose", "assert_allclose", "torch", NULL};

static const struct dsi_option options[] = {
    OPTION_GROUP("Tolerances"),
    OPTION_FLOAT(0, "rtol", &defaults.rtol, "R",
                 "relative to B: |a - b| <= atol + rtol |b| (1e-5 when not given)"),
    OPTION_FLOAT(0, "atol", &defaults.atol, "A", "absolute (1e-8 when not given)"),
    OPTION_FLAG(0, "equal-nan", &defaults.equal_nan, "NaN agrees with NaN"),
    OPTION_CHOICE(0, "like", &defaults.like, likes, "FUNCTION",
                  "take the defaults of numpy.allclose, numpy.testing.assert_allclose, "
                  "or torch.testing.assert_close; one of"),
    OPTION_UINT(0, "max-ulp", &defaults.max_ulp, "N",
                "in place of tolerances: so many units in the last place at most"),
    OPTION_FLOAT(0, "max-share", &defaults.max_share, "S",
                 "let a share of S of the values of an array differ"),
    OPTION_FILE(0, "rules", &defaults.rules, "FILE",
                "lines \"GLOB KEY=VALUE...\": for arrays of these names rtol, atol, "
                "max-ulp, max-share, equal-nan, ignore; the last line that matches "
                "holds"),
    OPTION_GROUP("Names and types"),
    OPTION_FILE(0, "map", &defaults.map, "FILE",
                "lines \"NAME<TAB>NAME\": what is one name in A and another in B"),
    OPTION_FLAG(0, "any-dtype", &defaults.any_dtype,
                "let numbers of different types be the same"),
    OPTION_FLAG(0, "attributes", &defaults.attributes,
                "compare the attributes of HDF5 files, groups and datasets, too: as "
                "OBJECT@ATTRIBUTE"),
    OPTION_GROUP("Findings"),
    OPTION_FLAG(0, "tolerance-needed", &defaults.tolerance_needed,
                "two columns more: the smallest rtol, beside atol, that would do; and "
                "the smallest atol, beside rtol"),
    OPTION_FLAG(0, "metrics", &defaults.metrics,
                "six columns more: cosine similarity, root mean square error, peak "
                "signal to noise ratio (dB), relative Euclidean distance; how many "
                "values are how far apart, absolutely and in units in the last place"),
    OPTION_FLAG(
        0, "explain", &defaults.explain,
        "tell what would make B into A: a scale and shift, channels in reverse, "
        "axes swapped, a flip, a shift by one, rounding, samples in another order"),
    OPTION_END,
};

#define COLUMNS                                                                   \
    {"name", true, "of the array, in A or else in B"},                            \
        {"status", true, "same, differs, shape, dtype, only_a, only_b, error"},   \
        {"n", false, "values compared"}, {"n_diff", false, "values that differ"}, \
        {"share", false, "of these"}, {"max_abs", false, "largest |a - b|"},      \
        {"max_rel", false, "largest |a - b| / |b|"},                              \
        {"max_ulp", false, "largest distance in units in the last place"},        \
        {"at", true, "index of the first value that differs"},                    \
        {"a", false, "that value"}, {"b", false, NULL},                           \
    {                                                                             \
        "detail", true, NULL                                                      \
    }

static const struct dsi_tool_column columns[] = {COLUMNS, {NULL, false, NULL}};

enum { N_COLUMNS = sizeof columns / sizeof *columns - 1, N_NEEDED = 2, N_METRICS = 6 };

static const struct dsi_tool_column needed_columns[N_NEEDED] = {
    {"rtol_needed", false, NULL}, {"atol_needed", false, NULL}};
static const struct dsi_tool_column metric_columns[N_METRICS] = {
    {"cosine", false, NULL},       {"rmse", false, NULL},
    {"psnr", false, NULL},         {"rel_l2", false, NULL},
    {"abs_histogram", true, NULL}, {"ulp_histogram", true, NULL}};

/* Those of the table, and what was asked for beside. */
struct all_columns {
    struct dsi_tool_column columns[N_COLUMNS + N_NEEDED + N_METRICS + 1];
};

static struct all_columns all_columns(const struct args *args)
{
    struct all_columns all = {0};
    size_t n = N_COLUMNS;
    memcpy(all.columns, columns, N_COLUMNS * sizeof *columns);
    if (args->tolerance_needed) {
        memcpy(all.columns + n, needed_columns, sizeof needed_columns);
        n += N_NEEDED;
    }
    if (args->metrics)
        memcpy(all.columns + n, metric_columns, sizeof metric_columns);
    return all;
}

static const char *const rules[] = {"unsupported", "not_regular", "symlink_loop",
                                    "suffix_lies", "decoder",     "differs",
                                    "unused_map",  "unused_rule", NULL};

/* --- the command line ------------------------------------------------------------- */

/* Those of torch go by the types of each pair. */
static void set_defaults(const struct args *args, struct dsi_close_rule *rule)
{
    static const double rtols[] = {1e-5, 1e-7, NAN}, atols[] = {1e-8, 0, NAN};
    const int like = args->like < 0 ? LIKE_ALLCLOSE : args->like;
    rule->rtol = isnan(args->rtol) ? rtols[like] : args->rtol;
    rule->atol = isnan(args->atol) ? atols[like] : args->atol;
    rule->equal_nan = args->equal_nan || like == LIKE_ASSERT_ALLCLOSE;
    rule->has_max_ulp = args->max_ulp != UINT64_MAX;
    rule->max_ulp = args->max_ulp;
}

static enum dsi_status check_args(const struct args *args, struct dsi_error *err)
{
    if (args->rtol < 0 || args->atol < 0)
        return dsi_fail(err, DSI_ERR_USAGE, "--rtol and --atol must be 0 or more");
    if (args->max_share < 0 || args->max_share > 1)
        return dsi_fail(err, DSI_ERR_USAGE, "--max-share must be within 0 to 1");
    if (args->max_ulp != UINT64_MAX && (!isnan(args->rtol) || !isnan(args->atol)))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--max-ulp stands in place of --rtol and --atol");
    return DSI_OK;
}

/* --- the work --------------------------------------------------------------------- */

struct diff {
    const struct dsi_tool_call *call;
    struct dsi_dataset_options listing;
    struct dsi_compare_options options;
    struct dsi_side a, b;
    struct dsi_map_file map;
    struct dsi_rule_file rules;
    struct dsi_pairs pairs;
    struct dsi_compared *compared;
    struct dsi_report *report;
};

static void show_progress(void *context, uint64_t n_done, uint64_t n_pairs)
{
    dsi_progress_update(context, n_done, n_pairs, "arrays");
}

/* Before anything is read, which may take long. */
static enum dsi_status check_inputs(const struct diff *diff, struct dsi_error *err)
{
    for (size_t i = 0; i < 2; i++) {
        const char *input = diff->call->operands[i];
        struct dsi_error reason;
        if (strcmp(input, "-") == 0)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "-: diff reads no standard input; A and B are files or "
                            "folders");
        const enum dsi_status status = dsi_side_check(input, &reason);
        if (status != DSI_OK)
            return dsi_fail(err, status, "%s: %s", input, reason.message);
    }
    return DSI_OK;
}

static enum dsi_status list_side(struct diff *diff, struct dsi_side *side, size_t i,
                                 struct dsi_report *report, struct dsi_error *err)
{
    struct dsi_error reason;
    const char *input = diff->call->operands[i];
    const enum dsi_status status =
        dsi_side_list(side, input, &diff->listing, report, &reason);
    return status == DSI_OK ? DSI_OK
                            : dsi_fail(err, status, "%s: %s", input, reason.message);
}

struct listing {
    struct diff *diff;
    _Atomic size_t next;
    struct dsi_report *reports[2]; /* findings of each side */
    enum dsi_status status[2];
    struct dsi_error errors[2];
};

static void list_next(void *context, unsigned number)
{
    struct listing *l = context;
    size_t i;
    (void)number;
    while ((i = atomic_fetch_add(&l->next, 1)) < 2)
        l->status[i] = list_side(l->diff, i ? &l->diff->b : &l->diff->a, i,
                                 l->reports[i], &l->errors[i]);
}

/* Both at a time, for it takes a while to start what reads HDF5, and to list a folder
 * of many files. */
static enum dsi_status list_sides(struct diff *diff, struct dsi_error *err)
{
    struct dsi_report *other = dsi_tool_report(diff->call->tool);
    struct listing l = {.diff = diff, .reports = {diff->report, other}};
    if (!other)
        return dsi_fail_memory(err, sizeof l);
    dsi_workers_run(dsi_n_workers(diff->options.n_threads, 2), list_next, &l);
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < 2 && status == DSI_OK; i++)
        if (l.status[i] != DSI_OK) {
            *err = l.errors[i];
            status = l.status[i];
        }
    if (status == DSI_OK)
        status = dsi_report_add_findings(diff->report, other, NULL, err);
    dsi_report_free(other);
    return status;
}

static enum dsi_status read_files(struct diff *diff, struct dsi_error *err)
{
    const struct args *args = diff->call->args;
    if (args->map)
        DSI_TRY(dsi_map_file_read(&diff->map, args->map, err));
    return args->rules ? dsi_rule_file_read(&diff->rules, args->rules, err) : DSI_OK;
}

static enum dsi_status find_unused(struct diff *diff, const char *rule,
                                   const char *path, size_t line, const char *detail,
                                   struct dsi_error *err)
{
    struct dsi_bytes where = {0};
    enum dsi_status status = dsi_bytes_printf(&where, err, "%s:%zu", path, line);
    if (status == DSI_OK)
        status = dsi_bytes_append(&where, "", 1, err);
    if (status == DSI_OK)
        status = dsi_report_finding(diff->report,
                                    &(struct dsi_finding){.rule = rule,
                                                          .severity = DSI_WARNING,
                                                          .source = path,
                                                          .index = line,
                                                          .where = (char *)where.data,
                                                          .detail = detail},
                                    err);
    dsi_bytes_free(&where);
    return status;
}

/* Lines of the map and the rules that concern nothing: misspelt, or out of date. */
static enum dsi_status find_all_unused(struct diff *diff, struct dsi_error *err)
{
    const struct args *args = diff->call->args;
    char text[512];
    for (size_t i = 0; i < diff->map.map.n; i++) {
        const struct dsi_mapped_name *name = &diff->map.map.names[i];
        for (int b = 0; b < 2; b++) {
            if (b ? name->is_in_b : name->is_in_a)
                continue;
            snprintf(text, sizeof text, "%s has no array '%.400s'", b ? "B" : "A",
                     b ? name->b : name->a);
            DSI_TRY(find_unused(diff, "unused_map", args->map, diff->map.lines[i], text,
                                err));
        }
    }
    for (size_t i = 0; i < diff->rules.rules.n; i++) {
        const struct dsi_pair_rule *rule = &diff->rules.rules.rules[i];
        if (rule->is_used)
            continue;
        snprintf(text, sizeof text, "no array matches '%.400s'", rule->glob);
        DSI_TRY(find_unused(diff, "unused_rule", args->rules, rule->line, text, err));
    }
    return DSI_OK;
}

static enum dsi_status make_pairs(struct diff *diff, struct dsi_error *err)
{
    const struct args *args = diff->call->args;
    DSI_TRY(dsi_pairs_make(&diff->pairs, &diff->a, &diff->b,
                           args->map ? &diff->map.map : NULL, err));
    if (diff->pairs.n == 0)
        return dsi_fail(err, DSI_ERR_OPEN, "neither %s nor %s holds an array",
                        diff->a.input, diff->b.input);
    dsi_pair_rules_apply(&diff->rules.rules, &diff->pairs);
    return find_all_unused(diff, err);
}

static enum dsi_status compare(struct diff *diff, struct dsi_error *err)
{
    struct dsi_progress progress = dsi_progress_start(diff->call->common);
    diff->options.progress = progress.enabled ? show_progress : NULL;
    diff->options.progress_context = &progress;
    diff->compared = dsi_alloc_zeroed(diff->pairs.n + 1, sizeof *diff->compared);
    if (!diff->compared)
        return dsi_fail_memory(err, diff->pairs.n * sizeof *diff->compared);
    diff->options.opened_a = &diff->a.opened;
    diff->options.opened_b = &diff->b.opened;
    const enum dsi_status status =
        dsi_compare_pairs(diff->compared, &diff->pairs, &diff->options, err);
    dsi_progress_end(&progress);
    return status;
}

static enum dsi_status work(struct diff *diff, struct dsi_error *err)
{
    const struct dsi_tool_call *call = diff->call;
    const char *names[] = {call->operands[0], call->operands[1], NULL};
    const struct dsi_inputs inputs = {.names = names, .n = 2};
    DSI_TRY(check_args(call->args, err));
    if (call->company && call->company->is_trial)
        return DSI_OK;
    DSI_TRY(check_inputs(diff, err));
    DSI_TRY(dsi_outputs_check(call, &inputs, err));
    DSI_TRY(dsi_tool_report_call(call, &inputs, diff->report, err));
    DSI_TRY(read_files(diff, err));
    DSI_TRY(list_sides(diff, err));
    DSI_TRY(make_pairs(diff, err));
    DSI_TRY(compare(diff, err));
    return dsi_compare_report(diff->compared, &diff->pairs, &diff->options,
                              diff->report, err);
}

/* Alone, prints what was found or why it could not be; else whoever called has it. */
static int end(struct diff *diff, enum dsi_status status, const struct dsi_error *err)
{
    const struct dsi_tool_call *call = diff->call;
    const bool is_alone = !call->company;
    if (status != DSI_OK && is_alone)
        dsi_tool_error(call->tool->name, NULL, err);
    else if (status != DSI_OK)
        dsi_company_fail(call->company, err);
    if (status != DSI_OK)
        return DSI_EXIT_TROUBLE;
    const int verdict = dsi_compare_verdict(diff->compared, diff->pairs.n);
    if (is_alone) {
        const int code = dsi_tool_finish(call, diff->report);
        return verdict > code ? verdict : code;
    }
    if (!dsi_tool_settle(call, diff->report))
        return DSI_EXIT_TROUBLE;
    dsi_company_take(call->company, &diff->report, verdict);
    return verdict;
}

static int run(const struct dsi_tool_call *call)
{
    const struct dsi_common *common = call->common;
    const struct args *args = call->args;
    struct dsi_tool tool = *call->tool; /* the same, with other columns */
    struct dsi_tool_call own_call = *call;
    const struct all_columns all = all_columns(args);
    tool.columns = all.columns;
    own_call.tool = &tool;
    call = &own_call;
    struct dsi_error err;
    struct diff diff = {.call = call, .report = dsi_tool_report(&tool)};
    int code = DSI_EXIT_TROUBLE;
    if (!diff.report) {
        dsi_tool_say(call->tool->name, NULL, "out of memory");
        return code;
    }
    diff.options.open =
        (struct dsi_open_options){.limits = dsi_common_limits(common),
                                  .follow_external = common->follow_external,
                                  .attributes = args->attributes};
    diff.options.n_threads = common->threads;
    diff.options.max_share = args->max_share;
    diff.options.n_worst = common->verbose ? N_WORST : 0;
    diff.options.any_dtype = args->any_dtype;
    diff.options.tolerances = args->tolerance_needed;
    diff.options.explains = args->explain;
    diff.options.metrics = args->metrics;
    set_defaults(args, &diff.options.rule);
    diff.listing.open = diff.options.open;
    diff.listing.exclude = common->excludes.texts;
    diff.listing.n_exclude = common->excludes.n;
    dsi_tool_signals_install();
    code = end(&diff, work(&diff, &err), &err);
    if (diff.compared)
        dsi_compared_free(diff.compared, diff.pairs.n);
    dsi_pairs_free(&diff.pairs);
    dsi_map_file_free(&diff.map);
    dsi_rule_file_free(&diff.rules);
    dsi_side_free(&diff.a);
    dsi_side_free(&diff.b);
    dsi_report_free(diff.report);
    return code;
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {"compared",       "same",    "differ",
                                      "not_comparable", "only_a",  "only_b",
                                      "error",          "ignored", NULL};
static const char *const row_keys[] = {"name", NULL};

const struct dsi_tool dsi_tool_diff = {
    .name = "diff",
    .purpose = "Tell whether two pipelines made the same, as numpy.allclose does",
    .operands = DSI_OPERANDS_PAIR,
    .common = DSI_COMMON_PAIR,
    .examples = "dsinspect diff candidate/ benchmark/\n"
                "dsinspect diff --rtol=1e-3 --equal-nan a.npz b.npz\n"
                "dsinspect diff dump.h5:/layer1 dump/layer1.npy\n"
                "dsinspect diff -q a.npy b.npy && echo the same\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
