/* How bright the pixels of a picture are, as CleanVision tells dark and light ones by:
 * the percentiles, as numpy's linear method has them, of
 * sqrt(0.241 R^2 + 0.691 G^2 + 0.068 B^2) / 255 over all pixels, exactly.
 *
 * Of a grey picture that is the value / 255. Of a coloured one, the weights
 * (pixel_kernels.h) of some rows tell about where a percentile lies; a look at all rows
 * counts what is below and keeps what is there, of which the order statistics are
 * taken. Where the guess was wrong, or too much is there, it takes two looks: the first
 * counts pixels by the upper bits of their weight, which says in which few bins the
 * order statistics lie, the second counts those bins by the lower bits. */
#ifndef DSI_PICTURE_BRIGHTNESS_H
#define DSI_PICTURE_BRIGHTNESS_H

#include "picture_planes.h"
#include "pixel_kernels.h"

enum { DSI_MAX_BRIGHTNESS_PERCENTS = 7 };

/* Rooms of one thread. NULL when memory is out. */
struct dsi_brightness;
struct dsi_brightness *dsi_brightness_new(void);
void dsi_brightness_free(struct dsi_brightness *brightness); /* NULL is fine */

/* For a picture of so many pixels, at most UINT32_MAX. */
void dsi_brightness_start(struct dsi_brightness *brightness, uint64_t n_pixels);

/* The guess: the first look at one row in so many, at none if 0; then the guess; then
 * a look at every row, which counts the bytes of the colours, too; then whether it is
 * found. If not, start again. */
uint64_t dsi_brightness_sample_step(const struct dsi_brightness *brightness);
void dsi_brightness_guess(struct dsi_brightness *brightness, const unsigned *percents,
                          size_t n_percents);
DSI_CHECKED enum dsi_status dsi_brightness_look(struct dsi_brightness *brightness,
                                                const struct dsi_planes *planes,
                                                struct dsi_byte_counts counts[3],
                                                struct dsi_error *err);
bool dsi_brightness_find(struct dsi_brightness *brightness);

/* A row of three planes or more; of every row, in any order, for each look. */
DSI_CHECKED enum dsi_status dsi_brightness_first_look(struct dsi_brightness *brightness,
                                                      const struct dsi_planes *planes,
                                                      struct dsi_error *err);
/* Between the looks: percents are 0 to 100. */
DSI_CHECKED enum dsi_status dsi_brightness_plan(struct dsi_brightness *brightness,
                                                const unsigned *percents,
                                                size_t n_percents,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_brightness_second_look(struct dsi_brightness *brightness,
                           const struct dsi_planes *planes, struct dsi_error *err);

/* After it was found, or both looks: a percentile that was asked for. */
double dsi_brightness_percentile(const struct dsi_brightness *brightness,
                                 unsigned percent);

/* The same of grey, from how many pixels have each value. */
double dsi_brightness_of_grey(const uint64_t counts[256], uint64_t n_pixels,
                              unsigned percent);

/* Of the mean colour, each channel from 0 to 255. */
double dsi_brightness_of_mean(double r, double g, double b);

#endif
