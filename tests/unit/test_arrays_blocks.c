/* How arrays are cut into blocks, and arrays of which nothing was ever stored. Expected
 * cuts are worked out by hand from 512 KiB a block and 16 MiB a band. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "fake_file.h"
#include "rows_layout.h"

#define N_OF(list) (sizeof(list) / sizeof *(list))

/* --- cuts
 * -------------------------------------------------------------------------------- */

struct cut {
    uint64_t n_rows, row_bytes, n_together;
    uint64_t n_band, n_per_block, n_blocks;
};

static const struct cut cuts[] = {
    /* 524288 / 8 rows; a chunk of rows that cost the same anywhere is none. */
    {1000000, 8, 0, 65536, 65536, 16},
    {1000000, 8, 1, 65536, 65536, 16},
    /* 65536 / 1000 is 65 chunks; 100 of 1000 rows are 2 blocks. */
    {100000, 8, 1000, 65000, 65000, 2},
    /* 784,000 bytes a chunk: more than half a mebibyte, one at a time. */
    {60000, 784, 1000, 1000, 1000, 60},
    {60500, 784, 1000, 1000, 1000, 61},
    /* 2^24 exactly is no more than 16 MiB, one byte a row more is. */
    {4096, 16384, 1024, 1024, 1024, 4},
    {4096, 16385, 1024, 1024, 512, 8},
    /* 40 MB in three parts of 3,334, 3,334 and 3,332 rows; 5,000 rows are two more. */
    {15000, 4000, 10000, 10000, 3334, 5},
    /* A chunk that is longer than its array is as long as that: 8,000,000 bytes. */
    {1000000, 8, 1u << 30, 1000000, 1000000, 1},
    /* A row beyond 16 MiB is not cut. */
    {3, 20000000, 1, 1, 1, 3},
    {3, 20000000, 2, 2, 1, 3},
    /* Rows without bytes cost nothing. */
    {1000, 0, 10, 1000, 1000, 1},
    {0, 8, 10, 65536, 65536, 0},
};

/* Every row is in one block, in order, and no block crosses a band. */
static void check_blocks(const struct cut *cut, struct dsi_rows_grid grid)
{
    uint64_t next = 0;
    for (uint64_t b = 0; b < cut->n_blocks; b++) {
        uint64_t n, first = dsi_rows_grid_block(grid, cut->n_rows, b, &n);
        assert_int_equal(first, next);
        assert_in_range(n, 1, grid.n_per_block);
        assert_int_equal(first / grid.n_band, (first + n - 1) / grid.n_band);
        next += n;
    }
    assert_int_equal(next, cut->n_rows);
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cuts); i++) {
        const struct cut *cut = &cuts[i];
        const uint64_t shape[] = {cut->n_rows, cut->row_bytes};
        struct dsi_array array = fake_shape("x", DSI_UINT, 1, 2, shape);
        array.n_rows_together = cut->n_together;
        struct dsi_rows_grid grid = dsi_rows_grid_of(&array);
        assert_int_equal(grid.n_band, cut->n_band);
        assert_int_equal(grid.n_per_block, cut->n_per_block);
        assert_int_equal(dsi_rows_grid_n_blocks(grid, cut->n_rows), cut->n_blocks);
        check_blocks(cut, grid);
    }
}

/* 64 MiB of rows that go together: cut in four where they are many chunks, side by
 * side, but not where they are one, which each part would decode again. */
static void test_cut_of_a_large_chunk(void **state)
{
    (void)state;
    const uint64_t shape[] = {40 << 20, 8};
    struct dsi_array array = fake_shape("x", DSI_UINT, 1, 2, shape);
    array.n_rows_together = 8 << 20;
    array.n_bytes_together = 4 << 20;
    assert_int_equal(dsi_rows_grid_of(&array).n_per_block, 2 << 20);
    array.n_bytes_together = 64 << 20;
    assert_int_equal(dsi_rows_grid_of(&array).n_per_block, 8 << 20);
    array.n_bytes_together = 32 << 20;
    assert_int_equal(dsi_rows_grid_of(&array).n_per_block, 4 << 20);
}

