/* Values of 2, 4 and 8 bytes but float32, tile by tile: what a tile holds is looked at
 * with vectors, and a channel's tiles of one view become one cell of its exact sum. */
#include "value_state.h"

#include "value_kernels.h"
#include "value_tiles.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 int128;

/* Cubes of differences to a pivot, and sums of 2^30 of them, stay within a double. */
static const double too_large = 1e100, too_close = 1e-90;

/* A cell that is being filled. */
struct open_cell {
    uint64_t n;
    size_t n_padding; /* how many times the pivot was added beside them */
    double pivot;
    uint64_t pivot_key; /* of integers of 64 bits */
    int128 d1;          /* so too */
    struct dsi_powers powers;
};

struct dsi_value_room {
    enum dsi_cpu_level level;
    uint64_t low_infinity, high_infinity; /* keys; of integers: below and above all */
    struct open_cell cells[DSI_TILE_GROUP];
    double doubles[DSI_VALUE_TILE + DSI_POWER_LANES];
    uint64_t kept[DSI_VALUE_TILE]; /* values of a tile that has NaNs */
    struct dsi_tile_room tiles;
};

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

static uint64_t key_of_double(struct dsi_dtype dtype, double number)
{
    uint64_t bits = 0;
    return dsi_key_bits_of_double(dtype, number, &bits) ? dsi_key_of(dtype, &bits) : 0;
}

static struct dsi_value_room *new_room(struct dsi_dtype dtype)
{
    struct dsi_value_room *room = dsi_alloc_zeroed(1, sizeof *room);
    if (!room)
        return NULL;
    room->level = dsi_cpu_level();
    room->high_infinity = UINT64_MAX;
    if (is_float(dtype)) {
        room->low_infinity = key_of_double(dtype, -INFINITY);
        room->high_infinity = key_of_double(dtype, INFINITY);
    }
    return room;
}

/* NaNs are those above infinity without their sign. */
#define DEFINE_WITHOUT_NAN(type, bits)                                            \
    static size_t without_nan_##bits(const type *values, size_t n, type infinity, \
                                     type *kept)                                  \
    {                                                                             \
        const type size = (type) ~((type)1 << (bits - 1));                        \
        size_t n_kept = 0;                                                        \
        for (size_t i = 0; i < n; i++) {                                          \
            kept[n_kept] = values[i];                                             \
            n_kept += (values[i] & size) <= infinity;                             \
        }                                                                         \
        return n_kept;                                                            \
    }

DEFINE_WITHOUT_NAN(uint16_t, 16)
DEFINE_WITHOUT_NAN(uint32_t, 32)
DEFINE_WITHOUT_NAN(uint64_t, 64)

static size_t without_nan(struct dsi_value_room *room, size_t size, const void *values,
                          size_t n)
{
    /* a key of a number that is not negative has its sign bit turned */
    const uint64_t infinity = room->high_infinity ^ UINT64_C(1) << (size * 8 - 1);
    void *kept = room->kept;
    return size == 2   ? without_nan_16(values, n, (uint16_t)infinity, kept)
           : size == 4 ? without_nan_32(values, n, (uint32_t)infinity, kept)
                       : without_nan_64(values, n, infinity, kept);
}

static void close_cell(struct dsi_exact_sum *sum, struct open_cell *open, bool is_wide)
{
    if (open->n == 0)
        return;
    const struct dsi_powers *powers = &open->powers;
    const struct dsi_lane_sums sums = {powers->sum, powers->rest, powers->square,
                                       powers->cube, DSI_POWER_LANES};
    struct dsi_cell cell =
        dsi_cell_of_lanes(&sums, open->pivot, open->n, open->n_padding);
    if (is_wide) {
        cell.d1 = (double)open->d1;
        cell.d1_low = (double)(open->d1 - (int128)cell.d1);
    }
    dsi_exact_sum_add(sum, &cell);
    memset(open, 0, sizeof *open);
}

