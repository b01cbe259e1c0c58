/* The way of a table of channels to its limits: looks at the values until the order
 * statistics that the method asks for are known. */
#include "outlier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct dsi_dtype float64 = {.kind = DSI_FLOAT, .size = 8};

struct dsi_outlier_table *dsi_outlier_table_new(struct dsi_channel_table shape,
                                                unsigned first_bits)
{
    struct dsi_outlier_table *table = dsi_alloc_zeroed(1, sizeof *table);
    if (table) {
        table->dtype = shape.dtype;
        table->n_channels = shape.n;
        table->first_bits = first_bits;
    }
    return table;
}

static void end_looks(struct dsi_outlier_table *table)
{
    dsi_value_stats_free(table->stats);
    dsi_quantiles_free(table->quantiles);
    dsi_quantiles_free(table->deviations);
    free(table->deviating);
    table->stats = NULL;
    table->quantiles = table->deviations = NULL;
    table->deviating = NULL;
    table->n_deviating = 0;
}

void dsi_outlier_table_free(struct dsi_outlier_table *table)
{
    if (!table)
        return;
    end_looks(table);
    free(table->channels);
    dsi_beyond_free(table->beyond);
    free(table->counts);
    free(table);
}

/* --- what a stage needs -------------------------------------------------------------
 */

/* Types of one byte have a histogram in their stats. */
static bool uses_quantiles(const struct dsi_outlier_table *table,
                           const struct dsi_outlier_parameters *parameters)
{
    return parameters->method != DSI_OUTLIER_ZSCORE && table->dtype.size > 1;
}

static enum dsi_status make_quantiles(struct dsi_outlier_table *table,
                                      struct dsi_error *err)
{
    table->quantiles =
        dsi_quantiles_new(table->dtype, table->n_channels, table->first_bits);
    return table->quantiles ? DSI_OK : dsi_fail_memory(err, table->n_channels);
}

enum dsi_status dsi_outlier_table_begin(struct dsi_outlier_table *table,
                                        const struct dsi_outlier_parameters *parameters,
                                        struct dsi_error *err)
{
    table->stage = DSI_OUTLIER_FIRST;
    table->stats = dsi_value_stats_new(table->dtype, table->n_channels);
    if (!table->stats)
        return dsi_fail_memory(err, table->n_channels);
    return uses_quantiles(table, parameters) ? make_quantiles(table, err) : DSI_OK;
}

static enum dsi_status make_channels(struct dsi_outlier_table *table,
                                     struct dsi_error *err)
{
    table->channels = dsi_alloc_zeroed(table->n_channels, sizeof *table->channels);
    return table->channels
               ? DSI_OK
               : dsi_fail_memory(err, table->n_channels * sizeof *table->channels);
}

/* The channels that are not settled, and an empty search for their MADs. */
static enum dsi_status make_deviations(struct dsi_outlier_table *table,
                                       struct dsi_error *err)
{
    table->n_deviating = 0;
    table->deviating = dsi_alloc_array(table->n_channels, sizeof *table->deviating);
    if (!table->deviating)
        return dsi_fail_memory(err, table->n_channels * sizeof *table->deviating);
    for (uint64_t c = 0; c < table->n_channels; c++)
        if (!(table->channels[c].flags & DSI_OUTLIER_SETTLED))
            table->deviating[table->n_deviating++] = (uint32_t)c;
    if (table->n_deviating == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved search for nothing");
    table->deviations =
        dsi_quantiles_new(float64, table->n_deviating, table->first_bits);
    return table->deviations ? DSI_OK : dsi_fail_memory(err, table->n_deviating);
}

enum dsi_status
dsi_outlier_table_prepare(struct dsi_outlier_table *table,
                          const struct dsi_outlier_parameters *parameters,
                          struct dsi_error *err)
{
    if (table->stage == DSI_OUTLIER_SEARCH) {
        if (!uses_quantiles(table, parameters))
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "a saved search that the method has no need of");
        return make_quantiles(table, err);
    }
    if (table->stage == DSI_OUTLIER_DEVIATE_FIRST ||
        table->stage == DSI_OUTLIER_DEVIATE)
        return make_deviations(table, err);
    return DSI_OK;
}

