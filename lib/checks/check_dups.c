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

/* What is known of a sample, or of the one row that all are. */
struct hashes {
    struct dsi_content_hash content;
    uint64_t picture;
    bool is_picture;
};

static enum dsi_status hash_picture(struct dsi_dups *dups,
                                    const struct dsi_block *block, uint64_t at,
                                    struct hashes *hashes, struct dsi_error *err)
{
    const struct dsi_channels *channels = &dups->dataset->groups[block->group].channels;
    const enum dsi_picture_hash kind =
        dups->parameters->near == DSI_DUP_DHASH ? DSI_DHASH : DSI_PHASH;
    struct dsi_picture picture;
    hashes->is_picture = dsi_picture_of_block(block, channels, at, &picture);
    return hashes->is_picture ? dsi_hash_picture(&dups->hasher, kind, &dups->planes,
                                                 &picture, &hashes->picture, err)
                              : DSI_OK;
}

static enum dsi_status add(struct dsi_dups *dups, const struct dsi_block *block,
                           const struct dsi_run *run, uint64_t i,
                           const struct hashes *hashes, struct dsi_error *err)
{
    struct dsi_dup_sample sample = {.group = run->group,
                                    .index = block->first_sample + run->at + i};
    const uint64_t key[2] = {hashes->content.high, hashes->content.low};
    const uint64_t near_key[2] = {hashes->picture, hashes->content.low};
    DSI_TRY(dsi_dup_label_of(dups, block, run->group, run->at + i, &sample.label, err));
    DSI_TRY(dsi_dups_add(&dups->exact, key, &sample, err));
    return hashes->is_picture ? dsi_dups_add(&dups->near, near_key, &sample, err)
                              : DSI_OK;
}

static enum dsi_status add_run(struct dsi_dups *dups, const struct dsi_block *block,
                               const struct dsi_run *run, struct dsi_error *err)
{
    const struct dsi_array *array = block->values_array;
    const bool is_file =
        dups->dataset->groups[block->group].channels.kind == DSI_CHANNELS_PICTURES;
    const struct dsi_content content =
        is_file ? dsi_content_of_whole(array) : dsi_content_of_rows(array);
    const uint64_t size = content.n_items * content.dtype.size;
    struct hashes hashes = {.is_picture = false};
    for (uint64_t i = 0; i < run->n; i++) {
        const char *values = block->values;
        if (!block->values_are_one)
            values += (run->at + i) * size;
        if (i == 0 || !block->values_are_one) {
            hashes.content = dsi_content_hash(&content, values);
            if (dups->parameters->near)
                DSI_TRY(hash_picture(dups, block, run->at + i, &hashes, err));
        }
        DSI_TRY(add(dups, block, run, i, &hashes, err));
    }
    return DSI_OK;
}

/* Samples of no values, as many as a header claims, have no content to be the same. */
static bool has_content(const struct dsi_block *block)
{
    const struct dsi_array *array = block->values_array;
    return array && array->dtype.kind != DSI_VOID && dsi_array_row_bytes(array) > 0;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_dups *dups = state;
    struct dsi_run run;
    if (!has_content(block))
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

static enum dsi_status note(struct dsi_report *report, const char *rule,
                            const char *source, const char *detail,
                            struct dsi_error *err)
{
    const struct dsi_finding finding = {.rule = rule,
                                        .severity = DSI_NOTE,
                                        .source = source,
                                        .index = UINT64_MAX,
                                        .where = source,
                                        .detail = detail};
    return dsi_report_finding(report, &finding, err);
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    struct dsi_dups *dups = state;
    for (size_t g = 0; g < dups->dataset->n_groups && dups->skips_scalars; g++)
        if (is_of_scalars(dups->dataset, g))
            DSI_TRY(note(report, "scalar_rows",
                         dsi_group_source(&dups->dataset->groups[g]),
                         "its rows are of one value each, which repeat by nature, and "
                         "are not looked at beside others; name it alone to do so",
                         err));
    if (dups->parameters->near && dups->near.n == 0)
        DSI_TRY(note(report, "no_pictures", NULL,
                     "there is no picture among the samples: --near looks at pictures, "
                     "and at rows of uint8 or bool that are pictures, (N, H, W) or "
                     "with channels",
                     err));
    dups->n_samples = dups->exact.n;
    return dsi_dups_finish(dups, report, err);
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
