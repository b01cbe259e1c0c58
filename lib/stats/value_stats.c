#include "value_stats.h"

#include "half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024, RUN = 4096, LANES = 8, N_BINS = 256 };

struct dsi_value_stats {
    struct dsi_dtype dtype;
    uint64_t n_channels;
    struct dsi_channel_stats *channels;
    struct dsi_exact_sum *sums; /* of all types but those of 8 bits */
    uint64_t (*bins)[N_BINS];   /* of those of 8 bits: by key */
};

struct dsi_value_stats *dsi_value_stats_new(struct dsi_dtype dtype, uint64_t n_channels)
{
    struct dsi_value_stats *s = dsi_alloc_zeroed(1, sizeof *s);
    if (!s)
        return NULL;
    s->dtype = dtype;
    s->channels = dsi_alloc_zeroed(n_channels, sizeof *s->channels);
    if (dtype.size == 1)
        s->bins = dsi_alloc_zeroed(n_channels, sizeof *s->bins);
    else
        s->sums = dsi_alloc_zeroed(n_channels, sizeof *s->sums);
    enum dsi_sum_range range = dtype.size == 8 ? DSI_SUM_FLOAT64 : DSI_SUM_FLOAT32;
    bool ok = s->channels && (s->bins || s->sums);
    for (uint64_t c = 0; ok && s->sums && c < n_channels; c++) {
        ok = dsi_exact_sum_init(&s->sums[c], range, NULL) == DSI_OK;
        s->n_channels = c + ok;
    }
    if (ok)
        s->n_channels = n_channels;
    for (uint64_t c = 0; ok && c < n_channels; c++)
        s->channels[c] = (struct dsi_channel_stats){
            .min_key = UINT64_MAX, .argmin = UINT64_MAX, .argmax = UINT64_MAX};
    if (!ok) {
        dsi_value_stats_free(s);
        return NULL;
    }
    return s;
}

void dsi_value_stats_free(struct dsi_value_stats *s)
{
    if (!s)
        return;
    for (uint64_t c = 0; s->sums && c < s->n_channels; c++)
        dsi_exact_sum_free(&s->sums[c]);
    free(s->sums);
    free(s->bins);
    free(s->channels);
    free(s);
}

static void see_extreme(struct dsi_channel_stats *c, uint64_t key, uint64_t sample)
{
    if (c->argmin == UINT64_MAX || key < c->min_key ||
        (key == c->min_key && sample < c->argmin))
        c->min_key = key, c->argmin = sample;
    if (c->argmax == UINT64_MAX || key > c->max_key ||
        (key == c->max_key && sample < c->argmax))
        c->max_key = key, c->argmax = sample;
}

static bool is_float(struct dsi_dtype d)
{
    return d.kind == DSI_FLOAT || d.kind == DSI_BFLOAT;
}

static void one(struct dsi_value_stats *s, uint64_t channel, const void *value,
                uint64_t sample, uint64_t times)
{
    struct dsi_channel_stats *c = &s->channels[channel];
    uint64_t key = dsi_key_of(s->dtype, value);
    c->n += times;
    if (dsi_key_is_nan(s->dtype, key)) {
        c->n_nan += times;
        return;
    }
    see_extreme(c, key, sample);
    struct dsi_number n = dsi_key_number(s->dtype, key);
    double x = dsi_key_double(s->dtype, key);
    c->n_zero += x == 0 ? times : 0;
    if (s->bins) {
        s->bins[channel][key] += times;
        return;
    }
    if (is_float(s->dtype) && isinf(x)) {
        *(x > 0 ? &c->n_pos_inf : &c->n_neg_inf) += times;
        return;
    }
    if (n.kind == DSI_NUMBER_FLOAT || s->dtype.size < 8) {
        dsi_exact_sum_add_value(&s->sums[channel], x, times);
        return;
    }
    /* an integer of 64 bits: what a double holds and what is left */
    struct dsi_cell cell = {.n = 1, .pivot = x};
    if (n.kind == DSI_NUMBER_INT) {
        __extension__ __int128 rest =
            (__extension__(__int128) n.as.integer) - (__extension__(__int128) x);
        cell.d1 = (double)rest;
    } else {
        __extension__ __int128 rest =
            (__extension__(__int128) n.as.natural) - (__extension__(__int128) x);
        cell.d1 = (double)rest;
    }
    cell.d2 = cell.d1 * cell.d1;
    cell.d3 = cell.d2 * cell.d1;
    for (uint64_t i = 0; i < times; i++)
        dsi_exact_sum_add(&s->sums[channel], &cell);
}

enum dsi_status dsi_value_stats_add(struct dsi_value_stats *s,
                                    const struct dsi_values *v, struct dsi_error *err)
{
    (void)err;
    const char *at = v->data;
    uint64_t i = 0;
    for (uint64_t o = 0; o < v->n_outer; o++)
        for (uint64_t c = 0; c < v->n_channels; c++)
            for (uint64_t k = 0; k < v->n_inner; k++, i++, at += s->dtype.size)
                if (!v->skip || !v->skip[i])
                    one(s, dsi_values_channel(v, c), at, dsi_values_sample(v, o),
                        v->times);
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
        see_extreme(a, b->min_key, b->argmin);
        see_extreme(a, b->max_key, b->argmax);
    }
    if (into->bins)
        for (int i = 0; i < N_BINS; i++)
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
        for (int i = 0; s->bins && i < N_BINS; i++)
            DSI_TRY(dsi_bytes_append_u64(out, s->bins[c][i], err));
        if (s->sums)
            DSI_TRY(dsi_exact_sum_save(&s->sums[c], out, err));
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
        for (int i = 0; s->bins && i < N_BINS; i++)
            DSI_TRY(dsi_bytes_read_u64(in, &s->bins[c][i], err));
        if (s->sums)
            DSI_TRY(dsi_exact_sum_load(&s->sums[c], in, err));
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
    struct dsi_exact_sum sum;
    struct dsi_moments m = {.mean = NAN, .std = NAN, .skew = NAN};
    if (dsi_exact_sum_init(&sum, DSI_SUM_FLOAT32, NULL) != DSI_OK)
        return m;
    for (int i = 0; i < N_BINS; i++)
        if (s->bins[channel][i])
            dsi_exact_sum_add_value(&sum, dsi_key_double(s->dtype, (uint64_t)i),
                                    s->bins[channel][i]);
    m = dsi_exact_sum_finish(&sum);
    dsi_exact_sum_free(&sum);
    return m;
}

const uint64_t *dsi_value_stats_bins(const struct dsi_value_stats *s, uint64_t channel)
{
    return s->bins ? s->bins[channel] : NULL;
}
