/* From a command line to a tool's run. */
#include "tool.h"

#include "version.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH_WITHOUT_TERMINAL = 80, WIDEST = 100 };

const struct dsi_tool *dsi_tool_find(const char *name)
{
    for (size_t i = 0; dsi_tools[i]; i++)
        if (strcmp(dsi_tools[i]->name, name) == 0)
            return dsi_tools[i];
    return NULL;
}

void dsi_tool_unknown(const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST + 1];
    struct dsi_error err;
    size_t n = 0;
    for (; dsi_tools[n] && n < MOST; n++)
        names[n] = dsi_tools[n]->name;
    names[n] = NULL;
    const char *nearest = dsi_nearest_word(name, names);
    if (nearest)
        dsi_fail(&err, DSI_ERR_USAGE, "unknown tool '%s' (did you mean %s?)", name,
                 nearest);
    else
        dsi_fail(&err, DSI_ERR_USAGE,
                 "unknown tool '%s' (dsinspect --help lists the tools)", name);
    dsi_tool_error(NULL, NULL, &err);
}

static const struct dsi_option *common_options(const struct dsi_tool *tool)
{
    return tool->has_no_common                   ? dsi_help_options
           : tool->merges                        ? dsi_merge_options
           : tool->operands == DSI_OPERANDS_PAIR ? dsi_pair_options
                                                 : dsi_common_options;
}

void dsi_tool_option_tables(const struct dsi_tool *tool,
                            const struct dsi_option *tables[DSI_TOOL_TABLES])
{
    size_t n = 0;
    if (tool->options)
        tables[n++] = tool->options;
    tables[n++] = common_options(tool);
    tables[n] = NULL;
}

struct dsi_report *dsi_tool_report(const struct dsi_tool *tool)
{
    size_t n = 0;
    while (tool->columns[n].name)
        n++;
    struct dsi_column *columns = dsi_alloc_array(n + 1, sizeof *columns);
    if (!columns)
        return NULL;
    for (size_t i = 0; i < n; i++)
        columns[i] =
            (struct dsi_column){tool->columns[i].name, tool->columns[i].is_text};
    struct dsi_report *report = dsi_report_new(tool->name, columns, n);
    free(columns);
    for (size_t i = 0; report && tool->drawing && i < n; i++)
        if (strcmp(tool->columns[i].name, tool->drawing) == 0)
            dsi_report_set_drawing(report, i);
    return report;
}

static enum dsi_status check_operands(const struct dsi_tool_call *call,
                                      struct dsi_error *err)
{
    size_t n = call->n_operands, most = SIZE_MAX;
    const char *wanted = "";
    switch (call->tool->operands) {
    case DSI_OPERANDS_INPUTS:
        if (n == 0 && !call->common->files_from)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "no input given (see dsinspect %s --help)",
                            call->tool->name);
        break;
    case DSI_OPERANDS_PAIR:
        if (n < 2)
            return dsi_fail(err, DSI_ERR_USAGE, "two inputs are wanted, A and B");
        wanted = "two inputs are wanted, A and B: ";
        most = 2;
        break;
    case DSI_OPERANDS_TOOL:
        most = 1;
        break;
    case DSI_OPERANDS_WORD:
        if (n < 1)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "a word is wanted (see dsinspect %s --help)",
                            call->tool->name);
        most = 1;
        break;
    }
    if (n > most)
        return dsi_fail(err, DSI_ERR_USAGE, "%s'%s' is one word too many", wanted,
                        call->operands[most]);
    return DSI_OK;
}

static int print_help(const struct dsi_tool *tool)
{
    struct dsi_bytes page = {0};
    unsigned width = dsi_stdout_width();
    if (width == 0)
        width = WIDTH_WITHOUT_TERMINAL;
    bool is_fine = dsi_help_tool(tool, width < WIDEST ? width : WIDEST, &page) &&
                   dsi_stdout_write(tool->name, &page);
    dsi_bytes_free(&page);
    return is_fine ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

static int complain(const struct dsi_tool *tool, const struct dsi_error *err)
{
    dsi_tool_error(tool->name, NULL, err);
    return DSI_EXIT_TROUBLE;
}

/* tables are bound: parsing fills call->args and call->common. */
static int parse_and_run(struct dsi_tool_call *call, const struct dsi_option *tables[],
                         int argc, char **argv)
{
    struct dsi_error err;
    enum dsi_status status =
        dsi_options_parse(tables, argc, argv, &call->n_operands, &err);
    if (status != DSI_OK)
        return complain(call->tool, &err);
    if (call->common->help)
        return print_help(call->tool);
    if (call->common->version)
        return dsi_version_print();
    status = check_operands(call, &err);
    if (status == DSI_OK)
        status = dsi_common_check(call->common, call->tool, &err);
    if (status != DSI_OK)
        return complain(call->tool, &err);
    return call->tool->run(call);
}

int dsi_tool_main(const struct dsi_tool *tool, int argc, char **argv)
{
    const struct dsi_option *tables[DSI_TOOL_TABLES];
    struct dsi_common common = dsi_common_defaults;
    struct dsi_option *own = NULL, *shared = NULL;
    int code = DSI_EXIT_TROUBLE;
    void *args = dsi_alloc_zeroed(1, tool->args_size + 1);
    size_t n = 0;
    if (args && tool->options)
        tables[n++] = own =
            dsi_options_bind(tool->options, tool->defaults, args, tool->args_size);
    shared = dsi_options_bind(common_options(tool), &dsi_common_defaults, &common,
                              sizeof common);
    if (!args || !shared || (tool->options && !own)) {
        dsi_tool_say(tool->name, NULL, "out of memory");
        goto out;
    }
    tables[n++] = shared;
    tables[n] = NULL;
    struct dsi_tool_call call = {.tool = tool,
                                 .common = &common,
                                 .args = args,
                                 .tables = tables,
                                 .operands = argv};
    code = parse_and_run(&call, tables, argc, argv);
    dsi_options_free(tables);
out:
    free(shared);
    free(own);
    free(args);
    return code;
}
