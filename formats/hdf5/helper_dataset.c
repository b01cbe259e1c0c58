#include "helper_dataset.h"

#include "helper_attribute.h"
#include "helper_error.h"
#include "helper_external.h"
#include "helper_filter.h"
#include "helper_leaf.h"
#include "helper_type.h"

#include <stdlib.h>
#include <string.h>

/* --- shape */

/* (1, N) of MATLAB's, unless chunks would go across the hidden axis. */
static bool is_matlab_row(hid_t dataset, int n_dims, const uint64_t *shape)
{
    hsize_t chunk[H5S_MAX_RANK];
    bool is = n_dims == 2 && shape[0] == 1 && H5Aexists(dataset, "MATLAB_class") > 0;
    if (!is)
        return false;
    hid_t creation = H5Dget_create_plist(dataset);
    is = creation >= 0;
    if (is && H5Pget_layout(creation) == H5D_CHUNKED)
        is = H5Pget_chunk(creation, H5S_MAX_RANK, chunk) == 2 && chunk[0] == 1;
    if (creation >= 0)
        H5Pclose(creation);
    return is;
}

enum dsi_status dsi_space_shape(hid_t space, int *n_dims, uint64_t *shape,
                                struct dsi_error *err)
{
    hsize_t extents[H5S_MAX_RANK] = {0};
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        *n_dims = 1;
        shape[0] = 0;
        return DSI_OK;
    }
    *n_dims = H5Sget_simple_extent_dims(space, extents, NULL);
    if (*n_dims < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its shape");
    for (int i = 0; i < *n_dims; i++)
        shape[i] = extents[i];
    return DSI_OK;
}

enum dsi_status dsi_dataset_shape(hid_t dataset, hid_t space, int *n_dims,
                                  uint64_t *shape, bool *hides_an_axis,
                                  struct dsi_error *err)
{
    *hides_an_axis = false;
    DSI_TRY(dsi_space_shape(space, n_dims, shape, err));
    if (is_matlab_row(dataset, *n_dims, shape)) {
        *hides_an_axis = true;
        *n_dims = 1;
        shape[0] = shape[1];
    }
    return DSI_OK;
}

/* --- what no value can be read of */

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

/* --- layout */

