#include "join_labels.h"

#include "open_labels.h"
#include "split_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file on its way to be joined. */
struct joining {
    const struct dsi_opening *opening;
    const struct dsi_open_file *file;
    const struct dsi_array_list *list;
    struct dsi_label_choice choice;
    struct dsi_label_join *join;
};

static const struct dsi_array *array_at(const struct joining *j, size_t i)
{
    return &j->file->file.arrays[j->list->at[i]];
}

static bool is_chosen(const struct dsi_label_choice *choice, size_t array)
{
    for (size_t c = 0; c < choice->n; c++)
        if (choice->arrays[c].array == array)
            return true;
    return false;
}

/* --- choosing --------------------------------------------------------------------- */

static bool is_asked_for(const struct joining *j)
{
    const struct dsi_dataset_options *options = &j->opening->dataset->options;
    return options->labels_optional && options->need & DSI_NEED_LABELS &&
           options->need & DSI_NEED_VALUES && j->list->n > 1 &&
           !dsi_file_is_table(&j->file->file);
}

/* What cannot be labels is told of, and left out. */
static enum dsi_status drop_unfit(struct joining *j, struct dsi_error *err)
{
    size_t n = 0;
    for (size_t c = 0; c < j->choice.n; c++) {
        const size_t array = j->choice.arrays[c].array;
        struct dsi_error reason;
        const enum dsi_status status = dsi_labels_check(&j->file->file, array, &reason);
        if (status == DSI_OK)
            j->choice.arrays[n++] = j->choice.arrays[c];
        else
            DSI_TRY(dsi_opening_find(j->opening, "assumed", DSI_NOTE, j->file->name,
                                     err, "not taken for labels: %s", reason.message));
    }
    j->choice.n = n;
    return DSI_OK;
}

static enum dsi_status choose(struct joining *j, struct dsi_error *err)
{
    struct dsi_error reason;
    const enum dsi_status status =
        dsi_labels_choose(&j->choice, &j->file->file, j->list, &reason);
    if (status == DSI_OK)
        return drop_unfit(j, err);
    j->choice.n = 0;
    if (status != DSI_ERR_MEMORY)
        return DSI_OK;
    *err = reason;
    return status;
}

/* --- which data ------------------------------------------------------------------- */

static bool are_of_one_split(const struct dsi_label_choice *choice,
                             const struct dsi_label_array *labels,
                             const struct dsi_array *data)
{
    const char *of_data = data->name ? dsi_split_of_path(data->name) : NULL;
    const char *of_labels = labels->split ? dsi_split_of_path(labels->split) : NULL;
    if (labels->split && !of_labels)
        of_labels = labels->split;
    if (choice->n == 1 && (!of_data || !of_labels))
        return true;
    return of_data && of_labels && strcmp(of_data, of_labels) == 0;
}

static bool may_be_data(const struct dsi_file *file,
                        const struct dsi_label_choice *choice,
                        const struct dsi_label_array *labels, size_t array)
{
    const struct dsi_array *data = &file->arrays[array];
    return !is_chosen(choice, array) && data->status == DSI_OK && data->n_dims > 0 &&
           are_of_one_split(choice, labels, data);
}

static void mark_used(const struct joining *j, size_t labels)
{
    for (size_t i = 0; i < j->list->n; i++)
        j->join->is_labels[i] |= j->list->at[i] == labels;
}

/* Joins all data of that length. Where there is none of it, and one array of several
 * axes alone that the labels can be of, these are as many as they are. */
static bool find_data(struct joining *j, const struct dsi_label_array *labels)
{
    const uint64_t n_labels = dsi_array_n_rows(&j->file->file.arrays[labels->array]);
    size_t n_joined = 0, n_others = 0, other = 0;
    for (size_t i = 0; i < j->list->n; i++) {
        if (!may_be_data(&j->file->file, &j->choice, labels, j->list->at[i]))
            continue;
        if (dsi_array_n_rows(array_at(j, i)) == n_labels) {
            j->join->labels[i] = labels->array;
            n_joined++;
        } else if (array_at(j, i)->n_dims > 1) {
            n_others++;
            other = i;
        }
    }
    if (n_joined == 0 && n_others == 1)
        j->join->labels[other] = labels->array;
    return n_joined || n_others == 1;
}

static enum dsi_status note(const struct joining *j, struct dsi_error *err)
{
    char text[700];
    size_t n = (size_t)snprintf(text, sizeof text, "labels are read from");
    const char *joint = "";
    for (size_t i = 0; i < j->list->n && n + 240 < sizeof text; i++) {
        if (j->join->labels[i] == SIZE_MAX)
            continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s '%.100s' for '%.100s'",
                              joint, j->file->file.arrays[j->join->labels[i]].name,
                              array_at(j, i)->name);
        joint = ",";
    }
    return *joint ? dsi_opening_find(j->opening, "assumed", DSI_NOTE, j->file->name,
                                     err, "%s", text)
                  : DSI_OK;
}

enum dsi_status dsi_labels_join(const struct dsi_opening *opening,
                                const struct dsi_open_file *file,
                                const struct dsi_array_list *list,
                                struct dsi_label_join *join, struct dsi_error *err)
{
    struct joining j = {.opening = opening, .file = file, .list = list, .join = join};
    *join = (struct dsi_label_join){
        .labels = dsi_alloc_array(list->n, sizeof *join->labels),
        .is_labels = dsi_alloc_zeroed(list->n, sizeof *join->is_labels)};
    if (!join->labels || !join->is_labels) {
        dsi_label_join_free(join);
        return dsi_fail_memory(err, list->n * sizeof *join->labels);
    }
    for (size_t i = 0; i < list->n; i++)
        join->labels[i] = SIZE_MAX;
    enum dsi_status status = is_asked_for(&j) ? choose(&j, err) : DSI_OK;
    for (size_t c = 0; status == DSI_OK && c < j.choice.n; c++)
        if (find_data(&j, &j.choice.arrays[c]))
            mark_used(&j, j.choice.arrays[c].array);
    if (status == DSI_OK)
        status = note(&j, err);
    if (status != DSI_OK)
        dsi_label_join_free(join);
    return status;
}

void dsi_label_join_free(struct dsi_label_join *join)
{
    free(join->labels);
    free(join->is_labels);
    *join = (struct dsi_label_join){0};
}

size_t dsi_labels_data(const struct dsi_file *file, const struct dsi_array_list *list,
                       const struct dsi_label_choice *choice,
                       const struct dsi_label_array *labels, size_t *unlike)
{
    const uint64_t n_labels = dsi_array_n_rows(&file->arrays[labels->array]);
    size_t n = 0, n_whole = 0, found = SIZE_MAX;
    *unlike = SIZE_MAX;
    for (size_t i = 0; i < list->n; i++) {
        const struct dsi_array *data = &file->arrays[list->at[i]];
        if (!may_be_data(file, choice, labels, list->at[i]) || data->n_dims < 2)
            continue;
        n++;
        if (dsi_array_n_rows(data) != n_labels) {
            *unlike = list->at[i];
        } else if (dsi_array_n_rows_there(data) == n_labels) {
            n_whole++;
            found = list->at[i];
        }
    }
    if (n != 1)
        *unlike = SIZE_MAX;
    return n_whole == 1 ? found : SIZE_MAX;
}
