#include "class_map.h"

#include <stdlib.h>
#include <string.h>

static int compare_counts(const void *a, const void *b)
{
    return dsi_label_compare(((const struct dsi_class_count *)a)->label,
                             ((const struct dsi_class_count *)b)->label);
}

enum dsi_status dsi_class_table_sorted(const struct dsi_class_table *table,
                                       struct dsi_class_count **classes,
                                       struct dsi_error *err)
{
    const struct dsi_class_map *map = dsi_class_table_map(table);
    struct dsi_class_count *all = dsi_alloc_array(map->n, sizeof *all);
    *classes = all;
    if (!all)
        return dsi_fail_memory(err, (uint64_t)map->n * sizeof *all);
    for (uint32_t i = 0; i < map->n; i++)
        all[i] = (struct dsi_class_count){.label = dsi_class_map_label(map, i),
                                          .count = map->entries[i].count,
                                          .first = map->entries[i].first};
    qsort(all, map->n, sizeof *all, compare_counts);
    return DSI_OK;
}

/* u64 the number of classes; for each, in order: u64 kind, the value (u64 or f64 bits,
 * or a text), u64 count, u64 first. */

static enum dsi_status save_class(const struct dsi_class_count *class,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_label *label = &class->label;
    DSI_TRY(dsi_bytes_append_u64(out, (uint64_t)label->kind, err));
    if (label->kind == DSI_LABEL_TEXT)
        DSI_TRY(
            dsi_bytes_append_text(out, label->as.text.bytes, label->as.text.n, err));
    else if (label->kind == DSI_LABEL_FLOAT)
        DSI_TRY(dsi_bytes_append_f64(out, label->as.real, err));
    else if (label->kind == DSI_LABEL_UINT)
        DSI_TRY(dsi_bytes_append_u64(out, label->as.natural, err));
    else
        DSI_TRY(dsi_bytes_append_u64(out, (uint64_t)label->as.integer, err));
    DSI_TRY(dsi_bytes_append_u64(out, class->count, err));
    return dsi_bytes_append_u64(out, class->first, err);
}

enum dsi_status dsi_class_table_save(const struct dsi_class_table *table,
                                     struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_class_count *classes = NULL;
    uint64_t n = dsi_class_table_n(table);
    enum dsi_status status = dsi_class_table_sorted(table, &classes, err);
    if (status == DSI_OK)
        status = dsi_bytes_append_u64(out, n, err);
    for (uint64_t i = 0; i < n && status == DSI_OK; i++)
        status = save_class(classes + i, out, err);
    free(classes);
    return status;
}

static enum dsi_status load_label(struct dsi_bytes_reader *in, struct dsi_label *label,
                                  struct dsi_error *err)
{
    uint64_t kind, bits;
    DSI_TRY(dsi_bytes_read_u64(in, &kind, err));
    if (kind > DSI_LABEL_TEXT)
        return dsi_fail(err, DSI_ERR_MALFORMED, "no such kind of label");
    label->kind = (enum dsi_label_kind)kind;
    if (label->kind == DSI_LABEL_TEXT)
        return dsi_bytes_read_text(in, &label->as.text.bytes, &label->as.text.n, err);
    if (label->kind == DSI_LABEL_FLOAT)
        return dsi_bytes_read_f64(in, &label->as.real, err);
    DSI_TRY(dsi_bytes_read_u64(in, &bits, err));
    if (label->kind == DSI_LABEL_UINT)
        label->as.natural = bits;
    else
        label->as.integer = (int64_t)bits;
    return DSI_OK;
}

static bool is_canonical(struct dsi_label label)
{
    struct dsi_label other = dsi_label_canonical(label);
    switch (label.kind) {
    case DSI_LABEL_BOOL:
        return other.as.integer == label.as.integer;
    case DSI_LABEL_UINT:
        return other.kind == DSI_LABEL_UINT;
    case DSI_LABEL_FLOAT:
        return memcmp(&other.as.real, &label.as.real, sizeof label.as.real) == 0;
    default:
        return true;
    }
}

static enum dsi_status load_class(struct dsi_bytes_reader *in,
                                  struct dsi_class_count *class, struct dsi_error *err)
{
    DSI_TRY(load_label(in, &class->label, err));
    DSI_TRY(dsi_bytes_read_u64(in, &class->count, err));
    DSI_TRY(dsi_bytes_read_u64(in, &class->first, err));
    bool is_empty = class->count == 0, has_first = class->first != UINT64_MAX;
    if (is_empty == has_first || !is_canonical(class->label))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a class that no table would save");
    return DSI_OK;
}

/* Allocates as it reads, so that a lying count costs nothing. */
enum dsi_status dsi_class_table_load(struct dsi_class_table *table,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t n;
    struct dsi_class_count class = {0}, last = {0};
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++) {
        DSI_TRY(load_class(in, &class, err));
        if (i && dsi_label_compare(last.label, class.label) >= 0)
            return dsi_fail(err, DSI_ERR_MALFORMED, "classes out of order");
        DSI_TRY(dsi_class_table_add_label(table, class.label, class.count, class.first,
                                          err));
        last = class;
    }
    return DSI_OK;
}
