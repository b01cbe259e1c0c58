/* Samples whose label says that there is none. */
#include "missing_state.h"

#include "class_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A sentinel as a label spells it. */
static bool is_sentinel(const struct dsi_sentinel *sentinel,
                        const struct dsi_bytes *name)
{
    char text[DSI_NUMBER_SIZE];
    if (sentinel->is_whole)
        snprintf(text, sizeof text, "%s%" PRIu64, sentinel->is_negative ? "-" : "",
                 sentinel->size);
    else
        dsi_format_double(sentinel->number, text);
    return strlen(text) == name->n && memcmp(text, name->data, name->n) == 0;
}

/* scratch[0] is room for the label's text, scratch[1] for its name. */
static enum dsi_status look_at(const struct dsi_missing *missing,
                               const struct dsi_group *group, struct dsi_dtype dtype,
                               const void *value, struct dsi_bytes scratch[2],
                               bool *is_absent, struct dsi_error *err)
{
    const struct dsi_sentinels *sentinels = &missing->parameters->sentinels;
    struct dsi_label label;
    DSI_TRY(dsi_label_of_value(dtype, value, &scratch[0], &label, err));
    scratch[1].n = 0;
    if (sentinels->n || group->n_absent)
        DSI_TRY(dsi_label_name(label, &scratch[1], err));
    *is_absent = dsi_group_lacks_label(group, &label, &scratch[1]);
    for (size_t i = 0; i < sentinels->n && !*is_absent; i++)
        *is_absent = is_sentinel(&sentinels->values[i], &scratch[1]);
    return DSI_OK;
}

static enum dsi_status count_run(struct dsi_missing *missing,
                                 const struct dsi_block *block,
                                 const struct dsi_run *run, struct dsi_bytes scratch[2],
                                 struct dsi_error *err)
{
    const struct dsi_labels *labels = &block->labels;
    const struct dsi_group *group = &missing->dataset->groups[run->group];
    const bool is_one = labels->kind == DSI_LABELS_ONE;
    struct dsi_missing_count *count =
        &missing->groups[run->group].samples[DSI_MISSING_UNLABELLED];
    const uint64_t first = block->first_sample + run->at;
    for (uint64_t i = 0; i < (is_one ? 1 : run->n); i++) {
        const char *value = (const char *)labels->values +
                            (is_one ? 0 : (run->at + i) * labels->dtype.size);
        bool is_absent;
        DSI_TRY(
            look_at(missing, group, labels->dtype, value, scratch, &is_absent, err));
        if (is_absent)
            dsi_missing_add(count, is_one ? run->n : 1, first + i);
    }
    return DSI_OK;
}

enum dsi_status dsi_missing_fold_labels(struct dsi_missing *missing,
                                        const struct dsi_block *block,
                                        struct dsi_error *err)
{
    const enum dsi_labels_kind kind = block->labels.kind;
    struct dsi_bytes scratch[2] = {{0}};
    struct dsi_run run;
    enum dsi_status status = DSI_OK;
    if (kind != DSI_LABELS_VALUES && kind != DSI_LABELS_ONE)
        return DSI_OK;
    for (uint64_t at = 0; status == DSI_OK && dsi_block_next_run(block, &at, &run);)
        status = count_run(missing, block, &run, scratch, err);
    dsi_bytes_free(&scratch[0]);
    dsi_bytes_free(&scratch[1]);
    return status;
}
