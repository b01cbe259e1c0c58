/* The end of a pass: wanted keys that it gave away, and intervals for the next. */
#include "quantile_state.h"

#include <stdlib.h>
#include <string.h>

static enum dsi_status changed(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "the data changed while it was read");
}

/* What is at hand while a pass ends. */
struct ending {
    const struct dsi_quantiles *quantiles;
    struct dsi_quantile_plan *made;
    unsigned depth, count_bits, key_bits; /* of the pass; depth 0: the first */
    const struct dsi_key_count *told;     /* of the channel, in the first; NULL */
    uint64_t *bins;                       /* of one row */
};

/* The wants that an interval holds: those of *from on, up to the returned. */
static size_t wants_in(const struct dsi_quantile_plan *plan,
                       const struct dsi_quantile_interval *interval, size_t *from)
{
    *from = dsi_quantile_plan_wants_from(plan, interval->channel, interval->below);
    return dsi_quantile_plan_wants_from(plan, interval->channel,
                                        interval->below + interval->n);
}

static void know(struct dsi_quantile_want *want, uint64_t key)
{
    want->is_known = true;
    want->key = key;
}

static enum dsi_status end_collected(const struct ending *ending,
                                     const struct dsi_quantile_interval *interval,
                                     size_t number, struct dsi_error *err)
{
    size_t i, end = wants_in(ending->made, interval, &i);
    const struct dsi_key_list list = dsi_key_log_of(ending->quantiles, number);
    const struct dsi_key_settling settling = {
        .first_key = interval->first_key,
        .below = interval->below,
        .n_bits = ending->key_bits - ending->depth,
        .wants = ending->made->wants + i,
        .n_wants = end - i,
    };
    if (list.n != interval->n)
        return changed(err);
    if (settling.n_wants)
        dsi_key_settle(&list, dsi_key_log_size(ending->quantiles->plan), &settling);
    return DSI_OK;
}

enum { PIECE = 16 };

/* UINT64_MAX where no piece begins. */
static uint64_t sum_of_piece(const struct ending *ending, uint64_t bin)
{
    uint64_t sum = 0;
    if (bin % PIECE || bin + PIECE > UINT64_C(1) << ending->count_bits)
        return UINT64_MAX;
    for (size_t i = 0; i < PIECE; i++)
        sum += ending->bins[bin + i];
    return sum;
}

/* Goes on to the bin that holds a rank; below: the values before the bin. Most bins are
 * empty, and are passed over in pieces. */
static void go_to_rank(const struct ending *ending, uint64_t rank, uint64_t *bin,
                       uint64_t *below)
{
    while (rank - *below >= ending->bins[*bin]) {
        const uint64_t sum = sum_of_piece(ending, *bin);
        const bool is_before = sum <= rank - *below;
        *below += is_before ? sum : ending->bins[*bin];
        *bin += is_before ? PIECE : 1;
    }
}

/* Whether the bin, with keys from first_key on, holds nothing but the key told. */
static bool is_told(const struct ending *ending, uint64_t first_key, uint64_t n,
                    unsigned rest)
{
    return ending->told && ending->told->n == n &&
           ending->told->key >> rest == first_key >> rest;
}

/* The row's bins are in ending->bins and add up to interval->n. */
static enum dsi_status end_counted(const struct ending *ending,
                                   const struct dsi_quantile_interval *interval,
                                   struct dsi_error *err)
{
    struct dsi_quantile_plan *made = ending->made;
    const unsigned rest = ending->key_bits - ending->depth - ending->count_bits;
    size_t i, end = wants_in(made, interval, &i);
    uint64_t below = interval->below, bin = 0;
    bool is_added = false; /* the bin, as an interval */
    for (; i < end; i++) {
        const uint64_t was = bin;
        go_to_rank(ending, made->wants[i].rank, &bin, &below);
        is_added &= bin == was;
        const uint64_t first_key = interval->first_key + (bin << rest);
        if (rest == 0 || is_told(ending, first_key, ending->bins[bin], rest)) {
            know(made->wants + i, rest ? ending->told->key : first_key);
            continue;
        }
        if (!is_added)
            DSI_TRY(dsi_quantile_plan_add(
                made,
                (struct dsi_quantile_interval){.first_key = first_key,
                                               .below = below,
                                               .n = ending->bins[bin],
                                               .channel = interval->channel},
                err));
        is_added = true;
    }
    return DSI_OK;
}

/* All keys of the interval are in the tally. */
static enum dsi_status end_tallied(const struct ending *ending,
                                   const struct dsi_quantile_interval *interval,
                                   struct dsi_key_tally *tally, struct dsi_error *err)
{
    size_t i, end = wants_in(ending->made, interval, &i);
    uint64_t below = interval->below, left = interval->n;
    dsi_key_tally_sort(tally);
    for (uint32_t k = 0; k < tally->n; k++) {
        if (tally->keys[k].n > left)
            return changed(err);
        left -= tally->keys[k].n;
    }
    if (left)
        return changed(err);
    for (uint32_t k = 0; i < end; i++) {
        while (ending->made->wants[i].rank - below >= tally->keys[k].n)
            below += tally->keys[k++].n;
        know(ending->made->wants + i, tally->keys[k].key);
    }
    return DSI_OK;
}

static enum dsi_status end_row(const struct ending *ending,
                               const struct dsi_quantile_interval *interval,
                               struct dsi_error *err)
{
    const struct dsi_quantiles *quantiles = ending->quantiles;
    uint64_t n;
    if (!quantiles->counts ||
        !dsi_bit_histogram_row(quantiles->counts, interval->row, ending->bins, &n) ||
        n != interval->n)
        return changed(err);
    if (quantiles->tallies && !quantiles->tallies[interval->row].is_over)
        return end_tallied(ending, interval, quantiles->tallies + interval->row, err);
    return end_counted(ending, interval, err);
}

