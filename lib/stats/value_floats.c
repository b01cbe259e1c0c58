/* Values of float32: columns are folded in lanes as they stand, side by side, and what
 * lies otherwise tile by tile. A channel's values of one view become one cell of its
 * exact sum. */
#include "value_state.h"

#include "float_lanes.h"
#include "value_kernels.h"
#include "value_tiles.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 32, MAX_WIDTH = MAX_GROUPS * DSI_LANES };

/* Of tiles of one channel. */
struct open_floats {
    bool is_open; /* a pivot has been found */
    uint32_t n_tiles;
    uint64_t n_values, n_padding; /* NaNs added beside them */
};

struct dsi_float_room {
    enum dsi_cpu_level level;
    struct dsi_float_lanes lanes[MAX_GROUPS];
    float row[MAX_WIDTH];
    float narrow[DSI_LANE_ROWS * DSI_LANES];
    struct open_floats open;
    struct dsi_tile_room tiles;
};

static struct dsi_float_room *new_room(void)
{
    struct dsi_float_room *room = dsi_alloc_zeroed(1, sizeof *room);
    if (room)
        room->level = dsi_cpu_level();
    return room;
}

static void fill_with_nan(float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
}

static float middle(const float x[3])
{
    const float low = x[0] < x[1] ? x[0] : x[1], high = x[0] < x[1] ? x[1] : x[0];
    return x[2] < low ? low : x[2] > high ? high : x[2];
}

/* Of n values that stand `step` apart the middle one of the first three finite ones,
 * which no outlier is; the first where there are fewer, and 0 where there is none. */
static float find_pivot(const float *values, size_t n, size_t step, bool *found)
{
    float first[3] = {0};
    size_t n_first = 0;
    for (size_t i = 0; i < n && n_first < 3; i++)
        if (fabsf(values[i * step]) <= FLT_MAX)
            first[n_first++] = values[i * step];
    *found = n_first > 0;
    return n_first == 3 ? middle(first) : first[0];
}

static uint64_t key_of(struct dsi_dtype dtype, float value)
{
    return dsi_key_of(dtype, &value);
}

/* --- the end of a channel's lanes ---------------------------------------------------
 */

/* A channel's lanes: `first`, and every step-th after it. */
struct lanes_of {
    const struct dsi_float_lanes *groups;
    size_t first, step, n; /* n at most DSI_LANES */
};

/* Adds counts and the sum, and tells whether there are values but NaN: of the lanes'
 * values n_padding are NaN and none of the channel's. */
static bool close_lanes(struct dsi_value_stats *stats, uint64_t c,
                        const struct lanes_of *of, uint64_t n_values,
                        uint64_t n_padding)
{
    struct dsi_channel_stats *channel = &stats->channels[c];
    double sum[DSI_LANES], rest[DSI_LANES], square[DSI_LANES], cube[DSI_LANES];
    uint64_t n_not_finite = 0, n_pos_inf = 0, n_neg_inf = 0;
    double pivot = 0;
    for (size_t k = 0; k < of->n; k++) {
        const size_t lane = of->first + k * of->step, i = lane % DSI_LANES;
        const struct dsi_float_lanes *group = &of->groups[lane / DSI_LANES];
        channel->n_zero += group->n_zero[i];
        n_not_finite += group->n_not_finite[i];
        n_pos_inf += group->n_pos_inf[i];
        n_neg_inf += group->n_neg_inf[i];
        sum[k] = group->sum[i];
        rest[k] = group->rest[i];
        square[k] = group->square[i];
        cube[k] = group->cube[i];
        pivot = (double)group->pivot[i];
    }
    const uint64_t n_nan = n_not_finite - n_pos_inf - n_neg_inf - n_padding;
    const uint64_t n_finite = n_values + n_padding - n_not_finite;
    channel->n += n_values;
    channel->n_nan += n_nan;
    channel->n_pos_inf += n_pos_inf;
    channel->n_neg_inf += n_neg_inf;
    if (n_finite) {
        const struct dsi_lane_sums sums = {sum, rest, square, cube, of->n};
        const struct dsi_cell cell =
            dsi_cell_of_lanes(&sums, pivot, n_finite, n_not_finite);
        dsi_exact_sum_add(&stats->sums[c], &cell);
    }
    return n_nan < n_values;
}

