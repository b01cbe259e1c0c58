#include "picture_brightness.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 26 bits of weight: 12 of them by which all pixels are counted, in tables that lie in
 * the nearest cache, and 14 by which those of a few bins are. */
enum {
    FINE_BITS = 14,
    N_COARSE = (DSI_MAX_WEIGHT >> FINE_BITS) + 1,
    N_FINE = 1 << FINE_BITS,
    N_TABLES = 2, /* in turn, lest equal neighbours wait for each other */
    MAX_BINS = 2 * DSI_MAX_BRIGHTNESS_PERCENTS,
};

/* A bin that holds the value of some rank. */
struct bin {
    uint32_t number;
    uint64_t n_below; /* pixels in the bins before it */
};

/* Where a percentile is looked for, and what was found there. */
struct search {
    unsigned percent;
    struct dsi_bytes room; /* of the weights that its window keeps */
    uint32_t value, next;
};

struct dsi_brightness {
    uint64_t n_pixels;
    struct search searches[DSI_MAX_BRIGHTNESS_PERCENTS];
    struct dsi_weight_window windows[DSI_MAX_BRIGHTNESS_PERCENTS]; /* of each */
    size_t n_windows;
    bool is_found; /* in the windows; else the bins tell */
    uint32_t coarse[N_TABLES][N_COARSE];
    struct bin bins[MAX_BINS];
    size_t n_bins;
    uint8_t fine_of[N_COARSE]; /* 1 + the place of the bin in bins; 0: not among them */
    struct dsi_bytes fine;     /* uint32_t [n_bins][N_FINE] */
    struct dsi_bytes weights;  /* of a row */
};

struct dsi_brightness *dsi_brightness_new(void)
{
    return dsi_alloc_zeroed(1, sizeof(struct dsi_brightness));
}

void dsi_brightness_free(struct dsi_brightness *brightness)
{
    if (!brightness)
        return;
    for (size_t i = 0; i < DSI_MAX_BRIGHTNESS_PERCENTS; i++)
        dsi_bytes_free(&brightness->searches[i].room);
    dsi_bytes_free(&brightness->fine);
    dsi_bytes_free(&brightness->weights);
    free(brightness);
}

void dsi_brightness_start(struct dsi_brightness *b, uint64_t n_pixels)
{
    assert(n_pixels > 0 && n_pixels <= UINT32_MAX);
    b->n_pixels = n_pixels;
    memset(b->coarse, 0, sizeof b->coarse);
    for (size_t i = 0; i < b->n_bins; i++)
        b->fine_of[b->bins[i].number] = 0;
    b->n_bins = 0;
    b->n_windows = 0;
    b->is_found = false;
}

static enum dsi_status weigh(struct dsi_brightness *b, const struct dsi_planes *planes,
                             uint32_t **weights, struct dsi_error *err)
{
    const uint64_t n_bytes = planes->width * sizeof **weights;
    if (b->weights.capacity < n_bytes)
        DSI_TRY(dsi_bytes_claim(&b->weights, n_bytes, err));
    *weights = (void *)b->weights.data;
    dsi_pixels_weigh(planes->level, (const uint8_t *const *)planes->of, planes->width,
                     *weights);
    return DSI_OK;
}

enum dsi_status dsi_brightness_first_look(struct dsi_brightness *b,
                                          const struct dsi_planes *planes,
                                          struct dsi_error *err)
{
    uint32_t *weights;
    DSI_TRY(weigh(b, planes, &weights, err));
    uint64_t x = 0;
    for (; x + 1 < planes->width; x += 2) {
        b->coarse[0][weights[x] >> FINE_BITS]++;
        b->coarse[1][weights[x + 1] >> FINE_BITS]++;
    }
    if (x < planes->width)
        b->coarse[0][weights[x] >> FINE_BITS]++;
    return DSI_OK;
}

/* --- ranks --------------------------------------------------------------------------
 */

/* Where a percentile lies among n values in order: between those of the rank and the
 * next one, by a share of the way. */
struct place {
    uint64_t rank, next;
    double share;
};

static struct place place_of(uint64_t n, unsigned percent)
{
    const double at = (double)(n - 1) * (percent / 100.0);
    const uint64_t rank = (uint64_t)at;
    return (struct place){
        .rank = rank, .next = rank + 1 < n ? rank + 1 : rank, .share = at - floor(at)};
}

static double between(double low, double high, double share)
{
    return low + (high - low) * share;
}

/* --- a guess ------------------------------------------------------------------------
 */

enum { MAX_KEPT = 1 << 16 };

uint64_t dsi_brightness_sample_step(const struct dsi_brightness *b)
{
    return b->n_pixels <= MAX_KEPT / 4 ? 0 : 8;
}

static uint64_t n_in_bin(const struct dsi_brightness *b, uint32_t bin)
{
    return b->coarse[0][bin] + (uint64_t)b->coarse[1][bin];
}

