/* Which arrays of a file hold labels, told by their names; which ones a selector means;
 * and what labels are called. Expected choices and counts are written by hand, after
 * the names in keras' mnist.npz, MedMNIST's files and HDF5 files with groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "fake_file.h"

#define N_OF(list) (sizeof(list) / sizeof *(list))

/* --- names
 * ------------------------------------------------------------------------------- */

/* names: of the file's arrays, with spaces between. chosen: what is read as labels, as
 * the note says it; NULL: the question is asked. */
struct choice {
    const char *names, *chosen;
};

static const struct choice choices[] = {
    {"x_train y_train x_test y_test", "'y_train' (train), 'y_test' (test)"},
    {"test_images test_labels val_images val_labels train_images train_labels",
     "'train_labels' (train), 'val_labels' (val), 'test_labels' (test)"},
    {"test_y train_y", "'train_y' (train), 'test_y' (test)"},
    {"Y_Train TESTLABELS", "'Y_Train' (train), 'TESTLABELS' (test)"},
    {"labels-train labels-validation",
     "'labels-train' (train), 'labels-validation' (validation)"},
    {"ytest yval ytrain", "'ytrain' (train), 'yval' (val), 'ytest' (test)"},
    {"train_set_x train_set_y test_set_y list_classes",
     "'train_set_y' (train), 'test_set_y' (test)"},
    {"/train/x /train/label /test/x /test/label",
     "'/train/label' (train), '/test/label' (test)"},
    {"/a/train/data/y /a/test/data/y",
     "'/a/train/data/y' (train), '/a/test/data/y' (test)"},
    {"/train_set/target /testset/target",
     "'/train_set/target' (train), '/testset/target' (test)"},
    {"/train/y /test/y /classes", "'/train/y' (train), '/test/y' (test)"},
    {"/train/y /train/label /test/y", NULL},
    {"images labels", "array 'labels'"},
    {"/d/images /d/Species", "array '/d/Species'"},
    {"table.id table.class", "array 'table.class'"},
    {"train_x train_labels", "array 'train_labels'"},
    {"class label", NULL},
    {"a b", NULL},
    {"/a/label /b/label", NULL},
    {"labels train_labels test_labels", NULL},
    {"/train/a/y /train/b/y /test/y", NULL},
    {"ylabel xlabels trainer testament_y", NULL},
};

static size_t cut_names(char *text, struct fake_array *arrays)
{
    static const int64_t values[] = {0, 1, 2};
    char *rest;
    size_t n = 0;
    for (char *name = strtok_r(text, " ", &rest); name;
         name = strtok_r(NULL, " ", &rest))
        arrays[n++] = fake_labels(name, values, N_OF(values));
    return n;
}

static void check_choice(const struct choice *choice)
{
    struct fake_array arrays[8];
    struct fake fake;
    char names[256], expected[256];
    snprintf(names, sizeof names, "%s", choice->names);
    size_t n = cut_names(names, arrays);
    fake_open(&fake, arrays, n, DSI_NEED_LABELS, NULL, NULL);
    const char *note = fake_finding(&fake, "assumed");
    if (choice->chosen) {
        snprintf(expected, sizeof expected, "labels are read from %s", choice->chosen);
        if (fake.status != DSI_OK)
            fail_msg("%s: %s", choice->names, fake.error.message);
        assert_non_null(note);
        assert_string_equal(note, expected);
        assert_int_equal(fake.dataset.has_splits, strchr(expected, '(') != NULL);
    } else if (fake.status != DSI_ERR_USAGE || note) {
        fail_msg("%s: chosen: %s", choice->names, note);
    }
    fake_close(&fake);
}

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(choices); i++)
        check_choice(&choices[i]);
}

/* --- splits
 * ------------------------------------------------------------------------------ */

static const int64_t five[] = {0, 1, 2, 0, 1}, two[] = {3, 0};

static void test_splits_share_classes(void **state)
{
    (void)state;
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("y_test", two, 2),
                                  fake_labels("y_train", five, 5)};
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, NULL);
    assert_int_equal(fake.status, DSI_OK);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 2 train\n1 1 2 train\n2 2 1 train\n3 3 0 train\n"
                        "0 0 1 test\n1 1 0 test\n2 2 0 test\n3 3 1 test\n");
    fake_close(&fake);
}

