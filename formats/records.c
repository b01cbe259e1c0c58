#include "records.h"

#include <stdlib.h>

void dsi_records_free(struct dsi_records *records)
{
    for (size_t i = 0; i < records->n_fields; i++) {
        free(records->fields[i].name);
        free(records->fields[i].shape);
    }
    free(records->fields);
    *records = (struct dsi_records){0};
}

bool dsi_records_are_transposed(const struct dsi_records *records)
{
    int n_long = 0;
    for (int i = 0; i < records->n_dims; i++)
        n_long += records->shape[i] != 1;
    return records->fortran && n_long > 1 && records->n_records > 0;
}

uint64_t dsi_field_items(const struct dsi_field *field)
{
    uint64_t n = 1;
    for (int i = 0; i < field->n_dims; i++)
        n *= field->shape[i];
    return n;
}

uint64_t dsi_field_bytes(const struct dsi_field *field)
{
    return dsi_field_items(field) * field->dtype.size;
}
