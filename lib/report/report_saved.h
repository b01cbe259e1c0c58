/* What a report is told before its rows are known, as bytes: the inputs, the parameters
 * and the findings so far. Shards keep it, so that whoever merges them can go on. */
#ifndef DSI_REPORT_SAVED_H
#define DSI_REPORT_SAVED_H

#include "report.h"

/* Appends the inputs and parameters: what was asked. */
DSI_CHECKED enum dsi_status dsi_report_save_question(const struct dsi_report *report,
                                                     struct dsi_bytes *out,
                                                     struct dsi_error *err);
/* Appends the findings, in the order they stand in. */
DSI_CHECKED enum dsi_status dsi_report_save_findings(const struct dsi_report *report,
                                                     struct dsi_bytes *out,
                                                     struct dsi_error *err);

/* Add to the report what the two above have saved. They trust nothing they read
 * (DSI_ERR_MALFORMED); a report that they fail on has a part of it. */
DSI_CHECKED enum dsi_status dsi_report_load_question(struct dsi_report *report,
                                                     struct dsi_bytes_reader *in,
                                                     struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_report_load_findings(struct dsi_report *report,
                                                     struct dsi_bytes_reader *in,
                                                     struct dsi_error *err);

#endif
