#include "class_weights.h"

#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- names
 * ------------------------------------------------------------------------------ */

static const struct scheme {
    const char *name;
    bool has_parameter;
    double standard, low, high; /* low < parameter < high; low itself allowed for [0 */
    bool low_is_allowed;
    const char *range;
} schemes[] = {
    [DSI_WEIGHT_INVERSE_SQRT] = {.name = "inverse-sqrt"},
    [DSI_WEIGHT_INVERSE] = {.name = "inverse"},
    [DSI_WEIGHT_BALANCED] = {.name = "balanced"},
    [DSI_WEIGHT_EFFECTIVE] = {"effective", true, 0.999, 0, 1, true, "0 <= beta < 1"},
    [DSI_WEIGHT_MEDIAN_FREQUENCY] = {.name = "median-frequency"},
    [DSI_WEIGHT_ENET] = {"enet", true, 1.02, 1, INFINITY, false, "c > 1"},
    [DSI_WEIGHT_LDAM_MARGIN] = {"ldam-margin", true, 0.5, 0, INFINITY, false,
                                "max > 0"},
    [DSI_WEIGHT_LOGIT] = {"logit", true, 1, 0, INFINITY, false, "tau > 0"},
    [DSI_WEIGHT_POS_WEIGHT] = {.name = "pos-weight"},
};

enum { N_SCHEMES = sizeof schemes / sizeof *schemes };

static enum dsi_status parse_parameter(const struct scheme *scheme, const char *text,
                                       double *parameter, struct dsi_error *err)
{
    char *end;
    if (!scheme->has_parameter)
        return dsi_fail(err, DSI_ERR_USAGE, "'%s' takes no parameter", scheme->name);
    *parameter = strtod(text, &end);
    bool above =
        scheme->low_is_allowed ? *parameter >= scheme->low : *parameter > scheme->low;
    if (*end || end == text || !above || !(*parameter < scheme->high))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "'%s:%s': the parameter must be a number with %s", scheme->name,
                        text, scheme->range);
    return DSI_OK;
}

enum dsi_status dsi_weighting_parse(struct dsi_weighting *weighting, const char *text,
                                    struct dsi_error *err)
{
    size_t n = strcspn(text, ":");
    for (size_t i = 0; i < N_SCHEMES; i++) {
        const struct scheme *scheme = &schemes[i];
        if (strlen(scheme->name) != n || strncmp(scheme->name, text, n) != 0)
            continue;
        *weighting = (struct dsi_weighting){.scheme = (enum dsi_weight_scheme)i,
                                            .parameter = scheme->standard};
        if (text[n] == ':')
            return parse_parameter(scheme, text + n + 1, &weighting->parameter, err);
        return DSI_OK;
    }
    return dsi_fail(err, DSI_ERR_USAGE,
                    "'%s' is not one of inverse-sqrt, inverse, balanced, "
                    "effective[:beta], median-frequency, enet[:c], ldam-margin[:max], "
                    "logit[:tau], pos-weight",
                    text);
}

/* --- weights
 * ---------------------------------------------------------------------------- */

/* What the formulas need to know of all classes. */
struct totals {
    double n_samples;      /* N */
    double n_classes;      /* K: classes with samples */
    double largest_margin; /* max_j n_j^(-1/4) */
    double median;         /* of the frequencies of the classes with samples */
};

static double frequency(const uint64_t *counts, const uint64_t *n_containing, size_t c,
                        double n_samples)
{
    double whole = n_containing ? (double)n_containing[c] : n_samples;
    return whole > 0 ? (double)counts[c] / whole : 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* values is scratch for n of them. */
static double median_frequency(const uint64_t *counts, const uint64_t *n_containing,
                               size_t n, double n_samples, double *values)
{
    size_t k = 0;
    for (size_t c = 0; c < n; c++)
        if (counts[c])
            values[k++] = frequency(counts, n_containing, c, n_samples);
    qsort(values, k, sizeof *values, compare_doubles);
    if (k == 0)
        return 0;
    return k % 2 ? values[k / 2] : (values[k / 2 - 1] + values[k / 2]) / 2;
}

static double weight_of(struct dsi_weighting w, const struct totals *t, double n,
                        double frequency_of_class)
{
    double p = n / t->n_samples;
    switch (w.scheme) {
    case DSI_WEIGHT_INVERSE_SQRT:
        return 1 / sqrt(n);
    case DSI_WEIGHT_INVERSE:
        return 1 / n;
    case DSI_WEIGHT_BALANCED:
        return t->n_samples / (t->n_classes * n);
    case DSI_WEIGHT_EFFECTIVE:
        /* b^n = exp(n ln b), and 1 - exp(x) = -expm1(x) keeps its digits near x = 0. */
        return w.parameter > 0 ? (1 - w.parameter) / -expm1(n * log(w.parameter)) : 1;
    case DSI_WEIGHT_MEDIAN_FREQUENCY:
        return t->median / frequency_of_class;
    case DSI_WEIGHT_ENET:
        return 1 / log(w.parameter + p);
    case DSI_WEIGHT_LDAM_MARGIN:
        return w.parameter * (1 / sqrt(sqrt(n))) / t->largest_margin;
    case DSI_WEIGHT_LOGIT:
        return w.parameter * log(p);
    case DSI_WEIGHT_POS_WEIGHT:
        return (t->n_samples - n) / n;
    }
    return 0;
}

static void scale(double *weights, size_t n, double factor)
{
    for (size_t c = 0; c < n; c++)
        weights[c] *= factor;
}

static double sum_of(const double *weights, size_t n)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += weights[c];
    return sum;
}

