/* Scores in the arithmetic that NumPy and SciPy give each type. */
#include "confident_run.h"
#include "half_round.h"
#include "pairwise_sum.h"

#include <math.h>

/* Where scores are cut off below, for they are divided by. */
static const double least = 1e-6;

/* ln x of a normal x above 0 as NumPy's vector instructions for float32 (FMA, AVX2 and
 * up) have it: a rational function of 5th degree of the mantissa less 1, which lies
 * between sqrt(1/2) and sqrt(2); off by up to 4 units in the last place, where logf has
 * none to spare. The coefficients are in numpy/core/src/umath/npy_simd_data.h. */
static float numpy_log(float x)
{
    static const float p[] = {0.0f,        0.999999999f, 2.11267754f,
                              1.48000063f, 0.380883774f, 0.0258997912f};
    static const float q[] = {1.0f,         2.61267754f,  2.45300607f,
                              0.986494296f, 0.154647637f, 0.0058750954f};
    int exponent;
    float mantissa = 2 * frexpf(x, &exponent);
    exponent--;
    if (mantissa > 1.41421356f) {
        mantissa *= 0.5f;
        exponent++;
    }
    mantissa -= 1;
    float above = p[5], below = q[5];
    for (int i = 4; i >= 0; i--) {
        above = fmaf(above, mantissa, p[i]);
        below = fmaf(below, mantissa, q[i]);
    }
    return fmaf((float)exponent, 0.693147181f, above / below);
}

/* scipy.special.xlogy computes in double whatever it is given. */
static double x_log_x(double x)
{
    return x == 0 ? 0 : x * log(x);
}

float dsi_confident_entropy_f32(const float *row, float self, bool is_half, uint32_t n,
                                float *terms)
{
    const float floor = is_half ? dsi_round_to_half((float)least) : (float)least;
    for (uint32_t i = 0; i < n; i++)
        terms[i] = (float)x_log_x((double)row[i]);
    const float entropy = -dsi_pairwise_sum_f32(terms, n) / (float)log(n);
    const float weighted = entropy / (self > floor ? self : floor);
    return numpy_log(weighted + 1) /
           (weighted > (float)least ? weighted : (float)least);
}

double dsi_confident_entropy_f64(const double *row, double self, uint32_t n,
                                 double *terms)
{
    for (uint32_t i = 0; i < n; i++)
        terms[i] = x_log_x(row[i]);
    const double entropy = -dsi_pairwise_sum_f64(terms, n) / log(n);
    const double weighted = entropy / (self > least ? self : least);
    return log(weighted + 1) / (weighted > least ? weighted : least);
}

float dsi_confident_margin_f32(float self, float other, bool is_half)
{
    if (!is_half)
        return (self - other + 1) / 2;
    return dsi_round_to_half(dsi_round_to_half(dsi_round_to_half(self - other) + 1) /
                             2);
}

double dsi_confident_margin_f64(double self, double other)
{
    return (self - other + 1) / 2;
}
