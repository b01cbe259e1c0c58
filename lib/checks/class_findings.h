/* What is odd about classes, whatever is made of them: labels that are none or no whole
 * numbers, classes without a sample, splits that disagree. */
#ifndef DSI_CLASS_FINDINGS_H
#define DSI_CLASS_FINDINGS_H

#include "balance_finishing.h"

/* Of one group: labels that say there is none, are in no declared list or no whole
 * numbers, integers that are not 0 to K-1, classes that are declared or named by the
 * file and have no sample. */
DSI_CHECKED enum dsi_status dsi_class_find_odd(const struct dsi_balance_finishing *f,
                                               size_t group, struct dsi_error *err);

/* Of all groups that are shown: those that lack a class which another has, or number it
 * otherwise. */
DSI_CHECKED enum dsi_status
dsi_class_find_differences(const struct dsi_balance_finishing *f,
                           struct dsi_error *err);

/* Groups without a sample. */
DSI_CHECKED enum dsi_status
dsi_class_find_emptiness(const struct dsi_balance_finishing *f, struct dsi_error *err);

#endif
