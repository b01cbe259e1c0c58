/* dup_files: files that are the same byte for byte; none of them is decoded.
 *
 * The first look asks for sizes alone, and the second reads the files whose size
 * another has, too. Where there is one look only (shards), it reads them all. */
#include "dups_state.h"
#include "record_list.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { BUFFER_BYTES = 256 << 10, MAX_LISTED = 10000 };

struct dup_files {
    struct dsi_dups dups;          /* what is found, by the look that reads */
    struct dsi_record_list unread; /* key: group, index, status; text: where, reason */
    struct dsi_sorted_words sizes; /* by the first look */
    bool is_second;
    uint64_t n_files;           /* that the first look met, once it is over */
    uint64_t *wanted, n_wanted; /* sizes that several files have, ascending */
    struct dsi_bytes room;
    XXH3_state_t *hash;
};

enum { TEXT_WHERE, TEXT_REASON };

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_FILES | DSI_NEED_LABELS;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dup_files *files = state;
    DSI_TRY(dsi_dups_init(&files->dups, dataset, parameters, "bytes", err));
    files->dups.is_of_files = true;
    files->sizes = dsi_sorted_words_start(1, files->dups.exact.limits);
    files->unread.max = MAX_LISTED;
    files->hash = XXH3_createState();
    return files->hash ? DSI_OK : dsi_fail_memory(err, 1024);
}

static void destroy(void *state)
{
    struct dup_files *files = state;
    dsi_dups_destroy(&files->dups);
    dsi_record_list_free(&files->unread);
    dsi_sorted_words_free(&files->sizes);
    dsi_bytes_free(&files->room);
    free(files->wanted);
    XXH3_freeState(files->hash);
}

/* --- a file ----------------------------------------------------------------------- */

