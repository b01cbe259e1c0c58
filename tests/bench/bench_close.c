/* bench_close: how fast blocks are compared. JSON, one line a measurement.
 *
 * Both sides in the second cache, again and again, at every level the machine has;
 * GB/s of both sides together, the median of 7. b is a with one number in 1000 off by
 * more than the tolerances, or all of them off by less, or the same bytes. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "close.h"

enum { BYTES = 1 << 18, REPEAT = 7, TIMES = 200 };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum likeness { SAME, NEAR, SOME };
static const char *const likeness_names[] = {"same", "near", "some"};

/* Bits that are a number from 1 to 2, or small integers. */
static void fill(struct dsi_dtype dtype, uint8_t *a, uint8_t *b, enum likeness like)
{
    static const uint8_t tops[] = {0, 0, 0x3c, 0, 0x3f, 0, 0, 0, 0x3f};
    const size_t size = dtype.size;
    uint64_t state = 1;
    for (size_t i = 0; i < BYTES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        a[i] = (uint8_t)(state >> 40);
        if (dtype.kind == DSI_FLOAT && i % size == size - 1)
            a[i] = tops[size];
        if (dtype.kind == DSI_FLOAT && size > 2 && i % size == size - 2)
            a[i] = (uint8_t)((size == 4 ? 0x80 : 0xf0) | (a[i] & 15));
    }
    memcpy(b, a, BYTES);
    for (size_t i = 0; i < BYTES / size; i++)
        if (like == NEAR || (like == SOME && i % 1000 == 500))
            b[i * size + (like == SOME && size > 2 ? size - 2 : 0)] ^= 2;
}

static void time_runs(struct dsi_dtype dtype, const uint8_t *a, const uint8_t *b,
                      enum likeness like, bool measures, enum dsi_cpu_level level)
{
    static const char *const level_names[] = {"portable", "avx2", "avx512"};
    const struct dsi_close_rule rule = {.rtol = 1e-5, .atol = 1e-8};
    const int n_times = level == DSI_CPU_PORTABLE ? 4 : TIMES;
    double times[REPEAT];
    char name[DSI_DTYPE_NAME_SIZE];
    struct dsi_close close;
    struct dsi_closeness all;
    if (dsi_close_init(&close, dtype, dtype, &rule, measures, false, level, NULL) !=
        DSI_OK)
        exit(1);
    for (int r = 0; r < REPEAT; r++) {
        const double start = omp_get_wtime();
        dsi_closeness_init(&all);
        for (int k = 0; k < n_times; k++)
            dsi_close_run(&close, a, 1, b, 1, (uint64_t)k * BYTES, BYTES / dtype.size,
                          &all);
        times[r] = (omp_get_wtime() - start) / n_times;
    }
    qsort(times, REPEAT, sizeof *times, by_value);
    printf("{\"bench\":\"close\",\"dtype\":\"%s\",\"mode\":\"%s\",\"level\":\"%s\","
           "\"data\":\"%s\",\"n_diff\":%llu,\"gb_per_s\":%.2f}\n",
           dsi_dtype_name(dtype, name), measures ? "measure" : "judge",
           level_names[level], likeness_names[like], (unsigned long long)all.n_diff,
           2. * BYTES / times[REPEAT / 2] / 1e9);
}

int main(void)
{
    static const struct dsi_dtype dtypes[] = {
        {.kind = DSI_FLOAT, .size = 4}, {.kind = DSI_FLOAT, .size = 8},
        {.kind = DSI_FLOAT, .size = 2}, {.kind = DSI_UINT, .size = 1},
        {.kind = DSI_INT, .size = 2},   {.kind = DSI_INT, .size = 4},
        {.kind = DSI_INT, .size = 8},
    };
    uint8_t *a = malloc(BYTES), *b = malloc(BYTES);
    if (!a || !b)
        return 1;
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++)
        for (int like = SAME; like <= SOME; like++) {
            fill(dtypes[d], a, b, (enum likeness)like);
            for (int level = (int)dsi_cpu_level(); level >= (int)DSI_CPU_PORTABLE;
                 level--)
                for (int measures = 0; measures < 2; measures++)
                    time_runs(dtypes[d], a, b, (enum likeness)like, measures,
                              (enum dsi_cpu_level)level);
        }
    free(a);
    free(b);
    return 0;
}
