#include "close.h"

#include "close_kernels.h"
#include "close_small.h"

#include <math.h>
#include <string.h>

/* Both sides; a stride of 0 stays where it is. */
struct sides {
    const char *a, *b;
    size_t step_a, step_b; /* bytes */
};

static const void *a_at(const struct sides *sides, size_t i)
{
    return sides->a + i * sides->step_a;
}

static const void *b_at(const struct sides *sides, size_t i)
{
    return sides->b + i * sides->step_b;
}

static void run_singly(const struct dsi_close *close, const struct sides *sides,
                       size_t from, size_t to, uint64_t first_index,
                       struct dsi_closeness *into)
{
    for (size_t i = from; i < to; i++) {
        struct dsi_close_one one;
        dsi_close_values(close, a_at(sides, i), b_at(sides, i), &one);
        dsi_closeness_add(into, &one, close->measures, first_index + i);
    }
}

/* The blocks that the first difference and the extremes are first met in; one by one
 * is looked only there, and only if it matters. */
struct record {
    struct dsi_close_block sum;   /* and extremes */
    struct dsi_close_block known; /* extremes of values that were before */
    size_t diff, abs, rel, ulp;   /* where their blocks start; SIZE_MAX: none */
    unsigned n_vain;              /* surveys that were, since the last that was not */
    unsigned n_unsurveyed;        /* blocks since the last survey */
    struct dsi_close_rider *rider;
};

enum { BLOCK = DSI_CLOSE_NUMBERS_A_BLOCK, MOST_UNSURVEYED = 8, PART = 16 };

/* Extremes of values before first_index, which only greater ones can replace. */
static struct dsi_close_block known_before(const struct dsi_closeness *all,
                                           uint64_t first_index)
{
    struct dsi_close_block known = {0};
    if (all->max_rel_at < first_index)
        known.max_rel = all->max_rel;
    if (all->max_ulp_at < first_index)
        known.max_ulp = all->max_ulp;
    return known;
}

static void add_block(const struct dsi_close_block *block, size_t start,
                      struct record *record)
{
    if (block->n_diff && !record->sum.n_diff)
        record->diff = start;
    record->sum.n_diff += block->n_diff;
    record->sum.n_nan_a += block->n_nan_a;
    record->sum.n_nan_b += block->n_nan_b;
    if (block->max_abs > record->sum.max_abs) {
        record->sum.max_abs = block->max_abs;
        record->abs = start;
    }
    if (block->max_rel > record->sum.max_rel) {
        record->sum.max_rel = block->max_rel;
        record->rel = start;
    }
    if (block->max_ulp > record->sum.max_ulp) {
        record->sum.max_ulp = block->max_ulp;
        record->ulp = start;
    }
}

/* Room for a block of a side. */
union room {
    double wide[BLOCK];
    char bytes[BLOCK * sizeof(double)];
};

/* A block's values as the kernel takes them, in room unless they lie so already. */
static const void *laid_out(struct dsi_dtype dtype, const void *values, size_t step,
                            bool widens, size_t n, union room *room)
{
    widens = widens && !(dtype.kind == DSI_FLOAT && dtype.size == 8);
    if (step && !widens)
        return values;
    if (widens)
        dsi_close_widen(dtype, values, step ? n : 1, room->wide);
    else
        memcpy(room->bytes, values, dtype.size);
    const size_t size = widens ? sizeof *room->wide : dtype.size;
    for (size_t i = 1; !step && i < n; i++)
        memcpy(room->bytes + i * size, room->bytes, size);
    return room->bytes;
}

/* Whether it is worth a look if two blocks are of the same bytes: judging floats is as
 * fast as that look. */
static bool may_be_same(const struct dsi_close *close, const struct sides *sides)
{
    return close->same_agrees && dsi_close_is_one_type(close) && sides->step_a &&
           sides->step_b &&
           (close->measures || close->rule.has_max_ulp || close->are_integers);
}

/* Two blocks of the same bytes, which agree but where they are NaN. */
static void same_block(const struct dsi_close *close, const void *a, const void *b,
                       size_t n, struct dsi_close_block *block)
{
    if (close->are_integers)
        return;
    const uint64_t n_nan = close->kernel->judge(close, a, b, n, false);
    block->n_nan_a = block->n_nan_b = n_nan;
    block->n_diff = close->rule.equal_nan ? 0 : n_nan;
}

