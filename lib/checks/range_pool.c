/* The values of all groups taken together, channel by channel. Those of one type are
 * pooled exactly; types are then joined by their means and variances. */
#include "range_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TYPES = 16, MAX_TARGETS = 3 };

struct pooling {
    const struct dsi_range *range;
    struct dsi_range_pooled *pooled;
    bool of_pictures, has_colour, has_bytes; /* 8 bits or 1 */
    size_t first;                            /* group with values; SIZE_MAX: none */
    struct dsi_dtype types[MAX_TYPES];
    size_t n_types;
    /* Columns that have names go together by them; the dataset's. */
    const char **names;
    size_t n_names;
};

static bool is_same_type(struct dsi_dtype a, struct dsi_dtype b)
{
    return a.kind == b.kind && a.size == b.size;
}

/* What stands for 1. */
static double unit_of(struct dsi_dtype dtype)
{
    if (dtype.kind != DSI_UINT || dtype.size > 2)
        return 1;
    return dtype.size == 1 ? 255 : 65535;
}

/* --- what there is ---------------------------------------------------------------- */

static enum dsi_status see_channel(struct pooling *p, uint64_t channel,
                                   struct dsi_error *err)
{
    if (channel >= DSI_PICTURE_C && channel <= DSI_PICTURE_K)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "there are CMYK pictures, whose R, G and B are a matter of "
                        "colour management: leave them out (--exclude)");
    const uint64_t colour = channel >= DSI_PICTURE_R16
                                ? channel - (DSI_PICTURE_R16 - DSI_PICTURE_R)
                                : channel;
    p->has_colour |= colour >= DSI_PICTURE_R && colour <= DSI_PICTURE_B;
    p->has_bytes |= channel <= DSI_PICTURE_GREY1;
    return DSI_OK;
}

static enum dsi_status refuse_channels(const struct pooling *p, size_t g,
                                       struct dsi_error *err)
{
    const struct dsi_group *groups = p->range->dataset->groups;
    return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                    "%s and %s have other channels each: name the one to normalise",
                    dsi_group_source(&groups[p->first]), dsi_group_source(&groups[g]));
}

/* The place of a name, which most sources have where the first has it; n_names: none.
 */
static size_t place_of(const struct pooling *p, const char *name, size_t start)
{
    if (start < p->n_names && strcmp(p->names[start], name) == 0)
        return start;
    for (size_t i = 0; i < p->n_names; i++)
        if (strcmp(p->names[i], name) == 0)
            return i;
    return p->n_names;
}

/* The first source says which columns there are: they are of one group or, where it is
 * a record, of one each. */
static enum dsi_status see_columns(struct pooling *p, size_t g, struct dsi_error *err)
{
    const struct dsi_group *groups = p->range->dataset->groups;
    const struct dsi_channels *channels = &groups[g].channels;
    const bool is_first =
        strcmp(dsi_group_source(&groups[g]), dsi_group_source(&groups[p->first])) == 0;
    const char **names =
        dsi_realloc_array(p->names, p->n_names + channels->n, sizeof *names);
    if (!names)
        return dsi_fail_memory(err, channels->n);
    p->names = names;
    if (is_first && g == p->first)
        for (uint64_t c = 0; c < channels->n; c++)
            names[p->n_names++] = channels->columns[c];
    for (uint64_t c = 0; c < channels->n; c++) {
        if (place_of(p, channels->columns[c], c) < p->n_names)
            continue;
        if (!is_first)
            return refuse_channels(p, g, err);
        names[p->n_names++] = channels->columns[c];
    }
    return DSI_OK;
}