enum dsi_status dsi_outlier_table_add(struct dsi_outlier_table *table,
                                      const struct dsi_values *values,
                                      struct dsi_bytes *scratch, struct dsi_error *err)
{
    switch (table->stage) {
    case DSI_OUTLIER_FIRST:
        DSI_TRY(dsi_value_stats_add(table->stats, values, err));
        return table->quantiles ? dsi_quantiles_add(table->quantiles, values, err)
                                : DSI_OK;
    case DSI_OUTLIER_SEARCH:
        return dsi_quantiles_add(table->quantiles, values, err);
    case DSI_OUTLIER_DEVIATE_FIRST:
    case DSI_OUTLIER_DEVIATE:
        return dsi_outlier_add_deviations(table, values, scratch, err);
    case DSI_OUTLIER_LIMITS:
    case DSI_N_OUTLIER_STAGES:
        break;
    }
    return DSI_OK;
}

static bool have_same_channels(const struct dsi_outlier_table *a,
                               const struct dsi_outlier_table *b)
{
    return a->stage == b->stage && !a->counts == !b->counts &&
           (!a->channels ||
            memcmp(a->channels, b->channels, a->n_channels * sizeof *a->channels) == 0);
}

enum dsi_status dsi_outlier_table_merge(struct dsi_outlier_table *into,
                                        const struct dsi_outlier_table *from,
                                        struct dsi_error *err)
{
    if (!have_same_channels(into, from))
        return dsi_fail(err, DSI_ERR_MALFORMED, "saved states of different passes");
    if (into->stats)
        DSI_TRY(dsi_value_stats_merge(into->stats, from->stats, err));
    if (into->quantiles)
        DSI_TRY(dsi_quantiles_merge(into->quantiles, from->quantiles, err));
    if (into->deviations)
        DSI_TRY(dsi_quantiles_merge(into->deviations, from->deviations, err));
    for (uint64_t c = 0; into->counts && c < into->n_channels; c++) {
        into->counts[c].n_low += from->counts[c].n_low;
        into->counts[c].n_high += from->counts[c].n_high;
    }
    return DSI_OK;
}

/* --- order statistics ---------------------------------------------------------------
 */

/* The counts by key of a channel, where every key has one; false. */
static bool key_counts(const struct dsi_outlier_table *table, uint64_t c,
                       struct dsi_key_counts *keys)
{
    const struct dsi_outlier_channel *channel = &table->channels[c];
    *keys = (struct dsi_key_counts){.dtype = table->dtype,
                                    .n = channel->n - channel->n_nan};
    if (table->stage != DSI_OUTLIER_FIRST || keys->n == 0)
        return false;
    keys->counts = dsi_value_stats_bins(table->stats, c);
    keys->n_keys = 256;
    if (!keys->counts && table->quantiles)
        keys->counts = dsi_quantiles_bins(table->quantiles, c, &keys->n_keys);
    return keys->counts && keys->n_keys == UINT64_C(1)
                                               << (dsi_key_bits(table->dtype) & 31);
}

/* Where a percentile lies: between these ranks. */
struct place {
    uint64_t rank;
    double t; /* 0: at rank alone */
};

static struct place place_of(double percent, uint64_t n)
{
    struct place place;
    place.t = dsi_percentile_rank(percent, n, &place.rank);
    return place;
}

static double between(struct dsi_dtype dtype, uint64_t a, uint64_t b, double t)
{
    /* Times 0 an infinite step would be NaN. */
    return t > 0 ? dsi_key_lerp(dtype, a, b, t) : dsi_key_double(dtype, a);
}

static double percentile_of_counts(const struct dsi_key_counts *keys, double percent)
{
    const struct place place = place_of(percent, keys->n);
    const uint64_t a = dsi_key_counts_at(keys, place.rank);
    const uint64_t b = place.t > 0 ? dsi_key_counts_at(keys, place.rank + 1) : a;
    return between(keys->dtype, a, b, place.t);
}

