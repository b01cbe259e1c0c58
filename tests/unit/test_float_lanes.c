/* float32 in lanes: tiles against the same thing done one by one and in integers, at
 * every level that the machine has and up to the last byte that may be read; and views
 * of every layout against their values one after the other. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "float_lanes.h"
#include "guarded.h"
#include "numbers.h"
#include "value_stats.h"

__extension__ typedef __int128 int128;

static const struct dsi_dtype float32 = {.kind = DSI_FLOAT, .size = 4};

static float bits_as_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

enum kind { NORMAL, TINY, WIDE, ZEROS, WHOLE, ANY, N_KINDS };

static float draw(enum kind kind)
{
    const uint64_t bits = draw_bits();
    const double unit = (double)(bits >> 11) / 0x1p53 - 0.5;
    switch (kind) {
    case NORMAL: /* about 1 */
        return (float)(unit * 4);
    case TINY: /* some so small that plain sums are not exact */
        return (float)(bits % 16 ? unit : unit * 0x1p-30);
    case WIDE: /* 2^-50 to 2^9 */
        return (float)ldexp(unit < 0 ? unit - 0.5 : unit + 0.5, (int)(bits % 60) - 50);
    case ZEROS:
        return bits % 3 ? bits % 2 ? 0.0f : -0.0f : (float)unit;
    case WHOLE:
        return (float)(int)(bits % 201) - 100;
    default:
        return bits_as_float((uint32_t)(bits >> 32));
    }
}

/* --- tiles --------------------------------------------------------------------------
 */

static const float specials[] = {NAN, -NAN, INFINITY, -INFINITY};

/* one_in 0: none; specials from the first-th on. */
static void fill(float *values, size_t n, enum kind kind, unsigned one_in, size_t first)
{
    for (size_t i = 0; i < n; i++)
        values[i] = one_in && draw_bits() % one_in == 0
                        ? specials[first + draw_bits() % (4 - first)]
                        : draw(kind);
}

/* In units of 2^-100, of what has no smaller ones and is below 2^20. */
static int128 fixed(double x)
{
    int exponent;
    const double fraction = frexp(x, &exponent);
    const int128 whole = (int128)ldexp(fraction, 53);
    const int shift = exponent - 53 + 100;
    return shift >= 0 ? whole * ((int128)1 << shift) : whole / ((int128)1 << -shift);
}

static void check_lane(const struct dsi_float_lanes *lanes, int i, const float *values,
                       size_t n_rows, size_t pitch, enum kind kind)
{
    float low = INFINITY, high = -INFINITY;
    uint32_t n_zero = 0, n_bad = 0, n_pos = 0, n_neg = 0;
    double square = 0, cube = 0;
    int128 sum = 0;
    for (size_t r = 0; r < n_rows; r++) {
        const float x = values[r * pitch + (size_t)i];
        n_zero += x == 0;
        n_pos += x == INFINITY;
        n_neg += x == -INFINITY;
        n_bad += isfinite(x) == 0;
        low = x < low ? x : low;
        high = x > high ? x : high;
        const double y = (double)(isfinite(x) ? x : lanes->pivot[i]);
        const double d = y - (double)lanes->pivot[i];
        sum += kind == ANY ? 0 : fixed(y);
        square += d * d;
        cube += d * d * d;
    }
    assert_true(lanes->low[i] == low && lanes->high[i] == high);
    assert_int_equal(lanes->n_zero[i], n_zero);
    assert_int_equal(lanes->n_not_finite[i], n_bad);
    assert_int_equal(lanes->n_pos_inf[i], n_pos);
    assert_int_equal(lanes->n_neg_inf[i], n_neg);
    if (kind != ANY) /* exact, as two doubles */
        assert_true(fixed(lanes->sum[i]) + fixed(lanes->rest[i]) == sum);
    assert_true(fabs(lanes->square[i] - square) <= 1e-13 * square);
    if (kind == WHOLE)
        assert_true(lanes->cube[i] == cube);
}

