/* The common options and what they mean. */
#include "common.h"

#include "shard.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

static const char *const formats[] = {"table", "tsv", "csv", "json", "ndjson", NULL};
/* In the order of the enum. */
static const char *const check_formats[] = {"table",    "tsv",   "csv",        "json",
                                            "ndjson",   "junit", "prometheus", "github",
                                            "markdown", "html",  NULL};
/* Suffixes that are no format's name. */
static const struct {
    const char *suffix;
    enum dsi_format_choice format;
} suffixes[] = {{"xml", DSI_FORMAT_JUNIT},
                {"prom", DSI_FORMAT_PROMETHEUS},
                {"md", DSI_FORMAT_MARKDOWN}};
static const char *const colors[] = {"auto", "always", "never", NULL};

/* The limits are those of dsi_limits_default, which a constant cannot be made from. */
const struct dsi_common dsi_common_defaults = {
    .format = DSI_FORMAT_AUTO,
    .limit_bytes = UINT64_C(256) << 20,
    .limit_pixels = 178956970,
};

#define AT(field) &dsi_common_defaults.field

/* Shared by the tables below. */
#define LIST_OPTIONS                                                              \
    OPTION_FILE(0, "files-from", AT(files_from), "FILE",                          \
                "read more inputs from FILE, one a line (- for standard input)"), \
        OPTION_FLAG('0', "null", AT(names_end_with_nul),                          \
                    "names in --files-from end with NUL, as find -print0 writes them")
#define OPENING_OPTIONS                                             \
    OPTION_TEXTS(0, "exclude", AT(excludes), "GLOB",                \
                 "leave out names and paths that match"),           \
        OPTION_SIZE(0, "limit-bytes", AT(limit_bytes), "SIZE",      \
                    "refuse an image or row that decodes to more"), \
        OPTION_UINT(0, "limit-pixels", AT(limit_pixels), "N",       \
                    "refuse an image of more pixels"),              \
        OPTION_FLAG(0, "follow-external", AT(follow_external),      \
                    "let HDF5 files lead to other files and to filter plugins")
#define REPORT_OPTIONS(formats_)                                                      \
    OPTION_GROUP("Output"),                                                           \
        OPTION_CHOICE('f', "format", AT(format), formats_, "FORMAT",                  \
                      "table on a terminal, else tsv; one of"),                       \
        OPTION_FILES(                                                                 \
            'o', "output", AT(outputs), "[FORMAT:]FILE",                              \
            "also write the report to FILE, whole or not at all; the format is that " \
            "named or that of the suffix, else tsv"),                                 \
        OPTION_FLAG(0, "no-header", AT(no_header),                                    \
                    "leave out the header line of tsv and csv"),                      \
        OPTION_FLAG('z', "zero", AT(end_with_nul),                                    \
                    "records end with NUL, not newline"),                             \
        OPTION_CHOICE(0, "color", AT(color), colors, "WHEN",                          \
                      "colour the table; one of"),                                    \
        OPTION_GROUP("Findings"),                                                     \
        OPTION_TEXTS(0, "fail-on", AT(fail_on), "RULE|SEVERITY,...",                  \
                     "exit 1 on a finding of this rule, or of this severity (note, "  \
                     "warning, error) and above"),                                    \
        OPTION_TEXTS(0, "severity", AT(severities), "RULE=LEVEL",                     \
                     "make a rule's findings off, note, warning or error"),           \
        OPTION_FLAG('q', "quiet", AT(quiet), "show only errors on standard error"),   \
        OPTION_FLAG('v', "verbose", AT(verbose),                                      \
                    "show every finding, not the first 20")
#define THREADS_OPTION                            \
    OPTION_UINT('j', "threads", AT(threads), "N", \
                "worker threads; 0 takes all this process may use")
#define HELP_OPTIONS                                       \
    OPTION_FLAG('h', "help", AT(help), "print this help"), \
        OPTION_FLAG(0, "version", AT(version), "print the version")

