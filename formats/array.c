/* What reader.h says of described arrays alone, without any format. */
#include "reader.h"

#include <stdlib.h>

void dsi_value_names_free(struct dsi_value_name *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i].name);
    free(names);
}

uint64_t dsi_array_n_rows(const struct dsi_array *array)
{
    return array->n_dims ? array->shape[0] : 1;
}

uint64_t dsi_array_row_items(const struct dsi_array *array)
{
    uint64_t items = 1;
    for (int i = 1; i < array->n_dims; i++)
        items *= array->shape[i];
    return items;
}

uint64_t dsi_array_row_bytes(const struct dsi_array *array)
{
    return dsi_array_row_items(array) * array->dtype.size;
}

enum dsi_status dsi_array_check(const struct dsi_array *array, struct dsi_error *err)
{
    /* Zero-length axes must not hide an overflow in the row size of the others. */
    uint64_t n_bytes = array->dtype.size ? array->dtype.size : 1;
    for (int i = 0; i < array->n_dims; i++) {
        uint64_t extent = array->shape[i] ? array->shape[i] : 1;
        if (!dsi_mul(n_bytes, extent, &n_bytes) || n_bytes > INT64_MAX)
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "the shape's product overflows: no such array can exist");
    }
    return DSI_OK;
}
