/* What each value is: floats by vectors where nothing else can stand for missing, all
 * others one by one. */
#include "missing_state.h"

#include "special_kernels.h"
#include "text_items.h"
#include "value_key.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_MISSING = -1 };

/* Values whose counts are made at once: they fit a near cache. */
enum { TILE_BYTES = 1 << 17 };

struct dsi_missing_room {
    enum dsi_cpu_level level;
    struct dsi_special_counts counts;
};

/* The samples of a run as the block holds them: n_samples times [n_outer][n_channels]
 * [n_inner]. */
struct view {
    struct dsi_dtype dtype;
    const uint8_t *values, *unwritten; /* NULL: none is */
    uint64_t first_sample, n_samples;
    uint64_t n_outer, n_channels, n_inner, n_each; /* n_each: values of a sample */
    uint64_t times; /* samples that each of them stands for; nothing was written then */
    uint32_t first_channel; /* of a picture's table */
    uint32_t slots[4];
    bool is_picture;
    /* Bits that stand for missing */
    const struct dsi_bytes *declared;
    const struct dsi_sentinels *sentinels;
    size_t n_patterns;
    struct pattern {
        uint64_t bits;
        int kind;
    } patterns[3 * DSI_MISSING_MAX_SENTINELS];
};

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

static bool is_text(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_STRING || dtype.kind == DSI_BYTES ||
           dtype.kind == DSI_UNICODE;
}

/* --- one value -------------------------------------------------------------------- */

static int kind_of_double(double x)
{
    return isnan(x)   ? DSI_MISSING_NAN
           : isinf(x) ? (x > 0 ? DSI_MISSING_POS_INF : DSI_MISSING_NEG_INF)
                      : NOT_MISSING;
}

static int kind_of_text(const struct view *view, const uint8_t *value)
{
    double x;
    switch (dsi_text_item_number(view->dtype, (const char *)value, &x)) {
    case DSI_TEXT_EMPTY:
        return DSI_MISSING_EMPTY;
    case DSI_TEXT_MISSING:
        return DSI_MISSING_NAN;
    case DSI_TEXT_OTHER:
        return NOT_MISSING;
    case DSI_TEXT_NUMBER:
        break;
    }
    for (size_t i = 0; i < view->sentinels->n; i++)
        if (x == view->sentinels->values[i].number)
            return DSI_MISSING_SENTINEL + (int)i;
    return kind_of_double(x);
}

/* As NumPy has it: NaN where a part is, infinite where a part is. */
static int kind_of_complex(struct dsi_dtype dtype, const uint8_t *value)
{
    double parts[2];
    float halves[2];
    if (dtype.size == sizeof halves) {
        memcpy(halves, value, sizeof halves);
        parts[0] = (double)halves[0];
        parts[1] = (double)halves[1];
    } else {
        memcpy(parts, value, sizeof parts);
    }
    const int real = kind_of_double(parts[0]), imaginary = kind_of_double(parts[1]);
    if (real == DSI_MISSING_NAN || imaginary == DSI_MISSING_NAN)
        return DSI_MISSING_NAN;
    return real == NOT_MISSING ? imaginary : real;
}

static int kind_of_time(const uint8_t *value)
{
    int64_t time;
    memcpy(&time, value, sizeof time);
    return time == INT64_MIN ? DSI_MISSING_NAT : NOT_MISSING;
}

static bool is_declared(const struct view *view, const uint8_t *value)
{
    const size_t size = view->dtype.size;
    for (size_t at = 0; at + size <= view->declared->n; at += size)
        if (memcmp(view->declared->data + at, value, size) == 0)
            return true;
    return false;
}

static uint64_t bits_of(struct dsi_dtype dtype, const uint8_t *value)
{
    uint64_t bits = 0;
    memcpy((char *)&bits + (dsi_machine_is_big_endian() ? sizeof bits - dtype.size : 0),
           value, dtype.size);
    return bits;
}

