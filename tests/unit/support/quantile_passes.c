#include "quantile_passes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "numbers.h"

struct dsi_quantiles *quantiles_fresh(const struct quantile_subject *subject)
{
    struct dsi_quantiles *made = dsi_quantiles_new(
        subject->view.dtype, subject->n_table_channels, subject->first_bits);
    assert_non_null(made);
    dsi_quantiles_set_budget(made, subject->budget);
    return made;
}

struct dsi_bytes quantiles_saved(const struct dsi_quantiles *quantiles)
{
    struct dsi_bytes bytes = {0};
    assert_int_equal(dsi_quantiles_save(quantiles, &bytes, NULL), DSI_OK);
    return bytes;
}

static void assert_same(const struct dsi_quantiles *a, const struct dsi_quantiles *b)
{
    struct dsi_bytes x = quantiles_saved(a), y = quantiles_saved(b);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    dsi_bytes_free(&x);
    dsi_bytes_free(&y);
}

/* The same state, written and read. */
static struct dsi_quantiles *reread(const struct quantile_subject *subject,
                                    struct dsi_quantiles *quantiles)
{
    struct dsi_bytes bytes = quantiles_saved(quantiles);
    struct dsi_bytes_reader in = {.data = bytes.data, .n = bytes.n};
    struct dsi_quantiles *read = quantiles_fresh(subject);
    struct dsi_error err;
    if (dsi_quantiles_load(read, &in, &err) != DSI_OK)
        fail_msg("%s", err.message);
    assert_int_equal(in.at, in.n);
    assert_same(quantiles, read);
    dsi_bytes_free(&bytes);
    dsi_quantiles_free(quantiles);
    return read;
}

/* Rows of a view, from one on. */
static struct dsi_values rows_of(const struct dsi_values *view, uint64_t first,
                                 uint64_t n)
{
    struct dsi_values rows = *view;
    const uint64_t skipped = first * view->n_channels * view->n_inner;
    rows.data = (const uint8_t *)view->data + skipped * view->dtype.size;
    rows.skip = view->skip ? view->skip + skipped : NULL;
    rows.n_outer = n;
    return rows;
}

struct dsi_quantiles *quantiles_pass(const struct quantile_subject *subject,
                                     struct dsi_quantiles *whole)
{
    struct dsi_quantiles *parts[MAX_PARTS], *again = quantiles_fresh(subject);
    const uint64_t n = subject->view.n_outer;
    assert_int_equal(dsi_quantiles_adopt(again, whole, NULL), DSI_OK);
    for (size_t i = 0; i < subject->n_parts; i++) {
        const uint64_t first = n * i / subject->n_parts,
                       end = n * (i + 1) / subject->n_parts;
        struct dsi_values rows = rows_of(&subject->view, first, end - first);
        parts[i] = quantiles_fresh(subject);
        assert_int_equal(dsi_quantiles_adopt(parts[i], whole, NULL), DSI_OK);
        assert_int_equal(dsi_quantiles_add(parts[i], &rows, NULL), DSI_OK);
        if (subject->saves)
            parts[i] = reread(subject, parts[i]);
        assert_int_equal(dsi_quantiles_merge(again, parts[i], NULL), DSI_OK);
    }
    for (size_t i = subject->n_parts; i-- > 0;) {
        assert_int_equal(dsi_quantiles_merge(whole, parts[i], NULL), DSI_OK);
        dsi_quantiles_free(parts[i]);
    }
    assert_same(whole, again);
    dsi_quantiles_free(again);
    return subject->saves ? reread(subject, whole) : whole;
}

/* Appends what a channel of the view holds that has an order. */
static uint64_t collect(const struct dsi_values *view, uint64_t c,
                        struct number *numbers)
{
    uint64_t n = 0;
    for (uint64_t outer = 0; outer < view->n_outer; outer++)
        for (uint64_t inner = 0; inner < view->n_inner; inner++) {
            const uint64_t at = (outer * view->n_channels + c) * view->n_inner + inner;
            if (view->skip && view->skip[at])
                continue;
            numbers[n] = number_of(view->dtype,
                                   (const uint8_t *)view->data + at * view->dtype.size);
            n += !numbers[n].is_nan;
        }
    return n;
}

