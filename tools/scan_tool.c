#include "scan_tool.h"

#include "company.h"
#include "partials.h"
#include "shard.h"

#include <stdlib.h>
#include <string.h>

unsigned dsi_tool_n_workers(const struct dsi_tool_call *call)
{
    const uint64_t threads = call->common->threads;
    return threads && threads < 1024 ? (unsigned)threads : dsi_n_processors();
}

const char *dsi_tool_temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

static void show_progress(void *context, uint64_t n_done, uint64_t n_blocks)
{
    dsi_progress_update(context, n_done, n_blocks, "blocks");
}

static enum dsi_status fold(const struct dsi_tool_call *call,
                            const struct dsi_dataset *dataset,
                            struct dsi_check_run *runs, size_t n_runs,
                            struct dsi_cache *cache, struct dsi_error *err)
{
    const struct dsi_common *common = call->common;
    struct dsi_progress progress = dsi_progress_start(common);
    struct dsi_scan_options options = {
        .n_threads = common->threads < 1024 ? (unsigned)common->threads : 1024,
        .progress = progress.enabled ? show_progress : NULL,
        .progress_context = &progress};
    enum dsi_status status = dsi_shard_of(common, &options.shard, err);
    if (status == DSI_OK && cache)
        status = dsi_cache_begin(cache, &options, err);
    if (status == DSI_OK)
        status = dsi_scan(dataset, runs, n_runs, &options, err);
    dsi_progress_end(&progress);
    return status;
}

enum dsi_status dsi_tool_scan_again(struct dsi_tool_scan *scan,
                                    struct dsi_check_run *run, struct dsi_error *err)
{
    if (scan->call->partials)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "shards cannot be scanned again");
    if (!dsi_dataset_can_rescan(&scan->dataset))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "standard input can be read once, and this takes a second "
                        "look: save it to a file");
    DSI_TRY(dsi_check_run_init(run, &scan->dataset, err));
    return fold(scan->call, &scan->dataset, run, 1, NULL, err);
}

enum dsi_status dsi_tool_fold(const struct dsi_tool_call *call,
                              const struct dsi_dataset *dataset,
                              struct dsi_check_run *runs, size_t n_runs,
                              struct dsi_cache *cache, bool *more,
                              struct dsi_error *err)
{
    do {
        DSI_TRY(fold(call, dataset, runs, n_runs, cache, err));
        cache = NULL; /* of the first pass */
        DSI_TRY(dsi_check_runs_plan(runs, n_runs, more, err));
    } while (*more && dsi_dataset_can_rescan(dataset));
    return DSI_OK;
}

enum dsi_status dsi_tool_scan_beside(const struct dsi_tool_call *call,
                                     const struct dsi_dataset *dataset,
                                     struct dsi_check_run *runs, size_t n_runs,
                                     struct dsi_error *err)
{
    bool more;
    for (size_t i = 0; i < n_runs; i++)
        DSI_TRY(dsi_check_run_init(&runs[i], dataset, err));
    DSI_TRY(dsi_tool_fold(call, dataset, runs, n_runs, NULL, &more, err));
    if (!more)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                    "standard input can be read once, and this takes several looks: "
                    "save it to a file");
}

/* The states of all blocks, of those of a shard, or of all shards. *more when the
 * checks would look once more. */
static enum dsi_status fill_states(struct dsi_tool_scan *scan, bool *more,
                                   struct dsi_error *err)
{
    *more = false;
    for (int i = 0; i < DSI_TOOL_RUNS; i++)
        DSI_TRY(dsi_check_run_init(&scan->runs[i], &scan->dataset, err));
    const struct dsi_partials *partials = scan->call->partials;
    if (partials) {
        DSI_TRY(dsi_partials_merge(partials, &scan->dataset, scan->runs, DSI_TOOL_RUNS,
                                   err));
        return dsi_check_runs_plan(scan->runs, DSI_TOOL_RUNS, more, err);
    }
    if (!scan->call->common->shard)
        return dsi_tool_fold(scan->call, &scan->dataset, scan->runs, DSI_TOOL_RUNS,
                             NULL, more, err);
    DSI_TRY(dsi_shard_begin(scan, err));
    return fold(scan->call, &scan->dataset, scan->runs, DSI_TOOL_RUNS, NULL, err);
}

