/* |x - median| of the channels whose limits are by MAD, as float64 for another search
 * for order statistics. */
#include "half.h"
#include "outlier.h"

#include <math.h>
#include <string.h>

/* Distances made at a time, so that room for them stays small however large a block. */
enum { PIECE = 32768 };

/* --- values as doubles --------------------------------------------------------------
 */

#define DEFINE_DISTANCES(name, type, to_double)                                     \
    static void name(const void *data, uint64_t first, uint64_t stride, uint64_t n, \
                     double centre, double *out, uint64_t out_stride)               \
    {                                                                               \
        const type *x = (const type *)data + first;                                 \
        for (uint64_t i = 0; i < n; i++)                                            \
            out[i * out_stride] = dsi_distance(to_double(x[i * stride]), centre);   \
    }

#define CAST(x)   ((double)(x))
#define TRUTH(x)  ((x) ? 1.0 : 0.0)
#define HALF(x)   (dsi_half_to_double(x))
#define BFLOAT(x) (dsi_bfloat_to_double(x))

DEFINE_DISTANCES(of_bool, uint8_t, TRUTH)
DEFINE_DISTANCES(of_i8, int8_t, CAST)
DEFINE_DISTANCES(of_i16, int16_t, CAST)
DEFINE_DISTANCES(of_i32, int32_t, CAST)
DEFINE_DISTANCES(of_i64, int64_t, CAST)
DEFINE_DISTANCES(of_u8, uint8_t, CAST)
DEFINE_DISTANCES(of_u16, uint16_t, CAST)
DEFINE_DISTANCES(of_u32, uint32_t, CAST)
DEFINE_DISTANCES(of_u64, uint64_t, CAST)
DEFINE_DISTANCES(of_f16, uint16_t, HALF)
DEFINE_DISTANCES(of_f32, float, CAST)
DEFINE_DISTANCES(of_f64, double, CAST)
DEFINE_DISTANCES(of_bf16, uint16_t, BFLOAT)

typedef void distances(const void *data, uint64_t first, uint64_t stride, uint64_t n,
                       double centre, double *out, uint64_t out_stride);

static distances *distances_of(struct dsi_dtype dtype)
{
    static distances *const ints[] = {of_i8, of_i16, of_i32, of_i64};
    static distances *const uints[] = {of_u8, of_u16, of_u32, of_u64};
    const int wide = dtype.size == 1   ? 0
                     : dtype.size == 2 ? 1
                     : dtype.size == 4 ? 2
                                       : 3;
    switch (dtype.kind) {
    case DSI_BOOL:
        return of_bool;
    case DSI_INT:
        return ints[wide];
    case DSI_UINT:
        return uints[wide];
    case DSI_BFLOAT:
        return of_bf16;
    default:
        return dtype.size == 2 ? of_f16 : dtype.size == 4 ? of_f32 : of_f64;
    }
}

/* --- pieces -------------------------------------------------------------------------
 */

/* The deviating ones among the channels of the values at hand: which channel of the
 * view each is, and its number among the deviating. */
struct chosen {
    uint32_t *view, *number;
    uint64_t n;
};

static uint64_t find_number(const struct dsi_outlier_table *table, uint64_t channel)
{
    uint64_t low = 0, high = table->n_deviating;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (table->deviating[middle] < channel)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->n_deviating && table->deviating[low] == channel ? low
                                                                        : UINT64_MAX;
}

static void choose(const struct dsi_outlier_table *table,
                   const struct dsi_values *values, struct chosen *chosen)
{
    chosen->n = 0;
    for (uint64_t c = 0; c < values->n_channels; c++) {
        const uint64_t number = find_number(table, dsi_values_channel(values, c));
        if (number == UINT64_MAX)
            continue;
        chosen->view[chosen->n] = (uint32_t)c;
        chosen->number[chosen->n++] = (uint32_t)number;
    }
}

/* A run of one channel of the view within one outer index. */
struct run {
    uint64_t first, n, stride;
    uint64_t view; /* the channel */
};

