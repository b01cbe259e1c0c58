/* How the values of a channel lie between its extremes: as a drawing, and as the
 * skewness their logarithms have. From what the looks have counted anyway: the values
 * of types of 8 bits, the leading bits of larger ones, or the order statistics known.
 */
#include "range_state.h"

#include <math.h>
#include <string.h>

/* So many values between low and high, or at them. */
typedef void piece(void *context, double low, double high, double n);

static const struct dsi_value_stats *stats_of(const struct dsi_range *range,
                                              const struct dsi_range_facts *facts)
{
    return range->first->groups[facts->place.group].stats[facts->place.table];
}

static const struct dsi_quantiles *quantiles_of(const struct dsi_range *range,
                                                const struct dsi_range_facts *facts)
{
    return range->orders[facts->place.group][facts->place.table].quantiles;
}

/* --- pieces ----------------------------------------------------------------------- */

/* Counts of the values by the leading bits of their keys. */
struct bins {
    const uint64_t *counts; /* NULL: there are none */
    uint64_t n, width;      /* keys in each */
};

static struct bins bins_of(const struct dsi_range *range,
                           const struct dsi_range_facts *facts)
{
    const struct dsi_quantiles *quantiles = quantiles_of(range, facts);
    const unsigned n_bits = dsi_key_bits(facts->place.dtype);
    struct bins bins = {.n = 256};
    bins.counts = dsi_value_stats_bins(stats_of(range, facts), facts->place.slot);
    if (!bins.counts && quantiles)
        bins.counts = dsi_quantiles_bins(quantiles, facts->place.slot, &bins.n);
    if (bins.counts)
        bins.width = 1 + (UINT64_MAX >> (64 - n_bits)) / bins.n;
    return bins;
}

static void see_bins(const struct dsi_range_facts *facts, const struct bins *bins,
                     piece *see, void *context)
{
    const struct dsi_dtype dtype = facts->place.dtype;
    const uint64_t least = facts->stats.min_key, most = facts->stats.max_key;
    for (uint64_t i = least / bins->width; i < bins->n && i <= most / bins->width;
         i++) {
        const uint64_t first = i * bins->width, last = first + (bins->width - 1);
        if (bins->counts[i] == 0)
            continue;
        const double low = dsi_key_double(dtype, first < least ? least : first);
        const double high = dsi_key_double(dtype, last > most ? most : last);
        if (isfinite(low) && isfinite(high))
            see(context, low, high, (double)bins->counts[i]);
    }
}

/* Whether few values lie in bins that take up much of the range: leading bits tell the
 * sizes of floats apart, and nothing of small integers in large types. */
struct resolution {
    double range, n_coarse;
};

static void find_coarse(void *context, double low, double high, double n)
{
    struct resolution *r = context;
    enum { PARTS = 8 };
    if (high / PARTS - low / PARTS > r->range / PARTS / PARTS)
        r->n_coarse += n;
}

static bool are_fine(const struct dsi_range_facts *facts, const struct bins *bins)
{
    struct resolution r = {.range = facts->max - facts->min};
    if (isinf(r.range)) /* infinities lie nowhere */
        r.range = facts->percentiles[DSI_RANGE_P99] - facts->percentiles[DSI_RANGE_P01];
    if (bins->counts)
        see_bins(facts, bins, find_coarse, &r);
    return bins->counts && r.n_coarse < (double)facts->n / 2;
}

/* Between percentiles values are taken to lie evenly. */
static bool see_percentiles(const struct dsi_range_facts *facts, piece *see,
                            void *context)
{
    double at = facts->min, share = 0;
    for (size_t p = 0; p < DSI_N_RANGE_PERCENTILES; p++)
        if (!isfinite(facts->percentiles[p]))
            return false;
    for (size_t p = 0; p <= DSI_N_RANGE_PERCENTILES; p++) {
        const bool is_last = p == DSI_N_RANGE_PERCENTILES;
        const double next = is_last ? facts->max : facts->percentiles[p];
        const double upto = is_last ? 1 : dsi_range_percents[p] / 100;
        if (isfinite(at) && isfinite(next))
            see(context, at, next, (upto - share) * (double)facts->n);
        at = next;
        share = upto;
    }
    return true;
}

/* False where nothing tells how they lie. */
static bool see_pieces(const struct dsi_range *range,
                       const struct dsi_range_facts *facts, piece *see, void *context)
{
    const struct bins bins = bins_of(range, facts);
    if (!are_fine(facts, &bins) && see_percentiles(facts, see, context))
        return true;
    if (bins.counts)
        see_bins(facts, &bins, see, context);
    return bins.counts != NULL;
}

/* --- a drawing -------------------------------------------------------------------- */

struct drawing {
    double low, high, cells[DSI_RANGE_CELLS];
};

