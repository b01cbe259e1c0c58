#include "skeleton.h"

#include <stdlib.h>
#include <string.h>

/* A field added to one of these is part of the skeleton as well, unless finish never
 * sees it: save it, load it, raise DSI_PARTIAL_VERSION (partial.h), and then state the
 * new size here. */
#ifdef __LP64__
_Static_assert(sizeof(struct dsi_group) == 168, "save and load the new field");
_Static_assert(sizeof(struct dsi_part) == 40, "save and load the new field");
#endif

/* --- a part without blocks -------------------------------------------------------- */

static uint64_t no_blocks(const struct dsi_part *part, unsigned need)
{
    (void)part;
    (void)need;
    return 0;
}

static bool is_sequential(const struct dsi_part *part, unsigned need)
{
    (void)part;
    (void)need;
    return false;
}

static enum dsi_status load_nothing(const struct dsi_part *part, unsigned need,
                                    uint64_t number, struct dsi_loader *loader,
                                    struct dsi_block *block, struct dsi_error *err)
{
    (void)part, (void)need, (void)number, (void)loader, (void)block;
    return dsi_fail(err, DSI_ERR_UNSUPPORTED, "the samples are not here");
}

static void close_nothing(void *state)
{
    (void)state;
}

static const struct dsi_layout layout_skeleton = {
    .name = "skeleton",
    .n_blocks = no_blocks,
    .is_sequential = is_sequential,
    .load = load_nothing,
    .close = close_nothing,
};

/* --- saving ----------------------------------------------------------------------- */

static enum dsi_status save_numbers(const uint64_t *numbers, size_t n,
                                    struct dsi_bytes *out, struct dsi_error *err)
{
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_append_u64(out, numbers[i], err));
    return DSI_OK;
}

enum {
    N_SAMPLES,
    IS_HIDDEN,
    FIRST_SIBLING,
    N_SIBLINGS,
    LABELS_ARE_TEXT,
    HAS_CLASSES,
    N_CLASSES,
    CLASSES_ARE_NAMES,
    N_ABSENT,
    HAS_SOURCE,
    HAS_COLUMNS,
    CHANNELS_KIND,
    CHANNELS_DTYPE_KIND,
    CHANNELS_DTYPE_SIZE,
    CHANNELS_AXIS,
    N_CHANNELS,
    CHANNELS_OUTER,
    CHANNELS_INNER,
    N_GROUP_NUMBERS
};

static enum dsi_status save_texts(char *const *texts, size_t n, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_append_text(out, texts[i], strlen(texts[i]), err));
    return DSI_OK;
}

static enum dsi_status save_group(const struct dsi_group *group, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    const struct dsi_channels *channels = &group->channels;
    const uint64_t numbers[N_GROUP_NUMBERS] = {
        [N_SAMPLES] = group->n_samples,
        [IS_HIDDEN] = group->is_hidden,
        [FIRST_SIBLING] = group->first_sibling,
        [N_SIBLINGS] = group->n_siblings,
        [LABELS_ARE_TEXT] = group->labels_are_text,
        [HAS_CLASSES] = group->classes != NULL,
        [N_CLASSES] = group->n_classes,
        [CLASSES_ARE_NAMES] = group->classes_are_names,
        [N_ABSENT] = group->n_absent,
        [HAS_SOURCE] = group->source != NULL,
        [HAS_COLUMNS] = channels->columns != NULL,
        [CHANNELS_KIND] = channels->kind,
        [CHANNELS_DTYPE_KIND] = channels->dtype.kind,
        [CHANNELS_DTYPE_SIZE] = channels->dtype.size,
        [CHANNELS_AXIS] = (uint64_t)channels->axis,
        [N_CHANNELS] = channels->n,
        [CHANNELS_OUTER] = channels->n_outer,
        [CHANNELS_INNER] = channels->n_inner,
    };
    DSI_TRY(dsi_bytes_append_text(out, group->name, strlen(group->name), err));
    DSI_TRY(save_numbers(numbers, N_GROUP_NUMBERS, out, err));
    DSI_TRY(save_texts(&group->source, group->source != NULL, out, err));
    DSI_TRY(
        save_texts(channels->columns, channels->columns ? channels->n : 0, out, err));
    DSI_TRY(save_texts(group->classes, group->n_classes, out, err));
    return save_texts(group->absent, group->n_absent, out, err);
}

enum { GROUP, PART_SAMPLES, HAS_LABELS, N_PART_NUMBERS };

static enum dsi_status save_part(const struct dsi_part *part, struct dsi_bytes *out,
                                 struct dsi_error *err)
{
    const uint64_t numbers[N_PART_NUMBERS] = {
        [GROUP] = part->group,
        [PART_SAMPLES] = part->n_samples,
        [HAS_LABELS] = part->has_labels,
    };
    return save_numbers(numbers, N_PART_NUMBERS, out, err);
}

