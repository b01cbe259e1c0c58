/* The option parser. Expected values are worked out by hand from option.h. */
#include "option.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const levels[] = {"table", "tsv", "csv", "json", "ndjson", NULL};

struct args {
    bool quiet, verbose, force;
    uint64_t threads, limit, unset;
    int64_t axis, no_axis;
    double ratio, no_ratio;
    const char *labels, *mode;
    struct dsi_texts sentinels;
    int format, level;
};

static const struct args defaults = {.threads = 4,
                                     .limit = UINT64_C(256) << 20,
                                     .unset = UINT64_MAX,
                                     .axis = -1,
                                     .no_axis = INT64_MIN,
                                     .ratio = 0.25,
                                     .no_ratio = NAN,
                                     .mode = "plain",
                                     .format = 1,
                                     .level = -1};

static const struct dsi_option own[] = {
    OPTION_GROUP("Own"),
    OPTION_FLAG('q', "quiet", &defaults.quiet, "say little"),
    OPTION_FLAG('v', "verbose", &defaults.verbose, "say much"),
    OPTION_UINT('j', "threads", &defaults.threads, "N", "workers"),
    OPTION_SIZE(0, "limit-bytes", &defaults.limit, "SIZE", "most bytes"),
    OPTION_UINT(0, "limit-pixels", &defaults.unset, "N", "most pixels"),
    OPTION_INT(0, "axis", &defaults.axis, "N", "an axis"),
    OPTION_INT(0, "no-axis", &defaults.no_axis, "N", "no axis"),
    OPTION_FLOAT('r', "ratio", &defaults.ratio, "X", "a ratio"),
    OPTION_FLOAT(0, "no-ratio", &defaults.no_ratio, "X", "no ratio"),
    OPTION_FILE('l', "labels", &defaults.labels, "INPUT", "where labels are"),
    OPTION_END,
};
static const struct dsi_option shared[] = {
    OPTION_GROUP("Shared"),
    OPTION_TEXT(0, "mode", &defaults.mode, "WORD", "how"),
    OPTION_TEXTS(0, "sentinel", &defaults.sentinels, "VALUE", "missing"),
    OPTION_CHOICE('f', "format", &defaults.format, levels, "FORMAT", "one of"),
    OPTION_CHOICE(0, "level", &defaults.level, levels, "LEVEL", "one of"),
    OPTION_FLAG(0, "quiet", &defaults.force, "shadowed by the first table"),
    OPTION_END,
};

struct run {
    struct args args;
    struct dsi_option *bound[2];
    const struct dsi_option *tables[3];
    char *argv[20];
    int argc;
    size_t n_operands;
    struct dsi_error err;
};