/* The classes stay those of all splits; samples are numbered within the split. */
static void test_one_split(void **state)
{
    (void)state;
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("y_test", two, 2),
                                  fake_labels("y_train", five, 5)};
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, "test");
    assert_int_equal(fake.status, DSI_OK);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 1 -\n1 1 0 -\n2 2 0 -\n3 3 1 -\n");
    size_t shown = dsi_dataset_first_shown(&fake.dataset);
    assert_int_equal(dsi_dataset_n_numbered(&fake.dataset, shown), 2);
    fake_close(&fake);
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, "val");
    assert_int_equal(fake.status, DSI_ERR_USAGE);
    assert_string_equal(fake.error.message, "has no split 'val'; it has: train, test");
    fake_close(&fake);
    fake_open(&fake, &arrays[1], 1, DSI_NEED_LABELS, NULL, "train");
    assert_int_equal(fake.status, DSI_ERR_USAGE); /* nothing says that it is one */
    fake_close(&fake);
}

static void make_unreadable(struct fake_array *array)
{
    array->array.status = DSI_ERR_UNSUPPORTED;
    array->array.reason = "filter 32015 is not here";
}

static void test_unreadable_labels(void **state)
{
    (void)state;
    static const char reason[] = "'y_train' cannot be read: filter 32015 is not here";
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("y_test", two, 2),
                                  fake_labels("y_train", five, 5),
                                  fake_labels("x", five, 5)};
    make_unreadable(&arrays[1]);
    fake_open(&fake, arrays, 3, DSI_NEED_LABELS, NULL, NULL);
    assert_int_equal(fake.status, DSI_OK);
    const char *found = fake_finding(&fake, dsi_status_rule(DSI_ERR_UNSUPPORTED));
    assert_non_null(found);
    assert_string_equal(found, reason);
    assert_int_equal(fake.dataset.n_groups, 1);
    fake_close(&fake);
    fake_open(&fake, &arrays[1], 2, DSI_NEED_LABELS, NULL, NULL);
    assert_int_equal(fake.status, DSI_ERR_UNSUPPORTED);
    assert_string_equal(fake.error.message, reason);
    fake_close(&fake);
    fake_open(&fake, arrays, 3, DSI_NEED_LABELS, "y_train", NULL);
    assert_int_equal(fake.status, DSI_ERR_UNSUPPORTED);
    fake_close(&fake);
}

/* --- selectors
 * --------------------------------------------------------------------------- */

struct selection {
    const char *selector;
    const char *groups; /* what --pixels would count, with spaces; NULL: an error */
};

static void check_selection(struct fake_array *arrays, size_t n,
                            const struct selection *selection)
{
    struct fake fake;
    char groups[256] = "";
    fake_open(&fake, arrays, n, DSI_NEED_VALUES, selection->selector, NULL);
    if (!selection->groups) {
        assert_int_equal(fake.status, DSI_ERR_USAGE);
        fake_close(&fake);
        return;
    }
    if (fake.status != DSI_OK)
        fail_msg("%s: %s", selection->selector, fake.error.message);
    for (size_t g = 0; g < fake.dataset.n_groups; g++) {
        size_t k = strlen(groups);
        snprintf(groups + k, sizeof groups - k, "%s%s", k ? " " : "",
                 fake.dataset.groups[g].name);
    }
    assert_string_equal(groups, selection->groups);
    fake_close(&fake);
}

static void test_selectors(void **state)
{
    (void)state;
    static const struct selection selections[] = {
        {NULL, "/train/x /train/y /train_x /t.a /t.b"},
        {"/", "/train/x /train/y /train_x /t.a /t.b"},
        {"/train", "/train/x /train/y"},
        {"train", "/train/x /train/y"},
        {"train/", "/train/x /train/y"},
        {"/train/x", "FILE:/train/x"},
        {"train/x", "FILE:train/x"},
        {"t", "/t.a /t.b"},
        {"t.b", "FILE:t.b"},
        {"2", "FILE:2"},
        {"5", NULL},
        {"/train/", "/train/x /train/y"},
        {"trai", NULL},
        {"", NULL},
    };
    struct fake_array arrays[] = {
        fake_labels("/train/x", five, 5), fake_labels("/train/y", five, 5),
        fake_labels("/train_x", two, 2), fake_labels("/t.a", two, 2),
        fake_labels("/t.b", two, 2)};
    for (size_t i = 0; i < N_OF(selections); i++)
        check_selection(arrays, N_OF(arrays), &selections[i]);
}

