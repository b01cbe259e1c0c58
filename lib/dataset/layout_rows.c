/* Rows along axis 0: an array's values, a label array's labels, a manifest's splits;
 * any of the three may be missing. Row i of each belongs to sample i. */
#include "rows_layout.h"

#include "value_names.h"

#include <stdlib.h>
#include <string.h>

void dsi_layout_rows_clear(struct dsi_rows_layout *layout)
{
    for (size_t i = 0; i < layout->n_splits; i++)
        free(layout->split_names[i]);
    free(layout->split_names);
    free(layout->below);
    free(layout->values.table);
    layout->values.table = NULL;
    layout->split_names = NULL;
    layout->below = NULL;
    layout->n_splits = 0;
}

static void close_rows(void *state)
{
    dsi_layout_rows_clear(state);
    free(state);
}

static const struct dsi_array *array_of(const struct dsi_column_ref *ref)
{
    return ref->table ? ref->table : &ref->file->file.arrays[ref->array];
}

/* A row that no reader will deliver: the first block fails, and speaks for all. */
static bool is_beyond_limit(const struct dsi_column_ref *ref)
{
    return dsi_array_row_bytes(array_of(ref)) >
           ref->file->file.options.limits.max_bytes;
}

/* How the rows are cut: as suits the array of the widest rows among those that are
 * read. Where each is one row again and again, a single block holds them all. */
static struct dsi_rows_grid grid_of(const struct dsi_rows_layout *rows, unsigned need)
{
    const uint64_t all = rows->n_rows ? rows->n_rows : 1;
    struct dsi_rows_grid grid = {all, all};
    const struct dsi_column_ref none = {0},
                                *refs[] = {
                                    need & DSI_NEED_VALUES ? &rows->values : &none,
                                    need & DSI_NEED_LABELS ? &rows->labels : &none,
                                    need & DSI_NEED_LABELS ? &rows->splits : &none};
    for (size_t i = 0, widest = 0; i < sizeof refs / sizeof *refs; i++) {
        if (!refs[i]->file || array_of(refs[i])->is_constant)
            continue;
        if (is_beyond_limit(refs[i]))
            return (struct dsi_rows_grid){all, all};
        uint64_t width = dsi_rows_width(array_of(refs[i]));
        if (width > widest)
            grid = dsi_rows_grid_of(array_of(refs[i]));
        widest = width > widest ? width : widest;
    }
    return grid;
}

static bool is_described_only(unsigned need)
{
    return need & DSI_NEED_FILES || !(need & (DSI_NEED_VALUES | DSI_NEED_LABELS));
}

static uint64_t n_blocks(const struct dsi_part *part, unsigned need)
{
    const struct dsi_rows_layout *rows = part->state;
    if (is_described_only(need))
        return 1;
    return dsi_rows_grid_n_blocks(grid_of(rows, need), rows->n_rows);
}

static bool is_sequential(const struct dsi_part *part, unsigned need)
{
    const struct dsi_rows_layout *rows = part->state;
    return (need & DSI_NEED_VALUES && rows->values.file &&
            array_of(&rows->values)->sequential) ||
           (need & DSI_NEED_LABELS && rows->labels.file &&
            array_of(&rows->labels)->sequential);
}

/* Reads n rows of one array, or the one row that all are; a failure shortens the block
 * to the rows every array has. What is read in order has no rows after those that
 * failed: they are lost as well. */
static enum dsi_status read_rows(const struct dsi_rows_layout *rows,
                                 const struct dsi_column_ref *ref, uint64_t n,
                                 struct dsi_rows *into, struct dsi_block *block,
                                 struct dsi_error *err)
{
    struct dsi_error reason;
    bool is_one = array_of(ref)->is_constant;
    const uint64_t first = is_one ? 0 : block->first_sample, n_read = is_one ? 1 : n;
    enum dsi_status status =
        ref->table
            ? dsi_file_read_table(&ref->file->file, first, n_read, into, &reason)
            : dsi_file_read(&ref->file->file, ref->array, first, n_read, into, &reason);
    if (status == DSI_OK)
        return DSI_OK;
    uint64_t sound = into->n_rows < block->n_samples ? into->n_rows : block->n_samples;
    sound = is_one ? 0 : sound;
    uint64_t n_lost = block->n_samples - sound;
    block->n_samples = sound;
    block->where = ref->file->name;
    if (array_of(ref)->sequential && !block->ends_part) {
        block->ends_part = true;
        n_lost += rows->n_rows - block->first_sample - n;
    }
    return dsi_block_fail(block, status, n_lost, &reason, err);
}

