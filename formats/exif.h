/* What the EXIF block of a picture says of the way up (CIPA DC-008, TIFF 6.0). */
#ifndef DSI_EXIF_H
#define DSI_EXIF_H

#include "image.h"

/* Reads the Orientation, 1 to 8, from a block of n bytes that begins at in with the
 * header of TIFF; leaves it alone where the block has none, or is not what it says it
 * is. in ends up somewhere in the block. Fails only where the source does. */
DSI_CHECKED enum dsi_status dsi_exif_orientation(struct dsi_image_input *in, uint64_t n,
                                                 unsigned *orientation,
                                                 struct dsi_error *err);

#endif
