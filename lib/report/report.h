/* A report: typed rows, a summary and findings, and the writers that print one.
 *
 * A report knows nothing of scans or checks. It copies every text it is given and owns
 * all it holds. One owner, no threads. Nothing in it depends on time, host or thread
 * count: equal reports print equal bytes. */
#ifndef DSI_REPORT_H
#define DSI_REPORT_H

#include "bytes.h"

enum dsi_value_type {
    DSI_VALUE_NULL, /* not known or not meant: empty in text, null in JSON */
    DSI_VALUE_BOOL,
    DSI_VALUE_INT,   /* int64_t */
    DSI_VALUE_UINT,  /* uint64_t */
    DSI_VALUE_FLOAT, /* double; printed in the shortest form that reads back the same */
    DSI_VALUE_TEXT,  /* raw bytes, may hold anything but is usually UTF-8 */
};

struct dsi_value {
    enum dsi_value_type type;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        struct {
            const char
                *bytes; /* borrowed when passed in, the report's own when read out */
            size_t n;
        } text;
    } as;
};

struct dsi_value dsi_null(void);
struct dsi_value dsi_bool(bool value);
struct dsi_value dsi_int(int64_t value);
struct dsi_value dsi_uint(uint64_t value);
struct dsi_value dsi_float(double value);
struct dsi_value dsi_text(const char *text); /* NULL gives null */
struct dsi_value dsi_text_n(const char *text, size_t n);

enum dsi_severity { DSI_OFF, DSI_NOTE, DSI_WARNING, DSI_ERROR };

const char *dsi_severity_name(enum dsi_severity severity); /* "off", "note", ... */

/* One thing found. Texts may be NULL. index is the sample's number in its source,
 * UINT64_MAX where there is none. where is a path or address a person can open. */
struct dsi_finding {
    const char *rule; /* snake_case, part of the interface */
    enum dsi_severity severity;
    const char *source;
    uint64_t index;
    const char *where;
    const char *detail; /* one line */
};

struct dsi_column {
    const char *name;
    bool is_text; /* align left; numbers align right */
};

struct dsi_report;

/* tool is the name in "dsinspect.TOOL/1". columns are copied. NULL when memory is out.
 */
struct dsi_report *dsi_report_new(const char *tool, const struct dsi_column *columns,
                                  size_t n_columns);
void dsi_report_free(struct dsi_report *report);

/* A row: exactly n_columns values. */
DSI_CHECKED enum dsi_status dsi_report_row(struct dsi_report *report,
                                           const struct dsi_value *values,
                                           struct dsi_error *err);

/* "input", "parameters" and "summary" of the JSON, in the order they are added. A key
 * added twice is a programmer's error. */
DSI_CHECKED enum dsi_status dsi_report_input(struct dsi_report *report,
                                             const char *input, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_report_parameter(struct dsi_report *report,
                                                 const char *key,
                                                 struct dsi_value value,
                                                 struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_report_summary(struct dsi_report *report,
                                               const char *key, struct dsi_value value,
                                               struct dsi_error *err);

/* A key given again appends: the JSON value is then an array. For repeatable options.
 */
DSI_CHECKED enum dsi_status dsi_report_parameter_add(struct dsi_report *report,
                                                     const char *key,
                                                     struct dsi_value value,
                                                     struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_report_finding(struct dsi_report *report,
                                               const struct dsi_finding *finding,
                                               struct dsi_error *err);

/* Puts the findings in their printed order: severity from error to note, then rule,
 * source, index, where, detail; equal ones once. Call it when all have been added. */
void dsi_report_sort_findings(struct dsi_report *report);

/* What is in it, for tools that decide an exit code and for tests. The pointers live
 * until the report changes. */
size_t dsi_report_n_rows(const struct dsi_report *report);
size_t dsi_report_n_columns(const struct dsi_report *report);
const struct dsi_value *dsi_report_row_at(const struct dsi_report *report, size_t row);
size_t dsi_report_n_findings(const struct dsi_report *report);
struct dsi_finding dsi_report_finding_at(const struct dsi_report *report, size_t i);
/* NULL when there is no such key. */
const struct dsi_value *dsi_report_summary_at(const struct dsi_report *report,
                                              const char *key);

/* --- writing ------------------------------------------------------------------------
 */

struct dsi_write_options {
    bool no_header;
    bool end_with_nul; /* -z: records end with NUL instead of newline (tsv, csv, ndjson)
                        */
    bool color;        /* table only */
    unsigned width;    /* of the terminal, for the table; 0: as wide as it needs */
};

/* A writer appends the whole report to out. */
struct dsi_writer {
    const char *name;
    enum dsi_status (*write)(const struct dsi_report *report,
                             const struct dsi_write_options *options,
                             struct dsi_bytes *out, struct dsi_error *err);
};

extern const struct dsi_writer
    *const dsi_writers[]; /* NULL-terminated: table tsv csv json ndjson */
const struct dsi_writer *dsi_writer_find(const char *name); /* NULL: no such writer */

/* --- texts and numbers (text.h's job, declared here for tools that print) ------------
 */

enum { DSI_NUMBER_SIZE = 40 };

/* The shortest decimal that reads back to the same double, as Python's repr writes it
 * but without a trailing ".0": "0.1", "1e+16" -> "1e+16", "100000", "-0", "nan", "inf",
 * "-inf". Independent of the locale. Returns the length. */
size_t dsi_format_double(double value, char text[DSI_NUMBER_SIZE]);

/* Appends n bytes of text as one safe field: backslash, tab, newline and carriage
 * return as
 * \\ \t \n \r; other control bytes (0x00-0x1f, 0x7f), C1 controls, bidirectional
 * controls (U+061C, U+200E, U+200F, U+202A-U+202E, U+2066-U+2069), U+2028/9 and bytes
 * that are not valid UTF-8 as \xNN per byte. What every name printed to a person goes
 * through. */
DSI_CHECKED enum dsi_status dsi_escape_text(struct dsi_bytes *out, const char *text,
                                            size_t n, struct dsi_error *err);

/* --- files ---------------------------------------------------------------------------
 */

/* A file that appears whole or not at all: written to a temporary beside the target,
 * synced, renamed over it. Where the target is not a regular file (a FIFO,
 * /dev/stdout), it is written in place. A symbolic link is followed to its target. */
struct dsi_atomic_file;

DSI_CHECKED enum dsi_status dsi_atomic_open(struct dsi_atomic_file **file,
                                            const char *path, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_atomic_write(struct dsi_atomic_file *file,
                                             const void *data, size_t n,
                                             struct dsi_error *err);
/* Syncs, renames, and frees; on failure the temporary is gone and the old target stays.
 */
DSI_CHECKED enum dsi_status dsi_atomic_commit(struct dsi_atomic_file *file,
                                              struct dsi_error *err);
void dsi_atomic_abandon(struct dsi_atomic_file *file); /* NULL is fine */
/* Removes every temporary that is still open; safe in a signal handler. */
void dsi_atomic_abandon_all(void);

#endif
