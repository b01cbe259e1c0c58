/* The loops over pixels against their formulas, number by number, at every level of
 * vector instructions and at every length that ends otherwise, up to the last byte that
 * may be touched. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guarded.h"
#include "numbers.h"
#include "picture_scale.h"
#include "pixel_kernels.h"

enum { MAX_LENGTH = 101, LONG_LENGTH = 2100, MAX_WINDOWS = 3 };

static const enum dsi_cpu_level levels[] = {DSI_CPU_PORTABLE, DSI_CPU_AVX2,
                                            DSI_CPU_AVX512};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static bool works_here(enum dsi_cpu_level level)
{
    return level <= dsi_cpu_level();
}

/* Random bytes, or extremes alone. */
static void fill(struct guarded *g, bool is_extreme)
{
    for (size_t i = 0; i < g->n; i++)
        g->first[i] = (uint8_t)(is_extreme ? 0 - draw_bits() % 2 : draw_bits());
}

/* --- one row ------------------------------------------------------------------------
 */

static void check_split(enum dsi_cpu_level level, size_t n, bool is_extreme)
{
    struct guarded rgb = guarded_make(3 * n), to[3];
    uint8_t *planes[3];
    fill(&rgb, is_extreme);
    for (int c = 0; c < 3; c++) {
        to[c] = guarded_make(n);
        planes[c] = to[c].first;
    }
    dsi_pixels_split(level, rgb.first, n, planes);
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            assert_int_equal(planes[c][i], rgb.first[3 * i + (size_t)c]);
    for (int c = 0; c < 3; c++)
        guarded_free(&to[c]);
    guarded_free(&rgb);
}

