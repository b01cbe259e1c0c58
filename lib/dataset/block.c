#include "block.h"

#include "find_array.h"

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
    dsi_bytes_free(&loader->names);
    dsi_bytes_free(&loader->numbers);
    dsi_loader_end_block(loader);
    *loader = (struct dsi_loader){0};
}

void dsi_loader_expect(struct dsi_loader *loader, uint64_t n_bytes)
{
    if (!loader->gate || loader->n_bytes_inside || n_bytes <= loader->gate->n_bytes)
        return;
    loader->gate->enter(loader->gate->context, n_bytes);
    loader->n_bytes_inside = n_bytes;
}

void dsi_loader_end_block(struct dsi_loader *loader)
{
    if (!loader->n_bytes_inside)
        return;
    dsi_rows_free(&loader->values);
    dsi_rows_free(&loader->labels);
    loader->gate->leave(loader->gate->context, loader->n_bytes_inside);
    loader->n_bytes_inside = 0;
}

bool dsi_block_describes(const struct dsi_block *block, size_t array)
{
    if (block->array != SIZE_MAX)
        return array == block->array;
    return !block->below ||
           dsi_array_is_below(block->file->arrays[array].name, block->below);
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
