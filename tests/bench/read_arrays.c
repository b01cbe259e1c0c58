/* Reads every array of a file with the project's readers on N threads, and looks at the
 * first byte of each read: what opening and decoding cost, without any check. An array
 * that must be read in order is one thread's; of the others a block is. Prints the
 * median seconds of 5 runs, and the bytes delivered.
 *
 *     read_arrays THREADS FILE */
#include "reader.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 5, BLOCK_BYTES = 1 << 19 };

struct job {
    size_t array;
    uint64_t first, n, step; /* rows [first, first + n), step at a time */
};

struct jobs {
    struct job *jobs;
    size_t n;
};

static void fail(const struct dsi_error *err)
{
    fprintf(stderr, "read_arrays: %s\n", err->message);
    exit(2);
}

static uint64_t rows_per_read(const struct dsi_array *array)
{
    uint64_t n = BLOCK_BYTES / (dsi_array_row_bytes(array) + 1) + 1;
    uint64_t together = array->n_rows_together;
    return together > 1 ? (n + together - 1) / together * together : n;
}

static void add_job(struct jobs *jobs, struct job job)
{
    jobs->jobs = realloc(jobs->jobs, (jobs->n + 1) * sizeof job);
    if (!jobs->jobs)
        exit(2);
    jobs->jobs[jobs->n++] = job;
}

/* Those in order first, for they take longest. */
static void plan(const struct dsi_file *file, struct jobs *jobs)
{
    for (int in_order = 1; in_order >= 0; in_order--)
        for (size_t a = 0; a < file->n_arrays; a++) {
            const struct dsi_array *array = &file->arrays[a];
            uint64_t n_rows = dsi_array_n_rows(array), step = rows_per_read(array);
            uint64_t size = in_order ? n_rows : step;
            for (uint64_t at = 0; at < n_rows && array->sequential == in_order;
                 at += size) {
                uint64_t left = n_rows - at;
                add_job(jobs, (struct job){a, at, left < size ? left : size, step});
            }
        }
}

static uint64_t run_job(struct dsi_file *file, const struct job *job,
                        struct dsi_rows *rows)
{
    struct dsi_error err;
    uint64_t n_bytes = 0, end = job->first + job->n;
    volatile uint8_t looked_at = 0;
    for (uint64_t at = job->first; at < end; at += job->step) {
        uint64_t n = end - at < job->step ? end - at : job->step;
        if (dsi_file_read(file, job->array, at, n, rows, &err) != DSI_OK)
            fail(&err);
        n_bytes += rows->values.n;
        if (rows->values.n)
            looked_at = rows->values.data[0];
    }
    (void)looked_at;
    return n_bytes;
}

static uint64_t run(const char *path, int threads)
{
    const struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_error err;
    struct jobs jobs = {0};
    uint64_t n_bytes = 0;
    if (dsi_source_open(&source, path, &err) != DSI_OK ||
        dsi_file_open_named(&file, &source, path, &options, &err) != DSI_OK)
        fail(&err);
    plan(&file, &jobs);
#pragma omp parallel num_threads(threads) reduction(+ : n_bytes)
    {
        struct dsi_rows rows = {0};
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < jobs.n; i++)
            n_bytes += run_job(&file, &jobs.jobs[i], &rows);
        dsi_rows_free(&rows);
    }
    free(jobs.jobs);
    dsi_file_close(&file);
    dsi_source_close(&source);
    return n_bytes;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    double seconds[RUNS];
    uint64_t n_bytes = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: read_arrays THREADS FILE\n");
        return 2;
    }
    for (int r = 0; r < RUNS; r++) {
        double start = omp_get_wtime();
        n_bytes = run(argv[2], atoi(argv[1]));
        seconds[r] = omp_get_wtime() - start;
    }
    qsort(seconds, RUNS, sizeof *seconds, compare);
    printf("{\"seconds\":%.4f,\"bytes\":%llu}\n", seconds[RUNS / 2],
           (unsigned long long)n_bytes);
    return 0;
}
