/* Image trees against torchvision's ImageFolder, restated by hand: classes are the
 * folders of the root in bytewise order; the samples of a class are the pictures of
 * sorted(os.walk(class folder)), that is by folder path as a string, then by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "tree_view.h"

/* --- order
 * ----------------------------------------------------------------------------- */

static void test_order_is_that_of_imagefolder(void **state)
{
    struct scratch *s = *state;
    /* '-' < '/' < '0': as strings, x-y stands between x and x/z. */
    tree_picture(s, "t/b/x/z/4.png");
    tree_picture(s, "t/b/x-y/3.png");
    tree_picture(s, "t/b/x/2.png");
    tree_picture(s, "t/b/x0/5.png");
    tree_picture(s, "t/b/1.png");
    tree_picture(s, "t/b/~.png");
    tree_picture(s, "t/a/10.png");
    tree_picture(s, "t/a/9.PNG");
    tree_picture(s, "t/a/.png");
    tree_picture(s, "t/a/B.jPeG");
    tree_picture(s, "t/a/a.JPG");
    tree_picture(s, "t/a/a.jpg.txt");
    tree_picture(s, "t/Z/1.png");
    tree_picture(s, "t/\xc3\xa9/1.png");
    tree_picture(s, "t/a-/1.png");
    tree_picture(s, "t/beside.png");
    tree_picture(s, "t/beside too.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_classes(&tree, 0,
                        (const char *const[]){"Z", "a", "a-", "b", "\xc3\xa9", NULL});
    tree_expect_samples(
        &tree, (const char *const[]){"0/0:t/Z/1.png", "0/1:t/a/.png", "0/1:t/a/10.png",
                                     "0/1:t/a/9.PNG", "0/1:t/a/B.jPeG", "0/1:t/a/a.JPG",
                                     "0/2:t/a-/1.png", "0/3:t/b/1.png", "0/3:t/b/~.png",
                                     "0/3:t/b/x/2.png", "0/3:t/b/x-y/3.png",
                                     "0/3:t/b/x/z/4.png", "0/3:t/b/x0/5.png",
                                     "0/4:t/\xc3\xa9/1.png", NULL});
    tree_expect_finding(&tree, "outside_classes", "t");
    tree_close(&tree);
}

static void test_order_of_listing_is_unseen(void **state)
{
    struct scratch *s = *state;
    for (int i = 0; i < 40; i++) {
        char name[64];
        snprintf(name, sizeof name, "t/%c/%d/%d.png", 'a' + i % 5, i % 3, i);
        tree_picture(s, name);
    }
    scratch_folder(s, "t/empty");
    scratch_folder(s, "t/.hidden");
    scratch_write(s, "t/a/x.png", "no picture", 10);
    scratch_write(s, "t/b/x.csv", "a,b\n1,2\n", 8);
    scratch_write(s, "t/b/y.csv", "a,b\n1,2\n", 8);
    scratch_link(s, "t/c/up", "..");
    scratch_link(s, "t/d/e", "../e");
    scratch_link(s, "t/e/d", "../d");
    scratch_link(s, "t/a/gone.png", "nowhere");
    const struct subject subject = {.title = "t", .inputs = {scratch_path(s, "t")}};
    struct variant variants[MAX_VARIANTS];
    size_t n_variants = variants_make(variants);
    for (size_t v = 0; v < n_variants; v++) {
        struct dsi_bytes sorted, json;
        struct dsi_error err;
        faults_reset();
        assert_int_equal(subject_to_json(&subject, &variants[v], 1, &sorted, &err),
                         DSI_OK);
        assert_true(sorted.n > 0);
        for (uint64_t seed = 1; seed <= 20; seed++) {
            faults_shuffle_folders(seed);
            if (seed % 2)
                faults_hide_file_types();
            assert_int_equal(subject_to_json(&subject, &variants[v], 1, &json, &err),
                             DSI_OK);
            faults_reset();
            assert_int_equal(json.n, sorted.n);
            assert_memory_equal(json.data, sorted.data, json.n);
            dsi_bytes_free(&json);
        }
        dsi_bytes_free(&sorted);
    }
}

/* --- classes and splits
 * ---------------------------------------------------------------- */

