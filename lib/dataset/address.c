#include "address.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool exists(const char *path)
{
    return strcmp(path, "-") == 0 || access(path, F_OK) == 0;
}

/* Cuts text at the colon behind the longest existing path, where there is one; the
 * selector is what follows it, else NULL. */
static char *cut_selector(char *text)
{
    if (exists(text))
        return NULL;
    for (size_t i = strlen(text); i-- > 1;) {
        if (text[i] != ':')
            continue;
        text[i] = '\0';
        if (exists(text))
            return text + i + 1;
        text[i] = ':';
    }
    return NULL;
}

enum dsi_status dsi_address_parse(struct dsi_address *address, const char *text,
                                  struct dsi_error *err)
{
    *address = (struct dsi_address){0};
    if (!*text)
        return dsi_fail(err, DSI_ERR_USAGE, "an empty name");
    size_t n = strlen(text);
    address->path = dsi_text_copy(text, n);
    if (!address->path)
        return dsi_fail_memory(err, n);
    const char *selector = cut_selector(address->path);
    if (!selector)
        return DSI_OK;
    address->selector = dsi_text_copy(selector, strlen(selector));
    if (!address->selector) {
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
