/* A number by which values are known again: the same for the same values in any order
 * and grouping, and another for others but for one chance in a great many. It tells
 * data that changed between two looks; against somebody who wants it to be the same it
 * is no proof. */
#ifndef DSI_VALUE_MARK_H
#define DSI_VALUE_MARK_H

#include "cpu_level.h"
#include "values.h"

/* Of all values of the view that are not skipped, each as often as it stands for. The
 * marks of two views add up, modulo 2^64, to the mark of both. The same at every level.
 * Any thread. */
uint64_t dsi_values_mark(enum dsi_cpu_level level, const struct dsi_values *values);

#endif