static void test_splits(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/val/dog/1.png");
    tree_picture(s, "t/train/dog/1.png");
    tree_picture(s, "t/train/cat/1.png");
    tree_picture(s, "t/test/cat/deep/1.png");
    tree_picture(s, "t/train/beside.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    assert_true(tree.opened.dataset.has_splits);
    assert_int_equal(tree.opened.dataset.n_groups, 3);
    assert_string_equal(tree.opened.dataset.groups[0].name, "test");
    assert_string_equal(tree.opened.dataset.groups[1].name, "train");
    assert_string_equal(tree.opened.dataset.groups[2].name, "val");
    tree_expect_classes(&tree, 1, (const char *const[]){"cat", "dog", NULL});
    tree_expect_classes(&tree, 2, (const char *const[]){"dog", NULL});
    tree_expect_samples(&tree, (const char *const[]){"0/0:t/test/cat/deep/1.png",
                                                     "1/0:t/train/cat/1.png",
                                                     "1/1:t/train/dog/1.png",
                                                     "2/0:t/val/dog/1.png", NULL});
    tree_expect_finding(&tree, "assumed", "t");
    tree_expect_finding(&tree, "outside_classes", "t/train");
    tree_close(&tree);
}

static void test_other_folders_are_no_splits(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/val/dog/1.png");
    tree_picture(s, "t/train/dog/1.png");
    tree_picture(s, "t/extra/dog/1.png"); /* a folder that is no split's */
    tree_picture(s, "u/val/1.png");       /* no class folder in it */
    tree_picture(s, "u/train/dog/1.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    assert_false(tree.opened.dataset.has_splits);
    tree_expect_classes(&tree, 0, (const char *const[]){"extra", "train", "val", NULL});
    tree_close(&tree);
    tree_open(&tree, s, "u");
    assert_false(tree.opened.dataset.has_splits);
    tree_expect_classes(&tree, 0, (const char *const[]){"train", "val", NULL});
    tree_close(&tree);
}

static void test_hidden_and_empty_classes(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/dog/1.png");
    tree_picture(s, "t/.ipynb_checkpoints/1.png");
    scratch_write(s, "t/cat/1.gif", "GIF89a", 6);
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_classes(
        &tree, 0, (const char *const[]){".ipynb_checkpoints", "cat", "dog", NULL});
    tree_expect_finding(&tree, "hidden_class", "t/.ipynb_checkpoints");
    tree_expect_finding(&tree, "empty_class", "t/cat");
    tree_expect_finding(&tree, "unsupported", "t");
    tree_expect_samples(&tree, (const char *const[]){"0/0:t/.ipynb_checkpoints/1.png",
                                                     "0/2:t/dog/1.png", NULL});
    tree_close(&tree);
}

static void test_links_are_followed(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "elsewhere/1.png");
    tree_picture(s, "t/dog/2.png");
    scratch_link(s, "t/cat", "../elsewhere");
    scratch_link(s, "t/dog/3.png", "../../elsewhere/1.png");
    scratch_link(s, "t/dog/again", "../cat");
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_classes(&tree, 0, (const char *const[]){"cat", "dog", NULL});
    tree_expect_samples(
        &tree, (const char *const[]){"0/0:t/cat/1.png", "0/1:t/dog/2.png",
                                     "0/1:t/dog/3.png", "0/1:t/dog/again/1.png", NULL});
    tree_close(&tree);
}

/* --- flat folders, arrays, labels alone
 * ------------------------------------------------ */

static void test_flat_folder(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/2.png");
    tree_picture(s, "t/1.png");
    scratch_write(s, "t/x.npy", "no array", 8);
    struct tree tree = {.scratch = s};
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_VALUES, NULL, 0);
    assert_int_equal(tree.opened.dataset.groups[0].n_classes, 0);
    /* Where values are asked for, an array file is no picture that failed. */
    tree_expect_samples(&tree,
                        (const char *const[]){"0/0:t/1.png", "0/0:t/2.png", NULL});
    tree_close(&tree);
    tree_open(&tree, s, "t"); /* where headers are, it is one of the files */
    tree_expect_samples(&tree, (const char *const[]){"0/0:t/1.png", "0/0:t/2.png",
                                                     "0/0:t/x.npy", NULL});
    tree_close(&tree);
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_LABELS, NULL, 0);
    assert_int_equal(tree.opened.dataset.n_failed_inputs, 1);
    tree_expect_finding(&tree, "usage", "t");
    tree_close(&tree);
}

