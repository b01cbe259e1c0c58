#include "value_state.h"

#include "sparse_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

static bool make_sums(struct dsi_value_stats *s)
{
    const enum dsi_sum_range range =
        s->dtype.size == 8 ? DSI_SUM_FLOAT64 : DSI_SUM_FLOAT32;
    const size_t n_words = dsi_exact_sum_words(range);
    s->sums = dsi_alloc_zeroed(s->n_channels, sizeof *s->sums);
    s->words = dsi_alloc_zeroed(s->n_channels, n_words * sizeof *s->words);
    for (uint64_t c = 0; s->sums && s->words && c < s->n_channels; c++)
        s->sums[c] =
            (struct dsi_exact_sum){.range = range, .words = s->words + c * n_words};
    return s->sums && s->words;
}

static bool make_bins(struct dsi_value_stats *s)
{
    s->bins = dsi_alloc_zeroed(s->n_channels, sizeof *s->bins);
    return s->bins != NULL;
}

struct dsi_value_stats *dsi_value_stats_new(struct dsi_dtype dtype, uint64_t n_channels)
{
    struct dsi_value_stats *s = dsi_alloc_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->dtype = dtype;
    s->n_channels = n_channels;
    s->channels = dsi_alloc_zeroed(n_channels, sizeof *s->channels);
    if (!s->channels || !(dtype.size == 1 ? make_bins(s) : make_sums(s))) {
        dsi_value_stats_free(s);
        return NULL;
    }
    for (uint64_t c = 0; c < n_channels; c++)
        s->channels[c] = (struct dsi_channel_stats){
            .min_key = UINT64_MAX, .argmin = UINT64_MAX, .argmax = UINT64_MAX};
    return s;
}

void dsi_value_stats_free(struct dsi_value_stats *s)
{
    if (!s)
        return;
    free(s->room);
    free(s->float_room);
    free(s->sums);
    free(s->words);
    free(s->bins);
    free(s->channels);
    free(s);
}

void dsi_see_min(struct dsi_channel_stats *channel, uint64_t key, uint64_t sample)
{
    if (key > channel->min_key ||
        (key == channel->min_key && sample >= channel->argmin))
        return;
    channel->min_key = key;
    channel->argmin = sample;
}

void dsi_see_max(struct dsi_channel_stats *channel, uint64_t key, uint64_t sample)
{
    if (key < channel->max_key ||
        (key == channel->max_key && sample >= channel->argmax))
        return;
    channel->max_key = key;
    channel->argmax = sample;
}

/* n times a finite value to the sum: of integers of 64 bits what a double holds, and
 * the low bits beside it. */
static void sum_one(struct dsi_exact_sum *sum, struct dsi_dtype dtype, uint64_t key,
                    uint64_t n)
{
    const uint64_t low = UINT64_C(0x7ff);
    const bool is_wide = dtype.size == 8 && !is_float(dtype);
    const double value = dsi_key_double(dtype, is_wide ? key & ~low : key);
    dsi_exact_sum_add_value(sum, value, is_wide ? (double)(key & low) : 0, n);
}

/* n times one value of a sample. */
static void add_times(struct dsi_value_stats *s, uint64_t c, const void *value,
                      uint64_t sample, uint64_t n)
{
    struct dsi_channel_stats *channel = &s->channels[c];
    const uint64_t key = dsi_key_of(s->dtype, value);
    channel->n += n;
    if (dsi_key_is_nan(s->dtype, key)) {
        channel->n_nan += n;
        return;
    }
    dsi_see_min(channel, key, sample);
    dsi_see_max(channel, key, sample);
    const double x = dsi_key_double(s->dtype, key);
    channel->n_zero += x == 0 ? n : 0;
    if (s->bins)
        s->bins[c][key] += n;
    else if (isfinite(x))
        sum_one(&s->sums[c], s->dtype, key, n);
    else
        *(x > 0 ? &channel->n_pos_inf : &channel->n_neg_inf) += n;
}

/* Values in sets that were never stored are all the same, mostly. */
struct run {
    const char *value; /* NULL: none yet */
    uint64_t sample, n;
};

static void add_run(struct dsi_value_stats *s, const struct dsi_values *v, uint64_t c,
                    const struct run *run)
{
    if (run->value)
        add_times(s, dsi_values_channel(v, c), run->value, run->sample,
                  run->n * v->times);
}

static void add_runs(struct dsi_value_stats *s, const struct dsi_values *v, uint64_t c)
{
    const size_t size = s->dtype.size;
    struct run run = {0};
    for (uint64_t o = 0; o < v->n_outer; o++) {
        const uint64_t sample = dsi_values_sample(v, o);
        const uint64_t first = (o * v->n_channels + c) * v->n_inner;
        for (uint64_t i = first; i < first + v->n_inner; i++) {
            const char *value = (const char *)v->data + i * size;
            if (v->skip && v->skip[i])
                continue;
            if (run.value && sample == run.sample &&
                memcmp(run.value, value, size) == 0) {
                run.n++;
                continue;
            }
            add_run(s, v, c, &run);
            run = (struct run){value, sample, 1};
        }
    }
    add_run(s, v, c, &run);
}

enum dsi_status dsi_value_stats_add(struct dsi_value_stats *s,
                                    const struct dsi_values *v, struct dsi_error *err)
{
    if (dsi_values_n(v) == 0)
        return DSI_OK;
    if (v->times != 1)
        for (uint64_t c = 0; c < v->n_channels; c++)
            add_runs(s, v, c);
    else if (s->bins)
        dsi_value_fold_bytes(s, v);
    else if (s->dtype.kind == DSI_FLOAT && s->dtype.size == sizeof(float))
        return dsi_value_fold_floats(s, v, err);
    else
        return dsi_value_fold(s, v, err);
    return DSI_OK;
}

