/* The counting pass: what is beyond the limits, and the worst rows. */
#include "outlier.h"

#include <stdlib.h>
#include <string.h>

static bool has_outliers(const struct dsi_outlier_channel *channel)
{
    return !(channel->flags & DSI_OUTLIER_COUNTED) || channel->n_low || channel->n_high;
}

bool dsi_outlier_wants_count(const struct dsi_outlier_table *table, bool rows)
{
    for (uint64_t c = 0; c < table->n_channels; c++)
        if (!(table->channels[c].flags & DSI_OUTLIER_COUNTED) ||
            (rows && has_outliers(&table->channels[c])))
            return true;
    return false;
}

enum dsi_status dsi_outlier_count_begin(struct dsi_outlier_table *table,
                                        struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    struct dsi_beyond_bounds *bounds =
        dsi_alloc_array(table->n_channels, sizeof *bounds);
    table->counts = dsi_alloc_zeroed(table->n_channels, sizeof *table->counts);
    if (!bounds || !table->counts) {
        status = dsi_fail_memory(err, table->n_channels * sizeof *bounds);
        goto out;
    }
    for (uint64_t c = 0; c < table->n_channels; c++)
        bounds[c] = dsi_beyond_bounds_of(table->dtype, table->channels[c].low,
                                         table->channels[c].high);
    table->beyond = dsi_beyond_new(table->dtype, bounds, table->n_channels);
    if (!table->beyond)
        status = dsi_fail_memory(err, table->n_channels * sizeof *bounds);
out:
    free(bounds);
    return status;
}

enum dsi_status dsi_outlier_count_end(struct dsi_outlier_table *table,
                                      struct dsi_error *err)
{
    for (uint64_t c = 0; c < table->n_channels; c++) {
        struct dsi_outlier_channel *channel = &table->channels[c];
        if (channel->flags & DSI_OUTLIER_COUNTED)
            continue;
        channel->n_low = table->counts[c].n_low;
        channel->n_high = table->counts[c].n_high;
        channel->flags |= DSI_OUTLIER_COUNTED;
        if (channel->n_low > channel->n - channel->n_nan ||
            channel->n_high > channel->n - channel->n_nan - channel->n_low)
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "the data changed while it was read");
    }
    return DSI_OK;
}

/* --- rows ---------------------------------------------------------------------------
 */

/* The worst value that a sample has in a channel of the view; the first of those that
 * are as bad. */
struct worst {
    uint64_t sample; /* counted within the view; UINT64_MAX: none yet */
    double score;
    uint64_t key;
};

static uint64_t bits_of(double score)
{
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits;
}

/* Positive doubles are ordered as their bits are; the largest score is to come first.
 */
static enum dsi_status add_row(const struct worst *worst,
                               const struct dsi_values *values, uint64_t view,
                               const struct dsi_outlier_place *place,
                               struct dsi_top_k *rows, struct dsi_error *err)
{
    struct dsi_top_item item = {
        .order = {~bits_of(worst->score), place->group,
                  values->first_sample + worst->sample,
                  place->first_channel + dsi_values_channel(values, view)},
        .payload = worst->key,
        .text = place->path};
    /* Of samples that are all alike, those past the list's end change nothing. */
    for (uint64_t i = 0; i < values->times && i < rows->max; i++, item.order[2]++)
        if (dsi_top_k_admits(rows, item.order))
            DSI_TRY(dsi_top_k_add(rows, &item, err));
    return DSI_OK;
}

static enum dsi_status end_samples(struct worst *worst, const struct dsi_values *values,
                                   const struct dsi_outlier_place *place,
                                   struct dsi_top_k *rows, struct dsi_error *err)
{
    for (uint64_t c = 0; c < values->n_channels; c++) {
        if (worst[c].sample != UINT64_MAX)
            DSI_TRY(add_row(&worst[c], values, c, place, rows, err));
        worst[c].sample = UINT64_MAX;
    }
    return DSI_OK;
}

static void look_at(const struct dsi_outlier_table *table,
                    const struct dsi_values *values, uint64_t at, uint64_t sample,
                    uint64_t view, struct worst *worst)
{
    const char *value = (const char *)values->data + at * values->dtype.size;
    const uint64_t key = dsi_key_of(table->dtype, value);
    const double score =
        dsi_outlier_score(&table->channels[dsi_values_channel(values, view)],
                          dsi_key_double(table->dtype, key));
    if (worst[view].sample == UINT64_MAX || score > worst[view].score)
        worst[view] = (struct worst){.sample = sample, .score = score, .key = key};
}

enum dsi_status dsi_outlier_find_rows(struct dsi_outlier_table *table,
                                      const struct dsi_values *values,
                                      const struct dsi_outlier_place *place,
                                      struct dsi_top_k *rows, struct dsi_bytes *scratch,
                                      struct dsi_error *err)
{
    uint64_t at = 0, last = UINT64_MAX;
    DSI_TRY(dsi_bytes_claim(scratch, values->n_channels * sizeof(struct worst), err));
    struct worst *worst = (void *)scratch->data;
    for (uint64_t c = 0; c < values->n_channels; c++)
        worst[c].sample = UINT64_MAX;
    DSI_TRY(dsi_beyond_prepare(table->beyond, values, err));
    for (; dsi_beyond_next(table->beyond, values, &at); at++) {
        const uint64_t run = at / values->n_inner;
        const uint64_t sample = run / values->n_channels / values->n_outer_each;
        const uint64_t view = run % values->n_channels;
        /* A table of one row a sample has every value's row at once. */
        if (sample != last)
            DSI_TRY(end_samples(worst, values, place, rows, err));
        last = sample;
        look_at(table, values, at, sample, view, worst);
    }
    return end_samples(worst, values, place, rows, err);
}
