#include "writers.h"

#include <string.h>

const struct dsi_writer *const dsi_writers[] = {
    &dsi_writer_table, &dsi_writer_tsv,    &dsi_writer_csv,
    &dsi_writer_json,  &dsi_writer_ndjson, NULL,
};

const struct dsi_writer *dsi_writer_find(const char *name)
{
    for (size_t i = 0; dsi_writers[i]; i++)
        if (strcmp(dsi_writers[i]->name, name) == 0)
            return dsi_writers[i];
    return NULL;
}
