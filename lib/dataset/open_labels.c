#include "open_labels.h"

#include "join_labels.h"
#include "value_names.h"

#include <stdio.h>
#include <string.h>

uint64_t dsi_array_n_rows_there(const struct dsi_array *array)
{
    return dsi_array_n_rows(array) - array->n_rows_missing;
}

enum dsi_status dsi_array_check_readable(const struct dsi_array *array,
                                         struct dsi_error *err)
{
    if (array->status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, array->status, "'%.200s' cannot be read: %s",
                    array->name ? array->name : "the array", array->reason);
}

/* --- what can be labels
 * ----------------------------------------------------------------- */

static enum dsi_status check_type(const struct dsi_array *array, struct dsi_error *err)
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
    if (array->n_dims == 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "labels are one value a sample, and this is one value");
    return dsi_fail(
        err, DSI_ERR_USAGE,
        "labels are one value a sample, and this array has %d dimensions "
        "(%s)",
        array->n_dims,
        array->n_dims == 2
            ? "one-hot rows: save numpy.argmax(y, axis=1)"
            : "masks: balance --pixels counts their values; else name the labels "
              "with FILE:NAME or --labels=INPUT");
}

enum dsi_status dsi_labels_check(const struct dsi_file *file, size_t array,
                                 struct dsi_error *err)
{
    struct dsi_error reason;
    DSI_TRY(dsi_array_check_readable(&file->arrays[array], err));
    enum dsi_status status = check_type(&file->arrays[array], &reason);
    if (status == DSI_OK)
        return DSI_OK;
    if (file->n_arrays == 1 || !file->arrays[array].name)
        return dsi_fail(err, status, "%s", reason.message);
    return dsi_fail(err, status, "'%.200s': %s", file->arrays[array].name,
                    reason.message);
}

/* --- splits
 * ------------------------------------------------------------------------------ */

/* Hides a group that --split did not ask for. */
static bool hide_unless_wanted(struct dsi_dataset *dataset, size_t group)
{
    struct dsi_group *g = &dataset->groups[group];
    g->is_hidden =
        dataset->options.split && strcmp(g->name, dataset->options.split) != 0;
    return !g->is_hidden;
}

static enum dsi_status fail_unknown_split(const struct dsi_dataset *dataset,
                                          size_t first, size_t n, struct dsi_error *err)
{
    char known[256] = "";
    for (size_t g = first; g < first + n; g++) {
        size_t k = strlen(known);
        snprintf(known + k, sizeof known - k, "%s%s", g > first ? ", " : "",
                 dataset->groups[g].name);
    }
    return dsi_fail(err, DSI_ERR_USAGE, "has no split '%s'; it has: %s",
                    dataset->options.split, n ? known : "no column of splits");
}

/* Whether what --split asks for is there, where the whole is one group: its only split
 * (NULL: it has none). */
static enum dsi_status check_only_split(const struct dsi_dataset *dataset,
                                        const char *split, bool is_table,
                                        struct dsi_error *err)
{
    const char *wanted = dataset->options.split;
    if (!wanted || (split && strcmp(split, wanted) == 0))
        return DSI_OK;
    if (!split && !is_table)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "has no split '%s': it is one array without splits", wanted);
    return dsi_fail(err, DSI_ERR_USAGE, "has no split '%s'; it has: %s", wanted,
                    split ? split : "no column of splits");
}

/* --- groups
 * ------------------------------------------------------------------------------ */

/* Adds a group for each name: splits that share one class list. */
static enum dsi_status add_split_groups(const struct dsi_opening *opening,
                                        const char *const *names, size_t n,
                                        size_t *first, struct dsi_error *err)
{
    struct dsi_dataset *dataset = opening->dataset;
    size_t n_shown = 0;
    *first = dataset->n_groups;
    for (size_t i = 0; i < n; i++) {
        size_t added;
        DSI_TRY(dsi_dataset_add_group(dataset, names[i], &added, err));
        dataset->groups[added].first_sibling = *first;
        dataset->groups[added].n_siblings = n;
        n_shown += hide_unless_wanted(dataset, added);
    }
    dataset->has_splits = true;
    return n_shown ? DSI_OK : fail_unknown_split(dataset, *first, n, err);
}

