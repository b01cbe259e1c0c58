#include "thumbnail.h"

#include "picture_scale.h"
#include "pixel_kernels.h"

#include <stdlib.h>
#include <string.h>

enum { RGB = 3 };

struct shrinking {
    const struct dsi_picture *picture;
    uint32_t width, height; /* as the picture lies in its file */
    unsigned n_colours;     /* 1 or 3 */
    struct dsi_planes planes;
    struct dsi_scaling across, down;
    uint64_t n_column; /* from a column of narrow to the next */
    uint8_t *narrow;   /* rows across, turned: [colour][width][n_column] */
    uint8_t *small;    /* the same of rows down: [y][colour][width] */
};

static uint32_t small_side(uint64_t side, uint64_t longest)
{
    if (longest <= DSI_THUMBNAIL_SIDE)
        return (uint32_t)side;
    const uint64_t small = DSI_THUMBNAIL_SIDE * side / longest;
    return small ? (uint32_t)small : 1;
}

/* Colours under alpha, on white. */
static void whiten(struct dsi_planes *planes)
{
    if (planes->n != 2 && planes->n != 4)
        return;
    const uint8_t *alpha = planes->of[planes->n - 1];
    for (unsigned c = 0; c + 1 < planes->n; c++)
        for (uint64_t x = 0; x < planes->width; x++)
            planes->of[c][x] =
                (uint8_t)(255 - alpha[x] + dsi_byte_share(planes->of[c][x], alpha[x]));
}

static enum dsi_status start(struct shrinking *s, struct dsi_error *err)
{
    const struct dsi_picture *picture = s->picture;
    const uint64_t longest =
        picture->width > picture->height ? picture->width : picture->height;
    if (longest > UINT32_MAX)
        return dsi_fail_memory(err, longest);
    s->width = small_side(picture->width, longest);
    s->height = small_side(picture->height, longest);
    DSI_TRY(dsi_planes_start(&s->planes, picture, err));
    s->n_colours = s->planes.n >= RGB ? RGB : 1;
    DSI_TRY(dsi_scaling_make(&s->across, DSI_SCALE_BICUBIC, (uint32_t)picture->width,
                             s->width, err));
    DSI_TRY(dsi_scaling_make(&s->down, DSI_SCALE_BICUBIC, (uint32_t)picture->height,
                             s->height, err));
    const size_t row = (size_t)s->width * s->n_colours;
    s->n_column = picture->height + DSI_SCALE_SLACK;
    s->narrow = dsi_alloc_array(s->n_column, row);
    s->small = dsi_alloc_array(s->height, row);
    return s->narrow && s->small ? DSI_OK : dsi_fail_memory(err, s->n_column * row);
}

static uint8_t *columns_of(const struct shrinking *s, unsigned colour)
{
    return s->narrow + (size_t)colour * s->width * s->n_column;
}

static void shrink(struct shrinking *s)
{
    const size_t row = (size_t)s->width * s->n_colours;
    struct dsi_planes *planes = &s->planes;
    for (uint64_t y = 0; y < s->picture->height; y++) {
        const uint32_t n_rows = dsi_band_ends(y, s->picture->height);
        dsi_planes_row(planes, s->picture, y);
        whiten(planes);
        for (unsigned c = 0; n_rows && c < s->n_colours; c++)
            dsi_scale_rows(&s->across, planes->level, planes->band[c], planes->stride,
                           n_rows, columns_of(s, c) + (y + 1 - n_rows), s->n_column);
    }
    for (unsigned c = 0; c < s->n_colours; c++)
        dsi_scale_rows(&s->down, planes->level, columns_of(s, c), s->n_column, s->width,
                       s->small + (size_t)c * s->width, row);
}

/* Where in the file's picture the pixel is that stands at x, y when it is upright. */
static void place_of(const struct shrinking *s, uint32_t x, uint32_t y,
                     uint32_t *column, uint32_t *line)
{
    const unsigned turn = s->picture->orientation ? s->picture->orientation - 1 : 0;
    const bool is_on_its_side = turn >= 4;
    const bool flips_columns = turn == 1 || turn == 2 || turn == 6 || turn == 7;
    const bool flips_lines = turn == 2 || turn == 3 || turn == 5 || turn == 6;
    *column = is_on_its_side ? y : x;
    *line = is_on_its_side ? x : y;
    if (flips_columns)
        *column = s->width - 1 - *column;
    if (flips_lines)
        *line = s->height - 1 - *line;
}

static enum dsi_status turn_upright(const struct shrinking *s,
                                    struct dsi_thumbnail *thumbnail,
                                    struct dsi_error *err)
{
    const size_t row = (size_t)s->width * s->n_colours;
    const bool is_on_its_side = s->picture->orientation >= 5;
    thumbnail->width = is_on_its_side ? s->height : s->width;
    thumbnail->height = is_on_its_side ? s->width : s->height;
    uint8_t *to = dsi_alloc_array((uint64_t)s->width * s->height, RGB);
    if (!to)
        return dsi_fail_memory(err, (uint64_t)s->width * s->height * RGB);
    thumbnail->rgb = to;
    for (uint32_t y = 0; y < thumbnail->height; y++)
        for (uint32_t x = 0; x < thumbnail->width; x++) {
            uint32_t column, line;
            place_of(s, x, y, &column, &line);
            for (unsigned c = 0; c < RGB; c++) {
                const size_t plane = s->n_colours == RGB ? c : 0;
                *to++ = s->small[line * row + plane * s->width + column];
            }
        }
    return DSI_OK;
}

enum dsi_status dsi_thumbnail_make(struct dsi_thumbnail *thumbnail,
                                   const struct dsi_picture *picture,
                                   struct dsi_error *err)
{
    struct shrinking s = {.picture = picture};
    *thumbnail = (struct dsi_thumbnail){0};
    enum dsi_status status = start(&s, err);
    if (status == DSI_OK) {
        shrink(&s);
        status = turn_upright(&s, thumbnail, err);
    }
    dsi_planes_free(&s.planes);
    dsi_scaling_free(&s.across);
    dsi_scaling_free(&s.down);
    free(s.narrow);
    free(s.small);
    return status;
}

void dsi_thumbnail_free(struct dsi_thumbnail *thumbnail)
{
    free(thumbnail->rgb);
    *thumbnail = (struct dsi_thumbnail){0};
}
