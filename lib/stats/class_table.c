#include "class_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "class_map.h"
#include "count_kernels.h"

/* Labels 0 .. n_dense - 1 have a counter each in the lanes, raised by the kernels and
 * flushed into the map's entries at the end of every call, when they are zero again. So
 * the map alone is the state; the dense arrays only save looking things up in it. They
 * start absent and grow, since a tool may keep a table per group.
 *
 * The first sample of a class is looked for only after the flush, and only for classes
 * that this call may have lowered: in a scan that goes forward, new ones. */
enum {
    DENSE_MIN = 256,
    DENSE_MAX = 65536,
    FEW = 64, /* values that are not worth a flush */
};

struct dsi_class_table {
    struct dsi_class_map map;
    uint64_t n_samples;
    uint32_t *entry_of; /* of a dense label: entry number + 1, or 0 */
    uint32_t *lanes;
    uint32_t n_dense;         /* 0 or a power of two */
    struct dsi_bytes scratch; /* a U label as UTF-8 */
};

/* A call's values, and what is known of them. */
struct run {
    struct dsi_dtype dtype;
    const unsigned char *values;
    uint64_t n, first;
};

struct dsi_class_table *dsi_class_table_new(uint64_t max_classes)
{
    struct dsi_class_table *table = dsi_alloc_zeroed(1, sizeof *table);
    if (table)
        table->map.max_classes = max_classes;
    return table;
}

void dsi_class_table_free(struct dsi_class_table *table)
{
    if (!table)
        return;
    dsi_class_map_free(&table->map);
    free(table->entry_of);
    free(table->lanes);
    dsi_bytes_free(&table->scratch);
    free(table);
}

uint64_t dsi_class_table_n(const struct dsi_class_table *table)
{
    return table->map.n;
}

uint64_t dsi_class_table_n_samples(const struct dsi_class_table *table)
{
    return table->n_samples;
}

const struct dsi_class_map *dsi_class_table_map(const struct dsi_class_table *table)
{
    return &table->map;
}

/* No count can overflow when their total does not. */
static enum dsi_status add_samples(struct dsi_class_table *table, uint64_t n,
                                   struct dsi_error *err)
{
    if (!dsi_add(table->n_samples, n, &table->n_samples))
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 samples");
    return DSI_OK;
}

static void raise_count(struct dsi_class_entry *entry, uint64_t n, uint64_t first)
{
    entry->count += n;
    if (first < entry->first)
        entry->first = first;
}

static bool is_dense(const struct dsi_class_table *table, struct dsi_label label)
{
    return label.kind == DSI_LABEL_INT && (uint64_t)label.as.integer < table->n_dense;
}

static enum dsi_status find(struct dsi_class_table *table, struct dsi_label label,
                            struct dsi_class_entry **entry, struct dsi_error *err)
{
    uint32_t number;
    if (is_dense(table, label) && table->entry_of[label.as.integer]) {
        number = table->entry_of[label.as.integer] - 1;
    } else {
        DSI_TRY(dsi_class_map_find(&table->map, label, &number, err));
        if (is_dense(table, label))
            table->entry_of[label.as.integer] = number + 1;
    }
    *entry = table->map.entries + number;
    return DSI_OK;
}

/* Equal bytes are equal labels; unequal bytes need not be unequal labels. */
static uint64_t length_of_run(const struct run *run, uint64_t at, uint64_t end)
{
    const size_t size = run->dtype.size;
    if (size == 0) /* all alike */
        return end - at;
    const unsigned char *value = run->values + at * size;
    uint64_t n = 1;
    while (at + n < end && memcmp(value, value + n * size, size) == 0)
        n++;
    return n;
}

static enum dsi_status add_each(struct dsi_class_table *table, const struct run *run,
                                uint64_t from, uint64_t to, struct dsi_error *err)
{
    for (uint64_t i = from; i < to;) {
        uint64_t n = length_of_run(run, i, to);
        struct dsi_label label;
        struct dsi_class_entry *entry;
        DSI_TRY(dsi_label_of_value(run->dtype, run->values + i * run->dtype.size,
                                   &table->scratch, &label, err));
        DSI_TRY(find(table, label, &entry, err));
        raise_count(entry, n, run->first + i);
        i += n;
    }
    return DSI_OK;
}

/* 8 bits: a histogram, and each bin is one value */

static enum dsi_status add_bytes(struct dsi_class_table *table, const struct run *run,
                                 struct dsi_error *err)
{
    uint64_t bins[256] = {0};
    dsi_count_u8(run->values, (size_t)run->n, bins);
    for (int i = 0; i < 256; i++) {
        if (bins[i] == 0)
            continue;
        uint8_t byte = (uint8_t)i;
        struct dsi_label label;
        struct dsi_class_entry *entry;
        DSI_TRY(dsi_label_of_value(run->dtype, &byte, &table->scratch, &label, err));
        DSI_TRY(find(table, label, &entry, err));
        uint64_t first = UINT64_MAX;
        if (run->first < entry->first) {
            const unsigned char *at = memchr(run->values, i, (size_t)run->n);
            first = run->first + (uint64_t)(at - run->values);
        }
        raise_count(entry, bins[i], first);
    }
    return DSI_OK;
}

