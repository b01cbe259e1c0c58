/* A night: the datasets of a configuration, looked at, measured and judged. */
#ifndef DSI_CHECK_NIGHT_H
#define DSI_CHECK_NIGHT_H

#include "check_config.h"

/* The looks at a dataset, in its order. */
struct dsi_night_dataset {
    struct dsi_member *members;
    struct dsi_row_index *indexes; /* of their reports */
    struct dsi_report *found;      /* the findings of all; what several found is one */
    bool is_empty;                 /* nothing of it could be opened */
};

struct dsi_night {
    const struct dsi_check_config *config;
    struct dsi_night_dataset *datasets;
    const char *cache;                      /* folder; NULL */
    int64_t now;                            /* of the clock, for the cache */
    const struct dsi_baseline *baseline;    /* to compare with; NULL */
    const struct dsi_known_findings *known; /* not counted; NULL: all are */
    struct dsi_baseline *fresh;             /* this night's */
    uint64_t n_passed, n_warned, n_failed, n_skipped;
    bool has_trouble; /* something could not be looked at */
};

/* Makes the looks of every dataset, in company; with is_trial, works out their options
 * alone. False where these cannot be, which has been said. */
DSI_CHECKED enum dsi_status dsi_night_open(struct dsi_night *night,
                                           struct dsi_error *err);
DSI_CHECKED bool dsi_night_look(struct dsi_night *night, bool is_trial);
/* Fills found and is_empty, after a look. */
DSI_CHECKED enum dsi_status dsi_night_gather(struct dsi_night *night,
                                             struct dsi_error *err);
void dsi_night_free(struct dsi_night *night);

/* A row a check, in the order of the configuration, into report, whose columns are
 * those of `dsinspect check`. NULL: fills night->fresh alone, which is wanted, and
 * sorted, where there is a baseline. */
DSI_CHECKED enum dsi_status dsi_night_judge(struct dsi_night *night,
                                            struct dsi_report *report,
                                            struct dsi_error *err);

/* Findings and the reports themselves, which then are the report's. */
DSI_CHECKED enum dsi_status dsi_night_tell(struct dsi_night *night,
                                           struct dsi_report *report,
                                           struct dsi_error *err);

#endif
