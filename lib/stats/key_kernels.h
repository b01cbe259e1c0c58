/* The leading bits of many values' keys at once: the inner loop of order statistics.
 *
 * A kernel reads exactly the values it is given and writes one bin each. Every level
 * gives the same. Any thread. */
#ifndef DSI_KEY_KERNELS_H
#define DSI_KEY_KERNELS_H

#include "cpu_level.h"
#include "dtype.h"

/* How values of a type become bins; from dsi_key_form. */
struct dsi_key_form {
    uint32_t size; /* bytes of a value */
    bool is_bool, is_float;
    uint64_t flip;     /* of integers: bits turned to make a key */
    uint64_t infinity; /* of floats: its bits, above which are NaNs */
    unsigned shift;    /* the bits of a key below those that make the bin */
    uint16_t nan_bin;  /* of floats: where NaN goes, which no other value does */
};

/* For the n_bits leading bits of a key, 6 to 16 and at most dsi_key_bits. Bins are
 * below 1 << n_bits, but for NaN's, which may be 1 << n_bits. */
struct dsi_key_form dsi_key_form(struct dsi_dtype dtype, unsigned n_bits);

void dsi_key_bins(enum dsi_cpu_level level, const struct dsi_key_form *form,
                  const void *values, size_t n, uint16_t *bins);

enum { DSI_KEY_MIN_PERIOD = 32 };

/* marks[i] is 0 unless bins[i] is one of targets[k][i % period], n_targets > 0 rows of
 * period >= DSI_KEY_MIN_PERIOD. marks is room for n, apart from the others. */
void dsi_key_matches(enum dsi_cpu_level level, const uint16_t *bins, size_t n,
                     const uint16_t *targets, size_t period, size_t n_targets,
                     uint16_t *marks);

/* Lists the places of marks that are not 0, at most 65,536, and returns how many they
 * are. hits may be marks; it has room for n. */
size_t dsi_key_marked(enum dsi_cpu_level level, const uint16_t *marks, size_t n,
                      uint16_t *hits);

#endif
