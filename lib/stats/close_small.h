/* Comparing integers of one or two bytes without making doubles of them, for close.c
 * alone. */
#ifndef DSI_CLOSE_SMALL_H
#define DSI_CLOSE_SMALL_H

#include "close.h"

/* From tolerances that are no less than 0; false where they are, or no numbers. */
bool dsi_close_limits_of(struct dsi_dtype dtype, double rtol, double atol,
                         struct dsi_close_limits *limits);

struct dsi_close_small {
    uint64_t n_over_least, n_over_most;
    uint64_t max_apart;
    bool may_raise; /* where asked: some |a - b| / |b| may be above rel */
};

/* n values at most DSI_CLOSE_NUMBERS_A_BLOCK of one type, INT or UINT of one or two
 * bytes. rel below 0: not asked. */
struct dsi_close_small dsi_close_small_run(enum dsi_cpu_level level,
                                           struct dsi_dtype dtype,
                                           struct dsi_close_limits limits,
                                           const void *a, const void *b, size_t n,
                                           double rel);

#endif
