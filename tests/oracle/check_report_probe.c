/* Prints a report of `check` that test_check_writers.py makes up.
 *
 * check_report_probe FORMAT      records in, the report out
 *
 * A record is a letter and values: R, the ten of a row; S, a summary's key and value;
 * F, a finding's severity (1 note, 2 warning, 3 error), index (null: none), rule,
 * source, where and detail. A value is a byte, its enum dsi_value_type, and after it
 * nothing (null), 8 bytes (bool, numbers), or a u32 length and the bytes of a text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

enum { N_COLUMNS = 10, N_OF_FINDING = 6 };

static void must_read(void *data, size_t n)
{
    if (n && fread(data, n, 1, stdin) != 1)
        abort();
}

/* A text is the caller's to free. */
static struct dsi_value read_value(void)
{
    int type = getchar();
    uint64_t bits;
    uint32_t n;
    if (type == DSI_VALUE_NULL)
        return dsi_null();
    if (type == DSI_VALUE_TEXT) {
        must_read(&n, sizeof n);
        char *text = calloc((size_t)n + 1, 1);
        if (!text)
            abort();
        must_read(text, n);
        return dsi_text_n(text, n);
    }
    must_read(&bits, sizeof bits);
    struct dsi_value value = {.type = (enum dsi_value_type)type};
    if (type == DSI_VALUE_BOOL)
        value.as.boolean = bits != 0;
    else
        memcpy(&value.as, &bits, sizeof bits);
    return value;
}

static void free_values(struct dsi_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i].type == DSI_VALUE_TEXT)
            free((char *)values[i].as.text.bytes);
}

static enum dsi_status add_finding(struct dsi_report *report,
                                   const struct dsi_value *values,
                                   struct dsi_error *err)
{
    struct dsi_finding finding = {
        .severity = (enum dsi_severity)values[0].as.natural,
        .index = values[1].type == DSI_VALUE_NULL ? UINT64_MAX : values[1].as.natural,
        .rule = dsi_value_text(&values[2]),
        .source = dsi_value_text(&values[3]),
        .where = dsi_value_text(&values[4]),
        .detail = dsi_value_text(&values[5]),
    };
    return dsi_report_finding(report, &finding, err);
}

static enum dsi_status add_record(struct dsi_report *report, int kind,
                                  struct dsi_error *err)
{
    struct dsi_value values[N_COLUMNS];
    size_t n = kind == 'R' ? N_COLUMNS : kind == 'F' ? N_OF_FINDING : 2;
    for (size_t i = 0; i < n; i++)
        values[i] = read_value();
    enum dsi_status status =
        kind == 'R' ? dsi_report_row(report, values, err)
        : kind == 'F'
            ? add_finding(report, values, err)
            : dsi_report_summary(report, dsi_value_text(&values[0]), values[1], err);
    free_values(values, n);
    return status;
}

int main(int argc, char **argv)
{
    static const struct dsi_column columns[N_COLUMNS] = {
        {"check", true},     {"status", true}, {"severity", true}, {"dataset", true},
        {"metric", true},    {"value", false}, {"op", true},       {"threshold", false},
        {"baseline", false}, {"detail", true},
    };
    struct dsi_write_options options = {.width = 0};
    struct dsi_error err;
    struct dsi_report *report = dsi_report_new("check", columns, N_COLUMNS);
    const struct dsi_writer *writer = dsi_check_writer_find(argc == 2 ? argv[1] : "");
    int kind;
    if (!report || !writer)
        return 2;
    while ((kind = getchar()) != EOF)
        if (add_record(report, kind, &err) != DSI_OK)
            return 1;
    if (writer->write(report, &options, dsi_sink_to_fd(STDOUT_FILENO), &err) != DSI_OK)
        return 1;
    dsi_report_free(report);
    return 0;
}
