/* The state of range: its parts, and the state as bytes.
 *
 *   which look: 0 the first, 1 a later one; groups
 *   a group: samples; 1 and the texts that are no numbers, by channel, or 0; for each
 * of its tables 1 and the stats, or 0; 1 (2: settled) and the quantiles, or 0 */
#include "range_state.h"

#include <stdlib.h>

enum dsi_status dsi_range_first_make(struct dsi_range_first **first, size_t n_groups,
                                     struct dsi_error *err)
{
    struct dsi_range_first *made = dsi_alloc_zeroed(1, sizeof *made);
    if (made)
        made->groups = dsi_alloc_zeroed(n_groups, sizeof *made->groups);
    if (!made || !made->groups) {
        free(made);
        return dsi_fail_memory(err, n_groups * sizeof *made->groups);
    }
    made->n_sharing = 1;
    made->n_groups = n_groups;
    *first = made;
    return DSI_OK;
}

void dsi_range_first_free(struct dsi_range_first *first)
{
    if (!first || --first->n_sharing)
        return;
    for (size_t g = 0; g < first->n_groups; g++) {
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            dsi_value_stats_free(first->groups[g].stats[t]);
        free(first->groups[g].n_not_numbers);
    }
    free(first->groups);
    free(first);
}

enum dsi_status dsi_range_take_stats(struct dsi_range *range, size_t group,
                                     size_t table, struct dsi_error *err)
{
    struct dsi_value_stats **stats = &range->first->groups[group].stats[table];
    const struct dsi_channel_table of = dsi_range_table_of(range, group, table);
    if (!*stats)
        *stats = dsi_value_stats_new(of.dtype, of.n);
    return *stats ? DSI_OK : dsi_fail_memory(err, of.n * sizeof(void *));
}

enum dsi_status dsi_range_take_order(struct dsi_range *range, size_t group,
                                     size_t table, struct dsi_error *err)
{
    struct dsi_quantiles **quantiles = &range->orders[group][table].quantiles;
    const struct dsi_channel_table of = dsi_range_table_of(range, group, table);
    if (!*quantiles)
        *quantiles = dsi_quantiles_new(of.dtype, of.n, range->first_bits);
    return *quantiles ? DSI_OK : dsi_fail_memory(err, of.n * sizeof(void *));
}

enum dsi_status dsi_range_take_not_numbers(struct dsi_range *range, size_t group,
                                           struct dsi_error *err)
{
    uint64_t **n = &range->first->groups[group].n_not_numbers;
    const uint64_t n_channels = range->dataset->groups[group].channels.n;
    if (!*n)
        *n = dsi_alloc_zeroed(n_channels, sizeof **n);
    return *n ? DSI_OK : dsi_fail_memory(err, n_channels * sizeof **n);
}

/* --- as bytes --------------------------------------------------------------------- */

static enum dsi_status save_texts(const struct dsi_range *range, size_t g,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const uint64_t *n = range->first->groups[g].n_not_numbers;
    DSI_TRY(dsi_bytes_append_u64(out, n != NULL, err));
    for (uint64_t c = 0; n && c < range->dataset->groups[g].channels.n; c++)
        DSI_TRY(dsi_bytes_append_u64(out, n[c], err));
    return DSI_OK;
}

static enum dsi_status save_table(const struct dsi_range *range, size_t g, size_t t,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_value_stats *stats = range->first->groups[g].stats[t];
    const struct dsi_range_order *order = &range->orders[g][t];
    DSI_TRY(dsi_bytes_append_u64(out, stats != NULL, err));
    if (stats)
        DSI_TRY(dsi_value_stats_save(stats, out, err));
    DSI_TRY(dsi_bytes_append_u64(out,
                                 !order->quantiles   ? 0
                                 : order->is_settled ? 2
                                                     : 1,
                                 err));
    return order->quantiles ? dsi_quantiles_save(order->quantiles, out, err) : DSI_OK;
}

enum dsi_status dsi_range_save(const void *state, struct dsi_bytes *out,
                               struct dsi_error *err)
{
    const struct dsi_range *range = state;
    DSI_TRY(dsi_bytes_append_u64(out, range->is_later, err));
    DSI_TRY(dsi_bytes_append_u64(out, range->first->n_groups, err));
    for (size_t g = 0; g < range->first->n_groups; g++) {
        const struct dsi_channels *channels = &range->dataset->groups[g].channels;
        DSI_TRY(dsi_bytes_append_u64(out, range->first->groups[g].n_samples, err));
        DSI_TRY(save_texts(range, g, out, err));
        for (size_t t = 0; t < dsi_channel_tables(channels); t++)
            DSI_TRY(save_table(range, g, t, out, err));
    }
    return DSI_OK;
}

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state of another dataset");
}

static enum dsi_status load_upto(struct dsi_bytes_reader *in, uint64_t most,
                                 uint64_t *number, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_u64(in, number, err));
    return *number <= most ? DSI_OK : refuse(err);
}

static enum dsi_status load_texts(struct dsi_range *range, size_t g,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t has_texts;
    DSI_TRY(load_upto(in, 1, &has_texts, err));
    if (!has_texts)
        return DSI_OK;
    DSI_TRY(dsi_range_take_not_numbers(range, g, err));
    for (uint64_t c = 0; c < range->dataset->groups[g].channels.n; c++)
        DSI_TRY(dsi_bytes_read_u64(in, &range->first->groups[g].n_not_numbers[c], err));
    return DSI_OK;
}

static enum dsi_status load_table(struct dsi_range *range, size_t g, size_t t,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    const struct dsi_dtype dtype = dsi_range_table_of(range, g, t).dtype;
    uint64_t has_stats, has_order;
    DSI_TRY(load_upto(in, dsi_key_bits(dtype) > 0, &has_stats, err));
    if (has_stats) {
        DSI_TRY(dsi_range_take_stats(range, g, t, err));
        DSI_TRY(dsi_value_stats_load(range->first->groups[g].stats[t], in, err));
    }
    DSI_TRY(load_upto(in, range->is_later ? 2 : 1, &has_order, err));
    if ((has_order > 0) != (has_stats && dsi_range_has_order(range, dtype)))
        return refuse(err);
    if (!has_order)
        return DSI_OK;
    range->orders[g][t].is_settled = has_order == 2;
    DSI_TRY(dsi_range_take_order(range, g, t, err));
    return dsi_quantiles_load(range->orders[g][t].quantiles, in, err);
}

enum dsi_status dsi_range_load(void *state, struct dsi_bytes_reader *in,
                               struct dsi_error *err)
{
    struct dsi_range *range = state;
    uint64_t is_later, n_groups;
    DSI_TRY(load_upto(in, 1, &is_later, err));
    range->is_later = is_later;
    DSI_TRY(dsi_bytes_read_u64(in, &n_groups, err));
    if (n_groups != range->first->n_groups)
        return refuse(err);
    for (size_t g = 0; g < range->first->n_groups; g++) {
        const struct dsi_channels *channels = &range->dataset->groups[g].channels;
        DSI_TRY(dsi_bytes_read_u64(in, &range->first->groups[g].n_samples, err));
        DSI_TRY(load_texts(range, g, in, err));
        for (size_t t = 0; t < dsi_channel_tables(channels); t++)
            DSI_TRY(load_table(range, g, t, in, err));
    }
    return DSI_OK;
}