static double mad_of_counts(const struct dsi_key_counts *keys, double centre)
{
    const struct place place = place_of(50, keys->n);
    double distances[2];
    dsi_key_counts_distances(keys, centre, place.rank, distances);
    return between(float64, dsi_key_of(float64, &distances[0]),
                   dsi_key_of(float64, &distances[1]), place.t);
}

static enum dsi_status want(struct dsi_quantiles *quantiles, uint64_t channel,
                            double percent, struct dsi_error *err)
{
    const uint64_t n = dsi_quantiles_n(quantiles, channel);
    if (n == 0)
        return DSI_OK;
    const struct place place = place_of(percent, n);
    DSI_TRY(dsi_quantiles_want(quantiles, channel, place.rank, err));
    return place.t > 0 ? dsi_quantiles_want(quantiles, channel, place.rank + 1, err)
                       : DSI_OK;
}

/* NAN where there are no values. */
static enum dsi_status found(const struct dsi_quantiles *quantiles,
                             struct dsi_dtype dtype, uint64_t channel, double percent,
                             double *value, struct dsi_error *err)
{
    const uint64_t n = dsi_quantiles_n(quantiles, channel);
    uint64_t a, b;
    *value = NAN;
    if (n == 0)
        return DSI_OK;
    const struct place place = place_of(percent, n);
    if (!dsi_quantiles_key(quantiles, channel, place.rank, &a))
        goto lost;
    b = a;
    if (place.t > 0 && !dsi_quantiles_key(quantiles, channel, place.rank + 1, &b))
        goto lost;
    *value = between(dtype, a, b, place.t);
    return DSI_OK;
lost:
    return dsi_fail(err, DSI_ERR_MALFORMED, "an order statistic that was lost");
}

/* --- from stage to stage ------------------------------------------------------------
 */

static void take_stats(const struct dsi_outlier_table *table, uint64_t c,
                       struct dsi_outlier_channel *channel)
{
    const struct dsi_channel_stats *stats = dsi_value_stats_at(table->stats, c);
    *channel = (struct dsi_outlier_channel){
        .n = stats->n, .n_nan = stats->n_nan, .low = NAN, .high = NAN};
    channel->centre = channel->scale = NAN;
    if (stats->n == stats->n_nan)
        return;
    channel->min_key = stats->min_key;
    channel->max_key = stats->max_key;
    channel->argmin = stats->argmin;
    channel->argmax = stats->argmax;
}

/* A channel whose counts by key tell all there is to know. */
static void settle_by_counts(struct dsi_outlier_channel *channel,
                             const struct dsi_outlier_parameters *parameters,
                             const struct dsi_key_counts *keys)
{
    double percents[2], percentiles[2] = {NAN, NAN};
    const size_t n = dsi_outlier_percents(parameters, percents);
    for (size_t i = 0; i < n; i++)
        percentiles[i] = percentile_of_counts(keys, percents[i]);
    dsi_outlier_settle(channel, parameters, percentiles);
    if (!(channel->flags & DSI_OUTLIER_SETTLED))
        dsi_outlier_settle_mad(channel, parameters,
                               mad_of_counts(keys, channel->centre));
}

static bool is_zero(const struct dsi_outlier_table *table, uint64_t c, double percent)
{
    const struct place place = place_of(percent, dsi_quantiles_n(table->quantiles, c));
    const uint64_t zero = dsi_key_of_zero(table->dtype);
    for (uint64_t rank = place.rank; rank <= place.rank + (place.t > 0); rank++) {
        uint64_t key;
        if (!dsi_quantiles_key(table->quantiles, c, rank, &key) || key != zero)
            return false;
    }
    return true;
}

/* A channel that is mostly zeros: so are the percentiles, the median, and the distances
 * from it. */