/* Why some of the report is null. */
static enum dsi_status note_missing_look(struct dsi_tool_scan *scan,
                                         struct dsi_error *err)
{
    const bool is_merge = scan->call->partials != NULL;
    const struct dsi_finding finding = {
        .rule = is_merge ? "another_round" : "one_look",
        .severity = DSI_NOTE,
        .index = UINT64_MAX,
        .detail = is_merge ? "what takes another look at the data is null: merge "
                             "--next=FILE makes what another round of shards begins "
                             "with, by --pass=FILE"
                           : "standard input can be read once, and what takes another "
                             "look is null: save it to a file"};
    return dsi_report_finding(scan->report, &finding, err);
}

enum dsi_status dsi_tool_fill_report(struct dsi_tool_scan *scan,
                                     const struct dsi_check_run *readable,
                                     bool lacks_look, struct dsi_error *err)
{
    const struct dsi_check_run *run = &scan->runs[0];
    scan->lacks_look = lacks_look;
    if (lacks_look)
        DSI_TRY(note_missing_look(scan, err));
    DSI_TRY(run->check->finish(run->state, scan->report, err));
    if (readable)
        DSI_TRY(readable->check->finish(readable->state, scan->report, err));
    return scan->after ? scan->after(scan, err) : DSI_OK;
}

/* The exit code of a gate that has not been judged: what it names might be found in the
 * look that could not be had, so it must not pass. Said whatever is quiet. */
static int refuse_to_pass(const struct dsi_tool_scan *scan)
{
    const struct dsi_texts *lists = &scan->call->common->fail_on;
    struct dsi_bytes words = {0};
    struct dsi_error err;
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < lists->n && status == DSI_OK; i++)
        status = dsi_bytes_printf(&words, &err, "%s%s", i ? "," : "", lists->texts[i]);
    if (status == DSI_OK)
        dsi_fail(&err, DSI_ERR_UNSUPPORTED, "--fail-on=%.*s is not judged: %s%s%s",
                 (int)words.n, (const char *)words.data,
                 scan->call->partials
                     ? "it takes another round of shards (merge --next=FILE makes "
                       "what they begin with, by --pass=FILE)"
                     : "standard input can be read once, and this takes another look "
                       "(save it to a file)",
                 scan->without_looks ? ", or " : "",
                 scan->without_looks ? scan->without_looks : "");
    dsi_tool_error(scan->call->tool->name, NULL, &err);
    dsi_bytes_free(&words);
    return DSI_EXIT_TROUBLE;
}

/* *is_over when there is no report to print: a shard, or a round with another to
 * come. */
static enum dsi_status scan_and_finish(struct dsi_tool_scan *scan, bool *is_over,
                                       struct dsi_error *err)
{
    const struct dsi_tool_call *call = scan->call;
    bool more;
    DSI_TRY(fill_states(scan, &more, err));
    *is_over = true;
    if (call->common->shard)
        return dsi_shard_write(scan, err);
    if (more && call->partials && call->common->next)
        return dsi_shard_write_next(scan, err);
    *is_over = false;
    return dsi_tool_fill_report(scan, &scan->runs[1], more, err);
}

struct dsi_dataset_options dsi_tool_dataset_options(const struct dsi_tool_scan *scan)
{
    const struct dsi_common *common = scan->call->common;
    return (struct dsi_dataset_options){
        .need = scan->check->need(scan->parameters),
        .open = {.limits = dsi_common_limits(common),
                 .expand_palette = scan->expand_palette,
                 .as_dtype = scan->as_dtype,
                 .follow_external = common->follow_external},
        .labels = scan->labels,
        .split = scan->split,
        .labels_optional = scan->labels_optional,
        .values_beside_labels = scan->values_beside_labels,
        .wants_paths = scan->wants_paths,
        .channel_axis = scan->channel_axis,
        .exclude = common->excludes.texts,
        .n_exclude = common->excludes.n};
}

