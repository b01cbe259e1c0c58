/* Rows and summary of a comparison. */
#ifndef DSI_COMPARE_REPORT_H
#define DSI_COMPARE_REPORT_H

#include "compare.h"

/* With the tolerances needed. */
enum { DSI_COMPARE_COLUMNS = 14 };

/* A row for each pair: name status n n_diff share max_abs max_rel max_ulp at a b
 * detail, and rtol_needed atol_needed where the report has such columns. */
DSI_CHECKED enum dsi_status dsi_compare_report(const struct dsi_compared *compared,
                                               const struct dsi_pairs *pairs,
                                               struct dsi_report *report,
                                               struct dsi_error *err);

/* The worst: 0 all the same, 1 a difference, 2 a side that could not be read. */
int dsi_compare_verdict(const struct dsi_compared *compared, size_t n);

#endif
