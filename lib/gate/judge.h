/* Whether what was measured is as it was asked to be. */
#ifndef DSI_JUDGE_H
#define DSI_JUDGE_H

#include "baseline.h"

enum dsi_rule_op { DSI_OP_MIN, DSI_OP_MAX, DSI_OP_EQUALS, DSI_OP_MAX_CHANGE };

const char *dsi_rule_op_name(enum dsi_rule_op op); /* "min", "max_change" */

/* value OP threshold. */
struct dsi_rule {
    enum dsi_rule_op op;
    const char *text;        /* the threshold as it was written; borrowed */
    bool is_plain;           /* not in quotes; what is, equals a text alone */
    bool is_share;           /* of max_change: of the baseline ("10%" is 0.1) */
    struct dsi_value number; /* what is written, a whole number as such; null: none */
};

/* DSI_ERR_USAGE where the text is no threshold for the op. is_plain: not in quotes. */
DSI_CHECKED enum dsi_status dsi_rule_parse(struct dsi_rule *rule, enum dsi_rule_op op,
                                           const char *text, bool is_plain,
                                           struct dsi_error *err);

enum dsi_verdict { DSI_VERDICT_HOLDS, DSI_VERDICT_FAILS, DSI_VERDICT_UNJUDGED };

/* Says in detail (NUL-terminated, in place of what it holds) why it fails or could not
 * be judged. baseline is the value of that night; NULL: there is none. A value that is
 * null or NaN fails: it is not known to hold. */
DSI_CHECKED enum dsi_status dsi_judge(const struct dsi_rule *rule,
                                      const struct dsi_value *value,
                                      const struct dsi_baseline_value *baseline,
                                      enum dsi_verdict *verdict,
                                      struct dsi_bytes *detail, struct dsi_error *err);

#endif
