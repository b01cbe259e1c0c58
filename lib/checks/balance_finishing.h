/* The end of balance, between the file of its rows and that of its findings. */
#ifndef DSI_BALANCE_FINISHING_H
#define DSI_BALANCE_FINISHING_H

#include "balance.h"

struct dsi_balance_finishing {
    const struct dsi_balance *balance;
    struct dsi_balance_group *groups; /* n_groups of the balance */
    struct dsi_report *report;
};

/* The groups, of a state that every block is folded into. On failure there is nothing
 * to free. */
DSI_CHECKED enum dsi_status dsi_balance_finishing_make(struct dsi_balance_finishing *f,
                                                       struct dsi_error *err);
void dsi_balance_finishing_free(struct dsi_balance_finishing *f);

/* The counts of all groups that are shown, classes of one name added up, in
 * counts[0..*n), which are the caller's. */
DSI_CHECKED enum dsi_status dsi_balance_pool(const struct dsi_balance_finishing *f,
                                             uint64_t **counts, size_t *n,
                                             struct dsi_error *err);

/* Whether a group was asked for; hidden ones lend their labels to the class list only.
 */
static inline bool dsi_balance_shows(const struct dsi_balance_finishing *f, size_t g)
{
    return !f->balance->dataset->groups[g].is_hidden;
}

/* A finding about a source (a split, an input; NULL: all of it). index: UINT64_MAX
 * where no sample is meant. */
DSI_CHECKED enum dsi_status
dsi_balance_find(const struct dsi_balance_finishing *f, const char *rule,
                 enum dsi_severity severity, const char *source, uint64_t index,
                 struct dsi_error *err, const char *format, ...) DSI_PRINTF(7, 8);

/* All findings but those of the summary's figures. */
DSI_CHECKED enum dsi_status
dsi_balance_add_findings(const struct dsi_balance_finishing *f, struct dsi_error *err);

#endif
