/* balance: how many samples each class has. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 360, HEIGHT = 150, LEFT = 8, RIGHT = 352, TOP = 12, BOTTOM = 122 };

struct classes {
    const struct dsi_report *report;
    size_t count, split;
    double most;
};

static double count_of(const struct classes *c, size_t row)
{
    const struct dsi_value value = dsi_report_cell(c->report, row, c->count);
    double number;
    return dsi_value_number(&value, &number) && number > 0 ? number : 0;
}

/* --- a bar beside each row -----------------------------------------------------------
 */

static void draw_bar(struct dsi_html *h, const struct dsi_report *report, size_t row,
                     void *context)
{
    const struct classes *c = context;
    (void)report;
    dsi_html(
        h,
        "<svg class=\"bar\" viewBox=\"0 0 160 14\" width=\"160\" height=\"14\" "
        "aria-hidden=\"true\"><rect class=\"track\" width=\"160\" height=\"14\" "
        "rx=\"2\"/><rect class=\"fill\" width=\"%g\" height=\"14\" rx=\"2\"/></svg>",
        c->most > 0 ? 160 * count_of(c, row) / c->most : 0);
}

/* --- the classes of a split, largest first -------------------------------------------
 */

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static bool is_of_split(const struct classes *c, size_t row, const char *split)
{
    const struct dsi_value value = dsi_report_cell(c->report, row, c->split);
    const char *text = dsi_value_text(&value);
    return strcmp(text ? text : "", split) == 0;
}

/* The counts of a split in a list of its own; NULL when memory is out. */
static double *counts_of(const struct classes *c, const char *split, size_t *n)
{
    double *counts = dsi_alloc_array(dsi_report_n_rows(c->report) + 1, sizeof *counts);
    *n = 0;
    for (size_t i = 0; counts && i < dsi_report_n_rows(c->report); i++)
        if (is_of_split(c, i, split))
            counts[(*n)++] = count_of(c, i);
    if (counts)
        qsort(counts, *n, sizeof *counts, descending);
    return counts;
}

/* Where there are more classes than bars, a bar is the largest of those it stands for.
 */
static void draw_bars(struct dsi_html *h, const double *counts, size_t n)
{
    enum { MOST = 172 };
    const size_t n_bars = n < MOST ? n : MOST;
    const double step = (double)(RIGHT - LEFT) / (double)n_bars;
    const double gap = n_bars > 60 ? 0 : n_bars > 24 ? 1 : 3;
    for (size_t i = 0; i < n_bars; i++) {
        const double height = (BOTTOM - TOP) * counts[i * n / n_bars] / counts[0];
        dsi_html(h,
                 "<rect class=\"fill\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>",
                 LEFT + step * (double)i, BOTTOM - height, step - gap, height);
    }
}

static void draw_split(struct dsi_html *h, const struct classes *c, const char *split)
{
    size_t n;
    double *counts = counts_of(c, split, &n), sum = 0;
    if (!counts || n < 2 || counts[0] <= 0) {
        free(counts);
        return;
    }
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    const double even = sum / (double)n;
    const double y = BOTTOM - (BOTTOM - TOP) * even / counts[0];
    dsi_html(h, "<figure><figcaption>%s <small>", *split ? split : "Samples a class");
    dsi_html_count(h, n, "class");
    dsi_html(h, "</small></figcaption>\n");
    dsi_svg_begin(h, "plot", WIDTH, HEIGHT, "Samples of each class, largest first");
    dsi_html(h, "From ");
    dsi_html_number(h, counts[0]);
    dsi_html(h, " down to ");
    dsi_html_number(h, counts[n - 1]);
    dsi_html(h, "; an even share is ");
    dsi_html_number(h, even);
    dsi_svg_described(h);
    draw_bars(h, counts, n);
    dsi_html(h,
             "<path class=\"axis\" d=\"M%d %dH%d\"/><path class=\"mark\" "
             "d=\"M%d %gH%d\"/>",
             LEFT, BOTTOM, RIGHT, LEFT, y, RIGHT);
    dsi_html(h, "<text x=\"%d\" y=\"%d\">largest ", LEFT, HEIGHT - 10);
    dsi_html_number(h, counts[0]);
    dsi_html(h, "</text><text class=\"mid\" x=\"%d\" y=\"%d\">even share ", WIDTH / 2,
             HEIGHT - 10);
    dsi_html_number(h, even);
    dsi_html(h, "</text><text class=\"end\" x=\"%d\" y=\"%d\">smallest ", RIGHT,
             HEIGHT - 10);
    dsi_html_number(h, counts[n - 1]);
    dsi_html(h, "</text></svg></figure>\n");
    free(counts);
}

/* Rows of a split stand together. */
static void draw_splits(struct dsi_html *h, const struct classes *c)
{
    enum { MOST = 12 };
    const char *last = NULL;
    size_t n = 0;
    dsi_html(h, "<div class=\"plots\">\n");
    for (size_t i = 0; i < dsi_report_n_rows(c->report) && n < MOST; i++) {
        const struct dsi_value value = dsi_report_cell(c->report, i, c->split);
        const char *text = dsi_value_text(&value), *split = text ? text : "";
        if (last && strcmp(last, split) == 0)
            continue;
        draw_split(h, c, split);
        last = split;
        n++;
    }
    dsi_html(h, "</div>\n");
}

void dsi_plot_balance(struct dsi_html *h, const struct dsi_report *report)
{
    struct classes c = {.report = report,
                        .count = dsi_report_column_named(report, "count"),
                        .split = dsi_report_column_named(report, "split")};
    for (size_t i = 0; i < dsi_report_n_rows(report); i++)
        c.most = count_of(&c, i) > c.most ? count_of(&c, i) : c.most;
    const struct dsi_table table = {.report = report,
                                    .label = "Classes",
                                    .drawn_heading = "samples",
                                    .draw = draw_bar,
                                    .context = &c};
    dsi_html(h, "<h3>Classes</h3>\n");
    draw_splits(h, &c);
    dsi_table_put(h, &table);
}
