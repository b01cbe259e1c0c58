#include "picture_measures.h"

#include "pixel_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_VALUES = 256 };

struct dsi_picture_meter {
    unsigned what;
    unsigned percents[DSI_MAX_BRIGHTNESS_PERCENTS];
    size_t n_percents;
    struct dsi_planes planes;
    struct dsi_byte_counts lanes[DSI_MAX_PLANES];
    uint64_t counts[DSI_MAX_PLANES][N_VALUES];
    struct dsi_brightness *brightness;
    struct dsi_blur blur;
    struct dsi_hasher hasher;
};

struct dsi_picture_meter *dsi_picture_meter_new(unsigned what, const unsigned *percents,
                                                size_t n_percents)
{
    struct dsi_picture_meter *meter = dsi_alloc_zeroed(1, sizeof *meter);
    if (!meter)
        return NULL;
    meter->what = what;
    meter->n_percents = n_percents;
    memcpy(meter->percents, percents, n_percents * sizeof *percents);
    meter->brightness = dsi_brightness_new();
    if (meter->brightness)
        return meter;
    dsi_picture_meter_free(meter);
    return NULL;
}

void dsi_picture_meter_free(struct dsi_picture_meter *meter)
{
    if (!meter)
        return;
    dsi_planes_free(&meter->planes);
    dsi_brightness_free(meter->brightness);
    dsi_blur_free(&meter->blur);
    dsi_hasher_free(&meter->hasher);
    free(meter);
}

static bool asks(const struct dsi_picture_meter *meter, unsigned what)
{
    return meter->what & what;
}

static bool weighs(const struct dsi_picture_meter *meter)
{
    return asks(meter, DSI_MEASURE_BRIGHTNESS) && meter->planes.n >= 3;
}

static bool counts(const struct dsi_picture_meter *meter)
{
    return asks(meter, DSI_MEASURE_BRIGHTNESS | DSI_MEASURE_ENTROPY);
}

/* --- the looks ----------------------------------------------------------------------
 */

static enum dsi_status start(struct dsi_picture_meter *meter,
                             const struct dsi_picture *picture, uint64_t n_pixels,
                             struct dsi_error *err)
{
    DSI_TRY(dsi_planes_start(&meter->planes, picture, err));
    memset(meter->lanes, 0, meter->planes.n * sizeof *meter->lanes);
    if (weighs(meter))
        dsi_brightness_start(meter->brightness, n_pixels);
    if (asks(meter, DSI_MEASURE_PHASH))
        DSI_TRY(dsi_hasher_start(&meter->hasher, DSI_PHASH, &meter->planes,
                                 picture->height, err));
    if (asks(meter, DSI_MEASURE_BLURRINESS))
        DSI_TRY(dsi_blur_start(&meter->blur, &meter->planes, picture->height, err));
    return DSI_OK;
}

static enum dsi_status guess_brightness(struct dsi_picture_meter *meter,
                                        const struct dsi_picture *picture,
                                        struct dsi_error *err)
{
    const uint64_t step = dsi_brightness_sample_step(meter->brightness);
    for (uint64_t y = step / 2; step && y < picture->height; y += step) {
        dsi_planes_row(&meter->planes, picture, y);
        DSI_TRY(dsi_brightness_first_look(meter->brightness, &meter->planes, err));
    }
    dsi_brightness_guess(meter->brightness, meter->percents, meter->n_percents);
    return DSI_OK;
}

/* Counts the bytes of a row; where colours are weighed, along with that. */
static enum dsi_status count(struct dsi_picture_meter *meter, struct dsi_error *err)
{
    const struct dsi_planes *planes = &meter->planes;
    const unsigned n_colours = planes->n >= 3 ? 3 : 0;
    if (weighs(meter))
        DSI_TRY(dsi_brightness_look(meter->brightness, planes, meter->lanes, err));
    else if (n_colours)
        dsi_pixels_count_three((const uint8_t *const *)planes->of, planes->width,
                               meter->lanes);
    for (unsigned c = n_colours; c < planes->n; c++)
        dsi_pixels_count(planes->of[c], planes->width, &meter->lanes[c]);
    return DSI_OK;
}

static enum dsi_status look(struct dsi_picture_meter *meter,
                            const struct dsi_picture *picture, struct dsi_error *err)
{
    struct dsi_planes *planes = &meter->planes;
    for (uint64_t y = 0; y < picture->height; y++) {
        dsi_planes_row(planes, picture, y);
        if (counts(meter))
            DSI_TRY(count(meter, err));
        if (asks(meter, DSI_MEASURE_PHASH))
            dsi_hasher_row(&meter->hasher, planes, y);
        if (asks(meter, DSI_MEASURE_BLURRINESS)) /* the last, for it changes planes */
            dsi_blur_row(&meter->blur, planes, y);
    }
    return DSI_OK;
}

