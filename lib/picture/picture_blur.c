#include "picture_blur.h"

#include "pixel_kernels.h"

#include <math.h>
#include <string.h>

enum { MAX_PIXELS = DSI_BLUR_SIDE * DSI_BLUR_SIDE };

static uint32_t small_side(uint64_t side, uint64_t longest)
{
    if (longest <= DSI_BLUR_SIDE)
        return (uint32_t)side;
    const uint64_t small = DSI_BLUR_SIDE * side / longest;
    return small ? (uint32_t)small : 1;
}

static enum dsi_status get_scaling(struct dsi_blur *blur, uint64_t from, uint32_t to,
                                   struct dsi_scaling **scaling, struct dsi_error *err)
{
    if (from > UINT32_MAX)
        return dsi_fail_memory(err, from);
    return dsi_scalings_get(&blur->scalings, DSI_SCALE_BICUBIC, (uint32_t)from, to,
                            scaling, err);
}

enum dsi_status dsi_blur_start(struct dsi_blur *blur, const struct dsi_planes *planes,
                               uint64_t height, struct dsi_error *err)
{
    const uint64_t longest = planes->width > height ? planes->width : height;
    blur->width = small_side(planes->width, longest);
    blur->height = small_side(height, longest);
    blur->is_scaled = blur->width != planes->width || blur->height != height;
    blur->n_planes = planes->n;
    blur->n_rows = height;
    blur->n_column = height + DSI_SCALE_SLACK;
    DSI_TRY(get_scaling(blur, planes->width, blur->width, &blur->across, err));
    DSI_TRY(get_scaling(blur, height, blur->height, &blur->down, err));
    const uint64_t n_bytes = blur->n_column * blur->width * planes->n;
    if (blur->narrow.capacity < n_bytes)
        DSI_TRY(dsi_bytes_claim(&blur->narrow, n_bytes, err));
    return DSI_OK;
}

static bool has_alpha(const struct dsi_blur *blur)
{
    return blur->n_planes == 2 || blur->n_planes == 4;
}

static uint8_t *columns_of(const struct dsi_blur *blur, unsigned plane)
{
    return blur->narrow.data + plane * blur->width * blur->n_column;
}

static void weigh_by_alpha(struct dsi_planes *planes)
{
    const uint8_t *alpha = planes->of[planes->n - 1];
    for (unsigned c = 0; c + 1 < planes->n; c++)
        for (uint64_t x = 0; x < planes->width; x++)
            planes->of[c][x] = dsi_byte_share(planes->of[c][x], alpha[x]);
}

void dsi_blur_row(struct dsi_blur *blur, struct dsi_planes *planes, uint64_t y)
{
    const uint32_t n_rows = dsi_band_ends(y, blur->n_rows);
    if (has_alpha(blur) && blur->is_scaled)
        weigh_by_alpha(planes);
    for (unsigned c = 0; n_rows && c < blur->n_planes; c++)
        dsi_scale_rows(blur->across, planes->level, planes->band[c], planes->stride,
                       n_rows, columns_of(blur, c) + (y + 1 - n_rows), blur->n_column);
}

/* --- the small picture --------------------------------------------------------------
 */

/* Colours that were weighed by alpha, as they were. */
static void divide_by_alpha(struct dsi_blur *blur, size_t n)
{
    const uint8_t *alpha = blur->small[blur->n_planes - 1];
    for (unsigned c = 0; c + 1 < blur->n_planes; c++)
        for (size_t i = 0; i < n; i++) {
            const unsigned value =
                alpha[i] ? 255U * blur->small[c][i] / alpha[i] : blur->small[c][i];
            blur->small[c][i] = (uint8_t)(value > 255 ? 255 : value);
        }
}

static void make_grey(struct dsi_blur *blur, enum dsi_cpu_level level, size_t n,
                      uint8_t *grey)
{
    const uint8_t *const planes[3] = {blur->small[0], blur->small[1], blur->small[2]};
    if (blur->n_planes >= 3)
        dsi_pixels_luma(level, planes, n, grey);
    else
        memcpy(grey, blur->small[0], n);
}

/* Eight times a pixel less its neighbours, as a byte. */
static uint32_t edge_at(const uint8_t *at, size_t width)
{
    const uint8_t *up = at - width, *down = at + width;
    const int value = 8 * at[0] - up[-1] - up[0] - up[1] - at[-1] - at[1] - down[-1] -
                      down[0] - down[1];
    return (uint32_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* The outermost pixels have too few neighbours and stay what they are; so does a
 * picture without others. */
static double edge_deviation(const uint8_t *grey, uint32_t width, uint32_t height)
{
    const int64_t n = (int64_t)width * height;
    int64_t sum = 0, squares = 0;
    for (uint32_t y = 0; y < height; y++, grey += width) {
        const bool is_inner = y > 0 && y + 1 < height && width > 2;
        const uint32_t first = is_inner ? 1 : width,
                       last = is_inner ? width - 1 : width;
        uint32_t of_row = 0, squares_of_row = 0; /* a row is short */
        /* Those before the first and from the last on. */
        for (uint32_t x = 0; x < width; x = x + 1 == first ? last : x + 1) {
            of_row += grey[x];
            squares_of_row += (uint32_t)grey[x] * grey[x];
        }
        for (uint32_t x = first; x < last; x++) {
            const uint32_t edge = edge_at(grey + x, width);
            of_row += edge;
            squares_of_row += edge * edge;
        }
        sum += of_row;
        squares += squares_of_row;
    }
    return sqrt((double)(n * squares - sum * sum)) / (double)n;
}

static double histogram_deviation(const uint8_t *grey, size_t n)
{
    enum { N_VALUES = 256 };
    int64_t counts[N_VALUES] = {0}, squares = 0;
    for (size_t i = 0; i < n; i++)
        counts[grey[i]]++;
    for (int v = 0; v < N_VALUES; v++)
        squares += counts[v] * counts[v];
    const int64_t spread = N_VALUES * squares - (int64_t)(n * n);
    return sqrt((double)spread) / N_VALUES;
}

struct dsi_blurriness dsi_blur_finish(struct dsi_blur *blur,
                                      const struct dsi_planes *planes)
{
    uint8_t grey[MAX_PIXELS];
    const size_t n = (size_t)blur->width * blur->height;
    for (unsigned c = 0; c < blur->n_planes; c++)
        dsi_scale_rows(blur->down, planes->level, columns_of(blur, c), blur->n_column,
                       blur->width, blur->small[c], blur->width);
    if (has_alpha(blur) && blur->is_scaled)
        divide_by_alpha(blur, n);
    make_grey(blur, planes->level, n, grey);
    return (struct dsi_blurriness){.edges =
                                       edge_deviation(grey, blur->width, blur->height),
                                   .histogram = histogram_deviation(grey, n)};
}

void dsi_blur_free(struct dsi_blur *blur)
{
    dsi_scalings_free(&blur->scalings);
    dsi_bytes_free(&blur->narrow);
}
