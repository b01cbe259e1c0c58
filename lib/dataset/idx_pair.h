/* Labels and images that are files of their own, told by their names: those of MNIST
 * and what is like it. */
#ifndef DSI_IDX_PAIR_H
#define DSI_IDX_PAIR_H

#include "bytes.h"

/* Whether the file is one of labels: IDX, one value a sample. */
struct dsi_file;
bool dsi_file_is_idx_labels(const struct dsi_file *file);

/* *labels is the path of the labels that go with path, "train-labels-idx1-ubyte" with
 * "train-images-idx3-ubyte", compressed or not, where there is such a file; else NULL.
 * The caller frees it. */
DSI_CHECKED enum dsi_status dsi_idx_labels_beside(const char *path, char **labels,
                                                  struct dsi_error *err);

#endif
