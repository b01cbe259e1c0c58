#include "helper_attribute_arrays.h"

#include "helper_dataset.h"
#include "helper_error.h"
#include "helper_type.h"

#include <stdlib.h>
#include <string.h>

/* --- what there is ---------------------------------------------------------------- */

/* Bytes that it takes in the file; false where these are more than can be. */
static bool stored_bytes(const struct dsi_hdf5_dataset *told, uint64_t *n_bytes)
{
    *n_bytes = told->element_bytes;
    for (int i = 0; i < told->n_dims; i++)
        if (!dsi_mul(*n_bytes, told->shape[i], n_bytes))
            return false;
    return true;
}

/* Every field that has no reason of its own gets this one. */
static enum dsi_status refuse(struct dsi_hdf5_dataset *out,
                              const struct dsi_error *reason, struct dsi_error *err)
{
    for (size_t i = 0; i < out->n_fields; i++) {
        struct dsi_hdf5_field *field = &out->fields[i];
        if (field->status != DSI_OK)
            continue;
        field->reason = dsi_text_copy(reason->message, strlen(reason->message));
        if (!field->reason)
            return dsi_fail_memory(err, strlen(reason->message));
        field->status = reason->status;
    }
    return DSI_OK;
}

static enum dsi_status describe(hid_t type, hid_t space, struct dsi_hdf5_dataset *out,
                                struct dsi_error *err)
{
    struct dsi_error reason;
    if (type < 0 || space < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its header");
    DSI_TRY(dsi_space_shape(space, &out->n_dims, out->shape, err));
    DSI_TRY(dsi_type_fields(type, out, err));
    out->layout = H5Sget_simple_extent_type(space) == H5S_NULL ? DSI_HDF5_NULL
                                                               : DSI_HDF5_INDIRECT;
    if (!stored_bytes(out, &out->n_bytes_stored) || out->n_bytes_stored > INT64_MAX)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "its shape is that of more data than there can be");
    if (out->n_bytes_stored <= DSI_MAX_ATTRIBUTE_BYTES)
        return DSI_OK;
    dsi_fail(&reason, DSI_ERR_LIMIT,
             "an attribute of %llu bytes, and %d are the most that is read",
             (unsigned long long)out->n_bytes_stored, (int)DSI_MAX_ATTRIBUTE_BYTES);
    return refuse(out, &reason, err);
}

static enum dsi_status copy_names(const char *path, const char *name,
                                  struct dsi_hdf5_dataset *out, struct dsi_error *err)
{
    out->path = dsi_text_copy(path, strlen(path));
    out->attribute = dsi_text_copy(name, strlen(name));
    return out->path && out->attribute
               ? DSI_OK
               : dsi_fail_memory(err, strlen(path) + strlen(name));
}

/* Of nothing but its name and a reason. */
static enum dsi_status describe_unreadable(const struct dsi_error *reason,
                                           struct dsi_hdf5_dataset *out,
                                           struct dsi_error *err)
{
    out->layout = DSI_HDF5_INDIRECT;
    out->element_bytes = 1;
    out->fields = dsi_alloc_zeroed(1, sizeof *out->fields);
    if (!out->fields)
        return dsi_fail_memory(err, sizeof *out->fields);
    out->n_fields = 1;
    out->fields[0].by_rows = true;
    out->fields[0].field.dtype = (struct dsi_dtype){.kind = DSI_VOID, .size = 1};
    return refuse(out, reason, err);
}

static enum dsi_status send_unreadable(struct dsi_helper *helper, const char *path,
                                       const char *name, const struct dsi_error *reason,
                                       struct dsi_error *err)
{
    struct dsi_hdf5_dataset told = {0};
    enum dsi_status status = copy_names(path, name, &told, err);
    if (status == DSI_OK)
        status = describe_unreadable(reason, &told, err);
    helper->body.n = 0;
    if (status == DSI_OK)
        status = dsi_hdf5_write_dataset(&helper->body, &told, err);
    dsi_hdf5_dataset_free(&told);
    return status == DSI_OK ? dsi_helper_send(helper, DSI_HDF5_ATTRIBUTE, err) : status;
}

static enum dsi_status send_described(struct dsi_helper *helper, hid_t type,
                                      hid_t space, const char *path, const char *name,
                                      struct dsi_error *err)
{
    struct dsi_hdf5_dataset told = {0};
    struct dsi_error reason;
    enum dsi_status status = copy_names(path, name, &told, &reason);
    if (status == DSI_OK)
        status = describe(type, space, &told, &reason);
    helper->body.n = 0;
    if (status == DSI_OK)
        status = dsi_hdf5_write_dataset(&helper->body, &told, &reason);
    dsi_hdf5_dataset_free(&told);
    if (status == DSI_OK && helper->body.n > DSI_HDF5_MAX_BODY)
        status = dsi_fail(&reason, DSI_ERR_LIMIT, "its description takes %zu bytes",
                          helper->body.n);
    return status == DSI_OK ? dsi_helper_send(helper, DSI_HDF5_ATTRIBUTE, err)
                            : send_unreadable(helper, path, name, &reason, err);
}

