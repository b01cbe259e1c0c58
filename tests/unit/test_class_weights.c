/* Weights worked out by hand; tests/oracle/test_stats.py compares with scikit-learn and
 * with NumPy's evaluation of the formulas. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "class_weights.h"
#include "imbalance.h"

static void assert_near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-15 * fabs(b));
}

static void weigh(const char *name, const uint64_t *counts, uint64_t n, double *weights)
{
    enum dsi_weighting scheme;
    double parameter;
    assert_int_equal(dsi_weighting_parse(name, &scheme, &parameter, NULL), DSI_OK);
    assert_int_equal(
        dsi_class_weights(scheme, parameter, counts, NULL, n, weights, NULL), DSI_OK);
}

static void test_by_hand(void **state)
{
    (void)state;
    const uint64_t counts[] = {16, 0, 4, 1, 0, 4}; /* N = 25, K = 4 */
    static const struct {
        const char *name;
        double expected[4]; /* of 16, 4, 1, 4 */
    } cases[] = {
        {"inverse-sqrt", {0.25, 0.5, 1, 0.5}},
        {"inverse", {0.0625, 0.25, 1, 0.25}},
        {"balanced", {25 / 64.0, 25 / 16.0, 25 / 4.0, 25 / 16.0}},
        /* b = 0: every class's effective number is 1 */
        {"effective:0", {1, 1, 1, 1}},
        {"median-frequency", {0.25, 1, 4, 1}},
        {"ldam-margin:2", {1, 1.414213562373095, 2, 1.414213562373095}},
        {"pos-weight", {9 / 16.0, 21 / 4.0, 24, 21 / 4.0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double w[6];
        const double *e = cases[i].expected;
        weigh(cases[i].name, counts, 6, w);
        const double got[] = {w[0], w[2], w[3], w[5]};
        for (size_t k = 0; k < 4; k++)
            assert_near(got[k], e[k]);
        assert_true(w[1] == 0 && w[4] == 0 && !signbit(w[1]));
    }
    double w[6];
    /* 1/2 / (1 - 2^-n) is 32768/65535, 8/15, 1, 8/15 */
    weigh("effective:0.5", counts, 6, w);
    const double sum = 32768 / 65535.0 + 16 / 15.0 + 1;
    assert_near(w[0], 4 * (32768 / 65535.0) / sum);
    assert_near(w[3], 4 / sum);
    weigh("logit:2", counts, 6, w);
    assert_near(w[3], -2 * log(25.0));
    weigh("enet:1.5", counts, 6, w);
    assert_near(w[2], 1 / log(1.66));
}

/* A mask: class 0 has 60 pixels in images of 100, class 1 10 in one of 50. */
static void test_median_frequency_with_totals(void **state)
{
    (void)state;
    const uint64_t counts[] = {60, 10, 0}, totals[] = {100, 50, 0};
    double w[3];
    assert_int_equal(
        dsi_class_weights(DSI_WEIGHT_MEDIAN_FREQUENCY, 0, counts, totals, 3, w, NULL),
        DSI_OK);
    assert_near(w[0], 0.4 / 0.6);
    assert_near(w[1], 2);
    assert_true(w[2] == 0);
}

static void test_nothing_is_never_infinite(void **state)
{
    (void)state;
    static const char *const names[] = {
        "inverse-sqrt", "inverse",     "balanced", "effective",  "median-frequency",
        "enet",         "ldam-margin", "logit",    "pos-weight", "effective:0.9999999"};
    const uint64_t cases[][3] = {
        {0, 0, 0}, {7, 0, 0}, {1, 1, 1}, {UINT64_C(1) << 63, 1, 0}, {1, 0, 1000000000}};
    for (size_t i = 0; i < 10; i++)
        for (size_t c = 0; c < 5; c++)
            for (uint64_t n = 0; n <= 3; n++) {
                double w[3] = {0};
                weigh(names[i], cases[c], n, w);
                for (int norm = DSI_NORMALIZE_NONE; norm <= DSI_NORMALIZE_MAX; norm++)
                    dsi_weights_normalize((enum dsi_normalization)norm, cases[c], n, w);
                for (uint64_t k = 0; k < n; k++) {
                    assert_true(isfinite(w[k]));
                    assert_true(cases[c][k] > 0 || w[k] == 0);
                }
            }
    const uint64_t too_many[] = {UINT64_MAX, 1};
    double w[2];
    assert_int_equal(
        dsi_class_weights(DSI_WEIGHT_INVERSE, 0, too_many, NULL, 2, w, NULL),
        DSI_ERR_LIMIT);
}

static void test_normalize(void **state)
{
    (void)state;
    const uint64_t counts[] = {1, 0, 4, 16};
    const double weights[] = {1, 0, 0.5, 0.25}; /* sum 1.75 over three */
    const double scales[] = {1, 1.75 / 3, 1.75, 1};
    for (int norm = DSI_NORMALIZE_NONE; norm <= DSI_NORMALIZE_MAX; norm++) {
        double w[4];
        memcpy(w, weights, sizeof w);
        dsi_weights_normalize((enum dsi_normalization)norm, counts, 4, w);
        for (size_t i = 0; i < 4; i++)
            assert_true(w[i] == weights[i] / scales[norm]);
    }
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dsi_weighting scheme;
        double parameter;
    } good[] = {
        {"inverse-sqrt", DSI_WEIGHT_INVERSE_SQRT, 0},
        {"effective", DSI_WEIGHT_EFFECTIVE, 0.999},
        {"effective:0.9999", DSI_WEIGHT_EFFECTIVE, 0.9999},
        {"effective:0", DSI_WEIGHT_EFFECTIVE, 0},
        {"enet", DSI_WEIGHT_ENET, 1.02},
        {"enet:3", DSI_WEIGHT_ENET, 3},
        {"logit:1.5", DSI_WEIGHT_LOGIT, 1.5},
        {"ldam-margin", DSI_WEIGHT_LDAM_MARGIN, 0.5},
        {"pos-weight", DSI_WEIGHT_POS_WEIGHT, 0},
    };
    static const char *const bad[] = {"",
                                      "Balanced",
                                      "balance",
                                      "balanced:1",
                                      "balanced:",
                                      "effective:",
                                      "effective:1",
                                      "effective:-0.1",
                                      "effective:nan",
                                      "effective:0.5x",
                                      "enet:1",
                                      "enet:inf",
                                      "logit:0",
                                      "ldam-margin:0"};
    enum dsi_weighting scheme;
    double parameter;
    struct dsi_error err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(dsi_weighting_parse(good[i].text, &scheme, &parameter, &err),
                         DSI_OK);
        assert_int_equal(scheme, good[i].scheme);
        assert_true(parameter == good[i].parameter);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(dsi_weighting_parse(bad[i], &scheme, &parameter, &err),
                         DSI_ERR_USAGE);
    assert_int_equal(dsi_weighting_parse("sqrt", &scheme, &parameter, &err),
                     DSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "inverse-sqrt, inverse, balanced, effective"));
    assert_non_null(strstr(err.message, "pos-weight"));
    enum dsi_normalization norm;
    assert_int_equal(dsi_normalization_parse("max", &norm, &err), DSI_OK);
    assert_int_equal(norm, DSI_NORMALIZE_MAX);
    assert_int_equal(dsi_normalization_parse("mea", &norm, &err), DSI_ERR_USAGE);
}

