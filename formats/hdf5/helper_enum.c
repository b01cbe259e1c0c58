#include "helper_enum.h"

#include "helper_error.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = ((const struct dsi_value_name *)a)->value;
    int64_t y = ((const struct dsi_value_name *)b)->value;
    return (x > y) - (x < y);
}

void dsi_names_give(struct dsi_hdf5_field *field, struct dsi_value_name *names,
                    size_t n)
{
    size_t n_kept = 0;
    if (n)
        qsort(names, n, sizeof *names, by_value);
    for (size_t i = 0; i < n; i++) {
        if (n_kept && names[n_kept - 1].value == names[i].value)
            free(names[i].name);
        else
            names[n_kept++] = names[i];
    }
    field->value_names = names;
    field->n_value_names = n_kept;
}

/* A member's value is stored as the base type has it. */
static bool member(hid_t type, hid_t base, unsigned i, struct dsi_value_name *out)
{
    union {
        uint8_t stored[64];
        int64_t value;
    } buffer = {{0}};
    if (H5Tget_size(base) > sizeof buffer ||
        H5Tget_member_value(type, i, buffer.stored) < 0 ||
        H5Tconvert(base, H5T_NATIVE_INT64, 1, buffer.stored, NULL, H5P_DEFAULT) < 0)
        return false;
    char *name = H5Tget_member_name(type, i);
    out->value = buffer.value;
    out->name = name ? dsi_text_copy(name, strlen(name)) : NULL;
    H5free_memory(name);
    return out->name != NULL;
}

static bool is_bool(const struct dsi_hdf5_field *field)
{
    const struct dsi_value_name *names = field->value_names;
    return field->n_value_names == 2 && field->field.dtype.size == 1 &&
           !field->by_rows && names[0].value == 0 && names[1].value == 1 &&
           strcmp(names[0].name, "FALSE") == 0 && strcmp(names[1].name, "TRUE") == 0;
}

enum dsi_status dsi_enum_names(hid_t type, hid_t base, struct dsi_hdf5_field *field,
                               struct dsi_error *err)
{
    int n = H5Tget_nmembers(type);
    if (n < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read an enumeration");
    struct dsi_value_name *names = dsi_alloc_zeroed((uint64_t)n, sizeof *names);
    if (!names)
        return dsi_fail_memory(err, (uint64_t)n * sizeof *names);
    for (int i = 0; i < n; i++)
        if (!member(type, base, (unsigned)i, &names[i])) {
            dsi_value_names_free(names, (size_t)n);
            return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read an enumeration");
        }
    dsi_names_give(field, names, (size_t)n);
    if (is_bool(field)) {
        field->is_bool = true;
        field->field.dtype.kind = DSI_BOOL;
        dsi_value_names_free(field->value_names, field->n_value_names);
        field->value_names = NULL;
        field->n_value_names = 0;
    }
    return DSI_OK;
}
