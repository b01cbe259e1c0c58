/* Rows, summary and findings of outliers. */
#include "outlier.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Findings of one kind and source at most; the rest is counted. */
enum { MAX_LISTED = 100 };

struct dsi_value dsi_outlier_value_of_key(struct dsi_dtype dtype, uint64_t key)
{
    const struct dsi_number number = dsi_key_number(dtype, key);
    return number.kind == DSI_NUMBER_FLOAT  ? dsi_float(number.as.real)
           : number.kind == DSI_NUMBER_UINT ? dsi_uint(number.as.natural)
                                            : dsi_int(number.as.integer);
}

struct finishing {
    const struct dsi_outliers *outliers;
    struct dsi_report *report;
    bool prints_channels;
    uint64_t n_values, n_beyond;
    bool is_all_known; /* n_beyond counts all channels */
    /* Of the source at hand */
    const char *source;
    uint64_t n_found, n_fell_back, n_without;
    uint32_t rank; /* of its findings: they are printed in the order of the channels */
    char fell_back[DSI_CHANNEL_NAME_SIZE], without[DSI_CHANNEL_NAME_SIZE];
};

static enum dsi_status find(const struct finishing *f, const char *rule,
                            enum dsi_severity severity, struct dsi_error *err,
                            const char *format, ...) DSI_PRINTF(5, 6);

static enum dsi_status find(const struct finishing *f, const char *rule,
                            enum dsi_severity severity, struct dsi_error *err,
                            const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rule,
                                        .severity = severity,
                                        .source = f->source,
                                        .index = UINT64_MAX,
                                        .where = f->source,
                                        .rank = f->rank};
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* --- one channel --------------------------------------------------------------------
 */

static uint64_t n_ordered(const struct dsi_outlier_channel *channel)
{
    return channel->n - channel->n_nan;
}

static bool is_settled(const struct dsi_outlier_channel *channel)
{
    return channel->flags & DSI_OUTLIER_SETTLED;
}

static bool is_counted(const struct dsi_outlier_channel *channel)
{
    return channel->flags & DSI_OUTLIER_COUNTED;
}

static double share_of(const struct dsi_outlier_channel *channel)
{
    return (double)(channel->n_low + channel->n_high) / (double)n_ordered(channel);
}

static struct dsi_value limit(const struct dsi_outlier_channel *channel, double value)
{
    return is_settled(channel) && !isnan(value) ? dsi_float(value) : dsi_null();
}

static enum dsi_status add_row(const struct finishing *f, const char *name,
                               struct dsi_dtype dtype,
                               const struct dsi_outlier_channel *channel,
                               struct dsi_error *err)
{
    const bool has = n_ordered(channel) > 0, counted = is_counted(channel);
    const struct dsi_value none = dsi_null();
    const struct dsi_value row[] = {
        dsi_text(f->source),
        dsi_text(name),
        is_settled(channel) ? dsi_text(dsi_outlier_method_names[channel->method])
                            : none,
        limit(channel, channel->low),
        limit(channel, channel->high),
        counted ? dsi_uint(channel->n_low) : none,
        counted ? dsi_uint(channel->n_high) : none,
        counted && has ? dsi_float(share_of(channel)) : none,
        has ? dsi_outlier_value_of_key(dtype, channel->min_key) : none,
        has ? dsi_uint(channel->argmin) : none,
        has ? dsi_outlier_value_of_key(dtype, channel->max_key) : none,
        has ? dsi_uint(channel->argmax) : none,
    };
    return dsi_report_row(f->report, row, err);
}

static enum dsi_status warn(struct finishing *f, const char *name,
                            const struct dsi_outlier_channel *channel,
                            struct dsi_error *err)
{
    char low[DSI_NUMBER_SIZE], high[DSI_NUMBER_SIZE];
    if (f->n_found++ >= MAX_LISTED)
        return DSI_OK;
    f->rank += f->rank < UINT32_MAX;
    if (isnan(channel->low))
        return find(f, "outliers", DSI_WARNING, err,
                    "channel '%s': %" PRIu64 " of %" PRIu64
                    " values (%.3g %%) are infinite",
                    name, channel->n_low + channel->n_high, n_ordered(channel),
                    100 * share_of(channel));
    dsi_format_double_short(channel->low, low);
    dsi_format_double_short(channel->high, high);
    return find(f, "outliers", DSI_WARNING, err,
                "channel '%s': %" PRIu64 " of %" PRIu64
                " values (%.3g %%) are beyond %s to %s: %" PRIu64 " below, %" PRIu64
                " above",
                name, channel->n_low + channel->n_high, n_ordered(channel),
                100 * share_of(channel), low, high, channel->n_low, channel->n_high);
}

