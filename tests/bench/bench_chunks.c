/* bench_chunks [FILE.h5 DATASET]: how fast chunks are decoded. JSON, one line a
 * measurement.
 *
 * In cache: the kernels over 16 KiB again and again. With a dataset whose last filter
 * is deflate: reading its chunks, undoing their filters and putting the values in their
 * rows, on two threads and a band of chunks at a time, in turn with reading and
 * inflating the same chunks by libdeflate and nothing else; medians of 7 and of their
 * ratios. */
#include <libdeflate.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fletcher32.h"
#include "hdf5_file.h"
#include "lzf.h"
#include "shuffle.h"

enum { IN_CACHE = 16 << 10, REPEAT = 7, TURNS = 2000, THREADS = 2 };

static void *must(void *memory)
{
    if (!memory)
        exit(1);
    return memory;
}

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

/* --- in cache --- */

static uint8_t in[IN_CACHE], out[IN_CACHE];

static void print_speed(const char *what, const char *way, size_t size, double *times)
{
    printf("{\"bench\":\"%s\",\"way\":\"%s\",\"size\":%zu,\"gb_per_s\":%.1f}\n", what,
           way, size, (double)IN_CACHE * TURNS / median(times) / 1e9);
}

static void time_unshuffle(const struct dsi_unshuffle_way *way, size_t size)
{
    double times[REPEAT];
    for (int r = 0; r < REPEAT; r++) {
        double start = omp_get_wtime();
        for (int k = 0; k < TURNS; k++)
            way->run(size, in, sizeof in, out);
        times[r] = omp_get_wtime() - start;
    }
    print_speed("unshuffle", way->name, size, times);
}

static void time_fletcher32(const char *name, uint32_t (*sum)(const uint8_t *, size_t))
{
    double times[REPEAT];
    uint32_t all = 0;
    for (int r = 0; r < REPEAT; r++) {
        double start = omp_get_wtime();
        for (int k = 0; k < TURNS; k++) {
            in[0] = (uint8_t)k; /* so that each sum is computed */
            all += sum(in, sizeof in);
        }
        times[r] = omp_get_wtime() - start + (all == 1 ? 1e-9 : 0);
    }
    print_speed("fletcher32", name, 2, times);
}

/* Literals and repetitions in turn, n of each at a time. */
static void time_lzf(uint8_t n)
{
    static uint8_t packed[2 * IN_CACHE];
    size_t n_packed = 0, n_out = 0;
    double times[REPEAT];
    for (size_t done = 0; done + 2u * n <= sizeof out; done += 2u * n) {
        packed[n_packed++] = (uint8_t)(n - 1);
        memcpy(packed + n_packed, in + done, n);
        n_packed += n;
        packed[n_packed++] = (uint8_t)(n - 2 < 7 ? (n - 2) << 5 : 7 << 5);
        if (n - 2 >= 7)
            packed[n_packed++] = (uint8_t)(n - 9);
        packed[n_packed++] = (uint8_t)(n - 1);
    }
    for (int r = 0; r < REPEAT; r++) {
        double start = omp_get_wtime();
        for (int k = 0; k < TURNS; k++)
            if (!dsi_lzf_decode(packed, n_packed, out, sizeof out, &n_out))
                exit(1);
        times[r] = omp_get_wtime() - start;
    }
    print_speed("lzf", "runs", n, times);
}

static void in_cache(void)
{
    static const size_t sizes[] = {2, 3, 4, 8, 12, 16, 40};
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t w = 0; w < dsi_n_unshuffle_ways; w++)
            if (dsi_unshuffle_ways[w].works_here())
                time_unshuffle(&dsi_unshuffle_ways[w], sizes[s]);
    time_fletcher32("plain", dsi_fletcher32_plain);
    time_fletcher32("fast", dsi_fletcher32);
    time_lzf(4);
    time_lzf(32);
}

/* --- a dataset --- */

struct job {
    struct dsi_source *source;
    const struct dsi_hdf5_dataset *told;
    const struct dsi_chunk_grid *grid;
    const struct dsi_hdf5_chunk *chunks;
    size_t max_stored;
};

/* One thread's. */
struct worker {
    struct libdeflate_decompressor *inflater;
    struct dsi_chunk_codec *codec;
    uint8_t *stored, *decoded, *rows;
};

static void read_stored(const struct job *job, uint64_t number, uint8_t *stored)
{
    const struct dsi_hdf5_chunk *chunk = &job->chunks[number];
    if (dsi_source_read_all(job->source, chunk->address, stored, chunk->n_bytes,
                            NULL) != DSI_OK)
        exit(1);
}

static void inflate_band(const struct job *job, uint64_t band, struct worker *w)
{
    const struct dsi_chunk_grid *grid = job->grid;
    for (uint64_t c = band * grid->n_in_band; c < (band + 1) * grid->n_in_band; c++) {
        read_stored(job, c, w->stored);
        if (libdeflate_zlib_decompress(w->inflater, w->stored, job->chunks[c].n_bytes,
                                       w->decoded, grid->chunk_bytes, NULL) != 0)
            exit(1);
    }
}

