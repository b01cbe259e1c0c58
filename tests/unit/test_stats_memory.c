/* Every allocation of lib/stats fails once: a status comes back, nothing leaks (run
 * under valgrind to see) and what was failed on can still be freed. The allocator is
 * replaced where that is possible: under glibc, and not under a sanitizer, which has
 * its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "class_table.h"
#include "class_weights.h"
#include "exact_sum.h"
#include "imbalance.h"
#include "resample.h"
#include "sanitized.h"

static long until_failure = -1; /* allocations that still succeed; < 0: all */
static long n_live;             /* allocations not yet freed */

#if defined(__GLIBC__) && !SANITIZED
#define CAN_FAIL true

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

static bool fails(void)
{
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    until_failure = -1;
    errno = ENOMEM;
    return true;
}

static void *alive(void *made)
{
    n_live += made != NULL;
    return made;
}

/* Never fails: the C library's own, as in qsort, which does without. */
void *malloc(size_t size)
{
    return alive(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : alive(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    void *made = __libc_realloc(old, size);
    return old ? made : alive(made);
}

void free(void *old)
{
    n_live -= old != NULL;
    __libc_free(old);
}
#else
#define CAN_FAIL false
#endif

static enum dsi_status fill(struct dsi_class_table *table, struct dsi_bytes *saved)
{
    enum { N = 1000 };
    static uint32_t values[N];
    static uint32_t text[N][2];
    static double reals[N];
    for (uint32_t i = 0; i < N; i++) {
        values[i] = i % 7 ? i : i * 1000;
        text[i][0] = 'a' + i % 30;
        reals[i] = i % 20 * 0.5;
    }
    DSI_TRY(dsi_class_table_add(table, (struct dsi_dtype){.kind = DSI_UINT, .size = 4},
                                values, N, 0, NULL));
    DSI_TRY(dsi_class_table_add(
        table, (struct dsi_dtype){.kind = DSI_UNICODE, .size = 8}, text, N, 0, NULL));
    DSI_TRY(dsi_class_table_add(table, (struct dsi_dtype){.kind = DSI_FLOAT, .size = 8},
                                reals, N, 0, NULL));
    return dsi_class_table_save(table, saved, NULL);
}

static enum dsi_status count(void)
{
    struct dsi_class_table *table = dsi_class_table_new(100000);
    struct dsi_class_table *loaded = dsi_class_table_new(100000);
    struct dsi_class_table *merged = dsi_class_table_new(100000);
    struct dsi_bytes saved = {0};
    enum dsi_status status =
        table && loaded && merged ? fill(table, &saved) : DSI_ERR_MEMORY;
    struct dsi_bytes_reader in = {.data = saved.data, .n = saved.n};
    if (status == DSI_OK)
        status = dsi_class_table_load(loaded, &in, NULL);
    if (status == DSI_OK)
        status = dsi_class_table_merge(merged, loaded, NULL);
    dsi_bytes_free(&saved);
    dsi_class_table_free(table);
    dsi_class_table_free(loaded);
    dsi_class_table_free(merged);
    return status;
}

static enum dsi_status weigh(void)
{
    const uint64_t counts[] = {5, 0, 3, 9};
    uint64_t targets[4];
    double weights[4];
    struct dsi_imbalance imbalance;
    DSI_TRY(dsi_class_weights(DSI_WEIGHT_MEDIAN_FREQUENCY, 0, counts, NULL, 4, weights,
                              NULL));
    DSI_TRY(dsi_imbalance_of(counts, 4, &imbalance, NULL));
    return dsi_resample_targets(DSI_RESAMPLE_MIXED, 0, counts, 4, targets, NULL);
}

static enum dsi_status resample(void)
{
    const uint32_t class_of[] = {0, 1, 1, 0, 1};
    const uint64_t targets[] = {5, 2};
    int64_t *plan = NULL;
    uint64_t n;
    enum dsi_status status =
        dsi_resample_plan(class_of, 5, targets, 2, 0, &plan, &n, NULL);
    free(plan);
    return status;
}

static enum dsi_status sum_up(void)
{
    struct dsi_exact_sum sum;
    struct dsi_bytes saved = {0};
    DSI_TRY(dsi_exact_sum_init(&sum, DSI_SUM_FLOAT64, NULL));
    dsi_exact_sum_add_value(&sum, 1.5, 0, 3);
    enum dsi_status status = dsi_exact_sum_save(&sum, &saved, NULL);
    dsi_bytes_free(&saved);
    dsi_exact_sum_free(&sum);
    return status;
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    enum dsi_status (*const jobs[])(void) = {count, weigh, resample, sum_up};
    if (!CAN_FAIL)
        skip();
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        long n_failed = 0;
        for (;; n_failed++) {
            const long before = n_live;
            until_failure = n_failed;
            enum dsi_status status = jobs[i]();
            bool failed = until_failure < 0;
            until_failure = -1;
            assert_int_equal(n_live, before);
            if (!failed) {
                assert_int_equal(status, DSI_OK);
                break;
            }
            assert_int_equal(status, DSI_ERR_MEMORY);
        }
        assert_true(n_failed >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
