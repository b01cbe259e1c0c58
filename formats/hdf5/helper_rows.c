/* ROWS: what only libhdf5 can read, it reads into the memory that both processes
 * share. */
#include "helper.h"
#include "helper_attribute_arrays.h"
#include "helper_error.h"
#include "helper_leaf.h"
#include "helper_strings.h"
#include "helper_type.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Maps as much of the shared memory as the request says there is. */
static enum dsi_status map_rows(struct dsi_helper *helper, uint64_t room,
                                struct dsi_error *err)
{
    if (room <= helper->n_rows_bytes)
        return DSI_OK;
    off_t size = lseek(DSI_HDF5_FD_ROWS, 0, SEEK_END);
    if (size < 0 || room > (uint64_t)size)
        return dsi_fail(err, DSI_ERR_USAGE, "the shared memory has %lld bytes",
                        (long long)size);
    if (helper->rows)
        munmap(helper->rows, helper->n_rows_bytes);
    helper->rows = NULL;
    helper->n_rows_bytes = 0;
    void *rows =
        mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, DSI_HDF5_FD_ROWS, 0);
    if (rows == MAP_FAILED)
        return dsi_fail_memory(err, room);
    helper->rows = rows;
    helper->n_rows_bytes = room;
    return DSI_OK;
}

/* Makes opened->memory_type that of the field, whose description it makes again. */
static enum dsi_status get_field(struct dsi_opened *opened, uint64_t number,
                                 struct dsi_hdf5_field *field, struct dsi_error *err)
{
    hid_t type = dsi_type_of_field(opened->type, number);
    if (type < 0)
        return dsi_fail(err, DSI_ERR_USAGE, "it has no field of that number");
    enum dsi_status status = dsi_leaf_describe(type, field, err);
    H5Tclose(type);
    if (status != DSI_OK)
        return status;
    if (field->status != DSI_OK)
        return dsi_fail(err, field->status, "%s", field->reason);
    if (opened->memory_type > 0 && opened->field == number)
        return DSI_OK;
    if (opened->memory_type > 0)
        H5Tclose(opened->memory_type);
    opened->field = number;
    opened->memory_type = dsi_type_in_memory(opened->type, number, field);
    if (opened->memory_type > 0)
        return DSI_OK;
    opened->memory_type = 0;
    return dsi_h5_fail(err, DSI_ERR_UNSUPPORTED, "its datatype is of no use here");
}

static enum dsi_status select_rows(const struct dsi_opened *opened, uint64_t first,
                                   uint64_t n, hid_t space, struct dsi_error *err)
{
    const int hidden = opened->hides_an_axis, rank = opened->n_dims + hidden;
    hsize_t start[H5S_MAX_RANK + 1] = {0}, count[H5S_MAX_RANK + 1] = {1};
    if (rank == 0)
        return DSI_OK;
    for (int i = 0; i < opened->n_dims; i++)
        count[i + hidden] = opened->shape[i];
    start[hidden] = first;
    count[hidden] = n;
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot select its rows");
    return DSI_OK;
}

