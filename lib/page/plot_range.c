/* range: what values each channel has. */
#include "parts.h"

#include <string.h>

enum {
    WIDTH = 360,
    HEIGHT = 150,
    LOW = 66, /* without a histogram: that much of it, from below */
    LEFT = 10,
    RIGHT = 350,
    TOP = 10,
    FLOOR = 84, /* of the histogram */
    BOX = 110,  /* the middle of the box */
};

enum figure { MIN, P01, P25, P50, P75, P99, MAX, MEAN, STD, N_FIGURES };
static const char *const names[N_FIGURES] = {"min", "p01", "p25",  "p50", "p75",
                                             "p99", "max", "mean", "std"};

struct channel {
    double of[N_FIGURES];
    bool has[N_FIGURES];
};

static struct channel look(const struct dsi_report *report, size_t row)
{
    struct channel channel;
    for (int i = 0; i < N_FIGURES; i++) {
        const size_t column = dsi_report_column_named(report, names[i]);
        const struct dsi_value value = dsi_report_cell(report, row, column);
        channel.of[i] = 0;
        channel.has[i] = dsi_value_number(&value, &channel.of[i]);
    }
    return channel;
}

static bool can_draw(const struct channel *c)
{
    return c->has[MIN] && c->has[MAX] && c->of[MAX] > c->of[MIN];
}

