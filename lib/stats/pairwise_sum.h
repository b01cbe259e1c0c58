/* Sums as numpy.sum has them, to the last bit: by halves down to 128 numbers, which are
 * summed in eight lanes (Higham 1993), in pieces of 8,192 one after the other, as its
 * iterator hands them out. For figures that are to be NumPy's own, where the exact sum
 * (exact_sum.h) would differ in the last bit. Any thread. */
#ifndef DSI_PAIRWISE_SUM_H
#define DSI_PAIRWISE_SUM_H

#include <stddef.h>
#include <stdint.h>

enum { DSI_PAIRWISE_PIECE = 8192 };

float dsi_pairwise_sum_f32(const float *values, size_t n);
double dsi_pairwise_sum_f64(const double *values, size_t n);

/* Of n_all numbers of which n may differ from 0: values[i] stands at place at[i],
 * ascending. */
double dsi_pairwise_sum_sparse(const double *values, const uint64_t *at, size_t n,
                               uint64_t n_all);

#endif
