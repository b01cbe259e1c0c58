/* The loops over values against the same thing done one by one, at every level that the
 * machine has, for odd lengths, and up to the last byte that may be read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "beyond_kernels.h"
#include "guarded.h"
#include "numbers.h"
#include "special_kernels.h"
#include "value_kernels.h"

enum { MAX_N = 700 };

static const size_t lengths[] = {1,  2,  3,  7,   15,  16,  17,  31,  32,  33,
                                 63, 64, 65, 127, 128, 129, 255, 257, 513, MAX_N};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

/* n values at the end of the memory, from value `at` on unaligned to any vector. */
static void *values_of(struct guarded *guarded, struct dsi_dtype dtype, size_t n,
                       enum filling how)
{
    unsigned char *first = guarded->first + guarded->n - n * dtype.size;
    fill_values(dtype, first, n, how);
    return first;
}

static void for_all(void (*test)(struct dsi_dtype dtype, const void *values, size_t n,
                                 enum filling how))
{
    struct guarded guarded = guarded_make(MAX_N * sizeof(uint64_t));
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (enum filling how = BITS; how < N_FILLINGS; how++)
            for (size_t i = 0; i < N_LENGTHS; i++)
                if (value_dtypes[d].size > 1)
                    test(value_dtypes[d],
                         values_of(&guarded, value_dtypes[d], lengths[i], how),
                         lengths[i], how);
    guarded_free(&guarded);
}

/* Keys one by one; those of NaNs are left to the bits. */
static void check_range(struct dsi_dtype dtype, const void *values, size_t n,
                        enum filling how)
{
    (void)how;
    const uint8_t *value = values;
    uint64_t min = UINT64_MAX, max = 0;
    size_t n_zero = 0, n_nan = 0;
    for (size_t i = 0; i < n; i++, value += dtype.size) {
        const uint64_t key = dsi_key_of(dtype, value);
        n_nan += dsi_key_is_nan(dtype, key);
        min = key < min ? key : min;
        max = key > max ? key : max;
        n_zero += dsi_key_double(dtype, key) == 0;
    }
    struct dsi_key_range first = {0};
    for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
        const struct dsi_key_range got =
            dsi_key_range((enum dsi_cpu_level)level, dtype, values, n);
        assert_int_equal(got.n_zero, n_zero);
        if (n_nan == 0) {
            assert_true(got.min == min && got.max == max);
            const size_t at = dsi_key_find(dtype, values, n, min);
            assert_true(at < n);
            assert_true(dsi_key_of(dtype, (const uint8_t *)values + at * dtype.size) ==
                        min);
        } else {
            uint64_t bits, low, high;
            assert_true(dsi_key_bits_of_double(dtype, -INFINITY, &bits));
            low = dsi_key_of(dtype, &bits);
            assert_true(dsi_key_bits_of_double(dtype, INFINITY, &bits));
            high = dsi_key_of(dtype, &bits);
            assert_true(got.min < low || got.max > high);
        }
        if (level == DSI_CPU_PORTABLE)
            first = got;
        assert_memory_equal(&got, &first, sizeof got);
    }
}

static void test_range(void **unused)
{
    (void)unused;
    for_all(check_range);
}

static void check_doubles(struct dsi_dtype dtype, const void *values, size_t n,
                          enum filling how)
{
    (void)how;
    static double got[MAX_N];
    for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
        dsi_values_to_doubles((enum dsi_cpu_level)level, dtype, values, n, got);
        for (size_t i = 0; i < n; i++) {
            const uint64_t key =
                dsi_key_of(dtype, (const uint8_t *)values + i * dtype.size);
            const double expected = dsi_key_double(dtype, key);
            if (isfinite(expected)) /* -0 is 0 */
                assert_true(got[i] == expected);
        }
    }
}

static void test_doubles(void **unused)
{
    (void)unused;
    for_all(check_doubles);
}

/* Whole numbers, so that every sum is exact, and what the lanes hold is known; and then
 * any numbers, on which the levels have to agree. */
