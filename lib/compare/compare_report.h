/* Rows and summary of a comparison. */
#ifndef DSI_COMPARE_REPORT_H
#define DSI_COMPARE_REPORT_H

#include "compare.h"

/* Without those that are asked for. */
enum { DSI_COMPARE_COLUMNS = 12 };

/* A finding `differs` for each value that differs most, and a row for each pair: name
 * status n n_diff share max_abs max_rel max_ulp at a b detail; then, as options has it,
 * rtol_needed atol_needed; cosine rmse psnr rel_l2 abs_histogram
 * ulp_histogram. */
DSI_CHECKED enum dsi_status
dsi_compare_report(const struct dsi_compared *compared, const struct dsi_pairs *pairs,
                   const struct dsi_compare_options *options, struct dsi_report *report,
                   struct dsi_error *err);

/* The worst: 0 all the same, 1 a difference, 2 a side that could not be read. */
int dsi_compare_verdict(const struct dsi_compared *compared, size_t n);

#endif
