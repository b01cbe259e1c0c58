#include "quantile_plan.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_COUNT_BITS = 6 };

static void free_ground(struct dsi_quantile_ground *ground)
{
    if (!ground || atomic_fetch_sub(&ground->n_owners, 1) > 1)
        return;
    dsi_bit_histogram_free(ground->histogram);
    free(ground->n);
    free(ground);
}

static enum dsi_status sum_rows(struct dsi_quantile_ground *ground,
                                struct dsi_error *err)
{
    const struct dsi_bit_histogram *histogram = ground->histogram;
    for (uint64_t row = 0; row < histogram->n_rows; row++) {
        ground->n[row] = dsi_bit_histogram_n(histogram, row);
        if (ground->n[row] == UINT64_MAX)
            return dsi_fail(err, DSI_ERR_LIMIT, "2^64 values of one channel, or more");
    }
    return DSI_OK;
}

enum dsi_status dsi_quantile_plan_new(struct dsi_bit_histogram *histogram,
                                      uint64_t mark, unsigned key_bits,
                                      struct dsi_quantile_plan **plan,
                                      struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    struct dsi_quantile_plan *made = dsi_alloc_zeroed(1, sizeof *made);
    struct dsi_quantile_ground *ground = dsi_alloc_zeroed(1, sizeof *ground);
    uint64_t *n = dsi_alloc_zeroed(histogram->n_rows, sizeof *n);
    *plan = NULL;
    if (!made || !ground || !n) {
        status = dsi_fail_memory(err, histogram->n_rows * sizeof *n);
        goto out;
    }
    atomic_init(&made->n_owners, 1);
    atomic_init(&ground->n_owners, 1);
    ground->histogram = histogram;
    ground->n = n;
    ground->mark = mark;
    made->ground = ground;
    made->key_bits = key_bits;
    histogram = NULL;
    ground = NULL;
    n = NULL;
    status = sum_rows(made->ground, err);
    if (status != DSI_OK)
        goto out;
    *plan = made;
    made = NULL;
out:
    free(n);
    free(ground);
    dsi_bit_histogram_free(histogram);
    dsi_quantile_plan_free(made);
    return status;
}

struct dsi_quantile_plan *dsi_quantile_plan_after(const struct dsi_quantile_plan *plan)
{
    struct dsi_quantile_plan *made = dsi_alloc_zeroed(1, sizeof *made);
    if (!made)
        return NULL;
    atomic_init(&made->n_owners, 1);
    made->key_bits = plan->key_bits;
    made->ground = plan->ground;
    atomic_fetch_add(&made->ground->n_owners, 1);
    return made;
}

struct dsi_quantile_plan *dsi_quantile_plan_share(struct dsi_quantile_plan *plan)
{
    atomic_fetch_add(&plan->n_owners, 1);
    return plan;
}

void dsi_quantile_plan_free(struct dsi_quantile_plan *plan)
{
    if (!plan || atomic_fetch_sub(&plan->n_owners, 1) > 1)
        return;
    free_ground(plan->ground);
    free(plan->wants);
    free(plan->intervals);
    free(plan->at);
    free(plan->slots);
    free(plan->targets);
    free(plan);
}

enum dsi_status dsi_quantile_plan_want(struct dsi_quantile_plan *plan,
                                       struct dsi_quantile_want want,
                                       struct dsi_error *err)
{
    struct dsi_quantile_want *wants = dsi_grow_array(
        plan->wants, plan->n_wants, &plan->wants_capacity, sizeof *wants);
    if (!wants)
        return dsi_fail_memory(err, plan->n_wants * sizeof *wants);
    plan->wants = wants;
    wants[plan->n_wants++] = want;
    return DSI_OK;
}

enum dsi_status dsi_quantile_plan_add(struct dsi_quantile_plan *plan,
                                      struct dsi_quantile_interval interval,
                                      struct dsi_error *err)
{
    struct dsi_quantile_interval *intervals =
        dsi_grow_array(plan->intervals, plan->n_intervals, &plan->intervals_capacity,
                       sizeof *intervals);
    if (!intervals)
        return dsi_fail_memory(err, plan->n_intervals * sizeof *intervals);
    plan->intervals = intervals;
    intervals[plan->n_intervals++] = interval;
    return DSI_OK;
}

struct sized {
    uint64_t n;
    size_t at;
};