static void test_powers(void **unused)
{
    (void)unused;
    struct guarded guarded = guarded_make(MAX_N * sizeof(double));
    for (size_t n = 0; n <= MAX_N - DSI_POWER_LANES; n += DSI_POWER_LANES) {
        double *x = (double *)(void *)(guarded.first + guarded.n) - n, s = 0, s2 = 0,
               s3 = 0;
        const double pivot = 3;
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)(draw_bits() % 2001) - 1000;
            s += x[i];
            s2 += (x[i] - pivot) * (x[i] - pivot);
            s3 += (x[i] - pivot) * (x[i] - pivot) * (x[i] - pivot);
        }
        for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
            struct dsi_powers powers = {0};
            dsi_powers_add((enum dsi_cpu_level)level, &powers, pivot, x, n);
            double got[4] = {0};
            for (int k = 0; k < DSI_POWER_LANES; k++) {
                got[0] += powers.sum[k];
                got[1] += powers.rest[k];
                got[2] += powers.square[k];
                got[3] += powers.cube[k];
            }
            assert_true(got[0] == s && got[1] == 0 && got[2] == s2 && got[3] == s3);
        }
    }
    double *x = (double *)(void *)guarded.first;
    for (size_t i = 0; i < 640; i++)
        x[i] = ldexp((double)(int64_t)draw_bits(), (int)(draw_bits() % 200) - 150);
    struct dsi_powers first = {0};
    for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
        struct dsi_powers powers = {0};
        dsi_powers_add((enum dsi_cpu_level)level, &powers, 0.1, x, 640);
        if (level == DSI_CPU_PORTABLE)
            first = powers;
        assert_memory_equal(&powers, &first, sizeof powers);
    }
    guarded_free(&guarded);
}

static void test_integers_less(void **unused)
{
    (void)unused;
    __extension__ typedef __int128 int128;
    struct guarded guarded = guarded_make(MAX_N * sizeof(uint64_t));
    static double got[MAX_N];
    for (size_t i = 0; i < N_LENGTHS; i++)
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            const size_t n = lengths[i];
            const struct dsi_dtype dtype = {.kind = is_signed ? DSI_INT : DSI_UINT,
                                            .size = 8};
            uint64_t *x = values_of(&guarded, dtype, n, BITS);
            const uint64_t middle = UINT64_C(1) << 63;
            int128 sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += (int128)dsi_key_of(dtype, &x[k]) - (int128)middle;
            for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
                const struct dsi_whole_sum told =
                    dsi_integers_less((enum dsi_cpu_level)level, x, n,
                                      is_signed ? middle : 0, middle, got);
                assert_true((int128)told.high * ((int128)1 << 32) + (int128)told.low ==
                            sum);
                for (size_t k = 0; k < n; k++)
                    assert_true(got[k] ==
                                (double)(int64_t)(dsi_key_of(dtype, &x[k]) - middle));
            }
        }
    guarded_free(&guarded);
}

/* --- what is not finite ----------------------------------------------------------- */

static void spoil(struct dsi_dtype dtype, void *values, size_t n, unsigned one_in)
{
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < n; i++) {
        uint8_t *value = (uint8_t *)values + i * dtype.size;
        uint64_t bits = 0;
        const double number = draw_bits() % one_in ? (double)(draw_bits() % 99) - 40
                                                   : bad[draw_bits() % 3];
        assert_true(dsi_key_bits_of_double(dtype, number, &bits));
        memcpy(value, &bits, dtype.size);
    }
}

static double number_at(struct dsi_dtype dtype, const void *values, size_t i)
{
    return dsi_key_double(dtype,
                          dsi_key_of(dtype, (const uint8_t *)values + i * dtype.size));
}

static void check_special(struct dsi_dtype dtype, const void *values, size_t n_rows,
                          size_t n_columns, size_t pitch)
{
    static struct dsi_special_counts counts;
    uint64_t n_all = 0, n_samples = 0;
    for (size_t r = 0; r < n_rows; r++) {
        bool any = false;
        for (size_t c = 0; c < n_columns; c++) {
            const bool bad = !isfinite(number_at(dtype, values, r * pitch + c));
            n_all += bad;
            any |= bad;
        }
        n_samples += any;
    }
    for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
        const enum dsi_cpu_level l = (enum dsi_cpu_level)level;
        assert_int_equal(
            dsi_special_count(l, dtype, values, n_rows, n_columns, pitch, &counts),
            n_all);
        for (size_t c = 0; c < n_columns; c++) {
            uint32_t n = 0, n_infinite = 0;
            for (size_t r = 0; r < n_rows; r++) {
                const double x = number_at(dtype, values, r * pitch + c);
                n += (uint32_t)(isfinite(x) == 0);
                n_infinite += isinf(x) != 0;
            }
            assert_int_equal(counts.n[c], n);
            assert_int_equal(counts.any_infinite ? counts.n_infinite[c] : 0,
                             n_infinite);
        }
        if (pitch == n_columns)
            assert_int_equal(dsi_special_samples(l, dtype, values, n_rows, n_columns),
                             n_samples);
    }
}