static const struct dsi_option scan_options[] = {
    OPTION_GROUP("Input"),
    LIST_OPTIONS,
    OPENING_OPTIONS,

    REPORT_OPTIONS(formats),

    OPTION_GROUP("Running"),
    THREADS_OPTION,
    OPTION_TEXT(0, "shard", AT(shard), "I/N",
                "scan part I of N alone, counted from 1; needs --partial"),
    OPTION_FILE(0, "partial", AT(partial), "FILE",
                "where a shard keeps what it found, for dsinspect merge"),
    OPTION_FILE(0, "pass", AT(pass), "FILE",
                "begin where a round of shards ended: what merge --next wrote"),
    HELP_OPTIONS,
    OPTION_END,
};

static const struct dsi_option pair_options[] = {
    OPTION_GROUP("Input"),
    OPENING_OPTIONS,
    REPORT_OPTIONS(formats),
    OPTION_GROUP("Running"),
    THREADS_OPTION,
    HELP_OPTIONS,
    OPTION_END,
};

static const struct dsi_option merge_options[] = {
    OPTION_GROUP("Input"),
    LIST_OPTIONS,
    REPORT_OPTIONS(formats),
    OPTION_GROUP("Running"),
    OPTION_FILE(0, "next", AT(next), "FILE",
                "where another round of shards is needed, write what they begin with "
                "(--pass=FILE) in place of the report"),
    HELP_OPTIONS,
    OPTION_END,
};

static const struct dsi_option help_options[] = {
    OPTION_GROUP("Options"),
    HELP_OPTIONS,
    OPTION_END,
};

static const struct dsi_option check_options[] = {
    OPTION_GROUP("Input"),
    OPENING_OPTIONS,
    REPORT_OPTIONS(check_formats),
    OPTION_GROUP("Running"),
    THREADS_OPTION,
    HELP_OPTIONS,
    OPTION_END,
};

const struct dsi_common_set dsi_common_sets[DSI_N_COMMON] = {
    [DSI_COMMON_SCAN] = {"common", scan_options},
    [DSI_COMMON_PAIR] = {"pair", pair_options},
    [DSI_COMMON_CHECK] = {"check", check_options},
    [DSI_COMMON_MERGE] = {"merge", merge_options},
    [DSI_COMMON_HELP] = {"help", help_options},
};

struct dsi_limits dsi_common_limits(const struct dsi_common *common)
{
    struct dsi_limits limits = dsi_limits_default;
    limits.max_bytes = common->limit_bytes;
    limits.max_pixels = common->limit_pixels;
    return limits;
}

static enum dsi_format_choice format_named(const char *name, size_t n)
{
    for (int i = 0; check_formats[i]; i++)
        if (strlen(check_formats[i]) == n && memcmp(check_formats[i], name, n) == 0)
            return (enum dsi_format_choice)i;
    return DSI_FORMAT_AUTO;
}

static enum dsi_format_choice format_of_suffix(const char *suffix)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcmp(suffix, suffixes[i].suffix) == 0)
            return suffixes[i].format;
    return format_named(suffix, strlen(suffix));
}

struct dsi_output dsi_output_of(const char *text)
{
    struct dsi_output output = {DSI_FORMAT_AUTO, text};
    const char *colon = strchr(text, ':'), *dot = strrchr(text, '.');
    if (colon)
        output.format = format_named(text, (size_t)(colon - text));
    if (output.format != DSI_FORMAT_AUTO)
        output.path = colon + 1;
    else if (dot && !strchr(dot, '/'))
        output.format = format_of_suffix(dot + 1);
    /* "x.table" is nobody's suffix for a table */
    if (output.format == DSI_FORMAT_AUTO ||
        (output.path == text && output.format == DSI_FORMAT_TABLE))
        output.format = DSI_FORMAT_TSV;
    return output;
}