static void settle_by_zeros(const struct dsi_outlier_table *table, uint64_t c,
                            const struct dsi_outlier_parameters *parameters)
{
    struct dsi_outlier_channel *channel = &table->channels[c];
    const uint64_t n = channel->n - channel->n_nan;
    const uint64_t n_zero = dsi_value_stats_at(table->stats, c)->n_zero;
    double percents[2];
    static const double zeros[2];
    const size_t n_percents = dsi_outlier_percents(parameters, percents);
    const struct place median = place_of(50, n);
    if (median.rank + (median.t > 0) >= n_zero) /* not so many distances are 0 */
        return;
    for (size_t i = 0; i < n_percents; i++)
        if (!is_zero(table, c, percents[i]))
            return;
    dsi_outlier_settle(channel, parameters, zeros);
    if (!(channel->flags & DSI_OUTLIER_SETTLED))
        dsi_outlier_settle_mad(channel, parameters, 0);
    dsi_outlier_count_known(channel, table->dtype, NULL);
}

/* Whatever the first pass tells at once; the rest is asked for. */
static enum dsi_status end_first(struct dsi_outlier_table *table,
                                 const struct dsi_outlier_parameters *parameters,
                                 struct dsi_error *err)
{
    double percents[2], none[2] = {NAN, NAN};
    const size_t n = dsi_outlier_percents(parameters, percents);
    DSI_TRY(make_channels(table, err));
    for (uint64_t c = 0; c < table->n_channels; c++) {
        struct dsi_outlier_channel *channel = &table->channels[c];
        struct dsi_key_counts keys;
        take_stats(table, c, channel);
        const bool has_counts = key_counts(table, c, &keys);
        if (channel->n == channel->n_nan) {
            dsi_outlier_settle(channel, parameters, none);
        } else if (parameters->method == DSI_OUTLIER_ZSCORE) {
            const struct dsi_moments m = dsi_value_stats_moments(table->stats, c);
            dsi_outlier_settle_moments(channel, parameters, &m);
        } else if (has_counts) {
            settle_by_counts(channel, parameters, &keys);
        } else {
            DSI_TRY(
                dsi_quantiles_tell(table->quantiles, c, dsi_key_of_zero(table->dtype),
                                   dsi_value_stats_at(table->stats, c)->n_zero, err));
            for (size_t i = 0; i < n; i++)
                DSI_TRY(want(table->quantiles, c, percents[i], err));
            continue;
        }
        dsi_outlier_count_known(channel, table->dtype, has_counts ? &keys : NULL);
    }
    return DSI_OK;
}

/* With the percentiles known; what needs the MAD stays unsettled. */
static enum dsi_status settle_by_search(struct dsi_outlier_table *table,
                                        const struct dsi_outlier_parameters *parameters,
                                        struct dsi_error *err)
{
    double percents[2], percentiles[2];
    const size_t n = dsi_outlier_percents(parameters, percents);
    for (uint64_t c = 0; c < table->n_channels; c++) {
        struct dsi_outlier_channel *channel = &table->channels[c];
        if (channel->flags & DSI_OUTLIER_SETTLED)
            continue;
        for (size_t i = 0; i < n; i++)
            DSI_TRY(found(table->quantiles, table->dtype, c, percents[i],
                          &percentiles[i], err));
        dsi_outlier_settle(channel, parameters, percentiles);
        if (channel->flags & DSI_OUTLIER_SETTLED)
            dsi_outlier_count_known(channel, table->dtype, NULL);
    }
    return DSI_OK;
}

static enum dsi_status settle_by_mad(struct dsi_outlier_table *table,
                                     const struct dsi_outlier_parameters *parameters,
                                     struct dsi_error *err)
{
    for (uint64_t i = 0; i < table->n_deviating; i++) {
        struct dsi_outlier_channel *channel = &table->channels[table->deviating[i]];
        double mad;
        DSI_TRY(found(table->deviations, float64, i, 50, &mad, err));
        dsi_outlier_settle_mad(channel, parameters, mad);
        dsi_outlier_count_known(channel, table->dtype, NULL);
    }
    return DSI_OK;
}

static bool all_settled(const struct dsi_outlier_table *table)
{
    for (uint64_t c = 0; c < table->n_channels; c++)
        if (!(table->channels[c].flags & DSI_OUTLIER_SETTLED))
            return false;
    return true;
}

