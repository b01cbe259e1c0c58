#include "completion.h"

#include "tool.h"

#include <stdio.h>
#include <string.h>

/* Text inside single quotes, with a backslash before each of the characters special to
 * _arguments or _describe. */
static enum dsi_status quoted(const char *text, const char *special,
                              struct dsi_bytes *out, struct dsi_error *err)
{
    for (; *text; text++) {
        if (*text == '\'')
            DSI_TRY(dsi_bytes_printf(out, err, "'\\''"));
        else
            DSI_TRY(dsi_bytes_printf(out, err, "%s%c",
                                     strchr(special, *text) ? "\\" : "", *text));
    }
    return DSI_OK;
}

/* ":message:action" of an option that takes a value. */
static enum dsi_status value(const struct dsi_option *o, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    if (o->kind == DSI_OPTION_FLAG)
        return DSI_OK;
    DSI_TRY(dsi_bytes_printf(out, err, ":"));
    DSI_TRY(quoted(o->arg, ":[]", out, err));
    if (!o->choices)
        return dsi_bytes_printf(out, err, ":%s", o->value_completion ? "_files" : " ");
    for (size_t i = 0; o->choices[i]; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%.*s", i ? " " : ":(",
                                 (int)strcspn(o->choices[i], "["), o->choices[i]));
    return dsi_bytes_printf(out, err, ")");
}

/* One spec of _arguments for one spelling of an option. */
static enum dsi_status spec(const struct dsi_option *o, const char *spelling,
                            struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "        '"));
    if (o->kind == DSI_OPTION_TEXTS)
        DSI_TRY(dsi_bytes_printf(out, err, "*"));
    else if (o->letter)
        DSI_TRY(dsi_bytes_printf(out, err, "(-%c --%s)", o->letter, o->name));
    DSI_TRY(dsi_bytes_printf(out, err, "%s[", spelling));
    DSI_TRY(quoted(o->help, "[]", out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "]"));
    DSI_TRY(value(o, out, err));
    return dsi_bytes_printf(out, err, "'\n");
}

static enum dsi_status table(const struct dsi_option *o, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    for (; o->kind != DSI_OPTION_END; o++) {
        char spelling[64];
        bool takes_value = o->kind != DSI_OPTION_FLAG;
        if (o->kind == DSI_OPTION_GROUP)
            continue;
        if (o->letter) {
            snprintf(spelling, sizeof spelling, "-%c%s", o->letter,
                     takes_value ? "+" : "");
            DSI_TRY(spec(o, spelling, out, err));
        }
        snprintf(spelling, sizeof spelling, "--%s%s", o->name, takes_value ? "=" : "");
        DSI_TRY(spec(o, spelling, out, err));
    }
    return DSI_OK;
}

static enum dsi_status tool_case(const struct dsi_tool *tool, struct dsi_bytes *out,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "    %s)\n        own=(\n", tool->name));
    if (tool->options)
        DSI_TRY(table(tool->options, out, err));
    DSI_TRY(dsi_bytes_printf(out, err,
                             "        )\n        _arguments -s -S : $own $%s ",
                             dsi_common_sets[tool->common].name));
    switch (tool->operands) {
    case DSI_OPERANDS_INPUTS:
    case DSI_OPERANDS_PAIR:
    case DSI_OPERANDS_CHECK:
        DSI_TRY(dsi_bytes_printf(out, err, "'*:INPUT:_files'"));
        break;
    case DSI_OPERANDS_TOOL:
        DSI_TRY(dsi_bytes_printf(out, err, "'1:TOOL:("));
        for (size_t i = 0; dsi_tools[i]; i++)
            DSI_TRY(
                dsi_bytes_printf(out, err, "%s%s", i ? " " : "", dsi_tools[i]->name));
        DSI_TRY(dsi_bytes_printf(out, err, ")'"));
        break;
    case DSI_OPERANDS_WORD:
        DSI_TRY(dsi_bytes_printf(out, err, "'1:WORD:("));
        for (size_t i = 0; tool->operand_words[i]; i++)
            DSI_TRY(dsi_bytes_printf(out, err, "%s%s", i ? " " : "",
                                     tool->operand_words[i]));
        DSI_TRY(dsi_bytes_printf(out, err, ")'"));
        break;
    }
    return dsi_bytes_printf(out, err, "\n        ;;\n");
}

enum dsi_status dsi_completion_zsh(struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(
        out, err,
        "#compdef dsinspect\n"
        "# Completion of dsinspect for zsh, as `dsinspect completion zsh` prints it: "
        "as "
        "_dsinspect\n# in a folder of fpath, or read with source after compinit.\n\n"
        "_dsinspect()\n{\n    local tool\n    local -a tools help merge pair check "
        "common own\n"
        "    tools=(\n"));
    for (size_t i = 0; dsi_tools[i]; i++) {
        DSI_TRY(dsi_bytes_printf(out, err, "        '%s:", dsi_tools[i]->name));
        DSI_TRY(quoted(dsi_tools[i]->purpose, ":", out, err));
        DSI_TRY(dsi_bytes_printf(out, err, "'\n"));
    }
    for (size_t i = 0; i < DSI_N_COMMON; i++) {
        DSI_TRY(
            dsi_bytes_printf(out, err, "    )\n    %s=(\n", dsi_common_sets[i].name));
        DSI_TRY(table(dsi_common_sets[i].options, out, err));
    }
    DSI_TRY(dsi_bytes_printf(out, err,
                             "    )\n"
                             "    if ((CURRENT == 2)); then\n"
                             "        if [[ $PREFIX == -* ]]; then\n"
                             "            _arguments : $help\n"
                             "        else\n"
                             "            _describe tool tools\n"
                             "        fi\n"
                             "        return\n"
                             "    fi\n"
                             "    tool=$words[2]\n"
                             "    shift words\n"
                             "    ((CURRENT--))\n"
                             "    case $tool in\n"));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(tool_case(dsi_tools[i], out, err));
    return dsi_bytes_printf(out, err,
                            "    esac\n}\n\n"
                            "if [[ $funcstack[1] == _dsinspect ]]; then\n"
                            "    _dsinspect \"$@\"\n"
                            "else\n"
                            "    compdef _dsinspect dsinspect\n"
                            "fi\n");
}
