#include "helper_type.h"

#include "helper_error.h"
#include "helper_leaf.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 32 }; /* of compounds and arrays in each other */

/* Where in the type the recursion stands. */
struct place {
    struct dsi_hdf5_dataset *dataset;
    size_t capacity; /* of dataset->fields */
    struct dsi_bytes name;
    uint64_t offset;
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS], stride[DSI_MAX_DIMS];
    int depth;
};

static bool is_leaf(hid_t type)
{
    H5T_class_t class = H5Tget_class(type);
    return class != H5T_ARRAY && (class != H5T_COMPOUND || dsi_leaf_is_complex(type));
}

static enum dsi_status new_field(struct place *place, struct dsi_hdf5_field **out,
                                 struct dsi_error *err)
{
    struct dsi_hdf5_dataset *dataset = place->dataset;
    struct dsi_hdf5_field *fields = dsi_grow_array(dataset->fields, dataset->n_fields,
                                                   &place->capacity, sizeof *fields);
    if (!fields)
        return dsi_fail_memory(err, dataset->n_fields * sizeof *fields);
    dataset->fields = fields;
    *out = &dataset->fields[dataset->n_fields++];
    **out = (struct dsi_hdf5_field){0};
    return DSI_OK;
}

/* The field at a place, with its name, offset and axes. */
static enum dsi_status place_field(struct place *place, struct dsi_hdf5_field **out,
                                   struct dsi_error *err)
{
    const size_t n = (size_t)place->n_dims;
    DSI_TRY(new_field(place, out, err));
    struct dsi_field *field = &(*out)->field;
    field->offset = place->offset;
    if (place->name.n) {
        /* Without the dot it begins with. */
        field->name = dsi_text_copy(place->name.data + 1, place->name.n - 1);
        if (!field->name)
            return dsi_fail_memory(err, place->name.n);
    }
    if (!n)
        return DSI_OK;
    field->shape = dsi_alloc_array(2 * n, sizeof *field->shape);
    if (!field->shape)
        return dsi_fail_memory(err, 2 * n * sizeof *field->shape);
    field->n_dims = place->n_dims;
    memcpy(field->shape, place->shape, n * sizeof *field->shape);
    memcpy(field->shape + n, place->stride, n * sizeof *field->shape);
    return DSI_OK;
}

static DSI_CHECKED enum dsi_status visit(struct place *place, hid_t type,
                                         struct dsi_error *err);

static enum dsi_status visit_member(struct place *place, hid_t type, unsigned i,
                                    struct dsi_error *err)
{
    const size_t n_name = place->name.n;
    const uint64_t offset = place->offset;
    char *name = H5Tget_member_name(type, i);
    hid_t member = H5Tget_member_type(type, i);
    enum dsi_status status;

    place->offset += H5Tget_member_offset(type, i);
    if (!name || member < 0) {
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its datatype");
        goto out;
    }
    status = dsi_bytes_append(&place->name, ".", 1, err);
    if (status == DSI_OK)
        status = dsi_bytes_append(&place->name, name, strlen(name), err);
    if (status == DSI_OK)
        status = visit(place, member, err);
out:
    if (member >= 0)
        H5Tclose(member);
    H5free_memory(name);
    place->name.n = n_name;
    place->offset = offset;
    return status;
}

static enum dsi_status visit_compound(struct place *place, hid_t type,
                                      struct dsi_error *err)
{
    int n = H5Tget_nmembers(type);
    if (n <= 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a compound datatype has no members");
    for (int i = 0; i < n; i++)
        DSI_TRY(visit_member(place, type, (unsigned)i, err));
    return DSI_OK;
}

static enum dsi_status visit_array(struct place *place, hid_t type,
                                   struct dsi_error *err)
{
    const int n_before = place->n_dims;
    hsize_t shape[H5S_MAX_RANK];
    int n = H5Tget_array_ndims(type);
    hid_t item = H5Tget_super(type);
    enum dsi_status status;