static void fill(const struct dsi_outlier_table *table, const struct dsi_values *values,
                 const struct run *run, double *out, uint64_t out_stride)
{
    const double centre = table->channels[dsi_values_channel(values, run->view)].centre;
    distances_of(values->dtype)(values->data, run->first, run->stride, run->n, centre,
                                out, out_stride);
    for (uint64_t i = 0; values->skip && i < run->n; i++)
        if (values->skip[run->first + i * run->stride])
            out[i * out_stride] = NAN; /* which is not counted */
}

static enum dsi_status add_piece(struct dsi_outlier_table *table,
                                 const struct dsi_values *values, const double *piece,
                                 const uint32_t *channels, uint64_t n_outer,
                                 uint64_t n_channels, uint64_t n_inner,
                                 struct dsi_error *err)
{
    const struct dsi_values view = {.dtype = {.kind = DSI_FLOAT, .size = 8},
                                    .data = piece,
                                    .n_outer = n_outer,
                                    .n_channels = n_channels,
                                    .n_inner = n_inner,
                                    .channels = channels,
                                    .first_sample = values->first_sample,
                                    .n_outer_each = n_outer,
                                    .times = values->times};
    return dsi_quantiles_add(table->deviations, &view, err);
}

/* Interleaved: as many outer indices as fit a piece, with the chosen channels alone. */
static enum dsi_status add_interleaved(struct dsi_outlier_table *table,
                                       const struct dsi_values *values,
                                       const struct chosen *chosen, double *piece,
                                       struct dsi_error *err)
{
    const uint64_t fits = PIECE / chosen->n, most = fits ? fits : 1;
    for (uint64_t o = 0; o < values->n_outer; o += most) {
        const uint64_t n = values->n_outer - o < most ? values->n_outer - o : most;
        for (uint64_t k = 0; k < chosen->n; k++) {
            const struct run run = {.first = o * values->n_channels + chosen->view[k],
                                    .n = n,
                                    .stride = values->n_channels,
                                    .view = chosen->view[k]};
            fill(table, values, &run, piece + k, chosen->n);
        }
        DSI_TRY(add_piece(table, values, piece, chosen->number, n, chosen->n, 1, err));
    }
    return DSI_OK;
}

/* Planar: pieces of one channel each. */
static enum dsi_status add_planar(struct dsi_outlier_table *table,
                                  const struct dsi_values *values,
                                  const struct chosen *chosen, double *piece,
                                  struct dsi_error *err)
{
    for (uint64_t o = 0; o < values->n_outer; o++)
        for (uint64_t k = 0; k < chosen->n; k++)
            for (uint64_t i = 0; i < values->n_inner; i += PIECE) {
                const uint64_t left = values->n_inner - i;
                const struct run run = {.first =
                                            (o * values->n_channels + chosen->view[k]) *
                                                values->n_inner +
                                            i,
                                        .n = left < PIECE ? left : PIECE,
                                        .stride = 1,
                                        .view = chosen->view[k]};
                fill(table, values, &run, piece, 1);
                DSI_TRY(add_piece(table, values, piece, &chosen->number[k], 1, 1, run.n,
                                  err));
            }
    return DSI_OK;
}

enum dsi_status dsi_outlier_add_deviations(struct dsi_outlier_table *table,
                                           const struct dsi_values *values,
                                           struct dsi_bytes *scratch,
                                           struct dsi_error *err)
{
    const uint64_t n_piece = PIECE > values->n_channels ? PIECE : values->n_channels;
    const uint64_t n_bytes =
        n_piece * sizeof(double) + 2 * values->n_channels * sizeof(uint32_t);
    struct chosen chosen;
    DSI_TRY(dsi_bytes_claim(scratch, n_bytes, err));
    double *piece = (void *)scratch->data;
    chosen.view = (void *)(piece + n_piece);
    chosen.number = chosen.view + values->n_channels;
    choose(table, values, &chosen);
    if (chosen.n == 0)
        return DSI_OK;
    return values->n_inner == 1 ? add_interleaved(table, values, &chosen, piece, err)
                                : add_planar(table, values, &chosen, piece, err);
}
