/* The stop flag of the library, which a program that wants to live on sets from a
 * signal handler: opening and scanning end with DSI_ERR_INTERRUPTED, soon. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "scan.h"
#include "scratch.h"

enum { N_FILES = 50, N_THREADS = 4 };

static volatile sig_atomic_t stop;
static atomic_int n_updates;
static bool sets_stop;

/* --- a check that stops its own scan
 * --------------------------------------------------- */

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)state, (void)dataset, (void)parameters, (void)err;
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    (void)state, (void)block, (void)err;
    atomic_fetch_add(&n_updates, 1);
    if (sets_stop)
        stop = SIGINT;
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    (void)into, (void)from, (void)err;
    return DSI_OK;
}

static void destroy(void *state)
{
    (void)state;
}

static const struct dsi_check stopper = {.name = "stopper",
                                         .need = need,
                                         .state_size = 1,
                                         .init = init,
                                         .update = update,
                                         .merge = merge,
                                         .destroy = destroy};

/* --- scanning
 * -------------------------------------------------------------------------- */

static enum dsi_status scan(struct scratch *scratch, unsigned n_threads)
{
    const char *inputs[N_FILES];
    struct dsi_error err;
    for (int i = 0; i < N_FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.npy", i);
        inputs[i] = scratch_npy(scratch, name, "'|u1'", false, "(3,)", "abc", 3);
    }
    struct dsi_report *report = dsi_report_new("stop", NULL, 0);
    assert_non_null(report);
    struct dsi_dataset dataset;
    const struct dsi_dataset_options opening = {.need = DSI_NEED_VALUES};
    assert_int_equal(
        dsi_dataset_open(&dataset, inputs, N_FILES, &opening, report, &err), DSI_OK);
    struct dsi_check_run run = {.check = &stopper};
    assert_int_equal(dsi_check_run_init(&run, &dataset, &err), DSI_OK);
    const struct dsi_scan_options options = {.n_threads = n_threads, .stop = &stop};
    n_updates = 0;
    enum dsi_status status = dsi_scan(&dataset, &run, 1, &options, &err);
    dsi_check_run_free(&run);
    dsi_dataset_close(&dataset);
    dsi_report_free(report);
    return status;
}

static void test_a_flag_not_set_stops_nothing(void **state)
{
    stop = 0;
    sets_stop = false;
    assert_int_equal(scan(*state, N_THREADS), DSI_OK);
    assert_int_equal(n_updates, N_FILES);
}

static void test_a_flag_set_before_the_scan(void **state)
{
    stop = SIGINT;
    sets_stop = false;
    assert_int_equal(scan(*state, N_THREADS), DSI_ERR_INTERRUPTED);
    assert_int_equal(n_updates, 0);
}

static void test_a_flag_set_amid_the_scan(void **state)
{
    sets_stop = true;
    stop = 0;
    assert_int_equal(scan(*state, 1), DSI_ERR_INTERRUPTED);
    assert_int_equal(n_updates, 1);
    stop = 0; /* each worker has at most the block it was at */
    assert_int_equal(scan(*state, N_THREADS), DSI_ERR_INTERRUPTED);
    assert_in_range(n_updates, 1, N_THREADS);
}

/* --- opening
 * --------------------------------------------------------------------------- */

static void test_opening_a_tree(void **state)
{
    const uint8_t grey = 0;
    struct dsi_dataset dataset;
    struct dsi_error err;
    scratch_png(*state, "tree/cat/a.png", 1, 1, &grey);
    scratch_png(*state, "tree/dog/a.png", 1, 1, &grey);
    const char *tree = scratch_path(*state, "tree");
    const struct dsi_dataset_options options = {.need = DSI_NEED_LABELS, .stop = &stop};
    struct dsi_report *report = dsi_report_new("stop", NULL, 0);
    assert_non_null(report);
    stop = SIGTERM;
    assert_int_equal(dsi_dataset_open(&dataset, &tree, 1, &options, report, &err),
                     DSI_ERR_INTERRUPTED);
    stop = 0;
    assert_int_equal(dsi_dataset_open(&dataset, &tree, 1, &options, report, &err),
                     DSI_OK);
    dsi_dataset_close(&dataset);
    dsi_report_free(report);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct scratch));
    assert_non_null(*state);
    scratch_make(*state);
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_flag_not_set_stops_nothing),
        TEST(test_a_flag_set_before_the_scan),
        TEST(test_a_flag_set_amid_the_scan),
        TEST(test_opening_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
