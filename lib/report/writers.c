#include "writers.h"

#include <string.h>

const struct dsi_writer *const dsi_writers[] = {
    &dsi_writer_table, &dsi_writer_tsv,    &dsi_writer_csv,
    &dsi_writer_json,  &dsi_writer_ndjson, NULL,
};

const struct dsi_writer *const dsi_check_writers[] = {
    &dsi_writer_table,      &dsi_writer_tsv,
    &dsi_writer_csv,        &dsi_writer_json,
    &dsi_writer_ndjson,     &dsi_writer_junit,
    &dsi_writer_prometheus, &dsi_writer_github,
    &dsi_writer_markdown,   NULL,
};

static const struct dsi_writer *find(const struct dsi_writer *const *writers,
                                     const char *name)
{
    for (size_t i = 0; writers[i]; i++)
        if (strcmp(writers[i]->name, name) == 0)
            return writers[i];
    return NULL;
}

const struct dsi_writer *dsi_writer_find(const char *name)
{
    return find(dsi_writers, name);
}

const struct dsi_writer *dsi_check_writer_find(const char *name)
{
    return find(dsi_check_writers, name);
}
