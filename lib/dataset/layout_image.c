/* Pictures named one by one: each a sample, all of them one group without labels, whose
 * source is the folder that they are below. */
#include "layouts.h"

#include <stdlib.h>
#include <string.h>

struct images {
    const struct dsi_open_options *options;
    char **paths;
    size_t n, capacity;
};

static void close_images(void *state)
{
    struct images *images = state;
    for (size_t i = 0; i < images->n; i++)
        free(images->paths[i]);
    free(images->paths);
    free(images);
}

static uint64_t n_blocks(const struct dsi_part *part, unsigned need)
{
    const struct images *images = part->state;
    return need & (DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES) ? images->n : 0;
}

static bool is_sequential(const struct dsi_part *part, unsigned need)
{
    (void)part;
    (void)need;
    return false;
}

static enum dsi_status load(const struct dsi_part *part, unsigned need, uint64_t number,
                            struct dsi_loader *loader, struct dsi_block *block,
                            struct dsi_error *err)
{
    const struct images *images = part->state;
    block->first_sample = number;
    uint64_t ahead = number + DSI_FILES_AHEAD;
    if (need & DSI_NEED_VALUES && ahead < images->n &&
        dsi_loader_looks_ahead(loader, ahead))
        dsi_loader_read_ahead(loader, images->paths[ahead]);
    return dsi_load_file(images->paths[number], images->options, need, loader, block,
                         err);
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
    const struct images *images = part->state;
    const char *name = images->paths[sample];
    path->n = 0;
    return dsi_bytes_append(path, name, strlen(name) + 1, err);
}

static const struct dsi_layout layout_image = {
    .name = "image",
    .n_blocks = n_blocks,
    .is_sequential = is_sequential,
    .load = load,
    .block_of = block_of,
    .where = where,
    .close = close_images,
};

/* The part that collects them; made with the first. */
static enum dsi_status find_part(const struct dsi_opening *opening,
                                 struct dsi_part **part, struct dsi_error *err)
{
    struct dsi_dataset *dataset = opening->dataset;
    for (size_t i = 0; i < dataset->n_parts; i++)
        if (dataset->parts[i].layout == &layout_image) {
            *part = &dataset->parts[i];
            return DSI_OK;
        }
    struct dsi_part fresh = {.layout = &layout_image};
    DSI_TRY(dsi_dataset_add_group(dataset, opening->input, &fresh.group, err));
    dataset->groups[fresh.group].channels = dsi_channels_of_pictures();
    struct images *images = dsi_alloc_zeroed(1, sizeof *images);
    if (!images)
        return dsi_fail_memory(err, sizeof *images);
    images->options = &dataset->options.open;
    fresh.state = images;
    DSI_TRY(dsi_dataset_add_part(dataset, &fresh, err));
    *part = &dataset->parts[dataset->n_parts - 1];
    return DSI_OK;
}

/* The bytes of a, a path or the folder of some, that are the folder of both; 0: none.
 */
static size_t shared_folder(const char *a, const char *b)
{
    size_t n = 0, i = 0;
    for (; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            n = i ? i : 1; /* "/" itself */
    return !a[i] && i && b[i] == '/' ? i : n;
}

static enum dsi_status widen_source(struct dsi_group *group, const char *path,
                                    struct dsi_error *err)
{
    const char *source = dsi_group_source(group);
    const size_t n = shared_folder(source, path);
    if (n)
        return dsi_group_set_source(group, source, n, err);
    const bool is_absolute = *source == '/' || *path == '/';
    return dsi_group_set_source(group, is_absolute ? "/" : ".", 1, err);
}

enum dsi_status dsi_layout_image_add(const struct dsi_opening *opening,
                                     const char *path, struct dsi_error *err)
{
    struct dsi_part *part = NULL;
    if (dsi_opening_is_for_labels(opening))
        return dsi_fail(
            err, DSI_ERR_USAGE,
            "a picture by itself has no label; name the folder of class folders, "
            "a label array or a table");
    DSI_TRY(find_part(opening, &part, err));
    struct images *images = part->state;
    if (images->n)
        DSI_TRY(widen_source(&opening->dataset->groups[part->group], path, err));
    if (images->n == images->capacity) {
        size_t capacity = images->capacity ? images->capacity * 2 : 16;
        char **paths = dsi_realloc_array(images->paths, capacity, sizeof *paths);
        if (!paths)
            return dsi_fail_memory(err, capacity * sizeof *paths);
        images->paths = paths;
        images->capacity = capacity;
    }
    images->paths[images->n] = dsi_text_copy(path, strlen(path));
    if (!images->paths[images->n])
        return dsi_fail_memory(err, strlen(path));
    images->n++;
    part->n_samples++;
    opening->dataset->groups[part->group].n_samples++;
    return DSI_OK;
}
