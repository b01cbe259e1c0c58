/* What comparing came to: adding a value, and merging. */
#include "close_kernels.h"

void dsi_closeness_init(struct dsi_closeness *closeness)
{
    *closeness = (struct dsi_closeness){
        .first_diff = DSI_CLOSE_NOWHERE,
        .max_abs_at = DSI_CLOSE_NOWHERE,
        .max_rel_at = DSI_CLOSE_NOWHERE,
        .max_ulp_at = DSI_CLOSE_NOWHERE,
    };
}

static void keep_real(double *most, uint64_t *at, double value, uint64_t value_at)
{
    if (value > *most || (value == *most && value_at < *at)) {
        *most = value;
        *at = value_at;
    }
}

static void keep_natural(uint64_t *most, uint64_t *at, uint64_t value,
                         uint64_t value_at)
{
    if (value > *most || (value == *most && value_at < *at)) {
        *most = value;
        *at = value_at;
    }
}

void dsi_closeness_merge(struct dsi_closeness *into, const struct dsi_closeness *from)
{
    into->n += from->n;
    into->n_diff += from->n_diff;
    if (from->first_diff < into->first_diff)
        into->first_diff = from->first_diff;
    keep_real(&into->max_abs, &into->max_abs_at, from->max_abs, from->max_abs_at);
    keep_real(&into->max_rel, &into->max_rel_at, from->max_rel, from->max_rel_at);
    keep_natural(&into->max_ulp, &into->max_ulp_at, from->max_ulp, from->max_ulp_at);
    into->n_nan_a += from->n_nan_a;
    into->n_nan_b += from->n_nan_b;
}

void dsi_closeness_add(struct dsi_closeness *into, const struct dsi_close_one *one,
                       bool measures, uint64_t index)
{
    if (!one->agrees) {
        into->n_diff++;
        if (index < into->first_diff)
            into->first_diff = index;
    }
    if (!measures)
        return;
    into->n_nan_a += one->nan_a;
    into->n_nan_b += one->nan_b;
    if (one->abs > 0)
        keep_real(&into->max_abs, &into->max_abs_at, one->abs, index);
    if (one->rel > 0)
        keep_real(&into->max_rel, &into->max_rel_at, one->rel, index);
    if (one->ulp > 0)
        keep_natural(&into->max_ulp, &into->max_ulp_at, one->ulp, index);
}