static void decode_band(const struct job *job, uint64_t band, struct worker *w)
{
    const struct dsi_chunk_grid *grid = job->grid;
    uint64_t first = band * grid->chunk[0], left = grid->shape[0] - first;
    struct dsi_chunk_rows rows = {.field = &job->told->fields[0].field,
                                  .first = first,
                                  .n = left < grid->chunk[0] ? left : grid->chunk[0],
                                  .out = w->rows};
    for (uint64_t c = band * grid->n_in_band; c < (band + 1) * grid->n_in_band; c++) {
        const struct dsi_stored_chunk chunk = {job->told->filters, job->told->n_filters,
                                               job->chunks[c].skipped, w->stored,
                                               job->chunks[c].n_bytes};
        uint8_t *place = dsi_chunk_place(grid, c, &rows);
        read_stored(job, c, w->stored);
        if (dsi_chunk_decode(w->codec, &chunk, place ? place : w->decoded,
                             grid->chunk_bytes, NULL) != DSI_OK)
            exit(1);
        if (!place)
            dsi_chunk_copy(grid, c, w->decoded, &rows);
    }
}

static double run(const struct job *job,
                  void (*band)(const struct job *, uint64_t, struct worker *))
{
    const struct dsi_chunk_grid *grid = job->grid;
    uint64_t row = grid->element_bytes;
    for (int i = 1; i < grid->n_dims; i++)
        row *= grid->shape[i];
    double start = omp_get_wtime();
#pragma omp parallel num_threads(THREADS)
    {
        struct worker w = {.inflater = must(libdeflate_alloc_decompressor()),
                           .codec = must(dsi_chunk_codec_new()),
                           .stored = must(malloc(job->max_stored)),
                           .decoded = must(malloc(grid->chunk_bytes)),
                           .rows = must(malloc(grid->chunk[0] * row))};
#pragma omp for schedule(dynamic, 1)
        for (uint64_t b = 0; b < grid->n_along[0]; b++)
            band(job, b, &w);
        libdeflate_free_decompressor(w.inflater);
        dsi_chunk_codec_free(w.codec);
        free(w.stored);
        free(w.decoded);
        free(w.rows);
    }
    return omp_get_wtime() - start;
}

static void time_dataset(const struct job *job, const char *name)
{
    double floor[REPEAT], ours[REPEAT], ratio[REPEAT];
    for (int r = -1; r < REPEAT; r++) { /* one to warm up */
        double a = run(job, inflate_band), b = run(job, decode_band);
        if (r >= 0) {
            floor[r] = a;
            ours[r] = b;
            ratio[r] = b / a;
        }
    }
    printf(
        "{\"bench\":\"chunks\",\"file\":\"%s\",\"chunks\":%llu,\"libdeflate_s\":%.4f,"
        "\"ours_s\":%.4f,\"ratio\":%.3f}\n",
        name, (unsigned long long)job->grid->n_chunks, median(floor), median(ours),
        median(ratio));
}

/* Where every chunk is, as the reader knows. */
static struct dsi_hdf5_chunk *locate(struct dsi_hdf5_file *hdf5,
                                     struct dsi_hdf5_data *data)
{
    struct dsi_hdf5_worker worker = {0};
    const struct dsi_hdf5_chunk *some;
    uint64_t n_all = data->grid.n_chunks;
    struct dsi_hdf5_chunk *all = must(dsi_alloc_array(n_all, sizeof *all));
    for (uint64_t at = 0; at < n_all; at += DSI_HDF5_MAX_CHUNKS) {
        size_t n = n_all - at < DSI_HDF5_MAX_CHUNKS ? n_all - at : DSI_HDF5_MAX_CHUNKS;
        if (dsi_hdf5_locate(hdf5, data, at, n, &worker, &some, NULL) != DSI_OK)
            exit(1);
        memcpy(all + at, some, n * sizeof *all);
    }
    dsi_bytes_free(&worker.chunks);
    return all;
}

static void dataset(const char *path, const char *name)
{
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_error err;
    struct dsi_open_options options = {.limits = dsi_limits_default};
    if (dsi_source_open(&source, path, &err) != DSI_OK ||
        dsi_file_open_named(&file, &source, path, &options, &err) != DSI_OK) {
        fprintf(stderr, "bench_chunks: %s: %s\n", path, err.message);
        exit(1);
    }
    size_t index = dsi_file_find(&file, name);
    if (strcmp(file.format->name, "hdf5") != 0 || index == SIZE_MAX) {
        fprintf(stderr, "bench_chunks: %s: no such dataset: %s\n", path, name);
        exit(1);
    }
    struct dsi_hdf5_file *hdf5 = file.state;
    struct dsi_hdf5_data *data = &hdf5->datas[hdf5->arrays[index].data];
    if (!data->is_decoded_here)
        exit(1);
    struct dsi_hdf5_chunk *chunks = locate(hdf5, data);
    struct job job = {&source, &data->told, &data->grid, chunks, 1};
    for (uint64_t i = 0; i < data->grid.n_chunks; i++)
        if (chunks[i].n_bytes > job.max_stored)
            job.max_stored = chunks[i].n_bytes;
    time_dataset(&job, path);
    free(chunks);
    dsi_file_close(&file);
    dsi_source_close(&source);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        dataset(argv[1], argv[2]);
    else
        in_cache();
    return 0;
}