/* Of value i of the view; NOT_MISSING. */
static int kind_of(const struct view *view, uint64_t i)
{
    const struct dsi_dtype dtype = view->dtype;
    const uint8_t *value = view->values + i * dtype.size;
    if (view->times > 1 || (view->unwritten && view->unwritten[i]))
        return DSI_MISSING_FILL;
    if (view->declared->n && dtype.kind != DSI_STRING && is_declared(view, value))
        return DSI_MISSING_FILL;
    if (is_text(dtype))
        return kind_of_text(view, value);
    if (dtype.kind == DSI_COMPLEX)
        return kind_of_complex(dtype, value);
    if (dtype.kind == DSI_DATETIME || dtype.kind == DSI_TIMEDELTA)
        return kind_of_time(value);
    if (dsi_key_bits(dtype) == 0)
        return NOT_MISSING;
    const uint64_t bits = view->n_patterns ? bits_of(dtype, value) : 0;
    for (size_t k = 0; k < view->n_patterns; k++)
        if (view->patterns[k].bits == bits)
            return view->patterns[k].kind;
    return is_float(dtype)
               ? kind_of_double(dsi_key_double(dtype, dsi_key_of(dtype, value)))
               : NOT_MISSING;
}

/* --- the view --------------------------------------------------------------------- */

static void find_patterns(struct view *view)
{
    for (size_t i = 0; i < view->sentinels->n && i < DSI_MISSING_MAX_SENTINELS; i++) {
        const struct dsi_sentinel *sentinel = &view->sentinels->values[i];
        const int kind = DSI_MISSING_SENTINEL + (int)i;
        uint64_t bits;
        if (!dsi_sentinel_bits(sentinel, view->dtype, &bits))
            continue;
        view->patterns[view->n_patterns++] = (struct pattern){bits, kind};
        if (sentinel->number == 0 && is_float(view->dtype)) {
            const uint64_t sign = UINT64_C(1) << (view->dtype.size * 8 - 1);
            view->patterns[view->n_patterns++] = (struct pattern){bits ^ sign, kind};
        }
    }
}

/* The channels of a picture are those that dsi_block_values gives it. */
static enum dsi_status view_picture(struct dsi_missing *missing,
                                    const struct dsi_block *block, struct view *view,
                                    struct dsi_error *err)
{
    static const struct dsi_sentinels none;
    const struct dsi_channels *channels =
        &missing->dataset->groups[block->group].channels;
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    size_t table;
    enum dsi_status status =
        dsi_block_values(block, channels, &none, &room, &values, &table, err);
    if (status == DSI_OK) {
        const struct dsi_channel_table of = dsi_channel_table(channels, table);
        view->n_outer = values.n_outer;
        view->n_channels = values.n_channels;
        view->n_inner = 1;
        view->is_picture = true;
        for (uint64_t c = 0; c < values.n_channels && c < 4; c++)
            view->slots[c] = (uint32_t)(of.first + dsi_values_channel(&values, c));
    }
    dsi_channel_room_free(&room);
    return status;
}

static enum dsi_status make_view(struct dsi_missing *missing,
                                 const struct dsi_block *block,
                                 const struct dsi_run *run, struct view *view,
                                 struct dsi_error *err)
{
    const struct dsi_channels *channels =
        &missing->dataset->groups[block->group].channels;
    const struct dsi_array *array = block->values_array;
    *view = (struct view){.dtype = array->dtype,
                          .values = block->values,
                          .unwritten = block->unwritten,
                          .first_sample = block->first_sample + run->at,
                          .n_samples = run->n,
                          .n_outer = channels->n_outer,
                          .n_channels = channels->n,
                          .n_inner = channels->n_inner,
                          .times = 1,
                          .declared = &array->missing,
                          .sentinels = &missing->parameters->sentinels};
    if (channels->kind == DSI_CHANNELS_PICTURES)
        DSI_TRY(view_picture(missing, block, view, err));
    view->n_each = view->n_outer * view->n_channels * view->n_inner;
    if (block->values_are_one) {
        view->times = run->n;
        view->n_samples = 1;
    } else if (view->n_each) {
        view->values += run->at * view->n_each * view->dtype.size;
        if (view->unwritten)
            view->unwritten += run->at * view->n_each;
    }
    find_patterns(view);
    return DSI_OK;
}

static uint64_t channel_of(const struct view *view, uint64_t c)
{
    return view->is_picture ? view->slots[c] : c;
}

