#include "cache.h"

#include "cache_ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STALE = 3600 }; /* seconds */

/* A run of the plan's blocks, some of which are scanned. */
struct segment {
    size_t n_wanted;            /* blocks that are still to come */
    struct dsi_check_run *runs; /* all of its blocks so far; NULL: none came yet */
    struct dsi_bytes *states;   /* of each block; empty where it is not kept */
};

struct dsi_cache {
    struct dsi_plan plan;
    struct dsi_check_run *runs; /* the caller's */
    size_t n_runs;
    struct dsi_cache_ids ids;
    char *folder; /* of this key */
    uint8_t *wanted;
    struct segment *segments;
    uint64_t n_segments;
    pthread_mutex_t mutex; /* of the segments, and the failure */
    struct dsi_error failure;
    bool has_failed;
};

static void note_failure(struct dsi_cache *cache, const struct dsi_error *err)
{
    if (!cache->has_failed)
        cache->failure = *err;
    cache->has_failed = true;
}

const char *dsi_cache_failure(const struct dsi_cache *cache)
{
    return cache && cache->has_failed ? cache->failure.message : NULL;
}

/* --- where it is --------------------------------------------------------------------
 */

static enum dsi_status make_folder(struct dsi_cache *cache,
                                   const struct dsi_cache_options *options,
                                   struct dsi_error *err)
{
    char name[2 * DSI_CACHE_KEY_SIZE + 1];
    for (size_t i = 0; i < DSI_CACHE_KEY_SIZE; i++)
        snprintf(name + 2 * i, 3, "%02x", options->key[i]);
    if (asprintf(&cache->folder, "%s/%s", options->folder, name) < 0) {
        cache->folder = NULL;
        return dsi_fail_memory(err, strlen(options->folder));
    }
    for (int i = 0; i < 2; i++) {
        const char *folder = i ? cache->folder : options->folder;
        struct dsi_error reason;
        if (mkdir(folder, 0777) == 0 || errno == EEXIST)
            continue;
        dsi_fail(&reason, DSI_ERR_WRITE, "%.400s: %s", folder, strerror(errno));
        note_failure(cache, &reason);
    }
    return DSI_OK;
}

/* "all.XXXXXX" or "N.XXXXXX", as dsi_cache_write names them. */
static bool is_temporary(const char *name)
{
    const size_t n = strncmp(name, "all", 3) == 0 ? 3 : strspn(name, "0123456789");
    return n && name[n] == '.' && strlen(name + n) == 7;
}

/* Temporaries of scans that were killed: nobody writes for an hour. A link would lead
 * to files of somebody else. */
