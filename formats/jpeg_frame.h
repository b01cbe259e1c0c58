/* What a JPEG file's frame header says, found without a decoder. */
#ifndef DSI_JPEG_FRAME_H
#define DSI_JPEG_FRAME_H

#include "image.h"

struct dsi_jpeg_frame {
    unsigned width, height, n_components, precision;
    uint8_t marker;       /* which SOF: the kind of coding */
    unsigned orientation; /* EXIF's, 1 to 8; 0: not told */
};

/* Walks the segments from the start of in to the frame header; what lies between is not
 * read, but for EXIF. Refuses what libjpeg cannot decode to 1, 3 or 4 components of 8
 * bits. */
DSI_CHECKED enum dsi_status dsi_jpeg_frame_find(struct dsi_image_input *in,
                                                struct dsi_jpeg_frame *frame,
                                                struct dsi_error *err);

/* "baseline", "progressive, arithmetic", ...; NULL when libjpeg cannot decode it. */
const char *dsi_jpeg_frame_coding(const struct dsi_jpeg_frame *frame);

#endif
