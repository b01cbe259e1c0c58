/* The state of range, and the facts of a channel that are made from it: between the
 * files of this check. */
#ifndef DSI_RANGE_STATE_H
#define DSI_RANGE_STATE_H

#include "quantiles.h"
#include "range.h"
#include "value_stats.h"

/* What the first look finds of a group. */
struct dsi_range_group {
    uint64_t n_samples;
    uint64_t *n_not_numbers; /* texts that are none, by channel; NULL: there are none */
    struct dsi_value_stats *stats[DSI_MAX_CHANNEL_TABLES]; /* NULL: no value came */
};

/* The first look. Nothing changes in it once it is over, and states of later looks
 * share it. */
struct dsi_range_first {
    size_t n_sharing;
    size_t n_groups;
    struct dsi_range_group *groups;
};

/* The order statistics of a channel table. */
struct dsi_range_order {
    struct dsi_quantiles *quantiles; /* NULL: no value came, or stats have it all */
    bool is_settled;                 /* all is known that was asked for */
};

struct dsi_range {
    const struct dsi_dataset *dataset;
    const struct dsi_range_parameters *parameters;
    unsigned first_bits;
    uint64_t n_channels; /* of all groups */
    bool is_later;       /* not the first look */
    struct dsi_range_first *first;
    struct dsi_range_order (*orders)[DSI_MAX_CHANNEL_TABLES]; /* by group */
    struct dsi_channel_room room;
};

DSI_CHECKED enum dsi_status dsi_range_first_make(struct dsi_range_first **first,
                                                 size_t n_groups,
                                                 struct dsi_error *err);
void dsi_range_first_free(struct dsi_range_first *first); /* one of those sharing it */

static inline struct dsi_channel_table dsi_range_table_of(const struct dsi_range *range,
                                                          size_t group, size_t table)
{
    return dsi_channel_table(&range->dataset->groups[group].channels, table);
}

/* Whether the values of the type want quantiles: their stats count types of 8 bits. */
static inline bool dsi_range_has_order(const struct dsi_range *range,
                                       struct dsi_dtype dtype)
{
    return !range->parameters->no_percentiles && dtype.size > 1;
}

/* Makes the stats (of the first look) or quantiles of a table unless they are there. */
DSI_CHECKED enum dsi_status dsi_range_take_stats(struct dsi_range *range, size_t group,
                                                 size_t table, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_range_take_order(struct dsi_range *range, size_t group,
                                                 size_t table, struct dsi_error *err);
/* Room for as many texts that are no numbers as there are channels, if there is
 * none. */
DSI_CHECKED enum dsi_status dsi_range_take_not_numbers(struct dsi_range *range,
                                                       size_t group,
                                                       struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_range_save(const void *state, struct dsi_bytes *out,
                                           struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_range_load(void *state, struct dsi_bytes_reader *in,
                                           struct dsi_error *err);

/* --- a channel -------------------------------------------------------------------- */

/* A channel where it is kept. */
struct dsi_range_place {
    size_t group, table;
    uint64_t slot;    /* among the channels of the table */
    uint64_t channel; /* among those of the group */
    struct dsi_dtype dtype;
};

struct dsi_range_facts {
    struct dsi_range_place place;
    struct dsi_channel_stats stats; /* n 0 where no value came */
    uint64_t n;                     /* values without NaN */
    struct dsi_moments moments;
    double min, max;                             /* rounded, as keys are exact */
    double percentiles[DSI_N_RANGE_PERCENTILES]; /* NAN: not known */
    enum dsi_range_verdict verdict;
};

/* The facts of the channels that are reported: all of an array, those of pictures that
 * occurred. The caller frees them. */
DSI_CHECKED enum dsi_status dsi_range_facts_make(const struct dsi_range *range,
                                                 struct dsi_range_facts **facts,
                                                 size_t *n, struct dsi_error *err);

/* NAN: not known. */
double dsi_range_fact(const struct dsi_range_facts *facts, enum dsi_range_fact fact);

const char *dsi_range_channel_name(const struct dsi_range *range,
                                   const struct dsi_range_facts *facts,
                                   char text[DSI_CHANNEL_NAME_SIZE]);

/* The verdict of values from min to max. */
enum dsi_range_verdict dsi_range_judge(struct dsi_dtype dtype, uint64_t n, double min,
                                       double max, const struct dsi_moments *moments);
/* That of several channels: empty and constant ones count where there is no other. */
enum dsi_range_verdict dsi_range_judge_all(const struct dsi_range_facts *facts,
                                           size_t n);

/* Scale and shift to the target; false where they are not known. */
bool dsi_range_map(const struct dsi_range_facts *facts, enum dsi_range_target target,
                   double *scale, double *shift);

/* --- how values lie --------------------------------------------------------------- */

enum { DSI_RANGE_CELLS = 16, DSI_RANGE_DRAWING_SIZE = 3 * DSI_RANGE_CELLS + 1 };

/* A histogram from min to max in block characters; text. NULL when there is nothing to
 * draw. */
const char *dsi_range_draw(const struct dsi_range *range,
                           const struct dsi_range_facts *facts,
                           char text[DSI_RANGE_DRAWING_SIZE]);

/* Order statistics beside the percentiles, for the channels whose leading bits tell
 * nothing of their shape: large integers that lie far to one side. */
enum { DSI_RANGE_SKETCH = 128 };
bool dsi_range_wants_sketch(const struct dsi_range *range, struct dsi_dtype dtype,
                            uint64_t n, double min, const struct dsi_moments *moments);
uint64_t dsi_range_sketch_rank(uint64_t n, size_t i); /* i < DSI_RANGE_SKETCH */

/* About what skewness log1p of the values has; false where that is not known, or the
 * values are not such that it is asked: min >= 0 and skewness above 1. */
bool dsi_range_log_skew(const struct dsi_range *range,
                        const struct dsi_range_facts *facts, double *skew);

/* --- the end ---------------------------------------------------------------------- */

struct dsi_range_finishing {
    const struct dsi_range *range;
    const struct dsi_range_facts *facts;
    size_t n_facts;
    struct dsi_report *report;
    double spread;            /* NAN: nothing has a size */
    size_t largest, smallest; /* facts that make it */
    uint64_t n_log;           /* channels whose log1p is less skewed by half */
};

/* Sets spread, largest and smallest: of the source whose channels are furthest apart,
 * since other sources may be labels. */
void dsi_range_find_spread(struct dsi_range_finishing *finishing);

/* Whether the fact i > 0 is of the same source as the one before it. */
bool dsi_range_goes_on(const struct dsi_range_finishing *f, size_t i);

/* All findings; counts n_log. */
DSI_CHECKED enum dsi_status dsi_range_add_findings(struct dsi_range_finishing *f,
                                                   struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_range_compare_expected(const struct dsi_range_finishing *f, struct dsi_error *err);

/* A finding about a group's values, or (SIZE_MAX) all; and about the channel of a fact,
 * in whose order these are printed. */
DSI_CHECKED enum dsi_status dsi_range_find(const struct dsi_range_finishing *f,
                                           const char *rule, enum dsi_severity severity,
                                           size_t group, struct dsi_error *err,
                                           const char *format, ...) DSI_PRINTF(6, 7);
DSI_CHECKED enum dsi_status
dsi_range_find_channel(const struct dsi_range_finishing *f, const char *rule,
                       enum dsi_severity severity, size_t i, struct dsi_error *err,
                       const char *format, ...) DSI_PRINTF(6, 7);

DSI_CHECKED enum dsi_status dsi_range_finish(void *state, struct dsi_report *report,
                                             struct dsi_error *err);

#endif
