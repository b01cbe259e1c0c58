/* The hash map under dsi_class_table: from label to a numbered entry. Entries keep
 * their number for the life of the map. One owner, no threads. */
#ifndef DSI_CLASS_MAP_H
#define DSI_CLASS_MAP_H

#include "class_table.h"

struct dsi_class_entry {
    uint64_t count, first; /* of a new entry: 0 and UINT64_MAX */
    uint64_t bits;         /* the number's; of text: where it starts in map->text */
    uint64_t n_text;
    uint32_t hash;
    uint32_t kind; /* enum dsi_label_kind */
};

/* Zero-initialise and set max_classes. */
struct dsi_class_map {
    struct dsi_class_entry *entries;
    uint32_t n, capacity;
    uint32_t *slots; /* entry number + 1, or 0; open addressing, linear probing */
    uint32_t n_slots;
    struct dsi_bytes text;
    uint64_t max_classes;
};

/* The entry of label, made when there is none; label must be canonical. Its text must
 * not lie in this map. */
DSI_CHECKED enum dsi_status dsi_class_map_find(struct dsi_class_map *map,
                                               struct dsi_label label, uint32_t *entry,
                                               struct dsi_error *err);

/* The label of an entry; its text is borrowed until the next find. */
struct dsi_label dsi_class_map_label(const struct dsi_class_map *map, uint32_t entry);

void dsi_class_map_free(struct dsi_class_map *map);

/* One spelling for each class: -0 becomes 0, every NaN the same NaN, UINT that fits
 * int64_t INT, BOOL 0 or 1. */
struct dsi_label dsi_label_canonical(struct dsi_label label);

/* The map of a table, for the functions that only look at it. */
const struct dsi_class_map *dsi_class_table_map(const struct dsi_class_table *table);

#endif