/* Units in the last place of integers; those of short ones are in max_abs. */
static uint64_t integer_ulp(const struct dsi_close *close, const struct sides *sides,
                            size_t start, size_t n, double max_abs)
{
    uint64_t most = 0;
    if (close->a.size < 8 && close->b.size < 8)
        return (uint64_t)max_abs;
    if (dsi_close_is_one_type(close) && sides->step_a && sides->step_b)
        return dsi_close_apart(close->a, a_at(sides, start), b_at(sides, start), n);
    for (size_t i = start; i < start + n; i++) {
        struct dsi_close_one one;
        dsi_close_values(close, a_at(sides, i), b_at(sides, i), &one);
        most = one.ulp > most ? one.ulp : most;
    }
    return most;
}

/* False where doubles must tell: a tolerance that depends on b decides, or the greatest
 * |a - b| / |b| may be here. */
static bool small_block(const struct dsi_close *close, const void *a, const void *b,
                        size_t n, double known_rel, struct dsi_close_block *block)
{
    const struct dsi_close_small sum =
        dsi_close_small_run(close->level, close->a, close->limits, a, b, n,
                            close->measures ? known_rel : -1);
    if (sum.n_over_least != sum.n_over_most || sum.may_raise)
        return false;
    block->n_diff = sum.n_over_most;
    block->max_abs = (double)sum.max_apart;
    block->max_ulp = sum.max_apart;
    return true;
}

static struct dsi_close_block known_so_far(const struct record *record)
{
    const struct dsi_close_block *known = &record->known, *sum = &record->sum;
    return (struct dsi_close_block){
        .n_diff = sum->n_diff,
        .max_rel = fmax(known->max_rel, sum->max_rel),
        .max_ulp = known->max_ulp > sum->max_ulp ? known->max_ulp : sum->max_ulp};
}

/* Whether the block was surveyed, and nothing is in it that need be measured. After
 * blocks that were all measured in the end it is tried less often. */
static bool survey_block(const struct dsi_close *close, const struct sides *sides,
                         size_t start, size_t n, struct record *record,
                         struct dsi_close_block *block)
{
    if (!close->measures || close->rule.has_max_ulp || !close->kernel->survey ||
        !sides->step_a || !sides->step_b)
        return false;
    const struct dsi_close_block known = known_so_far(record);
    const void *a = a_at(sides, start), *b = b_at(sides, start);
    if (record->rider && n == BLOCK &&
        record->rider->look(record->rider, close, a, b, &known, block))
        return true;
    if (record->n_unsurveyed < record->n_vain) {
        record->n_unsurveyed++;
        return false;
    }
    record->n_unsurveyed = 0;
    if (close->kernel->survey(close, a, b, n, &known, block)) {
        record->n_vain = 0;
        return true;
    }
    record->n_vain += record->n_vain < MOST_UNSURVEYED;
    *block = (struct dsi_close_block){0};
    return false;
}

/* known_rel: a lesser one need not be found. */
static void measure_block(const struct dsi_close *close, const struct sides *sides,
                          size_t start, size_t n, double known_rel, union room room[2],
                          struct dsi_close_block *block)
{
    const bool by_ulp = close->rule.has_max_ulp;
    const void *a = a_at(sides, start), *b = b_at(sides, start);
    *block = (struct dsi_close_block){0};
    if (may_be_same(close, sides) && memcmp(a, b, n * sides->step_a) == 0) {
        same_block(close, a, b, n, block);
        return;
    }
    if (close->is_small && sides->step_a && sides->step_b &&
        small_block(close, a, b, n, known_rel, block))
        return;
    a = laid_out(close->a, a, sides->step_a, close->widens, n, &room[0]);
    b = laid_out(close->b, b, sides->step_b, close->widens, n, &room[1]);
    if (!close->measures && !by_ulp) {
        block->n_diff = close->kernel->judge(close, a, b, n, close->rule.equal_nan);
        return;
    }
    close->kernel->measure(close, a, b, n, block);
    if (isinf(block->max_abs))
        block->max_rel = block->max_abs;
    if (close->are_integers)
        block->max_ulp = integer_ulp(close, sides, start, n, block->max_abs);
}

