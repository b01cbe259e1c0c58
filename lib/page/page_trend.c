/* How figures moved from run to run: a line and a table for the rows of check, and for
 * the summaries of the other tools. */
#include "parts.h"

#include <string.h>

enum { MOST_RUNS = 60, WIDTH = 180, HEIGHT = 36, MARGIN = 6 };

/* The runs of one section, the oldest first and the shown one last. */
struct series {
    const struct dsi_page_section *runs[MOST_RUNS];
    size_t n, n_all;
};

static struct series series_of(const struct dsi_page_section *shown)
{
    struct series series = {.n = 0};
    for (const struct dsi_page_section *s = shown; s; s = s->before)
        series.n_all++;
    series.n = series.n_all < MOST_RUNS ? series.n_all : MOST_RUNS;
    for (size_t i = series.n; i-- > 0; shown = shown->before)
        series.runs[i] = shown;
    return series;
}

/* One figure in every run. */
struct line {
    struct dsi_value values[MOST_RUNS];
    double numbers[MOST_RUNS];
    bool has[MOST_RUNS], is_bad[MOST_RUNS];
    bool has_limit;
    double limit;
};

static bool bounds(const struct line *line, size_t n, double *from, double *to)
{
    size_t n_points = 0;
    for (size_t i = 0; i < n; i++) {
        if (!line->has[i])
            continue;
        *from = n_points && *from < line->numbers[i] ? *from : line->numbers[i];
        *to = n_points && *to > line->numbers[i] ? *to : line->numbers[i];
        n_points++;
    }
    if (n_points && line->has_limit) {
        *from = *from < line->limit ? *from : line->limit;
        *to = *to > line->limit ? *to : line->limit;
    }
    return n_points > 0;
}

static double x_of(size_t i, size_t n)
{
    return n < 2 ? WIDTH / 2.0
                 : MARGIN + (WIDTH - 2 * MARGIN) * (double)i / (double)(n - 1);
}

static double y_of(double value, double from, double to)
{
    const double half = to / 2 - from / 2;
    const double share = half > 0 ? (value / 2 - from / 2) / half : 0.5;
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share;
}

static void draw_points(struct dsi_html *h, const struct line *line, size_t n,
                        double from, double to)
{
    bool is_on = false;
    dsi_html(h, "<path class=\"line\" d=\"");
    for (size_t i = 0; i < n; i++) {
        if (line->has[i])
            dsi_html(h, "%s%g %g", is_on ? "L" : "M", x_of(i, n),
                     y_of(line->numbers[i], from, to));
        is_on = line->has[i];
    }
    dsi_html(h, "\"/>");
    for (size_t i = 0; i < n; i++) {
        const double x = x_of(i, n);
        const double y = line->has[i] ? y_of(line->numbers[i], from, to) : 0;
        if (line->has[i] && line->is_bad[i])
            dsi_html(h, "<path class=\"bad\" d=\"M%g %gl7 7m0 -7l-7 7\"/>", x - 3.5,
                     y - 3.5);
        else if (line->has[i] && i + 1 == n)
            dsi_html(h, "<circle class=\"fill\" cx=\"%g\" cy=\"%g\" r=\"3\"/>", x, y);
    }
}

static void draw_line(struct dsi_html *h, const struct line *line, size_t n)
{
    double from = 0, to = 0;
    if (!bounds(line, n, &from, &to))
        return;
    dsi_html(h,
             "<svg class=\"trend\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
             "aria-hidden=\"true\">",
             WIDTH, HEIGHT, WIDTH, HEIGHT);
    if (line->has_limit)
        dsi_html(h, "<path class=\"limit\" d=\"M0 %gH%d\"/>",
                 y_of(line->limit, from, to), WIDTH);
    draw_points(h, line, n, from, to);
    dsi_html(h, "</svg>");
}

static void put_line(struct dsi_html *h, const struct series *series,
                     const struct dsi_value *name, const struct line *line)
{
    dsi_html(h, "<tr><th scope=\"row\">");
    dsi_name_put(h, name);
    dsi_html(h, "</th><td class=\"drawn\">");
    draw_line(h, line, series->n);
    dsi_html(h, "</td>");
    for (size_t i = 0; i < series->n; i++) {
        dsi_html(h, "<td class=\"n\">");
        if (line->is_bad[i])
            dsi_grade_sign(h, DSI_GRADE_BAD);
        dsi_html_value(h, &line->values[i]);
        dsi_html(h, "</td>");
    }
    dsi_html(h, "</tr>\n");
}

/* --- rows of check -------------------------------------------------------------------
 */

/* The row of that name; SIZE_MAX: none. */
static size_t row_named(const struct dsi_report *report, const struct dsi_value *name)
{
    const size_t column = dsi_report_column_named(report, "check");
    const char *text = dsi_value_text(name);
    for (size_t i = 0; text && i < dsi_report_n_rows(report); i++) {
        const struct dsi_value own = dsi_report_cell(report, i, column);
        if (dsi_value_text(&own) && strcmp(dsi_value_text(&own), text) == 0)
            return i;
    }
    return SIZE_MAX;
}

static struct dsi_value cell_named(const struct dsi_report *report, size_t row,
                                   const char *column)
{
    return row == SIZE_MAX
               ? dsi_null()
               : dsi_report_cell(report, row, dsi_report_column_named(report, column));
}

