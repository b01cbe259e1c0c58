/* dsinspect completion bash|zsh|fish */
#include "tools.h"

#include "completion.h"

#include <string.h>

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static enum dsi_status script(const char *shell, struct dsi_bytes *out,
                              struct dsi_error *err)
{
    if (strcmp(shell, "bash") == 0)
        return dsi_completion_bash(out, err);
    if (strcmp(shell, "zsh") == 0)
        return dsi_completion_zsh(out, err);
    if (strcmp(shell, "fish") == 0)
        return dsi_completion_fish(out, err);
    return dsi_fail(err, DSI_ERR_USAGE, "'%s' is not one of bash zsh fish", shell);
}

static int run(const struct dsi_tool_call *call)
{
    struct dsi_bytes text = {0};
    struct dsi_error err;
    bool is_fine = script(call->operands[0], &text, &err) == DSI_OK;
    if (!is_fine)
        dsi_tool_error(call->tool->name, NULL, &err);
    else
        is_fine = dsi_stdout_write(call->tool->name, &text);
    dsi_bytes_free(&text);
    return is_fine ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

const struct dsi_tool dsi_tool_completion = {
    .name = "completion",
    .purpose = "Print the completion script of a shell",
    .operands = DSI_OPERANDS_WORD,
    .operand_words = shells,
    .examples =
        "eval \"$(dsinspect completion bash)\"\n"
        "dsinspect completion zsh > ~/.zfunc/_dsinspect\n"
        "dsinspect completion fish > ~/.config/fish/completions/dsinspect.fish\n",
    .common = DSI_COMMON_HELP,
    .run = run,
};