static enum dsi_status open_dataset(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_dataset_options options = dsi_tool_dataset_options(scan);
    return dsi_dataset_open(&scan->dataset, scan->inputs.names, scan->inputs.n,
                            &options, scan->report, err);
}

/* Inputs that could not be opened are told at once where the format keeps findings off
 * stderr, or where there will be no report. */
static void say_failed_inputs(const struct dsi_tool_scan *scan)
{
    for (size_t i = 0; i < dsi_report_n_findings(scan->report); i++) {
        struct dsi_finding finding = dsi_report_finding_at(scan->report, i);
        if (finding.severity == DSI_ERROR)
            dsi_tool_say(scan->call->tool->name, finding.where, finding.detail);
    }
}

static bool findings_are_shown(const struct dsi_common *common)
{
    return common->format != DSI_FORMAT_JSON && common->format != DSI_FORMAT_NDJSON;
}

/* Opens the inputs; under merge, what the shards say of them. */
static enum dsi_status open_inputs(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_tool_call *call = scan->call;
    if (call->partials) {
        DSI_TRY(dsi_outputs_check(call, &call->partials->inputs, err));
        return dsi_partial_load_dataset(&call->partials->of_first, &scan->dataset,
                                        scan->report, err);
    }
    DSI_TRY(dsi_inputs_gather(&scan->inputs, call->common, call->operands,
                              call->n_operands, err));
    DSI_TRY(dsi_shard_check_scan(scan, err));
    DSI_TRY(dsi_outputs_check(call, &scan->inputs, err));
    DSI_TRY(dsi_tool_report_call(call, &scan->inputs, scan->report, err));
    return open_dataset(scan, err);
}

static int run(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_tool_call *call = scan->call;
    bool is_shard = call->common->shard != NULL;
    enum dsi_status status = open_inputs(scan, err);
    bool is_empty = status == DSI_OK && scan->dataset.n_parts == 0;
    bool is_silent = is_shard || !findings_are_shown(call->common);
    if (is_empty || (status == DSI_OK && scan->dataset.n_failed_inputs && is_silent))
        say_failed_inputs(scan);
    if (is_empty && !is_shard)
        return DSI_EXIT_TROUBLE;
    bool is_over = false;
    if (status == DSI_OK && scan->before)
        status = scan->before(scan, err);
    if (status == DSI_OK)
        status = scan_and_finish(scan, &is_over, err);
    if (status != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, err);
        return DSI_EXIT_TROUBLE;
    }
    int code = is_over ? DSI_EXIT_FINE
                       : dsi_tool_finish_with(call, scan->report, &scan->instead);
    if (code == DSI_EXIT_FINE && scan->lacks_look && call->common->fail_on.n)
        code = refuse_to_pass(scan);
    return scan->dataset.n_failed_inputs ? DSI_EXIT_TROUBLE : code;
}

int dsi_tool_scan(struct dsi_tool_scan *scan)
{
    extern const struct dsi_check dsi_check_readable;
    struct dsi_error err;
    scan->runs[0] =
        (struct dsi_check_run){.check = scan->check, .parameters = scan->parameters};
    scan->runs[1] = (struct dsi_check_run){.check = &dsi_check_readable};
    scan->report = dsi_tool_report(scan->call->tool);
    if (!scan->report) {
        dsi_tool_say(scan->call->tool->name, NULL, "out of memory");
        return DSI_EXIT_TROUBLE;
    }
    dsi_tool_signals_install();
    int code = scan->call->company ? dsi_company_join(scan->call->company, scan)
                                   : run(scan, &err);
    for (int i = 0; i < DSI_TOOL_RUNS; i++)
        dsi_check_run_free(&scan->runs[i]);
    dsi_bytes_free(&scan->pass.bytes);
    dsi_bytes_free(&scan->instead);
    dsi_dataset_close(&scan->dataset);
    dsi_inputs_free(&scan->inputs);
    dsi_report_free(scan->report);
    return code;
}
