#include "top_k.h"

#include <stdlib.h>
#include <string.h>

/* A heap whose root is the last of those kept: the one to go next. */
struct dsi_top_entry {
    uint64_t order[DSI_TOP_WORDS], payload;
    char *text;
};

static int compare_orders(const uint64_t *a, const uint64_t *b)
{
    for (int i = 0; i < DSI_TOP_WORDS; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct dsi_top_entry *x = a, *y = b;
    const int order = compare_orders(x->order, y->order);
    if (order)
        return order;
    if (x->payload != y->payload)
        return x->payload < y->payload ? -1 : 1;
    if (!x->text || !y->text)
        return (x->text != NULL) - (y->text != NULL);
    return strcmp(x->text, y->text);
}

static void swap(struct dsi_top_entry *a, struct dsi_top_entry *b)
{
    const struct dsi_top_entry was = *a;
    *a = *b;
    *b = was;
}

static void sift_up(struct dsi_top_entry *heap, size_t i)
{
    for (; i && compare(&heap[(i - 1) / 2], &heap[i]) < 0; i = (i - 1) / 2)
        swap(&heap[(i - 1) / 2], &heap[i]);
}

static void sift_down(struct dsi_top_entry *heap, size_t n)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && compare(&heap[child], &heap[child + 1]) < 0)
            child++;
        if (compare(&heap[i], &heap[child]) >= 0)
            return;
        swap(&heap[i], &heap[child]);
    }
}

bool dsi_top_k_admits(const struct dsi_top_k *top, const uint64_t order[DSI_TOP_WORDS])
{
    if (top->n < top->max)
        return true;
    return top->n && compare_orders(order, top->entries[0].order) <= 0;
}

enum dsi_status dsi_top_k_add(struct dsi_top_k *top, const struct dsi_top_item *item,
                              struct dsi_error *err)
{
    struct dsi_top_entry entry = {.payload = item->payload};
    if (!dsi_top_k_admits(top, item->order))
        return DSI_OK;
    memcpy(entry.order, item->order, sizeof entry.order);
    if (item->text && !(entry.text = dsi_text_copy(item->text, strlen(item->text))))
        return dsi_fail_memory(err, strlen(item->text));
    if (top->n == top->max) {
        if (compare(&entry, &top->entries[0]) < 0) {
            swap(&entry, &top->entries[0]);
            sift_down(top->entries, top->n);
        }
        free(entry.text);
        return DSI_OK;
    }
    struct dsi_top_entry *entries =
        dsi_grow_array(top->entries, top->n, &top->capacity, sizeof *entries);
    if (!entries) {
        free(entry.text);
        return dsi_fail_memory(err, top->n * sizeof *entries);
    }
    top->entries = entries;
    entries[top->n++] = entry;
    sift_up(entries, top->n - 1);
    return DSI_OK;
}

struct dsi_top_item dsi_top_k_at(const struct dsi_top_k *top, size_t i)
{
    const struct dsi_top_entry *entry = &top->entries[top->n - 1 - i];
    struct dsi_top_item item = {.payload = entry->payload, .text = entry->text};
    memcpy(item.order, entry->order, sizeof item.order);
    return item;
}

enum dsi_status dsi_top_k_merge(struct dsi_top_k *into, const struct dsi_top_k *from,
                                struct dsi_error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct dsi_top_item item = dsi_top_k_at(from, i);
        DSI_TRY(dsi_top_k_add(into, &item, err));
    }
    return DSI_OK;
}

static int compare_descending(const void *a, const void *b)
{
    return compare(b, a);
}

/* Descending, which is a heap too; dsi_top_k_at counts from the end. */
void dsi_top_k_sort(struct dsi_top_k *top)
{
    if (top->n)
        qsort(top->entries, top->n, sizeof *top->entries, compare_descending);
}

static enum dsi_status save_item(const struct dsi_top_entry *entry,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    for (int i = 0; i < DSI_TOP_WORDS; i++)
        DSI_TRY(dsi_bytes_append_u64(out, entry->order[i], err));
    DSI_TRY(dsi_bytes_append_u64(out, entry->payload, err));
    DSI_TRY(dsi_bytes_append_u64(out, entry->text != NULL, err));
    if (!entry->text)
        return DSI_OK;
    return dsi_bytes_append_text(out, entry->text, strlen(entry->text), err);
}

enum dsi_status dsi_top_k_save(const struct dsi_top_k *top, struct dsi_bytes *out,
                               struct dsi_error *err)
{
    /* Sorted without changing the heap: a copy of the entries, not of their texts. */
    struct dsi_top_entry *sorted = dsi_alloc_array(top->n, sizeof *sorted);
    enum dsi_status status = DSI_OK;
    if (!sorted)
        return dsi_fail_memory(err, top->n * sizeof *sorted);
    if (top->n) {
        memcpy(sorted, top->entries, top->n * sizeof *sorted);
        qsort(sorted, top->n, sizeof *sorted, compare);
    }
    status = dsi_bytes_append_u64(out, top->n, err);
    for (size_t i = 0; status == DSI_OK && i < top->n; i++)
        status = save_item(&sorted[i], out, err);
    free(sorted);
    return status;
}

static enum dsi_status load_item(struct dsi_top_k *top, struct dsi_bytes_reader *in,
                                 struct dsi_error *err)
{
    struct dsi_top_item item = {0};
    uint64_t has_text;
    char *text = NULL;
    for (int i = 0; i < DSI_TOP_WORDS; i++)
        DSI_TRY(dsi_bytes_read_u64(in, &item.order[i], err));
    DSI_TRY(dsi_bytes_read_u64(in, &item.payload, err));
    DSI_TRY(dsi_bytes_read_u64(in, &has_text, err));
    if (has_text > 1)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved row that is none");
    if (has_text)
        DSI_TRY(dsi_bytes_read_name(in, &text, err));
    item.text = text;
    enum dsi_status status = dsi_top_k_add(top, &item, err);
    free(text);
    return status;
}

enum dsi_status dsi_top_k_load(struct dsi_top_k *top, struct dsi_bytes_reader *in,
                               struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    if (n > top->max)
        return dsi_fail(err, DSI_ERR_MALFORMED, "more saved rows than are asked for");
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_item(top, in, err));
    return DSI_OK;
}

void dsi_top_k_free(struct dsi_top_k *top)
{
    for (size_t i = 0; i < top->n; i++)
        free(top->entries[i].text);
    free(top->entries);
    *top = (struct dsi_top_k){.max = top->max};
}
