#include "pairing.h"

#include <stdlib.h>
#include <string.h>

void dsi_pairs_free(struct dsi_pairs *pairs)
{
    free(pairs->pairs);
    *pairs = (struct dsi_pairs){0};
}

const char *dsi_pair_name(const struct dsi_pair *pair)
{
    const struct dsi_side_array *named = pair->a ? pair->a : pair->b;
    return *named->name ? named->name : named->path;
}

/* An array by the word it is looked up with. */
struct entry {
    const char *word;
    const struct dsi_side_array *array;
};

struct entries {
    struct entry *entries;
    size_t n;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = strcmp(x->word, y->word);
    return order ? order : strcmp(x->array->name, y->array->name);
}

static const char *mapped(const char *name, const struct dsi_name_map *map)
{
    for (size_t i = 0; map && i < map->n; i++)
        if (strcmp(map->from[i], name) == 0)
            return map->to[i];
    return name;
}

static enum dsi_status take_names(struct entries *entries, const struct dsi_side *side,
                                  const struct dsi_name_map *map, struct dsi_error *err)
{
    entries->entries = dsi_alloc_array(side->n + 1, sizeof *entries->entries);
    if (!entries->entries)
        return dsi_fail_memory(err, side->n * sizeof *entries->entries);
    entries->n = side->n;
    for (size_t i = 0; i < side->n; i++)
        entries->entries[i] =
            (struct entry){mapped(side->arrays[i].name, map), &side->arrays[i]};
    qsort(entries->entries, entries->n, sizeof *entries->entries, compare_entries);
    return DSI_OK;
}

static void add(struct dsi_pairs *pairs, const struct dsi_side_array *a,
                const struct dsi_side_array *b)
{
    pairs->pairs[pairs->n++] = (struct dsi_pair){a, b};
}

static bool is_alone(const struct entries *entries, size_t i)
{
    const struct entry *e = entries->entries;
    return (i == 0 || strcmp(e[i - 1].word, e[i].word) != 0) &&
           (i + 1 == entries->n || strcmp(e[i + 1].word, e[i].word) != 0);
}

/* Takes from both what has the same word, and is alone with it on its side; the rest
 * stays. */
static enum dsi_status match(struct dsi_pairs *pairs, struct entries *a,
                             struct entries *b, struct dsi_error *err)
{
    size_t i = 0, k = 0, n_a = 0, n_b = 0;
    const size_t total = a->n + b->n;
    struct entry *left_a = dsi_alloc_array(total + 1, sizeof *left_a), *left_b;
    if (!left_a)
        return dsi_fail_memory(err, total * sizeof *left_a);
    left_b = left_a + a->n;
    while (i < a->n || k < b->n) {
        const int order = i == a->n   ? 1
                          : k == b->n ? -1
                                      : strcmp(a->entries[i].word, b->entries[k].word);
        if (order == 0 && is_alone(a, i) && is_alone(b, k)) {
            add(pairs, a->entries[i++].array, b->entries[k++].array);
            continue;
        }
        if (order <= 0)
            left_a[n_a++] = a->entries[i++];
        else
            left_b[n_b++] = b->entries[k++];
    }
    if (n_a)
        memcpy(a->entries, left_a, n_a * sizeof *left_a);
    if (n_b)
        memcpy(b->entries, left_b, n_b * sizeof *left_b);
    a->n = n_a;
    b->n = n_b;
    free(left_a);
    return DSI_OK;
}

static void take_keys(struct entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        entries->entries[i].word = entries->entries[i].array->key;
    if (entries->n)
        qsort(entries->entries, entries->n, sizeof *entries->entries, compare_entries);
}

static int compare_pairs(const void *a, const void *b)
{
    return strcmp(dsi_pair_name(a), dsi_pair_name(b));
}

enum dsi_status dsi_pairs_make(struct dsi_pairs *pairs, const struct dsi_side *a,
                               const struct dsi_side *b, const struct dsi_name_map *map,
                               struct dsi_error *err)
{
    struct entries left_a = {0}, left_b = {0};
    *pairs = (struct dsi_pairs){0};
    pairs->pairs = dsi_alloc_array(a->n + b->n + 1, sizeof *pairs->pairs);
    enum dsi_status status =
        pairs->pairs ? take_names(&left_a, a, map, err)
                     : dsi_fail_memory(err, (a->n + b->n) * sizeof *pairs->pairs);
    if (status == DSI_OK)
        status = take_names(&left_b, b, NULL, err);
    if (status != DSI_OK)
        goto out;
    status = match(pairs, &left_a, &left_b, err);
    if (status != DSI_OK)
        goto out;
    take_keys(&left_a);
    take_keys(&left_b);
    status = match(pairs, &left_a, &left_b, err);
    if (status != DSI_OK)
        goto out;
    if (a->n == 1 && b->n == 1 && left_a.n == 1 && !a->is_folder && !b->is_folder) {
        add(pairs, left_a.entries[0].array, left_b.entries[0].array);
        left_a.n = left_b.n = 0;
    }
    for (size_t i = 0; i < left_a.n; i++)
        add(pairs, left_a.entries[i].array, NULL);
    for (size_t i = 0; i < left_b.n; i++)
        add(pairs, NULL, left_b.entries[i].array);
    if (pairs->n)
        qsort(pairs->pairs, pairs->n, sizeof *pairs->pairs, compare_pairs);
out:
    free(left_a.entries);
    free(left_b.entries);
    return status;
}
