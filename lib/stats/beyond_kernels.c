#include "beyond_kernels.h"

#include "beyond_lanes.h"
#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- bounds ----------------------------------------------------------------------- */

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

/* The least and the greatest key of a value that is a number. */
static void key_range(struct dsi_dtype dtype, uint64_t *first, uint64_t *last)
{
    const unsigned bits = dsi_key_bits(dtype);
    *first = 0;
    *last = dtype.kind == DSI_BOOL ? 1 : UINT64_MAX >> (64 - bits);
    if (!is_float(dtype))
        return;
    const uint64_t infinity = dtype.kind == DSI_BFLOAT ? 0x7f80
                              : dtype.size == 2        ? 0x7c00
                              : dtype.size == 4        ? 0x7f800000
                                                       : UINT64_C(0x7ff0000000000000);
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    *first = sign - 1 - infinity;
    *last = sign + infinity;
}

/* The last of the keys from first to last whose value is below the limit (or equal to
 * it, with also_equal); false when there is none. Values ascend with keys, so it is
 * found by halving. */
static bool last_below(struct dsi_dtype dtype, double limit, bool also_equal,
                       uint64_t first, uint64_t last, uint64_t *key)
{
    uint64_t low = first, high = last;
    double value = dsi_key_double(dtype, first);
    if (!(value < limit || (also_equal && value == limit)))
        return false;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2 + ((high - low) & 1);
        value = dsi_key_double(dtype, middle);
        if (value < limit || (also_equal && value == limit))
            low = middle;
        else
            high = middle - 1;
    }
    *key = low;
    return true;
}

struct dsi_beyond_bounds dsi_beyond_bounds_of(struct dsi_dtype dtype, double low,
                                              double high)
{
    struct dsi_beyond_bounds bounds = {0};
    uint64_t first, last, key;
    key_range(dtype, &first, &last);
    bounds.any_low = last_below(dtype, low, false, first, last, &bounds.last_low);
    if (last_below(dtype, high, true, first, last, &key)) {
        bounds.any_high = key < last;
        bounds.first_high = bounds.any_high ? key + 1 : 0;
    } else if (!isnan(high)) {
        bounds.any_high = true;
        bounds.first_high = first;
    }
    if (!is_float(dtype))
        return bounds;
    if (!bounds.any_low)
        bounds.last_low = first;
    if (!bounds.any_high)
        bounds.first_high = last;
    bounds.any_low = bounds.any_high = true;
    return bounds;
}

int dsi_beyond_side(struct dsi_dtype dtype, const struct dsi_beyond_bounds *bounds,
                    uint64_t key)
{
    if (bounds->any_low && key <= bounds->last_low)
        return -1;
    return bounds->any_high && key >= bounds->first_high && !dsi_key_is_nan(dtype, key);
}

/* --- laid out -----------------------------------------------------------------------
 */

/* Columns of a pattern at most; beyond that values are counted in runs of one channel.
 */
enum { MAX_PATTERN = 1 << 20, GOOD_PATTERN = 512, MIN_RUN = 64 };

struct dsi_beyond {
    struct dsi_dtype dtype;
    uint64_t n_channels;
    struct dsi_beyond_bounds *bounds; /* by channel */
    void *lows, *highs;               /* by channel, as dsi_beyond_lanes compares */

    /* The limits of `width` values that stand one after another, as often as makes
     * `n_columns`; by n_view channels of n_inner values each, called `channels`. */
    uint64_t n_view, n_inner, width, n_columns;
    struct dsi_bytes channels, pattern_lows, pattern_highs, sums;
};

/* The native value of a bound. What none of the kernels' numbers can say, that nothing
 * is beyond, is said by leaving out what they count. */
static void native_of(struct dsi_dtype dtype, uint64_t key, void *native)
{
    const uint64_t sign = UINT64_C(1) << (dtype.size * 8 - 1);
    uint64_t bits = key;
    if (dtype.kind == DSI_INT || dtype.size == 2)
        bits = dtype.kind == DSI_UINT ? key : key ^ sign;
    else if (is_float(dtype))
        bits = key & sign ? key ^ sign : ~key;
    const uint8_t one = (uint8_t)bits;
    const uint16_t two = (uint16_t)bits;
    const uint32_t four = (uint32_t)bits;
    switch (dtype.size) {
    case 1:
        memcpy(native, &one, 1);
        break;
    case 2:
        memcpy(native, &two, 2);
        break;
    case 4:
        memcpy(native, &four, 4);
        break;
    default:
        memcpy(native, &bits, 8);
    }
}

