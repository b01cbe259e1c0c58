/* Comparing in vectors against the same value by value, at every level the machine has:
 * odd lengths, anywhere in memory, up to the last byte that may be read, in parts and
 * in any order. The value by value is what test_close.py holds against NumPy. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "close.h"
#include "guarded.h"
#include "numbers.h"

enum { MAX_N = 3 * DSI_CLOSE_NUMBERS_A_BLOCK + 77 };

static const size_t lengths[] = {0,   1,    2,    3,    4,    7,    8,    9,
                                 15,  16,   17,   31,   33,   63,   64,   65,
                                 129, 1023, 1024, 1025, 1031, 2048, 2063, MAX_N};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

static const struct dsi_close_rule rules[] = {
    {.rtol = 1e-5, .atol = 1e-8},
    {.rtol = 1e-5, .atol = 1e-8, .equal_nan = true},
    {.rtol = 0, .atol = 0},
    {.rtol = 1e-3, .atol = 1e-2, .equal_nan = true},
    {.rtol = -1, .atol = 0},
    {.rtol = INFINITY, .atol = 0},
    {.rtol = 0, .atol = INFINITY},
    {.rtol = 0, .atol = NAN},
    {.has_max_ulp = true, .max_ulp = 1},
    {.has_max_ulp = true, .max_ulp = 1000, .equal_nan = true},
};
enum { N_RULES = sizeof rules / sizeof *rules };

static const enum dsi_cpu_level levels[] = {DSI_CPU_AVX2, DSI_CPU_AVX512};

/* What b is, given a. */
enum likeness { EQUAL, APART, MOSTLY_EQUAL, LAST_BITS, N_LIKENESSES };

static void make_b(struct dsi_dtype dtype, const uint8_t *a, uint8_t *b, size_t n,
                   enum likeness like, enum filling how)
{
    const size_t size = dtype.size;
    if (like == APART) {
        fill_values(dtype, b, n, how);
        return;
    }
    if (n)
        memcpy(b, a, n * size);
    for (size_t i = 0; i < n && like != EQUAL && dtype.kind != DSI_BOOL; i++) {
        const uint64_t bits = draw_bits();
        if (like == LAST_BITS ? bits % 3 == 0 : bits % 700 == 0)
            b[i * size] ^= (uint8_t)(1 + (bits >> 20) % (like == LAST_BITS ? 7 : 255));
    }
}

static void assert_same(const struct dsi_closeness *x, const struct dsi_closeness *y)
{
    assert_int_equal(x->n, y->n);
    assert_int_equal(x->n_diff, y->n_diff);
    assert_int_equal(x->first_diff, y->first_diff);
    assert_memory_equal(&x->max_abs, &y->max_abs, sizeof x->max_abs);
    assert_memory_equal(&x->max_rel, &y->max_rel, sizeof x->max_rel);
    assert_int_equal(x->max_abs_at, y->max_abs_at);
    assert_int_equal(x->max_rel_at, y->max_rel_at);
    assert_int_equal(x->max_ulp, y->max_ulp);
    assert_int_equal(x->max_ulp_at, y->max_ulp_at);
    assert_int_equal(x->n_nan_a, y->n_nan_a);
    assert_int_equal(x->n_nan_b, y->n_nan_b);
}

struct pair {
    struct dsi_dtype a_type, b_type;
    const uint8_t *a, *b;
    unsigned stride_a, stride_b;
    size_t n;
};

static struct dsi_closeness run(const struct pair *pair,
                                const struct dsi_close_rule *rule, bool measures,
                                enum dsi_cpu_level level)
{
    struct dsi_close close;
    struct dsi_closeness all;
    assert_int_equal(dsi_close_init(&close, pair->a_type, pair->b_type, rule, measures,
                                    false, level, NULL),
                     DSI_OK);
    dsi_closeness_init(&all);
    dsi_close_run(&close, pair->a, pair->stride_a, pair->b, pair->stride_b, 5, pair->n,
                  &all);
    return all;
}

