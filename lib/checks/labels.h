/* labels: what is wrong with labels, as far as they and the samples themselves tell.
 * Every finding is a row (report.h). */
#ifndef DSI_LABELS_CHECK_H
#define DSI_LABELS_CHECK_H

#include "balance.h"
#include "dups.h"

struct dsi_labels_parameters {
    struct dsi_balance_parameters classes; /* declared, sentinels: the rest is unused */
    uint64_t n_indices; /* labels that are numbers lie below it; 0: it is not known */
    /* How samples of the same content are looked for; NULL: values are not read. */
    const struct dsi_dups_parameters *content;
};

extern const struct dsi_labels_parameters dsi_labels_defaults;
extern const struct dsi_check dsi_check_labels;

/* --- between the files of this check ------------------------------------------------
 */

struct dsi_labels_state {
    const struct dsi_labels_parameters *parameters;
    struct dsi_balance counts; /* of the labels, group by group */
    struct dsi_dups *content;  /* of the samples; NULL: not asked for */
};

/* labels_content.c: samples of the same content whose labels or splits differ. */
DSI_CHECKED enum dsi_status
dsi_labels_find_content(const struct dsi_labels_state *labels,
                        struct dsi_report *report, struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_labels_finish(void *state, struct dsi_report *report,
                                              struct dsi_error *err);

#endif
