#include "tree_view.h"

#include "faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

int tree_setup(void **state)
{
    static struct scratch scratch;
    faults_reset();
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

int tree_teardown(void **state)
{
    faults_reset();
    scratch_remove(*state);
    return 0;
}

const char *tree_picture(struct scratch *scratch, const char *name)
{
    static const uint8_t pixels[] = {1, 2, 3, 4};
    return scratch_png(scratch, name, 2, 2, pixels);
}

void tree_open_excluding(struct tree *tree, const char *root, unsigned need,
                         const char *const *exclude, size_t n_exclude)
{
    static const struct dsi_column column[] = {{"none", false}};
    struct dsi_dataset_options options = {.need = need,
                                          .open.limits = dsi_limits_default,
                                          .exclude = exclude,
                                          .n_exclude = n_exclude};
    struct dsi_error err;
    tree->opened.report = dsi_report_new("tree", column, 1);
    assert_non_null(tree->opened.report);
    assert_int_equal(dsi_dataset_open(&tree->opened.dataset, &root, 1, &options,
                                      tree->opened.report, &err),
                     DSI_OK);
    dsi_report_sort_findings(tree->opened.report);
    assert_int_equal(dsi_plan_make(&tree->plan, &tree->opened.dataset, need, &err),
                     DSI_OK);
}

void tree_open(struct tree *tree, struct scratch *scratch, const char *name)
{
    tree->scratch = scratch;
    tree_open_excluding(tree, scratch_path(scratch, name), DSI_NEED_HEADER, NULL, 0);
}

void tree_close(struct tree *tree)
{
    dsi_plan_free(&tree->plan);
    subject_close(&tree->opened);
}

void tree_expect_samples(struct tree *tree, const char *const *expected)
{
    struct dsi_loader loader = {0};
    size_t n_root = strlen(tree->scratch->root) + 1;
    uint64_t b = 0;
    for (; expected[b]; b++) {
        struct dsi_block block;
        struct dsi_error err;
        char seen[8192];
        if (b == tree->plan.n_blocks)
            fail_msg("no sample %s", expected[b]);
        assert_int_equal(dsi_plan_load(&tree->plan, b, &loader, &block, &err), DSI_OK);
        snprintf(seen, sizeof seen, "%zu/%u:%s", block.group,
                 (unsigned)block.labels.class_index, block.where + n_root);
        assert_string_equal(seen, expected[b]);
    }
    assert_int_equal(tree->plan.n_blocks, b);
    dsi_loader_free(&loader);
}

void tree_expect_classes(struct tree *tree, size_t group, const char *const *expected)
{
    const struct dsi_group *g = &tree->opened.dataset.groups[group];
    size_t c = 0;
    for (; expected[c]; c++) {
        assert_true(c < g->n_classes);
        assert_string_equal(g->classes[c], expected[c]);
    }
    assert_int_equal(g->n_classes, c);
}

size_t tree_n_found(struct tree *tree, const char *rule, const char *where)
{
    size_t n = 0;
    for (size_t i = 0; i < dsi_report_n_findings(tree->opened.report); i++) {
        struct dsi_finding f = dsi_report_finding_at(tree->opened.report, i);
        if (strcmp(f.rule, rule) != 0)
            continue;
        n++;
        if (where)
            assert_string_equal(f.where, scratch_path(tree->scratch, where));
    }
    return n;
}

void tree_expect_finding(struct tree *tree, const char *rule, const char *where)
{
    if (tree_n_found(tree, rule, where) != 1)
        fail_msg("%zu findings of %s at %s", tree_n_found(tree, rule, NULL), rule,
                 where);
}