/* In three parts, the last first, half of them to one that is merged later. */
static struct dsi_closeness run_parts(const struct pair *pair,
                                      const struct dsi_close_rule *rule, bool measures,
                                      enum dsi_cpu_level level)
{
    struct dsi_close close;
    struct dsi_closeness sums[2];
    assert_int_equal(dsi_close_init(&close, pair->a_type, pair->b_type, rule, measures,
                                    false, level, NULL),
                     DSI_OK);
    dsi_closeness_init(&sums[0]);
    dsi_closeness_init(&sums[1]);
    const size_t cuts[] = {0, pair->n / 3, pair->n / 2, pair->n};
    for (size_t k = 3; k-- > 0;)
        dsi_close_run(&close, pair->a + cuts[k] * pair->stride_a * pair->a_type.size,
                      pair->stride_a,
                      pair->b + cuts[k] * pair->stride_b * pair->b_type.size,
                      pair->stride_b, 5 + cuts[k], cuts[k + 1] - cuts[k], &sums[k % 2]);
    dsi_closeness_merge(&sums[1], &sums[0]);
    return sums[1];
}

static bool has_level(enum dsi_cpu_level level)
{
    return level <= dsi_cpu_level();
}

static void compare_levels(const struct pair *pair, size_t rule)
{
    const bool measures = draw_bits() % 2;
    const struct dsi_closeness expected =
        run(pair, &rules[rule], measures, DSI_CPU_PORTABLE);
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        if (!has_level(levels[l]))
            continue;
        struct dsi_closeness got = run(pair, &rules[rule], measures, levels[l]);
        assert_same(&got, &expected);
        got = run_parts(pair, &rules[rule], measures, levels[l]);
        assert_same(&got, &expected);
    }
}

/* Room of each side that ends where none can be read. */
static struct guarded room_a, room_b;

static int set_up(void **state)
{
    (void)state;
    room_a = guarded_make(MAX_N * sizeof(uint64_t));
    room_b = guarded_make(MAX_N * sizeof(uint64_t));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guarded_free(&room_a);
    guarded_free(&room_b);
    return 0;
}

static uint8_t *room(struct guarded *guarded, struct dsi_dtype dtype, size_t n)
{
    return guarded->first + guarded->n - n * dtype.size;
}

static void test_equal_types(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t i = 0; i < N_LENGTHS; i++)
            for (enum filling how = BITS; how < N_FILLINGS; how++)
                for (enum likeness like = EQUAL; like < N_LIKENESSES; like++) {
                    const struct dsi_dtype type = value_dtypes[d];
                    const size_t n = lengths[i];
                    uint8_t *a = room(&room_a, type, n), *b = room(&room_b, type, n);
                    fill_values(type, a, n, how);
                    make_b(type, a, b, n, like, how);
                    const struct pair pair = {type, type, a, b, 1, 1, n};
                    compare_levels(&pair, draw_bits() % N_RULES);
                }
}

static void test_every_pair(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t e = 0; e < N_VALUE_DTYPES; e++)
            for (size_t rule = 0; rule < N_RULES; rule++) {
                const struct dsi_dtype p = value_dtypes[d], q = value_dtypes[e];
                const enum filling how = (enum filling)(draw_bits() % N_FILLINGS);
                const size_t n = rule % 2 ? 1031 : 77;
                uint8_t *a = room(&room_a, p, n), *b = room(&room_b, q, n);
                fill_values(p, a, n, how);
                fill_values(q, b, n, how);
                const struct pair pair = {p, q, a, b, 1, 1, n};
                compare_levels(&pair, rule);
            }
}

/* One value for all: the last that may be read. */
static void test_strides(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t e = 0; e < N_VALUE_DTYPES; e++)
            for (unsigned strides = 0; strides < 3; strides++) {
                const struct dsi_dtype p = value_dtypes[d], q = value_dtypes[e];
                const size_t n = 1101;
                const unsigned stride_a = strides & 1, stride_b = strides >> 1;
                uint8_t *a = room(&room_a, p, stride_a ? n : 1);
                uint8_t *b = room(&room_b, q, stride_b ? n : 1);
                fill_values(p, a, stride_a ? n : 1, BITS);
                fill_values(q, b, stride_b ? n : 1, BITS);
                const struct pair pair = {p, q, a, b, stride_a, stride_b, n};
                compare_levels(&pair, draw_bits() % N_RULES);
            }
}

/* Off every boundary: one byte after another. */
static void test_unaligned(void **state)
{
    (void)state;
    enum { N = 1200 };
    for (size_t d = 0; d < N_VALUE_DTYPES; d++)
        for (size_t off = 1; off < 9; off += 3) {
            const struct dsi_dtype type = value_dtypes[d];
            uint8_t *from = room(&room_a, type, N);
            fill_values(type, from, N, BITS);
            uint8_t *a = room_a.first + off, *b = room_b.first + 2 * off;
            memmove(a, from, N * type.size);
            memcpy(b, a, N * type.size);
            b[700 * type.size + type.size - 1] ^= 1;
            const struct pair pair = {type, type, a, b, 1, 1, N};
            for (size_t rule = 0; rule < N_RULES; rule++)
                compare_levels(&pair, rule);
        }
}

