/* A table of channels as it is saved between passes. */
#include "outlier.h"

/* Fields of 8 bytes each, in their order. */
enum { N_FIELDS = sizeof(struct dsi_outlier_channel) / 8 };
_Static_assert(N_FIELDS * 8 == sizeof(struct dsi_outlier_channel), "no gaps");

static enum dsi_status save_counts(const struct dsi_outlier_table *table,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, table->counts != NULL, err));
    for (uint64_t c = 0; table->counts && c < table->n_channels; c++) {
        DSI_TRY(dsi_bytes_append_u64(out, table->counts[c].n_low, err));
        DSI_TRY(dsi_bytes_append_u64(out, table->counts[c].n_high, err));
    }
    return DSI_OK;
}

static enum dsi_status save_channel(const struct dsi_outlier_channel *channel,
                                    struct dsi_bytes *out, struct dsi_error *err)
{
    const uint64_t naturals[] = {channel->n,       channel->n_nan,  channel->min_key,
                                 channel->max_key, channel->argmin, channel->argmax,
                                 channel->method,  channel->flags,  channel->n_low,
                                 channel->n_high};
    const double reals[] = {channel->low, channel->high, channel->centre,
                            channel->scale};
    for (size_t i = 0; i < sizeof naturals / sizeof *naturals; i++)
        DSI_TRY(dsi_bytes_append_u64(out, naturals[i], err));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        DSI_TRY(dsi_bytes_append_f64(out, reals[i], err));
    return DSI_OK;
}

enum dsi_status dsi_outlier_table_save(const struct dsi_outlier_table *table,
                                       struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, table->stage, err));
    for (uint64_t c = 0; table->channels && c < table->n_channels; c++)
        DSI_TRY(save_channel(&table->channels[c], out, err));
    if (table->stats)
        DSI_TRY(dsi_value_stats_save(table->stats, out, err));
    if (table->quantiles)
        DSI_TRY(dsi_quantiles_save(table->quantiles, out, err));
    if (table->deviations)
        DSI_TRY(dsi_quantiles_save(table->deviations, out, err));
    return table->stage == DSI_OUTLIER_LIMITS ? save_counts(table, out, err) : DSI_OK;
}

static enum dsi_status lies(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a saved table of channels that is none");
}

static enum dsi_status load_channel(struct dsi_outlier_channel *channel,
                                    struct dsi_dtype dtype, struct dsi_bytes_reader *in,
                                    struct dsi_error *err)
{
    uint64_t *const naturals[] = {
        &channel->n,      &channel->n_nan,  &channel->min_key, &channel->max_key,
        &channel->argmin, &channel->argmax, &channel->method,  &channel->flags,
        &channel->n_low,  &channel->n_high};
    double *const reals[] = {&channel->low, &channel->high, &channel->centre,
                             &channel->scale};
    const uint64_t last_key = UINT64_MAX >> (64 - dsi_key_bits(dtype));
    for (size_t i = 0; i < sizeof naturals / sizeof *naturals; i++)
        DSI_TRY(dsi_bytes_read_u64(in, naturals[i], err));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        DSI_TRY(dsi_bytes_read_f64(in, reals[i], err));
    if (channel->n_nan > channel->n || channel->min_key > last_key ||
        channel->max_key > last_key || channel->method >= DSI_N_OUTLIER_METHODS ||
        channel->flags & ~(uint64_t)DSI_OUTLIER_FLAGS)
        return lies(err);
    return DSI_OK;
}

static enum dsi_status load_channels(struct dsi_outlier_table *table,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    table->channels = dsi_alloc_zeroed(table->n_channels, sizeof *table->channels);
    if (!table->channels)
        return dsi_fail_memory(err, table->n_channels * sizeof *table->channels);
    for (uint64_t c = 0; c < table->n_channels; c++) {
        DSI_TRY(load_channel(&table->channels[c], table->dtype, in, err));
        if (table->stage == DSI_OUTLIER_LIMITS &&
            !(table->channels[c].flags & DSI_OUTLIER_SETTLED))
            return lies(err);
    }
    return DSI_OK;
}

static enum dsi_status load_counts(struct dsi_outlier_table *table,
                                   struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t has_counts;
    DSI_TRY(dsi_bytes_read_u64(in, &has_counts, err));
    if (has_counts > 1)
        return lies(err);
    if (has_counts)
        DSI_TRY(dsi_outlier_count_begin(table, err));
    for (uint64_t c = 0; table->counts && c < table->n_channels; c++) {
        DSI_TRY(dsi_bytes_read_u64(in, &table->counts[c].n_low, err));
        DSI_TRY(dsi_bytes_read_u64(in, &table->counts[c].n_high, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_outlier_table_load(struct dsi_outlier_table *table,
                                       const struct dsi_outlier_parameters *parameters,
                                       struct dsi_bytes_reader *in,
                                       struct dsi_error *err)
{
    uint64_t stage;
    DSI_TRY(dsi_bytes_read_u64(in, &stage, err));
    if (stage >= DSI_N_OUTLIER_STAGES)
        return lies(err);
    table->stage = (enum dsi_outlier_stage)stage;
    if (stage == DSI_OUTLIER_FIRST)
        DSI_TRY(dsi_outlier_table_begin(table, parameters, err));
    else
        DSI_TRY(load_channels(table, in, err));
    DSI_TRY(dsi_outlier_table_prepare(table, parameters, err));
    if (table->stats)
        DSI_TRY(dsi_value_stats_load(table->stats, in, err));
    if (table->quantiles)
        DSI_TRY(dsi_quantiles_load(table->quantiles, in, err));
    if (table->deviations)
        DSI_TRY(dsi_quantiles_load(table->deviations, in, err));
    return stage == DSI_OUTLIER_LIMITS ? load_counts(table, in, err) : DSI_OK;
}
