#include "completion.h"

#include "tool.h"

#include <stdio.h>
#include <string.h>

/* Text inside single quotes. */
static enum dsi_status quoted(const char *text, struct dsi_bytes *out,
                              struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "'"));
    for (; *text; text++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%c",
                                 *text == '\'' || *text == '\\' ? "\\" : "", *text));
    return dsi_bytes_printf(out, err, "'");
}

static enum dsi_status words(const char *const *list, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, " -a '"));
    for (size_t i = 0; list[i]; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%.*s", i ? " " : "",
                                 (int)strcspn(list[i], "["), list[i]));
    return dsi_bytes_printf(out, err, "'");
}

/* The options of a table, offered where condition holds. */
static enum dsi_status table(const char *condition, const struct dsi_option *o,
                             struct dsi_bytes *out, struct dsi_error *err)
{
    for (; o->kind != DSI_OPTION_END; o++) {
        if (o->kind == DSI_OPTION_GROUP)
            continue;
        DSI_TRY(dsi_bytes_printf(out, err, "complete -c dsinspect -n '%s' -l %s",
                                 condition, o->name));
        if (o->letter)
            DSI_TRY(dsi_bytes_printf(out, err, " -s %c", o->letter));
        if (o->kind != DSI_OPTION_FLAG)
            DSI_TRY(dsi_bytes_printf(out, err, "%s",
                                     o->value_completion ? " -r -F" : " -x"));
        if (o->choices)
            DSI_TRY(words(o->choices, out, err));
        DSI_TRY(dsi_bytes_printf(out, err, " -d "));
        DSI_TRY(quoted(o->help, out, err));
        DSI_TRY(dsi_bytes_printf(out, err, "\n"));
    }
    return DSI_OK;
}

static enum dsi_status tool_lines(const struct dsi_tool *tool, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    struct dsi_bytes condition = {0};
    enum dsi_status status = dsi_bytes_printf(
        out, err, "\ncomplete -c dsinspect -n __dsinspect_no_tool -a %s -d ",
        tool->name);
    if (status != DSI_OK || (status = quoted(tool->purpose, out, err)) != DSI_OK)
        goto out;
    status = dsi_bytes_printf(
        out, err, "\ncomplete -c dsinspect -n '__dsinspect_is %s'", tool->name);
    if (status != DSI_OK)
        goto out;
    if (tool->operands == DSI_OPERANDS_WORD)
        status = words(tool->operand_words, out, err);
    else if (tool->operands == DSI_OPERANDS_TOOL)
        status = dsi_bytes_printf(out, err, " -a '$__dsinspect_tools'");
    else
        status = dsi_bytes_printf(out, err, " -F");
    if (status != DSI_OK || (status = dsi_bytes_printf(out, err, "\n")) != DSI_OK ||
        !tool->options)
        goto out;
    status = dsi_bytes_printf(&condition, err, "__dsinspect_is %s", tool->name);
    if (status == DSI_OK)
        status = dsi_bytes_append(&condition, "", 1, err);
    if (status == DSI_OK)
        status = table((const char *)condition.data, tool->options, out, err);
out:
    dsi_bytes_free(&condition);
    return status;
}

/* A variable that holds the names of the tools of a kind; DSI_N_COMMON: of all. */
static enum dsi_status tool_set(const char *variable, enum dsi_common_kind kind,
                                struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "set -g __dsinspect_%s", variable));
    for (size_t i = 0; dsi_tools[i]; i++)
        if (kind == DSI_N_COMMON || dsi_tools[i]->common == kind)
            DSI_TRY(dsi_bytes_printf(out, err, " %s", dsi_tools[i]->name));
    return dsi_bytes_printf(out, err, "\n");
}

static const char functions[] =
    "\n"
    "function __dsinspect_no_tool\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "\n"
    "function __dsinspect_is\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "end\n"
    "\n"
    "complete -c dsinspect -f\n";

enum dsi_status dsi_completion_fish(struct dsi_bytes *out, struct dsi_error *err)
{
    char condition[96];
    DSI_TRY(dsi_bytes_printf(out, err,
                             "# Completion of dsinspect for fish, as `dsinspect "
                             "completion fish` prints it.\n"
                             "\n"));
    DSI_TRY(tool_set("tools", DSI_N_COMMON, out, err));
    for (int i = 0; i < DSI_N_COMMON; i++)
        DSI_TRY(tool_set(dsi_common_sets[i].name, (enum dsi_common_kind)i, out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "%s", functions));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(tool_lines(dsi_tools[i], out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "\n"));
    for (int i = 0; i < DSI_N_COMMON; i++) {
        snprintf(condition, sizeof condition, "%s__dsinspect_is $__dsinspect_%s",
                 i == DSI_COMMON_HELP ? "__dsinspect_no_tool; or " : "",
                 dsi_common_sets[i].name);
        DSI_TRY(table(condition, dsi_common_sets[i].options, out, err));
    }
    return DSI_OK;
}