static void test_imbalance(void **state)
{
    (void)state;
    const uint64_t counts[] = {10, 0, 30, 20};
    struct dsi_imbalance it;
    assert_int_equal(dsi_imbalance_of(counts, 4, &it, NULL), DSI_OK);
    assert_int_equal(it.n_samples, 60);
    assert_int_equal(it.n_classes, 3);
    assert_int_equal(it.largest, 30);
    assert_int_equal(it.smallest, 10);
    assert_true(it.ratio == 3);
    /* Differences 10, 20, 10, each twice: 80 / (2 x 9 x 20). */
    assert_near(it.gini, 80 / 360.0);
    assert_near(it.entropy,
                -(log(1 / 6.0) / 6 + log(1 / 2.0) / 2 + log(1 / 3.0) / 3) / log(3.0));
    const uint64_t even[] = {7, 7, 7, 7, 7, 7, 7};
    assert_int_equal(dsi_imbalance_of(even, 7, &it, NULL), DSI_OK);
    assert_true(it.ratio == 1 && it.entropy == 1 && it.gini == 0);
    assert_int_equal(dsi_imbalance_of(counts, 1, &it, NULL), DSI_OK);
    assert_true(it.ratio == 1 && it.entropy == 1 && it.gini == 0);
    assert_int_equal(dsi_imbalance_of(counts + 1, 1, &it, NULL), DSI_OK);
    assert_true(isnan(it.ratio) && it.entropy == 1 && it.gini == 0);
    assert_int_equal(it.n_classes, 0);
}

static void test_targets(void **state)
{
    (void)state;
    const uint64_t counts[] = {3, 0, 11, 3, 6}; /* 23 over 4: 5, and 3 more */
    static const struct {
        enum dsi_strategy strategy;
        uint64_t target, expected[5];
    } cases[] = {
        {DSI_RESAMPLE_OVER, 0, {11, 0, 11, 11, 11}},
        {DSI_RESAMPLE_UNDER, 0, {3, 0, 3, 3, 3}},
        {DSI_RESAMPLE_MIXED, 0, {6, 0, 5, 6, 6}},
        {DSI_RESAMPLE_OVER, 5, {5, 0, 11, 5, 6}},
        {DSI_RESAMPLE_UNDER, 5, {3, 0, 5, 3, 5}},
        {DSI_RESAMPLE_MIXED, 5, {5, 0, 5, 5, 5}},
    };
    for (size_t i = 0; i < 6; i++) {
        uint64_t targets[5];
        assert_int_equal(dsi_resample_targets(cases[i].strategy, cases[i].target,
                                              counts, 5, targets, NULL),
                         DSI_OK);
        assert_memory_equal(targets, cases[i].expected, sizeof targets);
    }
    uint64_t none[1];
    assert_int_equal(
        dsi_resample_targets(DSI_RESAMPLE_MIXED, 0, counts + 1, 1, none, NULL), DSI_OK);
    assert_int_equal(none[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_median_frequency_with_totals),
        cmocka_unit_test(test_nothing_is_never_infinite),
        cmocka_unit_test(test_normalize),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_imbalance),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