/* Whole lanes, filled up with the pivot. */
static void add_powers(struct dsi_value_room *room, struct open_cell *open,
                       double pivot, size_t n)
{
    open->n += n;
    for (; n % DSI_POWER_LANES; n++, open->n_padding++)
        room->doubles[n] = pivot;
    dsi_powers_add(room->level, &open->powers, pivot, room->doubles, n);
}

static double middle(double a, double b, double c)
{
    const double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Of n > 0 values the middle one of the first, which no outlier is. */
static double choose_pivot(const double *values, size_t n)
{
    return n < 3 ? values[0] : middle(values[0], values[1], values[2]);
}

/* The largest finite size of the types that are summed as they are. */
static double largest(struct dsi_dtype dtype)
{
    const bool is_half = dtype.kind == DSI_FLOAT && dtype.size == 2;
    return is_half ? 65504 : (double)FLT_MAX;
}

/* Leaves what is at most `limit` in size. Of float64 what is finite and beyond goes to
 * the sum by itself; of the others it is infinite, whatever number it came out as.
 * Returns how many are left. */
static size_t set_apart(struct dsi_channel_stats *channel, struct dsi_exact_sum *sum,
                        double *values, size_t n, double limit, bool is_double)
{
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = values[i];
        if (fabs(x) <= limit)
            values[n_left++] = x;
        else if (is_double && isfinite(x))
            dsi_exact_sum_add_value(sum, x, 0, 1);
        else if (x > 0)
            channel->n_pos_inf++;
        else
            channel->n_neg_inf++;
    }
    return n_left;
}

/* Smallest and largest. */
struct ends {
    double low, high;
};

static struct ends ends_of(const double *values, size_t n)
{
    struct ends ends = {values[0], values[0]};
    for (size_t i = 1; i < n; i++) {
        ends.low = values[i] < ends.low ? values[i] : ends.low;
        ends.high = values[i] > ends.high ? values[i] : ends.high;
    }
    return ends;
}

/* Whether all lie so near the pivot, and not on it, that cubes would vanish. */
static bool is_close(double pivot, struct ends ends)
{
    const double below = fabs(pivot - ends.low), above = fabs(pivot - ends.high);
    const double most = below > above ? below : above;
    return most > 0 && most < too_close;
}

/* n values without NaN whose keys are in the range. */
static void fold_numbers(struct dsi_value_stats *stats, uint64_t c, size_t slot,
                         const void *values, size_t n,
                         const struct dsi_key_range *range)
{
    struct dsi_value_room *room = stats->room;
    struct open_cell *open = &room->cells[slot];
    const struct dsi_dtype dtype = stats->dtype;
    const bool is_double = dtype.size == 8;
    const double limit = is_double ? too_large : largest(dtype);
    double *doubles = room->doubles;
    struct ends ends = {0};
    bool has_apart =
        range->min == room->low_infinity || range->max == room->high_infinity;
    if (is_double) {
        ends.low = dsi_key_double(dtype, range->min);
        ends.high = dsi_key_double(dtype, range->max);
        has_apart = ends.low < -limit || ends.high > limit;
    }
    dsi_values_to_doubles(room->level, dtype, values, n, doubles);
    if (has_apart) {
        n = set_apart(&stats->channels[c], &stats->sums[c], doubles, n, limit,
                      is_double);
        if (n == 0)
            return;
        ends = ends_of(doubles, n);
    }
    if (open->n == 0)
        open->pivot = choose_pivot(doubles, n);
    if (is_double && is_close(open->pivot, ends)) {
        for (size_t i = 0; i < n; i++)
            dsi_exact_sum_add_value(&stats->sums[c], doubles[i], 0, 1);
        return;
    }
    add_powers(room, open, open->pivot, n);
}

/* Keys of integers of 64 bits: those of a cell lie less than 2^62 from its pivot, or
 * the pivot is the middle of all there are, from which each difference is an int64_t.
 */
enum { PIVOT_STEP = 1 << 11 }; /* multiples are doubles */
static const uint64_t middle_key = UINT64_C(1) << 63, reach = UINT64_C(1) << 62;

