/* Values that the baseline has, and tonight has not, by the metrics that would have
 * selected them. */
#ifndef DSI_CHECK_GONE_H
#define DSI_CHECK_GONE_H

#include "check_config.h"

struct dsi_gone {
    const struct dsi_baseline_value **values; /* of the baseline */
    size_t n;
    struct dsi_row_key *keys; /* private: of what the names are made of */
    size_t n_keys, capacity;
};

/* Both are sorted. To be freed in any case. */
DSI_CHECKED enum dsi_status dsi_gone_find(struct dsi_gone *gone,
                                          const struct dsi_baseline *baseline,
                                          const struct dsi_baseline *tonight,
                                          struct dsi_error *err);
void dsi_gone_free(struct dsi_gone *gone);

/* Those that a metric of rows would have selected, one after another. The caller frees
 * the words. */
struct dsi_gone_search {
    const struct dsi_baseline_value *value; /* the one that is there now */
    const char *path;                       /* of it, without the dataset */
    struct dsi_words like; /* private: how their names begin, and COLUMN=VALUEs */
    const struct dsi_row_key *keys;
    size_t n, next;
};

DSI_CHECKED enum dsi_status dsi_gone_search(const struct dsi_gone *gone,
                                            const char *dataset,
                                            const struct dsi_metric *metric,
                                            struct dsi_gone_search *search,
                                            struct dsi_error *err);
DSI_CHECKED bool dsi_gone_next(const struct dsi_gone *gone,
                               const struct dsi_metric *metric,
                               struct dsi_gone_search *search);

#endif
