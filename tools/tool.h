/* A tool is one constant struct: its words for the help, its options with their
 * defaults, its columns, and the function that does the work. dsinspect.c lists them;
 * help, completion and dispatch read the list. A tool's page ends with
 *
 *     const struct dsi_tool dsi_tool_balance = {
 *         .name = "balance",
 *         .purpose = "Count the samples of every class and weigh them against each
 * other", .operands = DSI_OPERANDS_INPUTS, .examples = "dsinspect balance train/\n"
 *                     "dsinspect balance --format=json labels.npy | jq .summary\n",
 *         .options = options,
 *         .defaults = &defaults,
 *         .args_size = sizeof defaults,
 *         .columns = columns,
 *         .rules = rules,
 *         .run = run,
 *     };
 *
 * By the time run is called the command line has been parsed and checked and --help and
 * --version have been answered. */
#ifndef DSI_TOOL_H
#define DSI_TOOL_H

#include "common.h"
#include "option.h"
#include "report.h"

/* Exit codes: CONTRACT of the program as a whole. */
enum { DSI_EXIT_FINE = 0, DSI_EXIT_FAILED = 1, DSI_EXIT_TROUBLE = 2 };

/* What stands after the options, for the usage line, completion and a first check. */
enum dsi_operands {
    DSI_OPERANDS_INPUTS, /* files and folders: INPUT..., at least one */
    DSI_OPERANDS_PAIR,   /* A B */
    DSI_OPERANDS_TOOL,   /* [TOOL] */
    DSI_OPERANDS_WORD,   /* one of the tool's operand_words */
    DSI_OPERANDS_CHECK,  /* a configuration, or files and folders, or nothing */
};

struct dsi_tool_column {
    const char *name;
    bool is_text;     /* align left */
    const char *help; /* a few words; NULL: the name says it */
};

struct dsi_tool_call {
    const struct dsi_tool *tool;
    const struct dsi_common
        *common;      /* defaults where the tool takes no common options */
    const void *args; /* the struct that the tool's options name fields of, filled */
    /* The option tables, the tool's own first, bound: they point at what was given. */
    const struct dsi_option *const *tables;
    char **operands;
    size_t n_operands;
    /* The shards to finish in place of a scan; NULL: scan the operands. */
    const struct dsi_partials *partials;
    /* Others that ride the same scan, and whoever takes the reports; NULL: the tool is
     * alone and prints its own. */
    struct dsi_company *company;
    bool says_no_findings; /* on standard error; those of --fail-on are said */
};

struct dsi_tool {
    const char *name;
    const char *purpose; /* one sentence, capital first, no full stop */
    enum dsi_operands operands;
    const char *const *operand_words; /* DSI_OPERANDS_WORD: NULL-terminated */
    const char *examples;             /* lines of shell, each ends with a newline */
    const char *notes;           /* more for the help page, lines as printed; NULL */
    enum dsi_common_kind common; /* which common options it takes */
    const struct dsi_option *options; /* NULL: no options of its own */
    const void *defaults;             /* struct whose fields the options name */
    size_t args_size;
    const struct dsi_tool_column *columns; /* ends with name NULL; NULL: no report */
    const char *drawing; /* that column is shown in tables on a terminal alone; NULL */
    /* Rules of the findings it may report, NULL-terminated, for --fail-on and
     * --severity; those of unreadable data (dsi_status_rule) need not be listed. NULL:
     * any word is taken for a rule. */
    const char *const *rules;
    /* Findings of these rules are its rows, NULL-terminated, in the order of the
     * summary's counts (dsi_report_rows_of_findings); NULL: it makes its own. */
    const char *const *row_rules;
    /* Of the report, for paths to its numbers: every key its summary may have (but for
     * the row_rules), and the columns that tell rows apart; NULL-terminated. NULL:
     * there are no such paths. */
    const char *const *summary, *const *row_keys;
    const char *fails_on; /* of what was expected: --fail-on need not name it; NULL */
    /* Returns the exit code. Prints its own errors (dsi_tool_error). */
    int (*run)(const struct dsi_tool_call *call);
};

