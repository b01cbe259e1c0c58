/* The rows of a report by what a cell of theirs reads as, so that a row is found
 * without a look at all of them. A column is indexed when it is first asked for. Zeroed
 * to begin with, of one report that does not change; one owner, no threads. */
#ifndef DSI_ROW_INDEX_H
#define DSI_ROW_INDEX_H

#include "report.h"

struct dsi_row_key {
    uint64_t hash; /* of a text that row has */
    size_t row;
};

/* Keys of any list of texts: made of n bytes, sorted, and the *n of them that may be of
 * that text, in the order of their rows. */
struct dsi_row_key dsi_row_key(const char *text, size_t n, size_t row);
void dsi_row_keys_sort(struct dsi_row_key *keys, size_t n);
const struct dsi_row_key *dsi_row_keys_find(const struct dsi_row_key *keys,
                                            size_t n_keys, const char *text, size_t *n);

struct dsi_row_index {
    struct dsi_row_key **columns; /* private: keys of all rows, in their order; NULL */
    size_t n_columns;
};

/* A cell as text, NUL-terminated: number holds it where it is no text. */
const char *dsi_cell_text(const struct dsi_value *cell, char number[DSI_NUMBER_SIZE]);

/* *keys are *n rows, in order, among which are all whose cell in that column reads as
 * the text. The keys are the index's. */
DSI_CHECKED enum dsi_status dsi_row_index_find(struct dsi_row_index *index,
                                               const struct dsi_report *report,
                                               size_t column, const char *text,
                                               const struct dsi_row_key **keys,
                                               size_t *n, struct dsi_error *err);
void dsi_row_index_free(struct dsi_row_index *index);

#endif
