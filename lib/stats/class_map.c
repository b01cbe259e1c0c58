#include "class_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* XXH3 with fixed seeds spreads whatever people use as labels. A file made to collide
 * on purpose can only waste the time of a map of max_classes entries, never its memory,
 * and results do not depend on the hash: so the seed need not be secret, and runs are
 * repeatable. */

/* Entry numbers and their hashes have 32 bits, the slots twice as many entries. */
static const uint64_t most_entries = UINT64_C(1) << 30;

struct dsi_label dsi_label_canonical(struct dsi_label label)
{
    if (label.kind == DSI_LABEL_BOOL)
        label.as.integer = label.as.integer != 0;
    if (label.kind == DSI_LABEL_UINT && label.as.natural <= INT64_MAX) {
        label.kind = DSI_LABEL_INT;
        label.as.integer = (int64_t)label.as.natural;
    }
    if (label.kind == DSI_LABEL_FLOAT) {
        if (isnan(label.as.real))
            label.as.real = (double)NAN;
        else if (label.as.real == 0)
            label.as.real = 0;
    }
    return label;
}

/* The number as 64 bits; 0 for text. */
static uint64_t bits_of(struct dsi_label label)
{
    uint64_t bits = 0;
    if (label.kind == DSI_LABEL_FLOAT)
        memcpy(&bits, &label.as.real, sizeof bits);
    else if (label.kind == DSI_LABEL_UINT)
        bits = label.as.natural;
    else if (label.kind != DSI_LABEL_TEXT)
        bits = (uint64_t)label.as.integer;
    return bits;
}

static uint32_t hash_of(struct dsi_label label, uint64_t bits)
{
    if (label.kind == DSI_LABEL_TEXT)
        return (uint32_t)XXH3_64bits(label.as.text.n ? label.as.text.bytes : "",
                                     label.as.text.n);
    return (uint32_t)XXH3_64bits_withSeed(&bits, sizeof bits, (XXH64_hash_t)label.kind);
}

struct dsi_label dsi_class_map_label(const struct dsi_class_map *map, uint32_t entry)
{
    const struct dsi_class_entry *e = map->entries + entry;
    struct dsi_label label = {.kind = (enum dsi_label_kind)e->kind};
    if (label.kind == DSI_LABEL_FLOAT) {
        memcpy(&label.as.real, &e->bits, sizeof label.as.real);
    } else if (label.kind == DSI_LABEL_UINT) {
        label.as.natural = e->bits;
    } else if (label.kind == DSI_LABEL_TEXT) {
        label.as.text.bytes = e->n_text ? (const char *)map->text.data + e->bits : "";
        label.as.text.n = (size_t)e->n_text;
    } else {
        label.as.integer = (int64_t)e->bits;
    }
    return label;
}

static bool is_entry(const struct dsi_class_map *map, const struct dsi_class_entry *e,
                     struct dsi_label label, uint64_t bits, uint32_t hash)
{
    if (e->hash != hash || e->kind != (uint32_t)label.kind)
        return false;
    if (label.kind != DSI_LABEL_TEXT)
        return e->bits == bits;
    return e->n_text == label.as.text.n &&
           (e->n_text == 0 ||
            memcmp(map->text.data + e->bits, label.as.text.bytes, e->n_text) == 0);
}

static enum dsi_status grow_slots(struct dsi_class_map *map, struct dsi_error *err)
{
    uint32_t n_slots = map->n_slots ? map->n_slots * 2 : 16;
    uint32_t *slots = dsi_alloc_zeroed(n_slots, sizeof *slots);
    if (!slots)
        return dsi_fail_memory(err, (uint64_t)n_slots * sizeof *slots);
    for (uint32_t i = 0; i < map->n; i++) {
        uint32_t at = map->entries[i].hash & (n_slots - 1);
        while (slots[at])
            at = (at + 1) & (n_slots - 1);
        slots[at] = i + 1;
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return DSI_OK;
}

static enum dsi_status make_room(struct dsi_class_map *map, struct dsi_error *err)
{
    if (map->n >= map->max_classes || map->n >= most_entries)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "more than %lu different labels: are these labels?",
                        (unsigned long)map->n);
    if (map->n == map->capacity) {
        uint32_t capacity = map->capacity ? map->capacity * 2 : 8;
        struct dsi_class_entry *entries =
            dsi_realloc_array(map->entries, capacity, sizeof *entries);
        if (!entries)
            return dsi_fail_memory(err, (uint64_t)capacity * sizeof *entries);
        map->entries = entries;
        map->capacity = capacity;
    }
    if ((uint64_t)map->n * 2 >= map->n_slots)
        return grow_slots(map, err);
    return DSI_OK;
}

/* The text of a class is a name, not a document. */
static enum dsi_status check_text(const struct dsi_class_map *map, size_t n,
                                  struct dsi_error *err)
{
    if (n > DSI_CLASS_MAX_TEXT)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "a label of %zu bytes, more than %d: are these labels?", n,
                        DSI_CLASS_MAX_TEXT);
    if (map->text.n + n > DSI_CLASS_MAX_TEXTS)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "%lu different labels take more than %d MiB of text: are these "
                        "labels?",
                        (unsigned long)map->n + 1, DSI_CLASS_MAX_TEXTS >> 20);
    return DSI_OK;
}

static enum dsi_status insert(struct dsi_class_map *map, struct dsi_label label,
                              uint64_t bits, uint32_t hash, struct dsi_error *err)
{
    if (label.kind == DSI_LABEL_TEXT)
        DSI_TRY(check_text(map, label.as.text.n, err));
    DSI_TRY(make_room(map, err));
    struct dsi_class_entry e = {
        .first = UINT64_MAX, .bits = bits, .hash = hash, .kind = (uint32_t)label.kind};
    if (label.kind == DSI_LABEL_TEXT) {
        e.bits = map->text.n;
        e.n_text = label.as.text.n;
        DSI_TRY(
            dsi_bytes_append(&map->text, label.as.text.bytes, label.as.text.n, err));
    }
    uint32_t at = hash & (map->n_slots - 1);
    while (map->slots[at])
        at = (at + 1) & (map->n_slots - 1);
    map->entries[map->n++] = e;
    map->slots[at] = map->n;
    return DSI_OK;
}

enum dsi_status dsi_class_map_find(struct dsi_class_map *map, struct dsi_label label,
                                   uint32_t *entry, struct dsi_error *err)
{
    uint64_t bits = bits_of(label);
    uint32_t hash = hash_of(label, bits);
    if (map->n_slots) {
        uint32_t at = hash & (map->n_slots - 1);
        for (; map->slots[at]; at = (at + 1) & (map->n_slots - 1)) {
            *entry = map->slots[at] - 1;
            if (is_entry(map, map->entries + *entry, label, bits, hash))
                return DSI_OK;
        }
    }
    *entry = map->n;
    return insert(map, label, bits, hash, err);
}

void dsi_class_map_free(struct dsi_class_map *map)
{
    free(map->entries);
    free(map->slots);
    dsi_bytes_free(&map->text);
    *map = (struct dsi_class_map){0};
}
