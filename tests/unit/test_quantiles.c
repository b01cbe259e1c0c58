/* Exact order statistics against sorted values: every type, layout and pass.
 *
 * What is expected is sorted here, as numbers and not as keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "numbers.h"
#include "quantile_passes.h"

static const struct dsi_dtype float32 = {.kind = DSI_FLOAT, .size = 4},
                              float64 = {.kind = DSI_FLOAT, .size = 8},
                              uint8 = {.kind = DSI_UINT, .size = 1},
                              int64 = {.kind = DSI_INT, .size = 8};

/* Budgets that make every pass count (few bits), mix, or collect. */
static const struct dsi_quantile_budget budgets[] = {
    {0, 1}, {0, 1 << 12}, {300, 1 << 12}, {5000000, 1 << 24}};
enum { N_BUDGETS = sizeof budgets / sizeof *budgets };

/* A table of so many rows and columns. */
static struct dsi_values rows_of(struct dsi_dtype dtype, const void *data, uint64_t n,
                                 uint64_t n_channels)
{
    return (struct dsi_values){.dtype = dtype,
                               .data = data,
                               .n_outer = n,
                               .n_channels = n_channels,
                               .n_inner = 1,
                               .n_outer_each = 1,
                               .times = 1};
}

/* Shapes in which channels lie apart, in runs, alone. */
static const uint64_t shapes[][3] = {{311, 3, 1}, {700, 1, 1}, {7, 4, 33}, {3, 1, 97},
                                     {40, 23, 1}, {0, 2, 1},   {1, 1, 1},  {2, 1, 1}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* Leading bits by budget: few, more than 8-bit types have, all of 16-bit ones. These
 * are many counters to go through, and only tried where channels are few. */
static unsigned bits_of(size_t b, uint64_t n_channels)
{
    static const unsigned bits[N_BUDGETS] = {9, 12, 8, 16};
    return b == N_BUDGETS - 1 && n_channels > 2 ? 11 : bits[b];
}

static void every_type(enum filling how, bool saves)
{
    uint8_t *data = malloc(8192 * 8);
    assert_non_null(data);
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t s = 0; s < N_SHAPES; s++)
            for (size_t b = 0; b < N_BUDGETS; b++) {
                const uint64_t *shape = shapes[s];
                struct quantile_subject subject = {
                    .view = {.dtype = value_dtypes[d],
                             .data = data,
                             .n_outer = shape[0],
                             .n_channels = shape[1],
                             .n_inner = shape[2],
                             .n_outer_each = 1,
                             .times = 1},
                    .n_table_channels = shape[1],
                    .first_bits = bits_of(b, shape[1]),
                    .budget = budgets[b],
                    .n_parts = 1 + s % MAX_PARTS,
                    .saves = saves,
                };
                fill_values(value_dtypes[d], data, dsi_values_n(&subject.view), how);
                quantiles_check(&subject);
            }
    free(data);
}

static void test_random_bits(void **unused)
{
    (void)unused;
    every_type(BITS, false);
    every_type(BITS, true);
}

static void test_few_values(void **unused)
{
    (void)unused;
    every_type(FEW, true);
}

static void test_near_values(void **unused)
{
    (void)unused;
    every_type(NEAR, true);
}

static void test_constant(void **unused)
{
    (void)unused;
    every_type(CONSTANT, true);
    every_type(ALL_NAN, true);
}

/* Most values are 0, which is told: a further pass is for the others alone, and there
 * is none where the ranks asked for are zeros, of values that have a bin apart from
 * them. */
static void test_zeros_that_are_told(void **unused)
{
    (void)unused;
    enum { N = 5000 };
    uint8_t *data = malloc(N * 8);
    assert_non_null(data);
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (int how = BITS; how <= NEAR; how++)
            for (int share = 1; share < 4; share++) {
                const size_t size = value_dtypes[d].size;
                fill_values(value_dtypes[d], data, N, (enum filling)how);
                for (size_t i = 0; i < N; i++)
                    if (draw_bits() % 4 < (uint64_t)share)
                        memset(data + i * size, 0, size);
                struct quantile_subject subject = {
                    .view = rows_of(value_dtypes[d], data, N / 4, 4),
                    .n_table_channels = 4,
                    .first_bits = 11,
                    .budget = budgets[share],
                    .n_parts = 2,
                    .saves = true,
                    .tells = true};
                quantiles_check(&subject);
            }
    const float mostly[] = {0, 0, 0, 0, 0, 0, -0.0F, 0};
    struct quantile_subject zeros = {.view = rows_of(float32, mostly, 8, 1),
                                     .n_table_channels = 1,
                                     .first_bits = 16,
                                     .budget = budgets[3],
                                     .n_parts = 1};
    assert_int_equal(quantiles_check(&zeros), 2);
    zeros.tells = true;
    assert_int_equal(quantiles_check(&zeros), 1);
    free(data);
}

