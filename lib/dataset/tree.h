/* An image tree between its opening (open_tree.c) and its loading (layout_tree.c). */
#ifndef DSI_TREE_H
#define DSI_TREE_H

#include "layouts.h"
#include "walk.h"

enum { DSI_TREE_SAMPLES_PER_BLOCK = 65536 }; /* where only labels are asked for */
#define DSI_TREE_NO_CLASS UINT32_MAX

/* A walk, shared by the parts found in it. */
struct dsi_shared_walk {
    struct dsi_walk walk;
    size_t n_users;
};

/* A folder that holds samples. */
struct dsi_tree_run {
    size_t folder;
    uint32_t class_index; /* DSI_TREE_NO_CLASS: of the root, beside class folders */
    uint64_t first_sample;
};

struct dsi_tree {
    struct dsi_shared_walk *shared;
    const struct dsi_open_options *options;
    bool of_arrays; /* samples are the array files, for their headers; else the pictures
                     */
    struct dsi_tree_run *runs; /* in sample order: by class, then by path */
    size_t n_runs;
    uint64_t n_samples;
    size_t n_classes;      /* 0: no class folders, no labels */
    bool takes_root;       /* the pictures beside class folders, which come first */
    uint64_t *class_first; /* n_classes + 1: the first sample of each class */
    uint64_t
        *class_block; /* n_classes + 1: its first block where only labels are needed */
};

/* A root (the tree's, or a split's) and its class folders in order. */
struct dsi_class_list {
    size_t root;
    size_t *folders;
    size_t n;
    /* the class each folder of the walk belongs to; UINT32_MAX: none */
    uint32_t *of_folder;
};

extern const struct dsi_layout dsi_layout_tree;

void dsi_tree_free(struct dsi_tree *tree);

#endif
