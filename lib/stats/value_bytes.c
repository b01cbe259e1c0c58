/* Values of 8 bits: a histogram tells everything but which sample has an extreme. */
#include "value_state.h"

#include "count_kernels.h"

enum {
    LONG_RUN = 512,      /* values next to each other that repay tables of their own */
    MAX_INTERLEAVED = 4, /* channels of pictures */
    MANY_PIXELS = 1024,  /* that repay them, too */
    ROWS_AT_ONCE = 1 << 30,
};

/* Bytes to keys. */
struct keys {
    uint8_t of[DSI_BYTE_BINS];
};

static struct keys keys_of(struct dsi_dtype dtype)
{
    struct keys keys;
    for (unsigned i = 0; i < DSI_BYTE_BINS; i++)
        keys.of[i] = (uint8_t)dsi_key_of(dtype, &(uint8_t){(uint8_t)i});
    return keys;
}

static void add_counts(uint64_t *bins, const struct keys *keys, const uint64_t *counts)
{
    for (size_t i = 0; i < DSI_BYTE_BINS; i++)
        bins[keys->of[i]] += counts[i];
}

/* Runs of a channel's values. */
static void count_runs(struct dsi_value_stats *stats, const struct dsi_values *view,
                       const struct keys *keys)
{
    const bool one = view->n_channels == 1;
    const uint64_t n_runs = one ? 1 : view->n_outer * view->n_channels;
    const size_t n = (size_t)(one ? view->n_outer * view->n_inner : view->n_inner);
    const uint8_t *values = view->data;
    for (uint64_t i = 0; i < n_runs; i++, values += n) {
        uint64_t counts[DSI_BYTE_BINS] = {0};
        dsi_count_u8(values, n, counts);
        add_counts(stats->bins[dsi_values_channel(view, i % view->n_channels)], keys,
                   counts);
    }
}

/* Pixels in turn go to one of two counters, lest equal neighbours wait for each other.
 */
struct pixel_counts {
    uint32_t of[MAX_INTERLEAVED][DSI_BYTE_BINS][2];
};

static inline __attribute__((always_inline)) void
count_pixels(struct pixel_counts *counts, const uint8_t *values, size_t n,
             size_t n_channels)
{
    size_t i = 0;
    for (; i + 1 < n; i += 2, values += 2 * n_channels)
        for (size_t c = 0; c < n_channels; c++) {
            counts->of[c][values[c]][0]++;
            counts->of[c][values[n_channels + c]][1]++;
        }
    if (i < n)
        for (size_t c = 0; c < n_channels; c++)
            counts->of[c][values[c]][0]++;
}

/* Byte a of x, and byte b of y, of a pixel and the next. */
static inline void count_two(uint32_t of[DSI_BYTE_BINS][2], uint64_t x, unsigned a,
                             uint64_t y, unsigned b)
{
    of[x >> 8 * a & 0xff][0]++;
    of[y >> 8 * b & 0xff][1]++;
}

/* The most frequent case: eight pixels at a time in three loads. It takes a store a
 * value, which is what bounds it, and next to nothing else; a load a value beside that
 * of the counter takes a twentieth longer. */
static void count_pixels_of_3(struct pixel_counts *counts, const uint8_t *v, size_t n)
{
    enum { AT_ONCE = 8, BYTES = 3 * AT_ONCE };
    const uint8_t *const end = v + n / AT_ONCE * BYTES;
    for (; v < end; v += BYTES) {
        const uint64_t x = dsi_load_eight(v), y = dsi_load_eight(v + 8),
                       z = dsi_load_eight(v + 16);
        count_two(counts->of[0], x, 0, x, 3);
        count_two(counts->of[1], x, 1, x, 4);
        count_two(counts->of[2], x, 2, x, 5);
        count_two(counts->of[0], x, 6, y, 1);
        count_two(counts->of[1], x, 7, y, 2);
        count_two(counts->of[2], y, 0, y, 3);
        count_two(counts->of[0], y, 4, y, 7);
        count_two(counts->of[1], y, 5, z, 0);
        count_two(counts->of[2], y, 6, z, 1);
        count_two(counts->of[0], z, 2, z, 5);
        count_two(counts->of[1], z, 3, z, 6);
        count_two(counts->of[2], z, 4, z, 7);
    }
    count_pixels(counts, v, n % AT_ONCE, 3);
}

