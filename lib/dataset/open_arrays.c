/* Opens array files: which arrays are described, valued, or joined with labels. */
#include "find_array.h"
#include "join_labels.h"
#include "open_labels.h"
#include "value_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values
 * ----------------------------------------------------------------------------- */

/* As many samples as there are both values and labels of. Rows missing in the file have
 * a finding of their own: lengths differ where the headers do. */
static enum dsi_status match_lengths(const struct dsi_opening *opening,
                                     struct dsi_rows_layout *rows,
                                     const struct dsi_array *values,
                                     struct dsi_error *err)
{
    const struct dsi_array *labels =
        &rows->labels.file->file.arrays[rows->labels.array];
    uint64_t n_values = dsi_array_n_rows(values), n_labels = dsi_array_n_rows(labels);
    if (dsi_array_n_rows_there(values) < rows->n_rows)
        rows->n_rows = dsi_array_n_rows_there(values);
    return dsi_labels_tell_lengths(opening, rows->labels.file, n_labels, n_values, err);
}

static enum dsi_status open_labelled(const struct dsi_opening *opening,
                                     struct dsi_open_file *file, size_t array,
                                     const struct dsi_rows_layout *with_labels,
                                     struct dsi_error *err)
{
    struct dsi_rows_layout rows = *with_labels;
    rows.values = (struct dsi_column_ref){.file = file, .array = array};
    DSI_TRY(match_lengths(opening, &rows, &file->file.arrays[array], err));
    return dsi_labels_add(opening, &rows, err);
}

/* The input without its selector. */
static size_t path_length(const struct dsi_opening *opening, const char *selector)
{
    return strlen(opening->input) - (selector ? strlen(selector) + 1 : 0);
}

/* The group of one of several arrays is called after the array; where there are several
 * inputs, "FILE:ARRAY". The caller frees it. */
static char *group_name(const struct dsi_opening *opening, const char *selector,
                        const char *array)
{
    struct dsi_bytes name = {0};
    size_t n_path = path_length(opening, selector);
    enum dsi_status status = DSI_OK;
    if (opening->dataset->has_many_inputs) {
        status = dsi_bytes_append(&name, opening->input, n_path, NULL);
        if (status == DSI_OK)
            status = dsi_bytes_append(&name, ":", 1, NULL);
    }
    if (status == DSI_OK)
        status = dsi_bytes_append(&name, array, strlen(array) + 1, NULL);
    if (status != DSI_OK)
        dsi_bytes_free(&name);
    return (char *)name.data;
}

/* Names n channels of the group after n arrays of the file from first on. */
static enum dsi_status name_channels(struct dsi_group *group,
                                     const struct dsi_file *file, size_t first,
                                     size_t n, struct dsi_error *err)
{
    struct dsi_channels *channels = &group->channels;
    channels->columns = dsi_alloc_zeroed(n, sizeof *channels->columns);
    channels->n = n;
    if (!channels->columns)
        return dsi_fail_memory(err, n * sizeof *channels->columns);
    for (size_t i = 0; i < n; i++) {
        const char *name = file->arrays[first + i].name;
        channels->columns[i] = dsi_text_copy(name, strlen(name));
        if (!channels->columns[i])
            return dsi_fail_memory(err, strlen(name));
    }
    return DSI_OK;
}

/* Columns of a table and fields of a record are channels of the file; any other array,
 * so a field of several values, is a source of its own: FILE:ARRAY where the file has
 * several. */
static enum dsi_status name_source(const struct dsi_opening *opening,
                                   struct dsi_group *group,
                                   const struct dsi_open_file *file, size_t array,
                                   const char *selector, struct dsi_error *err)
{
    const char *format = file->file.format->name, *name = file->file.arrays[array].name;
    const size_t n_path = path_length(opening, selector);
    struct dsi_bytes source = {0};
    if (!name)
        return DSI_OK;
    if ((strcmp(format, "csv") == 0 || strcmp(format, "npy") == 0) &&
        dsi_array_row_items(&file->file.arrays[array]) == 1) {
        DSI_TRY(dsi_group_set_source(group, opening->input, n_path, err));
        return name_channels(group, &file->file, array, 1, err);
    }
    if (file->file.n_arrays == 1)
        return DSI_OK;
    enum dsi_status status = dsi_bytes_append(&source, opening->input, n_path, err);
    if (status == DSI_OK)
        status = dsi_bytes_append(&source, ":", 1, err);
    if (status == DSI_OK)
        status = dsi_bytes_append(&source, name, strlen(name), err);
    if (status == DSI_OK)
        status = dsi_group_set_source(group, (const char *)source.data, source.n, err);
    dsi_bytes_free(&source);
    return status;
}

