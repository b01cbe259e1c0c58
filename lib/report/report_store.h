/* How a report is kept. For report.c and the writers only; everybody else goes through
 * report.h. */
#ifndef DSI_REPORT_STORE_H
#define DSI_REPORT_STORE_H

#include "report.h"

/* An input, a parameter or a summary entry. There are few; each text is its own. */
struct dsi_entry {
    char *key; /* NULL for an input */
    struct dsi_value value;
    bool is_list; /* one of an array: the entries of the same key are its items */
};

struct dsi_entries {
    struct dsi_entry *items;
    size_t n, capacity;
};

/* Another report that is a part of this one. */
struct dsi_report_piece {
    char *name;
    struct dsi_report *report;
};

/* Rows run to millions, so a value is a type byte and 8 bytes of payload in two plain
 * arrays; a text's payload is where it lies in texts (its length, its bytes, a NUL). */
struct dsi_report {
    char *tool;
    struct dsi_column *columns; /* names owned */
    size_t n_columns, n_rows, n_findings;
    size_t drawing; /* the column that is one; SIZE_MAX: none */
    struct dsi_bytes types, payloads, texts, findings;
    struct dsi_value *row; /* what dsi_report_row_at hands out */
    struct dsi_entries inputs, parameters, summary;
    bool shows_ids, tells_datasets;
    struct dsi_report_piece *parts;
    size_t n_parts, parts_capacity;
};

/* Where a text lies in the report's texts; DSI_NO_TEXT is nowhere. A text often repeats
 * what stood in the same place one row earlier (a source, a rule): given where that one
 * is, store_text lets it serve again. */
#define DSI_NO_TEXT UINT64_MAX
DSI_CHECKED enum dsi_status dsi_report_store_text(struct dsi_report *report,
                                                  const char *text, size_t n,
                                                  uint64_t earlier, uint64_t *at,
                                                  struct dsi_error *err);
struct dsi_value dsi_report_text_at(const struct dsi_report *report, uint64_t at);

void dsi_report_free_parts(struct dsi_report *report);

struct dsi_value dsi_report_value(const struct dsi_report *report, size_t row,
                                  size_t column);

#endif
