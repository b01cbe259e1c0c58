#include "completion.h"

#include "tool.h"

#include <stdio.h>
#include <string.h>

/* Appends what may follow an option: "file", "none", or the words it takes. */
static enum dsi_status value(const struct dsi_option *option, struct dsi_bytes *out,
                             struct dsi_error *err)
{
    if (!option->choices)
        return dsi_bytes_printf(out, err, "%s",
                                option->value_completion ? option->value_completion
                                                         : "none");
    for (size_t i = 0; option->choices[i]; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%.*s", i ? " " : "",
                                 (int)strcspn(option->choices[i], "["),
                                 option->choices[i]));
    return DSI_OK;
}

/* A table as a case of the shell function: its options, and their values. */
static enum dsi_status table(const char *name, const struct dsi_option *options,
                             struct dsi_bytes *out, struct dsi_error *err)
{
    const char *space = "";
    DSI_TRY(dsi_bytes_printf(out, err, "    %s)\n        options='", name));
    for (const struct dsi_option *o = options; o->kind != DSI_OPTION_END; o++) {
        if (o->kind == DSI_OPTION_GROUP)
            continue;
        DSI_TRY(dsi_bytes_printf(out, err, "%s--%s%s", space, o->name,
                                 o->kind == DSI_OPTION_FLAG ? "" : "="));
        space = " ";
    }
    DSI_TRY(dsi_bytes_printf(out, err, "'\n        case $2 in\n"));
    for (const struct dsi_option *o = options; o->kind != DSI_OPTION_END; o++) {
        if (o->kind == DSI_OPTION_GROUP || o->kind == DSI_OPTION_FLAG)
            continue;
        DSI_TRY(dsi_bytes_printf(out, err, "        "));
        if (o->letter)
            DSI_TRY(dsi_bytes_printf(out, err, "-%c | ", o->letter));
        DSI_TRY(dsi_bytes_printf(out, err, "--%s) value='", o->name));
        DSI_TRY(value(o, out, err));
        DSI_TRY(dsi_bytes_printf(out, err, "' ;;\n"));
    }
    return dsi_bytes_printf(out, err, "        esac\n        ;;\n");
}

/* The tables of options of each tool, and the words it takes instead of files. */
static enum dsi_status tool_case(const struct dsi_tool *tool, struct dsi_bytes *out,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(out, err, "    %s) tables='-%s%s%s'", tool->name,
                             dsi_common_sets[tool->common].name,
                             tool->options ? " " : "",
                             tool->options ? tool->name : ""));
    if (tool->operands == DSI_OPERANDS_TOOL)
        DSI_TRY(dsi_bytes_printf(out, err, " words=$tools"));
    if (tool->operands == DSI_OPERANDS_WORD) {
        DSI_TRY(dsi_bytes_printf(out, err, " words='"));
        for (size_t i = 0; tool->operand_words[i]; i++)
            DSI_TRY(dsi_bytes_printf(out, err, "%s%s", i ? " " : "",
                                     tool->operand_words[i]));
        DSI_TRY(dsi_bytes_printf(out, err, "'"));
    }
    return dsi_bytes_printf(out, err, " ;;\n");
}

static const char head[] =
    "# Completion of dsinspect for bash, as `dsinspect completion bash` prints it.\n"
    "\n"
    "# Sets options to those of the table $1, and value to what follows the option "
    "$2.\n"
    "_dsinspect_table()\n"
    "{\n"
    "    case $1 in\n";

static const char middle[] =
    "    esac\n"
    "}\n"
    "\n"
    "_dsinspect_reply()\n"
    "{\n"
    "    local line\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen \"$@\")\n"
    "}\n"
    "\n"
    "_dsinspect()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local tool=${COMP_WORDS[1]} prefix= tables= words= options= value= all= i\n";

/* bash cuts words at "=" and ":" unless COMP_WORDBREAKS was changed. */
static const char body[] =
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        prev=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _dsinspect_reply -W \"$tools --help --version\" -- \"$cur\"\n"
    "        return\n"
    "    fi\n"
    "    case $tool in\n";

static const char foot[] =
    "    *) return ;;\n"
    "    esac\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -- ]] && tables= prev=\n"
    "    done\n"
    "    for i in $tables; do\n"
    "        _dsinspect_table \"$i\" \"$prev\"\n"
    "        all=\"$all $options\"\n"
    "    done\n"
    "    case $value in\n"
    "    '') ;;\n"
    "    none) return ;;\n"
    "    file) words= ;;\n"
    "    *)\n"
    "        _dsinspect_reply -P \"$prefix\" -W \"$value\" -- \"$cur\"\n"
    "        return\n"
    "        ;;\n"
    "    esac\n"
    "    if [[ -z $value && -n $all && $cur == -* ]]; then\n"
    "        _dsinspect_reply -W \"$all\" -- \"$cur\"\n"
    "        [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *= ]] && compopt -o nospace\n"
    "    elif [[ -n $words ]]; then\n"
    "        _dsinspect_reply -W \"$words\" -- \"$cur\"\n"
    "    else\n"
    "        compopt -o filenames\n"
    "        _dsinspect_reply -P \"$prefix\" -f -- \"$cur\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _dsinspect dsinspect\n";

enum dsi_status dsi_completion_bash(struct dsi_bytes *out, struct dsi_error *err)
{
    char name[32];
    DSI_TRY(dsi_bytes_printf(out, err, "%s", head));
    for (size_t i = 0; i < DSI_N_COMMON; i++) {
        snprintf(name, sizeof name, "-%s", dsi_common_sets[i].name);
        DSI_TRY(table(name, dsi_common_sets[i].options, out, err));
    }
    for (size_t i = 0; dsi_tools[i]; i++)
        if (dsi_tools[i]->options)
            DSI_TRY(table(dsi_tools[i]->name, dsi_tools[i]->options, out, err));
    DSI_TRY(dsi_bytes_printf(out, err, "%s    local tools='", middle));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(dsi_bytes_printf(out, err, "%s%s", i ? " " : "", dsi_tools[i]->name));
    DSI_TRY(dsi_bytes_printf(out, err, "'\n%s", body));
    for (size_t i = 0; dsi_tools[i]; i++)
        DSI_TRY(tool_case(dsi_tools[i], out, err));
    return dsi_bytes_printf(out, err, "%s", foot);
}
