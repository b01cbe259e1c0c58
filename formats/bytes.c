#include "bytes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum dsi_status dsi_bytes_reserve(struct dsi_bytes *bytes, size_t n_more,
                                  struct dsi_error *err)
{
    if (bytes->capacity - bytes->n >= n_more)
        return DSI_OK;
    uint64_t want;
    if (!dsi_add(bytes->n, n_more, &want))
        return dsi_fail_memory(err, UINT64_MAX);
    uint64_t capacity = bytes->capacity ? bytes->capacity : 64;
    while (capacity < want)
        if (!dsi_mul(capacity, 2, &capacity))
            return dsi_fail_memory(err, want);
    uint8_t *data = dsi_realloc_array(bytes->data, capacity, 1);
    if (!data)
        return dsi_fail_memory(err, capacity);
    bytes->data = data;
    bytes->capacity = capacity;
    return DSI_OK;
}

enum dsi_status dsi_bytes_claim(struct dsi_bytes *bytes, uint64_t n,
                                struct dsi_error *err)
{
    if (n > bytes->capacity) {
        dsi_bytes_free(bytes);
        bytes->data = dsi_alloc_array(n, 1);
        if (!bytes->data)
            return dsi_fail_memory(err, n);
        bytes->capacity = (size_t)n;
    }
    bytes->n = (size_t)n;
    return DSI_OK;
}

enum dsi_status dsi_bytes_append(struct dsi_bytes *bytes, const void *data, size_t n,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(bytes, n, err));
    if (n)
        memcpy(bytes->data + bytes->n, data, n);
    bytes->n += n;
    return DSI_OK;
}

enum dsi_status dsi_bytes_append_u64(struct dsi_bytes *bytes, uint64_t value,
                                     struct dsi_error *err)
{
    uint8_t little[8];
    for (int i = 0; i < 8; i++)
        little[i] = (uint8_t)(value >> (8 * i));
    return dsi_bytes_append(bytes, little, sizeof little, err);
}

enum dsi_status dsi_bytes_append_f64(struct dsi_bytes *bytes, double value,
                                     struct dsi_error *err)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return dsi_bytes_append_u64(bytes, bits, err);
}

enum dsi_status dsi_bytes_append_text(struct dsi_bytes *bytes, const void *text,
                                      size_t n, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(bytes, n, err));
    return dsi_bytes_append(bytes, text, n, err);
}

void dsi_bytes_free(struct dsi_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct dsi_bytes){0};
}

enum dsi_status dsi_bytes_read(struct dsi_bytes_reader *in, void *out, size_t n,
                               struct dsi_error *err)
{
    if (in->n - in->at < n)
        return dsi_fail(err, DSI_ERR_MALFORMED, "ends %zu bytes early at byte %zu",
                        n - (in->n - in->at), in->at);
    if (n)
        memcpy(out, in->data + in->at, n);
    in->at += n;
    return DSI_OK;
}

enum dsi_status dsi_bytes_read_u64(struct dsi_bytes_reader *in, uint64_t *value,
                                   struct dsi_error *err)
{
    uint8_t little[8];
    DSI_TRY(dsi_bytes_read(in, little, sizeof little, err));
    *value = 0;
    for (int i = 0; i < 8; i++)
        *value |= (uint64_t)little[i] << (8 * i);
    return DSI_OK;
}

enum dsi_status dsi_bytes_read_f64(struct dsi_bytes_reader *in, double *value,
                                   struct dsi_error *err)
{
    uint64_t bits;
    DSI_TRY(dsi_bytes_read_u64(in, &bits, err));
    memcpy(value, &bits, sizeof bits);
    return DSI_OK;
}

enum dsi_status dsi_bytes_read_text(struct dsi_bytes_reader *in, const char **text,
                                    size_t *n, struct dsi_error *err)
{
    uint64_t length;
    DSI_TRY(dsi_bytes_read_u64(in, &length, err));
    if (in->n - in->at < length)
        return dsi_fail(err, DSI_ERR_MALFORMED, "text of %llu bytes runs past the end",
                        (unsigned long long)length);
    *text = (const char *)in->data + in->at;
    *n = (size_t)length;
    in->at += *n;
    return DSI_OK;
}

void *dsi_alloc_array(uint64_t n, size_t item_size)
{
    return dsi_realloc_array(NULL, n, item_size);
}

/* Linux promises more memory than there is, and ends the process that takes it at its
 * word. What exceeds the machine is refused while there still is a choice. */
static bool exceeds_machine(uint64_t n_bytes)
{
    enum { ALWAYS_FINE = 1 << 30 };
    if (n_bytes <= ALWAYS_FINE)
        return false;
    long n_pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return n_bytes > PTRDIFF_MAX ||
           (n_pages > 0 && page > 0 && n_bytes / (uint64_t)page >= (uint64_t)n_pages);
}

void *dsi_alloc_zeroed(uint64_t n, size_t item_size)
{
    uint64_t n_bytes;
    if (!dsi_mul(n, item_size, &n_bytes) || exceeds_machine(n_bytes))
        return NULL;
    return calloc(n_bytes ? n_bytes : 1, 1);
}

void *dsi_realloc_array(void *old, uint64_t n, size_t item_size)
{
    uint64_t n_bytes;
    if (!dsi_mul(n, item_size, &n_bytes) || exceeds_machine(n_bytes))
        return NULL;
    return realloc(old, n_bytes ? n_bytes : 1);
}

void *dsi_grow_array(void *old, size_t n, size_t *capacity, size_t item_size)
{
    enum { FIRST = 8 };
    if (n < *capacity)
        return old;
    uint64_t more = *capacity ? 2 * (uint64_t)*capacity : FIRST;
    void *grown = dsi_realloc_array(old, more, item_size);
    if (grown)
        *capacity = (size_t)more;
    return grown;
}

enum dsi_status dsi_bytes_read_name(struct dsi_bytes_reader *in, char **name,
                                    struct dsi_error *err)
{
    const char *text;
    size_t n;
    DSI_TRY(dsi_bytes_read_text(in, &text, &n, err));
    if (n && memchr(text, '\0', n))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved name with a NUL in it");
    char *copy = dsi_text_copy(text, n);
    if (!copy)
        return dsi_fail_memory(err, n);
    *name = copy;
    return DSI_OK;
}

char *dsi_text_copy(const void *text, size_t n)
{
    char *copy = dsi_alloc_array((uint64_t)n + 1, 1);
    if (copy) {
        if (n)
            memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}