/* The groups of a table: its splits, or the whole of it. */
static enum dsi_status add_groups(const struct dsi_opening *opening,
                                  const struct dsi_rows_layout *rows, size_t *first,
                                  struct dsi_error *err)
{
    struct dsi_dataset *dataset = opening->dataset;
    size_t n = rows->n_splits > 1 ? rows->n_splits : 1;
    if (rows->n_splits > 1) {
        DSI_TRY(add_split_groups(opening, (const char *const *)rows->split_names,
                                 rows->n_splits, first, err));
    } else {
        DSI_TRY(check_only_split(dataset, rows->n_splits ? rows->split_names[0] : NULL,
                                 dsi_file_is_table(&rows->labels.file->file), err));
        DSI_TRY(dsi_dataset_add_group(dataset, opening->input, first, err));
    }
    for (size_t g = *first; g < *first + n; g++)
        dataset->groups[g].labels_are_text =
            dsi_file_is_table(&rows->labels.file->file);
    return DSI_OK;
}

/* What all the groups from first on learn of the labels' array. */
static enum dsi_status tell_groups(struct dsi_dataset *dataset, size_t first,
                                   const struct dsi_array *array, bool as_text,
                                   struct dsi_error *err)
{
    for (size_t g = first; g < dataset->n_groups; g++)
        DSI_TRY(dsi_group_add_absent(&dataset->groups[g], array, as_text, err));
    return DSI_OK;
}

static enum dsi_status set_class_list(struct dsi_dataset *dataset, size_t first,
                                      const struct dsi_array *array,
                                      struct dsi_error *err)
{
    for (size_t g = first; g < dataset->n_groups; g++)
        DSI_TRY(dsi_group_set_names(&dataset->groups[g], array, err));
    return DSI_OK;
}

enum dsi_status dsi_labels_tell_group(struct dsi_dataset *dataset, size_t group,
                                      const struct dsi_array *labels,
                                      struct dsi_error *err)
{
    DSI_TRY(tell_groups(dataset, group, labels, dsi_names_need_text(labels), err));
    return dsi_array_has_names(labels) ? set_class_list(dataset, group, labels, err)
                                       : DSI_OK;
}

static enum dsi_status add_labels(const struct dsi_opening *opening,
                                  struct dsi_rows_layout *rows, struct dsi_error *err)
{
    size_t group = 0;
    const struct dsi_array *labels =
        &rows->labels.file->file.arrays[rows->labels.array];
    if (rows->splits.file)
        DSI_TRY(dsi_table_splits_list(rows, err));
    DSI_TRY(add_groups(opening, rows, &group, err));
    rows->names_for_labels = dsi_names_need_text(labels);
    DSI_TRY(dsi_labels_tell_group(opening->dataset, group, labels, err));
    if (rows->n_splits <= 1)
        rows->splits.file = NULL;
    enum dsi_status status = dsi_layout_rows_add(opening, rows, group, err);
    *rows = (struct dsi_rows_layout){0};
    return status;
}

static enum dsi_status add_rows(const struct dsi_opening *opening,
                                const struct dsi_rows_layout *rows,
                                struct dsi_error *err)
{
    struct dsi_rows_layout own = *rows;
    enum dsi_status status = add_labels(opening, &own, err);
    dsi_layout_rows_clear(&own);
    return status;
}

/* --- what was assumed
 * ------------------------------------------------------------------- */

/* "; -1 stands for none" of the labels that the file says are missing. */
static void describe_missing(const struct dsi_dataset *dataset, size_t group,
                             char *text, size_t size)
{
    const struct dsi_group *g = &dataset->groups[group];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < g->n_absent && n + 80 < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%.40s", i ? ", " : "",
                              g->absent[i]);
    if (n)
        snprintf(text + n, size - n, " %s for no label, as the file says",
                 g->n_absent == 1 ? "stands" : "stand");
}

