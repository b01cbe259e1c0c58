/* How the words of an exact sum stand; for exact_sum.c and exact_moments.c alone.
 *
 * Bits of P_k: those of 2^64 values of the largest size to the k-th, three more for the
 * differences' sums on the way, a sign, and k u below the point.
 *   float32  128 k + 149 k + 68 = 345, 622, 899     -> 6, 10, 15 words
 *   float64 1024 k + 1074 k + 68 = 2166, 4264, 6362 -> 34, 67, 100 words */
#ifndef DSI_SUM_LAYOUT_H
#define DSI_SUM_LAYOUT_H

#include "exact_sum.h"

struct dsi_sum_layout {
    int unit; /* u: the smallest value is 2^-u */
    size_t n_words[3];
    size_t n_all;
};

extern const struct dsi_sum_layout dsi_sum_layouts[]; /* by range */

#endif