static enum dsi_status see_group(struct pooling *p, size_t g, struct dsi_error *err)
{
    const struct dsi_group *groups = p->range->dataset->groups;
    const struct dsi_channels *channels = &groups[g].channels;
    if (p->first == SIZE_MAX)
        p->first = g;
    const struct dsi_channels *like = &groups[p->first].channels;
    if (channels->kind != like->kind || channels->n != like->n ||
        !channels->columns != !like->columns)
        return refuse_channels(p, g, err);
    if (channels->columns)
        DSI_TRY(see_columns(p, g, err));
    p->of_pictures = channels->kind == DSI_CHANNELS_PICTURES;
    if (!p->of_pictures && unit_of(dsi_channel_table(channels, 0).dtype) !=
                               unit_of(dsi_channel_table(like, 0).dtype))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "%s and %s are of types with other ranges: name the one to "
                        "normalise",
                        dsi_group_source(&groups[p->first]),
                        dsi_group_source(&groups[g]));
    return DSI_OK;
}

static enum dsi_status see_table(struct pooling *p, size_t g, size_t t,
                                 struct dsi_error *err)
{
    const struct dsi_channel_table of = dsi_range_table_of(p->range, g, t);
    const struct dsi_value_stats *stats = p->range->first->groups[g].stats[t];
    size_t i = 0;
    DSI_TRY(see_group(p, g, err));
    for (uint64_t slot = 0; p->of_pictures && slot < of.n; slot++)
        if (dsi_value_stats_at(stats, slot)->n)
            DSI_TRY(see_channel(p, of.first + slot, err));
    while (i < p->n_types && !is_same_type(p->types[i], of.dtype))
        i++;
    if (i == MAX_TYPES)
        return dsi_fail(err, DSI_ERR_LIMIT, "there are too many types of values");
    if (i == p->n_types)
        p->types[p->n_types++] = of.dtype;
    return DSI_OK;
}

/* Whether the table has values that count. */
static bool is_in(const struct dsi_range *range, size_t g, size_t t)
{
    return !range->dataset->groups[g].is_hidden &&
           range->first->groups[g].stats[t] != NULL;
}

static enum dsi_status see_all(struct pooling *p, struct dsi_error *err)
{
    for (size_t g = 0; g < p->range->first->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            if (is_in(p->range, g, t))
                DSI_TRY(see_table(p, g, t, err));
    if (p->first == SIZE_MAX)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "there is nothing to normalise");
    return DSI_OK;
}

/* --- where it goes ---------------------------------------------------------------- */

static size_t targets_of(const struct pooling *p, size_t g, uint64_t channel,
                         size_t targets[MAX_TARGETS])
{
    char *const *columns = p->range->dataset->groups[g].channels.columns;
    targets[0] = columns ? place_of(p, columns[channel], channel) : channel;
    if (!p->of_pictures)
        return 1;
    if (channel >= DSI_PICTURE_R16)
        channel -= DSI_PICTURE_R16 - DSI_PICTURE_R;
    if (channel >= DSI_PICTURE_R && channel <= DSI_PICTURE_B) {
        targets[0] = channel - DSI_PICTURE_R;
        return 1;
    }
    if (channel == DSI_PICTURE_A)
        return 0;
    for (size_t i = 0; i < MAX_TARGETS; i++) /* grey, which R, G and B are then */
        targets[i] = i;
    return p->has_colour ? MAX_TARGETS : 1;
}

static enum dsi_status make_channels(struct pooling *p, struct dsi_error *err)
{
    static const char *const colours[] = {"R", "G", "B"};
    const struct dsi_channels *channels = &p->range->dataset->groups[p->first].channels;
    struct dsi_range_pooled *pooled = p->pooled;
    pooled->n = p->of_pictures ? (p->has_colour ? MAX_TARGETS : 1)
                : p->names     ? p->n_names
                               : (size_t)channels->n;
    pooled->channels = dsi_alloc_zeroed(pooled->n, sizeof *pooled->channels);
    if (!pooled->channels)
        return dsi_fail_memory(err, pooled->n * sizeof *pooled->channels);
    for (size_t i = 0; i < pooled->n; i++) {
        struct dsi_range_pooled_channel *c = &pooled->channels[i];
        c->name = p->has_colour    ? colours[i]
                  : p->of_pictures ? "grey"
                  : p->names       ? p->names[i]
                                   : dsi_channel_name(channels, i, c->text);
        c->min = (double)INFINITY;
        c->max = -(double)INFINITY;
    }
    pooled->unit = !p->of_pictures ? unit_of(dsi_channel_table(channels, 0).dtype)
                   : p->has_bytes  ? 255
                                   : 65535;
    return DSI_OK;
}