struct dsi_beyond *dsi_beyond_new(struct dsi_dtype dtype,
                                  const struct dsi_beyond_bounds *bounds,
                                  uint64_t n_channels)
{
    struct dsi_beyond *beyond = dsi_alloc_zeroed(1, sizeof *beyond);
    if (!beyond)
        return NULL;
    beyond->dtype = dtype;
    beyond->n_channels = n_channels;
    beyond->bounds = dsi_alloc_array(n_channels, sizeof *bounds);
    beyond->lows = dsi_alloc_array(n_channels, dtype.size);
    beyond->highs = dsi_alloc_array(n_channels, dtype.size);
    if (!beyond->bounds || !beyond->lows || !beyond->highs) {
        dsi_beyond_free(beyond);
        return NULL;
    }
    memcpy(beyond->bounds, bounds, n_channels * sizeof *bounds);
    for (uint64_t c = 0; c < n_channels; c++) {
        native_of(dtype, bounds[c].last_low, (char *)beyond->lows + c * dtype.size);
        native_of(dtype, bounds[c].first_high, (char *)beyond->highs + c * dtype.size);
    }
    return beyond;
}

void dsi_beyond_free(struct dsi_beyond *beyond)
{
    if (!beyond)
        return;
    free(beyond->bounds);
    free(beyond->lows);
    free(beyond->highs);
    dsi_bytes_free(&beyond->channels);
    dsi_bytes_free(&beyond->pattern_lows);
    dsi_bytes_free(&beyond->pattern_highs);
    dsi_bytes_free(&beyond->sums);
    free(beyond);
}

static bool is_laid_out(const struct dsi_beyond *beyond,
                        const struct dsi_values *values)
{
    if (!beyond->n_columns || values->n_channels != beyond->n_view ||
        values->n_inner != beyond->n_inner)
        return false;
    const uint32_t *was = (const void *)beyond->channels.data;
    for (uint64_t c = 0; c < values->n_channels; c++)
        if (dsi_values_channel(values, c) != was[c])
            return false;
    return true;
}

/* Whole repetitions, so many that a loop over them is long and ends with a whole
 * vector. */
static uint64_t columns_for(uint64_t width)
{
    enum { LANES = 32 };
    uint64_t n_times = 1;
    while (width * n_times % LANES && n_times < LANES)
        n_times *= 2;
    if (width * n_times > MAX_PATTERN / 64)
        return width;
    while (width * n_times < GOOD_PATTERN)
        n_times *= 2;
    return width * n_times;
}

static void fill_pattern(struct dsi_beyond *beyond)
{
    const size_t size = beyond->dtype.size;
    const uint32_t *channels = (const void *)beyond->channels.data;
    char *low = (char *)beyond->pattern_lows.data;
    char *high = (char *)beyond->pattern_highs.data;
    for (uint64_t i = 0; i < beyond->n_columns; i++, low += size, high += size) {
        const uint64_t c = channels[i % beyond->width / beyond->n_inner];
        memcpy(low, (const char *)beyond->lows + c * size, size);
        memcpy(high, (const char *)beyond->highs + c * size, size);
    }
}

