/* Numbers as the checks fold them: a block of values in channels.
 *
 * Values stand as [n_outer][n_channels][n_inner]: a table (N, F) is N x F x 1, pictures
 * in NHWC are N H W x C x 1 and in NCHW N x C x H W; where there is no channel axis all
 * is one channel. A view, it owns nothing. */
#ifndef DSI_VALUES_H
#define DSI_VALUES_H

#include "bytes.h"
#include "dtype.h"

struct dsi_values {
    /* BOOL, INT, UINT, FLOAT or BFLOAT; what else there is has been turned into one of
     * these. */
    struct dsi_dtype dtype;
    const void *data; /* without gaps, aligned to the type, in the machine's order */
    uint64_t n_outer, n_channels, n_inner;
    /* Channel c of these is counted as channel channels[c]; NULL: as c. */
    const uint32_t *channels;
    /* Outer index o belongs to sample first_sample + o / n_outer_each. */
    uint64_t first_sample, n_outer_each;
    /* Each value stands for so many, of the samples that follow on each other; 1 but
     * for sets that nothing was ever stored of, which n_outer_each then fits in one. */
    uint64_t times;
    /* One byte a value: those that are not 0 are left out, as if they were not there.
     * NULL: none. */
    const uint8_t *skip;
};

/* The number of values, skipped ones included. */
static inline uint64_t dsi_values_n(const struct dsi_values *values)
{
    return values->n_outer * values->n_channels * values->n_inner;
}

/* The channel that channel c of the view is counted as. */
static inline uint64_t dsi_values_channel(const struct dsi_values *values, uint64_t c)
{
    return values->channels ? values->channels[c] : c;
}

static inline uint64_t dsi_values_sample(const struct dsi_values *values,
                                         uint64_t outer)
{
    return values->first_sample + outer / values->n_outer_each;
}

#endif
