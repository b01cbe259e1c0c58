/* Sorted lists of records, in memory and beyond it: what is read is what qsort makes of
 * the same records, however they were added, merged and spilled. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "scratch.h"
#include "sorted_words.h"

enum { WORDS = 5, MANY = 200000, FEW = 300 };

static struct scratch scratch;

static int make(void **state)
{
    (void)state;
    scratch_make(&scratch);
    faults_reset();
    return 0;
}

static int clean(void **state)
{
    (void)state;
    faults_reset();
    scratch_remove(&scratch);
    return 0;
}

/* Record i: many share their first words, so that every word counts. */
static void fill(uint64_t *record, uint64_t i)
{
    uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;
    for (int w = 0; w < WORDS; w++) {
        x ^= x >> 29;
        x *= 0xbf58476d1ce4e5b9u;
        record[w] = w == 0 ? x % 1000 << 52 : w < WORDS - 1 ? x % 7 : i;
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    for (int w = 0; w < WORDS; w++)
        if (x[w] != y[w])
            return x[w] < y[w] ? -1 : 1;
    return 0;
}

static struct dsi_sorted_words start(uint64_t max_bytes)
{
    return dsi_sorted_words_start(
        WORDS, (struct dsi_sorted_limits){max_bytes, max_bytes, scratch.root});
}

static void add(struct dsi_sorted_words *list, uint64_t i)
{
    uint64_t record[WORDS];
    fill(record, i);
    assert_int_equal(dsi_sorted_words_add(list, record, NULL), DSI_OK);
}

/* The list holds records 0 to n - 1. */
static void holds(const struct dsi_sorted_words *list, size_t n)
{
    uint64_t *expected = malloc(n * WORDS * sizeof *expected);
    struct dsi_sorted_cursor *cursor;
    const uint64_t *record;
    assert_non_null(expected);
    for (size_t i = 0; i < n; i++)
        fill(expected + i * WORDS, i);
    qsort(expected, n, WORDS * sizeof *expected, compare);
    assert_int_equal(list->n, n);
    assert_int_equal(dsi_sorted_cursor_open(&cursor, list, NULL), DSI_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(dsi_sorted_cursor_next(cursor, &record, NULL), DSI_OK);
        assert_non_null(record);
        assert_memory_equal(record, expected + i * WORDS, WORDS * sizeof *expected);
    }
    for (int again = 0; again < 2; again++) {
        assert_int_equal(dsi_sorted_cursor_next(cursor, &record, NULL), DSI_OK);
        assert_null(record);
    }
    dsi_sorted_cursor_close(cursor);
    free(expected);
}

static void test_an_empty_list(void **state)
{
    (void)state;
    struct dsi_sorted_words list = start(0), other = start(0);
    holds(&list, 0);
    assert_int_equal(dsi_sorted_words_merge(&list, &other, NULL), DSI_OK);
    holds(&list, 0);
    dsi_sorted_words_free(&other);
    dsi_sorted_words_free(&list);
}

static void try_order(size_t n, uint64_t factor, uint64_t max_bytes)
{
    struct dsi_sorted_words list = start(max_bytes);
    for (uint64_t i = 0; i < n; i++)
        add(&list, i * factor % n);
    holds(&list, n);
    holds(&list, n); /* reading changes nothing */
    dsi_sorted_words_free(&list);
}

static void test_any_order(void **state)
{
    (void)state;
    try_order(1, 1, UINT64_MAX);
    try_order(FEW, 1, UINT64_MAX);
    try_order(FEW, FEW - 1, UINT64_MAX); /* backwards but for the first */
    try_order(FEW, 7, UINT64_MAX);
    try_order(MANY, 7919, UINT64_MAX);
}

static void test_spilled(void **state)
{
    (void)state;
    try_order(MANY, 7919, 0);
    try_order(MANY, 7919, 5 << 20);
}

static void try_merge(size_t n, uint64_t max_bytes, uint64_t max_of_all)
{
    enum { N_LISTS = 7 };
    struct dsi_sorted_words lists[N_LISTS], all = start(max_of_all);
    for (size_t l = 0; l < N_LISTS; l++)
        lists[l] = start(max_bytes);
    for (uint64_t i = 0; i < n; i++)
        add(&lists[i * i % N_LISTS], i);
    for (size_t l = 0; l < N_LISTS; l++) {
        struct dsi_sorted_words *list = &lists[l * 3 % N_LISTS];
        assert_int_equal(dsi_sorted_words_merge(&all, list, NULL), DSI_OK);
        if (l % 2) /* some before, some after */
            dsi_sorted_words_free(list);
    }
    for (size_t l = 0; l < N_LISTS; l += 2)
        dsi_sorted_words_free(&lists[l * 3 % N_LISTS]);
    holds(&all, n);
    dsi_sorted_words_free(&all);
}

static void test_merged(void **state)
{
    (void)state;
    try_merge(FEW, 0, 0);
    try_merge(MANY, UINT64_MAX, UINT64_MAX);
    try_merge(MANY, 0, UINT64_MAX);
    try_merge(MANY, UINT64_MAX, 4 << 20);
    try_merge(MANY, 0, 0);
}

/* Adding to a list that was merged with another's runs. */
static void test_added_after_a_merge(void **state)
{
    (void)state;
    struct dsi_sorted_words list = start(0), other = start(UINT64_MAX);
    for (uint64_t i = 0; i < MANY / 2; i++)
        add(&other, 2 * i);
    assert_int_equal(dsi_sorted_words_merge(&list, &other, NULL), DSI_OK);
    for (uint64_t i = 0; i < MANY / 2; i++)
        add(&list, 2 * i + 1);
    holds(&list, MANY);
    dsi_sorted_words_free(&list);
    for (uint64_t i = 0; i < MANY / 2; i++)
        add(&other, 2 * i + 1);
    holds(&other, MANY);
    dsi_sorted_words_free(&other);
}

static enum dsi_status add_many(struct dsi_sorted_words *list, struct dsi_error *err)
{
    uint64_t record[WORDS];
    enum dsi_status status = DSI_OK;
    for (uint64_t i = 0; i < MANY && status == DSI_OK; i++) {
        fill(record, i);
        status = dsi_sorted_words_add(list, record, err);
    }
    return status;
}

static void test_no_such_folder(void **state)
{
    (void)state;
    const struct dsi_sorted_limits limits = {0, 0, "/nonexistent"};
    struct dsi_sorted_words list = dsi_sorted_words_start(WORDS, limits);
    struct dsi_error err;
    assert_int_equal(add_many(&list, &err), DSI_ERR_WRITE);
    assert_non_null(strstr(err.message, "/nonexistent"));
    assert_non_null(strstr(err.message, "TMPDIR"));
    dsi_sorted_words_free(&list);
}

static void test_no_room(void **state)
{
    (void)state;
    struct dsi_sorted_words list = start(0);
    struct dsi_error err;
    struct rlimit was, little;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    little = was;
    little.rlim_cur = 3 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_int_equal(add_many(&list, &err), DSI_ERR_WRITE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_non_null(strstr(err.message, scratch.root));
    dsi_sorted_words_free(&list);
}

static void test_failing_reads(void **state)
{
    (void)state;
    struct dsi_sorted_words list = start(0);
    struct dsi_sorted_cursor *cursor;
    struct dsi_error err;
    assert_int_equal(add_many(&list, &err), DSI_OK);
    faults_fail_read(READ_EIO, 1);
    assert_int_equal(dsi_sorted_cursor_open(&cursor, &list, &err), DSI_ERR_READ);
    faults_fail_read(READ_END, 1);
    assert_int_equal(dsi_sorted_cursor_open(&cursor, &list, &err), DSI_ERR_READ);
    faults_fail_read(READ_EINTR, 1);
    holds(&list, MANY);
    faults_fail_read(READ_SHORT, 1);
    holds(&list, MANY);
    dsi_sorted_words_free(&list);
}

static void test_failing_memory(void **state)
{
    (void)state;
    struct dsi_error err;
    for (uint64_t nth = 1; nth < 60; nth++) {
        struct dsi_sorted_words list = start(0), into = start(0);
        struct dsi_sorted_cursor *cursor = NULL;
        faults_fail_allocation(nth);
        enum dsi_status status = add_many(&list, &err);
        if (status == DSI_OK)
            status = dsi_sorted_words_merge(&into, &list, &err);
        if (status == DSI_OK)
            status = dsi_sorted_cursor_open(&cursor, &into, &err);
        const uint64_t n_done = faults_n_allocations();
        faults_reset();
        assert_int_equal(status, n_done >= nth ? DSI_ERR_MEMORY : DSI_OK);
        dsi_sorted_cursor_close(cursor);
        dsi_sorted_words_free(&list);
        dsi_sorted_words_free(&into);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_list),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_spilled),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_added_after_a_merge),
        cmocka_unit_test(test_no_such_folder),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_failing_reads),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