enum {
    HAS_SPLITS,
    HAS_MANY_INPUTS,
    N_FAILED_INPUTS,
    N_GROUPS,
    N_PARTS,
    N_DATASET_NUMBERS
};

enum dsi_status dsi_skeleton_save(const struct dsi_dataset *dataset,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const uint64_t numbers[N_DATASET_NUMBERS] = {
        [HAS_SPLITS] = dataset->has_splits,
        [HAS_MANY_INPUTS] = dataset->has_many_inputs,
        [N_FAILED_INPUTS] = dataset->n_failed_inputs,
        [N_GROUPS] = dataset->n_groups,
        [N_PARTS] = dataset->n_parts,
    };
    DSI_TRY(save_numbers(numbers, N_DATASET_NUMBERS, out, err));
    for (size_t g = 0; g < dataset->n_groups; g++)
        DSI_TRY(save_group(&dataset->groups[g], out, err));
    for (size_t p = 0; p < dataset->n_parts; p++)
        DSI_TRY(save_part(&dataset->parts[p], out, err));
    return DSI_OK;
}

/* --- loading ---------------------------------------------------------------------- */

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a saved dataset that none would save");
}

static enum dsi_status load_numbers(struct dsi_bytes_reader *in, uint64_t *numbers,
                                    size_t n, struct dsi_error *err)
{
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_read_u64(in, &numbers[i], err));
    return DSI_OK;
}

/* As many items of at least item_bytes each as numbers claim may be in what is left. */
static bool may_hold(const struct dsi_bytes_reader *in, uint64_t n, size_t item_bytes)
{
    return n <= (in->n - in->at) / item_bytes;
}

/* *n_texts counts those that are there, whatever happens. */
static enum dsi_status load_texts(char ***texts, size_t *n_texts, uint64_t n,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    if (!may_hold(in, n, sizeof(uint64_t)))
        return refuse(err);
    *texts = dsi_alloc_zeroed(n, sizeof **texts);
    if (!*texts)
        return dsi_fail_memory(err, n * sizeof **texts);
    for (; *n_texts < n; ++*n_texts)
        DSI_TRY(dsi_bytes_read_name(in, &(*texts)[*n_texts], err));
    return DSI_OK;
}

/* What a dataset would have opened: checks trust it. */
static enum dsi_status load_channels(struct dsi_channels *channels,
                                     const uint64_t numbers[N_GROUP_NUMBERS],
                                     struct dsi_error *err)
{
    const uint64_t kind = numbers[CHANNELS_KIND], n = numbers[N_CHANNELS],
                   size = numbers[CHANNELS_DTYPE_SIZE];
    const bool is_array = kind == DSI_CHANNELS_ARRAY;
    uint64_t n_each;
    if (kind > DSI_CHANNELS_PICTURES || numbers[CHANNELS_DTYPE_KIND] > DSI_VOID ||
        size > UINT32_MAX || numbers[CHANNELS_AXIS] >= DSI_MAX_DIMS ||
        n > DSI_MAX_CHANNELS || numbers[HAS_SOURCE] > 1 || numbers[HAS_COLUMNS] > 1 ||
        !dsi_mul(numbers[CHANNELS_OUTER], numbers[CHANNELS_INNER], &n_each) ||
        (kind == DSI_CHANNELS_PICTURES && n != DSI_N_PICTURE_CHANNELS))
        return refuse(err);
    *channels = (struct dsi_channels){
        .kind = (enum dsi_channels_kind)kind,
        .dtype = {.kind = (enum dsi_kind)numbers[CHANNELS_DTYPE_KIND],
                  .size = (uint32_t)size},
        .axis = (int)numbers[CHANNELS_AXIS],
        .n = n,
        .n_outer = numbers[CHANNELS_OUTER],
        .n_inner = numbers[CHANNELS_INNER]};
    const struct dsi_dtype dtype = is_array ? dsi_channel_table(channels, 0).dtype
                                            : (struct dsi_dtype){.kind = DSI_VOID};
    if (dtype.kind != DSI_VOID && dtype.size != 1 && dtype.size != 2 &&
        dtype.size != 4 && dtype.size != 8)
        return refuse(err);
    return DSI_OK;
}

/* All or none: what is freed is n of them. */
static enum dsi_status load_columns(struct dsi_channels *channels,
                                    struct dsi_bytes_reader *in, struct dsi_error *err)
{
    size_t n = 0;
    enum dsi_status status = load_texts(&channels->columns, &n, channels->n, in, err);
    if (status == DSI_OK)
        return DSI_OK;
    for (size_t i = 0; i < n; i++)
        free(channels->columns[i]);
    free(channels->columns);
    channels->columns = NULL;
    return status;
}