/* Values are left out, and channels counted elsewhere than they stand. */
static void test_skip_and_channels(void **unused)
{
    (void)unused;
    enum { N = 300 * 4 };
    static const uint32_t channels[] = {5, 0, 2, 3};
    uint8_t skip[N], data[N * 8];
    for (int i = 0; i < N; i++)
        skip[i] = draw_bits() % 3 == 0;
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t how = 0; how < N_FILLINGS; how++)
            for (int planar = 0; planar < 2; planar++) {
                fill_values(value_dtypes[d], data, N, (enum filling)how);
                struct quantile_subject subject = {
                    .view = {.dtype = value_dtypes[d],
                             .data = data,
                             .n_outer = planar ? 10 : 300,
                             .n_channels = 4,
                             .n_inner = planar ? 30 : 1,
                             .channels = channels,
                             .n_outer_each = 1,
                             .times = 1,
                             .skip = skip},
                    .n_table_channels = 7,
                    .first_bits = planar ? 16 : 13,
                    .budget = budgets[how % N_BUDGETS],
                    .n_parts = 2,
                };
                quantiles_check(&subject);
            }
}

/* A table wider than a tile's columns, with the bits that one of 20,000 columns has. */
static void test_wide(void **unused)
{
    (void)unused;
    enum { COLUMNS = 700, ROWS = 40 };
    float *data = malloc(sizeof *data * COLUMNS * ROWS);
    assert_non_null(data);
    fill_values(float32, (uint8_t *)data, COLUMNS * ROWS, NEAR);
    for (size_t b = 1; b < N_BUDGETS; b++) {
        struct quantile_subject subject = {
            .view = rows_of(float32, data, ROWS, COLUMNS),
            .n_table_channels = COLUMNS,
            .first_bits = dsi_quantiles_first_bits(20000),
            .budget = budgets[b],
            .n_parts = 2};
        quantiles_check(&subject);
    }
    free(data);
}

/* 64 MiB of 4-byte counters: 2^24. */
static void test_first_bits(void **unused)
{
    (void)unused;
    assert_int_equal(dsi_quantiles_first_bits(1), 16);
    assert_int_equal(dsi_quantiles_first_bits(256), 16);
    assert_int_equal(dsi_quantiles_first_bits(257), 15);
    assert_int_equal(dsi_quantiles_first_bits(784), 14);
    assert_int_equal(dsi_quantiles_first_bits(20000), 9);
    assert_int_equal(dsi_quantiles_first_bits(65536), 8);
}

/* How often the data is looked at: small types once; others twice, whether a bin holds
 * little or ever the same few values. */
static void test_number_of_passes(void **unused)
{
    (void)unused;
    enum { N = 5000 };
    uint8_t *data = malloc(N * 8);
    assert_non_null(data);
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (int how = BITS; how <= CONSTANT; how++) {
            fill_values(value_dtypes[d], data, N, (enum filling)how);
            struct quantile_subject subject = {.view =
                                                   rows_of(value_dtypes[d], data, N, 1),
                                               .n_table_channels = 1,
                                               .first_bits = 16,
                                               .budget = budgets[3],
                                               .n_parts = 1};
            assert_int_equal(quantiles_check(&subject),
                             value_dtypes[d].size <= 2 ? 1 : 2);
            subject.budget.n_values = 0;
            if (how == FEW || how == CONSTANT || value_dtypes[d].size < 8)
                assert_int_equal(quantiles_check(&subject),
                                 value_dtypes[d].size <= 2 ? 1 : 2);
        }
    free(data);
}

/* One row stands for very many samples: by hand, of 1, 2, 3 by 2^62 the values with
 * ranks 0 to 2^62 - 1 are 1, then 2, then 3. */
