/* Undoing PNG's filters against the standard's formulas (ISO/IEC 15948, 9.2), byte by
 * byte, for every filter after every other, up to the last byte that may be touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guarded.h"
#include "numbers.h"
#include "png_unfilter.h"

enum { MAX_WIDTH = 70, MAX_ROWS = 40 };

static int paeth(int a, int b, int c)
{
    const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* What a byte of the row was guessed to be. */
static int guess(unsigned filter, int a, int b, int c)
{
    switch (filter) {
    case 1:
        return a;
    case 2:
        return b;
    case 3:
        return (a + b) / 2;
    case 4:
        return paeth(a, b, c);
    default:
        return 0;
    }
}

static void filter_rows(const uint8_t *rows, size_t n_rows, size_t n, size_t pixel,
                        uint8_t *filtered)
{
    for (size_t r = 0; r < n_rows; r++) {
        const unsigned drawn = (unsigned)(draw_bits() % 7);
        const unsigned filter = drawn > 4 ? 4 : drawn; /* Paeth's most often */
        *filtered++ = (uint8_t)filter;
        for (size_t i = 0; i < n; i++) {
            const int a = i < pixel ? 0 : rows[r * n + i - pixel];
            const int b = r ? rows[(r - 1) * n + i] : 0;
            const int c = r && i >= pixel ? rows[(r - 1) * n + i - pixel] : 0;
            *filtered++ = (uint8_t)(rows[r * n + i] - guess(filter, a, b, c));
        }
    }
}

static void check(size_t width, size_t n_rows, unsigned pixel, bool is_smooth)
{
    static uint8_t rows[MAX_WIDTH * 4 * MAX_ROWS];
    const size_t n = width * pixel;
    for (size_t i = 0; i < n * n_rows; i++)
        rows[i] = (uint8_t)(is_smooth ? 128 + draw_bits() % 3 : draw_bits());
    struct guarded g = guarded_make((n + 1) * n_rows);
    uint8_t *kept = malloc(g.n);
    assert_non_null(kept);
    filter_rows(rows, n_rows, n, pixel, kept);
    for (size_t w = 0; w < dsi_n_unfilter_ways; w++) {
        if (!dsi_unfilter_ways[w].works_here())
            continue;
        memcpy(g.first, kept, g.n);
        assert_true(dsi_unfilter_ways[w].run(g.first, n_rows, n, pixel));
        assert_memory_equal(g.first, rows, n * n_rows);
    }
    free(kept);
    guarded_free(&g);
}

static void test_every_width(void **unused)
{
    (void)unused;
    for (unsigned pixel = 1; pixel <= 4; pixel++)
        for (size_t width = 1; width <= MAX_WIDTH; width++)
            for (int smooth = 0; smooth < 2; smooth++) {
                check(width, MAX_ROWS, pixel, smooth);
                check(width, 1, pixel, smooth);
                check(width, 2, pixel, smooth);
            }
}

static void test_unknown_filter(void **unused)
{
    (void)unused;
    for (size_t w = 0; w < dsi_n_unfilter_ways; w++) {
        uint8_t bytes[] = {0, 1, 2, 3, 5, 1, 2, 3};
        if (dsi_unfilter_ways[w].works_here())
            assert_false(dsi_unfilter_ways[w].run(bytes, 2, 3, 3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_unknown_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
