/* Order statistics through all their passes, in parts, against sorted values, for
 * tests.
 */
#ifndef DSI_QUANTILE_PASSES_H
#define DSI_QUANTILE_PASSES_H

#include "quantile_state.h"

enum { N_RANKS = 12, MAX_PARTS = 5 };

/* What a test counts, and how. */
struct quantile_subject {
    struct dsi_values view;
    uint64_t n_table_channels;
    unsigned first_bits;
    struct dsi_quantile_budget budget;
    size_t n_parts;
    bool saves;
    bool tells; /* of the zeros */
};

struct dsi_quantiles *quantiles_fresh(const struct quantile_subject *subject);
struct dsi_bytes quantiles_saved(const struct dsi_quantiles *quantiles);

/* Goes through the pass that whole is at, in parts that are merged last first or first
 * first, which must be the same. */
struct dsi_quantiles *quantiles_pass(const struct quantile_subject *subject,
                                     struct dsi_quantiles *whole);

/* Through all passes, which must find what sorting finds; the number of them. */
unsigned quantiles_check(const struct quantile_subject *subject);

#endif