/* The sorted values of a table's channel. */
static struct number *sorted(const struct quantile_subject *subject, uint64_t channel,
                             uint64_t *n)
{
    const struct dsi_values *view = &subject->view;
    struct number *numbers =
        malloc((view->n_outer * view->n_inner + 1) * sizeof *numbers);
    assert_non_null(numbers);
    *n = 0;
    for (uint64_t c = 0; c < view->n_channels; c++)
        if (dsi_values_channel(view, c) == channel)
            *n += collect(view, c, numbers + *n);
    qsort(numbers, *n, sizeof *numbers, compare_numbers);
    return numbers;
}

static uint64_t rank_of(uint64_t i, uint64_t n)
{
    return i == 0 ? 0 : i == 1 ? n - 1 : (n - 1) * (i - 1) / N_RANKS;
}

/* How many of a channel's values are 0 or -0. */
static uint64_t n_zeros(const struct quantile_subject *subject, uint64_t channel)
{
    uint64_t n, n_zero = 0;
    struct number *numbers = sorted(subject, channel, &n);
    for (uint64_t i = 0; i < n; i++)
        n_zero += numbers[i].is_float ? numbers[i].real == 0
                                      : !numbers[i].integer && !numbers[i].natural;
    free(numbers);
    return n_zero;
}

static void tell_zeros(const struct quantile_subject *subject,
                       struct dsi_quantiles *quantiles)
{
    const uint64_t key = dsi_key_of_zero(subject->view.dtype);
    for (uint64_t c = 0; subject->tells && c < subject->n_table_channels; c++)
        assert_int_equal(
            dsi_quantiles_tell(quantiles, c, key, n_zeros(subject, c), NULL), DSI_OK);
}

unsigned quantiles_check(const struct quantile_subject *subject)
{
    struct dsi_quantiles *whole = quantiles_pass(subject, quantiles_fresh(subject));
    tell_zeros(subject, whole);
    for (uint64_t c = subject->n_table_channels; c-- > 0;) {
        const uint64_t n = dsi_quantiles_n(whole, c);
        for (uint64_t i = 0; n && i < N_RANKS; i++)
            assert_int_equal(dsi_quantiles_want(whole, c, rank_of(i, n), NULL), DSI_OK);
    }
    if (subject->saves && !subject->tells) /* what was told is for next alone */
        whole = reread(subject, whole);
    bool more;
    unsigned n_passes = 1;
    assert_int_equal(dsi_quantiles_next(whole, &more, NULL), DSI_OK);
    for (; more; n_passes++) {
        if (subject->saves)
            whole = reread(subject, whole);
        whole = quantiles_pass(subject, whole);
        assert_int_equal(dsi_quantiles_next(whole, &more, NULL), DSI_OK);
    }
    assert_int_equal(dsi_quantiles_next(whole, &more, NULL), DSI_OK);
    assert_false(more);
    if (subject->saves)
        whole = reread(subject, whole);
    for (uint64_t c = 0; c < subject->n_table_channels; c++) {
        uint64_t n, key = 0;
        struct number *numbers = sorted(subject, c, &n);
        assert_int_equal(dsi_quantiles_n(whole, c), n);
        for (uint64_t i = 0; n && i < N_RANKS; i++) {
            assert_true(dsi_quantiles_key(whole, c, rank_of(i, n), &key));
            assert_true(is_number(subject->view.dtype, key, numbers[rank_of(i, n)]));
        }
        assert_false(dsi_quantiles_key(whole, c, n, &key));
        free(numbers);
    }
    dsi_quantiles_free(whole);
    return n_passes;
}
