/* Near duplicates: groups of pictures that hang together by pairs whose hashes differ
 * in few bits. */
#include "dup_groups.h"
#include "near_search.h"

#include <stdlib.h>
#include <string.h>

struct picture {
    uint64_t hash, content;
    uint32_t set; /* of those that hang together */
    struct dsi_dup_sample sample;
};

struct nearness {
    struct picture *pictures; /* by hash */
    size_t n;
    uint64_t *hashes;  /* different ones, ascending */
    uint32_t *parents; /* sets of these: a forest */
    size_t n_hashes;
};

/* --- sets --------------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parents, uint32_t i)
{
    for (; parents[i] != i; i = parents[i])
        parents[i] = parents[parents[i]];
    return i;
}

static enum dsi_status join(void *context, size_t a, size_t b, struct dsi_error *err)
{
    uint32_t *parents = context;
    const uint32_t x = root_of(parents, (uint32_t)a), y = root_of(parents, (uint32_t)b);
    (void)err;
    if (x < y)
        parents[y] = x;
    else
        parents[x] = y;
    return DSI_OK;
}

/* --- pictures ----------------------------------------------------------------------
 */

static enum dsi_status list_pictures(struct nearness *near,
                                     const struct dsi_sorted_words *list,
                                     struct dsi_error *err)
{
    struct dsi_sorted_cursor *cursor;
    const uint64_t *record;
    near->pictures = dsi_alloc_array(list->n, sizeof *near->pictures);
    near->hashes = dsi_alloc_array(list->n, sizeof *near->hashes);
    near->parents = dsi_alloc_array(list->n, sizeof *near->parents);
    if (!near->pictures || !near->hashes || !near->parents)
        return dsi_fail_memory(err, list->n * sizeof *near->pictures);
    if (list->n > UINT32_MAX)
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^32 pictures to compare");
    DSI_TRY(dsi_sorted_cursor_open(&cursor, list, err));
    enum dsi_status status = dsi_sorted_cursor_next(cursor, &record, err);
    while (status == DSI_OK && record) {
        const uint64_t hash = record[DSI_DUP_KEY];
        if (near->n_hashes == 0 || near->hashes[near->n_hashes - 1] != hash) {
            near->parents[near->n_hashes] = (uint32_t)near->n_hashes;
            near->hashes[near->n_hashes++] = hash;
        }
        near->pictures[near->n++] =
            (struct picture){.hash = hash,
                             .content = record[DSI_DUP_KEY_LOW],
                             .set = (uint32_t)(near->n_hashes - 1),
                             .sample = dsi_dup_sample_of(record)};
        status = dsi_sorted_cursor_next(cursor, &record, err);
    }
    dsi_sorted_cursor_close(cursor);
    return status;
}

/* By set, and then in the order of the inputs. */
static int compare(const void *a, const void *b)
{
    const struct picture *x = a, *y = b;
    if (x->set != y->set)
        return x->set < y->set ? -1 : 1;
    if (x->sample.group != y->sample.group)
        return x->sample.group < y->sample.group ? -1 : 1;
    return (x->sample.index > y->sample.index) - (x->sample.index < y->sample.index);
}

static enum dsi_status add_set(struct dsi_dup_groups *groups,
                               const struct picture *pictures, size_t n,
                               struct dsi_error *err)
{
    bool are_equal = true;
    for (size_t i = 1; i < n; i++)
        are_equal &= pictures[i].content == pictures[0].content;
    if (are_equal) /* one alone, or a group of equal ones */
        return DSI_OK;
    dsi_dup_group_begin(groups, DSI_DUP_NEAR, &pictures[0].sample);
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_dup_group_add(groups, &pictures[i].sample,
                                  dsi_hash_distance(pictures[0].hash, pictures[i].hash),
                                  err));
    return dsi_dup_group_end(groups, err);
}

static enum dsi_status find_near(struct dsi_dup_groups *groups, struct nearness *near,
                                 struct dsi_error *err)
{
    const struct dsi_dups *dups = groups->dups;
    DSI_TRY(list_pictures(near, &dups->near, err));
    const struct dsi_near_sink sink = {join, near->parents};
    DSI_TRY(dsi_near_search(near->hashes, near->n_hashes, dups->parameters->distance,
                            sink, err));
    for (size_t i = 0; i < near->n; i++)
        near->pictures[i].set = root_of(near->parents, near->pictures[i].set);
    if (near->n)
        qsort(near->pictures, near->n, sizeof *near->pictures, compare);
    for (size_t i = 0, end; i < near->n; i = end) {
        for (end = i + 1;
             end < near->n && near->pictures[end].set == near->pictures[i].set;)
            end++;
        DSI_TRY(add_set(groups, near->pictures + i, end - i, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_dup_groups_find_near(struct dsi_dup_groups *groups,
                                         struct dsi_error *err)
{
    struct nearness near = {0};
    const enum dsi_status status = find_near(groups, &near, err);
    free(near.pictures);
    free(near.hashes);
    free(near.parents);
    return status;
}
