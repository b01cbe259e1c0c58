#include "tree.h"

#include <stdlib.h>

void dsi_tree_free(struct dsi_tree *tree)
{
    if (!tree)
        return;
    if (tree->shared && --tree->shared->n_users == 0) {
        dsi_walk_free(&tree->shared->walk);
        free(tree->shared);
    }
    free(tree->runs);
    free(tree->class_first);
    free(tree->class_block);
    free(tree);
}

static void close_tree(void *state)
{
    dsi_tree_free(state);
}

/* Array files below a folder are there to be described: their values are no samples. */
static unsigned own_need(const struct dsi_tree *tree, unsigned need)
{
    return tree->of_arrays ? need & DSI_NEED_HEADER : need;
}

static bool needs_files(unsigned need)
{
    return need & (DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES);
}

static uint64_t n_blocks(const struct dsi_part *part, unsigned need)
{
    const struct dsi_tree *tree = part->state;
    if (needs_files(own_need(tree, need)))
        return tree->n_samples;
    return tree->n_classes ? tree->class_block[tree->n_classes] : 0;
}

static bool is_sequential(const struct dsi_part *part, unsigned need)
{
    (void)part;
    (void)need;
    return false;
}

static void set_class(const struct dsi_tree *tree, uint32_t class_index,
                      struct dsi_block *block)
{
    if (tree->n_classes && class_index != DSI_TREE_NO_CLASS) {
        block->labels.kind = DSI_LABELS_CLASS;
        block->labels.class_index = class_index;
    }
}

/* The class that block `number` belongs to: the last whose first block is not after it
 * (classes without samples have no blocks and are stepped over). */
static size_t class_of_block(const struct dsi_tree *tree, uint64_t number)
{
    size_t low = 0, high = tree->n_classes;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (tree->class_block[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void load_labels(const struct dsi_tree *tree, uint64_t number,
                        struct dsi_block *block)
{
    size_t c = class_of_block(tree, number);
    uint64_t skipped = (number - tree->class_block[c]) * DSI_TREE_SAMPLES_PER_BLOCK;
    uint64_t left = tree->class_first[c + 1] - tree->class_first[c] - skipped;
    block->first_sample = tree->class_first[c] + skipped;
    block->n_samples =
        left < DSI_TREE_SAMPLES_PER_BLOCK ? left : DSI_TREE_SAMPLES_PER_BLOCK;
    set_class(tree, (uint32_t)c, block);
}

static const struct dsi_tree_run *run_of_sample(const struct dsi_tree *tree,
                                                uint64_t sample)
{
    size_t low = 0, high = tree->n_runs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (tree->runs[middle].first_sample <= sample)
            low = middle;
        else
            high = middle;
    }
    return &tree->runs[low];
}

static const char *name_of_sample(const struct dsi_tree *tree,
                                  const struct dsi_tree_run *run, uint64_t sample)
{
    const struct dsi_walk *walk = &tree->shared->walk;
    const struct dsi_walk_folder *folder = &walk->folders[run->folder];
    uint64_t i = sample - run->first_sample;
    return tree->of_arrays ? dsi_walk_name(&walk->arrays, folder->first_array + i)
                           : dsi_walk_name(&walk->images, folder->first_image + i);
}

static enum dsi_status path_of_sample(const struct dsi_tree *tree, uint64_t sample,
                                      const struct dsi_tree_run *run,
                                      struct dsi_loader *loader, struct dsi_error *err)
{
    return dsi_walk_path(&tree->shared->walk, run->folder,
                         name_of_sample(tree, run, sample), &loader->path, err);
}

static enum dsi_status read_ahead(const struct dsi_tree *tree, uint64_t sample,
                                  struct dsi_loader *loader, struct dsi_error *err)
{
    if (sample >= tree->n_samples || !dsi_loader_looks_ahead(loader, sample))
        return DSI_OK;
    DSI_TRY(path_of_sample(tree, sample, run_of_sample(tree, sample), loader, err));
    dsi_loader_read_ahead(loader, (const char *)loader->path.data);
    return DSI_OK;
}

static enum dsi_status load(const struct dsi_part *part, unsigned need, uint64_t number,
                            struct dsi_loader *loader, struct dsi_block *block,
                            struct dsi_error *err)
{
    const struct dsi_tree *tree = part->state;
    need = own_need(tree, need);
    if (!needs_files(need)) {
        load_labels(tree, number, block);
        return DSI_OK;
    }
    const struct dsi_tree_run *run = run_of_sample(tree, number);
    if (need & DSI_NEED_VALUES)
        DSI_TRY(read_ahead(tree, number + DSI_FILES_AHEAD, loader, err));
    DSI_TRY(path_of_sample(tree, number, run, loader, err));
    block->first_sample = number;
    set_class(tree, run->class_index, block);
    return dsi_load_file((const char *)loader->path.data, tree->options, need, loader,
                         block, err);
}

static uint64_t block_of(const struct dsi_part *part, unsigned need, uint64_t sample)
{
    (void)part;
    (void)need;
    return sample;
}

static enum dsi_status where(const struct dsi_part *part, uint64_t sample,
                             struct dsi_bytes *path, struct dsi_error *err)
{
    const struct dsi_tree *tree = part->state;
    const struct dsi_walk_names *names =
        tree->of_arrays ? &tree->shared->walk.arrays : &tree->shared->walk.images;
    const struct dsi_tree_run *run = run_of_sample(tree, sample);
    if (!names->offsets) /* counted, and not kept */
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "the names are not at hand");
    return dsi_walk_path(&tree->shared->walk, run->folder,
                         name_of_sample(tree, run, sample), path, err);
}

const struct dsi_layout dsi_layout_tree = {
    .name = "imagefolder",
    .n_blocks = n_blocks,
    .is_sequential = is_sequential,
    .load = load,
    .block_of = block_of,
    .where = where,
    .close = close_tree,
};
