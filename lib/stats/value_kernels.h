/* The inner loops over values that stand together: what the smallest and the largest
 * are, and sums of powers.
 *
 * A kernel reads exactly the values it is given. Every level gives the same bits: sums
 * are kept in a fixed number of lanes, which are the same plain C at each. Any thread.
 */
#ifndef DSI_VALUE_KERNELS_H
#define DSI_VALUE_KERNELS_H

#include "cpu_level.h"
#include "dtype.h"

#include <stddef.h>
#include <stdint.h>

/* Keys as in value_key.h, but that NaNs have those of their bits: below that of
 * -infinity, or above that of infinity. */
struct dsi_key_range {
    uint64_t min, max; /* of n > 0 values */
    size_t n_zero;     /* 0 and -0 */
};

/* n values of a type of 2, 4 or 8 bytes, aligned to it; n at most 2^30. */
struct dsi_key_range dsi_key_range(enum dsi_cpu_level level, struct dsi_dtype dtype,
                                   const void *values, size_t n);

/* The first of n values that has this key, or n. Sought rarely. */
size_t dsi_key_find(struct dsi_dtype dtype, const void *values, size_t n, uint64_t key);

/* Sums in lanes: of values exactly but for some 2^-106 of the sizes added, which is
 * what rest holds beside sum (Knuth's two-sum), and of the second and third powers of
 * differences to a pivot. */
enum { DSI_POWER_LANES = 16 };
struct dsi_powers {
    double sum[DSI_POWER_LANES], rest[DSI_POWER_LANES];
    double square[DSI_POWER_LANES], cube[DSI_POWER_LANES];
};

/* n finite values, a multiple of DSI_POWER_LANES. */
void dsi_powers_add(enum dsi_cpu_level level, struct dsi_powers *powers, double pivot,
                    const double *values, size_t n);

/* The values of a type of 2, 4 or 8 bytes as doubles; integers of 8 bytes are rounded,
 * and halves that are not finite are some number. */
void dsi_values_to_doubles(enum dsi_cpu_level level, struct dsi_dtype dtype,
                           const void *values, size_t n, double *doubles);

/* high x 2^32 + low */
struct dsi_whole_sum {
    int64_t high;
    uint64_t low;
};

/* Integers of 8 bytes, whose keys are (bits ^ turn): their differences to the pivot's
 * key, which are int64_t all, as doubles and summed exactly. n at most 2^30. */
struct dsi_whole_sum dsi_integers_less(enum dsi_cpu_level level, const void *values,
                                       size_t n, uint64_t turn, uint64_t pivot_key,
                                       double *doubles);

#endif