static enum dsi_status read_chunked(hid_t creation, bool hides_an_axis,
                                    struct dsi_hdf5_dataset *out, struct dsi_error *err)
{
    hsize_t chunk[H5S_MAX_RANK];
    unsigned options = 0;
    int n = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
    if (n != out->n_dims + hides_an_axis || H5Pget_chunk_opts(creation, &options) < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its chunks' shape");
    for (int i = 0; i < out->n_dims; i++)
        out->chunk[i] = chunk[i + hides_an_axis];
    out->edges_are_unfiltered = options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
    out->layout = DSI_HDF5_CHUNKED;
    return dsi_filters_read(creation, out, err);
}

/* The address tells, not the size that the header gives: libhdf5 reads values of size 0
 * all the same. */
static enum dsi_status read_contiguous(hid_t dataset, struct dsi_hdf5_dataset *out)
{
    out->address = H5Dget_offset(dataset);
    out->layout = DSI_HDF5_CONTIGUOUS;
    if (out->address == HADDR_UNDEF) {
        out->layout = DSI_HDF5_UNWRITTEN;
        out->address = 0;
    }
    return DSI_OK;
}

/* An index of chunks that cannot be read to its end is a reason not to read the
 * dataset, rather than not to describe it. */
static enum dsi_status read_stored_bytes(hid_t dataset, struct dsi_hdf5_dataset *out,
                                         struct dsi_error *err)
{
    struct dsi_error reason;
    out->n_bytes_stored = H5Dget_storage_size(dataset);
    if (out->n_bytes_stored || !dsi_h5_failed())
        return DSI_OK;
    dsi_h5_fail(&reason, DSI_ERR_MALFORMED, "cannot tell how much of it is stored");
    return refuse(out, &reason, err);
}

static enum dsi_status read_layout(const struct dsi_helper *helper, hid_t dataset,
                                   hid_t creation, bool hides_an_axis, bool is_foreign,
                                   struct dsi_hdf5_dataset *out, struct dsi_error *err)
{
    struct dsi_error reason;
    const H5D_layout_t layout = H5Pget_layout(creation);
    const bool leads_out = dsi_external_is(creation);
    out->layout = DSI_HDF5_INDIRECT;
    if (leads_out && !helper->driver.follow &&
        dsi_external_check(creation, &reason) != DSI_OK)
        return refuse(out, &reason, err);
    if (!leads_out)
        DSI_TRY(read_stored_bytes(dataset, out, err));
    if (layout == H5D_CHUNKED)
        DSI_TRY(read_chunked(creation, hides_an_axis, out, err));
    if (layout == H5D_CONTIGUOUS && !leads_out)
        DSI_TRY(read_contiguous(dataset, out));
    if (layout == H5D_CHUNKED && out->n_bytes_stored == 0 &&
        out->fields[0].status != DSI_ERR_MALFORMED)
        out->layout = DSI_HDF5_UNWRITTEN;
    /* Where it is in a file that the program does not hold is of no use to it. */
    if (is_foreign && out->layout != DSI_HDF5_UNWRITTEN)
        out->layout = DSI_HDF5_INDIRECT;
    return DSI_OK;
}

static enum dsi_status check_filters(struct dsi_hdf5_dataset *out,
                                     struct dsi_error *err)
{
    struct dsi_error reason;
    if (out->layout == DSI_HDF5_UNWRITTEN || out->n_filters == 0)
        return DSI_OK;
    for (size_t i = 0; i < out->n_fields; i++) {
        struct dsi_hdf5_field *field = &out->fields[i];
        const bool only_libhdf5 = field->by_rows || out->layout == DSI_HDF5_INDIRECT;
        if (field->status != DSI_OK ||
            dsi_filters_check(out, only_libhdf5, &reason) == DSI_OK)
            continue;
        field->reason = dsi_text_copy(reason.message, strlen(reason.message));
        if (!field->reason)
            return dsi_fail_memory(err, strlen(reason.message));
        field->status = reason.status;
    }
    return DSI_OK;
}

/* --- fill values */

/* The fill of one field. Where the values of an array in an element differ, no one
 * value is the fill: libhdf5 then fills. */
static enum dsi_status read_fill(hid_t creation, hid_t type, size_t i,
                                 struct dsi_hdf5_field *field, struct dsi_error *err)
{
    const struct dsi_dtype dtype = field->field.dtype;
    const uint64_t n = dsi_field_items(&field->field);
    enum dsi_status status = DSI_OK;
    uint8_t *values = NULL;
    hid_t memory = dsi_type_in_memory(type, i, field);
    if (memory < 0 || n == 0 || H5Tget_size(memory) != n * dtype.size)
        goto out;
    values = dsi_alloc_zeroed(n, dtype.size);
    if (!values) {
        status = dsi_fail_memory(err, n * dtype.size);
        goto out;
    }
    if (H5Pget_fill_value(creation, memory, values) < 0)
        goto out;
    if (memcmp(values, values + dtype.size, (n - 1) * dtype.size) != 0) {
        field->by_rows = true;
        goto out;
    }
    if (dtype.big_endian != dsi_machine_is_big_endian())
        dsi_dtype_swap(dtype, values, 1);
    status = dsi_bytes_append(&field->fill, values, dtype.size, err);
out:
    free(values);
    if (memory >= 0)
        H5Tclose(memory);
    return status;
}

/* Also where it is never written (H5D_FILL_TIME_NEVER): libhdf5 then hands out what the
 * memory held before, of which any value is as good. */
static enum dsi_status read_fills(hid_t creation, hid_t type,
                                  struct dsi_hdf5_dataset *out, struct dsi_error *err)
{
    H5D_fill_value_t defined;
    if (H5Pfill_value_defined(creation, &defined) < 0 ||
        defined != H5D_FILL_VALUE_USER_DEFINED)
        return DSI_OK;
    for (size_t i = 0; i < out->n_fields; i++) {
        struct dsi_hdf5_field *field = &out->fields[i];
        if (field->status == DSI_OK && field->field.dtype.kind != DSI_STRING)
            DSI_TRY(read_fill(creation, type, i, field, err));
    }
    return DSI_OK;
}

/* --- the whole */

static enum dsi_status check_size(const struct dsi_helper *helper,
                                  struct dsi_hdf5_dataset *out, struct dsi_error *err)
{
    struct dsi_error reason;
    uint64_t n_bytes = out->element_bytes;
    bool is_empty = false, fits = true;
    for (int i = 0; i < out->n_dims; i++)
        is_empty = is_empty || out->shape[i] == 0;
    for (int i = 0; i < out->n_dims && !is_empty; i++)
        fits = fits && dsi_mul(n_bytes, out->shape[i], &n_bytes);
    if (!fits || n_bytes > INT64_MAX)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "its shape is that of more data than there can be");
    if (out->element_bytes <= helper->max_bytes)
        return DSI_OK;
    dsi_fail(&reason, DSI_ERR_LIMIT, "one element takes %llu bytes (--limit-bytes)",
             (unsigned long long)out->element_bytes);
    return refuse(out, &reason, err);
}