/* Labels from another array of the file; SIZE_MAX: none. */
static enum dsi_status add_joined(const struct dsi_opening *opening,
                                  struct dsi_rows_layout *rows, size_t labels,
                                  size_t group, struct dsi_error *err)
{
    if (labels == SIZE_MAX)
        return DSI_OK;
    struct dsi_open_file *file = rows->values.file;
    const struct dsi_array *array = &file->file.arrays[labels];
    rows->labels = (struct dsi_column_ref){.file = file, .array = labels};
    rows->names_for_labels = dsi_names_need_text(array);
    rows->n_rows = dsi_array_n_rows_there(array);
    DSI_TRY(match_lengths(opening, rows, &file->file.arrays[rows->values.array], err));
    return dsi_labels_tell_group(opening->dataset, group, array, err);
}

static enum dsi_status open_values(const struct dsi_opening *opening,
                                   struct dsi_open_file *file, size_t array,
                                   size_t labels, const char *selector,
                                   const char *group, struct dsi_error *err)
{
    size_t added;
    struct dsi_rows_layout rows = {
        .values = {.file = file, .array = array},
        .n_rows = dsi_array_n_rows_there(&file->file.arrays[array])};
    DSI_TRY(dsi_dataset_add_group(opening->dataset, group, &added, err));
    DSI_TRY(name_source(opening, &opening->dataset->groups[added], file, array,
                        selector, err));
    DSI_TRY(add_joined(opening, &rows, labels, added, err));
    return dsi_layout_rows_add(opening, &rows, added, err);
}

/* One of several arrays: what cannot be read is a finding, and the rest goes on. */
static enum dsi_status open_one_of_many(const struct dsi_opening *opening,
                                        struct dsi_open_file *file, size_t array,
                                        size_t labels, const char *selector,
                                        size_t *n_opened, struct dsi_error *err)
{
    const struct dsi_array *values = &file->file.arrays[array];
    struct dsi_error reason;
    if (dsi_array_check_readable(values, &reason) != DSI_OK)
        return dsi_opening_find(opening, dsi_status_rule(reason.status), DSI_ERROR,
                                file->name, err, "%s", reason.message);
    char *group = group_name(opening, selector, values->name ? values->name : "");
    if (!group)
        return dsi_fail_memory(err, strlen(opening->input));
    enum dsi_status status =
        open_values(opening, file, array, labels, selector, group, err);
    free(group);
    *n_opened += status == DSI_OK;
    return status;
}

/* All columns of a table are read at once, for each of them costs as much as all. */
static bool is_table(const struct dsi_opening *opening,
                     const struct dsi_open_file *file,
                     const struct dsi_array_list *list)
{
    return file->file.format->read_table && opening->dataset->options.channel_axis &&
           list->n > 1 && list->n == file->file.n_arrays && list->n <= DSI_MAX_CHANNELS;
}

static enum dsi_status open_table(const struct dsi_opening *opening,
                                  struct dsi_open_file *file, struct dsi_error *err)
{
    const size_t n = file->file.n_arrays;
    struct dsi_rows_layout rows = {.values = {.file = file}};
    size_t group;
    DSI_TRY(dsi_dataset_add_group(opening->dataset, opening->input, &group, err));
    DSI_TRY(name_channels(&opening->dataset->groups[group], &file->file, 0, n, err));
    struct dsi_array *table = dsi_alloc_zeroed(1, sizeof *table);
    if (!table)
        return dsi_fail_memory(err, sizeof *table);
    rows.values.table = table;
    rows.n_rows = dsi_array_n_rows_there(&file->file.arrays[0]);
    *table = (struct dsi_array){.dtype = file->file.arrays[0].dtype,
                                .n_dims = 2,
                                .shape = {file->file.arrays[0].shape[0], n}};
    for (size_t i = 0; i < n; i++)
        table->n_bytes_stored += file->file.arrays[i].n_bytes_stored;
    enum dsi_status status = dsi_array_check(table, err);
    if (status != DSI_OK) {
        dsi_layout_rows_clear(&rows);
        return status;
    }
    return dsi_layout_rows_add(opening, &rows, group, err);
}

static enum dsi_status open_all_values(const struct dsi_opening *opening,
                                       struct dsi_open_file *file, const char *selector,
                                       const struct dsi_array_list *list,
                                       struct dsi_error *err)
{
    if (list->n == 1) {
        DSI_TRY(dsi_array_check_readable(&file->file.arrays[list->at[0]], err));
        return open_values(opening, file, list->at[0], SIZE_MAX, selector,
                           opening->input, err);
    }
    if (is_table(opening, file, list))
        return open_table(opening, file, err);
    struct dsi_label_join join;
    size_t n_opened = 0;
    DSI_TRY(dsi_labels_join(opening, file, list, &join, err));
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; i < list->n && status == DSI_OK; i++)
        if (!join.is_labels[i])
            status = open_one_of_many(opening, file, list->at[i], join.labels[i],
                                      selector, &n_opened, err);
    dsi_label_join_free(&join);
    DSI_TRY(status);
    if (n_opened)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_UNSUPPORTED, "none of its %zu arrays can be read",
                    list->n);
}

/* The array that labels of n rows belong to: the only one of the list, or else the
 * first of that many rows which is not the labels themselves. */
