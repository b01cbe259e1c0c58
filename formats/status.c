#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum dsi_status dsi_fail(struct dsi_error *err, enum dsi_status status,
                         const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}

enum dsi_status dsi_fail_memory(struct dsi_error *err, uint64_t n_bytes)
{
    return dsi_fail(err, DSI_ERR_MEMORY, "out of memory: %llu bytes wanted",
                    (unsigned long long)n_bytes);
}

enum dsi_status dsi_fail_open(struct dsi_error *err, int reason)
{
    if (reason == EMFILE || reason == ENFILE)
        return dsi_fail(err, DSI_ERR_MEMORY,
                        "%s: use fewer threads (-j), or raise the limit (ulimit -n)",
                        strerror(reason));
    return dsi_fail(err, reason == ENOMEM ? DSI_ERR_MEMORY : DSI_ERR_OPEN, "%s",
                    strerror(reason));
}

const char *dsi_status_rule(enum dsi_status status)
{
    switch (status) {
    case DSI_OK:
        return "ok";
    case DSI_ERR_USAGE:
        return "usage";
    case DSI_ERR_INTERRUPTED:
        return "interrupted";
    case DSI_ERR_MEMORY:
        return "memory";
    case DSI_ERR_WRITE:
        return "write";
    case DSI_ERR_PIPE:
        return "pipe";
    case DSI_ERR_TRUNCATED:
        return "truncated";
    case DSI_ERR_CRC:
        return "crc";
    case DSI_ERR_UNSUPPORTED:
        return "unsupported";
    case DSI_ERR_REFUSED:
        return "refused";
    case DSI_ERR_LIMIT:
        return "limit";
    case DSI_ERR_OPEN:
    case DSI_ERR_READ:
    case DSI_ERR_UNKNOWN_FORMAT:
    case DSI_ERR_MALFORMED:
        break;
    }
    return "unreadable";
}

bool dsi_status_is_data(enum dsi_status status)
{
    return status >= DSI_ERR_UNKNOWN_FORMAT || status == DSI_ERR_OPEN ||
           status == DSI_ERR_READ;
}

bool dsi_rule_is_data(const char *rule)
{
    for (int s = DSI_ERR_OPEN; s <= DSI_ERR_LIMIT; s++)
        if (dsi_status_is_data((enum dsi_status)s) &&
            strcmp(dsi_status_rule((enum dsi_status)s), rule) == 0)
            return true;
    return false;
}
