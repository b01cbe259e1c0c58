#include "content_hash.h"

#include <string.h>
#include <xxhash.h>

static void append_u64(uint8_t **at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

struct dsi_content dsi_content_of(struct dsi_dtype dtype, int n_dims,
                                  const uint64_t *shape)
{
    struct dsi_content content = {.dtype = dtype, .n_items = 1};
    uint8_t *header = content.header, *at = header + DSI_DTYPE_NAME_SIZE;
    content.dtype.big_endian = false;
    /* Its name is padded: no bytes of it come to stand where a shape's do. */
    dsi_dtype_name(content.dtype, (char *)header);
    const size_t n = strlen((const char *)header);
    memset(header + n, 0, DSI_DTYPE_NAME_SIZE - n);
    append_u64(&at, (uint64_t)n_dims);
    for (int i = 0; i < n_dims; i++) {
        append_u64(&at, shape[i]);
        content.n_items *= shape[i];
    }
    content.n_header = (size_t)(at - header);
    content.seed = XXH3_64bits(header, content.n_header);
    return content;
}

struct dsi_content dsi_content_of_rows(const struct dsi_array *array)
{
    const bool has_rows = array->n_dims > 0;
    return dsi_content_of(array->dtype, array->n_dims - has_rows,
                          array->shape + has_rows);
}

struct dsi_content dsi_content_of_whole(const struct dsi_array *array)
{
    return dsi_content_of(array->dtype, array->n_dims, array->shape);
}

/* Texts have no fixed place: each is hashed, and the hashes are chained. */
static XXH128_hash_t hash_strings(const struct dsi_content *content,
                                  const struct dsi_string *strings)
{
    XXH128_hash_t hash = {0, 0};
    for (uint64_t i = 0; i < content->n_items; i++) {
        const XXH128_hash_t text =
            XXH3_128bits_withSeed(strings[i].text, strings[i].n, content->seed);
        const uint64_t link[] = {hash.low64, hash.high64, text.low64, text.high64};
        hash = XXH3_128bits_withSeed(link, sizeof link, content->seed);
    }
    return hash;
}

struct dsi_content_hash dsi_content_hash(const struct dsi_content *content,
                                         const void *values)
{
    const XXH128_hash_t hash =
        content->dtype.kind == DSI_STRING
            ? hash_strings(content, values)
            : XXH3_128bits_withSeed(values, content->n_items * content->dtype.size,
                                    content->seed);
    return (struct dsi_content_hash){.high = hash.high64, .low = hash.low64};
}

/* --- the sample itself: header and values, each text behind its length ------------ */

static enum dsi_status append_strings(const struct dsi_content *content,
                                      const struct dsi_string *strings,
                                      struct dsi_bytes *bytes, struct dsi_error *err)
{
    for (uint64_t i = 0; i < content->n_items; i++)
        DSI_TRY(dsi_bytes_append_text(bytes, strings[i].text, strings[i].n, err));
    return DSI_OK;
}

enum dsi_status dsi_content_append(const struct dsi_content *content,
                                   const void *values, struct dsi_bytes *bytes,
                                   struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append(bytes, content->header, content->n_header, err));
    if (content->dtype.kind == DSI_STRING)
        return append_strings(content, values, bytes, err);
    return dsi_bytes_append(bytes, values, content->n_items * content->dtype.size, err);
}

static bool are_strings(const struct dsi_content *content,
                        const struct dsi_string *strings, const uint8_t *bytes,
                        size_t n)
{
    struct dsi_bytes_reader in = {.data = bytes, .n = n};
    struct dsi_error err;
    const char *text;
    size_t n_text;
    for (uint64_t i = 0; i < content->n_items; i++)
        if (dsi_bytes_read_text(&in, &text, &n_text, &err) != DSI_OK ||
            n_text != strings[i].n ||
            (n_text && memcmp(text, strings[i].text, n_text) != 0))
            return false;
    return in.at == n;
}

bool dsi_content_is(const struct dsi_content *content, const void *values,
                    const uint8_t *bytes, size_t n)
{
    const size_t n_header = content->n_header;
    if (n < n_header || memcmp(bytes, content->header, n_header) != 0)
        return false;
    bytes += n_header;
    n -= n_header;
    if (content->dtype.kind == DSI_STRING)
        return are_strings(content, values, bytes, n);
    return n == content->n_items * content->dtype.size &&
           (n == 0 || memcmp(bytes, values, n) == 0);
}
