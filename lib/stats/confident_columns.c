/* Margins of all samples of a class, for pairs where those of the widest are not
 * enough: where more samples than are to be pruned have the margin of the last, which
 * of them are is up to the order that sorting all of them gives. They are also taken
 * down for pairs that are likely to come up, where memory allows, to save a look at the
 * data. */
#include "argsort.h"
#include "bytes.h"
#include "confident_run.h"

#include <stdlib.h>
#include <string.h>

struct column {
    uint32_t from, to, n_pruned;
    size_t start; /* of its margins */
};

struct dsi_confident_columns {
    struct column *list; /* by from, then by to */
    size_t n, capacity;
    size_t first, end; /* those that are being filled */
    size_t *first_of; /* of classes: the first column from `first` on; SIZE_MAX: none */
    uint32_t *rank;   /* of samples: how many of the class come before */
    uint64_t n_margins; /* that there is room for */
    void *margins; /* of double or float; negative, so that the widest sort first */
};

void dsi_confident_columns_free(struct dsi_confident_columns *columns)
{
    if (!columns)
        return;
    free(columns->list);
    free(columns->first_of);
    free(columns->rank);
    free(columns->margins);
    free(columns);
}

enum dsi_status dsi_confident_columns_add(struct dsi_confident *c, uint32_t from,
                                          struct dsi_confident_pair pair,
                                          struct dsi_error *err)
{
    if (!c->columns && !(c->columns = dsi_alloc_zeroed(1, sizeof *c->columns)))
        return dsi_fail_memory(err, sizeof *c->columns);
    struct dsi_confident_columns *t = c->columns;
    struct column *list = dsi_grow_array(t->list, t->n, &t->capacity, sizeof *list);
    if (!list)
        return dsi_fail_memory(err, t->n * sizeof *list);
    t->list = list;
    t->list[t->n++] = (struct column){.from = from, .to = pair.to, .n_pruned = pair.n};
    return DSI_OK;
}

/* --- filling -------------------------------------------------------------------------
 */

/* As many margins as there are samples, and a few million: a class's always fit. */
static uint64_t n_margins_of(const struct dsi_confident *c)
{
    enum { AT_LEAST = 4 << 20 };
    return c->n_samples > AT_LEAST ? c->n_samples : AT_LEAST;
}

static enum dsi_status make_room(const struct dsi_confident *c,
                                 struct dsi_confident_columns *t, struct dsi_error *err)
{
    const size_t size = c->is_double ? sizeof(double) : sizeof(float);
    t->n_margins = n_margins_of(c);
    t->first_of = dsi_alloc_array(c->n_classes, sizeof *t->first_of);
    t->rank = dsi_alloc_array(c->n_samples, sizeof *t->rank);
    t->margins = dsi_alloc_array(t->n_margins, size);
    if (!t->first_of || !t->rank || !t->margins)
        return dsi_fail_memory(err, t->n_margins * size);
    for (uint32_t k = 0; k < c->n_classes; k++)
        for (uint32_t i = c->firsts[k]; i < c->firsts[k + 1]; i++)
            t->rank[c->members[i]] = i - c->firsts[k];
    return DSI_OK;
}

enum dsi_status dsi_confident_columns_begin(struct dsi_confident *c, bool *more,
                                            struct dsi_error *err)
{
    struct dsi_confident_columns *t = c->columns;
    uint64_t n_used = 0;
    *more = t && t->end < t->n;
    if (!*more)
        return DSI_OK;
    if (!t->margins)
        DSI_TRY(make_room(c, t, err));
    memset(t->first_of, 0xff, c->n_classes * sizeof *t->first_of);
    for (t->first = t->end; t->end < t->n; t->end++) {
        struct column *column = &t->list[t->end];
        const uint32_t n = dsi_confident_n_of_class(c, column->from);
        if (n_used + n > t->n_margins)
            break;
        column->start = n_used;
        n_used += n;
        if (t->first_of[column->from] == SIZE_MAX)
            t->first_of[column->from] = t->end;
    }
    return DSI_OK;
}

void dsi_confident_see_columns(const struct dsi_confident *c, uint32_t sample,
                               const void *row)
{
    const struct dsi_confident_columns *t = c->columns;
    const uint32_t label = c->labels[sample];
    for (size_t i = t->first_of[label]; i < t->end && t->list[i].from == label; i++) {
        const size_t at = t->list[i].start + t->rank[sample];
        const double margin = dsi_confident_difference(c, row, t->list[i].to, label);
        if (c->is_double)
            ((double *)t->margins)[at] = -margin;
        else
            ((float *)t->margins)[at] = -(float)margin;
    }
}

/* --- flagging ------------------------------------------------------------------------
 */

struct room {
    double *values;
    uint32_t *order;
};

