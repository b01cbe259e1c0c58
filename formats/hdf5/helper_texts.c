#include "helper_texts.h"

#include "helper_enum.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXTS = 1 << 18 };

void dsi_texts_free(struct dsi_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct dsi_texts){0};
}

static enum dsi_status add(struct dsi_texts *texts, const char *text, size_t n,
                           struct dsi_error *err)
{
    char *copy = dsi_text_copy(text, n);
    if (!copy)
        return dsi_fail_memory(err, n);
    texts->items[texts->n++] = copy;
    return DSI_OK;
}

/* Up to the first NUL, and without the blanks of those that are padded with them. */
static size_t length(const char *text, size_t size, H5T_str_t padding)
{
    size_t n = strnlen(text, size);
    while (padding == H5T_STR_SPACEPAD && n && text[n - 1] == ' ')
        n--;
    return n;
}

static enum dsi_status take_fixed(struct dsi_texts *texts, hid_t attribute, hid_t type,
                                  size_t n, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    const size_t size = H5Tget_size(type);
    if (size == 0 || size > DSI_MAX_NAMES_BYTES / n)
        return DSI_OK;
    char *buffer = dsi_alloc_zeroed(n, size);
    if (!buffer)
        return dsi_fail_memory(err, n * size);
    if (H5Aread(attribute, type, buffer) >= 0)
        for (size_t i = 0; i < n && status == DSI_OK; i++)
            status = add(texts, buffer + i * size,
                         length(buffer + i * size, size, H5Tget_strpad(type)), err);
    free(buffer);
    return status;
}

static enum dsi_status take_variable(struct dsi_texts *texts, hid_t attribute,
                                     hid_t type, hid_t space, size_t n,
                                     struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    size_t n_bytes = 0;
    char **buffer = dsi_alloc_zeroed(n, sizeof *buffer);
    if (!buffer)
        return dsi_fail_memory(err, n * sizeof *buffer);
    if (H5Aread(attribute, type, buffer) >= 0)
        for (size_t i = 0; i < n && status == DSI_OK; i++) {
            const char *text = buffer[i] ? buffer[i] : "";
            n_bytes += strlen(text);
            if (n_bytes > DSI_MAX_NAMES_BYTES) {
                dsi_texts_free(texts);
                break;
            }
            status = add(texts, text, strlen(text), err);
        }
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
    free(buffer);
    return status;
}

static enum dsi_status take(struct dsi_texts *texts, hid_t attribute,
                            struct dsi_error *err)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    enum dsi_status status = DSI_OK;
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && n > 0 && n <= MAX_TEXTS) {
        texts->items = dsi_alloc_zeroed((uint64_t)n, sizeof *texts->items);
        if (!texts->items)
            status = dsi_fail_memory(err, (uint64_t)n * sizeof *texts->items);
        else if (H5Tis_variable_str(type) > 0)
            status = take_variable(texts, attribute, type, space, (size_t)n, err);
        else
            status = take_fixed(texts, attribute, type, (size_t)n, err);
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

enum dsi_status dsi_texts_read(struct dsi_texts *texts, hid_t object, const char *name,
                               struct dsi_error *err)
{
    *texts = (struct dsi_texts){0};
    if (H5Aexists(object, name) <= 0)
        return DSI_OK;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return DSI_OK;
    enum dsi_status status = take(texts, attribute, err);
    H5Aclose(attribute);
    if (status != DSI_OK)
        dsi_texts_free(texts);
    return status;
}