/* Brightness in two looks, whatever the picture. */
static enum dsi_status look_twice(struct dsi_picture_meter *meter,
                                  const struct dsi_picture *picture, uint64_t n_pixels,
                                  struct dsi_error *err)
{
    dsi_brightness_start(meter->brightness, n_pixels);
    for (uint64_t y = 0; y < picture->height; y++) {
        dsi_planes_row(&meter->planes, picture, y);
        DSI_TRY(dsi_brightness_first_look(meter->brightness, &meter->planes, err));
    }
    DSI_TRY(dsi_brightness_plan(meter->brightness, meter->percents, meter->n_percents,
                                err));
    for (uint64_t y = 0; y < picture->height; y++) {
        dsi_planes_row(&meter->planes, picture, y);
        DSI_TRY(dsi_brightness_second_look(meter->brightness, &meter->planes, err));
    }
    return DSI_OK;
}

/* --- what they came to --------------------------------------------------------------
 */

static void sum_lanes(struct dsi_picture_meter *meter)
{
    for (unsigned c = 0; c < meter->planes.n; c++)
        for (int v = 0; v < N_VALUES; v++) {
            uint64_t n = 0;
            for (int lane = 0; lane < DSI_BYTE_LANES; lane++)
                n += meter->lanes[c].lanes[lane][v];
            meter->counts[c][v] = n;
        }
}

static double mean_of(const uint64_t counts_of[N_VALUES], uint64_t n_pixels)
{
    uint64_t sum = 0;
    for (uint64_t v = 0; v < N_VALUES; v++)
        sum += v * counts_of[v];
    return (double)sum / (double)n_pixels;
}

static void set_brightness(const struct dsi_picture_meter *meter, uint64_t n_pixels,
                           struct dsi_picture_measures *measures)
{
    double means[DSI_MAX_PLANES];
    for (unsigned c = 0; c < meter->planes.n; c++)
        means[c] = mean_of(meter->counts[c], n_pixels);
    measures->brightness = weighs(meter)
                               ? dsi_brightness_of_mean(means[0], means[1], means[2])
                               : means[0] / 255;
    for (size_t i = 0; i < meter->n_percents; i++)
        measures->percentiles[i] =
            weighs(meter)
                ? dsi_brightness_percentile(meter->brightness, meter->percents[i])
                : dsi_brightness_of_grey(meter->counts[0], n_pixels,
                                         meter->percents[i]);
}

static double entropy_of(const struct dsi_picture_meter *meter, uint64_t n_pixels)
{
    const double n = (double)n_pixels * meter->planes.n;
    double entropy = 0;
    for (unsigned c = 0; c < meter->planes.n; c++)
        for (int v = 0; v < N_VALUES; v++) {
            const double p = (double)meter->counts[c][v] / n;
            if (p > 0)
                entropy -= p * log2(p);
        }
    return entropy;
}

enum dsi_status dsi_picture_measure(struct dsi_picture_meter *meter,
                                    const struct dsi_picture *picture,
                                    struct dsi_picture_measures *measures,
                                    struct dsi_error *err)
{
    uint64_t n_pixels;
    *measures = (struct dsi_picture_measures){
        .brightness = NAN, .entropy = NAN, .blurriness = {NAN, NAN}};
    for (size_t i = 0; i < DSI_MAX_BRIGHTNESS_PERCENTS; i++)
        measures->percentiles[i] = NAN;
    if (!dsi_mul(picture->width, picture->height, &n_pixels) || n_pixels > UINT32_MAX)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "more than 2^32 pixels: not measured as a picture");
    DSI_TRY(start(meter, picture, n_pixels, err));
    if (weighs(meter))
        DSI_TRY(guess_brightness(meter, picture, err));
    DSI_TRY(look(meter, picture, err));
    if (weighs(meter) && !dsi_brightness_find(meter->brightness))
        DSI_TRY(look_twice(meter, picture, n_pixels, err));
    sum_lanes(meter);
    if (asks(meter, DSI_MEASURE_BRIGHTNESS))
        set_brightness(meter, n_pixels, measures);
    if (asks(meter, DSI_MEASURE_ENTROPY))
        measures->entropy = entropy_of(meter, n_pixels);
    if (asks(meter, DSI_MEASURE_BLURRINESS))
        measures->blurriness = dsi_blur_finish(&meter->blur, &meter->planes);
    if (asks(meter, DSI_MEASURE_PHASH))
        measures->phash = dsi_hasher_finish(&meter->hasher, &meter->planes);
    return DSI_OK;
}
