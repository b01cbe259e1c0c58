/* Confident learning (lib/stats/confident.h) over the rows of an array of
 * probabilities: a fold of several looks, whose workers share what is known of samples.
 * Its state can be neither saved nor loaded: it is not one of the listed checks. */
#ifndef DSI_CHECK_CONFIDENT_H
#define DSI_CHECK_CONFIDENT_H

#include "check.h"
#include "confident.h"

struct dsi_confident_check_parameters {
    struct dsi_confident *confident; /* filled by the scan */
};

extern const struct dsi_check dsi_check_confident;

#endif
