/* Keys are in the order of the values, whatever the type. The order expected is that of
 * C's own comparison of the same numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "half.h"
#include "value_key.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const struct dsi_dtype float16 = {.kind = DSI_FLOAT, .size = 2},
                              float32 = {.kind = DSI_FLOAT, .size = 4},
                              float64 = {.kind = DSI_FLOAT, .size = 8},
                              bfloat16 = {.kind = DSI_BFLOAT, .size = 2},
                              int8 = {.kind = DSI_INT, .size = 1},
                              int64 = {.kind = DSI_INT, .size = 8},
                              uint64 = {.kind = DSI_UINT, .size = 8},
                              boolean = {.kind = DSI_BOOL, .size = 1};

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random * UINT64_C(0x9e3779b97f4a7c15);
}

static void expect_order(struct dsi_dtype dtype, const void *a, const void *b, double x,
                         double y)
{
    uint64_t p = dsi_key_of(dtype, a), q = dsi_key_of(dtype, b);
    if (isnan(x) || isnan(y)) {
        assert_int_equal(dsi_key_is_nan(dtype, p), isnan(x));
        assert_int_equal(dsi_key_is_nan(dtype, q), isnan(y));
        assert_true(isnan(y) ? p <= q : p > q);
        return;
    }
    assert_int_equal(p < q, x < y);
    assert_int_equal(p > q, x > y);
    assert_true(dsi_key_double(dtype, p) == x);
    assert_false(dsi_key_is_nan(dtype, p));
}

static void every_half_is_in_order(void **state)
{
    (void)state;
    for (uint32_t a = 0; a < 65536; a++) {
        uint16_t x = (uint16_t)a, y = (uint16_t)(a * 40503u + 7), z = (uint16_t)(a + 1);
        expect_order(float16, &x, &y, dsi_half_to_double(x), dsi_half_to_double(y));
        expect_order(float16, &x, &z, dsi_half_to_double(x), dsi_half_to_double(z));
        expect_order(bfloat16, &x, &y, dsi_bfloat_to_double(x),
                     dsi_bfloat_to_double(y));
    }
}

static void random_floats_are_in_order(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int i = 0; i < 200000; i++) {
        uint64_t a = draw(&random), b = i % 2 ? draw(&random) : a ^ 1ull << i % 64;
        float f, g;
        double x, y;
        memcpy(&f, &a, sizeof f);
        memcpy(&g, &b, sizeof g);
        memcpy(&x, &a, sizeof x);
        memcpy(&y, &b, sizeof y);
        expect_order(float32, &f, &g, (double)f, (double)g);
        expect_order(float64, &x, &y, x, y);
    }
}

static void zeros_have_one_key(void **state)
{
    (void)state;
    const double zeros[] = {0.0, -0.0};
    const float singles[] = {0.0f, -0.0f};
    const uint16_t halves[] = {0, 0x8000};
    assert_int_equal(dsi_key_of(float64, &zeros[0]), dsi_key_of(float64, &zeros[1]));
    assert_int_equal(dsi_key_of(float32, &singles[0]),
                     dsi_key_of(float32, &singles[1]));
    assert_int_equal(dsi_key_of(float16, &halves[0]), dsi_key_of(float16, &halves[1]));
    assert_false(signbit(dsi_key_double(float64, dsi_key_of(float64, &zeros[1]))));
}

static void integers_keep_all_their_digits(void **state)
{
    (void)state;
    const int64_t signed_ones[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
    const uint64_t unsigned_ones[] = {0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1,
                                      UINT64_MAX};
    for (size_t i = 0; i < 6; i++) {
        uint64_t key = dsi_key_of(int64, &signed_ones[i]);
        struct dsi_number number = dsi_key_number(int64, key);
        assert_int_equal(number.kind, DSI_NUMBER_INT);
        assert_true(number.as.integer == signed_ones[i]);
        assert_true(i == 0 || key > dsi_key_of(int64, &signed_ones[i - 1]));
    }
    for (size_t i = 0; i < 5; i++) {
        struct dsi_number number =
            dsi_key_number(uint64, dsi_key_of(uint64, &unsigned_ones[i]));
        assert_int_equal(number.kind, i < 3 ? DSI_NUMBER_INT : DSI_NUMBER_UINT);
        assert_true(number.as.natural == unsigned_ones[i]);
    }
    for (int v = -128; v < 127; v++) {
        int8_t a = (int8_t)v, b = (int8_t)(v + 1);
        expect_order(int8, &a, &b, v, v + 1);
    }
    const uint8_t odd = 255; /* any byte but 0 is true */
    assert_int_equal(dsi_key_of(boolean, &odd), 1);
}