/* --- one value for all
 * ------------------------------------------------------------------- */

static const uint64_t trillion = 1000000000000;

static void test_constant_labels(void **state)
{
    (void)state;
    static const int64_t seven = 7;
    struct fake fake;
    struct fake_array array = fake_labels("y", &seven, trillion);
    array.array.is_constant = true;
    array.array.n_rows_together = 1000;
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_int_equal(fake.status, DSI_OK);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "7 0 1000000000000 -\n");
    fake_close(&fake);
}

static void test_constant_names(void **state)
{
    (void)state;
    static const int64_t five = 5;
    static struct dsi_value_name names[] = {{1, "one"}, {5, "five"}};
    struct fake fake;
    struct fake_array array = fake_labels("y", &five, trillion);
    array.array.is_constant = true;
    array.array.value_names = names;
    array.array.n_value_names = 2;
    fake_open(&fake, &array, 1, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "one 0 0 -\nfive 1 1000000000000 -\n");
    fake_close(&fake);
}

/* One split is stored, the other never was. */
static void test_constant_split(void **state)
{
    (void)state;
    static const int64_t zero = 0, three[] = {1, 0, 1};
    struct fake fake;
    struct fake_array arrays[] = {fake_labels("y_train", three, 3),
                                  fake_labels("y_test", &zero, 4)};
    arrays[1].array.is_constant = true;
    fake_open(&fake, arrays, 2, DSI_NEED_LABELS, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &dsi_balance_defaults),
                        "0 0 1 train\n1 1 2 train\n0 0 4 test\n1 1 0 test\n");
    fake_close(&fake);
}

/* 10^12 masks of 2x2 pixels, of which 255 is ignored. */
static void test_constant_masks(void **state)
{
    (void)state;
    static const uint8_t mask[] = {3, 1, 3, 255};
    static const int64_t ignored[] = {255};
    struct dsi_balance_parameters p = dsi_balance_defaults;
    p.pixels = true;
    p.ignored = ignored;
    p.n_ignored = 1;
    const uint64_t shape[] = {trillion, 2, 2};
    struct fake_array array = {fake_shape("m", DSI_UINT, 1, 3, shape), mask};
    struct fake fake;
    array.array.is_constant = true;
    fake_open(&fake, &array, 1, DSI_NEED_VALUES, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &p),
                        "1 0 1000000000000 -\n3 1 2000000000000 -\n");
    fake_close(&fake);
}

/* Masks one by one give what as many of the same give at once. */
static void test_constant_masks_as_others(void **state)
{
    (void)state;
    enum { N = 1000 };
    static uint8_t masks[N][4];
    struct dsi_balance_parameters p = dsi_balance_defaults;
    p.pixels = true;
    p.weighting = DSI_WEIGHT_MEDIAN_FREQUENCY;
    char one_by_one[256];
    const uint64_t shape[] = {N, 2, 2};
    struct fake_array array = {fake_shape("m", DSI_UINT, 1, 3, shape), masks};
    struct fake fake;
    for (size_t i = 0; i < N; i++)
        memcpy(masks[i], "\3\1\3\0", 4);
    fake_open(&fake, &array, 1, DSI_NEED_VALUES, NULL, NULL);
    snprintf(one_by_one, sizeof one_by_one, "%s", fake_balance(&fake, &p));
    assert_string_equal(one_by_one, "0 0 1000 -\n1 1 1000 -\n3 2 2000 -\n");
    fake_close(&fake);
    array.array.is_constant = true;
    fake_open(&fake, &array, 1, DSI_NEED_VALUES, NULL, NULL);
    assert_string_equal(fake_balance(&fake, &p), one_by_one);
    fake_close(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_cut_of_a_large_chunk),
        cmocka_unit_test(test_constant_labels),
        cmocka_unit_test(test_constant_names),
        cmocka_unit_test(test_constant_split),
        cmocka_unit_test(test_constant_masks),
        cmocka_unit_test(test_constant_masks_as_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