/* 16, 32 and 64 bits: kernels over the dense labels */

static uint64_t word_at(const struct run *run, uint64_t i)
{
    switch (run->dtype.size) {
    case 2:
        return ((const uint16_t *)(const void *)run->values)[i];
    case 4:
        return ((const uint32_t *)(const void *)run->values)[i];
    default:
        return ((const uint64_t *)(const void *)run->values)[i];
    }
}

/* The bits that no dense label has: those above the table, and the sign. */
static uint64_t stop_bits(const struct dsi_class_table *table, struct dsi_dtype dtype)
{
    uint64_t sign = dtype.kind == DSI_INT ? UINT64_C(1) << (8 * dtype.size - 1) : 0;
    return sign | ~((uint64_t)table->n_dense - 1);
}

static size_t count_words(struct dsi_class_table *table, const struct run *run,
                          uint64_t at, uint64_t end, uint64_t *seen)
{
    const void *values = run->values + at * run->dtype.size;
    const size_t n = (size_t)(end - at), range = table->n_dense;
    const uint64_t stop = stop_bits(table, run->dtype);
    switch (run->dtype.size) {
    case 2:
        return dsi_count_u16(values, n, stop, table->lanes, range, seen);
    case 4:
        return dsi_count_u32(values, n, stop, table->lanes, range, seen);
    default:
        return dsi_count_u64(values, n, stop, table->lanes, range, seen);
    }
}

/* The first sample of every class marked in the first lane, which is cleared. */
static void locate(struct dsi_class_table *table, const struct run *run, uint64_t from,
                   uint32_t n_marked)
{
    const uint64_t stop = stop_bits(table, run->dtype);
    for (uint64_t i = from; n_marked; i++) {
        uint64_t v = word_at(run, i);
        if (v & stop || table->lanes[v] == 0)
            continue;
        raise_count(table->map.entries + table->entry_of[v] - 1, 0, run->first + i);
        table->lanes[v] = 0;
        n_marked--;
    }
}

/* Adds the other lanes to the first and clears them. */
static void join_lanes(uint32_t *lanes, size_t range, size_t used)
{
    uint32_t *restrict sum = lanes;
    for (size_t lane = 1; lane < DSI_COUNT_LANES; lane++) {
        uint32_t *restrict other = lanes + lane * range;
        for (size_t v = 0; v < used; v++)
            sum[v] += other[v];
        memset(other, 0, used * sizeof *other);
    }
}

static enum dsi_status number_of(struct dsi_class_table *table, size_t v,
                                 uint32_t *number, struct dsi_error *err)
{
    struct dsi_label label = {.kind = DSI_LABEL_INT, .as.integer = (int64_t)v};
    *number = table->entry_of[v] - 1;
    if (table->entry_of[v])
        return DSI_OK;
    DSI_TRY(dsi_class_map_find(&table->map, label, number, err));
    table->entry_of[v] = *number + 1;
    return DSI_OK;
}

/* Moves what the lanes counted of the values from number from on into the entries. The
 * labels counted are below the next power of two above seen. */
static enum dsi_status flush(struct dsi_class_table *table, const struct run *run,
                             uint64_t from, uint64_t seen, struct dsi_error *err)
{
    size_t used = 8;
    while (used <= seen)
        used *= 2;
    join_lanes(table->lanes, table->n_dense, used);
    enum dsi_status status = DSI_OK;
    uint32_t n_marked = 0;
    for (size_t v = 0; v < used; v++) {
        uint32_t n = table->lanes[v], number;
        if (n == 0)
            continue;
        table->lanes[v] = 0;
        if (status == DSI_OK)
            status = number_of(table, v, &number, err);
        if (status != DSI_OK)
            continue;
        struct dsi_class_entry *entry = table->map.entries + number;
        entry->count += n;
        if (run->first + from < entry->first) {
            table->lanes[v] = 1;
            n_marked++;
        }
    }
    locate(table, run, from, n_marked);
    return status;
}

static enum dsi_status grow_dense(struct dsi_class_table *table, uint64_t highest,
                                  struct dsi_error *err)
{
    uint32_t n = DENSE_MIN;
    while (n <= highest)
        n *= 2;
    uint32_t *lanes = dsi_alloc_zeroed(n, DSI_COUNT_LANES * sizeof *lanes);
    uint32_t *entry_of = dsi_alloc_zeroed(n, sizeof *entry_of);
    if (!lanes || !entry_of) {
        free(lanes);
        free(entry_of);
        return dsi_fail_memory(err, (uint64_t)n * 5 * sizeof *lanes);
    }
    if (table->n_dense)
        memcpy(entry_of, table->entry_of, table->n_dense * sizeof *entry_of);
    free(table->lanes);
    free(table->entry_of);
    table->lanes = lanes;
    table->entry_of = entry_of;
    table->n_dense = n;
    return DSI_OK;
}

