/* Counts labels as balance does, and has other things to say of them; looks for equal
 * samples as dups does, and tells what their labels make of it. */
#include "dups_state.h"
#include "labels.h"

#include <stdlib.h>

extern const struct dsi_check dsi_check_dups;

const struct dsi_labels_parameters dsi_labels_defaults = {
    .classes = {.weighting = DSI_WEIGHT_INVERSE_SQRT}, .content = &dsi_dups_defaults};

static unsigned need(const void *parameters)
{
    const struct dsi_labels_parameters *p = parameters;
    return p->content ? DSI_NEED_LABELS | DSI_NEED_VALUES : DSI_NEED_LABELS;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    labels->parameters = parameters;
    DSI_TRY(dsi_check_balance.init(&labels->counts, dataset,
                                   &labels->parameters->classes, err));
    if (!labels->parameters->content)
        return DSI_OK;
    labels->content = dsi_alloc_zeroed(1, sizeof *labels->content);
    if (!labels->content)
        return dsi_fail_memory(err, sizeof *labels->content);
    DSI_TRY(dsi_check_dups.init(labels->content, dataset, labels->parameters->content,
                                err));
    /* One value says little, and repeats by nature whatever its label. */
    labels->content->skips_scalars = true;
    return DSI_OK;
}

/* A picture that cannot be read has a label all the same: its folder. */
static enum dsi_status count_labels(struct dsi_labels_state *labels,
                                    const struct dsi_block *block,
                                    struct dsi_error *err)
{
    struct dsi_block whole = *block;
    if (block->labels.kind == DSI_LABELS_CLASS)
        whole.n_samples += block->n_lost;
    return dsi_check_balance.update(&labels->counts, &whole, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    DSI_TRY(count_labels(labels, block, err));
    return labels->content ? dsi_check_dups.update(labels->content, block, err)
                           : DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dsi_labels_state *a = into;
    const struct dsi_labels_state *b = from;
    DSI_TRY(dsi_check_balance.merge(&a->counts, &b->counts, err));
    return a->content ? dsi_check_dups.merge(a->content, b->content, err) : DSI_OK;
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_labels_state *labels = state;
    DSI_TRY(dsi_check_balance.save(&labels->counts, out, err));
    return labels->content ? dsi_check_dups.save(labels->content, out, err) : DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_labels_state *labels = state;
    DSI_TRY(dsi_check_balance.load(&labels->counts, in, err));
    return labels->content ? dsi_check_dups.load(labels->content, in, err) : DSI_OK;
}

static void destroy(void *state)
{
    struct dsi_labels_state *labels = state;
    dsi_check_balance.destroy(&labels->counts);
    if (labels->content)
        dsi_check_dups.destroy(labels->content);
    free(labels->content);
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
