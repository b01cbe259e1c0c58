#include "pair_rules.h"

#include <fnmatch.h>
#include <math.h>

static bool matches_side(const char *glob, const struct dsi_side_array *array)
{
    return array &&
           (fnmatch(glob, array->key, 0) == 0 || fnmatch(glob, array->name, 0) == 0);
}

static bool matches(const char *glob, const struct dsi_pair *pair)
{
    return matches_side(glob, pair->a) || matches_side(glob, pair->b) ||
           fnmatch(glob, dsi_pair_name(pair), 0) == 0;
}

void dsi_pair_rules_apply(struct dsi_pair_rules *rules, struct dsi_pairs *pairs)
{
    size_t n_kept = 0;
    const size_t n = pairs->n;
    for (size_t i = 0; i < n; i++) {
        struct dsi_pair *pair = &pairs->pairs[i];
        for (size_t k = 0; k < rules->n; k++)
            if (matches(rules->rules[k].glob, pair)) {
                rules->rules[k].is_used = true;
                pair->rule = &rules->rules[k];
            }
        if (!pair->rule || !pair->rule->ignores)
            pairs->pairs[n_kept++] = *pair;
    }
    pairs->n = n_kept;
    pairs->n_ignored = n - n_kept;
}

struct tolerances {
    double rtol, atol;
};

/* Of a float or of a complex number's parts; what is no float is exact. */
static struct tolerances torch_tolerances(struct dsi_dtype dtype)
{
    static const struct tolerances bfloat16 = {1.6e-2, 1e-5}, float16 = {1e-3, 1e-5},
                                   float32 = {1.3e-6, 1e-5}, float64 = {1e-7, 1e-7},
                                   exact = {0, 0};
    const uint32_t size = dtype.kind == DSI_COMPLEX ? dtype.size / 2 : dtype.size;
    if (dtype.kind == DSI_BFLOAT)
        return bfloat16;
    if (dtype.kind != DSI_FLOAT && dtype.kind != DSI_COMPLEX)
        return exact;
    return size == 2 ? float16 : size == 4 ? float32 : float64;
}

void dsi_close_rule_by_types(struct dsi_close_rule *rule, struct dsi_dtype a,
                             struct dsi_dtype b)
{
    const struct tolerances x = torch_tolerances(a), y = torch_tolerances(b);
    if (isnan(rule->rtol))
        rule->rtol = fmax(x.rtol, y.rtol);
    if (isnan(rule->atol))
        rule->atol = fmax(x.atol, y.atol);
}

struct dsi_close_rule dsi_pair_rule_close(const struct dsi_pair_rule *rule,
                                          const struct dsi_close_rule *for_all)
{
    struct dsi_close_rule close = *for_all;
    if (!rule)
        return close;
    if (!isnan(rule->rtol))
        close.rtol = rule->rtol;
    if (!isnan(rule->atol))
        close.atol = rule->atol;
    if (rule->says_max_ulp || !isnan(rule->rtol) || !isnan(rule->atol)) {
        close.has_max_ulp = rule->says_max_ulp;
        close.max_ulp = rule->max_ulp;
    }
    if (rule->says_equal_nan)
        close.equal_nan = rule->equal_nan;
    return close;
}

double dsi_pair_rule_max_share(const struct dsi_pair_rule *rule, double for_all)
{
    return rule && !isnan(rule->max_share) ? rule->max_share : for_all;
}
