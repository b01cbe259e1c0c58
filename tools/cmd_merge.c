/* dsinspect merge: finish what shards have begun. The tool that made the shards runs as
 * it would alone, with the options they were given, but for the scan: its states come
 * from the files. */
#include "partials.h"
#include "shard.h"
#include "tools.h"

#include <stdlib.h>
#include <string.h>

/* A file that an option names is read again, and must be what it was. */
static enum dsi_status check_file(const struct dsi_option *const *tables,
                                  const struct dsi_partial_file *file,
                                  struct dsi_error *err)
{
    uint8_t hash[DSI_PARTIAL_HASH_SIZE];
    struct dsi_error reason;
    const struct dsi_option *option =
        dsi_option_named(tables, file->option, strlen(file->option));
    const char *path = option ? dsi_shard_read_again(option) : NULL;
    if (!path)
        return dsi_fail(err, DSI_ERR_MALFORMED, "--%s names no file to read again",
                        file->option);
    enum dsi_status status = dsi_partial_hash_file(path, hash, &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "--%s=%s is read again: %s", option->name, path,
                        reason.message);
    if (memcmp(hash, file->hash, sizeof hash) != 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s=%s has changed since the shards were made", option->name,
                        path);
    return DSI_OK;
}

/* own is the tool's bound table, or empty. */
static enum dsi_status parse_call(const struct dsi_option *const *own,
                                  const struct dsi_partial_call *made,
                                  struct dsi_error *err)
{
    size_t n_operands;
    if (made->n_words > INT32_MAX)
        return dsi_fail(err, DSI_ERR_MALFORMED, "too many options");
    DSI_TRY(dsi_options_parse(own, (int)made->n_words, made->words, &n_operands, err));
    if (n_operands)
        return dsi_fail(err, DSI_ERR_MALFORMED, "operands among the options");
    if (own[0])
        DSI_TRY(dsi_shard_check_outputs(own[0], err));
    for (size_t i = 0; i < made->n_files; i++)
        DSI_TRY(check_file(own, &made->files[i], err));
    return DSI_OK;
}

/* As dsi_tool_main, with the words of the shards for the command line. */
static int run_tool(const struct dsi_tool *tool, const struct dsi_tool_call *merge,
                    const struct dsi_partials *partials, struct dsi_partial_call *made)
{
    const struct dsi_option *own[2] = {NULL}, *tables[DSI_TOOL_TABLES];
    struct dsi_option *bound = NULL;
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    void *args = dsi_alloc_zeroed(1, tool->args_size + 1);
    size_t n = 0;
    if (args && tool->options)
        tables[n++] = own[0] = bound =
            dsi_options_bind(tool->options, tool->defaults, args, tool->args_size);
    if (!args || (tool->options && !bound)) {
        dsi_tool_say(merge->tool->name, NULL, "out of memory");
        goto out;
    }
    tables[n++] = merge->tables[0];
    tables[n] = NULL;
    struct dsi_tool_call call = {.tool = tool,
                                 .common = merge->common,
                                 .args = args,
                                 .tables = tables,
                                 .partials = partials};
    if (parse_call(own, made, &err) != DSI_OK)
        dsi_tool_error(merge->tool->name, NULL, &err);
    else if (dsi_common_check(merge->common, tool, &err) != DSI_OK)
        dsi_tool_error(tool->name, NULL, &err); /* a rule that it does not have */
    else
        code = tool->run(&call);
    dsi_options_free(own);
out:
    free(bound);
    free(args);
    return code;
}

static int merge_files(const struct dsi_tool_call *call,
                       const struct dsi_partials *partials)
{
    struct dsi_partial_call made = {0};
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    enum dsi_status status = dsi_partial_load_call(&partials->of_first, &made, &err);
    const struct dsi_tool *tool = NULL;
    if (status == DSI_OK) {
        tool = dsi_tool_find(made.words[0]);
        if (!tool || !tool->columns || tool->common != DSI_COMMON_SCAN)
            status = dsi_fail(&err, DSI_ERR_UNSUPPORTED, "shards of '%s', no tool here",
                              made.words[0]);
    }
    if (status == DSI_OK)
        code = run_tool(tool, call, partials, &made);
    else
        dsi_tool_error(call->tool->name, partials->inputs.names[0], &err);
    dsi_partial_call_free(&made);
    return code;
}

static int run(const struct dsi_tool_call *call)
{
    struct dsi_partials partials = {0};
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    if (dsi_inputs_gather(&partials.inputs, call->common, call->operands,
                          call->n_operands, &err) != DSI_OK)
        dsi_tool_error(call->tool->name, NULL, &err);
    else if (dsi_partials_open(&partials, call->tool->name))
        code = merge_files(call, &partials);
    dsi_partials_close(&partials);
    return code;
}

const struct dsi_tool dsi_tool_merge = {
    .name = "merge",
    .purpose = "Print what one run would have printed, from the files of its shards",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect balance --shard=1/2 --partial=p1 train/\n"
                "dsinspect balance --shard=2/2 --partial=p2 train/\n"
                "dsinspect merge p1 p2\n"
                "dsinspect merge --format=json --fail-on=error parts/*\n",
    .notes =
        "The shards are given what decides what is found, and merge what is about the\n"
        "report. All shards of one run are needed, each once, in any order.\n",
    .common = DSI_COMMON_MERGE,
    .run = run,
};