static void test_special(void **unused)
{
    (void)unused;
    static const size_t shapes[][2] = {
        {1, 1},   {7, 1},   {513, 1}, {65, 2},  {400, 3},  {77, 30}, {100, 63},
        {33, 64}, {21, 65}, {5, 129}, {3, 700}, {1, 4096}, {40, 5},  {64, 32}};
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t i = 0;
             is_float(value_dtypes[d]) && i < sizeof shapes / sizeof *shapes; i++)
            for (unsigned one_in = 1; one_in < 5000; one_in *= 12) {
                const struct dsi_dtype dtype = value_dtypes[d];
                const size_t rows = shapes[i][0], columns = shapes[i][1];
                struct guarded g = guarded_make(rows * columns * dtype.size);
                spoil(dtype, g.first, rows * columns, one_in);
                check_special(dtype, g.first, rows, columns, columns);
                if (columns > 3) /* some columns of wider rows */
                    check_special(dtype, g.first + dtype.size, rows, columns - 3,
                                  columns);
                guarded_free(&g);
            }
}

/* --- beyond limits: counted by lanes as one by one ----------------------------------
 */

static void check_beyond(struct dsi_dtype dtype, uint64_t n_outer, uint64_t n_channels,
                         uint64_t n_inner, enum filling how)
{
    const uint64_t n = n_outer * n_channels * n_inner;
    struct guarded g = guarded_make((size_t)n * dtype.size);
    struct dsi_beyond_bounds bounds[40];
    struct dsi_beyond_count got[40] = {0}, expected[40] = {0};
    fill_values(dtype, g.first, n, how);
    for (uint64_t c = 0; c < n_channels; c++) {
        const double a = number_at(dtype, g.first, draw_bits() % n);
        const double b = number_at(dtype, g.first, draw_bits() % n);
        bounds[c] = dsi_beyond_bounds_of(dtype, a < b ? a : b, a < b ? b : a);
    }
    struct dsi_beyond *beyond = dsi_beyond_new(dtype, bounds, n_channels);
    assert_non_null(beyond);
    const struct dsi_values view = {.dtype = dtype,
                                    .data = g.first,
                                    .n_outer = n_outer,
                                    .n_channels = n_channels,
                                    .n_inner = n_inner,
                                    .n_outer_each = 1,
                                    .times = 1};
    assert_int_equal(dsi_beyond_count(beyond, &view, got, NULL), DSI_OK);
    dsi_beyond_count_portable(beyond, &view, expected);
    assert_memory_equal(got, expected, n_channels * sizeof *got);
    for (uint64_t c = 0; c < n_channels; c++) {
        struct dsi_beyond_count sides = {0};
        for (uint64_t i = 0; i < n; i++)
            if (i / n_inner % n_channels == c) {
                const int side = dsi_beyond_side(
                    dtype, &bounds[c], dsi_key_of(dtype, g.first + i * dtype.size));
                sides.n_low += side < 0;
                sides.n_high += side > 0;
            }
        assert_memory_equal(&got[c], &sides, sizeof sides);
    }
    dsi_beyond_free(beyond);
    guarded_free(&g);
}

static void test_beyond(void **unused)
{
    (void)unused;
    static const uint64_t shapes[][3] = {{1, 1, 1},    {333, 1, 1}, {65, 3, 1},
                                         {100, 30, 1}, {9, 31, 1},  {5, 3, 77},
                                         {2, 4, 64},   {300, 2, 1}};
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (enum filling how = BITS; how < N_FILLINGS; how++)
            for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
                check_beyond(value_dtypes[d], shapes[i][0], shapes[i][1], shapes[i][2],
                             how);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_range),   cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_powers),  cmocka_unit_test(test_integers_less),
        cmocka_unit_test(test_special), cmocka_unit_test(test_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
