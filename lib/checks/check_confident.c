#include "check_confident.h"

struct state {
    struct dsi_confident *whole;
    struct dsi_confident_part *part;
};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status begin(struct state *state, struct dsi_error *err)
{
    state->part = dsi_confident_part_new(state->whole);
    return state->part ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)dataset;
    struct state *s = state;
    s->whole = ((const struct dsi_confident_check_parameters *)parameters)->confident;
    return begin(s, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct state *s = state;
    if (!block->values_are_one)
        return dsi_confident_see(s->part, block->first_sample, block->n_samples,
                                 block->values, err);
    for (uint64_t i = 0; i < block->n_samples; i++)
        DSI_TRY(
            dsi_confident_see(s->part, block->first_sample + i, 1, block->values, err));
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    return dsi_confident_merge(((struct state *)into)->part,
                               ((const struct state *)from)->part, err);
}

static void destroy(void *state)
{
    dsi_confident_part_free(((struct state *)state)->part);
}

static enum dsi_status plan(void *state, bool *more, struct dsi_error *err)
{
    struct state *s = state;
    DSI_TRY(dsi_confident_end_look(s->whole, s->part, more, err));
    dsi_confident_part_free(s->part);
    return begin(s, err);
}

/* What is looked for is known to the whole. */
static enum dsi_status adopt(void *fresh, const void *planned, struct dsi_error *err)
{
    (void)fresh, (void)planned, (void)err;
    return DSI_OK;
}

const struct dsi_check dsi_check_confident = {
    .name = "confident",
    .help = "labels that a model doubts",
    .need = need,
    .state_size = sizeof(struct state),
    .init = init,
    .update = update,
    .merge = merge,
    .plan = plan,
    .adopt = adopt,
    .destroy = destroy,
};
