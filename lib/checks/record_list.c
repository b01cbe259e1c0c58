#include "record_list.h"

#include <stdlib.h>
#include <string.h>

/* The texts stand behind one another in one allocation, each as length + 1 and the
 * bytes with a NUL; a missing one has length 0. */
struct dsi_stored_record {
    uint64_t key[3], number;
    char *texts; /* DSI_RECORD_TEXTS times: '\1' text '\0', or '\0' for none */
    size_t n_texts;
};

static char *pack_texts(const char *const *texts, size_t *n_bytes)
{
    size_t n = 0;
    for (int i = 0; i < DSI_RECORD_TEXTS; i++)
        n += texts[i] ? strlen(texts[i]) + 2 : 1;
    char *packed = dsi_alloc_array(n, 1);
    char *at = packed;
    for (int i = 0; packed && i < DSI_RECORD_TEXTS; i++) {
        if (texts[i]) {
            size_t k = strlen(texts[i]) + 1;
            *at++ = '\1';
            memcpy(at, texts[i], k);
            at += k;
        } else {
            *at++ = '\0';
        }
    }
    *n_bytes = n;
    return packed;
}

static int compare(const void *a, const void *b)
{
    const struct dsi_stored_record *x = a, *y = b;
    for (int i = 0; i < 3; i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    size_t n = x->n_texts < y->n_texts ? x->n_texts : y->n_texts;
    int order = memcmp(x->texts, y->texts, n);
    return order ? order : (x->n_texts > y->n_texts) - (x->n_texts < y->n_texts);
}

/* Drops what lies behind the first max; the records are in order. */
static void cut(struct dsi_record_list *list)
{
    if (!list->max || list->n <= list->max)
        return;
    for (size_t i = (size_t)list->max; i < list->n; i++)
        free(list->records[i].texts);
    list->n_dropped += list->n - list->max;
    list->n = (size_t)list->max;
}

static void order(struct dsi_stored_record *records, size_t n)
{
    if (n > 1)
        qsort(records, n, sizeof *records, compare);
}

void dsi_record_list_sort(struct dsi_record_list *list)
{
    order(list->records, list->n);
    cut(list);
}

static enum dsi_status add_stored(struct dsi_record_list *list,
                                  const struct dsi_stored_record *record,
                                  struct dsi_error *err)
{
    if (list->max && list->n >= 2 * list->max)
        dsi_record_list_sort(list);
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct dsi_stored_record *records =
            dsi_realloc_array(list->records, capacity, sizeof *records);
        if (!records)
            return dsi_fail_memory(err, capacity * sizeof *records);
        list->records = records;
        list->capacity = capacity;
    }
    list->records[list->n++] = *record;
    return DSI_OK;
}

enum dsi_status dsi_record_list_add(struct dsi_record_list *list,
                                    const struct dsi_record *record,
                                    struct dsi_error *err)
{
    struct dsi_stored_record stored = {.number = record->number};
    memcpy(stored.key, record->key, sizeof stored.key);
    stored.texts = pack_texts(record->texts, &stored.n_texts);
    if (!stored.texts)
        return dsi_fail_memory(err, stored.n_texts);
    enum dsi_status status = add_stored(list, &stored, err);
    if (status != DSI_OK)
        free(stored.texts);
    return status;
}

struct dsi_record dsi_record_list_at(const struct dsi_record_list *list, size_t i)
{
    const struct dsi_stored_record *stored = &list->records[i];
    struct dsi_record record = {.number = stored->number};
    memcpy(record.key, stored->key, sizeof record.key);
    const char *at = stored->texts;
    for (int t = 0; t < DSI_RECORD_TEXTS; t++) {
        bool present = *at++ != '\0';
        record.texts[t] = present ? at : NULL;
        if (present)
            at += strlen(at) + 1;
    }
    return record;
}

enum dsi_status dsi_record_list_merge(struct dsi_record_list *into,
                                      const struct dsi_record_list *from,
                                      struct dsi_error *err)
{
    into->n_dropped += from->n_dropped;
    for (size_t i = 0; i < from->n; i++) {
        struct dsi_record record = dsi_record_list_at(from, i);
        DSI_TRY(dsi_record_list_add(into, &record, err));
    }
    return DSI_OK;
}

static enum dsi_status save_record(const struct dsi_stored_record *record,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    for (int k = 0; k < 3; k++)
        DSI_TRY(dsi_bytes_append_u64(out, record->key[k], err));
    DSI_TRY(dsi_bytes_append_u64(out, record->number, err));
    return dsi_bytes_append_text(out, record->texts, record->n_texts, err);
}

enum dsi_status dsi_record_list_save(const struct dsi_record_list *list,
                                     struct dsi_bytes *out, struct dsi_error *err)
{
    /* A sorted copy of the handles, whose texts stay the list's: saving does not change
     * it. */
    struct dsi_stored_record *sorted = dsi_alloc_array(list->n, sizeof *sorted);
    if (!sorted)
        return dsi_fail_memory(err, list->n * sizeof *sorted);
    if (list->n)
        memcpy(sorted, list->records, list->n * sizeof *sorted);
    order(sorted, list->n);
    uint64_t n = list->max && list->n > list->max ? list->max : list->n;
    enum dsi_status status =
        dsi_bytes_append_u64(out, list->n_dropped + (list->n - n), err);
    if (status == DSI_OK)
        status = dsi_bytes_append_u64(out, n, err);
    for (uint64_t i = 0; i < n && status == DSI_OK; i++)
        status = save_record(&sorted[i], out, err);
    free(sorted);
    return status;
}

/* Texts as pack_texts lays them out: exactly DSI_RECORD_TEXTS of them fill the bytes.
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
    for (int k = 0; k < 3; k++)
        DSI_TRY(dsi_bytes_read_u64(in, &record.key[k], err));
    DSI_TRY(dsi_bytes_read_u64(in, &record.number, err));
    DSI_TRY(dsi_bytes_read_text(in, &packed, &record.n_texts, err));
    if (!are_packed(packed, record.n_texts))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved record is damaged");
    record.texts = dsi_text_copy(packed, record.n_texts);
    if (!record.texts)
        return dsi_fail_memory(err, record.n_texts);
    enum dsi_status status = add_stored(list, &record, err);
    if (status != DSI_OK)
        free(record.texts);
    return status;
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
    for (size_t i = 0; i < list->n; i++)
        free(list->records[i].texts);
    free(list->records);
    *list = (struct dsi_record_list){0};
}