enum dsi_status dsi_beyond_prepare(struct dsi_beyond *beyond,
                                   const struct dsi_values *values,
                                   struct dsi_error *err)
{
    if (is_laid_out(beyond, values))
        return DSI_OK;
    beyond->n_columns = 0;
    DSI_TRY(
        dsi_bytes_claim(&beyond->channels, values->n_channels * sizeof(uint32_t), err));
    uint32_t *channels = (void *)beyond->channels.data;
    for (uint64_t c = 0; c < values->n_channels; c++)
        channels[c] = (uint32_t)dsi_values_channel(values, c);
    beyond->n_view = values->n_channels;
    beyond->n_inner = values->n_inner;
    beyond->width = values->n_channels * values->n_inner;
    /* Long runs of one channel need no pattern. */
    if (beyond->width > MAX_PATTERN || values->n_inner >= MIN_RUN ||
        beyond->width <= 1) {
        beyond->n_columns = beyond->width;
        return DSI_OK;
    }
    const uint64_t n = columns_for(beyond->width), size = beyond->dtype.size;
    DSI_TRY(dsi_bytes_claim(&beyond->pattern_lows, n * size, err));
    DSI_TRY(dsi_bytes_claim(&beyond->pattern_highs, n * size, err));
    DSI_TRY(dsi_bytes_claim(&beyond->sums, 2 * n * size, err));
    beyond->n_columns = n;
    fill_pattern(beyond);
    return DSI_OK;
}

static bool has_pattern(const struct dsi_beyond *beyond)
{
    return beyond->width > 1 && beyond->width <= MAX_PATTERN &&
           beyond->n_inner < MIN_RUN;
}

/* --- counting -----------------------------------------------------------------------
 */

static void add_to(struct dsi_beyond *beyond, uint64_t channel, uint64_t n_low,
                   uint64_t n_high, struct dsi_beyond_count *counts)
{
    if (beyond->bounds[channel].any_low)
        counts[channel].n_low += n_low;
    if (beyond->bounds[channel].any_high)
        counts[channel].n_high += n_high;
}

static uint64_t sum_at(const struct dsi_beyond *beyond, uint64_t i)
{
    const void *sums = beyond->sums.data;
    return beyond->dtype.size == 2   ? (uint64_t)((const int16_t *)sums)[i]
           : beyond->dtype.size == 4 ? (uint64_t)((const int32_t *)sums)[i]
                                     : (uint64_t)((const int64_t *)sums)[i];
}

/* Rows of n_columns values, n_columns being the pattern's or a part of it. */
static void count_rows(struct dsi_beyond *beyond, const char *data, uint64_t n_rows,
                       uint64_t n_columns, uint64_t times,
                       struct dsi_beyond_count *counts)
{
    const struct dsi_beyond_lanes *lanes = dsi_beyond_lanes_of(beyond->dtype);
    const size_t size = beyond->dtype.size;
    const uint32_t *channels = (const void *)beyond->channels.data;
    while (n_rows && n_columns) {
        const uint64_t n = n_rows < DSI_BEYOND_MAX_ROWS ? n_rows : DSI_BEYOND_MAX_ROWS;
        memset(beyond->sums.data, 0, 2 * n_columns * size);
        lanes->rows(data, n, n_columns, beyond->pattern_lows.data,
                    beyond->pattern_highs.data, beyond->sums.data);
        for (uint64_t i = 0; i < n_columns; i++)
            add_to(beyond, channels[i % beyond->width / beyond->n_inner],
                   times * sum_at(beyond, i), times * sum_at(beyond, n_columns + i),
                   counts);
        data += n * n_columns * size;
        n_rows -= n;
    }
}

static void count_pattern(struct dsi_beyond *beyond, const struct dsi_values *values,
                          struct dsi_beyond_count *counts)
{
    const uint64_t n = dsi_values_n(values), n_rows = n / beyond->n_columns;
    const uint64_t n_whole = n_rows * beyond->n_columns;
    const char *data = values->data;
    count_rows(beyond, data, n_rows, beyond->n_columns, values->times, counts);
    count_rows(beyond, data + n_whole * beyond->dtype.size, 1, n - n_whole,
               values->times, counts);
}

static void count_runs(struct dsi_beyond *beyond, const struct dsi_values *values,
                       struct dsi_beyond_count *counts)
{
    const struct dsi_beyond_lanes *lanes = dsi_beyond_lanes_of(beyond->dtype);
    const size_t size = beyond->dtype.size;
    /* One channel alone stands in one run. */
    const bool is_one = values->n_channels == 1;
    const uint64_t n_runs = is_one ? 1 : values->n_outer * values->n_channels;
    const uint64_t n = is_one ? dsi_values_n(values) : values->n_inner;
    const char *data = values->data;
    for (uint64_t r = 0; r < n_runs; r++, data += n * size) {
        const uint64_t c = dsi_values_channel(values, r % values->n_channels);
        uint64_t sums[2] = {0};
        lanes->run(data, n, (const char *)beyond->lows + c * size,
                   (const char *)beyond->highs + c * size, sums);
        add_to(beyond, c, values->times * sums[0], values->times * sums[1], counts);
    }
}

