#include "parts.h"

#include <string.h>

static const char *const classes[] = {"plain", "good", "warn", "bad"};

/* In a box of 16: a dash, a tick, a triangle, a cross. */
static const char *const signs[] = {
    "M4 8h8",
    "M3.5 8.5l3 3 6-7",
    "M8 2.5l6 11h-12zM8 6.5v3.5M8 11.9v.2",
    "M4 4l8 8M12 4l-8 8",
};

const char *dsi_grade_class(enum dsi_grade grade)
{
    return classes[grade];
}

void dsi_grade_sign(struct dsi_html *h, enum dsi_grade grade)
{
    dsi_html(h,
             "<svg class=\"sign %s\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" "
             "aria-hidden=\"true\"><path d=\"%s\"/></svg>",
             classes[grade], signs[grade]);
}

void dsi_grade_pill(struct dsi_html *h, enum dsi_grade grade, const char *word)
{
    dsi_html(h, "<span class=\"pill %s\">", classes[grade]);
    dsi_grade_sign(h, grade);
    dsi_html(h, "%s</span>", word);
}

enum dsi_grade dsi_grade_of_severity(enum dsi_severity severity)
{
    return severity == DSI_ERROR     ? DSI_GRADE_BAD
           : severity == DSI_WARNING ? DSI_GRADE_WARN
                                     : DSI_GRADE_PLAIN;
}

enum dsi_grade dsi_grade_of_word(const char *word)
{
    static const struct {
        const char *word;
        enum dsi_grade grade;
    } words[] = {{"passed", DSI_GRADE_GOOD},   {"same", DSI_GRADE_GOOD},
                 {"warned", DSI_GRADE_WARN},   {"warning", DSI_GRADE_WARN},
                 {"skipped", DSI_GRADE_PLAIN}, {"note", DSI_GRADE_PLAIN},
                 {"off", DSI_GRADE_PLAIN},     {"failed", DSI_GRADE_BAD},
                 {"error", DSI_GRADE_BAD},     {"differs", DSI_GRADE_BAD},
                 {"shape", DSI_GRADE_BAD},     {"dtype", DSI_GRADE_BAD},
                 {"only_a", DSI_GRADE_BAD},    {"only_b", DSI_GRADE_BAD}};
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].grade;
    return DSI_GRADE_PLAIN;
}

struct dsi_tally dsi_tally_findings(const struct dsi_report *report)
{
    struct dsi_tally tally = {{0}};
    for (size_t i = 0; i < dsi_report_n_findings(report); i++)
        tally.of[dsi_report_finding_at(report, i).severity]++;
    return tally;
}

void dsi_tally_say(struct dsi_html *h, const struct dsi_tally *tally)
{
    const char *comma = "";
    for (int s = DSI_ERROR; s > DSI_OFF; s--) {
        if (!tally->of[s])
            continue;
        dsi_html(h, "%s", comma);
        dsi_html_count(h, tally->of[s], dsi_severity_name((enum dsi_severity)s));
        comma = ", ";
    }
    if (!*comma)
        dsi_html(h, "no findings");
}

size_t dsi_count_differences(const struct dsi_report *report)
{
    static const char *const keys[] = {"differ", "not_comparable", "only_a",
                                       "only_b", "error",          NULL};
    size_t sum = 0;
    if (strcmp(dsi_report_tool(report), "diff") != 0)
        return 0;
    for (const char *const *key = keys; *key; key++) {
        const struct dsi_value *value = dsi_report_summary_at(report, *key);
        sum += value && value->type == DSI_VALUE_UINT ? (size_t)value->as.natural : 0;
    }
    return sum;
}

enum dsi_grade dsi_grade_of_report(const struct dsi_report *report)
{
    const struct dsi_value *verdict = dsi_report_summary_at(report, "verdict");
    if (verdict && strcmp(dsi_report_tool(report), "check") == 0)
        return dsi_grade_of_word(dsi_value_text(verdict));
    const struct dsi_tally tally = dsi_tally_findings(report);
    if (tally.of[DSI_ERROR] || dsi_count_differences(report))
        return DSI_GRADE_BAD;
    return tally.of[DSI_WARNING] ? DSI_GRADE_WARN : DSI_GRADE_GOOD;
}
