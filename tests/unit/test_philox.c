/* Known answers: Random123's tests/kat_vectors, philox4x32 10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "philox.h"

static void test_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        dsi_philox_rounds(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].expected, sizeof out);
    }
}

/* The stream is the blocks 0, 1, ... of (seed, stream), low word first. */
static void test_stream_is_the_blocks(void **state)
{
    (void)state;
    const uint64_t seed = 0x299f31d0a4093822, stream = 0x0370734413198a2e;
    const uint32_t key[2] = {0xa4093822, 0x299f31d0};
    struct dsi_philox philox = dsi_philox_start(seed, stream);
    for (uint32_t block = 0; block < 10; block++) {
        const uint32_t counter[4] = {block, 0, 0x13198a2e, 0x03707344};
        uint32_t out[4];
        dsi_philox_rounds(counter, key, out);
        assert_true(dsi_philox_next(&philox) == (out[0] | (uint64_t)out[1] << 32));
        assert_true(dsi_philox_next(&philox) == (out[2] | (uint64_t)out[3] << 32));
    }
}

/* With a bound of 3 * 2^62 a quarter of all draws must be rejected: without rejection
 * some values would come twice as often. Chi-square over 12 ranges, 11 degrees of
 * freedom: beyond 40 once in 30,000 seeds, and the seed is fixed. */
static void test_bounded_is_uniform(void **state)
{
    (void)state;
    enum { RANGES = 12, DRAWS = 120000 };
    const uint64_t bounds[] = {RANGES, UINT64_C(3) << 62, UINT64_C(0xC000000000000001)};
    for (size_t b = 0; b < 3; b++) {
        struct dsi_philox philox = dsi_philox_start(1, b);
        double counts[RANGES] = {0}, chi = 0;
        for (int i = 0; i < DRAWS; i++) {
            uint64_t v = dsi_philox_below(&philox, bounds[b]);
            assert_true(v < bounds[b]);
            counts[(size_t)((double)v / (double)bounds[b] * RANGES) % RANGES]++;
        }
        const double expected = (double)DRAWS / RANGES;
        for (int i = 0; i < RANGES; i++)
            chi += (counts[i] - expected) * (counts[i] - expected) / expected;
        assert_true(chi < 40);
    }
    struct dsi_philox philox = dsi_philox_start(1, 2);
    assert_true(dsi_philox_below(&philox, 1) == 0);
}

/* All 24 orders of 4 values about equally often: 23 degrees of freedom. */
static void test_shuffle_is_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 24000 };
    double counts[256] = {0}, chi = 0;
    struct dsi_philox philox = dsi_philox_start(7, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t v[4] = {0, 1, 2, 3};
        dsi_philox_shuffle(&philox, v, 4, 4);
        counts[v[0] | v[1] << 2 | v[2] << 4 | v[3] << 6]++;
    }
    int n_orders = 0;
    for (int i = 0; i < 256; i++)
        if (counts[i] > 0) {
            n_orders++;
            chi += (counts[i] - 1000) * (counts[i] - 1000) / 1000;
        }
    assert_int_equal(n_orders, 24);
    assert_true(chi < 60);
    dsi_philox_shuffle(&philox, NULL, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_stream_is_the_blocks),
        cmocka_unit_test(test_bounded_is_uniform),
        cmocka_unit_test(test_shuffle_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
