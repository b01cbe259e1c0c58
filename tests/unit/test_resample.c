/* The plan against its definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imbalance.h"
#include "resample.h"

enum { N = 1000, K = 5 };

/* Classes of about 1/2, 1/4, 1/8, ... of the samples; every 50th has none. */
static void classes(uint32_t *class_of, uint64_t *counts)
{
    memset(counts, 0, K * sizeof *counts);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t c = 0;
        while (c < K - 1 && (i * 2654435761u >> (10 + c) & 1))
            c++;
        class_of[i] = i % 50 ? c : DSI_RESAMPLE_LEFT_OUT;
        if (i % 50)
            counts[c]++;
    }
}

static int64_t *plan(const uint32_t *class_of, const uint64_t *targets, uint64_t seed,
                     uint64_t *length)
{
    int64_t *indices = NULL;
    assert_int_equal(
        dsi_resample_plan(class_of, N, targets, K, seed, &indices, length, NULL),
        DSI_OK);
    return indices;
}

static void check_plan(const uint32_t *class_of, const uint64_t *counts,
                       const uint64_t *targets, uint64_t seed)
{
    uint64_t length, times[N] = {0}, got[K] = {0};
    int64_t *indices = plan(class_of, targets, seed, &length);
    for (uint64_t i = 0; i < length; i++) {
        assert_true(indices[i] >= 0 && indices[i] < N);
        assert_true(class_of[indices[i]] < K);
        times[indices[i]]++;
        got[class_of[indices[i]]]++;
    }
    assert_memory_equal(got, targets, sizeof got);
    for (size_t i = 0; i < N; i++) {
        uint32_t c = class_of[i];
        if (c < K) {
            assert_true(times[i] >= targets[c] / counts[c]);
            assert_true(times[i] <= (targets[c] + counts[c] - 1) / counts[c]);
        }
    }
    free(indices);
}

static void test_every_sample_its_share(void **state)
{
    (void)state;
    uint32_t class_of[N];
    uint64_t counts[K], targets[K];
    classes(class_of, counts);
    for (int s = DSI_RESAMPLE_OVER; s <= DSI_RESAMPLE_MIXED; s++)
        for (uint64_t seed = 0; seed < 20; seed++)
            for (uint64_t target = 0; target < 3; target++) {
                assert_int_equal(dsi_resample_targets((enum dsi_strategy)s, 97 * target,
                                                      counts, K, targets, NULL),
                                 DSI_OK);
                check_plan(class_of, counts, targets, seed);
            }
}

/* Which samples get the extra place, and the order, are even over seeds: 2 of 5
 * members, 10,000 seeds, so each about 4,000 times (standard deviation 49) at the front
 * or in. */
static void test_extras_and_order_are_random(void **state)
{
    (void)state;
    const uint32_t class_of[5] = {0};
    const uint64_t target = 2;
    int chosen[5] = {0}, front[5] = {0};
    for (uint64_t seed = 0; seed < 10000; seed++) {
        int64_t *out = NULL;
        uint64_t n = 0;
        assert_int_equal(
            dsi_resample_plan(class_of, 5, &target, 1, seed, &out, &n, NULL), DSI_OK);
        assert_int_equal(n, 2);
        chosen[out[0]]++;
        chosen[out[1]]++;
        front[out[0]]++;
        free(out);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_in_range(chosen[i], 3750, 4250);
        assert_in_range(front[i], 1800, 2200);
    }
}

static void test_seed_decides(void **state)
{
    (void)state;
    uint32_t class_of[N];
    uint64_t counts[K], targets[K], length;
    classes(class_of, counts);
    assert_int_equal(
        dsi_resample_targets(DSI_RESAMPLE_MIXED, 0, counts, K, targets, NULL), DSI_OK);
    int64_t *a = plan(class_of, targets, 1, &length);
    int64_t *b = plan(class_of, targets, 1, &length);
    int64_t *c = plan(class_of, targets, 2, &length);
    assert_memory_equal(a, b, length * sizeof *a);
    assert_memory_not_equal(a, c, length * sizeof *a);
    free(a);
    free(b);
    free(c);
}

static void test_impossible(void **state)
{
    (void)state;
    const uint32_t class_of[2] = {0, 1};
    const uint64_t huge[2] = {UINT64_MAX, 1}, large[2] = {UINT64_C(1) << 60, 0};
    int64_t *out = NULL;
    uint64_t n;
    struct dsi_error err;
    assert_int_equal(dsi_resample_plan(class_of, 2, huge, 2, 0, &out, &n, NULL),
                     DSI_ERR_MEMORY);
    assert_int_equal(dsi_resample_plan(class_of, 2, large, 2, 0, &out, &n, &err),
                     DSI_ERR_MEMORY);
    assert_non_null(strstr(err.message, "9223372036854775808 bytes")); /* 2^60 x 8 */
    assert_null(out);
    assert_int_equal(dsi_resample_plan(NULL, 0, NULL, 0, 0, &out, &n, NULL), DSI_OK);
    assert_int_equal(n, 0);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample_its_share),
        cmocka_unit_test(test_extras_and_order_are_random),
        cmocka_unit_test(test_seed_decides),
        cmocka_unit_test(test_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
