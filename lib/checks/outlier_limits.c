/* Limits of a channel, and how far a value is beyond them. */
#include "outlier.h"

#include <math.h>

/* Of a normal distribution, the MAD in standard deviations (Iglewicz and Hoaglin, "How
 * to Detect and Handle Outliers", 1993, which also has the threshold of 3.5). */
static const double MAD_OF_NORMAL = 0.6745;

const char *const dsi_outlier_method_names[DSI_N_OUTLIER_METHODS] = {
    "iqr", "mad", "zscore", "percentile"};

size_t dsi_outlier_percents(const struct dsi_outlier_parameters *parameters,
                            double percents[2])
{
    switch (parameters->method) {
    case DSI_OUTLIER_IQR:
        percents[0] = 25;
        percents[1] = 75;
        return 2;
    case DSI_OUTLIER_PERCENTILE:
        percents[0] = parameters->percents[0];
        percents[1] = parameters->percents[1];
        return 2;
    case DSI_OUTLIER_MAD:
        percents[0] = percents[1] = 50;
        return 1;
    case DSI_OUTLIER_ZSCORE:
    case DSI_N_OUTLIER_METHODS:
        break;
    }
    return 0;
}

static uint64_t n_ordered(const struct dsi_outlier_channel *channel)
{
    return channel->n - channel->n_nan;
}

static bool is_constant(const struct dsi_outlier_channel *channel)
{
    return n_ordered(channel) && channel->min_key == channel->max_key;
}

/* Limits that are none on one side are none: there is nothing to measure by. */
static void set_limits(struct dsi_outlier_channel *channel, double low, double high)
{
    channel->flags |= DSI_OUTLIER_SETTLED;
    channel->low = low;
    channel->high = high;
    if (!isnan(low) && !isnan(high))
        return;
    channel->low = channel->high = NAN;
    if (n_ordered(channel))
        channel->flags |= DSI_OUTLIER_NO_SCALE;
}

void dsi_outlier_settle_mad(struct dsi_outlier_channel *channel,
                            const struct dsi_outlier_parameters *parameters, double mad)
{
    const double centre = channel->centre;
    channel->scale = mad;
    if (is_constant(channel))
        set_limits(channel, centre, centre);
    else if (mad == 0)
        set_limits(channel, NAN, NAN);
    else {
        const double reach = parameters->mad_threshold * mad / MAD_OF_NORMAL;
        set_limits(channel, centre - reach, centre + reach);
    }
}

static void settle_iqr(struct dsi_outlier_channel *channel,
                       const struct dsi_outlier_parameters *parameters, double q1,
                       double q3)
{
    if (q1 == q3) {
        /* The median lies between them. */
        channel->method = DSI_OUTLIER_MAD;
        channel->centre = q1;
        if (is_constant(channel))
            dsi_outlier_settle_mad(channel, parameters, 0);
        return;
    }
    channel->scale = q3 - q1;
    const double reach = parameters->k > 0 ? parameters->k * channel->scale : 0;
    set_limits(channel, q1 - reach, q3 + reach);
}

void dsi_outlier_settle(struct dsi_outlier_channel *channel,
                        const struct dsi_outlier_parameters *parameters,
                        const double percentiles[2])
{
    channel->method = parameters->method;
    channel->centre = channel->scale = NAN;
    if (parameters->method == DSI_OUTLIER_IQR) {
        settle_iqr(channel, parameters, percentiles[0], percentiles[1]);
    } else if (parameters->method == DSI_OUTLIER_PERCENTILE) {
        channel->scale = percentiles[1] - percentiles[0];
        set_limits(channel, percentiles[0], percentiles[1]);
    } else {
        channel->centre = percentiles[0];
        if (isnan(channel->centre))
            set_limits(channel, NAN, NAN);
        else if (is_constant(channel))
            dsi_outlier_settle_mad(channel, parameters, 0);
    }
}

void dsi_outlier_settle_moments(struct dsi_outlier_channel *channel,
                                const struct dsi_outlier_parameters *parameters,
                                const struct dsi_moments *moments)
{
    const double reach = parameters->z_threshold * moments->std;
    channel->method = DSI_OUTLIER_ZSCORE;
    channel->centre = moments->mean;
    channel->scale = moments->std;
    set_limits(channel, moments->mean - reach, moments->mean + reach);
}

void dsi_outlier_count_known(struct dsi_outlier_channel *channel,
                             struct dsi_dtype dtype, const struct dsi_key_counts *keys)
{
    const struct dsi_beyond_bounds bounds =
        dsi_beyond_bounds_of(dtype, channel->low, channel->high);
    struct dsi_beyond_count count = {0};
    if (keys)
        count = dsi_key_counts_beyond(keys, &bounds);
    else if (n_ordered(channel) && (dsi_beyond_side(dtype, &bounds, channel->min_key) ||
                                    dsi_beyond_side(dtype, &bounds, channel->max_key)))
        return;
    channel->n_low = count.n_low;
    channel->n_high = count.n_high;
    channel->flags |= DSI_OUTLIER_COUNTED;
}

double dsi_outlier_score(const struct dsi_outlier_channel *channel, double value)
{
    const bool by_fence =
        channel->method == DSI_OUTLIER_IQR || channel->method == DSI_OUTLIER_PERCENTILE;
    if (isinf(value) || channel->scale == 0)
        return INFINITY;
    double distance = fabs(value - channel->centre);
    if (by_fence)
        distance = value < channel->low ? channel->low - value : value - channel->high;
    if (channel->method == DSI_OUTLIER_MAD)
        distance *= MAD_OF_NORMAL;
    const double score = distance / channel->scale;
    return score >= 0 ? score : INFINITY;
}
