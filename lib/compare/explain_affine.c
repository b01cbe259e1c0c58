/* Least squares of A on B: A = scale B + shift. */
#include "explain.h"

#include "bytes.h"
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANNELS = 4096, LEAST_EACH = 8, SHOWN = 4 };

struct fit {
    uint64_t n;
    double mean_a, mean_b, bb, ab; /* bb, ab: sums about the means */
    double scale, shift;
};

/* Value i is of channel i / inner % n. */
struct channels {
    uint64_t n, inner;
    struct fit *fits;
};

/* What a fit leaves of a - b: root mean square, and largest; and the root mean square
 * of a. */
struct left {
    double rms, max, size;
};

static struct fit *fit_of(const struct channels *channels, uint64_t i)
{
    return &channels->fits[i / channels->inner % channels->n];
}

static bool are_finite(double a, double b)
{
    return isfinite(a) && isfinite(b);
}

static void take_means(const struct channels *channels, const double *a,
                       const double *b, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct fit *fit = fit_of(channels, i);
        if (!are_finite(a[i], b[i]))
            continue;
        fit->n++;
        fit->mean_a += (a[i] - fit->mean_a) / (double)fit->n;
        fit->mean_b += (b[i] - fit->mean_b) / (double)fit->n;
    }
}

static bool solve(const struct channels *channels, const double *a, const double *b,
                  uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct fit *fit = fit_of(channels, i);
        if (!are_finite(a[i], b[i]))
            continue;
        fit->bb += (b[i] - fit->mean_b) * (b[i] - fit->mean_b);
        fit->ab += (b[i] - fit->mean_b) * (a[i] - fit->mean_a);
    }
    for (uint64_t c = 0; c < channels->n; c++) {
        struct fit *fit = &channels->fits[c];
        if (fit->n < LEAST_EACH)
            return false;
        fit->scale = fit->bb > 0 ? fit->ab / fit->bb : 1;
        fit->shift = fit->mean_a - fit->scale * fit->mean_b;
    }
    return true;
}

static bool is_near(double value, double wanted, double size)
{
    return fabs(value - wanted) <= 1e-3 * size;
}

/* A = (x - std) / mean where B = (x - mean) / std: the scale is std / mean, and the
 * shift 1 - scale. */
static bool are_swapped(const struct channels *channels)
{
    for (uint64_t c = 0; c < channels->n; c++) {
        const struct fit *fit = &channels->fits[c];
        if (!is_near(fit->shift, 1 - fit->scale, fabs(fit->scale) + 1) ||
            is_near(fit->scale, 1, 1))
            return false;
    }
    return channels->n > 1;
}

static bool is_factor(const struct channels *channels, double factor)
{
    for (uint64_t c = 0; c < channels->n; c++) {
        const struct fit *fit = &channels->fits[c];
        const double spread = sqrt(fit->bb / (double)fit->n) + fabs(fit->mean_b);
        if (!is_near(fit->scale, factor, factor) ||
            fabs(fit->shift) > 1e-3 * factor * spread)
            return false;
    }
    return true;
}

static void list(const struct channels *channels, const char *name, bool is_shift,
                 char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "%s ", name);
    for (uint64_t c = 0; c < channels->n && c < SHOWN; c++) {
        const struct fit *fit = &channels->fits[c];
        char number[DSI_NUMBER_SIZE];
        dsi_format_double_short(is_shift ? fit->shift : fit->scale, number);
        n += (size_t)snprintf(text + n, size - n, "%s%s", c ? "/" : "", number);
    }
    if (channels->n > SHOWN)
        snprintf(text + n, size - n, "/... (%llu channels)",
                 (unsigned long long)channels->n);
}

/* Whether scales or shifts move values by no more than noise does. */
static bool is_noise(const struct channels *channels, bool is_shift, double noise)
{
    for (uint64_t c = 0; c < channels->n; c++) {
        const struct fit *fit = &channels->fits[c];
        const double moved =
            is_shift ? fit->shift : (fit->scale - 1) * sqrt(fit->bb / (double)fit->n);
        if (!(fabs(moved) <= noise))
            return false;
    }
    return true;
}