/* By hand: 2^63 apart in both directions, and farther than 64 bits count. */
static void test_far_integers(void **state)
{
    (void)state;
    const struct dsi_dtype i64 = {.kind = DSI_INT, .size = 8};
    const struct dsi_dtype u64 = {.kind = DSI_UINT, .size = 8};
    const struct dsi_close_rule exact = {0};
    int64_t a[16] = {0, INT64_MIN, INT64_MAX}, b[16] = {0, INT64_MAX, INT64_MIN};
    uint64_t c[16] = {1, UINT64_MAX, UINT64_MAX};
    struct pair pair = {i64, i64, (void *)a, (void *)b, 1, 1, 16};
    struct dsi_closeness got = run(&pair, &exact, true, dsi_cpu_level());
    assert_int_equal(got.n_diff, 2);
    assert_int_equal(got.max_ulp, UINT64_MAX);
    assert_int_equal(got.max_ulp_at, 5 + 1);
    assert_true(got.max_abs == 0x1p64);
    pair = (struct pair){i64, u64, (void *)a, (void *)c, 1, 1, 16};
    got = run(&pair, &exact, true, dsi_cpu_level());
    assert_int_equal(got.max_ulp, UINT64_MAX); /* of 2^64 - 1 + 2^63 */
    assert_int_equal(got.max_ulp_at, 5 + 1);
    assert_true(got.max_abs == 0x1.8p64);
    assert_true(got.max_rel == 1.5);
    assert_int_equal(got.max_rel_at, 5 + 1);
}

/* By hand: what NaN, infinities and zeros count as. */
static void test_odd_floats(void **state)
{
    (void)state;
    const struct dsi_dtype f32 = {.kind = DSI_FLOAT, .size = 4};
    const struct dsi_close_rule usual = {.rtol = 1e-5, .atol = 1e-8};
    const float inf = INFINITY, nan = NAN;
    const float a[16] = {nan, nan, 1, inf, -inf, 0, 3},
                b[16] = {nan, 1, nan, inf, -inf, -0.0f, 2};
    const struct pair pair = {f32, f32, (const void *)a, (const void *)b, 1, 1, 16};
    for (int level = DSI_CPU_PORTABLE; level <= DSI_CPU_AVX512; level++) {
        if (!has_level((enum dsi_cpu_level)level))
            continue;
        const struct dsi_closeness got =
            run(&pair, &usual, true, (enum dsi_cpu_level)level);
        assert_int_equal(got.n_diff, 4);
        assert_int_equal(got.first_diff, 5);
        assert_int_equal(got.n_nan_a, 2);
        assert_int_equal(got.n_nan_b, 2);
        assert_true(got.max_abs == 1 && got.max_rel == 0.5);
        assert_int_equal(got.max_abs_at, 5 + 6);
        assert_int_equal(got.max_ulp, 1 << 22);
    }
}

/* A number whose neighbours and records others do not often beat: few values of a block
 * are above all before it, in one measure or another. */
static float planted(float b)
{
    static const float factors[] = {1.0001f, 1.1f, 1.9f, -0.5f, -1, -3, 0, 1e10f};
    static const float numbers[] = {0,      -0.0f,   1e-45f,   -3e-45f,  1e-38f, 1e-30f,
                                    -1e-9f, 3.4e38f, -3.4e38f, INFINITY, NAN};
    const uint64_t bits = draw_bits();
    if (bits % 2)
        return b * factors[(bits >> 8) % (sizeof factors / sizeof *factors)];
    return numbers[(bits >> 8) % (sizeof numbers / sizeof *numbers)];
}

/* Blocks that hold no record, and some that do: in tiny ways and in large ones, of one
 * sign and of both, at sizes down to those of subnormal numbers. */
