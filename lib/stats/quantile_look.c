/* A later pass: most values are in no interval, and are told apart by their leading
 * bits; the rest are collected or counted. */
#include "quantile_state.h"

#include <stdlib.h>
#include <string.h>

enum dsi_status dsi_key_log_add(struct dsi_key_log *log, uint32_t interval,
                                uint64_t key, uint64_t max, struct dsi_error *err)
{
    if (log->n >= max)
        return dsi_fail(err, DSI_ERR_MALFORMED, "the data changed while it was read");
    if (log->n == log->capacity) {
        uint64_t capacity = log->capacity ? 2 * log->capacity : 64;
        if (capacity > max)
            capacity = max;
        uint64_t *keys = dsi_realloc_array(log->keys, capacity, sizeof *keys);
        if (keys)
            log->keys = keys;
        uint32_t *intervals =
            dsi_realloc_array(log->intervals, capacity, sizeof *intervals);
        if (intervals)
            log->intervals = intervals;
        if (!keys || !intervals)
            return dsi_fail_memory(err, capacity * sizeof *keys);
        log->capacity = capacity;
    }
    log->keys[log->n] = key;
    log->intervals[log->n++] = interval;
    return DSI_OK;
}

void dsi_key_tally_give_up(struct dsi_key_tally *tally)
{
    free(tally->keys);
    *tally = (struct dsi_key_tally){.is_over = true};
}

enum dsi_status dsi_key_tally_add(struct dsi_key_tally *tally, uint64_t key, uint64_t n,
                                  uint32_t max, struct dsi_error *err)
{
    if (tally->is_over)
        return DSI_OK;
    uint32_t i = tally->last;
    if (i >= tally->n || tally->keys[i].key != key)
        for (i = 0; i < tally->n && tally->keys[i].key != key; i++)
            ;
    if (i == tally->n) {
        if (tally->n >= max) {
            dsi_key_tally_give_up(tally);
            return DSI_OK;
        }
        size_t capacity = tally->capacity;
        struct dsi_key_count *keys =
            dsi_grow_array(tally->keys, tally->n, &capacity, sizeof *keys);
        if (!keys)
            return dsi_fail_memory(err, capacity * sizeof *keys);
        tally->keys = keys;
        tally->capacity = (uint32_t)capacity;
        keys[tally->n++] = (struct dsi_key_count){.key = key};
    }
    tally->last = i;
    if (!dsi_add(tally->keys[i].n, n, &tally->keys[i].n))
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 values of one channel");
    return DSI_OK;
}

static int compare_keys(const void *a, const void *b)
{
    const struct dsi_key_count *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

void dsi_key_tally_sort(struct dsi_key_tally *tally)
{
    tally->last = 0;
    if (tally->n)
        qsort(tally->keys, tally->n, sizeof *tally->keys, compare_keys);
}

struct look {
    struct dsi_quantiles *quantiles;
    bool is_narrow; /* counters of 32 bits hold what may come */
};

static enum dsi_status count_key(const struct look *look,
                                 const struct dsi_quantile_interval *interval,
                                 uint64_t key, uint64_t times, struct dsi_error *err)
{
    struct dsi_quantiles *quantiles = look->quantiles;
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const uint64_t bin = (key - interval->first_key) >>
                         (dsi_quantile_plan_rest(plan) - plan->count_bits);
    if (look->is_narrow)
        dsi_bit_histogram_narrow(quantiles->counts, interval->row)[bin] +=
            (uint32_t)times;
    else
        DSI_TRY(dsi_bit_histogram_add_wide(quantiles->counts, interval->row, bin, times,
                                           err));
    if (plan->n_tally == 0)
        return DSI_OK;
    return dsi_key_tally_add(quantiles->tallies + interval->row, key, times,
                             plan->n_tally, err);
}

static enum dsi_status take_key(const struct look *look, uint64_t channel, uint64_t key,
                                uint64_t times, struct dsi_error *err)
{
    struct dsi_quantiles *quantiles = look->quantiles;
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const struct dsi_quantile_interval *interval =
        dsi_quantile_plan_find(plan, channel, key);
    if (!interval)
        return DSI_OK;
    if (interval->row != DSI_QUANTILE_COLLECTED)
        return count_key(look, interval, key, times, err);
    for (uint64_t i = 0; i < times; i++)
        DSI_TRY(dsi_key_log_add(&quantiles->log, (uint32_t)(interval - plan->intervals),
                                key, plan->n_collected, err));
    return DSI_OK;
}

/* Written for every row, kept for those that are active: no jump to be guessed. */
static size_t find_hits(const uint8_t *active, const uint16_t *bins, size_t n_columns,
                        size_t n, uint16_t *hits)
{
    size_t n_hits = 0;
    for (size_t i = 0; i < n; i++, bins += n_columns) {
        hits[n_hits] = (uint16_t)i;
        n_hits += active[*bins];
    }
    return n_hits;
}

static enum dsi_status look_at_tile(void *context, const struct dsi_values *view,
                                    const struct dsi_key_tile *tile,
                                    struct dsi_error *err)
{
    const struct look *look = context;
    struct dsi_quantiles *quantiles = look->quantiles;
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const struct dsi_dtype dtype = quantiles->dtype;
    const uint8_t *data = view->data;
    for (size_t c = 0; c < tile->n_columns; c++) {
        const uint64_t channel = dsi_values_channel(view, tile->channel + c);
        if (plan->at[channel] == plan->at[channel + 1])
            continue;
        const size_t n_hits =
            find_hits(plan->active + channel * plan->active_stride, tile->bins + c,
                      tile->n_columns, tile->n, quantiles->hits);
        for (size_t i = 0; i < n_hits; i++) {
            const uint64_t at = tile->first + c + quantiles->hits[i] * tile->row_step;
            if (view->skip && view->skip[at])
                continue;
            const uint64_t key = dsi_key_of(dtype, data + at * dtype.size);
            if (!dsi_key_is_nan(dtype, key))
                DSI_TRY(take_key(look, channel, key, view->times, err));
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_quantiles_look(struct dsi_quantiles *quantiles,
                                   const struct dsi_values *values,
                                   struct dsi_error *err)
{
    struct look look = {.quantiles = quantiles};
    if (quantiles->plan->n_rows > 0) {
        DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
        DSI_TRY(dsi_bit_histogram_expect(quantiles->counts,
                                         values->n_outer * values->n_inner,
                                         values->times, &look.is_narrow, err));
    }
    return dsi_key_tiles(quantiles->level, &quantiles->form, values, quantiles->bins,
                         look_at_tile, &look, err);
}
