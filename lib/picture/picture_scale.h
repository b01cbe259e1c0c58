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

enum {
    DSI_SCALE_FRACTION_BITS = 22,
    DSI_SCALE_ROWS = 16,  /* rows at once */
    DSI_SCALE_LANES = 16, /* inputs of one of them at once */
    DSI_SCALE_ALIGNMENT = 64,
};

/* The weights along one axis, from n_in to n_out, and room to work in: one thread's. */
struct dsi_scaling {
    enum dsi_scale_filter filter;
    uint32_t n_in, n_out;
    uint32_t n_taps; /* of each output; even, the last of them may be 0 */
    uint32_t *first; /* the input of its first tap; even */
    int32_t *weights;
    /* The same in two: rough 2^rough_bits + rest. */
    int16_t *rough, *rest;
    int rough_bits;
    int32_t *below, *above; /* what the rest may come to for an output: least, most */
    /* Rows at once, once aligned: [input / 2][row][2], rows 0 to 3, 8 to 11, 4 to 7, 12
     * to 15. */
    int16_t *turned;
};

/* DSI_ERR_MEMORY. Both sizes are 1 or more. */
DSI_CHECKED enum dsi_status dsi_scaling_make(struct dsi_scaling *scaling,
                                             enum dsi_scale_filter filter,
                                             uint32_t n_in, uint32_t n_out,
                                             struct dsi_error *err);
void dsi_scaling_free(struct dsi_scaling *scaling);

/* Rows of n_in bytes, step bytes apart, become columns: output i of row r is
 * out[i * out_step + r], so that twice makes a picture that lies as it lay. Up to
 * DSI_SCALE_SLACK bytes behind each row are read; they may be anything. */
enum { DSI_SCALE_SLACK = 15 };
void dsi_scale_rows(struct dsi_scaling *scaling, enum dsi_cpu_level level,
                    const uint8_t *rows, size_t step, uint32_t n_rows, uint8_t *out,
                    size_t out_step);

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
                                             struct dsi_scaling **scaling,
                                             struct dsi_error *err);
void dsi_scalings_free(struct dsi_scalings *scalings);

#endif
