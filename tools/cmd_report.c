/* dsinspect report: what the tools have found, as a page to look at. */
#include "check_night.h"
#include "page_report.h"
#include "report_view.h"
#include "result_file.h"
#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct args {
    const char *output, *title;
    bool thumbnails;
    uint64_t max_rows, limit_bytes;
};

static const struct args defaults = {
    .title = "Dataset report", .max_rows = 200, .limit_bytes = UINT64_C(64) << 20};

static const struct dsi_option options[] = {
    OPTION_GROUP("The page"),
    OPTION_FILE('o', "output", &defaults.output, "FILE",
                "write it there, whole or not at all, and not to standard output"),
    OPTION_TEXT(0, "title", &defaults.title, "TEXT", "its heading"),
    OPTION_UINT(0, "max-rows", &defaults.max_rows, "N",
                "rows of a table, and findings of a list; the page says how many more "
                "there are"),
    OPTION_FLAG(0, "thumbnails", &defaults.thumbnails,
                "open the pictures that rows of labels, dups and images name, 60 at "
                "most, and show them; without it no file but the results is read"),
    OPTION_GROUP("Results"),
    OPTION_SIZE(0, "limit-bytes", &defaults.limit_bytes, "SIZE",
                "refuse a file of more bytes"),
    OPTION_END,
};

/* The files, as they are read, and the sections made of them. */
struct work {
    const struct dsi_tool_call *call;
    struct dsi_inputs inputs;
    struct dsi_stored *files;
    const char **runs; /* what trends call each */
    struct dsi_page_section *sections;
    size_t n_sections;
    bool has_trouble;
    struct dsi_report *of_data; /* of inputs that are data, in place of files */
};

/* --- reading -------------------------------------------------------------------------
 */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Files go by their last name, unless two have the same. */
static void name_runs(struct work *work)
{
    bool are_apart = true;
    for (size_t i = 0; i < work->inputs.n; i++)
        for (size_t k = 0; k < i; k++)
            are_apart &= strcmp(base_name(work->inputs.names[i]),
                                base_name(work->inputs.names[k])) != 0;
    for (size_t i = 0; i < work->inputs.n; i++) {
        const char *name = work->inputs.names[i];
        work->runs[i] = strcmp(name, "-") == 0 ? "standard input"
                        : are_apart            ? base_name(name)
                                               : name;
    }
}

