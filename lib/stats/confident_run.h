/* Confident learning between its files; for confident*.c alone. */
#ifndef DSI_CONFIDENT_RUN_H
#define DSI_CONFIDENT_RUN_H

#include "confident.h"
#include "half_round.h"

#include <stddef.h>

enum dsi_confident_look {
    DSI_LOOK_FACTS,   /* what a row tells by itself */
    DSI_LOOK_GUESSES, /* which thresholds it reaches */
    DSI_LOOK_MARGINS, /* how far it prefers the classes that are to be pruned for */
    DSI_LOOK_COLUMNS, /* the same, where ties decide, of all samples of a class */
    DSI_LOOK_NO_MORE,
};

/* Of samples. */
enum {
    DSI_LABEL_IS_CLOSE = 1, /* the label is the most probable class, give 1e-6 */
    DSI_LABEL_IS_ISSUE = 2,
    DSI_ISSUE_BY_CLASS = 4,
};

/* That n samples labelled `from` are to be pruned for the class `to`. from is known by
 * where the pair stands. */
struct dsi_confident_pair {
    uint32_t to, n;
};

struct dsi_confident {
    struct dsi_confident_parameters parameters;
    bool is_half, is_double; /* else float */
    bool has_avx2;
    uint32_t n_samples, n_classes;
    uint32_t *labels; /* borrowed */
    enum dsi_confident_look look;

    /* One a sample. Those of numbers are of double or float; score and margin may be
     * another of the three, or NULL. */
    void *self, *score, *margin;
    uint32_t *predicted, *guesses; /* guesses until pairs are made of them */
    uint8_t *flags;

    uint64_t n_bad, first_bad;

    /* After the first look: class k has members[firsts[k]] to members[firsts[k + 1] -
     * 1], ascending. */
    uint32_t *firsts, *members;
    void *cuts; /* a class's threshold less 1e-6, as float or double */

    /* After the second: how many of class k are not to be pruned; the pairs from class
     * k are pairs[pair_firsts[k]] to pairs[pair_firsts[k + 1] - 1]. */
    uint32_t *n_kept;
    size_t *pair_firsts;
    struct dsi_confident_pair *pairs;
    struct dsi_confident_columns *columns;

    uint32_t *issues;
    uint32_t n_issues;
};

static inline uint32_t dsi_confident_n_of_class(const struct dsi_confident *c,
                                                uint32_t class)
{
    return c->firsts[class + 1] - c->firsts[class];
}

/* One of many, of the probabilities' type but halves, which are floats. */
static inline double dsi_confident_number(const struct dsi_confident *c,
                                          const void *numbers, size_t at)
{
    return c->is_double ? ((const double *)numbers)[at]
                        : (double)((const float *)numbers)[at];
}

/* --- confident_rows.c ----------------------------------------------------------------
 */

/* Looks FACTS and GUESSES at one row: n_classes of float or double. terms is room for
 * as many. False: they are no probabilities. */
bool dsi_confident_see_facts(struct dsi_confident *c, uint32_t sample, const void *row,
                             void *terms);
void dsi_confident_see_guess(struct dsi_confident *c, uint32_t sample, const void *row);

/* --- confident_score.c
 * ---------------------------------------------------------------- */

float dsi_confident_entropy_f32(const float *row, float self, bool is_half, uint32_t n,
                                float *terms);
double dsi_confident_entropy_f64(const double *row, double self, uint32_t n,
                                 double *terms);
float dsi_confident_margin_f32(float self, float other, bool is_half);
double dsi_confident_margin_f64(double self, double other);

/* --- confident_classes.c
 * -------------------------------------------------------------- */

/* members, firsts and cuts. */
DSI_CHECKED enum dsi_status dsi_confident_make_classes(struct dsi_confident *c,
                                                       struct dsi_error *err);

/* --- confident_joint.c
 * ---------------------------------------------------------------- */

/* n_kept and pairs. */
DSI_CHECKED enum dsi_status dsi_confident_make_pairs(struct dsi_confident *c,
                                                     struct dsi_error *err);

/* --- confident_margins.c
 * -------------------------------------------------------------- */

/* The widest margins of a pair: up to its n of them, the narrowest on top, and the
 * widest of those that found no room. */
struct dsi_confident_heap;

struct dsi_confident_heap *dsi_confident_heaps_new(const struct dsi_confident *c);
void dsi_confident_heaps_free(const struct dsi_confident *c,
                              struct dsi_confident_heap *heaps);
DSI_CHECKED enum dsi_status dsi_confident_see_margins(const struct dsi_confident *c,
                                                      struct dsi_confident_heap *heaps,
                                                      uint32_t sample, const void *row,
                                                      struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_confident_merge_heaps(const struct dsi_confident *c,
                          struct dsi_confident_heap *into,
                          const struct dsi_confident_heap *from, struct dsi_error *err);

/* Flags the samples in the heaps, but for pairs where the margin of one that has room
 * and that of one that has not are the same: those go to the columns. */
DSI_CHECKED enum dsi_status
dsi_confident_flag_margins(struct dsi_confident *c,
                           const struct dsi_confident_heap *heaps,
                           struct dsi_error *err);

/* --- confident_columns.c
 * -------------------------------------------------------------- */

/* Pairs whose margins are all to be sorted, some at a time. */
struct dsi_confident_columns;

void dsi_confident_columns_free(struct dsi_confident_columns *columns);
/* In the order of classes. */
DSI_CHECKED enum dsi_status dsi_confident_columns_add(struct dsi_confident *c,
                                                      uint32_t from,
                                                      struct dsi_confident_pair pair,
                                                      struct dsi_error *err);
/* Makes room for the next pairs; *more when there are any. */
DSI_CHECKED enum dsi_status
dsi_confident_columns_begin(struct dsi_confident *c, bool *more, struct dsi_error *err);
void dsi_confident_see_columns(const struct dsi_confident *c, uint32_t sample,
                               const void *row);
/* Flags the samples of the pairs that were seen. */
DSI_CHECKED enum dsi_status dsi_confident_columns_end(struct dsi_confident *c,
                                                      struct dsi_error *err);

/* Begins with the pairs of given and most probable class, before pairs are known; where
 * there are too many of them c->columns stays NULL. */
DSI_CHECKED enum dsi_status dsi_confident_columns_guess(struct dsi_confident *c,
                                                        struct dsi_error *err);
/* Flags the samples of pairs that were guessed; the others are left to begin with. */
DSI_CHECKED enum dsi_status dsi_confident_columns_use(struct dsi_confident *c,
                                                      struct dsi_error *err);

/* p of class `to` less that of class `from`, as cleanlab's types round it. */
static inline double dsi_confident_difference(const struct dsi_confident *c,
                                              const void *row, uint32_t to,
                                              uint32_t from)
{
    if (c->is_double)
        return ((const double *)row)[to] - ((const double *)row)[from];
    const float difference = ((const float *)row)[to] - ((const float *)row)[from];
    return (double)(c->is_half ? dsi_round_to_half(difference) : difference);
}

/* --- confident_filter.c
 * --------------------------------------------------------------- */

/* issues, when every look has been. */
DSI_CHECKED enum dsi_status dsi_confident_make_issues(struct dsi_confident *c,
                                                      struct dsi_error *err);

#endif
