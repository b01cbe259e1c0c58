#include "result_file.h"

#include "picture_file.h"
#include "thumbnail.h"

#include <stdlib.h>
#include <string.h>

struct dsi_result_picture {
    char *path;
    char *uri; /* NULL: it cannot be shown */
    unsigned width, height;
};

static bool is_named_as_picture(const char *path)
{
    const struct dsi_format *format = dsi_format_of_suffix(path);
    return format && format->is_image;
}

/* A picture that cannot be read is one that cannot be shown, whatever the reason. */
static void make(struct dsi_result_picture *made, const struct dsi_limits *limits)
{
    const struct dsi_open_options options = {.limits = *limits, .expand_palette = true};
    struct dsi_picture_file file;
    struct dsi_thumbnail small = {0};
    struct dsi_rows rows = {0};
    struct dsi_bytes uri = {0};
    struct dsi_error err;
    if (dsi_picture_file_open(&file, made->path, &options, &rows, &err) == DSI_OK &&
        file.has_picture && dsi_thumbnail_make(&small, &file.picture, &err) == DSI_OK &&
        dsi_thumbnail_uri(&small, &uri, &err) == DSI_OK) {
        made->uri = dsi_text_copy(uri.data, uri.n);
        made->width = small.width;
        made->height = small.height;
    }
    dsi_picture_file_close(&file);
    dsi_thumbnail_free(&small);
    dsi_bytes_free(&uri);
    dsi_rows_free(&rows);
}

static struct dsi_result_picture *find(const struct dsi_result_pictures *pictures,
                                       const char *path)
{
    for (size_t i = 0; i < pictures->n; i++)
        if (strcmp(pictures->items[i].path, path) == 0)
            return &pictures->items[i];
    return NULL;
}

static struct dsi_result_picture *add(struct dsi_result_pictures *pictures,
                                      const char *path)
{
    struct dsi_result_picture *items = dsi_grow_array(
        pictures->items, pictures->n, &pictures->capacity, sizeof *items);
    if (!items)
        return NULL;
    pictures->items = items;
    struct dsi_result_picture *made = &items[pictures->n];
    *made = (struct dsi_result_picture){.path = dsi_text_copy(path, strlen(path))};
    if (!made->path)
        return NULL;
    pictures->n++;
    make(made, &pictures->limits);
    return made;
}

bool dsi_result_picture(void *context, const char *path,
                        struct dsi_page_picture *picture)
{
    struct dsi_result_pictures *pictures = context;
    if (!is_named_as_picture(path))
        return false;
    const struct dsi_result_picture *made = find(pictures, path);
    if (!made && pictures->n < DSI_RESULT_PICTURES_MOST)
        made = add(pictures, path);
    if (!made || !made->uri)
        return false;
    *picture = (struct dsi_page_picture){made->uri, made->width, made->height};
    return true;
}

void dsi_result_pictures_free(struct dsi_result_pictures *pictures)
{
    for (size_t i = 0; i < pictures->n; i++) {
        free(pictures->items[i].path);
        free(pictures->items[i].uri);
    }
    free(pictures->items);
    *pictures = (struct dsi_result_pictures){0};
}