/* --- one by one ------------------------------------------------------------------- */

static void fold_each(struct dsi_missing *missing, struct dsi_missing_group *group,
                      const struct view *view)
{
    uint64_t i = 0;
    for (uint64_t s = 0; s < view->n_samples; s++) {
        bool is_affected = false;
        for (uint64_t run = 0; run < view->n_outer * view->n_channels; run++) {
            const uint64_t c = channel_of(view, run % view->n_channels);
            struct dsi_missing_count *counts = &group->counts[c * missing->n_kinds];
            for (uint64_t k = 0; k < view->n_inner; k++, i++) {
                const int kind = kind_of(view, i);
                if (kind == NOT_MISSING)
                    continue;
                dsi_missing_add(&counts[kind], view->times, view->first_sample + s);
                is_affected = true;
            }
        }
        group->n_affected += is_affected ? view->times : 0;
    }
}

/* --- samples of one value --------------------------------------------------------- */

/* Whether the first two values have the same bits: of most samples they have not. */
static bool starts_alike(const uint8_t *values, size_t size)
{
    uint32_t a, b;
    if (size % sizeof a)
        return values[0] == values[size];
    memcpy(&a, values, sizeof a);
    memcpy(&b, values + size, sizeof b);
    return a == b;
}

/* Of samples from `from` on and before `end`. */
static void find_constant(struct dsi_missing_group *group, const struct view *view,
                          uint64_t from, uint64_t end)
{
    const size_t size = view->dtype.size;
    if (view->n_each < DSI_MISSING_MIN_CONSTANT ||
        (dsi_key_bits(view->dtype) == 0 && view->dtype.kind != DSI_COMPLEX))
        return;
    const size_t n_bytes = (size_t)view->n_each * size;
    const uint8_t *values = view->values + from * n_bytes;
    for (uint64_t s = from; s < end; s++, values += n_bytes)
        if (starts_alike(values, size) &&
            memcmp(values, values + size, n_bytes - size) == 0 &&
            kind_of(view, s * view->n_each) == NOT_MISSING)
            dsi_missing_add(&group->samples[DSI_MISSING_CONSTANT], view->times,
                            view->first_sample + s);
}

/* --- floats, and nothing but NaN and infinities to look for -------------------------
 */

/* Rows of the tile at hand: [n_rows][width] of the view, from row `row` on, columns
 * from `column` on. */
struct tile {
    uint64_t row, column;
    size_t n_rows, n_columns;
};

static const uint8_t *at(const struct view *view, const struct tile *tile, uint64_t row,
                         uint64_t column)
{
    const uint64_t width = view->n_channels * view->n_inner;
    return view->values +
           ((tile->row + row) * width + tile->column + column) * view->dtype.size;
}

/* Down a column that has some: which they are. Infinities are rare, and the first NaN
 * is looked for where it may be the first of all. */
static void look_down(struct dsi_missing *missing, struct dsi_missing_group *group,
                      const struct view *view, const struct tile *tile, uint64_t column,
                      uint32_t n, uint32_t n_infinite)
{
    const uint64_t channel = (tile->column + column) / view->n_inner;
    struct dsi_missing_count *counts = &group->counts[channel * missing->n_kinds];
    const uint64_t first = view->first_sample + tile->row / view->n_outer;
    const bool all = n_infinite > 0;
    if (!all && counts[DSI_MISSING_NAN].first <= first) {
        counts[DSI_MISSING_NAN].n += n;
        return;
    }
    uint32_t left = n;
    for (size_t r = 0; r < tile->n_rows && left; r++) {
        const uint64_t key = dsi_key_of(view->dtype, at(view, tile, r, column));
        const int kind = kind_of_double(dsi_key_double(view->dtype, key));
        if (kind == NOT_MISSING)
            continue;
        const uint64_t sample = view->first_sample + (tile->row + r) / view->n_outer;
        if (!all) {
            dsi_missing_add(&counts[DSI_MISSING_NAN], n, sample);
            return;
        }
        dsi_missing_add(&counts[kind], 1, sample);
        left--;
    }
}

