/* missing: which share of which channel of which source. */
#include "parts.h"

#include <math.h>
#include <string.h>

enum { MOST_SOURCES = 40, MOST_CHANNELS = 40 };

/* The sources and the channels, each once, in the order they are first met. Shares of
 * several kinds in one place add up. */
struct matrix {
    struct dsi_value sources[MOST_SOURCES], channels[MOST_CHANNELS];
    size_t n_sources, n_channels;
    double share[MOST_SOURCES][MOST_CHANNELS];
    bool is_cut;
};

static bool same(const struct dsi_value *a, const struct dsi_value *b)
{
    if (a->type != DSI_VALUE_TEXT || b->type != DSI_VALUE_TEXT)
        return a->type == b->type;
    return a->as.text.n == b->as.text.n &&
           memcmp(a->as.text.bytes, b->as.text.bytes, a->as.text.n) == 0;
}

static size_t place(struct dsi_value *list, size_t *n, size_t most,
                    const struct dsi_value *value)
{
    for (size_t i = 0; i < *n; i++)
        if (same(&list[i], value))
            return i;
    if (*n == most)
        return SIZE_MAX;
    list[*n] = *value;
    return (*n)++;
}

static void fill(struct matrix *matrix, const struct dsi_report *report)
{
    const size_t source = dsi_report_column_named(report, "source");
    const size_t channel = dsi_report_column_named(report, "channel");
    const size_t share = dsi_report_column_named(report, "share");
    *matrix = (struct matrix){.n_sources = 0};
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct dsi_value s = dsi_report_cell(report, i, source);
        const struct dsi_value c = dsi_report_cell(report, i, channel);
        const struct dsi_value value = dsi_report_cell(report, i, share);
        const size_t y = place(matrix->sources, &matrix->n_sources, MOST_SOURCES, &s);
        const size_t x =
            place(matrix->channels, &matrix->n_channels, MOST_CHANNELS, &c);
        double number;
        matrix->is_cut |= x == SIZE_MAX || y == SIZE_MAX;
        if (x != SIZE_MAX && y != SIZE_MAX && dsi_value_number(&value, &number))
            matrix->share[y][x] += number;
    }
}

/* The area of the disc is the share. */
static void put_share(struct dsi_html *h, double share)
{
    const double part = share < 0 ? 0 : share > 1 ? 1 : share;
    dsi_html(h, "<td class=\"disc\">");
    if (share > 0) {
        dsi_html(h,
                 "<svg viewBox=\"0 0 36 36\" width=\"36\" height=\"36\" "
                 "aria-hidden=\"true\"><circle class=\"track\" cx=\"18\" cy=\"18\" "
                 "r=\"17\"/><circle class=\"fill\" cx=\"18\" cy=\"18\" "
                 "r=\"%g\"/></svg><span>",
                 17 * sqrt(part) > 1 ? 17 * sqrt(part) : 1);
        dsi_html_number(h, share * 100);
        dsi_html(h, " %%</span>");
    }
    dsi_html(h, "</td>");
}

static void put_matrix(struct dsi_html *h, const struct matrix *matrix)
{
    dsi_box_begin(h, "box", "Share of missing values, by source and channel");
    dsi_html(h, "<thead><tr><th scope=\"col\">source</th>");
    for (size_t x = 0; x < matrix->n_channels; x++) {
        dsi_html(h, "<th scope=\"col\" class=\"mid\">");
        dsi_name_put(h, &matrix->channels[x]);
        dsi_html(h, "</th>");
    }
    dsi_html(h, "</tr></thead>\n<tbody>\n");
    for (size_t y = 0; y < matrix->n_sources; y++) {
        dsi_html(h, "<tr><th scope=\"row\">");
        dsi_name_put(h, &matrix->sources[y]);
        dsi_html(h, "</th>");
        for (size_t x = 0; x < matrix->n_channels; x++)
            put_share(h, matrix->share[y][x]);
        dsi_html(h, "</tr>\n");
    }
    dsi_html(h, "</tbody>");
    dsi_box_end(h);
    dsi_html(h, "<p class=\"aside key\">The share of a channel's values that are "
                "missing, by source; channels without any are not listed.</p>\n");
    if (matrix->is_cut)
        dsi_html(h,
                 "<p class=\"aside\">The first %d sources and %d channels are "
                 "drawn.</p>\n",
                 MOST_SOURCES, MOST_CHANNELS);
}

void dsi_plot_missing(struct dsi_html *h, const struct dsi_report *report)
{
    const struct dsi_table table = {.report = report, .label = "Missing values"};
    struct matrix matrix;
    dsi_html(h, "<h3>Where values are missing</h3>\n");
    if (dsi_report_n_rows(report) == 0) {
        dsi_html(h, "<p class=\"aside\">No value is missing.</p>\n");
        return;
    }
    fill(&matrix, report);
    put_matrix(h, &matrix);
    dsi_table_put(h, &table);
}