static void check_sums(enum dsi_cpu_level level, size_t n, bool is_extreme)
{
    struct guarded from[3], weights = guarded_make(n * sizeof(uint32_t)),
                            luma = guarded_make(n);
    const uint8_t *planes[3];
    for (int c = 0; c < 3; c++) {
        from[c] = guarded_make(n);
        fill(&from[c], is_extreme);
        planes[c] = from[c].first;
    }
    dsi_pixels_weigh(level, planes, n, (void *)weights.first);
    dsi_pixels_luma(level, planes, n, luma.first);
    for (size_t i = 0; i < n; i++) {
        const unsigned r = planes[0][i], g = planes[1][i], b = planes[2][i];
        uint32_t weight;
        memcpy(&weight, weights.first + i * sizeof weight, sizeof weight);
        assert_int_equal(weight, 241 * r * r + 691 * g * g + 68 * b * b);
        assert_int_equal(luma.first[i],
                         (19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
    }
    for (int c = 0; c < 3; c++)
        guarded_free(&from[c]);
    guarded_free(&weights);
    guarded_free(&luma);
}

static int by_weight(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* One window of n pixels whose weights are told. */
static void check_window(const struct dsi_weight_window *window,
                         const uint32_t *weights, size_t n)
{
    uint32_t expected[LONG_LENGTH];
    size_t n_expected = 0;
    uint64_t n_below = 7;
    for (size_t i = 0; i < n; i++) {
        n_below += weights[i] < window->low;
        if (weights[i] >= window->low && weights[i] < window->high)
            expected[n_expected++] = weights[i];
    }
    assert_int_equal(window->n_below, n_below);
    assert_int_equal(window->n_kept, n_expected);
    qsort(expected, n_expected, sizeof *expected, by_weight);
    qsort(window->kept, n_expected, sizeof *expected, by_weight);
    assert_memory_equal(window->kept, expected, n_expected * sizeof *expected);
}

static void check_counts(const uint8_t *values, size_t n,
                         const struct dsi_byte_counts *counts)
{
    uint32_t expected[256] = {0};
    for (size_t i = 0; i < n; i++)
        expected[values[i]]++;
    for (size_t v = 0; v < 256; v++) {
        uint32_t sum = 0;
        for (int lane = 0; lane < DSI_BYTE_LANES; lane++)
            sum += counts->lanes[lane][v];
        assert_int_equal(sum, expected[v]);
    }
}

/* Windows of these bounds, as a call with n_windows of them fills them; bytes are
 * counted along with that, or not. */
static void check_windows(enum dsi_cpu_level level, const uint8_t *const planes[3],
                          size_t n, const uint32_t (*bounds)[2], size_t n_windows)
{
    struct guarded to[MAX_WINDOWS];
    struct dsi_weight_window windows[MAX_WINDOWS];
    struct dsi_byte_counts counts[3] = {0};
    uint32_t weights[LONG_LENGTH];
    const bool is_counted = draw_bits() % 2;
    dsi_pixels_weigh(DSI_CPU_PORTABLE, planes, n, weights);
    for (size_t w = 0; w < n_windows; w++) {
        to[w] = guarded_make((n + DSI_KEPT_SLACK) * sizeof(uint32_t));
        windows[w] = (struct dsi_weight_window){.low = bounds[w][0],
                                                .high = bounds[w][1],
                                                .n_below = 7,
                                                .kept = (void *)to[w].first};
    }
    dsi_pixels_sift(level, planes, n, windows, n_windows, is_counted ? counts : NULL);
    for (int c = 0; is_counted && c < 3; c++)
        check_counts(planes[c], n, &counts[c]);
    for (size_t w = 0; w < n_windows; w++) {
        check_window(&windows[w], weights, n);
        guarded_free(&to[w]);
    }
}

static void check_sift(enum dsi_cpu_level level, size_t n, bool is_extreme)
{
    static const uint32_t bounds[MAX_WINDOWS][2] = {
        {0, DSI_MAX_WEIGHT + 1}, {DSI_MAX_WEIGHT / 2, DSI_MAX_WEIGHT}, {5000, 6000000}};
    struct guarded from[3];
    const uint8_t *planes[3];
    for (int c = 0; c < 3; c++) {
        from[c] = guarded_make(n);
        fill(&from[c], is_extreme);
        planes[c] = from[c].first;
    }
    for (size_t n_windows = 0; n_windows <= MAX_WINDOWS; n_windows++)
        check_windows(level, planes, n, bounds, n_windows);
    for (int c = 0; c < 3; c++)
        guarded_free(&from[c]);
}

static void test_rows_of_every_length(void **state)
{
    (void)state;
    for (size_t l = 0; l < N_LEVELS && works_here(levels[l]); l++)
        for (size_t n = 1; n <= MAX_LENGTH; n++)
            for (int extreme = 0; extreme < 2; extreme++) {
                check_split(levels[l], n, extreme);
                check_sums(levels[l], n, extreme);
                check_sift(levels[l], n, extreme);
                check_sift(levels[l], LONG_LENGTH - n, extreme);
            }
}

/* Rows that are about as bright all along, below, between and above two windows that
 * come in either order. */
static void test_rows_outside_windows(void **state)
{
    (void)state;
    enum { N_PAIRS = 6 };
    static const uint32_t bounds[N_PAIRS][2][2] = {
        {{1000000, 3000000}, {50000000, DSI_MAX_WEIGHT + 1}},
        {{50000000, DSI_MAX_WEIGHT + 1}, {1000000, 3000000}},
        {{40000000, 50000000}, {45000000, 60000000}},
        {{10000, 1000000}, {20000, 20000}},
        {{0, 0}, {DSI_MAX_WEIGHT + 1, DSI_MAX_WEIGHT + 1}},
        {{10040256, 10040256}, {10040256, 10240000}}, /* of greys of 100.2 and 101.2 */
    };
    for (size_t l = 0; l < N_LEVELS && works_here(levels[l]); l++)
        for (unsigned grey = 0; grey < 256 - 4; grey++) {
            const size_t n = grey % 2 ? MAX_LENGTH : 64;
            struct guarded row = guarded_make(n);
            for (size_t i = 0; i < n; i++)
                row.first[i] = (uint8_t)(grey + draw_bits() % 4);
            for (size_t p = 0; p < N_PAIRS; p++)
                check_windows(levels[l],
                              (const uint8_t *const[]){row.first, row.first, row.first},
                              n, bounds[p], 2);
            guarded_free(&row);
        }
}

/* A window that begins or ends at the weight or close to it. */
static void draw_window_beside(uint32_t weight, uint32_t bounds[2])
{
    const uint32_t off = (uint32_t)draw_bits() % (draw_bits() % 2 ? 8000 : 2);
    const uint32_t at = draw_bits() % 2 && weight > off ? weight - off : weight + off;
    const uint32_t other[] = {0, at, at + 1, at + 2, INT32_MAX};
    const uint32_t end = other[draw_bits() % 5];
    bounds[0] = at < end ? at : end;
    bounds[1] = at < end ? end : at;
}

/* Rows of one colour, white the first of them. */
static void test_rows_beside_windows(void **state)
{
    (void)state;
    enum { N = 37, N_COLOURS = 2000 };
    for (size_t l = 0; l < N_LEVELS && works_here(levels[l]); l++)
        for (int i = 0; i < N_COLOURS; i++) {
            uint8_t rows[3][N];
            const uint8_t *const planes[3] = {rows[0], rows[1], rows[2]};
            uint32_t weight, bounds[2][2];
            for (int c = 0; c < 3; c++)
                memset(rows[c], i ? (int)(draw_bits() % 256) : 255, N);
            dsi_pixels_weigh(DSI_CPU_PORTABLE, planes, 1, &weight);
            draw_window_beside(weight, bounds[0]);
            draw_window_beside(weight, bounds[1]);
            check_windows(levels[l], planes, N, (const uint32_t(*)[2])bounds, 2);
        }
}

static void test_counts(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MAX_LENGTH; n++) {
        struct guarded values[3];
        const uint8_t *planes[3];
        struct dsi_byte_counts one = {0}, three[3] = {0};
        for (int c = 0; c < 3; c++) {
            values[c] = guarded_make(n);
            fill(&values[c], n % 2);
            planes[c] = values[c].first;
        }
        dsi_pixels_count(values[0].first, n, &one);
        check_counts(values[0].first, n, &one);
        dsi_pixels_count_three(planes, n, three);
        for (int c = 0; c < 3; c++) {
            check_counts(values[c].first, n, &three[c]);
            guarded_free(&values[c]);
        }
    }
}

static void test_shares_are_rounded(void **state)
{
    (void)state;
    for (unsigned x = 0; x < 256; x++)
        for (unsigned y = 0; y < 256; y++)
            assert_int_equal(dsi_byte_share(x, y), (2 * x * y + 255) / 510);
}

/* --- scaling ------------------------------------------------------------------------
 */

/* The weighted sum, of the weights as they are told. */
static int sum_at(const struct dsi_scaling *s, uint32_t out, const uint8_t *row)
{
    int64_t sum = 1 << 21;
    for (uint32_t k = 0; k < s->n_taps && s->first[out] + k < s->n_in; k++)
        sum +=
            (int64_t)s->weights[(size_t)out * s->n_taps + k] * row[s->first[out] + k];
    const int64_t value = sum >> 22;
    return value < 0 ? 0 : value > 255 ? 255 : (int)value;
}

/* Rows become columns: of fewer than are done at once, as many, and more. */
static void check_scaling(enum dsi_cpu_level level, enum dsi_scale_filter filter,
                          uint32_t n_in, uint32_t n_out)
{
    enum { N_ROWS = 21 };
    static const uint32_t counts[] = {1, 7, DSI_SCALE_ROWS, N_ROWS};
    const size_t step = n_in + DSI_SCALE_SLACK;
    struct dsi_scaling s;
    struct dsi_error err;
    assert_int_equal(dsi_scaling_make(&s, filter, n_in, n_out, &err), DSI_OK);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        const uint32_t n = counts[k];
        struct guarded rows = guarded_make(n * step), out = guarded_make(n * n_out);
        fill(&rows, (n_in + k) % 2);
        dsi_scale_rows(&s, level, rows.first, step, n, out.first, n);
        for (uint32_t r = 0; r < n; r++)
            for (uint32_t i = 0; i < n_out; i++)
                assert_int_equal(out.first[i * n + r],
                                 sum_at(&s, i, rows.first + r * step));
        guarded_free(&rows);
        guarded_free(&out);
    }
    dsi_scaling_free(&s);
}

static void test_scaling(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 5, 16, 17, 31, 64, 65, 100, 500};
    enum { N_SIZES = sizeof sizes / sizeof *sizes };
    for (size_t l = 0; l < N_LEVELS && works_here(levels[l]); l++)
        for (size_t i = 0; i < N_SIZES; i++)
            for (size_t k = 0; k < N_SIZES; k++) {
                check_scaling(levels[l], DSI_SCALE_BICUBIC, sizes[i], sizes[k]);
                check_scaling(levels[l], DSI_SCALE_LANCZOS, sizes[i], sizes[k]);
            }
}

