/* dups: samples of the same content, and pictures that look alike. */
#include "content_hash.h"
#include "dups_state.h"

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES | DSI_NEED_LABELS;
}

static bool is_of_scalars(const struct dsi_dataset *dataset, size_t group)
{
    const struct dsi_channels *channels = &dataset->groups[group].channels;
    return channels->kind == DSI_CHANNELS_ARRAY &&
           channels->n * channels->n_outer * channels->n_inner == 1;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_dups *dups = state;
    DSI_TRY(dsi_dups_init(dups, dataset, parameters, "exact", err));
    /* The labels of a file that also holds the data, say: values repeat by nature. */
    for (size_t g = 0; g < dataset->n_groups; g++)
        dups->skips_scalars |= !is_of_scalars(dataset, g);
    return DSI_OK;
}

static void destroy(void *state)
{
    dsi_dups_destroy(state);
}

/* --- a block ---------------------------------------------------------------------- */

static enum dsi_status add(struct dsi_dups *dups, const struct dsi_block *block,
                           const struct dsi_run *run, uint64_t i,
                           struct dsi_content_hash hash, struct dsi_error *err)
{
    struct dsi_dup_sample sample = {.group = run->group,
                                    .index = block->first_sample + run->at + i};
    DSI_TRY(dsi_dup_label_of(dups, block, run->group, run->at + i, &sample.label, err));
    const uint64_t key[2] = {hash.high, hash.low};
    return dsi_dups_add(&dups->exact, key, &sample, err);
}

static enum dsi_status add_run(struct dsi_dups *dups, const struct dsi_block *block,
                               const struct dsi_run *run, struct dsi_error *err)
{
    const bool is_picture =
        dups->dataset->groups[block->group].channels.kind == DSI_CHANNELS_PICTURES;
    const struct dsi_content content = is_picture
                                           ? dsi_content_of_whole(block->values_array)
                                           : dsi_content_of_rows(block->values_array);
    const uint64_t size = content.n_items * content.dtype.size;
    const char *values = block->values;
    struct dsi_content_hash hash = {0};
    for (uint64_t i = 0; i < run->n; i++) {
        if (i == 0 || !block->values_are_one)
            hash = dsi_content_hash(
                &content, values + (block->values_are_one ? 0 : (run->at + i) * size));
        DSI_TRY(add(dups, block, run, i, hash, err));
    }
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_dups *dups = state;
    struct dsi_run run;
    if (!block->values_array || block->values_array->dtype.kind == DSI_VOID)
        return DSI_OK;
    for (uint64_t at = 0; dsi_block_next_run(block, &at, &run);)
        if (!dups->skips_scalars || !is_of_scalars(dups->dataset, run.group))
            DSI_TRY(add_run(dups, block, &run, err));
    return DSI_OK;
}

/* --- the monoid ------------------------------------------------------------------- */

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    return dsi_dups_merge(into, from, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    return dsi_dups_save(state, out, err);
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    return dsi_dups_load(state, in, err);
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    const struct dsi_dups *dups = state;
    struct dsi_finding skipped = {
        .rule = "scalar_rows",
        .severity = DSI_NOTE,
        .index = UINT64_MAX,
        .detail = "its rows are of one value each, which repeat by nature, and are not "
                  "looked at beside others; name it alone to do so"};
    for (size_t g = 0; g < dups->dataset->n_groups && dups->skips_scalars; g++) {
        skipped.source = skipped.where = dsi_group_source(&dups->dataset->groups[g]);
        if (is_of_scalars(dups->dataset, g))
            DSI_TRY(dsi_report_finding(report, &skipped, err));
    }
    return dsi_dups_finish(state, report, err);
}

const struct dsi_check dsi_check_dups = {
    .name = "dups",
    .help = "samples that are there more than once",
    .need = need,
    .state_size = sizeof(struct dsi_dups),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = 8,
    .finish = finish,
    .destroy = destroy,
    .default_parameters = &dsi_dups_defaults,
};
