/* Loss weights and resampling targets from class counts. Formulas and their sources
 * stand at each scheme. Pure functions, any thread. */
#ifndef DSI_CLASS_WEIGHTS_H
#define DSI_CLASS_WEIGHTS_H

#include "status.h"

enum dsi_weight_scheme {
    DSI_WEIGHT_INVERSE_SQRT, /* 1/sqrt(n_c) */
    DSI_WEIGHT_INVERSE,      /* 1/n_c */
    DSI_WEIGHT_BALANCED,     /* N/(K n_c), as scikit-learn; K: classes with samples */
    DSI_WEIGHT_EFFECTIVE,    /* (1-b)/(1-b^n_c), scaled to sum K; Cui et al. 2019 */
    DSI_WEIGHT_MEDIAN_FREQUENCY, /* median(f)/f_c; Eigen and Fergus 2015 */
    DSI_WEIGHT_ENET,             /* 1/ln(c+p_c); Paszke et al. 2016 */
    DSI_WEIGHT_LDAM_MARGIN, /* max n_c^(-1/4) / max_j n_j^(-1/4); Cao et al. 2019 */
    DSI_WEIGHT_LOGIT,       /* tau ln p_c; Menon et al. 2020 */
    DSI_WEIGHT_POS_WEIGHT,  /* (N-n_c)/n_c */
};

struct dsi_weighting {
    enum dsi_weight_scheme scheme;
    double parameter; /* beta, c, max or tau; 0 where the scheme has none */
};

enum dsi_normalize {
    DSI_NORMALIZE_NONE,
    DSI_NORMALIZE_MEAN, /* mean 1 over the classes with samples */
    DSI_NORMALIZE_SUM,  /* sum 1 */
    DSI_NORMALIZE_MAX,  /* largest 1 */
};

/* "inverse-sqrt", "effective:0.9999", "enet": a scheme and its parameter, checked.
 * DSI_ERR_USAGE lists the names. */
DSI_CHECKED enum dsi_status dsi_weighting_parse(struct dsi_weighting *weighting,
                                                const char *text,
                                                struct dsi_error *err);

/* weights[c] for n classes with counts[c] samples; a class without any gets 0, never
 * inf. n_containing[c], for median-frequency on masks: pixels of the images that
 * contain c; NULL: all of them. */
void dsi_class_weights(struct dsi_weighting weighting, enum dsi_normalize normalize,
                       const uint64_t *counts, const uint64_t *n_containing, size_t n,
                       double *weights);

/* Largest count / smallest non-zero count; 0 when there is no sample. */
double dsi_imbalance_ratio(const uint64_t *counts, size_t n);

/* H / ln K over the n classes, H in nats; 1 when n < 2. */
double dsi_class_entropy(const uint64_t *counts, size_t n);

/* Gini coefficient of the counts: sum_ij |n_i - n_j| / (2 n sum_i n_i). */
DSI_CHECKED enum dsi_status dsi_class_gini(const uint64_t *counts, size_t n,
                                           double *gini, struct dsi_error *err);

enum dsi_resampling {
    DSI_RESAMPLE_OVER,  /* every class to the largest count */
    DSI_RESAMPLE_UNDER, /* every class to the smallest non-zero count */
    DSI_RESAMPLE_MIXED, /* N/K each, the remainder to the rarest first: N stays */
};

/* targets[c] for every class; 0 for one without samples. target, when not 0, replaces
 * the rule. DSI_ERR_MEMORY only. */
DSI_CHECKED enum dsi_status dsi_resampling_targets(enum dsi_resampling resampling,
                                                   uint64_t target,
                                                   const uint64_t *counts, size_t n,
                                                   uint64_t *targets,
                                                   struct dsi_error *err);

#endif
