/* The end of the dups checks: groups in order, as rows, counts and findings. */
#include "dup_groups.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Findings listed of one rule at most; the rest is counted. */
enum { MAX_LISTED = 10000 };

enum rule { CONFLICT, LEAK, NEAR_CONFLICT, NEAR_LEAK, N_RULES };

static const struct {
    const char *name;
    enum dsi_severity severity;
} rules[N_RULES] = {
    [CONFLICT] = {"dup_conflict", DSI_ERROR},
    [LEAK] = {"split_leak", DSI_ERROR},
    [NEAR_CONFLICT] = {"near_conflict", DSI_WARNING},
    [NEAR_LEAK] = {"near_leak", DSI_WARNING},
};

struct printer {
    const struct dsi_dup_groups *groups;
    const struct dsi_dup_label_names *labels;
    struct dsi_report *report;
    struct dsi_bytes where, label, other_where, other_label;
    uint64_t n_groups, n_near, n_duplicates, n_rows, n_omitted, n_found[N_RULES];
    /* The group at hand: its first member with a label, and the first of a split. */
    enum dsi_dup_kind kind;
    uint64_t size, flags;
    struct dsi_dup_sample labelled, in_split;
    bool has_labelled, has_split;
};

static const char *source_of(const struct printer *printer, uint64_t group)
{
    return dsi_group_source(&printer->groups->dups->dataset->groups[group]);
}

static const char *text_of(const struct dsi_bytes *bytes)
{
    return (const char *)bytes->data;
}

static enum dsi_status name_sample(const struct printer *printer,
                                   const struct dsi_dup_sample *sample,
                                   struct dsi_bytes *where, struct dsi_bytes *label,
                                   struct dsi_error *err)
{
    DSI_TRY(dsi_dups_where(printer->groups->dups, sample->group, sample->index, where,
                           err));
    return dsi_dup_label_name(printer->labels, sample->label, label, err);
}

/* --- findings --------------------------------------------------------------------- */

static DSI_PRINTF(5, 6) enum dsi_status
    find(struct printer *printer, enum rule rule, const struct dsi_dup_sample *sample,
         struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rules[rule].name,
                                        .severity = rules[rule].severity,
                                        .source = source_of(printer, sample->group),
                                        .index = sample->index,
                                        .where = text_of(&printer->where)};
    va_list args;
    if (printer->n_found[rule]++ >= MAX_LISTED)
        return DSI_OK;
    va_start(args, format);
    const enum dsi_status status =
        dsi_report_find(printer->report, &finding, format, args, err);
    va_end(args);
    return status;
}

static const char *likeness(const struct printer *printer)
{
    return printer->kind == DSI_DUP_EQUAL ? "the same as" : "much like";
}

/* The first member whose label is another than the first one's. */
static enum dsi_status look_at_label(struct printer *printer,
                                     const struct dsi_dup_sample *member,
                                     struct dsi_error *err)
{
    const struct dsi_dup_sample *other = &printer->labelled;
    if (!(printer->flags & DSI_DUP_MANY_LABELS) ||
        member->label.kind == DSI_DUP_UNLABELLED)
        return DSI_OK;
    if (!printer->has_labelled) {
        printer->labelled = *member;
        printer->has_labelled = true;
        return DSI_OK;
    }
    if (other->label.kind == member->label.kind &&
        other->label.word == member->label.word)
        return DSI_OK;
    printer->flags &= ~(uint64_t)DSI_DUP_MANY_LABELS;
    DSI_TRY(name_sample(printer, member, &printer->where, &printer->label, err));
    DSI_TRY(
        name_sample(printer, other, &printer->other_where, &printer->other_label, err));
    return find(printer, printer->kind == DSI_DUP_EQUAL ? CONFLICT : NEAR_CONFLICT,
                member, err, "%s %s, but labelled '%s', not '%s'", likeness(printer),
                text_of(&printer->other_where), text_of(&printer->label),
                text_of(&printer->other_label));
}