enum dsi_status dsi_rows_read(struct dsi_opened *opened, uint64_t first, uint64_t n,
                              hid_t transfer, void *values, struct dsi_error *err)
{
    if (opened->attribute)
        return dsi_attribute_read(opened, first, n, transfer, values, err);
    hsize_t n_elements = n;
    for (int i = 1; i < opened->n_dims; i++)
        n_elements *= opened->shape[i]; /* no more than the dataset has */
    hid_t memory = H5Screate_simple(1, &n_elements, NULL);
    enum dsi_status status;
    if (memory < 0)
        status = dsi_h5_fail(err, DSI_ERR_MEMORY, "cannot read its values");
    else
        status = select_rows(opened, first, n, opened->space, err);
    if (status == DSI_OK && H5Dread(opened->id, opened->memory_type, memory,
                                    opened->space, transfer, values) < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its values");
    if (memory >= 0)
        H5Sclose(memory);
    return status;
}

/* What a row of the field is: the elements of a row of the dataset times the values in
 * each. False when that is more than can be. */
static bool plan_rows(const struct dsi_opened *opened,
                      const struct dsi_hdf5_field *field,
                      const struct dsi_hdf5_rows_request *request,
                      struct dsi_rows_plan *plan, uint64_t *row_bytes)
{
    const bool is_string = field->field.dtype.kind == DSI_STRING;
    const uint64_t stored = H5Tget_size(opened->memory_type);
    *plan = (struct dsi_rows_plan){.first = request->first,
                                   .n = request->n,
                                   .row_items = 1,
                                   .room = request->room};
    plan->item_bytes = is_string ? sizeof(char *) : field->field.dtype.size;
    if (plan->item_bytes == 0 || stored % plan->item_bytes != 0)
        return false;
    plan->row_items = stored / plan->item_bytes;
    for (int i = 1; i < opened->n_dims; i++)
        if (!dsi_mul(plan->row_items, opened->shape[i], &plan->row_items))
            return false;
    return dsi_mul(plan->row_items, plan->item_bytes, row_bytes);
}

static enum dsi_status read_rows(struct dsi_helper *helper,
                                 const struct dsi_hdf5_rows_request *request,
                                 const struct dsi_hdf5_field *field,
                                 struct dsi_hdf5_rows *rows, struct dsi_error *err)
{
    struct dsi_opened *opened = &helper->opened;
    struct dsi_rows_plan plan;
    uint64_t row_bytes;
    const uint64_t n_rows = opened->n_dims ? opened->shape[0] : 1;
    if (request->first > n_rows || request->n > n_rows - request->first)
        return dsi_fail(err, DSI_ERR_USAGE, "it has %llu rows",
                        (unsigned long long)n_rows);
    if (!plan_rows(opened, field, request, &plan, &row_bytes))
        return dsi_fail(err, DSI_ERR_MALFORMED, "its rows are of no possible size");
    *rows = (struct dsi_hdf5_rows){.n_rows = request->n};
    if (row_bytes == 0 || request->n == 0)
        return DSI_OK;
    if (row_bytes > request->room) {
        *rows = (struct dsi_hdf5_rows){.n_bytes = row_bytes};
        return DSI_OK;
    }
    if (field->field.dtype.kind == DSI_STRING)
        return dsi_strings_read(helper, &plan, rows, err);
    if (plan.n > plan.room / row_bytes)
        plan.n = plan.room / row_bytes;
    /* Of what was never written and has no fill value, libhdf5 leaves the memory as it
     * is. */
    memset(helper->rows, 0, plan.n * row_bytes);
    DSI_TRY(dsi_rows_read(opened, plan.first, plan.n, H5P_DEFAULT, helper->rows, err));
    *rows = (struct dsi_hdf5_rows){plan.n, plan.n * row_bytes};
    return DSI_OK;
}

static void free_field(struct dsi_hdf5_field *field)
{
    struct dsi_hdf5_dataset holder = {0};
    holder.fields = dsi_alloc_array(1, sizeof *field);
    if (!holder.fields)
        return;
    holder.fields[0] = *field;
    holder.n_fields = 1;
    dsi_hdf5_dataset_free(&holder);
}

enum dsi_status dsi_helper_rows(struct dsi_helper *helper,
                                const struct dsi_hdf5_rows_request *request,
                                struct dsi_error *err)
{
    struct dsi_hdf5_field field = {0};
    struct dsi_hdf5_rows rows;
    enum dsi_status status;
    DSI_TRY(dsi_opened_get_rows(helper, request, err));
    DSI_TRY(map_rows(helper, request->room, err));
    status = get_field(&helper->opened, request->field, &field, err);
    if (status == DSI_OK)
        status = read_rows(helper, request, &field, &rows, err);
    free_field(&field);
    helper->body.n = 0;
    if (status == DSI_OK)
        status = dsi_hdf5_write_rows(&helper->body, &rows, err);
    return status == DSI_OK ? dsi_helper_send(helper, DSI_HDF5_ROWS, err) : status;
}