/* The bin in which so many of the pixels counted are reached. */
static uint32_t bin_reaching(const struct dsi_brightness *b, double n_pixels)
{
    uint32_t bin = 0;
    uint64_t n = n_in_bin(b, 0);
    while ((double)n <= n_pixels && bin + 1 < N_COARSE)
        n += n_in_bin(b, ++bin);
    return bin;
}

void dsi_brightness_guess(struct dsi_brightness *b, const unsigned *percents,
                          size_t n_percents)
{
    const double margin = 1.0; /* percent */
    uint64_t n = 0;
    for (uint32_t i = 0; i < N_COARSE; i++)
        n += n_in_bin(b, i);
    assert(n_percents <= DSI_MAX_BRIGHTNESS_PERCENTS);
    b->n_windows = n_percents;
    b->is_found = true;
    for (size_t i = 0; i < n_percents; i++) {
        struct dsi_weight_window *w = &b->windows[i];
        const double share = (double)n / 100, at = percents[i];
        b->searches[i].percent = percents[i];
        *w = (struct dsi_weight_window){.low = 0, .high = N_COARSE * N_FINE};
        if (n > 0 && at > margin)
            w->low = bin_reaching(b, share * (at - margin)) * N_FINE;
        if (n > 0 && at + margin < 100)
            w->high = (bin_reaching(b, share * (at + margin)) + 1) * N_FINE;
    }
}

/* Room for the weights of one row more. */
static enum dsi_status make_room(struct dsi_brightness *b, uint64_t width,
                                 struct dsi_error *err)
{
    for (size_t i = 0; i < b->n_windows; i++) {
        struct dsi_bytes *room = &b->searches[i].room;
        const uint64_t n_bytes = (MAX_KEPT + width + DSI_KEPT_SLACK) * sizeof(uint32_t);
        if (room->capacity < n_bytes)
            DSI_TRY(dsi_bytes_claim(room, n_bytes, err));
        b->windows[i].kept = (void *)room->data;
    }
    return DSI_OK;
}

enum dsi_status dsi_brightness_look(struct dsi_brightness *b,
                                    const struct dsi_planes *planes,
                                    struct dsi_byte_counts counts[3],
                                    struct dsi_error *err)
{
    const uint8_t *const *colours = (const uint8_t *const *)planes->of;
    if (!b->is_found) {
        dsi_pixels_count_three(colours, planes->width, counts);
        return DSI_OK;
    }
    if (!b->windows[0].kept)
        DSI_TRY(make_room(b, planes->width, err));
    dsi_pixels_sift(planes->level, colours, planes->width, b->windows, b->n_windows,
                    counts);
    for (size_t i = 0; i < b->n_windows; i++)
        b->is_found &= b->windows[i].n_kept <= MAX_KEPT;
    return DSI_OK;
}

/* Weights in [low, low + 2^(shift + DIGIT_BITS)) and the least one above them. */
struct narrowed {
    uint32_t *weights, low, above;
    size_t n;
    uint64_t rank;
    int shift;
};

enum { DIGIT_BITS = 9, N_DIGITS = 1 << DIGIT_BITS };

static uint32_t digit_of(const struct narrowed *in, uint32_t weight)
{
    return (weight - in->low) >> in->shift;
}

static uint32_t least_of_digit(const struct narrowed *in, uint32_t digit)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < in->n; i++)
        if (digit_of(in, in->weights[i]) == digit && in->weights[i] < least)
            least = in->weights[i];
    return least;
}

/* Leaves the weights that have the digit of the rank's. */
static void narrow(struct narrowed *in)
{
    uint32_t counts[N_DIGITS] = {0}, digit = 0, next;
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++)
        counts[digit_of(in, in->weights[i])]++;
    while (counts[digit] <= in->rank)
        in->rank -= counts[digit++];
    for (next = digit + 1; next < N_DIGITS && counts[next] == 0;)
        next++;
    if (in->rank + 1 == counts[digit] && next < N_DIGITS)
        in->above = least_of_digit(in, next);
    for (size_t i = 0; n < counts[digit]; i++) {
        const uint32_t weight = in->weights[i];
        in->weights[n] = weight;
        n += digit_of(in, weight) == digit;
    }
    in->n = n;
    in->low += digit << in->shift;
}

/* Finds the weight of the rank among those kept, and the next, in a few digits; kept
 * ones lose their places. */
static void find_value(struct search *search, struct dsi_weight_window *w,
                       uint64_t rank)
{
    struct narrowed in = {.weights = w->kept,
                          .n = w->n_kept,
                          .low = w->low,
                          .above = UINT32_MAX,
                          .rank = rank};
    while ((w->high - 1 - w->low) >> in.shift >= N_DIGITS)
        in.shift++;
    for (;;) {
        narrow(&in);
        if (in.shift == 0)
            break;
        in.shift = in.shift > DIGIT_BITS ? in.shift - DIGIT_BITS : 0;
    }
    search->value = in.low;
    search->next = in.rank + 1 < in.n ? in.low : in.above;
    if (search->next == UINT32_MAX)
        search->next = search->value;
}