/* By units in the last place: one by one where a block has any that differ. */
static void judge_by_ulp(const struct dsi_close *close, const struct sides *sides,
                         size_t start, size_t n, struct dsi_close_block *block)
{
    block->n_diff = 0;
    if (block->max_ulp <= close->rule.max_ulp && !block->n_nan_a && !block->n_nan_b)
        return;
    for (size_t i = start; i < start + n; i++) {
        struct dsi_close_one one;
        dsi_close_values(close, a_at(sides, i), b_at(sides, i), &one);
        block->n_diff += !one.agrees;
    }
}

static void run_block(const struct dsi_close *close, const struct sides *sides,
                      size_t start, size_t n, struct record *record, union room room[2],
                      struct dsi_close_block *block)
{
    *block = (struct dsi_close_block){0};
    if (survey_block(close, sides, start, n, record, block))
        return;
    measure_block(close, sides, start, n,
                  fmax(record->known.max_rel, record->sum.max_rel), room, block);
    if (close->rule.has_max_ulp)
        judge_by_ulp(close, sides, start, n, block);
}

/* Whether one of the places that a record left open is in a part of it. What is found
 * is taken out of `open`, for only the first of equals counts. */
static bool takes_out(const struct dsi_close_block *part, struct dsi_close_block *open)
{
    const bool diff = open->n_diff && part->n_diff;
    const bool abs = open->max_abs > 0 && part->max_abs == open->max_abs;
    const bool rel = open->max_rel > 0 && part->max_rel == open->max_rel;
    const bool ulp = open->max_ulp > 0 && part->max_ulp == open->max_ulp;
    open->n_diff = diff ? 0 : open->n_diff;
    open->max_abs = abs ? 0 : open->max_abs;
    open->max_rel = rel ? 0 : open->max_rel;
    open->max_ulp = ulp ? 0 : open->max_ulp;
    return diff || abs || rel || ulp;
}

static bool is_open(const struct dsi_close_block *open)
{
    return open->n_diff || open->max_abs > 0 || open->max_rel > 0 || open->max_ulp;
}

/* Whether the places of a block can be found at once, and its values be told apart by
 * the tolerances that the kernel has. */
static bool can_find(const struct dsi_close *close, const struct sides *sides)
{
    return close->kernel->find && !close->widens && !close->rule.has_max_ulp &&
           sides->step_a && sides->step_b;
}

/* From value to value that is one of those left open, until none is. */
static void find_open(const struct dsi_close *close, const struct sides *sides,
                      size_t start, size_t end, uint64_t first_index,
                      struct dsi_close_block *open, struct dsi_closeness *found)
{
    const void *a = a_at(sides, start), *b = b_at(sides, start);
    const size_t n = end - start;
    for (size_t i = 0; i < n && is_open(open); i++) {
        i = close->kernel->find(close, a, b, i, n, open);
        if (i == n)
            break;
        struct dsi_close_one one;
        dsi_close_values(close, a_at(sides, start + i), b_at(sides, start + i), &one);
        const struct dsi_close_block part = {.n_diff = !one.agrees,
                                             .max_abs = one.abs,
                                             .max_rel = one.rel,
                                             .max_ulp = one.ulp};
        if (takes_out(&part, open))
            dsi_closeness_add(found, &one, close->measures, first_index + start + i);
    }
}

/* By parts, and one by one only where it must be. */
static void measure_open(const struct dsi_close *close, const struct sides *sides,
                         size_t start, size_t end, uint64_t first_index,
                         struct dsi_close_block *open, struct dsi_closeness *found)
{
    union room room[2];
    for (size_t i = start; i < end; i += PART) {
        const size_t n = end - i < PART ? end - i : PART;
        struct dsi_close_block part;
        measure_block(close, sides, i, n, 0, room, &part);
        if (close->rule.has_max_ulp)
            judge_by_ulp(close, sides, i, n, &part);
        if (takes_out(&part, open))
            run_singly(close, sides, i, i + n, first_index, found);
    }
}

