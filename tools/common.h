/* What every tool shares: the common options, messages, signals, progress. */
#ifndef DSI_COMMON_H
#define DSI_COMMON_H

#include "option.h"
#include "reader.h"
#include "report.h"

#include <signal.h>

struct dsi_tool;

enum dsi_format_choice {
    DSI_FORMAT_AUTO = -1, /* table on a terminal, else tsv */
    DSI_FORMAT_TABLE,
    DSI_FORMAT_TSV,
    DSI_FORMAT_CSV,
    DSI_FORMAT_JSON,
    DSI_FORMAT_NDJSON,
    /* Of verdicts: check's alone */
    DSI_FORMAT_JUNIT,
    DSI_FORMAT_PROMETHEUS,
    DSI_FORMAT_GITHUB,
    DSI_FORMAT_MARKDOWN,
    DSI_FORMAT_HTML,
};

enum dsi_color_choice { DSI_COLOR_AUTO, DSI_COLOR_ALWAYS, DSI_COLOR_NEVER };

/* The common options. Texts are borrowed from argv. */
struct dsi_common {
    int format; /* enum dsi_format_choice */
    bool no_header;
    bool end_with_nul;        /* -z: records end with NUL */
    struct dsi_texts outputs; /* [FORMAT:]FILE */
    int color;                /* enum dsi_color_choice */
    bool quiet, verbose;

    const char *files_from;    /* a file of inputs, "-" for stdin; NULL */
    bool names_end_with_nul;   /* -0: in files_from */
    struct dsi_texts excludes; /* globs */
    uint64_t limit_bytes, limit_pixels;
    bool follow_external;

    uint64_t threads;            /* 0: all that affinity and cgroup allow */
    const char *shard, *partial; /* I/N and FILE; both NULL, or neither */
    const char *pass;            /* FILE that a round of shards begins with; NULL */
    const char *next;            /* of merge: FILE to begin the next with; NULL */

    struct dsi_texts fail_on;    /* rules and severities, with commas between */
    struct dsi_texts severities; /* RULE=LEVEL */
    bool help, version;
};

/* Options that several tools take and others could only ignore: a tool puts those it
 * heeds into its own table, so that the rest are refused. */
#define DSI_OPTION_LABELS(variable) \
    OPTION_FILE(0, "labels", variable, "INPUT", "take the labels from this input")
#define DSI_OPTION_CLASSES(variable)            \
    OPTION_FILE(0, "classes", variable, "FILE", \
                "class names, one a line: declares the classes and their order")
#define DSI_OPTION_SENTINEL(variable)              \
    OPTION_TEXTS(0, "sentinel", variable, "VALUE", \
                 "a value that stands for missing, such as -999")
#define DSI_OPTION_AS_DTYPE(variable)             \
    OPTION_TEXT(0, "as-dtype", variable, "DTYPE", \
                "take opaque items of its size (|V2) for this type: bfloat16")
#define DSI_OPTION_SEED(variable) \
    OPTION_UINT(0, "seed", variable, "N", "start of the random numbers")

extern const struct dsi_common dsi_common_defaults;

/* The common options come in sets; a tool takes one of them. */
enum dsi_common_kind {
    DSI_COMMON_SCAN,
    DSI_COMMON_PAIR,  /* without lists and shards */
    DSI_COMMON_CHECK, /* those, with the formats for verdicts */
    DSI_COMMON_MERGE, /* those about the report alone */
    DSI_COMMON_HELP,  /* only --help, for plain tools */
    DSI_N_COMMON,
};

struct dsi_common_set {
    const char *name;
    const struct dsi_option *options; /* name fields of the defaults */
};
extern const struct dsi_common_set dsi_common_sets[DSI_N_COMMON];

/* Whether the text is RULE=LEVEL, of a rule that the tool can report. */
DSI_CHECKED bool dsi_severity_fits(const struct dsi_tool *tool, const char *text);

/* Checks what the parser cannot: output formats, severities, rules. */
DSI_CHECKED enum dsi_status dsi_common_check(const struct dsi_common *common,
                                             const struct dsi_tool *tool,
                                             struct dsi_error *err);

struct dsi_limits dsi_common_limits(const struct dsi_common *common);

/* The inputs: the operands, then the lines of --files-from (empty ones left out). */
struct dsi_inputs {
    const char **names; /* NULL-terminated; borrowed from argv and from text */
    size_t n;
    struct dsi_bytes text; /* private */
};

/* DSI_ERR_USAGE when there is none at all. The message names the list that fails. */
DSI_CHECKED enum dsi_status dsi_inputs_gather(struct dsi_inputs *inputs,
                                              const struct dsi_common *common,
                                              char **operands, size_t n_operands,
                                              struct dsi_error *err);
void dsi_inputs_free(struct dsi_inputs *inputs);

/* An --output: "json:FILE", or a FILE whose suffix tells the format, else tsv. A prefix
 * is a format only when it is the name of one. A format of verdicts that a suffix tells
 * is tsv to tools that have none. */
struct dsi_output {
    enum dsi_format_choice format;
    const char *path;
};
struct dsi_output dsi_output_of(const char *text);

/* "RULE=LEVEL". False when there is no "=" or the level is none of the four. */
DSI_CHECKED bool dsi_severity_split(const char *text, size_t *n_rule,
                                    enum dsi_severity *severity);
/* "note" to "error" (and "off"); false when text is none of these. */
DSI_CHECKED bool dsi_severity_named(const char *text, enum dsi_severity *severity);

/* The next word of a list with commas between: *text is moved on past it, *n is its
 * length. NULL at the end. */
const char *dsi_list_next(const char **text, size_t *n);

/* --- messages, on stderr -------------------------------------------------------------
 */

/* "dsinspect TOOL: WHERE: reason", names escaped. tool and where may be NULL. */
void dsi_tool_error(const char *tool, const char *where, const struct dsi_error *err);
/* The same with a text for the reason. */
void dsi_tool_say(const char *tool, const char *where, const char *reason);

/* --- stdout --------------------------------------------------------------------------
 */

/* Writes text to stdout. A reader that went away (EPIPE) is success. False when it
 * failed, which has been said. */
DSI_CHECKED bool dsi_stdout_write(const char *tool, const struct dsi_bytes *text);

/* The width of the terminal on stdout, or COLUMNS; 0 when it is none of these. */
unsigned dsi_stdout_width(void);

/* --- signals -------------------------------------------------------------------------
 */

/* From here on a signal that ends the process removes the temporaries first, and clears
 * the progress line; the shell sees 128+n. SIGPIPE and SIGXFSZ become failed writes.
 * What was ignored stays ignored. To be called by the thread that will write files,
 * before it starts others. */
void dsi_tool_signals_install(void);

/* --- progress ------------------------------------------------------------------------
 */

/* A line on stderr, only when that is a terminal, rewritten at most 10 times a second.
 * One thread. */
struct dsi_progress {
    bool enabled, is_shown;
    int64_t last_ms; /* monotonic */
};

struct dsi_progress dsi_progress_start(const struct dsi_common *common);
/* total 0: not known. unit is a plural noun: "samples". */
void dsi_progress_update(struct dsi_progress *progress, uint64_t done, uint64_t total,
                         const char *unit);
void dsi_progress_end(struct dsi_progress *progress); /* clears the line */
/* For a signal handler: clears the line that a dsi_progress_update left, if any. */
void dsi_progress_wipe(void);

#endif
