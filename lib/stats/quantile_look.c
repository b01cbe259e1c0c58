/* A later pass: most values are in no interval, and are told apart by their leading
 * bits; the rest are collected or counted. */
#include "quantile_state.h"

#include <stdlib.h>
#include <string.h>

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

/* Counters lie far apart, and most are in no cache near: they are asked for, and raised
 * when a few more are on their way. */
enum { WAITING = 32 };

struct look {
    struct dsi_quantiles *quantiles;
    const struct dsi_values *view;
    bool is_narrow;       /* counters of 32 bits hold what may come */
    uint64_t sign, all;   /* of the dtype: its sign bit, all of its bits */
    unsigned count_shift; /* the bits of a key that are counted */
    uint64_t count_mask;
    uint64_t rest_mask;         /* the bits of a key that are collected */
    size_t key_size;            /* in bytes, of what is collected */
    uint32_t *waiting[WAITING]; /* counters to be raised by the view's times */
    size_t n_waiting;
};

/* As dsi_key_of, in line for the types that most often get here. NaN is none of the
 * hits, for it has a bin of its own, in which no interval is. */
static inline uint64_t key_at(const struct look *look, uint64_t at)
{
    const struct dsi_key_form *form = &look->quantiles->form;
    const uint8_t *value = (const uint8_t *)look->view->data + at * form->size;
    uint64_t bits;
    if (form->size == 4) {
        uint32_t four;
        memcpy(&four, value, sizeof four);
        bits = four;
    } else if (form->size == 8) {
        memcpy(&bits, value, sizeof bits);
    } else {
        return dsi_key_of(look->quantiles->dtype, value);
    }
    if (!form->is_float)
        return bits ^ form->flip;
    const uint64_t turned = bits & look->sign ? look->all : look->sign;
    return (bits & ~look->sign) == 0 ? look->sign : bits ^ turned;
}

static void raise_waiting(struct look *look)
{
    const uint32_t times = (uint32_t)look->view->times;
    for (size_t i = 0; i < look->n_waiting; i++)
        *look->waiting[i] += times;
    look->n_waiting = 0;
}

static void raise_soon(struct look *look, uint32_t *counter)
{
    __builtin_prefetch(counter, 1);
    look->waiting[look->n_waiting++] = counter;
    if (look->n_waiting == WAITING)
        raise_waiting(look);
}

static enum dsi_status count_key(struct look *look,
                                 const struct dsi_quantile_interval *interval,
                                 uint64_t key, struct dsi_error *err)
{
    struct dsi_quantiles *quantiles = look->quantiles;
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const uint64_t times = look->view->times;
    const uint64_t bin = (key >> look->count_shift) & look->count_mask;
    if (look->is_narrow)
        raise_soon(look,
                   dsi_bit_histogram_narrow(quantiles->counts, interval->row) + bin);
    else
        DSI_TRY(dsi_bit_histogram_add_wide(quantiles->counts, interval->row, bin, times,
                                           err));
    if (plan->n_tally == 0 || quantiles->tallies[interval->row].is_over)
        return DSI_OK;
    return dsi_key_tally_add(quantiles->tallies + interval->row, key, times,
                             plan->n_tally, err);
}

/* As dsi_key_log_add; in line while there is room. */
static enum dsi_status collect_key(const struct look *look,
                                   const struct dsi_quantile_interval *interval,
                                   uint64_t key, struct dsi_error *err)
{
    struct dsi_quantiles *quantiles = look->quantiles;
    const size_t number = (size_t)(interval - quantiles->plan->intervals);
    struct dsi_key_list *list =
        quantiles->log.lists ? quantiles->log.lists + number : NULL;
    if (!list || list->n == list->capacity || look->view->times != 1)
        return dsi_key_log_add(quantiles, number, key, look->view->times, err);
    const uint64_t part = key & look->rest_mask;
    if (look->key_size == 2)
        ((uint16_t *)list->keys)[list->n++] = (uint16_t)part;
    else if (look->key_size == 4)
        ((uint32_t *)list->keys)[list->n++] = (uint32_t)part;
    else
        ((uint64_t *)list->keys)[list->n++] = part;
    return DSI_OK;
}

