/* Which column of a model's probabilities each sample's label is. */
#ifndef DSI_SAMPLE_COLUMNS_H
#define DSI_SAMPLE_COLUMNS_H

#include "labels.h"
#include "scan_tool.h"

struct dsi_sample_columns {
    uint32_t *of_sample; /* UINT32_MAX: its label is no column */
    uint64_t n_samples;
    const char *source; /* of the samples; borrowed from the dataset */
    /* Classes that have a name stand in the order of the columns; others are numbers,
     * and a number is its column. */
    struct dsi_balance_group classes;
    bool are_numbers;
};

/* Looks at the labels once more. One group is looked at, or all splits of one table,
 * whose rows are numbered through; else DSI_ERR_USAGE. The caller frees it, also on
 * failure. */
DSI_CHECKED enum dsi_status dsi_sample_columns_make(struct dsi_sample_columns *columns,
                                                    struct dsi_tool_scan *scan,
                                                    uint64_t n_columns,
                                                    struct dsi_error *err);
void dsi_sample_columns_free(struct dsi_sample_columns *columns);

/* The label that a column stands for. Returns text or a name. */
enum { DSI_COLUMN_NAME_SIZE = 24 };
const char *dsi_sample_columns_name(const struct dsi_sample_columns *columns,
                                    uint32_t column, char text[DSI_COLUMN_NAME_SIZE]);

#endif
