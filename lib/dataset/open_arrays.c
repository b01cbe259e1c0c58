/* Opens array files: which array is meant, which one holds labels, which one splits. */
#include "class_table.h"
#include "rows_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SPLITS = 64 };

static const char *const label_names[] = {"label",   "labels",   "class", "class_name",
                                          "target",  "category", "y",     "species",
                                          "classes", "targets",  NULL};
static const char *const split_names[] = {"split", "subset",    "set",
                                          "fold",  "partition", NULL};

/* --- choosing an array
 * ------------------------------------------------------------------ */

static size_t find_known(const struct dsi_file *file, const char *const *names)
{
    for (; *names; names++)
        for (size_t i = 0; i < file->n_arrays; i++)
            if (file->arrays[i].name && strcasecmp(file->arrays[i].name, *names) == 0)
                return i;
    return SIZE_MAX;
}

/* "a, b, c" of the file's arrays, for messages. */
static const char *list_names(const struct dsi_file *file, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < file->n_arrays && n < size - 48; i++) {
        const char *name = file->arrays[i].name ? file->arrays[i].name : "";
        size_t k = strlen(name) < 40 ? strlen(name) : 40;
        if (n) {
            memcpy(text + n, ", ", 2);
            n += 2;
        }
        memcpy(text + n, name, k);
        n += k;
        text[n] = '\0';
    }
    return text;
}

/* A column may also be called by its number, from 0. */
static size_t find_by_number(const struct dsi_file *file, const char *selector)
{
    char *end;
    unsigned long long n = strtoull(selector, &end, 10);
    if (selector[0] < '0' || selector[0] > '9' || *end || n >= file->n_arrays)
        return SIZE_MAX;
    return (size_t)n;
}

static enum dsi_status select_array(const struct dsi_file *file, const char *selector,
                                    size_t *array, struct dsi_error *err)
{
    *array = dsi_file_find(file, selector);
    if (*array == SIZE_MAX)
        *array = find_by_number(file, selector);
    char names[512];
    if (*array != SIZE_MAX)
        return DSI_OK;
    if (file->n_arrays == 1 && !file->arrays[0].name)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "holds one array without a name: no ':%s' in it", selector);
    return dsi_fail(err, DSI_ERR_USAGE, "has no '%s'; it has: %s", selector,
                    list_names(file, names, sizeof names));
}

static bool is_text_table(const struct dsi_file *file)
{
    return strcmp(file->format->name, "csv") == 0;
}

static bool has_header(const struct dsi_file *file)
{
    return file->n_arrays && file->arrays[0].note &&
           strncmp(file->arrays[0].note, "header", 6) == 0;
}

/* The array of labels: the one selected, the only one, the one with a label's name, or
 * the second of a headerless path,label[,split] table. */
static enum dsi_status choose_labels(const struct dsi_file *file, const char *selector,
                                     size_t *array, struct dsi_error *err)
{
    char names[512];
    if (selector)
        return select_array(file, selector, array, err);
    *array = file->n_arrays == 1 ? 0 : find_known(file, label_names);
    if (*array == SIZE_MAX && is_text_table(file) && !has_header(file) &&
        (file->n_arrays == 2 || file->n_arrays == 3))
        *array = 1;
    if (*array == SIZE_MAX)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "which of its columns or arrays holds the labels? say "
                        "FILE:NAME with one of: %s",
                        list_names(file, names, sizeof names));
    return DSI_OK;
}

static size_t choose_splits(const struct dsi_file *file, const char *selector)
{
    if (!is_text_table(file) || selector)
        return SIZE_MAX;
    if (has_header(file))
        return find_known(file, split_names);
    return file->n_arrays == 3 ? 2 : SIZE_MAX;
}

static enum dsi_status check_labels(const struct dsi_array *array,
                                    struct dsi_error *err)
{
    char dtype[DSI_DTYPE_NAME_SIZE];
    switch (array->dtype.kind) {
    case DSI_COMPLEX:
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
    case DSI_VOID:
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "values of type %s are no labels",
                        dsi_dtype_name(array->dtype, dtype));
    default:
        break;
    }
    if (array->dtype.size == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "labels of type %s hold nothing",
                        dsi_dtype_name(array->dtype, dtype));
    if (array->n_dims == 1 || (dsi_array_row_items(array) == 1 && array->n_dims > 1))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "labels are one value a sample, and this array has %d dimensions "
                    "(one-hot rows: "
                    "save numpy.argmax(y, axis=1)); "
                    "name the labels with --labels=INPUT",
                    array->n_dims);
}

/* --- splits of a table
 * ------------------------------------------------------------------ */

