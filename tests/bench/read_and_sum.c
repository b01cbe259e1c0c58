/* The floor of any tool that looks at every byte: reads a file in 1 MiB blocks with
 * pread, on N threads, and sums it as 64-bit words. Prints the median seconds of 5
 * runs.
 *
 *     read_and_sum THREADS FILE */
#include <fcntl.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, RUNS = 5 };

static uint64_t sum_words(const uint64_t *words, size_t n)
{
    uint64_t lanes[8] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lanes[j] += words[i + j];
    for (; i < n; i++)
        sum += words[i];
    for (size_t j = 0; j < 8; j++)
        sum += lanes[j];
    return sum;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint64_t run(int fd, off_t size, int threads)
{
    uint64_t sum = 0;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    {
        uint64_t *buffer = aligned_alloc(4096, BLOCK);
#pragma omp for schedule(dynamic, 1)
        for (off_t at = 0; at < size; at += BLOCK) {
            ssize_t got = pread(fd, buffer, BLOCK, at);
            sum += sum_words(buffer, got > 0 ? (size_t)got / 8 : 0);
        }
        free(buffer);
    }
    return sum;
}

int main(int argc, char **argv)
{
    struct stat st;
    int fd = argc == 3 ? open(argv[2], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fprintf(stderr, "usage: read_and_sum THREADS FILE\n");
        return 2;
    }
    double seconds[RUNS];
    uint64_t sum = 0;
    for (int r = 0; r < RUNS; r++) {
        double start = omp_get_wtime();
        sum = run(fd, st.st_size, atoi(argv[1]));
        seconds[r] = omp_get_wtime() - start;
    }
    qsort(seconds, RUNS, sizeof *seconds, compare);
    printf("{\"seconds\":%.4f,\"sum\":%llu}\n", seconds[RUNS / 2],
           (unsigned long long)sum);
    return 0;
}
