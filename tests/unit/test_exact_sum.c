/* Moments of small integers worked out by hand, laws, and the ends of the range; tests/
 * oracle/test_stats.py compares with exact rationals (Python's fractions). */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exact_sum.h"

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static struct dsi_exact_sum new_sum(enum dsi_sum_range range)
{
    struct dsi_exact_sum sum;
    assert_int_equal(dsi_exact_sum_init(&sum, range, NULL), DSI_OK);
    return sum;
}

static struct dsi_cell cell_of(const double *x, size_t n)
{
    struct dsi_cell cell = {.n = n, .pivot = x[0]};
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - cell.pivot;
        cell.d1 += d;
        cell.d2 += d * d;
        cell.d3 += d * d * d;
    }
    return cell;
}

static struct dsi_bytes save(const struct dsi_exact_sum *sum)
{
    struct dsi_bytes out = {0};
    assert_int_equal(dsi_exact_sum_save(sum, &out, NULL), DSI_OK);
    return out;
}

/* 2 4 4 4 5 5 7 9: mean 5, variance 4, third central moment 42 / 8; skew 42 / 64. Once
 * as they are and once far off and scaled by powers of two, which changes no digit. */
static void test_by_hand(void **state)
{
    (void)state;
    static const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++)
        for (int shift = -20; shift <= 20; shift++) {
            double y[8], offset = shift < 0 ? 0x1p19 : 0;
            for (size_t i = 0; i < 8; i++)
                y[i] = ldexp(x[i] - offset, shift);
            struct dsi_exact_sum sum = new_sum((enum dsi_sum_range)range);
            struct dsi_cell a = cell_of(y, 3), b = cell_of(y + 3, 5);
            dsi_exact_sum_add(&sum, &a);
            dsi_exact_sum_add(&sum, &b);
            struct dsi_moments m = dsi_exact_sum_finish(&sum);
            assert_int_equal(m.n, 8);
            assert_true(m.mean == ldexp(5 - offset, shift));
            assert_true(m.std == ldexp(2, shift));
            assert_true(m.skew == 42 / 64.0);
            dsi_exact_sum_free(&sum);
        }
}

/* n times p + 1, as a cell and as so many values: pivots of few bits and of many, and
 * numbers of values that fit 32 bits and do not. */
static void test_pivots(void **state)
{
    (void)state;
    static const double pivots[] = {0, 3, -7, 0x1.fffffep3, -0x1.000002p0, 0x1.fffp30};
    static const double long_pivots[] = {0x1.00000001p0, 0x1.8000000000004p0,
                                         -0x1.fffffffffff8p3};
    static const uint64_t numbers[] = {1, 334, UINT32_MAX, (UINT64_C(1) << 40) + 3};
    const size_t n_short = sizeof pivots / sizeof *pivots;
    const size_t n_long = sizeof long_pivots / sizeof *long_pivots;
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++)
        for (size_t i = 0; i < n_short + n_long; i++)
            for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
                const double p = i < n_short ? pivots[i] : long_pivots[i - n_short];
                const double n = (double)numbers[k];
                const struct dsi_cell cell = {.n = numbers[k],
                                              .pivot = p,
                                              .d1 = n - 1,
                                              .d1_low = 1,
                                              .d2 = n,
                                              .d3 = n};
                struct dsi_exact_sum a = new_sum((enum dsi_sum_range)range);
                struct dsi_exact_sum b = new_sum((enum dsi_sum_range)range);
                dsi_exact_sum_add(&a, &cell);
                dsi_exact_sum_add_value(&b, p, 1, numbers[k]);
                assert_int_equal(a.n, b.n);
                assert_memory_equal(a.words, b.words,
                                    dsi_exact_sum_words((enum dsi_sum_range)range) *
                                        sizeof *a.words);
                dsi_exact_sum_free(&a);
                dsi_exact_sum_free(&b);
            }
}