/* The different names in the column of splits, sorted. */
static enum dsi_status list_splits(struct dsi_rows_layout *rows, struct dsi_error *err)
{
    struct dsi_file *file = &rows->splits.file->file;
    const uint64_t per_read =
        dsi_layout_rows_per_block(&file->arrays[rows->splits.array]);
    struct dsi_rows buffer = {0};
    struct dsi_class_count *found = NULL;
    struct dsi_class_table *table = dsi_class_table_new(MAX_SPLITS);
    enum dsi_status status = table ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
    for (uint64_t at = 0; at < rows->n_rows && status == DSI_OK; at += per_read) {
        uint64_t n = rows->n_rows - at < per_read ? rows->n_rows - at : per_read;
        status = dsi_file_read(file, rows->splits.array, at, n, &buffer, err);
        if (status == DSI_OK)
            status = dsi_class_table_add(table, file->arrays[rows->splits.array].dtype,
                                         buffer.values.data, n, at, err);
    }
    if (status == DSI_OK)
        status = dsi_class_table_sorted(table, &found, err);
    uint64_t n_found = status == DSI_OK ? dsi_class_table_n(table) : 0;
    if (status == DSI_OK &&
        !(rows->split_names = dsi_alloc_zeroed(n_found, sizeof(char *))))
        status = dsi_fail_memory(err, n_found * sizeof(char *));
    for (uint64_t i = 0; i < n_found && status == DSI_OK; i++) {
        const struct dsi_label *label = &found[i].label;
        rows->split_names[i] = dsi_text_copy(label->as.text.bytes, label->as.text.n);
        if (!rows->split_names[i])
            status = dsi_fail_memory(err, label->as.text.n);
        else
            rows->n_splits++;
    }
    free(found);
    dsi_class_table_free(table);
    dsi_rows_free(&buffer);
    return status;
}

/* --- the parts
 * -------------------------------------------------------------------------- */

/* The groups of a table: its splits, which share one class list, or the whole of it. */
static enum dsi_status add_groups(const struct dsi_opening *opening,
                                  const struct dsi_rows_layout *rows, size_t *first,
                                  struct dsi_error *err)
{
    struct dsi_dataset *dataset = opening->dataset;
    size_t n_groups = rows->n_splits > 1 ? rows->n_splits : 1;
    *first = dataset->n_groups;
    for (size_t s = 0; s < n_groups; s++) {
        size_t added;
        const char *name = rows->n_splits > 1 ? rows->split_names[s] : opening->input;
        DSI_TRY(dsi_dataset_add_group(dataset, name, &added, err));
        struct dsi_group *group = &dataset->groups[added];
        group->labels_are_text = is_text_table(&rows->labels.file->file);
        if (n_groups > 1) {
            group->first_sibling = *first;
            group->n_siblings = n_groups;
        }
    }
    dataset->has_splits |= n_groups > 1;
    return DSI_OK;
}

/* Hides all groups of the table but the one of --split. */
static enum dsi_status select_split(struct dsi_dataset *dataset,
                                    const struct dsi_rows_layout *rows, size_t first,
                                    struct dsi_error *err)
{
    char known[256] = "";
    const char *wanted = dataset->options.split;
    bool found = false;
    for (size_t s = 0; s < rows->n_splits; s++) {
        size_t n = strlen(known);
        bool is_wanted = strcmp(rows->split_names[s], wanted) == 0;
        if (rows->n_splits > 1)
            dataset->groups[first + s].is_hidden = !is_wanted;
        found |= is_wanted;
        snprintf(known + n, sizeof known - n, "%s%s", s ? ", " : "",
                 rows->split_names[s]);
    }
    if (found)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE, "has no split '%s'; it has: %s", wanted,
                    rows->n_splits ? known : "no column of splits");
}

static enum dsi_status add_labels(const struct dsi_opening *opening,
                                  struct dsi_rows_layout *rows, struct dsi_error *err)
{
    size_t group = 0;
    enum dsi_status status = DSI_OK;
    if (rows->splits.file)
        status = list_splits(rows, err);
    if (status == DSI_OK)
        status = add_groups(opening, rows, &group, err);
    if (status == DSI_OK && opening->dataset->options.split)
        status = select_split(opening->dataset, rows, group, err);
    if (status != DSI_OK) {
        dsi_layout_rows_free_splits(rows);
        return status;
    }
    if (rows->n_splits <= 1)
        rows->splits.file = NULL;
    return dsi_layout_rows_add(opening, rows, group, err);
}

