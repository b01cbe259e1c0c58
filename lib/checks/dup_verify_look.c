/* One look at the samples of a batch: of firsts what they hold is kept, and of
 * candidates it is compared. Workers share the batch; each sample is met once. */
#include "content_hash.h"
#include "dup_verify.h"

#include <string.h>

enum { BUFFER_BYTES = 256 << 10 };

struct look {
    const struct dsi_dataset *dataset;
    struct dsi_dup_batch *batch;
    struct dsi_bytes rooms[2]; /* of two files that are compared */
};

static unsigned need(const void *parameters)
{
    const struct dsi_dup_look_parameters *p = parameters;
    return p->batch->dups->is_of_files ? DSI_NEED_FILES : DSI_NEED_VALUES;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    const struct dsi_dup_look_parameters *p = parameters;
    *(struct look *)state = (struct look){.dataset = dataset, .batch = p->batch};
    (void)err;
    return DSI_OK;
}

static void destroy(void *state)
{
    struct look *look = state;
    dsi_bytes_free(&look->rooms[0]);
    dsi_bytes_free(&look->rooms[1]);
}

/* --- places ----------------------------------------------------------------------- */

struct place {
    uint64_t group, index;
};

static struct place place_at(const struct dsi_dup_batch *batch, size_t i)
{
    if (batch->is_of_firsts)
        return (struct place){batch->firsts[i].group, batch->firsts[i].index};
    const struct dsi_dup_candidate *candidate = &batch->candidates[batch->by_place[i]];
    return (struct place){candidate->group, candidate->index};
}