static struct line line_of_check(const struct series *series, size_t row)
{
    const struct dsi_report *shown = series->runs[series->n - 1]->report;
    const struct dsi_value name = cell_named(shown, row, "check");
    const struct dsi_value op = cell_named(shown, row, "op");
    const struct dsi_value limit = cell_named(shown, row, "threshold");
    struct line line = {.has_limit = false};
    for (size_t i = 0; i < series->n; i++) {
        const struct dsi_report *report = series->runs[i]->report;
        const size_t own = report == shown ? row : row_named(report, &name);
        const struct dsi_value status = cell_named(report, own, "status");
        line.values[i] = cell_named(report, own, "value");
        line.has[i] = dsi_value_number(&line.values[i], &line.numbers[i]);
        line.is_bad[i] =
            dsi_value_text(&status) && strcmp(dsi_value_text(&status), "failed") == 0;
    }
    line.has_limit = dsi_value_number(&limit, &line.limit) && dsi_value_text(&op) &&
                     strcmp(dsi_value_text(&op), "max_change") != 0;
    return line;
}

static void put_checks(struct dsi_html *h, const struct series *series)
{
    const struct dsi_report *shown = series->runs[series->n - 1]->report;
    const size_t n = dsi_report_n_rows(shown);
    for (size_t i = 0; i < dsi_shown(h, n); i++) {
        const struct dsi_value name = cell_named(shown, i, "check");
        const struct line line = line_of_check(series, i);
        put_line(h, series, &name, &line);
    }
}

/* --- the figures of a summary --------------------------------------------------------
 */

static struct line line_of_figure(const struct series *series, const char *key)
{
    struct line line = {.has_limit = false};
    for (size_t k = 0; k < series->n; k++) {
        const struct dsi_value *own =
            dsi_report_summary_at(series->runs[k]->report, key);
        line.values[k] = own ? *own : dsi_null();
        line.has[k] = dsi_value_number(&line.values[k], &line.numbers[k]);
    }
    return line;
}

/* Whether it is a number in the last run, and whether it ever was another. */
static bool is_figure(const struct line *line, size_t n, bool moved)
{
    bool has_moved = false;
    for (size_t i = 1; i < n; i++)
        has_moved |= line->has[i] != line->has[i - 1] ||
                     line->numbers[i] < line->numbers[i - 1] ||
                     line->numbers[i] > line->numbers[i - 1];
    return line->has[n - 1] && has_moved == moved;
}

/* Those that never moved, in a line; of what never was there nothing is said. */
static void say_still(struct dsi_html *h, const struct series *series)
{
    const struct dsi_report *shown = series->runs[series->n - 1]->report;
    const char *key, *begin = "<p class=\"aside\">The same in every run: ";
    struct dsi_value value;
    bool any = false;
    for (size_t i = 0; dsi_report_entry_at(shown, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        const struct line line = line_of_figure(series, key);
        const double last = line.numbers[series->n - 1];
        if (!is_figure(&line, series->n, false) || (last >= 0 && last <= 0))
            continue;
        dsi_out_text(&h->out, any ? ", " : begin);
        dsi_html(h, "%s ", key);
        dsi_html_value(h, &value);
        any = true;
    }
    if (any)
        dsi_html(h, ".</p>\n");
}

static size_t count_moved(const struct series *series)
{
    const struct dsi_report *shown = series->runs[series->n - 1]->report;
    const char *key;
    struct dsi_value value;
    size_t n = 0;
    for (size_t i = 0; dsi_report_entry_at(shown, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        const struct line line = line_of_figure(series, key);
        n += is_figure(&line, series->n, true);
    }
    return n;
}

static void put_figures(struct dsi_html *h, const struct series *series)
{
    const struct dsi_report *shown = series->runs[series->n - 1]->report;
    const char *key;
    struct dsi_value value;
    for (size_t i = 0; dsi_report_entry_at(shown, DSI_REPORT_SUMMARY, i, &key, &value);
         i++) {
        const struct dsi_value name = dsi_text(key);
        const struct line line = line_of_figure(series, key);
        if (is_figure(&line, series->n, true))
            put_line(h, series, &name, &line);
    }
}

static void put_table(struct dsi_html *h, const struct series *series, bool is_check)
{
    dsi_box_begin(h, "box", "From run to run");
    dsi_html(h, "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">trend</th>",
             is_check ? "check" : "figure");
    for (size_t i = 0; i < series->n; i++)
        dsi_html(h, "<th scope=\"col\" class=\"n run\">%s</th>", series->runs[i]->run);
    dsi_html(h, "</tr></thead>\n<tbody>\n");
    put_figures(h, series);
    if (is_check)
        put_checks(h, series);
    dsi_html(h, "</tbody>");
    dsi_box_end(h);
    if (is_check)
        dsi_html(h, "<p class=\"aside key\">Dashed: what was asked for in the last "
                    "run; a cross: a run in which the check failed.</p>\n");
}

void dsi_trend_put(struct dsi_html *h, const struct dsi_page_section *section)
{
    const struct series series = series_of(section);
    const bool is_check = strcmp(dsi_report_tool(section->report), "check") == 0;
    if (series.n < 2)
        return;
    dsi_html(h, "<h3>From run to run <small>");
    dsi_html_count(h, series.n_all, "run");
    dsi_html(h, "</small></h3>\n");
    if (count_moved(&series) || (is_check && dsi_report_n_rows(section->report)))
        put_table(h, &series, is_check);
    say_still(h, &series);
    if (series.n < series.n_all)
        dsi_html(h, "<p class=\"aside\">The last %zu of %zu runs are shown.</p>\n",
                 series.n, series.n_all);
}
