#include "skeleton.h"

#include "tree.h"

#include <string.h>
#include <xxhash.h>

static void add_number(XXH3_state_t *hash, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    XXH3_128bits_update(hash, bytes, sizeof bytes);
}

static void add_text(XXH3_state_t *hash, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    add_number(hash, text ? n : UINT64_MAX);
    if (n)
        XXH3_128bits_update(hash, text, n);
}

static void add_array(XXH3_state_t *hash, const struct dsi_array *array)
{
    char dtype[DSI_DTYPE_NAME_SIZE];
    add_text(hash, array->name);
    add_text(hash, dsi_dtype_name(array->dtype, dtype));
    add_number(hash, (uint64_t)array->n_dims);
    for (int i = 0; i < array->n_dims; i++)
        add_number(hash, array->shape[i]);
    add_number(hash, array->n_bytes_stored);
    add_number(hash, array->n_rows_missing);
}

static void add_file(XXH3_state_t *hash, const struct dsi_open_file *file)
{
    add_text(hash, file->name);
    add_number(hash, file->source.n_bytes);
    add_text(hash, file->file.format->name);
    add_number(hash, file->file.n_arrays);
    for (size_t i = 0; i < file->file.n_arrays; i++)
        add_array(hash, &file->file.arrays[i]);
}

/* In the order of the samples; the walk itself holds its names as the folder was
 * listed. Where names are not kept, for nobody opens the files, counts are all. */
static void add_tree(XXH3_state_t *hash, const struct dsi_tree *tree)
{
    const struct dsi_walk *walk = &tree->shared->walk;
    for (size_t r = 0; r < tree->n_runs; r++) {
        const struct dsi_tree_run *run = &tree->runs[r];
        const struct dsi_walk_folder *folder = &walk->folders[run->folder];
        const struct dsi_walk_names *names =
            tree->of_arrays ? &walk->arrays : &walk->images;
        uint64_t first = tree->of_arrays ? folder->first_array : folder->first_image;
        uint64_t n = tree->of_arrays ? folder->n_arrays : folder->n_images;
        add_text(hash, folder->path);
        add_number(hash, run->class_index);
        add_number(hash, n);
        for (uint64_t i = 0; i < n && names->n; i++)
            add_text(hash, dsi_walk_name(names, first + i));
    }
}

static void add_part(XXH3_state_t *hash, const struct dsi_part *part, unsigned need)
{
    add_text(hash, part->layout->name);
    add_number(hash, part->layout->n_blocks(part, need));
    add_number(hash, part->group);
    add_number(hash, part->n_samples);
    if (part->layout == &dsi_layout_tree)
        add_tree(hash, part->state);
}

enum dsi_status dsi_dataset_fingerprint(const struct dsi_dataset *dataset,
                                        unsigned need,
                                        uint8_t fingerprint[DSI_FINGERPRINT_SIZE],
                                        struct dsi_error *err)
{
    _Static_assert(sizeof(XXH128_canonical_t) == DSI_FINGERPRINT_SIZE, "128 bits");
    XXH3_state_t *hash = XXH3_createState();
    XXH128_canonical_t canonical;
    if (!hash)
        return dsi_fail_memory(err, 1024);
    XXH3_128bits_reset(hash);
    add_number(hash, need);
    add_number(hash, dataset->n_parts);
    for (size_t p = 0; p < dataset->n_parts; p++)
        add_part(hash, &dataset->parts[p], need);
    for (const struct dsi_open_file *file = dataset->files; file; file = file->next)
        add_file(hash, file);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash));
    memcpy(fingerprint, canonical.digest, DSI_FINGERPRINT_SIZE);
    XXH3_freeState(hash);
    return DSI_OK;
}
