/* What a person should know about the folders of an image tree: findings for what is
 * odd about its classes, and words for why it is no tree of classes at all. */
#ifndef DSI_TREE_NOTES_H
#define DSI_TREE_NOTES_H

#include "tree.h"

/* Exactly train, val, valid, validation or test. */
bool dsi_tree_is_split_name(const char *name);

/* About the whole tree: kinds that are not read, folders taken for splits, nothing to
 * describe. */
DSI_CHECKED enum dsi_status dsi_tree_note_walk(const struct dsi_opening *opening,
                                               const struct dsi_walk *walk, bool splits,
                                               struct dsi_error *err);

/* About the class folders of one root, of which there are some. */
DSI_CHECKED enum dsi_status dsi_tree_note_classes(const struct dsi_opening *opening,
                                                  const struct dsi_walk *walk,
                                                  const struct dsi_class_list *classes,
                                                  struct dsi_error *err);

/* Class folders that look like splits: says that they are not taken for such. */
DSI_CHECKED enum dsi_status
dsi_tree_note_split_names(const struct dsi_opening *opening,
                          const struct dsi_walk *walk,
                          const struct dsi_class_list *classes, struct dsi_error *err);

/* Fails with DSI_ERR_USAGE (or for want of memory): what is in a root without class
 * folders with pictures, where labels are asked for, or without any pictures. */
DSI_CHECKED enum dsi_status dsi_tree_fail_unlabelled(const struct dsi_walk *walk,
                                                     size_t root,
                                                     struct dsi_error *err);

#endif
