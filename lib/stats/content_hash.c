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
    uint8_t text[DSI_DTYPE_NAME_SIZE + 8 * (1 + DSI_MAX_DIMS)] = {0};
    uint8_t *at = text + DSI_DTYPE_NAME_SIZE;
    content.dtype.big_endian = false;
    /* Its name is padded: no bytes of it come to stand where a shape's do. */
    dsi_dtype_name(content.dtype, (char *)text);
    const size_t n = strlen((const char *)text);
    memset(text + n, 0, DSI_DTYPE_NAME_SIZE - n);
    append_u64(&at, (uint64_t)n_dims);
    for (int i = 0; i < n_dims; i++) {
        append_u64(&at, shape[i]);
        content.n_items *= shape[i];
    }
    content.seed = XXH3_64bits(text, (size_t)(at - text));
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
