/* Weights of classes against imbalance, from their counts n_c.
 *
 * N is the number of samples, K the number of classes that have any, p_c = n_c / N.
 * A class without samples gets weight 0 and does not count in K: it is reported as a
 * finding, and must not turn anybody's loss into infinity. */
#ifndef DSI_CLASS_WEIGHTS_H
#define DSI_CLASS_WEIGHTS_H

#include "status.h"

enum dsi_weighting {
    DSI_WEIGHT_INVERSE_SQRT, /* 1 / sqrt(n_c) */
    DSI_WEIGHT_INVERSE,      /* 1 / n_c */
    DSI_WEIGHT_BALANCED,     /* N / (K n_c), as scikit-learn computes it, bit for bit */
    /* (1 - b) / (1 - b^n_c), scaled to sum K; b is the parameter, 0 <= b < 1. Cui et
     * al., "Class-balanced loss based on effective number of samples", 2019. */
    DSI_WEIGHT_EFFECTIVE,
    /* median(f) / f_c, f_c = n_c / total_c. For masks n_c counts pixels and total_c the
     * pixels of the images that contain c; without totals f_c = p_c. Eigen and Fergus,
     * 2015. */
    DSI_WEIGHT_MEDIAN_FREQUENCY,
    /* 1 / ln(c + p_c); c is the parameter, c > 1. Paszke et al., "ENet", 2016. */
    DSI_WEIGHT_ENET,
    /* m n_c^(-1/4) / max_j n_j^(-1/4): a margin; m is the parameter, m > 0. Cao et al.,
     * "Learning imbalanced datasets with label-distribution-aware margin loss", 2019.
     */
    DSI_WEIGHT_LDAM_MARGIN,
    /* t ln p_c: added to a logit; t is the parameter, t > 0. Menon et al., "Long-tail
     * learning via logit adjustment", 2020. */
    DSI_WEIGHT_LOGIT,
    DSI_WEIGHT_POS_WEIGHT, /* (N - n_c) / n_c, as BCEWithLogitsLoss takes it */
};

/* What the weights of the classes with samples are scaled to. */
enum dsi_normalization {
    DSI_NORMALIZE_NONE,
    DSI_NORMALIZE_MEAN, /* their mean is 1 */
    DSI_NORMALIZE_SUM,  /* their sum is 1 */
    DSI_NORMALIZE_MAX,  /* the largest is 1 */
};

/* "balanced", "effective", "effective:0.9999": the scheme and its parameter, or the
 * default one (0.999, 1.02, 0.5, 1; 0 where there is none). DSI_ERR_USAGE lists the
 * names or says what the parameter may be. */
DSI_CHECKED enum dsi_status dsi_weighting_parse(const char *text,
                                                enum dsi_weighting *scheme,
                                                double *parameter,
                                                struct dsi_error *err);

/* "none", "mean", "sum", "max". */
DSI_CHECKED enum dsi_status
dsi_normalization_parse(const char *text, enum dsi_normalization *normalization,
                        struct dsi_error *err);

/* Fills weights from counts, n_classes of each. totals, of as many, is for
 * median-frequency and may be NULL; where n_c > 0 it is above 0. DSI_ERR_LIMIT when the
 * counts sum to 2^64 or more, DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_class_weights(enum dsi_weighting scheme,
                                              double parameter, const uint64_t *counts,
                                              const uint64_t *totals,
                                              uint64_t n_classes, double *weights,
                                              struct dsi_error *err);

/* Scales the weights of the classes with samples. Logit adjustments are added to
 * logits and are no factors: to refuse to scale them is the caller's affair. Weights
 * that sum to 0, or whose largest is 0, are left alone. */
void dsi_weights_normalize(enum dsi_normalization normalization, const uint64_t *counts,
                           uint64_t n_classes, double *weights);

#endif
