#include "picture_planes.h"

#include "pixel_kernels.h"

#include <string.h>

static bool is_ink(const struct dsi_picture *picture)
{
    return picture->mode == DSI_MODE_INK;
}

enum dsi_status dsi_planes_start(struct dsi_planes *planes,
                                 const struct dsi_picture *picture,
                                 struct dsi_error *err)
{
    const uint64_t n_bands = picture->n_channels; /* ink is four before it is three */
    planes->stride = picture->width + DSI_PLANE_SLACK;
    DSI_TRY(
        dsi_bytes_claim(&planes->bytes, n_bands * DSI_BAND_ROWS * planes->stride, err));
    for (unsigned c = 0; c < n_bands; c++)
        planes->band[c] = planes->bytes.data + c * DSI_BAND_ROWS * planes->stride;
    planes->n = is_ink(picture) ? 3 : picture->n_channels;
    planes->width = picture->width;
    if (!planes->has_level)
        planes->level = dsi_cpu_level();
    planes->has_level = true;
    return DSI_OK;
}

static void take_channel(const struct dsi_picture *picture, const uint8_t *from,
                         uint8_t *to)
{
    const uint64_t n = picture->width, step = picture->pixel_step;
    if (picture->depth == 8 && step == 1) {
        memcpy(to, from, n);
    } else if (picture->depth == 8) {
        for (uint64_t x = 0; x < n; x++)
            to[x] = from[x * step];
    } else if (picture->depth == 1) {
        for (uint64_t x = 0; x < n; x++)
            to[x] = from[x * step] ? 0xff : 0;
    } else {
        for (uint64_t x = 0; x < n; x++) {
            uint16_t value;
            memcpy(&value, from + x * step, sizeof value);
            to[x] = (uint8_t)(value >> 8);
        }
    }
}

/* What light the black leaves, less the share of it that the ink takes. */
static void ink_to_colours(struct dsi_planes *planes)
{
    for (uint64_t x = 0; x < planes->width; x++) {
        const unsigned light = 255U - planes->of[3][x];
        for (int c = 0; c < 3; c++)
            planes->of[c][x] =
                (uint8_t)(light - dsi_byte_share(planes->of[c][x], light));
    }
}

void dsi_planes_row(struct dsi_planes *planes, const struct dsi_picture *picture,
                    uint64_t y)
{
    const uint8_t *row = picture->values + y * picture->row_step;
    for (unsigned c = 0; c < picture->n_channels; c++)
        planes->of[c] = planes->band[c] + y % DSI_BAND_ROWS * planes->stride;
    if (picture->depth == 8 && picture->n_channels == 3 && picture->pixel_step == 3) {
        dsi_pixels_split(planes->level, row, picture->width, planes->of);
        return;
    }
    for (unsigned c = 0; c < picture->n_channels; c++)
        take_channel(picture, row + c * picture->channel_step, planes->of[c]);
    if (is_ink(picture))
        ink_to_colours(planes);
}

void dsi_planes_free(struct dsi_planes *planes)
{
    dsi_bytes_free(&planes->bytes);
}