/* --- columns ------------------------------------------------------------------------
 */

/* Columns of a view, from number `at` on, that are folded at once: as many rows side by
 * side as make up whole groups of lanes, or one. Lanes are the columns' in turn. */
struct strip {
    struct dsi_value_stats *stats;
    const struct dsi_values *view;
    const float *values; /* of the first column */
    size_t at, n_columns;
    size_t n_side, width; /* lanes */
    size_t pitch;         /* values from one line of rows to the next */
    size_t n_rows, n_lines;
};

static size_t n_groups(const struct strip *strip)
{
    return (strip->width + DSI_LANES - 1) / DSI_LANES;
}

static void start(const struct strip *strip)
{
    struct dsi_float_room *room = strip->stats->float_room;
    const size_t across = strip->pitch / strip->n_side;
    bool found;
    for (size_t g = 0; g < n_groups(strip); g++)
        dsi_float_lanes_start(&room->lanes[g]);
    for (size_t c = 0; c < strip->n_columns; c++) {
        const float pivot =
            find_pivot(strip->values + c, strip->n_rows, across, &found);
        for (size_t lane = c; lane < strip->width; lane += strip->n_columns)
            room->lanes[lane / DSI_LANES].pivot[lane % DSI_LANES] = pivot;
    }
}

/* The last lanes of all, filled up. */
static void add_narrow(struct dsi_float_room *room, struct dsi_float_lanes *lanes,
                       const float *values, size_t n_lines, const struct strip *strip,
                       uint32_t tile)
{
    const size_t width = strip->width % DSI_LANES;
    fill_with_nan(room->narrow, n_lines * DSI_LANES);
    for (size_t r = 0; r < n_lines; r++)
        memcpy(room->narrow + r * DSI_LANES, values + r * strip->pitch,
               width * sizeof *values);
    dsi_float_lanes_add(room->level, lanes, room->narrow, n_lines, DSI_LANES, tile);
}

static void add_lines(const struct strip *strip, const float *values, size_t n_lines,
                      uint32_t tile)
{
    struct dsi_float_room *room = strip->stats->float_room;
    size_t at = 0;
    struct dsi_float_lanes *lanes = room->lanes;
    for (; at + DSI_LANES <= strip->width; at += DSI_LANES, lanes++)
        dsi_float_lanes_add(room->level, lanes, values + at, n_lines, strip->pitch,
                            tile);
    if (at < strip->width)
        add_narrow(room, lanes, values + at, n_lines, strip, tile);
}

/* The first row whose value is this, which the lanes have as an end. */
static size_t first_row(const struct strip *strip, size_t column, float value,
                        bool is_low)
{
    const struct dsi_float_room *room = strip->stats->float_room;
    const size_t across = strip->pitch / strip->n_side;
    size_t first = strip->n_rows;
    for (size_t k = 0; k < strip->n_side; k++) {
        const size_t lane = column + k * strip->n_columns, i = lane % DSI_LANES;
        const struct dsi_float_lanes *group = &room->lanes[lane / DSI_LANES];
        if ((is_low ? group->low[i] : group->high[i]) != value)
            continue;
        const size_t tile = is_low ? group->low_tile[i] : group->high_tile[i];
        const size_t line = tile * DSI_LANE_ROWS;
        size_t row = line * strip->n_side + k;
        while (row < first && strip->values[row * across + column] != value)
            row += strip->n_side;
        first = row < first ? row : first;
    }
    return first;
}

static uint64_t sample_of(const struct strip *strip, size_t row)
{
    return dsi_values_sample(strip->view, row / strip->view->n_inner);
}