/* Parses the words of a line (cut at blanks). The status is returned; end_run frees. */
static enum dsi_status start_run(struct run *run, char *line)
{
    memset(run, 0, sizeof *run);
    run->argv[run->argc++] = (char *)(uintptr_t) "tool";
    for (char *at = line; *at;) {
        at += strspn(at, " ");
        if (*at == 0)
            break;
        assert_true(run->argc < 19);
        run->argv[run->argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = 0;
    }
    run->bound[0] = dsi_options_bind(own, &defaults, &run->args, sizeof run->args);
    assert_non_null(run->bound[0]);
    run->bound[1] = dsi_options_bind(shared, &defaults, &run->args, sizeof run->args);
    assert_non_null(run->bound[1]);
    run->tables[0] = run->bound[0];
    run->tables[1] = run->bound[1];
    return dsi_options_parse(run->tables, run->argc, run->argv, &run->n_operands,
                             &run->err);
}

static void end_run(struct run *run)
{
    dsi_options_free(run->tables);
    free(run->bound[0]);
    free(run->bound[1]);
}

#define PARSES(run, line)        \
    char line_of_##run[] = line; \
    assert_int_equal(start_run(&run, line_of_##run), DSI_OK)

static void refuses(const char *line, const char *message)
{
    struct run run;
    char copy[256];
    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    assert_int_equal(start_run(&run, copy), DSI_ERR_USAGE);
    assert_string_equal(run.err.message, message);
    end_run(&run);
}

static void defaults_stay(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "");
    assert_int_equal(run.n_operands, 0);
    assert_int_equal(run.args.threads, 4);
    assert_int_equal(run.args.limit, 268435456);
    assert_int_equal(run.args.axis, -1);
    assert_true(isnan(run.args.no_ratio));
    assert_string_equal(run.args.mode, "plain");
    assert_int_equal(run.args.format, 1);
    assert_false(run.args.quiet);
    end_run(&run);
}

static void all_kinds(void **state)
{
    (void)state;
    struct run run;
    PARSES(run,
           "--quiet --threads=7 --limit-bytes 2GiB --axis -3 -r1e-3 --labels a.csv "
           "--mode= --format json");
    assert_true(run.args.quiet);
    assert_false(run.args.force);
    assert_int_equal(run.args.threads, 7);
    assert_true(run.args.limit == UINT64_C(2147483648));
    assert_int_equal(run.args.axis, -3);
    assert_true(run.args.ratio == 1e-3);
    assert_string_equal(run.args.labels, "a.csv");
    assert_string_equal(run.args.mode, "");
    assert_int_equal(run.args.format, 3);
    end_run(&run);
    assert_int_equal(defaults.threads, 4);
}

static void letters(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "-qvj16 -r -0.5 -fcsv");
    assert_true(run.args.quiet && run.args.verbose);
    assert_int_equal(run.args.threads, 16);
    assert_true(run.args.ratio == -0.5);
    assert_int_equal(run.args.format, 2);
    end_run(&run);
}

static void the_last_one_wins(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "-j1 --threads=2 -j 3");
    assert_int_equal(run.args.threads, 3);
    end_run(&run);
}

static void lists_and_negative_values(void **state)
{
    (void)state;
    struct run run;
    PARSES(run,
           "--sentinel=-999 --sentinel -1 --sentinel NA --sentinel= --sentinel=--x");
    assert_int_equal(run.args.sentinels.n, 5);
    assert_string_equal(run.args.sentinels.texts[0], "-999");
    assert_string_equal(run.args.sentinels.texts[1], "-1");
    assert_string_equal(run.args.sentinels.texts[2], "NA");
    assert_string_equal(run.args.sentinels.texts[3], "");
    assert_string_equal(run.args.sentinels.texts[4], "--x");
    end_run(&run);
}

static void operands_mix(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "a - -q b --labels - c -- -v --threads -");
    assert_int_equal(run.n_operands, 7);
    static const char *const expected[] = {"a", "-", "b", "c", "-v", "--threads", "-"};
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(run.argv[i], expected[i]);
    assert_true(run.args.quiet);
    assert_false(run.args.verbose);
    assert_string_equal(run.args.labels, "-");
    end_run(&run);
}

static void abbreviations(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "--thr 9 --form=tsv --q --no-r 1");
    assert_int_equal(run.args.threads, 9);
    assert_int_equal(run.args.format, 1);
    assert_true(run.args.quiet); /* in both tables: one name, so not ambiguous */
    assert_true(run.args.no_ratio == 1);
    end_run(&run);
    refuses("--limit 1", "'--limit' could be any of --limit-bytes, --limit-pixels");
    refuses("--l json",
            "'--l' could be any of --limit-bytes, --limit-pixels, --labels, "
            "--level");
}

static void unknown_words(void **state)
{
    (void)state;
    refuses("--fromat=json", "unknown option '--fromat' (did you mean --format?)");
    refuses("--thread-s", "unknown option '--thread-s' (did you mean --threads?)");
    refuses("--zzzzzz", "unknown option '--zzzzzz'");
    refuses("-x", "unknown option '-x'");
    refuses("-qx", "unknown option '-x'");
    refuses("-mode", "unknown option '-mode' (did you mean --mode?)");
    refuses("--=3", "unknown option '--'");
}

