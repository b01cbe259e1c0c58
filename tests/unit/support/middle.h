/* A check that takes many looks, for tests: the middle one of the values of a plain
 * float64 array, found a few bits at a time. */
#ifndef DSI_MIDDLE_H
#define DSI_MIDDLE_H

#include "check.h"

/* Rows of two: how many values there are, and the middle one, or null before it is
 * known. */
extern const struct dsi_check check_middle;

#endif
