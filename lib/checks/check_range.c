#include "range_state.h"

#include <math.h>
#include <stdlib.h>

const struct dsi_range_parameters dsi_range_defaults = {.target = DSI_RANGE_TARGET_NONE,
                                                        .max_spread = 1};

const double dsi_range_percents[DSI_N_RANGE_PERCENTILES] = {1, 25, 50, 75, 99};

const char *const dsi_range_facts[DSI_N_RANGE_FACTS + 1] = {
    "min", "max", "mean", "std", "skew", "p01", "p25", "p50", "p75", "p99", NULL};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_range *range = state;
    range->dataset = dataset;
    range->parameters = parameters;
    for (size_t g = 0; g < dataset->n_groups; g++)
        range->n_channels += dataset->groups[g].channels.n;
    range->first_bits = dsi_quantiles_first_bits(range->n_channels);
    range->orders = dsi_alloc_zeroed(dataset->n_groups, sizeof *range->orders);
    if (!range->orders)
        return dsi_fail_memory(err, dataset->n_groups * sizeof *range->orders);
    return dsi_range_first_make(&range->first, dataset->n_groups, err);
}

/* --- a look ----------------------------------------------------------------------- */

/* Whether this look has anything to find in the group's values. */
static bool looks_at(const struct dsi_range *range, size_t group)
{
    if (!range->is_later)
        return true;
    for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
        if (range->orders[group][t].quantiles && !range->orders[group][t].is_settled)
            return true;
    return false;
}

static enum dsi_status count_texts(struct dsi_range *range, size_t g,
                                   const struct dsi_values *values,
                                   struct dsi_error *err)
{
    const uint64_t *found = (const void *)range->room.not_numbers.data;
    if (range->room.n_not_numbers == 0)
        return DSI_OK;
    DSI_TRY(dsi_range_take_not_numbers(range, g, err));
    for (uint64_t c = 0; c < values->n_channels; c++)
        range->first->groups[g].n_not_numbers[dsi_values_channel(values, c)] +=
            found[c] * values->times;
    return DSI_OK;
}

static enum dsi_status look_first(struct dsi_range *range,
                                  const struct dsi_block *block,
                                  const struct dsi_values *values, size_t table,
                                  struct dsi_error *err)
{
    struct dsi_range_group *group = &range->first->groups[block->group];
    group->n_samples += block->n_samples;
    if (values->n_outer == 0)
        return DSI_OK;
    DSI_TRY(count_texts(range, block->group, values, err));
    DSI_TRY(dsi_range_take_stats(range, block->group, table, err));
    return dsi_value_stats_add(group->stats[table], values, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_range *range = state;
    struct dsi_values values;
    size_t table;
    if (!looks_at(range, block->group))
        return DSI_OK;
    DSI_TRY(dsi_block_values(block, &range->dataset->groups[block->group].channels,
                             &range->parameters->sentinels, &range->room, &values,
                             &table, err));
    if (!range->is_later)
        DSI_TRY(look_first(range, block, &values, table, err));
    struct dsi_range_order *order = &range->orders[block->group][table];
    if (values.n_outer == 0 || !dsi_range_has_order(range, values.dtype) ||
        order->is_settled)
        return DSI_OK;
    DSI_TRY(dsi_range_take_order(range, block->group, table, err));
    return dsi_quantiles_add(order->quantiles, &values, err);
}

/* --- the monoid ------------------------------------------------------------------- */

static enum dsi_status merge_group(struct dsi_range *into, const struct dsi_range *from,
                                   size_t g, struct dsi_error *err)
{
    struct dsi_range_group *a = &into->first->groups[g];
    const struct dsi_range_group *b = &from->first->groups[g];
    a->n_samples += b->n_samples;
    if (b->n_not_numbers) {
        DSI_TRY(dsi_range_take_not_numbers(into, g, err));
        for (uint64_t c = 0; c < into->dataset->groups[g].channels.n; c++)
            a->n_not_numbers[c] += b->n_not_numbers[c];
    }
    for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++) {
        if (!b->stats[t])
            continue;
        DSI_TRY(dsi_range_take_stats(into, g, t, err));
        DSI_TRY(dsi_value_stats_merge(a->stats[t], b->stats[t], err));
    }
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dsi_range *a = into;
    const struct dsi_range *b = from;
    if (a->is_later != b->is_later)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "states of different looks at the data do not add up");
    for (size_t g = 0; g < a->first->n_groups; g++) {
        if (!a->is_later) /* later ones know the whole of it */
            DSI_TRY(merge_group(a, b, g, err));
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++) {
            if (!b->orders[g][t].quantiles)
                continue;
            DSI_TRY(dsi_range_take_order(a, g, t, err));
            DSI_TRY(dsi_quantiles_merge(a->orders[g][t].quantiles,
                                        b->orders[g][t].quantiles, err));
        }
    }
    return DSI_OK;
}