/* A group of the labels' own. */
static void test_labels_below_a_group(void **state)
{
    (void)state;
    struct fake fake;
    struct fake_array arrays[] = {
        fake_labels("/train/x", five, 5), fake_labels("/train/y", five, 5),
        fake_labels("/test/x", two, 2), fake_labels("/test/y", two, 2)};
    fake_open(&fake, arrays, 4, DSI_NEED_LABELS, "/test", NULL);
    assert_int_equal(fake.status, DSI_OK);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 1 -\n3 1 1 -\n");
    fake_close(&fake);
}

static void test_unknown_names(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static char names[MANY][16];
    static struct fake_array arrays[MANY];
    struct fake fake;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "/images/%03zu", i);
        arrays[i] = fake_labels(names[i], five, 5);
    }
    fake_open(&fake, arrays, MANY, DSI_NEED_VALUES, "/x", NULL);
    assert_int_equal(fake.status, DSI_ERR_USAGE);
    assert_ptr_equal(strstr(fake.error.message, "has no '/x'; it has: /images/000, "),
                     fake.error.message);
    assert_non_null(strstr(fake.error.message, ", ... (300 in all)"));
    assert_in_range(strlen(fake.error.message), 1, 500);
    fake_close(&fake);
    fake_open(&fake, arrays, MANY, DSI_NEED_VALUES, "/image/123", NULL);
    assert_non_null(strstr(fake.error.message, "(did you mean /images/123?)"));
    fake_close(&fake);
}

/* --- what labels are called
 * -------------------------------------------------------------- */

static struct dsi_value_name pets[] = {{0, "cat"}, {1, "dog"}, {2, "emu"}, {3, "fox"}},
                             odd[] = {{0, "none"}, {2, "two"}, {3, "aa"}},
                             digits[] = {{0, "10"}, {1, "9"}, {2, "8"}};

static void set_names(struct fake_array *array, struct dsi_value_name *names, size_t n)
{
    array->array.value_names = names;
    array->array.n_value_names = n;
}

#define SET_NAMES(array, names) set_names(array, names, N_OF(names))

static void test_names_in_order(void **state)
{
    (void)state;
    static const int64_t strange[] = {0, 1, 2, 0, 7};
    struct fake fake;
    struct fake_array array = fake_labels("y", five, 5);
    SET_NAMES(&array, pets);
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "cat 0 2 -\ndog 1 2 -\nemu 2 1 -\nfox 3 0 -\n");
    assert_string_equal(fake_finding(&fake, "empty_class"),
                        "1 of the 4 classes that the file names has no sample: fox");
    assert_null(fake_finding(&fake, "index_gap"));
    fake_close(&fake);
    array.data = strange;
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "cat 0 2 -\ndog 1 1 -\nemu 2 1 -\nfox 3 0 -\n7 - 1 -\n");
    assert_non_null(fake_finding(&fake, "out_of_range"));
    fake_close(&fake);
}

/* The file says which class a number is; --classes only gives the order. */
static void test_names_declared_otherwise(void **state)
{
    (void)state;
    static const char *const declared[] = {"emu", "cat", "dog"};
    struct dsi_balance_parameters p = dsi_balance_defaults;
    p.declared = declared;
    p.n_declared = 3;
    struct fake fake;
    struct fake_array array = fake_labels("y", five, 5);
    SET_NAMES(&array, pets);
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &p), "emu 0 1 -\ncat 1 2 -\ndog 2 2 -\n");
    fake_close(&fake);
}

/* Values 0, 2, 3 have names: classes in the order of the values. 1 has none, and is no
 * class of the file's. */
static void test_names_with_gaps(void **state)
{
    (void)state;
    static const int64_t values[] = {3, 0, 1, 2, 2};
    struct fake fake;
    struct fake_array array = fake_labels("y", values, 5);
    SET_NAMES(&array, odd);
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "none 0 1 -\ntwo 1 2 -\naa 2 1 -\n1 - 1 -\n");
    fake_close(&fake);
    /* --classes gives the order. */
    static const char *const declared[] = {"two", "none", "aa"};
    struct dsi_balance_parameters p = dsi_balance_defaults;
    p.declared = declared;
    p.n_declared = 3;
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &p),
                        "two 0 2 -\nnone 1 1 -\naa 2 1 -\n1 - 1 -\n");
    fake_close(&fake);
}

