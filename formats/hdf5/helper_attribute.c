#include "helper_attribute.h"

#include "helper_enum.h"
#include "helper_leaf.h"
#include "helper_texts.h"

#include <stdlib.h>
#include <string.h>

/* --- missing */

enum { MAX_MISSING = 1024 };

/* True for values that an integer type holds as they are. An attribute of -9999 on
 * unsigned bytes would else become 0, and every 0 missing. */
static bool fits(hid_t native, struct dsi_dtype dtype, const uint8_t *value,
                 double wanted)
{
    union {
        uint8_t bytes[8];
        double number;
    } back = {{0}};
    if (dtype.kind == DSI_FLOAT)
        return true;
    memcpy(back.bytes, value, dtype.size);
    return H5Tconvert(native, H5T_NATIVE_DOUBLE, 1, back.bytes, NULL, H5P_DEFAULT) >=
               0 &&
           back.number == wanted;
}

static enum dsi_status keep(struct dsi_hdf5_field *field, hid_t native,
                            const uint8_t *values, const double *wanted, size_t n,
                            struct dsi_error *err)
{
    const size_t size = field->field.dtype.size;
    for (size_t i = 0; i < n; i++)
        if (fits(native, field->field.dtype, values + i * size, wanted[i]))
            DSI_TRY(dsi_bytes_append(&field->missing, values + i * size, size, err));
    return DSI_OK;
}

static enum dsi_status take_missing(struct dsi_hdf5_field *field, hid_t attribute,
                                    hid_t native, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    uint8_t *values = NULL;
    double *wanted = NULL;

    if ((class != H5T_INTEGER && class != H5T_FLOAT) || n <= 0 || n > MAX_MISSING)
        goto out;
    values = dsi_alloc_zeroed((uint64_t)n, field->field.dtype.size);
    wanted = dsi_alloc_zeroed((uint64_t)n, sizeof *wanted);
    if (!values || !wanted)
        status = dsi_fail_memory(err, (uint64_t)n * sizeof *wanted);
    else if (H5Aread(attribute, native, values) >= 0 &&
             H5Aread(attribute, H5T_NATIVE_DOUBLE, wanted) >= 0)
        status = keep(field, native, values, wanted, (size_t)n, err);
out:
    free(wanted);
    free(values);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

static enum dsi_status add_missing(hid_t dataset, struct dsi_hdf5_field *field,
                                   struct dsi_error *err)
{
    static const char *const names[] = {"_FillValue", "missing_value"};
    hid_t native = dsi_leaf_native(field->field.dtype);
    enum dsi_status status = DSI_OK;
    if (native < 0)
        return DSI_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == DSI_OK; i++) {
        if (H5Aexists(dataset, names[i]) <= 0)
            continue;
        hid_t attribute = H5Aopen(dataset, names[i], H5P_DEFAULT);
        if (attribute < 0)
            continue;
        status = take_missing(field, attribute, native, err);
        H5Aclose(attribute);
    }
    H5Tclose(native);
    return status;
}

/* --- class names */

/* Moves the texts to the field as the names of values, or of 0, 1, ... for NULL. */
static enum dsi_status give(struct dsi_hdf5_field *field, struct dsi_texts *texts,
                            const int64_t *values, struct dsi_error *err)
{
    struct dsi_value_name *names = dsi_alloc_zeroed(texts->n, sizeof *names);
    if (!names)
        return dsi_fail_memory(err, texts->n * sizeof *names);
    for (size_t i = 0; i < texts->n; i++) {
        names[i].value = values ? values[i] : (int64_t)i;
        names[i].name = texts->items[i];
        texts->items[i] = NULL;
    }
    dsi_names_give(field, names, texts->n);
    return DSI_OK;
}

static enum dsi_status split(struct dsi_texts *words, const char *line,
                             struct dsi_error *err)
{
    words->items = dsi_alloc_zeroed(strlen(line) / 2 + 1, sizeof *words->items);
    if (!words->items)
        return dsi_fail_memory(err, strlen(line));
    while (*(line += strspn(line, " \t\r\n"))) {
        size_t n = strcspn(line, " \t\r\n");
        char *word = dsi_text_copy(line, n);
        if (!word)
            return dsi_fail_memory(err, n);
        words->items[words->n++] = word;
        line += n;
    }
    return DSI_OK;
}