static void missing_values(void **state)
{
    (void)state;
    refuses("--labels", "--labels needs a value (INPUT)");
    refuses("-l", "--labels needs a value (INPUT)");
    refuses("--labels --quiet",
            "--labels needs a value (INPUT), and '--quiet' looks like an option (write "
            "--labels=--quiet if it is the value)");
    refuses("--quiet=yes", "--quiet takes no value");
}

static void bad_values(void **state)
{
    (void)state;
    refuses("--threads abc",
            "--threads: 'abc' is not a whole number such as 5000 or 5k");
    refuses("--threads=", "--threads: '' is not a whole number such as 5000 or 5k");
    refuses("--threads 3kB",
            "--threads: '3kB' is not a whole number such as 5000 or 5k");
    refuses("--threads 3T", "--threads: '3T' is not a whole number such as 5000 or 5k");
    refuses("--threads 18446744073709552k",
            "--threads: '18446744073709552k' is too large");
    refuses("--threads 0x10",
            "--threads: '0x10' is not a whole number such as 5000 or 5k");
    refuses("--threads -1", "--threads: '-1' is below 0");
    refuses("--threads 18446744073709551616",
            "--threads: '18446744073709551616' is too large");
    refuses("--limit-bytes 16777216T", "--limit-bytes: '16777216T' is too large");
    refuses("--limit-bytes 3kk",
            "--limit-bytes: '3kk' is not a size such as 4096, 64k, 10M or 2GiB");
    refuses("--limit-bytes k",
            "--limit-bytes: 'k' is not a size such as 4096, 64k, 10M or 2GiB");
    refuses("--axis 9223372036854775808", "--axis: '9223372036854775808' is too large");
    refuses("--axis -9223372036854775809",
            "--axis: '-9223372036854775809' is too small");
    refuses("--axis 1.5", "--axis: '1.5' is not a whole number");
    refuses("--ratio nan", "--ratio: 'nan' is not a number");
    refuses("--ratio 1x", "--ratio: '1x' is not a number");
    refuses("--ratio=", "--ratio: '' is not a number");
    refuses("--ratio 1e999", "--ratio: '1e999' is too large");
    refuses("--format jsn",
            "--format: 'jsn' is not one of table tsv csv json ndjson (did "
            "you mean json?)");
    refuses("--format xml", "--format: 'xml' is not one of table tsv csv json ndjson");
}

static void limits_of_numbers(void **state)
{
    (void)state;
    struct run run;
    PARSES(run, "--threads 18446744073709551615 --axis -9223372036854775808 --no-axis "
                "+9223372036854775807 --ratio -inf --limit-bytes 15T");
    assert_true(run.args.threads == UINT64_MAX);
    assert_true(run.args.axis == INT64_MIN);
    assert_true(run.args.no_axis == INT64_MAX);
    assert_true(run.args.ratio == -INFINITY);
    assert_true(run.args.limit == UINT64_C(15) << 40);
    end_run(&run);
}

static void sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {
        {"0", 0},           {"4096", 4096},       {"7B", 7},
        {"64k", 65536},     {"64K", 65536},       {"64KB", 65536},
        {"64KiB", 65536},   {"1M", 1048576},      {"3MiB", 3145728},
        {"1G", 1073741824}, {"2GiB", 2147483648}, {"1t", UINT64_C(1099511627776)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 1;
        const struct dsi_option option = OPTION_SIZE(0, "size", &value, "SIZE", "");
        assert_int_equal(dsi_option_set(&option, cases[i].text, NULL), DSI_OK);
        assert_true(value == cases[i].bytes);
    }
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t n;
    } cases[] = {{"0", 0},           {"5000", 5000},
                 {"5k", 5000},       {"5K", 5000},
                 {"12M", 12000000},  {"0G", 0},
                 {"2g", 2000000000}, {"18446744073709551k", 18446744073709551000u}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 1;
        const struct dsi_option option = OPTION_UINT(0, "n", &value, "N", "");
        assert_int_equal(dsi_option_set(&option, cases[i].text, NULL), DSI_OK);
        assert_true(value == cases[i].n);
    }
}

