#include "block.h"

void dsi_loader_free(struct dsi_loader *loader)
{
    if (loader->is_open) {
        dsi_file_close(&loader->file);
        dsi_source_close(&loader->source);
    }
    dsi_rows_free(&loader->values);
    dsi_rows_free(&loader->labels);
    dsi_rows_free(&loader->splits);
    dsi_bytes_free(&loader->path);
    dsi_bytes_free(&loader->groups);
    *loader = (struct dsi_loader){0};
}

bool dsi_block_next_run(const struct dsi_block *block, uint64_t *at,
                        struct dsi_run *run)
{
    if (*at >= block->n_samples)
        return false;
    run->at = *at;
    if (!block->groups) {
        run->group = block->group;
        *at = block->n_samples;
    } else {
        uint32_t group = block->groups[*at];
        run->group = group;
        while (*at < block->n_samples && block->groups[*at] == group)
            ++*at;
    }
    run->n = *at - run->at;
    return true;
}
