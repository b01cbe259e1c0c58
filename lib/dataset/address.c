#include "address.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the path ends in text: at a colon behind an existing path, or at its end. */
static size_t path_length(const char *text)
{
    size_t n = strlen(text);
    if (strcmp(text, "-") == 0 || access(text, F_OK) == 0)
        return n;
    char *prefix = dsi_text_copy(text, n);
    size_t length = n;
    for (size_t i = n; prefix && i-- > 1;) {
        if (text[i] != ':')
            continue;
        prefix[i] = '\0';
        if (access(prefix, F_OK) == 0 || strcmp(prefix, "-") == 0) {
            length = i;
            break;
        }
    }
    free(prefix);
    return length;
}

enum dsi_status dsi_address_parse(struct dsi_address *address, const char *text,
                                  struct dsi_error *err)
{
    *address = (struct dsi_address){0};
    if (!*text)
        return dsi_fail(err, DSI_ERR_USAGE, "an empty name");
    size_t n = path_length(text);
    address->path = dsi_text_copy(text, n);
    if (address->path && text[n] == ':')
        address->selector = dsi_text_copy(text + n + 1, strlen(text + n + 1));
    if (!address->path || (text[n] == ':' && !address->selector)) {
        dsi_address_free(address);
        return dsi_fail_memory(err, n);
    }
    return DSI_OK;
}

void dsi_address_free(struct dsi_address *address)
{
    free(address->path);
    free(address->selector);
    *address = (struct dsi_address){0};
}
