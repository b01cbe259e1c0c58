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
    return dsi_common_sets[tool->common].options;
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
    case DSI_OPERANDS_CHECK:
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

/* Binds the tables, so that parsing fills call->args and call->common. */
static enum dsi_status bind(struct dsi_tool_parsed *p, const struct dsi_tool *tool,
                            struct dsi_error *err)
{
    size_t n = 0;
    p->args = dsi_alloc_zeroed(1, tool->args_size + 1);
    if (p->args && tool->options)
        p->tables[n++] = p->own =
            dsi_options_bind(tool->options, tool->defaults, p->args, tool->args_size);
    p->shared = dsi_options_bind(common_options(tool), &dsi_common_defaults, &p->common,
                                 sizeof p->common);
    if (!p->args || !p->shared || (tool->options && !p->own)) {
        p->tables[0] = NULL;
        return dsi_fail(err, DSI_ERR_MEMORY, "out of memory");
    }
    p->tables[n++] = p->shared;
    p->tables[n] = NULL;
    p->call = (struct dsi_tool_call){
        .tool = tool, .common = &p->common, .args = p->args, .tables = p->tables};
    return DSI_OK;
}

enum dsi_status dsi_tool_parse(struct dsi_tool_parsed *parsed,
                               const struct dsi_tool *tool, int argc, char **argv,
                               struct dsi_error *err)
{
    *parsed = (struct dsi_tool_parsed){.common = dsi_common_defaults};
    DSI_TRY(bind(parsed, tool, err));
    parsed->call.operands = argv;
    DSI_TRY(
        dsi_options_parse(parsed->tables, argc, argv, &parsed->call.n_operands, err));
    if (parsed->common.help || parsed->common.version)
        return DSI_OK;
    DSI_TRY(check_operands(&parsed->call, err));
    return dsi_common_check(&parsed->common, tool, err);
}

void dsi_tool_parsed_free(struct dsi_tool_parsed *parsed)
{
    dsi_options_free(parsed->tables);
    free(parsed->shared);
    free(parsed->own);
    free(parsed->args);
}

int dsi_tool_main(const struct dsi_tool *tool, int argc, char **argv)
{
    struct dsi_tool_parsed parsed;
    struct dsi_error err;
    int code = DSI_EXIT_TROUBLE;
    if (dsi_tool_parse(&parsed, tool, argc, argv, &err) != DSI_OK)
        code = complain(tool, &err);
    else if (parsed.common.help)
        code = print_help(tool);
    else if (parsed.common.version)
        code = dsi_version_print();
    else
        code = tool->run(&parsed.call);
    dsi_tool_parsed_free(&parsed);
    return code;
}
