/* bench_fold: how fast values become counts, extremes and sums. JSON, one line a
 * measurement, the best of REPEAT, one thread.
 *
 * In cache: the kernel over tiles of 30 columns of float32, and adding one block of
 * 128 KiB again and again; and blocks of 1 MiB in turn, of 32 MiB. The block's values
 * stand in columns, in planes (n_inner 4,096), or are of one channel; plain ones are
 * normal, others have some NaN, or many tiny ones. DSINSPECT_CPU=portable|avx2|avx512
 * asks for a lower level. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "float_lanes.h"
#include "value_stats.h"

enum {
    SMALL = 1 << 17, /* bytes */
    LARGE = 1 << 20,
    N_LARGE = 32,
    TIMES = 256, /* that a small block is added */
    REPEAT = 5,
};

static double unit(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 0x1p31;
}

enum filling { NORMAL, WITH_NAN, TINY, N_FILLINGS };
static const char *const filling_names[] = {"normal", "nan", "tiny"};

static double draw(enum filling filling)
{
    const double x = sqrt(-2 * log(unit())) * cos(6.2831853 * unit());
    if (filling == WITH_NAN && unit() < 0.1)
        return NAN;
    return filling == TINY && unit() < 0.1 ? x * 1e-12 : x;
}

static void must(bool is_so)
{
    if (!is_so)
        exit(1);
}

static const struct {
    const char *name;
    struct dsi_dtype dtype;
} types[] = {
    {"float32", {.kind = DSI_FLOAT, .size = 4}},
    {"float64", {.kind = DSI_FLOAT, .size = 8}},
    {"float16", {.kind = DSI_FLOAT, .size = 2}},
    {"int16", {.kind = DSI_INT, .size = 2}},
    {"int32", {.kind = DSI_INT, .size = 4}},
    {"int64", {.kind = DSI_INT, .size = 8}},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* Integers are thousandths. */
static void put(void *to, size_t i, struct dsi_dtype dtype, double x)
{
    uint64_t bits = 0;
    const double value = dtype.kind == DSI_FLOAT ? x : isnan(x) ? 0 : round(1000 * x);
    must(dsi_key_bits_of_double(dtype, value, &bits));
    memcpy((char *)to + i * dtype.size, &bits, dtype.size);
}

static void print(const char *what, const char *type, const char *filling,
                  uint64_t n_channels, uint64_t n_inner, double n_bytes, double seconds,
                  size_t size)
{
    printf("{\"bench\":\"%s\",\"dtype\":\"%s\",\"values\":\"%s\",\"channels\":%llu,"
           "\"inner\":%llu,\"gb_per_s\":%.2f,\"ns_per_value\":%.3f}\n",
           what, type, filling, (unsigned long long)n_channels,
           (unsigned long long)n_inner, n_bytes / seconds / 1e9,
           seconds * 1e9 / (n_bytes / (double)size));
}

static void time_kernel(const float *values, enum filling filling)
{
    enum { WIDTH = 120, N = DSI_LANE_ROWS * WIDTH };
    const enum dsi_cpu_level level = dsi_cpu_level();
    double best = INFINITY;
    struct dsi_float_lanes lanes;
    dsi_float_lanes_start(&lanes);
    for (int r = 0; r < REPEAT; r++) {
        const double start = omp_get_wtime();
        for (int k = 0; k < TIMES; k++)
            for (size_t at = 0; at < WIDTH; at += DSI_LANES)
                dsi_float_lanes_add(level, &lanes, values + at, DSI_LANE_ROWS, WIDTH,
                                    0);
        best = fmin(best, omp_get_wtime() - start);
    }
    print("kernel", "float32", filling_names[filling], 30, 1,
          (double)N * TIMES * sizeof *values, best, sizeof *values);
}

static void time_view(const void *data, size_t type, enum filling filling,
                      uint64_t n_channels, uint64_t n_inner, bool is_large)
{
    const struct dsi_dtype dtype = types[type].dtype;
    const size_t n_bytes = is_large ? LARGE : SMALL;
    const size_t n_blocks = is_large ? N_LARGE : 1, n_times = is_large ? 1 : TIMES;
    const size_t plane = (size_t)(n_channels * n_inner) * dtype.size;
    const size_t n_outer = n_bytes / plane ? n_bytes / plane : 1;
    struct dsi_values view = {.dtype = dtype,
                              .n_outer = n_outer,
                              .n_channels = n_channels,
                              .n_inner = n_inner,
                              .n_outer_each = 1,
                              .times = 1};
    double best = INFINITY;
    for (int r = 0; r < REPEAT; r++) {
        struct dsi_value_stats *stats = dsi_value_stats_new(dtype, n_channels);
        must(stats != NULL);
        const double start = omp_get_wtime();
        for (size_t k = 0; k < n_times; k++)
            for (size_t b = 0; b < n_blocks; b++) {
                view.data = (const char *)data + b * n_bytes;
                view.first_sample = (k * n_blocks + b) * n_outer;
                must(dsi_value_stats_add(stats, &view, NULL) == DSI_OK);
            }
        best = fmin(best, omp_get_wtime() - start);
        dsi_value_stats_free(stats);
    }
    print(is_large ? "blocks" : "in cache", types[type].name, filling_names[filling],
          n_channels, n_inner, (double)(n_outer * plane * n_blocks * n_times), best,
          dtype.size);
}

int main(void)
{
    static const uint64_t layouts[][2] = {{30, 1}, {784, 1}, {3, 1}, {1, 1}, {3, 4096}};
    void *data = malloc((size_t)N_LARGE * LARGE);
    must(data != NULL);
    for (size_t t = 0; t < N_TYPES; t++)
        for (enum filling f = NORMAL; f < N_FILLINGS; f++) {
            const size_t n = (size_t)N_LARGE * LARGE / types[t].dtype.size;
            if (f != NORMAL && types[t].dtype.kind != DSI_FLOAT)
                continue;
            for (size_t i = 0; i < n; i++)
                put(data, i, types[t].dtype, draw(f));
            if (t == 0)
                time_kernel(data, f);
            for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++)
                for (int is_large = 0; is_large < 2; is_large++)
                    time_view(data, t, f, layouts[l][0], layouts[l][1], is_large);
        }
    free(data);
    return 0;
}
