/* dsinspect images: the pictures of a set that look wrong. */
#include "check.h"
#include "image_sheet.h"
#include "images.h"
#include "scan_tool.h"
#include "tools.h"
#include "value_args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    bool all;
    const char *issues;
    struct dsi_texts thresholds;
    const char *contact_sheet, *channel_axis;
};

static const struct args defaults = {0};

static const struct dsi_option options[] = {
    OPTION_GROUP("Issues"),
    OPTION_TEXT(0, "issues", &defaults.issues, "LIST",
                "look for these alone, with commas: unreadable, truncated, crc, "
                "suffix_lies, exif_rotated, unusual_mode, dark, light, "
                "odd_aspect_ratio, low_information, blurry, grayscale, odd_size, "
                "exact_duplicates, near_duplicates"),
    OPTION_TEXTS(0, "threshold", &defaults.thresholds, "ISSUE=SCORE",
                 "a picture has the issue when its score is below"),
    OPTION_GROUP("Rows"),
    OPTION_FLAG(0, "all", &defaults.all,
                "a row for every picture, with all that is measured of it"),
    DSI_OPTION_CONTACT_SHEET(&defaults.contact_sheet),
    OPTION_GROUP("Values"),
    DSI_OPTION_CHANNEL_AXIS(&defaults.channel_axis),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"path", true, "or FILE[index], of arrays"},
    {"issue", true, NULL},
    {"score", false, "0 is worst, 1 is fine"},
    {"detail", true, NULL},
    {NULL, false, NULL},
};

static const struct dsi_tool_column all_columns[] = {
    {"path", true, NULL},
    {"issues", true, NULL},
    {"width", false, NULL},
    {"height", false, NULL},
    {"mode", true, NULL},
    {"orientation", false, NULL},
    {"bytes", false, NULL},
    {"brightness", false, NULL},
    {"brightness_perc_1", false, NULL},
    {"brightness_perc_5", false, NULL},
    {"brightness_perc_10", false, NULL},
    {"brightness_perc_15", false, NULL},
    {"brightness_perc_90", false, NULL},
    {"brightness_perc_95", false, NULL},
    {"brightness_perc_99", false, NULL},
    {"aspect_ratio", false, NULL},
    {"entropy", false, NULL},
    {"blurriness", false, NULL},
    {"blurriness_grayscale_std", false, NULL},
    {"size", false, NULL},
    {"dark_score", false, NULL},
    {"light_score", false, NULL},
    {"odd_aspect_ratio_score", false, NULL},
    {"low_information_score", false, NULL},
    {"blurry_score", false, NULL},
    {"grayscale_score", false, NULL},
    {"odd_size_score", false, NULL},
    {"unusual_mode_score", false, NULL},
    {"exif_rotated_score", false, NULL},
    {"exact_duplicates_score", false, NULL},
    {"near_duplicates_score", false, NULL},
    {NULL, false, NULL},
};

static const char *const rules[] = {"exif_rotated",
                                    "unusual_mode",
                                    "dark",
                                    "light",
                                    "odd_aspect_ratio",
                                    "blurry",
                                    "grayscale",
                                    "odd_size",
                                    "low_information",
                                    "exact_duplicates",
                                    "near_duplicates",
                                    "not_pictures",
                                    "not_listed",
                                    "no_pictures",
                                    "decoder",
                                    "suffix_lies",
                                    "assumed",
                                    "not_regular",
                                    "symlink_loop",
                                    NULL};

/* --- the command line ----------------------------------------------------------------
 */

/* The issue called as the n bytes of name; DSI_N_IMAGE_ISSUES: none. */
static int find_issue(const char *name, size_t n)
{
    int i = 0;
    while (i < DSI_N_IMAGE_ISSUES && (strlen(dsi_image_issues[i].name) != n ||
                                      memcmp(dsi_image_issues[i].name, name, n) != 0))
        i++;
    return i;
}

static enum dsi_status no_issue(const char *option, const char *name, size_t n,
                                struct dsi_error *err)
{
    const char *names[DSI_N_IMAGE_ISSUES + 1] = {0};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)n, name);
    for (int i = 0; i < DSI_N_IMAGE_ISSUES; i++)
        names[i] = dsi_image_issues[i].name;
    const char *like = dsi_nearest_word(word, names);
    if (like)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s: '%.*s' is no issue (did you mean %s?)", option, (int)n,
                        name, like);
    return dsi_fail(err, DSI_ERR_USAGE, "--%s: '%.*s' is no issue; see --help", option,
                    (int)n, name);
}

static enum dsi_status parse_issues(const char *list, struct dsi_images_parameters *p,
                                    struct dsi_error *err)
{
    if (!list)
        return DSI_OK;
    p->issues = 0;
    for (const char *at = list;; at++) {
        const size_t n = strcspn(at, ",");
        const int issue = find_issue(at, n);
        if (issue == DSI_N_IMAGE_ISSUES)
            return no_issue("issues", at, n, err);
        p->issues |= 1U << issue;
        at += n;
        if (!*at)
            return DSI_OK;
    }
}