/* The label 0 is called "10": it is not the class of index 10, nor "0". */
static void test_names_that_are_numbers(void **state)
{
    (void)state;
    struct fake fake;
    struct fake_array array = fake_labels("y", five, 5);
    SET_NAMES(&array, digits);
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "10 0 2 -\n9 1 2 -\n8 2 1 -\n");
    fake_close(&fake);
}

static void test_names_of_other_types(void **state)
{
    (void)state;
    static const double reals[] = {0, 1, 1};
    static const uint8_t bools[] = {0, 1, 1};
    struct fake fake;
    const uint64_t n = 3;
    struct fake_array array = {fake_shape("y", DSI_FLOAT, 8, 1, &n), reals};
    SET_NAMES(&array, pets); /* a float has no members */
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 1 -\n1 1 2 -\n");
    fake_close(&fake);
    array = (struct fake_array){fake_shape("y", DSI_BOOL, 1, 1, &n), bools};
    set_names(&array, pets, 2);
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "cat 0 1 -\ndog 1 2 -\n");
    fake_close(&fake);
}

/* Splits whose files name their classes differently have no list in common. */
static void test_names_of_splits(void **state)
{
    (void)state;
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("y_train", five, 5),
                                  fake_labels("y_test", two, 2)};
    SET_NAMES(&arrays[0], pets);
    SET_NAMES(&arrays[1], pets);
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "cat 0 2 train\ndog 1 2 train\nemu 2 1 train\nfox 3 0 train\n"
                        "cat 0 1 test\ndog 1 0 test\nemu 2 0 test\nfox 3 1 test\n");
    fake_close(&fake);
    SET_NAMES(&arrays[1], odd);
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(
        fake_balance(&fake, &dsi_balance_defaults),
        "aa 0 0 train\ncat 1 2 train\ndog 2 2 train\nemu 3 1 train\nnone 4 0 train\n"
        "aa 0 1 test\ncat 1 0 test\ndog 2 0 test\nemu 3 0 test\nnone 4 1 test\n");
    fake_close(&fake);
}

static void test_missing_labels(void **state)
{
    (void)state;
    static int64_t missing[] = {2, 9};
    struct fake fake;
    struct fake_array array = fake_labels("y", five, 5);
    array.array.missing.data = (uint8_t *)missing;
    array.array.missing.n = sizeof missing;
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_finding(&fake, "assumed"),
                        "labels are read from array 'y'; 2, 9 stand for no label, as "
                        "the file says");
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 2 -\n1 1 2 -\n2 - 1 -\n");
    assert_string_equal(fake_finding(&fake, "nan_label"),
                        "1 sample has no label ('2')");
    fake_close(&fake);
}

/* A list of names is not as long as the data, though it may be as long as another. */
static void test_lists_of_names(void **state)
{
    (void)state;
    const uint64_t shape[] = {5, 8, 8};
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("labels", two, 2),
                                  fake_labels("y", five, 5),
                                  {fake_shape("X", DSI_UINT, 1, 3, shape), NULL},
                                  fake_labels("means", two, 2)};
    for (size_t n = 2; n <= 4; n++) {
        fake_open(&fake, arrays, n, DSI_NEED_LABELS, NULL, NULL);
        assert_int_equal(fake.status, n == 2 ? DSI_ERR_USAGE : DSI_OK);
        if (n > 2)
            assert_string_equal(fake_finding(&fake, "assumed"),
                                "labels are read from array 'y'");
        else
            assert_non_null(strstr(fake.error.message, "one of: labels, y"));
        fake_close(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_lists_of_names),
        cmocka_unit_test(test_splits_share_classes),
        cmocka_unit_test(test_one_split),
        cmocka_unit_test(test_unreadable_labels),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_labels_below_a_group),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_names_in_order),
        cmocka_unit_test(test_names_declared_otherwise),
        cmocka_unit_test(test_names_with_gaps),
        cmocka_unit_test(test_names_that_are_numbers),
        cmocka_unit_test(test_names_of_other_types),
        cmocka_unit_test(test_names_of_splits),
        cmocka_unit_test(test_missing_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
