#include "cache_ids.h"

#include "workers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

enum { TICK = 2, PIECE = 256 }; /* seconds; blocks a worker takes at a time */

/* --- hashing ------------------------------------------------------------------------
 */

static void set(struct dsi_cache_id *id, XXH128_hash_t hash)
{
    XXH128_canonical_t canonical;
    _Static_assert(sizeof canonical == DSI_CACHE_ID_SIZE, "128 bits");
    XXH128_canonicalFromHash(&canonical, hash);
    memcpy(id->bytes, canonical.digest, sizeof canonical);
}

struct facts {
    uint64_t numbers[10];
};

/* False: it may change once more and look the same, or is not there. */
static bool set_facts(const struct stat *info, int64_t now, struct facts *facts)
{
    if (!S_ISREG(info->st_mode) || info->st_mtim.tv_sec > now - TICK ||
        info->st_ctim.tv_sec > now - TICK)
        return false;
    facts->numbers[0] = (uint64_t)info->st_size;
    facts->numbers[1] = (uint64_t)info->st_ino;
    facts->numbers[2] = (uint64_t)info->st_dev;
    facts->numbers[3] = (uint64_t)info->st_mtim.tv_sec;
    facts->numbers[4] = (uint64_t)info->st_mtim.tv_nsec;
    facts->numbers[5] = (uint64_t)info->st_ctim.tv_sec;
    facts->numbers[6] = (uint64_t)info->st_ctim.tv_nsec;
    return true;
}

/* The path on top of the facts. */
static XXH128_hash_t hash_of(const struct facts *facts, const char *path)
{
    const uint64_t seed = XXH3_64bits(facts, sizeof *facts);
    return XXH3_128bits_withSeed(path, strlen(path), seed);
}

/* --- files that are samples ---------------------------------------------------------
 */

bool dsi_cache_part_is_files(const struct dsi_part *part, unsigned need)
{
    const unsigned opens = DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES;
    return part->layout->where && need & opens &&
           part->layout->n_blocks(part, need) == part->n_samples;
}

struct looking {
    const struct dsi_plan *plan;
    const struct dsi_cache_options *options;
    struct dsi_cache_ids *ids;
    _Atomic uint64_t next;
    _Atomic bool is_unsure, is_unknown, is_short;
};

/* The part of a block, from the part of one before it. */
static size_t part_of(const struct dsi_plan *plan, size_t part, uint64_t block)
{
    while (block >= plan->first_block[part + 1])
        part++;
    return part;
}

static void look_at(struct looking *l, size_t p, uint64_t block, struct dsi_bytes *path)
{
    const struct dsi_part *part = &l->plan->dataset->parts[p];
    const uint64_t sample = block - l->plan->first_block[p];
    struct facts facts = {{0}};
    struct stat info;
    const enum dsi_status status = part->layout->where(part, sample, path, NULL);
    if (status == DSI_ERR_MEMORY)
        l->is_short = true;
    else if (status != DSI_OK)
        l->is_unknown = true;
    if (status != DSI_OK)
        return;
    if (stat((const char *)path->data, &info) != 0 ||
        !set_facts(&info, l->options->now, &facts)) {
        l->is_unsure = true;
        return;
    }
    facts.numbers[7] = part->group;
    facts.numbers[8] = sample;
    set(&l->ids->of_blocks[block], hash_of(&facts, (const char *)path->data));
}

static void look(void *context, unsigned number)
{
    struct looking *l = context;
    const struct dsi_plan *plan = l->plan;
    struct dsi_bytes path = {0};
    uint64_t first;
    (void)number;
    while ((first = atomic_fetch_add(&l->next, PIECE)) < plan->n_blocks) {
        const uint64_t end =
            plan->n_blocks - first < PIECE ? plan->n_blocks : first + PIECE;
        size_t p = part_of(plan, 0, first);
        for (uint64_t block = first; block < end; block++) {
            p = part_of(plan, p, block);
            if (dsi_cache_part_is_files(&plan->dataset->parts[p], plan->need))
                look_at(l, p, block, &path);
        }
    }
    dsi_bytes_free(&path);
}

/* --- files of arrays ----------------------------------------------------------------
 */

/* False: one of them is no file, or has just changed. */
static bool add_arrays(XXH3_state_t *hash, const struct dsi_dataset *dataset,
                       int64_t now)
{
    bool is_sure = true;
    for (const struct dsi_open_file *f = dataset->files; f; f = f->next) {
        struct facts facts = {{0}};
        struct stat info;
        if (f->source.kind != DSI_SOURCE_FILE || fstat(f->source.fd, &info) != 0 ||
            !set_facts(&info, now, &facts)) {
            is_sure = false;
            continue;
        }
        const XXH128_hash_t one = hash_of(&facts, f->name);
        XXH3_128bits_update(hash, &one, sizeof one);
    }
    return is_sure;
}

/* Other parts than files and arrays (what a dataset of the future may be) are unknown.
 */
static bool are_known(const struct dsi_plan *plan)
{
    for (size_t p = 0; p < plan->dataset->n_parts; p++) {
        const struct dsi_part *part = &plan->dataset->parts[p];
        if (!dsi_cache_part_is_files(part, plan->need) &&
            strcmp(part->layout->name, "array") != 0)
            return false;
    }
    return true;
}

static enum dsi_status look_at_all(struct dsi_cache_ids *ids,
                                   const struct dsi_plan *plan,
                                   const struct dsi_cache_options *options,
                                   bool *is_known, bool *is_sure, struct dsi_error *err)
{
    struct looking l = {.plan = plan, .options = options, .ids = ids};
    dsi_workers_run(dsi_n_workers(options->n_threads, plan->n_blocks / PIECE + 1), look,
                    &l);
    *is_known = !l.is_unknown;
    *is_sure = !l.is_unsure;
    return l.is_short ? dsi_fail_memory(err, 0) : DSI_OK;
}

enum dsi_status dsi_cache_ids_make(struct dsi_cache_ids *ids,
                                   const struct dsi_plan *plan,
                                   const struct dsi_cache_options *options,
                                   bool *can_be_kept, struct dsi_error *err)
{
    bool is_sure;
    *can_be_kept = false;
    if (!are_known(plan) || plan->dataset->options.open.follow_external)
        return DSI_OK;
    ids->of_blocks = dsi_alloc_zeroed(plan->n_blocks + 1, sizeof *ids->of_blocks);
    XXH3_state_t *hash = XXH3_createState();
    if (!ids->of_blocks || !hash) {
        XXH3_freeState(hash);
        return dsi_fail_memory(err, plan->n_blocks * sizeof *ids->of_blocks);
    }
    XXH3_128bits_reset(hash);
    const enum dsi_status status =
        look_at_all(ids, plan, options, can_be_kept, &is_sure, err);
    is_sure = add_arrays(hash, plan->dataset, options->now) && is_sure;
    XXH3_128bits_update(hash, ids->of_blocks, plan->n_blocks * sizeof *ids->of_blocks);
    if (is_sure)
        set(&ids->whole, XXH3_128bits_digest(hash));
    XXH3_freeState(hash);
    return status;
}
