#include "float_lanes.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void dsi_float_lanes_start(struct dsi_float_lanes *lanes)
{
    memset(lanes, 0, sizeof *lanes);
    for (int i = 0; i < DSI_LANES; i++) {
        lanes->low[i] = INFINITY;
        lanes->high[i] = -INFINITY;
    }
}

static inline uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint32_t size_of(float value)
{
    return bits_of(value) & DSI_FLOAT_SIZE;
}

static inline float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* --- a tile at the portable level, lane by lane as the others have it ---------------
 */

static void look(struct dsi_float_tile *tile, const float pivot[DSI_LANES],
                 const float *values, size_t n_rows, size_t pitch)
{
    for (int i = 0; i < DSI_LANES; i++) {
        tile->low[i] = INFINITY;
        tile->high[i] = -INFINITY;
        tile->least[i] = size_of(pivot[i]) - 1;
        tile->n_zero[i] = tile->n_not_finite[i] = 0;
    }
    for (size_t r = 0; r < n_rows; r++, values += pitch)
        for (int i = 0; i < DSI_LANES; i++) {
            const float x = values[i];
            const uint32_t size = size_of(x), below = size - 1;
            const bool is_finite = size <= DSI_FLOAT_MOST;
            tile->low[i] = x < tile->low[i] ? x : tile->low[i];
            tile->high[i] = x > tile->high[i] ? x : tile->high[i];
            tile->least[i] = below < tile->least[i] ? below : tile->least[i];
            tile->n_zero[i] += size == 0;
            tile->n_not_finite[i] += !is_finite;
            tile->numbers[r * DSI_LANES + (size_t)i] = is_finite ? x : pivot[i];
        }
}

void dsi_float_lanes_infinite(struct dsi_float_lanes *lanes, const float *values,
                              size_t n_rows, size_t pitch, const float *numbers,
                              uint32_t sizes[DSI_LANES])
{
    uint32_t most[DSI_LANES] = {0};
    for (size_t r = 0; r < n_rows; r++, values += pitch, numbers += DSI_LANES)
        for (int i = 0; i < DSI_LANES; i++) {
            lanes->n_pos_inf[i] += values[i] == INFINITY;
            lanes->n_neg_inf[i] += values[i] == -INFINITY;
            most[i] = larger(most[i], size_of(numbers[i]));
        }
    for (int i = 0; i < DSI_LANES; i++)
        if (sizes[i] > DSI_FLOAT_MOST)
            sizes[i] = most[i];
}

/* Of a tile. */
struct sums {
    double sum[DSI_LANES], rest[DSI_LANES];
    double square[DSI_LANES], cube[DSI_LANES];
};

static void sum_first(struct sums *sums, const float *numbers, size_t n_rows)
{
    struct sums s = *sums;
    for (size_t r = 0; r < n_rows; r++, numbers += DSI_LANES)
        for (int i = 0; i < DSI_LANES; i++)
            s.sum[i] += (double)numbers[i];
    *sums = s;
}

static void sum_first_beside(struct sums *sums, const float *numbers, size_t n_rows,
                             const uint32_t powers[DSI_LANES])
{
    struct sums s = *sums;
    for (int i = 0; i < DSI_LANES; i++)
        s.sum[i] = (double)float_of(powers[i]) * DSI_BESIDE;
    for (size_t r = 0; r < n_rows; r++, numbers += DSI_LANES)
        for (int i = 0; i < DSI_LANES; i++) {
            const double x = (double)numbers[i], grown = s.sum[i] + x;
            s.rest[i] += x - (grown - s.sum[i]);
            s.sum[i] = grown;
        }
    for (int i = 0; i < DSI_LANES; i++)
        s.sum[i] -= (double)float_of(powers[i]) * DSI_BESIDE;
    *sums = s;
}

static void sum_others(struct sums *sums, const float *numbers, size_t n_rows,
                       const float pivot[DSI_LANES])
{
    struct sums s = *sums;
    for (size_t r = 0; r < n_rows; r++, numbers += DSI_LANES)
        for (int i = 0; i < DSI_LANES; i++) {
            const double d = (double)numbers[i] - (double)pivot[i], square = d * d;
            s.square[i] += square;
            s.cube[i] += square * d;
        }
    *sums = s;
}

/* Knuth's two-sum for the first powers. */
static void take(struct dsi_float_lanes *lanes, const struct sums *sums)
{
    for (int i = 0; i < DSI_LANES; i++) {
        const double old = lanes->sum[i], x = sums->sum[i];
        const double all = old + x, grown = all - old;
        lanes->sum[i] = all;
        lanes->rest[i] += ((old - (all - grown)) + (x - grown)) + sums->rest[i];
        lanes->square[i] += sums->square[i];
        lanes->cube[i] += sums->cube[i];
    }
}

static void take_ends(struct dsi_float_lanes *lanes, const struct dsi_float_tile *tile,
                      uint32_t number)
{
    for (int i = 0; i < DSI_LANES; i++) {
        if (tile->low[i] < lanes->low[i]) {
            lanes->low[i] = tile->low[i];
            lanes->low_tile[i] = number;
        }
        if (tile->high[i] > lanes->high[i]) {
            lanes->high[i] = tile->high[i];
            lanes->high_tile[i] = number;
        }
        lanes->n_zero[i] += tile->n_zero[i];
        lanes->n_not_finite[i] += tile->n_not_finite[i];
    }
}

static void add_portable(struct dsi_float_lanes *lanes, const float *values,
                         size_t n_rows, size_t pitch, uint32_t number)
{
    struct dsi_float_tile tile;
    uint32_t sizes[DSI_LANES];
    bool any_open = false, is_plain = true;
    look(&tile, lanes->pivot, values, n_rows, pitch);
    for (int i = 0; i < DSI_LANES; i++) {
        sizes[i] = larger(larger(size_of(tile.low[i]), size_of(tile.high[i])),
                          size_of(lanes->pivot[i]));
        any_open |= sizes[i] > DSI_FLOAT_MOST;
    }
    if (any_open)
        dsi_float_lanes_infinite(lanes, values, n_rows, pitch, tile.numbers, sizes);
    for (int i = 0; i < DSI_LANES; i++) {
        sizes[i] = larger(sizes[i] & DSI_FLOAT_POWER, DSI_FLOAT_NORMAL);
        is_plain &=
            tile.least[i] >= larger(sizes[i], DSI_PLAIN_POWERS) - DSI_PLAIN_POWERS;
    }
    struct sums sums = {0};
    if (is_plain)
        sum_first(&sums, tile.numbers, n_rows);
    else
        sum_first_beside(&sums, tile.numbers, n_rows, sizes);
    sum_others(&sums, tile.numbers, n_rows, lanes->pivot);
    take(lanes, &sums);
    take_ends(lanes, &tile, number);
}

void dsi_float_lanes_add(enum dsi_cpu_level level, struct dsi_float_lanes *lanes,
                         const float *values, size_t n_rows, size_t pitch,
                         uint32_t tile)
{
#if defined(__x86_64__)
    if (level >= DSI_CPU_AVX2) {
        dsi_float_lanes_add_avx2(lanes, values, n_rows, pitch, tile);
        return;
    }
#endif
    (void)level;
    add_portable(lanes, values, n_rows, pitch, tile);
}
