/* What a person is told about the folders of an image tree. Which class has which index
 * is torchvision's ImageFolder: the bytewise order of the names, told by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "tree_view.h"

/* Makes a picture in each of these folders below name. */
static void fill(struct scratch *s, const char *name, const char *const *folders)
{
    for (; *folders; folders++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s/1.png", name, *folders);
        tree_picture(s, path);
    }
}

#define FILL(s, name, ...) fill(s, name, (const char *const[]){__VA_ARGS__, NULL})

/* The detail of the one finding of a rule at a place is this; NULL: there is none. */
static void expect_detail(struct tree *tree, const char *rule, const char *where,
                          const char *detail)
{
    const char *path = scratch_path(tree->scratch, where);
    size_t n = 0;
    for (size_t i = 0; i < dsi_report_n_findings(tree->opened.report); i++) {
        struct dsi_finding f = dsi_report_finding_at(tree->opened.report, i);
        if (strcmp(f.rule, rule) != 0 || strcmp(f.where, path) != 0)
            continue;
        n++;
        if (detail)
            assert_string_equal(f.detail, detail);
    }
    assert_int_equal(n, detail != NULL);
}

static void expect_note(struct scratch *s, const char *name, const char *rule,
                        const char *detail)
{
    struct tree tree;
    tree_open(&tree, s, name);
    expect_detail(&tree, rule, name, detail);
    tree_close(&tree);
}

/* --- numbers that sort as text
 * ---------------------------------------------------------- */

static void test_numbers_that_sort_as_text(void **state)
{
    struct scratch *s = *state;
    FILL(s, "gap", "0", "1", "10", "11", "2");
    expect_note(s, "gap", "numeric_order",
                "class folders sort as text: '10' has index 2, before '2'");
    FILL(s, "zeros", "010", "02", "1"); /* 10, 2, 1 */
    expect_note(s, "zeros", "numeric_order",
                "class folders sort as text: '010' has index 0, before '02'");
    /* 2^64 and 3: more digits than a machine word holds. */
    FILL(s, "long", "18446744073709551616", "3");
    expect_note(s, "long", "numeric_order",
                "class folders sort as text: '18446744073709551616' has index 0, "
                "before '3'");
}

static void test_numbers_in_order_are_silent(void **state)
{
    struct scratch *s = *state;
    FILL(s, "padded", "00", "01", "02", "10");
    FILL(s, "digits", "0", "1", "2", "9");
    FILL(s, "same", "007", "07", "7"); /* of one value: no order is wrong */
    FILL(s, "mixed", "1", "10", "2", "cat");
    FILL(s, "single", "10");
    expect_note(s, "padded", "numeric_order", NULL);
    expect_note(s, "digits", "numeric_order", NULL);
    expect_note(s, "same", "numeric_order", NULL);
    expect_note(s, "mixed", "numeric_order", NULL);
    expect_note(s, "single", "numeric_order", NULL);
}

static void test_numbers_of_each_split(void **state)
{
    struct scratch *s = *state;
    FILL(s, "t", "train/1", "train/10", "train/2", "val/1", "val/10", "test/9",
         "test/10");
    struct tree tree;
    tree_open(&tree, s, "t");
    assert_int_equal(tree_n_found(&tree, "numeric_order", NULL), 2);
    expect_detail(&tree, "numeric_order", "t/train",
                  "class folders sort as text: '10' has index 1, before '2'");
    expect_detail(&tree, "numeric_order", "t/test",
                  "class folders sort as text: '10' has index 0, before '9'");
    tree_close(&tree);
}

/* --- splits that are none
 * --------------------------------------------------------------- */

#define ARE_NAMED " (splits are named train, val, valid, validation, test)"