/* A typing error in FORMAT: would be the start of an odd file name. */
static bool is_unknown_format(const char *text)
{
    const size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    const char *dot = strrchr(text, '.');
    return n > 1 && text[n] == ':' && format_named(text, n) == DSI_FORMAT_AUTO &&
           (!dot || format_named(dot + 1, strlen(dot + 1)) == DSI_FORMAT_AUTO);
}

static enum dsi_status fail_format(const char *text, const char *const *words,
                                   struct dsi_error *err)
{
    char *word = dsi_text_copy(text, strcspn(text, ":"));
    if (!word)
        return dsi_fail_memory(err, strlen(text));
    const char *like = dsi_nearest_word(word, words);
    const enum dsi_status status = dsi_fail(
        err, DSI_ERR_USAGE,
        "--output: '%s' is none of table tsv csv json ndjson%s%s%s%s; a file of "
        "that name is tsv:%s",
        word, words == formats ? "" : " junit prometheus github markdown html",
        like ? " (did you mean " : "", like ? like : "", like ? "?)" : "", text);
    free(word);
    return status;
}

bool dsi_severity_named(const char *text, enum dsi_severity *severity)
{
    for (int s = DSI_OFF; s <= DSI_ERROR; s++) {
        if (strcmp(text, dsi_severity_name((enum dsi_severity)s)) == 0) {
            *severity = (enum dsi_severity)s;
            return true;
        }
    }
    return false;
}

bool dsi_severity_split(const char *text, size_t *n_rule, enum dsi_severity *severity)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return false;
    *n_rule = (size_t)(equals - text);
    return dsi_severity_named(equals + 1, severity);
}

const char *dsi_list_next(const char **text, size_t *n)
{
    const char *word = *text;
    if (!word)
        return NULL;
    *n = strcspn(word, ",");
    *text = word[*n] ? word + *n + 1 : NULL;
    return word;
}

/* Rules of every tool that scans: looks that could not be had (scan_tool.c). */
static const char *const scan_rules[] = {"another_round", "one_look"};

/* Nothing is near what was given: here is all there is. */
static enum dsi_status refuse_rule(const char *option, const char *rule,
                                   const char *const *words, struct dsi_error *err)
{
    struct dsi_bytes list = {0};
    enum dsi_status status = DSI_OK;
    for (size_t i = 0; words[i] && status == DSI_OK; i++)
        status = dsi_bytes_printf(&list, err, "%s%s", i ? ", " : "", words[i]);
    if (status == DSI_OK)
        status = dsi_fail(err, DSI_ERR_USAGE,
                          "--%s: '%.100s' is not a rule of this tool; these are: %.*s",
                          option, rule, (int)list.n, (const char *)list.data);
    dsi_bytes_free(&list);
    return status;
}

enum { MOST_RULES = 256 };

/* Behind the n that are there already, unless it is one of them. */
static size_t add_rule(const char *words[MOST_RULES + 1], size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return n;
    if (n < MOST_RULES)
        words[n++] = word;
    return n;
}

/* What a tool may report, and what its --fail-on takes beside; check has the rules of
 * all tools that it runs. */
static void list_rules(const struct dsi_tool *tool, bool with_severities,
                       const char *words[MOST_RULES + 1])
{
    size_t n = 0;
    for (size_t t = 0; dsi_tools[t] && tool->common == DSI_COMMON_CHECK; t++) {
        const char *const *rules = dsi_tools[t]->summary ? dsi_tools[t]->rules : NULL;
        for (; rules && *rules; rules++)
            n = add_rule(words, n, *rules);
    }
    for (size_t i = 0; tool->rules && tool->rules[i]; i++)
        n = add_rule(words, n, tool->rules[i]);
    for (size_t i = 0; i < sizeof scan_rules / sizeof *scan_rules; i++)
        n = add_rule(words, n, scan_rules[i]);
    for (int s = DSI_ERR_OPEN; s <= DSI_ERR_LIMIT; s++) /* many are one rule */
        if (dsi_status_is_data((enum dsi_status)s))
            n = add_rule(words, n, dsi_status_rule((enum dsi_status)s));
    for (int s = DSI_OFF; s <= DSI_ERROR && with_severities; s++)
        n = add_rule(words, n, dsi_severity_name((enum dsi_severity)s));
    words[n] = NULL;
}