/* Looks a block through for the places that a record left open. */
static void look_through(const struct dsi_close *close, const struct sides *sides,
                         const struct dsi_close_block *sum, size_t start, size_t to,
                         uint64_t first_index, struct dsi_closeness *into)
{
    const size_t end = to - start < BLOCK ? to : start + BLOCK;
    struct dsi_close_block open = *sum;
    struct dsi_closeness found;
    dsi_closeness_init(&found);
    if (can_find(close, sides))
        find_open(close, sides, start, end, first_index, &open, &found);
    else
        measure_open(close, sides, start, end, first_index, &open, &found);
    found.n_diff = found.n_nan_a = found.n_nan_b = 0;
    dsi_closeness_merge(into, &found);
}

/* Whether the block at start ends before a place that is known. One that is in it was
 * found in it. */
static bool is_before(size_t start, size_t to, uint64_t first_index, uint64_t known_at)
{
    return first_index + (to - start < BLOCK ? to : start + BLOCK) <= known_at;
}

/* A record's counts into closeness, and its places where they are better than those
 * known; to is where its blocks end. */
static void keep_record(const struct dsi_close *close, const struct sides *sides,
                        const struct record *record, size_t to, uint64_t first_index,
                        struct dsi_closeness *into)
{
    const struct dsi_close_block *sum = &record->sum;
    if (sum->n_diff && first_index + record->diff < into->first_diff)
        look_through(close, sides, sum, record->diff, to, first_index, into);
    into->n_diff += sum->n_diff;
    if (!close->measures)
        return;
    into->n_nan_a += sum->n_nan_a;
    into->n_nan_b += sum->n_nan_b;
    if (sum->max_abs > into->max_abs ||
        (sum->max_abs > 0 && sum->max_abs == into->max_abs &&
         is_before(record->abs, to, first_index, into->max_abs_at)))
        look_through(close, sides, sum, record->abs, to, first_index, into);
    if (sum->max_rel > into->max_rel ||
        (sum->max_rel > 0 && sum->max_rel == into->max_rel &&
         is_before(record->rel, to, first_index, into->max_rel_at)))
        look_through(close, sides, sum, record->rel, to, first_index, into);
    if (sum->max_ulp > into->max_ulp ||
        (sum->max_ulp > 0 && sum->max_ulp == into->max_ulp &&
         is_before(record->ulp, to, first_index, into->max_ulp_at)))
        look_through(close, sides, sum, record->ulp, to, first_index, into);
}

/* What makes whole vectors; returns how many values that were. */
static size_t run_blocks(const struct dsi_close *close, const struct sides *sides,
                         uint64_t first_index, size_t n, struct dsi_close_rider *rider,
                         struct dsi_closeness *into)
{
    const size_t whole = n - n % close->kernel->lanes;
    struct record record = {
        .known = known_before(into, first_index), .diff = SIZE_MAX, .rider = rider};
    union room room[2];
    for (size_t i = 0; i < whole; i += BLOCK) {
        const size_t k = whole - i < BLOCK ? whole - i : BLOCK;
        struct dsi_close_block block;
        run_block(close, sides, i, k, &record, room, &block);
        add_block(&block, i, &record);
    }
    keep_record(close, sides, &record, whole, first_index, into);
    return whole;
}

static void run(const struct dsi_close *close, const struct sides *sides,
                uint64_t first_index, size_t n, struct dsi_close_rider *rider,
                struct dsi_closeness *into)
{
    const size_t done =
        close->kernel ? run_blocks(close, sides, first_index, n, rider, into) : 0;
    run_singly(close, sides, done, n, first_index, into);
    into->n += n;
}

void dsi_close_run(const struct dsi_close *close, const void *a, unsigned stride_a,
                   const void *b, unsigned stride_b, uint64_t first_index, size_t n,
                   struct dsi_closeness *into)
{
    const struct sides sides = {a, b, stride_a ? close->a.size : 0,
                                stride_b ? close->b.size : 0};
    run(close, &sides, first_index, n, NULL, into);
}

void dsi_close_ride(const struct dsi_close *close, const void *a, const void *b,
                    uint64_t first_index, size_t n, struct dsi_close_rider *rider,
                    struct dsi_closeness *into)
{
    const struct sides sides = {a, b, close->a.size, close->b.size};
    run(close, &sides, first_index, n, rider, into);
}
