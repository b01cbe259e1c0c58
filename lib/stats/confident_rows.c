/* What a row of probabilities tells. It is read once a look and lies in the nearest
 * cache then, so vectors are worth their width. */
#include "confident_run.h"
#include "cpu_level.h"
#include "half_round.h"

#include <math.h>
#include <string.h>

/* What a label's probability may be short of the largest by, and probabilities beyond 0
 * and 1. */
static const double slack = 1e-6;

/* --- a row ---------------------------------------------------------------------------
 */

enum { PIECE = 64, N_LANES = 4 }; /* the largest is looked for piece by piece */

/* peak gives the largest of n numbers and the first place that it stands at; *is_sound
 * stays where none is below low, or NaN. count gives how many are no less than their
 * cuts. */
#define DEFINE(T, I, name, target, n_bytes)                                  \
    typedef T name##_v __attribute__((vector_size(n_bytes)));                \
    typedef I name##_i __attribute__((vector_size(n_bytes)));                \
    enum { name##_width = n_bytes / sizeof(T) };                             \
    target static inline name##_v name##_larger(name##_v a, name##_v b)      \
    {                                                                        \
        const name##_i more = (name##_i)(a > b);                             \
        return (name##_v)(((name##_i)a & more) | ((name##_i)b & ~more));     \
    }                                                                        \
    target static T name##_peak_of_piece(const T *x, T low, name##_i *in)    \
    {                                                                        \
        name##_v lane[N_LANES], v;                                           \
        memcpy(lane, x, sizeof lane);                                        \
        for (int k = 0; k < N_LANES; k++)                                    \
            *in &= (name##_i)(lane[k] >= low);                               \
        for (size_t i = N_LANES * name##_width; i < PIECE;                   \
             i += N_LANES * name##_width)                                    \
            for (size_t k = 0; k < N_LANES; k++) {                           \
                memcpy(&v, x + i + k * name##_width, sizeof v);              \
                *in &= (name##_i)(v >= low);                                 \
                lane[k] = name##_larger(v, lane[k]);                         \
            }                                                                \
        v = name##_larger(name##_larger(lane[0], lane[1]),                   \
                          name##_larger(lane[2], lane[3]));                  \
        T peak = v[0];                                                       \
        for (int k = 1; k < name##_width; k++)                               \
            peak = v[k] > peak ? v[k] : peak;                                \
        return peak;                                                         \
    }                                                                        \
    target static T name##_peak(const T *x, size_t n, T low, size_t *place,  \
                                bool *is_sound)                              \
    {                                                                        \
        name##_i in = ~(name##_i){0};                                        \
        T peak = -(T)INFINITY;                                               \
        size_t i = 0, at = 0;                                                \
        for (; i + PIECE <= n; i += PIECE) {                                 \
            const T of_piece = name##_peak_of_piece(x + i, low, &in);        \
            at = of_piece > peak ? i : at;                                   \
            peak = of_piece > peak ? of_piece : peak;                        \
        }                                                                    \
        for (int k = 0; k < name##_width; k++)                               \
            *is_sound &= in[k] != 0;                                         \
        for (; i < n; i++) {                                                 \
            *is_sound &= x[i] >= low;                                        \
            at = x[i] > peak ? i : at;                                       \
            peak = x[i] > peak ? x[i] : peak;                                \
        }                                                                    \
        while (*is_sound && x[at] != peak)                                   \
            at++;                                                            \
        *place = at;                                                         \
        return peak;                                                         \
    }                                                                        \
    target static uint32_t name##_count(const T *x, const T *cuts, size_t n) \
    {                                                                        \
        name##_i counts = {0};                                               \
        uint32_t count = 0;                                                  \
        size_t i = 0;                                                        \
        for (; i + name##_width <= n; i += name##_width) {                   \
            name##_v v, cut;                                                 \
            memcpy(&v, x + i, sizeof v);                                     \
            memcpy(&cut, cuts + i, sizeof cut);                              \
            counts -= (name##_i)(v >= cut);                                  \
        }                                                                    \
        for (int k = 0; k < name##_width; k++)                               \
            count += (uint32_t)counts[k];                                    \
        for (; i < n; i++)                                                   \
            count += x[i] >= cuts[i];                                        \
        return count;                                                        \
    }

DEFINE(float, int32_t, f32_portable, , 16)
DEFINE(double, int64_t, f64_portable, , 16)

#ifdef __x86_64__
DEFINE(float, int32_t, f32_avx2, __attribute__((target("avx2"))), 32)
DEFINE(double, int64_t, f64_avx2, __attribute__((target("avx2"))), 32)
#else
#define f32_avx2_peak  f32_portable_peak
#define f64_avx2_peak  f64_portable_peak
#define f32_avx2_count f32_portable_count
#define f64_avx2_count f64_portable_count
#endif

static float f32_peak(const struct dsi_confident *c, const float *x, size_t n,
                      float low, size_t *place, bool *is_sound)
{
    return c->has_avx2 ? f32_avx2_peak(x, n, low, place, is_sound)
                       : f32_portable_peak(x, n, low, place, is_sound);
}

static double f64_peak(const struct dsi_confident *c, const double *x, size_t n,
                       double low, size_t *place, bool *is_sound)
{
    return c->has_avx2 ? f64_avx2_peak(x, n, low, place, is_sound)
                       : f64_portable_peak(x, n, low, place, is_sound);
}

static uint32_t n_reached(const struct dsi_confident *c, const void *row)
{
    const size_t n = c->n_classes;
    if (c->is_double)
        return c->has_avx2 ? f64_avx2_count(row, c->cuts, n)
                           : f64_portable_count(row, c->cuts, n);
    return c->has_avx2 ? f32_avx2_count(row, c->cuts, n)
                       : f32_portable_count(row, c->cuts, n);
}

/* --- facts ---------------------------------------------------------------------------
 */

/* Bounds as floats that a float is beyond when it is beyond -1e-6 and 1 + 1e-6. */
static const float float_low = -0x1.0c6f7ap-20f, float_high = 1 + 0x1p-20f;

struct peak {
    double value;
    uint32_t class; /* the first that has it */
};

/* The largest of n probabilities from class `first` on; false: some are none. */
static bool find_peak(const struct dsi_confident *c, const void *row, uint32_t first,
                      uint32_t n, struct peak *peak)
{
    bool is_sound = true;
    size_t place;
    if (c->is_double) {
        const double *p = (const double *)row + first;
        peak->value = f64_peak(c, p, n, -slack, &place, &is_sound);
        is_sound &= peak->value <= 1 + slack;
    } else {
        const float *p = (const float *)row + first;
        peak->value = (double)f32_peak(c, p, n, float_low, &place, &is_sound);
        is_sound &= peak->value <= (double)float_high;
    }
    peak->class = first + (uint32_t)place;
    return is_sound;
}

/* The largest probability of the classes but one. */
static double peak_beside(const struct dsi_confident *c, const void *row,
                          uint32_t class)
{
    struct peak before = {-(double)INFINITY, 0}, after = before;
    if (class > 0)
        (void)find_peak(c, row, 0, class, &before);
    if (class + 1 < c->n_classes)
        (void)find_peak(c, row, class + 1, c->n_classes - class - 1, &after);
    return before.value > after.value ? before.value : after.value;
}

/* Whether the label would be the first of the most probable classes with a little more,
 * added in the type's own arithmetic. The first to have the peak is before the label,
 * or the label, or behind it and no class before it has as much. */
static bool is_close(const struct dsi_confident *c, double self, uint32_t label,
                     const struct peak *peak)
{
    double raised = self + slack;
    if (!c->is_double)
        raised = (double)((float)self + (float)slack);
    if (c->is_half)
        raised =
            (double)dsi_round_to_half((float)self + dsi_round_to_half((float)slack));
    return peak->class < label ? raised > peak->value : raised >= peak->value;
}

static void set_number(const struct dsi_confident *c, void *numbers, uint32_t sample,
                       double value)
{
    if (c->is_double)
        ((double *)numbers)[sample] = value;
    else
        ((float *)numbers)[sample] = (float)value;
}

static double entropy_of(const struct dsi_confident *c, const void *row, double self,
                         void *terms)
{
    if (c->is_double)
        return dsi_confident_entropy_f64(row, self, c->n_classes, terms);
    return (double)dsi_confident_entropy_f32(row, (float)self, c->is_half, c->n_classes,
                                             terms);
}

static double margin_of(const struct dsi_confident *c, double self, double other)
{
    if (c->is_double)
        return dsi_confident_margin_f64(self, other);
    return (double)dsi_confident_margin_f32((float)self, (float)other, c->is_half);
}

bool dsi_confident_see_facts(struct dsi_confident *c, uint32_t sample, const void *row,
                             void *terms)
{
    const uint32_t label = c->labels[sample];
    const double self = dsi_confident_number(c, row, label);
    struct peak peak;
    if (!find_peak(c, row, 0, c->n_classes, &peak))
        return false;
    c->flags[sample] = is_close(c, self, label, &peak) ? DSI_LABEL_IS_CLOSE : 0;
    c->predicted[sample] = peak.class;
    set_number(c, c->self, sample, self);
    if (c->margin) {
        const double other =
            peak.class == label ? peak_beside(c, row, label) : peak.value;
        set_number(c, c->margin, sample, margin_of(c, self, other));
    }
    if (c->parameters.score == DSI_CONFIDENT_WEIGHTED_ENTROPY)
        set_number(c, c->score, sample, entropy_of(c, row, self, terms));
    return true;
}

/* --- guesses -------------------------------------------------------------------------
 */

/* The only class whose cut is reached. */
static uint32_t find_reached(const struct dsi_confident *c, const void *row)
{
    uint32_t i = 0;
    if (c->is_double)
        while (!(((const double *)row)[i] >= ((const double *)c->cuts)[i]))
            i++;
    else
        while (!(((const float *)row)[i] >= ((const float *)c->cuts)[i]))
            i++;
    return i;
}

void dsi_confident_see_guess(struct dsi_confident *c, uint32_t sample, const void *row)
{
    const uint32_t n = n_reached(c, row);
    c->guesses[sample] = n == 0   ? DSI_CONFIDENT_NONE
                         : n == 1 ? find_reached(c, row)
                                  : c->predicted[sample];
}
