/* The class index of every sample of one group: what index plans and
 * sample weights are made from. A fold for a second look, after the classes are known;
 * it takes 4 bytes a sample. */
#ifndef DSI_CLASS_INDEX_H
#define DSI_CLASS_INDEX_H

#include "balance.h"

/* A sample whose label is no class, or was not read. */
#define DSI_NO_CLASS UINT32_MAX

struct dsi_class_index_parameters {
    const struct dsi_balance_parameters
        *balance; /* of the scan that made the classes */
    size_t group; /* whose samples are wanted */
    const struct dsi_balance_group *classes;
    /* n_samples of them, DSI_NO_CLASS to start with. Each block writes its own samples,
     * so threads share it. */
    uint32_t *class_of;
    uint64_t n_samples;
};

extern const struct dsi_check dsi_check_class_index; /* not one of the listed checks */

#endif
