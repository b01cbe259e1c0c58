#include "imbalance.h"

#include <math.h>
#include <stdlib.h>

#include "bytes.h"

__extension__ typedef __int128 int128;

struct ranked {
    uint64_t count, index;
};

static int by_count(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* The classes with samples, rarest first, the caller's to free, and their totals. */
static enum dsi_status rank(const uint64_t *counts, uint64_t n, struct ranked **ranked,
                            struct dsi_imbalance *totals, struct dsi_error *err)
{
    *totals = (struct dsi_imbalance){0};
    *ranked = dsi_alloc_array(n, sizeof **ranked);
    if (!*ranked)
        return dsi_fail_memory(err, n * sizeof **ranked);
    for (uint64_t i = 0; i < n; i++) {
        if (counts[i] == 0)
            continue;
        if (!dsi_add(totals->n_samples, counts[i], &totals->n_samples))
            return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 samples");
        (*ranked)[totals->n_classes++] = (struct ranked){counts[i], i};
    }
    if (totals->n_classes == 0)
        return DSI_OK;
    qsort(*ranked, totals->n_classes, sizeof **ranked, by_count);
    totals->smallest = (*ranked)[0].count;
    totals->largest = (*ranked)[totals->n_classes - 1].count;
    return DSI_OK;
}

static double entropy_of(const struct ranked *ranked,
                         const struct dsi_imbalance *totals)
{
    if (totals->smallest == totals->largest)
        return 1;
    double sum = 0;
    for (uint64_t i = 0; i < totals->n_classes; i++) {
        double p = (double)ranked[i].count / (double)totals->n_samples;
        sum -= p * log(p);
    }
    return sum / log((double)totals->n_classes);
}

/* Sorted, the double sum is 2 sum_i (2 i - K - 1) n_i for i from 1: an exact integer.
 */
static double gini_of(const struct ranked *ranked, const struct dsi_imbalance *totals)
{
    const int128 k = totals->n_classes;
    int128 sum = 0;
    for (int128 i = 0; i < k; i++)
        sum += (2 * i + 1 - k) * ranked[i].count;
    return (double)sum / ((double)k * (double)totals->n_samples);
}

enum dsi_status dsi_imbalance_of(const uint64_t *counts, uint64_t n,
                                 struct dsi_imbalance *imbalance, struct dsi_error *err)
{
    struct ranked *ranked = NULL;
    enum dsi_status status = rank(counts, n, &ranked, imbalance, err);
    if (status != DSI_OK)
        goto out;
    imbalance->ratio = (double)NAN;
    imbalance->entropy = 1;
    if (imbalance->n_classes) {
        imbalance->ratio = (double)imbalance->largest / (double)imbalance->smallest;
        imbalance->entropy = entropy_of(ranked, imbalance);
        imbalance->gini = gini_of(ranked, imbalance);
    }
out:
    free(ranked);
    return status;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The target of the class that is at that place among the rarest. */
static uint64_t target_of(enum dsi_strategy strategy, uint64_t target,
                          const struct dsi_imbalance *totals, uint64_t count,
                          uint64_t place)
{
    switch (strategy) {
    case DSI_RESAMPLE_OVER:
        return larger(count, target ? target : totals->largest);
    case DSI_RESAMPLE_UNDER:
        return smaller(count, target ? target : totals->smallest);
    case DSI_RESAMPLE_MIXED:
        break;
    }
    uint64_t even = totals->n_samples / totals->n_classes;
    uint64_t rest = totals->n_samples % totals->n_classes;
    return target ? target : even + (place < rest);
}

enum dsi_status dsi_resample_targets(enum dsi_strategy strategy, uint64_t target,
                                     const uint64_t *counts, uint64_t n,
                                     uint64_t *targets, struct dsi_error *err)
{
    struct dsi_imbalance totals;
    struct ranked *ranked = NULL;
    enum dsi_status status = rank(counts, n, &ranked, &totals, err);
    if (status != DSI_OK)
        goto out;
    for (uint64_t i = 0; i < n; i++)
        targets[i] = 0;
    for (uint64_t i = 0; i < totals.n_classes; i++)
        targets[ranked[i].index] =
            target_of(strategy, target, &totals, ranked[i].count, i);
out:
    free(ranked);
    return status;
}
