#include "picture_phash.h"

#include "pixel_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, LOW = 8, N_LOW = LOW * LOW };

static enum dsi_status get_scaling(struct dsi_phash *phash, uint64_t from,
                                   const struct dsi_scaling **scaling,
                                   struct dsi_error *err)
{
    *scaling = NULL;
    if (from == SIDE)
        return DSI_OK;
    if (from > UINT32_MAX)
        return dsi_fail_memory(err, from);
    return dsi_scalings_get(&phash->scalings, DSI_SCALE_LANCZOS, (uint32_t)from, SIDE,
                            scaling, err);
}

enum dsi_status dsi_phash_start(struct dsi_phash *phash,
                                const struct dsi_planes *planes, uint64_t height,
                                struct dsi_error *err)
{
    const uint64_t n_grey = planes->width + DSI_PLANE_SLACK, n_narrow = height * SIDE;
    DSI_TRY(get_scaling(phash, planes->width, &phash->across, err));
    DSI_TRY(get_scaling(phash, height, &phash->down, err));
    if (phash->grey.capacity < n_grey)
        DSI_TRY(dsi_bytes_claim(&phash->grey, n_grey, err));
    if (phash->narrow.capacity < n_narrow)
        DSI_TRY(dsi_bytes_claim(&phash->narrow, n_narrow, err));
    for (int k = 0; k < LOW && !phash->has_cosines; k++)
        for (int i = 0; i < SIDE; i++)
            phash->cosines[k][i] = 2 * cos(M_PI * k * (2 * i + 1) / (2 * SIDE));
    phash->has_cosines = true;
    return DSI_OK;
}

void dsi_phash_row(struct dsi_phash *phash, const struct dsi_planes *planes, uint64_t y)
{
    const uint8_t *const colours[3] = {planes->of[0], planes->of[1], planes->of[2]};
    const uint8_t *grey = planes->of[0];
    uint8_t *to = phash->narrow.data + y * SIDE;
    if (planes->n >= 3) {
        dsi_pixels_luma(planes->level, colours, planes->width, phash->grey.data);
        grey = phash->grey.data;
    }
    if (phash->across)
        dsi_scale_row(phash->across, planes->level, grey, to);
    else
        memcpy(to, grey, SIDE);
}

/* The lowest frequencies of the transform of type II, down and then across. */
static void transform(const struct dsi_phash *phash, const uint8_t small[SIDE][SIDE],
                      double low[N_LOW])
{
    double down[LOW][SIDE] = {{0}};
    for (int k = 0; k < LOW; k++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                down[k][x] += small[y][x] * phash->cosines[k][y];
    for (int k = 0; k < N_LOW; k++) {
        double sum = 0;
        for (int x = 0; x < SIDE; x++)
            sum += down[k / LOW][x] * phash->cosines[k % LOW][x];
        /* What is 0 but for rounding is 0, lest its sign be chance: of a picture that
         * is the same all over, or its own mirror image. */
        low[k] = fabs(sum) < 1e-6 ? 0 : sum;
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint64_t bits_above_median(const double low[N_LOW])
{
    double sorted[N_LOW];
    uint64_t bits = 0;
    memcpy(sorted, low, sizeof sorted);
    qsort(sorted, N_LOW, sizeof *sorted, compare);
    const double median = (sorted[N_LOW / 2 - 1] + sorted[N_LOW / 2]) / 2;
    for (int k = 0; k < N_LOW; k++)
        bits = bits << 1 | (low[k] > median);
    return bits;
}

uint64_t dsi_phash_finish(struct dsi_phash *phash, const struct dsi_planes *planes)
{
    uint8_t small[SIDE][SIDE];
    double low[N_LOW];
    for (uint32_t y = 0; y < SIDE; y++)
        if (phash->down)
            dsi_scale_column(phash->down, planes->level, phash->narrow.data, SIDE, y,
                             SIDE, small[y]);
        else
            memcpy(small[y], phash->narrow.data + (size_t)y * SIDE, SIDE);
    transform(phash, (const uint8_t(*)[SIDE])small, low);
    return bits_above_median(low);
}

void dsi_phash_free(struct dsi_phash *phash)
{
    dsi_scalings_free(&phash->scalings);
    dsi_bytes_free(&phash->grey);
    dsi_bytes_free(&phash->narrow);
}
