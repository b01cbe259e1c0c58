#include "picture_hash.h"

#include "pixel_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, LOW = 8, DHASH_ACROSS = 9, DHASH_DOWN = 8 };

/* --- the small picture ------------------------------------------------------------ */

static enum dsi_status get_scaling(struct dsi_hasher *hasher, uint64_t from,
                                   uint32_t to, struct dsi_scaling **scaling,
                                   struct dsi_error *err)
{
    if (from > UINT32_MAX)
        return dsi_fail_memory(err, from);
    return dsi_scalings_get(&hasher->scalings, DSI_SCALE_LANCZOS, (uint32_t)from, to,
                            scaling, err);
}

enum dsi_status dsi_hasher_start(struct dsi_hasher *hasher, enum dsi_picture_hash kind,
                                 const struct dsi_planes *planes, uint64_t height,
                                 struct dsi_error *err)
{
    hasher->kind = kind;
    hasher->n_across = kind == DSI_PHASH ? SIDE : DHASH_ACROSS;
    hasher->n_down = kind == DSI_PHASH ? SIDE : DHASH_DOWN;
    hasher->n_rows = height;
    hasher->n_column = height + DSI_SCALE_SLACK;
    DSI_TRY(get_scaling(hasher, planes->width, hasher->n_across, &hasher->across, err));
    DSI_TRY(get_scaling(hasher, height, hasher->n_down, &hasher->down, err));
    DSI_TRY(dsi_bytes_claim(&hasher->grey, DSI_BAND_ROWS * planes->stride, err));
    return dsi_bytes_claim(&hasher->narrow, hasher->n_column * hasher->n_across, err);
}

void dsi_hasher_row(struct dsi_hasher *hasher, const struct dsi_planes *planes,
                    uint64_t y)
{
    const uint8_t *const colours[3] = {planes->of[0], planes->of[1], planes->of[2]};
    const uint32_t n_rows = dsi_band_ends(y, hasher->n_rows);
    uint8_t *grey = hasher->grey.data + y % DSI_BAND_ROWS * planes->stride;
    if (planes->n >= 3)
        dsi_pixels_luma(planes->level, colours, planes->width, grey);
    else
        memcpy(grey, planes->of[0], planes->width);
    if (n_rows)
        dsi_scale_rows(hasher->across, planes->level, hasher->grey.data, planes->stride,
                       n_rows, hasher->narrow.data + (y + 1 - n_rows),
                       hasher->n_column);
}

/* --- phash ------------------------------------------------------------------------ */

static void make_cosines(struct dsi_hasher *hasher)
{
    const double pi = 3.14159265358979323846;
    for (int k = 0; k < LOW && !hasher->has_cosines; k++)
        for (int i = 0; i < SIDE; i++)
            hasher->cosines[k][i] = 2 * cos(pi * k * (2 * i + 1) / (2 * SIDE));
    hasher->has_cosines = true;
}

/* The lowest frequencies of the transform of type II, down and then across. */
static void transform(const struct dsi_hasher *hasher, const uint8_t small[SIDE * SIDE],
                      double low[LOW * LOW])
{
    double down[LOW][SIDE] = {{0}};
    for (int k = 0; k < LOW; k++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                down[k][x] += small[y * SIDE + x] * hasher->cosines[k][y];
    for (int k = 0; k < LOW; k++)
        for (int j = 0; j < LOW; j++) {
            double sum = 0;
            for (int x = 0; x < SIDE; x++)
                sum += down[k][x] * hasher->cosines[j][x];
            /* What is 0 but for rounding, as of a picture that is the same all over or
             * its own mirror image, is 0: else its sign were chance. */
            low[k * LOW + j] = fabs(sum) < 1e-6 ? 0 : sum;
        }
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t above_median(const double low[LOW * LOW])
{
    enum { N = LOW * LOW };
    double sorted[N];
    uint64_t hash = 0;
    memcpy(sorted, low, sizeof sorted);
    qsort(sorted, N, sizeof *sorted, compare);
    const double median = (sorted[N / 2 - 1] + sorted[N / 2]) / 2;
    for (int i = 0; i < N; i++)
        hash = hash << 1 | (low[i] > median);
    return hash;
}

/* --- the hash --------------------------------------------------------------------- */

static uint64_t brighter_than_before(const uint8_t *small)
{
    uint64_t hash = 0;
    for (int y = 0; y < DHASH_DOWN; y++, small += DHASH_ACROSS)
        for (int x = 1; x < DHASH_ACROSS; x++)
            hash = hash << 1 | (small[x] > small[x - 1]);
    return hash;
}

uint64_t dsi_hasher_finish(struct dsi_hasher *hasher, const struct dsi_planes *planes)
{
    uint8_t small[SIDE * SIDE];
    double low[LOW * LOW];
    dsi_scale_rows(hasher->down, planes->level, hasher->narrow.data, hasher->n_column,
                   hasher->n_across, small, hasher->n_across);
    if (hasher->kind == DSI_DHASH)
        return brighter_than_before(small);
    make_cosines(hasher);
    transform(hasher, small, low);
    return above_median(low);
}

void dsi_hasher_free(struct dsi_hasher *hasher)
{
    dsi_scalings_free(&hasher->scalings);
    dsi_bytes_free(&hasher->grey);
    dsi_bytes_free(&hasher->narrow);
}

enum dsi_status dsi_hash_picture(struct dsi_hasher *hasher, enum dsi_picture_hash kind,
                                 struct dsi_planes *planes,
                                 const struct dsi_picture *picture, uint64_t *hash,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_planes_start(planes, picture, err));
    DSI_TRY(dsi_hasher_start(hasher, kind, planes, picture->height, err));
    for (uint64_t y = 0; y < picture->height; y++) {
        dsi_planes_row(planes, picture, y);
        dsi_hasher_row(hasher, planes, y);
    }
    *hash = dsi_hasher_finish(hasher, planes);
    return DSI_OK;
}