/* Two tiles, of which the second is the given one. */
static void check_tile(const float *values, size_t n_rows, size_t pitch, enum kind kind,
                       float pivot)
{
    const float before[DSI_LANES] = {1, -1, 0, 50, 3, 1, 2, 2.5f};
    struct dsi_float_lanes first = {0};
    for (int level = DSI_CPU_PORTABLE; level <= (int)dsi_cpu_level(); level++) {
        const enum dsi_cpu_level l = (enum dsi_cpu_level)level;
        struct dsi_float_lanes lanes;
        dsi_float_lanes_start(&lanes);
        for (int i = 0; i < DSI_LANES; i++)
            lanes.pivot[i] = i % 2 ? pivot : 0;
        dsi_float_lanes_add(l, &lanes, values, n_rows, pitch, 3);
        for (int i = 0; i < DSI_LANES; i++) {
            check_lane(&lanes, i, values, n_rows, pitch, kind);
            assert_int_equal(lanes.low_tile[i], lanes.low[i] < INFINITY ? 3 : 0);
            assert_int_equal(lanes.high_tile[i], lanes.high[i] > -INFINITY ? 3 : 0);
        }
        const struct dsi_float_lanes old = lanes;
        dsi_float_lanes_add(l, &lanes, before, 1, 0, 7);
        for (int i = 0; i < DSI_LANES; i++) {
            assert_int_equal(lanes.low_tile[i],
                             before[i] < old.low[i] ? 7 : old.low_tile[i]);
            assert_int_equal(lanes.high_tile[i],
                             before[i] > old.high[i] ? 7 : old.high_tile[i]);
        }
        if (level == DSI_CPU_PORTABLE)
            first = lanes;
        assert_memory_equal(&lanes, &first, sizeof lanes);
    }
}

static void test_tiles(void **unused)
{
    (void)unused;
    static const size_t rows[] = {1, 2, 3, 7, 64, 127, DSI_LANE_ROWS};
    static const size_t pitches[] = {DSI_LANES, 11, 30};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t p = 0; p < sizeof pitches / sizeof *pitches; p++) {
            const size_t n = (rows[r] - 1) * pitches[p] + DSI_LANES;
            struct guarded guarded = guarded_make(n * sizeof(float));
            float *values = (float *)(void *)guarded.first;
            for (enum kind kind = NORMAL; kind < N_KINDS; kind++)
                for (unsigned one_in = 0; one_in < 200; one_in = one_in * 13 + 1)
                    for (size_t special = 0; special < 3; special += 2) {
                        fill(values, n, kind, one_in, special);
                        check_tile(values, rows[r], pitches[p], kind, draw(WHOLE));
                        check_tile(values, rows[r], pitches[p], kind, 0);
                    }
            guarded_free(&guarded);
        }
}

/* --- views --------------------------------------------------------------------------
 */

enum { N_SHAPES = 21 };
static const uint64_t shapes[N_SHAPES][3] = {
    {1, 1, 1},   {7, 1, 1},     {1030, 1, 1}, {9000, 1, 1}, {700, 3, 1},  {300, 30, 1},
    {4, 30, 1},  {1100, 30, 1}, {130, 31, 1}, {260, 33, 1}, {40, 300, 1}, {3, 784, 1},
    {2, 65, 1},  {5, 3, 77},    {2, 4, 1500}, {300, 1, 5},  {9, 3, 3},    {1, 2, 513},
    {150, 8, 1}, {1, 40, 1},    {2100, 2, 1}};

struct expected {
    struct dsi_channel_stats counts;
    struct dsi_exact_sum sum;
};

static void expect(struct expected *e, float x, uint64_t sample)
{
    struct dsi_channel_stats *c = &e->counts;
    c->n++;
    if (isnan(x)) {
        c->n_nan++;
        return;
    }
    const uint64_t key = dsi_key_of(float32, &x);
    const bool is_first = c->n - c->n_nan == 1;
    c->n_zero += x == 0;
    c->n_pos_inf += x == INFINITY;
    c->n_neg_inf += x == -INFINITY;
    if (is_first || key < c->min_key) {
        c->min_key = key;
        c->argmin = sample;
    }
    if (is_first || key > c->max_key) {
        c->max_key = key;
        c->argmax = sample;
    }
    if (isfinite(x))
        dsi_exact_sum_add_value(&e->sum, (double)x, 0, 1);
}

static bool near(double got, double exact, double size)
{
    return (isnan(got) && isnan(exact)) || fabs(got - exact) <= 1e-14 * size;
}