/* numpy.percentile([0, 1, ..., 9], p) and of [1, 2, 10], by its documented formula. */
static void percentiles_lie_where_numpy_puts_them(void **state)
{
    (void)state;
    uint64_t rank;
    assert_true(dsi_percentile_rank(25, 10, &rank) == 0.25);
    assert_int_equal(rank, 2);
    assert_true(dsi_percentile_rank(100, 10, &rank) == 0);
    assert_int_equal(rank, 9);
    assert_true(dsi_percentile_rank(0, 1, &rank) == 0);
    assert_int_equal(rank, 0);
    double low = 2, high = 10, inf = (double)INFINITY;
    uint64_t a = dsi_key_of(float64, &low), b = dsi_key_of(float64, &high);
    assert_true(dsi_key_lerp(float64, a, b, 0.25) == 4);
    assert_true(dsi_key_lerp(float64, a, b, 0.75) == 8);
    uint64_t top = dsi_key_of(float64, &inf);
    assert_true(dsi_key_lerp(float64, top, top, 0.5) == inf);
    double least = -DBL_MAX, most = DBL_MAX; /* further apart than any double */
    a = dsi_key_of(float64, &least), b = dsi_key_of(float64, &most);
    assert_true(dsi_key_lerp(float64, a, b, 0.5) == 0);
    const double quarter = dsi_key_lerp(float64, a, b, 0.25);
    assert_true(fabs(quarter + DBL_MAX / 2) <= DBL_MAX * DBL_EPSILON);
    int8_t x = -128, y = 127;
    assert_true(dsi_key_lerp(int8, dsi_key_of(int8, &x), dsi_key_of(int8, &y), 0.5) ==
                -0.5);
}

static void expect_bits(struct dsi_dtype dtype, double number, uint64_t wanted)
{
    uint64_t bits = 0;
    assert_true(dsi_key_bits_of_double(dtype, number, &bits));
    assert_int_equal(bits, wanted);
}

/* Patterns by hand from IEEE 754, and two's complement. */
static void numbers_are_found_in_every_type(void **state)
{
    (void)state;
    uint64_t bits;
    expect_bits(float16, 1.0, 0x3c00);
    expect_bits(float16, -999.9, 0xe3d0); /* -1000 */
    expect_bits(float16, 2049, 0x6800);   /* a tie: 2048 */
    expect_bits(float16, 2051, 0x6802);   /* a tie: 2052 */
    expect_bits(float16, -2049, 0xe800);
    expect_bits(float16, 65519.9, 0x7bff);
    expect_bits(float16, 65520, 0x7c00); /* a tie: infinity */
    expect_bits(float16, 1e9, 0x7c00);
    expect_bits(float16, -0.0, 0x8000);
    expect_bits(bfloat16, -1.0, 0xbf80);
    expect_bits(float32, -999.9, 0xc479f99a);
    expect_bits(float64, -1.0, UINT64_C(0xbff0000000000000));
    expect_bits(int8, -128, 0x80);
    expect_bits(int64, -1, UINT64_MAX);
    expect_bits(uint64, 18446744073709549568.0, UINT64_C(18446744073709549568));
    assert_false(dsi_key_bits_of_double(int8, 128, &bits));
    assert_false(dsi_key_bits_of_double(int8, -129, &bits));
    assert_false(dsi_key_bits_of_double(int8, 0.5, &bits));
    assert_false(dsi_key_bits_of_double(int64, 9223372036854775808.0, &bits));
    assert_false(dsi_key_bits_of_double(uint64, -1, &bits));
    assert_false(dsi_key_bits_of_double(boolean, 2, &bits));
    assert_false(dsi_key_bits_of_double(uint64, (double)NAN, &bits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_in_order),
        cmocka_unit_test(random_floats_are_in_order),
        cmocka_unit_test(zeros_have_one_key),
        cmocka_unit_test(integers_keep_all_their_digits),
        cmocka_unit_test(percentiles_lie_where_numpy_puts_them),
        cmocka_unit_test(numbers_are_found_in_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
