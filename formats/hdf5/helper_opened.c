#include "helper.h"
#include "helper_attribute_arrays.h"
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
        H5Idec_ref(opened->id);
    free(opened->path);
    free(opened->attribute);
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

static bool is_text(const char *text, const char *wanted, size_t n)
{
    return wanted ? text && strlen(text) == n && memcmp(text, wanted, n) == 0 : !text;
}

enum dsi_status dsi_opened_get_rows(struct dsi_helper *helper,
                                    const struct dsi_hdf5_rows_request *request,
                                    struct dsi_error *err)
{
    struct dsi_opened *opened = &helper->opened;
    const char *attribute = request->attribute;
    if (opened->path && is_text(opened->path, request->dataset, request->n_dataset) &&
        is_text(opened->attribute, attribute, request->n_attribute))
        return DSI_OK;
    dsi_opened_close(opened);
    opened->path = dsi_text_copy(request->dataset, request->n_dataset);
    opened->attribute =
        attribute ? dsi_text_copy(attribute, request->n_attribute) : NULL;
    enum dsi_status status;
    if (!opened->path || (attribute && !opened->attribute))
        status = dsi_fail_memory(err, request->n_dataset + request->n_attribute);
    else if (attribute)
        status = dsi_attribute_open(helper, opened, err);
    else
        status = open_dataset(helper, opened->path, opened, err);
    if (status != DSI_OK)
        dsi_opened_close(opened);
    return status;
}

enum dsi_status dsi_opened_get(struct dsi_helper *helper, const char *path,
                               size_t n_path, struct dsi_error *err)
{
    const struct dsi_hdf5_rows_request request = {.dataset = path, .n_dataset = n_path};
    return dsi_opened_get_rows(helper, &request, err);
}
