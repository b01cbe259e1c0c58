/* --pred-probs of labels: a model's probabilities beside the inputs, and the labels
 * that they speak against. */
#ifndef DSI_PRED_PROBS_H
#define DSI_PRED_PROBS_H

#include "confident.h"
#include "labels.h"
#include "scan_tool.h"

struct dsi_pred_probs {
    /* Set by the tool */
    const char *input; /* FILE[:ARRAY] of (samples, classes); NULL: none */
    struct dsi_confident_parameters parameters;
    uint64_t top;       /* issues listed at most */
    const char *issues; /* int64: the issues, worst first; NULL */
    const char *scores; /* float64: one a sample, NaN where there is none; NULL */
    struct dsi_labels_parameters *labels; /* learns how many columns there are */

    /* Of the probabilities; private. */
    struct dsi_dataset dataset;
    const struct dsi_array *array;
};

/* Opens the input, with findings about it in the scan's report. */
DSI_CHECKED enum dsi_status dsi_pred_probs_open(struct dsi_pred_probs *probs,
                                                struct dsi_tool_scan *scan,
                                                struct dsi_error *err);
void dsi_pred_probs_close(struct dsi_pred_probs *probs);

/* After a scan with dsi_check_labels: adds label_issue findings and writes the files.
 * The labels of one group are looked at, or of all splits of one table. */
DSI_CHECKED enum dsi_status dsi_pred_probs_judge(struct dsi_pred_probs *probs,
                                                 struct dsi_tool_scan *scan,
                                                 struct dsi_error *err);

#endif
