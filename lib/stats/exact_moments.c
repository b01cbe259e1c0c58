/* What an exact sum comes to. */
#include "sum_layout.h"
#include "wide_int.h"

#include <math.h>

/* Two words more keep 64 bits of the quotient, however small the sum. */
static double mean_of(const struct dsi_wide *p1, uint64_t n, int unit)
{
    struct dsi_wide quotient = *p1;
    dsi_wide_shift_words(&quotient, 2);
    bool more = dsi_wide_divide(&quotient, n);
    return dsi_wide_to_double(&quotient, -128 - unit, more);
}

/* n P2 - P1^2, in units of 2^-2u. */
static void second(struct dsi_wide *k2, const struct dsi_wide p[3], uint64_t n)
{
    struct dsi_wide square;
    dsi_wide_multiply(&square, &p[0], &p[0]);
    *k2 = p[1];
    dsi_wide_scale(k2, n);
    dsi_wide_subtract(k2, &square);
}

/* n (n P3 - 3 P1 P2) + 2 P1^3, in units of 2^-3u. */
static void third(struct dsi_wide *k3, const struct dsi_wide p[3], uint64_t n)
{
    struct dsi_wide square, product;
    *k3 = p[2];
    dsi_wide_scale(k3, n);
    dsi_wide_multiply(&product, &p[0], &p[1]);
    dsi_wide_scale(&product, 3);
    dsi_wide_subtract(k3, &product);
    dsi_wide_scale(k3, n);
    dsi_wide_multiply(&square, &p[0], &p[0]);
    dsi_wide_multiply(&product, &square, &p[0]);
    dsi_wide_scale(&product, 2);
    dsi_wide_add(k3, &product);
}

struct dsi_moments dsi_exact_sum_finish(const struct dsi_exact_sum *sum)
{
    const double none = (double)NAN;
    struct dsi_moments m = {.n = sum->n, .mean = none, .std = none, .skew = none};
    if (sum->n == 0)
        return m;
    const struct dsi_sum_layout *layout = &dsi_sum_layouts[sum->range];
    struct dsi_wide p[3], k2, k3;
    const uint64_t *words = sum->words;
    for (size_t k = 0; k < 3; words += layout->n_words[k], k++)
        dsi_wide_of_words(&p[k], words, layout->n_words[k]);
    m.mean = mean_of(&p[0], sum->n, layout->unit);
    m.std = 0;
    second(&k2, p, sum->n);
    if (k2.n == 0 || k2.negative) /* below 0 only by the cells' rounding */
        return m;
    third(&k3, p, sum->n);
    int e2, e3;
    double f2 = dsi_wide_fraction(&k2, &e2), f3 = dsi_wide_fraction(&k3, &e3);
    if (e2 % 2) {
        f2 *= 2;
        e2--;
    }
    m.std = ldexp(sqrt(f2) / (double)sum->n, e2 / 2 - layout->unit);
    m.skew = ldexp(f3 / (f2 * sqrt(f2)), e3 - e2 / 2 * 3);
    return m;
}