/* How far a stretch of values that the kernel stopped at asks the table to grow. */
static uint64_t highest_dense(const struct dsi_class_table *table,
                              const struct run *run, uint64_t at, uint64_t end)
{
    uint64_t highest = 0;
    for (uint64_t i = at; i < end; i++) {
        uint64_t v = word_at(run, i);
        bool negative = run->dtype.kind == DSI_INT && v >> (8 * run->dtype.size - 1);
        if (!negative && v < DENSE_MAX && v > highest)
            highest = v;
    }
    return highest < table->n_dense ? 0 : highest;
}

/* Dense values into the lanes, others into the map. */
static enum dsi_status count_mixed(struct dsi_class_table *table, const struct run *run,
                                   uint64_t at, uint64_t end, uint64_t *seen,
                                   struct dsi_error *err)
{
    const uint64_t stop = stop_bits(table, run->dtype);
    while (at < end) {
        uint64_t v = word_at(run, at), n = 1;
        if (v & stop) {
            n = length_of_run(run, at, end);
            DSI_TRY(add_each(table, run, at, at + n, err));
        } else {
            table->lanes[v]++;
            *seen |= v;
        }
        at += n;
    }
    return DSI_OK;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Values from up to to, at most DSI_COUNT_MAX of them. */
static enum dsi_status add_words(struct dsi_class_table *table, const struct run *run,
                                 uint64_t from, uint64_t to, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    uint64_t seen = 0, at = from;
    while (at < to && status == DSI_OK) {
        if (table->n_dense)
            at += count_words(table, run, at, to, &seen);
        uint64_t end = least(to, at + DSI_COUNT_TILE);
        if (at == end)
            break;
        uint64_t highest = highest_dense(table, run, at, end);
        if (highest || table->n_dense == 0) {
            if (table->n_dense)
                status = flush(table, run, from, seen, err);
            from = at;
            seen = 0;
            if (status == DSI_OK)
                status = grow_dense(table, highest, err);
        } else {
            status = count_mixed(table, run, at, end, &seen, err);
            at = end;
        }
    }
    enum dsi_status flushed =
        table->n_dense ? flush(table, run, from, seen, err) : DSI_OK;
    return status != DSI_OK ? status : flushed;
}

enum dsi_status dsi_class_table_add(struct dsi_class_table *table,
                                    struct dsi_dtype dtype, const void *values,
                                    uint64_t n, uint64_t first, struct dsi_error *err)
{
    struct run run = {.dtype = dtype, .n = n, .first = first};
    run.values = values ? values : (const void *)""; /* of no bytes, or no values */
    bool is_word = dtype.kind == DSI_INT || dtype.kind == DSI_UINT;
    bool is_byte = dtype.kind == DSI_BOOL || (is_word && dtype.size == 1);
    uint64_t end;
    if (dtype.kind == DSI_VOID || dtype.kind == DSI_COMPLEX ||
        dtype.kind == DSI_DATETIME || dtype.kind == DSI_TIMEDELTA) {
        char name[DSI_DTYPE_NAME_SIZE];
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "%s values cannot be class labels",
                        dsi_dtype_name(dtype, name));
    }
    if (!dsi_add(first, n, &end))
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 samples");
    DSI_TRY(add_samples(table, n, err));
    if (n < FEW || !(is_byte || is_word))
        return add_each(table, &run, 0, n, err);
    if (is_byte)
        return add_bytes(table, &run, err);
    for (uint64_t at = 0; at < n; at += DSI_COUNT_MAX)
        DSI_TRY(add_words(table, &run, at, least(n, at + DSI_COUNT_MAX), err));
    return DSI_OK;
}

enum dsi_status dsi_class_table_add_label(struct dsi_class_table *table,
                                          struct dsi_label label, uint64_t n,
                                          uint64_t first, struct dsi_error *err)
{
    assert(n == 0 || first != UINT64_MAX);
    struct dsi_class_entry *entry;
    DSI_TRY(add_samples(table, n, err));
    DSI_TRY(find(table, dsi_label_canonical(label), &entry, err));
    raise_count(entry, n, n ? first : UINT64_MAX);
    return DSI_OK;
}

enum dsi_status dsi_class_table_merge(struct dsi_class_table *into,
                                      const struct dsi_class_table *from,
                                      struct dsi_error *err)
{
    assert(into != from);
    DSI_TRY(add_samples(into, from->n_samples, err));
    for (uint32_t i = 0; i < from->map.n; i++) {
        struct dsi_class_entry *entry;
        DSI_TRY(find(into, dsi_class_map_label(&from->map, i), &entry, err));
        raise_count(entry, from->map.entries[i].count, from->map.entries[i].first);
    }
    return DSI_OK;
}
