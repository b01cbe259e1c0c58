/* The samples of each class, and the thresholds that they make. */
#include "bytes.h"
#include "confident_run.h"
#include "half_round.h"
#include "pairwise_sum.h"

#include <math.h>
#include <stdlib.h>

/* Half of the least threshold: what a probability may be short of it by. */
static const double slack = 1e-6;
/* The threshold of a class without samples, which no probability reaches. */
static const double unreachable = 2;

static enum dsi_status sort_members(struct dsi_confident *c, struct dsi_error *err)
{
    const uint32_t n_classes = c->n_classes;
    c->firsts = dsi_alloc_zeroed((uint64_t)n_classes + 1, sizeof *c->firsts);
    c->members = dsi_alloc_array(c->n_samples, sizeof *c->members);
    if (!c->firsts || !c->members)
        return dsi_fail_memory(err, (uint64_t)c->n_samples * sizeof *c->members);
    for (uint32_t i = 0; i < c->n_samples; i++)
        if (c->labels[i] != DSI_CONFIDENT_NONE)
            c->firsts[c->labels[i] + 1]++;
    for (uint32_t k = 0; k < n_classes; k++)
        c->firsts[k + 1] += c->firsts[k];
    /* Each class's start moves to its end, and back. */
    for (uint32_t i = 0; i < c->n_samples; i++)
        if (c->labels[i] != DSI_CONFIDENT_NONE)
            c->members[c->firsts[c->labels[i]]++] = i;
    for (uint32_t k = n_classes; k > 0; k--)
        c->firsts[k] = c->firsts[k - 1];
    c->firsts[0] = 0;
    return DSI_OK;
}

/* The mean of a class's n probabilities as numpy.mean has it: added in float32 or
 * float64, divided in float64, rounded to the type. room is for n numbers of c. */
static double mean_of_class(const struct dsi_confident *c, uint32_t class, void *room)
{
    const uint32_t *members = c->members + c->firsts[class];
    const uint32_t n = dsi_confident_n_of_class(c, class);
    if (c->is_double) {
        double *numbers = room;
        for (uint32_t i = 0; i < n; i++)
            numbers[i] = ((const double *)c->self)[members[i]];
        return dsi_pairwise_sum_f64(numbers, n) / n;
    }
    float *numbers = room;
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = ((const float *)c->self)[members[i]];
    const double mean = (double)dsi_pairwise_sum_f32(numbers, n) / n;
    return (double)(c->is_half ? dsi_round_to_half(dsi_round_to_odd(mean))
                               : (float)mean);
}

/* The least float that is no less than a number. */
static float float_from(double number)
{
    const float near = (float)number;
    return (double)near < number ? nextafterf(near, INFINITY) : near;
}

/* The mean less the slack, in the type that NumPy computes it in: that of the
 * probabilities, or float64 where a class without samples brings in an integer. */
static double cut_of(const struct dsi_confident *c, double mean, bool as_double)
{
    if (as_double)
        return (mean > 2 * slack ? mean : 2 * slack) - slack;
    if (!c->is_half) {
        const float least = (float)(2 * slack), threshold = (float)mean;
        return (double)((threshold > least ? threshold : least) - (float)slack);
    }
    const float least = dsi_round_to_half((float)(2 * slack)), threshold = (float)mean;
    return (double)dsi_round_to_half((threshold > least ? threshold : least) -
                                     dsi_round_to_half((float)slack));
}

static void set_cuts(struct dsi_confident *c, void *room)
{
    bool as_double = c->is_double;
    for (uint32_t k = 0; k < c->n_classes; k++)
        as_double |= dsi_confident_n_of_class(c, k) == 0;
    for (uint32_t k = 0; k < c->n_classes; k++) {
        const bool is_empty = dsi_confident_n_of_class(c, k) == 0;
        const double mean = is_empty ? unreachable : mean_of_class(c, k, room),
                     cut = cut_of(c, mean, as_double);
        if (c->is_double)
            ((double *)c->cuts)[k] = cut;
        else
            ((float *)c->cuts)[k] = float_from(cut);
    }
}

enum dsi_status dsi_confident_make_classes(struct dsi_confident *c,
                                           struct dsi_error *err)
{
    const size_t size = c->is_double ? sizeof(double) : sizeof(float);
    uint32_t most = 0;
    DSI_TRY(sort_members(c, err));
    for (uint32_t k = 0; k < c->n_classes; k++)
        if (dsi_confident_n_of_class(c, k) > most)
            most = dsi_confident_n_of_class(c, k);
    void *room = dsi_alloc_array(most, size);
    c->cuts = dsi_alloc_array(c->n_classes, size);
    enum dsi_status status =
        room && c->cuts ? DSI_OK : dsi_fail_memory(err, most * size);
    if (status == DSI_OK)
        set_cuts(c, room);
    free(room);
    return status;
}