static enum dsi_status load_group(struct dsi_group *group, uint64_t n_groups,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t numbers[N_GROUP_NUMBERS];
    DSI_TRY(dsi_bytes_read_name(in, &group->name, err));
    DSI_TRY(load_numbers(in, numbers, N_GROUP_NUMBERS, err));
    uint64_t first = numbers[FIRST_SIBLING], n = numbers[N_SIBLINGS];
    if (first > n_groups || n > n_groups - first || numbers[IS_HIDDEN] > 1 ||
        numbers[LABELS_ARE_TEXT] > 1 || numbers[HAS_CLASSES] > 1 ||
        numbers[CLASSES_ARE_NAMES] > 1 || (!numbers[HAS_CLASSES] && numbers[N_CLASSES]))
        return refuse(err);
    DSI_TRY(load_channels(&group->channels, numbers, err));
    if (numbers[HAS_SOURCE])
        DSI_TRY(dsi_bytes_read_name(in, &group->source, err));
    if (numbers[HAS_COLUMNS])
        DSI_TRY(load_columns(&group->channels, in, err));
    group->n_samples = numbers[N_SAMPLES];
    group->is_hidden = numbers[IS_HIDDEN];
    group->first_sibling = first;
    group->n_siblings = n;
    group->labels_are_text = numbers[LABELS_ARE_TEXT];
    group->classes_are_names = numbers[CLASSES_ARE_NAMES];
    if (numbers[HAS_CLASSES])
        DSI_TRY(load_texts(&group->classes, &group->n_classes, numbers[N_CLASSES], in,
                           err));
    if (numbers[N_ABSENT])
        DSI_TRY(
            load_texts(&group->absent, &group->n_absent, numbers[N_ABSENT], in, err));
    return DSI_OK;
}

static enum dsi_status load_groups(struct dsi_dataset *dataset, uint64_t n,
                                   struct dsi_bytes_reader *in, struct dsi_error *err)
{
    if (!may_hold(in, n, (1 + N_GROUP_NUMBERS) * sizeof(uint64_t)))
        return refuse(err);
    dataset->groups = dsi_alloc_zeroed(n, sizeof *dataset->groups);
    if (!dataset->groups)
        return dsi_fail_memory(err, n * sizeof *dataset->groups);
    for (; dataset->n_groups < n; dataset->n_groups++) {
        struct dsi_group *group = &dataset->groups[dataset->n_groups];
        enum dsi_status status = load_group(group, n, in, err);
        if (status != DSI_OK) {
            dataset->n_groups++; /* its own texts are to be freed, too */
            return status;
        }
    }
    return DSI_OK;
}

static enum dsi_status load_parts(struct dsi_dataset *dataset, uint64_t n,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    if (!may_hold(in, n, N_PART_NUMBERS * sizeof(uint64_t)))
        return refuse(err);
    dataset->parts = dsi_alloc_zeroed(n, sizeof *dataset->parts);
    if (!dataset->parts)
        return dsi_fail_memory(err, n * sizeof *dataset->parts);
    for (; dataset->n_parts < n; dataset->n_parts++) {
        uint64_t numbers[N_PART_NUMBERS];
        DSI_TRY(load_numbers(in, numbers, N_PART_NUMBERS, err));
        if (numbers[GROUP] >= dataset->n_groups || numbers[HAS_LABELS] > 1)
            return refuse(err);
        dataset->parts[dataset->n_parts] =
            (struct dsi_part){.layout = &layout_skeleton,
                              .group = numbers[GROUP],
                              .n_samples = numbers[PART_SAMPLES],
                              .has_labels = numbers[HAS_LABELS]};
    }
    return DSI_OK;
}

enum dsi_status dsi_skeleton_load(struct dsi_dataset *dataset,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t numbers[N_DATASET_NUMBERS];
    *dataset = (struct dsi_dataset){0};
    DSI_TRY(load_numbers(in, numbers, N_DATASET_NUMBERS, err));
    if (numbers[HAS_SPLITS] > 1 || numbers[HAS_MANY_INPUTS] > 1)
        return refuse(err);
    dataset->has_splits = numbers[HAS_SPLITS];
    dataset->has_many_inputs = numbers[HAS_MANY_INPUTS];
    dataset->n_failed_inputs = numbers[N_FAILED_INPUTS];
    enum dsi_status status = load_groups(dataset, numbers[N_GROUPS], in, err);
    if (status == DSI_OK)
        status = load_parts(dataset, numbers[N_PARTS], in, err);
    if (status != DSI_OK)
        dsi_dataset_close(dataset);
    return status;
}
