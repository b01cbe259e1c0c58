/* float32 in lanes: columns that stand side by side are looked at as they stand, down
 * the rows, and a row of one channel is one whose columns are all that channel's.
 *
 * What is not finite is counted, and the lane's pivot stands for it in the sums. Sums
 * of the values are exact but for some 2^-90 of the largest: where plain ones are, a
 * tile of a lane is summed plainly, else beside a number so large that what is lost of
 * each addition can be told and kept (Dekker's fast two-sum). The second and third
 * powers are of differences to the pivot, added up tile by tile. */
#ifndef DSI_FLOAT_LANES_H
#define DSI_FLOAT_LANES_H

#include "cpu_level.h"

#include <stddef.h>
#include <stdint.h>

enum {
    DSI_LANES = 8,
    DSI_LANE_ROWS = 128, /* of a tile, at most */
};

/* Of some tiles, each lane to itself. */
struct dsi_float_lanes {
    float pivot[DSI_LANES];
    float low[DSI_LANES], high[DSI_LANES]; /* of all but NaN; infinities count */
    /* The first tile that has it, but for infinity as the lowest of all, and -infinity
     * as the highest: these may be later. */
    uint32_t low_tile[DSI_LANES], high_tile[DSI_LANES];
    uint32_t n_zero[DSI_LANES]; /* 0 and -0 */
    uint32_t n_not_finite[DSI_LANES], n_pos_inf[DSI_LANES], n_neg_inf[DSI_LANES];
    double sum[DSI_LANES], rest[DSI_LANES]; /* the sum is both */
    double square[DSI_LANES], cube[DSI_LANES];
};

/* No values yet, and pivots of 0. */
void dsi_float_lanes_start(struct dsi_float_lanes *lanes);

/* A tile: n_rows > 0 rows of DSI_LANES values, `pitch` values apart; tiles are numbered
 * upwards, and their rows are below 2^32 in all. Reads exactly these values, and gives
 * the same bits at every level. Any thread. */
void dsi_float_lanes_add(enum dsi_cpu_level level, struct dsi_float_lanes *lanes,
                         const float *values, size_t n_rows, size_t pitch,
                         uint32_t tile);

/* --- for the levels alone --------------------------------------------------------- */

/* What a tile's values are: what does not depend on the others of the lane. */
struct dsi_float_tile {
    float numbers[DSI_LANE_ROWS * DSI_LANES]; /* finite: the pivot for what is not */
    float low[DSI_LANES], high[DSI_LANES];
    uint32_t least[DSI_LANES]; /* bits of the smallest size but 0, less 1 */
    uint32_t n_zero[DSI_LANES], n_not_finite[DSI_LANES];
};

/* Bits of float32. */
enum {
    DSI_FLOAT_SIZE = 0x7fffffff,   /* all but the sign */
    DSI_FLOAT_MOST = 0x7f7fffff,   /* of the largest */
    DSI_FLOAT_POWER = 0x7f800000,  /* all of a power of two, or of infinity */
    DSI_FLOAT_NORMAL = 0x00800000, /* of the smallest power that is normal */
};

/* Sums of DSI_LANE_ROWS values below 2^(e + 1) are whole numbers of 2^(e - 45), and so
 * exact, when all are 0 or 2^(e - 22) at least. The number beside which others are
 * summed is so many times 2^e that they do not change its own power of two. */
enum { DSI_PLAIN_POWERS = 22 << 23, DSI_BESIDE = 1536 };

void dsi_float_lanes_add_avx2(struct dsi_float_lanes *lanes, const float *values,
                              size_t n_rows, size_t pitch, uint32_t tile);

/* Where the ends of some lane of a tile are infinite, or none: counts infinities, and
 * sets the sizes that are infinite to those of the largest numbers. */
void dsi_float_lanes_infinite(struct dsi_float_lanes *lanes, const float *values,
                              size_t n_rows, size_t pitch, const float *numbers,
                              uint32_t sizes[DSI_LANES]);

#endif
