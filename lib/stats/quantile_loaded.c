/* A state read back; quantile_saved.c tells how it is written. What no state would have
 * saved is refused, and memory is taken as bytes to fill it are read. */
#include "quantile_state.h"

#include "varint.h"

static enum dsi_status never_saved(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "order statistics that were never saved");
}

static enum dsi_status load_channel(const struct dsi_quantiles *quantiles,
                                    struct dsi_bytes_reader *in, uint32_t *channel,
                                    struct dsi_error *err)
{
    uint64_t number;
    DSI_TRY(dsi_varint_read(in, &number, err));
    if (number >= quantiles->n_channels)
        return never_saved(err);
    *channel = (uint32_t)number;
    return DSI_OK;
}

static bool is_before(const struct dsi_quantile_want *a,
                      const struct dsi_quantile_want *b)
{
    return a->channel < b->channel || (a->channel == b->channel && a->rank < b->rank);
}

static enum dsi_status load_first(struct dsi_quantiles *quantiles,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t n;
    struct dsi_quantile_want last = {0}, want = {0};
    DSI_TRY(dsi_varint_read(in, &n, err));
    for (uint64_t i = 0; i < n; i++, last = want) {
        DSI_TRY(load_channel(quantiles, in, &want.channel, err));
        DSI_TRY(dsi_varint_read(in, &want.rank, err));
        if (i && !is_before(&last, &want))
            return never_saved(err);
        DSI_TRY(dsi_quantiles_want(quantiles, want.channel, want.rank, err));
    }
    DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
    DSI_TRY(dsi_bit_histogram_load(quantiles->counts, in, err));
    uint64_t n_values = 0;
    for (size_t i = 0; i < quantiles->n_wants; i++) {
        const uint32_t channel = quantiles->wants[i].channel;
        if (i == 0 || channel != quantiles->wants[i - 1].channel)
            n_values = dsi_bit_histogram_n(quantiles->counts, channel);
        if (quantiles->wants[i].rank >= n_values)
            return never_saved(err);
    }
    return DSI_OK;
}

static enum dsi_status load_wants(const struct dsi_quantiles *quantiles,
                                  struct dsi_quantile_plan *plan,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t n, is_known;
    const uint64_t max_key = UINT64_MAX >> (64 - plan->key_bits);
    DSI_TRY(dsi_varint_read(in, &n, err));
    for (uint64_t i = 0; i < n; i++) {
        struct dsi_quantile_want want = {0};
        DSI_TRY(load_channel(quantiles, in, &want.channel, err));
        DSI_TRY(dsi_varint_read(in, &want.rank, err));
        DSI_TRY(dsi_varint_read(in, &is_known, err));
        want.is_known = is_known != 0;
        if (want.is_known)
            DSI_TRY(dsi_varint_read(in, &want.key, err));
        if (is_known > 1 || want.key > max_key ||
            want.rank >= plan->ground->n[want.channel] ||
            (i && !is_before(plan->wants + i - 1, &want)))
            return never_saved(err);
        DSI_TRY(dsi_quantile_plan_want(plan, want, err));
    }
    return DSI_OK;
}

static enum dsi_status load_interval(const struct dsi_quantiles *quantiles,
                                     struct dsi_quantile_plan *plan,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_quantile_interval interval = {0};
    const struct dsi_quantile_interval *last =
        plan->n_intervals ? plan->intervals + plan->n_intervals - 1 : NULL;
    const unsigned rest = dsi_quantile_plan_rest(plan);
    uint64_t leading, end;
    DSI_TRY(load_channel(quantiles, in, &interval.channel, err));
    DSI_TRY(dsi_varint_read(in, &leading, err));
    DSI_TRY(dsi_varint_read(in, &interval.below, err));
    DSI_TRY(dsi_varint_read(in, &interval.n, err));
    interval.first_key = leading << rest;
    if (leading >> plan->depth || interval.n == 0 ||
        !dsi_add(interval.below, interval.n, &end) ||
        end > plan->ground->n[interval.channel])
        return never_saved(err);
    if (last && (interval.channel < last->channel ||
                 (interval.channel == last->channel &&
                  (interval.first_key <= last->first_key ||
                   interval.below < last->below + last->n))))
        return never_saved(err);
    return dsi_quantile_plan_add(plan, interval, err);
}

/* Each interval holds wanted ranks that are not known, and each of these is held. */
static bool wants_fit(const struct dsi_quantile_plan *plan)
{
    size_t i = 0;
    for (size_t k = 0; k < plan->n_intervals; k++) {
        const struct dsi_quantile_interval *interval = plan->intervals + k;
        const size_t end = dsi_quantile_plan_wants_from(plan, interval->channel,
                                                        interval->below + interval->n);
        const size_t start =
            dsi_quantile_plan_wants_from(plan, interval->channel, interval->below);
        for (; i < start; i++)
            if (!plan->wants[i].is_known)
                return false;
        if (start == end)
            return false;
        for (; i < end; i++)
            if (plan->wants[i].is_known)
                return false;
    }
    for (; i < plan->n_wants; i++)
        if (!plan->wants[i].is_known)
            return false;
    return true;
}

