/* A side that is the other one, rounded. */
#include "explain.h"

#include "half_round.h"

#include <math.h>
#include <stdio.h>

static double to_half(double x)
{
    return (double)dsi_round_to_half(dsi_round_to_odd(x));
}

static double to_bfloat(double x)
{
    return (double)dsi_round_to_bfloat(dsi_round_to_odd(x));
}

static double to_float(double x)
{
    return (double)(float)x;
}

static double to_bytes(double x)
{
    return fmax(0, fmin(255, rint(x)));
}

static double to_bytes_down(double x)
{
    return fmax(0, fmin(255, trunc(x)));
}

/* In order: of two that leave as much, the first is named. */
static const struct {
    double (*round)(double x);
    const char *name;
} roundings[] = {
    {to_float, "rounded to float32"},
    {to_half, "rounded to float16"},
    {to_bfloat, "rounded to bfloat16"},
    {rint, "rounded to integers"},
    {trunc, "cut off to integers"},
    {to_bytes, "rounded to integers of 0 to 255"},
    {to_bytes_down, "cut off to integers of 0 to 255"},
};

/* of: the side that is rounded. */
static void judge(const struct dsi_sample_values *rounded,
                  const struct dsi_sample_values *of, size_t k, bool is_a,
                  struct dsi_explanation *best)
{
    double squares = 0, max = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < of->n; i++) {
        const double x = rounded->values[i], y = roundings[k].round(of->values[i]);
        const double left = x == y ? 0 : fabs(x - y);
        if (!isfinite(left))
            continue; /* as for every other cause */
        squares += left * left;
        max = left > max ? left : max;
        n++;
    }
    const double rms = n ? sqrt(squares / (double)n) : (double)INFINITY;
    if (!(rms < best->rms))
        return;
    best->rms = rms;
    best->max = max;
    snprintf(best->text, sizeof best->text, "%s is %s %s", is_a ? "A" : "B",
             is_a ? "B" : "A", roundings[k].name);
}

void dsi_explain_rounding(const struct dsi_sample_values *a,
                          const struct dsi_sample_values *b,
                          struct dsi_explanation *best)
{
    for (size_t k = 0; k < sizeof roundings / sizeof *roundings; k++) {
        judge(a, b, k, true, best);
        judge(b, a, k, false, best);
    }
}
