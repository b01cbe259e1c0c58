#include "sample_columns.h"

#include "class_index.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum dsi_status check_groups(const struct dsi_dataset *dataset,
                                    struct dsi_error *err)
{
    const size_t n_shown = dsi_dataset_n_shown(dataset);
    if (n_shown == 1 || dataset->n_parts == 1)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--pred-probs has a row for each sample of one split or input, and "
                    "there are %zu: name one (a tree's folder, FILE:ARRAY)",
                    n_shown);
}

/* The position in the class list of every sample of a group. */
static enum dsi_status index_group(struct dsi_sample_columns *columns,
                                   struct dsi_tool_scan *scan, size_t group,
                                   struct dsi_error *err)
{
    const struct dsi_labels_parameters *labels = scan->parameters;
    const struct dsi_class_index_parameters p = {.balance = &labels->classes,
                                                 .group = group,
                                                 .classes = &columns->classes,
                                                 .class_of = columns->of_sample,
                                                 .n_samples = columns->n_samples};
    struct dsi_check_run run = {.check = &dsi_check_class_index, .parameters = &p};
    enum dsi_status status = dsi_tool_scan_again(scan, &run, err);
    dsi_check_run_free(&run);
    return status;
}

/* Groups that are shown are one, or splits of a table that share one class list. */
static enum dsi_status index_samples(struct dsi_sample_columns *columns,
                                     struct dsi_tool_scan *scan, size_t first,
                                     struct dsi_error *err)
{
    const struct dsi_dataset *dataset = &scan->dataset;
    columns->n_samples = dsi_dataset_n_numbered(dataset, first);
    columns->of_sample = dsi_alloc_array(columns->n_samples, sizeof(uint32_t));
    if (!columns->of_sample)
        return dsi_fail_memory(err, columns->n_samples * sizeof(uint32_t));
    memset(columns->of_sample, 0xff, columns->n_samples * sizeof(uint32_t));
    for (size_t g = first; g < dataset->n_groups; g++)
        if (!dataset->groups[g].is_hidden)
            DSI_TRY(index_group(columns, scan, g, err));
    return DSI_OK;
}

static bool are_numbers(const struct dsi_sample_columns *columns,
                        const struct dsi_tool_scan *scan, size_t group)
{
    const struct dsi_labels_parameters *labels = scan->parameters;
    if (labels->classes.n_declared || scan->dataset.groups[group].classes)
        return false;
    for (size_t i = 0; i < columns->classes.n_indexed; i++)
        if (isnan(columns->classes.classes[i].number))
            return false;
    return columns->classes.n_indexed > 0;
}

static uint32_t column_of_number(double number, uint64_t n_columns)
{
    return number >= 0 && number < (double)n_columns && number == floor(number)
               ? (uint32_t)number
               : DSI_NO_CLASS;
}

/* From positions in the class list to columns. */
static void set_columns(struct dsi_sample_columns *columns, uint64_t n_columns)
{
    const struct dsi_balance_class *classes = columns->classes.classes;
    for (uint64_t i = 0; i < columns->n_samples; i++) {
        const uint32_t class = columns->of_sample[i];
        if (class == DSI_NO_CLASS)
            continue;
        if (columns->are_numbers)
            columns->of_sample[i] = column_of_number(classes[class].number, n_columns);
        else if (class >= n_columns)
            columns->of_sample[i] = DSI_NO_CLASS;
    }
}

enum dsi_status dsi_sample_columns_make(struct dsi_sample_columns *columns,
                                        struct dsi_tool_scan *scan, uint64_t n_columns,
                                        struct dsi_error *err)
{
    const struct dsi_labels_state *state = scan->runs[0].state;
    const size_t first = dsi_dataset_first_shown(&scan->dataset);
    *columns = (struct dsi_sample_columns){0};
    DSI_TRY(check_groups(&scan->dataset, err));
    DSI_TRY(dsi_balance_group_make(&columns->classes, &state->counts, first, err));
    columns->source = dsi_dataset_n_shown(&scan->dataset) == 1
                          ? scan->dataset.groups[first].name
                          : scan->inputs.names[0];
    columns->are_numbers = are_numbers(columns, scan, first);
    DSI_TRY(index_samples(columns, scan, first, err));
    set_columns(columns, n_columns);
    return DSI_OK;
}

void dsi_sample_columns_free(struct dsi_sample_columns *columns)
{
    free(columns->of_sample);
    dsi_balance_group_free(&columns->classes);
}

const char *dsi_sample_columns_name(const struct dsi_sample_columns *columns,
                                    uint32_t column, char text[DSI_COLUMN_NAME_SIZE])
{
    if (!columns->are_numbers && column < columns->classes.n_indexed)
        return columns->classes.classes[column].name;
    snprintf(text, DSI_COLUMN_NAME_SIZE, "%" PRIu32, column);
    return text;
}
