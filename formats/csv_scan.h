/* Cuts comma-separated text into records and fields, in windows of bounded size.
 *
 * The rules are RFC 4180's and, where it is silent, those of Python's csv module: a
 * quote opens a quoted field only as the field's first byte; inside it separators and
 * newlines are text and a doubled quote is one quote; what follows the closing quote up
 * to the next separator is text too; any other quote is itself. A record ends at LF,
 * CRLF or the end of the text; a CR anywhere else is text. Empty lines are not records.
 * NUL bytes are malformed. */
#ifndef DSI_CSV_SCAN_H
#define DSI_CSV_SCAN_H

#include "bytes.h"
#include "source.h"

enum {
    DSI_CSV_WINDOW = 1 << 20,    /* bytes of one read */
    DSI_CSV_NO_SEPARATOR = '\n', /* every record is one field */
};

/* Where the scan stands. One thread; many scans may share one source. */
struct dsi_csv_scan {
    struct dsi_source *source;
    struct dsi_bytes *buffer; /* borrowed: the window lives in it */
    uint64_t end;             /* offset to stop at, were the source longer */
    uint64_t needed;          /* offset up to which reading ahead is worth while */
    uint64_t max_bytes;       /* of one record */
    uint64_t line;            /* of the next byte, from 1 */
    uint32_t n_window;        /* bytes of one read; tests bring the seams closer */
    uint8_t separator;

    /* Private */
    const uint8_t *window;
    size_t n;        /* bytes in the window */
    uint64_t base;   /* the window's offset in the source */
    size_t block;    /* the 64 bytes of the window being looked at */
    uint64_t marks;  /* one bit for each of them that matters and is still ahead */
    uint64_t record; /* offset where the next record starts */
};

enum { DSI_CSV_NONE = -1, DSI_CSV_ALL = -2 };

/* What to keep of a record. The kept fields' text is appended to text, unquoted and
 * back to back, and a struct dsi_string of each length (its pointer is NULL, since text
 * may yet move) to values. */
struct dsi_csv_sink {
    int64_t column; /* one field's number, DSI_CSV_NONE or DSI_CSV_ALL */
    struct dsi_bytes *text, *values;
    size_t n_text;   /* of text, taken by whole fields; start it at text->n */
    uint64_t *sizes; /* NULL, or n_sizes sums of the bytes stored, a column each */
    size_t n_sizes;
};

struct dsi_csv_record {
    uint64_t offset, line; /* where it starts */
    uint64_t n_fields;     /* 0: there is no further record */
    uint64_t quote_line;   /* 0, or the line of a quote that is never closed */
    bool at_end;           /* ended by the end of the text, not by a newline */
};

/* Starts at offset, which must be where a record starts, on that line. The buffer must
 * outlive the scan. */
void dsi_csv_scan_start(struct dsi_csv_scan *scan, struct dsi_source *source,
                        struct dsi_bytes *buffer, uint64_t offset, uint64_t line);

/* The next record. DSI_ERR_MALFORMED at a NUL, DSI_ERR_LIMIT for a record of more than
 * max_bytes; sound records came before it. */
DSI_CHECKED enum dsi_status dsi_csv_scan_next(struct dsi_csv_scan *scan,
                                              struct dsi_csv_sink *sink,
                                              struct dsi_csv_record *record,
                                              struct dsi_error *err);

/* The offset of the end of the text once there is no further record. */
uint64_t dsi_csv_scan_end(const struct dsi_csv_scan *scan);

/* Bit i is set when byte i of 64 is the separator, LF, a quote or NUL. The second is
 * the portable version, which the first must equal. */
uint64_t dsi_csv_marks(const uint8_t *bytes, uint8_t separator);
uint64_t dsi_csv_marks_portable(const uint8_t *bytes, uint8_t separator);

#endif