static enum dsi_status parse_threshold(const char *text,
                                       struct dsi_images_parameters *p,
                                       struct dsi_error *err)
{
    const char *equals = strchr(text, '=');
    const int issue = equals ? find_issue(text, (size_t)(equals - text)) : 0;
    char *end = NULL;
    if (equals && issue == DSI_N_IMAGE_ISSUES)
        return no_issue("threshold", text, (size_t)(equals - text), err);
    if (!equals)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--threshold=%s: wants an issue and a score, as dark=0.32",
                        text);
    if (!dsi_image_issues[issue].has_threshold)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--threshold=%s: a picture has %s or has it not, by no score",
                        text, dsi_image_issues[issue].name);
    const double score = strtod(equals + 1, &end);
    if (end == equals + 1 || *end || !(score >= 0 && score <= 1))
        return dsi_fail(err, DSI_ERR_USAGE, "--threshold=%s: scores are from 0 to 1",
                        text);
    p->thresholds[issue] = score;
    return DSI_OK;
}

static enum dsi_status parse(const struct args *args, struct dsi_images_parameters *p,
                             struct dsi_channel_axis *axis, struct dsi_error *err)
{
    *p = dsi_images_defaults;
    DSI_TRY(parse_issues(args->issues, p, err));
    for (size_t i = 0; i < args->thresholds.n; i++)
        DSI_TRY(parse_threshold(args->thresholds.texts[i], p, err));
    DSI_TRY(dsi_image_sheet_check(args->contact_sheet, err));
    if (args->contact_sheet && args->all)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--contact-sheet shows issues, which --all has no rows of");
    return dsi_channel_axis_parse(args->channel_axis, axis, err);
}

/* --- the contact sheet ---------------------------------------------------------------
 */

enum { PATH, ISSUE, SCORE, DETAIL };

/* The first ones of each issue. */
static enum dsi_status show_rows(struct dsi_image_sheet *sheet, struct dsi_error *err)
{
    const struct dsi_report *report = sheet->scan->report;
    const char *last = "";
    size_t n_of_issue = 0;
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value *row = dsi_report_row_at(report, i);
        const char *issue = dsi_value_text(&row[ISSUE]);
        const char *detail = dsi_value_text(&row[DETAIL]);
        n_of_issue = strcmp(issue, last) == 0 ? n_of_issue + 1 : 1;
        last = issue;
        if (n_of_issue <= DSI_SHEET_MAX_OF_KIND)
            DSI_TRY(dsi_image_sheet_add(sheet, issue, dsi_value_text(&row[PATH]),
                                        detail ? detail : "", err));
    }
    return DSI_OK;
}

static enum dsi_status write_sheet(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    struct dsi_image_sheet sheet = dsi_image_sheet_start(scan);
    if (!args->contact_sheet)
        return DSI_OK;
    return dsi_image_sheet_finish(&sheet, args->contact_sheet, show_rows(&sheet, err),
                                  err);
}

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_images, dsi_check_image_table;
    const struct args *args = call->args;
    struct dsi_images_parameters p;
    struct dsi_channel_axis axis;
    struct dsi_error err;
    /* The same tool, with other columns. */
    struct dsi_tool table_tool = *call->tool;
    struct dsi_tool_call table_call = *call;
    table_tool.columns = all_columns;
    table_call.tool = &table_tool;
    if (parse(args, &p, &axis, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        return DSI_EXIT_TROUBLE;
    }
    struct dsi_tool_scan scan = {.call = args->all ? &table_call : call,
                                 .check = args->all ? &dsi_check_image_table
                                                    : &dsi_check_images,
                                 .parameters = &p,
                                 .expand_palette = true,
                                 .after = write_sheet,
                                 .channel_axis = &axis};
    return dsi_tool_scan(&scan);
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {
    "images",      "unreadable",       "truncated",        "crc",
    "suffix_lies", "exif_rotated",     "unusual_mode",     "dark",
    "light",       "odd_aspect_ratio", "low_information",  "blurry",
    "grayscale",   "odd_size",         "exact_duplicates", "near_duplicates",
    NULL};
static const char *const row_keys[] = {"path", "issue", NULL};

const struct dsi_tool dsi_tool_images = {
    .name = "images",
    .purpose = "Find the pictures that look wrong: dark, blurred, odd, or broken",
    .operands = DSI_OPERANDS_INPUTS,
    .examples =
        "dsinspect images photos/\n"
        "dsinspect images --issues=dark,light photos/ | sort -k3,3n\n"
        "dsinspect images --threshold=blurry=0.4 photos/\n"
        "dsinspect images --all --format=csv photos/ > properties.csv\n"
        "dsinspect images --fail-on=truncated photos/ > /dev/null || echo stop\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
