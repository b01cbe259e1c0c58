/* Distances of a piece of values, and how many of them reach a bound: for gaps.c alone.
 */
#ifndef DSI_GAP_PIECES_H
#define DSI_GAP_PIECES_H

#include "close.h"

enum { DSI_GAP_PIECE = DSI_CLOSE_NUMBERS_A_BLOCK };

/* What is left over of DSI_GAP_PIECE is of no distance, and so is NaN. Floats and 32
 * bits where is_short, else doubles and 64. */
struct dsi_gap_piece {
    bool is_short;
    size_t n_nan, n_apart, n_ulp; /* of NaN; of distances above 0 */
    double max_apart;
    uint64_t max_ulp;
    union {
        float floats[DSI_GAP_PIECE];
        double doubles[DSI_GAP_PIECE];
    } apart;
    union {
        uint32_t shorts[DSI_GAP_PIECE];
        uint64_t longs[DSI_GAP_PIECE];
    } ulp;
    uint8_t bytes[DSI_GAP_PIECE]; /* min(ulp, 255) */
};

/* n values, DSI_GAP_PIECE at most; a step is the size of a value, or 0. */
void dsi_gap_piece_fill(struct dsi_gap_piece *piece, const struct dsi_close *close,
                        const char *a, size_t step_a, const char *b, size_t step_b,
                        size_t n);

/* The same of float32 or float16 with AVX2, n being a multiple of 8 and all of the
 * piece before it is filled; returns false where the machine has none. */
bool dsi_gap_floats_fill(struct dsi_gap_piece *piece, const struct dsi_close *close,
                         const char *a, const char *b, size_t n);

bool dsi_gap_floats_nearer(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                           float bound, double *aparts, size_t n);

/* How many are so far apart, or farther. */
size_t dsi_gap_n_apart(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                       double bound);
/* The distances above 0 and below bound, of which there are n; aparts has room. */
void dsi_gap_nearer(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                    double bound, double *aparts, size_t n);
size_t dsi_gap_n_ulp(const struct dsi_gap_piece *piece, enum dsi_cpu_level level,
                     uint64_t bound);

#endif
