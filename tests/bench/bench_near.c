/* Seconds that the search for near hashes takes: 1,000,000 drawn at random, a tenth of
 * them another one with up to 12 bits flipped, at several distances, on one thread. */
#include "near_search.h"
#include "philox.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N = 1000000 };

static enum dsi_status count(void *n, size_t a, size_t b, struct dsi_error *err)
{
    (void)a, (void)b, (void)err;
    ++*(size_t *)n;
    return DSI_OK;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    static const unsigned distances[] = {0, 2, 4, 6, 8, 10};
    struct dsi_philox random = dsi_philox_start(1, 0);
    uint64_t *hashes = malloc(N * sizeof *hashes);
    if (!hashes)
        return 2;
    for (size_t i = 0; i < N; i++) {
        hashes[i] = dsi_philox_next(&random);
        if (i % 10 != 9)
            continue;
        hashes[i] = hashes[dsi_philox_below(&random, i)];
        for (uint64_t k = dsi_philox_below(&random, 13); k > 0; k--)
            hashes[i] ^= UINT64_C(1) << dsi_philox_below(&random, 64);
    }
    for (size_t d = 0; d < sizeof distances / sizeof *distances; d++) {
        size_t n = 0;
        struct dsi_error err;
        const double start = now();
        if (dsi_near_search(hashes, N, distances[d], (struct dsi_near_sink){count, &n},
                            &err) != DSI_OK)
            return 2;
        printf("  distance %2u: %8zu pairs  %.3f s\n", distances[d], n, now() - start);
    }
    free(hashes);
    return 0;
}
