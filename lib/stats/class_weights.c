#include "class_weights.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Parameters p with low <= p < high, or low < p where low is out. */
static const struct scheme {
    const char *name, *parameter_name;
    enum dsi_weighting scheme;
    bool has_parameter, low_is_out;
    double parameter, low, high;
    const char *range;
} schemes[] = {
    {.name = "inverse-sqrt", .scheme = DSI_WEIGHT_INVERSE_SQRT},
    {.name = "inverse", .scheme = DSI_WEIGHT_INVERSE},
    {.name = "balanced", .scheme = DSI_WEIGHT_BALANCED},
    {.name = "effective",
     .parameter_name = "[:beta]",
     .scheme = DSI_WEIGHT_EFFECTIVE,
     .has_parameter = true,
     .parameter = 0.999,
     .low = 0,
     .high = 1,
     .range = "beta from 0 to below 1"},
    {.name = "median-frequency", .scheme = DSI_WEIGHT_MEDIAN_FREQUENCY},
    {.name = "enet",
     .parameter_name = "[:c]",
     .scheme = DSI_WEIGHT_ENET,
     .has_parameter = true,
     .low_is_out = true,
     .parameter = 1.02,
     .low = 1,
     .high = INFINITY,
     .range = "c above 1"},
    {.name = "ldam-margin",
     .parameter_name = "[:max]",
     .scheme = DSI_WEIGHT_LDAM_MARGIN,
     .has_parameter = true,
     .low_is_out = true,
     .parameter = 0.5,
     .low = 0,
     .high = INFINITY,
     .range = "the largest margin, above 0"},
    {.name = "logit",
     .parameter_name = "[:tau]",
     .scheme = DSI_WEIGHT_LOGIT,
     .has_parameter = true,
     .low_is_out = true,
     .parameter = 1,
     .low = 0,
     .high = INFINITY,
     .range = "tau above 0"},
    {.name = "pos-weight", .scheme = DSI_WEIGHT_POS_WEIGHT},
};

enum { N_SCHEMES = sizeof schemes / sizeof *schemes };

static enum dsi_status fail_unknown(const char *text, struct dsi_error *err)
{
    char names[256] = "";
    for (size_t i = 0, n = 0; i < N_SCHEMES && n < sizeof names; i++)
        n += (size_t)snprintf(
            names + n, sizeof names - n, "%s%s%s", i ? ", " : "", schemes[i].name,
            schemes[i].has_parameter ? schemes[i].parameter_name : "");
    return dsi_fail(err, DSI_ERR_USAGE, "no weighting is called '%s'; there are %s",
                    text, names);
}

static bool read_parameter(const struct scheme *scheme, const char *text,
                           double *parameter)
{
    char *end;
    *parameter = strtod(text, &end);
    return end != text && *end == '\0' && *parameter >= scheme->low &&
           *parameter < scheme->high &&
           !(scheme->low_is_out && *parameter == scheme->low);
}

enum dsi_status dsi_weighting_parse(const char *text, enum dsi_weighting *scheme,
                                    double *parameter, struct dsi_error *err)
{
    const size_t n_name = strcspn(text, ":");
    const char *value = text[n_name] ? text + n_name + 1 : NULL;
    const struct scheme *s = schemes;
    while (s < schemes + N_SCHEMES &&
           (strlen(s->name) != n_name || memcmp(s->name, text, n_name) != 0))
        s++;
    if (s == schemes + N_SCHEMES)
        return fail_unknown(text, err);
    if (value && !s->has_parameter)
        return dsi_fail(err, DSI_ERR_USAGE, "%s takes no parameter", s->name);
    *scheme = s->scheme;
    *parameter = s->parameter;
    if (value && !read_parameter(s, value, parameter))
        return dsi_fail(err, DSI_ERR_USAGE, "%s:%s: the parameter is %s", s->name,
                        value, s->range);
    return DSI_OK;
}

