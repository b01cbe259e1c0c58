/* A picture as those who look at pictures see it: a file that was decoded, or one row
 * of an array of pictures. */
#ifndef DSI_PICTURE_H
#define DSI_PICTURE_H

#include "channels.h"

/* What a pixel is, by the names Pillow has for it, and such as it would have. */
enum dsi_picture_mode {
    DSI_MODE_BILEVEL, /* "1" */
    DSI_MODE_GREY,    /* "L" */
    DSI_MODE_GREY_ALPHA,
    DSI_MODE_PALETTE, /* "P" */
    DSI_MODE_RGB,
    DSI_MODE_RGB_ALPHA,
    DSI_MODE_INK,    /* "CMYK" */
    DSI_MODE_GREY16, /* "I;16", and so on */
    DSI_MODE_GREY_ALPHA16,
    DSI_MODE_RGB16,
    DSI_MODE_RGB_ALPHA16,
    DSI_N_MODES
};
extern const char *const dsi_picture_mode_names[DSI_N_MODES];

/* Nothing of it is owned. Steps are bytes from a pixel, a row, a channel to the next.
 */
struct dsi_picture {
    const uint8_t *values;
    uint64_t width, height;
    unsigned n_channels; /* 1 to 4, the last of 2 and of 4 being alpha */
    unsigned depth;      /* 1: a byte that is 0 or not; 8; 16: in the machine's order */
    uint64_t pixel_step, row_step, channel_step;
    enum dsi_picture_mode mode;
    unsigned orientation; /* EXIF's, 1 to 8; 0: not told */
};

/* Whether rows of an array are pictures: (N, H, W), or four axes one of which is the
 * channels', 1 to 4 of them; of uint8 or bool. */
bool dsi_array_is_pictures(const struct dsi_array *array,
                           const struct dsi_channels *channels);

/* Sample i of a block that has values; false where it is no picture, or has no pixel.
 */
bool dsi_picture_of_block(const struct dsi_block *block,
                          const struct dsi_channels *channels, uint64_t i,
                          struct dsi_picture *picture);

/* The picture of an open file, all of whose rows were read. */
bool dsi_picture_of_file(const struct dsi_file *file, const struct dsi_rows *rows,
                         struct dsi_picture *picture);

#endif