bool dsi_brightness_find(struct dsi_brightness *b)
{
    for (size_t i = 0; b->is_found && i < b->n_windows; i++) {
        struct dsi_weight_window *w = &b->windows[i];
        const struct place place = place_of(b->n_pixels, b->searches[i].percent);
        b->is_found = w->n_below <= place.rank && place.next < w->n_below + w->n_kept;
        if (b->is_found)
            find_value(&b->searches[i], w, place.rank - w->n_below);
    }
    return b->is_found;
}

/* --- bins ---------------------------------------------------------------------------
 */

/* The bin of the value of that rank is one to look into. Bins are asked for in any
 * order. */
static void add_bin(struct dsi_brightness *b, uint64_t rank)
{
    struct bin found = {0};
    uint64_t n = b->coarse[0][0] + (uint64_t)b->coarse[1][0];
    while (n <= rank) {
        found.n_below = n;
        found.number++;
        assert(found.number < N_COARSE);
        n += b->coarse[0][found.number] + (uint64_t)b->coarse[1][found.number];
    }
    if (b->fine_of[found.number])
        return;
    b->bins[b->n_bins++] = found;
    b->fine_of[found.number] = (uint8_t)b->n_bins;
}

enum dsi_status dsi_brightness_plan(struct dsi_brightness *b, const unsigned *percents,
                                    size_t n_percents, struct dsi_error *err)
{
    assert(n_percents <= DSI_MAX_BRIGHTNESS_PERCENTS);
    for (size_t i = 0; i < n_percents; i++) {
        const struct place place = place_of(b->n_pixels, percents[i]);
        add_bin(b, place.rank);
        add_bin(b, place.next);
    }
    const size_t n_bytes = b->n_bins * N_FINE * sizeof(uint32_t);
    if (b->fine.capacity < n_bytes)
        DSI_TRY(dsi_bytes_claim(&b->fine, n_bytes, err));
    memset(b->fine.data, 0, n_bytes);
    return DSI_OK;
}

enum dsi_status dsi_brightness_second_look(struct dsi_brightness *b,
                                           const struct dsi_planes *planes,
                                           struct dsi_error *err)
{
    uint32_t *weights, *fine = (void *)b->fine.data;
    DSI_TRY(weigh(b, planes, &weights, err));
    for (uint64_t x = 0; x < planes->width; x++) {
        const uint32_t place = b->fine_of[weights[x] >> FINE_BITS];
        if (place)
            fine[(place - 1) * N_FINE + weights[x] % N_FINE]++;
    }
    return DSI_OK;
}

/* The weight that has the rank. */
static uint32_t weight_at(const struct dsi_brightness *b, uint64_t rank)
{
    size_t i = b->n_bins;
    for (size_t k = 0; k < b->n_bins; k++)
        if (b->bins[k].n_below <= rank &&
            (i == b->n_bins || b->bins[k].n_below > b->bins[i].n_below))
            i = k;
    assert(i < b->n_bins);
    const uint32_t *fine = (const uint32_t *)(const void *)b->fine.data + i * N_FINE;
    uint64_t n = b->bins[i].n_below;
    for (uint32_t k = 0; k < N_FINE; k++) {
        n += fine[k];
        if (n > rank)
            return b->bins[i].number * N_FINE + k;
    }
    assert(false && "the bin holds the rank");
    return 0;
}

static double brightness_of_weight(uint32_t weight)
{
    return sqrt(weight / 1000.0) / 255;
}

double dsi_brightness_percentile(const struct dsi_brightness *b, unsigned percent)
{
    const struct place place = place_of(b->n_pixels, percent);
    const struct search *search = b->searches;
    while (b->is_found && search->percent != percent)
        search++;
    const uint32_t low = b->is_found ? search->value : weight_at(b, place.rank);
    const uint32_t high = b->is_found ? search->next : weight_at(b, place.next);
    return between(brightness_of_weight(low), brightness_of_weight(high), place.share);
}

double dsi_brightness_of_grey(const uint64_t counts[256], uint64_t n_pixels,
                              unsigned percent)
{
    const struct place place = place_of(n_pixels, percent);
    int low = 0, high;
    uint64_t n = counts[0];
    while (n <= place.rank)
        n += counts[++low];
    high = low;
    while (n <= place.next)
        n += counts[++high];
    return between(low / 255.0, high / 255.0, place.share);
}

double dsi_brightness_of_mean(double r, double g, double b)
{
    return sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b) / 255;
}
