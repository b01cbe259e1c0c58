/* How uneven classes are, and how many samples of each would even them out.
 *
 * Over classes with samples only; n_classes of them is K, their samples N. A declared
 * class without any is a finding of its own, not an infinite ratio. */
#ifndef DSI_IMBALANCE_H
#define DSI_IMBALANCE_H

#include "status.h"

struct dsi_imbalance {
    uint64_t n_samples, n_classes;
    uint64_t largest, smallest; /* counts; 0 without samples */
    double ratio;               /* largest / smallest; NaN without samples */
    double entropy;             /* -sum p ln p / ln K; 1 for K < 2: nothing is uneven */
    /* sum_i sum_j |n_i - n_j| / (2 K^2 mean), the Gini coefficient of the counts: 0
     * when they are equal, towards 1 when one class has all; 0 without samples. */
    double gini;
};

/* DSI_ERR_LIMIT when the counts sum to 2^64 or more, DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_imbalance_of(const uint64_t *counts, uint64_t n,
                                             struct dsi_imbalance *imbalance,
                                             struct dsi_error *err);

enum dsi_strategy {
    DSI_RESAMPLE_OVER,  /* every class as large as the largest */
    DSI_RESAMPLE_UNDER, /* as the smallest that has samples */
    /* floor(N / K) each and one more for the N % K rarest (of equals, the first): the
     * size of an epoch stays. */
    DSI_RESAMPLE_MIXED,
};

/* How many samples of each class to draw; 0 for a class without samples. target, unless
 * 0, takes the place of the strategy's own size: over then never shrinks a class and
 * under never grows one, mixed gives every class that many. DSI_ERR_LIMIT when the
 * counts sum to 2^64 or more, DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_resample_targets(enum dsi_strategy strategy,
                                                 uint64_t target,
                                                 const uint64_t *counts, uint64_t n,
                                                 uint64_t *targets,
                                                 struct dsi_error *err);

#endif
