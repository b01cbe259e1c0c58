/* From guesses to how many labels are to be pruned, class by class: the confident
 * joint, calibrated and rounded. A matrix of classes by classes, of which only the
 * cells that are not 0 are kept: no more than samples and classes together. */
#include "argsort.h"
#include "bytes.h"
#include "confident_run.h"
#include "pairwise_sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells by given label, and in a row by guessed class. */
struct joint {
    uint32_t n_classes;
    size_t *firsts; /* n_classes + 1 */
    uint32_t *columns;
    double *values;
};

static void free_joint(struct joint *joint)
{
    free(joint->firsts);
    free(joint->columns);
    free(joint->values);
}

/* --- counting ------------------------------------------------------------------------
 */

static int compare_columns(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The guesses of class k's samples: their counts, and which columns have any. Each
 * class is counted once for itself at least. */
static size_t count_row(const struct dsi_confident *c, uint32_t k, uint32_t *counts,
                        uint32_t *columns)
{
    size_t n = 0;
    for (uint32_t i = c->firsts[k]; i < c->firsts[k + 1]; i++) {
        const uint32_t guess = c->guesses[c->members[i]];
        if (guess != DSI_CONFIDENT_NONE && counts[guess]++ == 0)
            columns[n++] = guess;
    }
    if (counts[k] == 0) {
        counts[k] = 1;
        columns[n++] = k;
    }
    qsort(columns, n, sizeof *columns, compare_columns);
    return n;
}

/* Shares of a row's counts of the class's samples: rows then add up to their numbers.
 */
static void set_row(const struct dsi_confident *c, uint32_t k, uint32_t *counts,
                    const uint32_t *columns, double *values, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[columns[i]];
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)counts[columns[i]] / (double)sum *
                    (double)dsi_confident_n_of_class(c, k);
        counts[columns[i]] = 0;
    }
}

static enum dsi_status count(const struct dsi_confident *c, struct joint *joint,
                             struct dsi_error *err)
{
    const uint64_t n_classes = c->n_classes, most = c->firsts[n_classes] + n_classes;
    joint->n_classes = c->n_classes;
    joint->firsts = dsi_alloc_zeroed(n_classes + 1, sizeof *joint->firsts);
    joint->columns = dsi_alloc_array(most, sizeof *joint->columns);
    joint->values = dsi_alloc_array(most, sizeof *joint->values);
    uint32_t *counts = dsi_alloc_zeroed(n_classes, sizeof *counts);
    if (!joint->firsts || !joint->columns || !joint->values || !counts) {
        free(counts);
        return dsi_fail_memory(err, most * sizeof *joint->values);
    }
    for (uint32_t k = 0; k < n_classes; k++) {
        const size_t at = joint->firsts[k],
                     n = count_row(c, k, counts, joint->columns + at);
        set_row(c, k, counts, joint->columns + at, joint->values + at, n);
        joint->firsts[k + 1] = at + n;
    }
    free(counts);
    return DSI_OK;
}

/* --- scaling -------------------------------------------------------------------------
 */

/* Where the cells stand when they come by guessed class and then by given label, which
 * is how cleanlab's matrix lies in memory and so how NumPy adds it up. */
static void sort_by_column(const struct joint *joint, size_t *starts, double *values,
                           uint64_t *places)
{
    const size_t n = joint->firsts[joint->n_classes];
    for (size_t i = 0; i < n; i++)
        starts[joint->columns[i] + 1]++;
    for (uint32_t j = 0; j < joint->n_classes; j++)
        starts[j + 1] += starts[j];
    for (uint32_t k = 0; k < joint->n_classes; k++)
        for (size_t i = joint->firsts[k]; i < joint->firsts[k + 1]; i++) {
            const size_t at = starts[joint->columns[i]]++;
            values[at] = joint->values[i];
            places[at] = (uint64_t)joint->columns[i] * joint->n_classes + k;
        }
}

