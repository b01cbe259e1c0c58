/* The class list that counted labels make: which labels are classes, and in which
 * order. */
#ifndef DSI_CLASS_ORDER_H
#define DSI_CLASS_ORDER_H

#include "balance.h"

/* Names in index order; the caller's, dsi_class_order_free. */
struct dsi_class_order {
    char **names;
    size_t n;
};

/* From the labels of groups first to first + n_groups - 1 of a state, pooled: the
 * splits of one table share their classes. Labels that say there is none are left out.
 * Order: as numpy.unique; labels of a text table that are all numbers come by value,
 * and what pandas takes for missing ("NA", "nan", "None", ...) is then no class. */
DSI_CHECKED enum dsi_status dsi_class_order_make(struct dsi_class_order *order,
                                                 const struct dsi_balance *balance,
                                                 size_t first, size_t n_groups,
                                                 struct dsi_error *err);
/* The number a name spells in decimal, infinities included, or NaN. */
double dsi_class_number_of(const char *name);

void dsi_class_order_free(struct dsi_class_order *order);

#endif
