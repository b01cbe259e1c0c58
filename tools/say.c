/* What a tool says on stderr and writes to stdout. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void dsi_tool_say(const char *tool, const char *where, const char *reason)
{
    struct dsi_bytes line = {0};
    enum dsi_status status = dsi_bytes_printf(&line, NULL, "dsinspect");
    if (status == DSI_OK && tool)
        status = dsi_bytes_printf(&line, NULL, " %s", tool);
    if (status == DSI_OK)
        status = dsi_bytes_printf(&line, NULL, ": ");
    if (status == DSI_OK && where) {
        status = dsi_escape_text(&line, where, strlen(where), NULL);
        if (status == DSI_OK)
            status = dsi_bytes_printf(&line, NULL, ": ");
    }
    if (status == DSI_OK)
        status = dsi_escape_text(&line, reason, strlen(reason), NULL);
    if (status == DSI_OK)
        fprintf(stderr, "%.*s\n", (int)line.n, (const char *)line.data);
    else
        fputs("dsinspect: out of memory\n", stderr);
    dsi_bytes_free(&line);
}

void dsi_tool_error(const char *tool, const char *where, const struct dsi_error *err)
{
    dsi_tool_say(tool, where, err->message);
}

bool dsi_stdout_write(const char *tool, const struct dsi_bytes *text)
{
    struct dsi_error err;
    struct dsi_sink sink = dsi_sink_to_fd(STDOUT_FILENO);
    enum dsi_status status = sink.write(sink.context, text->data, text->n, &err);
    if (status == DSI_OK || status == DSI_ERR_PIPE)
        return true;
    dsi_tool_error(tool, "standard output", &err);
    return false;
}

unsigned dsi_stdout_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    char *end;
    long width = columns ? strtol(columns, &end, 10) : 0;
    return columns && *columns && *end == 0 && width > 0 && width < 10000
               ? (unsigned)width
               : 0;
}
