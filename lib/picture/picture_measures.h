/* What is measured of one picture, all in as few looks at its rows as it takes. */
#ifndef DSI_PICTURE_MEASURES_H
#define DSI_PICTURE_MEASURES_H

#include "picture_blur.h"
#include "picture_brightness.h"
#include "picture_hash.h"

/* What is asked for; the rest of the measures is NaN, or 0. */
enum {
    DSI_MEASURE_BRIGHTNESS = 1,
    DSI_MEASURE_ENTROPY = 2,
    DSI_MEASURE_BLURRINESS = 4,
    DSI_MEASURE_PHASH = 8,
};

struct dsi_picture_measures {
    double brightness; /* of the mean colour */
    /* Of pixels, at the percents asked for. */
    double percentiles[DSI_MAX_BRIGHTNESS_PERCENTS];
    /* In bits, of the counts of byte values of all channels, one after another, as of
     * one distribution: Pillow's Image.entropy. */
    double entropy;
    struct dsi_blurriness blurriness;
    uint64_t phash;
};

/* Rooms of one thread. NULL when memory is out. */
struct dsi_picture_meter;
struct dsi_picture_meter *dsi_picture_meter_new(unsigned what, const unsigned *percents,
                                                size_t n_percents);
void dsi_picture_meter_free(struct dsi_picture_meter *meter); /* NULL is fine */

/* DSI_ERR_MEMORY; DSI_ERR_LIMIT for a picture of more than UINT32_MAX pixels. */
DSI_CHECKED enum dsi_status dsi_picture_measure(struct dsi_picture_meter *meter,
                                                const struct dsi_picture *picture,
                                                struct dsi_picture_measures *measures,
                                                struct dsi_error *err);

#endif
