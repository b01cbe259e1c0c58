/* A tool that reports what it is told to, to test what all tools share: messages, the
 * formats, --output, --severity, --fail-on, signals. */
#include "tool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct args {
    uint64_t rows, notes, warnings, errors, signal;
    bool odd_names, wait, hold, in_thread, list, slow;
    struct dsi_texts sentinels;
};

static const struct args defaults = {.rows = 2};

static const struct dsi_option options[] = {
    OPTION_GROUP("Making"),
    OPTION_UINT(0, "rows", &defaults.rows, "N", "so many rows"),
    OPTION_UINT(0, "notes", &defaults.notes, "N", "so many findings of rule assumed"),
    OPTION_UINT(0, "warnings", &defaults.warnings, "N", "so many of rule imbalance"),
    OPTION_UINT(0, "errors", &defaults.errors, "N", "so many of rule truncated"),
    OPTION_FLAG(0, "odd-names", &defaults.odd_names, "put controls into the names"),
    OPTION_FLAG(0, "wait", &defaults.wait, "say \"ready\" and wait for a signal"),
    OPTION_FLAG(0, "hold", &defaults.hold, "the same with a file half written"),
    OPTION_UINT(0, "raise", &defaults.signal, "N", "with --hold: raise this signal"),
    OPTION_FLAG(0, "in-thread", &defaults.in_thread, "raise it in another thread"),
    OPTION_FLAG(0, "slow", &defaults.slow, "take 50 steps of 10 ms"),
    OPTION_FLAG(0, "list", &defaults.list, "print the inputs and no report"),
    DSI_OPTION_SENTINEL(&defaults.sentinels),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"name", true, "what it is called"}, {"n", false, NULL}, {NULL, false, NULL}};
static const char *const rules[] = {"assumed", "imbalance", NULL};

static bool add(struct dsi_report *report, const char *rule, enum dsi_severity severity,
                uint64_t n, bool odd_names)
{
    for (uint64_t i = 0; i < n; i++) {
        struct dsi_finding finding = {
            .rule = rule,
            .severity = severity,
            .source = "in",
            .index = i,
            .where = odd_names ? "in/a\n\x1b[31m\xff.png" : "in/a.png",
            .detail = "something is so",
        };
        if (dsi_report_finding(report, &finding, NULL) != DSI_OK)
            return false;
    }
    return true;
}

static bool fill(struct dsi_report *report, const struct args *args)
{
    for (uint64_t i = 0; i < args->rows; i++) {
        struct dsi_value row[] = {dsi_text(args->odd_names ? "a\tb" : "a"),
                                  dsi_uint(i)};
        if (dsi_report_row(report, row, NULL) != DSI_OK)
            return false;
    }
    return add(report, "assumed", DSI_NOTE, args->notes, args->odd_names) &&
           add(report, "imbalance", DSI_WARNING, args->warnings, args->odd_names) &&
           add(report, "truncated", DSI_ERROR, args->errors, args->odd_names);
}

/* As a scan does before it reads: false when that has been said. */
static bool outputs_are_fine(const struct dsi_tool_call *call)
{
    struct dsi_error err;
    struct dsi_inputs inputs;
    enum dsi_status status = dsi_inputs_gather(&inputs, call->common, call->operands,
                                               call->n_operands, &err);
    if (status == DSI_OK) {
        status = dsi_outputs_check(call, &inputs, &err);
        dsi_inputs_free(&inputs);
    }
    if (status != DSI_OK)
        dsi_tool_error(call->tool->name, NULL, &err);
    return status == DSI_OK;
}

static int list(const struct dsi_tool_call *call)
{
    struct dsi_error err;
    struct dsi_inputs inputs;
    if (dsi_inputs_gather(&inputs, call->common, call->operands, call->n_operands,
                          &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        return DSI_EXIT_TROUBLE;
    }
    for (size_t i = 0; i < inputs.n; i++)
        printf("[%s]\n", inputs.names[i]);
    dsi_inputs_free(&inputs);
    return fflush(stdout) == 0 ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

static void wait_for_signal(void)
{
    fputs("ready\n", stderr);
    for (;;)
        pause();
}

static void *raise_signal(void *context)
{
    const struct args *args = context;
    raise((int)args->signal);
    return NULL;
}

static void send_signal(struct args args)
{
    pthread_t thread;
    if (!args.in_thread)
        raise_signal(&args);
    else if (pthread_create(&thread, NULL, raise_signal, &args) == 0)
        pthread_join(thread, NULL);
}

static void go_slowly(const struct dsi_common *common)
{
    struct dsi_progress progress = dsi_progress_start(common);
    for (uint64_t step = 1; step <= 50; step++) {
        usleep(10000);
        dsi_progress_update(&progress, step, 50, "steps");
    }
    dsi_progress_end(&progress);
}

static int run(const struct dsi_tool_call *call)
{
    const struct args *args = call->args;
    struct dsi_atomic_file *file = NULL;
    int code = DSI_EXIT_TROUBLE;
    if (args->list)
        return list(call);
    if (!outputs_are_fine(call))
        return DSI_EXIT_TROUBLE;
    struct dsi_report *report = dsi_tool_report(call->tool);
    if (!report || !fill(report, args))
        goto out;
    if (args->hold && (dsi_atomic_open(&file, "held", NULL) != DSI_OK ||
                       dsi_atomic_write(file, "x", 1, NULL) != DSI_OK))
        goto out;
    if (args->signal)
        send_signal(*args);
    else if (args->wait || args->hold)
        wait_for_signal();
    if (args->slow)
        go_slowly(call->common);
    code = dsi_tool_finish(call, report);
out:
    dsi_atomic_abandon(file);
    dsi_report_free(report);
    return code;
}

static const struct dsi_tool toy = {
    .name = "toy",
    .purpose = "Report what it is told to",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "toy_tool --rows=3 x\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .rules = rules,
    .run = run,
};

const struct dsi_tool *const dsi_tools[] = {&toy, NULL};

int main(int argc, char **argv)
{
    dsi_tool_signals_install();
    return dsi_tool_main(&toy, argc, argv);
}
