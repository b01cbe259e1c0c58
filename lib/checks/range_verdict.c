/* What the range of values looks like to whoever normalises them. */
#include "range_state.h"

#include <math.h>

static const char *const names[] = {
    [DSI_RANGE_EMPTY] = "empty",
    [DSI_RANGE_CONSTANT] = "constant",
    [DSI_RANGE_UNIT_0_1] = "unit_0_1",
    [DSI_RANGE_SIGNED_1] = "signed_1",
    [DSI_RANGE_STANDARDISED] = "standardised",
    [DSI_RANGE_RAW_0_255] = "raw_0_255",
    [DSI_RANGE_OTHER] = "other",
    [DSI_RANGE_MIXED] = "mixed",
};

const char *dsi_range_verdict_name(enum dsi_range_verdict verdict)
{
    return names[verdict];
}

/* Bytes are raw whatever they reach. Other types have to reach the upper half to be
 * told from any small positive number. */
static bool is_raw(struct dsi_dtype dtype, double min, double max)
{
    if (dtype.kind == DSI_UINT && dtype.size == 1)
        return true;
    return min >= 0 && max >= 128 && max <= 255;
}

/* Mean and spread of the standard normal, or nearly: |mean| < 0.1, 0.8 < std < 1.25. */
static bool is_standard(const struct dsi_moments *moments)
{
    return fabs(moments->mean) < 0.1 && moments->std > 0.8 && moments->std < 1.25;
}

enum dsi_range_verdict dsi_range_judge(struct dsi_dtype dtype, uint64_t n, double min,
                                       double max, const struct dsi_moments *moments)
{
    if (n == 0)
        return DSI_RANGE_EMPTY;
    if (min == max)
        return DSI_RANGE_CONSTANT;
    if (min >= 0 && max <= 1)
        return DSI_RANGE_UNIT_0_1;
    if (min >= -1 && max <= 1)
        return DSI_RANGE_SIGNED_1;
    if (isinf(min) || isinf(max))
        return DSI_RANGE_OTHER;
    if (is_standard(moments))
        return DSI_RANGE_STANDARDISED;
    return is_raw(dtype, min, max) ? DSI_RANGE_RAW_0_255 : DSI_RANGE_OTHER;
}

enum dsi_range_verdict dsi_range_judge_all(const struct dsi_range_facts *facts,
                                           size_t n)
{
    enum dsi_range_verdict all = DSI_RANGE_EMPTY;
    for (size_t i = 0; i < n; i++) {
        const enum dsi_range_verdict one = facts[i].verdict;
        if (one <= DSI_RANGE_CONSTANT || all <= DSI_RANGE_CONSTANT)
            all = one > all ? one : all;
        else if (one != all)
            return DSI_RANGE_MIXED;
    }
    return all;
}

/* How far from 0 values reach; 0 where there is no telling. */
static double reach_of(const struct dsi_range_facts *facts)
{
    const double reach = fmax(fabs(facts->min), fabs(facts->max));
    return isfinite(reach) ? reach : 0;
}

/* Of the facts [first, end), which are those of one source. */
static void see_group(struct dsi_range_finishing *f, size_t first, size_t end)
{
    size_t largest = end, smallest = end;
    for (size_t i = first; i < end; i++) {
        const double reach = reach_of(&f->facts[i]);
        if (reach == 0)
            continue;
        if (largest == end || reach > reach_of(&f->facts[largest]))
            largest = i;
        if (smallest == end || reach < reach_of(&f->facts[smallest]))
            smallest = i;
    }
    if (largest == end)
        return;
    const double spread =
        log10(reach_of(&f->facts[largest])) - log10(reach_of(&f->facts[smallest]));
    if (f->spread >= spread)
        return;
    f->spread = spread;
    f->largest = largest;
    f->smallest = smallest;
}

bool dsi_range_goes_on(const struct dsi_range_finishing *f, size_t i)
{
    size_t last = f->facts[i - 1].place.group;
    while (last < f->facts[i].place.group) /* fields between may be no numbers */
        if (!dsi_group_goes_on(f->range->dataset, ++last))
            return false;
    return true;
}

void dsi_range_find_spread(struct dsi_range_finishing *f)
{
    f->spread = (double)NAN;
    for (size_t first = 0, end; first < f->n_facts; first = end) {
        for (end = first + 1; end < f->n_facts && dsi_range_goes_on(f, end);)
            end++;
        see_group(f, first, end);
    }
}
