/* The inner loops of order statistics against one value at a time, at every level that
 * the machine has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "key_kernels.h"
#include "numbers.h"
#include "value_key.h"

enum { MAX = 700, MAX_TARGETS = 14 };

static const size_t lengths[] = {0,  1,  3,  4,   31,  32,  33,
                                 63, 64, 65, 127, 128, 500, MAX};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

static void test_bins(void **state)
{
    static const struct dsi_dtype dtypes[] = {
        {.kind = DSI_BOOL, .size = 1},  {.kind = DSI_UINT, .size = 1},
        {.kind = DSI_INT, .size = 1},   {.kind = DSI_INT, .size = 2},
        {.kind = DSI_FLOAT, .size = 2}, {.kind = DSI_BFLOAT, .size = 2},
        {.kind = DSI_UINT, .size = 4},  {.kind = DSI_INT, .size = 4},
        {.kind = DSI_FLOAT, .size = 4}, {.kind = DSI_INT, .size = 8},
        {.kind = DSI_FLOAT, .size = 8},
    };
    (void)state;
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++)
        for (size_t i = 0; i < N_LENGTHS; i++) {
            const struct dsi_dtype dtype = dtypes[d];
            const size_t n = lengths[i];
            const unsigned key_bits = dsi_key_bits(dtype);
            const struct dsi_key_form form =
                dsi_key_form(dtype, key_bits < 12 ? key_bits : 12);
            uint64_t values[MAX];
            uint16_t bins[MAX];
            for (size_t k = 0; k < MAX; k++)
                values[k] = draw_bits() & draw_bits();
            for (int level = 0; level <= (int)dsi_cpu_level(); level++) {
                dsi_key_bins((enum dsi_cpu_level)level, &form, values, n, bins);
                for (size_t k = 0; k < n; k++) {
                    const uint64_t key =
                        dsi_key_of(dtype, (uint8_t *)values + k * dtype.size);
                    assert_int_equal(bins[k], dsi_key_is_nan(dtype, key)
                                                  ? form.nan_bin
                                                  : key >> form.shift);
                }
            }
        }
}

/* Few different bins, so that some match, and a few lengths of a period. */
static void test_matches(void **state)
{
    static const size_t periods[] = {32, 33, 48, 60, 64, 99};
    (void)state;
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++)
        for (size_t n_targets = 1; n_targets <= MAX_TARGETS; n_targets++)
            for (size_t i = 0; i < N_LENGTHS; i++) {
                const size_t n = lengths[i], period = periods[p];
                uint16_t bins[MAX], marks[MAX], targets[MAX_TARGETS * 99];
                for (size_t k = 0; k < MAX; k++)
                    bins[k] = (uint16_t)(draw_bits() % 64 * 1024);
                for (size_t k = 0; k < n_targets * period; k++)
                    targets[k] = (uint16_t)(draw_bits() % 64 * 1024);
                for (int level = 0; level <= (int)dsi_cpu_level(); level++) {
                    dsi_key_matches((enum dsi_cpu_level)level, bins, n, targets, period,
                                    n_targets, marks);
                    for (size_t k = 0; k < n; k++) {
                        bool is_wanted = false;
                        for (size_t t = 0; t < n_targets; t++)
                            is_wanted |= bins[k] == targets[t * period + k % period];
                        assert_int_equal(marks[k] != 0, is_wanted);
                    }
                }
            }
}

/* From none to all, listed apart and over the marks themselves. */
static void test_marked(void **state)
{
    (void)state;
    for (unsigned share = 0; share <= 16; share++)
        for (size_t i = 0; i < N_LENGTHS; i++) {
            const size_t n = lengths[i];
            uint16_t marks[MAX] = {0}, places[MAX], hits[MAX];
            size_t n_places = 0;
            for (size_t k = 0; k < n; k++) {
                marks[k] =
                    draw_bits() % 16 < share ? (uint16_t)(1 + draw_bits() % 65535) : 0;
                if (marks[k])
                    places[n_places++] = (uint16_t)k;
            }
            for (int level = 0; level <= (int)dsi_cpu_level(); level++)
                for (int over = 0; over < 2; over++) {
                    memcpy(hits, marks, sizeof hits);
                    assert_int_equal(dsi_key_marked((enum dsi_cpu_level)level,
                                                    over ? hits : marks, n, hits),
                                     n_places);
                    assert_memory_equal(hits, places, n_places * sizeof *hits);
                }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