/* Where values alone are asked for, a folder is no class. */
static void test_every_picture_has_values(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/x/deep/4.png");
    tree_picture(s, "t/x/3.png");
    tree_picture(s, "t/x-y/5.png");
    tree_picture(s, "t/z.png");
    tree_picture(s, "t/a.png");
    scratch_folder(s, "t/.empty");
    struct tree tree = {.scratch = s};
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_VALUES, NULL, 0);
    assert_int_equal(tree.opened.dataset.n_groups, 1);
    assert_int_equal(tree.opened.dataset.groups[0].n_classes, 0);
    assert_int_equal(dsi_report_n_findings(tree.opened.report), 0);
    tree_expect_samples(
        &tree, (const char *const[]){"0/0:t/a.png", "0/0:t/z.png", "0/0:t/x/3.png",
                                     "0/0:t/x/deep/4.png", "0/0:t/x-y/5.png", NULL});
    tree_close(&tree);
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_VALUES | DSI_NEED_LABELS,
                        NULL, 0);
    tree_expect_samples(&tree,
                        (const char *const[]){"0/1:t/x/3.png", "0/1:t/x/deep/4.png",
                                              "0/2:t/x-y/5.png", NULL});
    tree_expect_finding(&tree, "outside_classes", "t");
    tree_close(&tree);
}

static void test_values_beside_splits(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/train/dog/2.png");
    tree_picture(s, "t/train/1.png");
    tree_picture(s, "t/val/dog/1.png");
    scratch_folder(s, "t/test/dog");
    tree_picture(s, "t/0.png");
    struct tree tree = {.scratch = s};
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_VALUES, NULL, 0);
    assert_int_equal(tree.opened.dataset.n_groups, 4);
    assert_string_equal(tree.opened.dataset.groups[0].name, "test");
    tree_expect_samples(
        &tree, (const char *const[]){"1/0:t/train/1.png", "1/0:t/train/dog/2.png",
                                     "2/0:t/val/dog/1.png", "3/0:t/0.png", NULL});
    tree_close(&tree);
}

static void test_labels_alone_count_the_same(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/a/1.png");
    tree_picture(s, "t/a/b/2.png");
    scratch_folder(s, "t/b");
    tree_picture(s, "t/c/3.png");
    struct tree tree = {.scratch = s};
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_LABELS, NULL, 0);
    static const uint64_t expected[][3] = {{0, 0, 2}, {2, 2, 1}};
    struct dsi_loader loader = {0};
    assert_int_equal(tree.plan.n_blocks, 2);
    for (uint64_t b = 0; b < 2; b++) {
        struct dsi_block block;
        struct dsi_error err;
        assert_int_equal(dsi_plan_load(&tree.plan, b, &loader, &block, &err), DSI_OK);
        assert_int_equal(block.labels.class_index, expected[b][0]);
        assert_int_equal(block.first_sample, expected[b][1]);
        assert_int_equal(block.n_samples, expected[b][2]);
    }
    dsi_loader_free(&loader);
    tree_close(&tree);
}

static void test_exclude(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/a/1.png");
    tree_picture(s, "t/a/2.png");
    tree_picture(s, "t/a/deep/3.png");
    tree_picture(s, "t/b/1.png");
    tree_picture(s, "t/.git/1.png");
    const char *globs[] = {".*", "a/2*", "deep"};
    struct tree tree = {.scratch = s};
    tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_HEADER, globs, 3);
    tree_expect_classes(&tree, 0, (const char *const[]){"a", "b", NULL});
    tree_expect_samples(&tree,
                        (const char *const[]){"0/0:t/a/1.png", "0/1:t/b/1.png", NULL});
    tree_close(&tree);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order_is_that_of_imagefolder),
        TEST(test_order_of_listing_is_unseen),
        TEST(test_splits),
        TEST(test_other_folders_are_no_splits),
        TEST(test_hidden_and_empty_classes),
        TEST(test_links_are_followed),
        TEST(test_flat_folder),
        TEST(test_every_picture_has_values),
        TEST(test_values_beside_splits),
        TEST(test_labels_alone_count_the_same),
        TEST(test_exclude),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
