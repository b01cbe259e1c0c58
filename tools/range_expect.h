/* --expect of range. */
#ifndef DSI_RANGE_EXPECT_H
#define DSI_RANGE_EXPECT_H

#include "range.h"

/* "min=0,max=1,mean=0.485/0.456/0.406,tol=0.01": facts by the names of their columns,
 * each one value for all channels or one for each. DSI_ERR_USAGE says what is amiss.
 * Values are put into *numbers, which the caller frees, also on failure. */
DSI_CHECKED enum dsi_status
dsi_range_expect_parse(const char *text, struct dsi_range_expectations *expected,
                       double **numbers, struct dsi_error *err);

/* Whether any of it is a percentile. */
bool dsi_range_expects_percentiles(const struct dsi_range_expectations *expected);

#endif