enum dsi_status dsi_normalization_parse(const char *text,
                                        enum dsi_normalization *normalization,
                                        struct dsi_error *err)
{
    static const char *const names[] = {[DSI_NORMALIZE_NONE] = "none",
                                        [DSI_NORMALIZE_MEAN] = "mean",
                                        [DSI_NORMALIZE_SUM] = "sum",
                                        [DSI_NORMALIZE_MAX] = "max"};
    for (int i = DSI_NORMALIZE_NONE; i <= DSI_NORMALIZE_MAX; i++)
        if (strcmp(names[i], text) == 0) {
            *normalization = (enum dsi_normalization)i;
            return DSI_OK;
        }
    return dsi_fail(err, DSI_ERR_USAGE, "'%s' is none of none, mean, sum, max", text);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the n_present frequencies above 0, as numpy.median takes it. */
static enum dsi_status median_of(const double *values, uint64_t n, uint64_t n_present,
                                 double *median, struct dsi_error *err)
{
    double *sorted = dsi_alloc_array(n_present, sizeof *sorted);
    if (!sorted)
        return dsi_fail_memory(err, n_present * sizeof *sorted);
    uint64_t at = 0;
    for (uint64_t i = 0; i < n; i++)
        if (values[i] > 0)
            sorted[at++] = values[i];
    assert(at == n_present);
    qsort(sorted, n_present, sizeof *sorted, by_value);
    *median = n_present % 2 ? sorted[n_present / 2]
                            : (sorted[n_present / 2 - 1] + sorted[n_present / 2]) / 2;
    free(sorted);
    return DSI_OK;
}

struct totals {
    uint64_t n_samples, n_present, least;
};

static enum dsi_status sum_up(const uint64_t *counts, uint64_t n, struct totals *totals,
                              struct dsi_error *err)
{
    *totals = (struct totals){.least = UINT64_MAX};
    for (uint64_t i = 0; i < n; i++) {
        if (!dsi_add(totals->n_samples, counts[i], &totals->n_samples))
            return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 samples");
        totals->n_present += counts[i] > 0;
        if (counts[i] && counts[i] < totals->least)
            totals->least = counts[i];
    }
    return DSI_OK;
}

static double fourth_root(uint64_t n)
{
    return sqrt(sqrt((double)n));
}

/* The weight of a class with n > 0 samples. Median-frequency gives its frequency and
 * effective its unscaled weight; both are finished over all classes. */
static double weight_of(enum dsi_weighting scheme, double parameter, uint64_t n,
                        const struct totals *totals)
{
    const double count = (double)n, all = (double)totals->n_samples;
    switch (scheme) {
    case DSI_WEIGHT_INVERSE_SQRT:
        return 1 / sqrt(count);
    case DSI_WEIGHT_INVERSE:
        return 1 / count;
    case DSI_WEIGHT_BALANCED:
        return all / ((double)totals->n_present * count);
    case DSI_WEIGHT_EFFECTIVE: /* 1 - b^n without cancelling for b near 1 */
        return (1 - parameter) / -expm1(count * log1p(parameter - 1));
    case DSI_WEIGHT_MEDIAN_FREQUENCY:
        return count / all;
    case DSI_WEIGHT_ENET:
        return 1 / log(parameter + count / all);
    case DSI_WEIGHT_LDAM_MARGIN: /* square roots alone are the same everywhere */
        return 1 / fourth_root(n) * (parameter / (1 / fourth_root(totals->least)));
    case DSI_WEIGHT_LOGIT:
        return parameter * log(count / all);
    case DSI_WEIGHT_POS_WEIGHT:
        return (double)(totals->n_samples - n) / count;
    }
    return 0;
}

static double sum_of(const double *values, uint64_t n)
{
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

enum dsi_status dsi_class_weights(enum dsi_weighting scheme, double parameter,
                                  const uint64_t *counts, const uint64_t *totals,
                                  uint64_t n_classes, double *weights,
                                  struct dsi_error *err)
{
    struct totals all;
    DSI_TRY(sum_up(counts, n_classes, &all, err));
    for (uint64_t i = 0; i < n_classes; i++)
        weights[i] = counts[i] ? weight_of(scheme, parameter, counts[i], &all) : 0;
    if (scheme == DSI_WEIGHT_EFFECTIVE && all.n_present) {
        double scale = (double)all.n_present / sum_of(weights, n_classes);
        for (uint64_t i = 0; i < n_classes; i++)
            weights[i] *= scale;
    }
    if (scheme == DSI_WEIGHT_MEDIAN_FREQUENCY && all.n_present) {
        for (uint64_t i = 0; totals && i < n_classes; i++)
            weights[i] = counts[i] ? (double)counts[i] / (double)totals[i] : 0;
        double median = 0;
        DSI_TRY(median_of(weights, n_classes, all.n_present, &median, err));
        for (uint64_t i = 0; i < n_classes; i++)
            weights[i] = counts[i] ? median / weights[i] : 0;
    }
    return DSI_OK;
}

void dsi_weights_normalize(enum dsi_normalization normalization, const uint64_t *counts,
                           uint64_t n_classes, double *weights)
{
    double scale = 0, n_present = 0;
    for (uint64_t i = 0; i < n_classes; i++) {
        if (counts[i] == 0)
            continue;
        n_present++;
        if (normalization != DSI_NORMALIZE_MAX)
            scale += weights[i];
        else if (n_present == 1 || weights[i] > scale)
            scale = weights[i];
    }
    if (normalization == DSI_NORMALIZE_MEAN && n_present > 0)
        scale /= n_present;
    if (normalization == DSI_NORMALIZE_NONE || scale == 0)
        return;
    for (uint64_t i = 0; i < n_classes; i++)
        weights[i] /= scale;
}
