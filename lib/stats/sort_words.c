/* Sorting records in memory: by their first word in a radix sort of places, then, where
 * first words are equal, by comparing. */
#include "sorted_run.h"

#include <stdlib.h>
#include <string.h>

struct place {
    uint64_t word;
    uint64_t at;
};

static int compare(const void *a, const void *b, void *n_words)
{
    return dsi_compare_words(a, b, *(const size_t *)n_words);
}

static bool is_sorted(const uint64_t *records, size_t n, size_t n_words)
{
    for (size_t i = 1; i < n; i++)
        if (dsi_compare_words(records + (i - 1) * n_words, records + i * n_words,
                              n_words) > 0)
            return false;
    return true;
}

/* One digit; false, with nothing moved, when all have the same. */
static bool sort_digit(const struct place *from, struct place *to, size_t n,
                       unsigned shift)
{
    size_t starts[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        starts[(from[i].word >> shift) & 255]++;
    if (starts[(from[0].word >> shift) & 255] == n)
        return false;
    for (size_t d = 0; d < 256; d++) {
        const size_t count = starts[d];
        starts[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[(from[i].word >> shift) & 255]++] = from[i];
    return true;
}

/* Returns whichever of the two holds the places in order. */
static struct place *sort_places(struct place *places, struct place *room, size_t n)
{
    for (unsigned shift = 0; shift < 64; shift += 8)
        if (sort_digit(places, room, n, shift)) {
            struct place *was = places;
            places = room;
            room = was;
        }
    return places;
}

static void sort_ties(uint64_t *records, size_t n, size_t n_words)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t *first = records + i * n_words;
        end = i + 1;
        while (end < n && records[end * n_words] == *first)
            end++;
        if (end - i > 1 && !is_sorted(first, end - i, n_words))
            qsort_r(first, end - i, n_words * sizeof *records, compare, &n_words);
    }
}

enum dsi_status dsi_sort_words(uint64_t *records, size_t n, size_t n_words,
                               struct dsi_error *err)
{
    const size_t size = n_words * sizeof *records;
    if (n < 2 || is_sorted(records, n, n_words))
        return DSI_OK;
    struct place *places = dsi_alloc_array(2 * (uint64_t)n, sizeof *places);
    uint64_t *copy = dsi_alloc_array(n, size);
    if (!places || !copy) {
        free(places);
        free(copy);
        return dsi_fail_memory(err, n * (size + 2 * sizeof *places));
    }
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){records[i * n_words], i};
    const struct place *sorted = sort_places(places, places + n, n);
    memcpy(copy, records, n * size);
    for (size_t i = 0; i < n; i++)
        memcpy(records + i * n_words, copy + sorted[i].at * n_words, size);
    free(places);
    free(copy);
    sort_ties(records, n, n_words);
    return DSI_OK;
}
