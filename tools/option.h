/* One table of options parses the command line, prints --help, and feeds shell
 * completion.
 *
 * A tool keeps its arguments in a struct, says its defaults in one constant of that
 * struct, and names the fields in one constant table:
 *
 *     struct args { uint64_t min_per_class; bool pixels; };
 *     static const struct args defaults = {.min_per_class = 5000};
 *     static const struct dsi_option options[] = {
 *         OPTION_GROUP("Counting"),
 *         OPTION_UINT(0, "min-per-class", &defaults.min_per_class, "N", "warn below
 * N"), OPTION_FLAG(0, "pixels", &defaults.pixels, "count pixel values of masks"),
 *         OPTION_END,
 *     };
 *
 * Each macro takes a pointer of the right type, so a field of the wrong type does not
 * compile. Help and completion read the table as it is. To parse, dsi_options_bind
 * makes a copy of the table that points into a struct to fill. A table may also point
 * at plain variables, and needs no binding then.
 *
 * The value found before parsing is the default and is printed as such; UINT64_MAX,
 * INT64_MIN, NAN, NULL and a negative choice mean that there is none. Lists start
 * empty. */
#ifndef DSI_OPTION_H
#define DSI_OPTION_H

#include "bytes.h"

/* A list of texts given by a repeatable option. The texts are borrowed from argv. */
struct dsi_texts {
    const char **texts;
    size_t n;
};

enum dsi_option_kind {
    DSI_OPTION_END,
    DSI_OPTION_GROUP,  /* a heading in the help */
    DSI_OPTION_FLAG,   /* bool: --name sets it */
    DSI_OPTION_UINT,   /* uint64_t */
    DSI_OPTION_INT,    /* int64_t */
    DSI_OPTION_FLOAT,  /* double; inf but not nan */
    DSI_OPTION_TEXT,   /* const char * */
    DSI_OPTION_TEXTS,  /* struct dsi_texts, repeatable */
    DSI_OPTION_CHOICE, /* int, index into choices */
};

struct dsi_option {
    enum dsi_option_kind kind;
    const char *name; /* long name without dashes */
    char letter;      /* 0: no short form */
    /* UINT: takes k M G T (KiB MiB ..), powers of 1024; else k M G, powers of 1000 */
    bool is_size;
    const char *arg; /* what the help calls the value: "N", "FILE" */
    const char *help;
    /* CHOICE: NULL-terminated. TEXT: the words it may be, each with what may follow it
     * in brackets, as "enet[:c]"; NULL: any text. */
    const char *const *choices;
    const char *value_completion; /* "file", "dir", NULL: for shell completion */
    union {
        const bool *flag;
        const uint64_t *natural;
        const int64_t *integer;
        const double *real;
        const char *const *text;
        const struct dsi_texts *texts;
        const int *choice;
    } value; /* the default; after binding, the variable to fill */
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
#define OPTION_WORD(l, n, variable, list, a, text_)                      \
    {                                                                    \
        .kind = DSI_OPTION_TEXT, .letter = (l), .name = (n), .arg = (a), \
        .help = (text_), .choices = (list), .value.text = (variable)     \
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
#define OPTION_FILES(l, n, variable, a, text)                                 \
    {                                                                         \
        .kind = DSI_OPTION_TEXTS, .letter = (l), .name = (n), .arg = (a),     \
        .help = (text), .value_completion = "file", .value.texts = (variable) \
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

/* A copy of table, which names fields of the struct at defaults, that names the same
 * fields of the struct at args; both are size bytes, and args is set to the defaults.
 * Release the copy with free, after dsi_options_free of what was parsed with it. NULL
 * when memory is out. */
struct dsi_option *dsi_options_bind(const struct dsi_option *table,
                                    const void *defaults, void *args, size_t size);

/* Parses argv[1..argc) by one or more tables, a NULL-terminated list: a tool's own come
 * before the common one, and win where both have a name or letter. Options and operands
 * may be mixed; "--" ends options; "-" is an operand; long names may be abbreviated
 * where that is unambiguous; a value may start with one dash (--sentinel -9) but not
 * with two, unless after "=". Operands are left, in order, in argv[0..*n_operands).
 * --help and
 * --version are the caller's flags like any other. The variables are written through
 * the tables' pointers, so they must not be constants. DSI_ERR_USAGE with a message
 * that names the option, the reason and, for a misspelt word, "did you mean --X?".
 * Repeatable options collect into memory that dsi_options_free releases, whether
 * parsing succeeds or not. */
DSI_CHECKED enum dsi_status dsi_options_parse(const struct dsi_option *const tables[],
                                              int argc, char **argv, size_t *n_operands,
                                              struct dsi_error *err);
void dsi_options_free(const struct dsi_option *const tables[]);

/* The option part of a help page, wrapped at width columns, with defaults: of an
 * unbound table, or of a bound one before parsing. An option that an earlier table
 * already has is left out. */
DSI_CHECKED enum dsi_status dsi_options_help(const struct dsi_option *const tables[],
                                             unsigned width, struct dsi_bytes *out,
                                             struct dsi_error *err);

/* The option called name (n bytes) or letter in the first table that has it; NULL. */
const struct dsi_option *dsi_option_named(const struct dsi_option *const tables[],
                                          const char *name, size_t n);
const struct dsi_option *dsi_option_lettered(const struct dsi_option *const tables[],
                                             char letter);

/* Whether the value is the name of one file, and of one to write: such an option is
 * named neither "labels" nor "classes" nor "files-from". */
bool dsi_option_takes_file(const struct dsi_option *option);
bool dsi_option_names_output(const struct dsi_option *option);

/* Sets the variable of an option to what text says; text is NULL for a flag. The
 * error's message starts with the option's name. */
DSI_CHECKED enum dsi_status dsi_option_set(const struct dsi_option *option,
                                           const char *text, struct dsi_error *err);

/* Appends formatted text. */
DSI_CHECKED enum dsi_status dsi_bytes_printf(struct dsi_bytes *out,
                                             struct dsi_error *err, const char *format,
                                             ...) DSI_PRINTF(3, 4);

/* Appends text wrapped at width columns: the first line starts where the cursor is, at
 * column `at`; the others are indented by `indent`. Ends with a newline. Words longer
 * than a line stand alone. */
DSI_CHECKED enum dsi_status dsi_wrap_text(const char *text, unsigned at,
                                          unsigned indent, unsigned width,
                                          struct dsi_bytes *out, struct dsi_error *err);

/* The word nearest to `word` by edit distance (Damerau-Levenshtein, at most a third of
 * its length, a prefix counts as near); NULL when none is near. words is
 * NULL-terminated. */
const char *dsi_nearest_word(const char *word, const char *const *words);
/* Whether it is one of them; of NULL, none is. */
DSI_CHECKED bool dsi_word_is_in(const char *const *words, const char *word);

#endif