/* One note of what was assumed of the labels in the groups from first on: where they
 * are (NULL: that was said), and what is none. */
static enum dsi_status note(const struct dsi_opening *opening,
                            const struct dsi_open_file *file, const char *where,
                            size_t first, struct dsi_error *err)
{
    char missing[300];
    describe_missing(opening->dataset, first, missing, sizeof missing);
    if (!where && !*missing)
        return DSI_OK;
    return dsi_opening_find(opening, "assumed", DSI_NOTE, file->name, err, "%s%s%s",
                            where ? where : "", where && *missing ? "; " : "", missing);
}

/* Where the labels of a file that was not told stand; false: that goes without saying.
 */
static bool describe_place(const struct dsi_rows_layout *rows, char *text, size_t size)
{
    const struct dsi_file *file = &rows->labels.file->file;
    const struct dsi_array *labels = &file->arrays[rows->labels.array];
    bool is_table = dsi_file_is_table(file);
    if (is_table && file->n_arrays == 1 && !dsi_file_has_header(file)) {
        snprintf(text, size, "every line is taken for a label (no header)");
        return true;
    }
    if (!labels->name)
        return false;
    const char *data = rows->values.file == rows->labels.file && file->n_arrays > 1
                           ? file->arrays[rows->values.array].name
                           : NULL;
    snprintf(
        text, size, "labels are read from %s '%.200s'%s%.200s%s%s%.200s%s%s%.200s%s",
        is_table ? "column" : "array", labels->name, data ? " for '" : "",
        data ? data : "", data ? "'" : "", rows->splits.file ? ", splits from '" : "",
        rows->splits.file ? file->arrays[rows->splits.array].name : "",
        rows->splits.file ? "'" : "", is_table ? " (" : "",
        is_table ? labels->note : "", is_table ? ")" : "");
    return true;
}

enum dsi_status dsi_labels_add(const struct dsi_opening *opening,
                               const struct dsi_rows_layout *rows,
                               struct dsi_error *err)
{
    size_t group = opening->dataset->n_groups;
    DSI_TRY(add_rows(opening, rows, err));
    return note(opening, rows->labels.file, NULL, group, err);
}

/* --- one array of labels
 * ---------------------------------------------------------------- */

static void set_rows(struct dsi_rows_layout *rows, struct dsi_open_file *file,
                     size_t array, bool was_named)
{
    size_t splits = was_named ? SIZE_MAX : dsi_splits_choose(&file->file);
    *rows = (struct dsi_rows_layout){
        .labels = {.file = file, .array = array},
        .n_rows = dsi_array_n_rows_there(&file->file.arrays[array])};
    if (splits != SIZE_MAX && splits != array)
        rows->splits = (struct dsi_column_ref){.file = file, .array = splits};
}

/* Which of the listed arrays are labels; list is the caller's to free, unless this
 * fails. */
static enum dsi_status choose(const struct dsi_file *file, const char *selector,
                              struct dsi_label_choice *choice,
                              struct dsi_array_list *list, struct dsi_error *err)
{
    *list = (struct dsi_array_list){0};
    if (file->n_arrays == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "holds no arrays");
    DSI_TRY(dsi_array_list_find(list, file, selector, err));
    const enum dsi_status status = dsi_labels_choose(choice, file, list, err);
    if (status != DSI_OK)
        dsi_array_list_free(list);
    return status;
}

static enum dsi_status note_one(const struct dsi_opening *opening,
                                const struct dsi_rows_layout *rows, bool was_named,
                                size_t group, struct dsi_error *err)
{
    char place[700];
    bool said = was_named || !describe_place(rows, place, sizeof place);
    return note(opening, rows->labels.file, said ? NULL : place, group, err);
}

