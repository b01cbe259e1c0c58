#include "opened_pair.h"

#include <stddef.h>
#include <string.h>

/* --- places ----------------------------------------------------------------------- */

void dsi_pair_state_init(struct dsi_pair_state *state, bool counts_gaps)
{
    memset(state, 0, offsetof(struct dsi_pair_state, gaps));
    dsi_closeness_init(&state->closeness);
    state->counts_gaps = counts_gaps;
    if (counts_gaps)
        memset(&state->gaps, 0, sizeof state->gaps);
}

void dsi_pair_state_merge(struct dsi_pair_state *into,
                          const struct dsi_pair_state *from)
{
    const uint64_t first = into->closeness.first_diff;
    const uint64_t worst = into->closeness.max_abs_at;
    dsi_closeness_merge(&into->closeness, &from->closeness);
    if (into->closeness.first_diff != first)
        into->first = from->first;
    if (into->closeness.max_abs_at != worst)
        into->worst = from->worst;
    dsi_tolerances_merge(&into->needed, &from->needed);
    if (into->counts_gaps)
        dsi_gaps_merge(&into->gaps, &from->gaps);
}

void dsi_pair_state_repeat(struct dsi_pair_state *state, uint64_t n)
{
    if (n == 1)
        return;
    state->closeness.n *= n;
    state->closeness.n_diff *= n;
    state->closeness.n_nan_a *= n;
    state->closeness.n_nan_b *= n;
    if (state->counts_gaps)
        dsi_gaps_repeat(&state->gaps, n);
}

/* --- values ----------------------------------------------------------------------- */

static enum dsi_status read_side(struct dsi_opened *side, const char *name,
                                 bool by_value, uint64_t first, uint64_t n,
                                 struct dsi_rows *rows, struct dsi_error *err)
{
    struct dsi_error reason;
    struct dsi_file *file = dsi_opened_file(side);
    const enum dsi_status status =
        by_value ? dsi_file_read_values(file, side->array, first, n, rows, &reason)
                 : dsi_file_read(file, side->array, first, n, rows, &reason);
    return status == DSI_OK
               ? DSI_OK
               : dsi_fail(err, status, "%s (%s): %s", name, side->path, reason.message);
}

/* Numbers of a side, where texts spell them. */
static const void *value_at(const struct dsi_opened *side, const struct dsi_rows *rows,
                            unsigned stride, uint64_t i)
{
    return rows->values.data +
           (size_t)(i * stride) * dsi_opened_array(side)->dtype.size;
}

static void keep(const struct dsi_opened_pair *pair, const struct dsi_pair_room *room,
                 uint64_t i, struct dsi_compared_values *values)
{
    const uint32_t size_a = dsi_opened_array(&pair->a)->dtype.size;
    const uint32_t size_b = dsi_opened_array(&pair->b)->dtype.size;
    memcpy(values->a, value_at(&pair->a, &room->a, pair->stride_a, i),
           size_a < sizeof values->a ? size_a : sizeof values->a);
    memcpy(values->b, value_at(&pair->b, &room->b, pair->stride_b, i),
           size_b < sizeof values->b ? size_b : sizeof values->b);
}

bool dsi_pair_same_text(const struct dsi_opened_pair *pair, const void *a,
                        const void *b)
{
    const struct dsi_dtype dtype = dsi_opened_array(&pair->a)->dtype;
    if (dtype.kind != DSI_STRING)
        return memcmp(a, b, dtype.size) == 0;
    struct dsi_string x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x.n == y.n && (x.n == 0 || memcmp(x.text, y.text, x.n) == 0);
}

static void compare_texts(const struct dsi_opened_pair *pair,
                          const struct dsi_pair_room *room, uint64_t first, uint64_t n,
                          struct dsi_closeness *into)
{
    into->n += n;
    for (uint64_t i = 0; i < n; i++) {
        if (dsi_pair_same_text(pair, value_at(&pair->a, &room->a, pair->stride_a, i),
                               value_at(&pair->b, &room->b, pair->stride_b, i)))
            continue;
        into->n_diff++;
        if (first + i < into->first_diff)
            into->first_diff = first + i;
    }
}

/* n values from number `first` on, which is where room begins. */
static void compare_values(const struct dsi_opened_pair *pair,
                           const struct dsi_pair_room *room, uint64_t first, uint64_t n,
                           struct dsi_pair_state *state)
{
    struct dsi_closeness *c = &state->closeness;
    const uint64_t first_diff = c->first_diff, worst = c->max_abs_at;
    const void *a = room->a.values.data, *b = room->b.values.data;
    if (pair->are_texts)
        compare_texts(pair, room, first, n, c);
    else if (state->counts_gaps)
        dsi_gaps_run(&state->gaps, &pair->close, a, pair->stride_a, b, pair->stride_b,
                     first, (size_t)n, c);
    else
        dsi_close_run(&pair->close, a, pair->stride_a, b, pair->stride_b, first,
                      (size_t)n, c);
    if (c->first_diff != first_diff)
        keep(pair, room, c->first_diff - first, &state->first);
    if (c->max_abs_at != worst)
        keep(pair, room, c->max_abs_at - first, &state->worst);
    if (pair->sums)
        dsi_metric_sums_of(pair->sums + first / pair->n_items / pair->rows_at_once,
                           pair->close.level, pair->close.a, a, pair->stride_a,
                           pair->close.b, b, pair->stride_b, n);
    if (pair->tolerances && !pair->are_texts)
        dsi_tolerances_run(&pair->close, a, pair->stride_a, b, pair->stride_b,
                           (size_t)n, &state->needed);
}

enum dsi_status dsi_pair_read(struct dsi_opened_pair *pair, uint64_t first, uint64_t n,
                              struct dsi_pair_room *room, uint64_t *n_read,
                              struct dsi_error *err)
{
    const uint64_t first_a = pair->stride_a ? first : 0, n_a = pair->stride_a ? n : 1;
    const uint64_t first_b = pair->stride_b ? first : 0, n_b = pair->stride_b ? n : 1;
    enum dsi_status status = read_side(&pair->a, "A", pair->by_value && pair->stride_a,
                                       first_a, n_a, &room->a, err);
    if (status == DSI_OK || room->a.n_rows) {
        struct dsi_error second;
        const enum dsi_status other =
            read_side(&pair->b, "B", pair->by_value && pair->stride_b, first_b, n_b,
                      &room->b, &second);
        if (status == DSI_OK && other != DSI_OK) {
            *err = second;
            status = other;
        }
    } else {
        room->b.n_rows = 0;
    }
    *n_read = room->a.n_rows && room->b.n_rows ? n : 0;
    if (pair->stride_a && room->a.n_rows < *n_read)
        *n_read = room->a.n_rows;
    if (pair->stride_b && room->b.n_rows < *n_read)
        *n_read = room->b.n_rows;
    return status;
}

enum dsi_status dsi_pair_compare(struct dsi_opened_pair *pair, uint64_t first,
                                 uint64_t n, struct dsi_pair_room *room,
                                 struct dsi_pair_state *state, struct dsi_error *err)
{
    uint64_t n_rows;
    const enum dsi_status status = dsi_pair_read(pair, first, n, room, &n_rows, err);
    const uint64_t at = first * pair->n_items, n_values = n_rows * pair->n_items;
    if (n_values) /* rows may be of nothing */
        compare_values(pair, room, at, n_values, state);
    return status;
}
