#include "picture.h"

const char *const dsi_picture_mode_names[DSI_N_MODES] = {
    [DSI_MODE_BILEVEL] = "1",
    [DSI_MODE_GREY] = "L",
    [DSI_MODE_GREY_ALPHA] = "LA",
    [DSI_MODE_PALETTE] = "P",
    [DSI_MODE_RGB] = "RGB",
    [DSI_MODE_RGB_ALPHA] = "RGBA",
    [DSI_MODE_INK] = "CMYK",
    [DSI_MODE_GREY16] = "I;16",
    [DSI_MODE_GREY_ALPHA16] = "LA;16",
    [DSI_MODE_RGB16] = "RGB;16",
    [DSI_MODE_RGB_ALPHA16] = "RGBA;16",
};

enum { MAX_CHANNELS = 4 };

static enum dsi_picture_mode mode_of(const struct dsi_picture *picture)
{
    static const enum dsi_picture_mode narrow[] = {DSI_MODE_GREY, DSI_MODE_GREY_ALPHA,
                                                   DSI_MODE_RGB, DSI_MODE_RGB_ALPHA};
    static const enum dsi_picture_mode wide[] = {DSI_MODE_GREY16, DSI_MODE_GREY_ALPHA16,
                                                 DSI_MODE_RGB16, DSI_MODE_RGB_ALPHA16};
    if (picture->depth == 1 && picture->n_channels == 1)
        return DSI_MODE_BILEVEL;
    return (picture->depth == 16 ? wide : narrow)[picture->n_channels - 1];
}

static unsigned depth_of(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_BOOL ? 1 : 8 * dtype.size;
}

/* All of an array, (H, W) or (H, W, C), of which n_rows are there. */
static bool of_whole(const struct dsi_array *array,
                     const struct dsi_picture_facts *facts, const void *values,
                     uint64_t n_rows, struct dsi_picture *picture)
{
    const uint64_t n_channels = array->n_dims == 3 ? array->shape[2] : 1;
    const uint32_t size = array->dtype.size;
    if (n_channels > MAX_CHANNELS || n_rows != array->shape[0])
        return false;
    *picture = (struct dsi_picture){.values = values,
                                    .width = array->shape[1],
                                    .height = array->shape[0],
                                    .n_channels = (unsigned)n_channels,
                                    .depth = depth_of(array->dtype),
                                    .pixel_step = n_channels * size,
                                    .row_step = array->shape[1] * n_channels * size,
                                    .channel_step = size,
                                    .orientation = facts->orientation};
    picture->mode = facts->is_palette ? DSI_MODE_PALETTE
                    : facts->is_ink   ? DSI_MODE_INK
                                      : mode_of(picture);
    return picture->width > 0 && picture->height > 0;
}

bool dsi_picture_of_file(const struct dsi_file *file, const struct dsi_rows *rows,
                         struct dsi_picture *picture)
{
    return file->format->is_image && of_whole(&file->arrays[0], &file->picture,
                                              rows->values.data, rows->n_rows, picture);
}

bool dsi_array_is_pictures(const struct dsi_array *array,
                           const struct dsi_channels *channels)
{
    const struct dsi_dtype *dtype = &array->dtype;
    if (dtype->kind != DSI_BOOL && !(dtype->kind == DSI_UINT && dtype->size == 1))
        return false;
    if (array->n_dims == 3)
        return true;
    const int axis = channels->axis;
    return array->n_dims == 4 && axis >= 1 && axis <= 3 && array->shape[axis] >= 1 &&
           array->shape[axis] <= MAX_CHANNELS;
}

static bool of_row(const struct dsi_block *block, const struct dsi_channels *channels,
                   uint64_t i, struct dsi_picture *picture)
{
    const struct dsi_array *array = block->values_array;
    if (!dsi_array_is_pictures(array, channels))
        return false;
    const uint64_t row = block->values_are_one ? 0 : i;
    uint64_t steps[4] = {0}, step = 1;
    for (int axis = array->n_dims - 1; axis > 0; axis--) {
        steps[axis] = step;
        step *= array->shape[axis];
    }
    const int channel = array->n_dims == 4 ? channels->axis : 0;
    const int height = channel == 1 ? 2 : 1;
    const int width = array->n_dims == 3 ? 2 : channel == 3 ? 2 : 3;
    *picture = (struct dsi_picture){
        .values = step ? (const uint8_t *)block->values + row * step : NULL,
        .width = array->shape[width],
        .height = array->shape[height],
        .n_channels = channel ? (unsigned)array->shape[channel] : 1,
        .depth = depth_of(array->dtype),
        .pixel_step = steps[width],
        .row_step = steps[height],
        .channel_step = steps[channel]};
    picture->mode = mode_of(picture);
    return true;
}

bool dsi_picture_of_block(const struct dsi_block *block,
                          const struct dsi_channels *channels, uint64_t i,
                          struct dsi_picture *picture)
{
    if (!block->values_array || i >= block->n_samples)
        return false;
    const bool is_one = channels->kind == DSI_CHANNELS_PICTURES
                            ? of_whole(block->values_array, &block->file->picture,
                                       block->values, block->n_value_rows, picture)
                            : of_row(block, channels, i, picture);
    return is_one && picture->width > 0 && picture->height > 0;
}