static uint64_t count_tile(struct dsi_missing *missing, struct dsi_missing_group *group,
                           const struct view *view, const struct tile *tile)
{
    struct dsi_special_counts *counts = &missing->room->counts;
    const uint64_t n_all = dsi_special_count(
        missing->room->level, view->dtype, at(view, tile, 0, 0), tile->n_rows,
        tile->n_columns, (size_t)(view->n_channels * view->n_inner), counts);
    for (size_t c = 0; n_all && c < tile->n_columns; c++)
        if (counts->n[c])
            look_down(missing, group, view, tile, c, counts->n[c],
                      counts->any_infinite ? counts->n_infinite[c] : 0);
    return n_all;
}

/* Whole samples at a time, or a part of one. */
static uint64_t rows_at_once(const struct view *view)
{
    const uint64_t width = view->n_channels * view->n_inner * view->dtype.size;
    uint64_t n = TILE_BYTES / width;
    if (n > view->n_outer)
        n -= n % view->n_outer;
    return n ? n : 1;
}

static void fold_floats(struct dsi_missing *missing, struct dsi_missing_group *group,
                        const struct view *view)
{
    const uint64_t width = view->n_channels * view->n_inner;
    const uint64_t n_rows = view->n_samples * view->n_outer, step = rows_at_once(view);
    uint64_t n_found = 0, from = 0; /* samples from `from` on have so many */
    for (uint64_t row = 0; row < n_rows; row += step) {
        struct tile tile = {.row = row};
        tile.n_rows = (size_t)(n_rows - row < step ? n_rows - row : step);
        for (; tile.column < width; tile.column += DSI_SPECIAL_COLUMNS) {
            const uint64_t left = width - tile.column;
            tile.n_columns =
                (size_t)(left < DSI_SPECIAL_COLUMNS ? left : DSI_SPECIAL_COLUMNS);
            n_found += count_tile(missing, group, view, &tile);
        }
        const uint64_t end = (row + tile.n_rows) / view->n_outer;
        if ((row + tile.n_rows) % view->n_outer == 0 && n_found) {
            group->n_affected += dsi_special_samples(
                missing->room->level, view->dtype,
                view->values + from * view->n_each * view->dtype.size,
                (size_t)(end - from), (size_t)view->n_each);
            n_found = 0;
        }
        if ((row + tile.n_rows) % view->n_outer == 0) { /* they are still near */
            find_constant(group, view, from, end);
            from = end;
        }
    }
}

static enum dsi_status take_room(struct dsi_missing *missing, struct dsi_error *err)
{
    if (missing->room)
        return DSI_OK;
    missing->room = dsi_alloc_zeroed(1, sizeof *missing->room);
    if (!missing->room)
        return dsi_fail_memory(err, sizeof *missing->room);
    missing->room->level = dsi_cpu_level();
    return DSI_OK;
}

enum dsi_status dsi_missing_fold(struct dsi_missing *missing,
                                 const struct dsi_block *block,
                                 const struct dsi_run *run, struct dsi_error *err)
{
    struct dsi_missing_group *group = &missing->groups[run->group];
    struct view view;
    group->n_samples += run->n;
    if (!block->values_array || run->n == 0 || block->values_array->dtype.size == 0 ||
        missing->dataset->groups[run->group].channels.kind == DSI_CHANNELS_NONE)
        return DSI_OK;
    DSI_TRY(make_view(missing, block, run, &view, err));
    if (view.n_each == 0)
        return DSI_OK;
    DSI_TRY(dsi_missing_take_counts(missing, run->group, err));
    for (uint64_t c = 0; c < view.n_channels; c++)
        group->n_values[channel_of(&view, c)] +=
            view.n_samples * view.times * view.n_outer * view.n_inner;
    const bool is_plain = view.times == 1 && !view.unwritten && !view.declared->n &&
                          view.n_patterns == 0 && dsi_key_bits(view.dtype) > 0;
    if (is_plain && is_float(view.dtype)) {
        DSI_TRY(take_room(missing, err));
        fold_floats(missing, group, &view);
        return DSI_OK;
    }
    if (!is_plain)
        fold_each(missing, group, &view);
    find_constant(group, &view, 0, view.n_samples);
    return DSI_OK;
}
