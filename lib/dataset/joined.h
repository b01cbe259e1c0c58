/* Arrays that were opened for several purposes, as one dataset: what reads it reads
 * each array once for all of them. */
#ifndef DSI_JOINED_H
#define DSI_JOINED_H

#include "dataset.h"

struct dsi_joined {
    /* To be scanned, and for nothing else: it has no groups, and its parts and files
     * are those of the datasets joined, which outlive it. Not to be closed. */
    struct dsi_dataset dataset;
    size_t n_datasets;
    size_t **group_of_part; /* [dataset][part]: its own group; SIZE_MAX: not its part */
    struct dsi_open_file *files;
};

/* Whether the dataset can be one of them: rows of arrays, of one split each, in files
 * that can be read again, and so few that each of the datasets may keep them open where
 * a process may have so many descriptors. */
bool dsi_dataset_can_be_joined(const struct dsi_dataset *dataset,
                               uint64_t n_descriptors);

/* Parts become one where all that the datasets were opened for (options.need) is the
 * same: values of the same array, labels of the same array, as many samples. The first
 * of the datasets tells the limits. Ends with dsi_joined_free, also after failure
 * (memory). */
DSI_CHECKED enum dsi_status dsi_dataset_join(struct dsi_joined *joined,
                                             const struct dsi_dataset *const *datasets,
                                             size_t n_datasets, struct dsi_error *err);
void dsi_joined_free(struct dsi_joined *joined);

#endif