static void end_column(const struct strip *strip, size_t column)
{
    struct dsi_value_stats *stats = strip->stats;
    const struct dsi_dtype dtype = stats->dtype;
    const uint64_t c = dsi_values_channel(strip->view, strip->at + column);
    struct dsi_channel_stats *channel = &stats->channels[c];
    const struct lanes_of of = {stats->float_room->lanes, column, strip->n_columns,
                                strip->n_side};
    float low = INFINITY, high = -INFINITY;
    const size_t n_short = strip->n_rows % strip->n_side;
    if (!close_lanes(stats, c, &of, strip->n_rows,
                     n_short ? strip->n_side - n_short : 0))
        return;
    for (size_t k = 0; k < of.n; k++) {
        const size_t lane = of.first + k * of.step;
        const struct dsi_float_lanes *group = &of.groups[lane / DSI_LANES];
        const float lowest = group->low[lane % DSI_LANES];
        const float highest = group->high[lane % DSI_LANES];
        low = lowest < low ? lowest : low;
        high = highest > high ? highest : high;
    }
    const uint64_t min = key_of(dtype, low), max = key_of(dtype, high);
    const uint64_t first = sample_of(strip, 0);
    if (min < channel->min_key || (min == channel->min_key && first < channel->argmin))
        dsi_see_min(channel, min,
                    sample_of(strip, first_row(strip, column, low, true)));
    if (max > channel->max_key || (max == channel->max_key && first < channel->argmax))
        dsi_see_max(channel, max,
                    sample_of(strip, first_row(strip, column, high, false)));
}

static void fold_strip(const struct strip *strip)
{
    struct dsi_float_room *room = strip->stats->float_room;
    const size_t n_lines = strip->n_rows / strip->n_side;
    const size_t n_rest = strip->n_rows % strip->n_side;
    uint32_t tile = 0;
    start(strip);
    for (size_t line = 0; line < n_lines; line += DSI_LANE_ROWS, tile++)
        add_lines(strip, strip->values + line * strip->pitch,
                  n_lines - line < DSI_LANE_ROWS ? n_lines - line : DSI_LANE_ROWS,
                  tile);
    if (n_rest) {
        fill_with_nan(room->row, strip->width);
        memcpy(room->row, strip->values + n_lines * strip->pitch,
               n_rest * strip->n_columns * sizeof *room->row);
        add_lines(strip, room->row, 1, (uint32_t)(n_lines / DSI_LANE_ROWS));
    }
    for (size_t c = 0; c < strip->n_columns; c++)
        end_column(strip, c);
}

/* Rows side by side whose columns are whole groups. */
static size_t n_side_by_side(uint64_t n_columns)
{
    size_t n = 1;
    while (n_columns * n % DSI_LANES)
        n++;
    return n_columns * n <= MAX_WIDTH ? n : 1;
}

static void fold_columns(struct dsi_value_stats *stats, const struct dsi_values *view)
{
    const size_t n_columns = (size_t)view->n_channels,
                 n_side = n_side_by_side(n_columns);
    struct strip strip = {
        .stats = stats,
        .view = view,
        .n_side = n_side,
        .pitch = n_side * n_columns,
        .n_rows = (size_t)(dsi_values_n(view) / n_columns),
    };
    for (size_t at = 0; at < n_columns; at += strip.n_columns) {
        strip.at = at;
        strip.values = (const float *)view->data + at;
        strip.n_columns = n_columns - at < MAX_WIDTH ? n_columns - at : MAX_WIDTH;
        strip.width = n_side * strip.n_columns;
        fold_strip(&strip);
    }
}

/* --- tiles --------------------------------------------------------------------------
 */

static_assert(DSI_VALUE_TILE <= DSI_LANE_ROWS * DSI_LANES,
              "a tile of one is one of the other");

/* A tile before any finite value of its channel. */
static void count_not_finite(struct dsi_value_stats *stats, uint64_t c,
                             const struct dsi_values *view,
                             const struct dsi_value_tile *tile)
{
    struct dsi_channel_stats *channel = &stats->channels[c];
    const float *values = tile->values;
    channel->n += tile->n;
    for (size_t i = 0; i < tile->n; i++) {
        const uint64_t key = key_of(stats->dtype, values[i]);
        if (dsi_key_is_nan(stats->dtype, key)) {
            channel->n_nan++;
            continue;
        }
        *(values[i] > 0 ? &channel->n_pos_inf : &channel->n_neg_inf) += 1;
        dsi_see_min(channel, key, dsi_tile_sample(view, tile, i));
        dsi_see_max(channel, key, dsi_tile_sample(view, tile, i));
    }
}

