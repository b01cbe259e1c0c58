/* Sums of x, x^2 and x^3 that do not depend on the order of adding.
 *
 * The sums are integers in units of 2^-u, 2^-2u and 2^-3u, u being the exponent of the
 * smallest value there is, in two's complement wide enough for 2^64 of the largest. A
 * block of values comes as a cell: their number, a pivot near them, and the sums of the
 * first three powers of their differences to it, in doubles. A cell is a fixed number,
 * made from its block alone; its share of the power sums is formed from it exactly,
 *
 *     P1 += n p + D1
 *     P2 += n p^2 + 2 p D1 + D2
 *     P3 += n p^3 + 3 p^2 D1 + 3 p D2 + D3
 *
 * so merging is integer addition and what cancels at the end cancels exactly. The only
 * rounding is that of the differences' sums, which the pivot keeps small; the first of
 * them comes in two doubles, so that even a mean near 0 is right to the last digits.
 * (Compare the superaccumulators of Neal, "Fast exact summation using small and large
 * superaccumulators", 2015, and the pairwise central moments of Pebay, 2008.)
 *
 * One owner, no threads. */
#ifndef DSI_EXACT_SUM_H
#define DSI_EXACT_SUM_H

#include "bytes.h"

enum dsi_sum_range {
    DSI_SUM_FLOAT32, /* float32, float16, bfloat16, integers to 32 bits: 256 bytes */
    DSI_SUM_FLOAT64, /* float64 and everything else: 1.6 KB */
};

/* Numbers of a cell, all finite. For DSI_SUM_FLOAT32 pivot and values are float32 or
 * integers of up to 32 bits, and the differences and their sums are computed in double:
 * these are then whole numbers of units. The differences of float64 values beyond
 * 1e100, or below 1e-100 in size, have a cube that a double does not hold: add such
 * values by themselves. */
struct dsi_cell {
    uint64_t n;
    double pivot, d1, d2, d3;
    double d1_low; /* D1 is d1 + d1_low */
};

struct dsi_exact_sum {
    uint64_t n;
    enum dsi_sum_range range;
    uint64_t *words; /* P1, P2, P3, each the lowest word first */
};

/* Population moments: std and skew divide by n. NaN without values; skew is NaN when
 * all values are the same. */
struct dsi_moments {
    uint64_t n;
    double mean; /* the double nearest to P1 / n */
    double std;  /* sqrt(K2) / n, K2 = n P2 - P1^2 exact, then four roundings */
    double skew; /* K3 / K2^1.5, K3 = n^2 P3 - 3 n P1 P2 + 2 P1^3 exact */
};

/* Starts at no values. DSI_ERR_MEMORY leaves nothing to free. */
DSI_CHECKED enum dsi_status dsi_exact_sum_init(struct dsi_exact_sum *sum,
                                               enum dsi_sum_range range,
                                               struct dsi_error *err);
void dsi_exact_sum_free(struct dsi_exact_sum *sum);

/* The number of words of a sum, for those who keep many sums: range and words, all 0,
 * are then set by hand, and freed so. */
enum { DSI_SUM_FLOAT32_WORDS = 31 };
size_t dsi_exact_sum_words(enum dsi_sum_range range);

void dsi_exact_sum_add(struct dsi_exact_sum *sum, const struct dsi_cell *cell);

/* n times one value, exactly: value + rest, the latter for integers of 64 bits. */
void dsi_exact_sum_add_value(struct dsi_exact_sum *sum, double value, double rest,
                             uint64_t n);

/* Both of the same range. */
void dsi_exact_sum_merge(struct dsi_exact_sum *into, const struct dsi_exact_sum *from);

/* Equal sums save equal bytes. load fills an initialised sum of the same range. */
DSI_CHECKED enum dsi_status dsi_exact_sum_save(const struct dsi_exact_sum *sum,
                                               struct dsi_bytes *out,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_exact_sum_load(struct dsi_exact_sum *sum,
                                               struct dsi_bytes_reader *in,
                                               struct dsi_error *err);

struct dsi_moments dsi_exact_sum_finish(const struct dsi_exact_sum *sum);

#endif