static void count_interleaved(struct dsi_value_stats *stats,
                              const struct dsi_values *view, const struct keys *keys)
{
    const uint8_t *values = view->data;
    for (uint64_t left = view->n_outer; left;) {
        const size_t n = left < ROWS_AT_ONCE ? (size_t)left : ROWS_AT_ONCE;
        struct pixel_counts counts = {0};
        if (view->n_channels == 3)
            count_pixels_of_3(&counts, values, n);
        else if (view->n_channels == 4)
            count_pixels(&counts, values, n, 4);
        else
            count_pixels(&counts, values, n, 2);
        for (uint64_t c = 0; c < view->n_channels; c++)
            for (size_t i = 0; i < DSI_BYTE_BINS; i++)
                stats->bins[dsi_values_channel(view, c)][keys->of[i]] +=
                    (uint64_t)counts.of[c][i][0] + counts.of[c][i][1];
        values += n * view->n_channels;
        left -= n;
    }
}

static void count_rows(struct dsi_value_stats *stats, const struct dsi_values *view,
                       const struct keys *keys)
{
    const uint8_t *value = view->data;
    for (uint64_t o = 0; o < view->n_outer; o++)
        for (uint64_t c = 0; c < view->n_channels; c++) {
            uint64_t *bins = stats->bins[dsi_values_channel(view, c)];
            for (uint64_t i = 0; i < view->n_inner; i++)
                bins[keys->of[*value++]]++;
        }
}

/* Adds to n, too, how many are not left out. */
static void count_kept(struct dsi_value_stats *stats, const struct dsi_values *view,
                       const struct keys *keys)
{
    const uint8_t *value = view->data, *skip = view->skip;
    for (uint64_t o = 0; o < view->n_outer; o++)
        for (uint64_t c = 0; c < view->n_channels; c++) {
            const uint64_t channel = dsi_values_channel(view, c);
            uint64_t *bins = stats->bins[channel], n = 0;
            for (uint64_t i = 0; i < view->n_inner; i++, value++, skip++)
                if (!*skip) {
                    bins[keys->of[*value]]++;
                    n++;
                }
            stats->channels[channel].n += n;
        }
}

/* The first sample of the view that has the key; UINT64_MAX: none. */
static uint64_t first_with(const struct dsi_values *view, const struct keys *keys,
                           uint64_t c, uint64_t key)
{
    for (uint64_t o = 0; o < view->n_outer; o++) {
        const uint64_t at = (o * view->n_channels + c) * view->n_inner;
        const uint8_t *values = (const uint8_t *)view->data + at;
        for (uint64_t i = 0; i < view->n_inner; i++)
            if (keys->of[values[i]] == key && !(view->skip && view->skip[at + i]))
                return dsi_values_sample(view, o);
    }
    return UINT64_MAX;
}

/* Only bins that lie beyond what was known, and the samples before those known. */
static void see_extremes(struct dsi_value_stats *stats, const struct dsi_values *view,
                         const struct keys *keys, uint64_t c)
{
    const uint64_t channel = dsi_values_channel(view, c);
    struct dsi_channel_stats *known = &stats->channels[channel];
    const uint64_t *bins = stats->bins[channel];
    if (known->n == 0)
        return;
    uint64_t low = 0, high = DSI_BYTE_BINS - 1;
    while (bins[low] == 0)
        low++;
    while (bins[high] == 0)
        high--;
    if (low < known->min_key || view->first_sample < known->argmin)
        dsi_see_min(known, low, first_with(view, keys, c, low));
    if (high > known->max_key || view->first_sample < known->argmax)
        dsi_see_max(known, high, first_with(view, keys, c, high));
    known->n_zero = bins[keys->of[0]];
}

void dsi_value_fold_bytes(struct dsi_value_stats *stats, const struct dsi_values *view)
{
    const struct keys keys = keys_of(stats->dtype);
    const bool one = view->n_channels == 1;
    if (view->skip)
        count_kept(stats, view, &keys);
    else if ((one ? view->n_outer * view->n_inner : view->n_inner) >= LONG_RUN)
        count_runs(stats, view, &keys);
    else if (!one && view->n_inner == 1 && view->n_channels <= MAX_INTERLEAVED &&
             view->n_outer >= MANY_PIXELS)
        count_interleaved(stats, view, &keys);
    else
        count_rows(stats, view, &keys);
    for (uint64_t c = 0; c < view->n_channels; c++) {
        if (!view->skip)
            stats->channels[dsi_values_channel(view, c)].n +=
                view->n_outer * view->n_inner;
        see_extremes(stats, view, &keys, c);
    }
}
