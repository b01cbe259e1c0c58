/* The inner loops that look for floats that are not finite.
 *
 * Every level gives the same; what is read is exactly what is given. Any thread. */
#ifndef DSI_SPECIAL_KERNELS_H
#define DSI_SPECIAL_KERNELS_H

#include "cpu_level.h"
#include "dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DSI_SPECIAL_COLUMNS = 4096 }; /* of a call, at most */

/* By column: those that are not finite, and those of them that are infinite, which are
 * set where any_infinite is. */
struct dsi_special_counts {
    bool any_infinite;
    uint32_t n[DSI_SPECIAL_COLUMNS], n_infinite[DSI_SPECIAL_COLUMNS];
};

/* Sets the counts of n_columns columns of n_rows rows, which stand `pitch` values
 * apart; floats of 2, 4 or 8 bytes or bfloat16. Returns how many are not finite in all.
 */
uint64_t dsi_special_count(enum dsi_cpu_level level, struct dsi_dtype dtype,
                           const void *values, size_t n_rows, size_t n_columns,
                           size_t pitch, struct dsi_special_counts *counts);

/* How many of n_samples samples of n_each values, which stand side by side, have one
 * that is not finite. */
uint64_t dsi_special_samples(enum dsi_cpu_level level, struct dsi_dtype dtype,
                             const void *values, size_t n_samples, size_t n_each);

#endif
