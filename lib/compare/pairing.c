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

static enum dsi_status take_names(struct entries *entries, const struct dsi_side *side,
                                  struct dsi_error *err)
{
    entries->entries = dsi_alloc_array(side->n + 1, sizeof *entries->entries);
    if (!entries->entries)
        return dsi_fail_memory(err, side->n * sizeof *entries->entries);
    entries->n = side->n;
    for (size_t i = 0; i < side->n; i++)
        entries->entries[i] = (struct entry){side->arrays[i].name, &side->arrays[i]};
    dsi_sort_if_needed(entries->entries, entries->n, sizeof *entries->entries,
                       compare_entries);
    return DSI_OK;
}

static void add(struct dsi_pairs *pairs, const struct dsi_side_array *a,
                const struct dsi_side_array *b)
{
    pairs->pairs[pairs->n++] = (struct dsi_pair){.a = a, .b = b};
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
    dsi_sort_if_needed(entries->entries, entries->n, sizeof *entries->entries,
                       compare_entries);
}

/* --- the map ---------------------------------------------------------------------- */

static int compare_word(const void *word, const void *b)
{
    const struct entry *entry = b;
    return strcmp(word, entry->word);
}

/* The array that alone has the word; NULL. */
static const struct dsi_side_array *find(const struct entries *entries,
                                         const char *word)
{
    const struct entry *found = entries->n
                                    ? bsearch(word, entries->entries, entries->n,
                                              sizeof *entries->entries, compare_word)
                                    : NULL;
    return found && is_alone(entries, (size_t)(found - entries->entries)) ? found->array
                                                                          : NULL;
}

/* An array for each name of the map, as the side has it or else by its key. */
static enum dsi_status look_up(const struct dsi_side_array **found, bool is_b,
                               const struct dsi_side *side,
                               const struct dsi_name_map *map, struct dsi_error *err)
{
    struct entries names = {0}, by_key = {0};
    enum dsi_status status = take_names(&names, side, err);
    if (status == DSI_OK)
        status = take_names(&by_key, side, err);
    if (status == DSI_OK)
        take_keys(&by_key);
    for (size_t i = 0; status == DSI_OK && i < map->n; i++) {
        const char *name = is_b ? map->names[i].b : map->names[i].a;
        found[i] = find(&names, name);
        if (!found[i])
            found[i] = find(&by_key, name);
    }
    free(names.entries);
    free(by_key.entries);
    return status;
}

/* Leaves out of entries what the map has found. */
static void drop(struct entries *entries, const struct dsi_side *side,
                 const bool *is_taken)
{
    size_t n = 0;
    for (size_t i = 0; i < entries->n; i++)
        if (!is_taken[entries->entries[i].array - side->arrays])
            entries->entries[n++] = entries->entries[i];
    entries->n = n;
}

struct mapping {
    const struct dsi_side *a, *b;
    const struct dsi_side_array **found_a, **found_b; /* for each name of the map */
    bool *taken_a, *taken_b;                          /* for each array */
};

/* An array goes with the first line that names it, be it by name or by key. */
static void pair_mapped(struct dsi_pairs *pairs, struct mapping *m,
                        struct dsi_name_map *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct dsi_side_array *a = m->found_a[i], *b = m->found_b[i];
        bool *taken_a = a ? &m->taken_a[a - m->a->arrays] : NULL;
        bool *taken_b = b ? &m->taken_b[b - m->b->arrays] : NULL;
        a = a && *taken_a ? NULL : a;
        b = b && *taken_b ? NULL : b;
        map->names[i].is_in_a = a;
        map->names[i].is_in_b = b;
        if (!a && !b)
            continue;
        add(pairs, a, b);
        if (a)
            *taken_a = true;
        if (b)
            *taken_b = true;
    }
}