/* Rows add up to what they should, but for rounding; scaled by the sum of all once more
 * it is cleanlab's rounding. */
static enum dsi_status scale(struct joint *joint, uint32_t n_samples,
                             struct dsi_error *err)
{
    const uint64_t n_classes = joint->n_classes;
    const size_t n = joint->firsts[n_classes];
    size_t *starts = dsi_alloc_zeroed(n_classes + 1, sizeof *starts);
    double *values = dsi_alloc_array(n, sizeof *values);
    uint64_t *places = dsi_alloc_array(n, sizeof *places);
    enum dsi_status status = DSI_OK;
    if (starts && values && places) {
        sort_by_column(joint, starts, values, places);
        double sum = dsi_pairwise_sum_sparse(values, places, n, n_classes * n_classes);
        sum = sum > 1e-100 ? sum : 1e-100;
        for (size_t i = 0; i < n; i++)
            joint->values[i] = joint->values[i] / sum * n_samples;
    } else {
        status = dsi_fail_memory(err, n * sizeof *values);
    }
    free(starts);
    free(values);
    free(places);
    return status;
}

/* --- rounding ------------------------------------------------------------------------
 */

/* Room for rounding a row, some of it for all its columns, zeros too. */
struct rounding {
    double *over; /* what a value has over its whole number, n_classes of them */
    uint32_t *order;
    uint64_t *places;
    double *whole; /* of the cells */
};

static void free_rounding(struct rounding *r)
{
    free(r->over);
    free(r->order);
    free(r->places);
    free(r->whole);
}

static enum dsi_status make_rounding(struct rounding *r, uint64_t n_classes,
                                     struct dsi_error *err)
{
    r->over = dsi_alloc_array(n_classes, sizeof *r->over);
    r->order = dsi_alloc_array(n_classes, sizeof *r->order);
    r->places = dsi_alloc_array(n_classes, sizeof *r->places);
    r->whole = dsi_alloc_array(n_classes, sizeof *r->whole);
    if (r->over && r->order && r->places && r->whole)
        return DSI_OK;
    free_rounding(r);
    return dsi_fail_memory(err, n_classes * 4 * sizeof *r->over);
}

