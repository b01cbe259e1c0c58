#include "helper.h"
#include "helper_dataset.h"
#include "helper_error.h"
#include "helper_external.h"

#include <stdlib.h>
#include <string.h>

/* libhdf5's ids are positive. */
void dsi_opened_close(struct dsi_opened *opened)
{
    if (opened->memory_type > 0)
        H5Tclose(opened->memory_type);
    if (opened->space > 0)
        H5Sclose(opened->space);
    if (opened->type > 0)
        H5Tclose(opened->type);
    if (opened->id > 0)
        H5Dclose(opened->id);
    free(opened->path);
    *opened = (struct dsi_opened){0};
}

/* What was refused when it was described is refused when it is asked for. */
static enum dsi_status check_external(const struct dsi_helper *helper, hid_t dataset,
                                      struct dsi_error *err)
{
    if (helper->driver.follow)
        return DSI_OK;
    hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read the dataset's header");
    enum dsi_status status = dsi_external_check(creation, err);
    H5Pclose(creation);
    return status;
}

static enum dsi_status open_dataset(struct dsi_helper *helper, const char *path,
                                    struct dsi_opened *opened, struct dsi_error *err)
{
    hid_t access = dsi_dataset_access(helper);
    opened->id = access < 0 ? access : H5Dopen2(helper->file, path, access);
    if (access > 0)
        H5Pclose(access);
    if (opened->id < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot open the dataset");
    DSI_TRY(check_external(helper, opened->id, err));
    opened->type = H5Dget_type(opened->id);
    opened->space = H5Dget_space(opened->id);
    if (opened->type < 0 || opened->space < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read the dataset's header");
    return dsi_dataset_shape(opened->id, opened->space, &opened->n_dims, opened->shape,
                             &opened->hides_an_axis, err);
}

enum dsi_status dsi_opened_get(struct dsi_helper *helper, const char *path,
                               size_t n_path, struct dsi_error *err)
{
    struct dsi_opened *opened = &helper->opened;
    if (opened->path && strlen(opened->path) == n_path &&
        memcmp(opened->path, path, n_path) == 0)
        return DSI_OK;
    dsi_opened_close(opened);
    opened->path = dsi_text_copy(path, n_path);
    if (!opened->path)
        return dsi_fail_memory(err, n_path);
    enum dsi_status status = open_dataset(helper, opened->path, opened, err);
    if (status != DSI_OK)
        dsi_opened_close(opened);
    return status;
}
