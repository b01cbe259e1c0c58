/* By what a cache knows the files of a dataset. */
#ifndef DSI_CACHE_IDS_H
#define DSI_CACHE_IDS_H

#include "cache_file.h"

struct dsi_cache_ids {
    struct dsi_cache_id *of_blocks; /* one a block of the plan, that are files; all 0 of
                                       those of arrays */
    struct dsi_cache_id whole;      /* of all files, and how they are laid out; all 0:
                                       not to be kept */
};

/* Whether the blocks of the part are files, one each. */
bool dsi_cache_part_is_files(const struct dsi_part *part, unsigned need);

/* Looks every file up. *can_be_kept is false where the dataset leads to what cannot be
 * known so. The caller frees of_blocks. */
DSI_CHECKED enum dsi_status dsi_cache_ids_make(struct dsi_cache_ids *ids,
                                               const struct dsi_plan *plan,
                                               const struct dsi_cache_options *options,
                                               bool *can_be_kept,
                                               struct dsi_error *err);

#endif
