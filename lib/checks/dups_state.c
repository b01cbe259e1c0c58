/* The monoid of the dups checks: lists of samples by key, and the texts that labels
 * are. */
#include "dups_state.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 1 << 24 };

const struct dsi_dups_parameters dsi_dups_defaults = {
    .max_rows = 1000000, .max_memory = 1u << 30, .n_workers = 1, .folder = "/tmp"};

/* Of --max-memory three quarters are for the samples, and the rest is for the groups at
 * the end and for what near duplicates take meanwhile. */
static struct dsi_sorted_limits limits_of(const struct dsi_dups_parameters *p,
                                          uint64_t quarters)
{
    const uint64_t all = p->max_memory / 4 * quarters;
    return (struct dsi_sorted_limits){all / p->n_workers, all, p->folder};
}

enum dsi_status dsi_dups_init(struct dsi_dups *dups, const struct dsi_dataset *dataset,
                              const struct dsi_dups_parameters *parameters,
                              const char *kind, struct dsi_error *err)
{
    *dups = (struct dsi_dups){
        .dataset = dataset,
        .parameters = parameters,
        .exact = dsi_sorted_words_start(DSI_DUP_WORDS, limits_of(parameters, 3)),
        .near = dsi_sorted_words_start(DSI_DUP_WORDS, limits_of(parameters, 1)),
        .labels = dsi_class_table_new(MAX_LABELS),
        .names = dsi_alloc_zeroed(1, sizeof *dups->names),
        .kind = kind};
    return dups->labels && dups->names ? DSI_OK
                                       : dsi_fail_memory(err, sizeof *dups->names);
}

void dsi_dups_destroy(struct dsi_dups *dups)
{
    dsi_sorted_words_free(&dups->exact);
    dsi_sorted_words_free(&dups->near);
    dsi_class_table_free(dups->labels);
    dsi_dup_names_free(dups->names);
    dsi_bytes_free(&dups->scratch);
    dsi_planes_free(&dups->planes);
    dsi_hasher_free(&dups->hasher);
}

struct dsi_dup_sample dsi_dup_sample_of(const uint64_t record[DSI_DUP_WORDS])
{
    return (struct dsi_dup_sample){
        .group = record[DSI_DUP_GROUP],
        .index = record[DSI_DUP_INDEX] >> 8,
        .label = {.kind = (enum dsi_dup_label_kind)(record[DSI_DUP_INDEX] & 255),
                  .word = record[DSI_DUP_LABEL]}};
}

enum dsi_status dsi_dups_add(struct dsi_sorted_words *list, const uint64_t key[2],
                             const struct dsi_dup_sample *sample, struct dsi_error *err)
{
    const uint64_t record[DSI_DUP_WORDS] = {
        [DSI_DUP_KEY] = key[0],
        [DSI_DUP_KEY_LOW] = key[1],
        [DSI_DUP_GROUP] = sample->group,
        [DSI_DUP_INDEX] = sample->index << 8 | (uint64_t)sample->label.kind,
        [DSI_DUP_LABEL] = sample->label.word};
    return dsi_sorted_words_add(list, record, err);
}

enum dsi_status dsi_dups_merge(struct dsi_dups *into, const struct dsi_dups *from,
                               struct dsi_error *err)
{
    DSI_TRY(dsi_sorted_words_merge(&into->exact, &from->exact, err));
    DSI_TRY(dsi_sorted_words_merge(&into->near, &from->near, err));
    DSI_TRY(dsi_class_table_merge(into->labels, from->labels, err));
    return dsi_dup_names_merge(into->names, from->names, err);
}

/* --- names ------------------------------------------------------------------------ */

static bool is_picture(const struct dsi_dups *dups, uint64_t group)
{
    return dups->dataset->groups[group].channels.kind == DSI_CHANNELS_PICTURES;
}

