/* What was expected of the channels, and what they are. */
#include "range_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { NOWHERE = -1 };

/* Which of n values is meant for the facts i, number `at` of its source: all
 * channels share one; of pictures three are for R, G and B, and a fourth for A. */
static int position(const struct dsi_range_finishing *f, size_t i, size_t at, size_t n)
{
    const struct dsi_range_place *place = &f->facts[i].place;
    const struct dsi_channels *channels =
        &f->range->dataset->groups[place->group].channels;
    if (n == 1)
        return 0;
    if (channels->kind != DSI_CHANNELS_PICTURES)
        return at < n ? (int)at : NOWHERE;
    uint64_t colour = place->channel;
    if (colour >= DSI_PICTURE_R16 && colour <= DSI_PICTURE_A16)
        colour -= DSI_PICTURE_R16 - DSI_PICTURE_R;
    if (colour < DSI_PICTURE_R || colour > DSI_PICTURE_A)
        return NOWHERE;
    colour -= DSI_PICTURE_R;
    return colour < n ? (int)colour : NOWHERE;
}

/* Bounds for the extremes, equality for the rest. */
static bool holds(enum dsi_range_fact fact, double got, double wanted, double tolerance)
{
    if (fact == DSI_RANGE_MIN)
        return got >= wanted - tolerance;
    if (fact == DSI_RANGE_MAX)
        return got <= wanted + tolerance;
    return got == wanted || fabs(got - wanted) <= tolerance;
}

static const char *relation(enum dsi_range_fact fact)
{
    return fact == DSI_RANGE_MIN   ? "at least "
           : fact == DSI_RANGE_MAX ? "at most "
                                   : "";
}

static enum dsi_status compare(const struct dsi_range_finishing *f, size_t i,
                               enum dsi_range_fact fact, double wanted,
                               struct dsi_error *err)
{
    const struct dsi_range_facts *c = &f->facts[i];
    const double got = dsi_range_fact(c, fact);
    const double tolerance = f->range->parameters->expected->tolerance;
    char name[DSI_CHANNEL_NAME_SIZE], texts[3][DSI_NUMBER_SIZE];
    if (holds(fact, got, wanted, tolerance))
        return DSI_OK;
    dsi_format_double(got, texts[0]);
    dsi_format_double(wanted, texts[1]);
    dsi_format_double(tolerance, texts[2]);
    return dsi_range_find_channel(
        f, "expect", DSI_ERROR, i, err,
        "channel '%.100s': %s is %s; expected %s%s, within %s",
        dsi_range_channel_name(f->range, c, name), dsi_range_facts[fact],
        isnan(got) ? "not known" : texts[0], relation(fact), texts[1], texts[2]);
}

/* Each channel of a group has a value of its own, or none is right. */
static enum dsi_status check_number(const struct dsi_range_finishing *f, size_t group,
                                    enum dsi_range_fact fact, size_t n_channels,
                                    size_t n_compared, struct dsi_error *err)
{
    const size_t n = f->range->parameters->expected->of[fact].n;
    const bool is_array =
        f->range->dataset->groups[group].channels.kind == DSI_CHANNELS_ARRAY;
    /* Of pictures there may be 8 and 16 bits of a colour. */
    if (n <= 1 || (is_array ? n == n_channels : (n == 3 || n == 4) && n_compared >= n))
        return DSI_OK;
    return dsi_range_find(f, "expect", DSI_ERROR, group, err,
                          "%zu values of %s are expected, of %zu channel%s", n,
                          dsi_range_facts[fact], n_channels,
                          n_channels == 1 ? "" : "s");
}

/* Three values leave alpha alone, and no other channel. */
static enum dsi_status find_unexpected(const struct dsi_range_finishing *f, size_t i,
                                       enum dsi_range_fact fact, struct dsi_error *err)
{
    const struct dsi_range_place *place = &f->facts[i].place;
    const size_t n = f->range->parameters->expected->of[fact].n;
    char name[DSI_CHANNEL_NAME_SIZE];
    if (f->range->dataset->groups[place->group].channels.kind !=
            DSI_CHANNELS_PICTURES ||
        place->channel == DSI_PICTURE_A || place->channel == DSI_PICTURE_A16)
        return DSI_OK;
    return dsi_range_find_channel(
        f, "expect", DSI_ERROR, i, err,
        "channel '%.100s': %zu values of %s are expected of R, G and "
        "B%s, and none of this one",
        dsi_range_channel_name(f->range, &f->facts[i], name), n, dsi_range_facts[fact],
        n > 3 ? " and A" : "");
}

/* facts [first, end) are those of one source. */
static enum dsi_status compare_group(const struct dsi_range_finishing *f, size_t first,
                                     size_t end, enum dsi_range_fact fact,
                                     struct dsi_error *err)
{
    const struct dsi_range_expectations *expected = f->range->parameters->expected;
    size_t n_compared = 0;
    for (size_t i = first; i < end; i++) {
        const int at = position(f, i, i - first, expected->of[fact].n);
        if (at == NOWHERE)
            continue;
        n_compared++;
        DSI_TRY(compare(f, i, fact, expected->of[fact].values[at], err));
    }
    const size_t n = expected->of[fact].n;
    for (size_t i = first; i < end && n_compared >= n; i++)
        if (position(f, i, i - first, n) == NOWHERE)
            DSI_TRY(find_unexpected(f, i, fact, err));
    return check_number(f, f->facts[first].place.group, fact, end - first, n_compared,
                        err);
}

static enum dsi_status compare_all(const struct dsi_range_finishing *f,
                                   enum dsi_range_fact fact, struct dsi_error *err)
{
    for (size_t first = 0, end; first < f->n_facts; first = end) {
        for (end = first + 1; end < f->n_facts && dsi_range_goes_on(f, end);)
            end++;
        DSI_TRY(compare_group(f, first, end, fact, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_range_compare_expected(const struct dsi_range_finishing *f,
                                           struct dsi_error *err)
{
    const struct dsi_range_expectations *expected = f->range->parameters->expected;
    if (!expected)
        return DSI_OK;
    if (f->n_facts == 0)
        return dsi_range_find(f, "expect", DSI_ERROR, SIZE_MAX, err,
                              "there is no channel to hold against what is expected");
    for (int fact = 0; fact < DSI_N_RANGE_FACTS; fact++)
        if (expected->of[fact].n)
            DSI_TRY(compare_all(f, (enum dsi_range_fact)fact, err));
    return DSI_OK;
}
