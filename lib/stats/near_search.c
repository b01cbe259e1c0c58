#include "near_search.h"

#include "bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 33, MAX_PART_BITS = 20 };

/* A part of the bits, from `shift` on. */
struct part {
    unsigned shift, n_bits, radius;
};

/* Hashes in the order of their part: those of key k stand at starts[k]. */
struct index {
    uint64_t *hashes;
    uint32_t *numbers;
    uint32_t *starts; /* 2^n_bits + 1 */
};

typedef size_t next_near_function(const uint64_t *hashes, size_t from, size_t to,
                                  uint64_t hash, unsigned distance);

struct search {
    const uint64_t *hashes;
    size_t n;
    unsigned distance;
    struct part parts[MAX_PARTS];
    size_t n_parts, at; /* the part at hand */
    struct index index;
    uint32_t *masks; /* of at most the part's radius */
    size_t n_masks;
    next_near_function *next;
    struct dsi_near_sink sink;
};

static uint64_t key_of(const struct part *part, uint64_t hash)
{
    return hash >> part->shift & ((UINT64_C(1) << part->n_bits) - 1);
}

/* --- parts ------------------------------------------------------------------------ */

/* Hashes of so many bits at most so far from one. */
static double ball(unsigned n_bits, unsigned radius)
{
    double size = 1, shell = 1;
    for (unsigned r = 1; r <= radius; r++) {
        shell = shell * (n_bits - r + 1) / r;
        size += shell;
    }
    return size;
}

/* Cuts 64 bits into n parts, whose radii and one each add up to distance + 1: were all
 * further apart than their radius, the whole were further apart than distance. A part
 * of more bits than make buckets for the hashes does with fewer. */
static void cut(struct part *parts, unsigned n, unsigned distance, unsigned most_bits)
{
    for (unsigned i = 0, shift = 0; i < n; i++) {
        const unsigned n_bits = 64 / n + (i < 64 % n);
        parts[i].shift = shift;
        parts[i].n_bits = n_bits < most_bits ? n_bits : most_bits;
        parts[i].radius = (distance + 1) / n - 1 + (i < (distance + 1) % n);
        shift += n_bits;
    }
}

/* What looking costs, in comparisons of two hashes: those of each two that are near in
 * a part, and a few for each bucket. */
static double cost_of(const struct part *parts, unsigned n_parts, double n)
{
    enum { BUCKET = 8 };
    double cost = 0;
    for (unsigned i = 0; i < n_parts; i++) {
        const double n_keys = (double)(UINT64_C(1) << parts[i].n_bits),
                     n_used = n < n_keys ? n : n_keys;
        cost += n_keys + ball(parts[i].n_bits, parts[i].radius) *
                             (n * (n / n_keys) + n_used * BUCKET) / 2;
    }
    return cost;
}

/* n_parts stays 0 where to compare each with each is cheaper. */
static void choose_parts(struct search *search)
{
    const double n = (double)search->n;
    double least = n * n / 2;
    struct part parts[MAX_PARTS];
    unsigned most_bits = 4;
    while (most_bits < MAX_PART_BITS && (UINT64_C(1) << most_bits) < search->n)
        most_bits++;
    for (unsigned k = 1; k <= search->distance + 1; k++) {
        cut(parts, k, search->distance, most_bits);
        const double cost = cost_of(parts, k, n);
        if (cost >= least)
            continue;
        least = cost;
        search->n_parts = k;
        memcpy(search->parts, parts, sizeof parts);
    }
}

/* --- pairs ------------------------------------------------------------------------ */

