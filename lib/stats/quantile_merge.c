/* Parts of one pass put together. */
#include "quantile_state.h"

static enum dsi_status merge_tallies(struct dsi_quantiles *into,
                                     const struct dsi_quantiles *from,
                                     struct dsi_error *err)
{
    for (uint32_t row = 0; from->tallies && row < from->plan->n_rows; row++) {
        const struct dsi_key_tally *tally = from->tallies + row;
        if (tally->is_over)
            dsi_key_tally_give_up(into->tallies + row);
        for (uint32_t i = 0; i < tally->n; i++)
            DSI_TRY(dsi_key_tally_add(into->tallies + row, tally->keys[i].key,
                                      tally->keys[i].n, into->plan->n_tally, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_quantiles_merge(struct dsi_quantiles *into,
                                    const struct dsi_quantiles *from,
                                    struct dsi_error *err)
{
    const bool same = !into->plan || !from->plan
                          ? into->plan == from->plan
                          : dsi_quantile_plan_equal(into->plan, from->plan);
    if (!same)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "parts of different passes over the data do not add up");
    into->mark += from->mark;
    for (size_t i = 0; i < from->n_wants; i++)
        DSI_TRY(
            dsi_quantiles_want(into, from->wants[i].channel, from->wants[i].rank, err));
    if (from->counts) {
        DSI_TRY(dsi_quantiles_take_counts(into, err));
        DSI_TRY(dsi_bit_histogram_merge(into->counts, from->counts, err));
    }
    DSI_TRY(dsi_key_log_merge(into, from, err));
    return merge_tallies(into, from, err);
}
