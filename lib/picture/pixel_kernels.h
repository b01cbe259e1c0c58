/* The loops over the pixels of a row. Each comes in vector instructions and without;
 * every level of cpu_level.h gives the same. Nothing is read or written beyond n, and
 * what is written lies apart from what is read, for parts of it may be done twice. */
#ifndef DSI_PIXEL_KERNELS_H
#define DSI_PIXEL_KERNELS_H

#include "cpu_level.h"

#include <stddef.h>
#include <stdint.h>

/* n pixels of three bytes each, taken apart. */
void dsi_pixels_split(enum dsi_cpu_level level, const uint8_t *rgb, size_t n,
                      uint8_t *const planes[3]);

/* What a pixel's brightness is taken of: sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2) / 255
 * (Finley's HSP colour model) is sqrt(weight / 1000) / 255. */
enum {
    DSI_WEIGHT_R = 241,
    DSI_WEIGHT_G = 691,
    DSI_WEIGHT_B = 68,
    DSI_MAX_WEIGHT = 1000 * 255 * 255, /* below 2^26 */
};
void dsi_pixels_weigh(enum dsi_cpu_level level, const uint8_t *const planes[3],
                      size_t n, uint32_t *weights);

/* Counters of bytes that come run after run, which take turns lest equal neighbours
 * wait for each other. At most UINT32_MAX values. */
enum { DSI_BYTE_LANES = 4 };
struct dsi_byte_counts {
    uint32_t lanes[DSI_BYTE_LANES][256];
};
void dsi_pixels_count(const uint8_t *values, size_t n, struct dsi_byte_counts *counts);

/* The same of three planes at once, whose counters wait for each other even less. */
void dsi_pixels_count_three(const uint8_t *const planes[3], size_t n,
                            struct dsi_byte_counts counts[3]);

/* The weights in [low, high), and how many are below. Bounds are less than 2^31, and
 * low is none above high. */
struct dsi_weight_window {
    uint32_t low, high;
    uint64_t n_below;
    uint32_t *kept; /* in no particular order */
    size_t n_kept;
};

/* Adds those of n pixels to each window, whose kept has room for n more and the slack,
 * which may be written. Unless counts is NULL, the bytes of three planes are counted,
 * too, which together takes little longer than to count them alone. */
enum { DSI_KEPT_SLACK = 4 };
void dsi_pixels_sift(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     struct dsi_weight_window *windows, size_t n_windows,
                     struct dsi_byte_counts *counts);

/* Luma of ITU-R BT.601 as Pillow's convert("L") rounds it:
 * (19595 R + 38470 G + 7471 B + 2^15) / 2^16. */
void dsi_pixels_luma(enum dsi_cpu_level level, const uint8_t *const planes[3], size_t n,
                     uint8_t *luma);

/* x y / 255, rounded. */
static inline uint8_t dsi_byte_share(unsigned x, unsigned y)
{
    const unsigned product = x * y + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

#endif
