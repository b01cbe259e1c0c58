/* Each move is told by where in B the value at some indices of A comes from. */
#include "explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { FLIP, SHIFT, REVERSE, PERMUTE };

/* For FLIP, SHIFT and REVERSE an axis; SHIFT also by how much. PERMUTE: axis d of A is
 * axis order[d] of B. */
struct move {
    enum kind kind;
    int axis, by;
    int order[DSI_MAX_DIMS];
};

struct sums {
    double squares, max;
    uint64_t n;
};

/* In axes of B, counted in values. */
static void strides_of(const struct dsi_sample_values *values,
                       uint64_t strides[DSI_MAX_DIMS])
{
    uint64_t stride = 1;
    for (int d = values->n_dims - 1; d >= 0; d--) {
        strides[d] = stride;
        stride *= values->shape[d];
    }
}

/* Index i along the move's axis is this in B; false: nothing is there. */
static bool moved(const struct move *move, uint64_t n, uint64_t i, uint64_t *to)
{
    *to = i;
    if (move->kind == FLIP)
        *to = n - 1 - i;
    else if (move->kind == REVERSE)
        *to = i < 3 ? 2 - i : i; /* alpha stays */
    else if (move->kind == SHIFT && (move->by > 0 ? i == 0 : i + 1 == n))
        return false;
    else if (move->kind == SHIFT)
        *to = move->by > 0 ? i - 1 : i + 1;
    return true;
}

static void add(struct sums *sums, double a, double b)
{
    const double left = a == b ? 0 : fabs(a - b);
    if (isnan(left) || isinf(left))
        return; /* NaN and infinities are told of by themselves */
    sums->squares += left * left;
    sums->max = left > sums->max ? left : sums->max;
    sums->n++;
}

static struct sums try_move(const struct dsi_sample_values *a,
                            const struct dsi_sample_values *b, const struct move *move)
{
    uint64_t index[DSI_MAX_DIMS] = {0}, strides[DSI_MAX_DIMS];
    struct sums sums = {0};
    strides_of(b, strides);
    for (uint64_t i = 0; i < a->n; i++) {
        uint64_t from = 0;
        bool is_there = true;
        for (int d = 0; d < a->n_dims; d++) {
            uint64_t to = index[d];
            const int axis = move->kind == PERMUTE ? move->order[d] : d;
            if (move->kind != PERMUTE && d == move->axis)
                is_there = moved(move, a->shape[d], index[d], &to);
            from += is_there ? to * strides[axis] : 0;
        }
        if (is_there)
            add(&sums, a->values[i], b->values[from]);
        for (int d = a->n_dims - 1; d >= 0 && ++index[d] == a->shape[d]; d--)
            index[d] = 0;
    }
    return sums;
}

static void judge(const struct dsi_sample_values *a, const struct dsi_sample_values *b,
                  const struct move *move, const char *text,
                  struct dsi_explanation *best)
{
    const struct sums sums = try_move(a, b, move);
    const double rms = sums.n ? sqrt(sums.squares / (double)sums.n) : (double)INFINITY;
    if (!(rms < best->rms))
        return;
    best->rms = rms;
    best->max = sums.max;
    snprintf(best->text, sizeof best->text, "%s", text);
}

/* "left to right" and the like of the axes of pictures. */
static const char *side_of(const struct dsi_sample_values *a, int axis)
{
    enum { MOST_CHANNELS = 4 };
    const int last = a->n_dims - 1;
    const bool channels_last = a->n_dims >= 3 && a->shape[last] <= MOST_CHANNELS;
    const int width = channels_last ? last - 1 : last;
    return a->n_dims < 2       ? ""
           : axis == width     ? " (left and right)"
           : axis == width - 1 ? " (up and down)"
                               : "";
}

static void try_axis(const struct dsi_sample_values *a,
                     const struct dsi_sample_values *b, int axis,
                     struct dsi_explanation *best)
{
    char text[200];
    const uint64_t n = a->shape[axis];
    if (n < 2 || (axis == 0 && !a->is_whole))
        return;
    if (n == 3 || n == 4) {
        snprintf(text, sizeof text, "channels in reverse, RGB for BGR (axis %d)", axis);
        judge(a, b, &(struct move){.kind = REVERSE, .axis = axis}, text, best);
    }
    snprintf(text, sizeof text, "flipped along axis %d%s", axis, side_of(a, axis));
    judge(a, b, &(struct move){.kind = FLIP, .axis = axis}, text, best);
    if (n < 4)
        return;
    for (int by = -1; by <= 1; by += 2) {
        snprintf(text, sizeof text, "shifted by one along axis %d%s", axis,
                 side_of(a, axis));
        judge(a, b, &(struct move){.kind = SHIFT, .axis = axis, .by = by}, text, best);
    }
}

static bool fits(const struct dsi_sample_values *a, const struct dsi_sample_values *b,
                 const struct move *move)
{
    for (int d = 0; d < a->n_dims; d++)
        if (a->shape[d] != b->shape[move->order[d]])
            return false;
    return true;
}

/* The last n axes of A are those of B from `from` on, round in a ring. */
static void try_turn(const struct dsi_sample_values *a,
                     const struct dsi_sample_values *b, int n, int from,
                     const char *text, struct dsi_explanation *best)
{
    struct move move = {.kind = PERMUTE};
    const int first = a->n_dims - n;
    if (first < 0 || (first == 0 && !a->is_whole))
        return;
    for (int d = 0; d < a->n_dims; d++)
        move.order[d] = d < first ? d : first + (d - first + from) % n;
    if (fits(a, b, &move))
        judge(a, b, &move, text, best);
}

/* Height for width of pictures whose channels come last. */
static void try_swap_before_last(const struct dsi_sample_values *a,
                                 const struct dsi_sample_values *b,
                                 struct dsi_explanation *best)
{
    struct move move = {.kind = PERMUTE};
    const int last = a->n_dims - 1;
    if (a->n_dims < 3 || (a->n_dims == 3 && !a->is_whole))
        return;
    for (int d = 0; d < a->n_dims; d++)
        move.order[d] = d == last - 1 ? last - 2 : d == last - 2 ? last - 1 : d;
    if (fits(a, b, &move))
        judge(a, b, &move, "height and width swapped", best);
}

void dsi_explain_moves(const struct dsi_sample_values *a,
                       const struct dsi_sample_values *b, struct dsi_explanation *best)
{
    const bool same =
        a->n_dims == b->n_dims &&
        memcmp(a->shape, b->shape, (size_t)a->n_dims * sizeof *a->shape) == 0;
    for (int axis = 0; same && axis < a->n_dims; axis++)
        try_axis(a, b, axis, best);
    if (a->n_dims != b->n_dims)
        return;
    try_turn(a, b, 3, 1, "HWC for CHW: A has its channels last, B first", best);
    try_turn(a, b, 3, 2, "CHW for HWC: A has its channels first, B last", best);
    try_turn(a, b, 2, 1, "the last two axes swapped", best);
    try_swap_before_last(a, b, best);
}
