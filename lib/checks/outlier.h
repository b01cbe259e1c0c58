/* What the files of the outliers check share; for them alone.
 *
 * The limits come from what a pass or more over the data find (value_stats.h,
 * quantiles.h), and one more pass counts what is beyond them, where counts by key have
 * not told already. Each table of channels (channels.h) goes its own way to its limits;
 * all count in the same pass. */
#ifndef DSI_OUTLIER_H
#define DSI_OUTLIER_H

#include "beyond_kernels.h"
#include "check.h"
#include "key_counts.h"
#include "outliers.h"
#include "quantiles.h"
#include "top_k.h"
#include "value_stats.h"

/* Of a channel. */
enum {
    DSI_OUTLIER_SETTLED = 1, /* low, high, centre and scale are what they will be */
    DSI_OUTLIER_COUNTED = 2, /* so are n_low and n_high */
    /* More than half of the values are the same: MAD is 0, and there are no limits. */
    DSI_OUTLIER_NO_SCALE = 4,
    DSI_OUTLIER_FLAGS = 7,
};

/* What is known of a channel once all its values have been seen. Saved as it is: every
 * field has 8 bytes. */
struct dsi_outlier_channel {
    uint64_t n, n_nan; /* as in dsi_channel_stats, and the next four */
    uint64_t min_key, max_key, argmin, argmax;
    uint64_t method; /* by which the limits are */
    uint64_t flags;
    double low, high;     /* NaN: there is none */
    double centre, scale; /* of scores */
    uint64_t n_low, n_high;
};

enum dsi_outlier_stage {
    DSI_OUTLIER_FIRST,         /* stats, and the first look at quantiles */
    DSI_OUTLIER_SEARCH,        /* further looks */
    DSI_OUTLIER_DEVIATE_FIRST, /* quantiles of |x - median|, the first look */
    DSI_OUTLIER_DEVIATE,       /* further looks */
    DSI_OUTLIER_LIMITS,        /* all channels are settled */
    DSI_N_OUTLIER_STAGES
};

/* The channels of one dtype. */
struct dsi_outlier_table {
    struct dsi_dtype dtype;
    uint64_t n_channels;
    unsigned first_bits; /* of quantiles */
    enum dsi_outlier_stage stage;
    struct dsi_value_stats *stats;        /* FIRST */
    struct dsi_quantiles *quantiles;      /* FIRST where asked for, SEARCH */
    struct dsi_outlier_channel *channels; /* after FIRST */

    /* Channels whose limits are by MAD, and |x - median| of them. */
    uint32_t *deviating;
    uint64_t n_deviating;
    struct dsi_quantiles *deviations; /* DEVIATE_FIRST, DEVIATE */

    /* The counting pass */
    struct dsi_beyond *beyond;
    struct dsi_beyond_count *counts; /* one a channel */
};

struct dsi_outlier_group {
    struct dsi_outlier_table *tables[DSI_MAX_CHANNEL_TABLES]; /* NULL: no values yet */
};

enum dsi_outlier_pass { DSI_OUTLIER_LOOKS, DSI_OUTLIER_COUNTS, DSI_OUTLIER_DONE };

struct dsi_outliers {
    const struct dsi_dataset *dataset;
    const struct dsi_outlier_parameters *parameters;
    struct dsi_outlier_group *groups; /* one a group of the dataset */
    unsigned first_bits;              /* that leave room for the channels of them all */
    enum dsi_outlier_pass pass;
    uint64_t n_passes;     /* that are over */
    struct dsi_top_k rows; /* found in the counting pass */
    /* Room for the block at hand */
    struct dsi_channel_room room;
    struct dsi_bytes scratch;
};

/* outlier_table.c: the way of a table to its limits. */
struct dsi_outlier_table *dsi_outlier_table_new(struct dsi_channel_table shape,
                                                unsigned first_bits);
void dsi_outlier_table_free(struct dsi_outlier_table *table); /* NULL is fine */

/* Makes what the first pass fills. */
DSI_CHECKED enum dsi_status
dsi_outlier_table_begin(struct dsi_outlier_table *table,
                        const struct dsi_outlier_parameters *parameters,
                        struct dsi_error *err);
