#include "image_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP, KIND, DISTANCE, SOURCE, INDEX, WHERE, LABEL, SPLIT };

/* Members of a group that are shown: so many from its start, and so many that differ
 * from the first in label or split. */
enum { MAX_MEMBERS = 8, MAX_OF_START = 4 };

/* Worst first. */
enum kind { CONFLICT, LEAK, NEAR_CONFLICT, NEAR_LEAK, EQUAL, NEAR, N_KINDS };

static const char *const kind_names[N_KINDS] = {[CONFLICT] = "dup_conflict",
                                                [LEAK] = "split_leak",
                                                [NEAR_CONFLICT] = "near_conflict",
                                                [NEAR_LEAK] = "near_leak",
                                                [EQUAL] = "the same",
                                                [NEAR] = "alike"};

/* A run of rows. */
struct group {
    size_t first, n;
    enum kind kind;
};

struct groups {
    struct group *at;
    size_t n, capacity;
};

/* A row's texts; they live until the report changes. */
struct member {
    uint64_t group, distance;
    const char *kind, *where, *label, *split; /* NULL: none */
};

static struct member member_at(const struct dsi_report *report, size_t i)
{
    const struct dsi_value *row = dsi_report_row_at(report, i);
    return (struct member){.group = row[GROUP].as.natural,
                           .distance = row[DISTANCE].as.natural,
                           .kind = dsi_value_text(&row[KIND]),
                           .where = dsi_value_text(&row[WHERE]),
                           .label = dsi_value_text(&row[LABEL]),
                           .split = dsi_value_text(&row[SPLIT])};
}

static bool differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

static enum kind kind_of(bool is_near, bool has_labels, bool has_splits)
{
    if (has_labels)
        return is_near ? NEAR_CONFLICT : CONFLICT;
    if (has_splits)
        return is_near ? NEAR_LEAK : LEAK;
    return is_near ? NEAR : EQUAL;
}

/* Against the first with a label, and the first of a split, as findings are. */
static struct group group_from(const struct dsi_report *report, size_t first)
{
    const size_t n_rows = dsi_report_n_rows(report);
    struct member start = member_at(report, first);
    bool labels = false, splits = false;
    size_t end = first + 1;
    for (; end < n_rows; end++) {
        const struct member member = member_at(report, end);
        if (member.group != start.group)
            break;
        start.label = start.label ? start.label : member.label;
        start.split = start.split ? start.split : member.split;
        labels |= differ(start.label, member.label);
        splits |= differ(start.split, member.split);
    }
    return (struct group){
        first, end - first,
        kind_of(start.kind && strcmp(start.kind, "near") == 0, labels, splits)};
}

static enum dsi_status list_groups(const struct dsi_report *report,
                                   struct groups *groups, struct dsi_error *err)
{
    for (size_t i = 0; i < dsi_report_n_rows(report);) {
        struct group *at =
            dsi_grow_array(groups->at, groups->n, &groups->capacity, sizeof *at);
        if (!at)
            return dsi_fail_memory(err, groups->n * sizeof *at);
        groups->at = at;
        at[groups->n] = group_from(report, i);
        i += at[groups->n++].n;
    }
    return DSI_OK;
}

/* --- one group -------------------------------------------------------------------- */

static enum dsi_status show(struct dsi_image_sheet *sheet, const char *heading,
                            const struct member *member, struct dsi_error *err)
{
    char caption[256], distance[48] = "";
    if (member->distance)
        snprintf(distance, sizeof distance, "%llu bits from the first",
                 (unsigned long long)member->distance);
    snprintf(caption, sizeof caption, "%s%.90s%s%.90s%s%s", member->label ? "'" : "",
             member->label ? member->label : "", member->label ? "' " : "",
             member->split ? member->split : "", *distance ? " " : "", distance);
    return dsi_image_sheet_add(sheet, heading, member->where, caption, err);
}

static enum dsi_status show_group(struct dsi_image_sheet *sheet,
                                  const struct group *group, struct dsi_error *err)
{
    const struct dsi_report *report = sheet->scan->report;
    const bool is_at_odds = group->kind != EQUAL && group->kind != NEAR;
    const size_t n_start = is_at_odds ? MAX_OF_START : MAX_MEMBERS;
    const struct member first = member_at(report, group->first);
    char heading[96];
    size_t n = 0;
    snprintf(heading, sizeof heading, "%s: group %llu, %zu listed",
             kind_names[group->kind], (unsigned long long)first.group, group->n);
    for (size_t i = 0; i < group->n && n < MAX_MEMBERS; i++) {
        const struct member member = member_at(report, group->first + i);
        if (i >= n_start && !differ(first.label, member.label) &&
            !differ(first.split, member.split))
            continue;
        DSI_TRY(show(sheet, heading, &member, err));
        n++;
    }
    return DSI_OK;
}

/* --- all -------------------------------------------------------------------------- */

static enum dsi_status show_groups(struct dsi_image_sheet *sheet,
                                   const struct groups *groups, struct dsi_error *err)
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        size_t n = 0;
        for (size_t g = 0; g < groups->n && n < DSI_SHEET_MAX_OF_KIND; g++) {
            if (groups->at[g].kind != (enum kind)kind)
                continue;
            DSI_TRY(show_group(sheet, &groups->at[g], err));
            n++;
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_dup_sheet_write(const struct dsi_tool_scan *scan, const char *path,
                                    struct dsi_error *err)
{
    struct dsi_image_sheet sheet = dsi_image_sheet_start(scan);
    struct groups groups = {0};
    enum dsi_status status = list_groups(scan->report, &groups, err);
    if (status == DSI_OK)
        status = show_groups(&sheet, &groups, err);
    free(groups.at);
    return dsi_image_sheet_finish(&sheet, path, status, err);
}
