/* Which split a group is, by what it is called. */
#ifndef DSI_SPLIT_NAME_H
#define DSI_SPLIT_NAME_H

#include "dataset.h"

/* The name of the folder or of the table's value where groups are splits; else "train",
 * "val" or "test" where a word of the input's name says so ("x_train", "test.npy",
 * "train-images-idx3-ubyte", "data/validation"), the nearest to its end; NULL: none.
 * Lives as long as the dataset. */
const char *dsi_split_of_group(const struct dsi_dataset *dataset, size_t group);

/* "train", "val" or "test" where a word of a path or of an array's name says so, the
 * nearest to its end; NULL: none. Static storage. */
const char *dsi_split_of_path(const char *path);

#endif