/* Weights of each output come to one: a flat row stays what it is. */
static void test_flat_stays_flat(void **state)
{
    (void)state;
    uint8_t row[500 + 15], out[64];
    struct dsi_scaling s;
    struct dsi_error err;
    memset(row, 200, sizeof row);
    assert_int_equal(dsi_scaling_make(&s, DSI_SCALE_BICUBIC, 500, 64, &err), DSI_OK);
    dsi_scale_rows(&s, dsi_cpu_level(), row, sizeof row, 1, out, 1);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 200);
    dsi_scaling_free(&s);
}

/* Of a size that is to stay, every byte stays what it is. */
static void test_same_size_stays(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 64; n++)
        for (int filter = DSI_SCALE_BICUBIC; filter <= DSI_SCALE_LANCZOS; filter++) {
            uint8_t row[64 + DSI_SCALE_SLACK] = {0}, out[64];
            struct dsi_scaling s;
            struct dsi_error err;
            for (uint32_t i = 0; i < n; i++)
                row[i] = (uint8_t)draw_bits();
            assert_int_equal(
                dsi_scaling_make(&s, (enum dsi_scale_filter)filter, n, n, &err),
                DSI_OK);
            dsi_scale_rows(&s, dsi_cpu_level(), row, sizeof row, 1, out, 1);
            assert_memory_equal(out, row, n);
            dsi_scaling_free(&s);
        }
}

