/* A report: typed rows, a summary and findings, and the writers that print one.
 *
 * A report knows nothing of scans or checks. It copies every text it is given and owns
 * all it holds. One owner, no threads. Nothing in it depends on time, host or thread
 * count: equal reports print equal bytes. */
#ifndef DSI_REPORT_H
#define DSI_REPORT_H

#include "bytes.h"
#include "number.h"

#include <stdarg.h>

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
            /* Borrowed when passed in; the report's own, and ending with a NUL that
             * n does not count, when read out. */
            const char *bytes;
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
/* Of one that was read out; NULL: it is no text. */
const char *dsi_value_text(const struct dsi_value *value);

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
    const char *detail;  /* one line */
    uint32_t rank;       /* 0, or the order among those of a rule and source */
    const char *dataset; /* of several, what it is called; NULL */

    /* Of findings about labels; they stand in rows (dsi_report_rows_of_findings), and
     * nowhere else. */
    const char *label;
    const char *other_source; /* the sample it does not go with; NULL: there is none */
    uint64_t other_index;     /* of it; means nothing without other_source */
    const char *other_label;  /* its label, or what the label should be */
    const char *other_where;  /* as where, of it; in no row */
    uint64_t n_cases;         /* how many such it stands for; 0: itself */

    bool is_row; /* when read out: it is a row, too, and need not be said again */
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

/* Makes a column, never the first, one for eyes: only tables that may draw show it. */
void dsi_report_set_drawing(struct dsi_report *report, size_t column);

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

/* For repeatable options: the JSON value is an array of all that was added under the
 * key, also where that is one value only, so that its type does not depend on the
 * count. Not to be mixed with dsi_report_parameter for the same key. */
