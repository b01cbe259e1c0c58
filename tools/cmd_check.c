/* dsinspect check: the nightly job. One scan a dataset, every rule judged, one line
 * that tells what failed and where. */
#include "check_init.h"
#include "check_night.h"
#include "tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct args {
    bool dry_run, new_only, update_baseline, init, metrics;
    const char *baseline, *cache;
};

static const struct args defaults = {0};

static const struct dsi_option options[] = {
    OPTION_GROUP("Checking"),
    OPTION_FLAG(0, "dry-run", &defaults.dry_run,
                "print what would be looked at and asked, and open no data"),
    OPTION_FLAG(0, "init", &defaults.init,
                "print a configuration for the inputs, to begin with"),
    OPTION_FLAG(0, "metrics", &defaults.metrics, "print the path of every metric"),
    OPTION_TEXT(0, "cache", &defaults.cache, "DIR",
                "keep there what was found in each file, and read no file again that "
                "has not changed"),
    OPTION_GROUP("Baseline"),
    OPTION_FILE(0, "baseline", &defaults.baseline, "FILE",
                "compare with this night; the configuration may name it"),
    OPTION_FLAG(0, "update-baseline", &defaults.update_baseline,
                "make this night the one to compare with"),
    OPTION_FLAG(0, "new-only", &defaults.new_only,
                "count no finding that the baseline has"),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"check", true, "name"},
    {"status", true, "passed, warned, failed or skipped"},
    {"severity", true, "of a failure: error or warning"},
    {"dataset", true, NULL},
    {"metric", true, "path in the JSON of a tool"},
    {"value", false, "of the metric"},
    {"op", true, "min, max, equals or max_change"},
    {"threshold", false, NULL},
    {"baseline", false, "the value then"},
    {"detail", true, "why, and where first"},
    {NULL, false, NULL},
};

static const char default_path[] = "dsinspect.yaml";

struct check {
    const struct dsi_tool_call *call;
    const struct args *args;
    struct dsi_check_config config;
    struct dsi_night night;
    struct dsi_baseline baseline, fresh;
    bool has_baseline;
    struct dsi_report *report;
};

/* --- the configuration --------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), n_end = strlen(end);
    return n > n_end && strcmp(text + n - n_end, end) == 0;
}

static bool is_config(const char *path)
{
    return ends_with(path, ".yaml") || ends_with(path, ".yml");
}

/* "dsinspect check: FILE:LINE:COLUMN: what", a line each. False: there is something. */
static bool say_complaints(struct check *check)
{
    struct dsi_complaints *c = &check->config.complaints;
    dsi_complaints_sort(c);
    for (size_t i = 0; i < c->n_items; i++)
        dsi_tool_say(check->call->tool->name, NULL, c->items[i].text);
    if (c->n > c->n_items)
        fprintf(stderr, "dsinspect check: ... and %zu more\n", c->n - c->n_items);
    return c->n == 0;
}

static void say_labels(const struct check *check)
{
    const struct dsi_check_dataset *dataset = &check->config.datasets[0];
    struct dsi_error note;
    if (!dataset->labels || check->call->common->quiet)
        return;
    dsi_fail(&note, DSI_ERR_USAGE, "%.400s: labels are read from %.400s [assumed]",
             dataset->inputs.items[0], dataset->labels);
    dsi_tool_error(check->call->tool->name, "note", &note);
}

static enum dsi_status read_config(struct check *check, struct dsi_error *err)
{
    const struct dsi_tool_call *call = check->call;
    struct dsi_error reason;
    const char *path = call->n_operands ? call->operands[0] : default_path;
    if (call->n_operands && !is_config(path)) {
        DSI_TRY(dsi_check_config_make(&check->config, call->operands, call->n_operands,
                                      call->common, err));
        say_labels(check);
        return DSI_OK;
    }
    if (check->args->init)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--init wants a dataset: a file or folder of samples");
    if (call->n_operands > 1)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "one configuration at a time: '%.200s' is one word too many",
                        call->operands[1]);
    if (!call->n_operands && access(path, F_OK) != 0)
        return dsi_fail(err, DSI_ERR_OPEN,
                        "there is no %s here: name a configuration or a dataset "
                        "(dsinspect check --init DATASET prints one to begin with)",
                        path);
    const enum dsi_status status = dsi_check_config_read(
        &check->config, path, check->args->baseline != NULL, call->common, &reason);
    return status == DSI_OK
               ? DSI_OK
               : dsi_fail(err, status, "%.400s: %.500s", path, reason.message);
}

/* --- the baseline -------------------------------------------------------------------
 */

static const char *baseline_path(const struct check *check)
{
    return check->args->baseline ? check->args->baseline : check->config.baseline;
}