static enum dsi_status find_labelled(const struct dsi_open_file *file,
                                     const struct dsi_array_list *list,
                                     const struct dsi_rows_layout *labels,
                                     size_t *array, struct dsi_error *err)
{
    char names[400];
    const struct dsi_array *y = &labels->labels.file->file.arrays[labels->labels.array];
    *array = list->at[0];
    for (size_t i = 0; i < list->n; i++) {
        const struct dsi_array *values = &file->file.arrays[list->at[i]];
        bool is_itself = strcmp(file->name, labels->labels.file->name) == 0 &&
                         list->at[i] == labels->labels.array;
        *array = list->at[i];
        if (list->n == 1 || (values->status == DSI_OK && !is_itself &&
                             dsi_array_n_rows(values) == dsi_array_n_rows(y)))
            return dsi_array_check_readable(values, err);
    }
    return dsi_fail(err, DSI_ERR_USAGE,
                    "which array do the %llu labels belong to? say FILE:NAME with one "
                    "of: %s",
                    (unsigned long long)dsi_array_n_rows(y),
                    dsi_array_names(&file->file, list, names, sizeof names));
}

/* --- headers alone
 * ---------------------------------------------------------------------- */

/* The rows of the longest array. */
static uint64_t longest(const struct dsi_file *file, const struct dsi_array_list *list)
{
    uint64_t n_rows = 0;
    for (size_t i = 0; i < list->n; i++) {
        uint64_t n = dsi_array_n_rows(&file->arrays[list->at[i]]);
        n_rows = n > n_rows ? n : n_rows;
    }
    return n_rows;
}

static enum dsi_status describe(const struct dsi_opening *opening,
                                struct dsi_open_file *file, const char *selector,
                                const struct dsi_array_list *list,
                                struct dsi_error *err)
{
    size_t group;
    DSI_TRY(dsi_dataset_add_group(opening->dataset, opening->input, &group, err));
    struct dsi_rows_layout rows = {
        .values = {.file = file, .array = list->n ? list->at[0] : 0},
        .whole_file = list->is_group || list->n == 0,
        .n_rows = longest(&file->file, list)};
    if (list->is_group && selector) {
        rows.below = dsi_text_copy(selector, strlen(selector));
        if (!rows.below)
            return dsi_fail_memory(err, strlen(selector));
    }
    return dsi_layout_rows_add(opening, &rows, group, err);
}

/* --- all of them
 * ------------------------------------------------------------------------ */

/* Failures of the labels are found there, not in the data. */
static enum dsi_status blame_labels(const struct dsi_opening *opening,
                                    enum dsi_status status,
                                    const struct dsi_error *reason,
                                    struct dsi_error *err)
{
    char where[400];
    if (status == DSI_OK)
        return DSI_OK;
    if (status == DSI_ERR_MEMORY || status == DSI_ERR_INTERRUPTED) {
        *err = *reason;
        return status;
    }
    snprintf(where, sizeof where, "--labels=%s", opening->dataset->options.labels);
    opening->dataset->n_failed_inputs++;
    return dsi_opening_find(opening, dsi_status_rule(status), DSI_ERROR, where, err,
                            "%s", reason->message);
}

static enum dsi_status open_list(const struct dsi_opening *opening,
                                 struct dsi_open_file *file, const char *selector,
                                 const struct dsi_array_list *list,
                                 struct dsi_open_file *labels,
                                 const char *labels_selector, struct dsi_error *err)
{
    size_t array;
    struct dsi_rows_layout rows;
    unsigned need = opening->dataset->options.need;
    if (need & DSI_NEED_FILES || !(need & (DSI_NEED_LABELS | DSI_NEED_VALUES)))
        return describe(opening, file, selector, list, err);
    if (list->n == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "holds no arrays");
    if (!labels)
        return open_all_values(opening, file, selector, list, err);
    struct dsi_error reason;
    enum dsi_status status =
        dsi_labels_find(opening, labels, labels_selector, &rows, &reason);
    if (status != DSI_OK)
        return blame_labels(opening, status, &reason, err);
    DSI_TRY(find_labelled(file, list, &rows, &array, err));
    return open_labelled(opening, file, array, &rows, err);
}

enum dsi_status dsi_layout_arrays_open(const struct dsi_opening *opening,
                                       struct dsi_open_file *file, const char *selector,
                                       struct dsi_open_file *labels,
                                       const char *labels_selector,
                                       struct dsi_error *err)
{
    const struct dsi_dataset_options *options = &opening->dataset->options;
    if (!labels && options->need & DSI_NEED_LABELS &&
        (options->values_beside_labels ||
         !(options->need & (DSI_NEED_VALUES | DSI_NEED_FILES))))
        return dsi_labels_add_file(opening, file, selector, err);
    struct dsi_array_list list = {0};
    DSI_TRY(dsi_array_list_find(&list, &file->file, selector, err));
    enum dsi_status status =
        open_list(opening, file, selector, &list, labels, labels_selector, err);
    dsi_array_list_free(&list);
    return status;
}