/* A rule that the tool can report; a misspelt one would silently never match. */
static enum dsi_status check_rule(const struct dsi_tool *tool, const char *option,
                                  const char *rule, struct dsi_error *err)
{
    const char *words[MOST_RULES + 1];
    if (!tool->rules && tool->common != DSI_COMMON_CHECK)
        return DSI_OK;
    list_rules(tool, strcmp(option, "fail-on") == 0, words);
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], rule) == 0)
            return DSI_OK;
    const char *nearest = dsi_nearest_word(rule, words);
    if (nearest)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s: '%s' is not a rule of this tool (did you mean %s?)",
                        option, rule, nearest);
    return refuse_rule(option, rule, words, err);
}

static enum dsi_status check_severity(const struct dsi_tool *tool, const char *text,
                                      struct dsi_error *err)
{
    size_t n_rule;
    enum dsi_severity severity;
    if (!dsi_severity_split(text, &n_rule, &severity))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--severity: '%s' is not RULE=off, note, warning or error",
                        text);
    char rule[64] = "";
    if (n_rule < sizeof rule)
        memcpy(rule, text, n_rule);
    return check_rule(tool, "severity", rule, err);
}

bool dsi_severity_fits(const struct dsi_tool *tool, const char *text)
{
    struct dsi_error ignored;
    return check_severity(tool, text, &ignored) == DSI_OK;
}

static enum dsi_status check_fail_on(const struct dsi_tool *tool, const char *list,
                                     struct dsi_error *err)
{
    const char *word;
    size_t n;
    while ((word = dsi_list_next(&list, &n))) {
        char *copy = dsi_text_copy(word, n);
        if (!copy)
            return dsi_fail_memory(err, n);
        enum dsi_status status = check_rule(tool, "fail-on", copy, err);
        free(copy);
        DSI_TRY(status);
    }
    return DSI_OK;
}

enum dsi_status dsi_common_check(const struct dsi_common *common,
                                 const struct dsi_tool *tool, struct dsi_error *err)
{
    const bool has_verdicts = tool->common == DSI_COMMON_CHECK;
    for (size_t i = 0; i < common->outputs.n; i++) {
        const struct dsi_output output = dsi_output_of(common->outputs.texts[i]);
        const char *path = output.path;
        if (is_unknown_format(common->outputs.texts[i]))
            return fail_format(common->outputs.texts[i],
                               has_verdicts ? check_formats : formats, err);
        if (output.format >= DSI_FORMAT_JUNIT && !has_verdicts &&
            path != common->outputs.texts[i])
            return dsi_fail(err, DSI_ERR_USAGE,
                            "--output: %s is for verdicts, which dsinspect check has",
                            check_formats[output.format]);
        if (path[0] == 0)
            return dsi_fail(err, DSI_ERR_USAGE, "--output: '%s' names no file",
                            common->outputs.texts[i]);
        if (strcmp(path, "-") == 0)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "--output: '%s' is no file (standard output has the report "
                            "in any case, in the format --format names)",
                            common->outputs.texts[i]);
    }
    for (size_t i = 0; i < common->severities.n; i++)
        DSI_TRY(check_severity(tool, common->severities.texts[i], err));
    for (size_t i = 0; i < common->fail_on.n; i++)
        DSI_TRY(check_fail_on(tool, common->fail_on.texts[i], err));
    if (common->names_end_with_nul && !common->files_from)
        return dsi_fail(err, DSI_ERR_USAGE, "-0 needs --files-from");
    return dsi_shard_check(common, err);
}