static enum dsi_status read_baseline(struct check *check, struct dsi_error *err)
{
    const char *path = baseline_path(check);
    struct dsi_error reason;
    if (!path && (check->args->update_baseline || check->args->new_only))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s wants --baseline=FILE, or baseline: in the configuration",
                        check->args->new_only ? "new-only" : "update-baseline");
    if (!path || check->args->update_baseline)
        return DSI_OK;
    const enum dsi_status status =
        dsi_baseline_read(&check->baseline, path, &check->has_baseline, &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "%.400s: %.500s", path, reason.message);
    if (!check->has_baseline && check->args->new_only)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "there is no %.400s yet: --update-baseline makes it", path);
    return DSI_OK;
}

/* --- what is told before ------------------------------------------------------------
 */

static enum dsi_status plan_rule(const struct dsi_check_config *config,
                                 const struct dsi_check_rule *rule,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    for (size_t i = 0; i < rule->n_ops; i++) {
        DSI_TRY(
            dsi_bytes_printf(out, err, "  %s: ", config->datasets[rule->dataset].name));
        DSI_TRY(dsi_metric_write(&rule->metric, out, err));
        DSI_TRY(dsi_bytes_printf(out, err, " %s %s [%s]\n",
                                 dsi_rule_op_name(rule->ops[i].op), rule->ops[i].text,
                                 dsi_severity_name(rule->severity)));
    }
    return DSI_OK;
}

static enum dsi_status print_plan(const struct check *check, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    const struct dsi_check_config *config = &check->config;
    for (size_t d = 0; d < config->n_datasets; d++) {
        const struct dsi_check_dataset *dataset = &config->datasets[d];
        DSI_TRY(dsi_bytes_printf(out, err, "%s:", dataset->name));
        for (size_t i = 0; i < dataset->n_looks; i++)
            DSI_TRY(dsi_bytes_printf(out, err, " %s", dataset->looks[i].tool->name));
        DSI_TRY(dsi_bytes_printf(out, err, " <"));
        for (size_t i = 0; i < dataset->inputs.n; i++)
            DSI_TRY(dsi_bytes_printf(out, err, " %s", dataset->inputs.items[i]));
        DSI_TRY(dsi_bytes_printf(out, err, "\n"));
        for (size_t r = 0; r < config->n_rules; r++)
            if (config->rules[r].dataset == d)
                DSI_TRY(plan_rule(config, &config->rules[r], out, err));
    }
    return DSI_OK;
}

static enum dsi_status print_metrics(struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_words paths = {0};
    enum dsi_status status = dsi_metric_paths(&paths, err);
    for (size_t i = 0; status == DSI_OK && paths.items[i]; i++)
        status = dsi_bytes_printf(out, err, "%s\n", paths.items[i]);
    dsi_words_free(&paths);
    return status;
}

/* --- the night ----------------------------------------------------------------------
 */

static enum dsi_status judge(struct check *check, struct dsi_error *err)
{
    struct dsi_night *night = &check->night;
    night->fresh = &check->fresh;
    night->baseline = check->has_baseline ? &check->baseline : NULL;
    if (check->has_baseline || check->args->update_baseline) {
        DSI_TRY(dsi_night_judge(night, NULL, err));
        dsi_baseline_sort(&check->fresh);
    }
    if (check->args->update_baseline)
        night->baseline = &check->fresh; /* what it is now is how it is to be */
    night->known = check->args->new_only ? &check->baseline.findings : NULL;
    DSI_TRY(dsi_night_judge(night, check->report, err));
    DSI_TRY(dsi_night_tell(night, check->report, err));
    if (!check->args->update_baseline)
        return DSI_OK;
    if (night->has_trouble) {
        dsi_tool_say("check", baseline_path(check),
                     "left as it was: not everything could be looked at");
        return DSI_OK;
    }
    dsi_baseline_sort(&check->fresh);
    return dsi_baseline_write(&check->fresh, baseline_path(check), err);
}

/* "dsinspect check: failed: NAME: detail", for each: the line that is looked for. */
static void say_failures(const struct check *check)
{
    for (size_t i = 0; i < dsi_report_n_rows(check->report); i++) {
        const struct dsi_value *row = dsi_report_row_at(check->report, i);
        const char *status = dsi_value_text(&row[1]), *detail = dsi_value_text(&row[9]);
        const bool has_failed = strcmp(status, "failed") == 0;
        const bool is_told = has_failed || (strcmp(status, "warned") == 0 &&
                                            !check->call->common->quiet);
        struct dsi_error err;
        if (!is_told)
            continue;
        dsi_fail(&err, DSI_ERR_USAGE, "%s: %s", dsi_value_text(&row[0]),
                 detail ? detail : "");
        dsi_tool_error("check", has_failed ? "failed" : "warned", &err);
    }
}

