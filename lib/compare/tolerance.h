/* The smallest tolerances that two arrays would agree with. */
#ifndef DSI_TOLERANCE_H
#define DSI_TOLERANCE_H

#include "close.h"

/* The smallest doubles that may be given: rtol beside the atol of the rule, atol beside
 * its rtol. Whatever is smaller, some value fails. Infinite: no number is enough, as
 * where NaN stands against a number, or, of rtol, a number against 0. A commutative
 * monoid: all zero to begin with, and the larger of two. */
struct dsi_tolerances {
    double rtol, atol;
};

void dsi_tolerances_merge(struct dsi_tolerances *into,
                          const struct dsi_tolerances *from);

/* Takes over what n values of each side need, laid out as dsi_close_run wants them, by
 * that function itself, so that it is exact whatever the types round. close is one that
 * dsi_close_init made; its rule names the other tolerance, and max_ulp counts for
 * nothing. */
void dsi_tolerances_run(const struct dsi_close *close, const void *a, unsigned stride_a,
                        const void *b, unsigned stride_b, size_t n,
                        struct dsi_tolerances *needed);

#endif