/* Of values: FIRST or SEARCH to SEARCH, DEVIATE_FIRST or LIMITS. */
static enum dsi_status plan_values(struct dsi_outlier_table *table,
                                   const struct dsi_outlier_parameters *parameters,
                                   struct dsi_error *err)
{
    bool more = false;
    if (table->stage == DSI_OUTLIER_FIRST)
        DSI_TRY(end_first(table, parameters, err));
    if (!all_settled(table)) {
        DSI_TRY(dsi_quantiles_next(table->quantiles, &more, err));
        for (uint64_t c = 0; table->stats && c < table->n_channels; c++)
            if (!(table->channels[c].flags & DSI_OUTLIER_SETTLED))
                settle_by_zeros(table, c, parameters);
        if (!more)
            DSI_TRY(settle_by_search(table, parameters, err));
    }
    dsi_value_stats_free(table->stats);
    table->stats = NULL;
    table->stage = DSI_OUTLIER_SEARCH;
    if (more)
        return DSI_OK;
    end_looks(table);
    table->stage = DSI_OUTLIER_LIMITS;
    if (all_settled(table))
        return DSI_OK;
    table->stage = DSI_OUTLIER_DEVIATE_FIRST;
    return make_deviations(table, err);
}

static enum dsi_status plan_deviations(struct dsi_outlier_table *table,
                                       const struct dsi_outlier_parameters *parameters,
                                       struct dsi_error *err)
{
    bool more;
    for (uint64_t i = 0;
         table->stage == DSI_OUTLIER_DEVIATE_FIRST && i < table->n_deviating; i++) {
        const struct dsi_outlier_channel *channel =
            &table->channels[table->deviating[i]];
        if (dsi_quantiles_n(table->deviations, i) != channel->n - channel->n_nan)
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "the data changed while it was read");
        DSI_TRY(want(table->deviations, i, 50, err));
    }
    table->stage = DSI_OUTLIER_DEVIATE;
    DSI_TRY(dsi_quantiles_next(table->deviations, &more, err));
    if (more)
        return DSI_OK;
    DSI_TRY(settle_by_mad(table, parameters, err));
    end_looks(table);
    table->stage = DSI_OUTLIER_LIMITS;
    return DSI_OK;
}

enum dsi_status dsi_outlier_table_plan(struct dsi_outlier_table *table,
                                       const struct dsi_outlier_parameters *parameters,
                                       struct dsi_error *err)
{
    switch (table->stage) {
    case DSI_OUTLIER_FIRST:
    case DSI_OUTLIER_SEARCH:
        return plan_values(table, parameters, err);
    case DSI_OUTLIER_DEVIATE_FIRST:
    case DSI_OUTLIER_DEVIATE:
        return plan_deviations(table, parameters, err);
    case DSI_OUTLIER_LIMITS:
    case DSI_N_OUTLIER_STAGES:
        break;
    }
    return DSI_OK;
}

enum dsi_status dsi_outlier_table_adopt(struct dsi_outlier_table *fresh,
                                        const struct dsi_outlier_table *planned,
                                        struct dsi_error *err)
{
    fresh->stage = planned->stage;
    DSI_TRY(make_channels(fresh, err));
    memcpy(fresh->channels, planned->channels,
           fresh->n_channels * sizeof *fresh->channels);
    if (planned->quantiles) {
        DSI_TRY(make_quantiles(fresh, err));
        DSI_TRY(dsi_quantiles_adopt(fresh->quantiles, planned->quantiles, err));
    }
    if (planned->deviations)
        DSI_TRY(make_deviations(fresh, err));
    if (planned->stage == DSI_OUTLIER_DEVIATE)
        DSI_TRY(dsi_quantiles_adopt(fresh->deviations, planned->deviations, err));
    return planned->counts ? dsi_outlier_count_begin(fresh, err) : DSI_OK;
}

struct dsi_outlier_channel dsi_outlier_channel_at(const struct dsi_outlier_table *table,
                                                  uint64_t channel)
{
    struct dsi_outlier_channel known;
    if (table->channels)
        return table->channels[channel];
    take_stats(table, channel, &known);
    return known;
}