void dsi_value_stats_pool(struct dsi_value_stats *into, uint64_t channel,
                          const struct dsi_value_stats *from, uint64_t from_channel)
{
    struct dsi_channel_stats *a = &into->channels[channel];
    const struct dsi_channel_stats *b = &from->channels[from_channel];
    a->n += b->n;
    a->n_nan += b->n_nan;
    a->n_pos_inf += b->n_pos_inf;
    a->n_neg_inf += b->n_neg_inf;
    a->n_zero += b->n_zero;
    if (b->argmin != UINT64_MAX) {
        dsi_see_min(a, b->min_key, b->argmin);
        dsi_see_max(a, b->max_key, b->argmax);
    }
    if (into->bins)
        for (int i = 0; i < DSI_BYTE_BINS; i++)
            into->bins[channel][i] += from->bins[from_channel][i];
    else
        dsi_exact_sum_merge(&into->sums[channel], &from->sums[from_channel]);
}

enum dsi_status dsi_value_stats_merge(struct dsi_value_stats *into,
                                      const struct dsi_value_stats *from,
                                      struct dsi_error *err)
{
    (void)err;
    for (uint64_t c = 0; c < into->n_channels; c++)
        dsi_value_stats_pool(into, c, from, c);
    return DSI_OK;
}

enum dsi_status dsi_value_stats_save(const struct dsi_value_stats *s,
                                     struct dsi_bytes *out, struct dsi_error *err)
{
    for (uint64_t c = 0; c < s->n_channels; c++) {
        const uint64_t *words = (const uint64_t *)&s->channels[c];
        for (size_t i = 0; i < sizeof(struct dsi_channel_stats) / 8; i++)
            DSI_TRY(dsi_bytes_append_u64(out, words[i], err));
        if (s->bins)
            DSI_TRY(dsi_sparse_counts_save(s->bins[c], DSI_BYTE_BINS, out, err));
        if (s->sums)
            DSI_TRY(dsi_exact_sum_save(&s->sums[c], out, err));
    }
    return DSI_OK;
}

/* Whether the numbers of a channel can be those of any values. */
static bool is_possible(const struct dsi_value_stats *s, uint64_t c)
{
    const struct dsi_channel_stats *k = &s->channels[c];
    const unsigned bits = dsi_key_bits(s->dtype);
    const uint64_t largest = UINT64_MAX >> (64 - bits);
    uint64_t rest = k->n, n_binned = 0;
    const uint64_t parts[] = {k->n_nan, k->n_pos_inf, k->n_neg_inf};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] > rest || (parts[i] && !is_float(s->dtype)))
            return false;
        rest -= parts[i];
    }
    if (k->n_zero > rest || (s->sums && s->sums[c].n != rest))
        return false;
    for (size_t i = 0; s->bins && i < DSI_BYTE_BINS; i++) {
        if (s->bins[c][i] > rest - n_binned)
            return false;
        n_binned += s->bins[c][i];
    }
    if (s->bins && n_binned != rest)
        return false;
    if (k->n == k->n_nan)
        return k->argmin == UINT64_MAX && k->argmax == UINT64_MAX;
    return k->min_key <= k->max_key && k->max_key <= largest &&
           !dsi_key_is_nan(s->dtype, k->max_key) && k->argmin != UINT64_MAX &&
           k->argmax != UINT64_MAX;
}

/* Into bins that are all 0. */
static enum dsi_status load_bins(uint64_t *bins, struct dsi_bytes_reader *in,
                                 struct dsi_error *err)
{
    struct dsi_sparse_counts counts;
    uint64_t bin, count;
    DSI_TRY(dsi_sparse_counts_begin(&counts, DSI_BYTE_BINS, in, err));
    while (counts.n) {
        DSI_TRY(dsi_sparse_counts_next(&counts, in, &bin, &count, err));
        bins[bin] = count;
    }
    return DSI_OK;
}

enum dsi_status dsi_value_stats_load(struct dsi_value_stats *s,
                                     struct dsi_bytes_reader *in, struct dsi_error *err)
{
    for (uint64_t c = 0; c < s->n_channels; c++) {
        uint64_t *words = (uint64_t *)&s->channels[c];
        for (size_t i = 0; i < sizeof(struct dsi_channel_stats) / 8; i++)
            DSI_TRY(dsi_bytes_read_u64(in, &words[i], err));
        if (s->bins)
            DSI_TRY(load_bins(s->bins[c], in, err));
        if (s->sums)
            DSI_TRY(dsi_exact_sum_load(&s->sums[c], in, err));
        if (!is_possible(s, c))
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "statistics that no values can have (channel %llu)",
                            (unsigned long long)c);
    }
    return DSI_OK;
}

const struct dsi_channel_stats *dsi_value_stats_at(const struct dsi_value_stats *s,
                                                   uint64_t channel)
{
    return &s->channels[channel];
}

struct dsi_moments dsi_value_stats_moments(const struct dsi_value_stats *s,
                                           uint64_t channel)
{
    if (s->sums)
        return dsi_exact_sum_finish(&s->sums[channel]);
    uint64_t words[DSI_SUM_FLOAT32_WORDS] = {0};
    struct dsi_exact_sum sum = {.range = DSI_SUM_FLOAT32, .words = words};
    for (uint64_t key = 0; key < DSI_BYTE_BINS; key++)
        sum_one(&sum, s->dtype, key, s->bins[channel][key]);
    return dsi_exact_sum_finish(&sum);
}

const uint64_t *dsi_value_stats_bins(const struct dsi_value_stats *s, uint64_t channel)
{
    return s->bins ? s->bins[channel] : NULL;
}
