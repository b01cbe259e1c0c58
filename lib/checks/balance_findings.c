/* What balance finds beside odd classes (class_findings.c): imbalance, and masks that
 * are none. */
#include "class_findings.h"

#include <inttypes.h>

/* --- findings of one group
 * -------------------------------------------------------------- */

static enum dsi_status find_imbalance(const struct dsi_balance_finishing *f,
                                      const struct dsi_balance_group *g,
                                      struct dsi_error *err)
{
    size_t most = 0, least = SIZE_MAX;
    struct dsi_imbalance imbalance;
    DSI_TRY(dsi_imbalance_of(g->counts, g->n_indexed, &imbalance, err));
    if (!(imbalance.ratio >= f->balance->parameters->max_imbalance))
        return DSI_OK;
    for (size_t i = 0; i < g->n_indexed; i++) {
        most = g->counts[i] > g->counts[most] ? i : most;
        if (g->counts[i] && (least == SIZE_MAX || g->counts[i] < g->counts[least]))
            least = i;
    }
    return dsi_balance_find(f, "imbalance", DSI_WARNING, g->name, UINT64_MAX, err,
                            "the largest class, %.80s with %" PRIu64
                            ", is %.4g times the smallest, "
                            "%.80s with %" PRIu64,
                            g->classes[most].name, g->counts[most], imbalance.ratio,
                            g->classes[least].name, g->counts[least]);
}

static enum dsi_status find_repeats(const struct dsi_balance_finishing *f,
                                    const struct dsi_balance_group *g,
                                    struct dsi_error *err)
{
    double limit = f->balance->parameters->max_repeat, worst = 0;
    if (f->balance->parameters->pixels)
        return DSI_OK; /* pixels are not drawn one by one */
    size_t n = 0, at = 0;
    for (size_t i = 0; i < g->n_indexed; i++) {
        const struct dsi_balance_class *c = &g->classes[i];
        double repeat = c->count ? (double)c->over / (double)c->count : 0;
        n += repeat > limit;
        if (repeat > worst) {
            worst = repeat;
            at = i;
        }
    }
    if (n == 0)
        return DSI_OK;
    return dsi_balance_find(
        f, "repeat", DSI_WARNING, g->name, g->classes[at].first, err,
        "oversampling would repeat the samples of %zu %s more than %.4g times (%.80s: "
        "%.4g times); a model learns such samples by heart",
        n, n == 1 ? "class" : "classes", limit, g->classes[at].name, worst);
}

/* --- masks
 * ------------------------------------------------------------------------------ */

static enum dsi_status find_mask_faults(const struct dsi_balance_finishing *f,
                                        struct dsi_error *err)
{
    const struct dsi_balance *balance = f->balance;
    if (balance->n_not_masks)
        DSI_TRY(dsi_balance_find(f, "not_a_mask", DSI_WARNING, NULL, UINT64_MAX, err,
                                 "%" PRIu64 " pictures or rows hold no class per pixel "
                                 "(several channels, or text): not counted",
                                 balance->n_not_masks));
    if (balance->n_lossy_masks)
        DSI_TRY(dsi_balance_find(f, "lossy_mask", DSI_WARNING, NULL, UINT64_MAX, err,
                                 "%" PRIu64
                                 " masks are JPEG, which changes pixel values "
                                 "and so makes classes up: save masks as PNG",
                                 balance->n_lossy_masks));
    for (size_t g = 0; g < balance->n_groups && balance->n_ignored; g++)
        if (dsi_balance_shows(f, g) && f->groups[g].n_indexed <= 1)
            DSI_TRY(dsi_balance_find(
                f, "ignored_class", DSI_WARNING, f->groups[g].name, UINT64_MAX, err,
                "%" PRIu64 " pixels are ignored, and at most one class "
                "is left: is the ignored value a class "
                "(--ignore-label=none)?",
                balance->n_ignored));
    return DSI_OK;
}

/* Splits of one input; several inputs need have nothing to do with each other. */
static enum dsi_status find_split_differences(const struct dsi_balance_finishing *f,
                                              struct dsi_error *err)
{
    const struct dsi_dataset *dataset = f->balance->dataset;
    if (!dataset->has_splits || dataset->has_many_inputs ||
        f->balance->parameters->pixels)
        return DSI_OK;
    return dsi_class_find_differences(f, err);
}

enum dsi_status dsi_balance_add_findings(const struct dsi_balance_finishing *f,
                                         struct dsi_error *err)
{
    for (size_t g = 0; g < f->balance->n_groups; g++) {
        if (!dsi_balance_shows(f, g))
            continue;
        DSI_TRY(find_imbalance(f, &f->groups[g], err));
        DSI_TRY(find_repeats(f, &f->groups[g], err));
        DSI_TRY(dsi_class_find_odd(f, g, err));
    }
    DSI_TRY(find_split_differences(f, err));
    DSI_TRY(find_mask_faults(f, err));
    return dsi_class_find_emptiness(f, err);
}