static void test_few_and_equal_values(void **state)
{
    (void)state;
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++) {
        struct dsi_exact_sum sum = new_sum((enum dsi_sum_range)range);
        struct dsi_moments m = dsi_exact_sum_finish(&sum);
        assert_true(m.n == 0 && isnan(m.mean) && isnan(m.std) && isnan(m.skew));
        dsi_exact_sum_add_value(&sum, (double)0.1f, 0, 1);
        m = dsi_exact_sum_finish(&sum);
        assert_true(m.mean == (double)0.1f && m.std == 0 && isnan(m.skew));
        dsi_exact_sum_add_value(&sum, (double)0.1f, 0, 999999999999);
        m = dsi_exact_sum_finish(&sum);
        assert_true(m.mean == (double)0.1f && m.std == 0 && isnan(m.skew));
        dsi_exact_sum_free(&sum);
    }
}

/* The largest and the smallest values, as many as can be counted: a and -a have mean 0,
 * std a, skew 0; four values a, a, a, -a have mean a / 2, std a sqrt(3) / 2 and skew
 * -2 / sqrt(3). */
static void test_ends_of_the_range(void **state)
{
    (void)state;
    const double ends[2][2] = {{(double)FLT_MAX, 0x1p-149}, {DBL_MAX, 0x1p-1074}};
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++)
        for (size_t i = 0; i < 2; i++) {
            const double a = ends[range][i];
            const uint64_t many = UINT64_C(1) << 62;
            struct dsi_exact_sum sum = new_sum((enum dsi_sum_range)range);
            dsi_exact_sum_add_value(&sum, a, 0, many);
            dsi_exact_sum_add_value(&sum, -a, 0, many);
            struct dsi_moments m = dsi_exact_sum_finish(&sum);
            assert_true(m.mean == 0 && m.std == a && m.skew == 0);
            dsi_exact_sum_add_value(&sum, a, 0, many);
            dsi_exact_sum_add_value(&sum, a, 0, many - 1); /* 2^64 - 1 in all */
            m = dsi_exact_sum_finish(&sum);
            assert_true(fabs(m.skew + 2 / sqrt(3)) < 1e-15);
            if (a > 1) {
                assert_true(m.mean == a / 2);
                assert_true(fabs(m.std / a - sqrt(3) / 2) < 1e-15);
            }
            dsi_exact_sum_free(&sum);
        }
}

/* Halfway cases of the mean, to even, down to subnormals: the sum of 1 unit over 2 is
 * half the smallest double. */