static enum dsi_status judge(struct finishing *f, const char *name,
                             const struct dsi_outlier_channel *channel,
                             struct dsi_error *err)
{
    const struct dsi_outlier_parameters *p = f->outliers->parameters;
    f->n_values += n_ordered(channel);
    f->is_all_known &= is_counted(channel);
    f->n_beyond += channel->n_low + channel->n_high;
    if (channel->flags & DSI_OUTLIER_NO_SCALE) {
        if (f->n_without++ == 0)
            snprintf(f->without, sizeof f->without, "%s", name);
    } else if (is_settled(channel) && channel->method != p->method &&
               channel->min_key != channel->max_key) {
        if (f->n_fell_back++ == 0)
            snprintf(f->fell_back, sizeof f->fell_back, "%s", name);
    }
    if (is_counted(channel) && n_ordered(channel) && share_of(channel) > p->max_share)
        return warn(f, name, channel, err);
    return DSI_OK;
}

/* --- one source ---------------------------------------------------------------------
 */

enum { THESE_SIZE = 160 };
static const char *these_have(uint64_t n, const char *first, char text[THESE_SIZE])
{
    if (n == 1)
        snprintf(text, THESE_SIZE, "channel '%.100s' has", first);
    else
        snprintf(text, THESE_SIZE, "%" PRIu64 " channels (first: '%.100s') have", n,
                 first);
    return text;
}

static enum dsi_status note_channels(const struct finishing *f, struct dsi_error *err)
{
    char text[THESE_SIZE];
    if (f->n_found > MAX_LISTED)
        DSI_TRY(find(f, "outliers", DSI_WARNING, err,
                     "%" PRIu64 " further channels have too many outliers",
                     f->n_found - MAX_LISTED));
    if (f->n_fell_back)
        DSI_TRY(find(f, "iqr_zero", DSI_NOTE, err,
                     "%s the same first and third quartile; the limits there are by "
                     "mad",
                     these_have(f->n_fell_back, f->fell_back, text)));
    if (f->n_without)
        DSI_TRY(find(f, "no_scale", DSI_NOTE, err,
                     "%s no limits, for most of the values are the same or infinite; "
                     "zscore or percentile may tell more",
                     these_have(f->n_without, f->without, text)));
    return DSI_OK;
}

static enum dsi_status finish_table(struct finishing *f, const struct dsi_group *group,
                                    size_t t, const struct dsi_outlier_table *table,
                                    struct dsi_error *err)
{
    /* Where no value came, all is known. */
    static const struct dsi_outlier_channel nothing = {.flags = DSI_OUTLIER_COUNTED};
    const struct dsi_channel_table shape = dsi_channel_table(&group->channels, t);
    char text[DSI_CHANNEL_NAME_SIZE];
    for (uint64_t c = 0; c < shape.n; c++) {
        const struct dsi_outlier_channel channel =
            table ? dsi_outlier_channel_at(table, c) : nothing;
        const char *name = dsi_channel_name(&group->channels, shape.first + c, text);
        /* There might be pictures of all kinds, and mostly are not. */
        if (channel.n == 0 && group->channels.kind == DSI_CHANNELS_PICTURES)
            continue;
        DSI_TRY(judge(f, name, &channel, err));
        if (f->prints_channels)
            DSI_TRY(add_row(f, name, shape.dtype, &channel, err));
    }
    return DSI_OK;
}

static enum dsi_status finish_group(struct finishing *f, size_t g,
                                    struct dsi_error *err)
{
    const struct dsi_group *group = &f->outliers->dataset->groups[g];
    if (group->is_hidden || group->channels.kind == DSI_CHANNELS_NONE)
        return DSI_OK;
    char title[DSI_COLUMN_TITLE_SIZE];
    f->source = dsi_group_source(group);
    f->n_found = f->n_fell_back = f->n_without = 0;
    for (size_t t = 0; t < dsi_channel_tables(&group->channels); t++) {
        if (dsi_channel_table(&group->channels, t).dtype.kind == DSI_VOID)
            return find(f, "not_numeric", DSI_NOTE, err,
                        "%stimes and opaque bytes have no outliers%s",
                        dsi_column_title(&group->channels, title),
                        dsi_dtype_advice(group->channels.dtype));
        DSI_TRY(finish_table(f, group, t, f->outliers->groups[g].tables[t], err));
    }
    return note_channels(f, err);
}

