/* Comparing blocks with vector instructions, for close.c and
 * close_types.c alone. */
#ifndef DSI_CLOSE_KERNELS_H
#define DSI_CLOSE_KERNELS_H

#include "close.h"

/* What a block came to; without places, which are looked for where it matters. */
struct dsi_close_block {
    uint64_t n_diff, n_nan_a, n_nan_b;
    double max_abs, max_rel;
    uint64_t max_ulp;
};

/* By the tolerances, whatever rule.has_max_ulp says. n is a multiple of `lanes`. */
struct dsi_close_kernel {
    size_t lanes;
    uint64_t (*judge)(const struct dsi_close *close, const void *a, const void *b,
                      size_t n, bool equal_nan);
    void (*measure)(const struct dsi_close *close, const void *a, const void *b,
                    size_t n, struct dsi_close_block *block);
    /* The same in fewer steps, where nothing is more than what is known: true where all
     * is finite, and no rel or ulp is above those of `known`. Then n_diff and max_abs
     * of block, which is zeroed, are filled in, and its other extremes need not be.
     * Else block is of no use. n_diff of known tells whether values before differed,
     * for the way to go about it. NULL: there is no such way. */
    bool (*survey)(const struct dsi_close *close, const void *a, const void *b,
                   size_t n, const struct dsi_close_block *known,
                   struct dsi_close_block *block);
    /* The first of values [from, n), n being a multiple of `lanes`, where one of those
     * in `open` is: a value that differs, if it counts any, or an extreme, if that is
     * above 0; n where there is none. NULL: there is no such way. */
    size_t (*find)(const struct dsi_close *close, const void *a, const void *b,
                   size_t from, size_t n, const struct dsi_close_block *open);
};

/* For two arrays of the type, in which the tolerances are too; NULL: none. */
const struct dsi_close_kernel *dsi_close_kernel_avx2(enum dsi_close_type type);
const struct dsi_close_kernel *dsi_close_kernel_avx512(enum dsi_close_type type);

/* Adds one value. measures: its distances, too. */
void dsi_closeness_add(struct dsi_closeness *into, const struct dsi_close_one *one,
                       bool measures, uint64_t index);

/* So many units in the last place surely agree, of float32 by the tolerances. */
uint64_t dsi_close_units_within(const struct dsi_close *close);

bool dsi_close_survey_floats(const struct dsi_close *close, const void *a,
                             const void *b, size_t n,
                             const struct dsi_close_block *known,
                             struct dsi_close_block *block);

size_t dsi_close_find_halves(const struct dsi_close *close, const void *a,
                             const void *b, size_t from, size_t n,
                             const struct dsi_close_block *open);
size_t dsi_close_find_singles(const struct dsi_close *close, const void *a,
                              const void *b, size_t from, size_t n,
                              const struct dsi_close_block *open);
size_t dsi_close_find_doubles(const struct dsi_close *close, const void *a,
                              const void *b, size_t from, size_t n,
                              const struct dsi_close_block *open);

/* n values of a real type, as doubles: rounded to nearest as a cast does. */
void dsi_close_widen(struct dsi_dtype dtype, const void *values, size_t n,
                     double *wide);

/* The largest |a - b| of two integer types of the same kind and size. */
uint64_t dsi_close_apart(struct dsi_dtype dtype, const void *a, const void *b,
                         size_t n);

static inline bool dsi_close_is_one_type(const struct dsi_close *close)
{
    return close->a.kind == close->b.kind && close->a.size == close->b.size;
}

#endif