/* Divides by sum, mean or maximum, unless that is 0. */
static void normalize_weights(double *weights, size_t n, double n_classes,
                              enum dsi_normalize normalize)
{
    double by = 1;
    if (normalize == DSI_NORMALIZE_SUM)
        by = sum_of(weights, n);
    else if (normalize == DSI_NORMALIZE_MEAN)
        by = sum_of(weights, n) / n_classes;
    else if (normalize == DSI_NORMALIZE_MAX && n) {
        by = weights[0];
        for (size_t c = 1; c < n; c++)
            by = weights[c] > by ? weights[c] : by;
    }
    if (by != 0 && by != 1 && isfinite(by))
        for (size_t c = 0; c < n; c++)
            weights[c] /= by;
}

static struct totals total_up(const uint64_t *counts, size_t n)
{
    struct totals t = {0};
    uint64_t n_samples = 0;
    for (size_t c = 0; c < n; c++) {
        n_samples += counts[c];
        t.n_classes += counts[c] > 0;
        if (counts[c]) {
            double margin = 1 / sqrt(sqrt((double)counts[c]));
            t.largest_margin = margin > t.largest_margin ? margin : t.largest_margin;
        }
    }
    t.n_samples = (double)n_samples;
    return t;
}

void dsi_class_weights(struct dsi_weighting weighting, enum dsi_normalize normalize,
                       const uint64_t *counts, const uint64_t *n_containing, size_t n,
                       double *weights)
{
    struct totals t = total_up(counts, n);
    if (weighting.scheme == DSI_WEIGHT_MEDIAN_FREQUENCY)
        t.median = median_frequency(counts, n_containing, n, t.n_samples, weights);
    for (size_t c = 0; c < n; c++) {
        double f = frequency(counts, n_containing, c, t.n_samples);
        weights[c] = counts[c] ? weight_of(weighting, &t, (double)counts[c], f) : 0;
    }
    if (weighting.scheme == DSI_WEIGHT_EFFECTIVE && t.n_classes > 0)
        scale(weights, n, t.n_classes / sum_of(weights, n));
    normalize_weights(weights, n, t.n_classes, normalize);
}

/* --- imbalance
 * -------------------------------------------------------------------------- */

double dsi_imbalance_ratio(const uint64_t *counts, size_t n)
{
    uint64_t most = 0, least = UINT64_MAX;
    for (size_t c = 0; c < n; c++) {
        most = counts[c] > most ? counts[c] : most;
        least = counts[c] && counts[c] < least ? counts[c] : least;
    }
    return most ? (double)most / (double)least : 0;
}

double dsi_class_entropy(const uint64_t *counts, size_t n)
{
    double h = 0;
    struct totals t = total_up(counts, n);
    if (n < 2 || t.n_samples == 0)
        return 1;
    for (size_t c = 0; c < n; c++)
        if (counts[c]) {
            double p = (double)counts[c] / t.n_samples;
            h -= p * log(p);
        }
    return h / log((double)n);
}

static int compare_counts(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t *sorted_copy(const uint64_t *counts, size_t n)
{
    uint64_t *sorted = dsi_alloc_array(n, sizeof *sorted);
    if (sorted && n) {
        memcpy(sorted, counts, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare_counts);
    }
    return sorted;
}

/* With x_1 <= ... <= x_n the double sum is 2 sum_i (2i - n - 1) x_i. */
enum dsi_status dsi_class_gini(const uint64_t *counts, size_t n, double *gini,
                               struct dsi_error *err)
{
    uint64_t *sorted = sorted_copy(counts, n);
    if (!sorted)
        return dsi_fail_memory(err, n * sizeof *sorted);
    double weighted = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        weighted += (2 * ((double)i + 1) - (double)n - 1) * (double)sorted[i];
        sum += (double)sorted[i];
    }
    *gini = sum > 0 ? weighted / ((double)n * sum) : 0;
    free(sorted);
    return DSI_OK;
}

/* --- resampling
 * ------------------------------------------------------------------------- */

struct rank {
    uint64_t count;
    size_t class_index;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return x->class_index < y->class_index ? -1 : x->class_index > y->class_index;
}

/* N/K each, and one more for the rarest until N is reached. */
static enum dsi_status mixed_targets(const uint64_t *counts, size_t n,
                                     uint64_t *targets, struct dsi_error *err)
{
    struct rank *ranks = dsi_alloc_array(n, sizeof *ranks);
    if (!ranks)
        return dsi_fail_memory(err, n * sizeof *ranks);
    uint64_t n_samples = 0;
    size_t k = 0;
    for (size_t c = 0; c < n; c++) {
        n_samples += counts[c];
        targets[c] = 0;
        if (counts[c])
            ranks[k++] = (struct rank){counts[c], c};
    }
    qsort(ranks, k, sizeof *ranks, compare_ranks);
    for (size_t i = 0; i < k; i++)
        targets[ranks[i].class_index] = n_samples / k + (i < n_samples % k);
    free(ranks);
    return DSI_OK;
}

enum dsi_status dsi_resampling_targets(enum dsi_resampling resampling, uint64_t target,
                                       const uint64_t *counts, size_t n,
                                       uint64_t *targets, struct dsi_error *err)
{
    if (!target && resampling == DSI_RESAMPLE_MIXED)
        return mixed_targets(counts, n, targets, err);
    uint64_t most = 0, least = UINT64_MAX;
    for (size_t c = 0; c < n; c++) {
        most = counts[c] > most ? counts[c] : most;
        least = counts[c] && counts[c] < least ? counts[c] : least;
    }
    uint64_t each = target ? target : resampling == DSI_RESAMPLE_OVER ? most : least;
    for (size_t c = 0; c < n; c++)
        targets[c] = counts[c] ? each : 0;
    return DSI_OK;
}
