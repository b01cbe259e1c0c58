/* Which samples are issues, and in which order. */
#include "argsort.h"
#include "bytes.h"
#include "confident_run.h"

#include <stdlib.h>

/* --- by class ------------------------------------------------------------------------
 */

/* Flags the least probable of each class. */
static enum dsi_status flag_by_class(struct dsi_confident *c, double *values,
                                     uint32_t *order, uint8_t flag)
{
    for (uint32_t k = 0; k < c->n_classes; k++) {
        const uint32_t *members = c->members + c->firsts[k];
        const uint32_t n = dsi_confident_n_of_class(c, k);
        if (n <= 1 || c->n_kept[k] >= n)
            continue;
        for (uint32_t i = 0; i < n; i++)
            values[i] = dsi_confident_number(c, c->self, members[i]);
        dsi_argsort(values, n, order);
        for (uint32_t i = 0; i < n - c->n_kept[k]; i++)
            c->flags[members[order[i]]] |= flag;
    }
    return DSI_OK;
}

/* --- by sample -----------------------------------------------------------------------
 */

static bool is_guessed_otherwise(const struct dsi_confident *c, uint32_t sample)
{
    return c->guesses[sample] != DSI_CONFIDENT_NONE &&
           c->guesses[sample] != c->labels[sample];
}

static bool is_close(const struct dsi_confident *c, uint32_t sample)
{
    return c->flags[sample] & DSI_LABEL_IS_CLOSE;
}

/* Flags the n of the lowest numbers among all samples with a label; ids is room. */
static void flag_lowest(struct dsi_confident *c, const void *numbers, double *values,
                        uint32_t *order, uint32_t *ids)
{
    uint32_t n = 0, n_issues = 0;
    for (uint32_t i = 0; i < c->n_samples; i++) {
        if (c->labels[i] == DSI_CONFIDENT_NONE)
            continue;
        n_issues += is_guessed_otherwise(c, i) && !is_close(c, i);
        values[n] = dsi_confident_number(c, numbers, i);
        ids[n++] = i;
    }
    dsi_argsort(values, n, order);
    for (uint32_t i = 0; i < n_issues; i++)
        c->flags[ids[order[i]]] |= DSI_LABEL_IS_ISSUE;
}

static bool is_issue(const struct dsi_confident *c, uint32_t sample)
{
    const uint8_t flags = c->flags[sample];
    const bool flagged = flags & DSI_LABEL_IS_ISSUE;
    switch (c->parameters.filter) {
    case DSI_CONFIDENT_LOW_SELF_CONFIDENCE:
    case DSI_CONFIDENT_LOW_NORMALIZED_MARGIN:
        return flagged;
    case DSI_CONFIDENT_LEARNING:
        return is_guessed_otherwise(c, sample) && !is_close(c, sample);
    case DSI_CONFIDENT_PREDICTED_NEQ_GIVEN:
        return c->predicted[sample] != c->labels[sample] && !is_close(c, sample);
    case DSI_CONFIDENT_BOTH:
        return flagged && flags & DSI_ISSUE_BY_CLASS && !is_close(c, sample);
    default:
        return flagged && !is_close(c, sample);
    }
}

/* Lowest score first. */
static void rank(struct dsi_confident *c, double *values, uint32_t *order,
                 uint32_t *ids)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_samples; i++) {
        if (c->labels[i] == DSI_CONFIDENT_NONE || !is_issue(c, i))
            continue;
        values[n] = dsi_confident_number(c, c->score, i);
        ids[n++] = i;
    }
    dsi_argsort(values, n, order);
    for (uint32_t i = 0; i < n; i++)
        order[i] = ids[order[i]];
    c->n_issues = n;
}

/* values and ids are room for all samples; issues is filled. */
static enum dsi_status filter(struct dsi_confident *c, double *values, uint32_t *ids)
{
    enum dsi_status status = DSI_OK;
    switch (c->parameters.filter) {
    case DSI_CONFIDENT_PRUNE_BY_CLASS:
        status = flag_by_class(c, values, c->issues, DSI_LABEL_IS_ISSUE);
        break;
    case DSI_CONFIDENT_BOTH:
        status = flag_by_class(c, values, c->issues, DSI_ISSUE_BY_CLASS);
        break;
    case DSI_CONFIDENT_LOW_SELF_CONFIDENCE:
        flag_lowest(c, c->self, values, c->issues, ids);
        break;
    case DSI_CONFIDENT_LOW_NORMALIZED_MARGIN:
        flag_lowest(c, c->margin, values, c->issues, ids);
        break;
    default:
        break;
    }
    rank(c, values, c->issues, ids);
    return status;
}

enum dsi_status dsi_confident_make_issues(struct dsi_confident *c,
                                          struct dsi_error *err)
{
    double *values = dsi_alloc_array(c->n_samples, sizeof *values);
    uint32_t *ids = dsi_alloc_array(c->n_samples, sizeof *ids);
    c->issues = dsi_alloc_array(c->n_samples, sizeof *c->issues);
    enum dsi_status status =
        values && ids && c->issues
            ? filter(c, values, ids)
            : dsi_fail_memory(err, (uint64_t)c->n_samples * sizeof *values);
    free(values);
    free(ids);
    return status;
}
