/* Rows and summary of range. */
#include "range_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct dsi_value known(double number)
{
    return isnan(number) ? dsi_null() : dsi_float(number);
}

/* As exact as the type has it. */
static struct dsi_value value_of_key(struct dsi_dtype dtype, uint64_t key)
{
    const struct dsi_number number = dsi_key_number(dtype, key);
    switch (number.kind) {
    case DSI_NUMBER_INT:
        return dsi_int(number.as.integer);
    case DSI_NUMBER_UINT:
        return dsi_uint(number.as.natural);
    case DSI_NUMBER_FLOAT:
        break;
    }
    return dsi_float(number.as.real);
}

static enum dsi_status add_row(const struct dsi_range_finishing *f, size_t i,
                               struct dsi_error *err)
{
    const struct dsi_range_facts *c = &f->facts[i];
    const struct dsi_dtype dtype = c->place.dtype;
    const double *p = c->percentiles;
    char name[DSI_CHANNEL_NAME_SIZE], drawing[DSI_RANGE_DRAWING_SIZE];
    double scale, shift;
    const bool maps =
        c->n && dsi_range_map(c, f->range->parameters->target, &scale, &shift);
    const struct dsi_value row[] = {
        dsi_text(dsi_group_source(&f->range->dataset->groups[c->place.group])),
        dsi_text(dsi_range_channel_name(f->range, c, name)),
        dsi_uint(c->n),
        c->n ? value_of_key(dtype, c->stats.min_key) : dsi_null(),
        c->n ? value_of_key(dtype, c->stats.max_key) : dsi_null(),
        known(c->moments.mean),
        known(c->moments.std),
        known(p[DSI_RANGE_P01]),
        known(p[DSI_RANGE_P25]),
        known(p[DSI_RANGE_P50]),
        known(p[DSI_RANGE_P75]),
        known(p[DSI_RANGE_P99]),
        dsi_uint(c->stats.n_zero),
        known(c->moments.skew),
        dsi_text(dsi_range_verdict_name(c->verdict)),
        maps ? dsi_float(scale) : dsi_null(),
        maps ? dsi_float(shift) : dsi_null(),
        dsi_text(f->range->parameters->draws ? dsi_range_draw(f->range, c, drawing)
                                             : NULL),
    };
    return dsi_report_row(f->report, row, err);
}

/* --- summary ---------------------------------------------------------------------- */

/* Words for what would help a training run; NULL: nothing comes to mind. */
static const char *advice_of(const struct dsi_range_finishing *f,
                             enum dsi_range_verdict verdict)
{
    const bool scales =
        verdict == DSI_RANGE_RAW_0_255 || f->spread >= f->range->parameters->max_spread;
    if (scales)
        return f->n_log ? "scale,log1p" : "scale";
    return f->n_log ? "log1p" : NULL;
}

static enum dsi_status summarise(const struct dsi_range_finishing *f,
                                 struct dsi_error *err)
{
    const struct dsi_range *range = f->range;
    uint64_t n_samples = 0, n_values = 0;
    for (size_t g = 0; g < range->first->n_groups; g++)
        if (!range->dataset->groups[g].is_hidden &&
            !dsi_group_goes_on(range->dataset, g))
            n_samples += range->first->groups[g].n_samples;
    for (size_t i = 0; i < f->n_facts; i++)
        n_values += f->facts[i].n;
    const enum dsi_range_verdict verdict = dsi_range_judge_all(f->facts, f->n_facts);
    const struct {
        const char *key;
        struct dsi_value value;
    } facts[] = {
        {"samples", dsi_uint(n_samples)},
        {"channels", dsi_uint(f->n_facts)},
        {"values", dsi_uint(n_values)},
        {"verdict", dsi_text(dsi_range_verdict_name(verdict))},
        {"scale_spread", known(f->spread)},
        {"advice", dsi_text(advice_of(f, verdict))},
        {"log1p", dsi_uint(f->n_log)},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        DSI_TRY(dsi_report_summary(f->report, facts[i].key, facts[i].value, err));
    return DSI_OK;
}

enum dsi_status dsi_range_finish(void *state, struct dsi_report *report,
                                 struct dsi_error *err)
{
    struct dsi_range_finishing f = {.range = state, .report = report};
    struct dsi_range_facts *facts;
    DSI_TRY(dsi_range_facts_make(state, &facts, &f.n_facts, err));
    f.facts = facts;
    dsi_range_find_spread(&f);
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < f.n_facts && status == DSI_OK; i++)
        status = add_row(&f, i, err);
    if (status == DSI_OK)
        status = dsi_range_add_findings(&f, err);
    if (status == DSI_OK)
        status = dsi_range_compare_expected(&f, err);
    if (status == DSI_OK)
        status = summarise(&f, err);
    free(facts);
    return status;
}
