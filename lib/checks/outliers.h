/* outliers: the values of each channel that lie beyond limits, which the channel's own
 * values give. */
#ifndef DSI_OUTLIERS_H
#define DSI_OUTLIERS_H

#include "channels.h"

enum dsi_outlier_method {
    DSI_OUTLIER_IQR,
    DSI_OUTLIER_MAD,
    DSI_OUTLIER_ZSCORE,
    DSI_OUTLIER_PERCENTILE,
    DSI_N_OUTLIER_METHODS
};

extern const char *const dsi_outlier_method_names[DSI_N_OUTLIER_METHODS];

/* The largest K of --top. */
enum { DSI_OUTLIER_MAX_ROWS = 1000000 };

struct dsi_outlier_parameters {
    enum dsi_outlier_method method;
    double k;                       /* IQR: so many IQRs off the quartiles */
    double mad_threshold;           /* MAD, and IQR where it falls back to it */
    double z_threshold;             /* ZSCORE */
    double percents[2];             /* PERCENTILE */
    double max_share;               /* finding above */
    uint64_t n_rows;                /* worst rows kept; 0: none are asked for */
    struct dsi_sentinels sentinels; /* borrowed */
};

extern const struct dsi_outlier_parameters dsi_outlier_defaults;

#endif
