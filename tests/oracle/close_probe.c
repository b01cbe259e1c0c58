/* Lets test_close.py use lib/stats/close.h.
 *
 * close_probe A B N N_A N_B MODE RULE... < both arrays, raw
 *
 * A, B are types as numpy's dtype.kind and size (f4; V2 is bfloat16). The input is N_A
 * values of A and N_B of B, each N or 1; MODE is of the letters j (judge) or m
 * (measure), and s for scalars. A RULE is rtol,atol,equal_nan or u,max_ulp,equal_nan.
 * Prints a line for each: n n_diff first max_abs at max_rel at max_ulp at nan_a nan_b,
 * -1 for nowhere. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "close.h"

static void check(enum dsi_status status, const struct dsi_error *err)
{
    if (status == DSI_OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static struct dsi_dtype dtype_of(const char *name)
{
    static const char letters[] = "biufVcSMm";
    static const enum dsi_kind kinds[] = {DSI_BOOL,  DSI_INT,      DSI_UINT,
                                          DSI_FLOAT, DSI_BFLOAT,   DSI_COMPLEX,
                                          DSI_BYTES, DSI_DATETIME, DSI_TIMEDELTA};
    const char *at = strchr(letters, name[0]);
    return (struct dsi_dtype){.kind = at ? kinds[at - letters] : DSI_VOID,
                              .size = (uint32_t)atoi(name + 1)};
}

static struct dsi_close_rule rule_of(const char *text)
{
    struct dsi_close_rule rule = {0};
    char *end;
    rule.has_max_ulp = text[0] == 'u';
    if (rule.has_max_ulp) {
        rule.max_ulp = strtoull(text + 2, &end, 10);
    } else {
        rule.rtol = strtod(text, &end);
        rule.atol = strtod(end + 1, &end);
    }
    rule.equal_nan = end[1] == '1';
    return rule;
}

/* Cut in two where nothing is even, the second part first. */
static struct dsi_closeness compare(const struct dsi_close *close, const uint8_t *a,
                                    unsigned stride_a, const uint8_t *b,
                                    unsigned stride_b, size_t n)
{
    struct dsi_closeness all, part;
    const size_t cut = n / 3;
    dsi_closeness_init(&all);
    dsi_closeness_init(&part);
    dsi_close_run(close, a + cut * stride_a * close->a.size, stride_a,
                  b + cut * stride_b * close->b.size, stride_b, cut, n - cut, &all);
    dsi_close_run(close, a, stride_a, b, stride_b, 0, cut, &part);
    dsi_closeness_merge(&all, &part);
    return all;
}

static void print(const struct dsi_closeness *c)
{
    printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %.17g %" PRId64 " %.17g %" PRId64
           " %" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 "\n",
           c->n, c->n_diff, (int64_t)c->first_diff, c->max_abs, (int64_t)c->max_abs_at,
           c->max_rel, (int64_t)c->max_rel_at, c->max_ulp, (int64_t)c->max_ulp_at,
           c->n_nan_a, c->n_nan_b);
}

int main(int argc, char **argv)
{
    struct dsi_error err;
    if (argc < 7)
        return 2;
    const struct dsi_dtype a = dtype_of(argv[1]), b = dtype_of(argv[2]);
    const size_t n = strtoull(argv[3], NULL, 10);
    const size_t n_a = strtoull(argv[4], NULL, 10), n_b = strtoull(argv[5], NULL, 10);
    const char *mode = argv[6];
    uint8_t *values_a = malloc(n_a * a.size + 1), *values_b = malloc(n_b * b.size + 1);
    if (!values_a || !values_b || fread(values_a, a.size, n_a, stdin) != n_a ||
        fread(values_b, b.size, n_b, stdin) != n_b)
        return 2;
    for (int i = 7; i < argc; i++) {
        const struct dsi_close_rule rule = rule_of(argv[i]);
        struct dsi_close close;
        check(dsi_close_init(&close, a, b, &rule, strchr(mode, 'm') != NULL,
                             strchr(mode, 's') != NULL, dsi_cpu_level(), &err),
              &err);
        const struct dsi_closeness all =
            compare(&close, values_a, n_a == n, values_b, n_b == n, n);
        print(&all);
    }
    free(values_a);
    free(values_b);
    return 0;
}
