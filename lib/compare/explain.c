#include "explain.h"

#include "bytes.h"
#include "close_kernels.h"
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* What is kept of each side; and how little an explanation may leave of a difference,
 * or, where shapes differ, of the spread of A. */
enum { MOST_VALUES = 1 << 22, PIECE = 1 << 20 };
static const double little = 0.01, little_of_spread = 1e-3;

/* --- what is looked at ------------------------------------------------------------ */

static bool is_real(struct dsi_dtype dtype)
{
    return dtype.kind <= DSI_BFLOAT;
}

static enum dsi_status take_values(struct dsi_opened *side,
                                   struct dsi_sample_values *values,
                                   struct dsi_error *err)
{
    const struct dsi_array *array = dsi_opened_array(side);
    const uint64_t n_items = dsi_array_row_items(array);
    uint64_t n_rows = dsi_array_n_rows(array);
    const uint64_t most = n_items ? MOST_VALUES / n_items : n_rows;
    struct dsi_rows rows = {0};
    values->is_whole = n_rows <= most;
    n_rows = values->is_whole ? n_rows : most;
    values->n = n_rows * n_items;
    values->n_dims = array->n_dims;
    memcpy(values->shape, array->shape, (size_t)array->n_dims * sizeof *array->shape);
    if (array->n_dims)
        values->shape[0] = n_rows;
    values->values = dsi_alloc_array(values->n + 1, sizeof *values->values);
    if (!values->values)
        return dsi_fail_memory(err, values->n * sizeof *values->values);
    const enum dsi_status status =
        dsi_file_read(dsi_opened_file(side), side->array, 0, n_rows, &rows, err);
    if (status == DSI_OK)
        dsi_close_widen(array->dtype, rows.values.data, (size_t)values->n,
                        values->values);
    dsi_rows_free(&rows);
    return status;
}

static double difference(const struct dsi_sample_values *a,
                         const struct dsi_sample_values *b)
{
    double squares = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < a->n; i++) {
        const double left =
            a->values[i] == b->values[i] ? 0 : a->values[i] - b->values[i];
        if (isfinite(left)) {
            squares += left * left;
            n++;
        }
    }
    return n ? sqrt(squares / (double)n) : 0;
}

static double spread(const struct dsi_sample_values *a)
{
    double mean = 0, squares = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < a->n; i++) {
        if (!isfinite(a->values[i]))
            continue;
        const double step = a->values[i] - mean;
        mean += step / (double)++n;
        squares += step * (a->values[i] - mean);
    }
    return n ? sqrt(squares / (double)n) : 0;
}

/* --- the order of samples --------------------------------------------------------- */

/* The sum of the hashes of all rows. */
static enum dsi_status sum_rows(struct dsi_opened *side, XXH128_hash_t *sum,
                                struct dsi_error *err)
{
    const struct dsi_array *array = dsi_opened_array(side);
    const uint64_t n_rows = dsi_array_n_rows(array);
    const size_t n_bytes = (size_t)dsi_array_row_bytes(array);
    const uint64_t rows_at_once = n_bytes < PIECE ? PIECE / (n_bytes + 1) + 1 : 1;
    struct dsi_rows rows = {0};
    enum dsi_status status = DSI_OK;
    *sum = (XXH128_hash_t){0};
    for (uint64_t at = 0; at < n_rows && status == DSI_OK; at += rows_at_once) {
        const uint64_t n = n_rows - at < rows_at_once ? n_rows - at : rows_at_once;
        status = dsi_file_read(dsi_opened_file(side), side->array, at, n, &rows, err);
        for (uint64_t i = 0; i < n && status == DSI_OK; i++) {
            const XXH128_hash_t hash =
                XXH3_128bits(rows.values.data + i * n_bytes, n_bytes);
            sum->low64 += hash.low64;
            sum->high64 += hash.high64;
        }
    }
    dsi_rows_free(&rows);
    return status;
}

static enum dsi_status find_other_order(struct dsi_opened_pair *pair, bool *is_other,
                                        struct dsi_error *err)
{
    XXH128_hash_t a, b;
    *is_other = false;
    if (dsi_opened_array(&pair->a)->sequential ||
        dsi_opened_array(&pair->b)->sequential)
        return DSI_OK; /* cannot be read again */
    DSI_TRY(sum_rows(&pair->a, &a, err));
    DSI_TRY(sum_rows(&pair->b, &b, err));
    *is_other = XXH128_isEqual(a, b);
    return DSI_OK;
}

/* --- all -------------------------------------------------------------------------- */

static bool same_shape(const struct dsi_sample_values *a,
                       const struct dsi_sample_values *b)
{
    return a->n_dims == b->n_dims &&
           memcmp(a->shape, b->shape, (size_t)a->n_dims * sizeof *a->shape) == 0;
}

static void write_best(const struct dsi_explanation *best, double before, char *text,
                       size_t size)
{
    char left[DSI_NUMBER_SIZE], of[DSI_NUMBER_SIZE];
    dsi_format_double_short(best->rms, left);
    dsi_format_double_short(before, of);
    snprintf(text, size, "%s; leaves %s of %s (root mean square)", best->text, left,
             of);
}

static enum dsi_status explain_values(struct dsi_opened_pair *pair,
                                      const struct dsi_sample_values *a,
                                      const struct dsi_sample_values *b, char *text,
                                      size_t size, struct dsi_error *err)
{
    struct dsi_explanation best = {.rms = (double)INFINITY};
    const bool same = same_shape(a, b);
    const double before = same ? difference(a, b) : spread(a);
    const double enough = (same ? little : little_of_spread) * before;
    bool is_other = false;
    if (a->n == b->n && a->n_dims > 0) {
        dsi_explain_moves(a, b, &best);
        if (same) {
            dsi_explain_rounding(a, b, &best);
            dsi_explain_affine(a, b, &best);
        }
    }
    if (best.rms <= enough && before > 0) {
        write_best(&best, before, text, size);
        return DSI_OK;
    }
    const struct dsi_dtype x = dsi_opened_array(&pair->a)->dtype;
    const struct dsi_dtype y = dsi_opened_array(&pair->b)->dtype;
    if (same && x.kind == y.kind && x.size == y.size && a->n_dims > 0)
        DSI_TRY(find_other_order(pair, &is_other, err));
    snprintf(text, size, "%s",
             is_other ? "the same samples in another order" : "no simple cause");
    return DSI_OK;
}

enum dsi_status dsi_explain(struct dsi_opened_pair *pair, char *text, size_t size,
                            struct dsi_error *err)
{
    struct dsi_sample_values a = {0}, b = {0};
    snprintf(text, size, "no cause is looked for in values of these types");
    if (!is_real(dsi_opened_array(&pair->a)->dtype) ||
        !is_real(dsi_opened_array(&pair->b)->dtype))
        return DSI_OK;
    enum dsi_status status = take_values(&pair->a, &a, err);
    if (status == DSI_OK)
        status = take_values(&pair->b, &b, err);
    if (status == DSI_OK)
        status = explain_values(pair, &a, &b, text, size, err);
    free(a.values);
    free(b.values);
    return status;
}