/* --- sums ------------------------------------------------------------------------- */

/* Two sets of values as one, by their means and variances. */
static void join(struct dsi_range_pooled_channel *a, uint64_t n, double mean,
                 double std)
{
    if (n == 0)
        return;
    if (a->n == 0) {
        a->mean = mean;
        a->std = std;
    } else {
        const double x = (double)a->n, y = (double)n, all = x + y;
        const double apart = mean - a->mean;
        const double variance = (x * a->std * a->std + y * std * std) / all +
                                apart * apart * (x / all) * (y / all);
        a->mean += apart * (y / all);
        a->std = sqrt(variance);
    }
    a->n += n;
}

static void add_type(struct pooling *p, struct dsi_dtype dtype,
                     const struct dsi_value_stats *stats)
{
    const double own = dtype.kind == DSI_BOOL ? 1 : unit_of(dtype);
    const double factor = p->of_pictures ? p->pooled->unit / own : 1;
    for (size_t i = 0; i < p->pooled->n; i++) {
        struct dsi_range_pooled_channel *a = &p->pooled->channels[i];
        const struct dsi_channel_stats *c = dsi_value_stats_at(stats, i);
        const struct dsi_moments moments = dsi_value_stats_moments(stats, i);
        if (c->n == c->n_nan)
            continue;
        a->min = fmin(a->min, factor * dsi_key_double(dtype, c->min_key));
        a->max = fmax(a->max, factor * dsi_key_double(dtype, c->max_key));
        join(a, moments.n, factor * moments.mean, factor * moments.std);
    }
}

static void pool_table(const struct pooling *p, size_t g, size_t t,
                       struct dsi_value_stats *into)
{
    const struct dsi_channel_table of = dsi_range_table_of(p->range, g, t);
    const struct dsi_value_stats *from = p->range->first->groups[g].stats[t];
    size_t targets[MAX_TARGETS];
    for (uint64_t slot = 0; slot < of.n; slot++) {
        const size_t n = targets_of(p, g, of.first + slot, targets);
        for (size_t i = 0; i < n && dsi_value_stats_at(from, slot)->n; i++)
            dsi_value_stats_pool(into, targets[i], from, slot);
    }
}

static enum dsi_status pool_type(struct pooling *p, struct dsi_dtype dtype,
                                 struct dsi_error *err)
{
    struct dsi_value_stats *stats = dsi_value_stats_new(dtype, p->pooled->n);
    if (!stats)
        return dsi_fail_memory(err, p->pooled->n);
    for (size_t g = 0; g < p->range->first->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            if (is_in(p->range, g, t) &&
                is_same_type(dsi_range_table_of(p->range, g, t).dtype, dtype))
                pool_table(p, g, t, stats);
    add_type(p, dtype, stats);
    dsi_value_stats_free(stats);
    return DSI_OK;
}

static enum dsi_status pool_all(struct pooling *p, struct dsi_error *err)
{
    const struct dsi_range_pooled *pooled = p->pooled;
    DSI_TRY(see_all(p, err));
    DSI_TRY(make_channels(p, err));
    for (size_t i = 0; i < p->n_types; i++)
        DSI_TRY(pool_type(p, p->types[i], err));
    for (size_t i = 0; i < pooled->n; i++)
        if (pooled->channels[i].n == 0)
            return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                            "channel '%.100s' has no finite value",
                            pooled->channels[i].name);
    return DSI_OK;
}

enum dsi_status dsi_range_pool(struct dsi_range_pooled *pooled, const void *state,
                               struct dsi_error *err)
{
    struct pooling p = {.range = state, .pooled = pooled, .first = SIZE_MAX};
    *pooled = (struct dsi_range_pooled){0};
    enum dsi_status status = pool_all(&p, err);
    free(p.names);
    return status;
}

void dsi_range_pooled_free(struct dsi_range_pooled *pooled)
{
    free(pooled->channels);
    *pooled = (struct dsi_range_pooled){0};
}