static int compare_sized(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* The smallest intervals are collected, as many as the budget has room for, which
 * settles them; the others are counted. */
static enum dsi_status choose(struct dsi_quantile_plan *plan,
                              struct dsi_quantile_budget budget, struct dsi_error *err)
{
    struct sized *sized = dsi_alloc_array(plan->n_intervals, sizeof *sized);
    if (!sized)
        return dsi_fail_memory(err, plan->n_intervals * sizeof *sized);
    for (size_t i = 0; i < plan->n_intervals; i++)
        sized[i] = (struct sized){.n = plan->intervals[i].n, .at = i};
    qsort(sized, plan->n_intervals, sizeof *sized, compare_sized);
    size_t i = 0;
    for (; i < plan->n_intervals; i++) {
        if (sized[i].n > budget.n_values - plan->n_collected)
            break;
        plan->n_collected += sized[i].n;
        plan->intervals[sized[i].at].row = DSI_QUANTILE_COLLECTED;
    }
    for (; i < plan->n_intervals; i++)
        plan->intervals[sized[i].at].row = 0;
    for (i = 0; i < plan->n_intervals; i++)
        if (plan->intervals[i].row != DSI_QUANTILE_COLLECTED)
            plan->intervals[i].row = plan->n_rows++;
    free(sized);
    return DSI_OK;
}

/* As many bits as there are counters for; and where these do not yet tell all keys
 * apart, a few different keys by themselves, as data of few values has them. */
static void choose_bits(struct dsi_quantile_plan *plan,
                        struct dsi_quantile_budget budget)
{
    const unsigned rest = dsi_quantile_plan_rest(plan);
    unsigned bits = rest < DSI_HISTOGRAM_MAX_BITS ? rest : DSI_HISTOGRAM_MAX_BITS;
    while (bits > MIN_COUNT_BITS && (uint64_t)plan->n_rows << bits > budget.n_counters)
        bits--;
    plan->count_bits = bits;
    if (bits == rest || plan->n_rows == 0)
        return;
    const uint64_t n_each = budget.n_counters / 4 / plan->n_rows;
    plan->n_tally = n_each < 1                        ? 1
                    : n_each > DSI_QUANTILE_MAX_TALLY ? DSI_QUANTILE_MAX_TALLY
                                                      : (uint32_t)n_each;
}

/* Where channels' intervals stand, and which bins of the first pass they are in. */
static enum dsi_status make_index(struct dsi_quantile_plan *plan, struct dsi_error *err)
{
    const struct dsi_bit_histogram *first = plan->ground->histogram;
    const unsigned shift = plan->key_bits - first->n_bits;
    const bool is_whole = dsi_quantile_plan_is_whole(plan);
    size_t n_before = 0; /* intervals of the same channel */
    uint64_t n_slots;
    plan->slots_stride = ((size_t)1 << first->n_bits) + 1; /* NaN's */
    plan->at = dsi_alloc_zeroed(first->n_rows + 1, sizeof *plan->at);
    if (!plan->at || !dsi_mul(first->n_rows, plan->slots_stride, &n_slots))
        return dsi_fail_memory(err, first->n_rows * sizeof *plan->at);
    plan->slots = dsi_alloc_zeroed(n_slots, 1);
    if (!plan->slots)
        return dsi_fail_memory(err, n_slots);
    for (size_t i = 0; i < plan->n_intervals; i++) {
        const struct dsi_quantile_interval *interval = plan->intervals + i;
        const bool is_first = i == 0 || interval->channel != interval[-1].channel;
        n_before = is_first ? 0 : n_before + 1;
        plan->at[interval->channel + 1] = i + 1;
        plan->slots[interval->channel * plan->slots_stride +
                    (size_t)(interval->first_key >> shift)] =
            is_whole && n_before + 1 < DSI_QUANTILE_MANY ? (uint8_t)(n_before + 1)
                                                         : DSI_QUANTILE_MANY;
    }
    for (uint64_t c = 0; c < first->n_rows; c++)
        if (plan->at[c + 1] == 0)
            plan->at[c + 1] = plan->at[c];
    return DSI_OK;
}

/* The bin of the first pass that an interval is in. */
static uint16_t first_bin(const struct dsi_quantile_plan *plan, size_t interval)
{
    const unsigned shift = plan->key_bits - plan->ground->histogram->n_bits;
    return (uint16_t)(plan->intervals[interval].first_key >> shift);
}

/* Writes the bins of a channel's intervals, up to max, stride apart, unless targets is
 * NULL; returns how many they are. */
static size_t list_targets(const struct dsi_quantile_plan *plan, uint64_t channel,
                           uint16_t *targets, size_t stride, size_t max)
{
    const size_t first = plan->at[channel], end = plan->at[channel + 1];
    size_t n = 0;
    for (size_t i = first; i < end; i++) {
        if (i > first && first_bin(plan, i) == first_bin(plan, i - 1))
            continue;
        if (targets && n < max)
            targets[n * stride] = first_bin(plan, i);
        n++;
    }
    for (size_t k = n; targets && k < max; k++)
        targets[k * stride] = n ? targets[0] : UINT16_MAX;
    return n;
}

static enum dsi_status make_targets(struct dsi_quantile_plan *plan,
                                    struct dsi_error *err)
{
    const uint64_t n_channels = plan->ground->histogram->n_rows;
    size_t most = 0;
    for (uint64_t c = 0; c < n_channels; c++) {
        const size_t n = list_targets(plan, c, NULL, 0, 0);
        most = n > most ? n : most;
    }
    if (most > DSI_QUANTILE_MAX_TARGETS)
        return DSI_OK;
    plan->targets = dsi_alloc_array(n_channels, most * sizeof *plan->targets);
    if (!plan->targets)
        return dsi_fail_memory(err, n_channels * most * sizeof *plan->targets);
    for (uint64_t c = 0; c < n_channels; c++)
        (void)list_targets(plan, c, plan->targets + c, (size_t)n_channels, most);
    plan->n_targets = most;
    return DSI_OK;
}

enum dsi_status dsi_quantile_plan_finish(struct dsi_quantile_plan *plan,
                                         struct dsi_quantile_budget budget,
                                         struct dsi_error *err)
{
    if (plan->n_intervals == 0)
        return DSI_OK;
    DSI_TRY(choose(plan, budget, err));
    choose_bits(plan, budget);
    DSI_TRY(make_index(plan, err));
    return make_targets(plan, err);
}

/* The last of n > 0 intervals that begins at the key or before it, or the first. A few
 * are gone through without a jump to be guessed. */
static const struct dsi_quantile_interval *
last_before(const struct dsi_quantile_interval *intervals, size_t n, uint64_t key)
{
    enum { FEW = 16 };
    size_t low = 0;
    while (n > FEW) {
        const size_t half = n / 2;
        if (intervals[low + half].first_key <= key)
            low += half;
        n -= half;
    }
    size_t n_before = 0;
    for (size_t i = 1; i < n; i++)
        n_before += intervals[low + i].first_key <= key;
    return intervals + low + n_before;
}

const struct dsi_quantile_interval *
dsi_quantile_plan_find(const struct dsi_quantile_plan *plan, uint64_t channel,
                       uint64_t key)
{
    const size_t first = plan->at[channel], n = plan->at[channel + 1] - first;
    if (n == 0)
        return NULL;
    const struct dsi_quantile_interval *found =
        last_before(plan->intervals + first, n, key);
    const unsigned rest = dsi_quantile_plan_rest(plan);
    return key >> rest == found->first_key >> rest ? found : NULL;
}

size_t dsi_quantile_plan_wants_from(const struct dsi_quantile_plan *plan,
                                    uint64_t channel, uint64_t rank)
{
    size_t low = 0, high = plan->n_wants;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct dsi_quantile_want *want = plan->wants + middle;
        if (want->channel < channel || (want->channel == channel && want->rank < rank))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool same_wants(const struct dsi_quantile_plan *a,
                       const struct dsi_quantile_plan *b)
{
    bool same = a->n_wants == b->n_wants;
    for (size_t i = 0; same && i < a->n_wants; i++) {
        const struct dsi_quantile_want *x = a->wants + i, *y = b->wants + i;
        same = x->channel == y->channel && x->rank == y->rank &&
               x->is_known == y->is_known && (!x->is_known || x->key == y->key);
    }
    return same;
}

bool dsi_quantile_plan_equal(const struct dsi_quantile_plan *a,
                             const struct dsi_quantile_plan *b)
{
    if (a == b)
        return true;
    bool same = same_wants(a, b) && a->n_intervals == b->n_intervals &&
                a->depth == b->depth && a->count_bits == b->count_bits;
    for (size_t i = 0; same && i < a->n_intervals; i++) {
        const struct dsi_quantile_interval *x = a->intervals + i, *y = b->intervals + i;
        same = x->channel == y->channel && x->first_key == y->first_key &&
               x->below == y->below && x->n == y->n && x->row == y->row;
    }
    return same && a->n_rows == b->n_rows && a->ground->mark == b->ground->mark &&
           dsi_bit_histogram_equal(a->ground->histogram, b->ground->histogram);
}
