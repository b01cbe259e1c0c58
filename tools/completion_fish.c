#include "completion.h"

#include "tool.h"

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

static bool is_any(const struct dsi_tool *tool)
{
    (void)tool;
    return true;
}

static bool is_plain(const struct dsi_tool *tool)
{
    return tool->has_no_common;
}

static bool is_merging(const struct dsi_tool *tool)
{
    return tool->merges;
}

static bool is_pairing(const struct dsi_tool *tool)
{
    return tool->has_no_lists;
}

/* A variable that holds the names of the tools of a kind. */
static enum dsi_status tool_set(const char *variable,
                                bool (*is_one)(const struct dsi_tool *tool),
                                struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "set -g %s", variable));
    for (size_t i = 0; dsi_tools[i]; i++)
        if (is_one(dsi_tools[i]))
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
    "function __dsinspect_has_common\n"
    "    __dsinspect_is $__dsinspect_tools\n"
    "    and not __dsinspect_is $__dsinspect_plain $__dsinspect_merging "
    "$__dsinspect_pairing\n"
    "end\n"
    "\n"
    "function __dsinspect_has_merging\n"
    "    __dsinspect_is $__dsinspect_merging\n"
    "end\n"
    "\n"
    "function __dsinspect_has_pairing\n"
    "    __dsinspect_is $__dsinspect_pairing\n"
    "end\n"
    "\n"
    "function __dsinspect_has_plain\n"
    "    __dsinspect_no_tool; or __dsinspect_is $__dsinspect_plain\n"
    "end\n"
    "\n"
    "complete -c dsinspect -f\n";

enum dsi_status dsi_completion_fish(struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err,
                             "# Completion of dsinspect for fish, as `dsinspect "
                             "completion fish` prints it.\n"
                             "\n"));
    DSI_TRY(tool_set("__dsinspect_tools", is_any, out, err));
    DSI_TRY(tool_set("__dsinspect_plain", is_plain, out, err));
    DSI_TRY(tool_set("__dsinspect_merging", is_merging, out, err));
    DSI_TRY(tool_set("__dsinspect_pairing", is_pairing, out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "%s", functions));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(tool_lines(dsi_tools[i], out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "\n"));
    DSI_TRY(table("__dsinspect_has_plain", dsi_help_options, out, err));
    DSI_TRY(table("__dsinspect_has_merging", dsi_merge_options, out, err));
    DSI_TRY(table("__dsinspect_has_pairing", dsi_pair_options, out, err));
    return table("__dsinspect_has_common", dsi_common_options, out, err);
}