enum dsi_status dsi_labels_find(const struct dsi_opening *opening,
                                struct dsi_open_file *file, const char *selector,
                                struct dsi_rows_layout *rows, struct dsi_error *err)
{
    struct dsi_label_choice choice;
    struct dsi_array_list list;
    char place[700];
    DSI_TRY(choose(&file->file, selector, &choice, &list, err));
    const bool was_named = !list.is_group;
    dsi_array_list_free(&list);
    if (choice.n > 1)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "holds labels of %zu splits: name those that are meant, as "
                        "FILE:%s",
                        choice.n, file->file.arrays[choice.arrays[0].array].name);
    DSI_TRY(dsi_labels_check(&file->file, choice.arrays[0].array, err));
    set_rows(rows, file, choice.arrays[0].array, was_named);
    if (was_named || !describe_place(rows, place, sizeof place))
        return DSI_OK;
    return dsi_opening_find(opening, "assumed", DSI_NOTE, file->name, err, "%s", place);
}

enum dsi_status dsi_labels_tell_lengths(const struct dsi_opening *opening,
                                        const struct dsi_open_file *file,
                                        uint64_t n_labels, uint64_t n_samples,
                                        struct dsi_error *err)
{
    if (n_labels == n_samples)
        return DSI_OK;
    return dsi_opening_find(opening, "length_mismatch", DSI_ERROR, file->name, err,
                            "%llu labels for %llu samples",
                            (unsigned long long)n_labels,
                            (unsigned long long)n_samples);
}

/* Data that stands beside the labels in their file, where that is looked at, too. */
static enum dsi_status join_data(const struct dsi_opening *opening,
                                 struct dsi_open_file *file,
                                 const struct dsi_array_list *list,
                                 const struct dsi_label_choice *choice, size_t i,
                                 struct dsi_rows_layout *rows, struct dsi_error *err)
{
    const struct dsi_array *arrays = file->file.arrays;
    size_t unlike;
    if (!opening->dataset->options.values_beside_labels || !list->is_group ||
        dsi_file_is_table(&file->file))
        return DSI_OK;
    const size_t data =
        dsi_labels_data(&file->file, list, choice, &choice->arrays[i], &unlike);
    if (data != SIZE_MAX)
        rows->values = (struct dsi_column_ref){.file = file, .array = data};
    if (unlike == SIZE_MAX)
        return DSI_OK;
    return dsi_labels_tell_lengths(opening, file,
                                   dsi_array_n_rows(&arrays[choice->arrays[i].array]),
                                   dsi_array_n_rows(&arrays[unlike]), err);
}

static enum dsi_status add_one(const struct dsi_opening *opening,
                               struct dsi_open_file *file,
                               const struct dsi_array_list *list,
                               const struct dsi_label_choice *choice,
                               struct dsi_error *err)
{
    const size_t labels = choice->arrays[0].array;
    const bool was_named = !list->is_group;
    struct dsi_rows_layout rows;
    size_t group = opening->dataset->n_groups;
    DSI_TRY(dsi_labels_check(&file->file, labels, err));
    set_rows(&rows, file, labels, was_named);
    DSI_TRY(join_data(opening, file, list, choice, 0, &rows, err));
    DSI_TRY(add_rows(opening, &rows, err));
    return note_one(opening, &rows, was_named, group, err);
}

/* --- an array for each split
 * ------------------------------------------------------------ */

/* Leaves out the splits that cannot be read, each with a finding of its own. */
static enum dsi_status drop_unreadable(const struct dsi_opening *opening,
                                       const struct dsi_open_file *file,
                                       struct dsi_label_choice *choice,
                                       struct dsi_error *err)
{
    size_t n = 0;
    struct dsi_error reason;
    for (size_t i = 0; i < choice->n; i++) {
        size_t array = choice->arrays[i].array;
        enum dsi_status status =
            dsi_array_check_readable(&file->file.arrays[array], &reason);
        if (status == DSI_OK)
            choice->arrays[n++] = choice->arrays[i];
        else
            DSI_TRY(dsi_opening_find(opening, dsi_status_rule(status), DSI_ERROR,
                                     file->name, err, "%s", reason.message));
    }
    choice->n = n;
    return n ? DSI_OK : dsi_fail(err, reason.status, "%s", reason.message);
}

