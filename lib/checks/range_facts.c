/* What is known of each channel once all looks are over, or as many as there were. */
#include "range_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_shown(const struct dsi_range *range, size_t g)
{
    return !range->dataset->groups[g].is_hidden;
}

/* --- percentiles ------------------------------------------------------------------ */

/* The key of a rank among the 256 counts of a type of 8 bits. */
static uint64_t key_in_bins(const uint64_t *bins, uint64_t rank)
{
    uint64_t key = 0;
    while (key < 255 && rank >= bins[key])
        rank -= bins[key++];
    return key;
}

static bool key_of_rank(const struct dsi_range *range,
                        const struct dsi_range_place *place, uint64_t rank,
                        uint64_t *key)
{
    const struct dsi_value_stats *stats =
        range->first->groups[place->group].stats[place->table];
    const uint64_t *bins = dsi_value_stats_bins(stats, place->slot);
    const struct dsi_quantiles *quantiles =
        range->orders[place->group][place->table].quantiles;
    if (bins) {
        *key = key_in_bins(bins, rank);
        return true;
    }
    return quantiles && dsi_quantiles_key(quantiles, place->slot, rank, key);
}

static double percentile(const struct dsi_range *range,
                         const struct dsi_range_facts *facts, double percent)
{
    uint64_t rank, a, b;
    if (range->parameters->no_percentiles || facts->n == 0)
        return (double)NAN;
    if (facts->stats.min_key == facts->stats.max_key)
        return facts->min;
    const double t = dsi_percentile_rank(percent, facts->n, &rank);
    if (!key_of_rank(range, &facts->place, rank, &a))
        return (double)NAN;
    if (rank + 1 == facts->n)
        b = a;
    else if (!key_of_rank(range, &facts->place, rank + 1, &b))
        return (double)NAN;
    return dsi_key_lerp(facts->place.dtype, a, b, t);
}

/* --- one channel ------------------------------------------------------------------ */

static void fill(const struct dsi_range *range, struct dsi_range_facts *facts)
{
    const struct dsi_range_place *place = &facts->place;
    const struct dsi_value_stats *stats =
        range->first->groups[place->group].stats[place->table];
    facts->moments = (struct dsi_moments){
        .mean = (double)NAN, .std = (double)NAN, .skew = (double)NAN};
    facts->min = facts->max = (double)NAN;
    if (stats) {
        facts->stats = *dsi_value_stats_at(stats, place->slot);
        facts->moments = dsi_value_stats_moments(stats, place->slot);
    }
    facts->n = facts->stats.n - facts->stats.n_nan;
    if (facts->n) {
        facts->min = dsi_key_double(place->dtype, facts->stats.min_key);
        facts->max = dsi_key_double(place->dtype, facts->stats.max_key);
    }
    for (size_t p = 0; p < DSI_N_RANGE_PERCENTILES; p++)
        facts->percentiles[p] = percentile(range, facts, dsi_range_percents[p]);
    facts->verdict = dsi_range_judge(place->dtype, facts->n, facts->min, facts->max,
                                     &facts->moments);
}

/* Pictures have many channels, of which few occur. */
static bool is_reported(const struct dsi_range *range, size_t g, size_t t,
                        uint64_t slot)
{
    const struct dsi_value_stats *stats = range->first->groups[g].stats[t];
    if (range->dataset->groups[g].channels.kind == DSI_CHANNELS_ARRAY)
        return true;
    return stats && dsi_value_stats_at(stats, slot)->n > 0;
}

/* Fills facts, unless it is NULL; returns how many there are. */
static size_t list(const struct dsi_range *range, struct dsi_range_facts *facts)
{
    size_t n = 0;
    for (size_t g = 0; g < range->first->n_groups; g++) {
        const struct dsi_channels *channels = &range->dataset->groups[g].channels;
        for (size_t t = 0; is_shown(range, g) && t < dsi_channel_tables(channels);
             t++) {
            const struct dsi_channel_table of = dsi_channel_table(channels, t);
            if (dsi_key_bits(of.dtype) == 0)
                continue;
            for (uint64_t slot = 0; slot < of.n; slot++) {
                if (!is_reported(range, g, t, slot))
                    continue;
                if (facts) {
                    facts[n].place =
                        (struct dsi_range_place){g, t, slot, of.first + slot, of.dtype};
                    fill(range, &facts[n]);
                }
                n++;
            }
        }
    }
    return n;
}

enum dsi_status dsi_range_facts_make(const struct dsi_range *range,
                                     struct dsi_range_facts **facts, size_t *n,
                                     struct dsi_error *err)
{
    *n = list(range, NULL);
    *facts = dsi_alloc_zeroed((uint64_t)*n + 1, sizeof **facts);
    if (!*facts)
        return dsi_fail_memory(err, *n * sizeof **facts);
    (void)list(range, *facts);
    return DSI_OK;
}

double dsi_range_fact(const struct dsi_range_facts *facts, enum dsi_range_fact fact)
{
    switch (fact) {
    case DSI_RANGE_MIN:
        return facts->min;
    case DSI_RANGE_MAX:
        return facts->max;
    case DSI_RANGE_MEAN:
        return facts->moments.mean;
    case DSI_RANGE_STD:
        return facts->moments.std;
    case DSI_RANGE_SKEW:
        return facts->moments.skew;
    default:
        return facts->percentiles[fact - DSI_RANGE_PERCENTILE];
    }
}

const char *dsi_range_channel_name(const struct dsi_range *range,
                                   const struct dsi_range_facts *facts,
                                   char text[DSI_CHANNEL_NAME_SIZE])
{
    return dsi_channel_name(&range->dataset->groups[facts->place.group].channels,
                            facts->place.channel, text);
}

/* --- what to make of it ----------------------------------------------------------- */

/* A size to divide by. scikit-learn's way: what does not vary is left as it is. */
static double size_of(double size)
{
    return size == 0 ? 1 : isfinite(size) ? size : (double)NAN;
}

/* y = (x - from) / size * span + to. */
static bool map(double from, double size, double span, double to, double *scale,
                double *shift)
{
    *scale = span / size_of(size);
    *shift = to - from * *scale;
    return isfinite(*scale) && isfinite(*shift);
}

bool dsi_range_map(const struct dsi_range_facts *facts, enum dsi_range_target target,
                   double *scale, double *shift)
{
    const double *p = facts->percentiles;
    const double size = facts->max - facts->min;
    const double middle_size = p[DSI_RANGE_P75] - p[DSI_RANGE_P25];
    switch (target) {
    case DSI_RANGE_TARGET_SIGMOID:
        return map(facts->min, size, 1, 0, scale, shift);
    case DSI_RANGE_TARGET_TANH:
        return map(facts->min, size, 2, -1, scale, shift);
    case DSI_RANGE_TARGET_ZSCORE:
        return map(facts->moments.mean, facts->moments.std, 1, 0, scale, shift);
    case DSI_RANGE_TARGET_ROBUST:
        return map(p[DSI_RANGE_P50], middle_size, 1, 0, scale, shift);
    case DSI_RANGE_TARGET_NONE:
        break;
    }
    return false;
}
