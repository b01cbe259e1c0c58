/* What was measured and found on a night that was well, to compare others with.
 *
 * A JSON file of two keys, "values" (DATASET: METRIC to its value) and "findings" (ids,
 * dsi_finding_id). One owner, no threads. */
#ifndef DSI_BASELINE_H
#define DSI_BASELINE_H

#include "metric.h"

/* The ids of findings, in order. */
struct dsi_known_findings {
    uint64_t *ids;
    size_t n, capacity;
};

struct dsi_baseline_value {
    char *name; /* "DATASET: METRIC" */
    char *text; /* as the file has it */
    bool is_number, is_null;
    double number;
};

struct dsi_baseline {
    struct dsi_baseline_value *values; /* in the order of their names */
    size_t n, capacity;
    struct dsi_known_findings findings;
};

/* What is added can be looked up and written after dsi_baseline_sort. */
DSI_CHECKED enum dsi_status dsi_known_findings_add(struct dsi_known_findings *known,
                                                   uint64_t id, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_baseline_add(struct dsi_baseline *baseline,
                                             const char *name,
                                             const struct dsi_value *value,
                                             struct dsi_error *err);
/* name as a file has it. */
DSI_CHECKED enum dsi_status dsi_baseline_add_read(struct dsi_baseline *baseline,
                                                  const char *name,
                                                  const struct dsi_value *value,
                                                  struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_baseline_add_finding(struct dsi_baseline *baseline,
                                                     const struct dsi_finding *finding,
                                                     struct dsi_error *err);
void dsi_baseline_sort(struct dsi_baseline *baseline);

/* NULL: there is none. */
const struct dsi_baseline_value *dsi_baseline_find(const struct dsi_baseline *baseline,
                                                   const char *name);

/* The same for a name as a file has it, and such a name, NUL-terminated. */
const struct dsi_baseline_value *
dsi_baseline_find_read(const struct dsi_baseline *baseline, const char *name);
DSI_CHECKED enum dsi_status dsi_baseline_name(const char *name, struct dsi_bytes *out,
                                              struct dsi_error *err);

/* *is_there is false, and all is well, where there is no such file yet.
 * DSI_ERR_MALFORMED where it is no baseline. */
DSI_CHECKED enum dsi_status dsi_baseline_read(struct dsi_baseline *baseline,
                                              const char *path, bool *is_there,
                                              struct dsi_error *err);
/* Whole or not at all. */
DSI_CHECKED enum dsi_status dsi_baseline_write(const struct dsi_baseline *baseline,
                                               const char *path, struct dsi_error *err);
void dsi_baseline_free(struct dsi_baseline *baseline);

#endif