static enum dsi_status match_mapped(struct dsi_pairs *pairs, struct entries *left_a,
                                    struct entries *left_b, struct mapping *m,
                                    struct dsi_name_map *map, struct dsi_error *err)
{
    const size_t n = map->n + 1;
    enum dsi_status status = DSI_OK;
    m->found_a = dsi_alloc_zeroed(n, sizeof(const struct dsi_side_array *));
    m->found_b = dsi_alloc_zeroed(n, sizeof(const struct dsi_side_array *));
    m->taken_a = dsi_alloc_zeroed(m->a->n + 1, sizeof *m->taken_a);
    m->taken_b = dsi_alloc_zeroed(m->b->n + 1, sizeof *m->taken_b);
    if (!m->found_a || !m->found_b || !m->taken_a || !m->taken_b)
        status = dsi_fail_memory(err, n * sizeof *m->found_a);
    if (status == DSI_OK)
        status = look_up(m->found_a, false, m->a, map, err);
    if (status == DSI_OK)
        status = look_up(m->found_b, true, m->b, map, err);
    if (status == DSI_OK) {
        pair_mapped(pairs, m, map);
        drop(left_a, m->a, m->taken_a);
        drop(left_b, m->b, m->taken_b);
    }
    free(m->found_a);
    free(m->found_b);
    free(m->taken_a);
    free(m->taken_b);
    return status;
}

/* --- two inputs of one array each ------------------------------------------------- */

static size_t n_without_attributes(const struct dsi_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++)
        n += !side->arrays[i].attribute;
    return n;
}

/* The array among what is left; SIZE_MAX when it has been paired. */
static size_t find_one(const struct entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        if (!entries->entries[i].array->attribute)
            return i;
    return SIZE_MAX;
}

/* Takes the array out, and has its attributes go by their own names alone. */
static void set_apart(struct entries *entries, size_t one)
{
    const struct dsi_side_array *array = entries->entries[one].array;
    const size_t n_name = strlen(array->name);
    memmove(entries->entries + one, entries->entries + one + 1,
            (entries->n - one - 1) * sizeof *entries->entries);
    entries->n--;
    for (size_t i = 0; i < entries->n; i++) {
        struct entry *e = &entries->entries[i];
        const bool is_its = e->array->attribute == e->array->name + n_name + 1 &&
                            strncmp(e->array->name, array->name, n_name) == 0;
        e->word = is_its ? e->array->attribute : e->array->name;
    }
    dsi_sort_if_needed(entries->entries, entries->n, sizeof *entries->entries,
                       compare_entries);
}

static enum dsi_status match_single(struct dsi_pairs *pairs, struct entries *a,
                                    struct entries *b, struct dsi_error *err)
{
    const size_t i = find_one(a), k = find_one(b);
    if (i == SIZE_MAX || k == SIZE_MAX)
        return DSI_OK;
    add(pairs, a->entries[i].array, b->entries[k].array);
    set_apart(a, i);
    set_apart(b, k);
    return match(pairs, a, b, err);
}

/* --- all of it -------------------------------------------------------------------- */

static int compare_pairs(const void *a, const void *b)
{
    return strcmp(dsi_pair_name(a), dsi_pair_name(b));
}

enum dsi_status dsi_pairs_make(struct dsi_pairs *pairs, const struct dsi_side *a,
                               const struct dsi_side *b, struct dsi_name_map *map,
                               struct dsi_error *err)
{
    struct entries left_a = {0}, left_b = {0};
    *pairs = (struct dsi_pairs){0};
    pairs->pairs = dsi_alloc_array(a->n + b->n + 1, sizeof *pairs->pairs);
    enum dsi_status status =
        pairs->pairs ? take_names(&left_a, a, err)
                     : dsi_fail_memory(err, (a->n + b->n) * sizeof *pairs->pairs);
    if (status == DSI_OK)
        status = take_names(&left_b, b, err);
    if (status == DSI_OK && map)
        status = match_mapped(pairs, &left_a, &left_b,
                              &(struct mapping){.a = a, .b = b}, map, err);
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
    if (!a->is_folder && !b->is_folder && n_without_attributes(a) == 1 &&
        n_without_attributes(b) == 1)
        status = match_single(pairs, &left_a, &left_b, err);
    if (status != DSI_OK)
        goto out;
    for (size_t i = 0; i < left_a.n; i++)
        add(pairs, left_a.entries[i].array, NULL);
    for (size_t i = 0; i < left_b.n; i++)
        add(pairs, NULL, left_b.entries[i].array);
    dsi_sort_if_needed(pairs->pairs, pairs->n, sizeof *pairs->pairs, compare_pairs);
out:
    free(left_a.entries);
    free(left_b.entries);
    return status;
}