/* Written for every row, kept for those in an interval: no jump to be guessed. */
static size_t find_hits(const uint8_t *slots, const uint16_t *bins, size_t n_columns,
                        size_t n, uint16_t *hits)
{
    size_t n_hits = 0;
    for (size_t i = 0; i < n; i++, bins += n_columns) {
        hits[n_hits] = (uint16_t)i;
        n_hits += slots[*bins] != DSI_QUANTILE_NO_SLOT;
    }
    return n_hits;
}

/* A value whose bin has this slot of its channel. */
static enum dsi_status look_at_hit(struct look *look, uint64_t channel, uint64_t at,
                                   uint8_t slot, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = look->quantiles->plan;
    if (look->view->skip && look->view->skip[at])
        return DSI_OK;
    const uint64_t key = key_at(look, at);
    const struct dsi_quantile_interval *interval =
        slot == DSI_QUANTILE_MANY ? dsi_quantile_plan_find(plan, channel, key)
                                  : plan->intervals + plan->at[channel] + slot - 1;
    if (!interval)
        return DSI_OK;
    return interval->row == DSI_QUANTILE_COLLECTED
               ? collect_key(look, interval, key, err)
               : count_key(look, interval, key, err);
}

/* Column c of the tile, which is this channel. */
static enum dsi_status look_at_column(struct look *look,
                                      const struct dsi_key_tile *tile, size_t c,
                                      uint64_t channel, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = look->quantiles->plan;
    const uint8_t *slots = plan->slots + channel * plan->slots_stride;
    const uint16_t *hits = look->quantiles->hits, *bins = tile->bins + c;
    const size_t n_hits =
        find_hits(slots, bins, tile->n_columns, tile->n, look->quantiles->hits);
    for (size_t i = 0; i < n_hits; i++)
        DSI_TRY(look_at_hit(look, channel, tile->first + c + hits[i] * tile->row_step,
                            slots[bins[hits[i] * tile->n_columns]], err));
    return DSI_OK;
}

/* The targets of the tile's columns, so often side by side that they are a period. */
static size_t lay_targets(const struct look *look, const struct dsi_key_tile *tile)
{
    const struct dsi_quantile_plan *plan = look->quantiles->plan;
    const uint64_t n_channels = plan->ground->histogram->n_rows;
    const size_t n_columns = tile->n_columns;
    const size_t n_times = (DSI_KEY_MIN_PERIOD + n_columns - 1) / n_columns;
    uint16_t *to = look->quantiles->targets;
    for (size_t k = 0; k < plan->n_targets; k++) {
        const uint16_t *from = plan->targets + k * n_channels;
        uint16_t *const row = to;
        for (size_t c = 0; c < n_columns; c++)
            row[c] = from[dsi_values_channel(look->view, tile->channel + c)];
        for (to += n_columns; to < row + n_times * n_columns; to += n_columns)
            memcpy(to, row, n_columns * sizeof *row);
    }
    return n_times * n_columns;
}

/* The slot of a column's bin, from 1, as the plan's targets are in order; without a
 * jump to be guessed. In the plan's slots it would lie far from those of other
 * columns. */
static inline uint8_t slot_among(const uint16_t *targets, size_t period, size_t n,
                                 uint16_t bin)
{
    size_t slot = DSI_QUANTILE_NO_SLOT;
    for (size_t k = n; k > 0; k--)
        slot = targets[(k - 1) * period] == bin ? k : slot;
    return (uint8_t)slot;
}

