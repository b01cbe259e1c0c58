#include "missing_state.h"

#include <stdlib.h>
#include <string.h>

const struct dsi_missing_parameters dsi_missing_defaults = {.max_share = 0.05};

static unsigned need(const void *parameters)
{
    const struct dsi_missing_parameters *p = parameters;
    return DSI_NEED_VALUES | (p->has_labels ? DSI_NEED_LABELS : 0);
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_missing *missing = state;
    missing->dataset = dataset;
    missing->parameters = parameters;
    missing->n_kinds = DSI_MISSING_SENTINEL + missing->parameters->sentinels.n;
    missing->groups = dsi_alloc_zeroed(dataset->n_groups, sizeof *missing->groups);
    if (!missing->groups)
        return dsi_fail_memory(err, dataset->n_groups * sizeof *missing->groups);
    for (size_t g = 0; g < dataset->n_groups; g++)
        for (size_t k = 0; k < DSI_N_MISSING_SAMPLES; k++)
            missing->groups[g].samples[k].first = UINT64_MAX;
    return DSI_OK;
}

static void destroy(void *state)
{
    struct dsi_missing *missing = state;
    for (size_t g = 0; missing->groups && g < missing->dataset->n_groups; g++) {
        free(missing->groups[g].n_values);
        free(missing->groups[g].counts);
    }
    free(missing->groups);
    free(missing->room);
}

void dsi_missing_add(struct dsi_missing_count *count, uint64_t n, uint64_t sample)
{
    count->n += n;
    if (n && sample < count->first)
        count->first = sample;
}

enum dsi_status dsi_missing_take_counts(struct dsi_missing *missing, size_t g,
                                        struct dsi_error *err)
{
    struct dsi_missing_group *group = &missing->groups[g];
    const uint64_t n = missing->dataset->groups[g].channels.n;
    const size_t each = missing->n_kinds * sizeof *group->counts;
    if (group->counts)
        return DSI_OK;
    if (!group->n_values)
        group->n_values = dsi_alloc_zeroed(n, sizeof *group->n_values);
    if (group->n_values)
        group->counts = dsi_alloc_zeroed(n, each);
    if (!group->counts)
        return dsi_fail_memory(err, n * each);
    for (uint64_t i = 0; i < n * missing->n_kinds; i++)
        group->counts[i].first = UINT64_MAX;
    return DSI_OK;
}

/* --- a block ---------------------------------------------------------------------- */

static enum dsi_missing_sample kind_of_loss(const struct dsi_block *block)
{
    return block->is_empty_file                 ? DSI_MISSING_ZERO_BYTE
           : block->status == DSI_ERR_TRUNCATED ? DSI_MISSING_TRUNCATED
                                                : DSI_MISSING_UNREADABLE;
}

/* Rows that are known not to be in the file come after the last that is. */
static void add_rows_missing(struct dsi_missing_group *group,
                             const struct dsi_block *block)
{
    const struct dsi_array *array = block->values_array;
    const uint64_t end = block->first_sample + block->n_samples;
    if (block->status != DSI_OK || !array || array->n_rows_missing == 0 ||
        end != dsi_array_n_rows(array) - array->n_rows_missing)
        return;
    dsi_missing_add(&group->samples[DSI_MISSING_TRUNCATED], array->n_rows_missing, end);
    group->n_lost += array->n_rows_missing;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_missing *missing = state;
    struct dsi_missing_group *group = &missing->groups[block->group];
    if (block->status != DSI_OK) {
        dsi_missing_add(&group->samples[kind_of_loss(block)], block->n_lost,
                        block->first_sample + block->n_samples);
        group->n_lost += block->n_lost;
    }
    add_rows_missing(group, block);
    DSI_TRY(dsi_missing_fold_labels(missing, block, err));
    struct dsi_run run = {.group = block->group, .n = block->n_samples};
    if (run.n && !block->groups)
        return dsi_missing_fold(missing, block, &run, err);
    for (uint64_t at = 0; block->groups && dsi_block_next_run(block, &at, &run);)
        DSI_TRY(dsi_missing_fold(missing, block, &run, err));
    return DSI_OK;
}

/* --- the monoid ------------------------------------------------------------------- */

static void merge_count(struct dsi_missing_count *into,
                        const struct dsi_missing_count *from)
{
    dsi_missing_add(into, from->n, from->first);
}

static enum dsi_status merge(void *state, const void *other, struct dsi_error *err)
{
    struct dsi_missing *missing = state;
    const struct dsi_missing *from = other;
    for (size_t g = 0; g < missing->dataset->n_groups; g++) {
        struct dsi_missing_group *a = &missing->groups[g];
        const struct dsi_missing_group *b = &from->groups[g];
        const uint64_t n = missing->dataset->groups[g].channels.n;
        a->n_samples += b->n_samples;
        a->n_lost += b->n_lost;
        a->n_affected += b->n_affected;
        for (size_t k = 0; k < DSI_N_MISSING_SAMPLES; k++)
            merge_count(&a->samples[k], &b->samples[k]);
        if (!b->counts)
            continue;
        DSI_TRY(dsi_missing_take_counts(missing, g, err));
        for (uint64_t c = 0; c < n; c++)
            a->n_values[c] += b->n_values[c];
        for (uint64_t i = 0; i < n * missing->n_kinds; i++)
            merge_count(&a->counts[i], &b->counts[i]);
    }
    return DSI_OK;
}

