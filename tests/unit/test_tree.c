/* Image trees against torchvision's ImageFolder, restated by hand: classes are the
 * folders of the root in bytewise order; the samples of a class are the pictures of
 * sorted(os.walk(class folder)), that is by folder path as a string, then by name. And
 * what a tree can hold that is no picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "subject.h"

static int make_scratch(void **state)
{
    static struct scratch scratch;
    faults_reset();
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int remove_scratch(void **state)
{
    faults_reset();
    scratch_remove(*state);
    return 0;
}

static const char *picture(struct scratch *scratch, const char *name)
{
    static const uint8_t pixels[] = {1, 2, 3, 4};
    return scratch_png(scratch, name, 2, 2, pixels);
}

/* --- what is seen of a tree
 * ------------------------------------------------------------ */

struct tree {
    struct scratch *scratch;
    struct opened opened;
    struct dsi_plan plan;
};

static void open_excluding(struct tree *tree, const char *root, unsigned need,
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

static void open_tree(struct tree *tree, struct scratch *scratch, const char *name)
{
    tree->scratch = scratch;
    open_excluding(tree, scratch_path(scratch, name), DSI_NEED_HEADER, NULL, 0);
}

static void close_tree(struct tree *tree)
{
    dsi_plan_free(&tree->plan);
    subject_close(&tree->opened);
}

/* The samples in order, as "group/class index:path" each, to compare with expected; the
 * paths are below the scratch directory. */
static void expect_samples(struct tree *tree, const char *const *expected)
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

static void expect_classes(struct tree *tree, size_t group, const char *const *expected)
{
    const struct dsi_group *g = &tree->opened.dataset.groups[group];
    size_t c = 0;
    for (; expected[c]; c++) {
        assert_true(c < g->n_classes);
        assert_string_equal(g->classes[c], expected[c]);
    }
    assert_int_equal(g->n_classes, c);
}

/* The findings of a rule; the last one's place is below the scratch directory. */
static size_t n_found(struct tree *tree, const char *rule, const char *where)
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

static void expect_finding(struct tree *tree, const char *rule, const char *where)
{
    if (n_found(tree, rule, where) != 1)
        fail_msg("%zu findings of %s at %s", n_found(tree, rule, NULL), rule, where);
}

/* --- order
 * ----------------------------------------------------------------------------- */

static void test_order_is_that_of_imagefolder(void **state)
{
    struct scratch *s = *state;
    /* '-' < '/' < '0': as strings, x-y stands between x and x/z. */
    picture(s, "t/b/x/z/4.png");
    picture(s, "t/b/x-y/3.png");
    picture(s, "t/b/x/2.png");
    picture(s, "t/b/x0/5.png");
    picture(s, "t/b/1.png");
    picture(s, "t/b/~.png");
    picture(s, "t/a/10.png");
    picture(s, "t/a/9.PNG");
    picture(s, "t/a/.png");
    picture(s, "t/a/B.jPeG");
    picture(s, "t/a/a.JPG");
    picture(s, "t/a/a.jpg.txt");
    picture(s, "t/Z/1.png");
    picture(s, "t/\xc3\xa9/1.png");
    picture(s, "t/a-/1.png");
    picture(s, "t/beside.png");
    picture(s, "t/beside too.png");
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_classes(&tree, 0,
                   (const char *const[]){"Z", "a", "a-", "b", "\xc3\xa9", NULL});
    expect_samples(
        &tree, (const char *const[]){"0/0:t/Z/1.png", "0/1:t/a/.png", "0/1:t/a/10.png",
                                     "0/1:t/a/9.PNG", "0/1:t/a/B.jPeG", "0/1:t/a/a.JPG",
                                     "0/2:t/a-/1.png", "0/3:t/b/1.png", "0/3:t/b/~.png",
                                     "0/3:t/b/x/2.png", "0/3:t/b/x-y/3.png",
                                     "0/3:t/b/x/z/4.png", "0/3:t/b/x0/5.png",
                                     "0/4:t/\xc3\xa9/1.png", NULL});
    expect_finding(&tree, "outside_classes", "t");
    close_tree(&tree);
}

static void test_order_of_listing_is_unseen(void **state)
{
    struct scratch *s = *state;
    for (int i = 0; i < 40; i++) {
        char name[64];
        snprintf(name, sizeof name, "t/%c/%d/%d.png", 'a' + i % 5, i % 3, i);
        picture(s, name);
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
    picture(s, "t/val/dog/1.png");
    picture(s, "t/train/dog/1.png");
    picture(s, "t/train/cat/1.png");
    picture(s, "t/test/cat/deep/1.png");
    picture(s, "t/train/beside.png");
    struct tree tree;
    open_tree(&tree, s, "t");
    assert_true(tree.opened.dataset.has_splits);
    assert_int_equal(tree.opened.dataset.n_groups, 3);
    assert_string_equal(tree.opened.dataset.groups[0].name, "test");
    assert_string_equal(tree.opened.dataset.groups[1].name, "train");
    assert_string_equal(tree.opened.dataset.groups[2].name, "val");
    expect_classes(&tree, 1, (const char *const[]){"cat", "dog", NULL});
    expect_classes(&tree, 2, (const char *const[]){"dog", NULL});
    expect_samples(&tree, (const char *const[]){
                              "0/0:t/test/cat/deep/1.png", "1/0:t/train/cat/1.png",
                              "1/1:t/train/dog/1.png", "2/0:t/val/dog/1.png", NULL});
    expect_finding(&tree, "assumed", "t");
    expect_finding(&tree, "outside_classes", "t/train");
    close_tree(&tree);
}

static void test_other_folders_are_no_splits(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/val/dog/1.png");
    picture(s, "t/train/dog/1.png");
    picture(s, "t/extra/dog/1.png"); /* a folder that is no split's */
    picture(s, "u/val/1.png");       /* no class folder in it */
    picture(s, "u/train/dog/1.png");
    struct tree tree;
    open_tree(&tree, s, "t");
    assert_false(tree.opened.dataset.has_splits);
    expect_classes(&tree, 0, (const char *const[]){"extra", "train", "val", NULL});
    close_tree(&tree);
    open_tree(&tree, s, "u");
    assert_false(tree.opened.dataset.has_splits);
    expect_classes(&tree, 0, (const char *const[]){"train", "val", NULL});
    close_tree(&tree);
}

static void test_hidden_and_empty_classes(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/dog/1.png");
    picture(s, "t/.ipynb_checkpoints/1.png");
    scratch_write(s, "t/cat/1.gif", "GIF89a", 6);
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_classes(&tree, 0,
                   (const char *const[]){".ipynb_checkpoints", "cat", "dog", NULL});
    expect_finding(&tree, "hidden_class", "t/.ipynb_checkpoints");
    expect_finding(&tree, "empty_class", "t/cat");
    expect_finding(&tree, "unsupported", "t");
    expect_samples(&tree, (const char *const[]){"0/0:t/.ipynb_checkpoints/1.png",
                                                "0/2:t/dog/1.png", NULL});
    close_tree(&tree);
}

/* --- links
 * ----------------------------------------------------------------------------- */

static void test_links_are_followed(void **state)
{
    struct scratch *s = *state;
    picture(s, "elsewhere/1.png");
    picture(s, "t/dog/2.png");
    scratch_link(s, "t/cat", "../elsewhere");
    scratch_link(s, "t/dog/3.png", "../../elsewhere/1.png");
    scratch_link(s, "t/dog/again", "../cat");
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_classes(&tree, 0, (const char *const[]){"cat", "dog", NULL});
    expect_samples(&tree, (const char *const[]){"0/0:t/cat/1.png", "0/1:t/dog/2.png",
                                                "0/1:t/dog/3.png",
                                                "0/1:t/dog/again/1.png", NULL});
    close_tree(&tree);
}

static void test_loops_end(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    picture(s, "t/b/2.png");
    scratch_link(s, "t/a/self", ".");
    scratch_link(s, "t/a/b", "../b");
    scratch_link(s, "t/b/a", "../a");
    scratch_link(s, "t/b/root", "..");
    scratch_link(s, "t/b/itself.png", "itself.png");
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_classes(&tree, 0, (const char *const[]){"a", "b", NULL});
    expect_samples(&tree,
                   (const char *const[]){"0/0:t/a/1.png", "0/0:t/a/b/2.png",
                                         "0/1:t/b/2.png", "0/1:t/b/a/1.png", NULL});
    /* self, b/a, b/root below a; a/b, a/self, root below b. */
    assert_int_equal(n_found(&tree, "symlink_loop", NULL), 6);
    /* itself.png is seen from a/b as from b. */
    assert_int_equal(n_found(&tree, "unreadable", NULL), 2);
    close_tree(&tree);
}

static void test_links_to_nothing_are_found(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    scratch_link(s, "t/a/gone.png", "nowhere.png");
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
    expect_finding(&tree, "unreadable", "t/a/gone.png");
    close_tree(&tree);
    scratch_link(s, "u/b", "nowhere"); /* may have been a class folder */
    picture(s, "u/a/1.png");
    open_tree(&tree, s, "u");
    expect_finding(&tree, "unreadable", "u/b");
    close_tree(&tree);
}

/* --- what is no regular file
 * ----------------------------------------------------------- */

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void test_special_files_are_passed_over(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    assert_int_equal(mkfifo(scratch_path(s, "t/a/fifo.png"), 0600), 0);
    make_socket(scratch_path(s, "t/a/socket.png"));
    scratch_link(s, "t/a/null.png", "/dev/null");
    struct tree tree;
    alarm(20); /* opening the FIFO would wait for ever */
    for (int hidden = 0; hidden < 2; hidden++) {
        if (hidden)
            faults_hide_file_types();
        open_tree(&tree, s, "t");
        expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
        assert_int_equal(n_found(&tree, "not_regular", NULL), 3);
        close_tree(&tree);
    }
    alarm(0);
}

static void test_unreadable_folder(void **state)
{
    struct scratch *s = *state;
    if (geteuid() == 0) {
        print_message("skipped: root reads every folder\n");
        skip();
    }
    picture(s, "t/a/1.png");
    picture(s, "t/b/1.png");
    assert_int_equal(chmod(scratch_path(s, "t/b"), 0), 0);
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
    expect_finding(&tree, "unreadable", "t/b");
    close_tree(&tree);
}

static void test_deep_folders(void **state)
{
    enum { DEPTH = 3000 };
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    char start[4096];
    assert_non_null(getcwd(start, sizeof start));
    assert_int_equal(chdir(scratch_path(s, "t/a")), 0);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdir("d", 0700), 0);
        assert_int_equal(chdir("d"), 0);
    }
    FILE *file = fopen("deep.png", "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(chdir(start), 0);
    struct tree tree;
    open_tree(&tree, s, "t");
    /* A path longer than the system takes is a finding, not a silent end. */
    expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
    assert_int_equal(n_found(&tree, "unreadable", NULL), 1);
    close_tree(&tree);
}

/* --- names
 * ----------------------------------------------------------------------------- */

static void test_names_of_any_bytes(void **state)
{
    struct scratch *s = *state;
    static const char *const names[] = {"new\nline", "esc\x1b[31m", "\xe2\x80\xaegnp",
                                        "\xff\xfe",  "a\tb",        " ",
                                        "-f",        "colon:x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "t/%s/%s.png", names[i], names[i]);
        picture(s, name);
        snprintf(name, sizeof name, "t/%s/bad %s.png", names[i], names[i]);
        scratch_write(s, name, "no picture", 10);
    }
    const struct subject subject = {.title = "t", .inputs = {scratch_path(s, "t")}};
    struct variant variants[MAX_VARIANTS];
    size_t n_variants = variants_make(variants);
    struct tree tree;
    open_tree(&tree, s, "t");
    expect_classes(&tree, 0,
                   (const char *const[]){" ", "-f", "a\tb", "colon:x", "esc\x1b[31m",
                                         "new\nline", "\xe2\x80\xaegnp", "\xff\xfe",
                                         NULL});
    assert_int_equal(tree.plan.n_blocks, 16);
    close_tree(&tree);
    for (size_t v = 0; v < n_variants; v++) {
        struct dsi_bytes json;
        struct dsi_error err;
        assert_int_equal(subject_to_json(&subject, &variants[v], 2, &json, &err),
                         DSI_OK);
        for (size_t i = 0; i < json.n; i++)
            assert_true(json.data[i] == '\n' || json.data[i] >= ' ');
        assert_null(memmem(json.data, json.n, "\xe2\x80\xae", 3));
        assert_null(memchr(json.data, 0xff, json.n));
        dsi_bytes_free(&json);
    }
}

static void test_exclude(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    picture(s, "t/a/2.png");
    picture(s, "t/a/deep/3.png");
    picture(s, "t/b/1.png");
    picture(s, "t/.git/1.png");
    const char *globs[] = {".*", "a/2*", "deep"};
    struct tree tree = {.scratch = s};
    open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_HEADER, globs, 3);
    expect_classes(&tree, 0, (const char *const[]){"a", "b", NULL});
    expect_samples(&tree,
                   (const char *const[]){"0/0:t/a/1.png", "0/1:t/b/1.png", NULL});
    close_tree(&tree);
}

