/* Marks of values: the same in any order, grouping and level, another where a value is
 * another. Nothing is held against a number: what is expected is the mark of the same
 * values by another way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "value_mark.h"

enum { N = 1003 };
static uint8_t data[N * 8];
static const uint32_t sizes[] = {1, 2, 4, 8};

static uint64_t draw(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(draw() >> 32);
    return 0;
}

static struct dsi_values view(uint32_t size, uint64_t first, uint64_t n)
{
    return (struct dsi_values){.dtype = {.kind = DSI_UINT, .size = size},
                               .data = data + first * size,
                               .n_outer = n,
                               .n_channels = 1,
                               .n_inner = 1,
                               .n_outer_each = 1,
                               .times = 1};
}

static uint64_t mark(struct dsi_values values)
{
    return dsi_values_mark(DSI_CPU_PORTABLE, &values);
}

static void test_levels(void **state)
{
    (void)state;
    for (size_t s = 0; s < 4; s++)
        for (uint64_t n = 0; n <= 200; n++) {
            const struct dsi_values values = view(sizes[s], n % 7, n);
            for (int level = 0; level <= (int)dsi_cpu_level(); level++)
                assert_true(dsi_values_mark((enum dsi_cpu_level)level, &values) ==
                            mark(values));
        }
}

static void test_any_grouping(void **state)
{
    (void)state;
    for (size_t s = 0; s < 4; s++)
        for (int i = 0; i < 100; i++) {
            const uint64_t at = draw() % (N + 1);
            assert_true(mark(view(sizes[s], 0, at)) +
                            mark(view(sizes[s], at, N - at)) ==
                        mark(view(sizes[s], 0, N)));
        }
}

static void test_any_order(void **state)
{
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        const uint64_t before = mark(view(sizes[s], 0, N));
        for (size_t i = 0; i < N / 2; i++) {
            uint8_t *a = data + i * sizes[s], *b = data + (N - 1 - i) * sizes[s];
            uint8_t value[8];
            memcpy(value, a, sizes[s]);
            memcpy(a, b, sizes[s]);
            memcpy(b, value, sizes[s]);
        }
        assert_true(mark(view(sizes[s], 0, N)) == before);
    }
}

static void test_skip_and_times(void **state)
{
    (void)state;
    uint8_t skip[N];
    for (size_t i = 0; i < N; i++)
        skip[i] = i >= 400 && i < 900;
    for (size_t s = 0; s < 4; s++) {
        struct dsi_values values = view(sizes[s], 0, N);
        values.skip = skip;
        const uint64_t expected =
            mark(view(sizes[s], 0, 400)) + mark(view(sizes[s], 900, N - 900));
        assert_true(mark(values) == expected);
        values.times = 3;
        assert_true(mark(values) == 3 * expected);
    }
}

/* A bit of one value; and one value more by what another is less, which leaves their
 * sum as it was. */
static void test_changes(void **state)
{
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        const uint64_t before = mark(view(sizes[s], 0, N));
        for (size_t bit = 0; bit < N * sizes[s] * 8; bit += 5) {
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_true(mark(view(sizes[s], 0, N)) != before);
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_true(mark(view(sizes[s], 0, N)) == before);
    }
    uint32_t values[] = {1000, 2000, 1001, 1999};
    memcpy(data, values, sizeof values);
    assert_true(mark(view(4, 0, 2)) != mark(view(4, 2, 2)));
    uint64_t wide[] = {1000, 2000, 1001, 1999};
    memcpy(data, wide, sizeof wide);
    assert_true(mark(view(8, 0, 2)) != mark(view(8, 2, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),    cmocka_unit_test(test_any_grouping),
        cmocka_unit_test(test_any_order), cmocka_unit_test(test_skip_and_times),
        cmocka_unit_test(test_changes),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
