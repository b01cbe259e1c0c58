/* What the first records of comma-separated text say about the rest: the separator,
 * whether there is a header, and the names of the columns. */
#ifndef DSI_CSV_HEAD_H
#define DSI_CSV_HEAD_H

#include "csv_scan.h"

enum {
    DSI_CSV_HEAD_BYTES = 4 << 20, /* of the file, in which the header is looked for */
    DSI_CSV_HEAD_RECORDS = 64,    /* looked at after the first */
    DSI_CSV_MAX_COLUMNS = 65536,
};

struct dsi_csv_head {
    uint8_t separator;
    bool has_header;
    uint64_t n_columns;  /* fields of the first record */
    uint64_t data, line; /* where the records that are rows start */
    char **names;        /* n_columns of them, no two alike */
};

/* Reads from offset start of the source (after a byte order mark). max_bytes limits the
 * first record. On failure there is nothing to free.
 *
 * The separator is the tab when the first record, read with it, has more than one
 * field; else comma or semicolon, whichever gives more fields (the comma when equal);
 * else there is none.
 *
 * The first record is a header when one of its cells, trimmed and in any case, is a
 * usual column name (path, label, class, split, ...); or when none of its cells is a
 * number and some column of the next 64 records holds a number and, apart from empty
 * cells and words for missing (NA), nothing else. Only records that end within the
 * first 4 MiB are looked at. A number is what Python's float() takes (without
 * underscores), "nan" and "inf" included.
 *
 * Names are the header's cells; an empty one becomes "Unnamed: 3" (columns counted from
 * 0) and repeated ones get ".1", ".2", ..., as in pandas. Without a header they are
 * "0", "1", ... */
DSI_CHECKED enum dsi_status dsi_csv_head_read(struct dsi_csv_head *head,
                                              struct dsi_source *source, uint64_t start,
                                              uint64_t max_bytes,
                                              struct dsi_error *err);
void dsi_csv_head_free(struct dsi_csv_head *head);

/* "comma", "tab", "semicolon"; NULL when there is no separator. Static storage. */
const char *dsi_csv_separator_name(uint8_t separator);

/* True for what Python's float() takes, underscores aside. */
bool dsi_csv_is_number(const char *text, size_t n);

#endif
