/* diff: how many arrays agree, and how far apart the values of the others are. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* --- arrays by status ----------------------------------------------------------------
 */

enum { BAR = 640, BAR_HEIGHT = 22, MOST_STATUSES = 12 };

struct statuses {
    const char *names[MOST_STATUSES]; /* in the order they are first met */
    size_t counts[MOST_STATUSES];
    size_t n, n_rows;
};

static void count(struct statuses *s, const struct dsi_report *report)
{
    const size_t column = dsi_report_column_named(report, "status");
    *s = (struct statuses){.n = 0};
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value value = dsi_report_cell(report, i, column);
        const char *name = dsi_value_text(&value);
        size_t k = 0;
        while (name && k < s->n && strcmp(s->names[k], name) != 0)
            k++;
        if (!name || k == MOST_STATUSES)
            continue;
        s->n += k == s->n;
        s->names[k] = name;
        s->counts[k]++;
        s->n_rows++;
    }
}

static void draw_statuses(struct dsi_html *h, const struct statuses *s)
{
    double x = 0;
    dsi_svg_begin(h, "stack", BAR, BAR_HEIGHT, "Arrays by status");
    for (size_t i = 0; i < s->n; i++)
        dsi_html(h, "%s%s %zu", i ? ", " : "", s->names[i], s->counts[i]);
    dsi_svg_described(h);
    for (size_t i = 0; i < s->n; i++) {
        const double width = BAR * (double)s->counts[i] / (double)s->n_rows;
        dsi_html(h, "<rect class=\"%s\" x=\"%g\" width=\"%g\" height=\"%d\"/>",
                 dsi_grade_class(dsi_grade_of_word(s->names[i])), x,
                 width > 2 ? width - 2 : width, BAR_HEIGHT);
        x += width;
    }
    dsi_html(h, "</svg>\n<ul class=\"legend\">");
    for (size_t i = 0; i < s->n; i++) {
        dsi_html(h, "<li>");
        dsi_grade_pill(h, dsi_grade_of_word(s->names[i]), s->names[i]);
        dsi_html(h, " <data value=\"%zu\">%zu</data></li>", s->counts[i], s->counts[i]);
    }
    dsi_html(h, "</ul>\n");
}

/* --- the histogram of errors, "1e-9:136 1e-8:866" ------------------------------------
 */

enum {
    WIDTH = 360,
    HEIGHT = 130,
    LEFT = 10,
    RIGHT = 350,
    TOP = 16,
    FLOOR = 100,
    MOST_BARS = 48
};

struct bar {
    char label[16];
    double count;
};

static size_t read_bars(const char *text, struct bar bars[MOST_BARS])
{
    size_t n = 0;
    for (const char *at = text; *at && n < MOST_BARS;) {
        const size_t n_word = strcspn(at, " "), n_label = strcspn(at, ": ");
        char *end = NULL;
        if (n_label < n_word && n_label < sizeof bars->label) {
            memcpy(bars[n].label, at, n_label);
            bars[n].label[n_label] = '\0';
            bars[n].count = strtod(at + n_label + 1, &end);
            n += bars[n].count > 0;
        }
        at += n_word;
        at += *at == ' ';
    }
    return n;
}

static void draw_bars(struct dsi_html *h, const struct bar *bars, size_t n)
{
    const double step = (double)(RIGHT - LEFT) / (double)n;
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = bars[i].count > most ? bars[i].count : most;
    for (size_t i = 0; i < n; i++) {
        const double height = (FLOOR - TOP) * bars[i].count / most;
        const double x = LEFT + step * (double)i;
        dsi_html(h,
                 "<rect class=\"fill\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>",
                 x, FLOOR - height, step - 2, height > 1 ? height : 1);
        if (n <= 12)
            dsi_html(h, "<text class=\"mid\" x=\"%g\" y=\"%d\">%s</text>",
                     x + step / 2 - 1, FLOOR + 16, bars[i].label);
    }
    dsi_html(h, "<path class=\"axis\" d=\"M%d %dH%d\"/>", LEFT, FLOOR, RIGHT);
    if (n > 12)
        dsi_html(h,
                 "<text x=\"%d\" y=\"%d\">%s</text><text class=\"end\" x=\"%d\" "
                 "y=\"%d\">%s</text>",
                 LEFT, FLOOR + 16, bars[0].label, RIGHT, FLOOR + 16, bars[n - 1].label);
}

static bool draw_errors(struct dsi_html *h, const struct dsi_value *name,
                        const struct dsi_value *histogram, const char *what)
{
    struct bar bars[MOST_BARS];
    const size_t n =
        dsi_value_text(histogram) ? read_bars(dsi_value_text(histogram), bars) : 0;
    if (n == 0)
        return false;
    dsi_html(h, "<figure><figcaption class=\"path\">");
    dsi_name_put(h, name);
    dsi_html(h, " <small>%s</small></figcaption>\n", what);
    dsi_svg_begin(h, "plot", WIDTH, HEIGHT, "How many values are how far apart");
    for (size_t i = 0; i < n; i++) {
        dsi_html(h, "%s%s: ", i ? ", " : "", bars[i].label);
        dsi_html_number(h, bars[i].count);
    }
    dsi_svg_described(h);
    draw_bars(h, bars, n);
    dsi_html(h, "</svg></figure>\n");
    return true;
}

static void draw_all_errors(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MOST = 12 };
    const size_t name = dsi_report_column_named(report, "name");
    const size_t status = dsi_report_column_named(report, "status");
    const size_t histogram = dsi_report_column_named(report, "abs_histogram");
    size_t n = 0;
    if (histogram == SIZE_MAX)
        return;
    dsi_html(h, "<h3>Errors</h3>\n<div class=\"plots\">\n");
    for (int pass = 0; pass < 2; pass++) { /* what is the same comes last */
        for (size_t i = 0; i < dsi_report_n_rows(report) && n < MOST; i++) {
            const struct dsi_value how = dsi_report_cell(report, i, status);
            const bool is_same =
                dsi_value_text(&how) && strcmp(dsi_value_text(&how), "same") == 0;
            const struct dsi_value of = dsi_report_cell(report, i, name);
            const struct dsi_value cells = dsi_report_cell(report, i, histogram);
            if (is_same == (pass == 1))
                n += draw_errors(h, &of, &cells, "values by |a - b|, at least");
        }
    }
    dsi_html(h, "</div>\n<p class=\"aside key\">The table below has the same counts, "
                "in abs_histogram.</p>\n");
}

void dsi_plot_diff(struct dsi_html *h, const struct dsi_report *report)
{
    const struct dsi_table table = {.report = report, .label = "Arrays"};
    struct statuses statuses;
    count(&statuses, report);
    dsi_html(h, "<h3>Arrays</h3>\n");
    if (statuses.n_rows)
        draw_statuses(h, &statuses);
    draw_all_errors(h, report);
    if (dsi_report_column_named(report, "abs_histogram") != SIZE_MAX)
        dsi_html(h, "<h3>Rows</h3>\n");
    dsi_table_put(h, &table);
}