/* --- as bytes: groups, kinds; of a group samples, lost, affected, its kinds of
 * samples, 1 and by channel values and kinds, or 0
 * -------------------------------------------- */

static enum dsi_status save_count(const struct dsi_missing_count *count,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, count->n, err));
    return dsi_bytes_append_u64(out, count->first, err);
}

static enum dsi_status save_group(const struct dsi_missing *missing, size_t g,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_missing_group *group = &missing->groups[g];
    const uint64_t n = missing->dataset->groups[g].channels.n;
    DSI_TRY(dsi_bytes_append_u64(out, group->n_samples, err));
    DSI_TRY(dsi_bytes_append_u64(out, group->n_lost, err));
    DSI_TRY(dsi_bytes_append_u64(out, group->n_affected, err));
    for (size_t k = 0; k < DSI_N_MISSING_SAMPLES; k++)
        DSI_TRY(save_count(&group->samples[k], out, err));
    DSI_TRY(dsi_bytes_append_u64(out, group->counts != NULL, err));
    for (uint64_t c = 0; group->counts && c < n; c++) {
        DSI_TRY(dsi_bytes_append_u64(out, group->n_values[c], err));
        for (size_t k = 0; k < missing->n_kinds; k++)
            DSI_TRY(save_count(&group->counts[c * missing->n_kinds + k], out, err));
    }
    return DSI_OK;
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_missing *missing = state;
    DSI_TRY(dsi_bytes_append_u64(out, missing->dataset->n_groups, err));
    DSI_TRY(dsi_bytes_append_u64(out, missing->n_kinds, err));
    for (size_t g = 0; g < missing->dataset->n_groups; g++)
        DSI_TRY(save_group(missing, g, out, err));
    return DSI_OK;
}

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state of another dataset");
}

/* At most `most`, and with a sample where there are any. */
static enum dsi_status load_count(struct dsi_missing_count *count, uint64_t most,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_u64(in, &count->n, err));
    DSI_TRY(dsi_bytes_read_u64(in, &count->first, err));
    return count->n > most || (count->n > 0) != (count->first != UINT64_MAX)
               ? refuse(err)
               : DSI_OK;
}

static enum dsi_status load_channels(struct dsi_missing *missing, size_t g,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_missing_group *group = &missing->groups[g];
    DSI_TRY(dsi_missing_take_counts(missing, g, err));
    for (uint64_t c = 0; c < missing->dataset->groups[g].channels.n; c++) {
        struct dsi_missing_count *counts = &group->counts[c * missing->n_kinds];
        DSI_TRY(dsi_bytes_read_u64(in, &group->n_values[c], err));
        uint64_t left = group->n_values[c];
        for (size_t k = 0; k < missing->n_kinds; k++) {
            DSI_TRY(load_count(&counts[k], left, in, err));
            left -= counts[k].n;
        }
    }
    return DSI_OK;
}

static enum dsi_status load_group(struct dsi_missing *missing, size_t g,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_missing_group *group = &missing->groups[g];
    uint64_t has_counts;
    DSI_TRY(dsi_bytes_read_u64(in, &group->n_samples, err));
    DSI_TRY(dsi_bytes_read_u64(in, &group->n_lost, err));
    DSI_TRY(dsi_bytes_read_u64(in, &group->n_affected, err));
    for (size_t k = 0; k < DSI_N_MISSING_SAMPLES; k++)
        DSI_TRY(load_count(&group->samples[k], UINT64_MAX, in, err));
    DSI_TRY(dsi_bytes_read_u64(in, &has_counts, err));
    if (has_counts > 1 || group->n_affected > group->n_samples)
        return refuse(err);
    return has_counts ? load_channels(missing, g, in, err) : DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_missing *missing = state;
    uint64_t n_groups, n_kinds;
    DSI_TRY(dsi_bytes_read_u64(in, &n_groups, err));
    DSI_TRY(dsi_bytes_read_u64(in, &n_kinds, err));
    if (n_groups != missing->dataset->n_groups || n_kinds != missing->n_kinds)
        return refuse(err);
    for (size_t g = 0; g < n_groups; g++)
        DSI_TRY(load_group(missing, g, in, err));
    return DSI_OK;
}

const struct dsi_check dsi_check_missing = {
    .name = "missing",
    .help = "values that are not there, and samples that cannot be read",
    .need = need,
    .state_size = sizeof(struct dsi_missing),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = 6,
    .finish = dsi_missing_finish,
    .destroy = destroy,
    .default_parameters = &dsi_missing_defaults,
};
