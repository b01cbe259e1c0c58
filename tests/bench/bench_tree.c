/* Loads every sample of the INPUTs as a scan for values does, and only looks at the
 * first byte of each: what opening, reading and decoding files cost, without any
 * check. Prints one line of JSON: the seconds of a scan of files that are not in memory
 * (as far as the system drops them when asked), the least seconds of 3 scans after it,
 * and what was delivered.
 *
 *     bench_tree THREADS INPUT... */
#include "scan.h"

#include <fcntl.h>
#include <ftw.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNS = 3 };

struct looked {
    uint64_t n_samples, n_lost, n_bytes;
    uint64_t sum; /* of first bytes */
};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)state;
    (void)dataset;
    (void)parameters;
    (void)err;
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct looked *looked = state;
    (void)err;
    looked->n_samples += block->n_samples;
    looked->n_lost += block->n_lost;
    if (block->n_value_rows) {
        looked->n_bytes +=
            block->n_value_rows * dsi_array_row_bytes(block->values_array);
        looked->sum += *(const uint8_t *)block->values;
    }
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct looked *a = into;
    const struct looked *b = from;
    (void)err;
    a->n_samples += b->n_samples;
    a->n_lost += b->n_lost;
    a->n_bytes += b->n_bytes;
    a->sum += b->sum;
    return DSI_OK;
}

static void destroy(void *state)
{
    (void)state;
}

static const struct dsi_check look = {.name = "look",
                                      .need = need,
                                      .state_size = sizeof(struct looked),
                                      .init = init,
                                      .update = update,
                                      .merge = merge,
                                      .destroy = destroy};

static enum dsi_status scan(const struct dsi_dataset *dataset, unsigned n_threads,
                            struct looked *looked, double *seconds,
                            struct dsi_error *err)
{
    struct dsi_check_run run = {.check = &look};
    const struct dsi_scan_options options = {.n_threads = n_threads};
    DSI_TRY(dsi_check_run_init(&run, dataset, err));
    double start = omp_get_wtime();
    enum dsi_status status = dsi_scan(dataset, &run, 1, &options, err);
    *seconds = omp_get_wtime() - start;
    *looked = *(struct looked *)run.state;
    dsi_check_run_free(&run);
    return status;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)walk;
    int fd = kind == FTW_F ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd >= 0) {
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    return 0;
}

static enum dsi_status bench(const struct dsi_dataset *dataset, unsigned n_threads,
                             struct dsi_error *err)
{
    struct looked looked;
    double cold, least = 0;
    DSI_TRY(scan(dataset, n_threads, &looked, &cold, err));
    for (int r = 0; r < RUNS; r++) {
        double seconds;
        DSI_TRY(scan(dataset, n_threads, &looked, &seconds, err));
        least = r == 0 || seconds < least ? seconds : least;
    }
    printf("{\"bench\":\"tree\",\"threads\":%u,\"samples\":%llu,\"lost\":%llu,"
           "\"megabytes\":%.1f,\"sum\":%llu,\"cold_s\":%.4f,\"min_s\":%.4f}\n",
           n_threads, (unsigned long long)looked.n_samples,
           (unsigned long long)looked.n_lost, (double)looked.n_bytes / 1e6,
           (unsigned long long)looked.sum, cold, least);
    return DSI_OK;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_tree THREADS INPUT...\n");
        return 2;
    }
    struct dsi_dataset dataset;
    struct dsi_report *report = dsi_report_new("bench_tree", NULL, 0);
    struct dsi_error err;
    const struct dsi_dataset_options options = {.need = DSI_NEED_VALUES,
                                                .open.limits = dsi_limits_default};
    if (!report)
        return 2;
    enum dsi_status status = dsi_dataset_open(&dataset, (const char *const *)argv + 2,
                                              (size_t)argc - 2, &options, report, &err);
    if (status == DSI_OK) {
        for (int i = 2; i < argc; i++)
            nftw(argv[i], drop, 32, 0);
        status = bench(&dataset, (unsigned)atoi(argv[1]), &err);
        dsi_dataset_close(&dataset);
    }
    if (status != DSI_OK)
        fprintf(stderr, "bench_tree: %s\n", err.message);
    dsi_report_free(report);
    return status == DSI_OK ? 0 : 2;
}
