#include "bit_histogram.h"

#include <stdlib.h>
#include <string.h>

/* Why these constants. A counter can be raised once per store-to-load round trip, so
 * rows that get neighbouring values take LANES counters in turn, as long as the rows
 * are few and their counters stay near; a run of equal values is counted in one step.
 * Rows of many channels are not next to each other by a power of two, where the same
 * bins of all would share a few sets of the cache: what each row's length has too much
 * is about what data of one magnitude touches of it. */
enum { LANES = 2, ROWS_WITH_LANES = 8, RUN = 32, PIECE = 64, STRIP = 6 };

struct dsi_bit_histogram *dsi_bit_histogram_new(uint64_t n_rows, unsigned n_bits,
                                                bool is_last_nan)
{
    struct dsi_bit_histogram *histogram = dsi_alloc_zeroed(1, sizeof *histogram);
    if (!histogram)
        return NULL;
    const size_t n_bins = (size_t)1 << n_bits;
    *histogram = (struct dsi_bit_histogram){
        .n_rows = n_rows,
        .n_bits = n_bits,
        .n_bins = n_bins - is_last_nan,
        .n_lanes = n_rows <= ROWS_WITH_LANES ? LANES : 1,
        .stride = (n_bins < PIECE ? PIECE : n_bins) + 1 + n_bins / 64 + n_bins / 256,
    };
    return histogram;
}

void dsi_bit_histogram_free(struct dsi_bit_histogram *histogram)
{
    if (!histogram)
        return;
    for (uint64_t row = 0; histogram->wide && row < histogram->n_rows; row++)
        free(histogram->wide[row]);
    free(histogram->wide);
    free(histogram->narrow);
    free(histogram);
}

static enum dsi_status take_narrow(struct dsi_bit_histogram *histogram,
                                   struct dsi_error *err)
{
    uint64_t n;
    if (histogram->narrow)
        return DSI_OK;
    if (!dsi_mul(histogram->n_rows, histogram->n_lanes * histogram->stride, &n))
        return dsi_fail_memory(err, UINT64_MAX);
    histogram->narrow = dsi_alloc_zeroed(n, sizeof *histogram->narrow);
    return histogram->narrow ? DSI_OK
                             : dsi_fail_memory(err, n * sizeof *histogram->narrow);
}

static enum dsi_status take_wide(struct dsi_bit_histogram *histogram, uint64_t row,
                                 struct dsi_error *err)
{
    const size_t n_bins = (size_t)1 << histogram->n_bits;
    if (!histogram->wide)
        histogram->wide = dsi_alloc_zeroed(histogram->n_rows, sizeof *histogram->wide);
    if (!histogram->wide)
        return dsi_fail_memory(err, histogram->n_rows * sizeof *histogram->wide);
    if (!histogram->wide[row])
        histogram->wide[row] = dsi_alloc_zeroed(n_bins, sizeof **histogram->wide);
    return histogram->wide[row]
               ? DSI_OK
               : dsi_fail_memory(err, n_bins * sizeof **histogram->wide);
}

enum dsi_status dsi_bit_histogram_add_wide(struct dsi_bit_histogram *histogram,
                                           uint64_t row, uint64_t bin, uint64_t times,
                                           struct dsi_error *err)
{
    DSI_TRY(take_wide(histogram, row, err));
    uint64_t *counter = histogram->wide[row] + bin;
    if (!dsi_add(*counter, times, counter)) {
        *counter = UINT64_MAX;
        return dsi_fail(err, DSI_ERR_LIMIT, "more than 2^64 values of one channel");
    }
    return DSI_OK;
}

/* Most of a row is 0, and is not to be touched. */
static bool is_zero(const uint32_t *counters)
{
    uint32_t any[4] = {0};
    for (int i = 0; i < PIECE; i += 4)
        for (int k = 0; k < 4; k++)
            any[k] |= counters[i + k];
    return (any[0] | any[1] | any[2] | any[3]) == 0;
}

/* A lane is a whole number of pieces and a few counters that nobody reads. */
static enum dsi_status spill_row(struct dsi_bit_histogram *histogram, uint64_t row,
                                 struct dsi_error *err)
{
    for (unsigned lane = 0; lane < histogram->n_lanes; lane++) {
        uint32_t *narrow =
            dsi_bit_histogram_narrow(histogram, row) + lane * histogram->stride;
        for (size_t at = 0; at < histogram->n_bins; at += PIECE) {
            if (is_zero(narrow + at))
                continue;
            for (size_t i = at; i < at + PIECE; i++) {
                DSI_TRY(dsi_bit_histogram_add_wide(histogram, row, i, narrow[i], err));
                narrow[i] = 0;
            }
        }
        narrow[(size_t)1 << histogram->n_bits] = 0; /* NaN */
    }
    return DSI_OK;
}