/* --- all ----------------------------------------------------------------------------
 */

static enum dsi_status finish(const struct dsi_outliers *outliers,
                              struct dsi_report *report, bool prints_channels,
                              struct dsi_error *err)
{
    struct finishing f = {.outliers = outliers,
                          .report = report,
                          .prints_channels = prints_channels,
                          .is_all_known = true};
    for (size_t g = 0; g < outliers->dataset->n_groups; g++)
        DSI_TRY(finish_group(&f, g, err));
    f.source = NULL;
    f.rank = 0;
    if (f.n_values == 0)
        DSI_TRY(find(&f, "no_values", DSI_ERROR, err, "there is no number to look at"));
    const bool is_known = f.is_all_known;
    DSI_TRY(dsi_report_summary(report, "outliers",
                               is_known ? dsi_uint(f.n_beyond) : dsi_null(), err));
    DSI_TRY(dsi_report_summary(report, "share",
                               is_known && f.n_values
                                   ? dsi_float((double)f.n_beyond / (double)f.n_values)
                                   : dsi_null(),
                               err));
    return dsi_report_summary(report, "values", dsi_uint(f.n_values), err);
}

enum dsi_status dsi_outlier_finish(void *state, struct dsi_report *report,
                                   struct dsi_error *err)
{
    return finish(state, report, true, err);
}

/* --- the worst rows -----------------------------------------------------------------
 */

static enum dsi_status add_worst(const struct dsi_outliers *outliers,
                                 const struct dsi_top_item *item,
                                 struct dsi_report *report, struct dsi_error *err)
{
    const size_t g = (size_t)item->order[1];
    const uint64_t bits = ~item->order[0], index = item->order[2], c = item->order[3];
    /* What was loaded may be of no group or channel. */
    if (item->order[1] >= outliers->dataset->n_groups ||
        c >= outliers->dataset->groups[g].channels.n)
        return DSI_OK;
    const struct dsi_group *group = &outliers->dataset->groups[g];
    struct dsi_bytes where = {0};
    char text[DSI_CHANNEL_NAME_SIZE], number[32];
    double score;
    memcpy(&score, &bits, sizeof score);
    const char *source = dsi_group_source(group), *path = item->text;
    enum dsi_status status = DSI_OK;
    if (!path) {
        const int n = snprintf(number, sizeof number, "[%" PRIu64 "]", index);
        status = dsi_bytes_append(&where, source, strlen(source), err);
        if (status == DSI_OK)
            status = dsi_bytes_append(&where, number, (size_t)n + 1, err);
        path = (const char *)where.data;
    }
    if (status == DSI_OK) {
        const struct dsi_value row[] = {
            dsi_text(source),
            dsi_uint(index),
            dsi_text(path),
            dsi_text(dsi_channel_name(&group->channels, c, text)),
            dsi_outlier_value_of_key(dsi_channel_dtype(&group->channels, c),
                                     item->payload),
            dsi_float(score),
        };
        status = dsi_report_row(report, row, err);
    }
    dsi_bytes_free(&where);
    return status;
}

enum dsi_status dsi_outlier_finish_rows(void *state, struct dsi_report *report,
                                        struct dsi_error *err)
{
    struct dsi_outliers *outliers = state;
    dsi_top_k_sort(&outliers->rows);
    for (size_t i = 0; i < outliers->rows.n; i++) {
        const struct dsi_top_item item = dsi_top_k_at(&outliers->rows, i);
        DSI_TRY(add_worst(outliers, &item, report, err));
    }
    const uint64_t most = outliers->parameters->n_rows;
    const struct finishing f = {.outliers = outliers, .report = report};
    if (outliers->rows.n >= most)
        DSI_TRY(find(&f, "top", DSI_NOTE, err,
                     "%" PRIu64 " rows are listed, the most that --top lets; there may "
                     "be more",
                     most));
    return finish(outliers, report, false, err);
}
