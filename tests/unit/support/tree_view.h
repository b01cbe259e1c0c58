/* What a dataset makes of an image tree, held against lists written by hand. */
#ifndef DSI_TREE_VIEW_H
#define DSI_TREE_VIEW_H

#include "subject.h"

struct tree {
    struct scratch *scratch;
    struct opened opened;
    struct dsi_plan plan;
};

/* For cmocka_unit_test_setup_teardown: a scratch directory as the state. */
int tree_setup(void **state);
int tree_teardown(void **state);

/* A small PNG. */
const char *tree_picture(struct scratch *scratch, const char *name);

/* Opens the tree called name for the headers of its files. */
void tree_open(struct tree *tree, struct scratch *scratch, const char *name);

/* The same for any need, and without what the globs match; tree->scratch is set. */
void tree_open_excluding(struct tree *tree, const char *root, unsigned need,
                         const char *const *exclude, size_t n_exclude);
void tree_close(struct tree *tree);

/* expected: "group/class index:path" of every sample in order, the path below the
 * scratch directory; NULL ends it. */
void tree_expect_samples(struct tree *tree, const char *const *expected);
void tree_expect_classes(struct tree *tree, size_t group, const char *const *expected);

/* How many findings of a rule there are; where, if not NULL, is the place of each. */
size_t tree_n_found(struct tree *tree, const char *rule, const char *where);

/* There is one such finding. */
void tree_expect_finding(struct tree *tree, const char *rule, const char *where);

#endif
