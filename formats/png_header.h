/* What the head of a PNG file says, found without a decoder. */
#ifndef DSI_PNG_HEADER_H
#define DSI_PNG_HEADER_H

#include "image.h"

enum dsi_png_colour {
    DSI_PNG_GREY = 0,
    DSI_PNG_RGB = 2,
    DSI_PNG_PALETTE = 3,
    DSI_PNG_GREY_ALPHA = 4,
    DSI_PNG_RGB_ALPHA = 6,
};

struct dsi_png_header {
    uint32_t width, height;
    uint8_t depth;       /* bits of one channel: 1, 2, 4, 8, 16 */
    uint8_t colour;      /* enum dsi_png_colour */
    unsigned n_channels; /* as stored: 1 for a palette's indices */
    bool interlaced;
};

/* How many leading bits of head[n] are those of the signature; 0 when fewer than the 32
 * that name the format. One damaged further on is still PNG's, so that opening the file
 * can say what happened to it: that is what the rest of the signature is for. */
int dsi_png_header_match(const uint8_t *head, size_t n);

/* Reads signature and IHDR from the start of in, checks the CRC, and refuses what the
 * standard does not allow. */
DSI_CHECKED enum dsi_status dsi_png_header_read(struct dsi_image_input *in,
                                                struct dsi_png_header *header,
                                                struct dsi_error *err);

/* What chunks between the header and the pixels say. */
struct dsi_png_chunks {
    bool has_trns;        /* which decides between a palette's RGB and RGBA */
    unsigned orientation; /* EXIF's, 1 to 8; 0: not told */
};

/* Walks on from there to the pixels. */
DSI_CHECKED enum dsi_status dsi_png_header_walk(struct dsi_image_input *in,
                                                struct dsi_png_chunks *chunks,
                                                struct dsi_error *err);

#endif