static uint64_t where(struct dsi_dtype dtype, const struct dsi_values *view,
                      const struct dsi_value_tile *tile, uint64_t key)
{
    const size_t i = dsi_key_find(dtype, tile->values, tile->n, key);
    return dsi_tile_sample(view, tile, i);
}

/* What is lower or higher than all before it in its lane. Infinity is never the lowest
 * of a cell that has a finite value, nor -infinity the highest. */
static void see_ends(struct dsi_value_stats *stats, uint64_t c,
                     const struct dsi_values *view, const struct dsi_value_tile *tile)
{
    const struct dsi_float_lanes *lanes = stats->float_room->lanes;
    const uint32_t number = stats->float_room->open.n_tiles;
    struct dsi_channel_stats *channel = &stats->channels[c];
    const struct dsi_dtype dtype = stats->dtype;
    float low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < DSI_LANES; i++) {
        if (lanes->low_tile[i] == number && lanes->low[i] < low)
            low = lanes->low[i];
        if (lanes->high_tile[i] == number && lanes->high[i] > high)
            high = lanes->high[i];
    }
    const uint64_t min = key_of(dtype, low), max = key_of(dtype, high);
    if (low < INFINITY && min <= channel->min_key)
        dsi_see_min(channel, min, where(dtype, view, tile, min));
    if (high > -INFINITY && max >= channel->max_key)
        dsi_see_max(channel, max, where(dtype, view, tile, max));
}

static void fold_tile(void *context, const struct dsi_values *view,
                      const struct dsi_value_tile *tile)
{
    struct dsi_value_stats *stats = context;
    struct dsi_float_room *room = stats->float_room;
    struct open_floats *open = &room->open;
    const uint64_t c = dsi_values_channel(view, tile->channel);
    const float *values = tile->values;
    const size_t n_rows = tile->n / DSI_LANES, n_rest = tile->n % DSI_LANES;
    if (!open->is_open) {
        const float pivot = find_pivot(values, tile->n, 1, &open->is_open);
        if (!open->is_open) {
            count_not_finite(stats, c, view, tile);
            return;
        }
        dsi_float_lanes_start(room->lanes);
        for (size_t i = 0; i < DSI_LANES; i++)
            room->lanes->pivot[i] = pivot;
    }
    open->n_tiles++;
    open->n_values += tile->n;
    if (n_rows)
        dsi_float_lanes_add(room->level, room->lanes, values, n_rows, DSI_LANES,
                            open->n_tiles);
    if (n_rest) {
        fill_with_nan(room->row, DSI_LANES);
        memcpy(room->row, values + n_rows * DSI_LANES, n_rest * sizeof *values);
        open->n_padding += DSI_LANES - n_rest;
        dsi_float_lanes_add(room->level, room->lanes, room->row, 1, DSI_LANES,
                            open->n_tiles);
    }
    see_ends(stats, c, view, tile);
}

static void end_channel(void *context, const struct dsi_values *view, uint64_t channel,
                        size_t slot)
{
    struct dsi_value_stats *stats = context;
    struct open_floats *open = &stats->float_room->open;
    const struct lanes_of of = {stats->float_room->lanes, 0, 1, DSI_LANES};
    (void)slot; /* one at a time */
    if (open->is_open)
        close_lanes(stats, dsi_values_channel(view, channel), &of, open->n_values,
                    open->n_padding);
    *open = (struct open_floats){0};
}

enum dsi_status dsi_value_fold_floats(struct dsi_value_stats *stats,
                                      const struct dsi_values *view,
                                      struct dsi_error *err)
{
    const struct dsi_tile_folder folder = {fold_tile, end_channel, stats};
    if (!stats->float_room)
        stats->float_room = new_room();
    if (!stats->float_room)
        return dsi_fail_memory(err, sizeof *stats->float_room);
    if (!view->skip && (view->n_inner == 1 || view->n_channels == 1))
        fold_columns(stats, view);
    else
        dsi_value_tiles(view, &stats->float_room->tiles, &folder);
    return DSI_OK;
}
