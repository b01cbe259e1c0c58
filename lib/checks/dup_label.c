/* Labels as words that are equal where labels are, and back to what they are called. */
#include "dups_state.h"

#include "balance.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static uint64_t hash_text(const char *text, size_t n)
{
    return XXH3_64bits(text, n);
}

static struct dsi_dup_label word_of(const struct dsi_label *label)
{
    struct dsi_dup_label of = {.kind = DSI_DUP_TEXT};
    switch (label->kind) {
    case DSI_LABEL_BOOL:
    case DSI_LABEL_INT:
        of.kind = label->kind == DSI_LABEL_BOOL ? DSI_DUP_BOOL : DSI_DUP_INT;
        of.word = (uint64_t)label->as.integer;
        break;
    case DSI_LABEL_UINT:
        of = (struct dsi_dup_label){DSI_DUP_UINT, label->as.natural};
        break;
    case DSI_LABEL_FLOAT:
        of.kind = DSI_DUP_FLOAT;
        if (label->as.real != 0) /* -0 is the same label */
            memcpy(&of.word, &label->as.real, sizeof of.word);
        break;
    default:
        of.word = hash_text(label->as.text.bytes, label->as.text.n);
    }
    return of;
}

static enum dsi_status value_label(struct dsi_dups *dups, const struct dsi_group *group,
                                   struct dsi_dtype dtype, const void *value,
                                   struct dsi_dup_label *label, struct dsi_error *err)
{
    struct dsi_label found;
    struct dsi_bytes name = {0};
    DSI_TRY(dsi_label_of_value(dtype, value, &dups->scratch, &found, err));
    enum dsi_status status =
        group->n_absent ? dsi_label_name(found, &name, err) : DSI_OK;
    const bool is_absent =
        status == DSI_OK && dsi_group_lacks_label(group, &found, &name);
    dsi_bytes_free(&name);
    if (status != DSI_OK || is_absent)
        return status;
    *label = word_of(&found);
    return label->kind == DSI_DUP_TEXT
               ? dsi_class_table_add_label(dups->labels, found, 0, 0, err)
               : DSI_OK;
}

enum dsi_status dsi_dup_label_of(struct dsi_dups *dups, const struct dsi_block *block,
                                 uint64_t group, uint64_t at,
                                 struct dsi_dup_label *label, struct dsi_error *err)
{
    const struct dsi_labels *labels = &block->labels;
    const struct dsi_group *of = &dups->dataset->groups[group];
    *label = (struct dsi_dup_label){.kind = DSI_DUP_UNLABELLED};
    switch (labels->kind) {
    case DSI_LABELS_NONE:
        return DSI_OK;
    case DSI_LABELS_CLASS:
        label->kind = DSI_DUP_TEXT;
        label->word = hash_text(of->classes[labels->class_index],
                                strlen(of->classes[labels->class_index]));
        return DSI_OK;
    case DSI_LABELS_ONE:
        return value_label(dups, of, labels->dtype, labels->values, label, err);
    case DSI_LABELS_VALUES:
        break;
    }
    return value_label(dups, of, labels->dtype,
                       (const char *)labels->values + at * labels->dtype.size, label,
                       err);
}

/* --- names ------------------------------------------------------------------------ */

struct text {
    uint64_t hash;
    const char *bytes; /* borrowed */
    size_t n;
};

struct dsi_dup_label_names {
    struct dsi_class_count *labels;
    struct text *texts; /* ascending by hash */
    size_t n;
};

static int by_hash(const void *a, const void *b)
{
    const struct text *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void add_text(struct dsi_dup_label_names *names, const char *bytes, size_t n)
{
    names->texts[names->n++] = (struct text){hash_text(bytes, n), bytes, n};
}

static enum dsi_status list_texts(struct dsi_dup_label_names *names,
                                  const struct dsi_dups *dups, struct dsi_error *err)
{
    const struct dsi_dataset *dataset = dups->dataset;
    const uint64_t n_labels = dsi_class_table_n(dups->labels);
    uint64_t n = n_labels;
    for (size_t g = 0; g < dataset->n_groups; g++)
        n += dataset->groups[g].n_classes;
    names->texts = dsi_alloc_array(n, sizeof *names->texts);
    if (!names->texts)
        return dsi_fail_memory(err, n * sizeof *names->texts);
    DSI_TRY(dsi_class_table_sorted(dups->labels, &names->labels, err));
    for (uint64_t i = 0; i < n_labels; i++)
        if (names->labels[i].label.kind == DSI_LABEL_TEXT)
            add_text(names, names->labels[i].label.as.text.bytes,
                     names->labels[i].label.as.text.n);
    for (size_t g = 0; g < dataset->n_groups; g++)
        for (size_t c = 0; c < dataset->groups[g].n_classes; c++)
            add_text(names, dataset->groups[g].classes[c],
                     strlen(dataset->groups[g].classes[c]));
    qsort(names->texts, names->n, sizeof *names->texts, by_hash);
    return DSI_OK;
}

enum dsi_status dsi_dup_label_names_make(struct dsi_dup_label_names **names,
                                         const struct dsi_dups *dups,
                                         struct dsi_error *err)
{
    struct dsi_dup_label_names *made = dsi_alloc_zeroed(1, sizeof *made);
    if (!made)
        return dsi_fail_memory(err, sizeof *made);
    const enum dsi_status status = list_texts(made, dups, err);
    if (status != DSI_OK) {
        dsi_dup_label_names_free(made);
        return status;
    }
    *names = made;
    return DSI_OK;
}

void dsi_dup_label_names_free(struct dsi_dup_label_names *names)
{
    if (!names)
        return;
    free(names->labels);
    free(names->texts);
    free(names);
}

static struct dsi_label label_of_word(const struct dsi_dup_label_names *names,
                                      struct dsi_dup_label label)
{
    const struct text wanted = {.hash = label.word}, *found;
    struct dsi_label of = {.kind = DSI_LABEL_TEXT, .as.text = {"", 0}};
    switch (label.kind) {
    case DSI_DUP_BOOL:
    case DSI_DUP_INT:
        of.kind = label.kind == DSI_DUP_BOOL ? DSI_LABEL_BOOL : DSI_LABEL_INT;
        of.as.integer = (int64_t)label.word;
        return of;
    case DSI_DUP_UINT:
        of = (struct dsi_label){.kind = DSI_LABEL_UINT, .as.natural = label.word};
        return of;
    case DSI_DUP_FLOAT:
        of.kind = DSI_LABEL_FLOAT;
        memcpy(&of.as.real, &label.word, sizeof of.as.real);
        return of;
    default:
        found = bsearch(&wanted, names->texts, names->n, sizeof wanted, by_hash);
        if (found && label.kind == DSI_DUP_TEXT) {
            of.as.text.bytes = found->bytes;
            of.as.text.n = found->n;
        }
        return of;
    }
}

enum dsi_status dsi_dup_label_name(const struct dsi_dup_label_names *names,
                                   struct dsi_dup_label label, struct dsi_bytes *text,
                                   struct dsi_error *err)
{
    DSI_TRY(dsi_class_name_of(label_of_word(names, label), text, err));
    DSI_TRY(dsi_bytes_append(text, "", 1, err));
    text->n--;
    return DSI_OK;
}
