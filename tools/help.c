/* Help pages, made from the table of tools and their tables of options. */
#include "tool.h"

#include <string.h>

enum { NAME_COLUMN = 14 };

static const char *operand_words(const struct dsi_tool *tool)
{
    switch (tool->operands) {
    case DSI_OPERANDS_INPUTS:
        return "[OPTIONS] [--] INPUT...";
    case DSI_OPERANDS_PAIR:
        return "[OPTIONS] [--] A B";
    case DSI_OPERANDS_TOOL:
        return "[TOOL]";
    case DSI_OPERANDS_CHECK:
        return "[OPTIONS] [--] [CONFIG.yaml | INPUT...]";
    case DSI_OPERANDS_WORD:
        break;
    }
    return "";
}

static enum dsi_status usage(const struct dsi_tool *tool, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "Usage: dsinspect %s %s", tool->name,
                             operand_words(tool)));
    if (tool->operands == DSI_OPERANDS_WORD)
        for (size_t i = 0; tool->operand_words[i]; i++)
            DSI_TRY(dsi_bytes_printf(out, err, "%s%s", i ? "|" : "",
                                     tool->operand_words[i]));
    return dsi_bytes_printf(out, err, "\n\n%s.\n", tool->purpose);
}

/* The lines of text, indented by two. Up to the first one only where first_only. */
static enum dsi_status indented(const char *text, bool first_only,
                                struct dsi_bytes *out, struct dsi_error *err)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        DSI_TRY(dsi_bytes_printf(out, err, "%s%.*s\n", n ? "  " : "", (int)n, text));
        text += n + (text[n] != 0);
        if (first_only)
            break;
    }
    return DSI_OK;
}

static enum dsi_status columns(const struct dsi_tool_column *column, unsigned width,
                               struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "\nOutput columns:\n"));
    for (; column->name; column++) {
        DSI_TRY(dsi_bytes_printf(out, err, "  %-*s", column->help ? NAME_COLUMN - 3 : 0,
                                 column->name));
        if (column->help)
            DSI_TRY(dsi_bytes_printf(out, err, " "));
        DSI_TRY(dsi_wrap_text(column->help ? column->help : "", NAME_COLUMN,
                              NAME_COLUMN, width, out, err));
    }
    return DSI_OK;
}

/* failure: what makes it 1; NULL: nothing does. */
static enum dsi_status exits(const char *failure, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    DSI_TRY(
        dsi_bytes_printf(out, err, "\nExit codes:\n  0  ran, and nothing failed\n"));
    if (failure)
        DSI_TRY(dsi_bytes_printf(out, err, "  1  %s\n", failure));
    return dsi_bytes_printf(out, err,
                            "  2  trouble: usage, an input that cannot be opened, a "
                            "failed write, no memory\n");
}

static const char *failure_of(const struct dsi_tool *tool)
{
    if (tool->common == DSI_COMMON_HELP)
        return NULL;
    if (tool->fails_on)
        return "a finding that --fail-on names, or an expectation that does not hold";
    if (tool->operands == DSI_OPERANDS_CHECK)
        return "a check that failed, or a finding that --fail-on names";
    return tool->operands == DSI_OPERANDS_PAIR
               ? "a difference, or a finding that --fail-on names"
               : "a finding that --fail-on names";
}

/* Of the program: that of the tool that says most. */
static const char *failure_of_any(void)
{
    const char *most = NULL;
    for (size_t i = 0; dsi_tools[i]; i++) {
        const char *one = failure_of(dsi_tools[i]);
        if (one && (!most || strlen(one) > strlen(most)))
            most = one;
    }
    return most;
}

static enum dsi_status tool_page(const struct dsi_tool *tool, unsigned width,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_option *tables[DSI_TOOL_TABLES];
    dsi_tool_option_tables(tool, tables);
    DSI_TRY(usage(tool, out, err));
    if (tool->examples) {
        DSI_TRY(dsi_bytes_printf(out, err, "\nExamples:\n"));
        DSI_TRY(indented(tool->examples, false, out, err));
    }
    DSI_TRY(dsi_bytes_printf(out, err, "\n"));
    DSI_TRY(dsi_options_help(tables, width, out, err));
    DSI_TRY(exits(failure_of(tool), out, err));
    if (tool->columns)
        DSI_TRY(columns(tool->columns, width, out, err));
    if (tool->notes)
        DSI_TRY(dsi_bytes_printf(out, err, "\n%s", tool->notes));
    return DSI_OK;
}

bool dsi_help_tool(const struct dsi_tool *tool, unsigned width, struct dsi_bytes *out)
{
    struct dsi_error err;
    if (tool_page(tool, width, out, &err) == DSI_OK)
        return true;
    dsi_tool_error(tool->name, NULL, &err);
    return false;
}

static enum dsi_status program_page(bool is_short, struct dsi_bytes *out,
                                    struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(
        out, err,
        "Usage: dsinspect TOOL [OPTIONS] [--] INPUT...\n"
        "\n"
        "Finds what is wrong with a training set before a training run does.\n"));
    if (!is_short)
        DSI_TRY(dsi_bytes_printf(out, err, "\nExamples:\n"));
    for (size_t i = 0; dsi_tools[i] && !is_short; i++)
        if (dsi_tools[i]->examples)
            DSI_TRY(indented(dsi_tools[i]->examples, true, out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "\nTools:\n"));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "  %-*s%s\n", NAME_COLUMN - 2,
                                 dsi_tools[i]->name, dsi_tools[i]->purpose));
    DSI_TRY(dsi_bytes_printf(out, err,
                             "\n"
                             "dsinspect TOOL --help tells more of a tool; dsinspect "
                             "--version prints the version.\n"));
    return is_short ? DSI_OK : exits(failure_of_any(), out, err);
}

bool dsi_help_program(bool is_short, struct dsi_bytes *out)
{
    struct dsi_error err;
    if (program_page(is_short, out, &err) == DSI_OK)
        return true;
    dsi_tool_error(NULL, NULL, &err);
    return false;
}
