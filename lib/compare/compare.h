/* Pairs of arrays, compared value by value: what diff is made of.
 *
 * Small pairs are shared out among the workers, one each; of a large one its blocks
 * are. Nothing depends on who compared what: counts add up, and of equal extremes the
 * first place is kept. Memory is bounded by a few blocks a worker. */
#ifndef DSI_COMPARE_H
#define DSI_COMPARE_H

#include "close.h"
#include "metrics.h"
#include "opened.h"
#include "pair_rules.h"
#include "tolerance.h"
#include "top_k.h"

enum dsi_compared_status {
    DSI_COMPARED_SAME,
    DSI_COMPARED_DIFFERS, /* values do */
    DSI_COMPARED_SHAPE,
    DSI_COMPARED_DTYPE, /* the values were compared all the same, where they can be */
    DSI_COMPARED_ONLY_A,
    DSI_COMPARED_ONLY_B,
    DSI_COMPARED_ERROR, /* a side could not be read; what was compared counts */
    DSI_N_COMPARED
};
extern const char *const dsi_compared_names[DSI_N_COMPARED];

struct dsi_compare_options {
    /* Of pairs without one of their own; so max_share. Tolerances that are NAN go by
     * the types, see dsi_close_rule_by_types. */
    struct dsi_close_rule rule;
    double max_share; /* of the values of a pair may differ; it is the same then */
    bool any_dtype;   /* numbers of different types may be the same */
    bool tolerances;  /* finds those that would be needed */
    bool metrics;     /* takes those of metrics.h, too */
    bool explains;    /* looks for what would make B into A, where they differ */
    uint64_t
        n_worst; /* so many of the values that differ most are kept, of each pair */
    uint64_t n_threads; /* 0: all there are */
    struct dsi_open_options open;
    struct dsi_opened *opened_a, *opened_b; /* files to go on with, taken out; NULL */
    const volatile sig_atomic_t *stop;      /* NULL */
    /* Called by one worker now and then; NULL. */
    void (*progress)(void *context, uint64_t n_done, uint64_t n_pairs);
    void *progress_context;
};

/* Two values, as they are in memory; texts are not kept. */
struct dsi_compared_values {
    uint8_t a[16], b[16];
};

struct dsi_compared {
    enum dsi_compared_status status;
    struct dsi_closeness closeness;
    struct dsi_compared_values first, worst; /* at first_diff, at max_abs_at */
    struct dsi_top_k farthest;           /* see worst.h, where they were asked for */
    struct dsi_tolerances needed;        /* where they were asked for */
    struct dsi_metrics metrics;          /* so too; NaN for complex numbers */
    char *abs_histogram, *ulp_histogram; /* so too, as gaps.h writes them; NULL */
    bool are_numbers;
    bool differs_in_nan; /* alone: where one side is NaN, so is the other */
    struct dsi_dtype a, b;
    int n_dims; /* of what was compared; places are numbers of elements in C order */
    uint64_t *shape;
    char *detail; /* why, in words; NULL */
};

/* compared holds one for each pair, zeroed; to be freed also on failure, which is
 * want of memory or a request to stop. */
DSI_CHECKED enum dsi_status dsi_compare_pairs(struct dsi_compared *compared,
                                              const struct dsi_pairs *pairs,
                                              const struct dsi_compare_options *options,
                                              struct dsi_error *err);
void dsi_compared_free(struct dsi_compared *compared, size_t n);

#endif