static void test_names_like_splits(void **state)
{
    struct scratch *s = *state;
    FILL(s, "cases", "Train/a", "Test/a");
    expect_note(s, "cases", "assumed",
                "its folders Test, Train are taken for classes, not splits" ARE_NAMED);
    FILL(s, "words", "training/a", "testing/a", "dev/a", ".git/a");
    expect_note(s, "words", "assumed",
                "its folders dev, testing, training are taken for classes, not "
                "splits" ARE_NAMED);
    FILL(s, "one", "TRAIN/a");
    expect_note(s, "one", "assumed",
                "its folder TRAIN is taken for a class, not a split" ARE_NAMED);
    FILL(s, "some", "train/a", "eval/a");
    expect_note(s, "some", "assumed",
                "its folders eval, train are taken for classes, not splits" ARE_NAMED);
}

static void test_splits_beside_others(void **state)
{
    struct scratch *s = *state;
    FILL(s, "extra", "train/a", "val/a", "extra/a");
    expect_note(s, "extra", "assumed",
                "its folders train, val are taken for classes, not splits: extra is "
                "none" ARE_NAMED);
    FILL(s, "flat", "train/a", "val");
    expect_note(s, "flat", "assumed",
                "its folders train, val are taken for classes, not splits: val holds "
                "no class folders" ARE_NAMED);
}

static void test_other_names_are_silent(void **state)
{
    struct scratch *s = *state;
    FILL(s, "classes", "cat", "dog");
    FILL(s, "few", "Train", "car", "bus");          /* loosely alike, but not all */
    FILL(s, "splits", "train/Test", "train/TRAIN"); /* classes of a split */
    scratch_folder(s, "flat/Train");
    tree_picture(s, "flat/1.png"); /* no folder is taken for a class */
    expect_note(s, "classes", "assumed", NULL);
    expect_note(s, "few", "assumed", NULL);
    expect_note(s, "splits", "assumed", "its folders are taken for splits");
    expect_note(s, "flat", "assumed", NULL);
}

/* --- nothing to count
 * ------------------------------------------------------------------- */

static void expect_refusal(struct scratch *s, const char *name, const char *detail)
{
    struct tree tree = {.scratch = s};
    for (uint64_t seed = 0; seed < 4; seed++) {
        if (seed)
            faults_shuffle_folders(seed);
        tree_open_excluding(&tree, scratch_path(s, name), DSI_NEED_LABELS, NULL, 0);
        assert_int_equal(tree.opened.dataset.n_failed_inputs, 1);
        expect_detail(&tree, "usage", name, detail);
        tree_close(&tree);
    }
}

static void test_why_there_are_no_classes(void **state)
{
    struct scratch *s = *state;
    scratch_folder(s, "empty/a");
    expect_refusal(s, "empty", "holds no pictures");
    scratch_folder(s, "splits/val/a");
    FILL(s, "splits", "train/a");
    expect_refusal(s, "splits", "holds no pictures: val");
#define BELONG                                                                      \
    ": in an image tree each class is a folder; if a table holds the labels, give " \
    "the table as the INPUT"
    tree_picture(s, "flat/1.png");
    expect_refusal(s, "flat", "1 picture and no class folders" BELONG);
    tree_picture(s, "flat/2.png");
    scratch_write(s, "flat/labels.csv", "a\n", 2);
    expect_refusal(s, "flat", "2 pictures and no class folders" BELONG);
    scratch_folder(s, "flat/empty");
    expect_refusal(s, "flat", "2 pictures and no class folders with pictures" BELONG);
}

static void test_tables_in_place_of_pictures(void **state)
{
    struct scratch *s = *state;
    scratch_write(s, "t/b/x.npy", "", 0);
    expect_refusal(s, "t",
                   "holds an array or table file and no pictures: name it as the "
                   "INPUT: b/x.npy");
    scratch_write(s, "t/a/z.csv", "", 0);
    scratch_write(s, "t/a/y.csv", "", 0);
    expect_refusal(
        s, "t",
        "holds 3 array or table files and no pictures: name what is meant of "
        "them, such as a/y.csv");
    scratch_write(s, "t/labels.npy", "", 0);
    expect_refusal(
        s, "t",
        "holds 4 array or table files and no pictures: name what is meant of "
        "them, such as labels.npy");
}

