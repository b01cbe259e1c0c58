/* dsinspect help [TOOL] */
#include "tools.h"

static int run(const struct dsi_tool_call *call)
{
    if (call->n_operands) {
        const struct dsi_tool *tool = dsi_tool_find(call->operands[0]);
        char *argv[] = {call->operands[0], (char[]){"--help"}, NULL};
        if (tool)
            return dsi_tool_main(tool, 2, argv);
        dsi_tool_unknown(call->operands[0]);
        return DSI_EXIT_TROUBLE;
    }
    struct dsi_bytes page = {0};
    bool is_fine =
        dsi_help_program(false, &page) && dsi_stdout_write(call->tool->name, &page);
    dsi_bytes_free(&page);
    return is_fine ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

const struct dsi_tool dsi_tool_help = {
    .name = "help",
    .purpose = "Show the help of the program or of one tool",
    .operands = DSI_OPERANDS_TOOL,
    .common = DSI_COMMON_HELP,
    .run = run,
};
