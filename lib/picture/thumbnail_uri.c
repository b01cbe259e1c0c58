/* Pictures as the bytes of a PNG, and as a text that a page can hold. */
#include "thumbnail.h"

#include <png.h>
#include <string.h>

enum dsi_status dsi_png_append(struct dsi_bytes *out, const uint8_t *rgb,
                               uint32_t width, uint32_t height, struct dsi_error *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = width,
                       .height = height,
                       .format = PNG_FORMAT_RGB};
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
    DSI_TRY(dsi_bytes_reserve(out, n, err));
    if (!png_image_write_to_memory(&image, out->data + out->n, &n, 0, rgb, 0, NULL))
        return dsi_fail(err, DSI_ERR_WRITE, "libpng: %s", image.message);
    out->n += n;
    return DSI_OK;
}

/* RFC 4648. */
static enum dsi_status say_base64(struct dsi_bytes *out, const uint8_t *data, size_t n,
                                  struct dsi_error *err)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i < 3 ? n - i : 3;
        uint32_t bits = 0;
        char four[4];
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? data[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            four[k] = k <= left ? digits[bits >> (18 - 6 * k) & 63] : '=';
        DSI_TRY(dsi_bytes_append(out, four, sizeof four, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_thumbnail_uri(const struct dsi_thumbnail *thumbnail,
                                  struct dsi_bytes *out, struct dsi_error *err)
{
    static const char begin[] = "data:image/png;base64,";
    struct dsi_bytes png = {0};
    enum dsi_status status =
        dsi_png_append(&png, thumbnail->rgb, thumbnail->width, thumbnail->height, err);
    if (status == DSI_OK)
        status = dsi_bytes_append(out, begin, strlen(begin), err);
    if (status == DSI_OK)
        status = say_base64(out, png.data, png.n, err);
    dsi_bytes_free(&png);
    return status;
}
