#include "helper_error.h"

#include <hdf5.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reason {
    char text[512];
    char function[80];
    hid_t minor;
    bool is_found;
};

/* Called for the cause first. Descriptions are printed texts and may end in a blank. */
static herr_t take(unsigned n, const H5E_error2_t *error, void *data)
{
    struct reason *reason = data;
    (void)n;
    if (reason->is_found || !error->desc || !*error->desc)
        return 0;
    snprintf(reason->text, sizeof reason->text, "%s", error->desc);
    snprintf(reason->function, sizeof reason->function, "%s",
             error->func_name ? error->func_name : "");
    reason->minor = error->min_num;
    reason->is_found = true;
    return 0;
}

static void find(struct reason *reason)
{
    *reason = (struct reason){.minor = H5I_INVALID_HID};
    if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, reason) < 0)
        reason->is_found = false;
}

enum dsi_status dsi_h5_fail(struct dsi_error *err, enum dsi_status status,
                            const char *what, ...)
{
    struct reason reason;
    char text[400];
    va_list list;

    find(&reason);
    va_start(list, what);
    vsnprintf(text, sizeof text, what, list);
    va_end(list);
    if (!reason.is_found)
        return dsi_fail(err, status, "%s", text);
    if (reason.minor == H5E_NOSPACE || reason.minor == H5E_CANTALLOC)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "%s: it takes more memory than is allowed "
                        "(--limit-bytes)",
                        text);
    if (strncmp(reason.text, "truncated file", strlen("truncated file")) == 0)
        status = DSI_ERR_TRUNCATED;
    return dsi_fail(err, status, "%s: %s", text, reason.text);
}

/* Its own words for it, in libhdf5 1.10; there is no code of its own. */
bool dsi_h5_chunk_is_unwritten(void)
{
    struct reason reason;
    find(&reason);
    return reason.is_found && strcmp(reason.function, "H5D__chunk_direct_read") == 0 &&
           (strstr(reason.text, "undefined") ||
            strstr(reason.text, "not initialized") ||
            strstr(reason.text, "not defined") || strstr(reason.text, "isn't defined"));
}

bool dsi_h5_failed(void)
{
    return H5Eget_num(H5E_DEFAULT) > 0;
}