static void test_records(void **state)
{
    (void)state;
    enum { N = 24 * DSI_CLOSE_NUMBERS_A_BLOCK + 13, N_TIMES = 300 };
    static const float scales[] = {1, 1e-3f, 1e-37f, 1e-42f, 1e30f};
    static float a[N], b[N];
    const struct dsi_dtype f32 = {.kind = DSI_FLOAT, .size = 4};
    for (int t = 0; t < N_TIMES; t++) {
        const float scale = scales[t % 5], noise = t % 3 ? 1e-6f : 0.3f;
        const uint64_t one_in = UINT64_C(1) << (6 + t % 11);
        for (size_t i = 0; i < N; i++) {
            const double u = (double)(draw_bits() >> 11) * 0x1p-53;
            const double v = (double)(draw_bits() >> 11) * 0x1p-53;
            b[i] = (float)(u - (t % 7 == 0 ? 0.5 : 0)) * scale;
            a[i] = (float)((double)b[i] * (1 + (v - 0.5) * (double)noise));
            if (draw_bits() % one_in == 0)
                a[i] = planted(b[i]);
            if (draw_bits() % one_in == 0)
                b[i] = planted(b[i]);
        }
        const struct pair pair = {f32, f32, (const void *)a, (const void *)b, 1, 1, N};
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            const struct dsi_close_rule *rule = &rules[draw_bits() % N_RULES];
            const struct dsi_closeness expected =
                run(&pair, rule, true, DSI_CPU_PORTABLE);
            if (!has_level(levels[l]))
                continue;
            struct dsi_closeness got = run(&pair, rule, true, levels[l]);
            assert_same(&got, &expected);
            got = run_parts(&pair, rule, true, levels[l]);
            assert_same(&got, &expected);
        }
    }
}

/* The first values by themselves, and then the rest. */
static struct dsi_closeness run_after(const float *a, const float *b, size_t n_first,
                                      size_t n, const struct dsi_close_rule *rule,
                                      enum dsi_cpu_level level)
{
    const struct dsi_dtype f32 = {.kind = DSI_FLOAT, .size = 4};
    struct dsi_close close;
    struct dsi_closeness all;
    assert_int_equal(dsi_close_init(&close, f32, f32, rule, true, false, level, NULL),
                     DSI_OK);
    dsi_closeness_init(&all);
    dsi_close_run(&close, a, 1, b, 1, 0, n_first, &all);
    dsi_close_run(&close, a + n_first, 1, b + n_first, 1, n_first, n - n_first, &all);
    return all;
}

/* So many units apart as the tolerance just is, or is not; what is farther came before,
 * so that nothing is a record. */
static void test_tolerance_in_units(void **state)
{
    (void)state;
    enum { N = 4 * DSI_CLOSE_NUMBERS_A_BLOCK, N_FIRST = 16, N_TIMES = 24 * 25 };
    static const double atols[] = {1e-8, 0x1p-126, 0x1p-127, 0, 1};
    static const uint32_t least[] = {0, 1, 0x007ffff0, 0x00800000, 0x3f800000};
    static float a[N], b[N];
    for (size_t t = 0; t < N_TIMES; t++) {
        const uint32_t units = UINT32_C(1) << t % 24;
        const struct dsi_close_rule rule = {.rtol = units * 0x1p-23,
                                            .atol = atols[t / 24 % 5]};
        for (size_t i = 0; i < N; i++) {
            const uint64_t drawn = draw_bits();
            const uint32_t sign = (uint32_t)(drawn % 2) << 31;
            const uint32_t spread = drawn % 4 < 2 ? 100 : 0x01000000;
            const uint32_t size = least[t / 120] + (uint32_t)(drawn >> 32) % spread;
            const uint32_t off = units + (i % 1024 ? 0 : (uint32_t)(drawn >> 8) % 3);
            const uint32_t other = size + (i < N_FIRST ? 0x02000000 : off);
            memcpy(&b[i], &(uint32_t){size | sign}, sizeof b[i]);
            memcpy(&a[i], &(uint32_t){other | sign}, sizeof a[i]);
        }
        const struct dsi_closeness expected =
            run_after(a, b, N_FIRST, N, &rule, DSI_CPU_PORTABLE);
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            if (!has_level(levels[l]))
                continue;
            const struct dsi_closeness got =
                run_after(a, b, N_FIRST, N, &rule, levels[l]);
            assert_same(&got, &expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_types),  cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_strides),      cmocka_unit_test(test_unaligned),
        cmocka_unit_test(test_far_integers), cmocka_unit_test(test_odd_floats),
        cmocka_unit_test(test_records),      cmocka_unit_test(test_tolerance_in_units),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