/* n integers of an attribute; false when it holds something else. */
static bool read_integers(hid_t object, const char *name, int64_t *out, size_t n)
{
    bool ok = false;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return false;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_INTEGER &&
        H5Sget_simple_extent_npoints(space) == (hssize_t)n)
        ok = H5Aread(attribute, H5T_NATIVE_INT64, out) >= 0;
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    H5Aclose(attribute);
    return ok;
}

/* The CF conventions' flag_values and flag_meanings (3.5). With masks beside them they
 * name bits rather than values. */
static enum dsi_status add_flags(hid_t dataset, struct dsi_hdf5_field *field,
                                 struct dsi_error *err)
{
    struct dsi_texts line = {0}, words = {0};
    int64_t *values = NULL;
    enum dsi_status status;

    if (H5Aexists(dataset, "flag_values") <= 0 || H5Aexists(dataset, "flag_masks") > 0)
        return DSI_OK;
    status = dsi_texts_read(&line, dataset, "flag_meanings", err);
    if (status != DSI_OK || line.n != 1)
        goto out;
    status = split(&words, line.items[0], err);
    if (status != DSI_OK || words.n == 0)
        goto out;
    values = dsi_alloc_zeroed(words.n, sizeof *values);
    if (!values)
        status = dsi_fail_memory(err, words.n * sizeof *values);
    else if (read_integers(dataset, "flag_values", values, words.n))
        status = give(field, &words, values, err);
out:
    free(values);
    dsi_texts_free(&words);
    dsi_texts_free(&line);
    return status;
}

static enum dsi_status add_names(hid_t dataset, struct dsi_hdf5_field *field,
                                 struct dsi_error *err)
{
    static const char *const names[] = {"class_names", "classes", "label_names",
                                        "names", "categories"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct dsi_texts texts;
        enum dsi_status status = dsi_texts_read(&texts, dataset, names[i], err);
        const bool is_list = texts.n > 1;
        if (status == DSI_OK && is_list)
            status = give(field, &texts, NULL, err);
        dsi_texts_free(&texts);
        if (status != DSI_OK || is_list)
            return status;
    }
    return add_flags(dataset, field, err);
}

/* --- what the writer meant */

static enum dsi_status text_starts(hid_t dataset, const char *attribute,
                                   const char *start, bool *does, struct dsi_error *err)
{
    struct dsi_texts texts;
    DSI_TRY(dsi_texts_read(&texts, dataset, attribute, err));
    *does = texts.n == 1 && strncmp(texts.items[0], start, strlen(start)) == 0;
    dsi_texts_free(&texts);
    return DSI_OK;
}

static enum dsi_status read_writers(hid_t dataset, struct dsi_attributes *found,
                                    struct dsi_error *err)
{
    /* The netCDF-4 library's words for a dimension without a variable. */
    static const char no_variable[] =
        "This is a netCDF dimension but not a netCDF variable";
    int64_t empty = 0;
    DSI_TRY(text_starts(dataset, "NAME", no_variable, &found->is_nothing, err));
    DSI_TRY(text_starts(dataset, "MATLAB_class", "char", &found->is_text, err));
    if (H5Aexists(dataset, "MATLAB_empty") > 0)
        found->is_empty =
            read_integers(dataset, "MATLAB_empty", &empty, 1) && empty != 0;
    return DSI_OK;
}

static bool has_attributes(hid_t dataset)
{
    H5O_info_t info;
    return H5Oget_info2(dataset, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs > 0;
}

enum dsi_status dsi_attributes_read(hid_t dataset, struct dsi_hdf5_dataset *out,
                                    struct dsi_attributes *found, struct dsi_error *err)
{
    *found = (struct dsi_attributes){0};
    if (!has_attributes(dataset))
        return DSI_OK;
    DSI_TRY(read_writers(dataset, found, err));
    struct dsi_hdf5_field *field = &out->fields[0];
    if (out->n_fields > 1 || field->field.name || field->status != DSI_OK)
        return DSI_OK;
    DSI_TRY(add_missing(dataset, field, err));
    const enum dsi_kind kind = field->field.dtype.kind;
    if ((kind != DSI_INT && kind != DSI_UINT) || field->value_names)
        return DSI_OK;
    return add_names(dataset, field, err);
}
