/* range: from where to where the values of each channel lie, and how.
 *
 * The first look takes counts, extremes and exact sums of every channel (value_stats)
 * and the leading bits of its values (quantiles); later ones go after the percentiles
 * that those bits leave open. */
#ifndef DSI_RANGE_H
#define DSI_RANGE_H

#include "channels.h"
#include "check.h"

/* The (scale, shift) asked for: y = x * scale + shift has this range. */
enum dsi_range_target {
    DSI_RANGE_TARGET_NONE = -1,
    DSI_RANGE_TARGET_SIGMOID, /* 0 to 1 */
    DSI_RANGE_TARGET_TANH,    /* -1 to 1 */
    DSI_RANGE_TARGET_ZSCORE,  /* mean 0, standard deviation 1 */
    DSI_RANGE_TARGET_ROBUST,  /* median 0, interquartile range 1 */
};

enum { DSI_RANGE_P01, DSI_RANGE_P25, DSI_RANGE_P50, DSI_RANGE_P75, DSI_RANGE_P99 };
enum { DSI_N_RANGE_PERCENTILES = 5 };
extern const double dsi_range_percents[DSI_N_RANGE_PERCENTILES];

/* What can be expected of a channel. */
enum dsi_range_fact {
    DSI_RANGE_MIN,
    DSI_RANGE_MAX,
    DSI_RANGE_MEAN,
    DSI_RANGE_STD,
    DSI_RANGE_SKEW,
    DSI_RANGE_PERCENTILE, /* the first of them */
    DSI_N_RANGE_FACTS = DSI_RANGE_PERCENTILE + DSI_N_RANGE_PERCENTILES
};
/* Their names, as the columns have them. NULL-terminated. */
extern const char *const dsi_range_facts[DSI_N_RANGE_FACTS + 1];

struct dsi_range_expectations {
    struct {
        const double *values; /* one for all channels, or one each; borrowed */
        size_t n;             /* 0: nothing is expected of this fact */
    } of[DSI_N_RANGE_FACTS];
    double tolerance; /* absolute */
};

struct dsi_range_parameters {
    bool no_percentiles; /* one look is enough then */
    bool draws;          /* the column of drawings is filled */
    enum dsi_range_target target;
    double max_spread; /* finding at or above */
    struct dsi_sentinels sentinels;
    const struct dsi_range_expectations *expected; /* NULL: nothing is */
};

extern const struct dsi_range_parameters dsi_range_defaults;

enum dsi_range_verdict {
    DSI_RANGE_EMPTY,
    DSI_RANGE_CONSTANT,
    DSI_RANGE_UNIT_0_1,
    DSI_RANGE_SIGNED_1,
    DSI_RANGE_STANDARDISED,
    DSI_RANGE_RAW_0_255,
    DSI_RANGE_OTHER,
    DSI_RANGE_MIXED, /* of several channels: they differ */
};
const char *dsi_range_verdict_name(enum dsi_range_verdict verdict);

/* --- all values of all groups, for a line that normalises them -------------------- */

struct dsi_range_pooled_channel {
    const char *name; /* text, or the dataset's */
    char text[DSI_CHANNEL_NAME_SIZE];
    uint64_t n; /* finite values */
    double mean, std, min, max;
};

struct dsi_range_pooled {
    struct dsi_range_pooled_channel *channels;
    size_t n;
    /* What a loader divides by to get 0 to 1: 255 and 65535 for unsigned types of 8 and
     * 16 bits, 1 for the others. mean, std, min and max are as stored. */
    double unit;
};

/* Channels of one name together, over all groups; the types may differ where the unit
 * is the same. Pictures: grey counts as R, G and B where there is colour, A does not
 * count, and depths are brought to 8 bits where there are any. state is a finished one.
 * DSI_ERR_UNSUPPORTED when the groups have other channels each, or no values. The
 * caller frees it also on failure. */
DSI_CHECKED enum dsi_status dsi_range_pool(struct dsi_range_pooled *pooled,
                                           const void *state, struct dsi_error *err);
void dsi_range_pooled_free(struct dsi_range_pooled *pooled);

#endif