    if (n <= 0 || n > H5S_MAX_RANK || item < 0 || H5Tget_array_dims2(type, shape) < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its datatype");
    else if (place->dataset->n_dims + n_before + n > DSI_MAX_DIMS)
        status = dsi_fail(err, DSI_ERR_UNSUPPORTED, "has more than %d dimensions",
                          DSI_MAX_DIMS);
    else {
        uint64_t stride = H5Tget_size(item);
        place->n_dims += n;
        for (int i = n - 1; i >= 0; i--) {
            place->shape[n_before + i] = shape[i];
            place->stride[n_before + i] = stride;
            stride *= shape[i]; /* the type's own size in the end: 32 bits */
        }
        status = visit(place, item, err);
    }
    place->n_dims = n_before;
    if (item >= 0)
        H5Tclose(item);
    return status;
}

static enum dsi_status visit(struct place *place, hid_t type, struct dsi_error *err)
{
    struct dsi_hdf5_field *field = NULL;
    enum dsi_status status = DSI_OK;
    if (is_leaf(type)) {
        DSI_TRY(place_field(place, &field, err));
        return dsi_leaf_describe(type, field, err);
    }
    if (++place->depth > MAX_DEPTH)
        status = dsi_fail(err, DSI_ERR_UNSUPPORTED,
                          "its datatype is nested more than %d deep", MAX_DEPTH);
    else if (H5Tget_class(type) == H5T_ARRAY)
        status = visit_array(place, type, err);
    else
        status = visit_compound(place, type, err);
    place->depth--;
    return status;
}

/* Texts and sequences of varying length and references have sizes of their own in the
 * file, which libhdf5 does not tell: it gives those they have in memory, and the
 * offsets of all that stands behind them too. Then only libhdf5 knows where a value is.
 */
static void leave_to_libhdf5(hid_t type, struct dsi_hdf5_dataset *dataset)
{
    bool differs =
        H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tdetect_class(type, H5T_REFERENCE) > 0;
    for (size_t i = 0; i < dataset->n_fields; i++)
        differs = differs || dataset->fields[i].field.dtype.kind == DSI_STRING;
    for (size_t i = 0; i < dataset->n_fields && differs; i++)
        dataset->fields[i].by_rows = true;
}

enum dsi_status dsi_type_fields(hid_t type, struct dsi_hdf5_dataset *dataset,
                                struct dsi_error *err)
{
    struct place place = {.dataset = dataset};
    dataset->element_bytes = H5Tget_size(type);
    if (dataset->element_bytes == 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its datatype");
    enum dsi_status status = visit(&place, type, err);
    dsi_bytes_free(&place.name);
    if (status == DSI_OK)
        leave_to_libhdf5(type, dataset);
    return status;
}

/* How many fields a type has; they are numbered as visit meets them. */
static uint64_t count(hid_t type)
{
    uint64_t n = 0;
    if (is_leaf(type))
        return 1;
    if (H5Tget_class(type) == H5T_ARRAY) {
        hid_t item = H5Tget_super(type);
        n = count(item);
        H5Tclose(item);
        return n;
    }
    int n_members = H5Tget_nmembers(type);
    for (int i = 0; i < n_members; i++) {
        hid_t member = H5Tget_member_type(type, (unsigned)i);
        n += count(member);
        H5Tclose(member);
    }
    return n;
}

/* The member of a compound that holds field *i, which becomes its number there. */
static int member_of(hid_t type, uint64_t *i)
{
    int n_members = H5Tget_nmembers(type);
    for (int m = 0; m < n_members; m++) {
        hid_t member = H5Tget_member_type(type, (unsigned)m);
        uint64_t n = count(member);
        H5Tclose(member);
        if (*i < n)
            return m;
        *i -= n;
    }
    return -1;
}

static hid_t array_in_memory(hid_t type, uint64_t i, const struct dsi_hdf5_field *field)
{
    hsize_t shape[H5S_MAX_RANK];
    int n = H5Tget_array_ndims(type);
    hid_t item = H5Tget_super(type), array = H5I_INVALID_HID;
    hid_t inner = dsi_type_in_memory(item, i, field);
    if (n > 0 && n <= H5S_MAX_RANK && inner >= 0 &&
        H5Tget_array_dims2(type, shape) >= 0)
        array = H5Tarray_create2(inner, (unsigned)n, shape);
    H5Tclose(inner);
    H5Tclose(item);
    return array;
}

static hid_t member_in_memory(hid_t type, uint64_t i,
                              const struct dsi_hdf5_field *field)
{
    int m = member_of(type, &i);
    if (m < 0)
        return H5I_INVALID_HID;
    char *name = H5Tget_member_name(type, (unsigned)m);
    hid_t member = H5Tget_member_type(type, (unsigned)m);
    hid_t inner = dsi_type_in_memory(member, i, field), outer = H5I_INVALID_HID;
    if (inner >= 0 && name)
        outer = H5Tcreate(H5T_COMPOUND, H5Tget_size(inner));
    if (outer >= 0 && H5Tinsert(outer, name, 0, inner) < 0) {
        H5Tclose(outer);
        outer = H5I_INVALID_HID;
    }
    H5Tclose(inner);
    H5Tclose(member);
    H5free_memory(name);
    return outer;
}

hid_t dsi_type_in_memory(hid_t type, uint64_t i, const struct dsi_hdf5_field *field)
{
    if (is_leaf(type))
        return i ? H5I_INVALID_HID : dsi_leaf_in_memory(type, field);
    return H5Tget_class(type) == H5T_ARRAY ? array_in_memory(type, i, field)
                                           : member_in_memory(type, i, field);
}

hid_t dsi_type_of_field(hid_t type, uint64_t i)
{
    hid_t inner, found;
    if (is_leaf(type))
        return i ? H5I_INVALID_HID : H5Tcopy(type);
    if (H5Tget_class(type) == H5T_ARRAY)
        inner = H5Tget_super(type);
    else {
        int m = member_of(type, &i);
        if (m < 0)
            return H5I_INVALID_HID;
        inner = H5Tget_member_type(type, (unsigned)m);
    }
    found = dsi_type_of_field(inner, i);
    H5Tclose(inner);
    return found;
}