static void check_channel(const struct dsi_value_stats *stats, uint64_t c,
                          const struct expected *e)
{
    const struct dsi_channel_stats *got = dsi_value_stats_at(stats, c);
    const struct dsi_moments m = dsi_value_stats_moments(stats, c);
    const struct dsi_moments exact = dsi_exact_sum_finish(&e->sum);
    assert_int_equal(got->n, e->counts.n);
    assert_int_equal(got->n_nan, e->counts.n_nan);
    assert_int_equal(got->n_pos_inf, e->counts.n_pos_inf);
    assert_int_equal(got->n_neg_inf, e->counts.n_neg_inf);
    assert_int_equal(got->n_zero, e->counts.n_zero);
    if (got->n != got->n_nan)
        assert_memory_equal(got, &e->counts, sizeof *got);
    assert_int_equal(m.n, exact.n);
    assert_true(near(m.mean, exact.mean, fabs(exact.mean)));
    assert_true(near(m.std, exact.std, exact.std));
}

/* In two blocks, the later first; every level saves the same bytes. */
static void check_view(const struct dsi_values *whole)
{
    static const char *const levels[] = {"portable", "avx2", "avx512"};
    const uint64_t n = whole->n_channels, plane = n * whole->n_inner;
    struct expected *expected = calloc((size_t)n, sizeof *expected);
    assert_non_null(expected);
    for (uint64_t c = 0; c < n; c++)
        assert_int_equal(dsi_exact_sum_init(&expected[c].sum, DSI_SUM_FLOAT32, NULL),
                         DSI_OK);
    for (uint64_t i = 0; i < whole->n_outer * plane; i++)
        if (!whole->skip || !whole->skip[i])
            expect(&expected[i / whole->n_inner % n], ((const float *)whole->data)[i],
                   dsi_values_sample(whole, i / plane));
    struct dsi_bytes first = {0};
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        struct dsi_value_stats *stats = dsi_value_stats_new(float32, n);
        struct dsi_bytes saved = {0};
        struct dsi_values part = *whole;
        const uint64_t half =
            whole->n_outer / 2 / whole->n_outer_each * whole->n_outer_each;
        assert_non_null(stats);
        assert_int_equal(setenv("DSINSPECT_CPU", levels[l], 1), 0);
        part.n_outer -= half;
        part.data = (const float *)whole->data + half * plane;
        part.skip = whole->skip ? whole->skip + half * plane : NULL;
        part.first_sample += half / whole->n_outer_each;
        assert_int_equal(dsi_value_stats_add(stats, &part, NULL), DSI_OK);
        part = *whole;
        part.n_outer = half;
        assert_int_equal(dsi_value_stats_add(stats, &part, NULL), DSI_OK);
        for (uint64_t c = 0; c < n; c++)
            check_channel(stats, c, &expected[c]);
        assert_int_equal(dsi_value_stats_save(stats, &saved, NULL), DSI_OK);
        if (l > 0) {
            assert_int_equal(saved.n, first.n);
            assert_memory_equal(saved.data, first.data, first.n);
            dsi_bytes_free(&saved);
        } else {
            first = saved;
        }
        dsi_value_stats_free(stats);
    }
    unsetenv("DSINSPECT_CPU");
    dsi_bytes_free(&first);
    for (uint64_t c = 0; c < n; c++)
        dsi_exact_sum_free(&expected[c].sum);
    free(expected);
}

static void test_views(void **unused)
{
    (void)unused;
    for (size_t s = 0; s < N_SHAPES; s++)
        for (unsigned one_in = 0; one_in < 200; one_in = one_in * 13 + 1)
            for (size_t special = 0; special < 4; special++) {
                const uint64_t *shape = shapes[s];
                const size_t n = (size_t)(shape[0] * shape[1] * shape[2]);
                struct guarded values = guarded_make(n * sizeof(float));
                struct guarded skip = guarded_make(n);
                struct dsi_values view = {.dtype = float32,
                                          .data = values.first,
                                          .n_outer = shape[0],
                                          .n_channels = shape[1],
                                          .n_inner = shape[2],
                                          .first_sample = 5,
                                          .n_outer_each = 1 + s % 3,
                                          .times = 1};
                fill((float *)(void *)values.first, n, (enum kind)(s % ANY), one_in,
                     special);
                check_view(&view);
                for (size_t i = 0; i < n; i++)
                    skip.first[i] = draw_bits() % 4 == 0;
                view.skip = skip.first;
                check_view(&view);
                guarded_free(&values);
                guarded_free(&skip);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