/* The cell of a column; SIZE_MAX: that is 0. */
static size_t cell_of(const uint32_t *columns, size_t n, uint32_t column)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (columns[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && columns[low] == column ? low : SIZE_MAX;
}

/* Whether the n_changes cells that are farthest over theirs are told apart from all
 * others by how far; then they are changed. order is room for the cells. */
static bool change_clear(struct rounding *r, const double *values, size_t n,
                         uint32_t n_classes, uint32_t n_changes, int step)
{
    if (n_changes > n)
        return false;
    for (size_t i = 0; i < n; i++)
        r->over[i] = -step * (values[i] - r->whole[i]);
    dsi_argsort(r->over, (uint32_t)n, r->order);
    const double last = r->over[r->order[n_changes - 1]],
                 next = n_changes < n ? r->over[r->order[n_changes]] : INFINITY;
    if (last == next || (n < n_classes && last >= 0))
        return false;
    for (uint32_t i = 0; i < n_changes; i++)
        r->whole[r->order[i]] += step;
    return true;
}

/* Adds step to the whole numbers of the n_changes cells that are farthest over theirs,
 * or under. Cells of equal rests are common, and so all columns are put in order as
 * NumPy does. False where no cell changed. */
static bool change(struct rounding *r, const uint32_t *columns, const double *values,
                   size_t n, uint32_t n_classes, uint32_t n_changes, int step)
{
    bool any = false;
    if (change_clear(r, values, n, n_classes, n_changes, step))
        return true;
    memset(r->over, 0, n_classes * sizeof *r->over);
    for (size_t i = 0; i < n; i++)
        r->over[columns[i]] = values[i] - r->whole[i];
    dsi_argsort(r->over, n_classes, r->order);
    for (uint32_t i = 0; i < n_changes; i++) {
        const uint32_t column = r->order[step > 0 ? n_classes - 1 - i : i];
        const size_t cell = cell_of(columns, n, column);
        if (cell == SIZE_MAX)
            continue;
        r->whole[cell] += step;
        any = true;
    }
    return any;
}

static double sum_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

/* To the nearest whole numbers, ties to even, and then up or down until they add up to
 * what the row does. */
static void round_row(struct rounding *r, const uint32_t *columns, double *values,
                      size_t n, uint32_t n_classes)
{
    for (size_t i = 0; i < n; i++) {
        r->places[i] = columns[i];
        r->whole[i] = rint(values[i]);
    }
    const double sum = rint(dsi_pairwise_sum_sparse(values, r->places, n, n_classes));
    for (bool any = true; any;) {
        const double whole = sum_of(r->whole, n), apart = fabs(sum - whole);
        if (apart == 0)
            break;
        any = change(r, columns, values, n, n_classes,
                     apart < n_classes ? (uint32_t)apart : n_classes,
                     sum < whole ? -1 : 1);
    }
    memcpy(values, r->whole, n * sizeof *values);
}

static enum dsi_status round_rows(struct joint *joint, struct dsi_error *err)
{
    struct rounding r = {0};
    DSI_TRY(make_rounding(&r, joint->n_classes, err));
    for (uint32_t k = 0; k < joint->n_classes; k++) {
        const size_t at = joint->firsts[k];
        round_row(&r, joint->columns + at, joint->values + at,
                  joint->firsts[k + 1] - at, joint->n_classes);
    }
    free_rounding(&r);
    return DSI_OK;
}

/* --- pruning -------------------------------------------------------------------------
 */

/* One sample of a class stays at least: where the joint leaves none, every other cell
 * of its row gives up one. */
static enum dsi_status set_pairs(struct dsi_confident *c, const struct joint *joint,
                                 struct dsi_error *err)
{
    const size_t n = joint->firsts[c->n_classes];
    c->n_kept = dsi_alloc_zeroed(c->n_classes, sizeof *c->n_kept);
    c->pair_firsts =
        dsi_alloc_zeroed((uint64_t)c->n_classes + 1, sizeof *c->pair_firsts);
    c->pairs = dsi_alloc_array(n, sizeof *c->pairs);
    if (!c->n_kept || !c->pair_firsts || !c->pairs)
        return dsi_fail_memory(err, n * sizeof *c->pairs);
    size_t n_pairs = 0;
    for (uint32_t k = 0; k < c->n_classes; k++) {
        for (size_t i = joint->firsts[k]; i < joint->firsts[k + 1]; i++)
            if (joint->columns[i] == k && joint->values[i] >= 1)
                c->n_kept[k] = (uint32_t)joint->values[i];
        const double given_up = c->n_kept[k] == 0;
        c->n_kept[k] += given_up > 0;
        for (size_t i = joint->firsts[k]; i < joint->firsts[k + 1]; i++) {
            const double n_pruned = joint->values[i] - given_up;
            if (joint->columns[i] != k && n_pruned > 0)
                c->pairs[n_pairs++] = (struct dsi_confident_pair){
                    .to = joint->columns[i], .n = (uint32_t)n_pruned};
        }
        c->pair_firsts[k + 1] = n_pairs;
    }
    return DSI_OK;
}

enum dsi_status dsi_confident_make_pairs(struct dsi_confident *c, struct dsi_error *err)
{
    struct joint joint = {0};
    enum dsi_status status = count(c, &joint, err);
    if (status == DSI_OK)
        status = scale(&joint, c->firsts[c->n_classes], err);
    if (status == DSI_OK)
        status = round_rows(&joint, err);
    if (status == DSI_OK)
        status = set_pairs(c, &joint, err);
    free_joint(&joint);
    return status;
}
