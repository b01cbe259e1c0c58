#include "balance.h"

#include <stdlib.h>
#include <string.h>

const struct dsi_balance_parameters dsi_balance_defaults = {
    .weighting = DSI_WEIGHT_INVERSE_SQRT,
    .normalization = DSI_NORMALIZE_NONE,
    .min_per_class = 5000,
    .max_imbalance = 10,
    .max_repeat = 5,
};

static unsigned need(const void *parameters)
{
    const struct dsi_balance_parameters *p = parameters;
    return p->pixels ? DSI_NEED_VALUES : DSI_NEED_LABELS;
}

static struct dsi_class_table **make_tables(size_t n)
{
    struct dsi_class_table **tables = dsi_alloc_zeroed(n, sizeof(void *));
    for (size_t i = 0; tables && i < n; i++)
        if (!(tables[i] = dsi_class_table_new(DSI_BALANCE_MAX_CLASSES))) {
            while (i-- > 0)
                dsi_class_table_free(tables[i]);
            free(tables);
            return NULL;
        }
    return tables;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_balance *balance = state;
    balance->dataset = dataset;
    balance->parameters = parameters;
    balance->counts = make_tables(dataset->n_groups);
    if (balance->counts)
        balance->n_groups = dataset->n_groups;
    if (balance->counts && balance->parameters->pixels)
        balance->containing = make_tables(dataset->n_groups);
    if (!balance->counts || (balance->parameters->pixels && !balance->containing))
        return dsi_fail_memory(err, dataset->n_groups * sizeof(void *));
    return DSI_OK;
}

/* --- labels
 * ----------------------------------------------------------------------------- */

static struct dsi_label text_label(const char *text)
{
    struct dsi_label label = {.kind = DSI_LABEL_TEXT};
    label.as.text.bytes = text;
    label.as.text.n = strlen(text);
    return label;
}

/* One value that all samples of a block have, however many they are. */
static enum dsi_status count_one_label(struct dsi_balance *balance,
                                       const struct dsi_block *block,
                                       struct dsi_error *err)
{
    struct dsi_run run;
    struct dsi_label label;
    struct dsi_bytes scratch = {0};
    enum dsi_status status = DSI_OK;
    if (block->n_samples)
        status = dsi_label_of_value(block->labels.dtype, block->labels.values, &scratch,
                                    &label, err);
    for (uint64_t at = 0; status == DSI_OK && dsi_block_next_run(block, &at, &run);)
        status = dsi_class_table_add_label(balance->counts[run.group], label, run.n,
                                           block->first_sample + run.at, err);
    dsi_bytes_free(&scratch);
    return status;
}

static enum dsi_status count_labels(struct dsi_balance *balance,
                                    const struct dsi_block *block,
                                    struct dsi_error *err)
{
    const struct dsi_labels *labels = &block->labels;
    const struct dsi_group *group = &balance->dataset->groups[block->group];
    if (labels->kind == DSI_LABELS_CLASS)
        return dsi_class_table_add_label(
            balance->counts[block->group],
            text_label(group->classes[labels->class_index]), block->n_samples,
            block->first_sample, err);
    if (labels->kind == DSI_LABELS_NONE)
        return DSI_OK;
    if (labels->kind == DSI_LABELS_ONE)
        return count_one_label(balance, block, err);
    struct dsi_run run;
    for (uint64_t at = 0; dsi_block_next_run(block, &at, &run);) {
        const char *values = (const char *)labels->values + run.at * labels->dtype.size;
        DSI_TRY(dsi_class_table_add(balance->counts[run.group], labels->dtype, values,
                                    run.n, block->first_sample + run.at, err));
    }
    return DSI_OK;
}

/* --- pixels
 * ----------------------------------------------------------------------------- */

static bool is_ignored(const struct dsi_balance_parameters *p, struct dsi_label label)
{
    for (size_t i = 0; i < p->n_ignored; i++)
        if ((label.kind == DSI_LABEL_INT || label.kind == DSI_LABEL_BOOL) &&
            label.as.integer == p->ignored[i])
            return true;
    return false;
}

/* One mask, or several that are the same. */
struct mask {
    size_t group;
    uint64_t sample; /* the first */
    uint64_t n;      /* how many */
};

/* n times as many, for pixels that are stored nowhere and so may be any number. */
static enum dsi_status times(uint64_t n, uint64_t count, uint64_t *product,
                             struct dsi_error *err)
{
    if (!dsi_mul(n, count, product))
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 pixels");
    return DSI_OK;
}

/* Adds the histogram of a mask: what it holds of each class, and its size to all
 * classes that it contains. */
static enum dsi_status add_mask(struct dsi_balance *balance, const struct mask *mask,
                                const struct dsi_class_count *found, uint64_t n_found,
                                struct dsi_error *err)
{
    uint64_t n_pixels = 0, n;
    for (uint64_t i = 0; i < n_found; i++)
        if (!is_ignored(balance->parameters, found[i].label))
            n_pixels += found[i].count;
    DSI_TRY(times(mask->n, n_pixels, &n_pixels, err));
    for (uint64_t i = 0; i < n_found; i++) {
        DSI_TRY(times(mask->n, found[i].count, &n, err));
        if (is_ignored(balance->parameters, found[i].label)) {
            balance->n_ignored += n;
            continue;
        }
        DSI_TRY(dsi_class_table_add_label(balance->counts[mask->group], found[i].label,
                                          n, mask->sample, err));
        DSI_TRY(dsi_class_table_add_label(balance->containing[mask->group],
                                          found[i].label, n_pixels, mask->sample, err));
    }
    balance->n_images += mask->n;
    return DSI_OK;
}