static enum dsi_status describe(struct check *check, struct dsi_error *err)
{
    const struct dsi_check_config *config = &check->config;
    if (config->path)
        DSI_TRY(dsi_report_input(check->report, config->path, err));
    for (size_t d = 0; d < config->n_datasets && !config->path; d++)
        for (size_t i = 0; i < config->datasets[d].inputs.n; i++)
            DSI_TRY(dsi_report_input(check->report, config->datasets[d].inputs.items[i],
                                     err));
    DSI_TRY(dsi_report_parameter(check->report, "new_only",
                                 dsi_bool(check->args->new_only), err));
    return dsi_report_parameter(check->report, "baseline",
                                dsi_text(baseline_path(check)), err);
}

/* The outputs of the command line and those of the configuration. */
static enum dsi_status join_outputs(const struct check *check,
                                    struct dsi_common *common, struct dsi_error *err)
{
    const struct dsi_texts given = common->outputs;
    const struct dsi_words *own = &check->config.outputs;
    common->outputs.texts = dsi_alloc_array(given.n + own->n + 1, sizeof *given.texts);
    if (!common->outputs.texts)
        return dsi_fail_memory(err, own->n);
    for (size_t i = 0; i < given.n + own->n; i++)
        common->outputs.texts[i] =
            i < given.n ? given.texts[i] : own->items[i - given.n];
    common->outputs.n = given.n + own->n;
    return DSI_OK;
}

/* Files that options of the tools name. */
static void add_option_files(const struct dsi_check_look *look,
                             struct dsi_more_files *more)
{
    const struct dsi_tool_call *call = &look->parsed.call;
    for (size_t t = 0; call->tables[t]; t++)
        for (const struct dsi_option *o = call->tables[t]; o->kind != DSI_OPTION_END;
             o++)
            if (dsi_option_takes_file(o) && *o->value.text) {
                if (more->items)
                    more->items[more->n] = (struct dsi_more_file){
                        o->name, *o->value.text, dsi_option_names_output(o)};
                more->n++;
            }
}

/* All that is read and written beside inputs and outputs. */
static void add_files(const struct check *check, struct dsi_more_files *more)
{
    const struct dsi_check_config *config = &check->config;
    for (size_t d = 0; d < config->n_datasets; d++)
        for (size_t i = 0; i < config->datasets[d].n_looks; i++)
            add_option_files(&config->datasets[d].looks[i], more);
    if (!baseline_path(check))
        return;
    if (more->items)
        more->items[more->n] = (struct dsi_more_file){"baseline", baseline_path(check),
                                                      check->args->update_baseline};
    more->n++;
}

static enum dsi_status check_outputs(const struct check *check,
                                     const struct dsi_tool_call *call,
                                     struct dsi_error *err)
{
    const struct dsi_check_config *config = &check->config;
    struct dsi_more_files more = {0};
    size_t n = 0;
    for (size_t d = 0; d < config->n_datasets; d++)
        n += config->datasets[d].inputs.n;
    add_files(check, &more);
    const char **names = dsi_alloc_array(n + 2, sizeof *names);
    more.items = dsi_alloc_array(more.n + 1, sizeof *more.items);
    more.n = 0;
    struct dsi_inputs inputs = {.names = names};
    enum dsi_status status = DSI_OK;
    if (!names || !more.items)
        status = dsi_fail_memory(err, n);
    if (status == DSI_OK) {
        if (config->path)
            names[inputs.n++] = config->path;
        for (size_t d = 0; d < config->n_datasets; d++)
            for (size_t i = 0; i < config->datasets[d].inputs.n; i++)
                names[inputs.n++] = config->datasets[d].inputs.items[i];
        add_files(check, &more);
        status = dsi_outputs_check_with(call, &inputs, &more, err);
    }
    free(names);
    free(more.items);
    return status;
}

static int spend(struct check *check, const struct dsi_tool_call *call,
                 struct dsi_error *err)
{
    if (!dsi_night_look(&check->night, false))
        return DSI_EXIT_TROUBLE;
    if (describe(check, err) != DSI_OK ||
        dsi_night_gather(&check->night, err) != DSI_OK || judge(check, err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, err);
        return DSI_EXIT_TROUBLE;
    }
    say_failures(check);
    /* Errors that fail nothing, as with fail_on: off, are no reason to speak. */
    struct dsi_tool_call last = *call;
    last.says_no_findings =
        call->common->quiet && !check->night.n_failed && !check->night.has_trouble;
    const int code = dsi_tool_finish(&last, check->report);
    if (code == DSI_EXIT_TROUBLE || check->night.has_trouble)
        return DSI_EXIT_TROUBLE;
    return check->night.n_failed ? DSI_EXIT_FAILED : code;
}

