/* What would make B into A, for the ways pipelines usually differ. */
#ifndef DSI_EXPLAIN_H
#define DSI_EXPLAIN_H

#include "opened_pair.h"

/* Numbers of a side, as many samples as are looked at. */
struct dsi_sample_values {
    double *values; /* C order */
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS];
    uint64_t n;
    bool is_whole; /* else axis 0 goes on */
};

/* How well something explains a difference. */
struct dsi_explanation {
    /* Root mean square of what it leaves of a - b; and the largest of it. */
    double rms, max;
    char text[512];
};

/* Moves of whole values: flips, shifts by one, channels in reverse, axes swapped. Takes
 * over into best what leaves less; a and b are of as many values. */
void dsi_explain_moves(const struct dsi_sample_values *a,
                       const struct dsi_sample_values *b, struct dsi_explanation *best);

/* A = scale B + shift, for all or by channel; a and b are of the same shape. */
void dsi_explain_affine(const struct dsi_sample_values *a,
                        const struct dsi_sample_values *b,
                        struct dsi_explanation *best);

/* A is B rounded to a type of fewer bits, or B is A; a and b are of the same shape. */
void dsi_explain_rounding(const struct dsi_sample_values *a,
                          const struct dsi_sample_values *b,
                          struct dsi_explanation *best);

/* Writes into text (of size bytes) what explains the difference, "no simple cause"
 * where nothing does. Reads some MiB of both sides from the start, and all of them
 * where only the order of samples may differ; in one thread. Failures are those of
 * reading. */
DSI_CHECKED enum dsi_status dsi_explain(struct dsi_opened_pair *pair, char *text,
                                        size_t size, struct dsi_error *err);

#endif
