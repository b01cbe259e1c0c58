#include "range_expect.h"

#include "option.h"
#include "text_number.h"

#include <math.h>
#include <string.h>

static const double default_tolerance = 0.01;

static enum dsi_status refuse_name(const char *name, struct dsi_error *err)
{
    const char *known[DSI_N_RANGE_FACTS + 2];
    memcpy(known, dsi_range_facts, DSI_N_RANGE_FACTS * sizeof *known);
    known[DSI_N_RANGE_FACTS] = "tol";
    known[DSI_N_RANGE_FACTS + 1] = NULL;
    const char *nearest = dsi_nearest_word(name, known);
    if (nearest)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--expect: unknown fact '%s' (did you mean %s?)", name,
                        nearest);
    return dsi_fail(
        err, DSI_ERR_USAGE,
        "--expect: unknown fact '%s': one of min, max, mean, std, skew, p01, "
        "p25, p50, p75, p99, and tol",
        name);
}

/* "1/2/3", which it takes apart. */
static enum dsi_status parse_values(char *text, const char *name, double *values,
                                    size_t *n, struct dsi_error *err)
{
    *n = 0;
    for (char *next = text; text; text = next) {
        double *value = &values[(*n)++];
        next = strchr(text, '/');
        if (next)
            *next++ = '\0';
        if (dsi_text_number(text, strlen(text), value) != DSI_TEXT_NUMBER ||
            isnan(*value))
            return dsi_fail(err, DSI_ERR_USAGE, "--expect: %s='%s' is not a number",
                            name, text);
    }
    return DSI_OK;
}

static enum dsi_status set(const char *name, const double *values, size_t n,
                           struct dsi_range_expectations *expected,
                           struct dsi_error *err)
{
    if (strcmp(name, "tol") == 0) {
        if (n != 1 || !(values[0] >= 0))
            return dsi_fail(err, DSI_ERR_USAGE,
                            "--expect: tol is one number, 0 or above");
        expected->tolerance = values[0];
        return DSI_OK;
    }
    for (size_t i = 0; i < DSI_N_RANGE_FACTS; i++) {
        if (strcmp(name, dsi_range_facts[i]) != 0)
            continue;
        if (expected->of[i].n)
            return dsi_fail(err, DSI_ERR_USAGE, "--expect: %s is there twice", name);
        expected->of[i].values = values;
        expected->of[i].n = n;
        return DSI_OK;
    }
    return refuse_name(name, err);
}

static enum dsi_status parse(char *text, struct dsi_range_expectations *expected,
                             double *numbers, struct dsi_error *err)
{
    for (char *next = text; text; text = next) {
        size_t n;
        next = strchr(text, ',');
        if (next)
            *next++ = '\0';
        char *value = strchr(text, '=');
        if (!value)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "--expect: '%s' is not NAME=VALUE, as in "
                            "min=0,max=1,mean=0.5",
                            text);
        *value++ = '\0';
        DSI_TRY(parse_values(value, text, numbers, &n, err));
        DSI_TRY(set(text, numbers, n, expected, err));
        numbers += n;
    }
    return DSI_OK;
}

enum dsi_status dsi_range_expect_parse(const char *text,
                                       struct dsi_range_expectations *expected,
                                       double **numbers, struct dsi_error *err)
{
    const size_t n = strlen(text);
    struct dsi_bytes copy = {0};
    *expected = (struct dsi_range_expectations){.tolerance = default_tolerance};
    *numbers = dsi_alloc_array((uint64_t)n + 1, sizeof **numbers);
    if (!*numbers)
        return dsi_fail_memory(err, n * sizeof **numbers);
    enum dsi_status status = dsi_bytes_append(&copy, text, n + 1, err);
    if (status == DSI_OK)
        status = parse((char *)copy.data, expected, *numbers, err);
    dsi_bytes_free(&copy);
    bool is_any = false;
    for (size_t i = 0; i < DSI_N_RANGE_FACTS; i++)
        is_any |= expected->of[i].n > 0;
    if (status == DSI_OK && !is_any)
        status = dsi_fail(err, DSI_ERR_USAGE,
                          "--expect: nothing is expected but a tolerance: name a fact, "
                          "as in min=0,max=1");
    return status;
}

bool dsi_range_expects_percentiles(const struct dsi_range_expectations *expected)
{
    for (size_t i = DSI_RANGE_PERCENTILE; i < DSI_N_RANGE_FACTS; i++)
        if (expected->of[i].n)
            return true;
    return false;
}