static enum dsi_status spill(struct dsi_bit_histogram *histogram, struct dsi_error *err)
{
    for (uint64_t row = 0; histogram->narrow && row < histogram->n_rows; row++)
        DSI_TRY(spill_row(histogram, row, err));
    histogram->n_narrow = 0;
    return DSI_OK;
}

enum dsi_status dsi_bit_histogram_expect(struct dsi_bit_histogram *histogram,
                                         uint64_t n_each, uint64_t times,
                                         bool *is_narrow, struct dsi_error *err)
{
    uint64_t n;
    *is_narrow = dsi_mul(n_each, times, &n) && n <= UINT32_MAX;
    if (!*is_narrow)
        return DSI_OK;
    if (n > UINT32_MAX - histogram->n_narrow)
        DSI_TRY(spill(histogram, err));
    DSI_TRY(take_narrow(histogram, err));
    histogram->n_narrow += n;
    return DSI_OK;
}

/* Neighbours of one channel. */
static void count_run(uint32_t *even, uint32_t *odd, const uint16_t *bins, size_t n,
                      uint32_t step)
{
    size_t i = 0;
    for (; i + RUN <= n; i += RUN) {
        uint16_t differing = 0;
        if (bins[i] == bins[i + RUN / 2] && bins[i] == bins[i + RUN - 1]) {
            for (size_t k = 0; k < RUN; k++)
                differing |= bins[i + k] ^ bins[i];
            if (!differing) {
                even[bins[i]] += RUN * step;
                continue;
            }
        }
        for (size_t k = i; k < i + RUN; k += 2) {
            even[bins[k]] += step;
            odd[bins[k + 1]] += step;
        }
    }
    for (; i < n; i++)
        even[bins[i]] += step;
}

/* STRIP columns of bins n_columns wide, each with counters of its own. */
static void count_strip(uint32_t *const rows[STRIP], const uint16_t *bins, size_t n,
                        size_t n_columns, uint32_t step)
{
    uint32_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3], *e = rows[4],
             *f = rows[5];
    for (size_t i = 0; i < n; i++, bins += n_columns) {
        a[bins[0]] += step;
        b[bins[1]] += step;
        c[bins[2]] += step;
        d[bins[3]] += step;
        e[bins[4]] += step;
        f[bins[5]] += step;
    }
}

static void count_column(uint32_t *row, const uint16_t *bins, size_t n_columns,
                         const uint8_t *skip, uint64_t row_step, size_t n,
                         uint32_t step)
{
    for (size_t i = 0; i < n; i++)
        row[bins[i * n_columns]] += skip && skip[i * row_step] ? 0 : step;
}

static void count_across(struct dsi_bit_histogram *histogram,
                         const struct dsi_values *view, const struct dsi_key_tile *tile)
{
    const uint32_t step = (uint32_t)view->times;
    uint32_t *rows[STRIP];
    for (size_t i = 0, part; i < tile->n_columns; i += part) {
        part = tile->n_columns - i < STRIP ? tile->n_columns - i : STRIP;
        for (size_t k = 0; k < part; k++)
            rows[k] = dsi_bit_histogram_narrow(
                histogram, dsi_values_channel(view, tile->channel + i + k));
        if (part == STRIP && !view->skip) {
            count_strip(rows, tile->bins + i, tile->n, tile->n_columns, step);
            continue;
        }
        for (size_t k = 0; k < part; k++)
            count_column(rows[k], tile->bins + i + k, tile->n_columns,
                         view->skip ? view->skip + tile->first + i + k : NULL,
                         tile->row_step, tile->n, step);
    }
}

void dsi_bit_histogram_tile(struct dsi_bit_histogram *histogram,
                            const struct dsi_values *view,
                            const struct dsi_key_tile *tile)
{
    if (tile->n_columns > 1 || view->skip) {
        count_across(histogram, view, tile);
        return;
    }
    uint32_t *even =
        dsi_bit_histogram_narrow(histogram, dsi_values_channel(view, tile->channel));
    count_run(even, even + (histogram->n_lanes - 1) * histogram->stride, tile->bins,
              tile->n, (uint32_t)view->times);
}