static size_t cell_of(const struct drawing *d, double value)
{
    /* Halves, as the difference of the largest doubles is none. */
    const double share = (value / 2 - d->low / 2) / (d->high / 2 - d->low / 2);
    const double cell = share * DSI_RANGE_CELLS;
    return cell >= DSI_RANGE_CELLS - 1 ? DSI_RANGE_CELLS - 1
           : cell > 0                  ? (size_t)cell
                                       : 0;
}

/* Spreads a piece evenly over the cells it reaches. */
static void draw_piece(void *context, double low, double high, double n)
{
    struct drawing *d = context;
    const size_t first = cell_of(d, low), last = cell_of(d, high);
    for (size_t i = first; i <= last; i++)
        d->cells[i] += n / (double)(last - first + 1);
}

/* The extremes without infinities, which lie nowhere. */
static void find_end(void *context, double low, double high, double n)
{
    struct drawing *d = context;
    (void)n;
    d->low = fmin(d->low, low);
    d->high = fmax(d->high, high);
}

const char *dsi_range_draw(const struct dsi_range *range,
                           const struct dsi_range_facts *facts,
                           char text[DSI_RANGE_DRAWING_SIZE])
{
    struct drawing d = {.low = (double)INFINITY, .high = -(double)INFINITY};
    double most = 0;
    char *at = text;
    if (facts->n == 0 || !see_pieces(range, facts, find_end, &d) || !(d.low < d.high))
        return NULL;
    (void)see_pieces(range, facts, draw_piece, &d);
    for (size_t i = 0; i < DSI_RANGE_CELLS; i++)
        most = fmax(most, d.cells[i]);
    for (size_t i = 0; i < DSI_RANGE_CELLS; i++) {
        const int height = (int)ceil(8 * d.cells[i] / most);
        if (height <= 0) {
            *at++ = ' ';
            continue;
        }
        memcpy(at, "\xe2\x96\x80", 3); /* U+2580, which the eight blocks follow */
        at[2] = (char)(at[2] + (height < 8 ? height : 8));
        at += 3;
    }
    *at = '\0';
    return text;
}

/* --- logarithms ------------------------------------------------------------------- */

/* Sums over pieces, each taken for its middle: first for the mean, then about it. */
struct log_sums {
    double n, mean, sums[3];
};

static void add_log(void *context, double low, double high, double n)
{
    struct log_sums *s = context;
    const double x = log1p(low / 2 + high / 2) - s->mean;
    s->n += n;
    s->sums[0] += n * x;
    s->sums[1] += n * x * x;
    s->sums[2] += n * x * x * x;
}

static bool see_sketch(const struct dsi_range *range,
                       const struct dsi_range_facts *facts, struct log_sums *sums)
{
    const struct dsi_quantiles *quantiles = quantiles_of(range, facts);
    for (size_t i = 0; i < DSI_RANGE_SKETCH; i++) {
        uint64_t key;
        if (!quantiles || !dsi_quantiles_key(quantiles, facts->place.slot,
                                             dsi_range_sketch_rank(facts->n, i), &key))
            return false;
        const double value = dsi_key_double(facts->place.dtype, key);
        add_log(sums, value, value, 1);
    }
    return true;
}

static bool see_logs(const struct dsi_range *range, const struct dsi_range_facts *facts,
                     struct log_sums *sums)
{
    if (dsi_range_wants_sketch(range, facts->place.dtype, facts->n, facts->min,
                               &facts->moments))
        return see_sketch(range, facts, sums);
    const struct bins bins = bins_of(range, facts);
    if (!are_fine(facts, &bins))
        return false;
    see_bins(facts, &bins, add_log, sums);
    return true;
}

bool dsi_range_wants_sketch(const struct dsi_range *range, struct dsi_dtype dtype,
                            uint64_t n, double min, const struct dsi_moments *moments)
{
    enum { MOST_CHANNELS = 4096 }; /* a few MiB of ranks */
    return (dtype.kind == DSI_INT || dtype.kind == DSI_UINT) && dtype.size > 2 &&
           range->n_channels <= MOST_CHANNELS && n > 0 && min >= 0 && moments->skew > 1;
}

uint64_t dsi_range_sketch_rank(uint64_t n, size_t i)
{
    /* The middle of the i-th of equal parts. */
    const uint64_t parts = 2 * (uint64_t)DSI_RANGE_SKETCH, part = 2 * i + 1;
    return n / parts * part + n % parts * part / parts;
}

bool dsi_range_log_skew(const struct dsi_range *range,
                        const struct dsi_range_facts *facts, double *skew)
{
    struct log_sums sums = {0};
    if (facts->n == 0 || !(facts->min >= 0) || !(facts->moments.skew > 1) ||
        !see_logs(range, facts, &sums) || !(sums.n > 0))
        return false;
    sums = (struct log_sums){.mean = sums.sums[0] / sums.n};
    (void)see_logs(range, facts, &sums);
    const double variance = sums.sums[1] / sums.n;
    *skew = sums.sums[2] / sums.n / (variance * sqrt(variance));
    return isfinite(*skew);
}
