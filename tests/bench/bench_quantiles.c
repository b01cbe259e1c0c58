/* bench_quantiles [FILE.npy]: how fast order statistics find their bins and keys. JSON,
 * one line a measurement, the best of REPEAT, one thread.
 *
 * 32 MiB of float32 in blocks of 1 MiB or 256 rows, each pass over it 4 times: normal,
 * all zeros, or multiples of 1/256 as pictures have them; in columns, in planes
 * (n_inner 4,096), or alone. First pass, and second pass after the percentiles 1, 5,
 * 25, 50, 75, 95, 99. With a file of
 * float32 rows (128 bytes of header, 30 columns) the same over its first 512 MiB, read
 * before. DSINSPECT_CPU=portable|avx2|avx512 asks for a lower level. */
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quantiles.h"

enum {
    BLOCK = 262144,
    BLOCKS = 32,
    MIN_ROWS = 256,
    TIMES = 4,
    REPEAT = 3,
    HEADER = 128,
    FILE_COLUMNS = 30
};

static const struct dsi_dtype float32 = {.kind = DSI_FLOAT, .size = 4};

enum pattern { NORMAL, ZEROS, PICTURE, N_PATTERNS };
static const char *const pattern_names[] = {"normal", "zeros", "picture", "file"};

static double unit(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 0x1p31;
}

static void fill(float *values, size_t n, enum pattern pattern)
{
    for (size_t i = 0; i < n; i++)
        values[i] = pattern == NORMAL
                        ? (float)(sqrt(-2 * log(unit())) * cos(6.2831853 * unit()))
                    : pattern == ZEROS ? 0
                    : unit() < 0.5     ? 0
                                       : (float)(floor(unit() * 256) / 256);
}

static void must(bool is_so)
{
    if (!is_so)
        exit(1);
}

struct layout {
    uint64_t n_channels, n_inner;
};

/* All whole rows of the blocks. Returns how many values. */
static uint64_t add(struct dsi_quantiles *quantiles, const float *values, size_t n,
                    struct layout layout)
{
    uint64_t n_added = 0;
    const size_t row = (size_t)(layout.n_channels * layout.n_inner);
    const size_t n_rows = BLOCK / row > MIN_ROWS ? BLOCK / row : MIN_ROWS;
    for (size_t at = 0; at + n_rows * row <= n; at += n_rows * row) {
        const struct dsi_values view = {.dtype = float32,
                                        .data = values + at,
                                        .n_outer = n_rows,
                                        .n_channels = layout.n_channels,
                                        .n_inner = layout.n_inner,
                                        .n_outer_each = 1,
                                        .times = 1};
        must(dsi_quantiles_add(quantiles, &view, NULL) == DSI_OK);
        n_added += n_rows * row;
    }
    return n_added;
}

static void want_all(struct dsi_quantiles *quantiles, uint64_t n_channels)
{
    static const double percents[] = {1, 5, 25, 50, 75, 95, 99};
    for (uint64_t c = 0; c < n_channels; c++) {
        const uint64_t n = dsi_quantiles_n(quantiles, c);
        for (size_t i = 0; n && i < sizeof percents / sizeof *percents; i++) {
            uint64_t rank;
            (void)dsi_percentile_rank(percents[i], n, &rank);
            must(dsi_quantiles_want(quantiles, c, rank, NULL) == DSI_OK);
            if (rank + 1 < n)
                must(dsi_quantiles_want(quantiles, c, rank + 1, NULL) == DSI_OK);
        }
    }
}

static void measure(const float *values, size_t n, int n_times, const char *name,
                    struct layout layout)
{
    double best[2] = {INFINITY, INFINITY}, ending[2] = {INFINITY, INFINITY};
    uint64_t n_added = 0;
    unsigned n_passes = 0;
    for (int r = 0; r < REPEAT; r++) {
        struct dsi_quantiles *quantiles = dsi_quantiles_new(
            float32, layout.n_channels, dsi_quantiles_first_bits(layout.n_channels));
        must(quantiles != NULL);
        bool more = true;
        for (n_passes = 0; more; n_passes++) {
            double start = omp_get_wtime();
            n_added = 0;
            for (int i = 0; i < n_times; i++)
                n_added += add(quantiles, values, n, layout);
            const double middle = omp_get_wtime();
            if (n_passes == 0)
                want_all(quantiles, layout.n_channels);
            must(dsi_quantiles_next(quantiles, &more, NULL) == DSI_OK);
            const double end = omp_get_wtime();
            if (n_passes < 2) {
                best[n_passes] = fmin(best[n_passes], middle - start);
                ending[n_passes] = fmin(ending[n_passes], end - middle);
            }
        }
        dsi_quantiles_free(quantiles);
    }
    printf(
        "{\"bench\":\"quantiles\",\"values\":\"%s\",\"channels\":%llu,\"inner\":%llu,"
        "\"passes\":%u,\"first_ns\":%.3f,\"second_ns\":%.3f,\"first_end_ms\":%.2f,"
        "\"second_end_ms\":%.2f}\n",
        name, (unsigned long long)layout.n_channels, (unsigned long long)layout.n_inner,
        n_passes, best[0] / (double)n_added * 1e9, best[1] / (double)n_added * 1e9,
        ending[0] * 1e3, ending[1] * 1e3);
}

static int from_file(const char *path)
{
    const size_t n = (size_t)128 << 20;
    float *values = malloc(n * sizeof *values);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t got = 0;
    ssize_t part = 1;
    if (!values || fd < 0) {
        perror(path);
        return 2;
    }
    while (part > 0 && got < n * sizeof *values) {
        part = pread(fd, (uint8_t *)values + got, n * sizeof *values - got,
                     (off_t)(HEADER + got));
        got += part > 0 ? (size_t)part : 0;
    }
    close(fd);
    measure(values, got / sizeof *values, 1, "file", (struct layout){FILE_COLUMNS, 1});
    free(values);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct layout layouts[] = {{1, 1},     {3, 1},    {8, 1},   {30, 1},
                                            {100, 1},   {256, 1},  {784, 1}, {4096, 1},
                                            {20000, 1}, {3, 4096}, {64, 49}, {64, 9}};
    if (argc > 1)
        return from_file(argv[1]);
    const size_t n = (size_t)BLOCK * BLOCKS;
    float *values = malloc(n * sizeof *values);
    must(values != NULL);
    for (int p = 0; p < N_PATTERNS; p++) {
        fill(values, n, (enum pattern)p);
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
            measure(values, n, TIMES, pattern_names[p], layouts[i]);
    }
    free(values);
    return 0;
}
