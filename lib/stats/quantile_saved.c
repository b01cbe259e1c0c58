/* A state as bytes.
 *
 *   which pass: 0 the first, 1 a later one
 *   the mark of the values this pass saw, 8 bytes
 *   first: wants (number; channel, rank), counts
 *   later: the mark of the first pass, what it counted; wants (number; channel, rank, 1
 * and the key or 0); depth; intervals (number; channel, leading bits, values below,
 * values); counts; of every row the tally (number, or n_tally + 1 when it was given up;
 * key and count); of every collected interval the keys (number; keys)
 *
 * All other numbers are varints and all lists in order; keys after the first are
 * written as the distance from the one before, and the first from where the interval
 * starts. How intervals are looked into follows from them, and is not written. */
#include "quantile_state.h"

#include "varint.h"

#include <stdlib.h>
#include <string.h>

static enum dsi_status save_counts(const struct dsi_quantiles *quantiles,
                                   uint64_t n_rows, struct dsi_bytes *out,
                                   struct dsi_error *err)
{
    if (quantiles->counts)
        return dsi_bit_histogram_save(quantiles->counts, out, err);
    for (uint64_t row = 0; row < n_rows; row++)
        DSI_TRY(dsi_varint_append(out, 0, err));
    return DSI_OK;
}

static enum dsi_status save_first(const struct dsi_quantiles *quantiles,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    size_t n = quantiles->n_wants;
    struct dsi_quantile_want *wants = dsi_alloc_array((uint64_t)n + 1, sizeof *wants);
    if (!wants)
        return dsi_fail_memory(err, n * sizeof *wants);
    if (n)
        memcpy(wants, quantiles->wants, n * sizeof *wants);
    dsi_quantiles_sort_wants(wants, &n);
    enum dsi_status status = dsi_varint_append(out, n, err);
    for (size_t i = 0; i < n && status == DSI_OK; i++) {
        status = dsi_varint_append(out, wants[i].channel, err);
        if (status == DSI_OK)
            status = dsi_varint_append(out, wants[i].rank, err);
    }
    free(wants);
    return status == DSI_OK ? save_counts(quantiles, quantiles->n_channels, out, err)
                            : status;
}

static enum dsi_status save_plan(const struct dsi_quantile_plan *plan,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, plan->ground->mark, err));
    DSI_TRY(dsi_bit_histogram_save(plan->ground->histogram, out, err));
    DSI_TRY(dsi_varint_append(out, plan->n_wants, err));
    for (size_t i = 0; i < plan->n_wants; i++) {
        const struct dsi_quantile_want *want = plan->wants + i;
        DSI_TRY(dsi_varint_append(out, want->channel, err));
        DSI_TRY(dsi_varint_append(out, want->rank, err));
        DSI_TRY(dsi_varint_append(out, want->is_known, err));
        if (want->is_known)
            DSI_TRY(dsi_varint_append(out, want->key, err));
    }
    DSI_TRY(dsi_varint_append(out, plan->depth, err));
    DSI_TRY(dsi_varint_append(out, plan->n_intervals, err));
    for (size_t i = 0; i < plan->n_intervals; i++) {
        const struct dsi_quantile_interval *interval = plan->intervals + i;
        DSI_TRY(dsi_varint_append(out, interval->channel, err));
        DSI_TRY(dsi_varint_append(
            out, interval->first_key >> dsi_quantile_plan_rest(plan), err));
        DSI_TRY(dsi_varint_append(out, interval->below, err));
        DSI_TRY(dsi_varint_append(out, interval->n, err));
    }
    return DSI_OK;
}

/* The tally as any order of adding leaves it: of a copy, as sorting moves keys. */
static enum dsi_status save_tally(const struct dsi_key_tally *tally, uint64_t first_key,
                                  uint32_t n_tally, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    struct dsi_key_count keys[DSI_QUANTILE_MAX_TALLY];
    struct dsi_key_tally sorted = {.keys = keys, .n = tally->n};
    if (tally->is_over)
        return dsi_varint_append(out, (uint64_t)n_tally + 1, err);
    if (tally->n)
        memcpy(keys, tally->keys, tally->n * sizeof *keys);
    dsi_key_tally_sort(&sorted);
    DSI_TRY(dsi_varint_append(out, sorted.n, err));
    for (uint32_t i = 0; i < sorted.n; i++) {
        const uint64_t last = i ? keys[i - 1].key : first_key;
        DSI_TRY(dsi_varint_append(out, keys[i].key - last, err));
        DSI_TRY(dsi_varint_append(out, keys[i].n, err));
    }
    return DSI_OK;
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Of a copy, as sorting moves keys. */
static enum dsi_status save_keys(const struct dsi_key_list *list, size_t size,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    enum dsi_status status = dsi_varint_append(out, list->n, err);
    if (status != DSI_OK || list->n == 0)
        return status;
    uint64_t *keys = dsi_alloc_array(list->n, sizeof *keys), last = 0;
    if (!keys)
        return dsi_fail_memory(err, list->n * sizeof *keys);
    for (uint64_t i = 0; i < list->n; i++)
        keys[i] = dsi_key_list_at(list, size, i);
    qsort(keys, (size_t)list->n, sizeof *keys, compare_u64);
    for (uint64_t i = 0; i < list->n && status == DSI_OK; last = keys[i++])
        status = dsi_varint_append(out, keys[i] - last, err);
    free(keys);
    return status;
}

static enum dsi_status save_pass(const struct dsi_quantiles *quantiles,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const struct dsi_key_tally none = {0};
    DSI_TRY(save_counts(quantiles, plan->n_rows, out, err));
    for (size_t i = 0; i < plan->n_intervals; i++) {
        const struct dsi_quantile_interval *interval = plan->intervals + i;
        const struct dsi_key_list list = dsi_key_log_of(quantiles, i);
        if (interval->row == DSI_QUANTILE_COLLECTED)
            DSI_TRY(save_keys(&list, dsi_key_log_size(plan), out, err));
        else if (plan->n_tally)
            DSI_TRY(save_tally(quantiles->tallies ? quantiles->tallies + interval->row
                                                  : &none,
                               interval->first_key, plan->n_tally, out, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_quantiles_save(const struct dsi_quantiles *quantiles,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_varint_append(out, quantiles->plan != NULL, err));
    DSI_TRY(dsi_bytes_append_u64(out, quantiles->mark, err));
    if (!quantiles->plan)
        return save_first(quantiles, out, err);
    DSI_TRY(save_plan(quantiles->plan, out, err));
    return save_pass(quantiles, out, err);
}
