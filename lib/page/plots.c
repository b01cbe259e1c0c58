#include "parts.h"

const struct dsi_plot dsi_plots[] = {
    {"check", dsi_plot_check},       {"balance", dsi_plot_balance},
    {"labels", dsi_plot_labels},     {"missing", dsi_plot_missing},
    {"outliers", dsi_plot_outliers}, {"range", dsi_plot_range},
    {"dups", dsi_plot_dups},         {"images", dsi_plot_images},
    {"diff", dsi_plot_diff},         {NULL, NULL},
};
