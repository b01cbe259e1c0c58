/* The search for near hashes finds what comparing each with each finds, each pair once,
 * and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "bytes.h"
#include "faults.h"
#include "near_search.h"
#include "philox.h"
#include "sanitized.h"

struct pairs {
    uint64_t *at; /* a << 32 | b */
    size_t n, capacity;
};

static enum dsi_status keep(void *context, size_t a, size_t b, struct dsi_error *err)
{
    struct pairs *pairs = context;
    (void)err;
    assert_true(a < b);
    pairs->at =
        dsi_grow_array(pairs->at, pairs->n, &pairs->capacity, sizeof *pairs->at);
    assert_non_null(pairs->at);
    pairs->at[pairs->n++] = (uint64_t)a << 32 | b;
    return DSI_OK;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Bits counted as one learns it. */
static unsigned bits_of(uint64_t x)
{
    unsigned n = 0;
    for (int i = 0; i < 64; i++)
        n += (unsigned)(x >> i & 1);
    return n;
}

static uint8_t bits_of_16[65536];

static int make_table(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 65536; i++)
        bits_of_16[i] = (uint8_t)bits_of(i);
    return 0;
}

static unsigned bits_by_table(uint64_t x)
{
    return 0u + bits_of_16[x & 65535] + bits_of_16[x >> 16 & 65535] +
           bits_of_16[x >> 32 & 65535] + bits_of_16[x >> 48];
}

/* Half of the bits tell of most pairs that they are too far apart. */
static bool is_near(uint64_t x, unsigned distance)
{
    return bits_of_16[x & 65535] + bits_of_16[x >> 16 & 65535] <= (int)distance &&
           bits_by_table(x) <= distance;
}

/* Random ones; every fifth is another with up to 12 bits flipped. */
static uint64_t *draw(size_t n)
{
    struct dsi_philox random = dsi_philox_start(7, 0);
    uint64_t *hashes = malloc(n * sizeof *hashes);
    assert_non_null(hashes);
    for (size_t i = 0; i < n; i++) {
        hashes[i] = dsi_philox_next(&random);
        if (i % 5 != 4)
            continue;
        hashes[i] = hashes[dsi_philox_next(&random) % i];
        for (uint64_t k = dsi_philox_next(&random) % 13; k > 0; k--)
            hashes[i] ^= UINT64_C(1) << (dsi_philox_next(&random) % 64);
    }
    return hashes;
}

static struct pairs by_search(const uint64_t *hashes, size_t n, unsigned distance)
{
    struct pairs pairs = {0};
    const struct dsi_near_sink sink = {keep, &pairs};
    assert_int_equal(dsi_near_search(hashes, n, distance, sink, NULL), DSI_OK);
    if (pairs.n)
        qsort(pairs.at, pairs.n, sizeof *pairs.at, compare);
    return pairs;
}

/* All pairs up to the largest distance, and the distance of each. */
static void same_as_brute_force(const uint64_t *hashes, size_t n,
                                const unsigned *distances, size_t n_distances)
{
    struct pairs all = {0}, found;
    const unsigned most = distances[n_distances - 1];
    for (size_t a = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++)
            if (is_near(hashes[a] ^ hashes[b], most))
                keep(&all, a, b, NULL);
    for (size_t d = 0; d < n_distances; d++) {
        size_t n_expected = 0;
        found = by_search(hashes, n, distances[d]);
        for (size_t i = 0; i < all.n; i++) {
            const uint64_t pair = all.at[i];
            if (bits_by_table(hashes[pair >> 32] ^ hashes[pair & UINT32_MAX]) >
                distances[d])
                continue;
            assert_true(n_expected < found.n);
            assert_int_equal(found.at[n_expected++], pair);
        }
        assert_int_equal(found.n, n_expected);
        free(found.at);
    }
    free(all.at);
}

static void test_many_hashes(void **state)
{
    (void)state;
    enum { N = SANITIZED ? 10000 : 100000 };
    static const unsigned distances[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    uint64_t *hashes = draw(N);
    same_as_brute_force(hashes, N, distances, sizeof distances / sizeof *distances);
    free(hashes);
}

/* So few, or so far, that each is compared with each, and what is in between. */
static void test_few_hashes(void **state)
{
    (void)state;
    static const unsigned distances[] = {0, 1, 5, 10, 16, 20, 24, 32};
    static const size_t counts[] = {0, 1, 2, 17, 200, 3000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t *hashes = draw(counts[i]);
        same_as_brute_force(hashes, counts[i], distances,
                            sizeof distances / sizeof *distances);
        free(hashes);
    }
}

/* Hashes that have most of their bits in common fall into few buckets. */
static void test_crowded_hashes(void **state)
{
    (void)state;
    enum { N = 3000 };
    static const unsigned distances[] = {0, 1, 2, 3, 4};
    uint64_t hashes[N];
    for (uint64_t i = 0; i < N; i++)
        hashes[i] = 0x8000ffff00000000u | (i * 7 % 4096) << 20;
    same_as_brute_force(hashes, N, distances, sizeof distances / sizeof *distances);
}

static enum dsi_status refuse(void *context, size_t a, size_t b, struct dsi_error *err)
{
    (void)context, (void)a, (void)b;
    return dsi_fail(err, DSI_ERR_MEMORY, "enough");
}

static void test_failures(void **state)
{
    (void)state;
    enum { N = 50000 };
    uint64_t *hashes = draw(N);
    struct pairs pairs = {0};
    struct dsi_error err;
    const struct dsi_near_sink sink = {keep, &pairs}, refusing = {refuse, NULL};
    assert_int_equal(dsi_near_search(hashes, N, 4, refusing, &err), DSI_ERR_MEMORY);
    assert_string_equal(err.message, "enough");
    for (uint64_t nth = 1; nth <= 4; nth++) {
        faults_fail_allocation(nth);
        assert_int_equal(dsi_near_search(hashes, N, 0, sink, &err), DSI_ERR_MEMORY);
        faults_reset();
    }
    free(pairs.at);
    free(hashes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_hashes),
        cmocka_unit_test(test_few_hashes),
        cmocka_unit_test(test_crowded_hashes),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, make_table, NULL);
}
