#include "worst.h"

#include "class_table.h"
#include "compared_value.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* Values that are compared at once to find out whether any of them differs. */
enum { TILE = 1024, MOST_TEXT = 40, VALUE_SIZE = DSI_COMPARED_TEXT_SIZE };

/* --- words ------------------------------------------------------------------------ */

static enum dsi_status write_text(struct dsi_dtype dtype, const void *bytes,
                                  char text[VALUE_SIZE], struct dsi_error *err)
{
    struct dsi_bytes scratch = {0};
    struct dsi_label label;
    const enum dsi_status status =
        dsi_label_of_value(dtype, bytes, &scratch, &label, err);
    if (status == DSI_OK) {
        const size_t n = label.as.text.n;
        snprintf(text, VALUE_SIZE, "'%.*s%s'", (int)(n <= MOST_TEXT ? n : MOST_TEXT),
                 n ? label.as.text.bytes : "", n <= MOST_TEXT ? "" : "...");
    }
    dsi_bytes_free(&scratch);
    return status;
}

static enum dsi_status write_value(struct dsi_dtype dtype, const void *bytes,
                                   char text[VALUE_SIZE], struct dsi_error *err)
{
    char room[DSI_COMPARED_TEXT_SIZE], number[DSI_NUMBER_SIZE];
    if (dtype.kind == DSI_STRING || dtype.kind == DSI_BYTES ||
        dtype.kind == DSI_UNICODE)
        return write_text(dtype, bytes, text, err);
    const struct dsi_value value = dsi_compared_value(dtype, bytes, room);
    if (value.type == DSI_VALUE_TEXT) {
        snprintf(text, VALUE_SIZE, "%s", value.as.text.bytes);
        return DSI_OK;
    }
    dsi_format_value(&value, number);
    snprintf(text, VALUE_SIZE, "%s", *number ? number : "?");
    return DSI_OK;
}

/* one is NULL of texts. */
static enum dsi_status add(struct dsi_opened_pair *pair, const void *a, const void *b,
                           const struct dsi_close_one *one,
                           const uint64_t order[DSI_TOP_WORDS], struct dsi_top_k *worst,
                           struct dsi_error *err)
{
    char left[VALUE_SIZE], right[VALUE_SIZE], number[DSI_NUMBER_SIZE];
    char text[2 * VALUE_SIZE + DSI_NUMBER_SIZE + 32];
    struct dsi_top_item item = {.payload = order[1], .text = text};
    memcpy(item.order, order, sizeof item.order);
    DSI_TRY(write_value(dsi_opened_array(&pair->a)->dtype, a, left, err));
    DSI_TRY(write_value(dsi_opened_array(&pair->b)->dtype, b, right, err));
    if (one && !one->nan_a && !one->nan_b) {
        dsi_format_double_short(one->abs, number);
        snprintf(text, sizeof text, "%s against %s, %s apart", left, right, number);
    } else {
        snprintf(text, sizeof text, "%s against %s", left, right);
    }
    return dsi_top_k_add(worst, &item, err);
}

/* --- order ------------------------------------------------------------------------ */

/* Of doubles of 0 or more, the bits are in their order. */
static void set_order(uint64_t order[DSI_TOP_WORDS], bool has_nan, double apart,
                      uint64_t place)
{
    uint64_t bits;
    memcpy(&bits, &apart, sizeof bits);
    memset(order, 0, DSI_TOP_WORDS * sizeof *order);
    order[0] = has_nan ? 0 : ~bits;
    order[1] = place;
}

/* --- values ----------------------------------------------------------------------- */

/* n values of both sides, the first of which is number `first`. */
struct run {
    struct dsi_opened_pair *pair;
    const uint8_t *a, *b;
    size_t step_a, step_b; /* bytes; 0 where one value stands for all */
    uint64_t first, n;
};

static enum dsi_status look_at_numbers(const struct run *run, struct dsi_top_k *worst,
                                       struct dsi_error *err)
{
    for (uint64_t i = 0; i < run->n; i++) {
        const uint8_t *a = run->a + (size_t)i * run->step_a;
        const uint8_t *b = run->b + (size_t)i * run->step_b;
        struct dsi_close_one one;
        uint64_t order[DSI_TOP_WORDS];
        dsi_close_values(&run->pair->close, a, b, &one);
        if (one.agrees)
            continue;
        set_order(order, one.nan_a || one.nan_b, one.abs, run->first + i);
        if (dsi_top_k_admits(worst, order))
            DSI_TRY(add(run->pair, a, b, &one, order, worst, err));
    }
    return DSI_OK;
}

/* One of its values may be kept. */
static bool may_matter(const struct run *run, const struct dsi_top_k *worst)
{
    const struct dsi_opened_pair *pair = run->pair;
    struct dsi_closeness all;
    uint64_t order[DSI_TOP_WORDS];
    dsi_closeness_init(&all);
    dsi_close_run(&pair->close, run->a, pair->stride_a, run->b, pair->stride_b,
                  run->first, (size_t)run->n, &all);
    set_order(order, all.n_nan_a || all.n_nan_b, all.max_abs, run->first);
    return all.n_diff && dsi_top_k_admits(worst, order);
}

static enum dsi_status look_at_tiles(const struct run *all, struct dsi_top_k *worst,
                                     struct dsi_error *err)
{
    for (uint64_t i = 0; i < all->n; i += TILE) {
        struct run run = *all;
        run.a += (size_t)i * run.step_a;
        run.b += (size_t)i * run.step_b;
        run.first += i;
        run.n = all->n - i < TILE ? all->n - i : TILE;
        if (may_matter(&run, worst))
            DSI_TRY(look_at_numbers(&run, worst, err));
    }
    return DSI_OK;
}

static enum dsi_status look_at_texts(const struct run *run, struct dsi_top_k *worst,
                                     struct dsi_error *err)
{
    for (uint64_t i = 0; i < run->n && worst->n < worst->max; i++) {
        const uint8_t *a = run->a + (size_t)i * run->step_a;
        const uint8_t *b = run->b + (size_t)i * run->step_b;
        uint64_t order[DSI_TOP_WORDS];
        if (dsi_pair_same_text(run->pair, a, b))
            continue;
        set_order(order, true, 0, run->first + i);
        DSI_TRY(add(run->pair, a, b, NULL, order, worst, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_worst_find(struct dsi_opened_pair *pair, struct dsi_pair_room *room,
                               const volatile sig_atomic_t *stop,
                               struct dsi_top_k *worst, struct dsi_error *err)
{
    const size_t size_a = dsi_opened_array(&pair->a)->dtype.size;
    const size_t size_b = dsi_opened_array(&pair->b)->dtype.size;
    uint64_t n, n_read;
    for (uint64_t at = 0; at < pair->n_rows; at += n) {
        const uint64_t left = pair->n_rows - at;
        n = left < pair->rows_at_once ? left : pair->rows_at_once;
        if (stop && *stop)
            return dsi_fail(err, DSI_ERR_INTERRUPTED, "interrupted");
        DSI_TRY(dsi_pair_read(pair, at, n, room, &n_read, err));
        const struct run run = {.pair = pair,
                                .a = room->a.values.data,
                                .b = room->b.values.data,
                                .step_a = pair->stride_a * size_a,
                                .step_b = pair->stride_b * size_b,
                                .first = at * pair->n_items,
                                .n = n_read * pair->n_items};
        DSI_TRY(pair->are_texts ? look_at_texts(&run, worst, err)
                                : look_at_tiles(&run, worst, err));
    }
    dsi_top_k_sort(worst);
    return DSI_OK;
}
