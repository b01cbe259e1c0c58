#include "quantile_state.h"
#include "value_mark.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* 64 MiB of counters for each worker, and of collected keys of 8 bytes, with half as
 * much room for more, for all workers together. */
enum { MAX_COUNTERS = (64 << 20) / 4, MAX_VALUES = (64 << 20) / 12, MIN_BITS = 8 };

unsigned dsi_quantiles_first_bits(uint64_t n_channels)
{
    unsigned bits = DSI_HISTOGRAM_MAX_BITS;
    while (bits > MIN_BITS && n_channels > (uint64_t)MAX_COUNTERS >> bits)
        bits--;
    return bits;
}

struct dsi_quantiles *dsi_quantiles_new(struct dsi_dtype dtype, uint64_t n_channels,
                                        unsigned first_bits)
{
    const unsigned key_bits = dsi_key_bits(dtype);
    assert(key_bits > 0 && n_channels <= UINT32_MAX);
    unsigned bits = first_bits < MIN_BITS ? MIN_BITS : first_bits;
    bits = bits > DSI_HISTOGRAM_MAX_BITS ? DSI_HISTOGRAM_MAX_BITS : bits;
    bits = bits > key_bits ? key_bits : bits;
    struct dsi_quantiles *quantiles = dsi_alloc_zeroed(1, sizeof *quantiles);
    if (!quantiles)
        return NULL;
    quantiles->dtype = dtype;
    quantiles->n_channels = n_channels;
    quantiles->form = dsi_key_form(dtype, bits);
    quantiles->level = dsi_cpu_level();
    quantiles->budget = (struct dsi_quantile_budget){MAX_VALUES, MAX_COUNTERS};
    quantiles->bins = dsi_alloc_array(DSI_KEY_TILE, sizeof *quantiles->bins);
    quantiles->hits = dsi_alloc_array(DSI_KEY_TILE, sizeof *quantiles->hits);
    quantiles->shown = dsi_alloc_zeroed(1, sizeof *quantiles->shown);
    if (quantiles->bins && quantiles->hits && quantiles->shown)
        return quantiles;
    dsi_quantiles_free(quantiles);
    return NULL;
}

void dsi_quantiles_set_budget(struct dsi_quantiles *quantiles,
                              struct dsi_quantile_budget budget)
{
    quantiles->budget = budget;
}

static unsigned key_bits(const struct dsi_quantiles *quantiles)
{
    return dsi_key_bits(quantiles->dtype);
}

static unsigned first_bits(const struct dsi_quantiles *quantiles)
{
    return key_bits(quantiles) - quantiles->form.shift;
}

void dsi_quantiles_clear_pass(struct dsi_quantiles *quantiles)
{
    const uint64_t n_rows = quantiles->counts ? quantiles->counts->n_rows : 0;
    for (uint64_t i = 0; quantiles->tallies && i < n_rows; i++)
        free(quantiles->tallies[i].keys);
    free(quantiles->tallies);
    quantiles->tallies = NULL;
    dsi_bit_histogram_free(quantiles->counts);
    quantiles->counts = NULL;
    quantiles->mark = 0;
    dsi_key_log_free(quantiles);
}

void dsi_quantiles_free(struct dsi_quantiles *quantiles)
{
    if (!quantiles)
        return;
    dsi_quantiles_clear_pass(quantiles);
    dsi_quantile_plan_free(quantiles->plan);
    free(quantiles->wants);
    free(quantiles->told);
    free(quantiles->bins);
    free(quantiles->hits);
    free(quantiles->targets);
    if (quantiles->shown)
        free(*quantiles->shown);
    free(quantiles->shown);
    free(quantiles);
}

enum dsi_status dsi_quantiles_take_counts(struct dsi_quantiles *quantiles,
                                          struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const uint64_t n_rows = plan ? plan->n_rows : quantiles->n_channels;
    const unsigned n_bits = plan ? plan->count_bits : first_bits(quantiles);
    const bool is_last_nan =
        !plan && quantiles->form.is_float && quantiles->form.nan_bin == UINT16_MAX;
    if (!quantiles->counts)
        quantiles->counts = dsi_bit_histogram_new(n_rows, n_bits, is_last_nan);
    if (!quantiles->counts)
        return dsi_fail_memory(err, sizeof *quantiles->counts);
    if (!plan || plan->n_tally == 0 || quantiles->tallies)
        return DSI_OK;
    quantiles->tallies = dsi_alloc_zeroed(n_rows, sizeof *quantiles->tallies);
    return quantiles->tallies
               ? DSI_OK
               : dsi_fail_memory(err, n_rows * sizeof *quantiles->tallies);
}

struct counting {
    struct dsi_quantiles *quantiles;
    bool is_narrow;
};

/* Values that stand for more than counters of 32 bits hold, one by one. */
static enum dsi_status count_wide(struct dsi_quantiles *quantiles,
                                  const struct dsi_values *view,
                                  const struct dsi_key_tile *tile,
                                  struct dsi_error *err)
{
    const uint8_t *data = view->data;
    for (size_t i = 0; i < tile->n; i++)
        for (size_t c = 0; c < tile->n_columns; c++) {
            const uint64_t at = tile->first + i * tile->row_step + c;
            const uint64_t key =
                dsi_key_of(quantiles->dtype, data + at * quantiles->dtype.size);
            if ((view->skip && view->skip[at]) || dsi_key_is_nan(quantiles->dtype, key))
                continue;
            DSI_TRY(dsi_bit_histogram_add_wide(
                quantiles->counts, dsi_values_channel(view, tile->channel + c),
                key >> quantiles->form.shift, view->times, err));
        }
    return DSI_OK;
}

