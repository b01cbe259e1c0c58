#include "opened.h"

#include "side.h"

#include <stdlib.h>
#include <string.h>

void dsi_opened_close(struct dsi_opened *opened)
{
    if (!opened->path)
        return;
    dsi_file_close(&opened->held->file);
    dsi_source_close(&opened->held->source);
    free(opened->held);
    free(opened->path);
    *opened = (struct dsi_opened){0};
}

enum dsi_status dsi_opened_open_file(struct dsi_opened *opened, const char *path,
                                     const struct dsi_open_options *options,
                                     struct dsi_error *err)
{
    if (opened->path && strcmp(opened->path, path) == 0)
        return DSI_OK;
    dsi_opened_close(opened);
    char *copy = dsi_text_copy(path, strlen(path));
    struct dsi_opened_file *held = dsi_alloc_zeroed(1, sizeof *held);
    enum dsi_status status = copy && held ? dsi_source_open(&held->source, path, err)
                                          : dsi_fail_memory(err, strlen(path));
    if (status == DSI_OK) {
        status = dsi_file_open_named(&held->file, &held->source, path, options, err);
        if (status != DSI_OK)
            dsi_source_close(&held->source);
    }
    if (status == DSI_OK) {
        *opened = (struct dsi_opened){.path = copy, .held = held};
        return DSI_OK;
    }
    free(copy);
    free(held);
    return status;
}

enum dsi_status dsi_opened_open(struct dsi_opened *opened,
                                const struct dsi_side_array *array,
                                const struct dsi_open_options *options,
                                struct dsi_error *err)
{
    if (array->status != DSI_OK)
        return dsi_fail(err, array->status, "%s", array->reason);
    DSI_TRY(dsi_opened_open_file(opened, array->path, options, err));
    const struct dsi_file *file = dsi_opened_file(opened);
    if (!array->array && file->n_arrays != 1)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "holds %zu arrays, and not one: compare it by itself",
                        file->n_arrays);
    opened->array = array->array ? dsi_file_find(file, array->array) : 0;
    if (opened->array == SIZE_MAX)
        return dsi_fail(err, DSI_ERR_READ, "'%s' is no longer in it", array->array);
    const struct dsi_array *found = dsi_opened_array(opened);
    if (found->status != DSI_OK)
        return dsi_fail(err, found->status, "%s", found->reason);
    return DSI_OK;
}