/* Shifts, or else scales, that are noise beside what is left are none. */
static void leave_out_noise(const struct channels *channels, const struct left *left)
{
    const double noise = fmax(0.1 * left->rms, 1e-13 * left->size);
    const bool no_shift = is_noise(channels, true, noise);
    const bool no_scale = is_noise(channels, false, noise);
    for (uint64_t c = 0; c < channels->n && no_shift != no_scale; c++) {
        struct fit *fit = &channels->fits[c];
        fit->scale = no_scale ? 1 : fit->scale;
        fit->shift = no_shift ? 0 : fit->mean_a - fit->scale * fit->mean_b;
    }
}

static bool all_are(const struct channels *channels, bool is_shift, double value)
{
    for (uint64_t c = 0; c < channels->n; c++)
        if ((is_shift ? channels->fits[c].shift : channels->fits[c].scale) != value)
            return false;
    return true;
}

static void describe(const struct channels *channels, char *text, size_t size)
{
    char scales[150], shifts[150];
    const char *by = channels->n > 1 ? " by channel" : "";
    list(channels, "scale", false, scales, sizeof scales);
    list(channels, "shift", true, shifts, sizeof shifts);
    if (is_factor(channels, 255))
        snprintf(text, size, "factor 255: A = 255 B");
    else if (is_factor(channels, 1. / 255))
        snprintf(text, size, "factor 255: A = B / 255");
    else if (all_are(channels, true, 0))
        snprintf(text, size, "A = scale B%s: %s", by, scales);
    else if (all_are(channels, false, 1))
        snprintf(text, size, "A = B + shift%s: %s", by, shifts);
    else
        snprintf(text, size, "%sA = scale B + shift%s: %s, %s",
                 are_swapped(channels) ? "mean and std swapped in A or in B: " : "", by,
                 scales, shifts);
}

static struct left find_left(const struct channels *channels, const double *a,
                             const double *b, uint64_t n)
{
    struct left left = {.rms = (double)INFINITY};
    double squares = 0, size = 0;
    uint64_t n_finite = 0;
    for (uint64_t i = 0; i < n; i++) {
        const struct fit *fit = fit_of(channels, i);
        if (!are_finite(a[i], b[i]))
            continue;
        const double one = fabs(a[i] - (fit->scale * b[i] + fit->shift));
        squares += one * one;
        size += a[i] * a[i];
        left.max = one > left.max ? one : left.max;
        n_finite++;
    }
    if (n_finite) {
        left.rms = sqrt(squares / (double)n_finite);
        left.size = sqrt(size / (double)n_finite);
    }
    return left;
}

static void judge(const struct channels *channels, const double *a, const double *b,
                  uint64_t n, struct dsi_explanation *best)
{
    struct left left = find_left(channels, a, b, n);
    /* More channels always fit a little better, and nothing beyond rounding. */
    if (!(left.rms < best->rms / 2) || best->rms <= 1e-6 * left.size)
        return;
    leave_out_noise(channels, &left);
    left = find_left(channels, a, b, n);
    best->rms = left.rms;
    best->max = left.max;
    describe(channels, best->text, sizeof best->text);
}

static void try_channels(const struct dsi_sample_values *a,
                         const struct dsi_sample_values *b, uint64_t n, uint64_t inner,
                         struct dsi_explanation *best)
{
    struct channels channels = {.n = n, .inner = inner ? inner : 1};
    channels.fits = dsi_alloc_zeroed(n, sizeof *channels.fits);
    if (!channels.fits)
        return; /* one explanation less */
    take_means(&channels, a->values, b->values, a->n);
    if (solve(&channels, a->values, b->values, a->n))
        judge(&channels, a->values, b->values, a->n, best);
    free(channels.fits);
}

void dsi_explain_affine(const struct dsi_sample_values *a,
                        const struct dsi_sample_values *b, struct dsi_explanation *best)
{
    const int last = a->n_dims - 1;
    if (a->n == 0)
        return;
    try_channels(a, b, 1, a->n, best);
    if (last > 0 && a->shape[last] > 1 && a->shape[last] <= MOST_CHANNELS)
        try_channels(a, b, a->shape[last], 1, best);
    for (int axis = 0; axis < 2 && axis < last; axis++) {
        uint64_t inner = 1;
        for (int d = axis + 1; d <= last; d++)
            inner *= a->shape[d];
        if (last >= 2 && a->shape[axis] > 1 && a->shape[axis] <= MOST_CHANNELS)
            try_channels(a, b, a->shape[axis], inner, best);
    }
}