static void sweep(const struct dsi_cache *cache, int64_t now)
{
    const int fd = open(cache->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct stat info;
        if (is_temporary(entry->d_name) &&
            fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_mtim.tv_sec < now - STALE)
            unlinkat(fd, entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
}

/* FOLDER/all, or FOLDER/N. NULL when memory is out. */
static char *path_of(const struct dsi_cache *cache, uint64_t segment)
{
    char *path = NULL;
    const int n = segment == UINT64_MAX ? asprintf(&path, "%s/all", cache->folder)
                                        : asprintf(&path, "%s/%llu", cache->folder,
                                                   (unsigned long long)segment);
    return n < 0 ? NULL : path;
}

/* --- the whole ----------------------------------------------------------------------
 */

static enum dsi_status save_whole(const struct dsi_cache *cache, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append(out, &cache->ids.whole, sizeof cache->ids.whole, err));
    for (size_t i = 0; i < cache->n_runs; i++)
        DSI_TRY(dsi_bytes_append_u64(out, cache->runs[i].n_passes, err));
    DSI_TRY(dsi_cache_save_states(cache->runs, cache->n_runs, out, err));
    return dsi_cache_seal(out, 0, err);
}

/* Into the runs, which are fresh. */
static enum dsi_status take_whole(struct dsi_cache *cache, struct dsi_bytes_reader *in,
                                  struct dsi_error *err)
{
    for (size_t i = 0; i < cache->n_runs; i++) {
        uint64_t n_passes;
        DSI_TRY(dsi_bytes_read_u64(in, &n_passes, err));
        cache->runs[i].n_passes = (unsigned)n_passes;
        cache->runs[i].is_done = true;
    }
    for (size_t i = 0; i < cache->n_runs; i++) {
        const char *text;
        size_t n;
        DSI_TRY(dsi_bytes_read_text(in, &text, &n, err));
        struct dsi_bytes_reader state = {.data = (const uint8_t *)text, .n = n};
        DSI_TRY(cache->runs[i].check->load(cache->runs[i].state, &state, err));
    }
    return DSI_OK;
}

/* Runs that a damaged file has been read into are made anew. */
static enum dsi_status renew(struct dsi_cache *cache, struct dsi_error *err)
{
    for (size_t i = 0; i < cache->n_runs; i++) {
        dsi_check_run_free(&cache->runs[i]);
        cache->runs[i].n_passes = 0;
        cache->runs[i].is_done = false;
        DSI_TRY(dsi_check_run_init(&cache->runs[i], cache->runs[i].dataset, err));
    }
    return DSI_OK;
}

static enum dsi_status find_whole(struct dsi_cache *cache, bool *is_whole,
                                  struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    struct dsi_error reason;
    enum dsi_status status = DSI_OK;
    char *path = path_of(cache, UINT64_MAX);
    if (!path)
        return dsi_fail_memory(err, 0);
    if (dsi_cache_id_is_known(&cache->ids.whole) && dsi_cache_read(path, &bytes) &&
        bytes.n >= DSI_CACHE_ID_SIZE &&
        memcmp(bytes.data, &cache->ids.whole, DSI_CACHE_ID_SIZE) == 0) {
        struct dsi_bytes_reader in = {
            .data = bytes.data, .n = bytes.n, .at = DSI_CACHE_ID_SIZE};
        *is_whole = take_whole(cache, &in, &reason) == DSI_OK;
        if (!*is_whole)
            status = renew(cache, err);
    }
    dsi_bytes_free(&bytes);
    free(path);
    return status;
}

enum dsi_status dsi_cache_end(struct dsi_cache *cache, struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    struct dsi_error reason;
    if (!dsi_cache_id_is_known(&cache->ids.whole) || cache->has_failed)
        return DSI_OK;
    char *path = path_of(cache, UINT64_MAX);
    if (!path)
        return dsi_fail_memory(err, 0);
    const enum dsi_status status = save_whole(cache, &bytes, err);
    if (status == DSI_OK && dsi_cache_write(path, &bytes, &reason) != DSI_OK)
        note_failure(cache, &reason);
    dsi_bytes_free(&bytes);
    free(path);
    return status;
}

/* --- segments: what is known ---------------------------------------------------------
 */

static uint64_t end_of(const struct dsi_cache *cache, uint64_t segment)
{
    const uint64_t end = (segment + 1) * DSI_CACHE_SEGMENT;
    return end < cache->plan.n_blocks ? end : cache->plan.n_blocks;
}

static enum dsi_status pack(struct dsi_cache *cache, uint64_t number,
                            struct dsi_bytes *out, struct dsi_error *err)
{
    const struct segment *segment = &cache->segments[number];
    const uint64_t first = number * DSI_CACHE_SEGMENT;
    struct dsi_bytes merged = {0};
    enum dsi_status status =
        dsi_cache_save_states(segment->runs, cache->n_runs, &merged, err);
    if (status == DSI_OK)
        status = dsi_cache_segment_pack(&cache->ids.of_blocks[first], segment->states,
                                        (size_t)(end_of(cache, number) - first),
                                        &merged, out, err);
    dsi_bytes_free(&merged);
    return status;
}

static void free_segment(struct dsi_cache *cache, struct segment *segment)
{
    for (size_t i = 0; segment->states && i < DSI_CACHE_SEGMENT; i++)
        dsi_bytes_free(&segment->states[i]);
    free(segment->states);
    dsi_cache_free_runs(segment->runs, cache->n_runs);
    *segment = (struct segment){0};
}

/* All of it has come: it is kept, and goes into the runs of whoever brought the last.
 */
static enum dsi_status end_segment(struct dsi_cache *cache, uint64_t number,
                                   struct dsi_check_run *runs, struct dsi_error *err)
{
    struct segment *segment = &cache->segments[number];
    struct dsi_bytes bytes = {0};
    struct dsi_error reason;
    char *path = path_of(cache, number);
    enum dsi_status status = path ? DSI_OK : dsi_fail_memory(err, 0);
    if (status == DSI_OK)
        status = pack(cache, number, &bytes, err);
    if (status == DSI_OK && dsi_cache_write(path, &bytes, &reason) != DSI_OK) {
        pthread_mutex_lock(&cache->mutex);
        note_failure(cache, &reason);
        pthread_mutex_unlock(&cache->mutex);
    }
    for (size_t i = 0; i < cache->n_runs && status == DSI_OK; i++)
        status = runs[i].check->merge(runs[i].state, segment->runs[i].state, err);
    dsi_bytes_free(&bytes);
    free(path);
    free_segment(cache, segment);
    return status;
}

static void want(struct dsi_cache *cache, uint64_t block)
{
    cache->wanted[block / 8] |= (uint8_t)(1u << block % 8);
    cache->segments[block / DSI_CACHE_SEGMENT].n_wanted++;
}

static enum dsi_status start_segment(struct dsi_cache *cache, struct segment *segment,
                                     struct dsi_error *err)
{
    if (segment->runs)
        return DSI_OK;
    segment->states = dsi_alloc_zeroed(DSI_CACHE_SEGMENT, sizeof *segment->states);
    segment->runs = dsi_cache_fresh_runs(cache->runs, cache->n_runs, err);
    if (!segment->states)
        dsi_fail_memory(err, DSI_CACHE_SEGMENT);
    return segment->states && segment->runs ? DSI_OK : DSI_ERR_MEMORY;
}

/* *is_taken is false, and the runs are as they were, where the bytes are not sound. */
static enum dsi_status take_states(const struct dsi_cache *cache, const void *bytes,
                                   size_t n, struct dsi_check_run *runs, bool *is_taken,
                                   struct dsi_error *err)
{
    const enum dsi_status status =
        dsi_cache_merge_states(bytes, n, runs, cache->n_runs, err);
    *is_taken = status == DSI_OK;
    return status == DSI_ERR_MEMORY ? status : DSI_OK;
}

/* Takes of a kept segment what has not changed, into runs and states of its own. Where
 * none is kept these are made when the first block comes. */
static enum dsi_status take_files(struct dsi_cache *cache, uint64_t number,
                                  const struct dsi_cache_segment *kept,
                                  struct dsi_error *err)
{
    struct segment *segment = &cache->segments[number];
    const uint64_t first = number * DSI_CACHE_SEGMENT, end = end_of(cache, number);
    if (kept->n_files)
        DSI_TRY(start_segment(cache, segment, err));
    for (uint64_t block = first; block < end; block++) {
        const size_t i = (size_t)(block - first);
        const struct dsi_cache_id *id = &cache->ids.of_blocks[block];
        const bool is_same = i < kept->n_files && dsi_cache_id_is_known(id) &&
                             memcmp(id, &kept->ids[i], sizeof *id) == 0;
        bool is_taken = false;
        if (is_same && dsi_cache_segment_file(kept, i, &segment->states[i]))
            DSI_TRY(take_states(cache, segment->states[i].data, segment->states[i].n,
                                segment->runs, &is_taken, err));
        if (!is_taken) {
            if (segment->states)
                segment->states[i].n = 0;
            want(cache, block);
        }
    }
    return segment->n_wanted ? DSI_OK : end_segment(cache, number, cache->runs, err);
}

/* Whether all of it is as it was. */
static bool is_same(const struct dsi_cache *cache, uint64_t number,
                    const struct dsi_cache_segment *kept)
{
    const uint64_t first = number * DSI_CACHE_SEGMENT;
    const size_t n = (size_t)(end_of(cache, number) - first);
    for (size_t i = 0; i < n; i++)
        if (!dsi_cache_id_is_known(&cache->ids.of_blocks[first + i]))
            return false;
    return kept->n_files == n &&
           memcmp(kept->ids, &cache->ids.of_blocks[first], n * sizeof *kept->ids) == 0;
}

static enum dsi_status find_segment(struct dsi_cache *cache, uint64_t number,
                                    struct dsi_error *err)
{
    struct dsi_cache_segment kept;
    bool is_taken = false;
    enum dsi_status status = DSI_OK;
    char *path = path_of(cache, number);
    if (!path)
        return dsi_fail_memory(err, 0);
    if (!dsi_cache_segment_open(&kept, path))
        kept = (struct dsi_cache_segment){.fd = -1};
    if (is_same(cache, number, &kept))
        status =
            take_states(cache, kept.merged, kept.n_merged, cache->runs, &is_taken, err);
    if (status == DSI_OK && !is_taken)
        status = take_files(cache, number, &kept, err);
    dsi_cache_segment_close(&kept);
    free(path);
    return status;
}

/* --- segments: what is scanned
 * -------------------------------------------------------- */

static enum dsi_status add_block(struct dsi_cache *cache, uint64_t block,
                                 const struct dsi_check_run *own,
                                 struct dsi_bytes *states, bool *is_full,
                                 struct dsi_error *err)
{
    struct segment *segment = &cache->segments[block / DSI_CACHE_SEGMENT];
    DSI_TRY(start_segment(cache, segment, err));
    struct dsi_bytes *kept = &segment->states[block % DSI_CACHE_SEGMENT];
    dsi_bytes_free(kept);
    if (dsi_cache_id_is_known(&cache->ids.of_blocks[block])) {
        *kept = *states;
        *states = (struct dsi_bytes){0};
    }
    for (size_t i = 0; i < cache->n_runs; i++)
        DSI_TRY(
            segment->runs[i].check->merge(segment->runs[i].state, own[i].state, err));
    *is_full = --segment->n_wanted == 0;
    return DSI_OK;
}

/* In place of folding a block into the runs of a worker. */
static enum dsi_status keep(void *context, uint64_t number,
                            const struct dsi_block *block, struct dsi_check_run *runs,
                            struct dsi_error *err)
{
    struct dsi_cache *cache = context;
    struct dsi_bytes states = {0};
    bool is_full = false;
    struct dsi_check_run *own = dsi_cache_fresh_runs(cache->runs, cache->n_runs, err);
    if (!own)
        return DSI_ERR_MEMORY;
    enum dsi_status status = dsi_check_runs_update(own, cache->n_runs, block, err);
    if (status == DSI_OK)
        status = dsi_cache_save_states(own, cache->n_runs, &states, err);
    if (status == DSI_OK) {
        pthread_mutex_lock(&cache->mutex);
        status = add_block(cache, number, own, &states, &is_full, err);
        pthread_mutex_unlock(&cache->mutex);
    }
    dsi_bytes_free(&states);
    dsi_cache_free_runs(own, cache->n_runs);
    return status == DSI_OK && is_full
               ? end_segment(cache, number / DSI_CACHE_SEGMENT, runs, err)
               : status;
}

/* --- all together -------------------------------------------------------------------
 */

enum dsi_status dsi_cache_begin(struct dsi_cache *cache,
                                struct dsi_scan_options *options, struct dsi_error *err)
{
    const uint64_t n_blocks = cache->plan.n_blocks;
    for (size_t p = 0; p < cache->plan.dataset->n_parts; p++)
        if (!dsi_cache_part_is_files(&cache->plan.dataset->parts[p], cache->plan.need))
            return DSI_OK; /* arrays: as a whole or not at all */
    cache->n_segments = (n_blocks + DSI_CACHE_SEGMENT - 1) / DSI_CACHE_SEGMENT;
    cache->wanted = dsi_alloc_zeroed(n_blocks / 8 + 1, 1);
    cache->segments = dsi_alloc_zeroed(cache->n_segments + 1, sizeof *cache->segments);
    if (!cache->wanted || !cache->segments)
        return dsi_fail_memory(err, n_blocks);
    uint64_t n_wanted = 0;
    for (uint64_t s = 0; s < cache->n_segments; s++) {
        DSI_TRY(find_segment(cache, s, err));
        n_wanted += cache->segments[s].n_wanted;
    }
    options->wanted = n_wanted < n_blocks ? cache->wanted : NULL;
    options->keep = keep;
    options->keep_context = cache;
    return DSI_OK;
}

static enum dsi_status open_cache(struct dsi_cache *cache,
                                  const struct dsi_cache_options *options,
                                  bool *can_be_kept, bool *is_whole,
                                  struct dsi_error *err)
{
    const struct dsi_dataset *dataset = cache->plan.dataset;
    DSI_TRY(dsi_plan_make(&cache->plan, dataset,
                          dsi_check_runs_need(cache->runs, cache->n_runs), err));
    DSI_TRY(dsi_cache_ids_make(&cache->ids, &cache->plan, options, can_be_kept, err));
    if (!*can_be_kept)
        return DSI_OK;
    DSI_TRY(make_folder(cache, options, err));
    sweep(cache, options->now);
    return find_whole(cache, is_whole, err);
}

enum dsi_status dsi_cache_open(struct dsi_cache **cache,
                               const struct dsi_cache_options *options,
                               const struct dsi_dataset *dataset,
                               struct dsi_check_run *runs, size_t n_runs,
                               bool *is_whole, struct dsi_error *err)
{
    bool can_be_kept = false;
    *is_whole = false;
    *cache = NULL;
    struct dsi_cache *made = dsi_alloc_zeroed(1, sizeof *made);
    if (!made)
        return dsi_fail_memory(err, sizeof *made);
    made->plan.dataset = dataset;
    made->runs = runs;
    made->n_runs = n_runs;
    pthread_mutex_init(&made->mutex, NULL);
    const enum dsi_status status =
        open_cache(made, options, &can_be_kept, is_whole, err);
    if (status != DSI_OK || !can_be_kept) {
        dsi_cache_close(made);
        return status;
    }
    *cache = made;
    return DSI_OK;
}

void dsi_cache_close(struct dsi_cache *cache)
{
    if (!cache)
        return;
    for (uint64_t s = 0; cache->segments && s < cache->n_segments; s++)
        free_segment(cache, &cache->segments[s]);
    free(cache->segments);
    free(cache->wanted);
    free(cache->ids.of_blocks);
    free(cache->folder);
    dsi_plan_free(&cache->plan);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}