static enum dsi_status hash_source(struct dup_files *files, struct dsi_source *source,
                                   uint64_t key[2], struct dsi_error *err)
{
    size_t n = BUFFER_BYTES;
    DSI_TRY(dsi_bytes_claim(&files->room, BUFFER_BYTES, err));
    XXH3_128bits_reset(files->hash);
    for (uint64_t at = 0; n == BUFFER_BYTES; at += n) {
        DSI_TRY(dsi_source_read(source, at, files->room.data, BUFFER_BYTES, &n, err));
        XXH3_128bits_update(files->hash, files->room.data, n);
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(files->hash);
    key[0] = hash.high64;
    key[1] = hash.low64;
    return DSI_OK;
}

/* An array's file is open, and a picture's is not. */
static enum dsi_status hash_file(struct dup_files *files, const struct dsi_block *block,
                                 bool is_picture, uint64_t key[2],
                                 struct dsi_error *err)
{
    struct dsi_source source;
    if (!is_picture)
        return hash_source(files, block->file->source, key, err);
    DSI_TRY(dsi_source_open(&source, block->where, err));
    const enum dsi_status status = hash_source(files, &source, key, err);
    dsi_source_close(&source);
    return status;
}

static enum dsi_status keep_unread(struct dup_files *files,
                                   const struct dsi_block *block,
                                   const struct dsi_error *reason,
                                   struct dsi_error *err)
{
    if (!dsi_status_is_data(reason->status)) {
        *err = *reason;
        return reason->status;
    }
    const struct dsi_record record = {
        .key = {block->group, block->first_sample, (uint64_t)reason->status},
        .texts = {[TEXT_WHERE] = block->where, [TEXT_REASON] = reason->message}};
    return dsi_record_list_add(&files->unread, &record, err);
}

static enum dsi_status read_file(struct dup_files *files, const struct dsi_block *block,
                                 struct dsi_error *err)
{
    const bool is_picture = files->dups.dataset->groups[block->group].channels.kind ==
                            DSI_CHANNELS_PICTURES;
    struct dsi_dup_sample sample = {.group = block->group,
                                    .index = is_picture ? block->first_sample : 0};
    struct dsi_error reason;
    uint64_t key[2];
    if (hash_file(files, block, is_picture, key, &reason) != DSI_OK)
        return keep_unread(files, block, &reason, err);
    if (is_picture)
        DSI_TRY(
            dsi_dup_label_of(&files->dups, block, block->group, 0, &sample.label, err));
    return dsi_dups_add(&files->dups.exact, key, &sample, err);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool is_wanted(const struct dup_files *files, uint64_t n_bytes)
{
    return files->n_wanted &&
           bsearch(&n_bytes, files->wanted, files->n_wanted, sizeof n_bytes, compare);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dup_files *files = state;
    const uint64_t n_bytes = block->n_file_bytes;
    if (block->status != DSI_OK)
        return DSI_OK;
    if (!files->is_second) {
        DSI_TRY(dsi_sorted_words_add(&files->sizes, &n_bytes, err));
        return files->dups.parameters->has_one_look ? read_file(files, block, err)
                                                    : DSI_OK;
    }
    return is_wanted(files, n_bytes) ? read_file(files, block, err) : DSI_OK;
}

/* --- the monoid ------------------------------------------------------------------- */

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dup_files *files = into;
    const struct dup_files *others = from;
    DSI_TRY(dsi_dups_merge(&files->dups, &others->dups, err));
    DSI_TRY(dsi_sorted_words_merge(&files->sizes, &others->sizes, err));
    return dsi_record_list_merge(&files->unread, &others->unread, err);
}

/* Ends the first look: the sizes that several files have. */
static enum dsi_status want_sizes(struct dup_files *files,
                                  struct dsi_sorted_cursor *cursor,
                                  struct dsi_error *err)
{
    const uint64_t *record;
    size_t capacity = 0;
    bool is_first = true;
    DSI_TRY(dsi_sorted_cursor_next(cursor, &record, err));
    for (uint64_t last = 0; record; is_first = false) {
        const uint64_t size = *record;
        if (!is_first && size == last &&
            (!files->n_wanted || files->wanted[files->n_wanted - 1] != size)) {
            uint64_t *wanted = dsi_grow_array(files->wanted, (size_t)files->n_wanted,
                                              &capacity, sizeof *wanted);
            if (!wanted)
                return dsi_fail_memory(err, files->n_wanted * sizeof *wanted);
            files->wanted = wanted;
            files->wanted[files->n_wanted++] = size;
        }
        last = size;
        DSI_TRY(dsi_sorted_cursor_next(cursor, &record, err));
    }
    return DSI_OK;
}

static enum dsi_status plan(void *state, bool *more, struct dsi_error *err)
{
    struct dup_files *files = state;
    struct dsi_sorted_cursor *cursor;
    *more = false;
    if (files->is_second || files->dups.parameters->has_one_look)
        return DSI_OK;
    DSI_TRY(dsi_sorted_cursor_open(&cursor, &files->sizes, err));
    const enum dsi_status status = want_sizes(files, cursor, err);
    dsi_sorted_cursor_close(cursor);
    DSI_TRY(status);
    files->n_files = files->sizes.n;
    dsi_sorted_words_free(&files->sizes);
    files->is_second = true;
    *more = files->n_wanted > 0;
    return DSI_OK;
}

static enum dsi_status adopt(void *fresh, const void *planned, struct dsi_error *err)
{
    struct dup_files *files = fresh;
    const struct dup_files *from = planned;
    files->wanted = dsi_alloc_array(from->n_wanted, sizeof *files->wanted);
    if (!files->wanted)
        return dsi_fail_memory(err, from->n_wanted * sizeof *files->wanted);
    if (from->n_wanted)
        memcpy(files->wanted, from->wanted, from->n_wanted * sizeof *files->wanted);
    files->n_wanted = from->n_wanted;
    files->n_files = from->n_files;
    files->is_second = from->is_second;
    return DSI_OK;
}

/* --- as bytes: which look, the files, the sizes of the first or those wanted of the
 * second, what is found, what could not be read --------------------------------------
 */

static enum dsi_status save_sizes(const struct dup_files *files, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    struct dsi_sorted_cursor *cursor;
    const uint64_t *record;
    DSI_TRY(dsi_bytes_append_u64(out, files->sizes.n, err));
    DSI_TRY(dsi_sorted_cursor_open(&cursor, &files->sizes, err));
    enum dsi_status status = dsi_sorted_cursor_next(cursor, &record, err);
    while (status == DSI_OK && record) {
        status = dsi_bytes_append_u64(out, *record, err);
        if (status == DSI_OK)
            status = dsi_sorted_cursor_next(cursor, &record, err);
    }
    dsi_sorted_cursor_close(cursor);
    return status;
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dup_files *files = state;
    DSI_TRY(dsi_bytes_append_u64(out, files->is_second, err));
    DSI_TRY(dsi_bytes_append_u64(out, files->n_files, err));
    DSI_TRY(save_sizes(files, out, err));
    DSI_TRY(dsi_bytes_append_u64(out, files->n_wanted, err));
    for (uint64_t i = 0; i < files->n_wanted; i++)
        DSI_TRY(dsi_bytes_append_u64(out, files->wanted[i], err));
    DSI_TRY(dsi_dups_save(&files->dups, out, err));
    return dsi_record_list_save(&files->unread, out, err);
}

static enum dsi_status load_wanted(struct dup_files *files, struct dsi_bytes_reader *in,
                                   struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    if (n > (in->n - in->at) / sizeof *files->wanted)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state is damaged");
    files->wanted = dsi_alloc_array(n, sizeof *files->wanted);
    if (!files->wanted)
        return dsi_fail_memory(err, n * sizeof *files->wanted);
    for (; files->n_wanted < n; files->n_wanted++) {
        uint64_t *wanted = &files->wanted[files->n_wanted];
        DSI_TRY(dsi_bytes_read_u64(in, wanted, err));
        if (files->n_wanted && wanted[0] <= wanted[-1])
            return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state is damaged");
    }
    return DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dup_files *files = state;
    uint64_t is_second, n, size;
    DSI_TRY(dsi_bytes_read_u64(in, &is_second, err));
    DSI_TRY(dsi_bytes_read_u64(in, &files->n_files, err));
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    if (is_second > 1 || (is_second && n))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state is damaged");
    files->is_second = is_second;
    for (uint64_t i = 0; i < n; i++) {
        DSI_TRY(dsi_bytes_read_u64(in, &size, err));
        DSI_TRY(dsi_sorted_words_add(&files->sizes, &size, err));
    }
    DSI_TRY(load_wanted(files, in, err));
    DSI_TRY(dsi_dups_load(&files->dups, in, err));
    return dsi_record_list_load(&files->unread, in, err);
}

/* --- the end ---------------------------------------------------------------------- */

static enum dsi_status tell_unread(struct dup_files *files, struct dsi_report *report,
                                   struct dsi_error *err)
{
    const struct dsi_dataset *dataset = files->dups.dataset;
    dsi_record_list_sort(&files->unread);
    for (size_t i = 0; i < files->unread.n; i++) {
        const struct dsi_record record = dsi_record_list_at(&files->unread, i);
        if (record.key[0] >= dataset->n_groups) /* loaded, and damaged */
            continue;
        const struct dsi_finding finding = {
            .rule = dsi_status_rule((enum dsi_status)record.key[2]),
            .severity = DSI_ERROR,
            .source = dsi_group_source(&dataset->groups[record.key[0]]),
            .index = record.key[1],
            .where = record.texts[TEXT_WHERE],
            .detail = record.texts[TEXT_REASON]};
        DSI_TRY(dsi_report_finding(report, &finding, err));
    }
    return DSI_OK;
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    struct dup_files *files = state;
    DSI_TRY(tell_unread(files, report, err));
    files->dups.n_samples = files->is_second ? files->n_files : files->sizes.n;
    return dsi_dups_finish(&files->dups, report, err);
}

const struct dsi_check dsi_check_dup_files = {
    .name = "dup_files",
    .help = "files that are the same byte for byte",
    .need = need,
    .state_size = sizeof(struct dup_files),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .plan = plan,
    .adopt = adopt,
    .n_columns = 8,
    .finish = finish,
    .destroy = destroy,
    .default_parameters = &dsi_dups_defaults,
};
