/* What range finds: scales apart, values that are no numbers or infinite, channels that
 * do not vary, and those whose logarithms would lie better. */
#include "range_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LISTED = 100 }; /* channels listed under one rule; the rest is counted */

static struct dsi_finding finding_of(const struct dsi_range_finishing *f,
                                     const char *rule, enum dsi_severity severity,
                                     size_t group)
{
    const char *source =
        group == SIZE_MAX ? NULL : dsi_group_source(&f->range->dataset->groups[group]);
    return (struct dsi_finding){.rule = rule,
                                .severity = severity,
                                .source = source,
                                .index = UINT64_MAX,
                                .where = source};
}

enum dsi_status dsi_range_find(const struct dsi_range_finishing *f, const char *rule,
                               enum dsi_severity severity, size_t group,
                               struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = finding_of(f, rule, severity, group);
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &finding, format, args, err);
    va_end(args);
    return status;
}

enum dsi_status dsi_range_find_channel(const struct dsi_range_finishing *f,
                                       const char *rule, enum dsi_severity severity,
                                       size_t i, struct dsi_error *err,
                                       const char *format, ...)
{
    struct dsi_finding finding = finding_of(f, rule, severity, f->facts[i].place.group);
    finding.rank = i < UINT32_MAX ? (uint32_t)i + 1 : UINT32_MAX;
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* "channel 'x'", or nothing much where there are no channels to tell apart. */
enum { TITLE_SIZE = 160 };
static const char *title_of(const struct dsi_range_finishing *f, size_t i,
                            char text[TITLE_SIZE])
{
    char name[DSI_CHANNEL_NAME_SIZE];
    const struct dsi_range_facts *c = &f->facts[i];
    const struct dsi_channels *channels =
        &f->range->dataset->groups[c->place.group].channels;
    if (channels->kind == DSI_CHANNELS_ARRAY && !channels->columns &&
        channels->axis == 0)
        return "the values";
    snprintf(text, TITLE_SIZE, "channel '%.100s'",
             dsi_range_channel_name(f->range, c, name));
    return text;
}

/* Where one rule has found too much to list. */
static enum dsi_status find_rest(const struct dsi_range_finishing *f, const char *rule,
                                 enum dsi_severity severity, uint64_t n,
                                 struct dsi_error *err)
{
    if (n <= MAX_LISTED)
        return DSI_OK;
    return dsi_range_find(f, rule, severity, SIZE_MAX, err,
                          "%" PRIu64 " further channels are not listed",
                          n - MAX_LISTED);
}

/* --- numbers that are none -------------------------------------------------------- */

static enum dsi_status find_texts(const struct dsi_range_finishing *f,
                                  struct dsi_error *err)
{
    char title[TITLE_SIZE];
    uint64_t n_found = 0;
    for (size_t i = 0; i < f->n_facts; i++) {
        const struct dsi_range_facts *c = &f->facts[i];
        const uint64_t *counts = f->range->first->groups[c->place.group].n_not_numbers;
        const uint64_t n = counts ? counts[c->place.channel] : 0;
        if (n == 0 || ++n_found > MAX_LISTED)
            continue;
        DSI_TRY(dsi_range_find_channel(
            f, "not_numbers", c->n ? DSI_WARNING : DSI_NOTE, i, err,
            "%s: %" PRIu64 " text%s that %s no number %s left out",
            title_of(f, i, title), n, n == 1 ? "" : "s", n == 1 ? "is" : "are",
            n == 1 ? "is" : "are"));
    }
    return find_rest(f, "not_numbers", DSI_NOTE, n_found, err);
}

/* Groups of times and opaque bytes, which no row tells of. */
static enum dsi_status find_not_numeric(const struct dsi_range_finishing *f,
                                        struct dsi_error *err)
{
    const struct dsi_dataset *dataset = f->range->dataset;
    char name[DSI_DTYPE_NAME_SIZE], title[DSI_COLUMN_TITLE_SIZE];
    for (size_t g = 0; g < dataset->n_groups; g++) {
        const struct dsi_channels *channels = &dataset->groups[g].channels;
        if (dataset->groups[g].is_hidden || channels->kind != DSI_CHANNELS_ARRAY ||
            dsi_key_bits(dsi_channel_table(channels, 0).dtype))
            continue;
        DSI_TRY(dsi_range_find(f, "not_numeric", DSI_NOTE, g, err,
                               "%svalues of type %s are no numbers and are left out%s",
                               dsi_column_title(channels, title),
                               dsi_dtype_name(channels->dtype, name),
                               dsi_dtype_advice(channels->dtype)));
    }
    return DSI_OK;
}

static enum dsi_status find_infinite(const struct dsi_range_finishing *f,
                                     struct dsi_error *err)
{
    char title[TITLE_SIZE];
    uint64_t n_found = 0;
    for (size_t i = 0; i < f->n_facts; i++) {
        const struct dsi_range_facts *c = &f->facts[i];
        const uint64_t n = c->stats.n_pos_inf + c->stats.n_neg_inf;
        if (n == 0 || ++n_found > MAX_LISTED)
            continue;
        DSI_TRY(dsi_range_find_channel(f, "infinite", DSI_WARNING, i, err,
                                       "%s: %" PRIu64
                                       " infinite value%s; mean, std and skew "
                                       "are those of the rest",
                                       title_of(f, i, title), n, n == 1 ? "" : "s"));
    }
    return find_rest(f, "infinite", DSI_WARNING, n_found, err);
}

static enum dsi_status find_nothing(const struct dsi_range_finishing *f,
                                    struct dsi_error *err)
{
    for (size_t i = 0; i < f->n_facts; i++)
        if (f->facts[i].n)
            return DSI_OK;
    return dsi_range_find(f, "no_values", DSI_ERROR, SIZE_MAX, err,
                          "there is no number to look at");
}

/* --- how they lie ----------------------------------------------------------------- */

static enum dsi_status find_constant(const struct dsi_range_finishing *f,
                                     struct dsi_error *err)
{
    char title[TITLE_SIZE];
    uint64_t n_found = 0;
    for (size_t i = 0; i < f->n_facts; i++) {
        const struct dsi_range_facts *c = &f->facts[i];
        if (c->verdict != DSI_RANGE_CONSTANT || c->n < 2 || ++n_found > MAX_LISTED)
            continue;
        DSI_TRY(dsi_range_find_channel(f, "constant", DSI_NOTE, i, err,
                                       "%s: all values are %.6g", title_of(f, i, title),
                                       c->min));
    }
    return find_rest(f, "constant", DSI_NOTE, n_found, err);
}

static enum dsi_status find_spread(const struct dsi_range_finishing *f,
                                   struct dsi_error *err)
{
    char titles[2][TITLE_SIZE];
    if (!(f->spread >= f->range->parameters->max_spread))
        return DSI_OK;
    return dsi_range_find_channel(
        f, "scale_spread", DSI_WARNING, f->largest, err,
        "%s reaches %.4g times as far from 0 as %s: 10 to the power of %.3g",
        title_of(f, f->largest, titles[0]), pow(10, f->spread),
        title_of(f, f->smallest, titles[1]), f->spread);
}

static const char *last_part(const char *name)
{
    for (const char *at = name; *at; at++)
        if (*at == '/' || *at == ':')
            name = at + 1;
    return name;
}

/* Of arrays of one file with one number a sample, most are nothing to each other:
 * labels and scores, say. Those of one name are: /train/y and /test/y. */
static bool may_be_parts(const struct dsi_group *a, const struct dsi_group *b)
{
    const struct dsi_channels *x = &a->channels;
    const bool is_one_number = x->kind == DSI_CHANNELS_ARRAY && !x->columns &&
                               x->axis == 0 && x->n_outer * x->n_inner == 1;
    return !is_one_number || !a->source || !b->source ||
           strcmp(last_part(a->source), last_part(b->source)) == 0;
}

/* Groups with the same channels are parts of one whole, such as splits. */
static bool is_same_channel(const struct dsi_range_finishing *f,
                            const struct dsi_range_facts *a,
                            const struct dsi_range_facts *b)
{
    const struct dsi_group *groups = f->range->dataset->groups;
    const struct dsi_channels *x = &groups[a->place.group].channels;
    const struct dsi_channels *y = &groups[b->place.group].channels;
    char names[2][DSI_CHANNEL_NAME_SIZE];
    return x->kind == y->kind && x->n == y->n && x->axis == y->axis &&
           x->n_outer == y->n_outer && x->n_inner == y->n_inner &&
           may_be_parts(&groups[a->place.group], &groups[b->place.group]) &&
           strcmp(dsi_range_channel_name(f->range, a, names[0]),
                  dsi_range_channel_name(f->range, b, names[1])) == 0;
}

/* The same channel of the first group that has it; i where that is this one. */
static size_t first_like(const struct dsi_range_finishing *f, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const struct dsi_range_place *place = &f->facts[k].place;
        if (place->group == f->facts[i].place.group)
            break;
        if (place->channel == f->facts[i].place.channel &&
            is_same_channel(f, &f->facts[k], &f->facts[i]))
            return k;
    }
    return i;
}