/* The first member of another split than the first one's. */
static enum dsi_status look_at_split(struct printer *printer,
                                     const struct dsi_dup_sample *member,
                                     struct dsi_error *err)
{
    const char *const *splits = printer->groups->splits;
    const char *split = splits[member->group];
    const struct dsi_dup_sample *other = &printer->in_split;
    if (!(printer->flags & DSI_DUP_MANY_SPLITS) || !split)
        return DSI_OK;
    if (!printer->has_split) {
        printer->in_split = *member;
        printer->has_split = true;
        return DSI_OK;
    }
    if (strcmp(split, splits[other->group]) == 0)
        return DSI_OK;
    printer->flags &= ~(uint64_t)DSI_DUP_MANY_SPLITS;
    DSI_TRY(name_sample(printer, member, &printer->where, &printer->label, err));
    DSI_TRY(
        name_sample(printer, other, &printer->other_where, &printer->other_label, err));
    return find(printer, printer->kind == DSI_DUP_EQUAL ? LEAK : NEAR_LEAK, member, err,
                "%s %s, but in '%s', not '%s'", likeness(printer),
                text_of(&printer->other_where), split, splits[other->group]);
}

/* --- rows ------------------------------------------------------------------------- */

static enum dsi_status print_row(struct printer *printer, const uint64_t *record,
                                 const struct dsi_dup_sample *member,
                                 struct dsi_error *err)
{
    const struct dsi_dups *dups = printer->groups->dups;
    const char *split = printer->groups->splits[member->group];
    if (printer->n_rows == dups->parameters->max_rows) {
        printer->n_omitted++;
        return DSI_OK;
    }
    DSI_TRY(name_sample(printer, member, &printer->where, &printer->label, err));
    const struct dsi_value row[] = {
        dsi_uint(printer->n_groups),
        dsi_text(printer->kind == DSI_DUP_NEAR ? "near" : dups->kind),
        dsi_uint(record[DSI_MEMBER_DISTANCE] >> 8),
        dsi_text(source_of(printer, member->group)),
        dsi_uint(member->index),
        dsi_text(text_of(&printer->where)),
        member->label.kind == DSI_DUP_UNLABELLED
            ? dsi_null()
            : dsi_text_n(text_of(&printer->label), printer->label.n),
        split ? dsi_text(split) : dsi_null(),
    };
    printer->n_rows++;
    return dsi_report_row(printer->report, row, err);
}

static enum dsi_status print_member(struct printer *printer, const uint64_t *record,
                                    bool is_first, struct dsi_error *err)
{
    const struct dsi_dup_sample member = dsi_dup_member_of(record);
    DSI_TRY(look_at_label(printer, &member, err));
    DSI_TRY(look_at_split(printer, &member, err));
    return is_first && printer->groups->dups->parameters->omit_first
               ? DSI_OK
               : print_row(printer, record, &member, err);
}

/* Counts the group; false when it is not asked for. */
static bool begin_group(struct printer *printer, const uint64_t *record)
{
    printer->kind = (enum dsi_dup_kind)record[DSI_MEMBER_KIND];
    printer->size = record[DSI_DUP_GROUP_SIZE];
    printer->flags = record[DSI_DUP_GROUP_FLAGS];
    printer->has_labelled = printer->has_split = false;
    if (printer->groups->dups->parameters->across &&
        !(printer->flags & DSI_DUP_MANY_SOURCES))
        return false;
    printer->n_groups++;
    printer->n_near += printer->kind == DSI_DUP_NEAR;
    if (printer->kind == DSI_DUP_EQUAL)
        printer->n_duplicates += printer->size - 1;
    return true;
}

/* Both lists are in the same order: the members of a group stand together. */
static enum dsi_status print_groups(struct printer *printer,
                                    struct dsi_sorted_cursor *groups,
                                    struct dsi_sorted_cursor *members,
                                    struct dsi_error *err)
{
    const uint64_t *record;
    DSI_TRY(dsi_sorted_cursor_next(groups, &record, err));
    while (record) {
        const bool is_wanted = begin_group(printer, record);
        for (uint64_t i = 0; i < printer->size; i++) {
            DSI_TRY(dsi_sorted_cursor_next(members, &record, err));
            if (is_wanted)
                DSI_TRY(print_member(printer, record, i == 0, err));
        }
        DSI_TRY(dsi_sorted_cursor_next(groups, &record, err));
    }
    return DSI_OK;
}