static enum dsi_status make_sorting_room(const struct dsi_confident *c,
                                         struct room *room, struct dsi_error *err)
{
    uint32_t most = 0;
    for (uint32_t k = 0; k < c->n_classes; k++)
        if (dsi_confident_n_of_class(c, k) > most)
            most = dsi_confident_n_of_class(c, k);
    room->values = dsi_alloc_array(most, sizeof *room->values);
    room->order = dsi_alloc_array(most, sizeof *room->order);
    if (room->values && room->order)
        return DSI_OK;
    free(room->values);
    free(room->order);
    return dsi_fail_memory(err, most * sizeof *room->values);
}

static void free_sorting_room(struct room *room)
{
    free(room->values);
    free(room->order);
}

static void flag(struct dsi_confident *c, const struct column *column,
                 uint32_t n_pruned, struct room *room)
{
    const uint32_t n = dsi_confident_n_of_class(c, column->from);
    const uint32_t *members = c->members + c->firsts[column->from];
    for (uint32_t i = 0; i < n; i++)
        room->values[i] =
            dsi_confident_number(c, c->columns->margins, column->start + i);
    dsi_argsort(room->values, n, room->order);
    for (uint32_t i = 0; i < n && i < n_pruned && n > 1; i++)
        c->flags[members[room->order[i]]] |= DSI_LABEL_IS_ISSUE;
}

enum dsi_status dsi_confident_columns_end(struct dsi_confident *c,
                                          struct dsi_error *err)
{
    const struct dsi_confident_columns *t = c->columns;
    struct room room;
    DSI_TRY(make_sorting_room(c, &room, err));
    for (size_t i = t->first; i < t->end; i++)
        flag(c, &t->list[i], t->list[i].n_pruned, &room);
    free_sorting_room(&room);
    return DSI_OK;
}

/* --- pairs that are likely to come up
 * ------------------------------------------------- */

static int compare_classes(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Of class k: those its samples are most probable to be, each once. seen holds, of each
 * class, one more than the last class that it was seen in. */
static enum dsi_status add_guesses(struct dsi_confident *c, uint32_t k, uint32_t *seen,
                                   uint32_t *found, uint64_t *n_margins,
                                   struct dsi_error *err)
{
    const uint32_t n = dsi_confident_n_of_class(c, k);
    size_t n_found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t class = c->predicted[c->members[c->firsts[k] + i]];
        if (class != k && seen[class] != k + 1)
            found[n_found++] = class;
        seen[class] = k + 1;
    }
    *n_margins += (uint64_t)n_found * n;
    qsort(found, n_found, sizeof *found, compare_classes);
    for (size_t i = 0; i < n_found && *n_margins <= n_margins_of(c); i++)
        DSI_TRY(dsi_confident_columns_add(
            c, k, (struct dsi_confident_pair){.to = found[i]}, err));
    return DSI_OK;
}

enum dsi_status dsi_confident_columns_guess(struct dsi_confident *c,
                                            struct dsi_error *err)
{
    uint64_t n_margins = 0;
    bool more;
    uint32_t *seen = dsi_alloc_zeroed(c->n_classes, sizeof *seen);
    uint32_t *found = dsi_alloc_array(c->n_classes, sizeof *found);
    enum dsi_status status =
        seen && found ? DSI_OK : dsi_fail_memory(err, c->n_classes * sizeof *seen);
    for (uint32_t k = 0;
         k < c->n_classes && status == DSI_OK && n_margins <= n_margins_of(c); k++)
        status = add_guesses(c, k, seen, found, &n_margins, err);
    free(seen);
    free(found);
    if (status != DSI_OK || !c->columns)
        return status;
    if (n_margins > n_margins_of(c)) {
        dsi_confident_columns_free(c->columns);
        c->columns = NULL;
        return DSI_OK;
    }
    return dsi_confident_columns_begin(c, &more, err);
}

/* The column of a pair among those of its class, all of which are filled; NULL: it was
 * not guessed. */
static const struct column *find_column(const struct dsi_confident_columns *t,
                                        uint32_t from, uint32_t to)
{
    for (size_t i = t->first_of[from]; i < t->end && t->list[i].from == from; i++)
        if (t->list[i].to == to)
            return &t->list[i];
    return NULL;
}

enum dsi_status dsi_confident_columns_use(struct dsi_confident *c,
                                          struct dsi_error *err)
{
    struct dsi_confident_columns *guessed = c->columns, *other = NULL;
    struct room room;
    enum dsi_status status = make_sorting_room(c, &room, err);
    if (status != DSI_OK)
        return status;
    for (uint32_t k = 0; k < c->n_classes; k++)
        for (size_t q = c->pair_firsts[k];
             q < c->pair_firsts[k + 1] && status == DSI_OK; q++) {
            const struct column *column = find_column(guessed, k, c->pairs[q].to);
            if (column) {
                flag(c, column, c->pairs[q].n, &room);
                continue;
            }
            c->columns = other;
            status = dsi_confident_columns_add(c, k, c->pairs[q], err);
            other = c->columns;
            c->columns = guessed;
        }
    free_sorting_room(&room);
    dsi_confident_columns_free(guessed);
    c->columns = other;
    return status;
}