/* Neighbouring columns at once: which bins are targets is told by vectors. */
static enum dsi_status look_across(struct look *look, const struct dsi_key_tile *tile,
                                   struct dsi_error *err)
{
    struct dsi_quantiles *quantiles = look->quantiles;
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const size_t n = tile->n * tile->n_columns, period = lay_targets(look, tile);
    const uint32_t width = (uint32_t)tile->n_columns;
    const bool are_whole = dsi_quantile_plan_is_whole(plan);
    uint16_t *marks = quantiles->hits;
    dsi_key_matches(quantiles->level, tile->bins, n, quantiles->targets, period,
                    plan->n_targets, marks);
    const size_t n_hits = dsi_key_marked(quantiles->level, marks, n, quantiles->hits);
    for (size_t i = 0; i < n_hits; i++) {
        const uint32_t row = quantiles->hits[i] / width;
        const uint32_t c = quantiles->hits[i] - row * width;
        const uint64_t channel = dsi_values_channel(look->view, tile->channel + c);
        const uint8_t slot =
            are_whole ? slot_among(quantiles->targets + c, period, plan->n_targets,
                                   tile->bins[quantiles->hits[i]])
                      : DSI_QUANTILE_MANY;
        if (plan->at[channel] < plan->at[channel + 1])
            DSI_TRY(look_at_hit(look, channel, tile->first + row * tile->row_step + c,
                                slot, err));
    }
    return DSI_OK;
}

static enum dsi_status look_at_tile(void *context, const struct dsi_values *view,
                                    const struct dsi_key_tile *tile,
                                    struct dsi_error *err)
{
    struct look *look = context;
    const struct dsi_quantile_plan *plan = look->quantiles->plan;
    if (look->quantiles->targets && tile->n_columns > 1)
        return look_across(look, tile, err);
    for (size_t c = 0; c < tile->n_columns; c++) {
        const uint64_t channel = dsi_values_channel(view, tile->channel + c);
        if (plan->at[channel] < plan->at[channel + 1])
            DSI_TRY(look_at_column(look, tile, c, channel, err));
    }
    return DSI_OK;
}

/* Room for those of a group of columns, where that way of looking is to be taken. */
static enum dsi_status take_targets(struct dsi_quantiles *quantiles,
                                    const struct dsi_values *values,
                                    struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const uint64_t n = plan->n_targets * (DSI_KEY_GROUP + DSI_KEY_MIN_PERIOD);
    if (quantiles->targets || !plan->targets || values->n_channels == 1 ||
        values->n_inner > 1)
        return DSI_OK;
    quantiles->targets = dsi_alloc_array(n, sizeof *quantiles->targets);
    return quantiles->targets ? DSI_OK
                              : dsi_fail_memory(err, n * sizeof *quantiles->targets);
}

enum dsi_status dsi_quantiles_look(struct dsi_quantiles *quantiles,
                                   const struct dsi_values *values,
                                   struct dsi_error *err)
{
    struct look look = {.quantiles = quantiles, .view = values};
    look.sign = UINT64_C(1) << (dsi_key_bits(quantiles->dtype) - 1);
    look.all = look.sign | (look.sign - 1);
    const struct dsi_quantile_plan *plan = quantiles->plan;
    look.count_shift = dsi_quantile_plan_rest(plan) - plan->count_bits;
    look.count_mask = (UINT64_C(1) << plan->count_bits) - 1;
    look.rest_mask = (UINT64_C(1) << dsi_quantile_plan_rest(plan)) - 1;
    look.key_size = dsi_key_log_size(plan);
    if (plan->n_rows > 0) {
        DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
        DSI_TRY(dsi_bit_histogram_expect(quantiles->counts,
                                         values->n_outer * values->n_inner,
                                         values->times, &look.is_narrow, err));
    }
    DSI_TRY(take_targets(quantiles, values, err));
    DSI_TRY(dsi_key_tiles(quantiles->level, &quantiles->form, values, quantiles->bins,
                          look_at_tile, &look, err));
    raise_waiting(&look);
    return DSI_OK;
}
