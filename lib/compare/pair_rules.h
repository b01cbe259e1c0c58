/* Rules for some of the pairs: tolerances by name. */
#ifndef DSI_PAIR_RULES_H
#define DSI_PAIR_RULES_H

#include "close.h"
#include "pairing.h"

/* What a rule does not say is as for all. NAN: it does not say. Texts are borrowed. */
struct dsi_pair_rule {
    const char *glob; /* * matches slashes too */
    double rtol, atol;
    bool says_max_ulp, says_equal_nan;
    uint64_t max_ulp;
    bool equal_nan;
    double max_share; /* of values that may differ */
    bool ignores;     /* the pair is left out */
    size_t line;      /* where it stands */
    bool is_used;     /* it matches a pair; filled by dsi_pair_rules_apply */
};

struct dsi_pair_rules {
    struct dsi_pair_rule *rules;
    size_t n;
};

/* Gives each pair the last rule that matches it, and drops those that are ignored. A
 * rule matches the pair's name, or the name or key that either side has. The rules
 * must live as long as the pairs. */
void dsi_pair_rules_apply(struct dsi_pair_rules *rules, struct dsi_pairs *pairs);

/* Tolerances of rule that are NAN become those that torch.testing.assert_close takes of
 * itself for the types: the larger of two (torch/testing/_comparison.py). */
void dsi_close_rule_by_types(struct dsi_close_rule *rule, struct dsi_dtype a,
                             struct dsi_dtype b);

/* The rule for values: what rule says, else what is for all. rule may be NULL. */
struct dsi_close_rule dsi_pair_rule_close(const struct dsi_pair_rule *rule,
                                          const struct dsi_close_rule *for_all);
double dsi_pair_rule_max_share(const struct dsi_pair_rule *rule, double for_all);

#endif