/* The split of that name, tried first at `start`. All names were listed at opening; one
 * that a file has changed to since stays with its neighbours. */
static size_t find_split(const struct dsi_rows_layout *rows,
                         const struct dsi_string *name, size_t start)
{
    for (size_t tried = 0; tried < rows->n_splits; tried++) {
        size_t s = (start + tried) % rows->n_splits;
        if (strlen(rows->split_names[s]) == name->n &&
            memcmp(rows->split_names[s], name->text, name->n) == 0)
            return s;
    }
    return start;
}

static enum dsi_status set_groups(const struct dsi_rows_layout *rows,
                                  struct dsi_loader *loader, struct dsi_block *block,
                                  struct dsi_error *err)
{
    const struct dsi_string *names = (const void *)loader->splits.values.data;
    loader->groups.n = 0;
    DSI_TRY(
        dsi_bytes_reserve(&loader->groups, block->n_samples * sizeof(uint32_t), err));
    uint32_t *groups = (void *)loader->groups.data;
    size_t last = 0; /* rows of one split mostly stand together */
    for (uint64_t i = 0; i < block->n_samples; i++) {
        last = find_split(rows, &names[i], last);
        groups[i] = (uint32_t)(block->group + last);
    }
    block->groups = groups;
    return DSI_OK;
}

/* Labels as what they are called, where that is asked for. */
static enum dsi_status name_labels(const struct dsi_rows_layout *rows,
                                   struct dsi_loader *loader, struct dsi_block *block,
                                   struct dsi_error *err)
{
    struct dsi_labels *labels = &block->labels;
    if (!rows->names_for_labels)
        return DSI_OK;
    uint64_t n =
        labels->kind == DSI_LABELS_ONE ? block->n_samples > 0 : block->n_samples;
    DSI_TRY(dsi_names_of_values(array_of(&rows->labels), labels->values, n,
                                &loader->names, &loader->numbers, err));
    labels->values = loader->names.data;
    labels->dtype =
        (struct dsi_dtype){.kind = DSI_STRING, .size = sizeof(struct dsi_string)};
    return DSI_OK;
}

static enum dsi_status load_labels(const struct dsi_rows_layout *rows, uint64_t n,
                                   struct dsi_loader *loader, struct dsi_block *block,
                                   struct dsi_error *err)
{
    const struct dsi_array *array = array_of(&rows->labels);
    DSI_TRY(read_rows(rows, &rows->labels, n, &loader->labels, block, err));
    block->labels = (struct dsi_labels){.kind = array->is_constant ? DSI_LABELS_ONE
                                                                   : DSI_LABELS_VALUES,
                                        .dtype = array->dtype,
                                        .values = loader->labels.values.data};
    block->warnings[0] = &loader->labels.warnings;
    DSI_TRY(name_labels(rows, loader, block, err));
    if (!rows->splits.file)
        return DSI_OK;
    DSI_TRY(read_rows(rows, &rows->splits, n, &loader->splits, block, err));
    return set_groups(rows, loader, block, err);
}

/* Rows that are not in the file take no memory, and rows beyond the limit none. */
static uint64_t bytes_to_read(const struct dsi_rows_layout *rows, uint64_t n)
{
    return is_beyond_limit(&rows->values)
               ? 0
               : n * dsi_array_row_bytes(array_of(&rows->values));
}

static enum dsi_status load_values(const struct dsi_rows_layout *rows, uint64_t n,
                                   struct dsi_loader *loader, struct dsi_block *block,
                                   struct dsi_error *err)
{
    const struct dsi_array *array = array_of(&rows->values);
    dsi_loader_expect(loader, bytes_to_read(rows, array->is_constant ? 1 : n));
    DSI_TRY(read_rows(rows, &rows->values, n, &loader->values, block, err));
    block->values_array = array;
    block->values = loader->values.values.data;
    block->values_are_one = array->is_constant;
    block->unwritten =
        loader->values.unwritten.n ? loader->values.unwritten.data : NULL;
    block->n_value_rows = array->is_constant ? block->n_samples > 0 : block->n_samples;
    block->warnings[1] = &loader->values.warnings;
    return DSI_OK;
}