static enum dsi_status count_mask(struct dsi_balance *balance, const struct mask *mask,
                                  struct dsi_dtype dtype, const void *values,
                                  uint64_t n, struct dsi_error *err)
{
    struct dsi_class_count *found = NULL;
    struct dsi_class_table *table = dsi_class_table_new(DSI_BALANCE_MAX_CLASSES);
    enum dsi_status status = table ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
    if (status == DSI_OK)
        status = dsi_class_table_add(table, dtype, values, n, 0, err);
    if (status == DSI_OK)
        status = dsi_class_table_sorted(table, &found, err);
    if (status == DSI_OK)
        status = add_mask(balance, mask, found, dsi_class_table_n(table), err);
    free(found);
    dsi_class_table_free(table);
    return status;
}

/* Text, dates and opaque bytes have no pixels. */
static bool has_pixels(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_BOOL || dtype.kind == DSI_INT || dtype.kind == DSI_UINT ||
           dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

static enum dsi_status count_picture(struct dsi_balance *balance,
                                     const struct dsi_block *block,
                                     struct dsi_error *err)
{
    const struct dsi_array *array = block->values_array;
    if (array->n_dims == 3 && array->shape[2] > 1) {
        balance->n_not_masks++;
        return DSI_OK;
    }
    balance->n_lossy_masks += strcmp(block->file->format->name, "jpeg") == 0;
    struct mask mask = {block->group, block->first_sample, 1};
    return count_mask(balance, &mask, array->dtype, block->values,
                      dsi_array_row_items(array) * block->n_value_rows, err);
}

static enum dsi_status count_pixels(struct dsi_balance *balance,
                                    const struct dsi_block *block,
                                    struct dsi_error *err)
{
    const struct dsi_array *array = block->values_array;
    if (!array)
        return DSI_OK;
    if (block->file && block->file->format->is_image)
        return count_picture(balance, block, err);
    if (!has_pixels(array->dtype)) {
        balance->n_not_masks += block->n_samples;
        return DSI_OK;
    }
    uint64_t row_items = dsi_array_row_items(array);
    if (row_items == 0) { /* any number of them, at no cost */
        balance->n_images += block->n_samples;
        return DSI_OK;
    }
    struct mask mask = {block->group, block->first_sample, 1};
    const char *row = block->values;
    if (block->values_are_one) {
        mask.n = block->n_samples;
        return mask.n ? count_mask(balance, &mask, array->dtype, row, row_items, err)
                      : DSI_OK;
    }
    for (uint64_t i = 0; i < block->n_samples; i++, mask.sample++) {
        DSI_TRY(count_mask(balance, &mask, array->dtype, row, row_items, err));
        row += row_items * array->dtype.size;
    }
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_balance *balance = state;
    if (balance->parameters->pixels)
        return count_pixels(balance, block, err);
    return count_labels(balance, block, err);
}

/* --- the monoid
 * ------------------------------------------------------------------------- */

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dsi_balance *a = into;
    const struct dsi_balance *b = from;
    for (size_t g = 0; g < a->n_groups; g++) {
        DSI_TRY(dsi_class_table_merge(a->counts[g], b->counts[g], err));
        if (a->containing)
            DSI_TRY(dsi_class_table_merge(a->containing[g], b->containing[g], err));
    }
    a->n_ignored += b->n_ignored;
    a->n_images += b->n_images;
    a->n_not_masks += b->n_not_masks;
    a->n_lossy_masks += b->n_lossy_masks;
    return DSI_OK;
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_balance *balance = state;
    const uint64_t head[] = {balance->n_groups, balance->n_ignored, balance->n_images,
                             balance->n_not_masks, balance->n_lossy_masks};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        DSI_TRY(dsi_bytes_append_u64(out, head[i], err));
    for (size_t g = 0; g < balance->n_groups; g++) {
        DSI_TRY(dsi_class_table_save(balance->counts[g], out, err));
        if (balance->containing)
            DSI_TRY(dsi_class_table_save(balance->containing[g], out, err));
    }
    return DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_balance *balance = state;
    uint64_t n_groups;
    DSI_TRY(dsi_bytes_read_u64(in, &n_groups, err));
    if (n_groups != balance->n_groups)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state of another dataset");
    DSI_TRY(dsi_bytes_read_u64(in, &balance->n_ignored, err));
    DSI_TRY(dsi_bytes_read_u64(in, &balance->n_images, err));
    DSI_TRY(dsi_bytes_read_u64(in, &balance->n_not_masks, err));
    DSI_TRY(dsi_bytes_read_u64(in, &balance->n_lossy_masks, err));
    for (size_t g = 0; g < balance->n_groups; g++) {
        DSI_TRY(dsi_class_table_load(balance->counts[g], in, err));
        if (balance->containing)
            DSI_TRY(dsi_class_table_load(balance->containing[g], in, err));
    }
    return DSI_OK;
}

static void free_tables(struct dsi_class_table **tables, size_t n)
{
    for (size_t i = 0; tables && i < n; i++)
        dsi_class_table_free(tables[i]);
    free(tables);
}

static void destroy(void *state)
{
    struct dsi_balance *balance = state;
    free_tables(balance->counts, balance->n_groups);
    free_tables(balance->containing, balance->n_groups);
}

const struct dsi_check dsi_check_balance = {
    .name = "balance",
    .help = "how many samples each class has",
    .need = need,
    .state_size = sizeof(struct dsi_balance),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = 10,
    .finish = dsi_balance_finish,
    .destroy = destroy,
    .default_parameters = &dsi_balance_defaults,
};
