#include "class_index.h"

#include <stdlib.h>
#include <string.h>

enum { N_REMEMBERED = 65536 }; /* whole-number labels from 0, looked up once */

struct class_index {
    const struct dsi_dataset *dataset;
    const struct dsi_class_index_parameters *parameters;
    const char **name_list;
    struct dsi_class_names names;
    uint32_t *remembered; /* class + 1; 0: not looked up yet */
    struct dsi_bytes name, scratch;
    bool text_is_integer; /* a table's labels that were all whole numbers */
};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_LABELS;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct class_index *index = state;
    index->dataset = dataset;
    index->parameters = parameters;
    const struct dsi_balance_group *group = index->parameters->classes;
    index->name_list = dsi_alloc_array(group->n_indexed, sizeof(char *));
    index->remembered = dsi_alloc_zeroed(N_REMEMBERED, sizeof(uint32_t));
    if (!index->name_list || !index->remembered)
        return dsi_fail_memory(err, N_REMEMBERED * sizeof(uint32_t));
    for (size_t i = 0; i < group->n_indexed; i++) {
        index->name_list[i] = group->classes[i].name;
        index->text_is_integer |=
            dataset->groups[index->parameters->group].labels_are_text &&
            group->classes[i].has_label &&
            group->classes[i].label.kind == DSI_LABEL_INT;
    }
    return dsi_class_names_make(&index->names, index->name_list, group->n_indexed, err);
}

/* A class was named after its label, unless a declared list gave integer labels names.
 */
static uint32_t position_of(const struct class_index *index, struct dsi_label label,
                            const struct dsi_bytes *name)
{
    const struct dsi_group *group = &index->dataset->groups[index->parameters->group];
    if (dsi_balance_is_absent(index->parameters->balance, group, &label, name))
        return DSI_NO_CLASS;
    size_t position = dsi_class_names_find(&index->names, group, label,
                                           (const char *)name->data, name->n);
    return position == SIZE_MAX ? DSI_NO_CLASS : (uint32_t)position;
}

static enum dsi_status find_class(struct class_index *index, struct dsi_label label,
                                  uint32_t *class, struct dsi_error *err)
{
    bool small = label.kind == DSI_LABEL_INT && label.as.integer >= 0 &&
                 label.as.integer < N_REMEMBERED;
    if (small && index->remembered[label.as.integer]) {
        *class = index->remembered[label.as.integer] - 1;
        return DSI_OK;
    }
    DSI_TRY(dsi_class_name_of(label, &index->name, err));
    *class = position_of(index, label, &index->name);
    if (small)
        index->remembered[label.as.integer] =
            *class + 1; /* DSI_NO_CLASS stays unknown */
    return DSI_OK;
}

/* The whole number that a table's label spells, where it does. */
static struct dsi_label as_integer(struct dsi_label text)
{
    struct dsi_class_count one = {.label = text};
    (void)dsi_labels_as_integers(&one, 1);
    return one.label;
}

static enum dsi_status find_class_of(struct class_index *index, struct dsi_dtype dtype,
                                     const void *value, uint32_t *class,
                                     struct dsi_error *err)
{
    struct dsi_label label;
    DSI_TRY(dsi_label_of_value(dtype, value, &index->scratch, &label, err));
    if (index->text_is_integer && label.kind == DSI_LABEL_TEXT)
        label = as_integer(label);
    return find_class(index, label, class, err);
}

static enum dsi_status find_classes(struct class_index *index,
                                    const struct dsi_labels *labels, uint64_t n,
                                    uint32_t *class_of, struct dsi_error *err)
{
    const char *value = labels->values;
    for (uint64_t i = 0; i < n; i++, value += labels->dtype.size)
        DSI_TRY(find_class_of(index, labels->dtype, value, &class_of[i], err));
    return DSI_OK;
}

/* One class for all samples of a run: n is 1 at least. */
static enum dsi_status find_one_class(struct class_index *index,
                                      const struct dsi_labels *labels, uint64_t n,
                                      uint32_t *class_of, struct dsi_error *err)
{
    DSI_TRY(find_class_of(index, labels->dtype, labels->values, &class_of[0], err));
    for (uint64_t i = 1; i < n; i++)
        class_of[i] = class_of[0];
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct class_index *index = state;
    const struct dsi_labels *labels = &block->labels;
    uint32_t *class_of = index->parameters->class_of + block->first_sample;
    struct dsi_label label = {.kind = DSI_LABEL_TEXT};
    if (labels->kind == DSI_LABELS_NONE || block->n_samples == 0)
        return DSI_OK;
    if (labels->kind == DSI_LABELS_CLASS) {
        const struct dsi_group *group = &index->dataset->groups[block->group];
        uint32_t class;
        label.as.text.bytes = group->classes[labels->class_index];
        label.as.text.n = strlen(label.as.text.bytes);
        DSI_TRY(find_class(index, label, &class, err));
        for (uint64_t i = 0; i < block->n_samples; i++)
            class_of[i] = class;
        return DSI_OK;
    }
    struct dsi_run run;
    for (uint64_t at = 0; dsi_block_next_run(block, &at, &run);) {
        struct dsi_labels part = *labels;
        if (run.group != index->parameters->group)
            continue;
        if (labels->kind == DSI_LABELS_ONE) {
            DSI_TRY(find_one_class(index, labels, run.n, class_of + run.at, err));
            continue;
        }
        part.values = (const char *)labels->values + run.at * labels->dtype.size;
        DSI_TRY(find_classes(index, &part, run.n, class_of + run.at, err));
    }
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    (void)into;
    (void)from;
    (void)err;
    return DSI_OK; /* class_of is shared */
}

static void destroy(void *state)
{
    struct class_index *index = state;
    free(index->name_list);
    free(index->remembered);
    dsi_class_names_free(&index->names);
    dsi_bytes_free(&index->name);
    dsi_bytes_free(&index->scratch);
}

const struct dsi_check dsi_check_class_index = {
    .name = "class_index",
    .help = "the class of every sample",
    .need = need,
    .state_size = sizeof(struct class_index),
    .init = init,
    .update = update,
    .merge = merge,
    .destroy = destroy,
};