static enum dsi_status load(const struct dsi_part *part, unsigned need, uint64_t number,
                            struct dsi_loader *loader, struct dsi_block *block,
                            struct dsi_error *err)
{
    const struct dsi_rows_layout *rows = part->state;
    const struct dsi_column_ref *main =
        rows->values.file ? &rows->values : &rows->labels;
    block->where = main->file->name;
    block->file = &main->file->file;
    block->array = rows->whole_file ? SIZE_MAX : main->array;
    block->below = rows->below;
    if (is_described_only(need)) {
        block->n_file_bytes = main->file->source.n_bytes;
        block->n_samples = rows->n_rows;
        return DSI_OK;
    }
    uint64_t n;
    block->first_sample =
        dsi_rows_grid_block(grid_of(rows, need), rows->n_rows, number, &n);
    block->n_samples = n;
    if (need & DSI_NEED_LABELS && rows->labels.file)
        DSI_TRY(load_labels(rows, n, loader, block, err));
    if (need & DSI_NEED_VALUES && rows->values.file)
        DSI_TRY(load_values(rows, n, loader, block, err));
    return DSI_OK;
}

static uint64_t block_of(const struct dsi_part *part, unsigned need, uint64_t sample)
{
    const struct dsi_rows_layout *rows = part->state;
    return is_described_only(need)
               ? 0
               : dsi_rows_grid_block_of(grid_of(rows, need), sample);
}

const struct dsi_layout dsi_layout_rows = {
    .name = "array",
    .n_blocks = n_blocks,
    .is_sequential = is_sequential,
    .load = load,
    .block_of = block_of,
    .close = close_rows,
};

/* The channels of the values, for every group that rows may belong to. */
static enum dsi_status set_channels(const struct dsi_opening *opening,
                                    const struct dsi_rows_layout *rows, size_t group,
                                    struct dsi_error *err)
{
    const struct dsi_dataset *dataset = opening->dataset;
    const struct dsi_channel_axis *axis = dataset->options.channel_axis;
    char text[256];
    if (!(dataset->options.need & DSI_NEED_VALUES) || !rows->values.file)
        return DSI_OK;
    const struct dsi_array *array = array_of(&rows->values);
    for (size_t g = group; g < group + (rows->n_splits ? rows->n_splits : 1); g++) {
        struct dsi_channels *channels = &dataset->groups[g].channels, found;
        DSI_TRY(dsi_channels_of_array(array, axis, &found, err));
        if (found.n != channels->n) /* the columns are not told apart */
            dsi_channels_free(channels);
        found.columns = channels->columns;
        *channels = found;
    }
    if (!axis || !dsi_channels_assumed(array, axis, text, sizeof text))
        return DSI_OK;
    return dsi_opening_find(opening, "assumed", DSI_NOTE,
                            dsi_group_source(&dataset->groups[group]), err, "%s", text);
}

enum dsi_status dsi_layout_rows_add(const struct dsi_opening *opening,
                                    const struct dsi_rows_layout *layout, size_t group,
                                    struct dsi_error *err)
{
    struct dsi_rows_layout *rows = dsi_alloc_zeroed(1, sizeof *rows);
    if (!rows) {
        struct dsi_rows_layout dropped = *layout;
        dsi_layout_rows_clear(&dropped);
        return dsi_fail_memory(err, sizeof *rows);
    }
    *rows = *layout;
    enum dsi_status status = set_channels(opening, rows, group, err);
    if (status != DSI_OK) {
        close_rows(rows);
        return status;
    }
    struct dsi_part part = {.layout = &dsi_layout_rows,
                            .group = group,
                            .n_samples = rows->n_rows,
                            .has_labels = rows->labels.file != NULL,
                            .state = rows};
    return dsi_dataset_add_part(opening->dataset, &part, err);
}
