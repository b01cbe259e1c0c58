/* What the readers of pictures share: the description of one image as an array, the
 * limits on what a picture may ask for, and a window onto the compressed file. */
#ifndef DSI_IMAGE_H
#define DSI_IMAGE_H

#include "reader.h"

/* Size as the file's header claims it. n_channels 0 stands for an array without a
 * channel axis. */
struct dsi_image_size {
    uint64_t width, height;
    unsigned n_channels;
};

/* Describes the file as one nameless array (H, W) or (H, W, C). filters and note are
 * copied; an empty one counts as nothing to say. DSI_ERR_MALFORMED when no such array
 * can exist, DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_image_describe(struct dsi_file *file,
                                               struct dsi_image_size size,
                                               enum dsi_kind kind, uint32_t item_size,
                                               const char *filters, const char *note,
                                               struct dsi_error *err);

/* Holds the described image and n_decoder_bytes of the decoder's own memory against the
 * limits the file was opened with: DSI_ERR_LIMIT names the option that raises it. */
DSI_CHECKED enum dsi_status dsi_image_check_limits(const struct dsi_file *file,
                                                   uint64_t n_decoder_bytes,
                                                   struct dsi_error *err);

/* Room for n_rows rows of the image in rows->values, which stays empty. Exactly that
 * much, unlike dsi_bytes_reserve: a picture near the limit must not take twice it. */
DSI_CHECKED enum dsi_status dsi_image_reserve(const struct dsi_file *file,
                                              uint64_t n_rows, struct dsi_rows *rows,
                                              struct dsi_error *err);

/* A window onto a source, moved forwards. The buffer is the caller's. */
struct dsi_image_input {
    struct dsi_source *source;
    uint8_t *buffer;
    size_t capacity;
    size_t n, at;    /* bytes in the buffer; of those, how many have been used */
    uint64_t offset; /* in the source, of the buffer's first byte */
};

/* Most pictures fit: libjpeg-turbo decodes the last KiB before the end of what it is
 * given several times as slowly as the rest. */
enum { DSI_IMAGE_INPUT_BYTES = 1 << 18 };

/* Starts at the source's first byte, on a buffer of DSI_IMAGE_INPUT_BYTES taken from
 * rows->scratch. */
DSI_CHECKED enum dsi_status dsi_image_input_start(struct dsi_image_input *in,
                                                  struct dsi_source *source,
                                                  struct dsi_rows *rows,
                                                  struct dsi_error *err);

/* Moves the window to the bytes after it; in->n is 0 at the end of the source. */
DSI_CHECKED enum dsi_status dsi_image_input_fill(struct dsi_image_input *in,
                                                 struct dsi_error *err);

/* Passes over n bytes without reading those outside the window. */
void dsi_image_input_skip(struct dsi_image_input *in, uint64_t n);

/* Takes n bytes; DSI_ERR_TRUNCATED when the source ends before. */
DSI_CHECKED enum dsi_status dsi_image_input_take(struct dsi_image_input *in, void *out,
                                                 size_t n, struct dsi_error *err);

/* Offset in the source of the next byte to be used. */
uint64_t dsi_image_input_position(const struct dsi_image_input *in);

#endif
