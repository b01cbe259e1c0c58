/* What is done with a histogram as a whole: merged, read, saved, loaded. */
#include "bit_histogram.h"

#include "sparse_counts.h"

#include <stdlib.h>
#include <string.h>

/* Rows of many channels are long, and one thread goes through them all: in pieces of a
 * fixed length, which compilers turn into vectors. */
enum { PIECE = 16 };

/* Most of a row is 0, and stays untouched. */
static void add_counters(uint32_t *restrict into, const uint32_t *restrict from,
                         size_t n)
{
    for (size_t at = 0; at < n; at += PIECE) {
        uint32_t any = 0;
        for (size_t i = 0; i < PIECE; i++)
            any |= from[at + i];
        if (any)
            for (size_t i = 0; i < PIECE; i++)
                into[at + i] += from[at + i];
    }
}

static enum dsi_status merge_narrow(struct dsi_bit_histogram *into,
                                    const struct dsi_bit_histogram *from,
                                    struct dsi_error *err)
{
    bool is_narrow;
    if (!from->narrow)
        return DSI_OK;
    DSI_TRY(dsi_bit_histogram_expect(into, from->n_narrow, 1, &is_narrow, err));
    const uint64_t n_lanes = from->n_rows * from->n_lanes;
    for (uint64_t lane = 0; lane < n_lanes; lane++)
        add_counters(into->narrow + lane * into->stride,
                     from->narrow + lane * from->stride, from->n_bins);
    return DSI_OK;
}

enum dsi_status dsi_bit_histogram_merge(struct dsi_bit_histogram *into,
                                        const struct dsi_bit_histogram *from,
                                        struct dsi_error *err)
{
    DSI_TRY(merge_narrow(into, from, err));
    for (uint64_t row = 0; from->wide && row < from->n_rows; row++)
        for (size_t i = 0; from->wide[row] && i < from->n_bins; i++)
            if (from->wide[row][i])
                DSI_TRY(
                    dsi_bit_histogram_add_wide(into, row, i, from->wide[row][i], err));
    return DSI_OK;
}

static const uint32_t *first_lane(const struct dsi_bit_histogram *histogram,
                                  uint64_t row)
{
    return histogram->narrow
               ? histogram->narrow + row * histogram->n_lanes * histogram->stride
               : NULL;
}

static const uint64_t *wide_row(const struct dsi_bit_histogram *histogram, uint64_t row)
{
    return histogram->wide ? histogram->wide[row] : NULL;
}

/* Adds without wrapping. */
static bool add_wide(uint64_t *restrict bins, const uint64_t *restrict wide, size_t n)
{
    bool is_exact = true;
    for (size_t i = 0; i < n; i++)
        if (!dsi_add(bins[i], wide[i], &bins[i])) {
            bins[i] = UINT64_MAX;
            is_exact = false;
        }
    return is_exact;
}

/* A row's narrow counters add up to no more than one of them holds. */
static uint32_t sum_of(const uint32_t *counters, size_t n)
{
    typedef uint32_t four __attribute__((vector_size(16)));
    four sums[2] = {{0}, {0}}, next[2];
    uint32_t sum = 0;
    size_t at = 0;
    for (; at + 8 <= n; at += 8) {
        memcpy(next, counters + at, sizeof next);
        sums[0] += next[0];
        sums[1] += next[1];
    }
    for (; at < n; at++)
        sum += counters[at];
    for (size_t i = 0; i < 4; i++)
        sum += sums[0][i] + sums[1][i];
    return sum;
}

static void widen(uint64_t *restrict bins, const uint32_t *restrict counters, size_t n)
{
    size_t at = 0;
    for (; at + PIECE <= n; at += PIECE)
        for (size_t i = 0; i < PIECE; i++)
            bins[at + i] = counters[at + i];
    for (; at < n; at++)
        bins[at] = counters[at];
}