/* Makes the empty searches of a later stage, where they are not there yet. */
DSI_CHECKED enum dsi_status
dsi_outlier_table_prepare(struct dsi_outlier_table *table,
                          const struct dsi_outlier_parameters *parameters,
                          struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_outlier_table_add(struct dsi_outlier_table *table,
                                                  const struct dsi_values *values,
                                                  struct dsi_bytes *scratch,
                                                  struct dsi_error *err);
/* Both at the same stage; DSI_ERR_MALFORMED when not. */
DSI_CHECKED enum dsi_status
dsi_outlier_table_merge(struct dsi_outlier_table *into,
                        const struct dsi_outlier_table *from, struct dsi_error *err);
/* Ends a look: decides what the next is to be, up to LIMITS. */
DSI_CHECKED enum dsi_status
dsi_outlier_table_plan(struct dsi_outlier_table *table,
                       const struct dsi_outlier_parameters *parameters,
                       struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_outlier_table_adopt(struct dsi_outlier_table *fresh,
                        const struct dsi_outlier_table *planned, struct dsi_error *err);

/* outlier_saved.c */
DSI_CHECKED enum dsi_status
dsi_outlier_table_save(const struct dsi_outlier_table *table, struct dsi_bytes *out,
                       struct dsi_error *err);
/* table is new. */
DSI_CHECKED enum dsi_status
dsi_outlier_table_load(struct dsi_outlier_table *table,
                       const struct dsi_outlier_parameters *parameters,
                       struct dsi_bytes_reader *in, struct dsi_error *err);

/* outlier_limits.c: from what is known of a channel to its limits. */

/* The percents that a method asks for; returns how many. */
size_t dsi_outlier_percents(const struct dsi_outlier_parameters *parameters,
                            double percents[2]);

/* With the two percentiles the method asked for (or the one); NAN where there are no
 * values. A channel that is not SETTLED after it has its median in centre and needs
 * the MAD. */
void dsi_outlier_settle(struct dsi_outlier_channel *channel,
                        const struct dsi_outlier_parameters *parameters,
                        const double percentiles[2]);
void dsi_outlier_settle_moments(struct dsi_outlier_channel *channel,
                                const struct dsi_outlier_parameters *parameters,
                                const struct dsi_moments *moments);
void dsi_outlier_settle_mad(struct dsi_outlier_channel *channel,
                            const struct dsi_outlier_parameters *parameters,
                            double mad);

/* Counts what needs no further look: by the channel's extremes, or by key. keys may be
 * NULL. */
void dsi_outlier_count_known(struct dsi_outlier_channel *channel,
                             struct dsi_dtype dtype, const struct dsi_key_counts *keys);

/* Of a value beyond the limits: how far, never NaN, 0 or more. */
double dsi_outlier_score(const struct dsi_outlier_channel *channel, double value);

/* outlier_deviations.c: adds |x - centre| of the deviating channels to deviations. */
DSI_CHECKED enum dsi_status dsi_outlier_add_deviations(struct dsi_outlier_table *table,
                                                       const struct dsi_values *values,
                                                       struct dsi_bytes *scratch,
                                                       struct dsi_error *err);

/* outlier_count.c: the counting pass. */

/* Whether a table has anything to count, or rows to find. */
bool dsi_outlier_wants_count(const struct dsi_outlier_table *table, bool rows);
DSI_CHECKED enum dsi_status dsi_outlier_count_begin(struct dsi_outlier_table *table,
                                                    struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_outlier_count_end(struct dsi_outlier_table *table,
                                                  struct dsi_error *err);
/* Adds the rows that values have to `rows`; group and first channel are those of the
 * table, path NULL or the picture's. */
struct dsi_outlier_place {
    uint64_t group, first_channel;
    const char *path;
};
DSI_CHECKED enum dsi_status
dsi_outlier_find_rows(struct dsi_outlier_table *table, const struct dsi_values *values,
                      const struct dsi_outlier_place *place, struct dsi_top_k *rows,
                      struct dsi_bytes *scratch, struct dsi_error *err);

/* outlier_report.c, outlier_rows.c: the end. */
DSI_CHECKED enum dsi_status dsi_outlier_finish(void *state, struct dsi_report *report,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_outlier_finish_rows(void *state, struct dsi_report *report, struct dsi_error *err);
/* What a channel is known to be at any stage; channel is counted within the table. */
struct dsi_outlier_channel dsi_outlier_channel_at(const struct dsi_outlier_table *table,
                                                  uint64_t channel);
struct dsi_value dsi_outlier_value_of_key(struct dsi_dtype dtype, uint64_t key);

#endif
