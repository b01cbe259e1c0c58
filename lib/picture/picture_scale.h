/* Pictures made smaller or larger, to the very bytes that Pillow's Image.resize makes
 * of 8-bit ones: along the rows first, then along the columns, each time a weighted sum
 * of neighbours in fixed point (22 bits behind the point), rounded to bytes. The filter
 * is stretched where a picture shrinks, so every pixel counts. */
#ifndef DSI_PICTURE_SCALE_H
#define DSI_PICTURE_SCALE_H

#include "bytes.h"
#include "cpu_level.h"

enum dsi_scale_filter {
    DSI_SCALE_BICUBIC, /* a = -0.5 */
    DSI_SCALE_LANCZOS, /* a = 3 */
};

/* The weights along one axis, from n_in to n_out. */
struct dsi_scaling {
    enum dsi_scale_filter filter;
    uint32_t n_in, n_out;
    uint32_t n_taps; /* of each output; a multiple of 16, the last of them 0 */
    uint32_t *first; /* the input of its first tap */
    int32_t *weights;
    int16_t *parts; /* the same in two: the upper, then the lower ones of an output */
    int16_t *rough; /* the same but for the lowest bits, rounded */
    int rough_bits;
    int32_t below, above; /* what those bits may add to a sum: from below to above */
};

/* DSI_ERR_MEMORY. Both sizes are 1 or more. */
DSI_CHECKED enum dsi_status dsi_scaling_make(struct dsi_scaling *scaling,
                                             enum dsi_scale_filter filter,
                                             uint32_t n_in, uint32_t n_out,
                                             struct dsi_error *err);
void dsi_scaling_free(struct dsi_scaling *scaling);

/* A row of n_in bytes becomes one of n_out. Up to 15 bytes behind the row are read;
 * they may be anything. */
void dsi_scale_row(const struct dsi_scaling *scaling, enum dsi_cpu_level level,
                   const uint8_t *row, uint8_t *out);

/* Row `number` of the n_out: of n_in rows of n bytes, which lie step bytes apart. */
void dsi_scale_column(const struct dsi_scaling *scaling, enum dsi_cpu_level level,
                      const uint8_t *rows, size_t step, uint32_t number, size_t n,
                      uint8_t *out);

/* Scalings that were made, since most pictures are of a few sizes. One thread's.
 * Zero-initialise. */
enum { DSI_SCALINGS_KEPT = 16 };
struct dsi_scalings {
    struct dsi_scaling kept[DSI_SCALINGS_KEPT];
    uint64_t asked_for[DSI_SCALINGS_KEPT], n_asked; /* when, last */
};

/* *scaling lives until DSI_SCALINGS_KEPT others have been asked for. */
DSI_CHECKED enum dsi_status dsi_scalings_get(struct dsi_scalings *scalings,
                                             enum dsi_scale_filter filter,
                                             uint32_t n_in, uint32_t n_out,
                                             const struct dsi_scaling **scaling,
                                             struct dsi_error *err);
void dsi_scalings_free(struct dsi_scalings *scalings);

#endif