/* Whether all have the same class list. */
static bool share_class_list(const struct dsi_file *file,
                             const struct dsi_label_choice *choice)
{
    const struct dsi_array *first = &file->arrays[choice->arrays[0].array];
    for (size_t i = 0; i < choice->n; i++) {
        const struct dsi_array *array = &file->arrays[choice->arrays[i].array];
        if (!dsi_array_has_names(array) || !dsi_names_are_equal(array, first))
            return false;
    }
    return true;
}

static enum dsi_status
add_split(const struct dsi_opening *opening, struct dsi_open_file *file,
          const struct dsi_array_list *list, const struct dsi_label_choice *choice,
          size_t i, size_t first, bool have_class_list, struct dsi_error *err)
{
    const struct dsi_array *labels = &file->file.arrays[choice->arrays[i].array];
    struct dsi_rows_layout rows;
    set_rows(&rows, file, choice->arrays[i].array, true);
    DSI_TRY(join_data(opening, file, list, choice, i, &rows, err));
    rows.names_for_labels =
        have_class_list ? dsi_names_need_text(labels) : dsi_array_has_names(labels);
    DSI_TRY(tell_groups(opening->dataset, first, labels, rows.names_for_labels, err));
    return dsi_layout_rows_add(opening, &rows, first + i, err);
}

static enum dsi_status note_splits(const struct dsi_opening *opening,
                                   const struct dsi_open_file *file,
                                   const struct dsi_label_choice *choice, size_t first,
                                   struct dsi_error *err)
{
    char text[700];
    size_t n = (size_t)snprintf(text, sizeof text, "labels are read from");
    for (size_t i = 0; i < choice->n && n + 140 < sizeof text; i++) {
        const struct dsi_label_array *labels = &choice->arrays[i];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s '%.100s' (%s)",
                              i ? "," : "", file->file.arrays[labels->array].name,
                              labels->split);
    }
    return note(opening, file, text, first, err);
}

static enum dsi_status add_splits(const struct dsi_opening *opening,
                                  struct dsi_open_file *file,
                                  const struct dsi_array_list *list,
                                  struct dsi_label_choice *choice,
                                  struct dsi_error *err)
{
    const char *names[DSI_MAX_LABEL_SPLITS];
    size_t first;
    DSI_TRY(drop_unreadable(opening, file, choice, err));
    for (size_t i = 0; i < choice->n; i++) {
        names[i] = choice->arrays[i].split;
        DSI_TRY(dsi_labels_check(&file->file, choice->arrays[i].array, err));
    }
    DSI_TRY(add_split_groups(opening, names, choice->n, &first, err));
    bool have_class_list = share_class_list(&file->file, choice);
    if (have_class_list)
        DSI_TRY(set_class_list(opening->dataset, first,
                               &file->file.arrays[choice->arrays[0].array], err));
    for (size_t i = 0; i < choice->n; i++)
        DSI_TRY(add_split(opening, file, list, choice, i, first, have_class_list, err));
    return note_splits(opening, file, choice, first, err);
}

enum dsi_status dsi_labels_add_file(const struct dsi_opening *opening,
                                    struct dsi_open_file *file, const char *selector,
                                    struct dsi_error *err)
{
    struct dsi_label_choice choice;
    struct dsi_array_list list;
    DSI_TRY(choose(&file->file, selector, &choice, &list, err));
    const enum dsi_status status = choice.n > 1
                                       ? add_splits(opening, file, &list, &choice, err)
                                       : add_one(opening, file, &list, &choice, err);
    dsi_array_list_free(&list);
    return status;
}
