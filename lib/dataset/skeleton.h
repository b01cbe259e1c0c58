/* The skeleton of a dataset: what the end of a check looks at once every block has been
 * folded. It is saved with the states of a shard, and loaded where shards are merged,
 * so that nothing of the dataset itself has to be opened there. Opening, saving and
 * loading are for one thread. */
#ifndef DSI_SKELETON_H
#define DSI_SKELETON_H

#include "dataset.h"

/* Appends the groups, what the parts count, and what is known of the inputs. Equal
 * datasets, opened for the same need, give equal bytes. */
DSI_CHECKED enum dsi_status dsi_skeleton_save(const struct dsi_dataset *dataset,
                                              struct dsi_bytes *out,
                                              struct dsi_error *err);

/* A dataset whose parts have no blocks; ends with dsi_dataset_close. On failure
 * (DSI_ERR_MALFORMED, memory) there is nothing to close. */
DSI_CHECKED enum dsi_status dsi_skeleton_load(struct dsi_dataset *dataset,
                                              struct dsi_bytes_reader *in,
                                              struct dsi_error *err);

enum { DSI_FINGERPRINT_SIZE = 16 };

/* A hash (XXH3-128, big-endian as its authors print it) of how an open dataset is cut
 * into blocks and of what its files are, as far as opening has told: names and sizes in
 * bytes, formats, dtypes and shapes, the names of pictures in a tree where they will be
 * opened. Not of any value, and not of times: copies of the same files are the same. */
DSI_CHECKED enum dsi_status
dsi_dataset_fingerprint(const struct dsi_dataset *dataset, unsigned need,
                        uint8_t fingerprint[DSI_FINGERPRINT_SIZE],
                        struct dsi_error *err);

#endif
