/* Decoding the pictures that most PNG files are, without libpng: 8 bits, no palette,
 * not interlaced, sound to the last byte. */
#ifndef DSI_PNG_QUICK_H
#define DSI_PNG_QUICK_H

#include "png_header.h"

/* All rows of the file's picture into rows: *done. Not done where the file is of
 * another kind, or where anything is to be said of it: then nothing has been, and
 * libpng decides. Fails only when memory is out or the file cannot be read. */
DSI_CHECKED enum dsi_status dsi_png_quick(const struct dsi_file *file,
                                          const struct dsi_png_header *header,
                                          struct dsi_rows *rows, bool *done,
                                          struct dsi_error *err);

#endif