/* --- flat folders, arrays, labels alone
 * ------------------------------------------------ */

static void test_flat_folder(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/2.png");
    picture(s, "t/1.png");
    scratch_write(s, "t/x.npy", "no array", 8);
    struct tree tree = {.scratch = s};
    open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_VALUES, NULL, 0);
    assert_int_equal(tree.opened.dataset.groups[0].n_classes, 0);
    /* Where values are asked for, an array file is no picture that failed. */
    expect_samples(&tree, (const char *const[]){"0/0:t/1.png", "0/0:t/2.png", NULL});
    close_tree(&tree);
    open_tree(&tree, s, "t"); /* where headers are, it is one of the files */
    expect_samples(&tree, (const char *const[]){"0/0:t/1.png", "0/0:t/2.png",
                                                "0/0:t/x.npy", NULL});
    close_tree(&tree);
    open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_LABELS, NULL, 0);
    assert_int_equal(tree.opened.dataset.n_failed_inputs, 1);
    expect_finding(&tree, "usage", "t");
    close_tree(&tree);
}

static void test_labels_alone_count_the_same(void **state)
{
    struct scratch *s = *state;
    picture(s, "t/a/1.png");
    picture(s, "t/a/b/2.png");
    scratch_folder(s, "t/b");
    picture(s, "t/c/3.png");
    struct tree tree = {.scratch = s};
    open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_LABELS, NULL, 0);
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
    close_tree(&tree);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, remove_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order_is_that_of_imagefolder),
        TEST(test_order_of_listing_is_unseen),
        TEST(test_splits),
        TEST(test_other_folders_are_no_splits),
        TEST(test_hidden_and_empty_classes),
        TEST(test_links_are_followed),
        TEST(test_loops_end),
        TEST(test_links_to_nothing_are_found),
        TEST(test_special_files_are_passed_over),
        TEST(test_unreadable_folder),
        TEST(test_deep_folders),
        TEST(test_names_of_any_bytes),
        TEST(test_exclude),
        TEST(test_flat_folder),
        TEST(test_labels_alone_count_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
