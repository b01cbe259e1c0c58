/* Histograms of float32 that are few units in the last place apart: for gaps.c alone.
 */
#ifndef DSI_GAP_NEAR_H
#define DSI_GAP_NEAR_H

#include "gap_pieces.h"
#include "gaps.h"

enum {
    DSI_GAP_NEAR_LEAST = -45, /* powers of ten that float32 has */
    DSI_GAP_NEAR_MOST = 38,
    DSI_GAP_NEAR_AT_ONCE = 4, /* bounds that values are counted by */
    DSI_GAP_NEAR_DECADES = DSI_GAP_NEAR_MOST - DSI_GAP_NEAR_LEAST + 1,
};

/* The upper halves of bits that distances of each power of ten on are above: below the
 * least of them 0, and above the last what no number has. */
struct dsi_gap_near_bounds {
    int16_t above[DSI_GAP_NEAR_AT_ONCE + DSI_GAP_NEAR_DECADES + 1];
};

void dsi_gap_near_begin(struct dsi_gap_near_bounds *bounds,
                        double (*power_of_ten)(int k));

/* What is known of a piece beforehand, and what it turned out to be. */
struct dsi_gap_near_ends {
    float rel;      /* the largest |a - b| / |b| known; no NaN */
    bool may_raise; /* some may be larger */
    double max_abs; /* |a - b| */
    uint64_t max_ulp;
};

/* Adds DSI_GAP_PIECE values of float32 on each side. False: nothing was done, for some
 * are not finite, or farther apart, or the machine has no quick way. */
bool dsi_gap_near_add(struct dsi_gaps *gaps, const struct dsi_gap_near_bounds *bounds,
                      enum dsi_cpu_level level, const char *a, const char *b,
                      struct dsi_gap_near_ends *ends);

#endif