/* What was assumed about where labels stand. */
static enum dsi_status note_labels(const struct dsi_opening *opening,
                                   const struct dsi_rows_layout *rows,
                                   struct dsi_error *err)
{
    const struct dsi_file *file = &rows->labels.file->file;
    const struct dsi_array *labels = &file->arrays[rows->labels.array];
    if (is_text_table(file) && file->n_arrays == 1 && !has_header(file))
        return dsi_opening_find(opening, "assumed", DSI_NOTE, rows->labels.file->name,
                                err, "every line is taken for a label (no header)");
    if (!labels->name)
        return DSI_OK;
    return dsi_opening_find(
        opening, "assumed", DSI_NOTE, rows->labels.file->name, err,
        "labels are read from column '%s'%s%s%s%s%s%s", labels->name,
        rows->splits.file ? ", splits from '" : "",
        rows->splits.file ? file->arrays[rows->splits.array].name : "",
        rows->splits.file ? "'" : "", is_text_table(file) ? " (" : "",
        is_text_table(file) ? labels->note : "", is_text_table(file) ? ")" : "");
}

static uint64_t n_rows_there(const struct dsi_array *array)
{
    return dsi_array_n_rows(array) - array->n_rows_missing;
}

/* The input is itself where the labels are, or --labels names where. */
static enum dsi_status open_labels(const struct dsi_opening *opening,
                                   struct dsi_open_file *labels, const char *selector,
                                   struct dsi_rows_layout *rows, struct dsi_error *err)
{
    rows->labels.file = labels;
    DSI_TRY(choose_labels(&labels->file, selector, &rows->labels.array, err));
    const struct dsi_array *array = &labels->file.arrays[rows->labels.array];
    DSI_TRY(check_labels(array, err));
    rows->n_rows = n_rows_there(array);
    size_t splits = choose_splits(&labels->file, selector);
    if (splits != SIZE_MAX && splits != rows->labels.array)
        rows->splits = (struct dsi_column_ref){.file = labels, .array = splits};
    return selector ? DSI_OK : note_labels(opening, rows, err);
}

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
    if (n_rows_there(values) < rows->n_rows)
        rows->n_rows = n_rows_there(values);
    if (n_values == n_labels)
        return DSI_OK;
    return dsi_opening_find(opening, "length_mismatch", DSI_ERROR,
                            rows->labels.file->name, err,
                            "%llu labels for %llu samples",
                            (unsigned long long)n_labels, (unsigned long long)n_values);
}

static enum dsi_status open_values(const struct dsi_opening *opening,
                                   struct dsi_open_file *file, size_t array,
                                   const struct dsi_rows_layout *with_labels,
                                   struct dsi_error *err)
{
    struct dsi_rows_layout rows =
        with_labels ? *with_labels : (struct dsi_rows_layout){0};
    const struct dsi_array *values = &file->file.arrays[array];
    rows.values = (struct dsi_column_ref){.file = file, .array = array};
    if (with_labels) {
        DSI_TRY(match_lengths(opening, &rows, values, err));
        return add_labels(opening, &rows, err);
    }
    rows.n_rows = n_rows_there(values);
    size_t group;
    DSI_TRY(dsi_dataset_add_group(opening->dataset, opening->input, &group, err));
    return dsi_layout_rows_add(opening, &rows, group, err);
}

static enum dsi_status describe(const struct dsi_opening *opening,
                                struct dsi_open_file *file, const char *selector,
                                struct dsi_error *err)
{
    struct dsi_rows_layout rows = {.values.file = file, .whole_file = selector == NULL};
    if (selector)
        DSI_TRY(select_array(&file->file, selector, &rows.values.array, err));
    if (file->file.n_arrays)
        rows.n_rows = dsi_array_n_rows(&file->file.arrays[rows.values.array]);
    size_t group;
    DSI_TRY(dsi_dataset_add_group(opening->dataset, opening->input, &group, err));
    return dsi_layout_rows_add(opening, &rows, group, err);
}

enum dsi_status dsi_layout_arrays_open(const struct dsi_opening *opening,
                                       struct dsi_open_file *file, const char *selector,
                                       struct dsi_open_file *labels,
                                       const char *labels_selector,
                                       struct dsi_error *err)
{
    unsigned need = opening->dataset->options.need;
    if (!(need & (DSI_NEED_LABELS | DSI_NEED_VALUES)))
        return describe(opening, file, selector, err);
    if (file->file.n_arrays == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "holds no arrays");
    struct dsi_rows_layout rows = {0};
    if (!labels && !(need & DSI_NEED_VALUES)) {
        DSI_TRY(open_labels(opening, file, selector, &rows, err));
        return add_labels(opening, &rows, err);
    }
    if (labels)
        DSI_TRY(open_labels(opening, labels, labels_selector, &rows, err));
    size_t first = 0, last = file->file.n_arrays;
    if (selector) {
        DSI_TRY(select_array(&file->file, selector, &first, err));
        last = first + 1;
    }
    for (size_t array = first; array < last; array++)
        DSI_TRY(open_values(opening, file, array, labels ? &rows : NULL, err));
    return DSI_OK;
}
