/* One table of options parses the command line, prints --help, and feeds shell
 * completion.
 *
 * A tool declares `const struct dsi_option options[]` with the macros below, ending
 * with OPTION_END; each macro takes a pointer of the right type, so a wrong variable
 * does not compile. The value a variable holds before parsing is its default and is
 * printed as such. */
#ifndef DSI_OPTION_H
#define DSI_OPTION_H

#include "bytes.h"

/* A list of texts given by a repeatable option. Borrowed from argv. */
struct dsi_texts {
    const char **texts;
    size_t n;
};

struct dsi_option {
    enum {
        DSI_OPTION_END,
        DSI_OPTION_GROUP, /* a heading in the help */
        DSI_OPTION_FLAG,  /* bool: --name sets it */
        DSI_OPTION_UINT, /* uint64_t; accepts 10k 5M 1G and KiB MiB GiB where is_size */
        DSI_OPTION_INT,  /* int64_t */
        DSI_OPTION_FLOAT,  /* double */
        DSI_OPTION_TEXT,   /* const char * */
        DSI_OPTION_TEXTS,  /* struct dsi_texts, repeatable */
        DSI_OPTION_CHOICE, /* int, index into choices */
    } kind;
    const char *name; /* long name without dashes */
    char letter;      /* 0: no short form */
    bool is_size;     /* UINT: a number of bytes or a count with a suffix */
    const char *arg;  /* what the help calls the value: "N", "FILE" */
    const char *help;
    const char *const *choices;   /* CHOICE: NULL-terminated */
    const char *value_completion; /* "file", "dir", NULL: for shell completion */
    union {
        bool *flag;
        uint64_t *natural;
        int64_t *integer;
        double *real;
        const char **text;
        struct dsi_texts *texts;
        int *choice;
    } value;
};

#define OPTION_GROUP(heading)                       \
    {                                               \
        .kind = DSI_OPTION_GROUP, .help = (heading) \
    }
#define OPTION_FLAG(l, n, variable, text)                                    \
    {                                                                        \
        .kind = DSI_OPTION_FLAG, .letter = (l), .name = (n), .help = (text), \
        .value.flag = (variable)                                             \
    }
#define OPTION_UINT(l, n, variable, a, text)                             \
    {                                                                    \
        .kind = DSI_OPTION_UINT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .value.natural = (variable)                      \
    }
#define OPTION_SIZE(l, n, variable, a, text)                             \
    {                                                                    \
        .kind = DSI_OPTION_UINT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .is_size = true, .value.natural = (variable)     \
    }
#define OPTION_INT(l, n, variable, a, text)                             \
    {                                                                   \
        .kind = DSI_OPTION_INT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .value.integer = (variable)                     \
    }
#define OPTION_FLOAT(l, n, variable, a, text)                             \
    {                                                                     \
        .kind = DSI_OPTION_FLOAT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .value.real = (variable)                          \
    }
#define OPTION_TEXT(l, n, variable, a, text_)                            \
    {                                                                    \
        .kind = DSI_OPTION_TEXT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text_), .value.text = (variable)                        \
    }
#define OPTION_FILE(l, n, variable, a, text_)                                 \
    {                                                                         \
        .kind = DSI_OPTION_TEXT, .letter = (l), .name = (n), .arg = (a),      \
        .help = (text_), .value_completion = "file", .value.text = (variable) \
    }
#define OPTION_TEXTS(l, n, variable, a, text)                             \
    {                                                                     \
        .kind = DSI_OPTION_TEXTS, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .value.texts = (variable)                         \
    }
#define OPTION_CHOICE(l, n, variable, list, a, text)                       \
    {                                                                      \
        .kind = DSI_OPTION_CHOICE, .letter = (l), .name = (n), .arg = (a), \
        .help = (text), .choices = (list), .value.choice = (variable)      \
    }
#define OPTION_END             \
    {                          \
        .kind = DSI_OPTION_END \
    }

/* Parses argv[1..argc) by one or more tables (NULL-terminated list, so that a tool's
 * own and the common table are told apart in the help). Options and operands may be
 * mixed; "--" ends options; long names may be abbreviated where unambiguous. Operands
 * are left, in order, in argv[0..*n_operands). --help and --version are the caller's
 * flags like any other. DSI_ERR_USAGE with a message that names the option, the reason
 * and, for an unknown or misspelt word, "did you mean --X?". May be called once per set
 * of tables: repeatable options collect into memory that dsi_options_free releases. */
DSI_CHECKED enum dsi_status dsi_options_parse(const struct dsi_option *const tables[],
                                              int argc, char **argv, size_t *n_operands,
                                              struct dsi_error *err);
void dsi_options_free(const struct dsi_option *const tables[]);

/* The option part of a help page, wrapped at width columns, with defaults. Call it
 * before parsing has changed the defaults, or with a fresh table. */
DSI_CHECKED enum dsi_status dsi_options_help(const struct dsi_option *const tables[],
                                             unsigned width, struct dsi_bytes *out,
                                             struct dsi_error *err);

/* The word nearest to `word` by edit distance (Damerau-Levenshtein, at most a third of
 * its length, a prefix counts as near); NULL when none is near. words is
 * NULL-terminated. */
const char *dsi_nearest_word(const char *word, const char *const *words);

#endif
