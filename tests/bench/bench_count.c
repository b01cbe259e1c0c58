/* bench_count [FILE.npy]: how fast labels are counted. JSON, one line a measurement.
 *
 * In cache: each kernel over 1 MiB of labels again and again. With a file of int64
 * labels (128 bytes of header): reading and counting it with 1 MiB blocks and two
 * threads, in turn with reading and summing it, medians of 7 and their ratio. */
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "class_table.h"
#include "count_kernels.h"

enum { BLOCK = 1 << 20, REPEAT = 7, HEADER = 128, THREADS = 2 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times)
{
    qsort(times, REPEAT, sizeof *times, by_value);
    return times[REPEAT / 2];
}

enum pattern { CONSTANT, ZIPF, UNIFORM, SORTED };
static const char *const pattern_names[] = {"constant", "zipf", "uniform", "sorted"};

static void fill(uint64_t *labels, size_t n, enum pattern pattern, uint64_t n_classes)
{
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t random = state >> 33;
        double unit = ((double)random + 1) / 0x1p31;
        uint64_t zipf = (uint64_t)exp(unit * log((double)n_classes));
        labels[i] = pattern == CONSTANT  ? 0
                    : pattern == ZIPF    ? (zipf < n_classes ? zipf : n_classes - 1)
                    : pattern == UNIFORM ? random % n_classes
                                         : i * n_classes / n;
    }
}

/* Times adding one block to a table, flush and all. */
static void time_adds(struct dsi_dtype dtype, const char *name, const void *values,
                      size_t n, enum pattern pattern, uint64_t n_classes)
{
    double times[REPEAT];
    struct dsi_class_table *table = dsi_class_table_new(100000);
    for (int r = 0; r < REPEAT; r++) {
        double start = omp_get_wtime();
        for (uint64_t k = 0; k < 64; k++)
            if (!table ||
                dsi_class_table_add(table, dtype, values, n, k * n, NULL) != DSI_OK)
                exit(1);
        times[r] = (omp_get_wtime() - start) / 64;
    }
    dsi_class_table_free(table);
    double t = median(times);
    printf("{\"bench\":\"count\",\"dtype\":\"%s\",\"labels\":\"%s\",\"classes\":%llu,"
           "\"gb_per_s\":%.2f,\"g_labels_per_s\":%.3f}\n",
           name, pattern_names[pattern], (unsigned long long)n_classes,
           (double)n * dtype.size / t / 1e9, (double)n / t / 1e9);
}

static void in_cache(void)
{
    const size_t n = BLOCK / sizeof(uint64_t);
    uint64_t *wide = malloc(BLOCK);
    uint32_t *half = malloc(BLOCK);
    uint16_t *quarter = malloc(BLOCK);
    uint8_t *eighth = malloc(BLOCK);
    if (!wide || !half || !quarter || !eighth)
        exit(1);
    for (int p = CONSTANT; p <= SORTED; p++)
        for (uint64_t n_classes = 10; n_classes <= 65536;
             n_classes = n_classes == 10     ? 1000
                         : n_classes == 1000 ? 65536
                                             : 65537) {
            fill(wide, n, (enum pattern)p, n_classes);
            for (size_t i = 0; i < n; i++) {
                half[i] = (uint32_t)wide[i];
                quarter[i] = (uint16_t)wide[i];
                eighth[i] = (uint8_t)wide[i];
            }
            time_adds((struct dsi_dtype){.kind = DSI_INT, .size = 8}, "int64", wide, n,
                      (enum pattern)p, n_classes);
            time_adds((struct dsi_dtype){.kind = DSI_INT, .size = 4}, "int32", half, n,
                      (enum pattern)p, n_classes);
            time_adds((struct dsi_dtype){.kind = DSI_UINT, .size = 2}, "uint16",
                      quarter, n, (enum pattern)p, n_classes);
            time_adds((struct dsi_dtype){.kind = DSI_UINT, .size = 1}, "uint8", eighth,
                      n, (enum pattern)p, n_classes);
        }
    free(wide);
    free(half);
    free(quarter);
    free(eighth);
}

static uint64_t sum_words(const uint64_t *words, size_t n)
{
    uint64_t lanes[4] = {0};
    for (size_t i = 0; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            lanes[k] += words[i + k];
    return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

/* Reads every block of the file; counts it when there are tables, else sums it. */
static double pass(int fd, off_t n_bytes, struct dsi_class_table **tables)
{
    double start = omp_get_wtime();
    uint64_t sum = 0;
    const struct dsi_dtype int64 = {.kind = DSI_INT, .size = 8};
#pragma omp parallel num_threads(THREADS) reduction(+ : sum)
    {
        uint64_t *block = aligned_alloc(4096, BLOCK);
#pragma omp for schedule(dynamic, 1)
        for (off_t at = HEADER; at < n_bytes; at += BLOCK) {
            ssize_t got = block ? pread(fd, block, BLOCK, at) : -1;
            if (got < 0)
                exit(1);
            size_t n = (size_t)got / sizeof *block;
            if (!tables)
                sum += sum_words(block, n);
            else if (dsi_class_table_add(tables[omp_get_thread_num()], int64, block, n,
                                         (uint64_t)(at - HEADER) / 8, NULL) != DSI_OK)
                exit(1);
        }
        free(block);
    }
    double seconds = omp_get_wtime() - start;
    return sum == 1 ? seconds + 1e-9 : seconds; /* so that the sum is computed */
}

static double count_file(int fd, off_t n_bytes, uint64_t *n_classes)
{
    double start = omp_get_wtime();
    struct dsi_class_table *tables[THREADS];
    for (int i = 0; i < THREADS; i++)
        tables[i] = dsi_class_table_new(1000000);
    pass(fd, n_bytes, tables);
    for (int i = 1; i < THREADS; i++)
        if (dsi_class_table_merge(tables[0], tables[i], NULL) != DSI_OK)
            exit(1);
    *n_classes = dsi_class_table_n(tables[0]);
    for (int i = 0; i < THREADS; i++)
        dsi_class_table_free(tables[i]);
    return omp_get_wtime() - start;
}

static int from_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t n_bytes = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    if (n_bytes <= HEADER) {
        perror(path);
        return 2;
    }
    double counting[REPEAT], reading[REPEAT];
    uint64_t n_classes = 0;
    for (int r = 0; r < REPEAT; r++) {
        reading[r] = pass(fd, n_bytes, NULL);
        counting[r] = count_file(fd, n_bytes, &n_classes);
    }
    close(fd);
    double read_s = median(reading), count_s = median(counting);
    printf("{\"bench\":\"count_file\",\"bytes\":%lld,\"classes\":%llu,\"threads\":%d,"
           "\"read_s\":%.4f,\"count_s\":%.4f,\"ratio\":%.3f}\n",
           (long long)n_bytes, (unsigned long long)n_classes, THREADS, read_s, count_s,
           count_s / read_s);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return from_file(argv[1]);
    in_cache();
    return 0;
}