static bool read_files(struct work *work)
{
    const struct args *args = work->call->args;
    struct dsi_error err;
    const size_t n = work->inputs.n;
    work->files = dsi_alloc_zeroed(n, sizeof *work->files);
    work->runs = dsi_alloc_zeroed(n, sizeof *work->runs);
    if (!work->files || !work->runs) {
        dsi_tool_say(work->call->tool->name, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = work->inputs.names[i];
        if (dsi_result_file_read(&work->files[i], name, args->limit_bytes, &err) !=
            DSI_OK) {
            dsi_tool_error(work->call->tool->name, name, &err);
            return false;
        }
    }
    name_runs(work);
    return true;
}

/* --- sections ------------------------------------------------------------------------
 */

static void add(struct work *work, size_t file, const char *dataset,
                const struct dsi_report *report)
{
    work->sections[work->n_sections++] = (struct dsi_page_section){
        .run = work->runs[file], .dataset = dataset, .report = report};
}

static bool make_sections(struct work *work)
{
    size_t n = work->inputs.n;
    for (size_t i = 0; i < work->inputs.n; i++)
        n += work->files[i].n_results;
    work->sections = dsi_alloc_array(n, sizeof *work->sections);
    if (!work->sections) {
        dsi_tool_say(work->call->tool->name, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < work->inputs.n; i++) {
        const struct dsi_stored *file = &work->files[i];
        add(work, i, NULL, file->report);
        for (size_t k = 0; k < file->n_results; k++)
            add(work, i, file->results[k].dataset, file->results[k].report);
    }
    return true;
}

/* What a later section tells anew is past; so is all that an earlier check holds, for a
 * dataset that the last one has no more is none of today's. */
static bool mark_past(struct work *work)
{
    const char *last_check = "";
    struct dsi_error err;
    if (dsi_page_relate(work->sections, work->n_sections, &err) != DSI_OK) {
        dsi_tool_error(work->call->tool->name, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < work->n_sections; i++)
        if (strcmp(dsi_report_tool(work->sections[i].report), "check") == 0)
            last_check = work->sections[i].run;
    for (size_t i = 0; i < work->n_sections; i++)
        if (work->sections[i].dataset)
            work->sections[i].is_past |= strcmp(work->sections[i].run, last_check) != 0;
    return true;
}

/* --- writing -------------------------------------------------------------------------
 */

static enum dsi_status write_to(const struct work *work, const struct dsi_page *page,
                                struct dsi_sink sink, struct dsi_error *err)
{
    return work->of_data ? dsi_page_write_report(page, work->of_data, sink, err)
                         : dsi_page_write(page, sink, err);
}

static enum dsi_status write_page(const struct work *work, const struct dsi_page *page,
                                  const char *path, struct dsi_error *err)
{
    struct dsi_atomic_file *file;
    if (!path)
        return write_to(work, page, dsi_sink_to_fd(STDOUT_FILENO), err);
    DSI_TRY(dsi_atomic_open(&file, path, err));
    const enum dsi_status status = write_to(work, page, dsi_sink_to_atomic(file), err);
    if (status == DSI_OK)
        return dsi_atomic_commit(file, err);
    dsi_atomic_abandon(file);
    return status;
}

static int write_all(const struct work *work)
{
    const struct args *args = work->call->args;
    struct dsi_result_pictures pictures = {.limits = dsi_limits_default};
    struct dsi_error err;
    const struct dsi_page page = {
        .title = args->title,
        .sections = work->sections,
        .n_sections = work->n_sections,
        .max_rows = args->max_rows < SIZE_MAX ? (size_t)args->max_rows : SIZE_MAX,
        .picture = args->thumbnails ? dsi_result_picture : NULL,
        .context = &pictures};
    const enum dsi_status status = write_page(work, &page, args->output, &err);
    dsi_result_pictures_free(&pictures);
    if (status == DSI_OK || status == DSI_ERR_PIPE)
        return DSI_EXIT_FINE;
    dsi_tool_error(work->call->tool->name,
                   args->output ? args->output : "standard output", &err);
    return DSI_EXIT_TROUBLE;
}

/* --- data --------------------------------------------------------------------------
 */

/* A result begins with a brace; a folder and a file of samples do not. What a pipe
 * holds cannot be looked at and then read, and is a result. */
static bool is_result(const char *path)
{
    char start[64];
    struct stat info;
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0)
        return true;
    if (!S_ISREG(info.st_mode))
        return !S_ISDIR(info.st_mode);
    FILE *file = fopen(path, "rbe");
    const size_t n = file ? fread(start, 1, sizeof start, file) : 0;
    if (file)
        fclose(file);
    size_t i = 0;
    while (i < n && strchr(" \t\r\n", start[i]))
        i++;
    return n == 0 || (i < n && start[i] == '{');
}

/* Looks at data as check does without a configuration. */
static bool look_at_data(struct work *work)
{
    extern const struct dsi_tool dsi_tool_check;
    const struct dsi_tool_call *call = work->call;
    struct dsi_check_config config = {0};
    struct dsi_night night = {.config = &config};
    struct dsi_error err;
    work->of_data = dsi_tool_report(&dsi_tool_check);
    enum dsi_status status = work->of_data ? DSI_OK : dsi_fail_memory(&err, 0);
    if (status == DSI_OK)
        status = dsi_check_config_make(&config, (char **)work->inputs.names,
                                       work->inputs.n, call->common, &err);
    for (size_t i = 0; i < work->inputs.n && status == DSI_OK; i++)
        status = dsi_report_input(work->of_data, work->inputs.names[i], &err);
    if (status == DSI_OK)
        status = dsi_night_open(&night, &err);
    const bool is_seen = status == DSI_OK && dsi_night_look(&night, false);
    if (is_seen)
        status = dsi_night_gather(&night, &err);
    if (is_seen && status == DSI_OK)
        status = dsi_night_judge(&night, work->of_data, &err);
    if (is_seen && status == DSI_OK)
        status = dsi_night_tell(&night, work->of_data, &err);
    if (status != DSI_OK)
        dsi_tool_error(call->tool->name, NULL, &err);
    work->has_trouble = night.has_trouble;
    dsi_night_free(&night);
    dsi_check_config_free(&config);
    return is_seen && status == DSI_OK;
}

static bool take_inputs(struct work *work)
{
    size_t n_results = 0;
    for (size_t i = 0; i < work->inputs.n; i++)
        n_results += is_result(work->inputs.names[i]);
    if (n_results == 0)
        return look_at_data(work);
    if (n_results == work->inputs.n)
        return read_files(work) && make_sections(work);
    dsi_tool_say(work->call->tool->name, NULL,
                 "inputs are results of tools, or data, and not some of both");
    return false;
}

/* check takes FORMAT:FILE for its outputs; a page called html:FILE is a slip. */
static enum dsi_status check_name(const struct args *args, struct dsi_error *err)
{
    if (!args->output || strncmp(args->output, "html:", 5) != 0)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--output: a page is html anyway: name its file alone, %s, or ./%s "
                    "where it is called so",
                    args->output + 5, args->output);
}

static int run(const struct dsi_tool_call *call)
{
    struct work work = {.call = call};
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    if (check_name(call->args, &err) != DSI_OK ||
        dsi_inputs_gather(&work.inputs, call->common, call->operands, call->n_operands,
                          &err) != DSI_OK ||
        dsi_outputs_check(call, &work.inputs, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
    } else if (take_inputs(&work) && mark_past(&work)) {
        code = write_all(&work);
        if (work.has_trouble)
            code = DSI_EXIT_TROUBLE;
    }
    for (size_t i = 0; work.files && i < work.inputs.n; i++)
        dsi_stored_free(&work.files[i]);
    free(work.files);
    free(work.runs);
    free(work.sections);
    dsi_report_free(work.of_data);
    dsi_inputs_free(&work.inputs);
    return code;
}

const struct dsi_tool dsi_tool_report_page = {
    .name = "report",
    .purpose = "Show what the other tools have found as one page of HTML",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect report -o report.html balance.json labels.json\n"
                "dsinspect report -o report.html nightly/*.json\n"
                "dsinspect report -o train.html train/\n"
                "dsinspect balance --format=json train/ | dsinspect report - > "
                "page.html\n"
                "dsinspect report --thumbnails -o dups.html dups.json\n",
    .notes =
        "An INPUT is what a tool prints with --format=json (- is standard input), or\n"
        "data: then it is looked at first, as dsinspect check does.\n"
        "Of several results of check, or of one tool on the same inputs, the last is\n"
        "shown, and how the figures moved from the first to it: name them in order of\n"
        "time. The page is one file, without scripts, and asks the network for "
        "nothing.\n",
    .common = DSI_COMMON_HELP,
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .run = run,
};