static void help_page(void **state)
{
    (void)state;
    static const struct dsi_option *const tables[] = {own, shared, NULL};
    struct dsi_bytes page = {0};
    assert_int_equal(dsi_options_help(tables, 60, &page, NULL), DSI_OK);
    assert_int_equal(dsi_bytes_append(&page, "", 1, NULL), DSI_OK);
    assert_string_equal((const char *)page.data,
                        "Own:\n"
                        "  -q, --quiet               say little\n"
                        "  -v, --verbose             say much\n"
                        "  -j, --threads=N           workers (default: 4)\n"
                        "      --limit-bytes=SIZE    most bytes (default: 256M)\n"
                        "      --limit-pixels=N      most pixels\n"
                        "      --axis=N              an axis (default: -1)\n"
                        "      --no-axis=N           no axis\n"
                        "  -r, --ratio=X             a ratio (default: 0.25)\n"
                        "      --no-ratio=X          no ratio\n"
                        "  -l, --labels=INPUT        where labels are\n"
                        "\n"
                        "Shared:\n"
                        "      --mode=WORD           how (default: plain)\n"
                        "      --sentinel=VALUE      missing (repeatable)\n"
                        "  -f, --format=FORMAT       one of: table, tsv, csv, json,\n"
                        "                            ndjson (default: tsv)\n"
                        "      --level=LEVEL         one of: table, tsv, csv, json,\n"
                        "                            ndjson\n"
                        "\n"
                        "Sizes may end in k, M, G or T, which are powers of 1024.\n"
                        "Counts may end in k, M or G, which are powers of 1000.\n");
    dsi_bytes_free(&page);
}

static void nearest_words(void **state)
{
    (void)state;
    static const char *const words[] = {"balance", "info",   "images",
                                        "diff",    "format", NULL};
    char longest[200];
    assert_string_equal(dsi_nearest_word("balence", words), "balance");
    assert_string_equal(dsi_nearest_word("blaance", words), "balance"); /* a swap */
    assert_string_equal(dsi_nearest_word("form", words), "format");     /* a prefix */
    assert_string_equal(dsi_nearest_word("inof", words), "info");
    assert_null(dsi_nearest_word("order", words));
    assert_null(dsi_nearest_word("", words));
    assert_null(dsi_nearest_word("zz", words)); /* a third of 2 is no edit at all */
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_null(dsi_nearest_word(longest, words));
}

static void plain_variables_need_no_binding(void **state)
{
    (void)state;
    uint64_t n = 1;
    bool flag = false;
    const struct dsi_option table[] = {OPTION_UINT('n', "number", &n, "N", "a number"),
                                       OPTION_FLAG(0, "flag", &flag, "a flag"),
                                       OPTION_END};
    const struct dsi_option *const tables[] = {table, NULL};
    char words[][9] = {"tool", "-n5", "--flag"};
    char *argv[] = {words[0], words[1], words[2], NULL};
    size_t n_operands;
    assert_int_equal(dsi_options_parse(tables, 3, argv, &n_operands, NULL), DSI_OK);
    assert_true(n == 5 && flag && n_operands == 0);
    dsi_options_free(tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stay),
        cmocka_unit_test(all_kinds),
        cmocka_unit_test(letters),
        cmocka_unit_test(the_last_one_wins),
        cmocka_unit_test(lists_and_negative_values),
        cmocka_unit_test(operands_mix),
        cmocka_unit_test(abbreviations),
        cmocka_unit_test(unknown_words),
        cmocka_unit_test(missing_values),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(limits_of_numbers),
        cmocka_unit_test(sizes),
        cmocka_unit_test(counts),
        cmocka_unit_test(help_page),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(plain_variables_need_no_binding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