void dsi_beyond_count_portable(const struct dsi_beyond *beyond,
                               const struct dsi_values *values,
                               struct dsi_beyond_count *counts)
{
    const uint64_t n = dsi_values_n(values);
    const char *value = values->data;
    for (uint64_t i = 0; i < n; i++, value += values->dtype.size) {
        const uint64_t c =
            dsi_values_channel(values, i / values->n_inner % values->n_channels);
        if (values->skip && values->skip[i])
            continue;
        const int side = dsi_beyond_side(values->dtype, &beyond->bounds[c],
                                         dsi_key_of(values->dtype, value));
        counts[c].n_low += side < 0 ? values->times : 0;
        counts[c].n_high += side > 0 ? values->times : 0;
    }
}

enum dsi_status dsi_beyond_count(struct dsi_beyond *beyond,
                                 const struct dsi_values *values,
                                 struct dsi_beyond_count *counts, struct dsi_error *err)
{
    if (dsi_values_n(values) == 0)
        return DSI_OK;
    if (values->skip || beyond->dtype.size == 1) {
        dsi_beyond_count_portable(beyond, values, counts);
        return DSI_OK;
    }
    DSI_TRY(dsi_beyond_prepare(beyond, values, err));
    if (has_pattern(beyond) && values->n_channels > 1)
        count_pattern(beyond, values, counts);
    else
        count_runs(beyond, values, counts);
    return DSI_OK;
}

/* --- finding ------------------------------------------------------------------------
 */

static bool is_beyond(const struct dsi_beyond *beyond, const struct dsi_values *values,
                      uint64_t i)
{
    const uint64_t c =
        dsi_values_channel(values, i / values->n_inner % values->n_channels);
    const char *value = (const char *)values->data + i * values->dtype.size;
    return !(values->skip && values->skip[i]) &&
           dsi_beyond_side(values->dtype, &beyond->bounds[c],
                           dsi_key_of(values->dtype, value)) != 0;
}

/* Chunks in which the kernels count nothing are passed over whole. */
static bool chunk_is_clean(const struct dsi_beyond_lanes *lanes, const char *data,
                           uint64_t n, const void *low, const void *high)
{
    uint64_t sums[2] = {0};
    lanes->run(data, n, low, high, sums);
    return sums[0] + sums[1] == 0;
}

/* Passes over what is clean in the run of one channel that place i is in. */
static uint64_t skip_clean(const struct dsi_beyond *beyond,
                           const struct dsi_values *values, uint64_t i, uint64_t n)
{
    enum { CHUNK = 1024 };
    const struct dsi_beyond_lanes *lanes = dsi_beyond_lanes_of(values->dtype);
    const size_t size = values->dtype.size;
    const uint64_t run = values->n_channels == 1 ? n : values->n_inner;
    if (!lanes || run < MIN_RUN)
        return i;
    const uint64_t c =
        dsi_values_channel(values, i / values->n_inner % values->n_channels);
    const uint64_t end = i + (run - i % run);
    while (i < end) {
        const uint64_t k = end - i < CHUNK ? end - i : CHUNK;
        if (!chunk_is_clean(lanes, (const char *)values->data + i * size, k,
                            (const char *)beyond->lows + c * size,
                            (const char *)beyond->highs + c * size))
            return i;
        i += k;
    }
    return i;
}

bool dsi_beyond_next(const struct dsi_beyond *beyond, const struct dsi_values *values,
                     uint64_t *at)
{
    enum { STRIDE = 1024 };
    const uint64_t n = dsi_values_n(values);
    uint64_t i = *at;
    while (i < n) {
        const uint64_t skipped = i % STRIDE == 0 ? skip_clean(beyond, values, i, n) : i;
        if (skipped > i) {
            i = skipped;
            continue;
        }
        if (is_beyond(beyond, values, i)) {
            *at = i;
            return true;
        }
        i++;
    }
    return false;
}