/* What was asked for lately is kept, also when it was not made lately. */
static void test_scalings_are_kept(void **state)
{
    (void)state;
    struct dsi_scalings scalings = {0};
    struct dsi_scaling *first, *again, *other;
    struct dsi_error err;
    assert_int_equal(dsi_scalings_get(&scalings, DSI_SCALE_BICUBIC, 9, 4, &first, &err),
                     DSI_OK);
    const uint32_t *weights = first->first;
    for (uint32_t n = 10; n < 100; n++) {
        assert_int_equal(
            dsi_scalings_get(&scalings, DSI_SCALE_BICUBIC, n, 4, &other, &err), DSI_OK);
        assert_int_equal(other->n_in, n);
        assert_int_equal(
            dsi_scalings_get(&scalings, DSI_SCALE_BICUBIC, 9, 4, &again, &err), DSI_OK);
        assert_ptr_equal(again, first);
        assert_ptr_equal(again->first, weights);
    }
    dsi_scalings_free(&scalings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_every_length),
        cmocka_unit_test(test_rows_outside_windows),
        cmocka_unit_test(test_rows_beside_windows),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_shares_are_rounded),
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_flat_stays_flat),
        cmocka_unit_test(test_same_size_stays),
        cmocka_unit_test(test_scalings_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
