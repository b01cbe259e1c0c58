#include "record_list.h"

#include <stdlib.h>
#include <string.h>

/* A list may hold a record for each of millions of files, so a record is five words and
 * its texts stand behind one another in the list's arena: for each of DSI_RECORD_TEXTS
 * '\1' text '\0', or '\0' for none. Such a run tells its own end. */
struct dsi_stored_record {
    uint64_t key[3], number;
    uint64_t at; /* of the texts, in the arena */
};

static const char *texts_of(const struct dsi_record_list *list,
                            const struct dsi_stored_record *record)
{
    return (const char *)list->texts.data + record->at;
}

/* Steps over one text; NULL where there is none. */
static const char *next_text(const char **at)
{
    bool present = *(*at)++ != '\0';
    const char *text = present ? *at : NULL;
    if (present)
        *at += strlen(*at) + 1;
    return text;
}

static size_t packed_size(const char *packed)
{
    const char *end = packed;
    for (int t = 0; t < DSI_RECORD_TEXTS; t++)
        next_text(&end);
    return (size_t)(end - packed);
}

/* As memcmp over the packed bytes, but for texts of the same length or not. */
static int compare_texts(const char *a, const char *b)
{
    for (int t = 0; t < DSI_RECORD_TEXTS; t++) {
        const char *x = next_text(&a), *y = next_text(&b);
        if (!x || !y) {
            if (x || y)
                return x ? 1 : -1;
            continue;
        }
        int order = strcmp(x, y);
        if (order)
            return order;
    }
    return 0;
}