/* Every tool in the order of the help, NULL-terminated. */
extern const struct dsi_tool *const dsi_tools[];
const struct dsi_tool *dsi_tool_find(const char *name); /* NULL: no such tool */
/* Prints "unknown tool 'x' (did you mean y?)". */
void dsi_tool_unknown(const char *name);

/* The option tables of a tool, its own first: tables holds up to 3 with the NULL. */
enum { DSI_TOOL_TABLES = 3 };
void dsi_tool_option_tables(const struct dsi_tool *tool,
                            const struct dsi_option *tables[DSI_TOOL_TABLES]);

/* A call that is parsed and ready to run, and the memory behind it. */
struct dsi_tool_parsed {
    struct dsi_tool_call call;
    struct dsi_common common;
    void *args;
    struct dsi_option *own, *shared;
    const struct dsi_option *tables[DSI_TOOL_TABLES];
};

/* Parses argv[1..argc), whose texts and pointers are borrowed, and checks what can be
 * checked before a run, but for --help and --version. To be freed in any case. */
DSI_CHECKED enum dsi_status dsi_tool_parse(struct dsi_tool_parsed *parsed,
                                           const struct dsi_tool *tool, int argc,
                                           char **argv, struct dsi_error *err);
void dsi_tool_parsed_free(struct dsi_tool_parsed *parsed);

/* Parses the rest of the command line, answers --help, and runs. argv[0] is the tool's
 * name. Returns the exit code. */
int dsi_tool_main(const struct dsi_tool *tool, int argc, char **argv);

/* The help of the program (is_short: the tools alone) and of one tool. False when
 * memory is out, which is said. */
DSI_CHECKED bool dsi_help_program(bool is_short, struct dsi_bytes *out);
DSI_CHECKED bool dsi_help_tool(const struct dsi_tool *tool, unsigned width,
                               struct dsi_bytes *out);

/* An empty report with the tool's columns; NULL when memory is out. */
struct dsi_report *dsi_tool_report(const struct dsi_tool *tool);

/* DSI_ERR_USAGE when a file the call is to write (--output, and the tool's own options
 * that name one) is an input, a file another option reads, or is to be written twice:
 * by any name, through links too. Also when it is a folder or its folder cannot be
 * written in. Files inside an input folder are not compared. */
DSI_CHECKED enum dsi_status dsi_outputs_check(const struct dsi_tool_call *call,
                                              const struct dsi_inputs *inputs,
                                              struct dsi_error *err);
/* The same where files are named elsewhere than on the command line, too. */
struct dsi_more_file {
    const char *option, *path;
    bool is_output;
};
struct dsi_more_files {
    struct dsi_more_file *items;
    size_t n;
};
DSI_CHECKED enum dsi_status dsi_outputs_check_with(const struct dsi_tool_call *call,
                                                   const struct dsi_inputs *inputs,
                                                   const struct dsi_more_files *more,
                                                   struct dsi_error *err);

/* Whether stdout will show a report's drawings: a table on a terminal. */
bool dsi_tool_draws(const struct dsi_common *common);

/* The end of a tool that has a report: applies --severity, sorts the findings, prints
 * them to stderr where the format does not hold them, writes the report to stdout and
 * to every --output, and evaluates --fail-on. Returns the exit code; does not return
 * when a signal asked to stop: then nothing is printed and the process dies by that
 * signal. The report stays the caller's. */
int dsi_tool_finish(const struct dsi_tool_call *call, struct dsi_report *report);

/* What comes before printing: --severity, the order of the findings, and rows made of
 * them. False when that failed, which has been said. */
DSI_CHECKED bool dsi_tool_settle(const struct dsi_tool_call *call,
                                 struct dsi_report *report);

/* The same with text on stdout in place of the report, which then is in the files of
 * --output alone; NULL or empty: the report. */
int dsi_tool_finish_with(const struct dsi_tool_call *call, struct dsi_report *report,
                         const struct dsi_bytes *instead);

#endif
