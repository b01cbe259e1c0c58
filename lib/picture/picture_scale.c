#include "picture_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- weights ------------------------------------------------------------------------
 */

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI);
}

static double lanczos(double x)
{
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static const struct {
    double (*weight)(double x);
    double reach;
} filters[] = {[DSI_SCALE_BICUBIC] = {bicubic, 2}, [DSI_SCALE_LANCZOS] = {lanczos, 3}};

/* The inputs [first, end) that an output is made of. */
struct reach {
    double centre, stretch;
    uint32_t first, end;
};

static struct reach reach_of(const struct dsi_scaling *s, uint32_t out)
{
    const double scale = (double)s->n_in / s->n_out, stretch = scale < 1 ? 1 : scale;
    const double reach = filters[s->filter].reach * stretch;
    const double centre = (out + 0.5) * scale;
    const double low = centre - reach + 0.5, high = centre + reach + 0.5;
    return (struct reach){.centre = centre,
                          .stretch = stretch,
                          .first = low > 0 ? (uint32_t)low : 0,
                          .end = high < s->n_in ? (uint32_t)high : s->n_in};
}

/* Fills the weights of an output. */
static void weigh(struct dsi_scaling *s, uint32_t out, double *room)
{
    const struct reach reach = reach_of(s, out);
    const uint32_t n = reach.end - reach.first, offset = reach.first % 2;
    const double narrow = 1 / reach.stretch;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double x = (i + reach.first - reach.centre + 0.5) * narrow;
        room[i] = filters[s->filter].weight(x);
        sum += room[i];
    }
    s->first[out] = reach.first - offset;
    const size_t at = (size_t)out * s->n_taps;
    int32_t *weights = s->weights + at + offset;
    for (uint32_t i = 0; i < n; i++) {
        const double weight =
            (sum != 0 ? room[i] / sum : room[i]) * (1 << DSI_SCALE_FRACTION_BITS);
        weights[i] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
}

/* Weights to as many bits as one product takes, the rest of them, and from what to what
 * a sum of that may be. */
static void make_rough(struct dsi_scaling *s)
{
    const size_t n_weights = (size_t)s->n_out * s->n_taps;
    int32_t largest = 0;
    for (size_t i = 0; i < n_weights; i++)
        largest = abs(s->weights[i]) > largest ? abs(s->weights[i]) : largest;
    while (largest >> s->rough_bits >= INT16_MAX)
        s->rough_bits++;
    const int32_t half = (1 << s->rough_bits) >> 1;
    for (size_t i = 0; i < n_weights; i++) {
        const size_t out = i / s->n_taps;
        s->rough[i] = (int16_t)((s->weights[i] + half) >> s->rough_bits);
        s->rest[i] = (int16_t)(s->weights[i] - s->rough[i] * (1 << s->rough_bits));
        s->below[out] += s->rest[i] < 0 ? 255 * s->rest[i] : 0;
        s->above[out] += s->rest[i] > 0 ? 255 * s->rest[i] : 0;
    }
}

/* How many taps every output has, an even number, and the input where they end. */
static uint64_t measure(struct dsi_scaling *s)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < s->n_out; i++) {
        const struct reach reach = reach_of(s, i);
        const uint32_t first = reach.first / 2 * 2, n = reach.end - first;
        s->n_taps = n > s->n_taps ? n : s->n_taps;
        last = first > last ? first : last;
    }
    s->n_taps += s->n_taps % 2;
    return last + s->n_taps > s->n_in ? last + s->n_taps : s->n_in;
}

enum dsi_status dsi_scaling_make(struct dsi_scaling *s, enum dsi_scale_filter filter,
                                 uint32_t n_in, uint32_t n_out, struct dsi_error *err)
{
    *s = (struct dsi_scaling){.filter = filter, .n_in = n_in, .n_out = n_out};
    const uint64_t n_inputs = measure(s) / DSI_SCALE_LANES * DSI_SCALE_LANES;
    const uint64_t n_turned = n_inputs + 2 * DSI_SCALE_LANES + DSI_SCALE_ALIGNMENT;
    const uint64_t n_weights = (uint64_t)n_out * s->n_taps;
    double *room = dsi_alloc_array(s->n_taps, sizeof *room);
    s->first = dsi_alloc_array(n_out, sizeof *s->first);
    s->below = dsi_alloc_zeroed(n_out, sizeof *s->below);
    s->above = dsi_alloc_zeroed(n_out, sizeof *s->above);
    s->weights = dsi_alloc_zeroed(n_weights, sizeof *s->weights);
    s->rough = dsi_alloc_array(n_weights, sizeof *s->rough);
    s->rest = dsi_alloc_array(n_weights, sizeof *s->rest);
    s->turned = dsi_alloc_zeroed(n_turned * DSI_SCALE_ROWS, sizeof *s->turned);
    const bool is_made = room && s->first && s->below && s->above && s->weights &&
                         s->rough && s->rest && s->turned;
    for (uint32_t i = 0; is_made && i < n_out; i++)
        weigh(s, i, room);
    free(room);
    if (is_made) {
        make_rough(s);
        return DSI_OK;
    }
    dsi_scaling_free(s);
    return dsi_fail_memory(err, n_weights * 8 + n_turned * 2 * DSI_SCALE_ROWS);
}

void dsi_scaling_free(struct dsi_scaling *s)
{
    free(s->first);
    free(s->below);
    free(s->above);
    free(s->weights);
    free(s->rough);
    free(s->rest);
    free(s->turned);
    *s = (struct dsi_scaling){0};
}

enum dsi_status dsi_scalings_get(struct dsi_scalings *scalings,
                                 enum dsi_scale_filter filter, uint32_t n_in,
                                 uint32_t n_out, struct dsi_scaling **scaling,
                                 struct dsi_error *err)
{
    size_t oldest = 0;
    scalings->n_asked++;
    for (size_t i = 0; i < DSI_SCALINGS_KEPT; i++) {
        struct dsi_scaling *s = &scalings->kept[i];
        *scaling = s;
        if (s->n_in == n_in && s->n_out == n_out && s->filter == filter) {
            scalings->asked_for[i] = scalings->n_asked;
            return DSI_OK;
        }
        if (scalings->asked_for[i] < scalings->asked_for[oldest])
            oldest = i;
    }
    *scaling = &scalings->kept[oldest];
    scalings->asked_for[oldest] = scalings->n_asked;
    dsi_scaling_free(&scalings->kept[oldest]);
    return dsi_scaling_make(&scalings->kept[oldest], filter, n_in, n_out, err);
}

void dsi_scalings_free(struct dsi_scalings *scalings)
{
    for (size_t i = 0; i < DSI_SCALINGS_KEPT; i++)
        dsi_scaling_free(&scalings->kept[i]);
}