bool dsi_bit_histogram_row(const struct dsi_bit_histogram *histogram, uint64_t row,
                           uint64_t *bins, uint64_t *n)
{
    const size_t n_bins = histogram->n_bins;
    const uint64_t *wide = wide_row(histogram, row);
    const uint32_t *lane = first_lane(histogram, row);
    *n = dsi_bit_histogram_n(histogram, row);
    if (!lane)
        memset(bins, 0, sizeof *bins << histogram->n_bits);
    else
        widen(bins, lane, n_bins);
    for (size_t i = n_bins; i < (size_t)1 << histogram->n_bits; i++)
        bins[i] = 0;
    for (unsigned k = 1; lane && k < histogram->n_lanes; k++)
        for (size_t i = 0; i < n_bins; i++)
            bins[i] += lane[k * histogram->stride + i]; /* few lanes of 32 bits */
    return (!wide || add_wide(bins, wide, n_bins)) && *n < UINT64_MAX;
}

uint64_t dsi_bit_histogram_n(const struct dsi_bit_histogram *histogram, uint64_t row)
{
    const size_t n_bins = histogram->n_bins;
    const uint64_t *wide = wide_row(histogram, row);
    const uint32_t *lane = first_lane(histogram, row);
    uint64_t n = 0;
    for (unsigned k = 0; lane && k < histogram->n_lanes; k++, lane += histogram->stride)
        n += sum_of(lane, n_bins);
    for (size_t i = 0; wide && i < n_bins; i++)
        if (!dsi_add(n, wide[i], &n))
            return UINT64_MAX;
    return n;
}

bool dsi_bit_histogram_equal(const struct dsi_bit_histogram *a,
                             const struct dsi_bit_histogram *b)
{
    const size_t n_bins = (size_t)1 << a->n_bits;
    uint64_t *left = dsi_alloc_array(n_bins, 2 * sizeof *left), n[2];
    bool same = left != NULL;
    for (uint64_t row = 0; same && row < a->n_rows; row++)
        same = dsi_bit_histogram_row(a, row, left, &n[0]) ==
                   dsi_bit_histogram_row(b, row, left + n_bins, &n[1]) &&
               memcmp(left, left + n_bins, n_bins * sizeof *left) == 0;
    free(left);
    return same;
}

enum dsi_status dsi_bit_histogram_save(const struct dsi_bit_histogram *histogram,
                                       struct dsi_bytes *out, struct dsi_error *err)
{
    const size_t n_bins = (size_t)1 << histogram->n_bits;
    uint64_t *bins = dsi_alloc_array(n_bins, sizeof *bins), n;
    enum dsi_status status =
        bins ? DSI_OK : dsi_fail_memory(err, n_bins * sizeof *bins);
    for (uint64_t row = 0; row < histogram->n_rows && status == DSI_OK; row++)
        status =
            dsi_bit_histogram_row(histogram, row, bins, &n)
                ? dsi_sparse_counts_save(bins, n_bins, out, err)
                : dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 values of one channel");
    free(bins);
    return status;
}

static enum dsi_status load_count(struct dsi_bit_histogram *histogram, uint64_t row,
                                  uint64_t bin, uint64_t count, uint64_t *n_narrow,
                                  struct dsi_error *err)
{
    if (count > UINT32_MAX - *n_narrow)
        return dsi_bit_histogram_add_wide(histogram, row, bin, count, err);
    *n_narrow += count;
    dsi_bit_histogram_narrow(histogram, row)[bin] = (uint32_t)count;
    return DSI_OK;
}

static enum dsi_status load_row(struct dsi_bit_histogram *histogram, uint64_t row,
                                struct dsi_bytes_reader *in, struct dsi_error *err)
{
    struct dsi_sparse_counts counts;
    uint64_t n_narrow = 0, bin, count;
    bool is_narrow;
    DSI_TRY(dsi_sparse_counts_begin(&counts, histogram->n_bins, in, err));
    if (counts.n)
        DSI_TRY(dsi_bit_histogram_expect(histogram, 0, 0, &is_narrow, err));
    while (counts.n) {
        DSI_TRY(dsi_sparse_counts_next(&counts, in, &bin, &count, err));
        DSI_TRY(load_count(histogram, row, bin, count, &n_narrow, err));
    }
    if (n_narrow > histogram->n_narrow)
        histogram->n_narrow = n_narrow;
    return DSI_OK;
}

enum dsi_status dsi_bit_histogram_load(struct dsi_bit_histogram *histogram,
                                       struct dsi_bytes_reader *in,
                                       struct dsi_error *err)
{
    for (uint64_t row = 0; row < histogram->n_rows; row++)
        DSI_TRY(load_row(histogram, row, in, err));
    return DSI_OK;
}