static void test_times(void **unused)
{
    (void)unused;
    const uint64_t times = UINT64_C(1) << 62,
                   ranks[] = {0, times - 1, times, 3 * times - 1};
    const double data[] = {2, 1, 3}, expected[] = {1, 1, 2, 3};
    struct dsi_values view = {.dtype = float64,
                              .data = data,
                              .n_outer = 3,
                              .n_channels = 1,
                              .n_inner = 1,
                              .n_outer_each = 3,
                              .times = times};
    struct dsi_quantiles *quantiles = dsi_quantiles_new(float64, 1, 16);
    assert_non_null(quantiles);
    assert_int_equal(dsi_quantiles_add(quantiles, &view, NULL), DSI_OK);
    assert_true(dsi_quantiles_n(quantiles, 0) == 3 * times);
    for (int i = 0; i < 4; i++)
        assert_int_equal(dsi_quantiles_want(quantiles, 0, ranks[i], NULL), DSI_OK);
    bool more;
    assert_int_equal(dsi_quantiles_next(quantiles, &more, NULL), DSI_OK);
    while (more) {
        assert_int_equal(dsi_quantiles_add(quantiles, &view, NULL), DSI_OK);
        assert_int_equal(dsi_quantiles_next(quantiles, &more, NULL), DSI_OK);
    }
    for (int i = 0; i < 4; i++) {
        uint64_t key = 0;
        assert_true(dsi_quantiles_key(quantiles, 0, ranks[i], &key));
        assert_true(dsi_key_double(float64, key) == expected[i]);
    }
    dsi_quantiles_free(quantiles);
}

/* 2^64 values and more are refused, whether in one bin or in several, never wrapped. */
static void test_too_many(void **unused)
{
    (void)unused;
    const uint8_t data[] = {1, 1, 2};
    struct dsi_error err;
    bool more;
    for (uint64_t n = 2; n <= 3; n++) {
        struct dsi_values view = {.dtype = uint8,
                                  .data = data + (n == 2 ? 0 : 1),
                                  .n_outer = 2,
                                  .n_channels = 1,
                                  .n_inner = 1,
                                  .n_outer_each = 1,
                                  .times = UINT64_C(1) << 63};
        struct dsi_quantiles *quantiles = dsi_quantiles_new(uint8, 1, 16);
        assert_non_null(quantiles);
        const enum dsi_status added = dsi_quantiles_add(quantiles, &view, &err);
        assert_int_equal(added, n == 2 ? DSI_ERR_LIMIT : DSI_OK);
        assert_true(n == 2 || dsi_quantiles_n(quantiles, 0) == UINT64_MAX);
        if (n == 3)
            assert_int_equal(dsi_quantiles_next(quantiles, &more, &err), DSI_ERR_LIMIT);
        dsi_quantiles_free(quantiles);
    }
}

/* More values than 32 bits count, in steps that fit them: 5 x 2^31 of each. */
static void test_spill(void **unused)
{
    (void)unused;
    const int64_t data[] = {-5, 7};
    struct dsi_values view = {.dtype = int64,
                              .data = data,
                              .n_outer = 1,
                              .n_channels = 2,
                              .n_inner = 1,
                              .n_outer_each = 1,
                              .times = UINT64_C(1) << 31};
    struct dsi_quantiles *quantiles = dsi_quantiles_new(int64, 2, 16);
    assert_non_null(quantiles);
    for (int i = 0; i < 5; i++)
        assert_int_equal(dsi_quantiles_add(quantiles, &view, NULL), DSI_OK);
    assert_true(dsi_quantiles_n(quantiles, 0) == UINT64_C(5) << 31);
    assert_true(dsi_quantiles_n(quantiles, 1) == UINT64_C(5) << 31);
    uint64_t n_bins;
    const uint64_t *bins = dsi_quantiles_bins(quantiles, 1, &n_bins);
    assert_non_null(bins);
    assert_int_equal(n_bins, 65536);
    assert_true(bins[32768] == UINT64_C(5) << 31); /* 7 is in the bin from 0 on */
    dsi_quantiles_free(quantiles);
}

/* A pass that sees one value less, more, or another than the one before, whether that
 * is counted elsewhere or in the same bin. */
static void test_changed_data(void **unused)
{
    (void)unused;
    enum { N = 1000 };
    double data[N + 1], other;
    for (int i = 0; i <= N; i++)
        data[i] = 1 + (double)(draw_bits() % 1000) * 0x1p-50;
    struct dsi_values view = rows_of(float64, data, N, 1);
    for (size_t b = 0; b < N_BUDGETS; b++)
        for (int how = 0; how < 5; how++) {
            struct dsi_quantiles *quantiles = dsi_quantiles_new(float64, 1, 16);
            struct dsi_error err;
            assert_non_null(quantiles);
            dsi_quantiles_set_budget(quantiles, budgets[b]);
            bool more;
            assert_int_equal(dsi_quantiles_add(quantiles, &view, NULL), DSI_OK);
            assert_int_equal(dsi_quantiles_want(quantiles, 0, N / 2, NULL), DSI_OK);
            assert_int_equal(dsi_quantiles_next(quantiles, &more, NULL), DSI_OK);
            assert_true(more);
            struct dsi_values changed = view;
            changed.n_outer = how == 0 ? N - 1 : how == 1 ? N + 1 : N;
            other = data[17];
            data[17] = how == 2 ? 3.5 : how == 3 ? 1e9 : how == 4 ? 1 + 0x1p-30 : other;
            enum dsi_status status = dsi_quantiles_add(quantiles, &changed, &err);
            if (status == DSI_OK)
                status = dsi_quantiles_next(quantiles, &more, &err);
            assert_int_equal(status, DSI_ERR_MALFORMED);
            assert_string_equal(err.message, "the data changed while it was read");
            data[17] = other;
            dsi_quantiles_free(quantiles);
        }
}