static enum dsi_status send_one(struct dsi_helper *helper, hid_t object,
                                const char *path, const char *name,
                                struct dsi_error *err)
{
    struct dsi_error reason;
    enum dsi_status status = DSI_OK;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) {
        dsi_h5_fail(&reason, DSI_ERR_MALFORMED, "cannot open the attribute");
        return send_unreadable(helper, path, name, &reason, err);
    }
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type < 0 || H5Tdetect_class(type, H5T_REFERENCE) <= 0)
        status = send_described(helper, type, space, path, name, err);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

struct sending {
    struct dsi_helper *helper;
    const char *path;
    struct dsi_error *err;
    enum dsi_status status;
};

static herr_t take(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    struct sending *sending = data;
    (void)info;
    sending->status =
        send_one(sending->helper, object, sending->path, name, sending->err);
    return sending->status == DSI_OK ? 0 : 1;
}

/* Where the list breaks off, that is told as an attribute without a name. */
enum dsi_status dsi_attributes_send(struct dsi_helper *helper, hid_t object,
                                    const char *path, struct dsi_error *err)
{
    struct sending sending = {helper, path, err, DSI_OK};
    struct dsi_error reason;
    hsize_t at = 0;
    const herr_t code =
        H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, &at, take, &sending);
    if (code >= 0 || sending.status != DSI_OK)
        return sending.status;
    dsi_h5_fail(&reason, DSI_ERR_MALFORMED, "cannot read all attributes");
    return send_unreadable(helper, path, "", &reason, err);
}

/* --- values ----------------------------------------------------------------------- */

enum dsi_status dsi_attribute_open(const struct dsi_helper *helper,
                                   struct dsi_opened *opened, struct dsi_error *err)
{
    hid_t object = H5Oopen(helper->file, opened->path, H5P_DEFAULT);
    if (object < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot open the object");
    opened->id = H5Aopen(object, opened->attribute, H5P_DEFAULT);
    H5Oclose(object);
    if (opened->id < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot open the attribute");
    opened->type = H5Aget_type(opened->id);
    opened->space = H5Aget_space(opened->id);
    if (opened->type < 0 || opened->space < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED,
                           "cannot read the attribute's header");
    return dsi_space_shape(opened->space, &opened->n_dims, opened->shape, err);
}

/* Copies texts into the memory of the transfer, which keeps to a limit. */
static bool copy_texts(hid_t transfer, char *const *from, size_t n, char **out)
{
    H5MM_allocate_t allocate = NULL;
    H5MM_free_t release = NULL;
    void *allocate_data = NULL, *release_data = NULL;
    if (H5Pget_vlen_mem_manager(transfer, &allocate, &allocate_data, &release,
                                &release_data) < 0 ||
        !allocate)
        return false;
    for (size_t i = 0; i < n; i++) {
        const size_t size = from[i] ? strlen(from[i]) + 1 : 0;
        if (size == 0)
            continue;
        out[i] = allocate(size, allocate_data);
        if (!out[i])
            return false;
        memcpy(out[i], from[i], size);
    }
    return true;
}

enum dsi_status dsi_attribute_read(struct dsi_opened *opened, uint64_t first,
                                   uint64_t n, hid_t transfer, void *values,
                                   struct dsi_error *err)
{
    const bool are_texts = transfer != H5P_DEFAULT;
    const uint64_t n_rows = opened->n_dims ? opened->shape[0] : 1;
    uint64_t row_bytes = H5Tget_size(opened->memory_type), n_bytes;
    for (int i = 1; i < opened->n_dims; i++)
        if (!dsi_mul(row_bytes, opened->shape[i], &row_bytes))
            return dsi_fail(err, DSI_ERR_MALFORMED, "is of no possible size");
    uint8_t *all =
        dsi_mul(row_bytes, n_rows, &n_bytes) ? dsi_alloc_zeroed(n_bytes, 1) : NULL;
    if (!all)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "it takes more memory than is allowed (--limit-bytes)");
    enum dsi_status status = DSI_OK;
    const uint8_t *from = all + first * row_bytes;
    if (H5Aread(opened->id, opened->memory_type, all) < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its values");
    else if (!are_texts)
        memcpy(values, from, n * row_bytes);
    else if (!copy_texts(transfer, (char *const *)(const void *)from,
                         (size_t)(n * row_bytes / sizeof(char *)), values))
        status = dsi_fail(err, DSI_ERR_LIMIT, "its texts take more than is allowed");
    if (are_texts)
        H5Dvlen_reclaim(opened->memory_type, opened->space, H5P_DEFAULT, all);
    free(all);
    return status;
}