/* The first of the batch that is not before the sample. */
static size_t find_place(const struct dsi_dup_batch *batch, uint64_t group,
                         uint64_t index)
{
    size_t low = 0, high = batch->is_of_firsts ? batch->n_firsts : batch->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct place place = place_at(batch, middle);
        if (place.group < group || (place.group == group && place.index < index))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- values ----------------------------------------------------------------------- */

static bool is_picture(const struct look *look, uint64_t group)
{
    return look->dataset->groups[group].channels.kind == DSI_CHANNELS_PICTURES;
}

static enum dsi_status look_at_value(const struct look *look, size_t i,
                                     const struct dsi_content *content,
                                     const char *values, struct dsi_error *err)
{
    struct dsi_dup_batch *batch = look->batch;
    if (!batch->is_of_firsts) {
        struct dsi_dup_candidate *candidate = &batch->candidates[batch->by_place[i]];
        const struct dsi_dup_first *first = &batch->firsts[candidate->first];
        if (first->held == DSI_DUP_HELD)
            candidate->verdict =
                dsi_content_is(content, values, first->bytes.data, first->bytes.n)
                    ? DSI_DUP_SAME
                    : DSI_DUP_OTHER;
        return DSI_OK;
    }
    struct dsi_dup_first *first = &batch->firsts[i];
    if (first->is_carried)
        return DSI_OK;
    const uint64_t n = content->n_items * content->dtype.size;
    const uint64_t before = atomic_fetch_add(&batch->n_bytes, n);
    if (before && before + n > batch->max_bytes) {
        atomic_fetch_sub(&batch->n_bytes, n);
        first->held = DSI_DUP_WAITS;
        return DSI_OK;
    }
    DSI_TRY(dsi_content_append(content, values, &first->bytes, err));
    if (first->bytes.n > n) /* header and texts */
        atomic_fetch_add(&batch->n_bytes, first->bytes.n - n);
    first->held = DSI_DUP_HELD;
    return DSI_OK;
}

static enum dsi_status look_at_run(const struct look *look,
                                   const struct dsi_block *block,
                                   const struct dsi_run *run, struct dsi_error *err)
{
    const struct dsi_dup_batch *batch = look->batch;
    const struct dsi_content content = is_picture(look, block->group)
                                           ? dsi_content_of_whole(block->values_array)
                                           : dsi_content_of_rows(block->values_array);
    const uint64_t size = content.n_items * content.dtype.size;
    const uint64_t first = block->first_sample + run->at, end = first + run->n;
    const size_t n = batch->is_of_firsts ? batch->n_firsts : batch->n;
    for (size_t i = find_place(batch, run->group, first); i < n; i++) {
        const struct place place = place_at(batch, i);
        if (place.group != run->group || place.index >= end)
            return DSI_OK;
        const char *values = block->values;
        if (!block->values_are_one)
            values += (place.index - block->first_sample) * size;
        DSI_TRY(look_at_value(look, i, &content, values, err));
    }
    return DSI_OK;
}

/* --- files ------------------------------------------------------------------------ */

static enum dsi_status compare(struct look *look, struct dsi_source *sources[2],
                               bool *is_same, struct dsi_error *err)
{
    struct dsi_bytes *rooms = look->rooms;
    size_t n[2] = {BUFFER_BYTES, BUFFER_BYTES};
    *is_same = true;
    for (uint64_t at = 0; *is_same && n[0] == BUFFER_BYTES; at += BUFFER_BYTES) {
        for (int k = 0; k < 2; k++) {
            DSI_TRY(dsi_bytes_claim(&rooms[k], BUFFER_BYTES, err));
            DSI_TRY(dsi_source_read(sources[k], at, rooms[k].data, BUFFER_BYTES, &n[k],
                                    err));
        }
        *is_same = n[0] == n[1] && memcmp(rooms[0].data, rooms[1].data, n[0]) == 0;
    }
    return DSI_OK;
}

static enum dsi_status compare_files(struct look *look,
                                     const struct dsi_dup_first *first,
                                     const struct dsi_block *block, bool *is_same,
                                     struct dsi_error *err)
{
    const bool are_paths[2] = {!first->source, is_picture(look, block->group)};
    const char *paths[2] = {(const char *)first->bytes.data, block->where};
    struct dsi_source opened[2];
    struct dsi_source *sources[2] = {first->source,
                                     are_paths[1] ? NULL : block->file->source};
    enum dsi_status status = DSI_OK;
    for (int k = 0; k < 2 && status == DSI_OK; k++) {
        if (!are_paths[k])
            continue;
        status = dsi_source_open(&opened[k], paths[k], err);
        if (status == DSI_OK)
            sources[k] = &opened[k];
    }
    if (status == DSI_OK)
        status = compare(look, sources, is_same, err);
    for (int k = 0; k < 2; k++)
        if (are_paths[k] && sources[k])
            dsi_source_close(sources[k]);
    return status;
}

static enum dsi_status keep_file(struct look *look, struct dsi_dup_first *first,
                                 const struct dsi_block *block, struct dsi_error *err)
{
    if (first->is_carried)
        return DSI_OK;
    if (is_picture(look, block->group))
        DSI_TRY(dsi_bytes_append(&first->bytes, block->where, strlen(block->where) + 1,
                                 err));
    else
        first->source = block->file->source;
    first->held = DSI_DUP_HELD;
    return DSI_OK;
}

static enum dsi_status look_at_file(struct look *look, const struct dsi_block *block,
                                    struct dsi_error *err)
{
    struct dsi_dup_batch *batch = look->batch;
    const uint64_t index = is_picture(look, block->group) ? block->first_sample : 0;
    const size_t i = find_place(batch, block->group, index);
    if (i == (batch->is_of_firsts ? batch->n_firsts : batch->n))
        return DSI_OK;
    const struct place place = place_at(batch, i);
    if (place.group != block->group || place.index != index)
        return DSI_OK;
    if (batch->is_of_firsts)
        return keep_file(look, &batch->firsts[i], block, err);
    struct dsi_dup_candidate *candidate = &batch->candidates[batch->by_place[i]];
    const struct dsi_dup_first *first = &batch->firsts[candidate->first];
    struct dsi_error reason;
    bool is_same = false;
    if (first->held != DSI_DUP_HELD)
        return DSI_OK;
    const enum dsi_status status = compare_files(look, first, block, &is_same, &reason);
    if (status == DSI_OK)
        candidate->verdict = is_same ? DSI_DUP_SAME : DSI_DUP_OTHER;
    else if (!dsi_status_is_data(status))
        *err = reason;
    return status == DSI_OK || dsi_status_is_data(status) ? DSI_OK : status;
}

/* --- the check -------------------------------------------------------------------- */

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct look *look = state;
    struct dsi_run run;
    if (look->batch->dups->is_of_files)
        return block->status == DSI_OK ? look_at_file(look, block, err) : DSI_OK;
    if (!block->values_array)
        return DSI_OK;
    for (uint64_t at = 0; dsi_block_next_run(block, &at, &run);)
        DSI_TRY(look_at_run(look, block, &run, err));
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    (void)into, (void)from, (void)err;
    return DSI_OK;
}

const struct dsi_check dsi_check_dup_look = {
    .name = "dup_look",
    .help = "what the samples of a batch hold",
    .need = need,
    .state_size = sizeof(struct look),
    .init = init,
    .update = update,
    .merge = merge,
    .destroy = destroy,
};
