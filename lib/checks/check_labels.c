/* Counts labels as balance does, and has other things to say of them. */
#include "labels.h"

const struct dsi_labels_parameters dsi_labels_defaults = {
    .classes = {.weighting = DSI_WEIGHT_INVERSE_SQRT}};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_LABELS;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    labels->parameters = parameters;
    return dsi_check_balance.init(&labels->counts, dataset,
                                  &labels->parameters->classes, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    return dsi_check_balance.update(&labels->counts, block, err);
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dsi_labels_state *a = into;
    const struct dsi_labels_state *b = from;
    return dsi_check_balance.merge(&a->counts, &b->counts, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_labels_state *labels = state;
    return dsi_check_balance.save(&labels->counts, out, err);
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    return dsi_check_balance.load(&labels->counts, in, err);
}

static void destroy(void *state)
{
    struct dsi_labels_state *labels = state;
    dsi_check_balance.destroy(&labels->counts);
}

const struct dsi_check dsi_check_labels = {
    .name = "labels",
    .help = "what is wrong with the labels",
    .need = need,
    .state_size = sizeof(struct dsi_labels_state),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = dsi_labels_finish,
    .destroy = destroy,
    .default_parameters = &dsi_labels_defaults,
};
