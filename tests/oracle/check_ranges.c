/* Reads random ranges of rows by several threads at once, and compares them with the
 * same rows of the whole: whoever reads a part must get what stands in the whole.
 *
 *   check_ranges [--threads=N] [--ranges=N] FILE...
 *
 * Every array that can be read, of every file, as the file's name and content say what
 * it is. Prints a line for each array that does not hold, and then exits 1. */
#include "reader.h"

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

struct args {
    unsigned n_threads, n_ranges;
};

/* One thread's share of an array. */
struct worker {
    struct dsi_file *file;
    size_t array;
    const struct dsi_rows *whole;
    uint64_t seed;
    unsigned n_ranges;
    char complaint[DSI_ERROR_MESSAGE_SIZE + 200]; /* empty: none */
};

/* Numerical Recipes' linear congruential generator; its upper bits. */
static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % below;
}

static bool same_strings(const struct dsi_rows *part, const uint8_t *whole)
{
    for (size_t at = 0; at < part->values.n; at += sizeof(struct dsi_string)) {
        struct dsi_string a, b;
        memcpy(&a, part->values.data + at, sizeof a);
        memcpy(&b, whole + at, sizeof b);
        if (a.n != b.n || (a.n && memcmp(a.text, b.text, a.n) != 0))
            return false;
    }
    return true;
}

static bool same(const struct worker *worker, const struct dsi_rows *part,
                 uint64_t first, uint64_t n)
{
    const struct dsi_array *array = &worker->file->arrays[worker->array];
    uint64_t row_bytes = dsi_array_row_bytes(array);
    const uint8_t *whole = worker->whole->values.data + first * row_bytes;

    if (part->n_rows != n || part->values.n != n * row_bytes)
        return false;
    if (array->dtype.kind == DSI_STRING)
        return same_strings(part, whole);
    return part->values.n == 0 || memcmp(part->values.data, whole, part->values.n) == 0;
}

static void *work(void *data)
{
    struct worker *worker = data;
    uint64_t n_rows = worker->whole->n_rows;
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};

    for (unsigned i = 0; i < worker->n_ranges && !worker->complaint[0]; i++) {
        uint64_t first = draw(&worker->seed, n_rows);
        uint64_t n = draw(&worker->seed, i % 2 ? n_rows - first : 3) + 1;
        n = n <= n_rows - first ? n : n_rows - first;
        if (dsi_file_read(worker->file, worker->array, first, n, &rows, &err) != DSI_OK)
            snprintf(worker->complaint, sizeof worker->complaint,
                     "rows %" PRIu64 " to %" PRIu64 ": %s", first, first + n,
                     err.message);
        else if (!same(worker, &rows, first, n))
            snprintf(worker->complaint, sizeof worker->complaint,
                     "rows %" PRIu64 " to %" PRIu64 " are not those of the whole",
                     first, first + n);
    }
    dsi_rows_free(&rows);
    return NULL;
}

/* Prints the complaints of all. False when there are any. */
static bool run(struct worker *workers, unsigned n)
{
    const struct dsi_array *array = &workers[0].file->arrays[workers[0].array];
    pthread_t threads[MAX_THREADS];
    bool sound = true;

    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    for (unsigned i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].complaint[0]) {
            printf("%s, %s: %s\n", workers[i].file->path,
                   array->name ? array->name : "", workers[i].complaint);
            sound = false;
        }
    }
    return sound;
}

static bool check_array(struct dsi_file *file, size_t index, const struct args *args)
{
    const struct dsi_array *array = &file->arrays[index];
    uint64_t n_rows = dsi_array_n_rows(array);
    struct worker workers[MAX_THREADS] = {0};
    struct dsi_rows whole = {0};
    struct dsi_error err = {0};
    bool sound = true;

    if (array->status != DSI_OK || n_rows == 0)
        return true;
    /* What cannot be read is no business of this program's. */
    if (dsi_file_read(file, index, 0, n_rows, &whole, &err) == DSI_OK) {
        for (unsigned i = 0; i < args->n_threads; i++)
            workers[i] = (struct worker){.file = file,
                                         .array = index,
                                         .whole = &whole,
                                         .seed = i + 1,
                                         .n_ranges = args->n_ranges};
        sound = run(workers, array->sequential ? 0 : args->n_threads);
    }
    dsi_rows_free(&whole);
    return sound;
}

static bool check_file(const char *path, const struct args *args)
{
    const struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_error err = {0};
    bool sound = true;

    if (dsi_source_open(&source, path, &err) != DSI_OK) {
        printf("%s: %s\n", path, err.message);
        return false;
    }
    if (dsi_file_open_named(&file, &source, path, &options, &err) == DSI_OK) {
        file.path = path;
        for (size_t i = 0; i < file.n_arrays; i++)
            sound = check_array(&file, i, args) && sound;
        dsi_file_close(&file);
    } else {
        printf("%s: %s\n", path, err.message);
        sound = false;
    }
    dsi_source_close(&source);
    return sound;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"threads", required_argument, NULL, 't'},
                                            {"ranges", required_argument, NULL, 'r'},
                                            {0}};
    struct args args = {.n_threads = 2, .n_ranges = 8};
    bool sound = true;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == '?')
            return 2;
        unsigned n = (unsigned)strtoul(optarg, NULL, 10);
        *(c == 't' ? &args.n_threads : &args.n_ranges) = n;
    }
    if (args.n_threads == 0 || args.n_threads > MAX_THREADS || optind == argc) {
        fprintf(stderr, "usage: check_ranges [--threads=N] [--ranges=N] FILE...\n");
        return 2;
    }
    for (int i = optind; i < argc; i++)
        sound = check_file(argv[i], &args) && sound;
    return sound ? 0 : 1;
}
