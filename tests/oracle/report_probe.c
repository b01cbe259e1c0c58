/* Lets test_report.py see the report's numbers, widths and formats.
 *
 * report_probe doubles | short   raw doubles in, a line each out
 * report_probe widths            the width of every code point, a digit each
 * report_probe FORMAT [z]        records in (u32 length, name, u64, f64), a report out
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static int print_doubles(size_t (*format)(double, char[DSI_NUMBER_SIZE]))
{
    double value;
    char text[DSI_NUMBER_SIZE];
    while (fread(&value, sizeof value, 1, stdin) == 1) {
        size_t n = format(value, text);
        text[n] = '\n';
        fwrite(text, 1, n + 1, stdout);
    }
    return fflush(stdout) != 0;
}

static int print_widths(void)
{
    for (uint32_t code = 0; code < 0x110000; code++)
        putchar((int)('0' + dsi_code_width(code)));
    return fflush(stdout) != 0;
}

static enum dsi_status add(struct dsi_report *report, const char *name, uint32_t n,
                           uint64_t natural, double real, struct dsi_error *err)
{
    struct dsi_value values[] = {
        dsi_text_n(name, n), dsi_uint(natural), dsi_int((int64_t)natural),
        dsi_float(real),     dsi_bool(n % 2),   dsi_null(),
    };
    struct dsi_finding finding = {.rule = "hostile",
                                  .severity = DSI_WARNING,
                                  .source = name,
                                  .index = natural,
                                  .where = n % 2 ? name : NULL,
                                  .detail = name};
    DSI_TRY(dsi_report_row(report, values, err));
    DSI_TRY(dsi_report_input(report, name, err));
    DSI_TRY(dsi_report_parameter_add(report, "names", dsi_text_n(name, n), err));
    return dsi_report_finding(report, &finding, err);
}

static enum dsi_status fill(struct dsi_report *report, struct dsi_error *err)
{
    uint32_t n;
    DSI_TRY(dsi_report_parameter(report, "limit", dsi_float((double)INFINITY), err));
    DSI_TRY(dsi_report_summary(report, "a \"key\"\n", dsi_float(0.1), err));
    while (fread(&n, sizeof n, 1, stdin) == 1) {
        char *name = calloc((size_t)n + 1, 1);
        uint64_t natural;
        double real;
        if (!name || (n && fread(name, n, 1, stdin) != 1) ||
            fread(&natural, sizeof natural, 1, stdin) != 1 ||
            fread(&real, sizeof real, 1, stdin) != 1)
            abort();
        enum dsi_status status = add(report, name, n, natural, real, err);
        free(name);
        DSI_TRY(status);
    }
    return DSI_OK;
}

static int print_report(const char *format, bool end_with_nul)
{
    static const struct dsi_column columns[] = {
        {"name", true},  {"natural", false}, {"integer", false},
        {"real", false}, {"flag", false},    {"nothing", false},
    };
    struct dsi_write_options options = {.end_with_nul = end_with_nul};
    struct dsi_error err;
    struct dsi_report *report = dsi_report_new("probe", columns, 6);
    const struct dsi_writer *writer = dsi_writer_find(format);
    if (!report || !writer || fill(report, &err) != DSI_OK ||
        writer->write(report, &options, dsi_sink_to_fd(STDOUT_FILENO), &err) != DSI_OK)
        return 1;
    dsi_report_free(report);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    /* Where a locale is named, its decimal comma must not show. */
    if (getenv("REPORT_PROBE_LOCALE") &&
        !setlocale(LC_ALL, getenv("REPORT_PROBE_LOCALE")))
        return 77;
    if (strcmp(argv[1], "doubles") == 0)
        return print_doubles(dsi_format_double);
    if (strcmp(argv[1], "short") == 0)
        return print_doubles(dsi_format_double_short);
    if (strcmp(argv[1], "widths") == 0)
        return print_widths();
    return print_report(argv[1], argc > 2);
}
