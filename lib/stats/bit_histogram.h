/* Rows of counters, one for each value of some leading bits.
 *
 * Counters are of 32 bits in memory that is touched where something is counted, and of
 * 64 bits beside them in rows that were given more. The order of counting and merging
 * shows in no answer. One owner, no threads. */
#ifndef DSI_BIT_HISTOGRAM_H
#define DSI_BIT_HISTOGRAM_H

#include "key_tiles.h"

enum { DSI_HISTOGRAM_MAX_BITS = 16 };

/* The fields are for bit_histogram*.c alone. */
struct dsi_bit_histogram {
    uint64_t n_rows;
    unsigned n_bits;
    size_t n_bins;     /* 1 << n_bits, or 1 less where the last is not reported */
    unsigned n_lanes;  /* counters of a row, taken in turn */
    size_t stride;     /* counters from a lane to the next */
    uint32_t *narrow;  /* [n_rows][n_lanes][stride]; NULL: all 0 */
    uint64_t n_narrow; /* no narrow counter of a row, nor their sum, is above that */
    uint64_t **wide;   /* NULL, or for each row NULL or 1 << n_bits counters */
};

/* is_last_nan: the last bin is NaN's, and is reported nowhere, as if nothing were
 * there. NULL when memory is out. Counters are taken when something is counted. */
struct dsi_bit_histogram *dsi_bit_histogram_new(uint64_t n_rows, unsigned n_bits,
                                                bool is_last_nan);
void dsi_bit_histogram_free(struct dsi_bit_histogram *histogram); /* NULL is fine */

/* Before up to n_each further values of a row, each standing for times: says where they
 * go, narrow counters or wide ones. DSI_ERR_MEMORY, DSI_ERR_LIMIT. */
DSI_CHECKED enum dsi_status
dsi_bit_histogram_expect(struct dsi_bit_histogram *histogram, uint64_t n_each,
                         uint64_t times, bool *is_narrow, struct dsi_error *err);

/* Counts a tile of a view whose values were expected to be narrow, a channel in the row
 * of its number. Bin 1 << n_bits is there as well, and nowhere reported. */
void dsi_bit_histogram_tile(struct dsi_bit_histogram *histogram,
                            const struct dsi_values *view,
                            const struct dsi_key_tile *tile);

/* Adds times to a counter of 64 bits. DSI_ERR_LIMIT when it cannot hold more. */
DSI_CHECKED enum dsi_status
dsi_bit_histogram_add_wide(struct dsi_bit_histogram *histogram, uint64_t row,
                           uint64_t bin, uint64_t times, struct dsi_error *err);

/* Of the same shape. */
DSI_CHECKED enum dsi_status
dsi_bit_histogram_merge(struct dsi_bit_histogram *into,
                        const struct dsi_bit_histogram *from, struct dsi_error *err);

/* The 1 << n_bits counters of a row, NaN's being 0, and their sum. Saturate instead of
 * wrapping; false when one did. */
bool dsi_bit_histogram_row(const struct dsi_bit_histogram *histogram, uint64_t row,
                           uint64_t *bins, uint64_t *n);

/* That sum alone; saturates. */
uint64_t dsi_bit_histogram_n(const struct dsi_bit_histogram *histogram, uint64_t row);

/* Whether two of the same shape counted the same; false when memory is out. */
bool dsi_bit_histogram_equal(const struct dsi_bit_histogram *a,
                             const struct dsi_bit_histogram *b);

/* Equal counters save equal bytes. load fills a new one and trusts nothing. */
DSI_CHECKED enum dsi_status
dsi_bit_histogram_save(const struct dsi_bit_histogram *histogram, struct dsi_bytes *out,
                       struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bit_histogram_load(struct dsi_bit_histogram *histogram,
                                                   struct dsi_bytes_reader *in,
                                                   struct dsi_error *err);

/* The narrow counters of a row, after they were expected. */
static inline uint32_t *dsi_bit_histogram_narrow(struct dsi_bit_histogram *histogram,
                                                 uint64_t row)
{
    return histogram->narrow + row * histogram->n_lanes * histogram->stride;
}

#endif
