/* What integer labels are called: enumerations and lists of class names that a file
 * brings with it. */
#ifndef DSI_VALUE_NAMES_H
#define DSI_VALUE_NAMES_H

#include "dataset.h"

/* Whether the array's values have names that apply: integers and bools do. */
bool dsi_array_has_names(const struct dsi_array *array);

/* Whether a has the same names for the same values as b. */
bool dsi_names_are_equal(const struct dsi_array *a, const struct dsi_array *b);

/* Whether labels of this array are to be taken by name. Integers of a class list serve
 * as they are, as positions in it; but for names that are numbers themselves. */
bool dsi_names_need_text(const struct dsi_array *array);

/* Writes struct dsi_string for n values of the array into names, the number itself for
 * a value without a name. The strings point into the file's names and into numbers.
 * Both are overwritten. */
DSI_CHECKED enum dsi_status dsi_names_of_values(const struct dsi_array *array,
                                                const void *values, uint64_t n,
                                                struct dsi_bytes *names,
                                                struct dsi_bytes *numbers,
                                                struct dsi_error *err);

/* Adds the array's missing values to those labels of the group that say there is none,
 * under the names that its labels have. */
DSI_CHECKED enum dsi_status dsi_group_add_absent(struct dsi_group *group,
                                                 const struct dsi_array *array,
                                                 bool as_text, struct dsi_error *err);

/* Gives the group the array's names for its class list. */
DSI_CHECKED enum dsi_status dsi_group_set_names(struct dsi_group *group,
                                                const struct dsi_array *array,
                                                struct dsi_error *err);

#endif