static unsigned bits_of(uint64_t x)
{
    unsigned n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

/* A pair is told by the first part that it is near in. */
static enum dsi_status tell(const struct search *search, size_t a, size_t b,
                            struct dsi_error *err)
{
    const uint64_t differ = search->hashes[a] ^ search->hashes[b];
    for (size_t i = 0; i < search->at; i++)
        if (bits_of(key_of(&search->parts[i], differ)) <= search->parts[i].radius)
            return DSI_OK;
    return search->sink.pair(search->sink.context, a < b ? a : b, a < b ? b : a, err);
}

/* The next of hashes[from, to) that is near; `to`: none. The processor's own count of
 * bits, where it has one, is ten times as fast as any other. */
static inline __attribute__((always_inline)) size_t next_near(const uint64_t *hashes,
                                                              size_t from, size_t to,
                                                              uint64_t hash,
                                                              unsigned distance)
{
    while (from < to && (unsigned)__builtin_popcountll(hashes[from] ^ hash) > distance)
        from++;
    return from;
}

static size_t next_portable(const uint64_t *hashes, size_t from, size_t to,
                            uint64_t hash, unsigned distance)
{
    return next_near(hashes, from, to, hash, distance);
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static size_t next_popcnt(const uint64_t *hashes,
                                                            size_t from, size_t to,
                                                            uint64_t hash,
                                                            unsigned distance)
{
    return next_near(hashes, from, to, hash, distance);
}
#endif

static next_near_function *choose_next(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt"))
        return next_popcnt;
#endif
    return next_portable;
}

/* Those of a run of the index that are near one hash of it. */
static enum dsi_status join(const struct search *search, size_t one, size_t from,
                            size_t to, struct dsi_error *err)
{
    const struct index *index = &search->index;
    const uint64_t hash = index->hashes[one];
    while ((from = search->next(index->hashes, from, to, hash, search->distance)) <
           to) {
        DSI_TRY(tell(search, index->numbers[one], index->numbers[from], err));
        from++;
    }
    return DSI_OK;
}

/* Those of one key and those of each key that is near it, and not below it: each two
 * buckets meet once. */
static enum dsi_status join_bucket(const struct search *search, uint32_t key,
                                   struct dsi_error *err)
{
    const uint32_t *starts = search->index.starts;
    for (size_t one = starts[key]; one < starts[key + 1]; one++)
        DSI_TRY(join(search, one, one + 1, starts[key + 1], err));
    for (size_t m = 0; m < search->n_masks; m++) {
        const uint32_t other = key ^ search->masks[m];
        if (other <= key || starts[other] == starts[other + 1])
            continue;
        for (size_t one = starts[key]; one < starts[key + 1]; one++)
            DSI_TRY(join(search, one, starts[other], starts[other + 1], err));
    }
    return DSI_OK;
}

/* --- the index of a part ---------------------------------------------------------- */

static void fill_index(struct search *search, const struct part *part)
{
    struct index *index = &search->index;
    const size_t n_keys = (size_t)1 << part->n_bits;
    memset(index->starts, 0, (n_keys + 1) * sizeof *index->starts);
    for (size_t i = 0; i < search->n; i++)
        index->starts[key_of(part, search->hashes[i]) + 1]++;
    for (size_t k = 0; k < n_keys; k++)
        index->starts[k + 1] += index->starts[k];
    for (size_t i = 0; i < search->n; i++) {
        const uint32_t at = index->starts[key_of(part, search->hashes[i])]++;
        index->hashes[at] = search->hashes[i];
        index->numbers[at] = (uint32_t)i;
    }
    /* Each start has moved on to the next one's. */
    memmove(index->starts + 1, index->starts, n_keys * sizeof *index->starts);
    index->starts[0] = 0;
}

static enum dsi_status list_masks(struct search *search, const struct part *part,
                                  struct dsi_error *err)
{
    const uint32_t n_keys = (uint32_t)1 << part->n_bits;
    uint32_t *masks = dsi_realloc_array(
        search->masks, (uint64_t)ball(part->n_bits, part->radius), sizeof *masks);
    if (!masks)
        return dsi_fail_memory(err, n_keys * sizeof *masks);
    search->masks = masks;
    search->n_masks = 0;
    for (uint32_t mask = 0; mask < n_keys; mask++)
        if (bits_of(mask) <= part->radius)
            masks[search->n_masks++] = mask;
    return DSI_OK;
}

static enum dsi_status search_part(struct search *search, struct dsi_error *err)
{
    const struct part *part = &search->parts[search->at];
    const uint32_t n_keys = (uint32_t)1 << part->n_bits;
    DSI_TRY(list_masks(search, part, err));
    fill_index(search, part);
    for (uint32_t key = 0; key < n_keys; key++)
        if (search->index.starts[key] < search->index.starts[key + 1])
            DSI_TRY(join_bucket(search, key, err));
    return DSI_OK;
}

/* --- the whole -------------------------------------------------------------------- */

static enum dsi_status compare_all(struct search *search, struct dsi_error *err)
{
    for (size_t a = 0; a < search->n; a++)
        for (size_t b = a + 1;
             (b = search->next(search->hashes, b, search->n, search->hashes[a],
                               search->distance)) < search->n;
             b++)
            DSI_TRY(search->sink.pair(search->sink.context, a, b, err));
    return DSI_OK;
}

static enum dsi_status take_index(struct search *search, struct dsi_error *err)
{
    unsigned n_bits = 0;
    for (size_t i = 0; i < search->n_parts; i++)
        if (search->parts[i].n_bits > n_bits)
            n_bits = search->parts[i].n_bits;
    struct index *index = &search->index;
    index->hashes = dsi_alloc_array(search->n, sizeof *index->hashes);
    index->numbers = dsi_alloc_array(search->n, sizeof *index->numbers);
    index->starts = dsi_alloc_array((UINT64_C(1) << n_bits) + 1, sizeof *index->starts);
    return index->hashes && index->numbers && index->starts
               ? DSI_OK
               : dsi_fail_memory(err, search->n * 12);
}

enum dsi_status dsi_near_search(const uint64_t *hashes, size_t n, unsigned distance,
                                struct dsi_near_sink sink, struct dsi_error *err)
{
    struct search search = {.hashes = hashes,
                            .n = n,
                            .distance = distance,
                            .next = choose_next(),
                            .sink = sink};
    assert(distance <= DSI_NEAR_MAX_DISTANCE);
    if (n > UINT32_MAX)
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^32 hashes to compare");
    choose_parts(&search);
    if (search.n_parts == 0)
        return compare_all(&search, err);
    enum dsi_status status = take_index(&search, err);
    for (; status == DSI_OK && search.at < search.n_parts; search.at++)
        status = search_part(&search, err);
    free(search.index.hashes);
    free(search.index.numbers);
    free(search.index.starts);
    free(search.masks);
    return status;
}