/* Halves, since the range of two doubles need not be one. */
static double across(const struct channel *c, double value)
{
    const double range = c->of[MAX] / 2 - c->of[MIN] / 2;
    const double share = (value / 2 - c->of[MIN] / 2) / range;
    return LEFT + (RIGHT - LEFT) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

/* --- the histogram: cells of equal width, each an eighth block or a blank ------------
 */

enum { MOST_CELLS = 128 };

static size_t read_cells(const struct dsi_value *text, unsigned cells[MOST_CELLS])
{
    size_t n = 0;
    const char *bytes = dsi_value_text(text);
    for (size_t at = 0; bytes && at < text->as.text.n && n < MOST_CELLS; n++) {
        const bool is_block =
            text->as.text.n - at >= 3 && memcmp(bytes + at, "\xe2\x96", 2) == 0;
        const unsigned char last = is_block ? (unsigned char)bytes[at + 2] : 0;
        cells[n] = last >= 0x81 && last <= 0x88 ? last - 0x80U : 0;
        at += is_block ? 3 : 1;
    }
    return n;
}

static void draw_histogram(struct dsi_html *h, const struct dsi_value *text)
{
    unsigned cells[MOST_CELLS];
    const size_t n = read_cells(text, cells);
    const double step = (double)(RIGHT - LEFT) / (double)(n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        const double height = (FLOOR - TOP) * cells[i] / 8.0;
        if (cells[i])
            dsi_html(h,
                     "<rect class=\"fill\" x=\"%g\" y=\"%g\" width=\"%g\" "
                     "height=\"%g\"/>",
                     LEFT + step * (double)i, FLOOR - height, step - 1, height);
    }
    if (n)
        dsi_html(h, "<path class=\"axis\" d=\"M%d %dH%d\"/>", LEFT, FLOOR, RIGHT);
}

/* --- mean and spread, and the percentiles as a box -----------------------------------
 */

static void draw_mean(struct dsi_html *h, const struct channel *c, int top)
{
    if (!c->has[MEAN])
        return;
    if (c->has[STD]) {
        const double low = across(c, c->of[MEAN] - c->of[STD]);
        const double high = across(c, c->of[MEAN] + c->of[STD]);
        dsi_html(h,
                 "<rect class=\"band\" x=\"%g\" y=\"%d\" width=\"%g\" height=\"%d\"/>",
                 low, top, high - low, BOX + 14 - top);
    }
    dsi_html(h, "<path class=\"mark\" d=\"M%g %dV%d\"/>", across(c, c->of[MEAN]), top,
             BOX + 14);
}

static void draw_box(struct dsi_html *h, const struct channel *c)
{
    dsi_html(h, "<path class=\"axis\" d=\"M%d %dH%dM%d %dv8M%d %dv8\"/>", LEFT, BOX,
             RIGHT, LEFT, BOX - 4, RIGHT, BOX - 4);
    if (c->has[P01] && c->has[P99])
        dsi_html(h, "<path class=\"thick\" d=\"M%g %dH%g\"/>", across(c, c->of[P01]),
                 BOX, across(c, c->of[P99]));
    if (c->has[P25] && c->has[P75]) {
        const double low = across(c, c->of[P25]), high = across(c, c->of[P75]);
        dsi_html(h,
                 "<rect class=\"open\" x=\"%g\" y=\"%d\" width=\"%g\" height=\"16\" "
                 "rx=\"2\"/>",
                 low, BOX - 8, high - low > 2 ? high - low : 2);
    }
    if (c->has[P50])
        dsi_html(h, "<path class=\"median\" d=\"M%g %dv16\"/>", across(c, c->of[P50]),
                 BOX - 8);
}

static void describe(struct dsi_html *h, const struct channel *c)
{
    const char *comma = "";
    for (int i = 0; i < N_FIGURES; i++) {
        if (!c->has[i])
            continue;
        dsi_html(h, "%s%s ", comma, names[i]);
        dsi_html_number(h, c->of[i]);
        comma = ", ";
    }
}

static void draw_channel(struct dsi_html *h, const struct dsi_report *report,
                         size_t row, const struct channel *c)
{
    const struct dsi_value name =
        dsi_report_cell(report, row, dsi_report_column_named(report, "channel"));
    const struct dsi_value source =
        dsi_report_cell(report, row, dsi_report_column_named(report, "source"));
    const struct dsi_value cells =
        dsi_report_cell(report, row, dsi_report_column_named(report, "histogram"));
    const bool has_cells = dsi_value_text(&cells) && cells.as.text.n;
    dsi_html(h, "<figure><figcaption>");
    dsi_html_value(h, &name);
    dsi_html(h, " <small class=\"path\">");
    dsi_html_value(h, &source);
    dsi_html(h, "</small></figcaption>\n");
    dsi_svg_begin(h, "plot", WIDTH, has_cells ? HEIGHT : LOW,
                  "Values, mean and percentiles of a channel");
    describe(h, c);
    dsi_svg_described(h);
    dsi_html(h, "<g transform=\"translate(0 %d)\">", has_cells ? 0 : LOW - HEIGHT);
    draw_mean(h, c, has_cells ? TOP : BOX - 14);
    if (has_cells)
        draw_histogram(h, &cells);
    draw_box(h, c);
    dsi_html(h, "<text x=\"%d\" y=\"%d\">", LEFT, HEIGHT - 6);
    dsi_html_number(h, c->of[MIN]);
    dsi_html(h, "</text><text class=\"mid\" x=\"%d\" y=\"%d\">mean ", WIDTH / 2,
             HEIGHT - 6);
    dsi_html_number(h, c->of[MEAN]);
    dsi_html(h, "</text><text class=\"end\" x=\"%d\" y=\"%d\">", RIGHT, HEIGHT - 6);
    dsi_html_number(h, c->of[MAX]);
    dsi_html(h, "</text></g></svg></figure>\n");
}

void dsi_plot_range(struct dsi_html *h, const struct dsi_report *report)
{
    enum { MOST = 24 };
    static const char *const drawn[] = {"histogram", NULL};
    const struct dsi_table table = {
        .report = report, .label = "Channels", .left_out = drawn};
    size_t n = 0, n_drawable = 0;
    dsi_html(h, "<h3>Channels</h3>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        const struct channel channel = look(report, i);
        n_drawable += can_draw(&channel);
        if (can_draw(&channel) && n < MOST) {
            draw_channel(h, report, i, &channel);
            n++;
        }
    }
    dsi_html(h, "</div>\n");
    if (n)
        dsi_html(h, "<p class=\"aside key\">Dashed: the mean, with one standard "
                    "deviation to each side. Box: p25, p50, p75; thick line: p01 to "
                    "p99; thin line: min to max.</p>\n");
    if (n < n_drawable)
        dsi_html(h, "<p class=\"aside\">The first %zu of %zu channels are drawn.</p>\n",
                 n, n_drawable);
    dsi_table_put(h, &table);
}