static bool is_a_scale(enum dsi_range_verdict verdict)
{
    return verdict != DSI_RANGE_EMPTY && verdict != DSI_RANGE_CONSTANT;
}

static enum dsi_status find_mixed(const struct dsi_range_finishing *f,
                                  struct dsi_error *err)
{
    enum { MOST_FACTS = 4096 }; /* every channel is compared with all before it */
    char title[TITLE_SIZE];
    uint64_t n_found = 0;
    for (size_t i = 0; i < f->n_facts && f->n_facts <= MOST_FACTS; i++) {
        const struct dsi_range_facts *c = &f->facts[i];
        const struct dsi_range_facts *like = &f->facts[first_like(f, i)];
        if (c->verdict == like->verdict || !is_a_scale(c->verdict) ||
            !is_a_scale(like->verdict) || ++n_found > MAX_LISTED)
            continue;
        DSI_TRY(dsi_range_find_channel(
            f, "mixed", DSI_WARNING, i, err, "%s: %s here and %s in %.200s",
            title_of(f, i, title), dsi_range_verdict_name(c->verdict),
            dsi_range_verdict_name(like->verdict),
            dsi_group_source(&f->range->dataset->groups[like->place.group])));
    }
    return find_rest(f, "mixed", DSI_WARNING, n_found, err);
}

