#include "tolerance.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Values compared at once: what is compared again when a larger tolerance was found. */
enum { STRETCH = 4096 };

void dsi_tolerances_merge(struct dsi_tolerances *into,
                          const struct dsi_tolerances *from)
{
    into->rtol = from->rtol > into->rtol ? from->rtol : into->rtol;
    into->atol = from->atol > into->atol ? from->atol : into->atol;
}

/* Values side by side, from a first one on. */
struct values {
    const struct dsi_close *close;
    const uint8_t *a, *b;
    size_t step_a, step_b; /* bytes; 0: one value stands for all */
};

static struct values from(struct values values, size_t i)
{
    values.a += i * values.step_a;
    values.b += i * values.step_b;
    return values;
}

/* The number of the first of n that fails with the rule; n: none does. */
static size_t first_failing(struct values values, const struct dsi_close_rule *rule,
                            size_t n)
{
    struct dsi_close close;
    struct dsi_closeness closeness;
    const struct dsi_close *like = values.close;
    /* What has been made once can be made again. */
    if (dsi_close_init(&close, like->a, like->b, rule, false, like->scalars,
                       like->level, NULL) != DSI_OK)
        return n;
    dsi_closeness_init(&closeness);
    dsi_close_run(&close, values.a, values.step_a != 0, values.b, values.step_b != 0, 0,
                  n, &closeness);
    return closeness.n_diff ? (size_t)closeness.first_diff : n;
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* The smallest number that *tolerance, which is in the rule, may be for the first value
 * to agree; it fails with what is there now. Doubles from 0 on are in the order of
 * their bits. */
static double smallest(struct values values, struct dsi_close_rule *rule,
                       double *tolerance)
{
    uint64_t fails = bits_of(*tolerance), passes = bits_of(DBL_MAX);
    *tolerance = DBL_MAX;
    if (first_failing(values, rule, 1) == 0)
        return (double)INFINITY;
    while (passes - fails > 1) {
        const uint64_t middle = fails + (passes - fails) / 2;
        *tolerance = double_of(middle);
        if (first_failing(values, rule, 1) == 0)
            fails = middle;
        else
            passes = middle;
    }
    return double_of(passes);
}

/* Raises *tolerance, which is in the rule, until all n values agree. */
static void raise(struct values values, size_t n, struct dsi_close_rule *rule,
                  double *tolerance)
{
    for (size_t i = 0; i < n && isfinite(*tolerance);) {
        const size_t part = n - i < STRETCH ? n - i : STRETCH;
        const size_t failing = first_failing(from(values, i), rule, part);
        i += failing;
        if (failing == part)
            continue;
        *tolerance = smallest(from(values, i++), rule, tolerance);
    }
}

void dsi_tolerances_run(const struct dsi_close *close, const void *a, unsigned stride_a,
                        const void *b, unsigned stride_b, size_t n,
                        struct dsi_tolerances *needed)
{
    const struct values values = {.close = close,
                                  .a = a,
                                  .b = b,
                                  .step_a = stride_a ? close->a.size : 0,
                                  .step_b = stride_b ? close->b.size : 0};
    struct dsi_close_rule rule = close->rule;
    rule.has_max_ulp = false;
    rule.rtol = needed->rtol;
    raise(values, n, &rule, &rule.rtol);
    needed->rtol = rule.rtol;
    rule.rtol = close->rule.rtol;
    rule.atol = needed->atol;
    raise(values, n, &rule, &rule.atol);
    needed->atol = rule.atol;
}