static void destroy(void *state)
{
    struct dsi_range *range = state;
    const size_t n = range->first ? range->first->n_groups : 0;
    for (size_t g = 0; g < n; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            dsi_quantiles_free(range->orders[g][t].quantiles);
    free(range->orders);
    dsi_range_first_free(range->first);
    dsi_channel_room_free(&range->room);
}

/* --- further looks ---------------------------------------------------------------- */

static enum dsi_status want_percentiles(struct dsi_quantiles *quantiles, uint64_t slot,
                                        uint64_t n, struct dsi_error *err)
{
    for (size_t p = 0; p < DSI_N_RANGE_PERCENTILES; p++) {
        uint64_t rank;
        (void)dsi_percentile_rank(dsi_range_percents[p], n, &rank);
        DSI_TRY(dsi_quantiles_want(quantiles, slot, rank, err));
        if (rank + 1 < n)
            DSI_TRY(dsi_quantiles_want(quantiles, slot, rank + 1, err));
    }
    return DSI_OK;
}

static enum dsi_status want_sketch(struct dsi_quantiles *quantiles, uint64_t slot,
                                   uint64_t n, struct dsi_error *err)
{
    for (size_t i = 0; i < DSI_RANGE_SKETCH; i++)
        DSI_TRY(dsi_quantiles_want(quantiles, slot, dsi_range_sketch_rank(n, i), err));
    return DSI_OK;
}

/* Asks for what the first look leaves open of a channel. */
static enum dsi_status want(const struct dsi_range *range,
                            struct dsi_quantiles *quantiles,
                            const struct dsi_value_stats *stats, struct dsi_dtype dtype,
                            uint64_t slot, struct dsi_error *err)
{
    const struct dsi_channel_stats *c = dsi_value_stats_at(stats, slot);
    const uint64_t n = c->n - c->n_nan;
    if (dsi_quantiles_n(quantiles, slot) != n)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "a saved state whose counts contradict each other");
    if (n == 0 || c->min_key == c->max_key)
        return DSI_OK;
    DSI_TRY(
        dsi_quantiles_tell(quantiles, slot, dsi_key_of_zero(dtype), c->n_zero, err));
    DSI_TRY(want_percentiles(quantiles, slot, n, err));
    const struct dsi_moments moments = dsi_value_stats_moments(stats, slot);
    if (!dsi_range_wants_sketch(range, dtype, n, dsi_key_double(dtype, c->min_key),
                                &moments))
        return DSI_OK;
    return want_sketch(quantiles, slot, n, err);
}

static enum dsi_status plan_table(struct dsi_range *range, size_t g, size_t t,
                                  bool *more, struct dsi_error *err)
{
    struct dsi_range_order *order = &range->orders[g][t];
    const struct dsi_channel_table of = dsi_range_table_of(range, g, t);
    const struct dsi_value_stats *stats = range->first->groups[g].stats[t];
    bool again;
    if (!range->is_later)
        for (uint64_t slot = 0; slot < of.n; slot++)
            DSI_TRY(want(range, order->quantiles, stats, of.dtype, slot, err));
    DSI_TRY(dsi_quantiles_next(order->quantiles, &again, err));
    order->is_settled = !again;
    *more |= again;
    return DSI_OK;
}

static enum dsi_status plan(void *state, bool *more, struct dsi_error *err)
{
    struct dsi_range *range = state;
    *more = false;
    for (size_t g = 0; g < range->first->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            if (range->orders[g][t].quantiles && !range->orders[g][t].is_settled)
                DSI_TRY(plan_table(range, g, t, more, err));
    range->is_later = true;
    return DSI_OK;
}

static enum dsi_status adopt(void *fresh, const void *planned, struct dsi_error *err)
{
    struct dsi_range *range = fresh;
    const struct dsi_range *by = planned;
    dsi_range_first_free(range->first);
    range->first = by->first;
    range->first->n_sharing++;
    range->is_later = by->is_later;
    for (size_t g = 0; g < range->first->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++) {
            if (!by->orders[g][t].quantiles)
                continue;
            DSI_TRY(dsi_range_take_order(range, g, t, err));
            DSI_TRY(dsi_quantiles_adopt(range->orders[g][t].quantiles,
                                        by->orders[g][t].quantiles, err));
            range->orders[g][t].is_settled = by->orders[g][t].is_settled;
        }
    return DSI_OK;
}

const struct dsi_check dsi_check_range = {
    .name = "range",
    .help = "from where to where the values of each channel lie",
    .need = need,
    .state_size = sizeof(struct dsi_range),
    .init = init,
    .update = update,
    .merge = merge,
    .save = dsi_range_save,
    .load = dsi_range_load,
    .plan = plan,
    .adopt = adopt,
    .n_columns = 18,
    .finish = dsi_range_finish,
    .destroy = destroy,
    .default_parameters = &dsi_range_defaults,
};
