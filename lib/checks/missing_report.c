/* Rows, summary and findings of missing. */
#include "missing_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { MAX_LISTED = 100, KIND_SIZE = 64 };

static const char *const value_kinds[DSI_MISSING_SENTINEL] = {"nan", "+inf",  "-inf",
                                                              "nat", "empty", "fill"};
static const char *const sample_kinds[DSI_N_MISSING_SAMPLES] = {
    "unreadable", "truncated", "zero-byte", "constant", "unlabelled"};

struct finishing {
    const struct dsi_missing *missing;
    struct dsi_report *report;
    uint64_t n_samples, n_values, n_missing, n_affected;
    const char *source; /* at hand */
    uint64_t n_found;   /* findings of it */
    uint32_t rank;      /* of the last: findings are printed in the order of the rows */
};

/* A line of the table: of a channel, or (channel NULL) of samples. */
struct line {
    const char *channel, *kind;
    const struct dsi_missing_count *count;
    uint64_t n_all;
};

static enum dsi_status find(const struct finishing *f, uint64_t first,
                            struct dsi_error *err, const char *format, ...)
    DSI_PRINTF(4, 5);

static enum dsi_status find(const struct finishing *f, uint64_t first,
                            struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = {.rule = "missing",
                                        .severity = DSI_WARNING,
                                        .source = f->source,
                                        .index = first,
                                        .where = f->source,
                                        .rank = f->rank};
    va_list args;
    va_start(args, format);
    enum dsi_status status = dsi_report_find(f->report, &finding, format, args, err);
    va_end(args);
    return status;
}

static enum dsi_status warn(struct finishing *f, const struct line *line, double share,
                            struct dsi_error *err)
{
    if (f->n_found++ >= MAX_LISTED)
        return DSI_OK;
    f->rank += f->rank < UINT32_MAX;
    if (!line->channel)
        return find(f, line->count->first, err,
                    "%" PRIu64 " of %" PRIu64 " samples (%.3g %%) are %s",
                    line->count->n, line->n_all, 100 * share, line->kind);
    return find(f, line->count->first, err,
                "channel '%s': %" PRIu64 " of %" PRIu64 " values (%.3g %%) are %s",
                line->channel, line->count->n, line->n_all, 100 * share, line->kind);
}

static enum dsi_status add_line(struct finishing *f, const struct line *line,
                                struct dsi_error *err)
{
    if (line->count->n == 0)
        return DSI_OK;
    const double share = (double)line->count->n / (double)line->n_all;
    const struct dsi_value row[] = {
        dsi_text(f->source),  line->channel ? dsi_text(line->channel) : dsi_null(),
        dsi_text(line->kind), dsi_uint(line->count->n),
        dsi_float(share),     dsi_uint(line->count->first),
    };
    DSI_TRY(dsi_report_row(f->report, row, err));
    return share > f->missing->parameters->max_share ? warn(f, line, share, err)
                                                     : DSI_OK;
}

/* Short, and the same again when it is read back. */
static const char *kind_name(const struct finishing *f, size_t kind,
                             char text[KIND_SIZE])
{
    char number[DSI_NUMBER_SIZE];
    if (kind < DSI_MISSING_SENTINEL)
        return value_kinds[kind];
    const struct dsi_sentinel *sentinel =
        &f->missing->parameters->sentinels.values[kind - DSI_MISSING_SENTINEL];
    dsi_format_double(sentinel->number, number);
    if (sentinel->is_whole)
        snprintf(text, KIND_SIZE, "sentinel:%s%" PRIu64,
                 sentinel->is_negative ? "-" : "", sentinel->size);
    else
        snprintf(text, KIND_SIZE, "sentinel:%s", number);
    return text;
}

