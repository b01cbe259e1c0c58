#include "helper_external.h"

#include <string.h>
#include <sys/types.h>

enum { MAX_NAME = 512 }; /* of a file, as it is shown */

static enum dsi_status refuse(const char *kind, const char *name, size_t n_more,
                              struct dsi_error *err)
{
    if (n_more)
        return dsi_fail(err, DSI_ERR_REFUSED,
                        "%s '%s' and in %zu more, which are not opened "
                        "(--follow-external allows it)",
                        kind, name, n_more);
    return dsi_fail(err, DSI_ERR_REFUSED,
                    "%s '%s', which is not opened (--follow-external allows it)", kind,
                    name);
}

static enum dsi_status check_storage(hid_t creation, int n, struct dsi_error *err)
{
    char name[MAX_NAME] = "?";
    off_t offset;
    hsize_t n_bytes;
    if (H5Pget_external(creation, 0, sizeof name, name, &offset, &n_bytes) < 0)
        memcpy(name, "?", 2);
    name[sizeof name - 1] = '\0';
    return refuse("its values are in the file", name, (size_t)n - 1, err);
}

/* A dot stands for the file itself. */
static enum dsi_status check_sources(hid_t creation, struct dsi_error *err)
{
    size_t n, n_outside = 0;
    char name[MAX_NAME], first[MAX_NAME] = "?";
    if (H5Pget_virtual_count(creation, &n) < 0)
        return refuse("it is put together from datasets in the file", "?", 0, err);
    for (size_t i = 0; i < n; i++) {
        if (H5Pget_virtual_filename(creation, i, name, sizeof name) < 0)
            memcpy(name, "?", 2);
        if (strcmp(name, ".") == 0)
            continue;
        if (n_outside++ == 0)
            memcpy(first, name, sizeof first);
    }
    if (n_outside == 0)
        return DSI_OK;
    first[sizeof first - 1] = '\0';
    return refuse("it is put together from datasets in the file", first, n_outside - 1,
                  err);
}

bool dsi_external_is(hid_t creation)
{
    return H5Pget_layout(creation) == H5D_VIRTUAL ||
           H5Pget_external_count(creation) > 0;
}

enum dsi_status dsi_external_check(hid_t creation, struct dsi_error *err)
{
    int n = H5Pget_external_count(creation);
    if (n > 0)
        return check_storage(creation, n, err);
    if (H5Pget_layout(creation) == H5D_VIRTUAL)
        return check_sources(creation, err);
    return DSI_OK;
}