/* --- the whole -------------------------------------------------------------------- */

static enum dsi_status tell_rest(struct printer *printer, struct dsi_error *err)
{
    char detail[160];
    struct dsi_finding rest = {.index = UINT64_MAX, .detail = detail};
    for (size_t r = 0; r < N_RULES; r++) {
        if (printer->n_found[r] <= MAX_LISTED)
            continue;
        rest.rule = rules[r].name;
        rest.severity = rules[r].severity;
        snprintf(detail, sizeof detail,
                 "%" PRIu64 " further groups of this kind are not listed",
                 printer->n_found[r] - MAX_LISTED);
        DSI_TRY(dsi_report_finding(printer->report, &rest, err));
    }
    if (printer->n_omitted == 0)
        return DSI_OK;
    rest.rule = "top";
    rest.severity = DSI_NOTE;
    snprintf(detail, sizeof detail,
             "%" PRIu64 " of %" PRIu64 " rows are not listed: --top=N lists more",
             printer->n_omitted, printer->n_omitted + printer->n_rows);
    return dsi_report_finding(printer->report, &rest, err);
}

static enum dsi_status summarise(const struct printer *printer, struct dsi_error *err)
{
    const struct {
        const char *key;
        uint64_t n;
    } counts[] = {
        {"groups", printer->n_groups - printer->n_near},
        {"duplicates", printer->n_duplicates},
        {"split_leaks", printer->n_found[LEAK]},
        {"label_conflicts", printer->n_found[CONFLICT]},
        {"samples", printer->groups->dups->n_samples},
        {"near_groups", printer->n_near},
        {"near_leaks", printer->n_found[NEAR_LEAK]},
        {"near_conflicts", printer->n_found[NEAR_CONFLICT]},
    };
    const size_t n = printer->groups->dups->parameters->near ? 8 : 5;
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_report_summary(printer->report, counts[i].key,
                                   dsi_uint(counts[i].n), err));
    if (!printer->groups->dups->parameters->verify)
        return DSI_OK;
    return dsi_report_summary(printer->report, "collisions",
                              dsi_uint(printer->groups->n_collisions), err);
}

static enum dsi_status print(struct printer *printer, struct dsi_error *err)
{
    struct dsi_sorted_cursor *groups = NULL, *members = NULL;
    enum dsi_status status =
        dsi_sorted_cursor_open(&groups, &printer->groups->groups, err);
    if (status == DSI_OK)
        status = dsi_sorted_cursor_open(&members, &printer->groups->members, err);
    if (status == DSI_OK)
        status = print_groups(printer, groups, members, err);
    dsi_sorted_cursor_close(groups);
    dsi_sorted_cursor_close(members);
    if (status == DSI_OK)
        status = tell_rest(printer, err);
    return status == DSI_OK ? summarise(printer, err) : status;
}

enum dsi_status dsi_dups_finish(struct dsi_dups *dups, struct dsi_report *report,
                                struct dsi_error *err)
{
    struct dsi_dup_groups groups;
    struct dsi_dup_label_names *labels = NULL;
    enum dsi_status status = dsi_dup_groups_init(&groups, dups, err);
    if (status == DSI_OK)
        status = dsi_dup_groups_find_equal(&groups, err);
    if (status == DSI_OK && dups->parameters->verify)
        status = dsi_dup_groups_verify(&groups, report, err);
    if (status == DSI_OK && dups->parameters->near)
        status = dsi_dup_groups_find_near(&groups, err);
    if (status == DSI_OK)
        status = dsi_dup_label_names_make(&labels, dups, err);
    if (status == DSI_OK) {
        struct printer printer = {
            .groups = &groups, .labels = labels, .report = report};
        status = print(&printer, err);
        dsi_bytes_free(&printer.where);
        dsi_bytes_free(&printer.label);
        dsi_bytes_free(&printer.other_where);
        dsi_bytes_free(&printer.other_label);
    }
    dsi_dup_label_names_free(labels);
    dsi_dup_groups_free(&groups);
    return status;
}