static enum dsi_status propose(struct check *check, struct dsi_bytes *text,
                               struct dsi_error *err)
{
    if (!dsi_night_look(&check->night, false))
        return dsi_fail(err, DSI_ERR_USAGE, "nothing was looked at");
    DSI_TRY(dsi_night_gather(&check->night, err));
    if (check->night.datasets[0].is_empty) {
        const struct dsi_finding first =
            dsi_report_finding_at(check->night.datasets[0].found, 0);
        return dsi_fail(err, DSI_ERR_OPEN, "%.300s: %.500s", first.where, first.detail);
    }
    return dsi_check_init(&check->night, text, err);
}

static int print(const struct check *check, const struct dsi_bytes *text,
                 enum dsi_status status, const struct dsi_error *err)
{
    if (status != DSI_OK)
        dsi_tool_error(check->call->tool->name, NULL, err);
    const bool is_fine =
        status == DSI_OK && dsi_stdout_write(check->call->tool->name, text);
    return is_fine ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

/* What cannot be meant together, or is empty. */
static enum dsi_status check_args(const struct args *args, struct dsi_error *err)
{
    if (args->init && (args->dry_run || args->update_baseline || args->new_only))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--init prints a configuration, and judges nothing: leave out "
                        "%s",
                        args->dry_run           ? "--dry-run"
                        : args->update_baseline ? "--update-baseline"
                                                : "--new-only");
    if (args->cache && !args->cache[0])
        return dsi_fail(err, DSI_ERR_USAGE, "--cache wants a folder");
    return DSI_OK;
}

static int work(struct check *check, struct dsi_common *common)
{
    struct dsi_tool_call call = *check->call; /* with more outputs */
    struct dsi_bytes text = {0};
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    enum dsi_status status = check_args(check->args, &err);
    if (status == DSI_OK)
        status = read_config(check, &err);
    if (status == DSI_OK && !say_complaints(check))
        return DSI_EXIT_TROUBLE;
    call.common = common;
    if (status == DSI_OK)
        status = join_outputs(check, common, &err);
    if (status == DSI_OK)
        status = dsi_common_check(common, call.tool, &err);
    if (status == DSI_OK)
        status = read_baseline(check, &err);
    if (status == DSI_OK)
        status = check_outputs(check, &call, &err);
    if (status == DSI_OK)
        status = dsi_night_open(&check->night, &err);
    if (status != DSI_OK)
        return print(check, NULL, status, &err);
    if (!dsi_night_look(&check->night, true))
        return DSI_EXIT_TROUBLE;
    if (check->args->dry_run) {
        status = print_plan(check, &text, &err);
        code = print(check, &text, status, &err);
    } else if (check->args->init) {
        status = propose(check, &text, &err);
        code = print(check, &text, status, &err);
    } else {
        code = spend(check, &call, &err);
    }
    dsi_bytes_free(&text);
    return code;
}

static int run(const struct dsi_tool_call *call)
{
    struct dsi_common common = *call->common;
    struct check check = {
        .call = call, .args = call->args, .report = dsi_tool_report(call->tool)};
    struct dsi_bytes text = {0};
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    check.night.config = &check.config;
    check.night.cache = check.args->cache;
    check.night.now = time(NULL);
    dsi_tool_signals_install();
    if (!check.report) {
        dsi_tool_say(call->tool->name, NULL, "out of memory");
    } else if (check.args->metrics) {
        const enum dsi_status status = print_metrics(&text, &err);
        code = print(&check, &text, status, &err);
    } else {
        code = work(&check, &common);
    }
    if (common.outputs.texts != call->common->outputs.texts)
        free(common.outputs.texts);
    dsi_bytes_free(&text);
    dsi_night_free(&check.night);
    dsi_baseline_free(&check.baseline);
    dsi_baseline_free(&check.fresh);
    dsi_check_config_free(&check.config);
    dsi_report_free(check.report);
    return code;
}

const struct dsi_tool dsi_tool_check = {
    .name = "check",
    .purpose = "Hold datasets against what is asked of them, night after night",
    .operands = DSI_OPERANDS_CHECK,
    .common = DSI_COMMON_CHECK,
    .examples = "dsinspect check\n"
                "dsinspect check nightly.yaml -o junit:report.xml\n"
                "dsinspect check train/\n"
                "dsinspect check --init train/ >dsinspect.yaml\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .run = run,
};