DSI_CHECKED enum dsi_status dsi_report_parameter_add(struct dsi_report *report,
                                                     const char *key,
                                                     struct dsi_value value,
                                                     struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_report_finding(struct dsi_report *report,
                                               const struct dsi_finding *finding,
                                               struct dsi_error *err);

/* Adds the findings of another report, as those of a dataset (NULL: as of none). */
DSI_CHECKED enum dsi_status dsi_report_add_findings(struct dsi_report *report,
                                                    const struct dsi_report *from,
                                                    const char *dataset,
                                                    struct dsi_error *err);

/* As dsi_report_finding, with the detail made as printf makes it. */
DSI_CHECKED enum dsi_status dsi_report_find(struct dsi_report *report,
                                            const struct dsi_finding *finding,
                                            const char *format, va_list args,
                                            struct dsi_error *err);

/* Gives every finding of a rule, so far added, another severity; DSI_OFF drops them.
 */
void dsi_report_set_severity(struct dsi_report *report, const char *rule,
                             enum dsi_severity severity);

/* Puts the findings in their printed order: severity from error to note, then rule,
 * source, rank, index, where, detail; equal ones once. Call it when all have been
 * added. */
void dsi_report_sort_findings(struct dsi_report *report);

/* The same for findings of several tools, which may tell of one thing twice: what
 * differs in its labels alone is there once. */
void dsi_report_unite_findings(struct dsi_report *report);

/* For tools whose rows are findings: makes a row of each finding of these rules
 * (NULL-terminated), in the order they are in, and adds how many there are of each rule
 * to the summary, under the rule's name and in the order of the list. The columns are
 * severity, rule, source, index, label, other_source, other_index, other_label and
 * detail. Such findings are not printed in tables, which have the rows. */
enum { DSI_FINDING_COLUMNS = 9 };
DSI_CHECKED enum dsi_status dsi_report_rows_of_findings(struct dsi_report *report,
                                                        const char *const *rules,
                                                        struct dsi_error *err);

/* What stays the same of a finding from night to night: a hash of its rule, dataset and
 * of the place and labels it tells of, and not of the severity and the numbers in its
 * detail.
 */
uint64_t dsi_finding_id(const struct dsi_finding *finding);

/* JSON findings tell their dataset, and have an "id" as their last key: dsi_finding_id
 * in 16 hex digits; and "results" is there without parts, too. */
void dsi_report_show_ids(struct dsi_report *report);

/* Texts tell the dataset of a finding, too: there are several. */
void dsi_report_tell_datasets(struct dsi_report *report);
/* NULL: it goes without saying. */
const char *dsi_report_dataset_told(const struct dsi_report *report,
                                    const struct dsi_finding *finding);

/* Makes another tool's report a part of this one, which then owns it: JSON has it whole
 * under "results", with the name of what it is about, and with its drawing. On failure
 * it stays the caller's. */
DSI_CHECKED enum dsi_status dsi_report_attach(struct dsi_report *report,
                                              const char *name, struct dsi_report *part,
                                              struct dsi_error *err);
size_t dsi_report_n_parts(const struct dsi_report *report);
const struct dsi_report *dsi_report_part_at(const struct dsi_report *report, size_t i);
const char *dsi_report_part_name(const struct dsi_report *report, size_t i);

/* What is in it, for tools that decide an exit code and for tests. Texts live until the
 * report changes; the n_columns values of a row only until the next row is asked for,
 * since rows are kept packed (9 bytes a value) and unpacked here. */
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

/* Where printed bytes go, in pieces of about 64 KiB. A sink borrows what it is made
 * from. write takes all n bytes or fails. */
struct dsi_sink {
    enum dsi_status (*write)(void *context, const void *data, size_t n,
                             struct dsi_error *err);
    void *context;
};

struct dsi_atomic_file;

struct dsi_sink dsi_sink_to_bytes(struct dsi_bytes *bytes); /* appends */
/* A reader that has gone away (EPIPE) is DSI_ERR_PIPE, every other failure
 * DSI_ERR_WRITE with the system's reason. The caller ignores SIGPIPE. */
struct dsi_sink dsi_sink_to_fd(int fd);
struct dsi_sink dsi_sink_to_atomic(struct dsi_atomic_file *file);

struct dsi_write_options {
    bool no_header;
    /* -z: records end with NUL instead of newline (tsv, csv, ndjson) */
    bool end_with_nul;
    bool color;     /* table only */
    bool draws;     /* table only: shows the column that is a drawing */
    unsigned width; /* of the terminal, for the table; 0: as wide as it needs */
};

/* A writer prints the whole report. Findings are printed in the order they are in; call
 * dsi_report_sort_findings first.
 *
 * table   rows in columns, then findings a line each, then the summary on one line.
 *         A column that is empty in every row is left out; findings and summary wrap
 *         at blanks where the width is known.
 *         Floats are shortened to 6 significant digits, texts in the middle when the
 *         width is limited. Escaped as dsi_escape_text does. For people.
 * tsv csv one header line and the rows, no findings. Fields are escaped as
 *         dsi_escape_text does; csv then quotes what holds a comma or a quote.
 * json    one object; each row and finding is on a line of its own, so that diff works.
 * ndjson  a row a line; the last line is {"summary":..,"findings":[..]}.
 *
 * JSON texts are valid UTF-8 whatever they were made from. Controls and bidirectional
 * controls are \uXXXX (or \n, \t, ...). A byte that is not UTF-8 becomes the four
 * visible characters \xNN, and a backslash that already stands before x and two
 * lower-case hex digits becomes \x5c, so that different names never print equal: turn
 * every \xNN of the decoded text into its byte and the name is back. Numbers that are
 * not finite are null, and a last summary key nulls_from_non_finite counts them where
 * there are any. */
struct dsi_writer {
    const char *name;
    enum dsi_status (*write)(const struct dsi_report *report,
                             const struct dsi_write_options *options,
                             struct dsi_sink sink, struct dsi_error *err);
};

/* NULL-terminated: table tsv csv json ndjson */
extern const struct dsi_writer *const dsi_writers[];
const struct dsi_writer *dsi_writer_find(const char *name); /* NULL: no such writer */

/* Those and four more, for the report of `check` and what shows it. They read its
 * columns by name, and print every text escaped as dsi_escape_text does and then as
 * their format wants it. None of them says when or where it ran.
 *
 * junit      JUnit XML: a suite a dataset, a case a check.
 * prometheus text exposition format: gauges, for node_exporter's textfile collector.
 * github     workflow commands: an annotation a check that failed or warned, and a
 *            finding; at most ten errors and ten warnings.
 * markdown   verdict, tables of checks and of findings, for a summary or a comment.
 *
 * NULL-terminated: table tsv csv json ndjson junit prometheus github markdown */
extern const struct dsi_writer *const dsi_check_writers[];
const struct dsi_writer *dsi_check_writer_find(const char *name); /* NULL: none such */

/* --- texts (text.h's job, declared here for tools that print)
 * -------------------------
 */

/* Appends n bytes of text as one safe field: backslash, tab, newline and carriage
 * return as \\ \t \n \r; other control bytes (0x00-0x1f, 0x7f), C1 controls,
 * bidirectional controls (U+061C, U+200E, U+200F, U+202A-U+202E, U+2066-U+2069),
 * U+2028/9 and bytes that are not valid UTF-8 as \xNN per byte. Different texts stay
 * different. What every name printed to a person goes through. */
DSI_CHECKED enum dsi_status dsi_escape_text(struct dsi_bytes *out, const char *text,
                                            size_t n, struct dsi_error *err);

/* --- files ---------------------------------------------------------------------------
 */

/* A file that appears whole or not at all: written to a temporary beside the target,
 * synced, renamed over it. A symbolic link is followed to its target, an existing
 * target's permission bits are kept. Where the target is not a regular file (a FIFO,
 * /dev/null) or is one of our own open files by another name (/dev/stdout), it is
 * written in place. Each file has one owner; different threads may have different
 * files, up to DSI_ATOMIC_MAX at once. Failures are DSI_ERR_OPEN on opening, then
 * DSI_ERR_WRITE, or DSI_ERR_PIPE where a FIFO's reader has gone. */
struct dsi_atomic_file;

enum { DSI_ATOMIC_MAX = 32 };

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
/* Removes every temporary that is still open. Safe in a signal handler, which must end
 * the process after it: a commit that is still to come fails. */
void dsi_atomic_abandon_all(void);

#endif