enum dsi_status dsi_dups_where(const struct dsi_dups *dups, uint64_t group,
                               uint64_t index, struct dsi_bytes *where,
                               struct dsi_error *err)
{
    const char *name = dsi_dup_names_find(dups->names, group, index);
    if (!name && dups->is_of_files && !is_picture(dups, group))
        name = dups->dataset->groups[group].name;
    if (!name)
        return dsi_dataset_where(dups->dataset, (size_t)group, index, where, err);
    where->n = 0;
    return dsi_bytes_append(where, name, strlen(name) + 1, err);
}

/* --- as bytes: of each list the number of its records and these in order, of pictures
 * the path behind the record; then the labels ---------------------------------------
 */

static enum dsi_status save_list(const struct dsi_dups *dups,
                                 const struct dsi_sorted_words *list, bool has_names,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_sorted_cursor *cursor;
    struct dsi_bytes where = {0};
    const uint64_t *record;
    DSI_TRY(dsi_sorted_cursor_open(&cursor, list, err));
    enum dsi_status status = dsi_bytes_append_u64(out, list->n, err);
    while (status == DSI_OK) {
        status = dsi_sorted_cursor_next(cursor, &record, err);
        if (status != DSI_OK || !record)
            break;
        for (size_t w = 0; w < DSI_DUP_WORDS && status == DSI_OK; w++)
            status = dsi_bytes_append_u64(out, record[w], err);
        const struct dsi_dup_sample sample = dsi_dup_sample_of(record);
        if (status != DSI_OK || !has_names || !is_picture(dups, sample.group))
            continue;
        status = dsi_dups_where(dups, sample.group, sample.index, &where, err);
        if (status == DSI_OK)
            status = dsi_bytes_append_text(out, where.data,
                                           strlen((const char *)where.data), err);
    }
    dsi_bytes_free(&where);
    dsi_sorted_cursor_close(cursor);
    return status;
}

enum dsi_status dsi_dups_save(const struct dsi_dups *dups, struct dsi_bytes *out,
                              struct dsi_error *err)
{
    DSI_TRY(save_list(dups, &dups->exact, true, out, err));
    DSI_TRY(save_list(dups, &dups->near, false, out, err));
    return dsi_class_table_save(dups->labels, out, err);
}

static enum dsi_status load_record(struct dsi_dups *dups, struct dsi_sorted_words *list,
                                   bool has_names, struct dsi_bytes_reader *in,
                                   struct dsi_error *err)
{
    uint64_t record[DSI_DUP_WORDS];
    const char *text;
    size_t n;
    for (size_t w = 0; w < DSI_DUP_WORDS; w++)
        DSI_TRY(dsi_bytes_read_u64(in, &record[w], err));
    const struct dsi_dup_sample sample = dsi_dup_sample_of(record);
    if (sample.group >= dups->dataset->n_groups ||
        sample.label.kind >= DSI_N_DUP_LABELS ||
        (sample.index && /* a file of no rows is one, too */
         sample.index >= dsi_dataset_n_numbered(dups->dataset, (size_t)sample.group)))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state of another dataset");
    if (has_names && is_picture(dups, sample.group)) {
        DSI_TRY(dsi_bytes_read_text(in, &text, &n, err));
        if (n == 0 || memchr(text, '\0', n))
            return dsi_fail(err, DSI_ERR_MALFORMED, "a saved name is damaged");
        DSI_TRY(dsi_dup_names_add(dups->names, &sample, text, n, err));
    }
    return dsi_sorted_words_add(list, record, err);
}

static enum dsi_status load_list(struct dsi_dups *dups, struct dsi_sorted_words *list,
                                 bool has_names, struct dsi_bytes_reader *in,
                                 struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_record(dups, list, has_names, in, err));
    return DSI_OK;
}

enum dsi_status dsi_dups_load(struct dsi_dups *dups, struct dsi_bytes_reader *in,
                              struct dsi_error *err)
{
    DSI_TRY(load_list(dups, &dups->exact, true, in, err));
    DSI_TRY(load_list(dups, &dups->near, false, in, err));
    return dsi_class_table_load(dups->labels, in, err);
}