static void test_labels_with_a_folder(void **state)
{
    struct scratch *s = *state;
    FILL(s, "t", "a");
    scratch_write(s, "labels.csv", "label\n1\n", 8);
    const char *root = scratch_path(s, "t");
    struct dsi_dataset_options options = {.need = DSI_NEED_LABELS,
                                          .open.limits = dsi_limits_default,
                                          .labels = scratch_path(s, "labels.csv")};
    static const struct dsi_column column[] = {{"none", false}};
    struct tree tree = {.scratch = s};
    struct dsi_error err;
    tree.opened.report = dsi_report_new("tree", column, 1);
    assert_int_equal(dsi_dataset_open(&tree.opened.dataset, &root, 1, &options,
                                      tree.opened.report, &err),
                     DSI_OK);
    expect_detail(&tree, "usage", "t",
                  "--labels cannot be joined with a folder: give the table of labels "
                  "itself as the INPUT");
    tree_close(&tree);
}

static void test_nothing_to_describe(void **state)
{
    static const char detail[] = "holds no picture and no array file that is known";
    struct scratch *s = *state;
    scratch_folder(s, "empty");
    expect_note(s, "empty", "no_samples", detail);
    scratch_write(s, "other/a/README.txt", "x", 1);
    scratch_write(s, "other/a/1.bmp", "x", 1);
    expect_note(s, "other", "no_samples", detail);
    scratch_write(s, "array/a/1.npy", "x", 1);
    expect_note(s, "array", "no_samples", NULL);
    FILL(s, "picture", "a");
    expect_note(s, "picture", "no_samples", NULL);
    struct tree tree = {.scratch = s}; /* where labels are asked for it is an error */
    tree_open_excluding(&tree, scratch_path(s, "empty"), DSI_NEED_LABELS, NULL, 0);
    assert_int_equal(tree_n_found(&tree, "no_samples", NULL), 0);
    tree_close(&tree);
}

/* --- kinds that are not read
 * ------------------------------------------------------------ */

static void write_empty(struct scratch *s, const char *const *names)
{
    for (; *names; names++)
        scratch_write(s, *names, "", 0);
}

#define WRITE_EMPTY(s, ...) write_empty(s, (const char *const[]){__VA_ARGS__, NULL})

static void test_kinds_that_are_not_read(void **state)
{
    struct scratch *s = *state;
    FILL(s, "t", "a");
    WRITE_EMPTY(s, "t/a/1.gif", "t/README.txt", "t/npz", "t/bmp.txt");
    expect_note(s, "t", "unsupported", "1 picture (.gif) of kinds that are not read");
    WRITE_EMPTY(s, "t/a/2.GIF", "t/3.bmp", "t/x.zip", "t/a/y.PKL");
    expect_note(s, "t", "unsupported",
                "3 pictures (.bmp .gif) and 2 files (.pkl .zip) of kinds that are not "
                "read");
    WRITE_EMPTY(s, "u/x.tar");
    expect_note(s, "u", "unsupported", "1 file (.tar) of kinds that are not read");
    WRITE_EMPTY(s, "v/1.avif", "v/1.bmp", "v/1.gif", "v/1.heic", "v/1.heif", "v/1.ico",
                "v/1.jp2", "v/1.jxl");
    expect_note(s, "v", "unsupported",
                "8 pictures (.avif .bmp .gif .heic .heif .ico .jp2 .jxl) of kinds that "
                "are not read");
    WRITE_EMPTY(s, "v/1.webp", "v/1.tif", "v/2.tif");
    expect_note(s, "v", "unsupported",
                "11 pictures (.avif .bmp .gif .heic .heif .ico .jp2 .jxl ...) of kinds "
                "that are not read");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_numbers_that_sort_as_text), TEST(test_numbers_in_order_are_silent),
        TEST(test_numbers_of_each_split),     TEST(test_names_like_splits),
        TEST(test_splits_beside_others),      TEST(test_other_names_are_silent),
        TEST(test_why_there_are_no_classes),  TEST(test_tables_in_place_of_pictures),
        TEST(test_labels_with_a_folder),      TEST(test_nothing_to_describe),
        TEST(test_kinds_that_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
