/* What of two arrays is compared with what. */
#include "opened_pair.h"

#include <string.h>

/* A block's bytes of the larger side. */
enum { BLOCK_BYTES = 1 << 18, MAX_BAND_BYTES = 1 << 23 };

static bool same_shape(const struct dsi_array *a, const struct dsi_array *b)
{
    return a->n_dims == b->n_dims &&
           (a->n_dims == 0 ||
            memcmp(a->shape, b->shape, (size_t)a->n_dims * sizeof *a->shape) == 0);
}

static uint64_t n_values(const struct dsi_array *array)
{
    return dsi_array_n_rows(array) * dsi_array_row_items(array);
}

bool dsi_pair_fits(const struct dsi_opened_pair *pair)
{
    const struct dsi_array *a = dsi_opened_array(&pair->a);
    const struct dsi_array *b = dsi_opened_array(&pair->b);
    return a->is_null == b->is_null &&
           (same_shape(a, b) || n_values(a) == 1 || n_values(b) == 1);
}

/* As many rows at once as make a block, of whole chunks where these are not giants. */
static uint64_t rows_at_once(const struct dsi_array *a, const struct dsi_array *b)
{
    const uint64_t bytes_a = dsi_array_row_bytes(a), bytes_b = dsi_array_row_bytes(b);
    const uint64_t bytes = bytes_a > bytes_b ? bytes_a : bytes_b;
    const uint64_t band = a->n_rows_together > b->n_rows_together ? a->n_rows_together
                                                                  : b->n_rows_together;
    uint64_t n = bytes ? BLOCK_BYTES / bytes : BLOCK_BYTES;
    n = n ? n : 1;
    if (band > 1 && bytes && band <= MAX_BAND_BYTES / bytes)
        n = n < band ? band : n - n % band;
    return n;
}

/* Longer than what is read at once. */
static bool has_long_rows(const struct dsi_array *array, unsigned stride)
{
    return stride && dsi_array_row_bytes(array) > BLOCK_BYTES;
}

/* Rows of the side, or values, that reading may find: those in its file, whatever the
 * header says, and the first that is not, which tells why. */
static uint64_t n_to_read(const struct dsi_opened *side, unsigned stride, bool by_value)
{
    const struct dsi_array *array = dsi_opened_array(side);
    const uint64_t n_bytes = dsi_opened_file(side)->source->n_bytes;
    if (!stride || !array->n_rows_missing)
        return UINT64_MAX;
    if (!by_value)
        return dsi_array_n_rows(array) - array->n_rows_missing + 1;
    return n_bytes > array->values_at
               ? (n_bytes - array->values_at) / array->dtype.size + 1
               : 1;
}

/* Nothing was ever stored: all rows of the pair are as the first. */
static bool is_constant(const struct dsi_opened_pair *pair)
{
    return (dsi_opened_array(&pair->a)->is_constant || !pair->stride_a) &&
           (dsi_opened_array(&pair->b)->is_constant || !pair->stride_b);
}

static uint64_t least(uint64_t x, uint64_t y)
{
    return x < y ? x : y;
}

/* What need not be read, and what is not there. */
static void leave_out_rows(struct dsi_opened_pair *pair)
{
    pair->n_rows =
        least(pair->n_rows, n_to_read(&pair->a, pair->stride_a, pair->by_value));
    pair->n_rows =
        least(pair->n_rows, n_to_read(&pair->b, pair->stride_b, pair->by_value));
    pair->n_alike = 1;
    if (is_constant(pair) && pair->n_rows > 1) {
        pair->n_alike = pair->n_rows;
        pair->n_rows = 1;
    }
}

void dsi_pair_set_rows(struct dsi_opened_pair *pair)
{
    const struct dsi_array *a = dsi_opened_array(&pair->a);
    const struct dsi_array *b = dsi_opened_array(&pair->b);
    const bool same = same_shape(a, b);
    const struct dsi_array *whole = same || n_values(b) == 1 ? a : b;
    pair->stride_a = same || whole == a;
    pair->stride_b = same || whole == b;
    pair->n_rows = dsi_array_n_rows(whole);
    pair->n_items = dsi_array_row_items(whole);
    pair->n = pair->n_rows * pair->n_items;
    pair->rows_at_once = rows_at_once(a, b);
    pair->by_value =
        has_long_rows(a, pair->stride_a) || has_long_rows(b, pair->stride_b);
    pair->by_value = pair->by_value && (a->is_in_order || !pair->stride_a) &&
                     (b->is_in_order || !pair->stride_b);
    if (pair->by_value) {
        const uint32_t size =
            a->dtype.size > b->dtype.size ? a->dtype.size : b->dtype.size;
        pair->n_rows = pair->n;
        pair->n_items = 1;
        pair->rows_at_once = BLOCK_BYTES / size;
    }
    leave_out_rows(pair);
}