static enum dsi_status take_bins(struct ending *ending, struct dsi_error *err)
{
    const uint64_t n_bins = UINT64_C(1) << ending->count_bits;
    ending->bins = dsi_alloc_array(n_bins, sizeof *ending->bins);
    return ending->bins ? DSI_OK : dsi_fail_memory(err, n_bins * sizeof *ending->bins);
}

/* Every rank that was asked for is looked up in its channel's counts. */
static enum dsi_status end_first(struct ending *ending, struct dsi_error *err)
{
    const struct dsi_quantile_ground *ground = ending->made->ground;
    const size_t n_wants = ending->made->n_wants;
    for (size_t i = 0; i < n_wants;) {
        const struct dsi_quantile_want *want = ending->made->wants + i;
        const struct dsi_quantile_interval whole = {.channel = want->channel,
                                                    .n = ground->n[want->channel]};
        const struct dsi_key_count *told = ending->quantiles->told;
        uint64_t n;
        (void)dsi_bit_histogram_row(ground->histogram, whole.channel, ending->bins, &n);
        ending->told = told ? told + whole.channel : NULL;
        DSI_TRY(end_counted(ending, &whole, err));
        while (i < n_wants && ending->made->wants[i].channel == whole.channel)
            if (ending->made->wants[i++].rank >= whole.n)
                return dsi_fail(err, DSI_ERR_USAGE,
                                "a rank beyond the values of its channel");
    }
    return DSI_OK;
}

static enum dsi_status first_plan(struct dsi_quantiles *quantiles,
                                  struct dsi_quantile_plan **made,
                                  struct dsi_error *err)
{
    DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
    struct dsi_bit_histogram *counts = quantiles->counts;
    struct ending ending = {.quantiles = quantiles,
                            .count_bits = counts->n_bits,
                            .key_bits = dsi_key_bits(quantiles->dtype)};
    quantiles->counts = NULL;
    enum dsi_status status =
        dsi_quantile_plan_new(counts, quantiles->mark, ending.key_bits, made, err);
    if (status != DSI_OK)
        goto out;
    ending.made = *made;
    dsi_quantiles_sort_wants(quantiles->wants, &quantiles->n_wants);
    for (size_t i = 0; i < quantiles->n_wants; i++) {
        status = dsi_quantile_plan_want(*made, quantiles->wants[i], err);
        if (status != DSI_OK)
            goto out;
    }
    status = take_bins(&ending, err);
    if (status != DSI_OK)
        goto out;
    status = end_first(&ending, err);
    (*made)->depth = ending.count_bits;
out:
    free(ending.bins);
    return status;
}

static enum dsi_status copy_wants(const struct dsi_quantile_plan *plan,
                                  struct dsi_quantile_plan *made, struct dsi_error *err)
{
    for (size_t i = 0; i < plan->n_wants; i++)
        DSI_TRY(dsi_quantile_plan_want(made, plan->wants[i], err));
    return DSI_OK;
}

static enum dsi_status next_plan(struct dsi_quantiles *quantiles,
                                 struct dsi_quantile_plan **made, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    struct ending ending = {.quantiles = quantiles,
                            .depth = plan->depth,
                            .count_bits = plan->count_bits,
                            .key_bits = plan->key_bits};
    enum dsi_status status = DSI_OK;
    if (quantiles->mark != plan->ground->mark)
        return changed(err);
    ending.made = *made = dsi_quantile_plan_after(plan);
    if (!ending.made) {
        status = dsi_fail_memory(err, sizeof *ending.made);
        goto out;
    }
    ending.made->depth = plan->depth + plan->count_bits;
    if ((status = copy_wants(plan, ending.made, err)) != DSI_OK ||
        (status = take_bins(&ending, err)) != DSI_OK)
        goto out;
    for (size_t i = 0; i < plan->n_intervals && status == DSI_OK; i++) {
        const struct dsi_quantile_interval *interval = plan->intervals + i;
        status = interval->row == DSI_QUANTILE_COLLECTED
                     ? end_collected(&ending, interval, i, err)
                     : end_row(&ending, interval, err);
    }
out:
    free(ending.bins);
    return status;
}

static int compare_wants(const void *a, const void *b)
{
    const struct dsi_quantile_want *x = a, *y = b;
    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

void dsi_quantiles_sort_wants(struct dsi_quantile_want *wants, size_t *n)
{
    size_t n_kept = 0;
    if (*n)
        qsort(wants, *n, sizeof *wants, compare_wants);
    for (size_t i = 0; i < *n; i++)
        if (n_kept == 0 || compare_wants(wants + n_kept - 1, wants + i) != 0)
            wants[n_kept++] = wants[i];
    *n = n_kept;
}

enum dsi_status dsi_quantiles_next(struct dsi_quantiles *quantiles, bool *more,
                                   struct dsi_error *err)
{
    *more = false;
    if (quantiles->plan && quantiles->plan->n_intervals == 0)
        return DSI_OK;
    struct dsi_quantile_plan *made = NULL;
    enum dsi_status status = quantiles->plan ? next_plan(quantiles, &made, err)
                                             : first_plan(quantiles, &made, err);
    if (status == DSI_OK)
        status = dsi_quantile_plan_finish(made, quantiles->budget, err);
    if (status != DSI_OK) {
        dsi_quantile_plan_free(made);
        return status;
    }
    dsi_quantiles_clear_pass(quantiles);
    dsi_quantile_plan_free(quantiles->plan);
    quantiles->plan = made;
    quantiles->n_wants = 0;
    *more = made->n_intervals > 0;
    return DSI_OK;
}
