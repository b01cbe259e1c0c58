/* The partial files that merge is given: all the shards of one round of one scan, each
 * once. */
#ifndef DSI_PARTIALS_H
#define DSI_PARTIALS_H

#include "common.h"
#include "partial.h"

struct dsi_partials {
    struct dsi_inputs inputs;                    /* the names of the files */
    uint8_t (*checksums)[DSI_PARTIAL_HASH_SIZE]; /* of each, when it was looked at */
    struct dsi_bytes first;                      /* the first file */
    struct dsi_partial of_first;
};

/* Looks at every file, one at a time, and says for each that cannot be used why.
 * inputs must be filled. False when the files are not to be merged, which has been
 * said. */
DSI_CHECKED bool dsi_partials_open(struct dsi_partials *partials, const char *tool);
void dsi_partials_close(struct dsi_partials *partials); /* inputs included */

/* Merges the states of all files into those of runs, one at a time. The error's message
 * names the file. */
DSI_CHECKED enum dsi_status dsi_partials_merge(const struct dsi_partials *partials,
                                               const struct dsi_dataset *dataset,
                                               struct dsi_check_run *runs,
                                               size_t n_runs, struct dsi_error *err);

#endif