static int compare(const void *a, const void *b, void *list)
{
    const struct dsi_stored_record *x = a, *y = b;
    for (int i = 0; i < 3; i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return compare_texts(texts_of(list, x), texts_of(list, y));
}

static int compare_places(const void *a, const void *b)
{
    const struct dsi_stored_record *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Puts records, whose texts are the list's, in order. Workers take blocks in ascending
 * order, so what one of them gathered mostly is already. */
static void order(const struct dsi_record_list *list, struct dsi_stored_record *records)
{
    void *context = (void *)(uintptr_t)list; /* only read */
    for (size_t i = 1; i < list->n; i++)
        if (compare(&records[i - 1], &records[i], context) > 0) {
            qsort_r(records, list->n, sizeof *records, compare, context);
            return;
        }
}

/* Moves the texts that are still in use to the front of the arena. Takes no memory, so
 * that dropping cannot fail; leaves the records in the order of their texts. */
static void compact(struct dsi_record_list *list)
{
    size_t n_used = 0;
    if (list->n)
        qsort(list->records, list->n, sizeof *list->records, compare_places);
    for (size_t i = 0; i < list->n; i++) {
        const char *packed = texts_of(list, &list->records[i]);
        size_t n = packed_size(packed);
        memmove(list->texts.data + n_used, packed, n);
        list->records[i].at = n_used;
        n_used += n;
    }
    list->texts.n = n_used;
}

void dsi_record_list_sort(struct dsi_record_list *list)
{
    order(list, list->records);
    if (!list->max || list->n <= list->max)
        return;
    list->n_dropped += list->n - list->max;
    list->n = (size_t)list->max;
    compact(list);
    order(list, list->records);
}

/* Room for one record, whose texts the caller appends. Nothing is in the list before
 * its n counts it. */
static enum dsi_status reserve(struct dsi_record_list *list, struct dsi_error *err)
{
    if (list->max && list->n >= 2 * list->max)
        dsi_record_list_sort(list);
    struct dsi_stored_record *records =
        dsi_grow_array(list->records, list->n, &list->capacity, sizeof *records);
    if (!records)
        return dsi_fail_memory(err, list->n * sizeof *records);
    list->records = records;
    return DSI_OK;
}

/* Adds a record whose texts, n bytes of them, are packed already. */
static enum dsi_status add_packed(struct dsi_record_list *list,
                                  struct dsi_stored_record record, const char *packed,
                                  size_t n, struct dsi_error *err)
{
    DSI_TRY(reserve(list, err));
    record.at = list->texts.n;
    DSI_TRY(dsi_bytes_append(&list->texts, packed, n, err));
    list->records[list->n++] = record;
    return DSI_OK;
}

enum dsi_status dsi_record_list_add(struct dsi_record_list *list,
                                    const struct dsi_record *record,
                                    struct dsi_error *err)
{
    DSI_TRY(reserve(list, err));
    struct dsi_stored_record stored = {.number = record->number, .at = list->texts.n};
    memcpy(stored.key, record->key, sizeof stored.key);
    size_t n = 0;
    for (int t = 0; t < DSI_RECORD_TEXTS; t++)
        n += record->texts[t] ? strlen(record->texts[t]) + 2 : 1;
    DSI_TRY(dsi_bytes_reserve(&list->texts, n, err));
    char *to = (char *)list->texts.data + list->texts.n;
    for (int t = 0; t < DSI_RECORD_TEXTS; t++) {
        *to++ = record->texts[t] ? '\1' : '\0';
        if (record->texts[t]) {
            size_t k = strlen(record->texts[t]) + 1;
            memcpy(to, record->texts[t], k);
            to += k;
        }
    }
    list->texts.n += n;
    list->records[list->n++] = stored;
    return DSI_OK;
}

struct dsi_record dsi_record_list_at(const struct dsi_record_list *list, size_t i)
{
    const struct dsi_stored_record *stored = &list->records[i];
    struct dsi_record record = {.number = stored->number};
    memcpy(record.key, stored->key, sizeof record.key);
    const char *at = texts_of(list, stored);
    for (int t = 0; t < DSI_RECORD_TEXTS; t++)
        record.texts[t] = next_text(&at);
    return record;
}

enum dsi_status dsi_record_list_merge(struct dsi_record_list *into,
                                      const struct dsi_record_list *from,
                                      struct dsi_error *err)
{
    into->n_dropped += from->n_dropped;
    for (size_t i = 0; i < from->n; i++) {
        const char *packed = texts_of(from, &from->records[i]);
        DSI_TRY(add_packed(into, from->records[i], packed, packed_size(packed), err));
    }
    return DSI_OK;
}

static enum dsi_status save_record(const struct dsi_record_list *list,
                                   const struct dsi_stored_record *record,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    const char *packed = texts_of(list, record);
    for (int k = 0; k < 3; k++)
        DSI_TRY(dsi_bytes_append_u64(out, record->key[k], err));
    DSI_TRY(dsi_bytes_append_u64(out, record->number, err));
    return dsi_bytes_append_text(out, packed, packed_size(packed), err);
}

enum dsi_status dsi_record_list_save(const struct dsi_record_list *list,
                                     struct dsi_bytes *out, struct dsi_error *err)
{
    /* A sorted copy of the records, whose texts stay where they are: saving does not
     * change the list. */
    struct dsi_stored_record *sorted = dsi_alloc_array(list->n, sizeof *sorted);
    if (!sorted)
        return dsi_fail_memory(err, list->n * sizeof *sorted);
    if (list->n)
        memcpy(sorted, list->records, list->n * sizeof *sorted);
    order(list, sorted);
    uint64_t n = list->max && list->n > list->max ? list->max : list->n;
    enum dsi_status status =
        dsi_bytes_append_u64(out, list->n_dropped + (list->n - n), err);
    if (status == DSI_OK)
        status = dsi_bytes_append_u64(out, n, err);
    for (uint64_t i = 0; i < n && status == DSI_OK; i++)
        status = save_record(list, &sorted[i], out, err);
    free(sorted);
    return status;
}

/* Texts as the arena holds them: exactly DSI_RECORD_TEXTS of them fill the bytes.
 */
static bool are_packed(const char *packed, size_t n)
{
    size_t at = 0;
    for (int t = 0; t < DSI_RECORD_TEXTS; t++) {
        if (at >= n || (packed[at] != '\0' && packed[at] != '\1'))
            return false;
        if (packed[at++] == '\0')
            continue;
        const char *end = memchr(packed + at, '\0', n - at);
        if (!end)
            return false;
        at = (size_t)(end - packed) + 1;
    }
    return at == n;
}

static enum dsi_status load_record(struct dsi_record_list *list,
                                   struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_stored_record record = {0};
    const char *packed;
    size_t n;
    for (int k = 0; k < 3; k++)
        DSI_TRY(dsi_bytes_read_u64(in, &record.key[k], err));
    DSI_TRY(dsi_bytes_read_u64(in, &record.number, err));
    DSI_TRY(dsi_bytes_read_text(in, &packed, &n, err));
    if (!are_packed(packed, n))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved record is damaged");
    return add_packed(list, record, packed, n, err);
}

enum dsi_status dsi_record_list_load(struct dsi_record_list *list,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &list->n_dropped, err));
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_record(list, in, err));
    return DSI_OK;
}

void dsi_record_list_free(struct dsi_record_list *list)
{
    dsi_bytes_free(&list->texts);
    free(list->records);
    *list = (struct dsi_record_list){0};
}