static void test_mean_rounds_to_even(void **state)
{
    (void)state;
    static const struct {
        double a, b, expected;
    } cases[] = {{0x1p-1074, 0, 0},          {0x3p-1074, 0, 0x2p-1074},
                 {0x5p-1074, 0, 0x2p-1074},  {-0x3p-1074, 0, -0x2p-1074},
                 {1, 1 + 0x1p-52, 1},        {1 + 0x1p-52, 1 + 0x2p-52, 1 + 0x2p-52},
                 {DBL_MAX, DBL_MAX, DBL_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_exact_sum sum = new_sum(DSI_SUM_FLOAT64);
        dsi_exact_sum_add_value(&sum, cases[i].a, 0, 1);
        dsi_exact_sum_add_value(&sum, cases[i].b, 0, 1);
        assert_true(dsi_exact_sum_finish(&sum).mean == cases[i].expected);
        dsi_exact_sum_free(&sum);
    }
}

enum { CELLS = 60, CELL = 16 };

static void fill_cells(struct dsi_cell *cells, uint64_t *random)
{
    const int span = 100; /* cubes of the differences stay finite */
    for (size_t c = 0; c < CELLS; c++) {
        double x[CELL];
        for (size_t i = 0; i < CELL; i++)
            x[i] = (double)(float)(((double)next(random) / 0x1p30 - 1) *
                                   ldexp(1, (int)(next(random) % (2 * (unsigned)span)) -
                                                span));
        cells[c] = cell_of(x, CELL);
    }
}

/* Adds the cells in a random order to random sums, and merges those in random order. */
static struct dsi_bytes add_shuffled(const struct dsi_cell *cells,
                                     enum dsi_sum_range range, uint64_t *random)
{
    enum { SUMS = 7 };
    struct dsi_exact_sum sums[SUMS];
    size_t order[CELLS];
    for (size_t i = 0; i < SUMS; i++)
        sums[i] = new_sum(range);
    for (size_t i = 0; i < CELLS; i++) {
        size_t j = next(random) % (i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < CELLS; i++)
        dsi_exact_sum_add(&sums[next(random) % SUMS], &cells[order[i]]);
    for (size_t left = SUMS; left > 1; left--) {
        size_t from = next(random) % left, into = (from + 1) % left;
        dsi_exact_sum_merge(&sums[into], &sums[from]);
        dsi_exact_sum_free(&sums[from]);
        sums[from] = sums[left - 1];
    }
    struct dsi_bytes out = save(&sums[0]);
    dsi_exact_sum_free(&sums[0]);
    return out;
}

static void test_any_order_and_grouping(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++)
        for (int set = 0; set < 10; set++) {
            struct dsi_cell cells[CELLS];
            fill_cells(cells, &random);
            struct dsi_bytes a =
                add_shuffled(cells, (enum dsi_sum_range)range, &random);
            struct dsi_bytes b =
                add_shuffled(cells, (enum dsi_sum_range)range, &random);
            assert_int_equal(a.n, b.n);
            assert_memory_equal(a.data, b.data, a.n);
            struct dsi_exact_sum sum = new_sum((enum dsi_sum_range)range);
            struct dsi_bytes_reader in = {.data = a.data, .n = a.n};
            assert_int_equal(dsi_exact_sum_load(&sum, &in, NULL), DSI_OK);
            assert_int_equal(in.at, a.n);
            dsi_bytes_free(&b);
            b = save(&sum);
            assert_memory_equal(a.data, b.data, a.n);
            dsi_exact_sum_free(&sum);
            dsi_bytes_free(&a);
            dsi_bytes_free(&b);
        }
}

/* Whatever bytes are loaded, finish stays in bounds and the short are refused. */
static void test_load_of_damage(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int range = DSI_SUM_FLOAT32; range <= DSI_SUM_FLOAT64; range++) {
        struct dsi_exact_sum sum = new_sum((enum dsi_sum_range)range);
        struct dsi_bytes bytes = save(&sum);
        for (int round = 0; round < 500; round++) {
            for (size_t i = 8; i < bytes.n; i++)
                bytes.data[i] = round == 0   ? 0xff
                                : round == 1 ? (uint8_t)(i % 8 == 7 ? 0x7f : 0xff)
                                             : (uint8_t)next(&random);
            struct dsi_bytes_reader in = {.data = bytes.data, .n = bytes.n};
            assert_int_equal(dsi_exact_sum_load(&sum, &in, NULL), DSI_OK);
            struct dsi_moments m = dsi_exact_sum_finish(&sum);
            assert_true(!(m.std < 0));
        }
        for (size_t n = 0; n < bytes.n; n++) {
            struct dsi_bytes_reader in = {.data = bytes.data, .n = n};
            assert_int_equal(dsi_exact_sum_load(&sum, &in, NULL), DSI_ERR_MALFORMED);
        }
        bytes.data[0] ^= 1;
        struct dsi_bytes_reader in = {.data = bytes.data, .n = bytes.n};
        assert_int_equal(dsi_exact_sum_load(&sum, &in, NULL), DSI_ERR_MALFORMED);
        dsi_bytes_free(&bytes);
        dsi_exact_sum_free(&sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_pivots),
        cmocka_unit_test(test_few_and_equal_values),
        cmocka_unit_test(test_ends_of_the_range),
        cmocka_unit_test(test_mean_rounds_to_even),
        cmocka_unit_test(test_any_order_and_grouping),
        cmocka_unit_test(test_load_of_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