/* A rank that the channel has not is refused; parts of different passes are as well. */
static void test_misuse(void **unused)
{
    (void)unused;
    const int64_t data[] = {1, 2, 3};
    struct dsi_values view = rows_of(int64, data, 3, 1);
    struct dsi_quantiles *one = dsi_quantiles_new(int64, 1, 16),
                         *two = dsi_quantiles_new(int64, 1, 16);
    assert_non_null(one);
    assert_non_null(two);
    bool more;
    assert_int_equal(dsi_quantiles_add(one, &view, NULL), DSI_OK);
    assert_int_equal(dsi_quantiles_want(one, 0, 3, NULL), DSI_OK);
    assert_int_equal(dsi_quantiles_next(one, &more, NULL), DSI_ERR_USAGE);
    dsi_quantiles_free(one);
    one = dsi_quantiles_new(int64, 1, 16);
    assert_non_null(one);
    assert_int_equal(dsi_quantiles_add(one, &view, NULL), DSI_OK);
    assert_int_equal(dsi_quantiles_want(one, 0, 2, NULL), DSI_OK);
    assert_int_equal(dsi_quantiles_next(one, &more, NULL), DSI_OK);
    assert_true(more);
    assert_int_equal(dsi_quantiles_merge(one, two, NULL), DSI_ERR_USAGE);
    dsi_quantiles_free(one);
    dsi_quantiles_free(two);
}

/* States cut short or with a byte changed are read or refused, never worse; what is
 * read is what it would save. */
static void test_damaged_states(void **unused)
{
    (void)unused;
    enum { N = 400 };
    double data[N];
    fill_values(float64, (uint8_t *)data, N, NEAR);
    for (size_t b = 0; b < N_BUDGETS; b++)
        for (unsigned later = 0; later < 2; later++) {
            struct quantile_subject subject = {.view = rows_of(float64, data, N / 2, 2),
                                               .n_table_channels = 2,
                                               .first_bits = 8,
                                               .budget = budgets[b],
                                               .n_parts = 1};
            struct dsi_quantiles *whole =
                quantiles_pass(&subject, quantiles_fresh(&subject));
            bool more;
            assert_int_equal(dsi_quantiles_want(whole, 1, 50, NULL), DSI_OK);
            assert_int_equal(dsi_quantiles_want(whole, 0, 99, NULL), DSI_OK);
            if (later) {
                assert_int_equal(dsi_quantiles_next(whole, &more, NULL), DSI_OK);
                whole = quantiles_pass(&subject, whole);
            }
            struct dsi_bytes bytes = quantiles_saved(whole);
            for (size_t i = 0; i < 2 * bytes.n; i++) {
                struct dsi_bytes_reader in = {.data = bytes.data, .n = bytes.n};
                struct dsi_quantiles *read = quantiles_fresh(&subject);
                const uint8_t was = bytes.data[i / 2];
                if (i % 2)
                    in.n = i / 2;
                else
                    bytes.data[i / 2] ^= (uint8_t)(1 + draw_bits() % 255);
                if (dsi_quantiles_load(read, &in, NULL) == DSI_OK) {
                    struct dsi_bytes again = quantiles_saved(read);
                    assert_int_equal(again.n, in.at);
                    assert_memory_equal(again.data, bytes.data, again.n);
                    dsi_bytes_free(&again);
                    (void)!dsi_quantiles_next(read, &more, NULL);
                }
                assert_false(i % 2 && in.at == bytes.n);
                bytes.data[i / 2] = was;
                dsi_quantiles_free(read);
            }
            dsi_bytes_free(&bytes);
            dsi_quantiles_free(whole);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bits),
        cmocka_unit_test(test_few_values),
        cmocka_unit_test(test_near_values),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_zeros_that_are_told),
        cmocka_unit_test(test_skip_and_channels),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_first_bits),
        cmocka_unit_test(test_number_of_passes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_spill),
        cmocka_unit_test(test_changed_data),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_damaged_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