static enum dsi_status find_logs(struct dsi_range_finishing *f, struct dsi_error *err)
{
    char title[TITLE_SIZE];
    for (size_t i = 0; i < f->n_facts; i++) {
        const struct dsi_range_facts *c = &f->facts[i];
        double skew;
        if (!dsi_range_log_skew(f->range, c, &skew) ||
            fabs(skew) > c->moments.skew / 2 || ++f->n_log > MAX_LISTED)
            continue;
        DSI_TRY(dsi_range_find_channel(
            f, "log_advice", DSI_NOTE, i, err,
            "%s: the skewness is %.3g; that of log1p would be about "
            "%.3g",
            title_of(f, i, title), c->moments.skew, skew));
    }
    return find_rest(f, "log_advice", DSI_NOTE, f->n_log, err);
}

enum dsi_status dsi_range_add_findings(struct dsi_range_finishing *f,
                                       struct dsi_error *err)
{
    DSI_TRY(find_nothing(f, err));
    DSI_TRY(find_not_numeric(f, err));
    DSI_TRY(find_texts(f, err));
    DSI_TRY(find_infinite(f, err));
    DSI_TRY(find_constant(f, err));
    DSI_TRY(find_spread(f, err));
    DSI_TRY(find_mixed(f, err));
    return find_logs(f, err);
}