static enum dsi_status count_tile(void *context, const struct dsi_values *view,
                                  const struct dsi_key_tile *tile,
                                  struct dsi_error *err)
{
    const struct counting *counting = context;
    if (!counting->is_narrow)
        return count_wide(counting->quantiles, view, tile, err);
    dsi_bit_histogram_tile(counting->quantiles->counts, view, tile);
    return DSI_OK;
}

enum dsi_status dsi_quantiles_add(struct dsi_quantiles *quantiles,
                                  const struct dsi_values *values,
                                  struct dsi_error *err)
{
    struct counting counting = {.quantiles = quantiles};
    assert(values->dtype.kind == quantiles->dtype.kind &&
           values->dtype.size == quantiles->dtype.size);
    if (dsi_values_n(values) == 0 || values->times == 0)
        return DSI_OK;
    quantiles->mark += dsi_values_mark(quantiles->level, values);
    if (quantiles->plan)
        return dsi_quantiles_look(quantiles, values, err);
    DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
    DSI_TRY(dsi_bit_histogram_expect(quantiles->counts,
                                     values->n_outer * values->n_inner, values->times,
                                     &counting.is_narrow, err));
    return dsi_key_tiles(quantiles->level, &quantiles->form, values, quantiles->bins,
                         count_tile, &counting, err);
}

static const struct dsi_bit_histogram *ground(const struct dsi_quantiles *quantiles)
{
    return quantiles->plan ? quantiles->plan->ground->histogram : quantiles->counts;
}

const uint64_t *dsi_quantiles_bins(const struct dsi_quantiles *quantiles,
                                   uint64_t channel, uint64_t *n_bins)
{
    const struct dsi_bit_histogram *histogram = ground(quantiles);
    uint64_t n = 0;
    *n_bins = 0;
    if (histogram && !*quantiles->shown)
        *quantiles->shown = dsi_alloc_array((uint64_t)1 << histogram->n_bits,
                                            sizeof **quantiles->shown);
    if (!histogram || !*quantiles->shown)
        return NULL;
    (void)dsi_bit_histogram_row(histogram, channel, *quantiles->shown, &n);
    if (n == 0)
        return NULL;
    *n_bins = (uint64_t)1 << histogram->n_bits;
    return *quantiles->shown;
}

uint64_t dsi_quantiles_n(const struct dsi_quantiles *quantiles, uint64_t channel)
{
    if (quantiles->plan)
        return quantiles->plan->ground->n[channel];
    return quantiles->counts ? dsi_bit_histogram_n(quantiles->counts, channel) : 0;
}

enum dsi_status dsi_quantiles_want(struct dsi_quantiles *quantiles, uint64_t channel,
                                   uint64_t rank, struct dsi_error *err)
{
    assert(!quantiles->plan && channel < quantiles->n_channels);
    struct dsi_quantile_want *wants =
        dsi_grow_array(quantiles->wants, quantiles->n_wants, &quantiles->wants_capacity,
                       sizeof *wants);
    if (!wants)
        return dsi_fail_memory(err, quantiles->n_wants * sizeof *wants);
    quantiles->wants = wants;
    wants[quantiles->n_wants++] =
        (struct dsi_quantile_want){.channel = (uint32_t)channel, .rank = rank};
    return DSI_OK;
}

enum dsi_status dsi_quantiles_tell(struct dsi_quantiles *quantiles, uint64_t channel,
                                   uint64_t key, uint64_t n, struct dsi_error *err)
{
    assert(!quantiles->plan && channel < quantiles->n_channels);
    if (!quantiles->told)
        quantiles->told =
            dsi_alloc_zeroed(quantiles->n_channels, sizeof *quantiles->told);
    if (!quantiles->told)
        return dsi_fail_memory(err, quantiles->n_channels * sizeof *quantiles->told);
    quantiles->told[channel] = (struct dsi_key_count){.key = key, .n = n};
    return DSI_OK;
}

bool dsi_quantiles_key(const struct dsi_quantiles *quantiles, uint64_t channel,
                       uint64_t rank, uint64_t *key)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    if (!plan)
        return false;
    const size_t at = dsi_quantile_plan_wants_from(plan, channel, rank);
    if (at == plan->n_wants || plan->wants[at].channel != channel ||
        plan->wants[at].rank != rank || !plan->wants[at].is_known)
        return false;
    *key = plan->wants[at].key;
    return true;
}

enum dsi_status dsi_quantiles_adopt(struct dsi_quantiles *fresh,
                                    const struct dsi_quantiles *planned,
                                    struct dsi_error *err)
{
    (void)err;
    assert(!fresh->plan && !fresh->counts);
    if (planned->plan)
        fresh->plan = dsi_quantile_plan_share(planned->plan);
    return DSI_OK;
}