static enum dsi_status add_note(struct dsi_hdf5_field *field, const char *note,
                                struct dsi_error *err)
{
    free(field->note);
    field->note = dsi_text_copy(note, strlen(note));
    return field->note ? DSI_OK : dsi_fail_memory(err, strlen(note));
}

static enum dsi_status heed_attributes(hid_t dataset, struct dsi_hdf5_dataset *out,
                                       bool *is_nothing, struct dsi_error *err)
{
    struct dsi_attributes found;
    DSI_TRY(dsi_attributes_read(dataset, out, &found, err));
    *is_nothing = found.is_nothing;
    if (found.is_text)
        DSI_TRY(add_note(&out->fields[0], "MATLAB text, as character codes", err));
    if (!found.is_empty)
        return DSI_OK;
    out->n_dims = 1;
    out->shape[0] = 0;
    out->chunk[0] = 0;
    out->layout = DSI_HDF5_UNWRITTEN;
    return add_note(&out->fields[0], "empty in MATLAB", err);
}

struct parts {
    hid_t type, space, creation;
};

static enum dsi_status describe(const struct dsi_helper *helper, hid_t dataset,
                                const struct parts *parts, bool is_foreign,
                                struct dsi_hdf5_dataset *out, bool *is_nothing,
                                struct dsi_error *err)
{
    const bool is_null = H5Sget_simple_extent_type(parts->space) == H5S_NULL;
    bool hides_an_axis;
    DSI_TRY(dsi_dataset_shape(dataset, parts->space, &out->n_dims, out->shape,
                              &hides_an_axis, err));
    DSI_TRY(dsi_type_fields(parts->type, out, err));
    DSI_TRY(check_size(helper, out, err));
    DSI_TRY(read_layout(helper, dataset, parts->creation, hides_an_axis, is_foreign,
                        out, err));
    if (is_null)
        out->layout = DSI_HDF5_UNWRITTEN;
    DSI_TRY(read_fills(parts->creation, parts->type, out, err));
    DSI_TRY(check_filters(out, err));
    DSI_TRY(heed_attributes(dataset, out, is_nothing, err));
    if (is_null)
        out->layout = DSI_HDF5_NULL;
    return DSI_OK;
}

enum dsi_status dsi_dataset_describe(const struct dsi_helper *helper, hid_t dataset,
                                     const char *path, bool is_foreign,
                                     struct dsi_hdf5_dataset *out, bool *is_nothing,
                                     struct dsi_error *err)
{
    const struct parts parts = {H5Dget_type(dataset), H5Dget_space(dataset),
                                H5Dget_create_plist(dataset)};
    enum dsi_status status;
    *is_nothing = false;
    out->path = dsi_text_copy(path, strlen(path));
    if (!out->path)
        status = dsi_fail_memory(err, strlen(path));
    else if (parts.type < 0 || parts.space < 0 || parts.creation < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its header");
    else
        status = describe(helper, dataset, &parts, is_foreign, out, is_nothing, err);
    if (parts.creation >= 0)
        H5Pclose(parts.creation);
    if (parts.space >= 0)
        H5Sclose(parts.space);
    if (parts.type >= 0)
        H5Tclose(parts.type);
    return status;
}

/* Files that hold a dataset's data are looked for beside the HDF5 file, whatever folder
 * the program was started in. */
hid_t dsi_dataset_access(const struct dsi_helper *helper)
{
    enum { SLOTS = 521, CACHE_BYTES = 16 << 20 };
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (access < 0)
        return access;
    H5Pset_chunk_cache(access, SLOTS, CACHE_BYTES, 1.0);
    if (helper->driver.follow)
        H5Pset_efile_prefix(access, "${ORIGIN}");
    return access;
}