static enum dsi_status finish_channels(struct finishing *f, size_t g,
                                       struct dsi_error *err)
{
    const struct dsi_channels *channels = &f->missing->dataset->groups[g].channels;
    const struct dsi_missing_group *group = &f->missing->groups[g];
    const size_t n_kinds = f->missing->n_kinds;
    char name[DSI_CHANNEL_NAME_SIZE], kind[KIND_SIZE];
    for (uint64_t c = 0; group->counts && c < channels->n; c++) {
        f->n_values += group->n_values[c];
        for (size_t k = 0; k < n_kinds; k++) {
            const struct line line = {.channel = dsi_channel_name(channels, c, name),
                                      .kind = kind_name(f, k, kind),
                                      .count = &group->counts[c * n_kinds + k],
                                      .n_all = group->n_values[c]};
            f->n_missing += line.count->n;
            DSI_TRY(add_line(f, &line, err));
        }
    }
    return DSI_OK;
}

/* Of opaque bytes, and of no bytes, nothing is known to be missing. */
static enum dsi_status note_opaque(const struct finishing *f,
                                   const struct dsi_channels *channels,
                                   struct dsi_error *err)
{
    char name[DSI_DTYPE_NAME_SIZE], title[DSI_COLUMN_TITLE_SIZE], detail[320];
    if (channels->kind != DSI_CHANNELS_ARRAY ||
        (channels->dtype.kind != DSI_VOID && channels->dtype.size))
        return DSI_OK;
    snprintf(detail, sizeof detail, "%snothing is looked for in values of type %s%s",
             dsi_column_title(channels, title), dsi_dtype_name(channels->dtype, name),
             dsi_dtype_advice(channels->dtype));
    const struct dsi_finding finding = {.rule = "not_numeric",
                                        .severity = DSI_NOTE,
                                        .source = f->source,
                                        .index = UINT64_MAX,
                                        .where = f->source,
                                        .detail = detail};
    return dsi_report_finding(f->report, &finding, err);
}

static enum dsi_status finish_group(struct finishing *f, size_t g,
                                    struct dsi_error *err)
{
    const struct dsi_missing_group *group = &f->missing->groups[g];
    f->source = dsi_group_source(&f->missing->dataset->groups[g]);
    f->n_found = 0;
    f->n_samples += group->n_samples + group->n_lost;
    f->n_affected += group->n_affected + group->n_lost;
    for (size_t k = 0; k < DSI_N_MISSING_SAMPLES; k++) {
        const struct line line = {.kind = sample_kinds[k],
                                  .count = &group->samples[k],
                                  .n_all = group->n_samples + group->n_lost};
        DSI_TRY(add_line(f, &line, err));
    }
    DSI_TRY(finish_channels(f, g, err));
    DSI_TRY(note_opaque(f, &f->missing->dataset->groups[g].channels, err));
    if (f->n_found > MAX_LISTED)
        return find(f, UINT64_MAX, err,
                    "%" PRIu64 " further channels and kinds are not listed",
                    f->n_found - MAX_LISTED);
    return DSI_OK;
}

/* What was emptied on its way lacks everything. */
static enum dsi_status find_nothing(const struct finishing *f, struct dsi_error *err)
{
    const struct dsi_finding finding = {.rule = "no_values",
                                        .severity = DSI_ERROR,
                                        .index = UINT64_MAX,
                                        .detail = "there is no sample to look at"};
    return f->n_samples ? DSI_OK : dsi_report_finding(f->report, &finding, err);
}

enum dsi_status dsi_missing_finish(void *state, struct dsi_report *report,
                                   struct dsi_error *err)
{
    const struct dsi_missing *missing = state;
    struct finishing f = {.missing = missing, .report = report};
    for (size_t g = 0; g < missing->dataset->n_groups; g++)
        if (!missing->dataset->groups[g].is_hidden)
            DSI_TRY(finish_group(&f, g, err));
    DSI_TRY(find_nothing(&f, err));
    DSI_TRY(dsi_report_summary(report, "samples", dsi_uint(f.n_samples), err));
    DSI_TRY(dsi_report_summary(report, "values", dsi_uint(f.n_values), err));
    DSI_TRY(dsi_report_summary(report, "missing", dsi_uint(f.n_missing), err));
    return dsi_report_summary(report, "rows_affected", dsi_uint(f.n_affected), err);
}
