#include "row_index.h"

#include "report_view.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const char *dsi_cell_text(const struct dsi_value *cell, char number[DSI_NUMBER_SIZE])
{
    if (cell->type == DSI_VALUE_TEXT)
        return cell->as.text.bytes;
    dsi_format_value(cell, number);
    return number;
}

/* --- keys ---------------------------------------------------------------------------
 */

struct dsi_row_key dsi_row_key(const char *text, size_t n, size_t row)
{
    return (struct dsi_row_key){.hash = XXH3_64bits(text, n), .row = row};
}

static int compare_keys(const void *left, const void *right)
{
    const struct dsi_row_key *a = left, *b = right;
    return a->hash != b->hash ? (a->hash > b->hash) - (a->hash < b->hash)
                              : (a->row > b->row) - (a->row < b->row);
}

void dsi_row_keys_sort(struct dsi_row_key *keys, size_t n)
{
    if (n)
        qsort(keys, n, sizeof *keys, compare_keys);
}

/* The first key that is not below {hash, row 0}. */
static size_t lower_bound(const struct dsi_row_key *keys, size_t n, uint64_t hash)
{
    size_t first = 0;
    while (n) {
        const size_t half = n / 2;
        if (keys[first + half].hash < hash) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}

const struct dsi_row_key *dsi_row_keys_find(const struct dsi_row_key *keys,
                                            size_t n_keys, const char *text, size_t *n)
{
    const uint64_t hash = dsi_row_key(text, strlen(text), 0).hash;
    const size_t first = lower_bound(keys, n_keys, hash);
    *n = hash == UINT64_MAX ? n_keys - first
                            : lower_bound(keys + first, n_keys - first, hash + 1);
    return keys + first;
}

/* --- columns ------------------------------------------------------------------------
 */

static enum dsi_status add_column(struct dsi_row_index *index,
                                  const struct dsi_report *report, size_t column,
                                  struct dsi_error *err)
{
    const size_t n = dsi_report_n_rows(report);
    struct dsi_row_key *keys = dsi_alloc_array(n + 1, sizeof *keys);
    if (!keys)
        return dsi_fail_memory(err, n * sizeof *keys);
    for (size_t i = 0; i < n; i++) {
        char number[DSI_NUMBER_SIZE];
        const struct dsi_value cell = dsi_report_cell(report, i, column);
        const char *text = dsi_cell_text(&cell, number);
        keys[i] = dsi_row_key(text, strlen(text), i);
    }
    dsi_row_keys_sort(keys, n);
    index->columns[column] = keys;
    return DSI_OK;
}

enum dsi_status dsi_row_index_find(struct dsi_row_index *index,
                                   const struct dsi_report *report, size_t column,
                                   const char *text, const struct dsi_row_key **keys,
                                   size_t *n, struct dsi_error *err)
{
    if (!index->columns) {
        index->n_columns = dsi_report_n_columns(report);
        index->columns = dsi_alloc_zeroed(index->n_columns, sizeof *index->columns);
        if (!index->columns)
            return dsi_fail_memory(err, index->n_columns);
    }
    if (!index->columns[column])
        DSI_TRY(add_column(index, report, column, err));
    *keys =
        dsi_row_keys_find(index->columns[column], dsi_report_n_rows(report), text, n);
    return DSI_OK;
}

void dsi_row_index_free(struct dsi_row_index *index)
{
    for (size_t i = 0; i < index->n_columns && index->columns; i++)
        free(index->columns[i]);
    free(index->columns);
    *index = (struct dsi_row_index){0};
}
