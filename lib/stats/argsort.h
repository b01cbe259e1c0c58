/* The order that numpy.argsort gives by default, to the last of the ties: where many
 * values are equal and only some of them are taken, which ones depends on it. */
#ifndef DSI_ARGSORT_H
#define DSI_ARGSORT_H

#include <stddef.h>
#include <stdint.h>

/* Fills order with 0..n-1, smallest value first; no value may be NaN. Introspective
 * quicksort (Musser 1997) with the median of three, insertion sort for 16 and fewer,
 * and heapsort below a depth of 2 log2 n, as NumPy before its vector instructions (1.24
 * with every processor, later versions without AVX-512 or AVX2) does it. Any thread. */
void dsi_argsort(const double *values, uint32_t n, uint32_t *order);

#endif
