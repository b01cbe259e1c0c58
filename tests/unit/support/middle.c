#include "middle.h"

#include "channels.h"
#include "quantile_state.h"

struct middle {
    struct dsi_quantiles *quantiles;
    const struct dsi_dataset *dataset;
    struct dsi_channel_room room;
};

static unsigned need_of_middle(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status init_middle(void *state, const struct dsi_dataset *dataset,
                                   const void *parameters, struct dsi_error *err)
{
    static const struct dsi_dtype float64 = {.kind = DSI_FLOAT, .size = 8};
    struct middle *middle = state;
    (void)parameters;
    middle->dataset = dataset;
    middle->quantiles = dsi_quantiles_new(float64, 1, 16);
    if (!middle->quantiles)
        return dsi_fail_memory(err, 0);
    /* Room for no values, and for counters of 12 bits: 16, 12 and 12 of them, and then
     * there are so few different values that they are told apart. */
    dsi_quantiles_set_budget(middle->quantiles,
                             (struct dsi_quantile_budget){0, 1 << 12});
    return DSI_OK;
}

static enum dsi_status update_middle(void *state, const struct dsi_block *block,
                                     struct dsi_error *err)
{
    struct middle *middle = state;
    const struct dsi_channels *channels =
        &middle->dataset->groups[block->group].channels;
    const struct dsi_sentinels none = {0};
    struct dsi_values values;
    size_t table;
    DSI_TRY(
        dsi_block_values(block, channels, &none, &middle->room, &values, &table, err));
    if (values.n_outer == 0 || channels->n != 1 || values.dtype.size != 8)
        return DSI_OK;
    return dsi_quantiles_add(middle->quantiles, &values, err);
}

static enum dsi_status merge_middle(void *into, const void *from, struct dsi_error *err)
{
    struct middle *a = into;
    const struct middle *b = from;
    return dsi_quantiles_merge(a->quantiles, b->quantiles, err);
}

static enum dsi_status save_middle(const void *state, struct dsi_bytes *out,
                                   struct dsi_error *err)
{
    const struct middle *middle = state;
    return dsi_quantiles_save(middle->quantiles, out, err);
}

static enum dsi_status load_middle(void *state, struct dsi_bytes_reader *in,
                                   struct dsi_error *err)
{
    struct middle *middle = state;
    return dsi_quantiles_load(middle->quantiles, in, err);
}

static enum dsi_status plan_middle(void *state, bool *more, struct dsi_error *err)
{
    struct middle *middle = state;
    const uint64_t n = dsi_quantiles_n(middle->quantiles, 0);
    if (!middle->quantiles->plan && n)
        DSI_TRY(dsi_quantiles_want(middle->quantiles, 0, n / 2, err));
    return dsi_quantiles_next(middle->quantiles, more, err);
}

static enum dsi_status adopt_middle(void *fresh, const void *planned,
                                    struct dsi_error *err)
{
    struct middle *middle = fresh;
    const struct middle *by = planned;
    return dsi_quantiles_adopt(middle->quantiles, by->quantiles, err);
}

static enum dsi_status finish_middle(void *state, struct dsi_report *report,
                                     struct dsi_error *err)
{
    const struct middle *middle = state;
    const uint64_t n = dsi_quantiles_n(middle->quantiles, 0);
    uint64_t key;
    const bool is_known = n && dsi_quantiles_key(middle->quantiles, 0, n / 2, &key);
    const struct dsi_value row[] = {
        dsi_int((int64_t)n),
        is_known ? dsi_float(dsi_key_double(middle->quantiles->dtype, key))
                 : dsi_null()};
    return dsi_report_row(report, row, err);
}

static void destroy_middle(void *state)
{
    struct middle *middle = state;
    dsi_channel_room_free(&middle->room);
    dsi_quantiles_free(middle->quantiles);
}

const struct dsi_check check_middle = {
    .name = "middle",
    .need = need_of_middle,
    .state_size = sizeof(struct middle),
    .init = init_middle,
    .update = update_middle,
    .merge = merge_middle,
    .save = save_middle,
    .load = load_middle,
    .plan = plan_middle,
    .adopt = adopt_middle,
    .n_columns = 2,
    .finish = finish_middle,
    .destroy = destroy_middle,
};