static bool fits(const struct open_cell *open, const struct dsi_key_range *range)
{
    const uint64_t pivot = open->pivot_key;
    return pivot == middle_key || ((range->max < pivot || range->max - pivot < reach) &&
                                   (range->min > pivot || pivot - range->min < reach));
}

static void fold_wide(struct dsi_value_stats *stats, uint64_t c, size_t slot,
                      const void *values, size_t n, const struct dsi_key_range *range)
{
    struct dsi_value_room *room = stats->room;
    struct open_cell *open = &room->cells[slot];
    if (open->n && !fits(open, range))
        close_cell(&stats->sums[c], open, true);
    if (open->n == 0) {
        const uint64_t first = dsi_key_of(stats->dtype, values);
        open->pivot_key = range->max - range->min < reach
                              ? first / PIVOT_STEP * PIVOT_STEP
                              : middle_key;
        open->pivot = dsi_key_double(stats->dtype, open->pivot_key);
    }
    const uint64_t turn = stats->dtype.kind == DSI_INT ? middle_key : 0;
    const struct dsi_whole_sum d1 =
        dsi_integers_less(room->level, values, n, turn, open->pivot_key, room->doubles);
    open->d1 += (int128)d1.high * ((int128)1 << 32) + (int128)d1.low;
    add_powers(room, open, 0, n);
}

static void see_extremes(struct dsi_channel_stats *channel, struct dsi_dtype dtype,
                         const struct dsi_values *view,
                         const struct dsi_value_tile *tile,
                         const struct dsi_key_range *range)
{
    const uint64_t first = dsi_tile_sample(view, tile, 0);
    if (range->min < channel->min_key ||
        (range->min == channel->min_key && first < channel->argmin)) {
        size_t i = dsi_key_find(dtype, tile->values, tile->n, range->min);
        dsi_see_min(channel, range->min, dsi_tile_sample(view, tile, i));
    }
    if (range->max > channel->max_key ||
        (range->max == channel->max_key && first < channel->argmax)) {
        size_t i = dsi_key_find(dtype, tile->values, tile->n, range->max);
        dsi_see_max(channel, range->max, dsi_tile_sample(view, tile, i));
    }
}

static void fold_tile(void *context, const struct dsi_values *view,
                      const struct dsi_value_tile *tile)
{
    struct dsi_value_stats *stats = context;
    struct dsi_value_room *room = stats->room;
    const struct dsi_dtype dtype = stats->dtype;
    const uint64_t c = dsi_values_channel(view, tile->channel);
    struct dsi_channel_stats *channel = &stats->channels[c];
    const void *values = tile->values;
    size_t n = tile->n;
    struct dsi_key_range range = dsi_key_range(room->level, dtype, values, n);
    channel->n += n;
    channel->n_zero += range.n_zero;
    if (range.min < room->low_infinity || range.max > room->high_infinity) {
        n = without_nan(room, dtype.size, values, n);
        channel->n_nan += tile->n - n;
        if (n == 0)
            return;
        values = room->kept;
        range = dsi_key_range(room->level, dtype, values, n);
    }
    see_extremes(channel, dtype, view, tile, &range);
    if (dtype.size == 8 && !is_float(dtype))
        fold_wide(stats, c, tile->slot, values, n, &range);
    else
        fold_numbers(stats, c, tile->slot, values, n, &range);
}

static void end_channel(void *context, const struct dsi_values *view, uint64_t channel,
                        size_t slot)
{
    struct dsi_value_stats *stats = context;
    const bool is_wide = stats->dtype.size == 8 && !is_float(stats->dtype);
    close_cell(&stats->sums[dsi_values_channel(view, channel)],
               &stats->room->cells[slot], is_wide);
}

enum dsi_status dsi_value_fold(struct dsi_value_stats *stats,
                               const struct dsi_values *view, struct dsi_error *err)
{
    if (!stats->room)
        stats->room = new_room(stats->dtype);
    if (!stats->room)
        return dsi_fail_memory(err, sizeof *stats->room);
    const struct dsi_tile_folder folder = {fold_tile, end_channel, stats};
    dsi_value_tiles(view, &stats->room->tiles, &folder);
    return DSI_OK;
}
