/* What image trees can hold that is no picture: links that lead back or nowhere, files
 * that must not be opened, folders too deep, names of any bytes. Each has a finding;
 * nothing of it ends the walk. */
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
#include "tree_view.h"

/* --- links
 * ----------------------------------------------------------------------------- */

static void test_loops_end(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/a/1.png");
    tree_picture(s, "t/b/2.png");
    scratch_link(s, "t/a/self", ".");
    scratch_link(s, "t/a/b", "../b");
    scratch_link(s, "t/b/a", "../a");
    scratch_link(s, "t/b/root", "..");
    scratch_link(s, "t/b/itself.png", "itself.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_classes(&tree, 0, (const char *const[]){"a", "b", NULL});
    /* itself.png is a file to os.walk, below a/b as in b. */
    tree_expect_samples(
        &tree, (const char *const[]){"0/0:t/a/1.png", "0/0:t/a/b/2.png",
                                     "0/0:t/a/b/itself.png", "0/1:t/b/2.png",
                                     "0/1:t/b/itself.png", "0/1:t/b/a/1.png", NULL});
    /* self, b/a, b/root below a; a/b, a/self, root below b. */
    assert_int_equal(tree_n_found(&tree, "symlink_loop", NULL), 6);
    tree_close(&tree);
}

/* Nine folders that link to each other are reached by 9! paths and more. */
static void test_links_without_number(void **state)
{
    struct scratch *s = *state;
    for (char a = '1'; a <= '9'; a++)
        for (char b = '1'; b <= '9'; b++) {
            const char name[] = {'t', '/', a, '/', b, '\0'};
            const char to[] = {'.', '.', '/', b, '\0'};
            if (a != b)
                scratch_link(s, name, to);
        }
    tree_picture(s, "t/1/1.png");
    struct tree tree;
    for (uint64_t seed = 0; seed < 3; seed++) {
        if (seed)
            faults_shuffle_folders(seed);
        tree_open(&tree, s, "t");
        assert_int_equal(tree.opened.dataset.n_failed_inputs, 1);
        tree_expect_finding(&tree, "limit", "t");
        tree_close(&tree);
    }
}

/* os.walk lists them as files, so they take their places among the samples. */
static void test_links_to_nothing_are_samples(void **state)
{
    struct scratch *s = *state;
    tree_picture(s, "t/a/1.png");
    scratch_link(s, "t/a/0.png", "nowhere.png");
    scratch_link(s, "t/b/self.JPG", "self.JPG");
    struct tree tree = {.scratch = s};
    for (int hidden = 0; hidden < 2; hidden++) {
        if (hidden)
            faults_hide_file_types();
        tree_open(&tree, s, "t");
        tree_expect_samples(&tree,
                            (const char *const[]){"0/0:t/a/0.png", "0/0:t/a/1.png",
                                                  "0/1:t/b/self.JPG", NULL});
        /* Found when they are opened, and not twice. */
        assert_int_equal(tree_n_found(&tree, "unreadable", NULL), 0);
        assert_int_equal(tree_n_found(&tree, "empty_class", NULL), 0);
        tree_close(&tree);
        /* Where only labels are asked for nobody opens them. */
        tree_open_excluding(&tree, scratch_path(s, "t"), DSI_NEED_LABELS, NULL, 0);
        assert_int_equal(tree.opened.dataset.groups[0].n_samples, 3);
        assert_int_equal(tree_n_found(&tree, "unreadable", NULL), 2);
        tree_close(&tree);
    }
}

/* An opened sample that cannot be read tells why. */
static void test_link_to_nothing_fails_to_load(void **state)
{
    struct scratch *s = *state;
    scratch_link(s, "t/a/0.png", "nowhere.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    struct dsi_loader loader = {0};
    struct dsi_block block;
    struct dsi_error err;
    assert_int_equal(dsi_plan_load(&tree.plan, 0, &loader, &block, &err), DSI_OK);
    assert_int_equal(block.status, DSI_ERR_OPEN);
    assert_int_equal(block.n_lost, 1);
    dsi_loader_free(&loader);
    tree_close(&tree);
}

static void test_other_links_to_nothing_are_found(void **state)
{
    struct scratch *s = *state;
    scratch_link(s, "t/b", "nowhere"); /* may have been a class folder */
    scratch_link(s, "u/b.npy", "nowhere");
    tree_picture(s, "t/a/1.png");
    tree_picture(s, "u/a/1.png");
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_finding(&tree, "unreadable", "t/b");
    tree_close(&tree);
    tree_open(&tree, s, "u");
    tree_expect_finding(&tree, "unreadable", "u/b.npy");
    tree_close(&tree);
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
    tree_picture(s, "t/a/1.png");
    assert_int_equal(mkfifo(scratch_path(s, "t/a/fifo.png"), 0600), 0);
    make_socket(scratch_path(s, "t/a/socket.png"));
    scratch_link(s, "t/a/null.png", "/dev/null");
    struct tree tree;
    alarm(20); /* opening the FIFO would wait for ever */
    for (int hidden = 0; hidden < 2; hidden++) {
        if (hidden)
            faults_hide_file_types();
        tree_open(&tree, s, "t");
        tree_expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
        assert_int_equal(tree_n_found(&tree, "not_regular", NULL), 3);
        tree_close(&tree);
    }
    alarm(0);
}

static void test_unreadable_folder(void **state)
{
    struct scratch *s = *state;
    enum { NOBODY = 65534 };
    bool is_root = geteuid() == 0; /* who reads every folder */
    if (is_root) {
        assert_int_equal(chown(s->root, NOBODY, (gid_t)-1), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    tree_picture(s, "t/a/1.png");
    tree_picture(s, "t/b/1.png");
    tree_picture(s, "t/c/deep/1.png");
    scratch_folder(s, "t/d");
    assert_int_equal(chmod(scratch_path(s, "t/b"), 0), 0);
    assert_int_equal(chmod(scratch_path(s, "t/c/deep"), 0), 0);
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
    assert_int_equal(tree_n_found(&tree, "unreadable", NULL), 2);
    /* What b and c hold is not known; only d is known to be empty. */
    tree_expect_finding(&tree, "empty_class", "t/d");
    tree_close(&tree);
    assert_int_equal(chmod(scratch_path(s, "t/b"), 0700), 0);
    assert_int_equal(chmod(scratch_path(s, "t/c/deep"), 0700), 0);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

static void test_deep_folders(void **state)
{
    enum { DEPTH = 3000 };
    struct scratch *s = *state;
    tree_picture(s, "t/a/1.png");
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
    tree_open(&tree, s, "t");
    /* A path longer than the system takes is a finding, not a silent end. */
    tree_expect_samples(&tree, (const char *const[]){"0/0:t/a/1.png", NULL});
    assert_int_equal(tree_n_found(&tree, "unreadable", NULL), 1);
    tree_close(&tree);
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
        tree_picture(s, name);
        snprintf(name, sizeof name, "t/%s/bad %s.png", names[i], names[i]);
        scratch_write(s, name, "no picture", 10);
    }
    const struct subject subject = {.title = "t", .inputs = {scratch_path(s, "t")}};
    struct variant variants[MAX_VARIANTS];
    size_t n_variants = variants_make(variants);
    struct tree tree;
    tree_open(&tree, s, "t");
    tree_expect_classes(&tree, 0,
                        (const char *const[]){" ", "-f", "a\tb", "colon:x",
                                              "esc\x1b[31m", "new\nline",
                                              "\xe2\x80\xaegnp", "\xff\xfe", NULL});
    assert_int_equal(tree.plan.n_blocks, 16);
    tree_close(&tree);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_loops_end),
        TEST(test_links_without_number),
        TEST(test_links_to_nothing_are_samples),
        TEST(test_link_to_nothing_fails_to_load),
        TEST(test_other_links_to_nothing_are_found),
        TEST(test_special_files_are_passed_over),
        TEST(test_unreadable_folder),
        TEST(test_deep_folders),
        TEST(test_names_of_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
