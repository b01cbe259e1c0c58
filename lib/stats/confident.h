/* Confident learning: which labels are likely wrong, given what a model that did not
 * see them thinks of each sample (Northcutt, Jiang and Chuang 2021, "Confident
 * Learning: Estimating Uncertainty in Dataset Labels", JAIR 70).
 *
 * The threshold of a class is the mean probability that its samples have of it. A
 * sample is counted towards the class it is confidently thought to be: the one it
 * reaches the threshold of, or of several the most probable. These counts by given
 * label, scaled to how many samples have each label, estimate how many labels of each
 * class are really of another; a filter says which samples those are.
 *
 * Results are those of cleanlab 2, its arithmetic included: sums in the probabilities'
 * own type as NumPy adds them, and ties as numpy.argsort breaks them.
 *
 * Probabilities are seen in looks over all rows, block by block, by many threads: rows
 * may come in any order and grouping, and the result is the same. Memory is about 25
 * bytes a sample (33 of float64), 16 bytes an issue and worker, and never all
 * probabilities at once. */
#ifndef DSI_CONFIDENT_H
#define DSI_CONFIDENT_H

#include "dtype.h"
#include "status.h"

enum dsi_confident_filter {
    DSI_CONFIDENT_PRUNE_BY_NOISE_RATE, /* of each pair of classes the widest margins */
    DSI_CONFIDENT_PRUNE_BY_CLASS,      /* of each class the least probable */
    DSI_CONFIDENT_BOTH,                /* what both of the above have */
    DSI_CONFIDENT_LEARNING,            /* what was counted towards another class */
    DSI_CONFIDENT_PREDICTED_NEQ_GIVEN, /* the most probable class is another */
    /* As many as LEARNING has, with the lowest scores. */
    DSI_CONFIDENT_LOW_SELF_CONFIDENCE,
    DSI_CONFIDENT_LOW_NORMALIZED_MARGIN,
};

enum dsi_confident_score {
    DSI_CONFIDENT_SELF_CONFIDENCE,   /* p of the label */
    DSI_CONFIDENT_NORMALIZED_MARGIN, /* (p of the label - largest other p + 1) / 2 */
    /* ln(1 + e) / e of e = the entropy of p over that of none known, over p of the
     * label. */
    DSI_CONFIDENT_WEIGHTED_ENTROPY,
};

/* As options spell them, in the order above, NULL-terminated. */
extern const char *const dsi_confident_filter_names[];
extern const char *const dsi_confident_score_names[];

/* No label, or none that counts. */
#define DSI_CONFIDENT_NONE UINT32_MAX

struct dsi_confident_parameters {
    enum dsi_confident_filter filter;
    enum dsi_confident_score score;
};

struct dsi_confident;

/* For n_samples below 2^32 - 1, each with n_classes probabilities (2 at least) of
 * dtype: float16, float32 or float64 (else DSI_ERR_UNSUPPORTED, or DSI_ERR_LIMIT).
 * labels are borrowed, one a sample, below n_classes or NONE; where a row turns out to
 * hold no probabilities, or never comes, its label becomes NONE. */
DSI_CHECKED enum dsi_status
dsi_confident_new(struct dsi_confident **confident,
                  const struct dsi_confident_parameters *parameters,
                  struct dsi_dtype dtype, uint32_t *labels, uint64_t n_samples,
                  uint64_t n_classes, struct dsi_error *err);
void dsi_confident_free(struct dsi_confident *confident); /* NULL is fine */

/* --- looks --------------------------------------------------------------------------
 */

/* What one worker has seen in a look. */
struct dsi_confident_part;

struct dsi_confident_part *dsi_confident_part_new(struct dsi_confident *confident);
void dsi_confident_part_free(struct dsi_confident_part *part); /* NULL is fine */

/* Rows of samples [first, first + n) in the machine's byte order. Each sample once a
 * look, whichever part sees it; rows past the last sample are let be. */
DSI_CHECKED enum dsi_status dsi_confident_see(struct dsi_confident_part *part,
                                              uint64_t first, uint64_t n,
                                              const void *rows, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_confident_merge(struct dsi_confident_part *into,
                                                const struct dsi_confident_part *from,
                                                struct dsi_error *err);

/* Ends a look whose parts are merged; *more when there is to be another. One thread. */
DSI_CHECKED enum dsi_status dsi_confident_end_look(struct dsi_confident *confident,
                                                   const struct dsi_confident_part *all,
                                                   bool *more, struct dsi_error *err);

/* --- results, after the last look ---------------------------------------------------
 */

/* Samples whose rows are no probabilities between 0 and 1 (1e-6 is let pass), and the
 * first of them. They have taken no part. */
uint64_t dsi_confident_n_bad(const struct dsi_confident *confident, uint64_t *first);

/* The samples whose labels are likely wrong, lowest score first; the confident's own.
 */
const uint32_t *dsi_confident_issues(const struct dsi_confident *confident,
                                     uint64_t *n);

double dsi_confident_score_of(const struct dsi_confident *confident, uint64_t sample);

/* The most probable class, the first of several. NONE of a sample without a label. */
uint32_t dsi_confident_predicted(const struct dsi_confident *confident,
                                 uint64_t sample);

#endif
