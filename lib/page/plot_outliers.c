/* outliers: how far the values of a channel reach beyond its limits. */
#include "parts.h"

#include <string.h>

enum { WIDTH = 200, HEIGHT = 20, LEFT = 6, RIGHT = 194, MIDDLE = 10 };

struct strip {
    double low, high, min, max;
    bool has_low, has_high, has_min, has_max;
};

static bool number_at(const struct dsi_report *report, size_t row, const char *name,
                      double *number)
{
    const struct dsi_value value =
        dsi_report_cell(report, row, dsi_report_column_named(report, name));
    *number = 0;
    return dsi_value_number(&value, number);
}

/* From the least of what is known to the greatest; false where that is nothing. */
static bool extent(const struct strip *s, double *from, double *to)
{
    const double all[] = {s->low, s->high, s->min, s->max};
    const bool has[] = {s->has_low, s->has_high, s->has_min, s->has_max};
    bool any = false;
    for (int i = 0; i < 4; i++) {
        if (!has[i])
            continue;
        *from = any && *from < all[i] ? *from : all[i];
        *to = any && *to > all[i] ? *to : all[i];
        any = true;
    }
    return any && *to > *from;
}

static double across(double value, double from, double to)
{
    return LEFT + (RIGHT - LEFT) * ((value / 2 - from / 2) / (to / 2 - from / 2));
}

static void draw_reach(struct dsi_html *h, const struct strip *s, double from,
                       double to)
{
    const double min = s->has_min ? across(s->min, from, to) : 0;
    const double max = s->has_max ? across(s->max, from, to) : WIDTH;
    const double low = s->has_low ? across(s->low, from, to) : min;
    const double high = s->has_high ? across(s->high, from, to) : max;
    dsi_html(h,
             "<rect class=\"band\" x=\"%g\" y=\"2\" width=\"%g\" height=\"16\" "
             "rx=\"2\"/><path class=\"axis\" d=\"M%g %dH%g\"/>",
             low, high > low ? high - low : 1, min, MIDDLE, max);
    if (min < low)
        dsi_html(h, "<path class=\"beyond\" d=\"M%g %dH%gM%g %dv8\"/>", min, MIDDLE,
                 low, min, MIDDLE - 4);
    if (max > high)
        dsi_html(h, "<path class=\"beyond\" d=\"M%g %dH%gM%g %dv8\"/>", high, MIDDLE,
                 max, max, MIDDLE - 4);
    dsi_html(h, "<path class=\"limit\" d=\"M%g 2v16M%g 2v16\"/>", low, high);
}

static void draw_strip(struct dsi_html *h, const struct dsi_report *report, size_t row,
                       void *context)
{
    struct strip s;
    double from = 0, to = 0;
    (void)context;
    s.has_low = number_at(report, row, "low", &s.low);
    s.has_high = number_at(report, row, "high", &s.high);
    s.has_min = number_at(report, row, "min", &s.min);
    s.has_max = number_at(report, row, "max", &s.max);
    if (!extent(&s, &from, &to))
        return;
    dsi_html(h,
             "<svg class=\"strip\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
             "aria-hidden=\"true\">",
             WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_reach(h, &s, from, to);
    dsi_html(h, "</svg>");
}

void dsi_plot_outliers(struct dsi_html *h, const struct dsi_report *report)
{
    const bool has_limits = dsi_report_column_named(report, "low") != SIZE_MAX;
    const struct dsi_table table = {.report = report,
                                    .label = "Channels and their limits",
                                    .drawn_heading = "reach",
                                    .draw = has_limits ? draw_strip : NULL};
    dsi_html(h, "<h3>%s</h3>\n", has_limits ? "Channels" : "Rows");
    if (has_limits)
        dsi_html(h, "<p class=\"aside key\">The band is what lies within the limits; "
                    "the line goes from the least value to the greatest, and is thick "
                    "beyond them.</p>\n");
    dsi_table_put(h, &table);
}