static enum dsi_status load_plan(const struct dsi_quantiles *quantiles,
                                 struct dsi_quantile_plan *plan,
                                 struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t depth, n;
    const uint64_t first_bits = plan->key_bits - quantiles->form.shift;
    DSI_TRY(load_wants(quantiles, plan, in, err));
    DSI_TRY(dsi_varint_read(in, &depth, err));
    DSI_TRY(dsi_varint_read(in, &n, err));
    if (depth < first_bits || depth > plan->key_bits || (depth == plan->key_bits && n))
        return never_saved(err);
    plan->depth = (unsigned)depth;
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_interval(quantiles, plan, in, err));
    if (!wants_fit(plan))
        return never_saved(err);
    return dsi_quantile_plan_finish(plan, quantiles->budget, err);
}

/* A key at some distance from the last, within the interval. */
static enum dsi_status load_key(const struct dsi_quantile_plan *plan,
                                const struct dsi_quantile_interval *interval,
                                struct dsi_bytes_reader *in, uint64_t *key,
                                struct dsi_error *err)
{
    uint64_t step;
    const uint64_t last_key =
        interval->first_key + (UINT64_MAX >> (64 - dsi_quantile_plan_rest(plan)));
    DSI_TRY(dsi_varint_read(in, &step, err));
    if (step > last_key - *key)
        return never_saved(err);
    *key += step;
    return DSI_OK;
}

static enum dsi_status load_tally(const struct dsi_quantile_plan *plan,
                                  const struct dsi_quantile_interval *interval,
                                  struct dsi_key_tally *tally,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t n, count, key = interval->first_key, last = 0;
    DSI_TRY(dsi_varint_read(in, &n, err));
    if (n == (uint64_t)plan->n_tally + 1) {
        dsi_key_tally_give_up(tally);
        return DSI_OK;
    }
    if (n > plan->n_tally)
        return never_saved(err);
    for (uint64_t i = 0; i < n; i++, last = key) {
        DSI_TRY(load_key(plan, interval, in, &key, err));
        DSI_TRY(dsi_varint_read(in, &count, err));
        if (count == 0 || (i && key == last))
            return never_saved(err);
        DSI_TRY(dsi_key_tally_add(tally, key, count, plan->n_tally, err));
    }
    return DSI_OK;
}

static enum dsi_status load_keys(struct dsi_quantiles *quantiles, size_t number,
                                 struct dsi_bytes_reader *in, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    const struct dsi_quantile_interval *interval = plan->intervals + number;
    uint64_t n, key = interval->first_key;
    DSI_TRY(dsi_varint_read(in, &n, err));
    if (n > interval->n)
        return never_saved(err);
    for (uint64_t i = 0; i < n; i++) {
        DSI_TRY(load_key(plan, interval, in, &key, err));
        DSI_TRY(dsi_key_log_add(quantiles, number, key, 1, err));
    }
    return DSI_OK;
}

static enum dsi_status load_pass(struct dsi_quantiles *quantiles,
                                 struct dsi_bytes_reader *in, struct dsi_error *err)
{
    const struct dsi_quantile_plan *plan = quantiles->plan;
    if (plan->n_rows > 0) {
        DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
        DSI_TRY(dsi_bit_histogram_load(quantiles->counts, in, err));
    }
    for (size_t i = 0; i < plan->n_intervals; i++) {
        const struct dsi_quantile_interval *interval = plan->intervals + i;
        if (interval->row == DSI_QUANTILE_COLLECTED)
            DSI_TRY(load_keys(quantiles, i, in, err));
        else if (plan->n_tally)
            DSI_TRY(load_tally(plan, interval, quantiles->tallies + interval->row, in,
                               err));
    }
    return DSI_OK;
}

static enum dsi_status load_later(struct dsi_quantiles *quantiles,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_quantile_plan *plan = NULL;
    uint64_t mark;
    DSI_TRY(dsi_bytes_read_u64(in, &mark, err));
    DSI_TRY(dsi_quantiles_take_counts(quantiles, err));
    DSI_TRY(dsi_bit_histogram_load(quantiles->counts, in, err));
    enum dsi_status status = dsi_quantile_plan_new(
        quantiles->counts, mark, dsi_key_bits(quantiles->dtype), &plan, err);
    quantiles->counts = NULL;
    if (status == DSI_OK)
        status = load_plan(quantiles, plan, in, err);
    if (status != DSI_OK) {
        dsi_quantile_plan_free(plan);
        return status;
    }
    quantiles->plan = plan;
    return load_pass(quantiles, in, err);
}

enum dsi_status dsi_quantiles_load(struct dsi_quantiles *quantiles,
                                   struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t pass;
    DSI_TRY(dsi_varint_read(in, &pass, err));
    if (pass > 1)
        return never_saved(err);
    DSI_TRY(dsi_bytes_read_u64(in, &quantiles->mark, err));
    return pass ? load_later(quantiles, in, err) : load_first(quantiles, in, err);
}
